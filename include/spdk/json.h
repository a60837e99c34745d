/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * JSON (RFC 8259): parsing in place, taking values apart, and writing.
 *
 * A text becomes an array of values in the order in which they stand, containers bracketed by a
 * BEGIN and an END, so nothing is allocated for it. `{"a": [1, true]}` is OBJECT_BEGIN, NAME,
 * ARRAY_BEGIN, NUMBER, TRUE, ARRAY_END, OBJECT_END. Most programs count with spdk_json_parse() and
 * no array, allocate, parse into the array, and use spdk_json_decode_object() on it.
 *
 * Thread: nothing here is shared between calls. A text, its values and a writer each have one user
 * at a time.
 */
#ifndef SPDK_JSON_H
#define SPDK_JSON_H

#include "spdk/stdinc.h"

#include "spdk/uuid.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a value is; each is one bit, so that types can be combined for spdk_json_find(). */
enum spdk_json_val_type {
	SPDK_JSON_VAL_INVALID = 0,
#define SPDK_JSON_VAL_ANY SPDK_JSON_VAL_INVALID
	SPDK_JSON_VAL_NULL = 1U << 1,
	SPDK_JSON_VAL_TRUE = 1U << 2,
	SPDK_JSON_VAL_FALSE = 1U << 3,
	SPDK_JSON_VAL_NUMBER = 1U << 4,
	SPDK_JSON_VAL_STRING = 1U << 5,
	SPDK_JSON_VAL_ARRAY_BEGIN = 1U << 6,
	SPDK_JSON_VAL_ARRAY_END = 1U << 7,
	SPDK_JSON_VAL_OBJECT_BEGIN = 1U << 8,
	SPDK_JSON_VAL_OBJECT_END = 1U << 9,
	/** The name of an object's member; its value follows. */
	SPDK_JSON_VAL_NAME = 1U << 10,
};

/** A value; it points into the text it was parsed from. */
struct spdk_json_val {
	/** Its first byte; for STRING and NAME the one after the quotation mark. No NUL follows. */
	void *start;
	/**
	 * For STRING, NAME, NUMBER and the three literals, the number of bytes.
	 *
	 * For ARRAY_BEGIN and OBJECT_BEGIN, the number of values between it and its END, at all
	 * depths: the END of `val` is at val + len + 1. An END has the same number.
	 */
	uint32_t len;
	enum spdk_json_val_type type;
};

/** The text is no JSON. */
#define SPDK_JSON_PARSE_INVALID -1

/** The text is the beginning of a JSON value, and ends too early. */
#define SPDK_JSON_PARSE_INCOMPLETE -2

/** There are more than 64 containers within each other. */
#define SPDK_JSON_PARSE_MAX_DEPTH_EXCEEDED -3

/** Turns strings and names into what they stand for, in the memory of the text. */
#define SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE 0x000000001

/** Takes comments for blanks: those between slash and asterisk, and those from two slashes to the
 * end of the line. */
#define SPDK_JSON_PARSE_FLAG_ALLOW_COMMENTS 0x000000002

/**
 * Parses the first JSON value of a text, and what it contains.
 *
 * Returns the number of values, or one of the three errors above. What follows the first value is
 * no error: compare `*end` with json + size. To read from a stream, call it again with more of the
 * text for as long as it returns SPDK_JSON_PARSE_INCOMPLETE, without DECODE_IN_PLACE until it does
 * not; a number that ends with the text counts as complete.
 *
 * Owner: the values point into `json`. It is changed by DECODE_IN_PLACE only, then also when an
 * error is returned.
 * Shape: `json` is UTF-8 without byte order mark and needs no NUL. `values` may be NULL to count
 * only. When there are more than `num_values`, the first of them are filled in and the number of
 * all is returned. Without DECODE_IN_PLACE, strings are the bytes between the quotation marks, with
 * all escapes, that only the next call of spdk_json_parse() understands.
 * `end` may be NULL. It is set to the byte after the value and the blanks that follow it; after an
 * error, to the byte that is wrong, or to where the part begins that is incomplete.
 * Errors: as above. SPDK_JSON_PARSE_INVALID also for a text of more than UINT32_MAX bytes, with a
 * message.
 */
ssize_t spdk_json_parse(void *json, size_t size, struct spdk_json_val *values, size_t num_values,
			void **end, uint32_t flags);

/**
 * Turns a value into something of C, at `out`.
 *
 * Returns 0, or else refuses the value. Those below may serve, as may those of a program.
 */
typedef int (*spdk_json_decode_fn)(const struct spdk_json_val *val, void *out);

/** What becomes of one member of an object. */
struct spdk_json_object_decoder {
	const char *name;
	/** Where it belongs, in bytes from `out`. */
	size_t offset;
	spdk_json_decode_fn decode_func;
	/** Whether it may be left out; what is at its offset then stays as it is. */
	bool optional;
};

/**
 * Decodes the members of an object.
 *
 * Owner: what spdk_json_decode_string() has allocated is the caller's, also after an error:
 * spdk_json_free_object() frees it. So `out` is initialised before, strings with NULL.
 * Errors: -1: no object, or NULL; a member that has no decoder, stands twice, or is refused by its
 * decoder; one that is missing and not optional. -ENOMEM. The first of them is logged with the
 * member, what was expected of it and what it is, and ends the decoding.
 */
int spdk_json_decode_object(const struct spdk_json_val *values,
			    const struct spdk_json_object_decoder *decoders, size_t num_decoders,
			    void *out);

/** spdk_json_decode_object() that ignores members without a decoder. */
int spdk_json_decode_object_relaxed(const struct spdk_json_val *values,
				    const struct spdk_json_object_decoder *decoders,
				    size_t num_decoders, void *out);

/**
 * Decodes the elements of an array, all by the same decoder.
 *
 * Shape: the first goes to `out`, each other one `stride` bytes after that before it. `*out_size`
 * is the number of those that were decoded, also after an error, so that what they hold can be
 * freed.
 * Errors: -1: no array, or NULL; more than `max_size` elements; one that is refused. Logged with
 * the element.
 */
int spdk_json_decode_array(const struct spdk_json_val *values, spdk_json_decode_fn decode_func,
			   void *out, size_t max_size, size_t *out_size, size_t stride);

/** Decodes true and false to a bool. Errors: -1 for anything else. */
int spdk_json_decode_bool(const struct spdk_json_val *val, void *out);

/** Decode a number to an integer of the type in their name, as spdk_json_number_to_uint8() and its
 * kind. */
int spdk_json_decode_uint8(const struct spdk_json_val *val, void *out);
int spdk_json_decode_uint16(const struct spdk_json_val *val, void *out);
int spdk_json_decode_int32(const struct spdk_json_val *val, void *out);
int spdk_json_decode_uint32(const struct spdk_json_val *val, void *out);
int spdk_json_decode_uint64(const struct spdk_json_val *val, void *out);

/**
 * Decodes a string to a char *.
 *
 * Owner: the caller frees it with free(). What `out` points to before is freed, so it is NULL or
 * from here.
 * Errors: -1: no string, it has a NUL in it, or there is no memory; the pointer is then as it was.
 */
int spdk_json_decode_string(const struct spdk_json_val *val, void *out);

/** Decodes a string that spdk_uuid_parse() reads to a struct spdk_uuid. Errors: -1. */
int spdk_json_decode_uuid(const struct spdk_json_val *val, void *out);

/** Frees the strings of an object that was decoded, those whose decoder is
 * spdk_json_decode_string(), and sets them to NULL. */
void spdk_json_free_object(const struct spdk_json_object_decoder *decoders, size_t num_decoders,
			   void *obj);

/**
 * How many values of the array a value takes: what it contains, its BEGIN and its END; 1 for one
 * that is no container; 0 for NULL.
 */
size_t spdk_json_val_len(const struct spdk_json_val *val);

/** The number of elements of an array, not counting what they contain; 0 for NULL and what is no
 * array. */
size_t spdk_json_array_count(const struct spdk_json_val *val);

/** Whether a value is a STRING or NAME that has the bytes of `str`. */
bool spdk_json_strequal(const struct spdk_json_val *val, const char *str);

/**
 * A STRING or NAME as a string of C.
 *
 * Owner: the caller frees it with free().
 * Errors: NULL: of another type, with a NUL in it, or there is no memory.
 */
char *spdk_json_strdup(const struct spdk_json_val *val);

/**
 * Turn a number into an integer. It may be written with a fraction or an exponent if it is whole:
 * 1.0, 1e3 and 250e-1 are taken, 1.5 is not.
 *
 * Errors: -EINVAL: NULL, or no number; -ERANGE: not whole, negative or too large. `*num` is then as
 * it was.
 */
int spdk_json_number_to_uint8(const struct spdk_json_val *val, uint8_t *num);
int spdk_json_number_to_uint16(const struct spdk_json_val *val, uint16_t *num);
int spdk_json_number_to_int32(const struct spdk_json_val *val, int32_t *num);
int spdk_json_number_to_uint32(const struct spdk_json_val *val, uint32_t *num);
int spdk_json_number_to_uint64(const struct spdk_json_val *val, uint64_t *num);

/**
 * A writer. It adds commas, blanks and quotation marks; the caller calls in the order of the text,
 * spdk_json_write_name() before each member's value.
 *
 * Errors: every function that writes returns 0, or the error that came first, so that it is enough
 * to look at that of spdk_json_write_end(). -EINVAL: NULL, or an END that does not fit, with a
 * message; -EILSEQ: a string that is not UTF-8 (or UTF-16); -EIO: the callback failed; -ENOMEM.
 */
struct spdk_json_write_ctx;

/** Writes as people like it: a line for each value, two blanks for each level. */
#define SPDK_JSON_WRITE_FLAG_FORMATTED 0x00000001

/** Leaves out the brackets of batches, so that their elements belong to what is around them. */
#define SPDK_JSON_WRITE_FLAG_FLATTEN_BATCHES 0x00000002

/**
 * Takes what was written.
 *
 * Callback: with up to 4096 bytes, inside any function that writes or ends, when that many have
 * come together; `data` is valid during the call. Anything but 0 is a failure, after which it is
 * not called again.
 */
typedef int (*spdk_json_write_cb)(void *cb_ctx, const void *data, size_t size);

/**
 * Makes a writer.
 *
 * Owner: the caller, until spdk_json_write_end().
 * Errors: NULL: no memory, or no callback.
 */
struct spdk_json_write_ctx *
spdk_json_write_begin(spdk_json_write_cb write_cb, void *cb_ctx, uint32_t flags);

/**
 * Gives the rest to the callback, and frees the writer, whatever is returned.
 *
 * Errors: as above; -EINVAL for a container that was begun and not ended. 0 for NULL.
 */
int spdk_json_write_end(struct spdk_json_write_ctx *w);

/**
 * Begins anew: forgets containers, errors, and what the callback was not given yet. What it was
 * given is not taken back; it gets nothing before 4096 bytes have come together.
 */
void spdk_json_write_reset(struct spdk_json_write_ctx *w);

/** Adds flags, for what is written from now on. */
void spdk_json_write_add_flags(struct spdk_json_write_ctx *w, uint32_t flags);

int spdk_json_write_null(struct spdk_json_write_ctx *w);
int spdk_json_write_bool(struct spdk_json_write_ctx *w, bool val);
int spdk_json_write_uint8(struct spdk_json_write_ctx *w, uint8_t val);
int spdk_json_write_uint16(struct spdk_json_write_ctx *w, uint16_t val);
int spdk_json_write_int32(struct spdk_json_write_ctx *w, int32_t val);
int spdk_json_write_uint32(struct spdk_json_write_ctx *w, uint32_t val);
int spdk_json_write_int64(struct spdk_json_write_ctx *w, int64_t val);
int spdk_json_write_uint64(struct spdk_json_write_ctx *w, uint64_t val);

/** Writes high_val * 2^64 + low_val. */
int spdk_json_write_uint128(struct spdk_json_write_ctx *w, uint64_t low_val, uint64_t high_val);

/** Writes a number in the form of "%.20e", whatever the locale, which reads back as the same;
 * infinities and what is no number become null. */
int spdk_json_write_double(struct spdk_json_write_ctx *w, double val);

/** Writes a string. All that is not printable ASCII is escaped, letters beyond U+FFFF as two. */
int spdk_json_write_string(struct spdk_json_write_ctx *w, const char *val);

/** spdk_json_write_string() for `len` bytes, NUL among them. */
int spdk_json_write_string_raw(struct spdk_json_write_ctx *w, const char *val, size_t len);

/** Writes bytes as a string of two hexadecimal digits each, in lower case. */
int spdk_json_write_bytearray(struct spdk_json_write_ctx *w, const void *val, size_t len);

/** Writes an identifier as spdk_uuid_fmt_lower() does. */
int spdk_json_write_uuid(struct spdk_json_write_ctx *w, const struct spdk_uuid *uuid);

/** Writes a string of UTF-16, low bytes first, that ends with a 0. */
int spdk_json_write_string_utf16le(struct spdk_json_write_ctx *w, const uint16_t *val);

/** spdk_json_write_string_utf16le() for `len` units of two bytes, 0 among them. */
int
spdk_json_write_string_utf16le_raw(struct spdk_json_write_ctx *w, const uint16_t *val, size_t len);

/** Writes a string that is formatted as by printf(3). */
int spdk_json_write_string_fmt(struct spdk_json_write_ctx *w, const char *fmt, ...)
	__attribute__((__format__(__printf__, 2, 3)));

/** spdk_json_write_string_fmt() for a va_list. */
int spdk_json_write_string_fmt_v(struct spdk_json_write_ctx *w, const char *fmt, va_list args)
	__attribute__((__format__(__printf__, 2, 0)));

int spdk_json_write_array_begin(struct spdk_json_write_ctx *w);

/** Ends the array that was begun last. */
int spdk_json_write_array_end(struct spdk_json_write_ctx *w);

/** Begins an array, or nothing at all with SPDK_JSON_WRITE_FLAG_FLATTEN_BATCHES. */
int spdk_json_write_batch_begin(struct spdk_json_write_ctx *w);

/** Ends what spdk_json_write_batch_begin() has begun, with the same flags. */
int spdk_json_write_batch_end(struct spdk_json_write_ctx *w);

int spdk_json_write_object_begin(struct spdk_json_write_ctx *w);

/** Ends the object that was begun last. */
int spdk_json_write_object_end(struct spdk_json_write_ctx *w);

/** Writes the name of a member; its value is next. */
int spdk_json_write_name(struct spdk_json_write_ctx *w, const char *name);

/** spdk_json_write_name() for `len` bytes, NUL among them. */
int spdk_json_write_name_raw(struct spdk_json_write_ctx *w, const char *name, size_t len);

/**
 * Writes a value that was parsed, with all it contains. Of a NAME, only the name.
 *
 * Shape: strings are taken as they stand for, so parse with DECODE_IN_PLACE.
 * Errors: -EINVAL: an END, or of no known type.
 */
int spdk_json_write_val(struct spdk_json_write_ctx *w, const struct spdk_json_val *val);

/** Writes one value as it is, without looking at it: a text that is JSON already. */
int spdk_json_write_val_raw(struct spdk_json_write_ctx *w, const void *data, size_t len);

/*
 * A member: its name and its value, as by the function without `named`. Those of containers begin
 * them, and are ended as all are.
 */
int spdk_json_write_named_null(struct spdk_json_write_ctx *w, const char *name);
int spdk_json_write_named_bool(struct spdk_json_write_ctx *w, const char *name, bool val);
int spdk_json_write_named_uint8(struct spdk_json_write_ctx *w, const char *name, uint8_t val);
int spdk_json_write_named_uint16(struct spdk_json_write_ctx *w, const char *name, uint16_t val);
int spdk_json_write_named_int32(struct spdk_json_write_ctx *w, const char *name, int32_t val);
int spdk_json_write_named_uint32(struct spdk_json_write_ctx *w, const char *name, uint32_t val);
int spdk_json_write_named_int64(struct spdk_json_write_ctx *w, const char *name, int64_t val);
int spdk_json_write_named_uint64(struct spdk_json_write_ctx *w, const char *name, uint64_t val);
int spdk_json_write_named_uint128(struct spdk_json_write_ctx *w, const char *name, uint64_t low_val,
				  uint64_t high_val);
int spdk_json_write_named_double(struct spdk_json_write_ctx *w, const char *name, double val);
int spdk_json_write_named_string(struct spdk_json_write_ctx *w, const char *name, const char *val);
int
spdk_json_write_named_string_fmt(struct spdk_json_write_ctx *w, const char *name, const char *fmt,
				 ...) __attribute__((__format__(__printf__, 3, 4)));
int
spdk_json_write_named_string_fmt_v(struct spdk_json_write_ctx *w, const char *name, const char *fmt,
				   va_list args) __attribute__((__format__(__printf__, 3, 0)));
int spdk_json_write_named_bytearray(struct spdk_json_write_ctx *w, const char *name,
				    const void *val, size_t len);
int spdk_json_write_named_uuid(struct spdk_json_write_ctx *w, const char *name,
			       const struct spdk_uuid *uuid);
int spdk_json_write_named_array_begin(struct spdk_json_write_ctx *w, const char *name);
int spdk_json_write_named_object_begin(struct spdk_json_write_ctx *w, const char *name);

/**
 * Finds a member of an object by its name; not within its members. The first, when it stands twice.
 *
 * Shape: `key` and `val` may be NULL; they are set to the NAME and to the value. `type` is one
 * type, several combined, or SPDK_JSON_VAL_ANY.
 * Errors: -EINVAL: `object` or `key_name` is NULL; -EPROTOTYPE: no object; -ENOENT: there is none
 * of this name; -EDOM: there is, of another type.
 */
int spdk_json_find(struct spdk_json_val *object, const char *key_name, struct spdk_json_val **key,
		   struct spdk_json_val **val, enum spdk_json_val_type type);

/** spdk_json_find() for SPDK_JSON_VAL_STRING. */
int spdk_json_find_string(struct spdk_json_val *object, const char *key_name,
			  struct spdk_json_val **key, struct spdk_json_val **val);

/** spdk_json_find() for SPDK_JSON_VAL_ARRAY_BEGIN. */
int spdk_json_find_array(struct spdk_json_val *object, const char *key_name,
			 struct spdk_json_val **key, struct spdk_json_val **value);

/** The NAME of an object's first member, or NULL: empty, no object, or NULL. */
struct spdk_json_val *spdk_json_object_first(struct spdk_json_val *object);

/** An array's first element, or NULL: empty, no array, or NULL. */
struct spdk_json_val *spdk_json_array_first(struct spdk_json_val *array_begin);

/**
 * The NAME or element after this one, or NULL after the last.
 *
 * Shape: `pos` is a NAME of an object or an element of an array; nothing else, or NULL.
 */
struct spdk_json_val *spdk_json_next(struct spdk_json_val *pos);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_JSON_H */
