/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What many block devices cost in memory: 1,000 devices, a descriptor and a channel of each, and
 * 10,000 reads under way. Counted is what becomes resident, less what is in the public structs,
 * which a module and the API have sizes for: struct spdk_bdev, and struct spdk_bdev_io.
 */
#include "bench.h"

#include "spdk/bdev.h"
#include "spdk/bdev_module.h"
#include "spdk/event.h"
#include "spdk/notify.h"

#define DISKS     1000
#define IOS       10000
#define BLOCK     4096
#define NAME_SIZE 16
#define EVENTS    1024

struct disk {
	struct spdk_bdev bdev;
	char name[NAME_SIZE];
	struct spdk_bdev_desc *desc;
	struct spdk_io_channel *ch;
};

/* In the I/O's context, at the module. */
struct held {
	TAILQ_ENTRY(held) link;
};

static struct {
	struct disk *disks;
	uint8_t *buf;
	TAILQ_HEAD(, held) held;
	uint32_t ended;
	uint64_t resident;
	int missed;
} g_bench;

/* ---- A module whose I/Os stay where they are until they are released ---- */

static int module_init(void);

static int
ctx_size(void)
{
	return sizeof(struct held);
}

static struct spdk_bdev_module g_module = {
	.name = "held",
	.module_init = module_init,
	.get_ctx_size = ctx_size,
};
SPDK_BDEV_MODULE_REGISTER(held, &g_module)

static int
channel_create(void *io_device, void *ctx)
{
	return 0;
}

static void
channel_destroy(void *io_device, void *ctx)
{
}

static int
module_init(void)
{
	spdk_io_device_register(&g_module, channel_create, channel_destroy, 0, "held");
	return 0;
}

static int
destruct(void *ctx)
{
	return 0;
}

static void
submit_request(struct spdk_io_channel *ch, struct spdk_bdev_io *io)
{
	struct held *held = (struct held *)io->driver_ctx;

	TAILQ_INSERT_TAIL(&g_bench.held, held, link);
}

static bool
io_type_supported(void *ctx, enum spdk_bdev_io_type type)
{
	return type == SPDK_BDEV_IO_TYPE_READ;
}

static struct spdk_io_channel *
get_io_channel(void *ctx)
{
	return spdk_get_io_channel(&g_module);
}

static const struct spdk_bdev_fn_table g_functions = {
	.destruct = destruct,
	.submit_request = submit_request,
	.io_type_supported = io_type_supported,
	.get_io_channel = get_io_channel,
};

static void
release_all(void)
{
	struct held *held;

	while ((held = TAILQ_FIRST(&g_bench.held)) != NULL) {
		TAILQ_REMOVE(&g_bench.held, held, link);
		spdk_bdev_io_complete(spdk_bdev_io_from_ctx(held), SPDK_BDEV_IO_STATUS_SUCCESS);
	}
}

/* ---- What is counted ---- */

static void
check(bool is_so, const char *what)
{
	if (!is_so) {
		fprintf(stderr, "bdev_memory_bench: %s failed\n", what);
		exit(1);
	}
}

/* Of what has become resident since the last call; `public_size` bytes of each are not counted. */
static void
verdict(const char *what, uint32_t count, size_t public_size, double limit)
{
	uint64_t resident = bench_resident_bytes();
	double each = (double)(resident - g_bench.resident) / count - (double)public_size;
	char name[64];

	snprintf(name, sizeof(name), "%s, beyond %zu of public structs", what, public_size);
	g_bench.missed += !bench_value(name, each, "bytes", BENCH_AT_MOST, limit);
	g_bench.resident = bench_resident_bytes();
}

static void
register_disk(struct disk *disk, uint32_t i)
{
	snprintf(disk->name, sizeof(disk->name), "Held%u", i);
	disk->bdev.name = disk->name;
	disk->bdev.product_name = disk->name;
	disk->bdev.blocklen = BLOCK;
	disk->bdev.blockcnt = 1024;
	disk->bdev.ctxt = disk;
	disk->bdev.fn_table = &g_functions;
	disk->bdev.module = &g_module;
	check(spdk_bdev_register(&disk->bdev) == 0, "registering");
}

static void
ignore_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
}

static void
disk_gone(void *ctx, int rc)
{
	check(rc == 0, "unregistering");
	if (++g_bench.ended == DISKS) {
		spdk_io_device_unregister(&g_module, NULL);
		free(g_bench.disks);
		spdk_dma_free(g_bench.buf);
		spdk_app_stop(g_bench.missed);
	}
}

static void
finish(void)
{
	uint32_t i;

	g_bench.ended = 0;
	for (i = 0; i < DISKS; i++) {
		spdk_put_io_channel(g_bench.disks[i].ch);
		spdk_bdev_close(g_bench.disks[i].desc);
		spdk_bdev_unregister(&g_bench.disks[i].bdev, disk_gone, NULL);
	}
}

static void
read_done(struct spdk_bdev_io *io, bool success, void *ctx)
{
	check(success, "reading");
	spdk_bdev_free_io(io);
	if (++g_bench.ended == IOS) {
		finish();
	}
}

static void
start_reads(void)
{
	struct disk *disk;
	uint32_t i;

	for (i = 0; i < IOS; i++) {
		disk = &g_bench.disks[i % DISKS];
		check(spdk_bdev_read_blocks(disk->desc, disk->ch, g_bench.buf, i / DISKS, 1,
					    read_done, NULL) == 0,
		      "submitting a read");
	}
}

static void
registered(void *arg)
{
	uint32_t i;

	verdict("a device", DISKS, sizeof(struct disk), 1024);
	for (i = 0; i < DISKS; i++) {
		check(spdk_bdev_open_ext(g_bench.disks[i].name, false, ignore_event, NULL,
					 &g_bench.disks[i].desc) == 0,
		      "opening");
	}
	verdict("a descriptor", DISKS, 0, 512);
	for (i = 0; i < DISKS; i++) {
		g_bench.disks[i].ch = spdk_bdev_get_io_channel(g_bench.disks[i].desc);
		check(g_bench.disks[i].ch != NULL, "getting a channel");
	}
	verdict("a channel", DISKS, 0, 512);
	start_reads();
	verdict("a read", IOS, sizeof(struct spdk_bdev_io) + sizeof(struct held), 128);
	release_all();
}

/* The last events are kept, whatever they are of: not until then is that memory in use. */
static void
fill_event_log(void)
{
	uint32_t i;

	for (i = 0; i < EVENTS; i++) {
		(void)spdk_notify_send("bdev_register", "none");
	}
}

static void
start(void *arg)
{
	uint32_t i;

	bench_question("What block devices take in memory");
	fill_event_log();
	TAILQ_INIT(&g_bench.held);
	g_bench.buf = spdk_dma_zmalloc(BLOCK, BLOCK, NULL);
	check(g_bench.buf != NULL, "a buffer");
	g_bench.resident = bench_resident_bytes();
	g_bench.disks = calloc(DISKS, sizeof(*g_bench.disks));
	check(g_bench.disks != NULL, "memory for devices");
	for (i = 0; i < DISKS; i++) {
		register_disk(&g_bench.disks[i], i);
	}
	check(spdk_bdev_wait_for_examine(registered, NULL) == 0, "waiting");
}

int
main(void)
{
	struct spdk_bdev_opts bdev_opts;
	struct spdk_app_opts opts = {};
	int rc;

	/* The module keeps all reads, and those of who examines a device would be counted. */
	spdk_bdev_get_opts(&bdev_opts, sizeof(bdev_opts));
	bdev_opts.bdev_auto_examine = false;
	check(spdk_bdev_set_opts(&bdev_opts) == 0, "switching examination off");
	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "bdev_memory_bench";
	opts.rpc_addr = NULL;
	opts.no_pci = true;
	opts.print_level = SPDK_LOG_WARN;
	rc = spdk_app_start(&opts, start, NULL);
	spdk_app_fini();
	return rc != 0;
}
