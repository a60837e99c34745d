/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the application share.
 *
 *   app          start, stop, fini
 *   app_control  what is asked of the control plane
 *   app_opts     options: defaults, copies, checks
 *   app_args     options from the command line; app_option: one of them; app_usage: all of them
 *   app_signal   SIGINT and SIGTERM become a request to shut down
 *   core_lock    the files that say which process uses which core
 */
#ifndef SPINDLE_APP_INTERNAL_H
#define SPINDLE_APP_INTERNAL_H

#include "spdk/event.h"
#include "spdk/stdinc.h"

/* app_control.c. 0, or -ENOTSUP, explained: something is asked for that cannot be had. */
int app_control_check(const struct spdk_app_opts *opts);

/*
 * app_signal.c. A request to shut down comes from a signal or from spdk_app_start_shutdown(), on
 * any OS thread and at any time between begin and end; `fn` is then called on the app thread, for
 * each request, as soon as there is one.
 */
void app_signal_begin(void (*fn)(void), bool takes_signals);
/* From now on there is an app thread, or (NULL) none any more. */
void app_signal_set_thread(struct spdk_thread *app_thread);
void app_signal_request(void);
/* The signals are handled as they were before. */
void app_signal_end(void);

#endif
