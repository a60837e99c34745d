/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parts of a flaky device: what it is like, what it holds the library to, how it moves data.
 */
#ifndef SPINDLE_MODEL_FLAKY_IO_H
#define SPINDLE_MODEL_FLAKY_IO_H

#include "flaky.h"

/* Sets geometry, limits, types and temper. */
void flaky_choose(struct flaky *flaky, const struct flaky_opts *opts);

/* Reports an I/O that the device had said it cannot take. */
void flaky_check_limits(const struct flaky *flaky, const struct spdk_bdev_io *io);

/* Does the first `blocks` of the I/O. False: a comparison has failed, and nothing is written. */
bool flaky_move(struct flaky *flaky, struct spdk_bdev_io *io, uint64_t blocks);

#endif
