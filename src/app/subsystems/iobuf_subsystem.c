/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffers for I/O as a subsystem. An application that does no I/O never makes a pool: the first
 * channel does.
 */
#include "runtime/iobuf.h"
#include "spdk/init.h"
#include "spdk/json.h"
#include "spdk/thread.h"

static void
init_iobuf(void)
{
	iobuf_arm();
	spdk_subsystem_init_next(0);
}

static void
iobuf_finished(void *arg)
{
	spdk_subsystem_fini_next();
}

static void
fini_iobuf(void)
{
	iobuf_disarm(iobuf_finished, NULL);
}

static void
write_config(struct spdk_json_write_ctx *w)
{
	struct spdk_iobuf_opts opts;

	spdk_iobuf_get_opts(&opts, sizeof(opts));
	spdk_json_write_array_begin(w);
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "method", "iobuf_set_options");
	spdk_json_write_named_object_begin(w, "params");
	spdk_json_write_named_uint64(w, "small_pool_count", opts.small_pool_count);
	spdk_json_write_named_uint64(w, "large_pool_count", opts.large_pool_count);
	spdk_json_write_named_uint32(w, "small_bufsize", opts.small_bufsize);
	spdk_json_write_named_uint32(w, "large_bufsize", opts.large_bufsize);
	spdk_json_write_named_bool(w, "enable_numa", opts.enable_numa != 0);
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
	spdk_json_write_array_end(w);
}

static struct spdk_subsystem g_iobuf_subsystem = {
	.name = "iobuf",
	.init = init_iobuf,
	.fini = fini_iobuf,
	.write_config_json = write_config,
};

SPDK_SUBSYSTEM_REGISTER(g_iobuf_subsystem);
