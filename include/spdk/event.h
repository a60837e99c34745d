/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * The application: options and command line, start and stop, and events.
 *
 * spdk_app_start() brings up what a program needs (log, environment, reactors, subsystems, RPC
 * server), calls one function of the program on the app thread, and returns when somebody called
 * spdk_app_stop() and everything has come down again. One reactor runs on each core of the core
 * mask; it turns the SPDK threads that live there (spdk/thread.h) and runs the events that were
 * sent to its core.
 *
 * A reactor that has nothing to do rests: it sleeps until a message, an event, a timer or a
 * descriptor wakes it. This is not interrupt mode, which programs ask for and which changes how
 * pollers are called; spdk_interrupt_mode_is_enabled() stays false. The option --poll, or
 * spindle_reactors_set_rest() of spindle/reactor.h, keeps reactors awake.
 *
 * Nothing has to be set up: no root, no huge pages, no more CPUs than there are. All of it can be
 * started, stopped and started again in one process.
 */
#ifndef SPDK_EVENT_H
#define SPDK_EVENT_H

#include "spdk/assert.h"
#include "spdk/cpuset.h"
#include "spdk/init.h"
#include "spdk/log.h"
#include "spdk/queue.h"
#include "spdk/stdinc.h"
#include "spdk/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An event: runs once, on the reactor that it was sent to, on no SPDK thread. */
typedef void (*spdk_event_fn)(void *arg1, void *arg2);

struct spdk_event;
struct spdk_poller;

/** Ends the program's own work when a signal asks for it; see struct spdk_app_opts. */
typedef void (*spdk_app_shutdown_cb)(void);

/** A handler for signal(2) and its kin. Kept for programs. */
typedef void (*spdk_sighandler_t)(int signal);

/**
 * How an application is to be started. Fill it with spdk_app_opts_init(), then change what you
 * need, or let spdk_app_parse_args() do so.
 *
 * What is asked for by name and cannot be had is an error. What is left at its default gives way
 * with a NOTICE: a core that another process has locked, an RPC address that is held.
 *
 * Owner: spdk_app_start() copies all of it, strings and arrays included, but for env_context,
 * rpc_log_file and the functions.
 */
struct spdk_app_opts {
	/** Name of the program, in messages and file names. It must be set. */
	const char *name;
	/** Path of a file of RPCs to be carried out at the start, or NULL. Not with json_data. */
	const char *json_config_file;
	/** An RPC of the configuration that fails is reported, and the start goes on. */
	bool json_config_ignore_errors;

	uint8_t reserved17[7];
	/**
	 * Where RPCs are taken: path of a UNIX domain socket, or IP address and TCP port. NULL: no
	 * RPC server. Default: SPDK_DEFAULT_RPC_ADDR.
	 */
	const char *rpc_addr;
	/**
	 * Cores to run on: hexadecimal mask ("0x3") or list ("[0,2-3]"). NULL, the default: core 0,
	 * as "0x1". Another value counts as explicit, and so does every -m: its cores must not be
	 * locked by another process. Not with lcore_map.
	 */
	const char *reactor_mask;
	/**
	 * Tracepoints to switch on, such as "thread:0x2,bdev" or "bdev:BDEV_IO_START+BDEV_IO_DONE",
	 * or "all"; NULL: none.
	 */
	const char *tpoint_group_mask;

	/** A number for the name of the trace file; -1: the process ID. Memory is never shared. */
	int shm_id;

	uint8_t reserved52[4];

	/**
	 * Called once, on the app thread, when SIGINT, SIGTERM or spdk_app_start_shutdown() asks
	 * for the end; it sees to it that spdk_app_stop() is called. NULL: spdk_app_stop(0) is
	 * called. When it was called 5 s ago and nothing came of it, the third request or a later
	 * one does spdk_app_stop(-ECANCELED) instead.
	 */
	spdk_app_shutdown_cb shutdown_cb;

	/** Raise the limit for core dumps as far as the process may. Default: true. */
	bool enable_coredump;

	uint8_t reserved65[3];

	/** Number of memory channels; accepted, has no effect. -1: default. */
	int mem_channel;
	/** The core of the app thread. -1: the lowest one. */
	int main_core;
	/** MiB to set aside at the start. -1: nothing; memory grows as needed in any case. */
	int mem_size;
	/** Leave PCI devices alone. */
	bool no_pci;
	/** As the fields of these names in struct spdk_env_opts. */
	bool hugepage_single_segments;
	bool unlink_hugepage;
	bool no_huge;

	uint8_t reserved84[4];

	/** A hugetlbfs mount that huge pages shall come from. NULL: from anonymous files. */
	const char *hugedir;
	/** What is printed on stderr. Default: SPDK_LOG_INFO. */
	enum spdk_log_level print_level;

	uint8_t reserved100[4];

	/** Number of entries in pci_blocked or pci_allowed; only one of the two may be set. */
	size_t num_pci_addr;
	struct spdk_pci_addr *pci_blocked;
	struct spdk_pci_addr *pci_allowed;
	/** "pa" or "va"; NULL: what the machine can do. */
	const char *iova_mode;

	/** Wait for the RPC framework_start_init before subsystems are initialised. */
	bool delay_subsystem_init;

	uint8_t reserved137[7];

	/** Entries of the trace buffer of each core; 0: no tracing. Default: 32768. */
	uint64_t num_entries;

	/** Further options for the environment: a string, or NULL. */
	void *env_context;

	/** Takes all messages of the log, see spdk_log_open(); NULL: stderr and syslog. */
	spdk_log_cb *log;

	/** Where memory is placed if that place is free. Default: 0x200000000000. */
	uint64_t base_virtaddr;

	/**
	 * sizeof(struct spdk_app_opts) as the caller was compiled. Fields behind it are not looked
	 * at and have their defaults. New fields come at the end, or in reserved bytes behind this
	 * one with 0 as their default.
	 */
	size_t opts_size;

	/**
	 * Leave SIGINT, SIGTERM and SIGPIPE alone. The program then ends by spdk_app_stop() or
	 * spdk_app_start_shutdown().
	 */
	bool disable_signal_handlers;

	/** Run all threads in interrupt mode, see spdk_interrupt_mode_enable(). */
	bool interrupt_mode;

	/** As the field of this name in struct spdk_env_opts. */
	bool enforce_numa;

	uint8_t reserved187[1];

	/** How many OS threads besides the reactors may record traces. */
	uint32_t num_trace_threads;

	/** Accepted; message queues have no common pool. Default: SPDK_DEFAULT_MSG_MEMPOOL_SIZE. */
	size_t msg_mempool_size;

	/** Names of the RPCs that are allowed, NULL after the last; NULL: all. */
	const char **rpc_allowlist;

	/** UUID by which VFIO hands out virtual functions. NULL: none. */
	const char *vf_token;

	/**
	 * Mapping of lcores to CPUs, such as "0@0,1@(2-3)"; NULL: each lcore on the CPU of its
	 * number. Takes the place of reactor_mask and counts as explicit.
	 */
	const char *lcore_map;

	/** What of the RPCs is logged. Default: SPDK_LOG_DISABLED. */
	enum spdk_log_level rpc_log_level;

	/** Where RPCs are written to, whatever their level; NULL: nowhere. */
	FILE *rpc_log_file;

	/** A configuration of RPCs in memory, json_data_size bytes. Not with json_config_file. */
	void *json_data;
	size_t json_data_size;

	/** Neither lock cores nor look whether others did. */
	bool disable_cpumask_locks;
} __attribute__((packed));
SPDK_STATIC_ASSERT(sizeof(struct spdk_app_opts) == 253, "the size is part of the API");

/**
 * Fills `opts` with defaults.
 *
 * Shape: opts_size is sizeof(struct spdk_app_opts); only as much is written, and kept in
 *   opts->opts_size.
 * Errors: NULL, and a size that ends before the field opts_size does, are explained and nothing
 *   is written.
 */
void spdk_app_opts_init(struct spdk_app_opts *opts, size_t opts_size);

/**
 * Starts the application, runs it, and returns when it has come down.
 *
 * Thread: an OS thread of the program's; it becomes the reactor of the main core meanwhile. Not
 *   while another application runs in this process.
 * Owner: opts_user and what it points to are copied before start_fn is called.
 * Callback: start_fn(ctx) once, on the app thread, when subsystems are ready and the configuration
 *   is loaded; with delay_subsystem_init, after the RPC framework_start_init. Not at all when
 *   something fails before, or a signal or spdk_app_stop() comes before.
 * Errors: the first value not 0 that was given to spdk_app_stop(), else 0. What fails before the
 *   reactors run (an option, the environment, a core that is locked) is explained and gives 1;
 *   what fails later (a subsystem, the configuration) is explained and gives its -errno.
 *   spdk_app_fini() is to be called in any case.
 */
int spdk_app_start(struct spdk_app_opts *opts_user, spdk_msg_fn start_fn, void *ctx);

/**
 * Releases what spdk_app_start() has left for looking at: reactors, environment, core locks, log.
 *
 * SIGINT, SIGTERM and SIGPIPE are handled as before then. As long as this is not called, the first
 * SIGINT or SIGTERM after spdk_app_start() has returned is without effect, and the second one does
 * what it did before.
 *
 * Thread: the one that called spdk_app_start(), after it has returned. spdk_app_start() may be
 *   called again then. A second call does nothing.
 */
void spdk_app_fini(void);

/**
 * Asks for the end as SIGTERM does: shutdown_cb once, or spdk_app_stop(0). Without a running
 * application nothing is done.
 *
 * Thread: any OS thread, and signal handlers. For programs that set disable_signal_handlers.
 */
void spdk_app_start_shutdown(void);

/**
 * Asks for the end, and returns: subsystems come down in reverse order, then the RPC server, then
 * the reactors, and spdk_app_start() returns.
 *
 * SPDK threads that are left over when the reactors stop are asked to exit; those that do not
 * within 2 s are named in the log, with what holds them, and cleaned up. So a program that calls
 * this at any time ends.
 *
 * Thread: any SPDK thread. `rc` becomes the result of spdk_app_start(), see there. A second call
 * is noted in the log, and counts only for its rc.
 */
void spdk_app_stop(int rc);

/** The shm_id of the options of the running application; -1 when there is none. */
int spdk_app_get_shm_id(void);

/**
 * Reads a core mask or list, as reactor_mask has it, into a set. Cores on which the application
 * does not run are left out of it.
 *
 * Thread: any OS thread while the application runs.
 * Errors: -EINVAL: NULL or not a mask (SPDK: -1 for all errors). `cpumask` is written on success
 *   only.
 */
int spdk_app_parse_core_mask(const char *mask, struct spdk_cpuset *cpumask);

/**
 * The cores on which the application runs.
 *
 * Owner: the library, as long as the application runs.
 */
const struct spdk_cpuset *spdk_app_get_core_mask(void);

/** The short options that spdk_app_parse_args() knows, as getopt(3) takes them. */
#define SPDK_APP_GETOPT_STRING "c:de:ghi:m:n:p:r:s:uvA:B:L:RW:"

/** What spdk_app_parse_args() found. */
enum spdk_app_parse_args_rvals {
	/** -h or -v was given and answered: the program is to end well. */
	SPDK_APP_PARSE_ARGS_HELP = 0,
	/** Go on. */
	SPDK_APP_PARSE_ARGS_SUCCESS = 1,
	/** An error was explained: the program is to end with a failure. */
	SPDK_APP_PARSE_ARGS_FAIL = 2
};
typedef enum spdk_app_parse_args_rvals spdk_app_parse_args_rvals_t;

/**
 * Reads the command line: options that every application has go to `opts`, those of the program
 * to `parse`.
 *
 * Thread: one OS thread at a time, before spdk_app_start(); any number of times.
 * Owner: opts points into argv afterwards, so argv lives until spdk_app_start() has been called.
 *   pci_blocked, pci_allowed and rpc_allowlist are allocated when their options are given; they
 *   are the program's, which may give them to free(3) and spdk_strarray_free() when it is done.
 * Shape: opts from spdk_app_opts_init(). Fields beyond opts->opts_size are not written: an option
 *   that needs one is an error. Entries of argv are reordered, options first, and optind is the
 *   index of the first argument that is no option. getopt_str: short options of the program, which
 *   must not be among SPDK_APP_GETOPT_STRING; app_long_opts: its long options, ended by an entry
 *   without a name; either may be NULL. A long option of the program that has the name of one of
 *   ours is never reached, with a warning; but it takes the place of --poll and --spin-us. One
 *   whose `val` is a letter of SPDK_APP_GETOPT_STRING is another name for that option.
 * Callback: parse(ch, arg) for each option of the program in order, with ch and arg as from
 *   getopt_long(3). 0: good; else the result is FAIL. usage() after the help text. parse may be
 *   NULL when the program has no options of its own, usage always.
 * Errors: SPDK_APP_PARSE_ARGS_FAIL. An option that is unknown, lacks its value, has a wrong one,
 *   or excludes another is named in one message with what is accepted. What came before it is in
 *   opts. Masks, maps and names of trace points are checked when they are used.
 *
 * Additions: --poll (reactors never rest) and --spin-us N (how long they look for work before
 * they do); see spindle/reactor.h. A core mask from here counts as explicit, also when it is
 * that of the default.
 */
spdk_app_parse_args_rvals_t
spdk_app_parse_args(int argc, char **argv, struct spdk_app_opts *opts, const char *getopt_str,
		    const struct option *app_long_opts, int (*parse)(int ch, char *arg),
		    void (*usage)(void));

/**
 * Prints the help text of the options that every application has to stdout, with the flags of -L.
 *
 * Thread: that of spdk_app_parse_args(), also from inside its callbacks. The defaults in the text
 * are those that the last spdk_app_parse_args() was given, before it the library's.
 */
void spdk_app_usage(void);

/**
 * Makes an event for a core; hand it to spdk_event_call().
 *
 * Thread: any OS thread, while the application runs.
 * Owner: the caller, until spdk_event_call().
 * Errors: NULL, explained: no reactor runs on the core, or there is no memory.
 */
struct spdk_event *spdk_event_allocate(uint32_t lcore, spdk_event_fn fn, void *arg1, void *arg2);

/**
 * Sends an event to its core. Events queue without a limit; those of one sender to one core run
 * in order.
 *
 * Thread: any OS thread.
 * Owner: `event` belongs to the library from here on, and to nobody once its function was called.
 * Callback: fn(arg1, arg2) once, on the reactor of the core, never inside this call, also when
 *   that core is the current one. spdk_get_thread() is NULL there.
 */
void spdk_event_call(struct spdk_event *event);

/** Switches on or off that each reactor logs how often the kernel took its CPU away. */
void spdk_framework_enable_context_switch_monitor(bool enabled);

/** Whether spdk_framework_enable_context_switch_monitor() has switched that on. */
bool spdk_framework_context_switch_monitor_enabled(void);

/**
 * Makes the trace file, which has `name` and shm_id in its own name, and switches on the
 * tracepoints that tpoint_group_mask names; see spdk/trace.h. spdk_app_start() does so, and
 * spdk_app_fini() ends it; this is for programs that do without them.
 *
 * Thread: any OS thread, after spdk_env_init(), once before spdk_trace_cleanup().
 * Errors: explained: -EINVAL: tpoint_group_mask is wrong, or num_entries no power of two; -ENODEV:
 *   there is tpoint_group_mask, and num_entries is 0; -EALREADY; -ENOMEM (SPDK: -1 for all errors).
 */
int spdk_app_setup_trace(struct spdk_app_opts *opts);

#ifdef __cplusplus
}
#endif

#endif
