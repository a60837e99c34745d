/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a trace file lies: in shared memory, or where that is not to be had, in memory of the
 * process, so that nobody has to do without tracing who can read his own memory (a debugger, the
 * process itself).
 *
 * Invariant: nothing is touched that was not reserved, here or when it was opened. So a file takes
 * no memory but that, and running out of it is an error where it is asked for and no signal later.
 */
#include "env/env_internal.h"
#include "runtime/trace/trace_internal.h"
#include "spdk/string.h"
#include "spdk/util.h"

/* Page sizes of all machines divide it, or, the larger ones, only cost memory. */
#define RESERVE_ALIGN 4096

static struct {
	char *start;
	size_t size;
	/* Otherwise it is memory of the process. */
	bool is_shared;
	struct env_shm shm;
} g_memory;

/*
 * Whether a file that was left behind has no entries: the histories that it has are empty. What
 * cannot be made out is left alone, but for a file that has never got its size.
 */
static bool
is_empty(int fd)
{
	struct spdk_trace_section_lcore_offsets section;
	uint64_t offsets[SPDK_TRACE_MAX_LCORE];
	struct spdk_trace_history history;
	struct spdk_trace_file file;
	ssize_t size;
	off_t place;

	size = pread(fd, &file, sizeof(file), 0);
	if (size != sizeof(file)) {
		return size == 0;
	}
	/* One that died on the way to its first page. */
	if (file.file_size == 0 && file.num_sections == 0) {
		return true;
	}
	place = (off_t)file.section_offsets[SPDK_TRACE_SECTION_LCORE_OFFSETS];
	if (file.num_sections != SPDK_TRACE_NUM_SECTIONS ||
	    pread(fd, &section, sizeof(section), place) != sizeof(section)) {
		return false;
	}
	/* One that died while it was made. */
	if (section.count == 0) {
		return true;
	}
	if (section.count != SPDK_TRACE_MAX_LCORE ||
	    pread(fd, offsets, sizeof(offsets), place + (off_t)sizeof(section)) !=
		    sizeof(offsets)) {
		return false;
	}
	for (uint32_t i = 0; i < SPDK_TRACE_MAX_LCORE; i++) {
		if (offsets[i] == 0) {
			continue;
		}
		if (pread(fd, &history, sizeof(history), (off_t)offsets[i]) != sizeof(history) ||
		    history.next_entry != 0) {
			return false;
		}
	}
	return true;
}

/* "/app_trace.pid12": those of the same application begin with "/app_trace.". */
static void
remove_left_over(const char *shm_name)
{
	const char *base = strstr(shm_name, SPDK_TRACE_SHM_NAME_BASE);
	char prefix[ENV_SHM_PATH_SIZE];

	if (base != NULL) {
		snprintf(prefix, sizeof(prefix), "%.*s%s", (int)(base - shm_name), shm_name,
			 SPDK_TRACE_SHM_NAME_BASE);
		env_shm_remove_dead(prefix, is_empty);
	}
}

static const char *
reason_text(int rc)
{
	switch (rc) {
	case -ENOENT:
		return "there is no /dev/shm. Mount a tmpfs there";
	case -ENOSPC:
		return "/dev/shm is full. Remove what is not needed there, such as old *_trace.* "
		       "files";
	case -EBUSY:
		return "a live process has it. Choose another number by -i";
	case -EROFS:
	case -EACCES:
	case -EPERM:
		return "/dev/shm is not writable, or the file is another user's. Allow it, or "
		       "remove the file";
	default:
		return spdk_strerror(-rc);
	}
}

static int
open_shared(const struct trace_memory_request *request)
{
	int rc = env_shm_create(request->shm_name, request->size, &g_memory.shm);

	if (rc != 0) {
		return rc;
	}
	g_memory.is_shared = true;
	g_memory.start = g_memory.shm.addr;
	g_memory.size = request->size;
	for (size_t i = 0; i < SPDK_COUNTOF(request->parts) && rc == 0; i++) {
		rc = trace_memory_reserve(g_memory.start + request->parts[i].start,
					  request->parts[i].end - request->parts[i].start);
	}
	if (rc != 0) {
		trace_memory_close(false);
	}
	return rc;
}

int
trace_memory_open(const struct trace_memory_request *request)
{
	int rc;

	remove_left_over(request->shm_name);
	rc = open_shared(request);
	if (rc == 0) {
		return 0;
	}
	g_memory.start = env_region_reserve(request->size, RESERVE_ALIGN);
	if (g_memory.start == NULL) {
		SPDK_ERRLOG("No memory for %zu bytes of trace entries. Ask for fewer by "
			    "--num-trace-entries, or for none.\n",
			    request->size);
		return -ENOMEM;
	}
	g_memory.size = request->size;
	SPDK_NOTICELOG("Other processes cannot read this one's traces, as there is no trace file "
		       "%s: %s.\n",
		       request->shm_name, reason_text(rc));
	return 0;
}

void
trace_memory_close(bool has_entries)
{
	if (g_memory.is_shared) {
		env_shm_close(&g_memory.shm, !has_entries);
	} else {
		env_region_release(g_memory.start, g_memory.size);
	}
	g_memory.start = NULL;
	g_memory.is_shared = false;
}

void *
trace_memory_start(void)
{
	return g_memory.start;
}

int
trace_memory_reserve(const void *start, size_t size)
{
	size_t offset = (size_t)((const char *)start - g_memory.start);
	size_t end = SPDK_ALIGN_CEIL(offset + size, RESERVE_ALIGN);

	assert(end <= g_memory.size);
	offset &= ~(size_t)(RESERVE_ALIGN - 1);
	return g_memory.is_shared ? env_shm_reserve(&g_memory.shm, offset, end - offset) : 0;
}

const char *
trace_file_path(void)
{
	return g_memory.is_shared ? g_memory.shm.path : NULL;
}
