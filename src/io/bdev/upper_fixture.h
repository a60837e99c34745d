/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of stacks: a device on another, which reads into a buffer of the library's from one of
 * the library's.
 */
#ifndef SPINDLE_BDEV_UPPER_FIXTURE_H
#define SPINDLE_BDEV_UPPER_FIXTURE_H

#include "bdev_fixture.h"

#define UPPER_BLOCK  512
#define UPPER_BLOCKS 256

struct upper {
	struct spdk_bdev bdev;
	struct spdk_bdev_desc *base;
};

struct upper_channel {
	struct spdk_io_channel *base;
};

/* "upper" and the number. */
struct upper *upper_new(const char *base, int number);
void upper_delete(struct upper *upper);

/* The channel is NULL where there is none. */
struct opened open_name(const char *name);
void close_opened(struct opened *opened);

#endif
