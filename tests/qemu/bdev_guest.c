/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bdev_guest -c FILE -b NAME
 *
 * Every kind of I/O that a block device on a real NVMe controller has, and what is on the disk
 * after each; for the guest of check-qemu, see io_test.py. Overwrites the beginning of the disk.
 * Ends with 0 when all was right.
 */
#include "spdk/bdev.h"
#include "spdk/env.h"
#include "spdk/event.h"
#include "spdk/log.h"
#include "spdk/stdinc.h"
#include "spdk/string.h"
#include "spdk/thread.h"
#include "spdk/util.h"

#define BLOCKS 60u
/* Where it is copied to. */
#define COPY_LBA 100u

static const char *g_name;
static struct spdk_bdev_desc *g_desc;
static struct spdk_io_channel *g_channel;
static uint8_t *g_buf;
static uint8_t *g_expected;
static size_t g_size;
static size_t g_step;

static void
fill(void)
{
	for (size_t i = 0; i < g_size; i++) {
		g_expected[i] = (uint8_t)(i * 31 + i / 251 + 1);
	}
}

static int
writev_pieces(spdk_bdev_io_completion_cb done)
{
	static struct iovec iov[3];

	fill();
	memcpy(g_buf, g_expected, g_size);
	iov[0] = (struct iovec){g_buf, 1000};
	iov[1] = (struct iovec){g_buf + 1000, 7};
	iov[2] = (struct iovec){g_buf + 1007, g_size - 1007};
	return spdk_bdev_writev_blocks(g_desc, g_channel, iov, 3, 0, BLOCKS, done, NULL);
}

static int
compare(spdk_bdev_io_completion_cb done)
{
	return spdk_bdev_compare_blocks(g_desc, g_channel, g_buf, 0, BLOCKS, done, NULL);
}

static int
compare_changed(spdk_bdev_io_completion_cb done)
{
	g_buf[g_size - 1] ^= 1;
	return compare(done);
}

static int
flush(spdk_bdev_io_completion_cb done)
{
	return spdk_bdev_flush_blocks(g_desc, g_channel, 0, BLOCKS, done, NULL);
}

static int
copy(spdk_bdev_io_completion_cb done)
{
	return spdk_bdev_copy_blocks(g_desc, g_channel, COPY_LBA, 0, BLOCKS, done, NULL);
}

static int
read_copy(spdk_bdev_io_completion_cb done)
{
	memset(g_buf, 0xa5, g_size);
	return spdk_bdev_read_blocks(g_desc, g_channel, g_buf, COPY_LBA, BLOCKS, done, NULL);
}

static int
zero_half(spdk_bdev_io_completion_cb done)
{
	memset(g_expected, 0, g_size / 2);
	return spdk_bdev_write_zeroes_blocks(g_desc, g_channel, 0, BLOCKS / 2, done, NULL);
}

static int
read_back(spdk_bdev_io_completion_cb done)
{
	memset(g_buf, 0xa5, g_size);
	return spdk_bdev_read_blocks(g_desc, g_channel, g_buf, 0, BLOCKS, done, NULL);
}

/* QEMU's disk reads as zeros then. */
static int
unmap_half(spdk_bdev_io_completion_cb done)
{
	memset(g_expected, 0, g_size);
	return spdk_bdev_unmap_blocks(g_desc, g_channel, BLOCKS / 2, BLOCKS / 2, done, NULL);
}

static int
reset(spdk_bdev_io_completion_cb done)
{
	return spdk_bdev_reset(g_desc, g_channel, done, NULL);
}

static const struct {
	const char *name;
	int (*submit)(spdk_bdev_io_completion_cb done);
	enum spdk_bdev_io_type type;
	/* What is read is compared; otherwise what is to be said of how it ends. */
	bool is_read;
	bool must_miscompare;
} g_steps[] = {
	{"writev", writev_pieces, SPDK_BDEV_IO_TYPE_WRITE},
	{"flush", flush, SPDK_BDEV_IO_TYPE_FLUSH},
	{"compare", compare, SPDK_BDEV_IO_TYPE_COMPARE},
	{"compare with other data", compare_changed, SPDK_BDEV_IO_TYPE_COMPARE, false, true},
	{"copy", copy, SPDK_BDEV_IO_TYPE_COPY},
	{"read of the copy", read_copy, SPDK_BDEV_IO_TYPE_READ, true},
	{"write zeroes", zero_half, SPDK_BDEV_IO_TYPE_WRITE_ZEROES},
	{"read of zeros", read_back, SPDK_BDEV_IO_TYPE_READ, true},
	{"unmap", unmap_half, SPDK_BDEV_IO_TYPE_UNMAP},
	{"read of what is unmapped", read_back, SPDK_BDEV_IO_TYPE_READ, true},
	{"reset", reset, SPDK_BDEV_IO_TYPE_RESET},
	{"read after reset", read_back, SPDK_BDEV_IO_TYPE_READ, true},
};

static void
leave(int status)
{
	if (g_channel != NULL) {
		spdk_put_io_channel(g_channel);
	}
	if (g_desc != NULL) {
		spdk_bdev_close(g_desc);
	}
	spdk_dma_free(g_buf);
	free(g_expected);
	spdk_app_stop(status);
}

static void
wrong(const char *what)
{
	printf("WRONG: %s on %s: %s\n", g_steps[g_step].name, g_name, what);
	leave(-EIO);
}

static const char *
judge(struct spdk_bdev_io *io, bool success)
{
	uint32_t cdw0;
	int sct, sc;

	if (g_steps[g_step].must_miscompare) {
		spdk_bdev_io_get_nvme_status(io, &cdw0, &sct, &sc);
		return success ? "it succeeded" :
		       sct != SPDK_NVME_SCT_MEDIA_ERROR || sc != SPDK_NVME_SC_COMPARE_FAILURE ?
				 "it failed otherwise" :
				 NULL;
	}
	if (!success) {
		return "it failed";
	}
	if (g_steps[g_step].is_read && memcmp(g_buf, g_expected, g_size) != 0) {
		return "something else is read";
	}
	return NULL;
}

static void step(void);

static void
step_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	const char *problem = judge(io, success);

	spdk_bdev_free_io(io);
	if (problem != NULL) {
		wrong(problem);
		return;
	}
	g_step++;
	step();
}

static void
step(void)
{
	if (g_step == SPDK_COUNTOF(g_steps)) {
		printf("right: %s\n", g_name);
		leave(0);
	} else if (!spdk_bdev_io_type_supported(spdk_bdev_desc_get_bdev(g_desc),
						g_steps[g_step].type)) {
		wrong("it is not supported");
	} else if (g_steps[g_step].submit(step_done) != 0) {
		wrong("it is refused");
	}
}

static void
note_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *arg)
{
	SPDK_NOTICELOG("Bdev %s: event %d\n", spdk_bdev_get_name(bdev), type);
}

static void
start(void *arg)
{
	int rc = spdk_bdev_open_ext(g_name, true, note_event, NULL, &g_desc);

	if (rc != 0) {
		SPDK_ERRLOG("Cannot open bdev %s: %s.\n", g_name, spdk_strerror(-rc));
		leave(rc);
		return;
	}
	g_channel = spdk_bdev_get_io_channel(g_desc);
	g_size = (size_t)BLOCKS * spdk_bdev_get_block_size(spdk_bdev_desc_get_bdev(g_desc));
	g_buf = spdk_dma_malloc(g_size, 4096, NULL);
	g_expected = malloc(g_size);
	if (g_channel == NULL || g_buf == NULL || g_expected == NULL) {
		SPDK_ERRLOG("No memory.\n");
		leave(-ENOMEM);
		return;
	}
	step();
}

static int
parse_option(int option, char *value)
{
	if (option != 'b') {
		return -EINVAL;
	}
	g_name = value;
	return 0;
}

static void
print_options(void)
{
	printf(" -b NAME                   the block device\n");
}

int
main(int argc, char **argv)
{
	struct spdk_app_opts opts = {};
	int rc;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "bdev_guest";
	opts.rpc_addr = NULL;
	rc = spdk_app_parse_args(argc, argv, &opts, "b:", NULL, parse_option, print_options);
	if (rc != SPDK_APP_PARSE_ARGS_SUCCESS || g_name == NULL) {
		return 2;
	}
	rc = spdk_app_start(&opts, start, NULL);
	spdk_app_fini();
	return rc != 0;
}
