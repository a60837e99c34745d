/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command line: options that every application has.
 */
#ifndef SPINDLE_APP_ARGS_H
#define SPINDLE_APP_ARGS_H

#include "spdk/event.h"
#include "spindle/reactor.h"
#include "spindle/rpc.h"

/* One reading of a command line. */
struct app_args {
	struct spdk_app_opts *opts;
	/* From -m and --lcores, which exclude each other; NULL when they were not given. */
	const char *mask;
	const char *lcore_map;
	/* From -r. */
	const char *rpc_addr;
	/* --wait-for-rpc without a server would wait for ever. */
	bool has_wait_for_rpc;
	bool has_no_rpc_server;
	/* Of --poll and --spin-us, which take effect when all of the line was good. */
	struct spindle_rest_opts rest;
	bool has_rest;
	/* Of --rpc-socket-mode and --rpc-allow-remote; the same. */
	struct spindle_rpc_server_opts rpc_server;
	bool has_rpc_server;
	/* What was allocated for opts, and what stood there before, for when the line is wrong. */
	struct spdk_pci_addr *addresses;
	struct spdk_pci_addr *addresses_before;
	size_t addresses_before_count;
	char **rpc_allowlist;
	char **rpc_allowlist_before;
	/* -h or -v has been answered. */
	bool is_answered;
};

/* An option that every application has. */
struct app_option {
	const char *name;
	/* Its short form, or 0. */
	int letter;
	/* What its value is called in the help text; NULL: it takes none. */
	const char *value_name;
	const char *help;
	/* The field that it sets; size 0 when there is none. */
	size_t offset;
	size_t size;
	/* 0, or -EINVAL, explained. */
	int (*apply)(struct app_args *args, const struct app_option *option, const char *value);
};

/* The table, APP_OPTIONS_COUNT entries in the order of the help text. */
extern const struct app_option app_options[];
extern const size_t app_options_count;

/* The option of that letter, or NULL. */
const struct app_option *app_option_by_letter(int letter);
/* Programs may have an option of that name themselves. */
bool app_option_is_addition(const struct app_option *option);
/* "-s/--mem-size" or "--lcores", in `text`. */
const char *app_option_text(const struct app_option *option, char *text, size_t size);

/* Prints the help text; defaults are those in `opts`. */
void app_usage_print(FILE *file, const char *program, const struct spdk_app_opts *opts);
/* The help text as -h gives it, with the part of the program that is being started. */
void app_args_answer_help(void);

/*
 * Whether this very string came from -m in the last spdk_app_parse_args(). It is told by its
 * address, since "-m 0x1" reads as the default does; a copy of the options still points there.
 */
bool app_args_gave_mask(const char *mask);
/* The same, for an address from -r. */
bool app_args_gave_rpc_addr(const char *rpc_addr);

/*
 * What the last good reading allocated for the program, which mostly does not free it. Never read:
 * it is there so that nothing looks lost to a leak checker.
 */
extern const void *app_args_handed_out[2];

#endif
