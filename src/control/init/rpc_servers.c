/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The servers of a program, one for each address, and what polls them.
 *
 * A server is polled on the app thread. One that nobody talks to does not keep a reactor awake, its
 * descriptor does when there is something to do; and costs one that is awake no system call in each
 * of its turns. One that is paused is not polled: who connects waits in the kernel.
 *
 * Requests are logged by the process, not by a server. So servers share the log of the one that has
 * been made last of those that have any; and it is let go with its server, as its file may be
 * closed then.
 */
#include "control/rpc_servers.h"
#include "control/jsonrpc.h"
#include "control/rpc.h"
#include "spdk/env.h"
#include "spdk/init.h"
#include "spdk/log.h"
#include "spdk/string.h"
#include "spdk/thread.h"
#include "spdk/util.h"
#include "spindle/thread.h"

#include <sys/epoll.h>

/* Where nothing tells when there is something to do. */
#define BLIND_PERIOD_US 4000
/* A reactor that is awake has somebody look so often, and at once after there was something. */
#define LOOK_PERIOD_US 100

struct server {
	char *address;
	struct spdk_rpc_server *rpc;
	/* One of them, while it is not paused. */
	struct spdk_poller *poller;
	struct spdk_interrupt *interrupt;
	/* In ticks; before that, nobody looks. */
	uint64_t next_look;
	/* What its options have asked for. */
	FILE *log_file;
	enum spdk_log_level log_level;
	TAILQ_ENTRY(server) link;
};

static TAILQ_HEAD(server_list, server) g_servers = TAILQ_HEAD_INITIALIZER(g_servers);

static uint64_t g_look_ticks;
/* The one whose turn it is; NULL: none, or it was ended by a method of its own. */
static struct server *g_turn;

static struct server *
find(const char *address)
{
	struct server *server;

	TAILQ_FOREACH (server, &g_servers, link) {
		if (strcmp(server->address, address) == 0) {
			return server;
		}
	}
	return NULL;
}

static uint64_t
turns_of(const struct server *server)
{
	struct jsonrpc_stats stats;

	jsonrpc_server_get_stats(rpc_server_get_jsonrpc(server->rpc), &stats);
	return stats.turns;
}

/* Whether there was something to do. */
static int
serve(void *arg)
{
	struct server *server = arg, *outer = g_turn;
	uint64_t turns = turns_of(server);
	bool has_done;

	g_turn = server;
	spdk_rpc_server_accept(server->rpc);
	has_done = g_turn == NULL || turns_of(server) != turns;
	if (g_turn != NULL) {
		server->next_look = has_done ? 0 : spdk_get_ticks() + g_look_ticks;
	}
	g_turn = outer;
	return has_done ? SPDK_POLLER_BUSY : SPDK_POLLER_IDLE;
}

static int
serve_if_due(void *arg)
{
	struct server *server = arg;

	return spdk_get_ticks() >= server->next_look ? serve(server) : SPDK_POLLER_IDLE;
}

static int
begin_polling(struct server *server)
{
	int fd = jsonrpc_server_get_wake_fd(rpc_server_get_jsonrpc(server->rpc));

	if (spdk_interrupt_mode_is_enabled()) {
		server->interrupt = spdk_interrupt_register(fd, serve, server, "rpc_server");
		return server->interrupt != NULL ? 0 : -ENOMEM;
	}
	g_look_ticks = LOOK_PERIOD_US * spdk_get_ticks_hz() / SPDK_SEC_TO_USEC;
	server->next_look = 0;
	server->poller = spdk_poller_register_named(serve_if_due, server, 0, "rpc_server");
	if (server->poller != NULL &&
	    spindle_poller_set_wake_fd(server->poller, fd, EPOLLIN) != 0) {
		spdk_poller_unregister(&server->poller);
		server->poller =
			spdk_poller_register_named(serve, server, BLIND_PERIOD_US, "rpc_server");
	}
	return server->poller != NULL ? 0 : -ENOMEM;
}

static void
end_polling(struct server *server)
{
	spdk_poller_unregister(&server->poller);
	spdk_interrupt_unregister(&server->interrupt);
}

static void
free_server(struct server *server)
{
	if (server != NULL) {
		if (g_turn == server) {
			g_turn = NULL;
		}
		spdk_rpc_server_close(server->rpc);
		free(server->address);
		free(server);
	}
}

static bool
has_log(const struct server *server)
{
	return server->log_file != NULL || server->log_level != SPDK_LOG_DISABLED;
}

/* When a server that has a log has come or gone. One that others have set is left alone else. */
static void
choose_log(void)
{
	const struct server *server = TAILQ_LAST(&g_servers, server_list);

	while (server != NULL && !has_log(server)) {
		server = TAILQ_PREV(server, server_list, link);
	}
	spdk_jsonrpc_set_log_file(server != NULL ? server->log_file : NULL);
	spdk_jsonrpc_set_log_level(server != NULL ? server->log_level : SPDK_LOG_DISABLED);
}

#define KNOWS(opts, field)                                                         \
	((opts) != NULL && (opts)->size >= offsetof(struct spdk_rpc_opts, field) + \
						   sizeof(((struct spdk_rpc_opts *)NULL)->field))

static int
open_server(const char *address, const struct spdk_rpc_opts *opts, bool is_asked_for)
{
	struct server *server = calloc(1, sizeof(*server));
	int rc = -ENOMEM;

	if (server != NULL) {
		server->address = strdup(address);
	}
	if (server == NULL || server->address == NULL) {
		SPDK_ERRLOG("RPC address '%s': out of memory\n", address);
		goto free_it;
	}
	server->rpc = rpc_server_listen(address, is_asked_for);
	if (server->rpc == NULL) {
		rc = -errno;
		goto free_it;
	}
	rc = begin_polling(server);
	if (rc != 0) {
		SPDK_ERRLOG("RPC address '%s': no poller for it: %s\n", address,
			    spdk_strerror(-rc));
		goto free_it;
	}
	server->log_file = KNOWS(opts, log_file) ? opts->log_file : NULL;
	server->log_level = KNOWS(opts, log_level) ? opts->log_level : SPDK_LOG_DISABLED;
	TAILQ_INSERT_TAIL(&g_servers, server, link);
	if (has_log(server)) {
		choose_log();
	}
	return 0;

free_it:
	free_server(server);
	return rc;
}

static int
check_opts(const struct spdk_rpc_opts *opts)
{
	if (opts == NULL) {
		return 0;
	}
	if (opts->size == 0) {
		SPDK_ERRLOG("spdk_rpc_initialize(): opts->size is 0. Set it to sizeof(*opts).\n");
		return -EINVAL;
	}
	return 0;
}

static int
initialize(const char *address, const struct spdk_rpc_opts *opts, bool is_asked_for)
{
	if (address == NULL) {
		SPDK_ERRLOG("spdk_rpc_initialize(): the address is NULL\n");
		return -EINVAL;
	}
	if (spdk_get_thread() == NULL) {
		SPDK_ERRLOG("spdk_rpc_initialize(\"%s\"): it polls its server on the thread that "
			    "calls it, and this is none: send the app thread a message, or use "
			    "spdk_rpc_server_listen()\n",
			    address);
		return -EPERM;
	}
	if (find(address) != NULL) {
		SPDK_ERRLOG("RPC address '%s' is served by this program already\n", address);
		return -EADDRINUSE;
	}
	if (check_opts(opts) != 0) {
		return -EINVAL;
	}
	return open_server(address, opts, is_asked_for);
}

int
spdk_rpc_initialize(const char *listen_addr, const struct spdk_rpc_opts *opts)
{
	return initialize(listen_addr, opts, true);
}

int
rpc_servers_try(const char *listen_addr, const struct spdk_rpc_opts *opts)
{
	return initialize(listen_addr, opts, false);
}

bool
rpc_servers_has(const char *listen_addr)
{
	return listen_addr != NULL && find(listen_addr) != NULL;
}

/* NULL, explained: there is none. */
static struct server *
find_or_explain(const char *address, const char *function)
{
	struct server *server = address != NULL ? find(address) : NULL;

	if (server == NULL) {
		SPDK_ERRLOG("%s(): no server of this program has the address '%s'\n", function,
			    address != NULL ? address : "(null)");
	}
	return server;
}

static void
end_server(struct server *server)
{
	bool had_log = has_log(server);

	TAILQ_REMOVE(&g_servers, server, link);
	end_polling(server);
	/* It logs what it still sends. */
	free_server(server);
	if (had_log) {
		choose_log();
	}
}

void
spdk_rpc_server_finish(const char *listen_addr)
{
	struct server *server = find_or_explain(listen_addr, "spdk_rpc_server_finish");

	if (server != NULL) {
		end_server(server);
	}
}

void
spdk_rpc_finish(void)
{
	while (!TAILQ_EMPTY(&g_servers)) {
		end_server(TAILQ_FIRST(&g_servers));
	}
}

void
spdk_rpc_server_pause(const char *listen_addr)
{
	struct server *server = find_or_explain(listen_addr, "spdk_rpc_server_pause");

	if (server != NULL) {
		end_polling(server);
	}
}

void
spdk_rpc_server_resume(const char *listen_addr)
{
	struct server *server = find_or_explain(listen_addr, "spdk_rpc_server_resume");

	if (server != NULL && server->poller == NULL && server->interrupt == NULL &&
	    begin_polling(server) != 0) {
		SPDK_ERRLOG("RPC address '%s': no memory to serve it again\n", listen_addr);
	}
}

void
rpc_servers_for_each(rpc_servers_fn fn, void *arg)
{
	struct server *server;

	TAILQ_FOREACH (server, &g_servers, link) {
		fn(server->address, rpc_server_get_jsonrpc(server->rpc), arg);
	}
}
