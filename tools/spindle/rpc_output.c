/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Results on standard output: JSON for programs, and tables of lists of objects for people.
 *
 * A table has a column for each name that an object has, in the order in which they come. Columns
 * whose values are objects or arrays would not fit: they are named below the table instead.
 */
#include "rpc.h"

#include "spdk/util.h"

#define GAP 2

struct column {
	const struct spdk_json_val *name;
	size_t width;
	bool is_number;
	bool is_nested;
};

struct table {
	struct spdk_json_val *rows;
	struct column *columns;
	size_t column_count;
};

static bool
is_list_of_objects(const struct spdk_json_val *value)
{
	const struct spdk_json_val *element;

	if (value->type != SPDK_JSON_VAL_ARRAY_BEGIN || value->len == 0) {
		return false;
	}
	element = spdk_json_array_first((struct spdk_json_val *)value);
	for (; element != NULL; element = spdk_json_next((struct spdk_json_val *)element)) {
		if (element->type != SPDK_JSON_VAL_OBJECT_BEGIN || element->len == 0) {
			return false;
		}
	}
	return true;
}

/* The list that a table can show: the result, or the only such member of it; or NULL. */
static struct spdk_json_val *
list_of(struct spdk_json_val *result)
{
	struct spdk_json_val *list = NULL, *name;

	if (is_list_of_objects(result)) {
		return result;
	}
	if (result->type != SPDK_JSON_VAL_OBJECT_BEGIN) {
		return NULL;
	}
	for (name = spdk_json_object_first(result); name != NULL; name = spdk_json_next(name)) {
		if (!is_list_of_objects(name + 1)) {
			continue;
		}
		if (list != NULL) {
			return NULL;
		}
		list = name + 1;
	}
	return list;
}

/* Letters, not bytes. */
static size_t
width_of(const char *text)
{
	size_t width = 0;

	for (; *text != '\0'; text++) {
		width += ((unsigned char)*text & 0xc0) != 0x80;
	}
	return width;
}

/* Names may come from elsewhere: what would move the cursor or change colours is not printed. */
static char *
cell_of(const struct spdk_json_val *value)
{
	char *text, *c;

	if (value == NULL || value->type == SPDK_JSON_VAL_NULL) {
		return duplicate("-");
	}
	text = string_of(value);
	for (c = text; *c != '\0'; c++) {
		if (iscntrl((unsigned char)*c)) {
			*c = '?';
		}
	}
	return text;
}

static struct column *
column_of(struct table *table, const struct spdk_json_val *name)
{
	struct column *grown;
	size_t i;

	for (i = 0; i < table->column_count; i++) {
		if (table->columns[i].name->len == name->len &&
		    memcmp(table->columns[i].name->start, name->start, name->len) == 0) {
			return &table->columns[i];
		}
	}
	grown = allocate(table->column_count + 1, sizeof(*grown));
	if (table->column_count > 0) {
		memcpy(grown, table->columns, table->column_count * sizeof(*grown));
	}
	free(table->columns);
	table->columns = grown;
	grown[table->column_count] = (struct column){
		.name = name,
		.is_number = true,
	};
	return &grown[table->column_count++];
}

static void
measure_cell(struct table *table, const struct spdk_json_val *name)
{
	struct column *column = column_of(table, name);
	const struct spdk_json_val *value = name + 1;
	char *title = cell_of(name), *cell = cell_of(value);

	column->width = spdk_max(column->width, spdk_max(width_of(title), width_of(cell)));
	column->is_number &=
		value->type == SPDK_JSON_VAL_NUMBER || value->type == SPDK_JSON_VAL_NULL;
	column->is_nested |= value->type == SPDK_JSON_VAL_OBJECT_BEGIN ||
			     value->type == SPDK_JSON_VAL_ARRAY_BEGIN;
	free(title);
	free(cell);
}

static void
measure(struct table *table)
{
	struct spdk_json_val *row, *name;

	for (row = table->rows; row != NULL; row = spdk_json_next(row)) {
		for (name = spdk_json_object_first(row); name != NULL;
		     name = spdk_json_next(name)) {
			measure_cell(table, name);
		}
	}
}

/* The value in a row, by the bytes of the column's name. */
static const struct spdk_json_val *
value_in(struct spdk_json_val *row, const struct column *column)
{
	struct spdk_json_val *name;

	for (name = spdk_json_object_first(row); name != NULL; name = spdk_json_next(name)) {
		if (name->len == column->name->len &&
		    memcmp(name->start, column->name->start, name->len) == 0) {
			return name + 1;
		}
	}
	return NULL;
}

/* A row, or the titles for NULL. No blanks at the end of a line. */
static void
print_row(const struct table *table, struct spdk_json_val *row)
{
	const struct column *column;
	struct text line = {.bytes = NULL};
	size_t i, padding;
	char *cell;

	for (i = 0; i < table->column_count; i++) {
		column = &table->columns[i];
		if (column->is_nested) {
			continue;
		}
		cell = cell_of(row == NULL ? column->name : value_in(row, column));
		padding = column->width - width_of(cell);
		if (column->is_number) {
			text_printf(&line, "%*s%s%*s", (int)padding, "", cell, GAP, "");
		} else {
			text_printf(&line, "%s%*s", cell, (int)padding + GAP, "");
		}
		free(cell);
	}
	while (line.size > 0 && line.bytes[line.size - 1] == ' ') {
		line.bytes[--line.size] = '\0';
	}
	printf("%s\n", line.bytes != NULL ? line.bytes : "");
	text_fini(&line);
}

static void
print_left_out(const struct table *table)
{
	const char *before = "(not shown: ";
	char *title;
	size_t i;

	for (i = 0; i < table->column_count; i++) {
		if (!table->columns[i].is_nested) {
			continue;
		}
		title = cell_of(table->columns[i].name);
		printf("%s%s", before, title);
		before = ", ";
		free(title);
	}
	if (before[0] == ',') {
		printf("; --json shows all)\n");
	}
}

static bool
has_plain_column(const struct table *table)
{
	size_t i;

	for (i = 0; i < table->column_count; i++) {
		if (!table->columns[i].is_nested) {
			return true;
		}
	}
	return false;
}

/* Whether it could be shown so. */
static bool
print_table(struct spdk_json_val *result)
{
	struct spdk_json_val *list = list_of(result), *row;
	struct table table = {.rows = NULL};
	bool is_shown = false;

	if (list == NULL) {
		return false;
	}
	table.rows = spdk_json_array_first(list);
	measure(&table);
	if (has_plain_column(&table)) {
		is_shown = true;
		print_row(&table, NULL);
		for (row = table.rows; row != NULL; row = spdk_json_next(row)) {
			print_row(&table, row);
		}
		print_left_out(&table);
	}
	free(table.columns);
	return is_shown;
}

static void
print_json(const struct spdk_json_val *value, uint32_t flags)
{
	struct text text = {.bytes = NULL};

	text_add_json(&text, value, flags);
	printf("%s\n", text.bytes);
	text_fini(&text);
}

/* The members as they were, on one line. A batch has no members: it is its result. */
static void
print_raw(const struct spdk_jsonrpc_client_response *response)
{
	const struct {
		const char *name;
		const struct spdk_json_val *value;
	} members[] = {
		{"jsonrpc", response->version},
		{"id", response->id},
		{"result", response->result},
		{"error", response->error},
	};
	struct text text = {.bytes = NULL};
	size_t i;

	if (response->result != NULL && response->id == NULL) {
		print_json(response->result, 0);
		return;
	}
	for (i = 0; i < SPDK_COUNTOF(members); i++) {
		if (members[i].value != NULL) {
			text_printf(&text, "%s\"%s\":", text.size == 0 ? "{" : ",",
				    members[i].name);
			text_add_json(&text, members[i].value, 0);
		}
	}
	printf("%s}\n", text.bytes);
	text_fini(&text);
}

void
output_result(const struct spdk_jsonrpc_client_response *response, enum output_form form)
{
	bool is_table = form == OUTPUT_TABLE || (form == OUTPUT_AUTO && isatty(STDOUT_FILENO) == 1);

	if (form == OUTPUT_RAW) {
		print_raw(response);
	} else if (response->result != NULL && !(is_table && print_table(response->result))) {
		print_json(response->result, SPDK_JSON_WRITE_FLAG_FORMATTED);
	}
}
