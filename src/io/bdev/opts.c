/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Options of the layer. They count from the next spdk_bdev_initialize() on, but bdev_auto_examine,
 * which counts at once.
 */
#include "device.h"
#include "spdk/log.h"

#define IO_POOL_SIZE       (64 * 1024 - 1)
#define IO_CACHE_SIZE      256
#define IOBUF_SMALL_CACHED 128
#define IOBUF_LARGE_CACHED 16

struct bdev_manager g_bdev_manager = {
	.bdevs = TAILQ_HEAD_INITIALIZER(g_bdev_manager.bdevs),
	.opts =
		{
			.opts_size = sizeof(struct spdk_bdev_opts),
			.bdev_io_pool_size = IO_POOL_SIZE,
			.bdev_io_cache_size = IO_CACHE_SIZE,
			.bdev_auto_examine = true,
			.iobuf_small_cache_size = IOBUF_SMALL_CACHED,
			.iobuf_large_cache_size = IOBUF_LARGE_CACHED,
		},
};

/* Whether the caller's struct, of `size` bytes, has the member. */
#define HAS(size, member) \
	((size) >=        \
	 offsetof(struct spdk_bdev_opts, member) + sizeof(((struct spdk_bdev_opts *)0)->member))

static void
copy_opts(struct spdk_bdev_opts *to, const struct spdk_bdev_opts *from, size_t size)
{
	if (HAS(size, bdev_io_pool_size)) {
		to->bdev_io_pool_size = from->bdev_io_pool_size;
	}
	if (HAS(size, bdev_io_cache_size)) {
		to->bdev_io_cache_size = from->bdev_io_cache_size;
	}
	if (HAS(size, bdev_auto_examine)) {
		to->bdev_auto_examine = from->bdev_auto_examine;
	}
	if (HAS(size, iobuf_small_cache_size)) {
		to->iobuf_small_cache_size = from->iobuf_small_cache_size;
	}
	if (HAS(size, iobuf_large_cache_size)) {
		to->iobuf_large_cache_size = from->iobuf_large_cache_size;
	}
}

void
spdk_bdev_get_opts(struct spdk_bdev_opts *opts, size_t opts_size)
{
	if (opts == NULL || opts_size == 0) {
		SPDK_ERRLOG("spdk_bdev_get_opts(): there are no opts, or they have no size.\n");
		return;
	}
	copy_opts(opts, &g_bdev_manager.opts, opts_size);
	if (HAS(opts_size, opts_size)) {
		opts->opts_size = opts_size;
	}
}

int
bdev_check_opts(const struct spdk_bdev_opts *opts, char *reason, size_t size)
{
	if (opts->bdev_io_pool_size < opts->bdev_io_cache_size) {
		snprintf(
			reason, size,
			"bdev_io_pool_size %u is less than bdev_io_cache_size %u: raise it, to the "
			"cache of each thread at least",
			opts->bdev_io_pool_size, opts->bdev_io_cache_size);
		return -EINVAL;
	}
	return 0;
}

int
spdk_bdev_set_opts(struct spdk_bdev_opts *opts)
{
	struct spdk_bdev_opts all = g_bdev_manager.opts;
	char reason[BDEV_REASON_SIZE];

	if (opts == NULL || opts->opts_size == 0) {
		SPDK_ERRLOG(
			"spdk_bdev_set_opts(): there are no opts, or their opts_size is 0: call "
			"spdk_bdev_get_opts() first.\n");
		return -1;
	}
	copy_opts(&all, opts, opts->opts_size);
	if (bdev_check_opts(&all, reason, sizeof(reason)) != 0) {
		SPDK_ERRLOG("spdk_bdev_set_opts(): %s.\n", reason);
		return -1;
	}
	g_bdev_manager.opts = all;
	return 0;
}
