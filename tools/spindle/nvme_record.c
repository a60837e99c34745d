/* SPDX-License-Identifier: BSD-3-Clause */
/* What a controller has told, as lines or as JSON; see nvme_record.h. */
#include "nvme_record.h"
#include "size.h"
#include "table.h"

#include "spdk/util.h"

#define INDENT        2
#define NAME_WIDTH    12
#define VALUE_WIDTH   20
#define KELVIN_AT_0_C 273
#define DIGITS_128    40

void
nvme_record_init(struct nvme_record *record, bool is_json)
{
	*record = (struct nvme_record){.depth = 0};
	if (!is_json) {
		return;
	}
	record->json = text_begin_json(&record->text, SPDK_JSON_WRITE_FLAG_FORMATTED);
}

struct text
nvme_record_end(struct nvme_record *record)
{
	struct text text;

	if (record->json != NULL) {
		if (spdk_json_write_end(record->json) != 0) {
			usage_error("out of memory");
			exit(STATUS_REFUSED);
		}
		text_add_string(&record->text, "\n");
	}
	text = record->text;
	*record = (struct nvme_record){.depth = 0};
	return text;
}

int
nvme_record_print(struct nvme_record *record)
{
	struct text text = nvme_record_end(record);

	if (text.bytes != NULL) {
		fputs(text.bytes, stdout);
	}
	text_fini(&text);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		usage_error("cannot write to standard output: %s", strerror(errno));
		return STATUS_REFUSED;
	}
	return STATUS_OK;
}

/* ---- Objects and lists ---- */

static void
name_json(const struct nvme_record *record, const char *name)
{
	if (name != NULL) {
		spdk_json_write_name(record->json, name);
	}
}

void
nvme_record_object(struct nvme_record *record, const char *name, const char *title, ...)
{
	va_list args;

	if (record->json != NULL) {
		name_json(record, name);
		spdk_json_write_object_begin(record->json);
		return;
	}
	if (title != NULL) {
		text_printf(&record->text, "%s%*s", record->text.size > 0 ? "\n" : "",
			    (int)record->depth * INDENT, "");
		va_start(args, title);
		text_vprintf(&record->text, title, args);
		va_end(args);
		text_add_string(&record->text, "\n");
	}
	record->depth++;
}

void
nvme_record_object_end(struct nvme_record *record)
{
	if (record->json != NULL) {
		spdk_json_write_object_end(record->json);
		return;
	}
	record->depth--;
}

void
nvme_record_list(struct nvme_record *record, const char *name)
{
	if (record->json != NULL) {
		name_json(record, name);
		spdk_json_write_array_begin(record->json);
	}
}

void
nvme_record_list_end(struct nvme_record *record)
{
	if (record->json != NULL) {
		spdk_json_write_array_end(record->json);
	}
}

/* ---- Members ---- */

static void
add_line(struct nvme_record *record, const char *name, const char *value, const char *meaning)
{
	text_printf(&record->text, "%*s", (int)record->depth * INDENT, "");
	if (name != NULL) {
		text_printf(&record->text, "%-*s ", NAME_WIDTH, name);
	}
	if (meaning != NULL && meaning[0] != '\0') {
		text_printf(&record->text, "%-*s  %s\n", VALUE_WIDTH, value, meaning);
	} else {
		text_printf(&record->text, "%s\n", value);
	}
}

void
nvme_record_number(struct nvme_record *record, const char *name, uint64_t value,
		   const char *meaning)
{
	char text[DIGITS_128];

	if (record->json != NULL) {
		name_json(record, name);
		spdk_json_write_uint64(record->json, value);
		return;
	}
	snprintf(text, sizeof(text), "%" PRIu64, value);
	add_line(record, name, text, meaning);
}

void
nvme_record_hex(struct nvme_record *record, const char *name, uint64_t value, int digits,
		const char *meaning)
{
	char text[DIGITS_128];

	if (record->json != NULL) {
		nvme_record_number(record, name, value, meaning);
		return;
	}
	snprintf(text, sizeof(text), "0x%0*" PRIx64, digits, value);
	add_line(record, name, text, meaning);
}

void
nvme_record_string(struct nvme_record *record, const char *name, const char *value,
		   const char *meaning)
{
	if (record->json != NULL) {
		name_json(record, name);
		spdk_json_write_string(record->json, value);
	} else {
		add_line(record, name, value, meaning);
	}
}

void
nvme_record_number128(struct nvme_record *record, const char *name, const uint64_t value[2],
		      const char *meaning)
{
	unsigned __int128 rest = (unsigned __int128)value[1] << 64 | value[0];
	char digits[DIGITS_128 + 1], *first = digits + DIGITS_128;

	if (value[1] == 0) {
		nvme_record_number(record, name, value[0], meaning);
		return;
	}
	*first = '\0';
	while (rest != 0) {
		*--first = (char)('0' + (int)(rest % 10));
		rest /= 10;
	}
	nvme_record_string(record, name, first, meaning);
}

void
nvme_record_note(struct nvme_record *record, const char *format, ...)
{
	va_list args;

	if (record->json != NULL) {
		return;
	}
	text_printf(&record->text, "%*s", (int)record->depth * INDENT, "");
	va_start(args, format);
	text_vprintf(&record->text, format, args);
	va_end(args);
	text_add_string(&record->text, "\n");
}

/* ---- Fields ---- */

uint64_t
nvme_bytes_number(const void *data, size_t size)
{
	const uint8_t *bytes = data;
	uint64_t value = 0;

	assert(size <= sizeof(value));
	while (size-- > 0) {
		value = value << 8 | bytes[size];
	}
	return value;
}

char *
nvme_text(const void *data, size_t size)
{
	char *text = allocate(size + 1, 1);
	size_t length;

	memcpy(text, data, size);
	length = strlen(text);
	while (length > 0 && text[length - 1] == ' ') {
		text[--length] = '\0';
	}
	make_harmless(text);
	/* Bytes that are no ASCII would be no JSON. */
	for (length = 0; text[length] != '\0'; length++) {
		if ((unsigned char)text[length] > '~') {
			text[length] = '?';
		}
	}
	return text;
}

static void
add_word(struct text *text, const struct nvme_bits *bits, uint64_t value)
{
	uint64_t i;

	if (value == 0 && bits->zero != NULL) {
		text_add_string(text, bits->zero);
		return;
	}
	if (bits->values == NULL) {
		if (bits->count == 1) {
			text_printf(text, "%s", bits->word);
		} else {
			text_printf(text, "%s %" PRIu64, bits->word, value);
		}
		return;
	}
	for (i = 0; i < value && bits->values[i] != NULL; i++) {
	}
	text_printf(text, "%s%s", bits->word, bits->word[0] != '\0' ? " " : "");
	if (bits->values[i] != NULL) {
		text_add_string(text, bits->values[i]);
	} else {
		text_printf(text, "%" PRIu64 ", which is reserved", value);
	}
}

/* The value of these bits; false: there is nothing to be said of them. */
static bool
bits_are_told(const struct nvme_bits *bits, uint64_t value, uint64_t *out_value)
{
	uint64_t mask = bits->count < 64 ? (UINT64_C(1) << bits->count) - 1 : UINT64_MAX;

	*out_value = value >> bits->first & mask;
	return *out_value != 0 || bits->count > 1 || bits->values != NULL;
}

void
nvme_bits_words(struct text *text, const struct nvme_bits *bits, uint64_t value)
{
	size_t begin = text->size;
	uint64_t part;

	for (; bits->word != NULL; bits++) {
		if (bits_are_told(bits, value, &part)) {
			text_add_string(text, text->size > begin ? ", " : "");
			add_word(text, bits, part);
		}
	}
}

static void
write_words(struct nvme_record *record, const char *name, const struct nvme_bits *bits,
	    uint64_t value)
{
	struct text text = {.bytes = NULL};
	uint64_t part;

	text_printf(&text, "%s_words", name);
	nvme_record_list(record, text.bytes);
	text_fini(&text);
	for (; bits->word != NULL; bits++) {
		if (bits_are_told(bits, value, &part)) {
			add_word(&text, bits, part);
			nvme_record_string(record, NULL, text.bytes, NULL);
			text_fini(&text);
		}
	}
	nvme_record_list_end(record);
}

void
nvme_record_bits(struct nvme_record *record, const char *name, uint64_t value, int digits,
		 const struct nvme_bits *bits)
{
	struct text words = {.bytes = NULL};

	if (record->json != NULL) {
		nvme_record_number(record, name, value, NULL);
		write_words(record, name, bits, value);
		return;
	}
	nvme_bits_words(&words, bits, value);
	nvme_record_hex(record, name, value, digits, words.bytes);
	text_fini(&words);
}

static void
write_bytes(struct nvme_record *record, const struct nvme_field *field, const uint8_t *data)
{
	struct text text = {.bytes = NULL};

	text_add_hex(&text, data, field->size);
	nvme_record_string(record, field->name, text.bytes, field->meaning);
	text_fini(&text);
}

/* What the field means, and the value of it. */
static void
add_meaning(struct text *text, const struct nvme_field *field, uint64_t value)
{
	size_t before;

	text_add_string(text, field->meaning);
	before = text->size;
	text_add_string(text, before > 0 ? ": " : "");
	if (field->bits != NULL) {
		nvme_bits_words(text, field->bits, value);
	} else if (field->explain != NULL) {
		field->explain(text, value);
	}
	if (before > 0 && text->size == before + 2) {
		/* Nothing was said. */
		text->bytes[before] = '\0';
	}
}

static void
write_number(struct nvme_record *record, const struct nvme_field *field, const uint8_t *data)
{
	uint64_t value = nvme_bytes_number(data, field->size);
	struct text text = {.bytes = NULL};

	add_meaning(&text, field, value);
	if (field->kind == NVME_FIELD_HEX) {
		nvme_record_hex(record, field->name, value, field->size * 2, text.bytes);
	} else {
		nvme_record_number(record, field->name, value, text.bytes);
	}
	text_fini(&text);
	if (record->json != NULL && field->bits != NULL) {
		write_words(record, field->name, field->bits, value);
	}
}

static void
write_number128(struct nvme_record *record, const struct nvme_field *field, const uint8_t *data)
{
	uint64_t number[2] = {nvme_bytes_number(data, 8), nvme_bytes_number(data + 8, 8)};
	struct text text = {.bytes = NULL};

	add_meaning(&text, field, number[1] == 0 ? number[0] : UINT64_MAX);
	nvme_record_number128(record, field->name, number, text.bytes);
	text_fini(&text);
}

void
nvme_record_fields(struct nvme_record *record, const struct nvme_field *fields, size_t count,
		   const void *page)
{
	const uint8_t *data;
	char *string;

	for (; count > 0; count--, fields++) {
		data = (const uint8_t *)page + fields->offset;
		switch (fields->kind) {
		case NVME_FIELD_TEXT:
			string = nvme_text(data, fields->size);
			nvme_record_string(record, fields->name, string, fields->meaning);
			free(string);
			break;
		case NVME_FIELD_BYTES:
			write_bytes(record, fields, data);
			break;
		case NVME_FIELD_NUMBER128:
			write_number128(record, fields, data);
			break;
		default:
			write_number(record, fields, data);
			break;
		}
	}
}

/* ---- Explanations ---- */

void
nvme_explain_less_one(struct text *text, uint64_t value)
{
	text_printf(text, "%" PRIu64, value + 1);
}

void
nvme_explain_kelvin(struct text *text, uint64_t value)
{
	if (value == 0) {
		text_add_string(text, "not told");
	} else {
		text_printf(text, "%d C", (int)value - KELVIN_AT_0_C);
	}
}

void
nvme_explain_100_ms(struct text *text, uint64_t value)
{
	if (value == 0) {
		text_add_string(text, "none");
	} else {
		text_printf(text, "%g s", (double)value / 10);
	}
}

void
nvme_explain_us(struct text *text, uint64_t value)
{
	if (value == 0) {
		text_add_string(text, "not told");
	} else {
		text_printf(text, "%g ms", (double)value / 1000);
	}
}

void
nvme_explain_4_kib(struct text *text, uint64_t value)
{
	text_add_string(text, value == 0 ? "none" : size_text(value << 12).text);
}

void
nvme_explain_not_told(struct text *text, uint64_t value)
{
	text_add_string(text, value == 0 ? "not told" : "");
}

void
nvme_explain_no_limit(struct text *text, uint64_t value)
{
	text_add_string(text, value == 0 ? "no limit" : "");
}
