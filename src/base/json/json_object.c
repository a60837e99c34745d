/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Objects by tables of decoders. What a table does not take is explained here, since most callers
 * answer only that the parameters were wrong.
 *
 * The time is that of members times decoders, and the number of decoders is the program's.
 */
#include "base/json/json_internal.h"

#include "spdk/log.h"

/* Room for the names that an object may have, in a message. */
#define NAMES_SIZE 512

struct table {
	const struct spdk_json_object_decoder *decoders;
	size_t count;
	/* Which of them were used. */
	bool *is_seen;
	bool is_relaxed;
};

/* All names of a table, with commas; cut off with "..." when there are too many. */
static const char *
names_of(const struct table *table, char text[NAMES_SIZE])
{
	size_t used = 0;

	snprintf(text, NAMES_SIZE, "none");
	for (size_t i = 0; i < table->count; i++) {
		const char *name = table->decoders[i].name;
		size_t size = strlen(name) + sizeof("\"\", ") - 1;

		if (used + size + sizeof("...") > NAMES_SIZE) {
			snprintf(text + used, NAMES_SIZE - used, "...");
			break;
		}
		used += (size_t)snprintf(text + used, NAMES_SIZE - used, "\"%s\"%s", name,
					 i + 1 < table->count ? ", " : "");
	}
	return text;
}

/* The index of the decoder that has this name; `count` if there is none. */
static size_t
find_decoder(const struct table *table, const struct spdk_json_val *name)
{
	size_t i;

	for (i = 0; i < table->count; i++) {
		if (spdk_json_strequal(name, table->decoders[i].name)) {
			break;
		}
	}
	return i;
}

static int
unknown(const struct table *table, const struct spdk_json_val *name)
{
	char description[JSON_DESCRIPTION_SIZE], names[NAMES_SIZE];

	if (table->is_relaxed) {
		return 0;
	}
	SPDK_ERRLOG("the member %s is not known here; those that are: %s\n",
		    json_describe(name, description), names_of(table, names));
	return JSON_REFUSED;
}

static int
decode_member(struct table *table, const struct spdk_json_val *name, void *out)
{
	size_t index = find_decoder(table, name);
	const struct spdk_json_object_decoder *decoder = &table->decoders[index];
	char member[128];

	if (index == table->count) {
		return unknown(table, name);
	}
	if (table->is_seen[index]) {
		SPDK_ERRLOG("the member \"%s\" stands twice: leave one out\n", decoder->name);
		return JSON_REFUSED;
	}
	table->is_seen[index] = true;
	if (decoder->decode_func(name + 1, (char *)out + decoder->offset) != 0) {
		snprintf(member, sizeof(member), "the member \"%s\"", decoder->name);
		json_log_refusal(member, decoder->decode_func, name + 1);
		return JSON_REFUSED;
	}
	return 0;
}

static int
missing(const struct spdk_json_object_decoder *decoder)
{
	const char *expectation = json_expectation(decoder->decode_func, NULL);

	SPDK_ERRLOG("the member \"%s\" is missing%s%s\n", decoder->name,
		    expectation != NULL ? ": it must be " : "",
		    expectation != NULL ? expectation : "");
	return JSON_REFUSED;
}

static int
decode_members(struct table *table, const struct spdk_json_val *object, void *out)
{
	const struct spdk_json_val *end = object + object->len + 1;
	const struct spdk_json_val *name;
	int rc;

	for (name = object + 1; name < end; name += 1 + spdk_json_val_len(name + 1)) {
		rc = decode_member(table, name, out);
		if (rc != 0) {
			return rc;
		}
	}
	for (size_t i = 0; i < table->count; i++) {
		if (!table->decoders[i].optional && !table->is_seen[i]) {
			return missing(&table->decoders[i]);
		}
	}
	return 0;
}

static int
decode_object(struct table *table, const struct spdk_json_val *values, void *out)
{
	char description[JSON_DESCRIPTION_SIZE];
	int rc;

	if (values == NULL || values->type != SPDK_JSON_VAL_OBJECT_BEGIN) {
		SPDK_ERRLOG("an object is expected, not %s\n", json_describe(values, description));
		return JSON_REFUSED;
	}
	/* One more, because none may be NULL. */
	table->is_seen = calloc(table->count + 1, sizeof(*table->is_seen));
	if (table->is_seen == NULL) {
		SPDK_ERRLOG("there is no memory to decode an object of %zu members\n",
			    table->count);
		return -ENOMEM;
	}
	rc = decode_members(table, values, out);
	free(table->is_seen);
	return rc;
}

int
spdk_json_decode_object(const struct spdk_json_val *values,
			const struct spdk_json_object_decoder *decoders, size_t num_decoders,
			void *out)
{
	struct table table = {.decoders = decoders, .count = num_decoders};

	return decode_object(&table, values, out);
}

int
spdk_json_decode_object_relaxed(const struct spdk_json_val *values,
				const struct spdk_json_object_decoder *decoders,
				size_t num_decoders, void *out)
{
	struct table table = {.decoders = decoders, .count = num_decoders, .is_relaxed = true};

	return decode_object(&table, values, out);
}

void
spdk_json_free_object(const struct spdk_json_object_decoder *decoders, size_t num_decoders,
		      void *obj)
{
	for (size_t i = 0; i < num_decoders; i++) {
		char **str = (char **)((char *)obj + decoders[i].offset);

		if (decoders[i].decode_func == spdk_json_decode_string) {
			free(*str);
			*str = NULL;
		}
	}
}
