/* SPDX-License-Identifier: BSD-3-Clause */
/* Texts in columns. */
#ifndef SPINDLE_TOOL_TABLE_H
#define SPINDLE_TOOL_TABLE_H

#include "spindle.h"

struct table_column {
	/* Owner: the caller. */
	const char *title;
	/* Numbers stand to the right. */
	bool is_right;
};

struct table {
	const struct table_column *columns;
	size_t column_count;
	/* Row by row. */
	char **cells;
	size_t count;
	size_t capacity;
};

/* The columns stay the caller's, until table_fini(). */
void table_init(struct table *table, const struct table_column *columns, size_t count);
/* The cell becomes the table's, and is made harmless. */
void table_add(struct table *table, char *cell);
void
table_printf(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* All rows are full. No blanks at the end of a line. */
void table_write(const struct table *table, struct text *text);
/* The same, to stdout. */
void table_print(const struct table *table);
void table_fini(struct table *table);

/* Names may come from elsewhere: what would move a cursor or change colours becomes '?'. */
void make_harmless(char *text);

#endif
