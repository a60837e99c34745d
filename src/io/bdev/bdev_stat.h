/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counting an I/O that is over. Inline, since it is done for each one: an addition or two, and no
 * branch that is not predicted.
 *
 * ch->stat belongs to the channel's thread. Errors are counted once for the device, by all threads,
 * since they are rare; ch->stat.io_error stays NULL.
 */
#ifndef SPINDLE_BDEV_STAT_H
#define SPINDLE_BDEV_STAT_H

/* Indexed by -status - 1. Atomic where threads share it. */
struct spdk_bdev_io_error_stat {
	uint32_t error_status[-SPDK_MIN_BDEV_IO_STATUS];
};

void bdev_stat_count_error(struct spdk_bdev *bdev, int status);

static inline void
bdev_stat_add_latency(uint64_t *sum, uint64_t *max, uint64_t *min, uint64_t ticks)
{
	*sum += ticks;
	/* Written when they change only, which is rare after a while. */
	if (spdk_unlikely(ticks > *max)) {
		*max = ticks;
	}
	if (spdk_unlikely(ticks < *min)) {
		*min = ticks;
	}
}

static inline void
bdev_stat_count_read(struct spdk_bdev_io_stat *stat, uint64_t bytes, uint64_t ticks)
{
	stat->bytes_read += bytes;
	stat->num_read_ops++;
	bdev_stat_add_latency(&stat->read_latency_ticks, &stat->max_read_latency_ticks,
			      &stat->min_read_latency_ticks, ticks);
}

static inline void
bdev_stat_count_write(struct spdk_bdev_io_stat *stat, uint64_t bytes, uint64_t ticks)
{
	stat->bytes_written += bytes;
	stat->num_write_ops++;
	bdev_stat_add_latency(&stat->write_latency_ticks, &stat->max_write_latency_ticks,
			      &stat->min_write_latency_ticks, ticks);
}

/* What is neither read nor written. */
static inline void
bdev_stat_count_other(struct spdk_bdev_io_stat *stat, enum spdk_bdev_io_type type, uint64_t bytes,
		      uint64_t ticks)
{
	if (type == SPDK_BDEV_IO_TYPE_UNMAP) {
		stat->bytes_unmapped += bytes;
		stat->num_unmap_ops++;
		bdev_stat_add_latency(&stat->unmap_latency_ticks, &stat->max_unmap_latency_ticks,
				      &stat->min_unmap_latency_ticks, ticks);
	} else if (type == SPDK_BDEV_IO_TYPE_COPY) {
		stat->bytes_copied += bytes;
		stat->num_copy_ops++;
		bdev_stat_add_latency(&stat->copy_latency_ticks, &stat->max_copy_latency_ticks,
				      &stat->min_copy_latency_ticks, ticks);
	}
}

/* A zero copy is a read when it begins with data, a write when it ends with some. */
static inline void
bdev_stat_count_zcopy(struct spdk_bdev_io_stat *stat, const struct spdk_bdev_io *io, uint64_t bytes,
		      uint64_t ticks)
{
	if (io->u.bdev.zcopy.start && io->u.bdev.zcopy.populate) {
		bdev_stat_count_read(stat, bytes, ticks);
	} else if (!io->u.bdev.zcopy.start && io->u.bdev.zcopy.commit) {
		bdev_stat_count_write(stat, bytes, ticks);
	}
}

static inline void
bdev_stat_count(struct spdk_bdev_channel *ch, struct spdk_bdev_io *io, uint64_t ticks)
{
	uint64_t bytes;

	if (spdk_unlikely(io->internal.status != SPDK_BDEV_IO_STATUS_SUCCESS)) {
		bdev_stat_count_error(ch->bdev, io->internal.status);
		return;
	}
	/* Of types that have no blocks this is nonsense, which is not used. */
	bytes = io->u.bdev.num_blocks * ch->bdev->blocklen;
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
		bdev_stat_count_read(&ch->stat, bytes, ticks);
		break;
	case SPDK_BDEV_IO_TYPE_WRITE:
	case SPDK_BDEV_IO_TYPE_ZONE_APPEND:
		bdev_stat_count_write(&ch->stat, bytes, ticks);
		break;
	case SPDK_BDEV_IO_TYPE_ZCOPY:
		bdev_stat_count_zcopy(&ch->stat, io, bytes, ticks);
		break;
	default:
		bdev_stat_count_other(&ch->stat, (enum spdk_bdev_io_type)io->type, bytes, ticks);
		break;
	}
}

#endif
