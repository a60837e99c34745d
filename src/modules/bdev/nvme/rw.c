/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/Os of blocks, as commands.
 *
 * A compare-and-write is two commands that the controller carries out as one, so that nothing else
 * may come between them in the queue: where the first has been taken and there is no room for the
 * second (link->half_sent), all others wait until there is.
 */
#include "nvme_device.h"
#include "nvme_disk.h"
#include "nvme_io.h"
#include "nvme_link.h"
#include "spdk/env.h"
#include "spdk/likely.h"

/* Of a command; the specification counts from 0, in 16 bits. */
#define BLOCKS_MAX (UINT16_MAX + 1u)
#define RANGES_MAX 256u

static uint32_t
flags_of(const struct spdk_bdev_io *io)
{
	/* The bits of checks are those of the command. */
	return io->u.bdev.dif_check_flags | io->u.bdev.nvme_cdw12.raw;
}

/* ---- Vectors ---- */

void
bdev_nvme_vectors_set(struct nvme_io *nio, struct iovec *iovs, int iovcnt)
{
	nio->iovs = iovs;
	nio->iovcnt = iovcnt;
	nio->iov_index = 0;
	nio->iov_offset = 0;
}

void
bdev_nvme_vectors_reset(void *arg, uint32_t offset)
{
	struct nvme_io *nio = arg;

	nio->iov_offset = offset;
	for (nio->iov_index = 0; nio->iov_index < nio->iovcnt; nio->iov_index++) {
		if (nio->iov_offset < nio->iovs[nio->iov_index].iov_len) {
			break;
		}
		nio->iov_offset -= nio->iovs[nio->iov_index].iov_len;
	}
}

int
bdev_nvme_vectors_next(void *arg, void **address, uint32_t *length)
{
	struct nvme_io *nio = arg;
	const struct iovec *iov;

	if (nio->iov_index == nio->iovcnt) {
		return -EINVAL;
	}
	iov = &nio->iovs[nio->iov_index++];
	*address = (char *)iov->iov_base + nio->iov_offset;
	*length = (uint32_t)(iov->iov_len - nio->iov_offset);
	nio->iov_offset = 0;
	return 0;
}

/* ---- Reads and writes ---- */

static void
fill_opts(struct nvme_io *nio, const struct spdk_bdev_io *io)
{
	uint32_t flags = flags_of(io);
	void *metadata = bdev_nvme_metadata(nio->path->disk, io, &flags);

	nio->opts = (struct spdk_nvme_ns_cmd_ext_io_opts){
		.size = sizeof(nio->opts),
		.memory_domain = io->u.bdev.memory_domain,
		.memory_domain_ctx = io->u.bdev.memory_domain_ctx,
		.io_flags = flags,
		.metadata = metadata,
		.cdw13 = io->u.bdev.nvme_cdw13.raw,
	};
}

static int
submit_vectors(struct nvme_io *nio, struct spdk_bdev_io *io, struct iovec *iovs, uint32_t iovcnt)
{
	struct spdk_nvme_qpair *qpair = nio->path->link->qpair;
	struct spdk_nvme_ns *ns = nio->path->disk->ns;

	fill_opts(nio, io);
	if (io->type == SPDK_BDEV_IO_TYPE_READ) {
		return spdk_nvme_ns_cmd_read_iov(ns, qpair, io->u.bdev.offset_blocks,
						 (uint32_t)io->u.bdev.num_blocks, bdev_nvme_io_done,
						 nio, iovs, iovcnt, &nio->opts);
	}
	return spdk_nvme_ns_cmd_write_iov(ns, qpair, io->u.bdev.offset_blocks,
					  (uint32_t)io->u.bdev.num_blocks, bdev_nvme_io_done, nio,
					  iovs, iovcnt, &nio->opts);
}

/*
 * Without SGLs a controller takes a block in pieces only if they meet at the boundaries of pages.
 * Others go through a buffer, which is rare enough for memory of the environment.
 */
static int
make_bounce(struct nvme_io *nio, struct spdk_bdev_io *io)
{
	size_t size = io->u.bdev.num_blocks * io->bdev->blocklen;

	if (nio->bounce != NULL) {
		return 0;
	}
	nio->bounce = spdk_malloc(size, 4096, NULL, SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA);
	if (nio->bounce == NULL) {
		return -ENOMEM;
	}
	nio->bounce_iov = (struct iovec){nio->bounce, size};
	if (io->type != SPDK_BDEV_IO_TYPE_READ) {
		spdk_copy_iovs_to_buf(nio->bounce, size, io->u.bdev.iovs, io->u.bdev.iovcnt);
	}
	return 0;
}

void
bdev_nvme_bounce_end(struct nvme_io *nio, bool success)
{
	struct spdk_bdev_io *io = bdev_io_of(nio);

	if (success && io->type == SPDK_BDEV_IO_TYPE_READ) {
		spdk_copy_buf_to_iovs(io->u.bdev.iovs, io->u.bdev.iovcnt, nio->bounce,
				      nio->bounce_iov.iov_len);
	}
	spdk_free(nio->bounce);
	nio->bounce = NULL;
}

static int
rw_vectors(struct nvme_io *nio, struct spdk_bdev_io *io)
{
	int rc = -EINVAL;

	if (nio->bounce == NULL) {
		rc = submit_vectors(nio, io, io->u.bdev.iovs, (uint32_t)io->u.bdev.iovcnt);
	}
	if (rc != -EINVAL || io->u.bdev.iovcnt == 1 || io->u.bdev.memory_domain != NULL) {
		return rc;
	}
	rc = make_bounce(nio, io);
	return rc != 0 ? rc : submit_vectors(nio, io, &nio->bounce_iov, 1);
}

int
bdev_nvme_rw_submit(struct nvme_io *nio, struct spdk_bdev_io *io)
{
	struct spdk_nvme_ns *ns = nio->path->disk->ns;
	struct spdk_nvme_qpair *qpair = nio->path->link->qpair;
	struct spdk_bdev_io_block_params *blocks = &io->u.bdev;
	uint32_t flags = flags_of(io);
	void *metadata;

	if (spdk_unlikely(blocks->iovcnt != 1 || blocks->memory_domain != NULL ||
			  blocks->nvme_cdw13.raw != 0)) {
		return rw_vectors(nio, io);
	}
	metadata = bdev_nvme_metadata(nio->path->disk, io, &flags);
	if (io->type == SPDK_BDEV_IO_TYPE_READ) {
		return spdk_nvme_ns_cmd_read_with_md(
			ns, qpair, blocks->iovs[0].iov_base, metadata, blocks->offset_blocks,
			(uint32_t)blocks->num_blocks, bdev_nvme_io_done, nio, flags, 0, 0);
	}
	return spdk_nvme_ns_cmd_write_with_md(ns, qpair, blocks->iovs[0].iov_base, metadata,
					      blocks->offset_blocks, (uint32_t)blocks->num_blocks,
					      bdev_nvme_io_done, nio, flags, 0, 0);
}

/* ---- Comparing ---- */

static int
compare(struct nvme_io *nio, struct spdk_bdev_io *io, spdk_nvme_cmd_cb cb, uint32_t flags)
{
	struct spdk_bdev_io_block_params *blocks = &io->u.bdev;

	if (nio->bounce != NULL) {
		bdev_nvme_vectors_set(nio, &nio->bounce_iov, 1);
	} else {
		bdev_nvme_vectors_set(nio, blocks->iovs, blocks->iovcnt);
	}
	return spdk_nvme_ns_cmd_comparev_with_md(
		nio->path->disk->ns, nio->path->link->qpair, blocks->offset_blocks,
		(uint32_t)blocks->num_blocks, cb, nio, flags, bdev_nvme_vectors_reset,
		bdev_nvme_vectors_next, blocks->md_buf, 0, 0);
}

int
bdev_nvme_compare_submit(struct nvme_io *nio, struct spdk_bdev_io *io)
{
	int rc = compare(nio, io, bdev_nvme_io_done, flags_of(io));

	if (rc == -EINVAL && nio->bounce == NULL && io->u.bdev.iovcnt > 1) {
		rc = make_bounce(nio, io);
		if (rc == 0) {
			rc = compare(nio, io, bdev_nvme_io_done, flags_of(io));
		}
	}
	return rc;
}

static void
fused_end(struct nvme_io *nio)
{
	const struct spdk_nvme_cpl *first = &nio->first_cpl;
	struct spdk_bdev_io *io = bdev_io_of(nio);
	struct nvme_link *link = nio->path->link;
	bool is_miscompare = first->status.sct == SPDK_NVME_SCT_MEDIA_ERROR &&
			     first->status.sc == SPDK_NVME_SC_COMPARE_FAILURE;

	if (!spdk_nvme_cpl_is_error(first)) {
		bdev_nvme_io_done(nio, &nio->cpl);
		return;
	}
	if (first->status.sct == SPDK_NVME_SCT_GENERIC || is_miscompare) {
		/* All that needs no word of a pair: dropped, aborted, not equal. */
		bdev_nvme_io_done(nio, first);
		return;
	}
	bdev_nvme_count_error(nio->path->disk, first);
	bdev_nvme_group_end(link->group);
	(void)spdk_bdev_io_set_nvme_status(io, first->cdw0, first->status.sct, first->status.sc);
	spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FIRST_FUSED_FAILED);
	bdev_nvme_link_has_room(link);
}

static void
half_done(struct nvme_io *nio)
{
	if (--nio->fused_left == 0) {
		fused_end(nio);
	}
}

static void
first_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct nvme_io *nio = arg;

	nio->first_cpl = *cpl;
	half_done(nio);
}

static void
second_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct nvme_io *nio = arg;

	nio->cpl = *cpl;
	half_done(nio);
}

static int
submit_second(struct nvme_io *nio, struct spdk_bdev_io *io)
{
	struct spdk_bdev_io_block_params *blocks = &io->u.bdev;

	fill_opts(nio, io);
	nio->opts.io_flags |= SPDK_NVME_IO_FLAGS_FUSE_SECOND;
	return spdk_nvme_ns_cmd_write_iov(nio->path->disk->ns, nio->path->link->qpair,
					  blocks->offset_blocks, (uint32_t)blocks->num_blocks,
					  second_done, nio, blocks->fused_iovs,
					  (uint32_t)blocks->fused_iovcnt, &nio->opts);
}

/* The second half cannot go: it ends as the queue pair's drop ends the first. */
static void
give_up_second(struct nvme_io *nio)
{
	static const struct spdk_nvme_cpl dropped = {
		.status = {.sct = SPDK_NVME_SCT_GENERIC, .sc = SPDK_NVME_SC_ABORTED_MISSING_FUSED}};

	second_done(nio, &dropped);
}

int
bdev_nvme_fused_submit(struct nvme_io *nio, struct spdk_bdev_io *io)
{
	int rc;

	nio->fused_left = 2;
	rc = compare(nio, io, first_done, flags_of(io) | SPDK_NVME_IO_FLAGS_FUSE_FIRST);
	if (rc != 0) {
		return rc;
	}
	rc = submit_second(nio, io);
	if (rc == -ENOMEM) {
		nio->path->link->half_sent = nio;
	} else if (rc != 0) {
		give_up_second(nio);
	}
	return 0;
}

void
bdev_nvme_fused_go_on(struct nvme_link *link)
{
	struct nvme_io *nio = link->half_sent;
	int rc = submit_second(nio, bdev_io_of(nio));

	if (rc == -ENOMEM) {
		return; /* The next completion gives back another request. */
	}
	link->half_sent = NULL;
	if (rc != 0) {
		give_up_second(nio);
	}
	bdev_nvme_link_flush(link);
}

void
bdev_nvme_fused_drop(struct nvme_link *link)
{
	struct nvme_io *nio = link->half_sent;

	if (nio != NULL) {
		link->half_sent = NULL;
		give_up_second(nio);
	}
}

/* ---- Without data ---- */

int
bdev_nvme_unmap_submit(struct nvme_io *nio, struct spdk_bdev_io *io)
{
	struct spdk_nvme_dsm_range ranges[RANGES_MAX];
	uint64_t offset = io->u.bdev.offset_blocks, left = io->u.bdev.num_blocks, most;
	uint16_t count = 0;

	most = nio->path->disk->unmap_range_max;
	if (left > most * RANGES_MAX) {
		return -EINVAL;
	}
	while (left > 0) {
		ranges[count] = (struct spdk_nvme_dsm_range){
			.length = (uint32_t)spdk_min(left, most),
			.starting_lba = offset,
		};
		offset += ranges[count].length;
		left -= ranges[count].length;
		count++;
	}
	return spdk_nvme_ns_cmd_dataset_management(nio->path->disk->ns, nio->path->link->qpair,
						   SPDK_NVME_DSM_ATTR_DEALLOCATE, ranges, count,
						   bdev_nvme_io_done, nio);
}

int
bdev_nvme_write_zeroes_submit(struct nvme_io *nio, struct spdk_bdev_io *io)
{
	/* With protection information made for them, so that reading them finds no fault. */
	uint32_t flags = io->bdev->dif_type != SPDK_DIF_DISABLE ? SPDK_NVME_IO_FLAGS_PRACT : 0;

	if (io->u.bdev.num_blocks > BLOCKS_MAX) {
		return -EINVAL;
	}
	return spdk_nvme_ns_cmd_write_zeroes(
		nio->path->disk->ns, nio->path->link->qpair, io->u.bdev.offset_blocks,
		(uint32_t)io->u.bdev.num_blocks, bdev_nvme_io_done, nio, flags);
}

int
bdev_nvme_write_uncorrectable_submit(struct nvme_io *nio, struct spdk_bdev_io *io)
{
	if (io->u.bdev.num_blocks > BLOCKS_MAX) {
		return -EINVAL;
	}
	return spdk_nvme_ns_cmd_write_uncorrectable(
		nio->path->disk->ns, nio->path->link->qpair, io->u.bdev.offset_blocks,
		(uint32_t)io->u.bdev.num_blocks, bdev_nvme_io_done, nio);
}

int
bdev_nvme_flush_submit(struct nvme_io *nio, struct spdk_bdev_io *io)
{
	return spdk_nvme_ns_cmd_flush(nio->path->disk->ns, nio->path->link->qpair,
				      bdev_nvme_io_done, nio);
}

int
bdev_nvme_copy_submit(struct nvme_io *nio, struct spdk_bdev_io *io)
{
	const struct spdk_nvme_scc_source_range range = {
		.slba = io->u.bdev.copy.src_offset_blocks,
		.nlb = (uint16_t)(io->u.bdev.num_blocks - 1),
	};

	if (io->u.bdev.num_blocks == 0 || io->u.bdev.num_blocks > BLOCKS_MAX) {
		return -EINVAL;
	}
	return spdk_nvme_ns_cmd_copy(nio->path->disk->ns, nio->path->link->qpair, &range, 1,
				     io->u.bdev.offset_blocks, bdev_nvme_io_done, nio);
}
