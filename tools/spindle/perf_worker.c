/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The data path: one job on one device on one core.
 *
 * 1. A worker has `depth` slots. A slot has an I/O under way (in_flight counts them), or is on the
 *    stack of idle ones.
 * 2. All of it runs on the thread of its core. Nothing is allocated or locked between begin and
 * over.
 * 3. The clock is read once for each I/O, whose end is the beginning of the next of its slot; and
 *    once for up to CLOCK_SHARED of them that come back in the same round of the thread. Reading it
 *    costs more than all the rest of a fast I/O, and these are less than a microsecond apart.
 * 4. `left` is what may still be begun; end() sets it to 0, and I/Os under way come back.
 *
 *     open --> begun --left, or verify's passes, used up, or aborted; none in flight--> over
 *
 * A worker that is over has put its channel, and told so once.
 */
#include "perf.h"

#include "spdk/env.h"
#include "spdk/likely.h"
#include "spdk/string.h"
#include "spdk/util.h"

#define PACE_US_MIN  20
#define PACE_US_MAX  1000
#define CLOCK_SHARED 8
/* Lines of a cache, and what vector instructions like. */
#define BUFFER_ALIGN_MIN 64

static void settle(struct perf_worker *worker);

static inline enum perf_kind
kind_of(enum perf_op op)
{
	return op == PERF_OP_READ ? PERF_READ : op == PERF_OP_WRITE ? PERF_WRITE : PERF_OTHER;
}

/* ---- What comes next ---- */

/* Counted in both ways at once: one of the two is far away. */
static inline bool
take_from_pattern(struct perf_worker *worker, struct perf_step *step)
{
	uint64_t block_size = worker->block_size;

	if (spdk_unlikely(worker->left == 0)) {
		return false;
	}
	worker->left--;
	if (spdk_unlikely(worker->job->flush_every != 0 &&
			  worker->writes_since_flush >= worker->job->flush_every)) {
		worker->writes_since_flush = 0;
		worker->left++;
		*step = (struct perf_step){PERF_OP_FLUSH, worker->first_block, worker->num_blocks};
		return true;
	}
	perf_pattern_next(&worker->pattern, step);
	worker->writes_since_flush += step->op == PERF_OP_WRITE;
	if (spdk_unlikely(step->blocks * block_size >= worker->left_bytes)) {
		step->blocks = worker->left_bytes / block_size;
		worker->left = 0;
	}
	worker->left_bytes -= step->blocks * block_size;
	return true;
}

static inline bool
take_step(struct perf_slot *slot)
{
	struct perf_worker *worker = slot->worker;

	if (spdk_unlikely(worker->verify != NULL)) {
		if (worker->is_aborted || !perf_verify_next(worker->verify, &slot->step)) {
			return false;
		}
		if (slot->step.op == PERF_OP_WRITE) {
			perf_verify_stamp(worker->verify, &slot->step, slot->buffer);
		}
		return true;
	}
	return take_from_pattern(worker, &slot->step);
}

/* ---- Failures ---- */

/* Nothing new is begun, for this reason; what is under way ends. */
static void
end_soon(struct perf_worker *worker, enum perf_end why)
{
	if (worker->is_over) {
		return;
	}
	worker->left = 0;
	if (worker->verify != NULL) {
		perf_verify_stop(worker->verify);
	}
	if (why != PERF_END_FINISHED) {
		worker->is_aborted = true;
		worker->end = spdk_max(worker->end, why);
	}
}

static void fail(struct perf_worker *worker, const struct perf_step *step, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void
fail(struct perf_worker *worker, const struct perf_step *step, const char *format, ...)
{
	struct perf_failure *failure = &worker->failure;
	va_list args;

	if (!failure->is_set) {
		*failure = (struct perf_failure){.is_set = true,
						 .op = step->op,
						 .block = step->block,
						 .blocks = step->blocks};
		va_start(args, format);
		vsnprintf(failure->text, sizeof(failure->text), format, args);
		va_end(args);
	}
	if (!worker->run->options->keeps_going) {
		end_soon(worker, PERF_END_FAILED);
	} else if (worker->end < PERF_END_FAILED) {
		worker->end = PERF_END_FAILED;
	}
}

static void __attribute__((noinline)) io_failed(struct perf_slot *slot, const char *error)
{
	struct perf_worker *worker = slot->worker;
	const struct perf_step *step = &slot->step;
	char place[128] = "";

	worker->counts[kind_of(step->op)].failed++;
	if (step->op != PERF_OP_RESET) {
		snprintf(place, sizeof(place),
			 " of %" PRIu64 " blocks from block %" PRIu64 " (offset %" PRIu64 ")",
			 step->blocks, step->block, step->block * worker->block_size);
	}
	fail(worker, step, "%s: %s%s failed: %s", worker->device->name, perf_op_name(step->op),
	     place, error);
}

/* Whether what was read is what was written. */
static bool __attribute__((noinline)) is_verified(struct perf_slot *slot)
{
	struct perf_worker *worker = slot->worker;
	char text[400];

	if (slot->step.op != PERF_OP_READ ||
	    perf_verify_check(worker->verify, &slot->step, slot->buffer, text, sizeof(text))) {
		return true;
	}
	worker->counts[PERF_READ].failed++;
	fail(worker, &slot->step, "%s: %s", worker->device->name, text);
	return false;
}

void
perf_worker_fail(struct perf_worker *worker, const char *format, ...)
{
	struct perf_failure *failure = &worker->failure;
	va_list args;

	if (!failure->is_set) {
		failure->is_set = true;
		va_start(args, format);
		vsnprintf(failure->text, sizeof(failure->text), format, args);
		va_end(args);
	}
	end_soon(worker, PERF_END_FAILED);
}

/* ---- One I/O ---- */

static inline void
push_idle(struct perf_worker *worker, struct perf_slot *slot)
{
	worker->idle[worker->idle_count++] = slot;
}

static inline uint64_t
now_of(struct perf_worker *worker)
{
	/* Another one in each round. */
	uint64_t round = spdk_thread_get_last_tsc(worker->core->thread);

	if (round != worker->clock_round || worker->clock_uses == CLOCK_SHARED) {
		worker->clock_round = round;
		worker->clock_uses = 0;
		worker->clock = spdk_get_ticks();
	}
	worker->clock_uses++;
	return worker->clock;
}

static inline void slot_submit(struct perf_slot *slot);

/* The next I/O of a slot that has none; false: there is none. */
static inline bool
slot_start(struct perf_slot *slot, uint64_t now)
{
	if (!take_step(slot)) {
		return false;
	}
	slot->worker->in_flight++;
	slot->started = now;
	slot_submit(slot);
	return true;
}

void
perf_slot_done(struct perf_slot *slot, const char *error)
{
	struct perf_worker *worker = slot->worker;
	uint64_t now = now_of(worker);
	enum perf_op op = slot->step.op;

	if (spdk_unlikely(error != NULL)) {
		io_failed(slot, error);
	} else if (spdk_likely(worker->verify == NULL) || is_verified(slot)) {
		perf_counts_tally(&worker->counts[kind_of(op)], now - slot->started,
				  op == PERF_OP_FLUSH || op == PERF_OP_RESET ?
					  0 :
					  slot->step.blocks * worker->block_size);
	}
	worker->in_flight--;
	if (spdk_unlikely(worker->rate_poller != NULL) || !slot_start(slot, now)) {
		push_idle(worker, slot);
	}
	if (spdk_unlikely(worker->in_flight == 0)) {
		settle(worker);
	}
}

/* Pieces of equal size, of whole blocks where they are larger than one. */
int
perf_slot_lay_out_vectors(struct perf_slot *slot)
{
	const struct perf_worker *worker = slot->worker;
	uint64_t size = slot->step.blocks * worker->block_size;
	uint32_t count = worker->job->vectors, i;
	uint64_t unit = size / count >= worker->block_size ? worker->block_size : 4;
	uint64_t piece = size / count / unit * unit;

	for (i = 0; i < count; i++) {
		slot->vectors[i].iov_base = slot->buffer + i * piece;
		slot->vectors[i].iov_len = i + 1 < count ? piece : size - i * piece;
	}
	slot->vector = 0;
	slot->vector_offset = 0;
	return (int)count;
}

uint64_t
perf_slot_copy_source(const struct perf_slot *slot)
{
	const struct perf_worker *worker = slot->worker;
	uint64_t places = worker->pattern.sizes[0].places;
	uint64_t blocks = worker->pattern.sizes[0].blocks;
	uint64_t place = (slot->step.block - worker->first_block) / blocks;

	return worker->first_block + (place + places / 2) % places * blocks;
}

/* Whoever calls this settles the worker afterwards, if the slot may be the only one in flight. */
static inline void
slot_submit(struct perf_slot *slot)
{
	struct perf_worker *worker = slot->worker;
	int rc = worker->path->submit(slot);

	if (spdk_likely(rc == 0) || rc == -EAGAIN) {
		return;
	}
	worker->counts[kind_of(slot->step.op)].failed++;
	fail(worker, &slot->step, "%s: %s at block %" PRIu64 " is refused: %s",
	     worker->device->name, perf_op_name(slot->step.op), slot->step.block,
	     spdk_strerror(-rc));
	/* What is refused is refused again: going on would be a loop. */
	end_soon(worker, PERF_END_FAILED);
	worker->in_flight--;
	push_idle(worker, slot);
}

void
perf_slot_submit(struct perf_slot *slot)
{
	struct perf_worker *worker = slot->worker;

	slot_submit(slot);
	settle(worker);
}

/* ---- Slots together ---- */

static void
start_idle(struct perf_worker *worker, uint32_t most)
{
	uint64_t now = spdk_get_ticks();
	struct perf_slot *slot;
	uint32_t count = spdk_min(worker->idle_count, most);

	while (count-- > 0) {
		slot = worker->idle[--worker->idle_count];
		if (!slot_start(slot, now)) {
			push_idle(worker, slot);
			return;
		}
	}
}

static void
over(struct perf_worker *worker)
{
	worker->is_over = true;
	worker->end_ticks = spdk_get_ticks();
	if (worker->end == PERF_END_NOT_YET) {
		worker->end = PERF_END_FINISHED;
	}
	perf_worker_close(worker);
	perf_run_worker_ended(worker);
}

/* After each event that may have been the last of a phase, or of all. */
static void
settle(struct perf_worker *worker)
{
	bool has_more;

	while (worker->in_flight == 0 && worker->is_begun && !worker->is_over) {
		if (worker->verify != NULL) {
			has_more = !worker->is_aborted && perf_verify_turn(worker->verify);
		} else {
			has_more = worker->left > 0;
		}
		if (!has_more) {
			over(worker);
		} else if (worker->rate_poller != NULL) {
			return;
		} else {
			start_idle(worker, worker->depth);
		}
	}
}

/* Starts as many as are due by now. A worker that cannot keep up does not try to catch up later. */
static int
pace(void *arg)
{
	struct perf_worker *worker = arg;
	double elapsed_s =
		(double)(spdk_get_ticks() - worker->pace_ticks) / (double)spdk_get_ticks_hz();
	uint64_t due = (uint64_t)(elapsed_s * (double)worker->rate);
	uint64_t before = worker->idle_count, wanted;

	if (due <= worker->paced) {
		return SPDK_POLLER_IDLE;
	}
	wanted = spdk_min(due - worker->paced, worker->depth);
	worker->paced = due - wanted;
	start_idle(worker, (uint32_t)wanted);
	worker->paced += before - worker->idle_count;
	if (before == worker->idle_count) {
		settle(worker);
	}
	return SPDK_POLLER_BUSY;
}

/* ---- The life of a worker ---- */

static uint64_t
buffer_size(const struct perf_worker *worker)
{
	size_t align = spdk_max(worker->device->align, (size_t)BUFFER_ALIGN_MIN);

	return SPDK_CEIL_DIV(perf_sizes_max(&worker->job->sizes), align) * align;
}

static int
open_buffers(struct perf_worker *worker)
{
	uint64_t size = buffer_size(worker), total = size * worker->depth, i;
	size_t align = spdk_max(worker->device->align, (size_t)BUFFER_ALIGN_MIN);
	enum perf_op op = worker->job->workload->op;
	uint64_t random = worker->seed, word;

	if (op != PERF_OP_READ && op != PERF_OP_WRITE) {
		return 0;
	}
	worker->buffers = spdk_dma_malloc(total, align, NULL);
	if (worker->buffers == NULL) {
		return -ENOMEM;
	}
	/* Data that does not compress, and is not zeroes to be left out. */
	for (i = 0; i + sizeof(word) <= total; i += sizeof(word)) {
		word = perf_random(&random);
		memcpy(worker->buffers + i, &word, sizeof(word));
	}
	for (i = 0; i < worker->depth; i++) {
		worker->slots[i].buffer = worker->buffers + i * size;
	}
	return 0;
}

static int
open_slots(struct perf_worker *worker)
{
	uint32_t i;

	worker->slots = calloc(worker->depth, sizeof(*worker->slots));
	worker->idle = calloc(worker->depth, sizeof(*worker->idle));
	if (worker->job->vectors > 1) {
		worker->vectors = calloc((size_t)worker->depth * worker->job->vectors,
					 sizeof(*worker->vectors));
	}
	if (worker->slots == NULL || worker->idle == NULL ||
	    (worker->job->vectors > 1 && worker->vectors == NULL)) {
		return -ENOMEM;
	}
	for (i = 0; i < worker->depth; i++) {
		worker->slots[i].worker = worker;
		if (worker->vectors != NULL) {
			worker->slots[i].vectors =
				&worker->vectors[(size_t)i * worker->job->vectors];
		}
		/* The first is on top. */
		worker->idle[worker->depth - 1 - i] = &worker->slots[i];
	}
	worker->idle_count = worker->depth;
	return open_buffers(worker);
}

void
perf_worker_open(struct perf_worker *worker)
{
	int rc = 0;
	uint32_t i;

	for (i = 0; i < PERF_KINDS && rc == 0; i++) {
		rc = perf_counts_init(&worker->counts[i]);
	}
	if (rc == 0) {
		rc = open_slots(worker);
	}
	if (rc == 0) {
		rc = worker->path->open_worker(worker);
	}
	if (rc != 0 && !worker->failure.is_set) {
		worker->failure.is_set = true;
		snprintf(worker->failure.text, sizeof(worker->failure.text),
			 "%s: there is no memory for %u I/Os of %" PRIu64 " bytes",
			 worker->device->name, worker->depth, perf_sizes_max(&worker->job->sizes));
	}
	if (rc != 0) {
		end_soon(worker, PERF_END_FAILED);
	}
}

void
perf_worker_begin(struct perf_worker *worker)
{
	uint64_t period_us;

	worker->is_begun = true;
	worker->start_ticks = worker->pace_ticks = spdk_get_ticks();
	if (worker->rate != 0) {
		period_us = spdk_max(spdk_min(SPDK_SEC_TO_USEC / worker->rate, PACE_US_MAX),
				     PACE_US_MIN);
		worker->rate_poller = SPDK_POLLER_REGISTER(pace, worker, period_us);
		if (worker->rate_poller == NULL) {
			end_soon(worker, PERF_END_FAILED);
		}
	} else {
		start_idle(worker, worker->depth);
	}
	settle(worker);
}

void
perf_worker_measure(struct perf_worker *worker)
{
	uint32_t i;

	if (worker->is_over) {
		return;
	}
	for (i = 0; i < PERF_KINDS; i++) {
		perf_counts_reset(&worker->counts[i]);
	}
	worker->start_ticks = spdk_get_ticks();
}

void
perf_worker_stop(struct perf_worker *worker, enum perf_end why)
{
	end_soon(worker, why);
	settle(worker);
}

void
perf_worker_close(struct perf_worker *worker)
{
	spdk_poller_unregister(&worker->rate_poller);
	worker->path->close_worker(worker);
	spdk_dma_free(worker->buffers);
	worker->buffers = NULL;
	free(worker->vectors);
	worker->vectors = NULL;
	free(worker->slots);
	worker->slots = NULL;
	free(worker->idle);
	worker->idle = NULL;
}

void
perf_worker_free(struct perf_worker *worker)
{
	uint32_t i;

	for (i = 0; i < PERF_KINDS; i++) {
		perf_counts_fini(&worker->counts[i]);
	}
	perf_pattern_fini(&worker->pattern);
	free(worker->verify);
	free(worker);
}

void
perf_worker_look(const struct perf_worker *worker, struct perf_state *state)
{
	uint32_t i;

	for (i = 0; i < PERF_KINDS; i++) {
		state->ios += perf_counter_get(&worker->counts[i].ios);
		state->bytes += perf_counter_get(&worker->counts[i].bytes);
		state->ticks += perf_counter_get(&worker->counts[i].ticks);
	}
}
