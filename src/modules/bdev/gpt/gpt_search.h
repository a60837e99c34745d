/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looks for a GUID partition table on a device.
 */
#ifndef SPINDLE_BDEV_GPT_SEARCH_H
#define SPINDLE_BDEV_GPT_SEARCH_H

#include "gpt_table.h"
#include "spdk/bdev.h"

/*
 * What was found, and its entries, which are both good; they are there during the call. NULL: there
 * is no table. One that is not good was logged.
 */
typedef void (*gpt_found_cb)(void *cb_arg, const struct gpt_table *table, const void *entries);

/* Whether there may be one: the device can be read, and is not too small. */
bool gpt_may_have_table(struct spdk_bdev *bdev);

/*
 * Reads the device of the descriptor, for which gpt_may_have_table().
 *
 * Thread: any; the descriptor stays open until the callback.
 * Callback: `cb_fn` once, later or now.
 * Errors: -ENOMEM; the callback does not come then.
 */
int gpt_search(struct spdk_bdev_desc *desc, gpt_found_cb cb_fn, void *cb_arg);

#endif
