/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tracing is not there yet, so whoever asks for it by name is told.
 */
#include "app/app/app_internal.h"
#include "spdk/event.h"
#include "spdk/log.h"

static int
refuse(const char *what, const char *cure)
{
	SPDK_ERRLOG("%s: this version of Spindle has no %s\n", what, cure);
	return -ENOTSUP;
}

int
spdk_app_setup_trace(struct spdk_app_opts *opts)
{
	if (opts == NULL) {
		SPDK_ERRLOG("spdk_app_setup_trace(): opts is NULL\n");
		return -EINVAL;
	}
	if (opts->tpoint_group_mask != NULL) {
		return refuse("A tracepoint mask (-e, opts.tpoint_group_mask)",
			      "tracepoints yet. Leave the option out.");
	}
	return 0;
}
