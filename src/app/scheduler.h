/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The scheduler as methods and configurations see it.
 */
#ifndef SPINDLE_APP_SCHEDULER_H
#define SPINDLE_APP_SCHEDULER_H

#include "spdk/json.h"
#include "spdk/stdinc.h"

/*
 * Writes an array of the methods that bring about what holds now: spindle_set_rest and
 * scheduler_set_options, if those were called, and framework_set_scheduler.
 *
 * Thread: the app thread.
 */
void scheduler_write_config(struct spdk_json_write_ctx *w);

#endif
