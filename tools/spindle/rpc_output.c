/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Results on standard output: JSON for programs, and tables of lists of objects for people.
 *
 * A table has a column for each name that an object has, in the order in which they come. Columns
 * whose values are objects or arrays would not fit: they are named below the table instead.
 */
#include "rpc.h"
#include "table.h"

#include "spdk/util.h"

struct column {
	const struct spdk_json_val *name;
	bool is_number;
	bool is_nested;
};

struct columns {
	struct spdk_json_val *rows;
	struct column *of;
	size_t count;
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

static char *
cell_of(const struct spdk_json_val *value)
{
	return value == NULL || value->type == SPDK_JSON_VAL_NULL ? duplicate("-") :
								    string_of(value);
}

static struct column *
column_of(struct columns *columns, const struct spdk_json_val *name)
{
	size_t i;

	for (i = 0; i < columns->count; i++) {
		if (columns->of[i].name->len == name->len &&
		    memcmp(columns->of[i].name->start, name->start, name->len) == 0) {
			return &columns->of[i];
		}
	}
	columns->of = grow(columns->of, columns->count, sizeof(*columns->of));
	columns->of[columns->count] = (struct column){
		.name = name,
		.is_number = true,
	};
	return &columns->of[columns->count++];
}

static void
look_at_cell(struct columns *columns, const struct spdk_json_val *name)
{
	struct column *column = column_of(columns, name);
	const struct spdk_json_val *value = name + 1;

	column->is_number &=
		value->type == SPDK_JSON_VAL_NUMBER || value->type == SPDK_JSON_VAL_NULL;
	column->is_nested |= value->type == SPDK_JSON_VAL_OBJECT_BEGIN ||
			     value->type == SPDK_JSON_VAL_ARRAY_BEGIN;
}

static void
look_at_cells(struct columns *columns)
{
	struct spdk_json_val *row, *name;

	for (row = columns->rows; row != NULL; row = spdk_json_next(row)) {
		for (name = spdk_json_object_first(row); name != NULL;
		     name = spdk_json_next(name)) {
			look_at_cell(columns, name);
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

static void
print_rows(const struct columns *columns, const struct table_column *shown, size_t shown_count)
{
	struct table table;
	struct spdk_json_val *row;
	size_t i;

	table_init(&table, shown, shown_count);
	for (row = columns->rows; row != NULL; row = spdk_json_next(row)) {
		for (i = 0; i < columns->count; i++) {
			if (!columns->of[i].is_nested) {
				table_add(&table, cell_of(value_in(row, &columns->of[i])));
			}
		}
	}
	table_print(&table);
	table_fini(&table);
}

static void
print_left_out(const struct columns *columns)
{
	const char *before = "(not shown: ";
	char *title;
	size_t i;

	for (i = 0; i < columns->count; i++) {
		if (!columns->of[i].is_nested) {
			continue;
		}
		title = cell_of(columns->of[i].name);
		make_harmless(title);
		printf("%s%s", before, title);
		before = ", ";
		free(title);
	}
	if (before[0] == ',') {
		printf("; --json shows all)\n");
	}
}

/* Whether it could be shown so. */
static bool
print_table(struct spdk_json_val *result)
{
	struct spdk_json_val *list = list_of(result);
	struct columns columns = {.rows = NULL};
	struct table_column *shown;
	char **titles;
	size_t i, shown_count = 0;

	if (list == NULL) {
		return false;
	}
	columns.rows = spdk_json_array_first(list);
	look_at_cells(&columns);
	shown = allocate(columns.count, sizeof(*shown));
	titles = allocate(columns.count, sizeof(*titles));
	for (i = 0; i < columns.count; i++) {
		if (!columns.of[i].is_nested) {
			titles[shown_count] = cell_of(columns.of[i].name);
			make_harmless(titles[shown_count]);
			shown[shown_count].title = titles[shown_count];
			shown[shown_count++].is_right = columns.of[i].is_number;
		}
	}
	if (shown_count > 0) {
		print_rows(&columns, shown, shown_count);
		print_left_out(&columns);
	}
	for (i = 0; i < shown_count; i++) {
		free(titles[i]);
	}
	free(titles);
	free(shown);
	free(columns.of);
	return shown_count > 0;
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
