/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The static scheduler: threads stay where they were placed, but for those that its option
 * 'mappings' names: "3:1,4:2" keeps the thread with id 3 on core 1, and that with id 4 on core 2.
 * It is what an application has when it does not ask for another.
 *
 * A mapping counts for its thread from the next round on, whether that is there already or comes
 * later, as long as its cpumask has the core.
 */
#include "runtime/scheduler_moves.h"
#include "runtime/thread_mask.h"
#include "spdk/env.h"
#include "spdk/json.h"
#include "spdk/log.h"
#include "spdk/scheduler.h"
#include "spdk/util.h"

#define MAPPINGS_MAX 4096

struct mapping {
	uint64_t thread_id;
	uint32_t lcore;
	bool is_told; /* that it cannot be */
};

static struct {
	/* As it was given; NULL: none. */
	char *text;
	/* By thread_id. */
	struct mapping *mappings;
	size_t count;
} g_static;

static void
forget_mappings(void)
{
	free(g_static.text);
	free(g_static.mappings);
	g_static.text = NULL;
	g_static.mappings = NULL;
	g_static.count = 0;
}

static int
init_static(void)
{
	return 0;
}

static void
deinit_static(void)
{
	forget_mappings();
}

static int
compare_mappings(const void *left, const void *right)
{
	const struct mapping *a = left, *b = right;

	return a->thread_id < b->thread_id ? -1 : a->thread_id > b->thread_id;
}

static bool
has_core(uint32_t lcore)
{
	uint32_t core;

	SPDK_ENV_FOREACH_CORE (core) {
		if (core == lcore) {
			return true;
		}
	}
	return false;
}

/* Digits only, up to `end`; false: they are none, or too many. */
static bool
parse_number(const char **text, char end, uint64_t *out_number)
{
	char *behind;

	if (!isdigit((unsigned char)**text)) {
		return false;
	}
	errno = 0;
	*out_number = strtoull(*text, &behind, 10);
	if (errno != 0 || (*behind != end && *behind != '\0')) {
		return false;
	}
	*text = behind;
	return true;
}

/* Takes one from the beginning of *text. */
static int
parse_mapping(const char **text, struct mapping *out_mapping)
{
	const char *begin = *text;
	uint64_t lcore = 0;

	if (!parse_number(text, ':', &out_mapping->thread_id) || **text != ':') {
		goto explain;
	}
	(*text)++;
	if (!parse_number(text, ',', &lcore)) {
		goto explain;
	}
	if (lcore > UINT32_MAX || !has_core((uint32_t)lcore)) {
		SPDK_ERRLOG("mappings: '%s' wants thread %" PRIu64 " on core %" PRIu64
			    ", which this program does not have (option -m)\n",
			    begin, out_mapping->thread_id, lcore);
		return -EINVAL;
	}
	out_mapping->lcore = (uint32_t)lcore;
	return 0;

explain:
	SPDK_ERRLOG("mappings: '%s' does not begin with THREAD:CORE, two numbers; write, for "
		    "example, 3:1,4:2\n",
		    begin);
	return -EINVAL;
}

static int
check_once(const struct mapping *mappings, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (mappings[i].thread_id == mappings[i - 1].thread_id) {
			SPDK_ERRLOG("mappings: thread %" PRIu64 " is there twice\n",
				    mappings[i].thread_id);
			return -EINVAL;
		}
	}
	return 0;
}

/* 0, or -errno, explained. */
static int
parse_mappings(const char *text, struct mapping *mappings, size_t *out_count)
{
	size_t count = 0;
	int rc;

	for (; *text != '\0' || count != 0; text++) {
		if (count == MAPPINGS_MAX) {
			SPDK_ERRLOG("mappings: more than %d threads\n", MAPPINGS_MAX);
			return -EINVAL;
		}
		rc = parse_mapping(&text, &mappings[count++]);
		if (rc != 0) {
			return rc;
		}
		if (*text != ',') {
			break;
		}
	}
	qsort(mappings, count, sizeof(mappings[0]), compare_mappings);
	rc = check_once(mappings, count);
	if (rc == 0) {
		*out_count = count;
	}
	return rc;
}

/* Takes `text`, which is on the heap. */
static int
set_mappings(char *text)
{
	struct mapping *mappings;
	size_t count = 0;
	int rc = -ENOMEM;

	/* Each has three letters at least, and a comma but for the last. */
	mappings = calloc(strlen(text) / 4 + 1, sizeof(*mappings));
	if (mappings == NULL) {
		SPDK_ERRLOG("mappings: no memory for them\n");
		goto free_text;
	}
	rc = parse_mappings(text, mappings, &count);
	if (rc != 0) {
		goto free_mappings;
	}
	forget_mappings();
	if (count == 0) {
		goto free_mappings;
	}
	g_static.text = text;
	g_static.mappings = mappings;
	g_static.count = count;
	return 0;

free_mappings:
	free(mappings);
free_text:
	free(text);
	return rc;
}

/* Of those that the RPC has besides. */
static int
decode_anything(const struct spdk_json_val *val, void *out)
{
	return 0;
}

static const struct spdk_json_object_decoder g_decoders[] = {
	{"name", 0, decode_anything, true},
	{"period", 0, decode_anything, true},
	{"mappings", 0, spdk_json_decode_string, true},
};

static int
set_opts_static(const struct spdk_json_val *json)
{
	char *text = NULL;

	if (json == NULL) {
		return 0;
	}
	if (spdk_json_decode_object(json, g_decoders, SPDK_COUNTOF(g_decoders), &text) != 0) {
		free(text);
		return -EINVAL;
	}
	return text != NULL ? set_mappings(text) : 0;
}

static void
get_opts_static(struct spdk_json_write_ctx *w)
{
	if (g_static.text != NULL) {
		spdk_json_write_named_string(w, "mappings", g_static.text);
	}
}

static void
map_thread(struct spdk_scheduler_thread_info *info)
{
	struct mapping key = {.thread_id = info->thread_id}, *mapping;

	mapping = bsearch(&key, g_static.mappings, g_static.count, sizeof(key), compare_mappings);
	if (mapping == NULL || mapping->lcore == info->lcore) {
		return;
	}
	if (thread_may_run_on(info->thread_id, mapping->lcore)) {
		info->lcore = mapping->lcore;
		scheduler_explain_move(
			info->thread_id,
			&(struct scheduler_reason){
				"mapping", "the option mappings of the scheduler static says so"});
	} else if (!mapping->is_told) {
		mapping->is_told = true;
		SPDK_WARNLOG("mappings: thread %" PRIu64 " stays on core %u, because its cpumask "
			     "does not have core %u; thread_set_cpumask changes that\n",
			     info->thread_id, info->lcore, mapping->lcore);
	}
}

/* Only asked when somebody has set a period. */
static void
balance_static(struct spdk_scheduler_core_info *core_info, uint32_t count)
{
	uint32_t core, i;

	for (core = 0; core < count && g_static.count != 0; core++) {
		for (i = 0; i < core_info[core].threads_count; i++) {
			map_thread(&core_info[core].thread_infos[i]);
		}
	}
}

static struct spdk_scheduler g_scheduler_static = {
	.name = "static",
	.init = init_static,
	.deinit = deinit_static,
	.balance = balance_static,
	.set_opts = set_opts_static,
	.get_opts = get_opts_static,
};

SPDK_SCHEDULER_REGISTER(g_scheduler_static);
