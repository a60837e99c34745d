/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Strings: formatting into memory of the right size, splitting, trimming, and strict parsing.
 *
 * Everything may be called from any OS thread. Memory that is handed out is from malloc(3) and is
 * the caller's to free(3).
 */
#ifndef SPDK_STRING_H
#define SPDK_STRING_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

#define _SPDK_STRINGIFY(x) #x
/** `x`, with macros in it replaced, as a string literal. */
#define SPDK_STRINGIFY(x) _SPDK_STRINGIFY(x)

/**
 * Formats as printf(3) does, into new memory.
 *
 * Owner: the caller frees the text.
 * Errors: NULL when there is no memory or the format is not valid.
 */
char *spdk_sprintf_alloc(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** spdk_sprintf_alloc() for a va_list, which is left as it was. */
char *spdk_vsprintf_alloc(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/**
 * Formats as printf(3) does, behind the text that is in `buffer`.
 *
 * Owner: takes `buffer`, which is from malloc(3), and returns what replaces it; on failure `buffer`
 * stays the caller's, unchanged.
 * Shape: NULL for `buffer` stands for no text yet.
 * Errors: NULL when there is no memory or the format is not valid.
 */
char *spdk_sprintf_append_realloc(char *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** spdk_sprintf_append_realloc() for a va_list, which is left as it was. */
char *spdk_vsprintf_append_realloc(char *buffer, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/**
 * Turns the letters A to Z of `s` into small ones, in place, in every locale.
 *
 * Shape: NULL gives NULL, else returns `s`.
 */
char *spdk_strlwr(char *s);

/**
 * Cuts the next field off a string, in which quotes may protect delimiters.
 *
 * Within '...' everything stands for itself. Within "..." and outside of quotes a backslash makes
 * the next character stand for itself. The quotes and those backslashes are removed in place, so
 * a field may hold both: a"b c"'d' is the one field `ab cd`. A line end outside of quotes ends the
 * string. Several delimiters in a row count as one.
 *
 * Shape: `*stringp` becomes the start of the next field, or NULL after the last.
 * Returns the field, terminated; NULL when `*stringp` was NULL. A string that is empty, or is only
 * delimiters, gives one empty field.
 */
char *spdk_strsepq(char **stringp, const char *delim);

/**
 * Removes white space at both ends, in place, moving the text to the front.
 *
 * Shape: NULL gives NULL, else returns `s` itself, so what was allocated may be freed by it.
 */
char *spdk_str_trim(char *s);

/**
 * Puts the description of an errno value into a buffer.
 *
 * Shape: `errnum` is positive, as in errno. Always terminated, cut to fit; nothing is written when
 * `buflen` is 0. A number without a meaning gives "Unknown error N".
 */
void spdk_strerror_r(int errnum, char *buf, size_t buflen);

/**
 * The description of an errno value.
 *
 * Thread: each OS thread has a buffer of its own, which its next call overwrites.
 */
const char *spdk_strerror(int errnum);

/** Removes every \\r and \\n at the end of `s`, in place; returns how many there were. */
size_t spdk_str_chomp(char *s);

/**
 * Fills a field of fixed size with a string and padding. The field is not terminated.
 *
 * Shape: writes exactly `size` bytes: as much of `src` as fits, then the byte `pad`.
 */
void spdk_strcpy_pad(void *dst, const char *src, size_t size, int pad);

/** How long the text in a field of `size` bytes is without the `pad` bytes at its end. */
size_t spdk_strlen_pad(const void *str, size_t size, int pad);

/**
 * Splits "host:port", "[v6 address]:port", or either without a port, in place.
 *
 * Shape: `*host` and `*port` point into `ip`; `*port` is NULL when there is none (also when nothing
 * follows the colon). An IPv6 address needs its brackets, which are removed. Whether the host
 * exists or the port is a number is not checked. Errors: -EINVAL for NULL, an empty host, a bracket
 * that is not closed or is followed by something else than a colon, or several colons without
 * brackets. Nothing is changed then.
 */
int spdk_parse_ip_addr(char *ip, char **host, char **port);

/**
 * Reads a size such as "4096", "128K", "64MB" or "2g".
 *
 * Shape: decimal digits, then k, m or g in either case for 2^10, 2^20 or 2^30, which a B or iB may
 * follow. `has_prefix`, unless NULL, tells whether k, m or g was there: callers give a bare number
 * their own unit.
 * Units: bytes, when there is a prefix.
 * Errors: -EINVAL for NULL or text of another form, also a sign or something left over; -ERANGE
 * when it is 2^64 or more. The outputs then stay as they were.
 */
int spdk_parse_capacity(const char *cap_str, uint64_t *cap, bool *has_prefix);

/** Whether all `size` bytes are zero; true for none. */
bool spdk_mem_all_zero(const void *data, size_t size);

/**
 * Reads a whole number that is not negative.
 *
 * Shape: what strtol(3) takes, and all of it: nothing may be left over. `base` is 0 or 2 to 32.
 * Returns 0 to LONG_MAX, or: -EINVAL for NULL, no digits, something left over or another base;
 * -ERANGE for a negative number or one that does not fit.
 */
long int spdk_strtol(const char *nptr, int base);

/** spdk_strtol() for a long long. */
long long int spdk_strtoll(const char *nptr, int base);

/**
 * Splits a string at every single character that is in `delim`.
 *
 * Owner: the caller gives the array to spdk_strarray_free().
 * Shape: ends with NULL. Two delimiters in a row, and one at an end, have an empty string between
 * or beside them, so there is always one more item than there are delimiters. Errors: NULL when
 * there is no memory, or an argument is NULL.
 */
char **spdk_strarray_from_string(const char *str, const char *delim);

/**
 * Copies an array that ends with NULL, and its strings.
 *
 * Owner: the caller gives the copy to spdk_strarray_free().
 * Errors: NULL when there is no memory, or the argument is NULL.
 */
char **spdk_strarray_dup(const char **strarray);

/** Frees an array that ends with NULL, and its strings; NULL is allowed. */
void spdk_strarray_free(char **strarray);

/**
 * Copies `src` with each `search` in it, from the left, replaced.
 *
 * Shape: `dst` has `size` bytes and overlaps none of the others. `search` is not empty.
 * Errors: -EINVAL when an argument is NULL, `search` is empty, or the result with its terminator
 * has more than `size` bytes. `dst` then stays as it was.
 */
int spdk_strcpy_replace(char *dst, size_t size, const char *src, const char *search,
			const char *replace);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_STRING_H */
