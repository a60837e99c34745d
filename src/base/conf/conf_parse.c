/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configuration files: from bytes to sections, items and values.
 *
 * Invariants
 *  1. A file is added as a whole or not at all: it becomes a configuration of its own, whose
 *     sections then move. Moving needs no memory.
 *  2. Lines are counted as in an editor; one that is continued has the number of its first part.
 */
#include "base/conf/conf_internal.h"

#include "spdk/file.h"
#include "spdk/log.h"
#include "spdk/string.h"

/* Where the parser is. */
struct cursor {
	const char *file;
	char *next;
	char *end;
	unsigned int line;
	/* Of the line that is looked at. */
	unsigned int first_line;
	struct spdk_conf_section *section;
};

static int
complain(const struct cursor *cursor, const char *what, const char *cure)
{
	SPDK_ERRLOG("%s:%u: %s: %s\n", cursor->file, cursor->first_line, what, cure);
	return -EINVAL;
}

/* Whether a backslash ends the line: one that itself is escaped does not continue it. */
static bool
is_continued(const char *line, const char *end)
{
	size_t backslashes = 0;

	while (end > line && end[-1] == '\\') {
		backslashes++;
		end--;
	}
	return backslashes % 2 == 1;
}

static char *
line_end(const struct cursor *cursor)
{
	char *end = memchr(cursor->next, '\n', (size_t)(cursor->end - cursor->next));

	return end != NULL ? end : cursor->end;
}

/* The next line with those that continue it, terminated, in the memory of the text; or NULL. */
static char *
next_line(struct cursor *cursor)
{
	char *line = cursor->next, *write = line, *end;
	size_t length;
	bool is_more = line < cursor->end;

	if (!is_more) {
		return NULL;
	}
	cursor->first_line = cursor->line;
	while (is_more) {
		end = line_end(cursor);
		length = (size_t)(end - cursor->next);
		if (length > 0 && end[-1] == '\r') {
			length--;
		}
		memmove(write, cursor->next, length);
		write += length;
		cursor->next = end < cursor->end ? end + 1 : end;
		cursor->line++;
		is_more = is_continued(line, write);
		write -= is_more;
		is_more = is_more && cursor->next < cursor->end;
	}
	*write = '\0';
	return line;
}

static int
parse_section(struct spdk_conf *conf, struct cursor *cursor, char *line)
{
	char *end = strchr(line, ']');

	if (end == NULL) {
		return complain(cursor, "a section without an end", "add a ']' after its name");
	}
	if (end[1 + strspn(end + 1, " \t")] != '\0') {
		return complain(cursor, "there is more after the ']' of a section",
				"give it a line of its own");
	}
	*end = '\0';
	line = spdk_str_trim(line + 1);
	if (line[0] == '\0') {
		return complain(cursor, "a section without a name", "write it as [name]");
	}
	cursor->section = conf_add_section(conf, line);
	return cursor->section != NULL ? 0 : -ENOMEM;
}

/* Whether all quotes of the values are closed, by the rules of spdk_strsepq(). */
static bool
are_quotes_closed(const char *text)
{
	char quote = '\0';

	for (; *text != '\0'; text++) {
		if (*text == '\\' && quote != '\'' && text[1] != '\0') {
			text++;
		} else if (quote != '\0') {
			quote = *text == quote ? '\0' : quote;
		} else if (*text == '\'' || *text == '"') {
			quote = *text;
		}
	}
	return quote == '\0';
}

static int
parse_values(struct spdk_conf_item *item, char *rest)
{
	const char *value;
	int rc;

	rest += strspn(rest, " \t");
	while (rest != NULL && *rest != '\0') {
		value = spdk_strsepq(&rest, " \t");
		rc = conf_add_value(item, value);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

static int
parse_item(struct cursor *cursor, char *line)
{
	size_t key_length = strcspn(line, " \t=");
	char *rest = line + key_length;
	struct spdk_conf_item *item;

	if (cursor->section == NULL) {
		return complain(cursor, "a key outside of all sections",
				"put a line [name] before it");
	}
	if (key_length == 0) {
		return complain(cursor, "a value without a key", "write it as key=value");
	}
	rest += strspn(rest, " \t");
	if (*rest == '=') {
		rest++;
	}
	if (!are_quotes_closed(rest)) {
		return complain(cursor, "a quote that is not closed",
				"close it, or put a backslash before it");
	}
	line[key_length] = '\0';
	item = conf_add_item(cursor->section, line);
	return item != NULL ? parse_values(item, rest) : -ENOMEM;
}

static int
parse_line(struct spdk_conf *conf, struct cursor *cursor, char *line)
{
	line = spdk_str_trim(line);
	switch (line[0]) {
	case '\0':
	case '#':
	case ';':
		return 0;
	case '[':
		return parse_section(conf, cursor, line);
	default:
		return parse_item(cursor, line);
	}
}

static bool
is_comment(const char *line, const char *end)
{
	while (line < end && (*line == ' ' || *line == '\t')) {
		line++;
	}
	return line < end && (*line == '#' || *line == ';');
}

/* A comment ends with its line, whatever its last character is. */
static bool
skip_comment(struct cursor *cursor)
{
	char *end;

	if (!is_comment(cursor->next, cursor->end)) {
		return false;
	}
	end = line_end(cursor);
	cursor->next = end < cursor->end ? end + 1 : end;
	cursor->line++;
	return true;
}

int
conf_parse(struct spdk_conf *conf, const char *name, char *text, size_t size)
{
	struct cursor cursor = {.file = name, .next = text, .end = text + size, .line = 1};
	char *line;
	int rc;

	for (;;) {
		if (skip_comment(&cursor)) {
			continue;
		}
		line = next_line(&cursor);
		if (line == NULL) {
			return 0;
		}
		rc = parse_line(conf, &cursor, line);
		if (rc != 0) {
			return rc;
		}
	}
}

/* Invariant 1. What is merged loses its own head. */
static void
move_sections(struct spdk_conf *from, struct spdk_conf *to)
{
	struct spdk_conf_section *section, *into;

	while ((section = STAILQ_FIRST(&from->sections)) != NULL) {
		STAILQ_REMOVE_HEAD(&from->sections, link);
		into = to->keeps_sections_apart ? NULL : spdk_conf_find_section(to, section->name);
		if (into == NULL) {
			STAILQ_INSERT_TAIL(&to->sections, section, link);
			continue;
		}
		STAILQ_CONCAT(&into->items, &section->items);
		free(section);
	}
}

static int
load(const char *file, char **out_text, size_t *out_size)
{
	char *text = spdk_posix_file_load_from_name(file, out_size), *nul;
	unsigned int line = 1;
	char *c;

	if (text == NULL) {
		return -errno;
	}
	if (*out_size > CONF_BYTES_MAX) {
		free(text);
		return -E2BIG;
	}
	nul = memchr(text, '\0', *out_size);
	if (nul != NULL) {
		for (c = text; c < nul; c++) {
			line += *c == '\n';
		}
		SPDK_ERRLOG("%s:%u: a byte 0: this is no text file\n", file, line);
		free(text);
		return -EINVAL;
	}
	*out_text = text;
	return 0;
}

int
spdk_conf_read(struct spdk_conf *cp, const char *file)
{
	struct spdk_conf *read;
	char *text = NULL;
	size_t size;
	int rc;

	if (cp == NULL || file == NULL) {
		SPDK_ERRLOG("spdk_conf_read(): the %s is NULL\n",
			    cp == NULL ? "configuration" : "file name");
		return -EINVAL;
	}
	rc = load(file, &text, &size);
	read = rc == 0 ? spdk_conf_allocate() : NULL;
	if (rc == 0) {
		rc = -ENOMEM;
	}
	if (read != NULL) {
		read->keeps_sections_apart = cp->keeps_sections_apart;
		rc = conf_parse(read, file, text, size);
	}
	if (rc == 0) {
		move_sections(read, cp);
	} else if (rc != -EINVAL) {
		SPDK_ERRLOG("%s: cannot be read: %s\n", file, spdk_strerror(-rc));
	}
	spdk_conf_free(read);
	free(text);
	return rc;
}
