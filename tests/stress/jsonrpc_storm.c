/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A JSON-RPC server among clients of all kinds.
 *
 *     jsonrpc_storm [SECONDS [CLIENTS]]
 *
 * Clients are OS threads that connect over and over and behave in a way that is chosen anew each
 * time: they send requests in pieces, batches, garbage; read at once, late or never; end writing,
 * or go away in the middle. Other OS threads answer part of the requests. One client asks one
 * thing after the other, as it should, and must always get the right answer in time.
 *
 * Fails when it does not, when memory grows beyond RESIDENT_MAX, or when a descriptor is left over.
 */
#include "spdk/stdinc.h"

#include "spdk/jsonrpc.h"
#include "spdk/string.h"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/un.h>

#define CLIENTS_MAX  40
#define WORKERS      2
#define QUEUE_MAX    16384
#define LATE_SEC     10
#define RESIDENT_MAX (512UL << 20)

static struct sockaddr_un g_address = {.sun_family = AF_UNIX};
/* Set before the server ends, and when it has. */
static atomic_bool g_is_ending, g_is_over;
static atomic_ulong g_connections, g_good_answers;
static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static struct spdk_jsonrpc_request *g_queue[QUEUE_MAX];
static size_t g_queued;

static void
fail(const char *what)
{
	fprintf(stderr, "jsonrpc_storm: %s\n", what);
	exit(1);
}

static uint32_t
random_below(uint64_t *random, uint32_t bound)
{
	*random = *random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(*random >> 33) % bound;
}

static void
answer(struct spdk_jsonrpc_request *request, const struct spdk_json_val *params, int copies)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	spdk_json_write_array_begin(w);
	for (int i = 0; i < copies; i++) {
		if (params != NULL) {
			spdk_json_write_val(w, params);
		} else {
			spdk_json_write_string(w, "no parameters");
		}
	}
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(request, w);
}

static void
handle(struct spdk_jsonrpc_request *request, const struct spdk_json_val *method,
       const struct spdk_json_val *params)
{
	bool is_queued = false;

	if (spdk_json_strequal(method, "later")) {
		pthread_mutex_lock(&g_lock);
		is_queued = g_queued < QUEUE_MAX;
		if (is_queued) {
			g_queue[g_queued++] = request;
		}
		pthread_mutex_unlock(&g_lock);
	}
	if (!is_queued) {
		answer(request, params, spdk_json_strequal(method, "big") ? 5000 : 1);
	}
}

static void *
work(void *arg)
{
	struct spdk_jsonrpc_request *request;
	bool is_over = false;

	while (!is_over) {
		pthread_mutex_lock(&g_lock);
		request = g_queued > 0 ? g_queue[--g_queued] : NULL;
		pthread_mutex_unlock(&g_lock);
		is_over = request == NULL && atomic_load(&g_is_over);
		if (request == NULL) {
			sched_yield();
		} else if ((uintptr_t)request / 64 % 8 == 0) {
			spdk_jsonrpc_send_error_response_fmt(request, 1, "%s", "by chance");
		} else {
			answer(request, NULL, 1);
		}
	}
	return NULL;
}

static int
connect_client(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		fail(spdk_strerror(errno));
	}
	if (connect(fd, (struct sockaddr *)&g_address, sizeof(g_address)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Waits a little until the socket can do something. */
static bool
is_ready(int fd, short events)
{
	struct pollfd look = {.fd = fd, .events = events};

	return poll(&look, 1, 20) > 0;
}

static const char *const g_texts[] = {
	"{\"method\":\"echo\",\"params\":[1,{\"a\":\"\\u00e9\"}],\"id\":1}",
	"{\"method\":\"later\",\"id\":\"x\"} {\"method\":\"later\"}",
	"[{\"method\":\"later\",\"id\":1},{\"method\":\"echo\",\"id\":2},7,{\"method\":\"later\"}]",
	"{\"method\":\"big\",\"params\":[\"0123456789012345678901234567890123456789\"],\"id\":1}",
	"{\"method\":\"echo\",\"unknown\":1}",
	"[[[[[[[[[[[[[[[[[[",
	"{\"method\":\"\xff\"}",
	"GET / HTTP/1.1\r\n\r\n",
	"[]",
};

static void
send_text(int fd, const char *text, size_t piece)
{
	size_t size = strlen(text);

	for (size_t at = 0; at < size && !atomic_load(&g_is_ending);) {
		size_t length = size - at < piece ? size - at : piece;
		ssize_t sent = send(fd, text + at, length, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && (errno != EAGAIN || !is_ready(fd, POLLOUT))) {
			return;
		}
		at += sent > 0 ? (size_t)sent : 0;
	}
}

static void
take(int fd)
{
	char bytes[4096];

	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0) {
	}
}

/* One connection of a client that cannot be relied on. */
static void
misbehave(uint64_t *random)
{
	uint32_t count = random_below(random, 40);
	bool is_reader = random_below(random, 3) != 0;
	int fd = connect_client();

	if (fd < 0) {
		return;
	}
	atomic_fetch_add(&g_connections, 1);
	for (uint32_t i = 0; i < count; i++) {
		send_text(fd, g_texts[random_below(random, sizeof(g_texts) / sizeof(g_texts[0]))],
			  1 + random_below(random, 64));
		if (is_reader) {
			take(fd);
		}
	}
	if (random_below(random, 2) == 0) {
		(void)shutdown(fd, SHUT_WR);
		(void)is_ready(fd, POLLIN);
		take(fd);
	}
	close(fd);
}

static void *
be_client(void *arg)
{
	uint64_t random = (uintptr_t)arg * 7919;

	while (!atomic_load(&g_is_ending)) {
		misbehave(&random);
	}
	return NULL;
}

/* Reads a line within LATE_SEC; false when the server has ended. */
static bool
read_line(int fd, char *line, size_t size)
{
	struct timespec begin, now;
	size_t at = 0;
	ssize_t got;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		got = is_ready(fd, POLLIN) ? recv(fd, line + at, size - 1 - at, MSG_DONTWAIT) : 0;
		if (atomic_load(&g_is_ending)) {
			return false;
		}
		at += got > 0 ? (size_t)got : 0;
		line[at] = '\0';
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec - begin.tv_sec > LATE_SEC) {
			fail("an answer has not come in time");
		}
	} while (strchr(line, '\n') == NULL && at < size - 1);
	return true;
}

static void *
be_good(void *arg)
{
	char sent[128], expected[128], line[1024];
	int fd = connect_client();

	if (fd < 0) {
		fail("the good client cannot connect");
	}
	for (unsigned long i = 0; !atomic_load(&g_is_ending); i++) {
		snprintf(sent, sizeof(sent), "{\"method\":\"echo\",\"params\":[%lu],\"id\":%lu}", i,
			 i);
		snprintf(expected, sizeof(expected),
			 "{\"jsonrpc\":\"2.0\",\"id\":%lu,\"result\":[[%lu]]}\n", i, i);
		send_text(fd, sent, sizeof(sent));
		if (!read_line(fd, line, sizeof(line))) {
			break;
		}
		if (strcmp(line, expected) != 0) {
			fprintf(stderr, "sent: %s\nreceived: %s", sent, line);
			fail("the answer is wrong");
		}
		atomic_fetch_add(&g_good_answers, 1);
	}
	close(fd);
	return NULL;
}

static int
count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	while (directory != NULL && readdir(directory) != NULL) {
		count++;
	}
	closedir(directory);
	return count;
}

static size_t
resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long total = 0, resident = 0;

	if (file == NULL || fscanf(file, "%lu %lu", &total, &resident) != 2) {
		fail("no /proc/self/statm");
	}
	fclose(file);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static void
storm(struct spdk_jsonrpc_server *server, int seconds, int clients)
{
	pthread_t threads[CLIENTS_MAX + WORKERS + 1];
	struct timespec begin, now;
	int count = 0;

	for (int i = 0; i < WORKERS; i++) {
		pthread_create(&threads[count++], NULL, work, NULL);
	}
	pthread_create(&threads[count++], NULL, be_good, NULL);
	for (int i = 0; i < clients; i++) {
		pthread_create(&threads[count++], NULL, be_client, (void *)(uintptr_t)(i + 1));
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		for (int i = 0; i < 1000; i++) {
			spdk_jsonrpc_server_poll(server);
			sched_yield();
		}
		if (resident_bytes() > RESIDENT_MAX) {
			fail("it takes too much memory");
		}
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - begin.tv_sec < seconds);
	/* With requests under way; they are answered by the workers before these end. */
	atomic_store(&g_is_ending, true);
	spdk_jsonrpc_server_shutdown(server);
	atomic_store(&g_is_over, true);
	for (int i = 0; i < count; i++) {
		pthread_join(threads[i], NULL);
	}
}

int
main(int argc, char **argv)
{
	int seconds = argc > 1 ? (int)spdk_strtol(argv[1], 10) : 2;
	int clients = argc > 2 ? (int)spdk_strtol(argv[2], 10) : 16;
	struct spdk_jsonrpc_server *server;
	int descriptors;

	if (seconds <= 0 || clients <= 0 || clients > CLIENTS_MAX) {
		fprintf(stderr, "usage: jsonrpc_storm [SECONDS [CLIENTS]], up to %d clients\n",
			CLIENTS_MAX);
		return 2;
	}
	spdk_log_set_print_level(SPDK_LOG_ERROR);
	/* An address without a file. */
	snprintf(g_address.sun_path + 1, sizeof(g_address.sun_path) - 1, "spindle_storm.%d",
		 (int)getpid());
	descriptors = count_descriptors();
	server = spdk_jsonrpc_server_listen(AF_UNIX, 0, (struct sockaddr *)&g_address,
					    sizeof(g_address), handle);
	if (server == NULL) {
		return 1;
	}
	storm(server, seconds, clients);
	if (count_descriptors() != descriptors) {
		fail("a descriptor is left over");
	}
	printf("%lu connections, %lu good answers, %zu MiB\n", atomic_load(&g_connections),
	       atomic_load(&g_good_answers), resident_bytes() >> 20);
	return atomic_load(&g_good_answers) > 0 ? 0 : 1;
}
