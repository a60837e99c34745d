/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Many clients that talk to one application at the same time, while its reactor has other things to
 * do.
 *
 *     rpc_clients [REQUESTS [CLIENTS]]
 *
 * The application runs on one core, with an active poller beside the server; all clients live in
 * one process on another. Each keeps a few requests under way, of a method that looks whether those
 * of its client start in order, and sends the number back. Every answer must come, once, with its
 * number, and the application's memory must not grow with the number of requests.
 *
 * The server measures what its turns take. Plain loops run among them that take about 50 us of CPU
 * on this machine at its best: the median of the turns is at most TURN_LOOPS of theirs, or it
 * fails, however slow the machine is at the moment. One in a thousand is printed: on a virtual
 * machine, one system call in ten thousand takes several hundred us, whoever makes it.
 */
#include "spdk/stdinc.h"

#include "spdk/event.h"
#include "spdk/rpc.h"
#include "spdk/string.h"
#include "spdk/thread.h"
#include "spdk/util.h"

#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <sys/wait.h>

#define CLIENTS_MAX   64
#define UNDER_WAY     8
#define TURN_LOOPS    4
#define PATIENCE_MS   60000
#define GROWTH_KIB    512
#define WARM_UP_SHARE 10
#define LOOP_US       50
#define LOOP_EVERY    100
#define LOOPS_MAX     100000

static uint32_t g_requests = 10000;
static uint32_t g_clients = CLIENTS_MAX;
static char g_folder[] = "/tmp/spindle_rpc_clients.XXXXXX";
static char g_address[64];

/* The application's side. */

static uint64_t g_next[CLIENTS_MAX];
static uint64_t g_out_of_order;
static uint64_t g_served;
static uint64_t g_other_work;

struct step_params {
	uint32_t client;
	uint64_t number;
};

static const struct spindle_rpc_param step_members[] = {
	{.name = "client",
	 .kind = SPINDLE_RPC_UINT32,
	 .is_required = true,
	 .offset = offsetof(struct step_params, client),
	 .doc = "Which client"},
	{.name = "number",
	 .kind = SPINDLE_RPC_UINT64,
	 .is_required = true,
	 .offset = offsetof(struct step_params, number),
	 .doc = "How many requests it has sent before"},
};

static const struct spindle_rpc_object step_params =
	SPINDLE_RPC_OBJECT(struct step_params, step_members);

static void
take_step(struct spdk_jsonrpc_request *request, void *ctx)
{
	struct step_params *params = ctx;
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	if (params->client >= CLIENTS_MAX || g_next[params->client]++ != params->number) {
		g_out_of_order++;
	}
	g_served++;
	spdk_json_write_uint64(w, params->number);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("stress_step", take_step, SPDK_RPC_RUNTIME, &step_params,
		     "Looks whether the requests of a client start in order")

static uint64_t
cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * SPDK_SEC_TO_NSEC + (uint64_t)now.tv_nsec;
}

/* A loop that takes LOOP_US of CPU time on a machine that does nothing else. */
static void
loop(uint32_t rounds)
{
	for (volatile uint32_t i = 0; i < rounds; i++) {
	}
}

static uint32_t g_loop_rounds;
static uint64_t g_loop_ns[LOOPS_MAX];
static size_t g_loops;

static void
calibrate(void)
{
	uint64_t begin, best = UINT64_MAX;

	for (int i = 0; i < 100; i++) {
		begin = cpu_ns();
		loop(10000);
		best = spdk_min(best, cpu_ns() - begin);
	}
	g_loop_rounds = (uint32_t)(UINT64_C(10000) * LOOP_US * 1000 / best);
}

/* What the machine makes of a turn that has no system call in it, in the middle of the load. */
static int
work(void *arg)
{
	uint64_t begin;

	if (++g_other_work % LOOP_EVERY == 0 && g_loops < LOOPS_MAX) {
		begin = cpu_ns();
		loop(g_loop_rounds);
		g_loop_ns[g_loops++] = cpu_ns() - begin;
	}
	return SPDK_POLLER_IDLE;
}

static int
compare_numbers(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* Of the loops, which are sorted. */
static uint64_t
loop_ns(double share)
{
	return g_loops > 0 ? g_loop_ns[(size_t)((double)(g_loops - 1) * share)] : 0;
}

/* KiB that are in use, of what malloc() has. */
static uint64_t
used_kib(void)
{
	return mallinfo2().uordblks / 1024;
}

static void
get_facts(struct spdk_jsonrpc_request *request, void *ctx)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	qsort(g_loop_ns, g_loops, sizeof(g_loop_ns[0]), compare_numbers);
	spdk_json_write_object_begin(w);
	spdk_json_write_named_uint64(w, "served", g_served);
	spdk_json_write_named_uint64(w, "out_of_order", g_out_of_order);
	spdk_json_write_named_uint64(w, "other_work", g_other_work);
	spdk_json_write_named_uint64(w, "used_kib", used_kib());
	spdk_json_write_named_uint64(w, "loop_p50_ns", loop_ns(0.5));
	spdk_json_write_named_uint64(w, "loop_p99_9_ns", loop_ns(0.999));
	spdk_json_write_object_end(w);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("stress_facts", get_facts, SPDK_RPC_RUNTIME, NULL,
		     "What the application has seen")

static struct spdk_poller *g_work;

static void
shut_down(void)
{
	spdk_poller_unregister(&g_work);
	spdk_app_stop(0);
}

static void
start(void *arg)
{
	calibrate();
	g_work = SPDK_POLLER_REGISTER(work, NULL, 0);
}

static int
run_application(void)
{
	struct spdk_app_opts opts;
	int rc;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "rpc_clients";
	opts.rpc_addr = g_address;
	opts.disable_cpumask_locks = true;
	opts.print_level = SPDK_LOG_WARN;
	opts.shutdown_cb = shut_down;
	rc = spdk_app_start(&opts, start, NULL);
	spdk_app_fini();
	return rc;
}

/* The clients' side. */

struct client {
	uint32_t index;
	int fd;
	uint64_t sent;
	uint64_t answered;
	char input[4096];
	size_t input_size;
	/* What the socket did not take yet. */
	char output[4096];
	size_t output_size;
};

static void
fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "rpc_clients: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(1);
}

static int
dial(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", g_address);
	for (int i = 0; fd >= 0 && i < 500; i++) {
		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
			return fd;
		}
		usleep(10000);
	}
	fail("cannot connect to '%s': %s", g_address, spdk_strerror(errno));
	return -1;
}

static void
fill_output(struct client *client, uint64_t requests)
{
	while (client->sent < requests && client->sent - client->answered < UNDER_WAY &&
	       sizeof(client->output) - client->output_size > 256) {
		client->output_size += (size_t)snprintf(
			client->output + client->output_size,
			sizeof(client->output) - client->output_size,
			"{\"jsonrpc\":\"2.0\",\"method\":\"stress_step\",\"id\":%" PRIu64
			",\"params\":{\"client\":%u,\"number\":%" PRIu64 "}}",
			client->sent, client->index, client->sent);
		client->sent++;
	}
}

static void
send_output(struct client *client)
{
	ssize_t sent;

	if (client->output_size == 0) {
		return;
	}
	sent = send(client->fd, client->output, client->output_size, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent < 0 && errno == EAGAIN) {
		return;
	}
	if (sent < 0) {
		fail("client %u: %s", client->index, spdk_strerror(errno));
	}
	client->output_size -= (size_t)sent;
	memmove(client->output, client->output + sent, client->output_size);
}

/* Answers come in the order of the requests, since this method answers at once. */
static void
check_answer(struct client *client, const char *line)
{
	char expected[128];

	snprintf(expected, sizeof(expected),
		 "{\"jsonrpc\":\"2.0\",\"id\":%" PRIu64 ",\"result\":%" PRIu64 "}",
		 client->answered, client->answered);
	if (strcmp(line, expected) != 0) {
		fail("client %u: expected %s, got %s", client->index, expected, line);
	}
	client->answered++;
}

static void
take_input(struct client *client)
{
	char *line = client->input, *end;
	ssize_t got;

	got = recv(client->fd, client->input + client->input_size,
		   sizeof(client->input) - client->input_size - 1, MSG_DONTWAIT);
	if (got < 0 && errno == EAGAIN) {
		return;
	}
	if (got <= 0) {
		fail("client %u: the connection ends after %" PRIu64 " answers: %s", client->index,
		     client->answered, got == 0 ? "closed" : spdk_strerror(errno));
	}
	client->input_size += (size_t)got;
	client->input[client->input_size] = '\0';
	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		check_answer(client, line);
		line = end + 1;
	}
	client->input_size -= (size_t)(line - client->input);
	memmove(client->input, line, client->input_size);
}

/* All clients until each has `requests` answers. */
static void
run_clients(struct client *clients, uint64_t requests)
{
	struct pollfd fds[CLIENTS_MAX];
	uint32_t left = g_clients;

	while (left > 0) {
		left = 0;
		for (uint32_t i = 0; i < g_clients; i++) {
			fill_output(&clients[i], requests);
			send_output(&clients[i]);
			fds[i].fd = clients[i].answered < requests ? clients[i].fd : -1;
			fds[i].events = POLLIN | (clients[i].output_size > 0 ? POLLOUT : 0);
			fds[i].revents = 0;
			left += clients[i].answered < requests;
		}
		if (left > 0 && poll(fds, g_clients, PATIENCE_MS) <= 0) {
			fail("no answer for %d s; %u clients wait", PATIENCE_MS / 1000, left);
		}
		for (uint32_t i = 0; i < g_clients; i++) {
			if (fds[i].revents & (POLLIN | POLLHUP)) {
				take_input(&clients[i]);
			}
		}
	}
}

/* Asks on the connection of a client that has nothing under way; no other one may be left. */
static struct spdk_json_val *
ask(struct client *client, const char *method)
{
	static struct spdk_json_val values[1024];
	static char text[16384];
	struct spdk_json_val *result = NULL;
	size_t size = 0;
	ssize_t got;

	size = (size_t)snprintf(text, sizeof(text), "{\"id\":1,\"method\":\"%s\"}", method);
	if (send(client->fd, text, size, MSG_NOSIGNAL) != (ssize_t)size) {
		fail("%s: %s", method, spdk_strerror(errno));
	}
	for (size = 0; size == 0 || text[size - 1] != '\n'; size += (size_t)got) {
		got = recv(client->fd, text + size, sizeof(text) - size, 0);
		if (got <= 0) {
			fail("%s: the connection ends", method);
		}
	}
	if (spdk_json_parse(text, size, values, SPDK_COUNTOF(values), NULL, 0) <= 0 ||
	    spdk_json_find(values, "result", NULL, &result, SPDK_JSON_VAL_ANY) != 0) {
		fail("%s: no result in %.*s", method, (int)size, text);
	}
	return result;
}

static double
number_at(struct spdk_json_val *object, const char *name)
{
	struct spdk_json_val *value = NULL;

	if (spdk_json_find(object, name, NULL, &value, SPDK_JSON_VAL_NUMBER) != 0) {
		fail("no \"%s\" in the answer", name);
	}
	return strtod(value->start, NULL);
}

static double
fact(struct client *client, const char *name)
{
	return number_at(ask(client, "stress_facts"), name);
}

static double
turn_us(struct client *client, const char *share)
{
	struct spdk_json_val *server = ask(client, "spindle_get_rpc_stats") + 1, *turns = NULL;

	if (spdk_json_find(server, "turn_cpu_ns", NULL, &turns, SPDK_JSON_VAL_OBJECT_BEGIN) != 0) {
		fail("no \"turn_cpu_ns\" in the answer");
	}
	return number_at(turns, share) / 1e3;
}

static double
now_sec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int
talk(void)
{
	static struct client clients[CLIENTS_MAX];
	double began, took, used, grown, p50, loop_p50, total = (double)g_requests * g_clients;
	bool is_good;

	for (uint32_t i = 0; i < g_clients; i++) {
		clients[i].index = i;
		clients[i].fd = dial();
	}
	run_clients(clients, g_requests / WARM_UP_SHARE);
	used = fact(&clients[0], "used_kib");
	began = now_sec();
	run_clients(clients, g_requests);
	took = now_sec() - began;
	grown = fact(&clients[0], "used_kib") - used;
	p50 = turn_us(&clients[0], "p50");
	loop_p50 = fact(&clients[0], "loop_p50_ns") / 1e3;
	is_good = fact(&clients[0], "out_of_order") == 0 && fact(&clients[0], "served") == total &&
		  grown <= GROWTH_KIB && p50 <= TURN_LOOPS * loop_p50;
	printf("%u clients, %u requests each: %.0f requests/s, %.0f answered, %.0f out of order, "
	       "memory grew by %.0f KiB; CPU time of a turn: %.1f us (p50), %.1f us (p99.9), %.1f "
	       "us (longest), of a plain loop of %d us: %.1f us (p50), %.1f us (p99.9): %s\n",
	       g_clients, g_requests, total * (WARM_UP_SHARE - 1) / WARM_UP_SHARE / took,
	       fact(&clients[0], "served"), fact(&clients[0], "out_of_order"), grown, p50,
	       turn_us(&clients[0], "p99_9"), turn_us(&clients[0], "max"), LOOP_US, loop_p50,
	       fact(&clients[0], "loop_p99_9_ns") / 1e3, is_good ? "good" : "NOT GOOD");
	for (uint32_t i = 0; i < g_clients; i++) {
		close(clients[i].fd);
	}
	return is_good ? 0 : 1;
}

static void
move_to_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	/* On a machine of one CPU they share it. */
	(void)sched_setaffinity(0, sizeof(set), &set);
}

int
main(int argc, char **argv)
{
	int status, rc;
	pid_t pid;

	if (argc > 1) {
		g_requests = (uint32_t)spdk_strtol(argv[1], 10);
	}
	if (argc > 2) {
		g_clients = spdk_min((uint32_t)spdk_strtol(argv[2], 10), CLIENTS_MAX);
	}
	if (mkdtemp(g_folder) == NULL) {
		fail("no folder: %s", spdk_strerror(errno));
	}
	snprintf(g_address, sizeof(g_address), "%s/rpc.sock", g_folder);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		exit(run_application());
	}
	move_to_cpu(1);
	rc = talk();
	kill(pid, SIGTERM);
	if (waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "rpc_clients: the application ended with status %#x\n", status);
		rc = 1;
	}
	rmdir(g_folder);
	return rc;
}
