/* SPDX-License-Identifier: BSD-3-Clause */
/* Texts in columns, as wide as their widest cell. */
#include "table.h"

#include "spdk/util.h"

#define GAP         2
#define CELLS_FIRST 64

void
table_init(struct table *table, const struct table_column *columns, size_t count)
{
	assert(count > 0);
	*table = (struct table){.columns = columns, .column_count = count};
}

void
make_harmless(char *text)
{
	for (; *text != '\0'; text++) {
		if (iscntrl((unsigned char)*text)) {
			*text = '?';
		}
	}
}

void
table_add(struct table *table, char *cell)
{
	char **grown;

	if (table->count == table->capacity) {
		table->capacity = spdk_max(table->capacity * 2, CELLS_FIRST);
		grown = allocate(table->capacity, sizeof(*grown));
		if (table->count > 0) {
			memcpy(grown, table->cells, table->count * sizeof(*grown));
		}
		free(table->cells);
		table->cells = grown;
	}
	make_harmless(cell);
	table->cells[table->count++] = cell;
}

void
table_printf(struct table *table, const char *format, ...)
{
	struct text text = {.bytes = NULL};
	va_list args;

	va_start(args, format);
	text_vprintf(&text, format, args);
	va_end(args);
	table_add(table, text.bytes);
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

static void
write_row(const struct table *table, const size_t *widths, char *const *cells, struct text *text)
{
	size_t i, padding, begin = text->size;
	const char *cell;

	for (i = 0; i < table->column_count; i++) {
		cell = cells != NULL ? cells[i] : table->columns[i].title;
		padding = widths[i] - width_of(cell);
		if (table->columns[i].is_right) {
			text_printf(text, "%*s%s%*s", (int)padding, "", cell, GAP, "");
		} else {
			text_printf(text, "%s%*s", cell, (int)padding + GAP, "");
		}
	}
	while (text->size > begin && text->bytes[text->size - 1] == ' ') {
		text->bytes[--text->size] = '\0';
	}
	text_add_string(text, "\n");
}

void
table_write(const struct table *table, struct text *text)
{
	size_t *widths = allocate(table->column_count, sizeof(*widths));
	size_t i;

	assert(table->count % table->column_count == 0);
	for (i = 0; i < table->column_count; i++) {
		widths[i] = width_of(table->columns[i].title);
	}
	for (i = 0; i < table->count; i++) {
		size_t *width = &widths[i % table->column_count];

		*width = spdk_max(*width, width_of(table->cells[i]));
	}
	write_row(table, widths, NULL, text);
	for (i = 0; i < table->count; i += table->column_count) {
		write_row(table, widths, &table->cells[i], text);
	}
	free(widths);
}

void
table_print(const struct table *table)
{
	struct text text = {.bytes = NULL};

	table_write(table, &text);
	fputs(text.bytes, stdout);
	text_fini(&text);
}

void
table_fini(struct table *table)
{
	size_t i;

	for (i = 0; i < table->count; i++) {
		free(table->cells[i]);
	}
	free(table->cells);
	*table = (struct table){.columns = NULL};
}
