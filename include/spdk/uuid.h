/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Universally unique identifiers (RFC 9562).
 *
 * One is plain data, in the order of bytes of the text: it may be copied with `=`.
 */
#ifndef SPDK_UUID_H
#define SPDK_UUID_H

#include "spdk/stdinc.h"

#include "spdk/assert.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An identifier. */
struct spdk_uuid {
	union {
		uint8_t raw[16];
	} u;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_uuid) == 16, "interface: the size of an identifier");

/** Room for an identifier as text, with its NUL. */
#define SPDK_UUID_STRING_LEN 37

/**
 * Reads text of the form 01234567-89ab-cdef-0123-456789abcdef, in either case.
 *
 * Errors: -EINVAL: an argument is NULL, or the text has another form. `*uuid` is then as it was.
 */
int spdk_uuid_parse(struct spdk_uuid *uuid, const char *uuid_str);

/**
 * Writes the text that spdk_uuid_parse() reads, in lower case, with a NUL.
 *
 * Errors: -EINVAL: an argument is NULL, or `uuid_str_size` is below SPDK_UUID_STRING_LEN.
 */
int spdk_uuid_fmt_lower(char *uuid_str, size_t uuid_str_size, const struct spdk_uuid *uuid);

/** Below, equal to or above 0 as `u1` is before, equal to or after `u2` in the order of the texts.
 */
int spdk_uuid_compare(const struct spdk_uuid *u1, const struct spdk_uuid *u2);

/**
 * Makes an identifier of random bits (version 4).
 *
 * Thread: any; no two calls give the same one, not even in a process and its fork.
 * Errors: a machine without random bits ends the process.
 */
void spdk_uuid_generate(struct spdk_uuid *uuid);

/**
 * Makes the identifier that belongs to a name in a name space (version 5): always the same for the
 * same arguments.
 *
 * Shape: the name is `len` bytes, without a NUL; it may be NULL when `len` is 0. `uuid` and
 * `ns_uuid` may be the same.
 * Errors: -EINVAL: an argument is NULL.
 */
int spdk_uuid_generate_sha1(struct spdk_uuid *uuid, struct spdk_uuid *ns_uuid, const char *name,
			    size_t len);

/** Makes `dst` equal to `src`. */
void spdk_uuid_copy(struct spdk_uuid *dst, const struct spdk_uuid *src);

/** Whether all bits are 0, as in no identifier that was generated. */
bool spdk_uuid_is_null(const struct spdk_uuid *uuid);

/** Sets all bits to 0. */
void spdk_uuid_set_null(struct spdk_uuid *uuid);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_UUID_H */
