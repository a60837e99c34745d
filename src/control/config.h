/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A configuration: the RPCs that bring a program to a state, in a file.
 *
 *     {"subsystems": [{"subsystem": NAME, "config": [ENTRY, ...] or null}, ...]}
 *
 * An entry is {"method": NAME, "params": {...}}, or an array of those. Comments are allowed; other
 * members of the outermost object belong to somebody else.
 *
 * Thread: reading and checking anywhere, while no methods are registered; running: the app thread.
 */
#ifndef SPINDLE_CONFIG_H
#define SPINDLE_CONFIG_H

#include "spdk/init.h"

/* Of a file. */
#define CONFIG_SIZE_MAX (256 * 1024 * 1024)

struct config;

/*
 * Reads and parses. `name` stands for the text in messages.
 *
 * Owner: the caller, until config_free(); the text is copied.
 * Errors: -EINVAL: not JSON, or not the shape above; -EFBIG; -ENOMEM; what reading gave. Explained
 *   in the log with file, line and column.
 */
int config_read_file(const char *path, struct config **out_config);
int config_read_text(const char *name, const void *json, size_t size, struct config **out_config);

/* Accepts NULL. A run that is under way keeps what it needs. */
void config_free(struct config *config);

/*
 * Whether all its methods are known and take their parameters; nothing is run. Every fault is named
 * in the log, with its place and its path. A method that nobody knows is none when the program does
 * not have the entry's subsystem: it will be left out.
 *
 * Errors: -EINVAL.
 */
int config_check(const struct config *config);

/*
 * Calls the methods that are for the present state: before subsystems are initialised, those that
 * are allowed then; after that, those that are not allowed before. Each one begins when the one
 * before it has been answered, those of an inner array as well.
 *
 * Owner: the configuration stays the caller's; it may be freed meanwhile.
 * Callback: cb_fn once, on the app thread; perhaps before this returns. With stops_on_error, what
 *   the first method that failed has answered, as -errno. Each failure is named in the log.
 */
void
config_run(struct config *config, bool stops_on_error, spdk_subsystem_init_fn cb_fn, void *cb_arg);

/* Ends the run that is under way, if there is one; its callback is not called. */
void config_run_abandon(void);

#endif
