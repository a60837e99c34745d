/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A selection is refused and switches on nothing, or is taken; then it switches on something, and
 * once more gives the same.
 */
#include "env/env_internal.h"
#include "runtime/trace.h"
#include "spdk/env.h"
#include "spdk/log.h"
#include "spdk/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool condition)
{
	if (!condition) {
		abort();
	}
}

static void
log_nothing(int level, const char *file, const int line, const char *func, const char *format,
	    va_list args)
{
}

/* Tracing in memory of the process, from the first input on. */
static void
open_trace(void)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	if (!trace_is_on()) {
		spdk_log_open(log_nothing);
		spdk_env_opts_init(&opts);
		opts.no_pci = true;
		check(spdk_env_init(&opts) == 0);
		env_shm_set_folder("/nowhere");
		check(spdk_trace_init("/trace", 16, 0) == 0);
	}
}

static void
get_masks(uint64_t masks[SPDK_TRACE_MAX_GROUP_ID])
{
	for (uint32_t i = 0; i < SPDK_TRACE_MAX_GROUP_ID; i++) {
		masks[i] = spdk_trace_get_tpoint_mask(i);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t once[SPDK_TRACE_MAX_GROUP_ID], twice[SPDK_TRACE_MAX_GROUP_ID];
	char *text = strndup((const char *)data, size);
	int rc;

	check(text != NULL);
	open_trace();
	rc = trace_select(text);
	get_masks(once);
	check(rc == 0 || rc == -EINVAL);
	check((rc == 0) == (spdk_trace_get_tpoint_group_mask() != 0));
	check(trace_select(text) == rc);
	get_masks(twice);
	check(memcmp(once, twice, sizeof(once)) == 0);
	spdk_trace_clear_tpoint_group_mask(UINT64_MAX);
	free(text);
	return 0;
}
