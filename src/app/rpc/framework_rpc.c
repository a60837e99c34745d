/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods for the reactors: what each does and which threads live there, and the monitor of context
 * switches.
 *
 * A list of reactors is made in four steps:
 *
 *   note_states    on the app thread: what each reactor does, before it is woken for this
 *   visit_thread   on each thread in turn: notes about itself, kept for its core
 *   visit_reactor  on each reactor in turn: its OS thread and its times
 *   write_some     on the app thread: WRITE_MAX threads at a time become text
 *
 * so that whoever's turn it is does a small, bounded piece of work, whatever the number of threads.
 * The app thread stops for some 100 us each time. What is noted ends where no answer could hold it
 * any more; the answer is then the error that it is too large.
 */
#include "app/rpc/app_rpc.h"
#include "env/env_internal.h"
#include "runtime/reactors.h"
#include "spdk/cpuset.h"
#include "spdk/env.h"
#include "spdk/event.h"
#include "spdk/queue.h"
#include "spdk/rpc.h"
#include "spdk/thread.h"
#include "spdk/util.h"
#include "spdk_internal/event.h"

#define WRITE_MAX   128
#define CHUNK_BYTES 4096

/* About one thread: a name and a cpumask follow, each with its NUL. */
struct note {
	uint64_t id;
	uint64_t elapsed;
	uint32_t size; /* of it all, a multiple of 8 */
	uint32_t cpumask_offset;
	char name[];
};

/* Notes one behind the other. */
struct chunk {
	STAILQ_ENTRY(chunk) link;
	uint32_t size;
	uint32_t used;
	uint64_t bytes[];
};

/* What was noted about one reactor. */
struct core_notes {
	bool is_there;
	int tid;
	uint64_t busy;
	uint64_t idle;
	struct reactor_rest rest;
	enum reactor_state state; /* before it was visited */
	bool in_interrupt;
	struct env_cpu_times cpu;
	STAILQ_HEAD(, chunk) chunks;
};

/* One request; whoever's turn it is has all of it. */
struct survey {
	struct spdk_jsonrpc_request *request;
	struct spdk_json_write_ctx *w;
	size_t noted_bytes;
	bool with_rest;
	bool has_begun;
	bool lacks_memory;
	/* What is to be written next: of `core`, from `read` on in its first chunk. */
	uint32_t core;
	uint32_t read;
	bool is_core_open;
	uint32_t cores_end;
	struct core_notes cores[];
};

static void
free_survey(struct survey *survey)
{
	struct chunk *chunk;
	uint32_t core;

	for (core = 0; core < survey->cores_end; core++) {
		while ((chunk = STAILQ_FIRST(&survey->cores[core].chunks)) != NULL) {
			STAILQ_REMOVE_HEAD(&survey->cores[core].chunks, link);
			free(chunk);
		}
	}
	free(survey);
}

/* Room for a note at the end of those of a core, or NULL. */
static void *
make_room(struct core_notes *notes, uint32_t size)
{
	struct chunk *chunk = STAILQ_LAST(&notes->chunks, chunk, link);
	void *room;

	if (chunk == NULL || chunk->size - chunk->used < size) {
		uint32_t chunk_size = spdk_max(CHUNK_BYTES - (uint32_t)sizeof(*chunk), size);

		chunk = malloc(sizeof(*chunk) + chunk_size);
		if (chunk == NULL) {
			return NULL;
		}
		chunk->size = chunk_size;
		chunk->used = 0;
		STAILQ_INSERT_TAIL(&notes->chunks, chunk, link);
	}
	room = (char *)chunk->bytes + chunk->used;
	chunk->used += size;
	return room;
}

static int
note_thread(struct core_notes *notes, struct spdk_thread *thread, size_t *noted_bytes)
{
	const char *name = spdk_thread_get_name(thread), *mask;
	struct spdk_thread_stats stats;
	struct spdk_cpuset cpumask;
	struct note *note;
	uint32_t size;

	/* Threads share theirs, and a set is written to when it is made a text. */
	spdk_cpuset_copy(&cpumask, spdk_thread_get_cpumask(thread));
	mask = spdk_cpuset_fmt(&cpumask);
	size = (uint32_t)(sizeof(*note) + strlen(name) + 1 + strlen(mask) + 1);
	size = SPDK_ALIGN_CEIL(size, (uint32_t)sizeof(uint64_t));
	note = make_room(notes, size);
	if (note == NULL) {
		return -ENOMEM;
	}
	(void)spdk_thread_get_stats(&stats); /* There is a current thread. */
	note->id = spdk_thread_get_id(thread);
	note->elapsed = stats.busy_tsc + stats.idle_tsc;
	note->size = size;
	note->cpumask_offset = (uint32_t)strlen(name) + 1;
	memcpy(note->name, name, strlen(name) + 1);
	memcpy(note->name + note->cpumask_offset, mask, strlen(mask) + 1);
	*noted_bytes += size;
	return 0;
}

static void
visit_thread(void *arg)
{
	struct survey *survey = arg;
	uint32_t core = spdk_env_get_current_core();

	survey->has_begun = true;
	if (survey->lacks_memory || core >= survey->cores_end ||
	    survey->noted_bytes > JSONRPC_REPLY_BYTES_MAX) {
		return;
	}
	survey->lacks_memory =
		note_thread(&survey->cores[core], spdk_get_thread(), &survey->noted_bytes) != 0;
}

static void
visit_reactor(void *arg1, void *arg2)
{
	struct survey *survey = arg1;
	const struct spdk_reactor *reactor = spdk_reactor_get(spdk_env_get_current_core());
	struct core_notes *notes = &survey->cores[reactor->lcore];

	notes->is_there = true;
	notes->tid = spdk_get_tid();
	notes->busy = reactor->busy_tsc;
	notes->idle = reactor->idle_tsc;
	reactors_get_own_rest(&notes->rest);
	notes->in_interrupt = reactor->in_interrupt;
	/* Where the machine does not tell, they stay 0. */
	(void)env_get_cpu_times(&notes->cpu);
}

static const char *const state_names[] = {
	[REACTOR_BUSY] = "busy",
	[REACTOR_IDLE] = "idle",
	[REACTOR_ASLEEP] = "asleep",
};

static void
open_core(struct survey *survey)
{
	const struct core_notes *notes = &survey->cores[survey->core];

	survey->is_core_open = true;
	spdk_json_write_object_begin(survey->w);
	spdk_json_write_named_uint32(survey->w, "lcore", survey->core);
	spdk_json_write_named_int32(survey->w, "tid", notes->tid);
	spdk_json_write_named_int32(survey->w, "numa_id", spdk_env_get_numa_id(survey->core));
	spdk_json_write_named_uint64(survey->w, "busy", notes->busy);
	spdk_json_write_named_uint64(survey->w, "idle", notes->idle);
	if (survey->with_rest) {
		spdk_json_write_named_uint64(survey->w, "asleep", notes->rest.asleep);
		spdk_json_write_named_uint64(survey->w, "sleeps", notes->rest.sleeps);
		spdk_json_write_named_string(survey->w, "state", state_names[notes->state]);
	}
	spdk_json_write_named_bool(survey->w, "in_interrupt", notes->in_interrupt);
	spdk_json_write_named_uint64(survey->w, "irq", notes->cpu.irq);
	spdk_json_write_named_uint64(survey->w, "usr", notes->cpu.user);
	spdk_json_write_named_uint64(survey->w, "sys", notes->cpu.system);
	spdk_json_write_named_array_begin(survey->w, "lw_threads");
}

static void
close_core(struct survey *survey)
{
	spdk_json_write_array_end(survey->w);
	spdk_json_write_object_end(survey->w);
	survey->is_core_open = false;
	survey->core++;
}

/* The next note of a core, as text; false: it was the last. */
static bool
write_note(struct survey *survey)
{
	struct core_notes *notes = &survey->cores[survey->core];
	struct chunk *chunk = STAILQ_FIRST(&notes->chunks);
	const struct note *note;

	if (chunk != NULL && survey->read == chunk->used) {
		STAILQ_REMOVE_HEAD(&notes->chunks, link);
		free(chunk);
		survey->read = 0;
		chunk = STAILQ_FIRST(&notes->chunks);
	}
	if (chunk == NULL) {
		return false;
	}
	note = (const struct note *)(const void *)((const char *)chunk->bytes + survey->read);
	spdk_json_write_object_begin(survey->w);
	spdk_json_write_named_string(survey->w, "name", note->name);
	spdk_json_write_named_uint64(survey->w, "id", note->id);
	spdk_json_write_named_string(survey->w, "cpumask", note->name + note->cpumask_offset);
	spdk_json_write_named_uint64(survey->w, "elapsed", note->elapsed);
	spdk_json_write_object_end(survey->w);
	survey->read += note->size;
	return true;
}

static void
end_survey(struct survey *survey)
{
	spdk_json_write_array_end(survey->w);
	spdk_json_write_object_end(survey->w);
	/* What did not fit is an error of the writer, and of the answer. */
	spdk_jsonrpc_end_result(survey->request, survey->w);
	free_survey(survey);
}

static void
write_some(void *arg)
{
	struct survey *survey = arg;
	uint32_t left = WRITE_MAX;

	while (survey->core < survey->cores_end && left > 0) {
		if (!survey->cores[survey->core].is_there) {
			survey->core++;
		} else if (!survey->is_core_open) {
			open_core(survey);
		} else if (!write_note(survey)) {
			close_core(survey);
		} else {
			left--;
		}
	}
	if (survey->core == survey->cores_end) {
		end_survey(survey);
		return;
	}
	/* To itself: as long as there is anybody to answer. */
	(void)spdk_thread_send_msg(spdk_get_thread(), write_some, survey);
}

static void
begin_writing(void *arg)
{
	struct survey *survey = arg;

	survey->w = spdk_jsonrpc_begin_result(survey->request);
	spdk_json_write_object_begin(survey->w);
	spdk_json_write_named_uint64(survey->w, "tick_rate", spdk_get_ticks_hz());
	spdk_json_write_named_int32(survey->w, "pid", getpid());
	spdk_json_write_named_array_begin(survey->w, "reactors");
	write_some(survey);
}

static void
reactors_visited(void *arg1, void *arg2)
{
	/* While the app thread lives, which has the request. */
	(void)spdk_thread_send_msg(spdk_thread_get_app_thread(), begin_writing, arg1);
}

static void
threads_visited(void *arg)
{
	struct survey *survey = arg;
	struct reactors_round round = {
		.fn = visit_reactor,
		.arg1 = survey,
		.done_fn = reactors_visited,
	};

	if (!survey->has_begun || survey->lacks_memory || reactors_for_each(&round) != 0) {
		answer_no_memory(survey->request);
		free_survey(survey);
	}
}

/* The visits will wake those that sleep. */
static void
note_states(struct survey *survey)
{
	uint32_t core;

	SPDK_ENV_FOREACH_CORE (core) {
		survey->cores[core].state = reactors_get_state(core);
	}
}

struct reactors_params {
	bool rest;
};

static const struct spindle_rpc_param reactors_members[] = {
	{.name = "rest",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct reactors_params, rest),
	 .doc = "Tells of their sleep and present state as well, which programs made for SPDK do "
		"not expect (default: false)"},
};

static const struct spindle_rpc_object reactors_params =
	SPINDLE_RPC_OBJECT(struct reactors_params, reactors_members);

static void
get_reactors(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct reactors_params *params = ctx;
	uint32_t core, cores_end = spdk_env_get_last_core() + 1;
	struct survey *survey;

	survey = calloc(1, sizeof(*survey) + cores_end * sizeof(survey->cores[0]));
	if (survey == NULL) {
		answer_no_memory(request);
		return;
	}
	survey->request = request;
	survey->with_rest = params->rest;
	survey->cores_end = cores_end;
	for (core = 0; core < cores_end; core++) {
		STAILQ_INIT(&survey->cores[core].chunks);
	}
	note_states(survey);
	spdk_for_each_thread(visit_thread, survey, threads_visited);
}

SPINDLE_RPC_REGISTER("framework_get_reactors", get_reactors, SPDK_RPC_RUNTIME, &reactors_params,
		     "What each reactor does, and the threads that live there")

struct monitor_params {
	bool enabled;
	bool is_given;
};

static const struct spindle_rpc_param monitor_members[] = {
	{.name = "enabled",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct monitor_params, enabled),
	 .given_offset = offsetof(struct monitor_params, is_given),
	 .doc = "Switches it on or off (default: it stays as it is)"},
};

static const struct spindle_rpc_object monitor_params =
	SPINDLE_RPC_OBJECT(struct monitor_params, monitor_members);

static void
monitor_context_switch(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct monitor_params *params = ctx;
	struct spdk_json_write_ctx *w;

	if (params->is_given) {
		spdk_framework_enable_context_switch_monitor(params->enabled);
	}
	w = spdk_jsonrpc_begin_result(request);
	spdk_json_write_object_begin(w);
	spdk_json_write_named_bool(w, "enabled", spdk_framework_context_switch_monitor_enabled());
	spdk_json_write_object_end(w);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("framework_monitor_context_switch", monitor_context_switch, SPDK_RPC_RUNTIME,
		     &monitor_params,
		     "Tells whether reactors log how often they lose their CPU, or changes it")
