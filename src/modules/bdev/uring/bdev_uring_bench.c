/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bdev_uring_bench [FOLDER]: 4 KiB random reads of a file, 128 at a time, one core: by a bdev of
 * io_uring, by a bare loop around io_uring that does nothing else, and by fio, of which the first
 * must reach most. One after the other in rounds, so that all of them meet the same weather. On a
 * disk the disk decides; a file in tmpfs (/dev/shm) shows what the way there costs.
 */
#include <fcntl.h>
#include <liburing.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "modules/bdev/uring/bdev_uring.h"
#include "spdk/accel.h"
#include "spdk/bdev.h"
#include "spdk/env.h"
#include "spdk/thread.h"
#include "spdk/util.h"
#include "spindle/run_queue.h"

#define DEPTH     128
#define BLOCK     4096
#define FILE_SIZE (256u * 1024 * 1024)
#define ROUNDS    7
#define ROUND_MS  1000
#define LIMIT     0.95 /* of what fio reads */

static char g_path[512];
static uint8_t *g_bufs;
static uint64_t g_seed = 1;
static struct spindle_run_queue *g_queue;
static struct spdk_thread *g_thread;

static uint64_t
random_block(void)
{
	g_seed = g_seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (g_seed >> 33) % (FILE_SIZE / BLOCK);
}

static void
check(bool is_so, const char *what)
{
	if (!is_so) {
		fprintf(stderr, "bdev_uring_bench: %s failed\n", what);
		exit(1);
	}
}

/* I/Os in a second, and the CPU time that each took. */
struct figure {
	double per_second;
	double cpu_ns;
};

static uint64_t
cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * SPDK_SEC_TO_NSEC + (uint64_t)now.tv_nsec;
}

static struct figure
figure_of(uint64_t ios, uint64_t ticks, uint64_t cpu)
{
	double seconds = (double)ticks / (double)spdk_get_ticks_hz();

	return (struct figure){(double)ios / seconds, (double)cpu / (double)spdk_max(ios, 1)};
}

/* ---- A bare loop ---- */

static void
prepare(struct io_uring *ring, int fd, uintptr_t slot)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_read(sqe, fd, g_bufs + slot * BLOCK, BLOCK, random_block() * BLOCK);
	io_uring_sqe_set_data(sqe, (void *)slot);
}

static struct figure
run_bare(void)
{
	struct io_uring_params params = {.flags = IORING_SETUP_COOP_TASKRUN |
						  IORING_SETUP_SINGLE_ISSUER |
						  IORING_SETUP_DEFER_TASKRUN};
	uint64_t begin, end, cpu, ios = 0;
	struct io_uring_cqe *cqes[DEPTH];
	int fd = open(g_path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	struct io_uring ring;
	unsigned int count, i;

	check(fd >= 0, "open");
	if (io_uring_queue_init_params(DEPTH, &ring, &params) != 0) {
		check(io_uring_queue_init(DEPTH, &ring, 0) == 0, "io_uring_queue_init");
	}
	for (i = 0; i < DEPTH; i++) {
		prepare(&ring, fd, i);
	}
	begin = spdk_get_ticks();
	cpu = cpu_ns();
	end = begin + ROUND_MS * spdk_get_ticks_hz() / 1000;
	while (spdk_get_ticks() < end) {
		check(io_uring_submit_and_wait(&ring, 1) >= 0, "io_uring_submit_and_wait");
		count = io_uring_peek_batch_cqe(&ring, cqes, DEPTH);
		for (i = 0; i < count; i++) {
			check(cqes[i]->res == BLOCK, "a read");
			prepare(&ring, fd, (uintptr_t)cqes[i]->user_data);
		}
		io_uring_cq_advance(&ring, count);
		ios += count;
	}
	cpu = cpu_ns() - cpu;
	end = spdk_get_ticks();
	io_uring_queue_exit(&ring);
	close(fd);
	return figure_of(ios, end - begin, cpu);
}

/* ---- A bdev ---- */

struct run {
	struct spdk_bdev_desc *desc;
	struct spdk_io_channel *ch;
	uint64_t ios;
	uint32_t in_flight;
	bool is_ending;
};

struct slot {
	struct run *run;
	uint8_t *buf;
};

static void read_one(struct slot *slot);

static void
read_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct slot *slot = arg;

	check(success, "a read by a bdev");
	spdk_bdev_free_io(io);
	slot->run->ios++;
	slot->run->in_flight--;
	if (!slot->run->is_ending) {
		read_one(slot);
	}
}

static void
read_one(struct slot *slot)
{
	slot->run->in_flight++;
	check(spdk_bdev_read_blocks(slot->run->desc, slot->run->ch, slot->buf, random_block(), 1,
				    read_done, slot) == 0,
	      "spdk_bdev_read_blocks");
}

static void
turn(void)
{
	if (spindle_run_queue_turn(g_queue) == 0) {
		(void)spindle_run_queue_park(
			g_queue, spdk_min(spindle_run_queue_next_deadline(g_queue),
					  spdk_get_ticks() + spdk_get_ticks_hz() / 1000));
	}
}

static void
ignore_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
}

static struct slot g_slots[DEPTH];

static void
begin_run(void *arg)
{
	struct run *run = arg;
	uint32_t i;

	check(spdk_bdev_open_ext("bench", false, ignore_event, NULL, &run->desc) == 0, "open");
	run->ch = spdk_bdev_get_io_channel(run->desc);
	check(run->ch != NULL, "a channel");
	for (i = 0; i < DEPTH; i++) {
		g_slots[i] = (struct slot){run, g_bufs + (size_t)i * BLOCK};
		read_one(&g_slots[i]);
	}
}

static void
note_gone(void *arg, int rc)
{
	*(bool *)arg = true;
}

static void
end_run(void *arg)
{
	struct run *run = arg;

	spdk_put_io_channel(run->ch);
	spdk_bdev_close(run->desc);
	run->desc = NULL;
}

struct deletion {
	struct file_module *module;
	bool is_done;
};

static void
delete_bdev(void *arg)
{
	struct deletion *deletion = arg;

	check(spdk_bdev_unregister_by_name("bench", deletion->module->bdev_module, note_gone,
					   &deletion->is_done) == 0,
	      "unregister");
}

static void
create_bdev(void *arg)
{
	struct file_bdev_opts opts = {
		.name = (char *)"bench", .filename = g_path, .block_size = BLOCK};
	struct bdev_reason reason = {""};

	if (file_bdev_create(arg, &opts, &reason) != 0) {
		check(false, reason.text);
	}
}

static struct figure
run_bdev(struct file_module *module)
{
	struct deletion deletion = {.module = module};
	struct run run = {0};
	uint64_t begin, end, cpu;

	spdk_thread_send_msg(g_thread, create_bdev, module);
	spdk_thread_send_msg(g_thread, begin_run, &run);
	while (run.in_flight < DEPTH) {
		turn();
	}
	run.ios = 0;
	begin = spdk_get_ticks();
	cpu = cpu_ns();
	end = begin + ROUND_MS * spdk_get_ticks_hz() / 1000;
	while (spdk_get_ticks() < end) {
		turn();
	}
	cpu = cpu_ns() - cpu;
	end = spdk_get_ticks();
	run.is_ending = true;
	begin = end - begin;
	end = run.ios;
	while (run.in_flight > 0) {
		turn();
	}
	spdk_thread_send_msg(g_thread, end_run, &run);
	spdk_thread_send_msg(g_thread, delete_bdev, &deletion);
	while (!deletion.is_done) {
		turn();
	}
	return figure_of(end, begin, cpu);
}

/* ---- fio ---- */

/* I/Os in a second; 0: there is no fio. */
static struct figure
run_fio(void)
{
	struct figure figure = {0};
	char command[1024], *line = NULL, *field;
	size_t size = 0;
	FILE *output;
	int i;

	snprintf(command, sizeof(command),
		 "fio --name=bench --filename=%s --size=%u --rw=randread --bs=4k --iodepth=%d "
		 "--ioengine=io_uring --direct=1 --runtime=1 --time_based --minimal "
		 "--cpus_allowed=0 2>/dev/null",
		 g_path, FILE_SIZE, DEPTH);
	output = popen(command, "r");
	if (output != NULL && getline(&line, &size, output) > 0) {
		/* The eighth of its fields. */
		field = line;
		for (i = 0; i < 7 && field != NULL; i++) {
			field = strchr(field, ';');
			field = field != NULL ? field + 1 : NULL;
		}
		figure.per_second = field != NULL ? strtod(field, NULL) : 0;
	}
	free(line);
	if (output != NULL) {
		pclose(output);
	}
	return figure;
}

/* ---- All of them ---- */

static int
compare(const void *a, const void *b)
{
	double left = ((const struct figure *)a)->per_second;
	double right = ((const struct figure *)b)->per_second;

	return left < right ? -1 : left > right;
}

static struct figure
median(struct figure *figures)
{
	qsort(figures, ROUNDS, sizeof(*figures), compare);
	return figures[ROUNDS / 2];
}

static void
print(const char *name, struct figure figure, double reference)
{
	printf("%-22s %9.0f I/O/s %7.0f ns CPU an I/O  %5.2f\n", name, figure.per_second,
	       figure.cpu_ns, reference > 0 ? figure.per_second / reference : 0);
}

static void
make_file(const char *folder)
{
	uint32_t offset, i;
	int fd;

	snprintf(g_path, sizeof(g_path), "%s/bdev_uring_bench.XXXXXX", folder);
	fd = mkstemp(g_path);
	check(fd >= 0, "mkstemp");
	for (i = 0; i < DEPTH * BLOCK; i++) {
		g_bufs[i] = (uint8_t)(i * 31);
	}
	for (offset = 0; offset < FILE_SIZE; offset += DEPTH * BLOCK) {
		check(write(fd, g_bufs, (size_t)DEPTH * BLOCK) == (ssize_t)DEPTH * BLOCK, "write");
	}
	check(fsync(fd) == 0, "fsync");
	close(fd);
}

static void
note_done(void *arg)
{
	*(bool *)arg = true;
}

static void
note_initialized(void *arg, int rc)
{
	*(bool *)arg = rc == 0;
}

static void
open_layer(void *arg)
{
	check(spdk_iobuf_initialize() == 0 && spdk_accel_initialize() == 0, "initialize");
	spdk_bdev_initialize(note_initialized, arg);
}

static void
close_layer(void *arg)
{
	spdk_bdev_finish(note_done, arg);
}

static void
wait_for(bool *is_done)
{
	while (!*is_done) {
		turn();
	}
	*is_done = false;
}

/* Whether the limit was kept. */
static bool
run_all(void)
{
	static struct figure bare[ROUNDS], uring[ROUNDS], fio[ROUNDS];
	struct figure reference, ours, theirs;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		bare[i] = run_bare();
		uring[i] = run_bdev(&g_uring_module);
		fio[i] = run_fio();
	}
	reference = median(bare);
	print("bare io_uring", reference, reference.per_second);
	ours = median(uring);
	theirs = median(fio);
	print("bdev uring", ours, reference.per_second);
	if (theirs.per_second == 0) {
		printf("no comparison: fio is not installed, or cannot use io_uring here\n");
		return true;
	}
	print("fio, io_uring", theirs, reference.per_second);
	printf("bdev uring / fio: %.3f  limit >= %.3f  %s\n", ours.per_second / theirs.per_second,
	       LIMIT, ours.per_second >= LIMIT * theirs.per_second ? "ok" : "MISSED");
	return ours.per_second >= LIMIT * theirs.per_second;
}

int
main(int argc, char **argv)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};
	bool is_done = false, is_ok;

	spdk_env_opts_init(&opts);
	opts.name = "bdev_uring_bench";
	check(spdk_env_init(&opts) == 0, "spdk_env_init");
	check(spdk_thread_lib_init(NULL, 0) == 0, "spdk_thread_lib_init");
	check(posix_memalign((void **)&g_bufs, BLOCK, (size_t)DEPTH * BLOCK) == 0, "memory");
	make_file(argc > 1 ? argv[1] : "/tmp");
	check(spindle_run_queue_create(&g_queue) == 0, "a run queue");
	g_thread = spdk_thread_create("bench", NULL);
	check(spindle_run_queue_add(g_queue, g_thread) == 0, "a thread");
	spdk_thread_send_msg(g_thread, open_layer, &is_done);
	wait_for(&is_done);
	printf("%s: 4 KiB random reads, depth %d, medians of %d rounds\n", g_path, DEPTH, ROUNDS);
	is_ok = run_all();
	unlink(g_path);
	spdk_thread_send_msg(g_thread, close_layer, &is_done);
	wait_for(&is_done);
	free(g_bufs);
	return is_ok ? 0 : 1;
}
