/* SPDX-License-Identifier: BSD-3-Clause */
/* How far a copy is, in a file. */
#include "dd_state.h"

#include "spdk/crc32.h"
#include "spdk/string.h"
#include "spdk/util.h"

#include <fcntl.h>

#define FIRST_LINE "spindle-dd 1\n"

struct string_field {
	const char *name;
	size_t offset;
};

struct number_field {
	const char *name;
	size_t offset;
	/* What a difference is called, and how it comes about. */
	const char *option;
};

static const struct string_field string_fields[] = {
	{"source", offsetof(struct dd_state, source)},
	{"source-stamp", offsetof(struct dd_state, source_stamp)},
	{"target", offsetof(struct dd_state, target)},
	{"target-stamp", offsetof(struct dd_state, target_stamp)},
};

static const struct number_field number_fields[] = {
	{"skip", offsetof(struct dd_state, skip), "--skip"},
	{"seek", offsetof(struct dd_state, seek), "--seek"},
	{"length", offsetof(struct dd_state, length), "the length of the copy"},
	{"bs", offsetof(struct dd_state, block_size), "--bs"},
	{"done", offsetof(struct dd_state, done), NULL},
};

static char **
string_at(struct dd_state *state, size_t i)
{
	return (char **)((char *)state + string_fields[i].offset);
}

static uint64_t *
number_at(struct dd_state *state, size_t i)
{
	return (uint64_t *)((char *)state + number_fields[i].offset);
}

static const char *
string_in(const struct dd_state *state, size_t i)
{
	return *string_at((struct dd_state *)(uintptr_t)state, i);
}

static uint64_t
number_in(const struct dd_state *state, size_t i)
{
	return *number_at((struct dd_state *)(uintptr_t)state, i);
}

/* ---- Writing ---- */

static bool
is_plain(char c)
{
	return !iscntrl((unsigned char)c) && c != '%';
}

static void
add_string(struct text *text, const char *string)
{
	for (; *string != '\0'; string++) {
		if (is_plain(*string)) {
			text_add(text, string, 1);
		} else {
			text_printf(text, "%%%02X", (unsigned char)*string);
		}
	}
}

void
dd_state_write(const struct dd_state *state, struct text *text)
{
	size_t i;

	text_add_string(text, FIRST_LINE);
	for (i = 0; i < SPDK_COUNTOF(string_fields); i++) {
		text_printf(text, "%s ", string_fields[i].name);
		add_string(text, string_in(state, i));
		text_add_string(text, "\n");
	}
	for (i = 0; i < SPDK_COUNTOF(number_fields); i++) {
		text_printf(text, "%s %" PRIu64 "\n", number_fields[i].name, number_in(state, i));
	}
	text_printf(text, "crc32c 0x%08x\n",
		    spdk_crc32c_update(text->bytes, text->size, UINT32_MAX));
}

/* ---- Reading ---- */

/* The value of the line that begins with `name`, terminated, and the next line. NULL: it does not.
 */
static char *
take_line(char **text, const char *name)
{
	size_t length = strlen(name);
	char *line = *text, *end = strchr(line, '\n');

	if (end == NULL || strncmp(line, name, length) != 0 || line[length] != ' ') {
		return NULL;
	}
	*end = '\0';
	*text = end + 1;
	return line + length + 1;
}

static int
hex_digit(char c)
{
	const char *digits = "0123456789ABCDEF", *found = strchr(digits, c);

	return c != '\0' && found != NULL ? (int)(found - digits) : -EINVAL;
}

/* In place. Only what add_string() writes. */
static int
decode(char *string)
{
	char *to = string;
	int high, low;

	for (; *string != '\0'; string++) {
		if (*string != '%') {
			*to++ = *string;
			continue;
		}
		high = hex_digit(string[1]);
		low = high >= 0 ? hex_digit(string[2]) : high;
		if (low < 0 || high * 16 + low == 0) {
			return -EINVAL;
		}
		*to++ = (char)(high * 16 + low);
		string += 2;
	}
	*to = '\0';
	return 0;
}

static int
parse_lines(char *text, struct dd_state *state)
{
	char *value, *end;
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(string_fields); i++) {
		value = take_line(&text, string_fields[i].name);
		if (value == NULL || decode(value) != 0) {
			return -EINVAL;
		}
		*string_at(state, i) = duplicate(value);
	}
	for (i = 0; i < SPDK_COUNTOF(number_fields); i++) {
		value = take_line(&text, number_fields[i].name);
		if (value == NULL || !isdigit((unsigned char)value[0])) {
			return -EINVAL;
		}
		errno = 0;
		*number_at(state, i) = strtoull(value, &end, 10);
		if (*end != '\0' || errno != 0) {
			return -EINVAL;
		}
	}
	return 0;
}

/* Whether it is what would be written, to the last byte: the checksum and all spellings. */
static bool
is_same(const struct dd_state *state, const char *text, size_t size)
{
	struct text again = {.bytes = NULL};
	bool is_same;

	dd_state_write(state, &again);
	is_same = again.size == size && memcmp(again.bytes, text, size) == 0;
	text_fini(&again);
	return is_same;
}

int
dd_state_parse(const char *text, size_t size, struct dd_state *out_state)
{
	struct dd_state state = {.source = NULL};
	size_t first = strlen(FIRST_LINE);
	char *copy;
	int rc = -EINVAL;

	if (size < first || size > DD_STATE_BYTES_MAX || memcmp(text, FIRST_LINE, first) != 0 ||
	    memchr(text, '\0', size) != NULL) {
		return -EINVAL;
	}
	copy = allocate(size + 1, 1);
	memcpy(copy, text, size);
	if (parse_lines(copy + first, &state) == 0 && is_same(&state, text, size) &&
	    state.done <= state.length) {
		rc = 0;
		*out_state = state;
	} else {
		dd_state_fini(&state);
	}
	free(copy);
	return rc;
}

void
dd_state_fini(struct dd_state *state)
{
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(string_fields); i++) {
		free(*string_at(state, i));
	}
	*state = (struct dd_state){.source = NULL};
}

/* ---- Comparing ---- */

static char *
string_difference(const struct dd_state *found, const struct dd_state *wanted)
{
	struct text text = {.bytes = NULL};

	if (strcmp(found->source, wanted->source) != 0) {
		text_printf(&text, "it is of a copy from %s, not from %s", found->source,
			    wanted->source);
	} else if (strcmp(found->target, wanted->target) != 0) {
		text_printf(&text, "it is of a copy to %s, not to %s", found->target,
			    wanted->target);
	} else if (strcmp(found->source_stamp, wanted->source_stamp) != 0) {
		text_printf(&text, "%s is not as it was (%s, then %s)", wanted->source,
			    wanted->source_stamp, found->source_stamp);
	} else if (strcmp(found->target_stamp, wanted->target_stamp) != 0) {
		text_printf(&text, "%s is not as it was (%s, then %s)", wanted->target,
			    wanted->target_stamp, found->target_stamp);
	}
	return text.bytes;
}

char *
dd_state_difference(const struct dd_state *found, const struct dd_state *wanted)
{
	char *difference = string_difference(found, wanted);
	struct text text = {.bytes = NULL};
	size_t i;

	for (i = 0; difference == NULL && i < SPDK_COUNTOF(number_fields); i++) {
		if (number_fields[i].option != NULL &&
		    number_in(found, i) != number_in(wanted, i)) {
			text_printf(&text, "%s was %" PRIu64 " bytes, and is %" PRIu64 " now",
				    number_fields[i].option, number_in(found, i),
				    number_in(wanted, i));
			difference = text.bytes;
		}
	}
	return difference;
}

/* ---- The file ---- */

int
dd_state_load(const char *path, struct dd_state *out_state)
{
	char *bytes;
	ssize_t size;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;

	if (fd < 0) {
		return -errno;
	}
	bytes = allocate(DD_STATE_BYTES_MAX + 1, 1);
	/* A regular file is read at once; what is not, is no state. */
	size = read(fd, bytes, DD_STATE_BYTES_MAX + 1);
	rc = size < 0 ? -errno : dd_state_parse(bytes, (size_t)size, out_state);
	free(bytes);
	close(fd);
	return rc;
}

static int
write_file(const char *path, const struct text *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), rc = 0;
	ssize_t written;

	if (fd < 0) {
		return -errno;
	}
	written = write(fd, text->bytes, text->size);
	if (written < 0 || fsync(fd) != 0) {
		rc = -errno;
	} else if ((size_t)written != text->size) {
		rc = -ENOSPC;
	}
	close(fd);
	return rc;
}

int
dd_state_save(const char *path, const struct dd_state *state)
{
	struct text text = {.bytes = NULL}, beside = {.bytes = NULL};
	int rc;

	dd_state_write(state, &text);
	text_printf(&beside, "%s.new", path);
	rc = write_file(beside.bytes, &text);
	if (rc == 0 && rename(beside.bytes, path) != 0) {
		rc = -errno;
	}
	if (rc != 0) {
		(void)unlink(beside.bytes); /* it may not be there */
	}
	text_fini(&text);
	text_fini(&beside);
	return rc;
}
