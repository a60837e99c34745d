/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the malloc module share.
 *
 *   bdev_malloc   creation, configuration, which file has an I/O
 *   malloc_queue  the order in which a thread does what it submits
 *   malloc_io     an I/O done by the thread that submits it
 *   malloc_pi     protection information
 *   malloc_accel  data moved by the acceleration framework
 *
 * M1  Blocks with interleaved metadata are blocklen bytes apart, metadata included. Separate
 *     metadata lies in `md`, md_len bytes apart.
 * M2  With protection information, that of each block on the disk is right at all times: what is
 *     written is checked before, and what has none gets one.
 */
#ifndef SPINDLE_MALLOC_DISK_H
#define SPINDLE_MALLOC_DISK_H

#include "io/soon.h"
#include "modules/bdev/geometry.h"
#include "spdk/bdev_module.h"
#include "spdk/dif.h"

struct malloc_disk {
	struct spdk_bdev bdev;
	uint8_t *data;
	/* Separate metadata, or NULL. */
	uint8_t *md;
	int32_t numa_id;
};

struct malloc_channel {
	struct spdk_io_channel *accel;
	/* Copies are done by something better than this CPU. */
	bool has_copy_engine;
	/* Belongs to malloc_queue.c. */
	STAILQ_HEAD(, malloc_io) queue;
	struct soon turn;
};

/* In an I/O, by who has it. */
struct malloc_io {
	union {
		/* accel */
		struct iovec place;
		/* The queue. */
		STAILQ_ENTRY(malloc_io) link;
	};
};

static inline struct malloc_io *
malloc_io_ctx(struct spdk_bdev_io *io)
{
	return (struct malloc_io *)io->driver_ctx;
}

static inline bool
malloc_has_pi(const struct malloc_disk *disk)
{
	return disk->bdev.dif_type != SPDK_DIF_DISABLE;
}

static inline uint8_t *
malloc_place(const struct malloc_disk *disk, uint64_t offset_blocks)
{
	return disk->data + offset_blocks * disk->bdev.blocklen;
}

static inline uint8_t *
malloc_md_place(const struct malloc_disk *disk, uint64_t offset_blocks)
{
	return disk->md + offset_blocks * disk->bdev.md_len;
}

/* ---- malloc_queue.c ---- */

void malloc_queue_init(struct malloc_channel *ch);
void malloc_queue_fini(struct malloc_channel *ch);
/* Has the I/O done after all that was added before. Of any type; a read has its buffer. */
void malloc_queue_add(struct malloc_channel *ch, struct spdk_bdev_io *io);

/* ---- malloc_io.c ---- */

/* Does the I/O and completes it. */
void malloc_io_do(struct spdk_bdev_io *io);

/* Metadata between the disk and the caller's buffer, if there are both. */
void malloc_read_md(const struct malloc_disk *disk, struct spdk_bdev_io *io);
void malloc_write_md(const struct malloc_disk *disk, struct spdk_bdev_io *io);

/* ---- malloc_pi.c: 0; -EIO with what was found; -EINVAL, no vectors for so many blocks ---- */

/* Of what is on the disk. */
int malloc_pi_verify(const struct malloc_disk *disk, const struct spdk_bdev_io *io,
		     struct spdk_dif_error *out_error);
/* Of what is to be written. */
int malloc_pi_verify_new(const struct malloc_disk *disk, const struct spdk_bdev_io *io,
			 struct spdk_dif_error *out_error);
/* Makes that of blocks on the disk. */
int malloc_pi_generate(const struct malloc_disk *disk, uint64_t offset_blocks, uint64_t num_blocks);
/* After blocks were copied to where other reference tags belong. */
int malloc_pi_remap(const struct malloc_disk *disk, const struct spdk_bdev_io *io,
		    struct spdk_dif_error *out_error);

/* ---- malloc_accel.c ---- */

/* Reads or writes; completes the I/O later. Not with protection information. */
void malloc_accel_move(const struct malloc_disk *disk, struct malloc_channel *ch,
		       struct spdk_bdev_io *io);

#endif
