/* SPDX-License-Identifier: BSD-3-Clause */
/* I/O of the model: made at random, submitted in any of the ways that there are, and looked at. */
#include "io/nvme/fake/model_fixture.h"

#define GENERIC(name)    SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_##name
#define COPY_BLOCKS_MAX  100
#define FUSED_BLOCKS_MAX 4
#define CHOICE_TRIES     8

static struct model_io *
find_idle(struct model *model)
{
	for (uint32_t i = 0; i < MODEL_IOS_MAX; i++) {
		if (!model->ios[i].is_under_way) {
			return &model->ios[i];
		}
	}
	return NULL;
}

uint32_t
model_io_under_way(const struct model *model)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < MODEL_IOS_MAX; i++) {
		count += model->ios[i].is_under_way;
	}
	return count;
}

static bool
is_writing(enum model_io_kind kind)
{
	switch (kind) {
	case MODEL_WRITE:
	case MODEL_WRITE_ZEROES:
	case MODEL_DEALLOCATE:
	case MODEL_UNCORRECTABLE:
	case MODEL_COPY:
	case MODEL_FUSED_WRITE:
		return true;
	default:
		return false;
	}
}

static bool
has_blocks(enum model_io_kind kind)
{
	return kind != MODEL_FLUSH && kind != MODEL_BEYOND_END;
}

/* Takes the blocks for the I/O, or gives them back. */
static void
hold(struct model_io *io, bool takes)
{
	for (uint32_t i = 0; i < io->count && has_blocks(io->kind); i++) {
		struct model_block *block = &io->ns->blocks[io->lba + i];

		if (is_writing(io->kind)) {
			block->is_written = takes;
		} else {
			block->readers = (uint8_t)(block->readers + (takes ? 1 : -1));
		}
	}
	for (uint32_t i = 0; i < io->count && io->kind == MODEL_COPY; i++) {
		struct model_block *block = &io->ns->blocks[io->source + i];

		block->readers = (uint8_t)(block->readers + (takes ? 1 : -1));
	}
}

void
model_io_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct model_io *io = arg;

	if (!io->is_under_way || io->is_done) {
		model_fail(io->model, "kind %d of block %" PRIu64 " completed %s", io->kind,
			   io->lba, io->is_done ? "twice" : "though it is not under way");
	}
	io->is_done = true;
	io->cpl = *cpl;
}

static bool
is_status(const struct model_io *io, uint32_t sct, uint32_t sc)
{
	return io->cpl.status.sct == sct && io->cpl.status.sc == sc;
}

/* Whether something has happened that the status may come from. */
static bool
is_explained(const struct model_io *io)
{
	const struct model *model = io->model;

	if (is_status(io, GENERIC(ABORTED_SQ_DELETION))) {
		return model->is_broken;
	}
	if (is_status(io, GENERIC(ABORTED_BY_REQUEST))) {
		return model->aborts != 0;
	}
	if (is_status(io, GENERIC(INTERNAL_DEVICE_ERROR)) ||
	    is_status(io, GENERIC(NAMESPACE_NOT_READY))) {
		return model->has_faults;
	}
	if (is_status(io, GENERIC(ABORTED_FAILED_FUSED)) ||
	    is_status(io, GENERIC(ABORTED_MISSING_FUSED))) {
		return (io->kind == MODEL_FUSED_WRITE && io->first_differs) ||
		       ((io->kind == MODEL_FUSED_WRITE || io->kind == MODEL_FUSED_COMPARE) &&
			(model->has_faults || model->is_broken));
	}
	return false;
}

static void
unexplained(const struct model_io *io)
{
	model_fail(io->model,
		   "kind %d of namespace %u, blocks %" PRIu64 " + %u, ended with status %x/%x",
		   io->kind, io->ns->nsid, io->lba, io->count, io->cpl.status.sct,
		   io->cpl.status.sc);
}

static void
check_read(struct model_io *io)
{
	struct model_ns *ns = io->ns;

	model_payload_gather(io);
	for (uint32_t i = 0; i < io->count; i++) {
		const uint8_t *data = io->linear + (size_t)i * ns->stride;
		const uint8_t *md = NULL;

		if (ns->opts.md_size != 0) {
			md = ns->opts.md_is_extended ? data + ns->opts.block_size :
						       io->md + (size_t)i * ns->opts.md_size;
		}
		if (!model_matches(ns, io->lba + i, data, md)) {
			model_fail(io->model,
				   "block %" PRIu64 " of namespace %u is not what was written",
				   io->lba + i, ns->nsid);
		}
	}
}

static uint64_t
new_id(const struct model_io *io, uint32_t i)
{
	switch (io->kind) {
	case MODEL_WRITE_ZEROES:
	case MODEL_DEALLOCATE:
		return MODEL_ID_ZEROS;
	case MODEL_UNCORRECTABLE:
		return MODEL_ID_BAD;
	default:
		return io->ids[i];
	}
}

static void
apply(struct model_io *io, bool is_certain)
{
	for (uint32_t i = 0; i < io->count && is_writing(io->kind); i++) {
		if (is_certain) {
			model_set(io->ns, io->lba + i, new_id(io, i));
		} else {
			model_may_be(io->ns, io->lba + i, new_id(io, i));
		}
	}
}

static void
check_success(struct model_io *io)
{
	bool reads = io->kind == MODEL_READ || io->kind == MODEL_VERIFY;

	if (io->kind == MODEL_BEYOND_END || io->differs) {
		unexplained(io);
	}
	if (reads && model_must_be_bad(io->ns, io->lba, io->count)) {
		unexplained(io);
	}
	if (io->kind == MODEL_READ) {
		check_read(io);
	}
	apply(io, true);
}

static void
check_error(struct model_io *io)
{
	bool reads = io->kind == MODEL_READ || io->kind == MODEL_VERIFY;
	bool is_expected =
		(reads &&
		 is_status(io, SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_UNRECOVERED_READ_ERROR) &&
		 model_may_be_bad(io->ns, io->lba, io->count)) ||
		(io->differs &&
		 is_status(io, SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_COMPARE_FAILURE)) ||
		(io->kind == MODEL_BEYOND_END && is_status(io, GENERIC(LBA_OUT_OF_RANGE)));

	if (!is_expected && !is_explained(io)) {
		unexplained(io);
	}
	if (is_status(io, GENERIC(ABORTED_FAILED_FUSED))) {
		/* For certain not: the pair is one. But the other half may be tried again. */
		return;
	}
	apply(io, false);
}

void
model_io_check(struct model *model, struct model_io *io)
{
	if (!io->is_done) {
		return;
	}
	hold(io, false);
	model->done[io->kind]++;
	if (spdk_nvme_cpl_is_success(&io->cpl)) {
		model->succeeded[io->kind]++;
		check_success(io);
	} else {
		check_error(io);
	}
	io->is_done = false;
	io->is_under_way = false;
}

/* Content of its own for each block, to be written or compared. */
static void
fill(struct model *model, struct model_io *io, bool is_new)
{
	struct model_ns *ns = io->ns;

	for (uint32_t i = 0; i < io->count; i++) {
		uint8_t *data = io->linear + (size_t)i * ns->stride, *md = NULL;

		if (ns->opts.md_size != 0) {
			md = ns->opts.md_is_extended ? data + ns->opts.block_size :
						       io->md + (size_t)i * ns->opts.md_size;
		}
		io->ids[i] = is_new ? ++model->next_id : ns->blocks[io->lba + i].ids[0];
		model_fill(ns, io->ids[i], data, md);
	}
	if (io->differs) {
		io->linear[model_random(model, io->count * ns->opts.block_size)] ^= 0x10;
	}
	model_payload_scatter(io);
}

static enum model_io_kind
choose_kind(struct model *model)
{
	static const struct {
		enum model_io_kind kind;
		uint32_t weight;
	} kinds[] = {
		{MODEL_READ, 40},         {MODEL_WRITE, 35},        {MODEL_WRITE_ZEROES, 4},
		{MODEL_DEALLOCATE, 3},    {MODEL_COMPARE, 5},       {MODEL_FLUSH, 2},
		{MODEL_VERIFY, 2},        {MODEL_UNCORRECTABLE, 1}, {MODEL_COPY, 2},
		{MODEL_FUSED_COMPARE, 4}, {MODEL_BEYOND_END, 2},
	};
	uint32_t at = model_random(model, 100), i = 0;

	while (at >= kinds[i].weight) {
		at -= kinds[i++].weight;
	}
	return kinds[i].kind;
}

/* Neither half may be split, and both must be in the queue together. */
static bool
fused_fits(const struct model_io *io)
{
	const struct model *model = io->model;

	return io->count * io->ns->stride <= 4096u << model->opts.mdts &&
	       spdk_min(model->host.opts.io_queue_size, model->opts.queue_entries_max) > 2;
}

static bool
is_possible(const struct model_io *io)
{
	const struct model_ns *ns = io->ns;

	switch (io->kind) {
	case MODEL_FUSED_COMPARE:
		if (!fused_fits(io)) {
			return false;
		}
	/* Fall through. */
	case MODEL_COMPARE:
		return ns->opts.md_size == 0 && model_is_certain(ns, io->lba, io->count) &&
		       model_is_free_to_write(ns, io->lba, io->count);
	case MODEL_COPY:
		return ns->opts.md_size == 0 && model_is_certain(ns, io->source, io->count) &&
		       model_is_free_to_read(ns, io->source, io->count) &&
		       model_is_free_to_write(ns, io->lba, io->count) &&
		       (io->source + io->count <= io->lba || io->lba + io->count <= io->source);
	case MODEL_FLUSH:
	case MODEL_BEYOND_END:
		return true;
	default:
		return is_writing(io->kind) ? model_is_free_to_write(ns, io->lba, io->count) :
					      model_is_free_to_read(ns, io->lba, io->count);
	}
}

static uint32_t
choose_count(struct model *model, const struct model_io *io)
{
	uint32_t max = MODEL_IO_SIZE_MAX / io->ns->stride;

	if (io->kind == MODEL_COPY) {
		max = spdk_min(max, COPY_BLOCKS_MAX);
	} else if (io->kind == MODEL_FUSED_COMPARE) {
		max = FUSED_BLOCKS_MAX;
	} else if (model_chance(model, 60)) {
		max = spdk_min(max, 9);
	}
	return 1 + model_random(model, max);
}

/* What, and where; false: nothing was found that does not get into the way of others. */
static bool
choose(struct model *model, struct model_io *io)
{
	for (uint32_t i = 0; i < CHOICE_TRIES; i++) {
		uint64_t blocks;

		io->ns = &model->ns[model_random(model, model->ns_count)];
		io->kind = choose_kind(model);
		io->count = choose_count(model, io);
		blocks = io->ns->opts.blocks - io->count + 1;
		io->lba = model_random(model, (uint32_t)blocks);
		io->source = model_random(model, (uint32_t)blocks);
		io->differs = false;
		if (io->kind == MODEL_BEYOND_END) {
			io->lba = io->ns->opts.blocks - model_random(model, io->count);
		}
		if (is_possible(io)) {
			return true;
		}
	}
	return false;
}

static uint32_t
flags_of(const struct model_io *io)
{
	if (io->ns->opts.pi_type == 0) {
		return 0;
	}
	return io->kind == MODEL_WRITE || io->kind == MODEL_WRITE_ZEROES ?
		       SPDK_NVME_IO_FLAGS_PRACT :
		       SPDK_NVME_IO_FLAGS_PRCHK_GUARD | SPDK_NVME_IO_FLAGS_PRCHK_REFTAG;
}

/* Reads and writes: three ways to say the same. */
static int
submit_data(struct model *model, struct model_io *io, struct spdk_nvme_ns *ns,
	    struct spdk_nvme_qpair *qpair)
{
	bool has_md = io->ns->opts.md_size != 0 && !io->ns->opts.md_is_extended;
	void *md = has_md ? io->md : NULL;
	uint32_t flags = flags_of(io);
	struct spdk_nvme_ns_cmd_ext_io_opts opts = {
		.size = sizeof(opts), .io_flags = flags, .metadata = md};
	bool writes = io->kind == MODEL_WRITE;

	if (io->iov_count == 1 && model_chance(model, 70)) {
		return writes ? spdk_nvme_ns_cmd_write_with_md(ns, qpair, io->iov[0].iov_base, md,
							       io->lba, io->count, model_io_done,
							       io, flags, 0, 0) :
				spdk_nvme_ns_cmd_read_with_md(ns, qpair, io->iov[0].iov_base, md,
							      io->lba, io->count, model_io_done, io,
							      flags, 0, 0);
	}
	if (model_chance(model, 50)) {
		return writes ? spdk_nvme_ns_cmd_write_iov(ns, qpair, io->lba, io->count,
							   model_io_done, io, io->iov,
							   io->iov_count, &opts) :
				spdk_nvme_ns_cmd_read_iov(ns, qpair, io->lba, io->count,
							  model_io_done, io, io->iov, io->iov_count,
							  &opts);
	}
	return writes ?
		       spdk_nvme_ns_cmd_writev_with_md(ns, qpair, io->lba, io->count, model_io_done,
						       io, flags, model_payload_reset,
						       model_payload_next, md, 0, 0) :
		       spdk_nvme_ns_cmd_readv_with_md(ns, qpair, io->lba, io->count, model_io_done,
						      io, flags, model_payload_reset,
						      model_payload_next, md, 0, 0);
}

static int
submit_deallocate(struct model_io *io, struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair)
{
	uint32_t half = io->count / 2;
	struct spdk_nvme_dsm_range ranges[2] = {
		{.starting_lba = io->lba, .length = io->count - half},
		{.starting_lba = io->lba + io->count - half, .length = half},
	};

	return spdk_nvme_ns_cmd_dataset_management(ns, qpair, SPDK_NVME_DSM_ATTR_DEALLOCATE, ranges,
						   half == 0 ? 1 : 2, model_io_done, io);
}

static int
submit_copy(struct model_io *io, struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair)
{
	struct spdk_nvme_scc_source_range range = {.slba = io->source,
						   .nlb = (uint16_t)(io->count - 1)};

	for (uint32_t i = 0; i < io->count; i++) {
		io->ids[i] = io->ns->blocks[io->source + i].ids[0];
	}
	return spdk_nvme_ns_cmd_copy(ns, qpair, &range, 1, io->lba, model_io_done, io);
}

static int
submit_compare(struct model_io *io, struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair)
{
	if (io->iov_count == 1) {
		return spdk_nvme_ns_cmd_compare(ns, qpair, io->iov[0].iov_base, io->lba, io->count,
						model_io_done, io, 0);
	}
	return spdk_nvme_ns_cmd_comparev(ns, qpair, io->lba, io->count, model_io_done, io, 0,
					 model_payload_reset, model_payload_next);
}

/* An I/O that is not one of a fused pair. */
static int
submit(struct model *model, struct model_io *io, struct spdk_nvme_ns *ns,
       struct spdk_nvme_qpair *qpair)
{
	switch (io->kind) {
	case MODEL_READ:
	case MODEL_WRITE:
		return submit_data(model, io, ns, qpair);
	case MODEL_WRITE_ZEROES:
		return spdk_nvme_ns_cmd_write_zeroes(ns, qpair, io->lba, io->count, model_io_done,
						     io, flags_of(io));
	case MODEL_DEALLOCATE:
		return submit_deallocate(io, ns, qpair);
	case MODEL_COMPARE:
		return submit_compare(io, ns, qpair);
	case MODEL_FLUSH:
		return spdk_nvme_ns_cmd_flush(ns, qpair, model_io_done, io);
	case MODEL_VERIFY:
		return spdk_nvme_ns_cmd_verify(ns, qpair, io->lba, io->count, model_io_done, io, 0);
	case MODEL_UNCORRECTABLE:
		return spdk_nvme_ns_cmd_write_uncorrectable(ns, qpair, io->lba, io->count,
							    model_io_done, io);
	case MODEL_COPY:
		return submit_copy(io, ns, qpair);
	default:
		return spdk_nvme_ns_cmd_verify(ns, qpair, io->lba, io->count, model_io_done, io, 0);
	}
}

static void
prepare(struct model *model, struct model_io *io)
{
	switch (io->kind) {
	case MODEL_READ:
		model_payload_make(model, io);
		memset(io->md, 0xee, io->count * io->ns->opts.md_size);
		break;
	case MODEL_WRITE:
		model_payload_make(model, io);
		fill(model, io, true);
		break;
	case MODEL_COMPARE:
		io->differs = model_chance(model, 30);
		model_payload_make(model, io);
		fill(model, io, false);
		break;
	default:
		break;
	}
}

/* 0 or what there is no room for; anything else is wrong. */
static bool
is_taken(struct model *model, struct model_io *io, int rc)
{
	if (rc == 0) {
		io->submitted_us = virtual_clock_us();
		return true;
	}
	if (rc != -ENOMEM && !(rc == -ENXIO && model->is_broken)) {
		model_fail(model, "kind %d, blocks %" PRIu64 " + %u in %u pieces: refused with %d",
			   io->kind, io->lba, io->count, io->iov_count, rc);
	}
	hold(io, false);
	io->is_under_way = false;
	return false;
}

static bool
submit_fused(struct model *model, struct model_io *first, struct spdk_nvme_ns *ns,
	     struct spdk_nvme_qpair *qpair)
{
	struct model_io *second;
	int rc;

	first->is_under_way = true;
	second = find_idle(model);
	if (second == NULL || !model->opts.has_fused) {
		first->is_under_way = false;
		return false;
	}
	second->kind = MODEL_FUSED_WRITE;
	second->ns = first->ns;
	second->qpair = first->qpair;
	second->lba = first->lba;
	second->count = first->count;
	second->differs = false;
	second->is_under_way = true;
	first->differs = model_chance(model, 30);
	second->first_differs = first->differs;
	for (uint32_t i = 0; i < 2; i++) {
		struct model_io *io = i == 0 ? first : second;

		io->iov_count = 1;
		memset(io->area, 0xb7, MODEL_IO_SIZE_MAX);
		io->iov[0] = (struct iovec){io->area, io->count * io->ns->stride};
		fill(model, io, io == second);
		hold(io, true);
	}
	rc = spdk_nvme_ns_cmd_compare(ns, qpair, first->iov[0].iov_base, first->lba, first->count,
				      model_io_done, first, SPDK_NVME_IO_FLAGS_FUSE_FIRST);
	if (!is_taken(model, first, rc)) {
		hold(second, false);
		second->is_under_way = false;
		return false;
	}
	do {
		rc = spdk_nvme_ns_cmd_write(ns, qpair, second->iov[0].iov_base, second->lba,
					    second->count, model_io_done, second,
					    SPDK_NVME_IO_FLAGS_FUSE_SECOND);
		if (rc == -ENOMEM) {
			(void)spdk_get_ticks(); /* For the step. */
			spdk_nvme_qpair_process_completions(qpair, 0);
		}
	} while (rc == -ENOMEM);
	return is_taken(model, second, rc);
}

bool
model_io_submit(struct model *model)
{
	struct model_io *io = find_idle(model);
	struct spdk_nvme_qpair *qpair;
	struct spdk_nvme_ns *ns;

	if (io == NULL || !choose(model, io)) {
		return false;
	}
	io->qpair = model_random(model, model->qpair_max);
	qpair = model->qpairs[io->qpair];
	ns = spdk_nvme_ctrlr_get_ns(model->host.ctrlr, io->ns->nsid);
	if (qpair == NULL || ns == NULL) {
		return false;
	}
	if (io->kind == MODEL_FUSED_COMPARE) {
		return submit_fused(model, io, ns, qpair);
	}
	prepare(model, io);
	io->is_under_way = true;
	hold(io, true);
	return is_taken(model, io, submit(model, io, ns, qpair));
}
