/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a controller has told, as lines for people or as JSON for programs: the same calls make
 * both.
 *
 * A member has a name, which is the specification's in small letters, a value, and a sentence that
 * says what they mean, which only people get. Members of JSON are named as those of nvme-cli where
 * it has them.
 */
#ifndef SPINDLE_TOOL_NVME_RECORD_H
#define SPINDLE_TOOL_NVME_RECORD_H

#include "spindle.h"

struct nvme_record {
	/* NULL: lines. */
	struct spdk_json_write_ctx *json;
	struct text text;
	uint32_t depth;
};

void nvme_record_init(struct nvme_record *record, bool is_json);
/* Prints it to stdout, and frees it. STATUS_OK, or STATUS_REFUSED with a message. */
int nvme_record_print(struct nvme_record *record);
/* Ends it; the text is the caller's to free. */
struct text nvme_record_end(struct nvme_record *record);

/* `name` is NULL within a list and for the first of all; `title` NULL: no line for it. */
void nvme_record_object(struct nvme_record *record, const char *name, const char *title, ...)
	__attribute__((format(printf, 3, 4)));
void nvme_record_object_end(struct nvme_record *record);
void nvme_record_list(struct nvme_record *record, const char *name);
void nvme_record_list_end(struct nvme_record *record);

/* `meaning` may be NULL. */
void nvme_record_number(struct nvme_record *record, const char *name, uint64_t value,
			const char *meaning);
/* In hexadecimal for people, `digits` of them at least. */
void nvme_record_hex(struct nvme_record *record, const char *name, uint64_t value, int digits,
		     const char *meaning);
/* `name` is NULL within a list. */
void nvme_record_string(struct nvme_record *record, const char *name, const char *value,
			const char *meaning);
/* A number of 128 bits, the lower half first; JSON has a string where 64 do not hold it. */
void nvme_record_number128(struct nvme_record *record, const char *name, const uint64_t value[2],
			   const char *meaning);
/* A line for people only. */
void nvme_record_note(struct nvme_record *record, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- Fields of structures ---- */

/* Some bits of a field. */
struct nvme_bits {
	uint8_t first;
	uint8_t count;
	/* What it means when the bit is set; of several, what their number is. NULL ends a list. */
	const char *word;
	/* Names of the values, up to a NULL; what stands behind `word` then. */
	const char *const *values;
	/* What it means when all of them are 0, which is no number then. May be NULL. */
	const char *zero;
};

enum nvme_field_kind {
	NVME_FIELD_NUMBER,
	NVME_FIELD_HEX,
	/* 16 bytes. */
	NVME_FIELD_NUMBER128,
	/* Without an end, filled up with blanks. */
	NVME_FIELD_TEXT,
	/* In the order in which they are. */
	NVME_FIELD_BYTES,
};

struct nvme_field {
	const char *name;
	uint16_t offset;
	uint16_t size;
	enum nvme_field_kind kind;
	const char *meaning;
	/* What the bits mean; JSON has the words as NAME_words. May be NULL. */
	const struct nvme_bits *bits;
	/* Adds what the value amounts to; one of 128 bits is UINT64_MAX at most. May be NULL. */
	void (*explain)(struct text *text, uint64_t value);
};

/* A field of a structure of the specification. */
#define NVME_FIELD(type, member, field_kind, field_meaning, ...)              \
	{                                                                     \
		.name = #member, .offset = offsetof(type, member),            \
		.size = sizeof(((type *)NULL)->member), .kind = (field_kind), \
		.meaning = (field_meaning), __VA_ARGS__                       \
	}

void nvme_record_fields(struct nvme_record *record, const struct nvme_field *fields, size_t count,
			const void *data);
/* Up to eight bytes, the lowest first. */
uint64_t nvme_bytes_number(const void *data, size_t size);
/* Words of a value, with commas between them. */
void nvme_bits_words(struct text *text, const struct nvme_bits *bits, uint64_t value);
/* A field that was not read from a structure. */
void nvme_record_bits(struct nvme_record *record, const char *name, uint64_t value, int digits,
		      const struct nvme_bits *bits);
/* A copy without the blanks at its end, and harmless; for the caller to free. */
char *nvme_text(const void *data, size_t size);

/* Explanations that many fields share. The last two say nothing of what is not 0. */
void nvme_explain_less_one(struct text *text, uint64_t value);
void nvme_explain_kelvin(struct text *text, uint64_t value);
void nvme_explain_100_ms(struct text *text, uint64_t value);
void nvme_explain_us(struct text *text, uint64_t value);
void nvme_explain_4_kib(struct text *text, uint64_t value);
void nvme_explain_not_told(struct text *text, uint64_t value);
void nvme_explain_no_limit(struct text *text, uint64_t value);

#endif
