/* SPDX-License-Identifier: BSD-3-Clause */
/* What the module keeps of an I/O, and its way: to the driver, back, and perhaps there again. */
#ifndef SPINDLE_BDEV_NVME_IO_H
#define SPINDLE_BDEV_NVME_IO_H

#include "nvme_disk.h"
#include "nvme_link.h"
#include "spdk/likely.h"

/* What an I/O carries in driver_ctx. */
struct nvme_io {
	struct nvme_path *path;
	/* Ticks: when it is to be tried again, or was submitted. */
	uint64_t due;
	uint64_t submitted_at;
	uint32_t retries;
	bool is_waiting;
	bool is_retrying;
	/* Halves of a fused pair that are not back, and what the first said. */
	uint8_t fused_left;
	struct spdk_nvme_cpl first_cpl;
	struct spdk_nvme_cpl cpl;
	/* Walking the vectors of a passthrough or an append. */
	struct iovec *iovs;
	int iovcnt;
	int iov_index;
	size_t iov_offset;
	/* A report of zones, and how far it has got. */
	void *report;
	uint64_t zones_done;
	/* Data of vectors that the controller cannot take. */
	void *bounce;
	struct iovec bounce_iov;
	struct spdk_nvme_ns_cmd_ext_io_opts opts;
	TAILQ_ENTRY(nvme_io) link;
};

static inline struct nvme_io *
nvme_io_of(struct spdk_bdev_io *io)
{
	return (struct nvme_io *)io->driver_ctx;
}

static inline struct spdk_bdev_io *
bdev_io_of(struct nvme_io *nio)
{
	return spdk_bdev_io_from_ctx(nio);
}

/* ---- retry.c ---- */

/* Whether it is tried again, or at the end: then it has been taken. */
bool bdev_nvme_retry_take(struct nvme_io *nio, const struct spdk_nvme_cpl *cpl);
/* Its path is being repaired. */
void bdev_nvme_wait(struct nvme_io *nio);
/* Takes it out of where it waits; false: the driver has it. */
bool bdev_nvme_retry_remove(struct nvme_io *nio);
/* When no controller answers. */
void bdev_nvme_retry_fail_all(struct nvme_link *link);
/* Aborts those of a disk. */
void bdev_nvme_retry_abort(struct nvme_link *link, const struct nvme_disk *disk);

/* ---- io.c ---- */

void bdev_nvme_submit(struct spdk_io_channel *ch, struct spdk_bdev_io *io);
/* Submits one that has been here before. */
void bdev_nvme_io_again(struct nvme_io *nio);
bool bdev_nvme_io_supported(void *ctx, enum spdk_bdev_io_type type);
/* The callback of a command, whose argument is a struct nvme_io. */
void bdev_nvme_io_done(void *arg, const struct spdk_nvme_cpl *cpl);
/* Ends it. */
void bdev_nvme_io_end(struct nvme_io *nio, const struct spdk_nvme_cpl *cpl);
/* There is no way to the controller. */
void bdev_nvme_io_end_no_path(struct nvme_io *nio);
/* What a submission has returned, if it was not 0. */
void bdev_nvme_io_refused(struct nvme_io *nio, int rc);

/* ---- metadata.c ---- */

/* Of a read, write or append that has none with it; adds to the flags. May be NULL: it needs none.
 */
void *bdev_nvme_metadata_of(const struct nvme_disk *disk, const struct spdk_bdev_io *io,
			    uint32_t *io_flags);
/* Of any of these. */
static inline void *
bdev_nvme_metadata(const struct nvme_disk *disk, const struct spdk_bdev_io *io, uint32_t *io_flags)
{
	if (spdk_unlikely(disk->has_separate_md) && io->u.bdev.md_buf == NULL) {
		return bdev_nvme_metadata_of(disk, io, io_flags);
	}
	return io->u.bdev.md_buf;
}

/* ---- rw.c, zone.c, passthru.c: 0 or -errno, as the driver's functions ---- */

int bdev_nvme_rw_submit(struct nvme_io *nio, struct spdk_bdev_io *io);
int bdev_nvme_compare_submit(struct nvme_io *nio, struct spdk_bdev_io *io);
int bdev_nvme_fused_submit(struct nvme_io *nio, struct spdk_bdev_io *io);
/* Copies back what was read, and frees. */
void bdev_nvme_bounce_end(struct nvme_io *nio, bool success);
/* The second half of link->half_sent: again, or not at all. */
void bdev_nvme_fused_go_on(struct nvme_link *link);
/* A request has come back: by whoever has called bdev_nvme_group_end(), as the last it does. */
static inline void
bdev_nvme_link_has_room(struct nvme_link *link)
{
	if (spdk_unlikely(link->half_sent != NULL)) {
		bdev_nvme_fused_go_on(link);
	}
}
void bdev_nvme_fused_drop(struct nvme_link *link);
int bdev_nvme_unmap_submit(struct nvme_io *nio, struct spdk_bdev_io *io);
int bdev_nvme_write_zeroes_submit(struct nvme_io *nio, struct spdk_bdev_io *io);
int bdev_nvme_write_uncorrectable_submit(struct nvme_io *nio, struct spdk_bdev_io *io);
int bdev_nvme_flush_submit(struct nvme_io *nio, struct spdk_bdev_io *io);
int bdev_nvme_copy_submit(struct nvme_io *nio, struct spdk_bdev_io *io);
int bdev_nvme_zone_info_submit(struct nvme_io *nio, struct spdk_bdev_io *io);
int bdev_nvme_zone_management_submit(struct nvme_io *nio, struct spdk_bdev_io *io);
int bdev_nvme_zone_append_submit(struct nvme_io *nio, struct spdk_bdev_io *io);
int bdev_nvme_io_passthru_submit(struct nvme_io *nio, struct spdk_bdev_io *io);
void bdev_nvme_admin_passthru(struct nvme_io *nio, struct spdk_bdev_io *io);
void bdev_nvme_abort(struct nvme_path *path, struct spdk_bdev_io *io);
void bdev_nvme_reset_io(struct nvme_path *path, struct spdk_bdev_io *io);

/* For the driver, which asks for vectors one by one; the argument is a struct nvme_io. */
void bdev_nvme_vectors_set(struct nvme_io *nio, struct iovec *iovs, int iovcnt);
void bdev_nvme_vectors_reset(void *arg, uint32_t offset);
int bdev_nvme_vectors_next(void *arg, void **address, uint32_t *length);

#endif
