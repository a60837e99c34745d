/* SPDX-License-Identifier: BSD-3-Clause */
#include "operation.h"
#include "content.h"
#include "memory.h"
#include "random.h"
#include "report.h"
#include "spdk/util.h"
#include "trouble.h"

/* What fits into one buffer of the library, with metadata and whatever alignment. */
#define BUFFER_MAX 8192
#define MD_MAX     (DATA_MAX / 512 * 64)
/* Half of all operations meet here. */
#define HOT_BLOCKS 16

static struct lane g_lanes[LANES];
static struct operation *g_operations;
static uint64_t g_count, g_limit;
static uint32_t g_outstanding;

/* ---- All of them ---- */

void
operations_open(uint64_t count)
{
	uint32_t i;

	g_operations = calloc(count, sizeof(*g_operations));
	if (g_operations == NULL) {
		abort();
	}
	g_limit = count;
	g_count = 0;
	for (i = 0; i < LANES && g_lanes[i].image == NULL; i++) {
		g_lanes[i].image = malloc(DATA_MAX);
		g_lanes[i].other_image = malloc(DATA_MAX);
		g_lanes[i].md = malloc(MD_MAX);
		scatter_init(&g_lanes[i].data, DATA_MAX);
		scatter_init(&g_lanes[i].fused, DATA_MAX);
	}
}

void
operations_close(void)
{
	free(g_operations);
	g_operations = NULL;
}

static const char *
name_of(enum operation_type type)
{
	static const char *const names[] = {
		"read",  "write", "zeroes", "unmap", "copy", "compare", "compare-and-write",
		"zcopy", "flush", "reset",  "abort"};

	return names[type];
}

void
operations_print(void)
{
	static const char *const states[] = {"submitted", "waiting", "holding"};
	const struct operation *operation;
	uint32_t i;

	for (i = 0; i < LANES; i++) {
		operation = g_lanes[i].operation;
		if (operation != NULL) {
			printf("  outstanding: %" PRIu64 " %s %s %" PRIu64 "+%" PRIu64
			       " on thread %u, %s\n",
			       operation->id, operation->subject->name, name_of(operation->type),
			       operation->offset, operation->count, operation->thread,
			       states[operation->state]);
		}
	}
}

static struct lane *
find_lane(void)
{
	uint32_t first = (uint32_t)random_below(LANES), i;
	struct lane *lane;

	for (i = 0; i < LANES; i++) {
		lane = &g_lanes[(first + i) % LANES];
		if (lane->operation == NULL) {
			if (!scatter_is_retired(&lane->data) || !scatter_is_retired(&lane->fused)) {
				report_found(FOUND_BUFFER, "somebody wrote to data of an I/O that "
							   "has ended");
			}
			return lane;
		}
	}
	return NULL;
}

/* ---- What it is about ---- */

size_t
operation_size(const struct operation *operation)
{
	return operation->count * operation->subject->block_size;
}

uint64_t
operation_value(const struct operation *operation, uint64_t index)
{
	return content_value(operation->id, operation->offset + index);
}

bool
operation_has_md(const struct operation *operation)
{
	return operation->subject->md_size != 0;
}

static uint64_t
blocks_limit(const struct operation *operation, uint64_t blocks)
{
	uint32_t block_size = operation->subject->block_size;

	switch (operation->type) {
	case OPERATION_READ:
	case OPERATION_WRITE:
	case OPERATION_COMPARE:
		return spdk_min(blocks, DATA_MAX / block_size);
	case OPERATION_ZCOPY:
		return spdk_min(blocks, BUFFER_MAX / block_size);
	case OPERATION_COMPARE_AND_WRITE:
		return spdk_min(blocks, spdk_bdev_get_acwu(operation->subject->bdev));
	case OPERATION_COPY:
		return blocks / 2;
	default:
		return blocks;
	}
}

static void
choose_blocks(struct operation *operation)
{
	uint64_t blocks = spdk_bdev_get_num_blocks(operation->subject->bdev);
	uint64_t limit = blocks_limit(operation, blocks), room;

	operation->count = limit > 0 ? random_size(limit) : 0;
	room = blocks - operation->count;
	if (random_permille(500)) {
		room = spdk_min(room, HOT_BLOCKS);
	}
	operation->offset = random_below(room + 1);
	if (operation->type == OPERATION_COPY) {
		/* Either side of what is written, so that they do not overlap. */
		room = blocks - operation->offset - operation->count;
		if (operation->offset >= operation->count && random_permille(500)) {
			operation->source = random_below(operation->offset - operation->count + 1);
		} else if (room >= operation->count) {
			operation->source = operation->offset + operation->count +
					    random_below(room - operation->count + 1);
		} else {
			operation->source = operation->offset;
			operation->count = 0;
		}
	}
}

static enum operation_type
choose_type(void)
{
	static const enum operation_type often[] = {
		OPERATION_READ,  OPERATION_READ,    OPERATION_READ, OPERATION_WRITE,
		OPERATION_WRITE, OPERATION_WRITE,   OPERATION_COPY, OPERATION_COMPARE_AND_WRITE,
		OPERATION_ZCOPY, OPERATION_COMPARE,
	};

	if (random_permille(25)) {
		return OPERATION_RESET;
	}
	return random_permille(700) ? random_pick(often) :
				      (enum operation_type)random_below(OPERATION_RESET);
}

/* ---- The model's side ---- */

static bool
writes(const struct operation *operation)
{
	switch (operation->type) {
	case OPERATION_WRITE:
	case OPERATION_ZEROES:
	case OPERATION_UNMAP:
	case OPERATION_COPY:
	case OPERATION_COMPARE_AND_WRITE:
		return true;
	case OPERATION_ZCOPY:
		return operation->commits;
	default:
		return false;
	}
}

void
operation_begin_writing(struct operation *operation)
{
	static uint64_t last_key;
	struct history_write write = {.key = ++last_key};
	uint64_t i;

	operation->key = write.key;
	for (i = 0; writes(operation) && i < operation->count; i++) {
		write.value = operation_value(operation, i);
		switch (operation->type) {
		case OPERATION_ZEROES:
		case OPERATION_UNMAP:
			write.value = CONTENT_ZEROS;
			break;
		case OPERATION_ZCOPY:
			write.kind = WRITE_IN_PLACE;
			break;
		case OPERATION_COPY:
			write.kind = WRITE_COPY;
			write.source = operation->source + i;
			break;
		case OPERATION_COMPARE_AND_WRITE:
			write.kind = WRITE_COMPARED;
			write.source = content_read(operation->lane->image +
							    i * operation->subject->block_size,
						    operation->subject->block_size, CONTENT_DATA);
			break;
		default:
			break;
		}
		history_begin(operation->subject->history, operation->offset + i, &write);
	}
}

void
operation_end_writing(struct operation *operation, enum write_end end)
{
	uint64_t i;

	for (i = 0; writes(operation) && i < operation->count; i++) {
		history_end(operation->subject->history, operation->offset + i, operation->key,
			    end);
	}
}

/* ---- Data ---- */

/* What the blocks most probably hold, or what is to be written to them. */
static void
fill_image(const struct operation *operation, uint8_t *image, bool is_new)
{
	struct history *history = operation->subject->history;
	uint32_t block_size = operation->subject->block_size;
	uint32_t md_size = operation->subject->md_size;
	uint64_t i, value;

	for (i = 0; i < operation->count; i++) {
		value = is_new ? operation_value(operation, i) :
				 history_guess(history, operation->offset + i);
		content_fill(image + i * block_size, block_size, value, CONTENT_DATA);
		if (md_size != 0) {
			content_fill(operation->lane->md + i * md_size, md_size, value, CONTENT_MD);
		}
	}
}

static void
prepare_data(struct operation *operation)
{
	struct lane *lane = operation->lane;
	bool is_single = operation->way == 0;

	switch (operation->type) {
	case OPERATION_READ:
		scatter_choose(&lane->data, operation_size(operation), is_single);
		if (operation_size(operation) <= BUFFER_MAX && random_permille(200)) {
			operation->library_buffer = true;
			lane->data.iovs[0] = (struct iovec){NULL, operation_size(operation)};
			lane->data.given[0].iov_len = 0;
			lane->data.count = 1;
		}
		break;
	case OPERATION_WRITE:
	case OPERATION_COMPARE:
	case OPERATION_COMPARE_AND_WRITE:
		fill_image(operation, lane->image, operation->type == OPERATION_WRITE);
		scatter_choose(&lane->data, operation_size(operation), is_single);
		scatter_put(&lane->data, lane->image);
		break;
	default:
		break;
	}
	if (operation->type == OPERATION_COMPARE_AND_WRITE) {
		fill_image(operation, lane->other_image, true);
		scatter_choose(&lane->fused, operation_size(operation), false);
		scatter_put(&lane->fused, lane->other_image);
	}
}

/* ---- Submission ---- */

static void submit(struct operation *operation);

static void
submit_late(void *arg)
{
	struct operation *operation = arg;

	memory_pause();
	if (operation->state != OPERATION_WAITING) {
		report_found(FOUND_DOUBLE, "operation %" PRIu64 " is told twice to try again",
			     operation->id);
	}
	history_tick();
	submit(operation);
	memory_resume();
}

static void
wait_for_io(struct operation *operation)
{
	struct io_user *user = &operation->subject->users[operation->thread];
	int rc;

	operation->state = OPERATION_WAITING;
	operation->wait = (struct spdk_bdev_io_wait_entry){
		.bdev = operation->subject->bdev,
		.cb_fn = submit_late,
		.cb_arg = operation,
		.dep_unblock = random_permille(200),
	};
	rc = spdk_bdev_queue_io_wait(operation->wait.bdev, user->ch, &operation->wait);
	if (rc == 0) {
		report_note("operation %" PRIu64 " waits for an I/O", operation->id);
		return;
	}
	if (!trouble_since(TROUBLE_MEMORY, operation->begin)) {
		report_found(FOUND_RC, "spdk_bdev_queue_io_wait() returns %d", rc);
	}
	operation_finish(operation);
}

static void
refused(struct operation *operation, int rc)
{
	if (operation->type == OPERATION_RESET) {
		trouble_end(TROUBLE_RESET);
		operation->subject->resets--;
	}
	operation_end_writing(operation, WRITE_NOT_STARTED);
	far_end(&operation->lane->far, true);
	if (rc == -ENOMEM) {
		wait_for_io(operation);
		return;
	}
	if (rc != -ENOTSUP || operation_is_supported(operation)) {
		report_found(FOUND_RC, "operation %" PRIu64 ", %s, returns %d", operation->id,
			     name_of(operation->type), rc);
	}
	operation_finish(operation);
}

static void
submit(struct operation *operation)
{
	int rc;

	operation->begin = history_now();
	operation->state = OPERATION_SUBMITTED;
	operation_begin_writing(operation);
	if (operation->type == OPERATION_RESET) {
		trouble_begin(TROUBLE_RESET);
		if (operation->subject->resets++ == 0) {
			operation->subject->resets_since = history_now();
		}
	}
	if (operation->type == OPERATION_ABORT) {
		if (operation->to_abort->state == OPERATION_DONE) {
			operation_finish(operation);
			return;
		}
		operation->to_abort->abort_asked = true;
	}
	operation->is_inside_submit = true;
	world_enter_library();
	rc = operation_call(operation);
	world_leave_library();
	operation->is_inside_submit = false;
	if (rc != 0) {
		refused(operation, rc);
	}
}

void
operation_finish(struct operation *operation)
{
	struct lane *lane = operation->lane;

	operation->state = OPERATION_DONE;
	operation->subject->users[operation->thread].outstanding--;
	operation->subject->outstanding--;
	g_outstanding--;
	scatter_retire(&lane->data);
	scatter_retire(&lane->fused);
	far_end(&lane->far, false);
	lane->operation = NULL;
	operation->lane = NULL;
}

/* ---- Beginnings ---- */

static struct operation *
make(struct subject *subject, uint32_t thread, struct lane *lane)
{
	struct operation *operation = &g_operations[g_count];

	operation->id = g_count++;
	operation->subject = subject;
	operation->thread = thread;
	operation->way = (uint32_t)random_below(3);
	operation->lane = lane;
	lane->operation = operation;
	subject->users[thread].outstanding++;
	subject->outstanding++;
	g_outstanding++;
	return operation;
}

/* One of the user's that is under way, or NULL. */
static struct operation *
find_victim(const struct subject *subject, uint32_t thread)
{
	uint32_t first = (uint32_t)random_below(LANES), i;
	struct operation *operation;

	for (i = 0; i < LANES; i++) {
		operation = g_lanes[(first + i) % LANES].operation;
		if (operation != NULL && operation->subject == subject &&
		    operation->thread == thread && operation->type != OPERATION_ABORT &&
		    operation->state == OPERATION_SUBMITTED) {
			return operation;
		}
	}
	return NULL;
}

/*
 * A malloc device has accel move data from elsewhere, and separate metadata itself: with two writes
 * at once, each may be another's.
 */
static void
choose_place(struct operation *operation)
{
	if (operation->way != 1 || operation->library_buffer || operation->type > OPERATION_WRITE ||
	    random_permille(500) ||
	    (operation->subject->bottom.malloc != NULL && operation_has_md(operation))) {
		return;
	}
	operation->place = PLACE_DOMAIN;
	if (operation_size(operation) <= BUFFER_MAX && random_permille(500)) {
		operation->place = PLACE_SEQUENCE;
	}
}

static void
begin(struct operation *operation)
{
	prepare_data(operation);
	choose_place(operation);
	report_note("%" PRIu64 ": operation %" PRIu64 ", %s of %s, %" PRIu64 "+%" PRIu64
		    " from %" PRIu64 ", thread %u, way %u, vectors %d",
		    history_now(), operation->id, name_of(operation->type),
		    operation->subject->name, operation->offset, operation->count,
		    operation->source, operation->thread, operation->way,
		    operation->lane->data.count);
	world_on(operation->thread);
	submit(operation);
}

bool
operation_start(void)
{
	struct subject *subject = &g_subjects[random_below(SUBJECTS_MAX)];
	uint32_t thread = (uint32_t)random_below(g_world.count);
	struct operation *operation, *victim = NULL;
	struct lane *lane;

	if (!subject_takes_operations(subject) || subject->users[thread].ch == NULL ||
	    g_count == g_limit) {
		return false;
	}
	lane = find_lane();
	if (lane == NULL) {
		return false;
	}
	history_tick();
	if (random_permille(40)) {
		victim = find_victim(subject, thread);
	}
	operation = make(subject, thread, lane);
	operation->type = victim != NULL ? OPERATION_ABORT : choose_type();
	operation->to_abort = victim;
	if (operation->type == OPERATION_COMPARE_AND_WRITE && operation_has_md(operation)) {
		operation->type = OPERATION_COMPARE; /* It has no place for metadata. */
	}
	choose_blocks(operation);
	if (operation->type < OPERATION_RESET && operation->count == 0) {
		operation_finish(operation);
		return true;
	}
	begin(operation);
	return true;
}

void
operation_read(struct subject *subject, uint64_t offset, uint64_t count)
{
	uint32_t thread = (uint32_t)random_below(g_world.count);
	struct operation *operation;

	history_tick();
	operation = make(subject, thread, find_lane());
	operation->type = OPERATION_READ;
	operation->offset = offset;
	operation->count = count;
	begin(operation);
}

/* ---- Zero copy that goes on ---- */

static void
fill_zcopy(struct operation *operation)
{
	struct lane *lane = operation->lane;
	struct iovec *iovs;
	int count;
	void *md = spdk_bdev_io_get_md_buf(operation->zcopy);

	spdk_bdev_io_get_iovec(operation->zcopy, &iovs, &count);
	fill_image(operation, lane->image, true);
	vectors_put(iovs, count, lane->image, operation_size(operation));
	if (operation_has_md(operation) && md != NULL) {
		memcpy(md, lane->md, operation->count * operation->subject->md_size);
	}
}

static void
end_zcopy(struct operation *operation)
{
	int rc;

	operation->commits = operation->way == 0 || random_permille(500);
	operation->begin = history_now();
	operation_begin_writing(operation);
	if (operation->commits) {
		fill_zcopy(operation);
	}
	operation->state = OPERATION_SUBMITTED;
	operation->is_inside_submit = true;
	world_on(operation->thread);
	world_enter_library();
	rc = spdk_bdev_zcopy_end(operation->zcopy, operation->commits, operation_done, operation);
	world_leave_library();
	operation->is_inside_submit = false;
	if (rc != 0) {
		report_found(FOUND_RC, "spdk_bdev_zcopy_end() returns %d", rc);
	}
}

void
operation_step(void)
{
	uint32_t first = (uint32_t)random_below(LANES), i;
	struct operation *operation;

	for (i = 0; i < LANES; i++) {
		operation = g_lanes[(first + i) % LANES].operation;
		if (operation != NULL && operation->state == OPERATION_HOLDING) {
			history_tick();
			end_zcopy(operation);
			return;
		}
	}
}

void
operations_check_reset(const struct operation *reset)
{
	const struct operation *operation;
	uint32_t i;

	for (i = 0; i < LANES; i++) {
		operation = g_lanes[i].operation;
		if (operation != NULL && operation->subject == reset->subject &&
		    operation->type < OPERATION_RESET && operation->state == OPERATION_SUBMITTED &&
		    operation->zcopy == NULL && operation->begin < reset->begin) {
			report_found(FOUND_LOST,
				     "the callback of operation %" PRIu64
				     " has not run before that "
				     "of reset %" PRIu64,
				     operation->id, reset->id);
		}
	}
}

bool
operations_are_over(void *arg)
{
	operation_step();
	return g_outstanding == 0;
}
