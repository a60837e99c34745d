/* SPDX-License-Identifier: BSD-3-Clause */
/* A namespace as a block device. */
#ifndef SPINDLE_BDEV_NVME_DISK_H
#define SPINDLE_BDEV_NVME_DISK_H

#include "bdev_nvme.h"

struct nvme_io;

/* Errors of one status, counted when nvme_error_stat is on. */
#define NVME_STATUS_TYPES 8u
#define NVME_STATUS_CODES 256u

struct nvme_error_stat {
	/* By all threads: atomic. */
	uint32_t types[NVME_STATUS_TYPES];
	uint32_t codes[4][NVME_STATUS_CODES];
};

struct nvme_disk {
	struct spdk_bdev bdev;
	struct nvme_dev *dev;
	struct spdk_nvme_ns *ns;
	uint32_t nsid;
	/* The namespace is formatted for a command set that is not known: passthrough only. */
	bool is_opaque;
	/* Blocks of one range of an unmap. */
	uint32_t unmap_range_max;
	bool is_removing;
	/* Metadata are beside the data. */
	bool has_separate_md;
	/* metadata.c; NULL where none are needed. */
	void *md_zeroes;
	void *md_sink;
	/* Resets by I/O under way; their I/Os are aborted rather than tried again. Atomic. */
	uint32_t resets;
	/* NULL: not counted. */
	struct nvme_error_stat *errors;
	TAILQ_ENTRY(nvme_disk) link;
};

extern const struct spdk_bdev_fn_table g_bdev_nvme_table;

/* ---- disk.c ---- */

/* 0, and the disk is registered; or -errno. */
int bdev_nvme_disk_create(struct nvme_dev *dev, uint32_t nsid);
void bdev_nvme_disk_remove(struct nvme_disk *disk);
/* The namespace has changed: its size, or its format. */
void bdev_nvme_disk_update(struct nvme_disk *disk);
struct nvme_disk *bdev_nvme_disk_find(struct nvme_dev *dev, uint32_t nsid);
struct nvme_disk *bdev_nvme_disk_by_name(const char *name);
/* geometry.c: all that a namespace says of itself. */
int bdev_nvme_disk_describe(struct nvme_disk *disk);

/* ---- metadata.c ---- */

/* Once the geometry is known: 0 or -ENOMEM. */
int bdev_nvme_metadata_open(struct nvme_disk *disk);
void bdev_nvme_metadata_close(struct nvme_disk *disk);

/* ---- info.c ---- */

int bdev_nvme_dump_info_json(void *ctx, struct spdk_json_write_ctx *w);

/* ---- error_stat.c ---- */

void bdev_nvme_count_error(struct nvme_disk *disk, const struct spdk_nvme_cpl *cpl);
void bdev_nvme_reset_device_stat(void *ctx);
void bdev_nvme_dump_device_stat_json(void *ctx, struct spdk_json_write_ctx *w);
void bdev_nvme_count_io(struct nvme_io *nio);

#endif
