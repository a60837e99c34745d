/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For those who bring an application up: buffer pools that are there when somebody wants them, and
 * what is wrong with options.
 */
#ifndef SPINDLE_IOBUF_H
#define SPINDLE_IOBUF_H

#include "spdk/stdinc.h"
#include "spdk/thread.h"

/*
 * From now on the first channel makes the pools, with the options of that moment. A program that
 * makes and ends them itself, by spdk_iobuf_initialize() and spdk_iobuf_finish(), still may: it
 * finds them there, or makes them.
 */
void iobuf_arm(void);
/*
 * Takes that back, and ends the pools as spdk_iobuf_finish() does, when the program has not done
 * so, or waits until it has. `cb_fn` may be called from inside. Thread: an SPDK thread.
 */
void iobuf_disarm(spdk_iobuf_finish_cb cb_fn, void *cb_arg);

/* Room for the reason of iobuf_check_opts(). */
#define IOBUF_REASON_SIZE 192

/* Errors: -EINVAL, and why, without a full stop: a whole struct can be wrong by its values only. */
int iobuf_check_opts(const struct spdk_iobuf_opts *opts, char *out_reason, size_t size);

#endif
