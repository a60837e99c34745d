/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Start and end of tracing, and where everything lies in the file.
 *
 *   state  holds                                       left by
 *   NEVER  nothing                                     spdk_trace_init(): ON, or OFF for 0 entries
 *   OFF    nothing; what registers something is quiet  spdk_trace_cleanup(): NEVER
 *   ON     a file; g_trace_file leads to it            spdk_trace_cleanup(): NEVER
 *
 * The file: its start, the sections in the order of their types and without gaps, then, each on
 * pages of its own, the histories of the lcores and of OS threads besides. All of it has an address
 * from the start on, and memory when it is needed: owners and groups of tpoints as they are
 * registered, the histories when the first tpoint is switched on. A history of which the section of
 * lcore offsets does not tell has no memory yet.
 */
#include "runtime/trace/trace_internal.h"
#include "spdk/util.h"

/* Histories do not share cache lines with each other, nor pages, which are reserved. */
#define HISTORY_ALIGN 4096

struct spdk_trace_file *g_trace_file;

static struct {
	enum { NEVER, OFF, ON } state;
	uint64_t num_entries;
	uint32_t user_first;
	uint32_t user_count;
	/* From the start of the file; 0: none. */
	uint64_t history_offsets[SPDK_TRACE_MAX_LCORE];
} g_trace;

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;

void
trace_lock(void)
{
	pthread_mutex_lock(&g_lock);
}

void
trace_unlock(void)
{
	pthread_mutex_unlock(&g_lock);
}

bool
trace_is_on(void)
{
	return g_trace.state == ON;
}

bool
trace_expect_on(const char *function)
{
	if (g_trace.state == NEVER) {
		SPDK_ERRLOG("%s(): there is no tracing yet; spdk_trace_init() or "
			    "spdk_app_start() must come before\n",
			    function);
	}
	return g_trace.state == ON;
}

uint64_t
trace_num_entries(void)
{
	return g_trace.num_entries;
}

uint32_t
trace_user_count(uint32_t *out_first)
{
	*out_first = g_trace.user_first;
	return g_trace.user_count;
}

struct spdk_trace_history *
trace_history_place(uint32_t lcore)
{
	uint64_t offset = g_trace.history_offsets[lcore];

	return offset != 0 ? (struct spdk_trace_history *)((char *)g_trace_file + offset) : NULL;
}

/* In the order of enum spdk_trace_section_type. */
static const size_t section_sizes[SPDK_TRACE_NUM_SECTIONS] = {
	sizeof(struct spdk_trace_section_main),
	sizeof(struct spdk_trace_section_owner) + TRACE_OWNERS *TRACE_OWNER_SIZE,
	sizeof(struct spdk_trace_section_tpoint_mask) + SPDK_TRACE_MAX_GROUP_ID * sizeof(uint64_t),
	sizeof(struct spdk_trace_section_owner_type) +
		SPDK_TRACE_MAX_OWNER_TYPE * sizeof(struct spdk_trace_owner_type),
	sizeof(struct spdk_trace_section_object) +
		SPDK_TRACE_MAX_OBJECT * sizeof(struct spdk_trace_object),
	sizeof(struct spdk_trace_section_tpoint) +
		SPDK_TRACE_MAX_TPOINT_ID * sizeof(struct spdk_trace_tpoint),
	sizeof(struct spdk_trace_section_lcore_offsets) + SPDK_TRACE_MAX_LCORE * sizeof(uint64_t),
};

/* From the start of the file; that of the one after the last is where they end. */
static uint64_t
section_start(uint32_t type)
{
	uint64_t start = sizeof(struct spdk_trace_file);

	for (uint32_t i = 0; i < type; i++) {
		assert(section_sizes[i] % sizeof(uint64_t) == 0);
		start += section_sizes[i];
	}
	return start;
}

static uint64_t
sections_end(void)
{
	return section_start(SPDK_TRACE_NUM_SECTIONS);
}

/* Gives each lcore, and num_threads OS threads, a place, and returns the size of the file. */
static uint64_t
place_histories(void)
{
	uint64_t size = SPDK_ALIGN_CEIL(
		spdk_get_trace_history_size(g_trace.num_entries, SPDK_TRACE_MAX_TPOINT_ID),
		(uint64_t)HISTORY_ALIGN);
	uint64_t end = SPDK_ALIGN_CEIL(sections_end(), (uint64_t)HISTORY_ALIGN);
	uint32_t lcore;

	memset(g_trace.history_offsets, 0, sizeof(g_trace.history_offsets));
	SPDK_ENV_FOREACH_CORE (lcore) {
		g_trace.history_offsets[lcore] = end;
		end += size;
	}
	for (uint32_t i = 0; i < g_trace.user_count; i++) {
		g_trace.history_offsets[g_trace.user_first + i] = end;
		end += size;
	}
	return end;
}

static void
place_sections(struct spdk_trace_file *file)
{
	for (uint32_t i = 0; i < SPDK_TRACE_NUM_SECTIONS; i++) {
		file->section_offsets[i] = section_start(i);
	}
}

static void
fill_sections(struct spdk_trace_file *file)
{
	struct spdk_trace_section_owner *owners = spdk_trace_get_owner_section(file);

	spdk_trace_get_main_section(file)->tsc_rate = spdk_get_ticks_hz();
	owners->num_owners = TRACE_OWNERS;
	owners->owner_description_size = TRACE_DESCRIPTION_SIZE;
	spdk_trace_get_tpoint_mask_section(file)->count = SPDK_TRACE_MAX_GROUP_ID;
	spdk_trace_get_owner_type_section(file)->count = SPDK_TRACE_MAX_OWNER_TYPE;
	spdk_trace_get_object_section(file)->count = SPDK_TRACE_MAX_OBJECT;
	spdk_trace_get_tpoint_section(file)->count = SPDK_TRACE_MAX_TPOINT_ID;
	spdk_trace_get_lcore_offsets_section(file)->count = SPDK_TRACE_MAX_LCORE;
}

/* All but owners and tpoints, whose sections are the longest, gets its memory now. */
static int
make_file(const char *shm_name)
{
	uint64_t owners = section_start(SPDK_TRACE_SECTION_OWNER);
	uint64_t tpoints = section_start(SPDK_TRACE_SECTION_TPOINT);
	struct trace_memory_request request = {
		.shm_name = shm_name,
		.size = place_histories(),
		.parts = {{0, owners + sizeof(struct spdk_trace_section_owner)},
			  {section_start(SPDK_TRACE_SECTION_OWNER + 1),
			   tpoints + sizeof(struct spdk_trace_section_tpoint)},
			  {section_start(SPDK_TRACE_SECTION_TPOINT + 1), sections_end()}},
	};
	struct spdk_trace_file *file;
	int rc = trace_memory_open(&request);

	if (rc != 0) {
		return rc;
	}
	file = trace_memory_start();
	file->file_size = request.size;
	file->num_sections = SPDK_TRACE_NUM_SECTIONS;
	place_sections(file);
	fill_sections(file);
	g_trace_file = file;
	return 0;
}

static int
check_arguments(const char *shm_name, uint64_t num_entries, uint32_t num_threads)
{
	uint32_t last = spdk_env_get_last_core();

	if (g_trace.state == ON) {
		SPDK_ERRLOG("spdk_trace_init(): there is tracing already; spdk_trace_cleanup() "
			    "ends it\n");
		return -EALREADY;
	}
	if (shm_name == NULL || shm_name[0] != '/' || shm_name[1] == '\0' ||
	    strchr(shm_name + 1, '/') != NULL) {
		SPDK_ERRLOG("spdk_trace_init(): '%s' is no name of shared memory. It begins with "
			    "'/' and has no other.\n",
			    shm_name != NULL ? shm_name : "(null)");
		return -EINVAL;
	}
	if ((num_entries & (num_entries - 1)) != 0 || num_entries > TRACE_ENTRIES_MAX) {
		SPDK_ERRLOG("spdk_trace_init(): %" PRIu64 " trace entries: it must be a power of "
			    "two, up to %" PRIu64 ", or 0 for no tracing\n",
			    num_entries, TRACE_ENTRIES_MAX);
		return -EINVAL;
	}
	if (last >= SPDK_TRACE_MAX_LCORE) {
		SPDK_ERRLOG("spdk_trace_init(): there are no cores yet; spdk_env_init() must come "
			    "before\n");
		return -EINVAL;
	}
	if (num_threads >= SPDK_TRACE_MAX_LCORE - last) {
		SPDK_ERRLOG("spdk_trace_init(): no room to trace %u OS threads besides the cores "
			    "up to %u: there are %u in all\n",
			    num_threads, last, SPDK_TRACE_MAX_LCORE);
		return -EINVAL;
	}
	return 0;
}

int
spdk_trace_init(const char *shm_name, uint64_t num_entries, uint32_t num_threads)
{
	int rc;

	if (num_entries == 0 && g_trace.state != ON) {
		g_trace.state = OFF;
		return 0;
	}
	rc = check_arguments(shm_name, num_entries, num_threads);
	if (rc != 0) {
		return rc;
	}
	g_trace.num_entries = num_entries;
	g_trace.user_first = spdk_env_get_last_core() + 1;
	g_trace.user_count = num_threads;
	rc = make_file(shm_name);
	if (rc != 0) {
		return rc;
	}
	g_trace.state = ON;
	trace_groups_register();
	return 0;
}

void
spdk_trace_cleanup(void)
{
	bool has_entries;

	if (g_trace.state == ON) {
		trace_masks_close();
		has_entries = trace_histories_have_entries();
		trace_histories_close();
		trace_tpoints_close();
		trace_owners_close();
		g_trace_file = NULL;
		trace_memory_close(has_entries);
	}
	g_trace.state = NEVER;
}

void
spdk_trace_clear(void)
{
	if (trace_expect_on("spdk_trace_clear")) {
		spdk_trace_get_main_section(g_trace_file)->clear_tsc = spdk_get_ticks();
	}
}
