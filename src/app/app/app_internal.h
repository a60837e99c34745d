/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the application share.
 *
 *   app          start, stop, fini
 *   app_boot     configuration and subsystems, in their order
 *   app_opts     options: defaults, copies, checks
 *   app_args     options from the command line; app_option: one of them; app_usage: all of them
 *   app_signal   SIGINT and SIGTERM become a request to shut down
 *   app_trace    tracepoints that are on from the start
 *   core_lock    the files that say which process uses which core
 */
#ifndef SPINDLE_APP_INTERNAL_H
#define SPINDLE_APP_INTERNAL_H

#include "spdk/event.h"
#include "spdk/stdinc.h"

typedef void (*app_boot_done_fn)(int rc, void *arg);

/*
 * app_boot.c. Reads and checks what the options ask for; nothing is done yet. The options stay
 * until app_boot_release(). Errors: -errno, explained.
 */
int app_boot_prepare(const struct spdk_app_opts *opts);
void app_boot_release(void);
/* done_fn once, unless app_boot_stop() comes before: 0, or -errno, explained. */
void app_boot_begin(bool rpc_is_asked_for, app_boot_done_fn done_fn);
/*
 * For --wait-for-rpc: goes on, and tells when that has ended. Errors: -EALREADY: nothing waits;
 * -ENOMEM. Then fn is not called.
 */
int app_boot_start(app_boot_done_fn fn, void *arg);
/* Tells when the application is up; at once, if it is. Errors: -ENOMEM; -ENOSPC: too many wait. */
int app_boot_wait(app_boot_done_fn fn, void *arg);
/* What has been begun is not gone on with; whoever waits is told, and no method is called. */
void app_boot_stop(void);
/* The server ends. */
void app_boot_end(void);

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
