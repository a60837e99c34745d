/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * load_guest: I/Os of random kinds on a block device by several threads, each of them counted.
 *
 *   load_guest -c CONFIG -b NAME [-N NAME] [-T SECONDS] [-S FILE] [-V]
 *
 * Each slot has an area of its own and one I/O at a time, so it knows what is on each of its
 * blocks. Blocks that a failed write, or one that has not ended, may have reached are unknown. With
 * -S that table is a file, and what a process that was killed has written is checked by the next.
 * -V writes nothing: all that is known is read once.
 *
 * When the device goes, the round ends. With -N the first one goes on until then, and the next one
 * begins when that device comes. SIGUSR1 ends the round. Each ends with a line of JSON. Exit
 * status 3: I/Os did not end in time.
 */
#include "spdk/bdev.h"
#include "spdk/env.h"
#include "spdk/event.h"
#include "spdk/log.h"
#include "spdk/stdinc.h"
#include "spdk/string.h"
#include "spdk/thread.h"

#include <signal.h>
#include <sys/mman.h>

#define WORKERS       3u
#define SLOTS         8u
#define AREA_BLOCKS   64u
#define STATUSES_MAX  32u
#define IOS_MAX       (1u << 20)
#define UNKNOWN       UINT32_MAX
#define END_S         60u
#define COME_S        60u
#define FAILED_WAIT_S 0.001

enum kind { READ, WRITE, WRITE_ZEROES, UNMAP, FLUSH, KIND_COUNT };

struct worker;

struct slot {
	struct worker *worker;
	uint32_t *versions;
	uint32_t *last_version;
	uint64_t start;
	char *buf;
	struct iovec iovs[2];
	enum kind kind;
	uint32_t offset;
	uint32_t count;
	uint32_t version;
	/* Of the blocks that were read for the last check. */
	uint32_t checked;
	bool is_busy;
	uint64_t not_before;
};

/* Kept until the end of the round, so that a second callback is seen whenever it comes. */
struct record {
	struct slot *slot;
	uint32_t calls;
};

struct status {
	int sct;
	int sc;
	uint64_t count;
};

struct worker {
	struct spdk_thread *thread;
	struct spdk_io_channel *channel;
	struct spdk_poller *poller;
	struct slot slots[SLOTS];
	struct record *records;
	uint32_t count;
	uint64_t submitted[KIND_COUNT];
	uint64_t refused;
	uint64_t wrong;
	struct status statuses[STATUSES_MAX];
	uint64_t random;
	bool is_checking;
};

static struct {
	const char *name;
	const char *next_name;
	const char *state_path;
	double seconds;
	bool is_check;
	struct worker workers[WORKERS];
	struct spdk_bdev_desc *desc;
	struct spdk_poller *poller;
	uint32_t block_size;
	uint32_t running;
	uint64_t end_at;
	uint64_t give_up_at;
	bool is_removed;
	/* Of all blocks, then for each slot that of its last write. */
	uint32_t *versions;
} g = {.name = "Nvme0n1", .seconds = 3};

static volatile sig_atomic_t g_is_asked_to_end;

/* ---- What is on a block ---- */

static uint64_t
word_at(uint64_t block, uint32_t version, uint32_t i)
{
	return version == 0 ? 0 : (block << 32 | version) * 0x9e3779b97f4a7c15 + i;
}

static void
fill(struct slot *slot)
{
	uint32_t block, i, words = g.block_size / sizeof(uint64_t);
	uint64_t *word = (uint64_t *)slot->buf;

	for (block = slot->offset; block < slot->offset + slot->count; block++) {
		for (i = 0; i < words; i++) {
			*word++ = word_at(slot->start + block, slot->version, i);
		}
	}
}

static void
check(struct slot *slot)
{
	uint32_t block, i, words = g.block_size / sizeof(uint64_t);
	const uint64_t *word = (const uint64_t *)slot->buf;

	for (block = slot->offset; block < slot->offset + slot->count; block++, word += words) {
		if (slot->versions[block] == UNKNOWN) {
			continue;
		}
		for (i = 0; i < words; i++) {
			if (word[i] == word_at(slot->start + block, slot->versions[block], i)) {
				continue;
			}
			printf("wrong: block %" PRIu64 " word %u is %" PRIx64
			       ", not that of version %u\n",
			       slot->start + block, i, word[i], slot->versions[block]);
			slot->worker->wrong++;
			break;
		}
	}
}

static void
set_versions(struct slot *slot, uint32_t version)
{
	uint32_t block;

	for (block = slot->offset; block < slot->offset + slot->count; block++) {
		slot->versions[block] = version;
	}
}

/* ---- An I/O ---- */

static void
count_status(struct worker *worker, struct spdk_bdev_io *io)
{
	struct status *status = worker->statuses;
	uint32_t cdw0;
	int sct, sc;

	spdk_bdev_io_get_nvme_status(io, &cdw0, &sct, &sc);
	while (status->count != 0 && (status->sct != sct || status->sc != sc)) {
		status++;
		if (status == worker->statuses + STATUSES_MAX) {
			fprintf(stderr, "more than %u different statuses\n", STATUSES_MAX);
			abort();
		}
	}
	*status = (struct status){sct, sc, status->count + 1};
}

static void
done(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct record *record = arg;
	struct slot *slot = record->slot;
	struct worker *worker = slot->worker;

	record->calls++;
	if (record->calls > 1) {
		return; /* The I/O is not ours any more. */
	}
	count_status(worker, io);
	spdk_bdev_free_io(io);
	if (spdk_get_thread() != worker->thread) {
		fprintf(stderr, "a callback on a thread that has not submitted\n");
		abort();
	}
	slot->is_busy = false;
	if (!success) {
		slot->not_before =
			spdk_get_ticks() + (uint64_t)(spdk_get_ticks_hz() * FAILED_WAIT_S);
	} else if (slot->kind == READ) {
		check(slot);
		slot->checked += worker->is_checking ? slot->count : 0;
	} else if (slot->kind == WRITE || slot->kind == WRITE_ZEROES) {
		set_versions(slot, slot->version);
	}
}

static int
submit(struct slot *slot, struct record *record)
{
	uint64_t first = slot->start + slot->offset;
	struct spdk_io_channel *channel = slot->worker->channel;

	switch (slot->kind) {
	case READ:
		return spdk_bdev_readv_blocks(g.desc, channel, slot->iovs, 2, first, slot->count,
					      done, record);
	case WRITE:
		return spdk_bdev_writev_blocks(g.desc, channel, slot->iovs, 2, first, slot->count,
					       done, record);
	case WRITE_ZEROES:
		return spdk_bdev_write_zeroes_blocks(g.desc, channel, first, slot->count, done,
						     record);
	case UNMAP:
		return spdk_bdev_unmap_blocks(g.desc, channel, first, slot->count, done, record);
	default:
		return spdk_bdev_flush_blocks(g.desc, channel, first, slot->count, done, record);
	}
}

static void
prepare(struct slot *slot)
{
	uint32_t cut = slot->count / 2 * g.block_size;

	slot->iovs[0] = (struct iovec){slot->buf, cut != 0 ? cut : g.block_size / 2};
	slot->iovs[1].iov_base = slot->buf + slot->iovs[0].iov_len;
	slot->iovs[1].iov_len = slot->count * g.block_size - slot->iovs[0].iov_len;
	if (slot->kind == READ) {
		memset(slot->buf, 0xa5, (size_t)slot->count * g.block_size);
		return;
	}
	if (slot->kind == FLUSH) {
		return;
	}
	set_versions(slot, UNKNOWN);
	slot->version = 0;
	if (slot->kind == WRITE) {
		slot->version = ++*slot->last_version;
		fill(slot);
	}
}

static void
start_io(struct slot *slot)
{
	struct worker *worker = slot->worker;
	struct record *record = &worker->records[worker->count];

	if (worker->count == IOS_MAX) {
		fprintf(stderr, "more than %u I/Os of a thread\n", IOS_MAX);
		abort();
	}
	prepare(slot);
	*record = (struct record){slot, 0};
	slot->is_busy = true;
	if (submit(slot, record) != 0) {
		/* Its callback must not come; the record is used for the next. */
		slot->is_busy = false;
		slot->not_before = spdk_get_ticks() + spdk_get_ticks_hz() / 1000;
		worker->refused++;
		return;
	}
	worker->submitted[slot->kind]++;
	worker->count++;
}

/* ---- A thread ---- */

static uint32_t
draw(struct worker *worker, uint32_t limit)
{
	worker->random ^= worker->random << 13;
	worker->random ^= worker->random >> 7;
	worker->random ^= worker->random << 17;
	return (uint32_t)(worker->random >> 32) % limit;
}

static void
choose(struct slot *slot)
{
	static const enum kind kinds[] = {READ,  READ,         READ,  WRITE, WRITE,
					  WRITE, WRITE_ZEROES, UNMAP, FLUSH};
	struct worker *worker = slot->worker;

	slot->kind = kinds[draw(worker, SPDK_COUNTOF(kinds))];
	slot->count = 1 + draw(worker, draw(worker, 4) == 0 ? AREA_BLOCKS : 8);
	slot->offset = draw(worker, AREA_BLOCKS - slot->count + 1);
}

static void
ended(void *arg)
{
	g.running--;
}

static void
leave(struct worker *worker)
{
	spdk_poller_unregister(&worker->poller);
	spdk_put_io_channel(worker->channel);
	worker->channel = NULL;
	spdk_thread_send_msg(spdk_thread_get_app_thread(), ended, NULL);
}

/* The whole area in one read. */
static bool
start_check(struct slot *slot)
{
	if (slot->checked >= AREA_BLOCKS || __atomic_load_n(&g.is_removed, __ATOMIC_RELAXED)) {
		return false;
	}
	slot->kind = READ;
	slot->offset = 0;
	slot->count = AREA_BLOCKS;
	start_io(slot);
	return true;
}

static int
work(void *arg)
{
	struct worker *worker = arg;
	uint64_t now = spdk_get_ticks();
	bool is_over = __atomic_load_n(&g.is_removed, __ATOMIC_RELAXED) || g.is_check ||
		       now >= __atomic_load_n(&g.end_at, __ATOMIC_RELAXED);
	uint32_t busy = 0, i;

	for (i = 0; i < SLOTS; i++) {
		struct slot *slot = &worker->slots[i];

		if (!is_over && !slot->is_busy && now >= slot->not_before) {
			choose(slot);
			start_io(slot);
		} else if (worker->is_checking && !slot->is_busy && now < g.give_up_at &&
			   (now < slot->not_before || start_check(slot))) {
			busy++;
		}
		busy += slot->is_busy;
	}
	if (is_over && busy == 0) {
		if (worker->is_checking) {
			leave(worker);
		}
		worker->is_checking = true;
	}
	return SPDK_POLLER_BUSY;
}

static void
enter(void *arg)
{
	struct worker *worker = arg;
	uint32_t i;

	for (i = 0; i < SLOTS; i++) {
		worker->slots[i].checked = 0;
		worker->slots[i].not_before = 0;
	}
	worker->is_checking = false;
	worker->count = 0;
	worker->refused = worker->wrong = 0;
	memset(worker->submitted, 0, sizeof(worker->submitted));
	memset(worker->statuses, 0, sizeof(worker->statuses));
	worker->channel = spdk_bdev_get_io_channel(g.desc);
	if (worker->channel == NULL) {
		fprintf(stderr, "no channel\n");
		abort();
	}
	worker->poller = SPDK_POLLER_REGISTER(work, worker, 0);
}

static void
leave_thread(void *arg)
{
	(void)spdk_thread_exit(spdk_get_thread()); /* It ends when it can. */
}

/* ---- The summary ---- */

/* By thread; who reads it adds them up. */
static void
print_statuses(void)
{
	const char *comma = "";
	uint32_t i, j;

	for (i = 0; i < WORKERS; i++) {
		for (j = 0; j < STATUSES_MAX && g.workers[i].statuses[j].count != 0; j++) {
			const struct status *status = &g.workers[i].statuses[j];

			printf("%s[\"%x/%02x\", %" PRIu64 "]", comma, status->sct, status->sc,
			       status->count);
			comma = ", ";
		}
	}
}

static uint32_t
summarize(void)
{
	uint64_t submitted[KIND_COUNT] = {}, refused = 0, wrong = 0, total = 0;
	uint32_t lost = 0, twice = 0, checked = 0, known = 0, i, j;

	for (i = 0; i < WORKERS; i++) {
		const struct worker *worker = &g.workers[i];

		for (j = 0; j < KIND_COUNT; j++) {
			submitted[j] += worker->submitted[j];
			total += worker->submitted[j];
		}
		for (j = 0; j < worker->count; j++) {
			lost += worker->records[j].calls == 0;
			twice += worker->records[j].calls > 1;
		}
		for (j = 0; j < SLOTS; j++) {
			checked += worker->slots[j].checked >= AREA_BLOCKS;
		}
		refused += worker->refused;
		wrong += worker->wrong;
	}
	for (i = 0; i < WORKERS * SLOTS * AREA_BLOCKS; i++) {
		known += g.versions[i] != UNKNOWN;
	}
	printf("{\"bdev\": \"%s\", \"submitted\": %" PRIu64 ", \"kinds\": [%" PRIu64 ", %" PRIu64
	       ", %" PRIu64 ", %" PRIu64 ", %" PRIu64 "], \"refused\": %" PRIu64
	       ", \"lost\": %u, \"twice\": %u, \"wrong\": %" PRIu64
	       ", \"unchecked\": %u, \"known\": %u, \"removed\": %s, \"statuses\": [",
	       g.name, total, submitted[0], submitted[1], submitted[2], submitted[3], submitted[4],
	       refused, lost, twice, wrong, WORKERS * SLOTS - checked, known,
	       g.is_removed ? "true" : "false");
	print_statuses();
	printf("]}\n");
	fflush(stdout);
	return lost;
}

/* ---- Rounds ---- */

static int begin(void *arg);

static void
stop(int rc)
{
	uint32_t i;

	for (i = 0; i < WORKERS; i++) {
		spdk_thread_send_msg(g.workers[i].thread, leave_thread, NULL);
	}
	spdk_app_stop(rc);
}

static int
watch(void *arg)
{
	if (g.running != 0) {
		if (g_is_asked_to_end != 0) {
			__atomic_store_n(&g.end_at, 0, __ATOMIC_RELAXED);
		}
		if (spdk_get_ticks() > g.give_up_at + 5 * spdk_get_ticks_hz()) {
			(void)summarize();
			_exit(3);
		}
		return SPDK_POLLER_IDLE;
	}
	spdk_poller_unregister(&g.poller);
	spdk_bdev_close(g.desc);
	(void)summarize();
	if (g.next_name == NULL) {
		stop(0);
		return SPDK_POLLER_BUSY;
	}
	g.name = g.next_name;
	g.next_name = NULL;
	g.give_up_at = spdk_get_ticks() + COME_S * spdk_get_ticks_hz();
	g.poller = SPDK_POLLER_REGISTER(begin, NULL, 20000);
	return SPDK_POLLER_BUSY;
}

static void
note_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *arg)
{
	if (type == SPDK_BDEV_EVENT_REMOVE) {
		printf("removed %s\n", spdk_bdev_get_name(bdev));
		fflush(stdout);
		__atomic_store_n(&g.is_removed, true, __ATOMIC_RELAXED);
	}
}

static int
begin(void *arg)
{
	uint32_t i;
	double seconds;
	int rc = spdk_bdev_open_ext(g.name, true, note_event, NULL, &g.desc);

	if (rc != 0) {
		if (spdk_get_ticks() > g.give_up_at) {
			fprintf(stderr, "there is no %s: %s\n", g.name, spdk_strerror(-rc));
			spdk_poller_unregister(&g.poller);
			stop(rc);
		}
		return SPDK_POLLER_IDLE;
	}
	spdk_poller_unregister(&g.poller);
	g.is_removed = false;
	g.block_size = spdk_bdev_get_block_size(spdk_bdev_desc_get_bdev(g.desc));
	g.running = WORKERS;
	seconds = g.next_name != NULL ? COME_S : g.seconds;
	g.end_at = spdk_get_ticks() + (uint64_t)(seconds * spdk_get_ticks_hz());
	g.give_up_at = g.end_at + END_S * spdk_get_ticks_hz();
	printf("running %s\n", g.name);
	fflush(stdout);
	for (i = 0; i < WORKERS; i++) {
		spdk_thread_send_msg(g.workers[i].thread, enter, &g.workers[i]);
	}
	g.poller = SPDK_POLLER_REGISTER(watch, NULL, 1000);
	return SPDK_POLLER_BUSY;
}

/* ---- The program ---- */

static uint32_t *
map_state(void)
{
	size_t count = WORKERS * SLOTS * (AREA_BLOCKS + 1), i;
	struct stat stat = {};
	uint32_t *versions;
	int fd = -1;

	if (g.state_path != NULL) {
		fd = open(g.state_path, O_RDWR | O_CREAT, 0600);
		if (fd < 0 || fstat(fd, &stat) != 0 || ftruncate(fd, (off_t)(count * 4)) != 0) {
			return NULL;
		}
	}
	versions = mmap(NULL, count * 4, PROT_READ | PROT_WRITE,
			MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
	if (versions == MAP_FAILED) {
		return NULL;
	}
	for (i = 0; stat.st_size == 0 && i < WORKERS * SLOTS * AREA_BLOCKS; i++) {
		versions[i] = UNKNOWN;
	}
	return versions;
}

static int
make_worker(struct worker *worker, uint32_t index)
{
	char name[16];
	uint32_t i;

	(void)snprintf(name, sizeof(name), "load%u", index);
	worker->thread = spdk_thread_create(name, NULL);
	/* Untouched pages cost nothing. */
	worker->records = mmap(NULL, IOS_MAX * sizeof(struct record), PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	worker->random = 0x1234567 + index;
	if (worker->thread == NULL || worker->records == MAP_FAILED) {
		return -ENOMEM;
	}
	for (i = 0; i < SLOTS; i++) {
		struct slot *slot = &worker->slots[i];
		uint32_t number = index * SLOTS + i;

		slot->worker = worker;
		slot->start = (uint64_t)number * AREA_BLOCKS;
		slot->versions = g.versions + slot->start;
		slot->last_version = g.versions + WORKERS * SLOTS * AREA_BLOCKS + number;
		slot->buf = spdk_dma_malloc((size_t)AREA_BLOCKS * 512, 4096, NULL);
		if (slot->buf == NULL) {
			return -ENOMEM;
		}
	}
	return 0;
}

static void
start(void *arg)
{
	uint32_t i;

	g.versions = map_state();
	for (i = 0; g.versions != NULL && i < WORKERS; i++) {
		if (make_worker(&g.workers[i], i) != 0) {
			break;
		}
	}
	if (i != WORKERS) {
		fprintf(stderr, "no memory, or no file %s: %s\n",
			g.state_path != NULL ? g.state_path : "", spdk_strerror(errno));
		spdk_app_stop(-ENOMEM);
		return;
	}
	(void)begin(NULL);
	if (g.desc == NULL) {
		fprintf(stderr, "there is no %s\n", g.name);
		stop(-ENODEV);
	}
}

static void
ask_to_end(int signal_number)
{
	g_is_asked_to_end = 1;
}

static int
parse_option(int option, char *value)
{
	switch (option) {
	case 'b':
		g.name = value;
		return 0;
	case 'N':
		g.next_name = value;
		return 0;
	case 'T':
		g.seconds = atof(value);
		return 0;
	case 'S':
		g.state_path = value;
		return 0;
	case 'V':
		g.is_check = true;
		return 0;
	default:
		return -EINVAL;
	}
}

static void
print_options(void)
{
	printf(" -b NAME      the block device\n"
	       " -N NAME      the one of the next round\n"
	       " -T SECONDS   how long a round is\n"
	       " -S FILE      keeps what is on the blocks\n"
	       " -V           only checks what is on the blocks\n");
}

int
main(int argc, char **argv)
{
	struct spdk_app_opts opts = {};
	uint32_t i;
	int rc;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "load_guest";
	rc = spdk_app_parse_args(argc, argv, &opts, "b:N:T:S:V", NULL, parse_option, print_options);
	if (rc != SPDK_APP_PARSE_ARGS_SUCCESS) {
		return rc == SPDK_APP_PARSE_ARGS_HELP ? 0 : 1;
	}
	(void)signal(SIGUSR1, ask_to_end); /* A signal that exists can be handled. */
	rc = spdk_app_start(&opts, start, NULL);
	for (i = 0; i < WORKERS * SLOTS; i++) {
		spdk_dma_free(g.workers[i / SLOTS].slots[i % SLOTS].buf);
	}
	spdk_app_fini();
	return rc != 0;
}
