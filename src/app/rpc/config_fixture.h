/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of what subsystems save: the text, and that it leads to the same state again.
 */
#ifndef SPINDLE_CONFIG_FIXTURE_H
#define SPINDLE_CONFIG_FIXTURE_H

#include "app/rpc/app_rpc_fixture.h"

struct saving {
	const char *name;
	char *text;
	size_t size;
};

static inline int
save_bytes(void *arg, const void *data, size_t size)
{
	struct saving *saving = arg;

	saving->text = realloc(saving->text, saving->size + size + 1);
	memcpy(saving->text + saving->size, data, size);
	saving->size += size;
	saving->text[saving->size] = '\0';
	return 0;
}

static inline void
save_subsystem(void *arg)
{
	struct saving *saving = arg;
	struct spdk_json_write_ctx *w =
		spdk_json_write_begin(save_bytes, saving, SPDK_JSON_WRITE_FLAG_FLATTEN_BATCHES);
	struct spdk_subsystem *subsystem;

	TAILQ_FOREACH (subsystem, subsystem_get_all(), tailq) {
		if (strcmp(subsystem->name, saving->name) == 0) {
			subsystem->write_config_json(w);
		}
	}
	(void)spdk_json_write_end(w);
}

/* On the heap. */
static inline char *
save_config(const char *subsystem)
{
	struct saving saving = {.name = subsystem};

	run_on_app(save_subsystem, &saving);
	assert_non_null(saving.text);
	return saving.text;
}

/* Of a call; NULL: it has none. On the heap. */
static inline char *
params_text(struct spdk_json_val *entry)
{
	struct spdk_json_val *params = NULL;

	if (spdk_json_find(entry, "params", NULL, &params, SPDK_JSON_VAL_OBJECT_BEGIN) != 0) {
		return NULL;
	}
	return strndup(params->start,
		       (size_t)((char *)params[params->len + 1].start - (char *)params->start) + 1);
}

/* Calls those methods of a configuration that are for this pass; those for both are for the first.
 */
static inline void
load_config(const char *config, uint32_t state)
{
	struct spdk_json_val values[256], *entry, *end;
	char *copy = strdup(config), *method, *text;
	uint32_t mask = 0;

	assert_true(spdk_json_parse(copy, strlen(copy), values, 256, NULL, 0) > 0);
	end = values + values->len + 1;
	for (entry = values + 1; entry < end; entry += spdk_json_val_len(entry)) {
		method = spdk_json_strdup(member(entry, "method", SPDK_JSON_VAL_STRING));
		assert_int_equal(spdk_rpc_get_method_state_mask(method, &mask), 0);
		if (((mask & SPDK_RPC_STARTUP) != 0) == (state == SPDK_RPC_STARTUP)) {
			text = params_text(entry);
			call(method, text);
			if (g_test.error_code != 0) {
				fail_msg("%s(%s): error %d: %s", method, text != NULL ? text : "",
					 g_test.error_code, g_test.error_message);
			}
			free(text);
		}
		free(method);
	}
	free(copy);
}

/* Asserts what is saved, and that an application which is started with it saves the same. */
static inline void
check_round_trip(const char *subsystem, const char *mask, const char *expected)
{
	char *saved = save_config(subsystem), *again;

	assert_string_equal(saved, expected);
	app_down();
	app_up(mask);
	load_config(saved, SPDK_RPC_STARTUP);
	app_init();
	load_config(saved, SPDK_RPC_RUNTIME);
	again = save_config(subsystem);
	assert_string_equal(again, saved);
	free(again);
	free(saved);
}

#endif
