/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One pass over a range, by a number of slots. A slot carries a piece from its source to its
 * target:
 *
 *   state     what holds                                      leaves it by
 *   IDLE      no piece                                        begin_piece(), begin_zeros()
 *   READING   its request reads the source                    read_done()
 *   READY     bytes are there; a target that is ordered has   begin_writes()
 *             not been given those before it
 *   WRITING   its request writes a run of data, or zeros,     written()
 *             up to `written`; then the next one
 *   COMPARING its request reads the target                    target_read()
 *
 * S1  Pieces begin in order, at `next`; they end in any. What is before the first that is under way
 *     is done: dd_pass_reached().
 * S2  A failure, or a stop, begins no further piece. The pass is over when no slot is busy.
 * S3  What was given up, by a failure or since the source has ended, and all behind it counts as
 * not done, whatever became of it: `lost`.
 */
#include "dd_pass.h"

#include "spdk/env.h"
#include "spdk/thread.h"
#include "spdk/util.h"

/* Zeros that are made at once, and what is too few to be worth a hole. */
#define ZERO_BYTES_MAX (64ull << 20)
#define HOLE_BYTES_MIN 4096

enum slot_state {
	SLOT_IDLE,
	SLOT_READING,
	SLOT_READY,
	SLOT_WRITING,
	SLOT_COMPARING,
};

struct dd_slot {
	struct dd_pass *pass;
	enum slot_state state;
	uint64_t sequence;
	uint64_t begin;
	uint64_t size;
	uint64_t written;
	uint8_t *bytes;
	/* Of the target, to be compared. */
	uint8_t *other;
	struct dd_request request;
};

static void fill(struct dd_pass *pass);

static void
tell_done(void *arg)
{
	struct dd_pass *pass = arg;

	pass->done(pass, pass->arg);
}

static void
fail(struct dd_pass *pass, const struct dd_request *request, enum dd_op op, uint64_t offset)
{
	if (pass->rc == 0) {
		pass->rc = request->rc;
		pass->failed_end = request->end;
		pass->failed_op = op;
		pass->failed_offset = offset;
	}
	pass->is_stopping = true;
}

static void
submit(struct dd_slot *slot, struct dd_end *end, enum dd_op op, uint8_t *bytes)
{
	slot->request.op = op;
	slot->request.bytes = bytes;
	dd_end_submit(end, &slot->request);
}

static void
release(struct dd_slot *slot)
{
	slot->state = SLOT_IDLE;
	slot->pass->busy--;
	fill(slot->pass);
}

static void
lose(struct dd_pass *pass, uint64_t begin)
{
	pass->lost = spdk_min(pass->lost, begin);
}

/* What was interrupted by a stop is no failure. */
static void
release_failed(struct dd_slot *slot)
{
	if (slot->request.rc != -ECANCELED || !slot->pass->is_stopping) {
		fail(slot->pass, &slot->request, slot->request.op, slot->request.offset);
	}
	lose(slot->pass, slot->begin);
	release(slot);
}

/* Those behind a piece that was given up will not have their turn. */
static void
drop_ready(struct dd_pass *pass)
{
	unsigned i;

	for (i = 0; i < pass->depth; i++) {
		if (pass->slots[i].state == SLOT_READY && pass->slots[i].begin >= pass->lost) {
			pass->slots[i].state = SLOT_IDLE;
			pass->busy--;
		}
	}
}

/* ---- Writing ---- */

static void write_run(struct dd_slot *slot);

static void
written(struct dd_request *request)
{
	struct dd_slot *slot = request->arg;

	if (request->rc != 0) {
		release_failed(slot);
		return;
	}
	slot->written += request->size;
	if (request->op == DD_ZERO) {
		slot->pass->bytes_zeroed += request->size;
	} else {
		slot->pass->bytes_written += request->size;
	}
	if (slot->written < slot->size) {
		write_run(slot);
	} else {
		release(slot);
	}
}

static void
write_run(struct dd_slot *slot)
{
	struct dd_pass *pass = slot->pass;
	uint64_t offset = pass->plan.seek + slot->begin + slot->written;
	uint64_t size = slot->size - slot->written;
	uint8_t *bytes = slot->bytes + slot->written;
	uint64_t unit =
		spdk_max(pass->plan.block, HOLE_BYTES_MIN / pass->plan.block * pass->plan.block);
	bool is_zero = false;

	if (pass->is_sparse) {
		size = dd_run_length(bytes, size, offset, unit, &is_zero);
	}
	slot->request.offset = offset;
	slot->request.size = size;
	slot->request.done = written;
	submit(slot, pass->target, is_zero ? DD_ZERO : DD_WRITE, bytes);
}

/* The slot whose turn it is at a target that is ordered. */
static struct dd_slot *
next_ready(struct dd_pass *pass)
{
	unsigned i;

	for (i = 0; i < pass->depth; i++) {
		if (pass->slots[i].state == SLOT_READY &&
		    pass->slots[i].sequence == pass->next_write) {
			return &pass->slots[i];
		}
	}
	return NULL;
}

static void
begin_writes(struct dd_pass *pass, struct dd_slot *slot)
{
	if (pass->target->is_ordered) {
		slot = next_ready(pass);
	}
	while (slot != NULL) {
		pass->next_write++;
		slot->state = SLOT_WRITING;
		write_run(slot);
		slot = pass->target->is_ordered ? next_ready(pass) : NULL;
	}
}

/* ---- Comparing ---- */

static void
target_read(struct dd_request *request)
{
	struct dd_slot *slot = request->arg;
	uint64_t i = 0;

	if (request->rc != 0) {
		release_failed(slot);
		return;
	}
	if (request->result < slot->size || memcmp(slot->bytes, slot->other, slot->size) != 0) {
		while (i < request->result && slot->bytes[i] == slot->other[i]) {
			i++;
		}
		request->rc = -EILSEQ;
		fail(slot->pass, request, DD_COMPARE, request->offset + i);
		lose(slot->pass, slot->begin);
	} else {
		slot->pass->bytes_written += slot->size;
	}
	release(slot);
}

static void
read_target(struct dd_slot *slot)
{
	slot->state = SLOT_COMPARING;
	slot->request.offset = slot->pass->plan.seek + slot->begin;
	slot->request.size = slot->size;
	slot->request.done = target_read;
	submit(slot, slot->pass->target, DD_READ, slot->other);
}

/* ---- Reading ---- */

/* More came than the target has room for: what fits is written, and nothing after it. */
static void
cut_to_room(struct dd_slot *slot)
{
	struct dd_pass *pass = slot->pass;
	uint64_t room = pass->target->size - pass->plan.seek;
	uint64_t fits = slot->begin < room ? room - slot->begin : 0;

	if (pass->target->size != DD_UNLIMITED && slot->size > fits) {
		slot->size = fits;
		slot->request.rc = -ENOSPC;
		slot->request.end = pass->target;
		fail(pass, &slot->request, DD_WRITE, pass->target->size);
		slot->request.rc = 0;
		lose(pass, room);
	}
}

/* Less came than was asked for: the source has ended, or its reading was interrupted. */
static void
cut_to_result(struct dd_slot *slot, bool is_interrupted)
{
	struct dd_pass *pass = slot->pass;

	slot->size = slot->request.result;
	pass->is_short |= !is_interrupted;
	pass->is_stopping = true;
	lose(pass, slot->begin + slot->size);
}

static void
read_done(struct dd_request *request)
{
	struct dd_slot *slot = request->arg;
	struct dd_pass *pass = slot->pass;
	bool is_interrupted = request->rc == -ECANCELED && pass->is_stopping;

	if (request->rc != 0 && !is_interrupted) {
		release_failed(slot);
		return;
	}
	if (request->result < slot->size) {
		cut_to_result(slot, is_interrupted);
	}
	cut_to_room(slot);
	/* Behind what was given up nothing is of use, nor would its turn come. */
	if (slot->size == 0 || slot->begin >= pass->lost) {
		release(slot);
	} else if (pass->is_compare) {
		read_target(slot);
	} else {
		slot->state = SLOT_READY;
		begin_writes(pass, slot);
	}
}

/* ---- Beginning ---- */

static void
look_done(struct dd_request *request)
{
	struct dd_pass *pass = request->arg;

	pass->is_looking = false;
	pass->busy--;
	if (request->rc != 0) {
		fail(pass, request, DD_EXTENT, request->offset);
	}
	pass->hole_end = spdk_min(request->result - pass->skip, pass->end);
	pass->data_end = request->result_end == DD_UNLIMITED ? DD_UNLIMITED :
							       request->result_end - pass->skip;
	fill(pass);
}

static void
look(struct dd_pass *pass)
{
	pass->is_looking = true;
	pass->busy++;
	pass->extent.op = DD_EXTENT;
	pass->extent.offset = pass->skip + pass->next;
	pass->extent.done = look_done;
	pass->extent.arg = pass;
	dd_end_submit(pass->source, &pass->extent);
}

static struct dd_slot *
take_slot(struct dd_pass *pass, uint64_t size)
{
	struct dd_slot *slot = pass->slots;

	while (slot->state != SLOT_IDLE) {
		slot++;
	}
	pass->busy++;
	slot->sequence = pass->next_sequence++;
	slot->begin = pass->next;
	slot->size = size;
	slot->written = 0;
	pass->next += size;
	return slot;
}

/* A hole of the source, as far as it is whole blocks of the target. Whether there was one. */
static bool
begin_zeros(struct dd_pass *pass)
{
	uint64_t hole = pass->hole_end > pass->next ? pass->hole_end - pass->next : 0;
	uint64_t size = dd_plan_zeros(&pass->plan, pass->next, spdk_min(hole, ZERO_BYTES_MAX));
	struct dd_slot *slot;

	if (size == 0) {
		return false;
	}
	slot = take_slot(pass, size);
	slot->state = SLOT_WRITING;
	slot->request.offset = pass->plan.seek + slot->begin;
	slot->request.size = size;
	slot->request.done = written;
	submit(slot, pass->target, DD_ZERO, NULL);
	return true;
}

static void
begin_piece(struct dd_pass *pass)
{
	uint64_t end = spdk_min(dd_plan_end(&pass->plan, pass->next), pass->end);
	struct dd_slot *slot = take_slot(pass, end - pass->next);

	/* Of a copy all pieces are wanted; of a sample, those between are left out. */
	pass->next += (pass->step - 1) * pass->plan.piece;
	slot->state = SLOT_READING;
	slot->request.offset = pass->skip + slot->begin;
	slot->request.size = slot->size;
	slot->request.done = read_done;
	submit(slot, pass->source, DD_READ, slot->bytes);
}

static bool
may_begin(const struct dd_pass *pass)
{
	return !pass->is_stopping && pass->next < pass->end && !pass->is_looking &&
	       pass->busy < pass->depth;
}

/* Begins what may begin. Not within itself: a request that fails at once comes back here. */
static void
fill(struct dd_pass *pass)
{
	if (pass->is_filling) {
		return;
	}
	pass->is_filling = true;
	drop_ready(pass);
	while (may_begin(pass)) {
		if (pass->is_sparse && pass->next >= pass->data_end) {
			look(pass);
		} else if (!begin_zeros(pass)) {
			begin_piece(pass);
		}
	}
	pass->is_filling = false;
	if (pass->busy == 0 && !pass->is_over) {
		pass->is_over = true;
		spdk_thread_send_msg(spdk_get_thread(), tell_done, pass);
	}
}

/* ---- The whole ---- */

static bool
slot_init(struct dd_pass *pass, struct dd_slot *slot)
{
	size_t alignment = spdk_max(pass->source->alignment, pass->target->alignment);

	slot->pass = pass;
	slot->request.arg = slot;
	slot->bytes = spdk_dma_malloc(pass->plan.piece, alignment, NULL);
	if (pass->is_compare) {
		slot->other = spdk_dma_malloc(pass->plan.piece, alignment, NULL);
	}
	return slot->bytes != NULL && (slot->other != NULL || !pass->is_compare);
}

int
dd_pass_start(struct dd_pass *pass)
{
	unsigned i;

	pass->slots = calloc(pass->depth, sizeof(*pass->slots));
	if (pass->slots == NULL) {
		return -ENOMEM;
	}
	for (i = 0; i < pass->depth; i++) {
		if (!slot_init(pass, &pass->slots[i])) {
			return -ENOMEM;
		}
	}
	pass->next = pass->begin;
	pass->lost = DD_UNLIMITED;
	/* Nothing is known yet: it begins with a look. */
	pass->hole_end = pass->begin;
	pass->data_end = pass->begin;
	fill(pass);
	return 0;
}

void
dd_pass_stop(struct dd_pass *pass)
{
	pass->is_stopping = true;
}

uint64_t
dd_pass_reached(const struct dd_pass *pass)
{
	uint64_t reached = spdk_min(spdk_min(pass->next, pass->end), pass->lost);
	unsigned i;

	for (i = 0; i < pass->depth; i++) {
		if (pass->slots[i].state != SLOT_IDLE) {
			reached = spdk_min(reached, pass->slots[i].begin);
		}
	}
	return reached;
}

void
dd_pass_fini(struct dd_pass *pass)
{
	unsigned i;

	for (i = 0; pass->slots != NULL && i < pass->depth; i++) {
		dd_request_fini(&pass->slots[i].request);
		spdk_dma_free(pass->slots[i].bytes);
		spdk_dma_free(pass->slots[i].other);
	}
	free(pass->slots);
	pass->slots = NULL;
}
