/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tracing as an application's options ask for it: a trace file for each application, so that it can
 * be traced at any time, and the tracepoints that are on from the start.
 */
#include "app/app/app_internal.h"
#include "runtime/trace.h"
#include "spdk/event.h"
#include "spdk/log.h"
#include "spdk/trace.h"

/* With what comes after it, it must be the name of a file. */
#define NAME_LENGTH_MAX 200
#define SHM_NAME_SIZE   (NAME_LENGTH_MAX + 56)

/* "/NAME_trace.3" for -i 3, else "/NAME_trace.pid3". */
static void
make_shm_name(const struct spdk_app_opts *opts, char shm_name[SHM_NAME_SIZE])
{
	bool has_id = opts->shm_id >= 0;
	char *slash;

	snprintf(shm_name, SHM_NAME_SIZE, "/%.*s%s%s%d", NAME_LENGTH_MAX, opts->name,
		 SPDK_TRACE_SHM_NAME_BASE, has_id ? "" : "pid",
		 has_id ? opts->shm_id : (int)getpid());
	/* Programs are called by their path, too. */
	while ((slash = strchr(shm_name + 1, '/')) != NULL) {
		*slash = '_';
	}
}

static void
say_where(const struct spdk_app_opts *opts)
{
	const char *path = trace_file_path();

	if (path != NULL) {
		SPDK_NOTICELOG("Traced is '%s' (tracepoint groups 0x%" PRIx64 "). The trace file "
			       "is %s; what is in it when the application ends stays there.\n",
			       opts->tpoint_group_mask, spdk_trace_get_tpoint_group_mask(), path);
	}
}

int
spdk_app_setup_trace(struct spdk_app_opts *opts)
{
	char shm_name[SHM_NAME_SIZE];
	int rc;

	if (opts == NULL || opts->name == NULL) {
		SPDK_ERRLOG("spdk_app_setup_trace(): opts, or opts.name, is NULL\n");
		return -EINVAL;
	}
	make_shm_name(opts, shm_name);
	rc = spdk_trace_init(shm_name, opts->num_entries, opts->num_trace_threads);
	if (rc != 0 || opts->tpoint_group_mask == NULL) {
		return rc;
	}
	rc = trace_select(opts->tpoint_group_mask);
	if (rc != 0) {
		spdk_trace_cleanup();
		return rc;
	}
	say_where(opts);
	return 0;
}
