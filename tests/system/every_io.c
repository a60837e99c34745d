/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * every_io CONFIGURATION BDEV: does to a new device of at least 8 blocks of 512 bytes what it has
 * to be able to do, one I/O after the other, and looks at all of it after each: it has what was
 * written last, and zeroes elsewhere.
 *
 * `expected` is what the device should have; each step changes it as its I/O should.
 */
#include <spdk/bdev.h>
#include <spdk/env.h>
#include <spdk/event.h>
#include <spdk/stdinc.h>

#define BLOCK  512
#define BLOCKS 8

struct test {
	const char *name;
	struct spdk_bdev_desc *desc;
	struct spdk_io_channel *channel;
	uint8_t *buf;
	uint8_t expected[BLOCKS * BLOCK];
	struct iovec pieces[3];
	size_t step;
};

static void
finish(struct test *test, const char *complaint)
{
	if (complaint != NULL) {
		printf("step %zu: %s\n", test->step, complaint);
	} else {
		printf("every I/O: good\n");
	}
	spdk_dma_free(test->buf);
	if (test->channel != NULL) {
		spdk_put_io_channel(test->channel);
	}
	if (test->desc != NULL) {
		spdk_bdev_close(test->desc);
	}
	spdk_app_stop(complaint != NULL);
}

static int
do_nothing(struct test *test, spdk_bdev_io_completion_cb cb_fn)
{
	return spdk_bdev_flush_blocks(test->desc, test->channel, 0, BLOCKS, cb_fn, test);
}

/* Blocks 1 to 5, in pieces that do not end where blocks do. */
static int
do_write(struct test *test, spdk_bdev_io_completion_cb cb_fn)
{
	const size_t lengths[] = {100, 3 * BLOCK, 2 * BLOCK - 100};
	uint8_t *at = test->expected + BLOCK;
	size_t i;

	for (i = 0; i < 5 * BLOCK; i++) {
		at[i] = (uint8_t)(i * 7 + i / BLOCK + 1);
	}
	memcpy(test->buf, at, 5 * BLOCK);
	at = test->buf;
	for (i = 0; i < 3; i++) {
		test->pieces[i] = (struct iovec){.iov_base = at, .iov_len = lengths[i]};
		at += lengths[i];
	}
	return spdk_bdev_writev_blocks(test->desc, test->channel, test->pieces, 3, 1, 5, cb_fn,
				       test);
}

static int
do_write_zeroes(struct test *test, spdk_bdev_io_completion_cb cb_fn)
{
	memset(test->expected + BLOCK, 0, BLOCK);
	return spdk_bdev_write_zeroes_blocks(test->desc, test->channel, 1, 1, cb_fn, test);
}

static int
do_unmap(struct test *test, spdk_bdev_io_completion_cb cb_fn)
{
	memset(test->expected + 4 * BLOCK, 0, 2 * BLOCK);
	return spdk_bdev_unmap_blocks(test->desc, test->channel, 4, 2, cb_fn, test);
}

/* Done by the layer, with reads and writes. */
static int
do_copy(struct test *test, spdk_bdev_io_completion_cb cb_fn)
{
	memcpy(test->expected + 6 * BLOCK, test->expected + 2 * BLOCK, 2 * BLOCK);
	return spdk_bdev_copy_blocks(test->desc, test->channel, 6, 2, 2, cb_fn, test);
}

static int
do_reset(struct test *test, spdk_bdev_io_completion_cb cb_fn)
{
	return spdk_bdev_reset(test->desc, test->channel, cb_fn, test);
}

static int (*const g_steps[])(struct test *test, spdk_bdev_io_completion_cb cb_fn) = {
	do_nothing, do_write, do_write_zeroes, do_unmap, do_copy, do_reset,
};

static void do_step(struct test *test);

static void
read_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct test *test = arg;
	struct iovec *pieces;
	bool is_same;
	int count;

	/* The read brought no memory: the data is where the device has put it. */
	spdk_bdev_io_get_iovec(io, &pieces, &count);
	is_same = success && count == 1 && pieces[0].iov_len == sizeof(test->expected) &&
		  memcmp(pieces[0].iov_base, test->expected, sizeof(test->expected)) == 0;
	spdk_bdev_free_io(io);
	if (!is_same) {
		finish(test, "the device does not have what it should");
		return;
	}
	test->step++;
	if (test->step == SPDK_COUNTOF(g_steps)) {
		finish(test, NULL);
	} else {
		do_step(test);
	}
}

static void
step_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct test *test = arg;

	spdk_bdev_free_io(io);
	if (!success) {
		finish(test, "the I/O failed");
	} else if (spdk_bdev_read_blocks(test->desc, test->channel, NULL, 0, BLOCKS, read_done,
					 test) != 0) {
		finish(test, "the read was refused");
	}
}

static void
do_step(struct test *test)
{
	if (g_steps[test->step](test, step_done) != 0) {
		finish(test, "the I/O was refused");
	}
}

static void
ignore_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *arg)
{
}

static void
start(void *arg)
{
	struct test *test = arg;

	if (spdk_bdev_open_ext(test->name, true, ignore_event, NULL, &test->desc) != 0) {
		finish(test, "the device cannot be opened");
		return;
	}
	test->channel = spdk_bdev_get_io_channel(test->desc);
	test->buf = spdk_dma_zmalloc(sizeof(test->expected), 4096, NULL);
	if (test->channel == NULL || test->buf == NULL) {
		finish(test, "there is no memory");
		return;
	}
	do_step(test);
}

int
main(int argc, char **argv)
{
	static struct test test;
	struct spdk_app_opts opts;
	int rc;

	if (argc != 3) {
		return 1;
	}
	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "every_io";
	opts.json_config_file = argv[1];
	opts.rpc_addr = NULL;
	opts.reactor_mask = "0x1";
	opts.disable_cpumask_locks = true;
	test.name = argv[2];
	rc = spdk_app_start(&opts, start, &test);
	spdk_app_fini();
	return rc != 0;
}
