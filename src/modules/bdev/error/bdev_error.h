/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Error devices: what is asked of the one below fails, gets stuck or is spoilt, as somebody wishes.
 */
#ifndef SPINDLE_BDEV_ERROR_H
#define SPINDLE_BDEV_ERROR_H

#include "injection.h"
#include "modules/bdev/layered.h"

/* Instead of an enum spdk_bdev_io_type: no type with any error; all of them with this one. */
#define ERROR_IO_TYPE_CLEAR 0
#define ERROR_IO_TYPE_ALL   (-1)

/* The app thread's. */
extern struct layered_type g_error_type;

/* Its name is that of the base behind "EE_". Errors: as layered_add(). */
int error_bdev_create(const char *base_name, const struct spdk_uuid *uuid,
		      struct bdev_reason *out_reason);

/* Errors: -EINVAL, with a reason. */
int error_bdev_inject(struct layered *layered, int io_type, const struct injection *injection,
		      struct bdev_reason *out_reason);

/*
 * I/Os that got stuck go on.
 *
 * Callback: `cb_fn` once with 0, when it is so in all threads.
 * Errors: -ENOMEM; `cb_fn` is not called then.
 */
int error_bdev_resume(struct layered *layered, spdk_bdev_unregister_cb cb_fn, void *cb_arg);

#endif
