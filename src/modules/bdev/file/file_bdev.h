/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bdevs on files of the kernel: all that is the same whichever way I/O takes into the kernel, which
 * is the engine's part (file_engine.h). A module is an engine, and what its methods are called.
 */
#ifndef SPINDLE_FILE_BDEV_H
#define SPINDLE_FILE_BDEV_H

#include "modules/bdev/file/file.h"
#include "modules/bdev/file/file_engine.h"
#include "spdk/bdev_module.h"

/* Its address is the spdk_io_device whose channels are the queues, one for each thread. */
struct file_module {
	struct spdk_bdev_module *bdev_module;
	const struct file_engine *engine;
	/* "aio": of the object that describes a device to those who ask. */
	const char *name;
	const char *product_name;
	/* What its methods begin with: "bdev_aio". */
	const char *methods;
	/* It knows readonly, fallocate and nowait. */
	bool has_options;
};

struct file_bdev {
	struct spdk_bdev bdev;
	const struct file_module *module;
	struct file file;
	bool is_block_size_given;
	/* Ranges can be given back and zeroed. */
	bool has_fallocate;
	bool is_nowait;
	/* The file was found too short, and that was said. Any thread; atomic, relaxed. */
	bool is_truncation_told;
};

struct file_bdev_opts {
	char *name;
	char *filename;
	uint32_t block_size;
	bool readonly;
	bool fallocate;
	bool nowait;
	struct spdk_uuid uuid;
};

/* A thread's channel to a device. */
struct file_channel {
	struct file_bdev *device;
	struct spdk_io_channel *queue_channel;
	struct file_queue *queue;
	/* I/Os that began and are not completed. */
	uint32_t in_flight;
	/* A reset that waits until there are none. */
	struct spdk_io_channel_iter *reset;
};

/* For module_init() and module_fini(). */
int file_module_init(struct file_module *module);
void file_module_fini(struct file_module *module);
int file_module_ctx_size(const struct file_module *module);

/* App thread. -errno with a reason. */
int file_bdev_create(struct file_module *module, const struct file_bdev_opts *opts,
		     struct bdev_reason *reason);
/* Looks at the size of the file again. */
int file_bdev_rescan(struct file_module *module, const char *name, struct bdev_reason *reason);

/* The kernel is done with a request, or the queue has refused it: 0 or more, or -errno. */
void file_bdev_io_answered(struct file_io *io, int64_t answer);

#endif
