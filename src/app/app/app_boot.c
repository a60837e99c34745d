/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From reactors that turn to an application that runs: the configuration and the subsystems, in
 * their order, and who waits for the end of that.
 *
 *   state        holds                                        left by
 *   DOWN         nothing                                      app_boot_begin()
 *   EARLY        methods of the configuration that come       early_done(): WAITING, SUBSYSTEMS or
 *                before subsystems are under way              FAILED
 *   WAITING      --wait-for-rpc: for framework_start_init     app_boot_start(): SUBSYSTEMS
 *   SUBSYSTEMS   spdk_subsystem_init() is under way           subsystems_done(): LATE or FAILED
 *   LATE         the other methods of the configuration are   late_done(): UP or FAILED
 *   UP, FAILED   whoever waited has been told                 app_boot_end(): DOWN
 *
 * app_boot_stop() and then app_boot_end() may come in any state. The RPC server is there from the
 * beginning and answers from WAITING or UP on: before, methods would find half of what they need.
 * From app_boot_stop() on it answers again, that no method is called any more.
 *
 * Everything belongs to the app thread, but for app_boot_prepare().
 */
#include "app/app/app_internal.h"
#include "control/config.h"
#include "control/rpc.h"
#include "control/rpc_servers.h"
#include "spdk/log.h"
#include "spdk/queue.h"
#include "spdk/rpc.h"
#include "spdk/string.h"

/*
 * Those that ask how the start goes, of which a client may make any number, one connection after
 * the other: more than all connections together can have under way are not waited for.
 */
#define WAITERS_MAX 8192

enum boot_state {
	DOWN,
	EARLY,
	WAITING,
	SUBSYSTEMS,
	LATE,
	UP,
	FAILED,
};

struct waiter {
	app_boot_done_fn fn;
	void *arg;
	STAILQ_ENTRY(waiter) link;
};

static struct {
	enum boot_state state;
	const struct spdk_app_opts *opts;
	struct config *config; /* NULL: there is none */
	bool has_server;
	app_boot_done_fn done_fn;
	STAILQ_HEAD(, waiter) waiters;
	uint32_t waiters_count;
} g_boot = {.waiters = STAILQ_HEAD_INITIALIZER(g_boot.waiters)};

static int
read_config(const struct spdk_app_opts *opts, struct config **out_config)
{
	if (opts->json_config_file != NULL) {
		return config_read_file(opts->json_config_file, out_config);
	}
	if (opts->json_data != NULL) {
		return config_read_text("json_data", opts->json_data, opts->json_data_size,
					out_config);
	}
	return 0;
}

int
app_boot_prepare(const struct spdk_app_opts *opts)
{
	struct config *config = NULL;
	int rc;

	if (!spdk_rpc_verify_methods()) {
		return -EINVAL;
	}
	spdk_rpc_set_allowlist(opts->rpc_allowlist);
	rc = read_config(opts, &config);
	if (rc == 0 && config != NULL && !opts->json_config_ignore_errors) {
		rc = config_check(config);
	}
	if (rc != 0) {
		config_free(config);
		spdk_rpc_set_allowlist(NULL);
		return rc;
	}
	g_boot.config = config;
	g_boot.opts = opts;
	return 0;
}

void
app_boot_release(void)
{
	config_free(g_boot.config);
	g_boot.config = NULL;
	g_boot.opts = NULL;
	spdk_rpc_set_allowlist(NULL);
	spdk_rpc_set_state(SPDK_RPC_STARTUP);
}

static void
tell_waiters(int rc)
{
	struct waiter *waiter;

	while (!STAILQ_EMPTY(&g_boot.waiters)) {
		waiter = STAILQ_FIRST(&g_boot.waiters);
		STAILQ_REMOVE_HEAD(&g_boot.waiters, link);
		g_boot.waiters_count--;
		waiter->fn(rc, waiter->arg);
		free(waiter);
	}
}

static void
end_boot(int rc)
{
	g_boot.state = rc == 0 ? UP : FAILED;
	if (rc == 0 && g_boot.has_server) {
		spdk_rpc_server_resume(g_boot.opts->rpc_addr);
	}
	tell_waiters(rc);
	g_boot.done_fn(rc, NULL);
}

/* The configuration for the present state. */
static void
run_config(spdk_subsystem_init_fn done_fn)
{
	if (g_boot.config == NULL) {
		done_fn(0, NULL);
		return;
	}
	config_run(g_boot.config, !g_boot.opts->json_config_ignore_errors, done_fn, NULL);
}

static void
late_done(int rc, void *arg)
{
	end_boot(rc);
}

static void
subsystems_done(int rc, void *arg)
{
	if (rc != 0) {
		end_boot(rc);
		return;
	}
	spdk_rpc_set_state(SPDK_RPC_RUNTIME);
	g_boot.state = LATE;
	run_config(late_done);
}

static void
start_subsystems(void)
{
	g_boot.state = SUBSYSTEMS;
	spdk_subsystem_init(subsystems_done, NULL);
}

static void
early_done(int rc, void *arg)
{
	if (rc != 0) {
		end_boot(rc);
		return;
	}
	if (!g_boot.opts->delay_subsystem_init) {
		start_subsystems();
		return;
	}
	g_boot.state = WAITING;
	spdk_rpc_server_resume(g_boot.opts->rpc_addr);
	SPDK_NOTICELOG("--wait-for-rpc: the subsystems start when framework_start_init is called "
		       "at '%s'\n",
		       g_boot.opts->rpc_addr);
}

/* Without a server that nobody has asked for, the application goes on. */
static int
start_server(bool is_asked_for)
{
	const struct spdk_app_opts *opts = g_boot.opts;
	struct spdk_rpc_opts rpc = {
		.size = sizeof(rpc),
		.log_file = opts->rpc_log_file,
		.log_level = opts->rpc_log_level,
	};
	int rc;

	if (opts->rpc_addr == NULL) {
		return 0;
	}
	/* Who waits for an RPC has asked for a server. */
	is_asked_for |= opts->delay_subsystem_init;
	rc = is_asked_for ? spdk_rpc_initialize(opts->rpc_addr, &rpc) :
			    rpc_servers_try(opts->rpc_addr, &rpc);
	if (rc == 0) {
		g_boot.has_server = true;
		spdk_rpc_server_pause(opts->rpc_addr);
	}
	return is_asked_for ? rc : 0;
}

void
app_boot_begin(bool rpc_is_asked_for, app_boot_done_fn done_fn)
{
	int rc;

	g_boot.done_fn = done_fn;
	g_boot.state = EARLY;
	spdk_rpc_set_state(SPDK_RPC_STARTUP);
	rc = start_server(rpc_is_asked_for);
	if (rc != 0) {
		end_boot(rc);
		return;
	}
	run_config(early_done);
}

static int
add_waiter(app_boot_done_fn fn, void *arg)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));

	if (waiter == NULL) {
		return -ENOMEM;
	}
	waiter->fn = fn;
	waiter->arg = arg;
	STAILQ_INSERT_TAIL(&g_boot.waiters, waiter, link);
	g_boot.waiters_count++;
	return 0;
}

int
app_boot_start(app_boot_done_fn fn, void *arg)
{
	int rc;

	if (g_boot.state != WAITING) {
		return -EALREADY;
	}
	rc = add_waiter(fn, arg);
	if (rc != 0) {
		return rc;
	}
	/* Methods are not to be called while subsystems are half way up. */
	if (g_boot.has_server) {
		spdk_rpc_server_pause(g_boot.opts->rpc_addr);
	}
	start_subsystems();
	return 0;
}

int
app_boot_wait(app_boot_done_fn fn, void *arg)
{
	if (g_boot.state == UP || g_boot.state == FAILED || g_boot.state == DOWN) {
		fn(g_boot.state == UP ? 0 : -ECANCELED, arg);
		return 0;
	}
	/* Whoever starts it is let in all the same. */
	return g_boot.waiters_count < WAITERS_MAX ? add_waiter(fn, arg) : -ENOSPC;
}

void
app_boot_stop(void)
{
	if (g_boot.state == EARLY || g_boot.state == LATE) {
		config_run_abandon();
	}
	g_boot.state = FAILED;
	tell_waiters(-ECANCELED);
	rpc_set_ending(true);
	/* The application may have ended it. */
	if (g_boot.has_server && rpc_servers_has(g_boot.opts->rpc_addr)) {
		spdk_rpc_server_resume(g_boot.opts->rpc_addr);
	}
}

void
app_boot_end(void)
{
	spdk_rpc_finish();
	rpc_set_ending(false);
	g_boot.has_server = false;
	g_boot.state = DOWN;
}
