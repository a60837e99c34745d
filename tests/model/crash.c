/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writes to a file through a block device, by a process that is killed in the midst of it. What it
 * had said to be flushed must be in the file afterwards, and each block must be one that was
 * written whole.
 *
 *   bdev_crash aio|uring ROUNDS [FOLDER]
 *
 * The child gives each block a new generation over and over, many blocks at a time, each by one
 * write at a time. When it has flushed, it tells its parent the generation that each block had
 * reached before. The parent kills it after some of these, wherever it is then.
 */
#include "modules/bdev/aio/bdev_aio.h"
#include "modules/bdev/uring/bdev_uring.h"
#include "random.h"
#include "spdk/accel.h"
#include "spdk/bdev.h"
#include "spdk/env.h"
#include "spdk/stdinc.h"
#include "spdk/string.h"
#include "spdk/thread.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define BLOCK_SIZE 4096
#define BLOCKS     256
#define WORDS      (BLOCK_SIZE / sizeof(uint64_t))
#define DEPTH      24
#define BATCH      60 /* writes between flushes */
#define SKIPPED    77
/* More writes of one block than can be between what is told and the end. */
#define GENERATIONS_AHEAD 10000

/* What the file holds of a block. */
struct stamp {
	uint64_t block;
	uint64_t generation;
};

static void
stop(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	_exit(1);
}

/* ---- Blocks ---- */

static void
stamp_block(uint64_t *words, const struct stamp *stamp)
{
	size_t i;

	/* Generation 0 is the file as it was made. */
	for (i = 0; i < WORDS; i++) {
		words[i] = stamp->generation == 0 ?
				   0 :
				   (stamp->block << 40 ^ stamp->generation) * (2 * i + 1);
	}
}

static bool
is_stamped(const uint64_t *words, const struct stamp *stamp)
{
	uint64_t expected[WORDS];

	stamp_block(expected, stamp);
	return memcmp(words, expected, BLOCK_SIZE) == 0;
}

/* ---- The child ---- */

struct slot {
	uint64_t *data;
	struct stamp stamp;
	bool is_busy;
};

static struct {
	struct spdk_thread *thread;
	struct spdk_bdev_desc *desc;
	struct spdk_io_channel *ch;
	struct slot slots[DEPTH];
	/* Written for sure, and on its way; of each block. */
	uint64_t written[BLOCKS];
	uint64_t submitted[BLOCKS];
	/* `written` as it was when the flush was submitted. */
	uint64_t flushing[BLOCKS];
	bool is_flushing;
	uint32_t writes;
	int acks_fd;
	bool is_ready;
} g_child;

static void
note_ready(void *arg, int rc)
{
	if (rc != 0) {
		stop("the layer does not begin: %d", rc);
	}
	g_child.is_ready = true;
}

static void
note_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
}

static void
open_layer(void)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	opts.name = "bdev_crash";
	if (spdk_env_init(&opts) != 0 || spdk_thread_lib_init(NULL, 0) != 0) {
		stop("the environment does not begin");
	}
	g_child.thread = spdk_thread_create("child", NULL);
	spdk_set_thread(g_child.thread);
	if (spdk_iobuf_initialize() != 0 || spdk_accel_initialize() != 0) {
		stop("the layers below do not begin");
	}
	spdk_bdev_initialize(note_ready, NULL);
	while (!g_child.is_ready) {
		spdk_thread_poll(g_child.thread, 0, 0);
		spdk_set_thread(g_child.thread);
	}
}

static void
open_device(struct file_module *module, const char *path)
{
	struct file_bdev_opts opts = {
		.name = strdup("crash"), .filename = strdup(path), .block_size = BLOCK_SIZE};
	struct bdev_reason reason = {""};
	int rc = file_bdev_create(module, &opts, &reason);

	if (rc == -ENOTSUP || rc == -ENOSYS || rc == -EPERM) {
		_exit(SKIPPED);
	}
	if (rc != 0 || spdk_bdev_open_ext("crash", true, note_event, NULL, &g_child.desc) != 0) {
		stop("no device: %d, %s", rc, reason.text);
	}
	g_child.ch = spdk_bdev_get_io_channel(g_child.desc);
}

static void
write_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct slot *slot = arg;

	spdk_bdev_free_io(io);
	if (!success) {
		stop("a write of block %" PRIu64 " fails", slot->stamp.block);
	}
	g_child.written[slot->stamp.block] = slot->stamp.generation;
	slot->is_busy = false;
}

/* A block whose last write is over. */
static uint64_t
choose_block(void)
{
	uint64_t block;

	do {
		block = random_below(BLOCKS);
	} while (g_child.submitted[block] != g_child.written[block]);
	return block;
}

static void
write_block(struct slot *slot)
{
	slot->stamp.block = choose_block();
	slot->stamp.generation = ++g_child.submitted[slot->stamp.block];
	slot->is_busy = true;
	stamp_block(slot->data, &slot->stamp);
	if (spdk_bdev_write_blocks(g_child.desc, g_child.ch, slot->data, slot->stamp.block, 1,
				   write_done, slot) != 0) {
		stop("a write is refused");
	}
	g_child.writes++;
}

static void
flush_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	spdk_bdev_free_io(io);
	if (!success) {
		stop("a flush fails");
	}
	/* Less than what a pipe takes as a whole. */
	if (write(g_child.acks_fd, g_child.flushing, sizeof(g_child.flushing)) !=
	    (ssize_t)sizeof(g_child.flushing)) {
		_exit(0); /* Nobody listens any more. */
	}
	g_child.is_flushing = false;
}

static void
flush(void)
{
	g_child.is_flushing = true;
	g_child.writes = 0;
	memcpy(g_child.flushing, g_child.written, sizeof(g_child.flushing));
	if (spdk_bdev_flush_blocks(g_child.desc, g_child.ch, 0, BLOCKS, flush_done, NULL) != 0) {
		stop("a flush is refused");
	}
}

static void
be_child(struct file_module *module, const char *path, int acks_fd)
{
	uint32_t i;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	g_child.acks_fd = acks_fd;
	open_layer();
	open_device(module, path);
	for (i = 0; i < DEPTH; i++) {
		g_child.slots[i].data = spdk_dma_malloc(BLOCK_SIZE, BLOCK_SIZE, NULL);
	}
	for (;;) {
		spdk_set_thread(g_child.thread);
		for (i = 0; i < DEPTH; i++) {
			if (!g_child.slots[i].is_busy) {
				write_block(&g_child.slots[i]);
			}
		}
		if (g_child.writes >= BATCH && !g_child.is_flushing) {
			flush();
		}
		spdk_thread_poll(g_child.thread, 0, 0);
	}
}

/* ---- The parent ---- */

/* One acknowledgement. False: the child is gone. */
static bool
read_acks(int fd, uint64_t *generations)
{
	uint64_t next[BLOCKS];
	size_t done = 0;
	ssize_t part;

	while (done < sizeof(next)) {
		part = read(fd, (uint8_t *)next + done, sizeof(next) - done);
		if (part <= 0) {
			return false;
		}
		done += (size_t)part;
	}
	memcpy(generations, next, sizeof(next));
	return true;
}

/* The generation that a block has, or UINT64_MAX: it was not written like that. */
static uint64_t
generation_of(const uint64_t *words, uint64_t block, uint64_t generation_min)
{
	struct stamp stamp = {.block = block};
	uint64_t i;

	for (i = 0; i < GENERATIONS_AHEAD; i++) {
		stamp.generation = generation_min + i;
		if (is_stamped(words, &stamp)) {
			return stamp.generation;
		}
	}
	return UINT64_MAX;
}

/* How many blocks are newer than what was acknowledged. */
static uint32_t
check_file(const char *path, const uint64_t *acked)
{
	static uint64_t words[WORDS];
	uint64_t block, generation;
	uint32_t newer = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	for (block = 0; block < BLOCKS; block++) {
		if (pread(fd, words, BLOCK_SIZE, (off_t)(block * BLOCK_SIZE)) != BLOCK_SIZE) {
			stop("block %" PRIu64 " cannot be read", block);
		}
		generation = generation_of(words, block, acked[block]);
		if (generation == UINT64_MAX) {
			stop("block %" PRIu64 " is torn, or older than generation %" PRIu64
			     ", which was flushed",
			     block, acked[block]);
		}
		newer += generation > acked[block];
	}
	close(fd);
	return newer;
}

static void
make_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, (off_t)BLOCKS * BLOCK_SIZE) != 0) {
		stop("%s cannot be made: %s", path, strerror(errno));
	}
	close(fd);
}

/* Waits for some acknowledgements, and a little longer; then kills. Returns what was acknowledged.
 */
static void
let_live_and_kill(pid_t child, int fd, uint64_t *acked)
{
	uint64_t wanted = random_between(1, 30), i;
	int status;

	for (i = 0; i < wanted && read_acks(fd, acked); i++) {
	}
	usleep((useconds_t)random_below(3000));
	(void)kill(child, SIGKILL);
	while (read_acks(fd, acked)) {
	}
	if (waitpid(child, &status, 0) != child) {
		stop("the child is lost");
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
		printf("the engine is not there\n");
		exit(SKIPPED);
	}
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
		stop("the child ends by itself, with status %#x", status);
	}
}

static uint32_t
run_round(struct file_module *module, const char *path)
{
	uint64_t acked[BLOCKS] = {0};
	int fds[2];
	pid_t child;

	make_file(path);
	if (pipe(fds) != 0) {
		stop("no pipe");
	}
	fflush(stdout);
	child = fork();
	if (child == 0) {
		close(fds[0]);
		be_child(module, path, fds[1]);
	}
	close(fds[1]);
	let_live_and_kill(child, fds[0], acked);
	close(fds[0]);
	return check_file(path, acked);
}

int
main(int argc, char **argv)
{
	struct rlimit limit;
	const char *folder = argc > 3 ? argv[3] : "/tmp";
	struct file_module *module;
	uint64_t newer = 0;
	char path[PATH_MAX];
	long rounds, i;

	/* Rings are locked memory to some kernels, which take it back late. */
	if (argc > 1 && strcmp(argv[1], "uring") == 0 && geteuid() != 0 &&
	    getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur < 1024 * 1024) {
		printf("'ulimit -l' allows less locked memory than rings in a row need\n");
		return 77;
	}

	if (argc < 3 || (strcmp(argv[1], "aio") != 0 && strcmp(argv[1], "uring") != 0)) {
		fprintf(stderr, "usage: bdev_crash aio|uring ROUNDS [FOLDER]\n");
		return 2;
	}
	module = strcmp(argv[1], "aio") == 0 ? &g_aio_module : &g_uring_module;
	rounds = spdk_strtol(argv[2], 10);
	if (rounds <= 0) {
		stop("'%s' is no number of rounds", argv[2]);
	}
	(void)snprintf(path, sizeof(path), "%s/bdev_crash.%d", folder, getpid());
	for (i = 0; i < rounds; i++) {
		random_seed((uint64_t)i + 1);
		newer += run_round(module, path);
	}
	(void)unlink(path);
	printf("%s: %ld rounds, all that was flushed is there; %" PRIu64 " blocks were newer\n",
	       argv[1], rounds, newer);
	return 0;
}
