/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Strings: formatting into memory, changing in place, fields of fixed size, error texts, and arrays
 * of strings. Reading numbers and addresses is in string_parse.c.
 */
#include "spdk/string.h"

/* Long enough for every text of libc; strerror_r() with less would cut. */
#define ERROR_TEXT_SIZE 128

char *
spdk_vsprintf_append_realloc(char *buffer, const char *format, va_list args)
{
	size_t old_len = buffer != NULL ? strlen(buffer) : 0;
	va_list args_copy;
	char *text;
	int len;

	va_copy(args_copy, args);
	len = vsnprintf(NULL, 0, format, args_copy);
	va_end(args_copy);
	if (len < 0) {
		return NULL;
	}
	/* realloc() leaves the old block alone when it fails, which is the promise for `buffer`. */
	text = (char *)realloc(buffer, old_len + (size_t)len + 1);
	if (text == NULL) {
		return NULL;
	}
	va_copy(args_copy, args);
	(void)vsnprintf(text + old_len, (size_t)len + 1, format,
			args_copy); /* Gave `len` before. */
	va_end(args_copy);
	return text;
}

char *
spdk_sprintf_append_realloc(char *buffer, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = spdk_vsprintf_append_realloc(buffer, format, args);
	va_end(args);
	return text;
}

char *
spdk_vsprintf_alloc(const char *format, va_list args)
{
	return spdk_vsprintf_append_realloc(NULL, format, args);
}

char *
spdk_sprintf_alloc(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = spdk_vsprintf_alloc(format, args);
	va_end(args);
	return text;
}

char *
spdk_strlwr(char *s)
{
	char *c;

	/* Not tolower(), whose answer depends on the locale. */
	for (c = s; c != NULL && *c != '\0'; c++) {
		if (*c >= 'A' && *c <= 'Z') {
			*c = (char)(*c - 'A' + 'a');
		}
	}
	return s;
}

/* strchr() finds the terminator in every set, which is not wanted here. */
static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

char *
spdk_strsepq(char **stringp, const char *delim)
{
	char *field = *stringp, *read = field, *write = field;
	char quote = '\0';

	if (field == NULL) {
		return NULL;
	}
	for (; *read != '\0'; read++) {
		if (quote != '\0' && *read == quote) {
			quote = '\0';
		} else if (*read == '\\' && quote != '\'' && read[1] != '\0') {
			*write++ = *++read;
		} else if (quote != '\0') {
			*write++ = *read;
		} else if (*read == '"' || *read == '\'') {
			quote = *read;
		} else if (*read == '\n' || is_one_of(*read, delim)) {
			break;
		} else {
			*write++ = *read;
		}
	}
	while (is_one_of(*read, delim)) {
		read++;
	}
	*stringp = *read == '\0' || *read == '\n' ? NULL : read;
	*write = '\0';
	return field;
}

char *
spdk_str_trim(char *s)
{
	char *begin = s, *end;

	if (s == NULL) {
		return NULL;
	}
	while (isspace((unsigned char)*begin)) {
		begin++;
	}
	end = begin + strlen(begin);
	while (end > begin && isspace((unsigned char)end[-1])) {
		end--;
	}
	memmove(s, begin, (size_t)(end - begin));
	s[end - begin] = '\0';
	return s;
}

void
spdk_strerror_r(int errnum, char *buf, size_t buflen)
{
	char spare[ERROR_TEXT_SIZE];

	if (buflen > 0) {
		/* The GNU form: it may return a constant text and leave the buffer alone. */
		(void)snprintf(buf, buflen, "%s", strerror_r(errnum, spare, sizeof(spare)));
	}
}

const char *
spdk_strerror(int errnum)
{
	static __thread char text[ERROR_TEXT_SIZE];

	spdk_strerror_r(errnum, text, sizeof(text));
	return text;
}

size_t
spdk_str_chomp(char *s)
{
	size_t old_len = strlen(s), len = old_len;

	while (len > 0 && (s[len - 1] == '\r' || s[len - 1] == '\n')) {
		s[--len] = '\0';
	}
	return old_len - len;
}

void
spdk_strcpy_pad(void *dst, const char *src, size_t size, int pad)
{
	size_t len = strnlen(src, size);

	memcpy(dst, src, len);
	memset((char *)dst + len, pad, size - len);
}

size_t
spdk_strlen_pad(const void *str, size_t size, int pad)
{
	const unsigned char *bytes = (const unsigned char *)str;

	while (size > 0 && bytes[size - 1] == (unsigned char)pad) {
		size--;
	}
	return size;
}

bool
spdk_mem_all_zero(const void *data, size_t size)
{
	const unsigned char *bytes = (const unsigned char *)data;
	size_t i, head = size < 16 ? size : 16;

	for (i = 0; i < head; i++) {
		if (bytes[i] != 0) {
			return false;
		}
	}
	/* Each byte equals the one 16 before it, so all equal the zeros above; memcmp() is
	 * vectorised. */
	return size == head || memcmp(bytes, bytes + head, size - head) == 0;
}

void
spdk_strarray_free(char **strarray)
{
	size_t i;

	for (i = 0; strarray != NULL && strarray[i] != NULL; i++) {
		free(strarray[i]);
	}
	free(strarray);
}

char **
spdk_strarray_from_string(const char *str, const char *delim)
{
	size_t count = 1, i;
	const char *c;
	char **array;

	if (str == NULL || delim == NULL) {
		return NULL;
	}
	for (c = str + strcspn(str, delim); *c != '\0'; c += 1 + strcspn(c + 1, delim)) {
		count++;
	}
	array = (char **)calloc(count + 1, sizeof(*array));
	if (array == NULL) {
		return NULL;
	}
	for (i = 0, c = str; i < count; i++) {
		size_t len = strcspn(c, delim);

		array[i] = strndup(c, len);
		if (array[i] == NULL) {
			goto free_array;
		}
		c += len + 1;
	}
	return array;

free_array:
	spdk_strarray_free(array);
	return NULL;
}

char **
spdk_strarray_dup(const char **strarray)
{
	size_t count = 0, i;
	char **copy;

	if (strarray == NULL) {
		return NULL;
	}
	while (strarray[count] != NULL) {
		count++;
	}
	copy = (char **)calloc(count + 1, sizeof(*copy));
	if (copy == NULL) {
		return NULL;
	}
	for (i = 0; i < count; i++) {
		copy[i] = strdup(strarray[i]);
		if (copy[i] == NULL) {
			goto free_copy;
		}
	}
	return copy;

free_copy:
	spdk_strarray_free(copy);
	return NULL;
}

int
spdk_strcpy_replace(char *dst, size_t size, const char *src, const char *search,
		    const char *replace)
{
	size_t search_len, replace_len, needed;
	const char *found;

	if (dst == NULL || src == NULL || search == NULL || replace == NULL || *search == '\0') {
		return -EINVAL;
	}
	search_len = strlen(search);
	replace_len = strlen(replace);
	needed = strlen(src) + 1;
	for (found = strstr(src, search); found != NULL; found = strstr(found, search)) {
		needed = needed - search_len + replace_len;
		found += search_len;
	}
	if (needed > size) {
		return -EINVAL;
	}
	while ((found = strstr(src, search)) != NULL) {
		dst = (char *)mempcpy(dst, src, (size_t)(found - src));
		dst = (char *)mempcpy(dst, replace, replace_len);
		src = found + search_len;
	}
	memcpy(dst, src, strlen(src) + 1);
	return 0;
}
