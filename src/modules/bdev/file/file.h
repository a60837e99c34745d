/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A regular file or block device of the kernel, opened to be the storage of a bdev: which size and
 * blocks it has, whether it can be read and written past the page cache (O_DIRECT), and how memory
 * must lie for that.
 */
#ifndef SPINDLE_BDEV_FILE_H
#define SPINDLE_BDEV_FILE_H

#include "modules/bdev/answer.h"
#include "spdk/stdinc.h"

struct file_opts {
	const char *path;
	/* In bytes; 0: what the file prefers. */
	uint32_t block_size;
	bool is_readonly;
};

struct file {
	char *path;
	int fd;
	bool is_readonly;
	bool is_block_device;
	/* Past the page cache. */
	bool is_direct;
	/* Ranges can be given back to the file system, or the device, and read as zeroes then. */
	bool can_punch;
	/* Ranges can be made zeroes without data. */
	bool can_zero;
	/* Block device: ranges can be given back, and read as anything then. */
	bool can_discard;
	/* log2 of what memory must be aligned to. */
	uint8_t alignment_shift;
	/* In bytes; that of the medium is at least block_size. */
	uint32_t block_size;
	uint32_t medium_block_size;
	uint64_t blocks;
};

/*
 * Opens what opts name. Logs one notice where the page cache cannot be avoided.
 *
 * Errors: -errno, with a reason; out_file is as it was then: -EINVAL (an
 * unsuitable block size, or a size that is no multiple of it, or an empty file), -ENOTSUP (neither
 * file nor block device), and what open(2) gives.
 */
int file_open(const struct file_opts *opts, struct file *out_file, struct bdev_reason *reason);
void file_close(struct file *file);

/*
 * Looks whether the size has changed. Errors: -errno with a reason: -ENOENT (nobody can reach the
 * file any more), -ESTALE (its path leads to another one), -EINVAL (of the size, as above).
 */
int file_measure(const struct file *file, uint64_t *out_blocks, struct bdev_reason *reason);

/* The file has its own blocks no longer: where it ends now, in bytes. */
uint64_t file_end(const struct file *file);

/* Gives a range back, or makes it zeroes, and waits for that. 0 or -errno. */
int file_punch(const struct file *file, uint64_t offset, uint64_t length);
int file_zero(const struct file *file, uint64_t offset, uint64_t length);

#endif
