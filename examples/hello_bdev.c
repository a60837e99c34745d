/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hello_bdev: writes a greeting to a block device and reads it back.
 *
 *   hello_bdev -c examples/bdev_malloc.json -b Malloc0
 *
 * The configuration makes the device: memory, a file, a disk, or any of them under others. The
 * program does not know which. It shows the whole life of a user of block devices: open, channel,
 * buffer, I/O, what to do when there is no I/O free, and the way back.
 */
#include "spdk/bdev.h"
#include "spdk/bdev_zone.h"
#include "spdk/env.h"
#include "spdk/event.h"
#include "spdk/log.h"
#include "spdk/stdinc.h"
#include "spdk/string.h"
#include "spdk/thread.h"

static const char *g_name = "Malloc0";

struct hello {
	struct spdk_bdev_desc *desc;
	/* Of this thread: another one would get its own. */
	struct spdk_io_channel *channel;
	char *buf;
	uint64_t size;
	/* What to do when an I/O is free. */
	struct spdk_bdev_io_wait_entry wait;
};

static void
leave(struct hello *hello, int status)
{
	spdk_dma_free(hello->buf);
	if (hello->channel != NULL) {
		spdk_put_io_channel(hello->channel);
	}
	if (hello->desc != NULL) {
		spdk_bdev_close(hello->desc);
	}
	spdk_app_stop(status);
}

/* -ENOMEM says that all I/Os are in use, and is no error: `again` runs when one is free. */
static void
check_submitted(struct hello *hello, int rc, spdk_bdev_io_wait_cb again)
{
	if (rc == -ENOMEM) {
		hello->wait.bdev = spdk_bdev_desc_get_bdev(hello->desc);
		hello->wait.cb_fn = again;
		hello->wait.cb_arg = hello;
		rc = spdk_bdev_queue_io_wait(hello->wait.bdev, hello->channel, &hello->wait);
	}
	if (rc != 0) {
		SPDK_ERRLOG("An I/O on %s was refused: %s\n", g_name, spdk_strerror(-rc));
		leave(hello, rc);
	}
}

static void
read_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct hello *hello = arg;

	/* The I/O is ours until here, whatever became of it. */
	spdk_bdev_free_io(io);
	if (success) {
		printf("Read from %s: %s\n", g_name, hello->buf);
	} else {
		SPDK_ERRLOG("Reading %s failed.\n", g_name);
	}
	leave(hello, success ? 0 : -EIO);
}

static void
read_greeting(void *arg)
{
	struct hello *hello = arg;

	memset(hello->buf, 0, hello->size);
	check_submitted(hello,
			spdk_bdev_read(hello->desc, hello->channel, hello->buf, 0, hello->size,
				       read_done, hello),
			read_greeting);
}

static void
write_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct hello *hello = arg;

	spdk_bdev_free_io(io);
	if (success) {
		printf("Written to %s.\n", g_name);
		read_greeting(hello);
	} else {
		SPDK_ERRLOG("Writing %s failed.\n", g_name);
		leave(hello, -EIO);
	}
}

static void
write_greeting(void *arg)
{
	struct hello *hello = arg;

	snprintf(hello->buf, hello->size, "Hello, block device!");
	check_submitted(hello,
			spdk_bdev_write(hello->desc, hello->channel, hello->buf, 0, hello->size,
					write_done, hello),
			write_greeting);
}

/* The first block of a zoned device can be written only after its zone was reset. */
static void
zone_reset_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct hello *hello = arg;

	spdk_bdev_free_io(io);
	if (success) {
		write_greeting(hello);
	} else {
		SPDK_ERRLOG("Resetting the first zone of %s failed.\n", g_name);
		leave(hello, -EIO);
	}
}

static void
reset_zone(void *arg)
{
	struct hello *hello = arg;

	check_submitted(hello,
			spdk_bdev_zone_management(hello->desc, hello->channel, 0,
						  SPDK_BDEV_ZONE_RESET, zone_reset_done, hello),
			reset_zone);
}

/* A device can be removed or resized while it is open. This program is gone before it matters. */
static void
note_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *arg)
{
	SPDK_NOTICELOG("Bdev %s: event %d\n", spdk_bdev_get_name(bdev), type);
}

static void
start(void *arg)
{
	struct hello *hello = arg;
	struct spdk_bdev *bdev;
	int rc;

	rc = spdk_bdev_open_ext(g_name, true, note_event, hello, &hello->desc);
	if (rc != 0) {
		SPDK_ERRLOG("Cannot open bdev %s: %s. Does the configuration (-c) make it?\n",
			    g_name, spdk_strerror(-rc));
		leave(hello, rc);
		return;
	}
	hello->channel = spdk_bdev_get_io_channel(hello->desc);
	if (hello->channel == NULL) {
		SPDK_ERRLOG("There is no channel to bdev %s.\n", g_name);
		leave(hello, -ENOMEM);
		return;
	}
	bdev = spdk_bdev_desc_get_bdev(hello->desc);
	hello->size =
		(uint64_t)spdk_bdev_get_block_size(bdev) * spdk_bdev_get_write_unit_size(bdev);
	hello->buf = spdk_dma_zmalloc(hello->size, spdk_bdev_get_buf_align(bdev), NULL);
	if (hello->buf == NULL) {
		SPDK_ERRLOG("There is no memory for %" PRIu64 " bytes.\n", hello->size);
		leave(hello, -ENOMEM);
		return;
	}
	if (spdk_bdev_is_zoned(bdev)) {
		reset_zone(hello);
	} else {
		write_greeting(hello);
	}
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
	printf(" -b NAME                   the block device (default %s)\n", g_name);
}

int
main(int argc, char **argv)
{
	struct spdk_app_opts opts = {};
	struct hello hello = {};
	int rc;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "hello_bdev";
	opts.rpc_addr = NULL;
	rc = spdk_app_parse_args(argc, argv, &opts, "b:", NULL, parse_option, print_options);
	if (rc != SPDK_APP_PARSE_ARGS_SUCCESS) {
		return rc == SPDK_APP_PARSE_ARGS_HELP ? 0 : 1;
	}
	rc = spdk_app_start(&opts, start, &hello);
	spdk_app_fini();
	return rc != 0;
}
