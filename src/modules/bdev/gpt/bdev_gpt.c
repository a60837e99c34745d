/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The gpt module: partitions of a GUID partition table as devices of their own. It has no methods
 * and nothing to save: what is on a device says all.
 *
 *   state      holds                                       left by
 *   SEARCHING  the device is open, nobody has it claimed   searched(): ONLINE if there is one of
 * our for us, disk.is_searching                   partitions, else freed ONLINE     there are
 * parts, which claim it             disk_freed(), with the last of them
 *
 * A disk whose device goes while it is SEARCHING is freed by searched(), which is told soon.
 *
 * Of the types of partitions two are ours. Of the older one a version of SPDK has left out the last
 * block, and who has put data there counts on that: so it is left out for ever.
 *
 * All of it is the app thread's, but for channels and I/O.
 */
#include "gpt_search.h"
#include "modules/bdev/part_forward.h"
#include "spdk/json.h"
#include "spdk/log.h"
#include "spdk/string.h"

struct gpt_disk {
	struct spdk_bdev_part_base *base;
	struct bdev_part_tailq parts;
	struct spdk_uuid table_guid;
	bool is_searching;
	bool is_removed;
};

/* Freed as a part. */
struct gpt_part {
	struct spdk_bdev_part part;
	struct gpt_partition partition;
};

/* 6527994e-2c5a-4eec-9613-8f5944074e8b */
static const struct spdk_uuid g_type = {{{0x65, 0x27, 0x99, 0x4e, 0x2c, 0x5a, 0x4e, 0xec, 0x96,
					  0x13, 0x8f, 0x59, 0x44, 0x07, 0x4e, 0x8b}}};
/* 7c5222bd-8f5d-4087-9c00-bf9843c7b58c */
static const struct spdk_uuid g_old_type = {{{0x7c, 0x52, 0x22, 0xbd, 0x8f, 0x5d, 0x40, 0x87, 0x9c,
					      0x00, 0xbf, 0x98, 0x43, 0xc7, 0xb5, 0x8c}}};

static struct spdk_bdev_module g_gpt_module;

/* ---- Partitions ---- */

static void
write_uuid(struct spdk_json_write_ctx *w, const char *name, const struct spdk_uuid *uuid)
{
	char text[SPDK_UUID_STRING_LEN];

	spdk_uuid_fmt_lower(text, sizeof(text), uuid);
	spdk_json_write_named_string(w, name, text);
}

static int
dump_info(void *ctx, struct spdk_json_write_ctx *w)
{
	struct gpt_part *part = ctx;
	struct spdk_bdev_part_base *base = spdk_bdev_part_get_base(&part->part);
	const struct gpt_disk *disk = spdk_bdev_part_base_get_ctx(base);

	spdk_json_write_named_object_begin(w, "gpt");
	spdk_json_write_named_string(w, "base_bdev", spdk_bdev_part_base_get_bdev_name(base));
	spdk_json_write_named_uint64(w, "offset_blocks",
				     spdk_bdev_part_get_offset_blocks(&part->part));
	write_uuid(w, "partition_type_guid", &part->partition.type);
	write_uuid(w, "unique_partition_guid", &part->partition.guid);
	spdk_json_write_name(w, "partition_name");
	spdk_json_write_string_utf16le(w, part->partition.name);
	write_uuid(w, "partition_table_guid", &disk->table_guid);
	spdk_json_write_object_end(w);
	return 0;
}

/* The part library adds to it. */
static struct spdk_bdev_fn_table g_gpt_table = {
	.destruct = bdev_part_destruct,
	.submit_request = bdev_part_forward,
	.dump_info_json = dump_info,
};

/* Blocks of it that are data; 0: it is not ours. */
static uint64_t
blocks_of(const struct gpt_partition *partition)
{
	uint64_t blocks = partition->last_block - partition->first_block;

	if (spdk_uuid_compare(&partition->type, &g_type) == 0) {
		return blocks + 1;
	}
	return spdk_uuid_compare(&partition->type, &g_old_type) == 0 ? blocks : 0;
}

static int
construct_part(struct gpt_disk *disk, const struct gpt_partition *partition, char *name)
{
	struct spdk_bdev_part_construct_opts opts;
	struct gpt_part *part = calloc(1, sizeof(*part));
	int rc;

	if (part == NULL) {
		return -ENOMEM;
	}
	part->partition = *partition;
	spdk_bdev_part_construct_opts_init(&opts, sizeof(opts));
	opts.uuid = partition->guid;
	rc = spdk_bdev_part_construct_ext(&part->part, disk->base, name, partition->first_block,
					  blocks_of(partition), (char *)(uintptr_t) "GPT Disk",
					  &opts);
	if (rc != 0) {
		free(part);
	}
	return rc == -1 ? -EPERM : rc;
}

/* One that cannot be made does not keep the others from being there. */
static void
make_part(struct gpt_disk *disk, const struct gpt_partition *partition, uint32_t number)
{
	const char *base_name = spdk_bdev_part_base_get_bdev_name(disk->base);
	char *name = spdk_sprintf_alloc("%sp%" PRIu32, base_name, number);
	int rc = name != NULL ? construct_part(disk, partition, name) : -ENOMEM;

	if (rc == -EPERM) {
		SPDK_WARNLOG("Partition %" PRIu32 " of bdev %s cannot be a bdev: somebody else has "
			     "claimed %s.\n",
			     number, base_name, base_name);
	} else if (rc != 0) {
		SPDK_ERRLOG("Partition %" PRIu32 " of bdev %s cannot be a bdev: %s\n", number,
			    base_name, spdk_strerror(-rc));
	}
	free(name);
}

static void
make_parts(struct gpt_disk *disk, const struct gpt_table *table, const void *entries)
{
	struct gpt_partition partition;

	disk->table_guid = table->guid;
	for (uint32_t i = 0; i < table->entry_count; i++) {
		if (gpt_get_partition(table, entries, i, &partition) && blocks_of(&partition) > 0) {
			make_part(disk, &partition, i + 1);
		}
	}
}

/* ---- Disks ---- */

static void
disk_freed(void *disk)
{
	free(disk);
}

static void
base_removed(void *part_base)
{
	struct gpt_disk *disk = spdk_bdev_part_base_get_ctx(part_base);

	disk->is_removed = true;
	if (!disk->is_searching) {
		spdk_bdev_part_base_hotremove(part_base, &disk->parts);
	}
}

static void
searched(void *arg, const struct gpt_table *table, const void *entries)
{
	struct gpt_disk *disk = arg;

	disk->is_searching = false;
	if (table != NULL && !disk->is_removed) {
		make_parts(disk, table, entries);
	}
	if (TAILQ_EMPTY(&disk->parts)) {
		spdk_bdev_part_base_free(disk->base);
	}
	spdk_bdev_module_examine_done(&g_gpt_module);
}

static int
search(struct spdk_bdev *bdev)
{
	struct gpt_disk *disk = calloc(1, sizeof(*disk));
	int rc;

	if (disk == NULL) {
		return -ENOMEM;
	}
	TAILQ_INIT(&disk->parts);
	rc = spdk_bdev_part_base_construct_ext(
		bdev->name, base_removed, &g_gpt_module, &g_gpt_table, &disk->parts, disk_freed,
		disk, sizeof(struct spdk_bdev_part_channel), NULL, NULL, &disk->base);
	if (rc != 0) {
		free(disk);
		return rc;
	}
	disk->is_searching = true;
	rc = gpt_search(spdk_bdev_part_base_get_desc(disk->base), searched, disk);
	if (rc != 0) {
		spdk_bdev_part_base_free(disk->base);
	}
	return rc;
}

/* ---- The module ---- */

static int
init(void)
{
	return 0;
}

static int
get_ctx_size(void)
{
	return sizeof(struct bdev_part_io);
}

static void
examine(struct spdk_bdev *bdev)
{
	int rc = 0;

	if (!gpt_may_have_table(bdev)) {
		spdk_bdev_module_examine_done(&g_gpt_module);
		return;
	}
	rc = search(bdev);
	if (rc != 0) {
		SPDK_ERRLOG("Bdev %s was not searched for partitions: %s\n", bdev->name,
			    spdk_strerror(-rc));
		spdk_bdev_module_examine_done(&g_gpt_module);
	}
}

static struct spdk_bdev_module g_gpt_module = {
	.name = "gpt",
	.module_init = init,
	.get_ctx_size = get_ctx_size,
	.examine_disk = examine,
};
SPDK_BDEV_MODULE_REGISTER(gpt, &g_gpt_module)
