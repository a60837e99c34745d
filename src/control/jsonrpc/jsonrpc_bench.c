/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a request costs, and how long a turn takes while clients do their worst: long batches, large
 * answers, many small requests. Clients and server share one OS thread, so the costs are those of
 * both. Turns are measured in CPU time besides: a machine that does other things interrupts them.
 */
#include "control/jsonrpc.h"

#include "spdk/env.h"
#include "spdk/histogram_data.h"
#include "spdk/string.h"
#include "spdk/util.h"

#include <sys/un.h>

#define CLIENTS     60
#define PIPELINE    16
#define ROUND_TRIPS 50000
#define ROUNDS      200
#define LOAD_SEC    3
#define BATCH_MAX   1000

static struct spdk_jsonrpc_server *g_server;
static struct sockaddr_un g_address = {.sun_family = AF_UNIX,
				       .sun_path = "\0spindle_jsonrpc_bench"};
static const char g_call[] = "{\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"id\":1,"
			     "\"params\":{\"name\":\"Malloc0\",\"block_size\":4096}}";
static char g_scratch[1 << 16];

/* CPU time of the handlers. */
static uint64_t g_handler_ns;

static uint64_t
cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * SPDK_SEC_TO_NSEC + (uint64_t)now.tv_nsec;
}

static void
answer(struct spdk_jsonrpc_request *request, const struct spdk_json_val *method,
       const struct spdk_json_val *params)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	if (!spdk_json_strequal(method, "big")) {
		spdk_json_write_val(w, params);
	} else {
		spdk_json_write_array_begin(w);
		for (int i = 0; i < 20000; i++) {
			spdk_json_write_string(w, "one of many strings of an answer");
		}
		spdk_json_write_array_end(w);
	}
	spdk_jsonrpc_end_result(request, w);
}

static void
handle(struct spdk_jsonrpc_request *request, const struct spdk_json_val *method,
       const struct spdk_json_val *params)
{
	uint64_t begin = cpu_ns();

	answer(request, method, params);
	g_handler_ns += cpu_ns() - begin;
}

static int
connect_client(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&g_address, sizeof(g_address)) != 0) {
		fprintf(stderr, "cannot connect: %s\n", spdk_strerror(errno));
		exit(1);
	}
	spdk_jsonrpc_server_poll(g_server);
	return fd;
}

static double
seconds_since(uint64_t begin)
{
	return (double)(spdk_get_ticks() - begin) / (double)spdk_get_ticks_hz();
}

/* Takes what has come, and returns how many lines it has. */
static uint64_t
take_lines(int fd)
{
	uint64_t lines = 0;
	ssize_t size;

	while ((size = recv(fd, g_scratch, sizeof(g_scratch), MSG_DONTWAIT)) > 0) {
		for (ssize_t i = 0; i < size; i++) {
			lines += g_scratch[i] == '\n';
		}
	}
	return lines;
}

static void
send_all(int fd, const char *text, size_t size)
{
	/* What does not fit is left out, and makes no sense to the server: callers see to it. */
	if (send(fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)size) {
		fprintf(stderr, "the socket is full\n");
		exit(1);
	}
}

static void
bench_round_trips(void)
{
	int fd = connect_client();
	uint64_t begin = spdk_get_ticks();
	double seconds;

	for (int i = 0; i < ROUND_TRIPS; i++) {
		send_all(fd, g_call, sizeof(g_call) - 1);
		while (take_lines(fd) == 0) {
			spdk_jsonrpc_server_poll(g_server);
		}
	}
	seconds = seconds_since(begin);
	printf("one client, one request at a time: %.0f requests/s, %.0f ns each\n",
	       ROUND_TRIPS / seconds, seconds * 1e9 / ROUND_TRIPS);
	close(fd);
}

static void
bench_pipelined(void)
{
	uint64_t begin, answers = 0, sent = 0;
	int fds[CLIENTS];
	double seconds;

	for (int i = 0; i < CLIENTS; i++) {
		fds[i] = connect_client();
	}
	begin = spdk_get_ticks();
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < CLIENTS * PIPELINE; i++, sent++) {
			send_all(fds[i % CLIENTS], g_call, sizeof(g_call) - 1);
		}
		while (answers < sent) {
			spdk_jsonrpc_server_poll(g_server);
			for (int i = 0; i < CLIENTS; i++) {
				answers += take_lines(fds[i]);
			}
		}
	}
	seconds = seconds_since(begin);
	printf("%d clients, %d requests of each under way: %.0f requests/s, %.0f ns each\n",
	       CLIENTS, PIPELINE, (double)sent / seconds, seconds * 1e9 / (double)sent);
	for (int i = 0; i < CLIENTS; i++) {
		close(fds[i]);
	}
}

/* A client that sends the same text over and over, whatever fits. */
struct sender {
	int fd;
	const char *text;
	size_t size;
	size_t at;
};

static void
send_some(struct sender *sender)
{
	ssize_t sent = send(sender->fd, sender->text + sender->at, sender->size - sender->at,
			    MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent > 0) {
		sender->at = (sender->at + (size_t)sent) % sender->size;
	}
}

/* The count of turns up to a part of all, for a few parts. */
struct percentiles {
	uint64_t end[4];
};

static const double g_parts[] = {0.5, 0.99, 0.999, 1.0};

static void
note_bucket(void *ctx, uint64_t start, uint64_t end, uint64_t count, uint64_t total,
	    uint64_t so_far)
{
	struct percentiles *found = ctx;

	for (size_t i = 0; i < SPDK_COUNTOF(g_parts); i++) {
		if (found->end[i] == 0 && (double)so_far >= g_parts[i] * (double)total) {
			found->end[i] = end;
		}
	}
}

static void
print_percentiles(const char *what, const struct spdk_histogram_data *histogram, double per_us)
{
	struct percentiles found = {{0}};

	spdk_histogram_data_iterate(histogram, note_bucket, &found);
	printf("turns under load, %s, without handlers: p50 %.0f us, p99 %.0f us, p99.9 %.0f us, "
	       "longest %.0f us\n",
	       what, (double)found.end[0] / per_us, (double)found.end[1] / per_us,
	       (double)found.end[2] / per_us, (double)found.end[3] / per_us);
}

/* A turn, and the CPU time that it takes. */
static void
measured_poll(struct spdk_histogram_data *histogram)
{
	uint64_t begin = cpu_ns();

	g_handler_ns = 0;
	spdk_jsonrpc_server_poll(g_server);
	spdk_histogram_data_tally(histogram, cpu_ns() - begin - g_handler_ns);
}

static void
bench_turns(void)
{
	static const char big[] = "{\"method\":\"big\",\"id\":1}";
	static char batch[1 << 20];
	struct spdk_histogram_data *cpu = spdk_histogram_data_alloc();
	struct sender senders[CLIENTS];
	struct jsonrpc_stats stats;
	size_t size = 1;
	uint64_t begin;

	batch[0] = '[';
	for (int i = 0; i < BATCH_MAX; i++) {
		size += (size_t)snprintf(batch + size, sizeof(batch) - size, "%s%s", g_call,
					 i + 1 < BATCH_MAX ? "," : "]");
	}
	for (int i = 0; i < CLIENTS; i++) {
		senders[i] = (struct sender){connect_client(), g_call, sizeof(g_call) - 1, 0};
		if (i % 3 == 0) {
			senders[i].text = batch;
			senders[i].size = size;
		} else if (i % 3 == 1) {
			senders[i].text = big;
			senders[i].size = sizeof(big) - 1;
		}
	}
	begin = spdk_get_ticks();
	while (seconds_since(begin) < LOAD_SEC) {
		for (int i = 0; i < CLIENTS; i++) {
			send_some(&senders[i]);
			take_lines(senders[i].fd);
		}
		for (int i = 0; i < 10; i++) {
			measured_poll(cpu);
		}
	}
	jsonrpc_server_get_stats(g_server, &stats);
	print_percentiles("wall time", stats.turn_ticks, (double)spdk_get_ticks_hz() / 1e6);
	print_percentiles("CPU time", cpu, 1e3);
	printf("%" PRIu64 " turns, %" PRIu64 " steps, %" PRIu64 " requests\n", stats.turns,
	       stats.steps, stats.requests);
	spdk_histogram_data_free(cpu);
}

int
main(void)
{
	g_server = spdk_jsonrpc_server_listen(AF_UNIX, 0, (struct sockaddr *)&g_address,
					      sizeof(g_address), handle);
	if (g_server == NULL) {
		return 1;
	}
	bench_round_trips();
	bench_pipelined();
	spdk_jsonrpc_server_shutdown(g_server);
	g_server = spdk_jsonrpc_server_listen(AF_UNIX, 0, (struct sockaddr *)&g_address,
					      sizeof(g_address), handle);
	if (g_server == NULL) {
		return 1;
	}
	bench_turns();
	spdk_jsonrpc_server_shutdown(g_server);
	return 0;
}
