/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The malloc module: disks in memory, from their creation to their end. malloc_disk.h has what
 * holds for their blocks.
 *
 * All malloc disks of a thread share one channel: what they need of others is the same accel.
 */
#include "bdev_malloc.h"
#include "malloc_disk.h"
#include "spdk/accel.h"
#include "spdk/dma.h"
#include "spdk/json.h"
#include "spdk/likely.h"
#include "spdk/log.h"

/* So that it can lie in huge pages from its beginning. */
#define DATA_ALIGN (2u * 1024 * 1024)
#define MD_ALIGN   4096u
/* What is zeroed or copied at once, so that a reactor does not stand still for a whole disk. */
#define STEP_BYTES (1024u * 1024)

/* ---- I/O ---- */

static void
read_into_buf(struct spdk_io_channel *ch, struct spdk_bdev_io *io, bool success)
{
	if (success) {
		malloc_queue_add(spdk_io_channel_get_ctx(ch), io);
	} else {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
	}
}

static bool
wants_accel(const struct malloc_channel *ch, const struct spdk_bdev_io *io)
{
	const struct spdk_bdev_io_block_params *params = &io->u.bdev;

	return params->memory_domain != NULL || params->accel_sequence != NULL ||
	       (ch->has_copy_engine && io->bdev->dif_type == SPDK_DIF_DISABLE);
}

static bool
is_move(const struct spdk_bdev_io *io)
{
	return io->type == SPDK_BDEV_IO_TYPE_READ || io->type == SPDK_BDEV_IO_TYPE_WRITE;
}

static void
submit(struct spdk_io_channel *io_ch, struct spdk_bdev_io *io)
{
	struct malloc_channel *ch = spdk_io_channel_get_ctx(io_ch);
	struct malloc_disk *disk = io->bdev->ctxt;

	if (io->type == SPDK_BDEV_IO_TYPE_READ &&
	    spdk_unlikely(io->u.bdev.iovs[0].iov_base == NULL)) {
		spdk_bdev_io_get_buf(io, read_into_buf,
				     io->u.bdev.num_blocks * disk->bdev.blocklen);
	} else if (is_move(io) && spdk_unlikely(wants_accel(ch, io))) {
		malloc_accel_move(disk, ch, io);
	} else {
		malloc_queue_add(ch, io);
	}
}

static bool
supports(void *ctx, enum spdk_bdev_io_type type)
{
	const struct malloc_disk *disk = ctx;

	switch (type) {
	case SPDK_BDEV_IO_TYPE_READ:
	case SPDK_BDEV_IO_TYPE_WRITE:
	case SPDK_BDEV_IO_TYPE_UNMAP:
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
	case SPDK_BDEV_IO_TYPE_FLUSH:
	case SPDK_BDEV_IO_TYPE_RESET:
	case SPDK_BDEV_IO_TYPE_ABORT:
	case SPDK_BDEV_IO_TYPE_COMPARE:
	case SPDK_BDEV_IO_TYPE_COPY:
		return true;
	case SPDK_BDEV_IO_TYPE_ZCOPY:
		/* What is written to the disk itself cannot be checked before. */
		return !malloc_has_pi(disk);
	default:
		return false;
	}
}

static bool
runs_sequences(void *ctx, enum spdk_bdev_io_type type)
{
	return (type == SPDK_BDEV_IO_TYPE_READ || type == SPDK_BDEV_IO_TYPE_WRITE) &&
	       !malloc_has_pi(ctx);
}

/* Those of others are accel's to reach. With protection information, the CPU looks at all data. */
static int
get_memory_domain_types(void *ctx, enum spdk_dma_device_type *types, uint32_t array_size)
{
	if (malloc_has_pi(ctx)) {
		return 0;
	}
	if (array_size > 0 && types != NULL) {
		types[0] = spdk_memory_domain_get_dma_device_type(
			spdk_memory_domain_get_system_domain());
	}
	return 1;
}

/* The same, for those who ask in the old way. */
static int
get_memory_domains(void *ctx, struct spdk_memory_domain **domains, int array_size)
{
	if (malloc_has_pi(ctx)) {
		return 0;
	}
	if (array_size > 0 && domains != NULL) {
		domains[0] = spdk_memory_domain_get_system_domain();
	}
	return 1;
}

static struct spdk_io_channel *
get_channel(void *ctx)
{
	return spdk_get_io_channel(&g_malloc_module);
}

/* ---- Configuration ---- */

static void
write_config(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w)
{
	const struct malloc_disk *disk = bdev->ctxt;

	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "method", "bdev_malloc_create");
	spdk_json_write_named_object_begin(w, "params");
	spdk_json_write_named_string(w, "name", bdev->name);
	spdk_json_write_named_uint64(w, "num_blocks", bdev->blockcnt);
	spdk_json_write_named_uint32(w, "block_size", spdk_bdev_get_data_block_size(bdev));
	spdk_json_write_named_uint32(w, "physical_block_size", bdev->phys_blocklen);
	spdk_json_write_named_uuid(w, "uuid", &bdev->uuid);
	spdk_json_write_named_uint32(w, "optimal_io_boundary", bdev->optimal_io_boundary);
	spdk_json_write_named_uint32(w, "md_size", bdev->md_len);
	spdk_json_write_named_bool(w, "md_interleave", bdev->md_interleave);
	spdk_json_write_named_int32(w, "dif_type", (int32_t)bdev->dif_type);
	spdk_json_write_named_bool(w, "dif_is_head_of_md", bdev->dif_is_head_of_md);
	spdk_json_write_named_uint32(w, "dif_pi_format", bdev->dif_pi_format);
	spdk_json_write_named_int32(w, "numa_id", disk->numa_id);
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
}

/* ---- From creation to the end ---- */

static void
disk_free(struct malloc_disk *disk)
{
	spdk_free(disk->data);
	spdk_free(disk->md);
	free(disk->bdev.name);
	free(disk);
}

static int
destruct(void *ctx)
{
	disk_free(ctx);
	return 0;
}

static const struct spdk_bdev_fn_table g_malloc_table = {
	.destruct = destruct,
	.submit_request = submit,
	.io_type_supported = supports,
	.get_io_channel = get_channel,
	.write_config_json = write_config,
	.get_memory_domains = get_memory_domains,
	.get_memory_domain_types = get_memory_domain_types,
	.accel_sequence_supported = runs_sequences,
};

static char *
next_name(void)
{
	static uint32_t number;
	char name[32];

	do {
		(void)snprintf(name, sizeof(name), "Malloc%" PRIu32, number++);
	} while (spdk_bdev_get_by_name(name) != NULL);
	return strdup(name);
}

static uint32_t
step_blocks(const struct spdk_bdev *bdev)
{
	return spdk_max(STEP_BYTES / bdev->blocklen, 1);
}

static void
fill_bdev(struct malloc_disk *disk, const struct malloc_bdev_opts *opts)
{
	struct spdk_bdev *bdev = &disk->bdev;

	bdev->product_name = (char *)(uintptr_t) "Malloc disk";
	bdev->uuid = opts->uuid;
	bdev->write_cache = 1;
	bdev_geometry_apply(&opts->geometry, bdev);
	bdev->optimal_io_boundary = opts->optimal_io_boundary;
	bdev->split_on_optimal_io_boundary = opts->optimal_io_boundary != 0;
	bdev->max_unmap = step_blocks(bdev);
	bdev->max_write_zeroes = step_blocks(bdev);
	bdev->max_copy = step_blocks(bdev);
	if (opts->numa_id != SPDK_ENV_NUMA_ID_ANY) {
		bdev->numa.id_valid = 1;
		bdev->numa.id = opts->numa_id;
	}
	bdev->ctxt = disk;
	bdev->fn_table = &g_malloc_table;
	bdev->module = &g_malloc_module;
}

static int
allocate(struct malloc_disk *disk)
{
	const struct spdk_bdev *bdev = &disk->bdev;

	disk->data = spdk_zmalloc(bdev->blockcnt * bdev->blocklen, DATA_ALIGN, NULL, disk->numa_id,
				  SPDK_MALLOC_DMA);
	if (disk->data == NULL) {
		return -ENOMEM;
	}
	if (bdev->md_len == 0 || bdev->md_interleave) {
		return 0;
	}
	disk->md = spdk_zmalloc(bdev->blockcnt * bdev->md_len, MD_ALIGN, NULL, disk->numa_id,
				SPDK_MALLOC_DMA);
	return disk->md != NULL ? 0 : -ENOMEM;
}

static bool
is_numa_id(int32_t numa_id)
{
	int32_t id;

	for (id = spdk_env_get_first_numa_id(); id != INT32_MAX;
	     id = spdk_env_get_next_numa_id(id)) {
		if (id == numa_id) {
			return true;
		}
	}
	return numa_id == SPDK_ENV_NUMA_ID_ANY;
}

static int
check_opts(const struct malloc_bdev_opts *opts, struct bdev_reason *reason)
{
	if (opts->name != NULL && opts->name[0] == '\0') {
		return bdev_refuse(reason, -EINVAL, "the name is empty");
	}
	if (!is_numa_id(opts->numa_id)) {
		return bdev_refuse(reason, -EINVAL,
				   "there is no NUMA node %d; -1 leaves it to the machine",
				   opts->numa_id);
	}
	return bdev_geometry_check(&opts->geometry, reason);
}

int
malloc_bdev_create(const struct malloc_bdev_opts *opts, struct bdev_reason *out_reason,
		   struct spdk_bdev **out_bdev)
{
	struct malloc_disk *disk;
	int rc;

	rc = check_opts(opts, out_reason);
	if (rc != 0) {
		return rc;
	}
	disk = calloc(1, sizeof(*disk));
	if (disk == NULL) {
		return -ENOMEM;
	}
	disk->numa_id = opts->numa_id;
	fill_bdev(disk, opts);
	disk->bdev.name = opts->name != NULL ? strdup(opts->name) : next_name();
	rc = disk->bdev.name != NULL ? allocate(disk) : -ENOMEM;
	if (rc == 0 && malloc_has_pi(disk)) {
		rc = malloc_pi_generate(disk, 0, disk->bdev.blockcnt);
	}
	if (rc == 0) {
		rc = spdk_bdev_register(&disk->bdev);
	}
	if (rc != 0) {
		disk_free(disk);
		return rc;
	}
	*out_bdev = &disk->bdev;
	return 0;
}

/* ---- The module ---- */

static int
create_channel(void *io_device, void *ctx)
{
	struct malloc_channel *ch = ctx;
	const char *module = NULL;

	ch->accel = spdk_accel_get_io_channel();
	if (ch->accel == NULL) {
		return -ENOMEM;
	}
	ch->has_copy_engine = spdk_accel_get_opc_module_name(SPDK_ACCEL_OPC_COPY, &module) == 0 &&
			      strcmp(module, "software") != 0;
	malloc_queue_init(ch);
	return 0;
}

static void
destroy_channel(void *io_device, void *ctx)
{
	struct malloc_channel *ch = ctx;

	malloc_queue_fini(ch);
	spdk_put_io_channel(ch->accel);
}

static int
init(void)
{
	spdk_io_device_register(&g_malloc_module, create_channel, destroy_channel,
				sizeof(struct malloc_channel), "bdev_malloc");
	return 0;
}

static void
fini(void)
{
	spdk_io_device_unregister(&g_malloc_module, NULL);
}

static int
get_ctx_size(void)
{
	return sizeof(struct malloc_io);
}

struct spdk_bdev_module g_malloc_module = {
	.name = "malloc",
	.module_init = init,
	.module_fini = fini,
	.get_ctx_size = get_ctx_size,
};
SPDK_BDEV_MODULE_REGISTER(malloc, &g_malloc_module)
