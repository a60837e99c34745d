/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The scheduler, its period and its options: kept, put back, and written as a configuration.
 *
 * Options are what the scheduler itself writes and reads as JSON; nothing here knows what they
 * mean.
 */
#include "app/rpc/scheduler_state.h"
#include "app/rest.h"
#include "app/scheduler.h"
#include "runtime/schedulers.h"
#include "spdk/cpuset.h"
#include "spdk/log.h"
#include "spdk/util.h"

void
json_object_free(struct json_object *object)
{
	free(object->text);
	free(object->decoded);
	free(object->values);
	*object = (struct json_object){NULL};
}

int
json_object_parse(char *text, struct json_object *out_object)
{
	struct json_object object = {.text = text};
	size_t size = strlen(text);
	ssize_t count;

	count = spdk_json_parse(text, size, NULL, 0, NULL, 0);
	object.decoded = strdup(text);
	/* What a scheduler writes may be no JSON; then it has no options. */
	object.values = calloc(count > 0 ? (size_t)count : 1, sizeof(*object.values));
	if (object.decoded == NULL || object.values == NULL) {
		json_object_free(&object);
		return -ENOMEM;
	}
	if (count > 0) {
		(void)spdk_json_parse(object.decoded, size, object.values, (size_t)count, NULL,
				      SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE);
	}
	if (count <= 0 || object.values[0].len == 0) {
		json_object_free(&object);
	}
	*out_object = object;
	return 0;
}

struct text {
	char *bytes;
	size_t size;
};

static int
append(void *arg, const void *data, size_t size)
{
	struct text *text = arg;
	char *bytes = realloc(text->bytes, text->size + size + 1);

	if (bytes == NULL) {
		return -ENOMEM;
	}
	memcpy(bytes + text->size, data, size);
	text->bytes = bytes;
	text->size += size;
	bytes[text->size] = '\0';
	return 0;
}

char *
json_object_write(void (*write)(struct spdk_json_write_ctx *w, const void *arg), const void *arg)
{
	struct text text = {NULL, 0};
	struct spdk_json_write_ctx *w = spdk_json_write_begin(append, &text, 0);

	if (w == NULL) {
		return NULL;
	}
	spdk_json_write_object_begin(w);
	write(w, arg);
	spdk_json_write_object_end(w);
	if (spdk_json_write_end(w) != 0) {
		free(text.bytes);
		return NULL;
	}
	return text.bytes;
}

static void
write_options(struct spdk_json_write_ctx *w, const void *arg)
{
	const struct spdk_scheduler *scheduler = arg;

	scheduler->get_opts(w);
}

int
scheduler_state_take(struct scheduler_state *out_state)
{
	struct scheduler_state state = {
		.scheduler = spdk_scheduler_get(),
		.period_us = spdk_scheduler_get_period(),
	};
	char *text;
	int rc = 0;

	if (state.scheduler != NULL && state.scheduler->get_opts != NULL) {
		text = json_object_write(write_options, state.scheduler);
		rc = text != NULL ? json_object_parse(text, &state.options) : -ENOMEM;
	}
	if (rc == 0) {
		*out_state = state;
	}
	return rc;
}

void
scheduler_state_restore(const struct scheduler_state *state)
{
	struct spdk_scheduler *scheduler = state->scheduler;

	/* It has been set before, and it has taken these options before. */
	(void)spdk_scheduler_set(scheduler != NULL ? scheduler->name : NULL);
	if (state->options.values != NULL && scheduler->set_opts != NULL) {
		(void)scheduler->set_opts(state->options.values);
	}
	spdk_scheduler_set_period(state->period_us);
}

void
scheduler_state_free(struct scheduler_state *state)
{
	json_object_free(&state->options);
}

/* Those that framework_set_scheduler takes. Others could be written, and not be loaded again. */
static bool
is_known_option(const struct spdk_json_val *name)
{
	static const char *const known[] = {"load_limit", "core_limit", "core_busy", "mappings"};

	for (size_t i = 0; i < SPDK_COUNTOF(known); i++) {
		if (spdk_json_strequal(name, known[i])) {
			return true;
		}
	}
	return false;
}

static void
write_known_options(struct spdk_json_write_ctx *w, const struct spdk_json_val *object)
{
	const struct spdk_json_val *name = object + 1, *end = object + object->len + 1;

	for (; name < end; name += 1 + spdk_json_val_len(name + 1)) {
		if (is_known_option(name)) {
			spdk_json_write_val(w, name);
			spdk_json_write_val(w, name + 1);
		}
	}
}

static void
write_set_options(struct spdk_json_write_ctx *w)
{
	struct scheduler_options options;

	if (!scheduler_get_options(&options)) {
		return;
	}
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "method", "scheduler_set_options");
	spdk_json_write_named_object_begin(w, "params");
	spdk_json_write_named_uint32(w, "scheduling_core", options.lcore);
	if (spdk_cpuset_count(&options.isolated) != 0) {
		spdk_json_write_named_string_fmt(w, "isolated_core_mask", "0x%s",
						 spdk_cpuset_fmt(&options.isolated));
	}
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
}

static void
write_set_scheduler(struct spdk_json_write_ctx *w, const struct scheduler_state *state)
{
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "method", "framework_set_scheduler");
	spdk_json_write_named_object_begin(w, "params");
	spdk_json_write_named_string(w, "name", state->scheduler->name);
	spdk_json_write_named_uint64(w, "period", state->period_us);
	if (state->options.values != NULL) {
		write_known_options(w, state->options.values);
	}
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
}

void
scheduler_write_config(struct spdk_json_write_ctx *w)
{
	struct scheduler_state state = {NULL};
	int rc;

	scheduler_lock();
	rc = scheduler_state_take(&state);
	scheduler_unlock();
	spdk_json_write_array_begin(w);
	rest_write_config(w);
	write_set_options(w);
	if (rc != 0) {
		SPDK_ERRLOG("No memory for the options of the scheduler: they are not in this "
			    "configuration\n");
	} else if (state.scheduler != NULL) {
		write_set_scheduler(w, &state);
	}
	spdk_json_write_array_end(w);
	scheduler_state_free(&state);
}
