/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory for sequences: of iobuf, and of a reserve of the channel when that has none.
 *
 * A sequence may have some already when it needs more, and so do those who wait for it: an I/O of a
 * block device keeps its buffer until its data has been moved. So all could wait for one another.
 *
 * M1  The reserve is one sequence's at a time: from the first buffer of it that it takes to the
 *     last that it gives back. Who finds none in iobuf waits there only if the reserve is another's
 *     or used up.
 * M2  Whose it is waits for modules and domains, and for nobody who waits for memory: an operation
 *     needs two at a time, and a chain of them has two more between its operations. So it ends, and
 *     the first that waits is the next.
 */
#include "io/accel/accel_internal.h"

#define ALL ((1u << ACCEL_RESERVED) - 1)

int
accel_memory_open(struct accel_io_channel *ch)
{
	ch->reserve.size = SPDK_ALIGN_CEIL((size_t)ch->iobuf.cache[0].large.bufsize, 4096);
	ch->reserve.memory = spdk_malloc(ACCEL_RESERVED * ch->reserve.size, 4096, NULL,
					 SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA);
	ch->reserve.free = ALL;
	return ch->reserve.memory != NULL ? 0 : -ENOMEM;
}

void
accel_memory_close(struct accel_io_channel *ch)
{
	spdk_free(ch->reserve.memory);
}

/* A buffer of the reserve, which is the sequence's. */
static void *
take(struct accel_reserve *reserve)
{
	uint32_t i = (uint32_t)__builtin_ctz(reserve->free);

	reserve->free &= ~(1u << i);
	return reserve->memory + i * reserve->size;
}

void *
accel_memory_get(struct spdk_accel_sequence *seq, uint64_t length, struct accel_wait *wait,
		 spdk_iobuf_get_cb cb_fn)
{
	struct accel_reserve *reserve = &seq->ch->reserve;
	void *memory = spdk_iobuf_get(&seq->ch->iobuf, length, NULL, NULL);

	if (spdk_likely(memory != NULL)) {
		return memory;
	}
	if (reserve->owner == NULL) {
		reserve->owner = seq;
	}
	if (reserve->owner == seq && reserve->free != 0) {
		return take(reserve);
	}
	wait->seq = seq;
	wait->length = length;
	memory = spdk_iobuf_get(&seq->ch->iobuf, length, &wait->entry, cb_fn);
	seq->ch->stats.retry.iobuf += memory == NULL;
	return memory;
}

/* ---- What comes back ---- */

struct search {
	const struct spdk_accel_sequence *seq; /* NULL: any */
	struct accel_wait *found;
};

static int
look_at(struct spdk_iobuf_channel *iobuf, struct spdk_iobuf_entry *entry, void *arg)
{
	struct accel_wait *wait = SPDK_CONTAINEROF(entry, struct accel_wait, entry);
	struct search *search = arg;

	if (search->seq != NULL && search->seq != wait->seq) {
		return 0;
	}
	search->found = wait;
	return 1;
}

/* The one that may have a buffer of the reserve now, or NULL. */
static struct accel_wait *
find_next(struct accel_io_channel *ch)
{
	struct search search = {.seq = NULL};

	if (ch->reserve.free == 0) {
		return NULL;
	}
	if (ch->reserve.free == ALL) {
		ch->reserve.owner = NULL;
	}
	search.seq = ch->reserve.owner;
	(void)spdk_iobuf_for_each_entry(&ch->iobuf, look_at, &search);
	return search.found;
}

/* Who is served may give it back before that returns: the loop that is under way goes on then. */
static void
serve(struct accel_io_channel *ch)
{
	struct accel_wait *wait;

	if (ch->reserve.is_serving) {
		return;
	}
	ch->reserve.is_serving = true;
	while ((wait = find_next(ch)) != NULL) {
		spdk_iobuf_entry_abort(&ch->iobuf, &wait->entry, wait->length);
		ch->reserve.owner = wait->seq;
		wait->entry.cb_fn(&wait->entry, take(&ch->reserve));
	}
	ch->reserve.is_serving = false;
}

void
accel_memory_put(struct accel_io_channel *ch, void *memory, uint64_t length)
{
	struct accel_reserve *reserve = &ch->reserve;
	size_t offset = (size_t)((uintptr_t)memory - (uintptr_t)reserve->memory);

	if (spdk_likely(offset >= ACCEL_RESERVED * reserve->size)) {
		spdk_iobuf_put(&ch->iobuf, memory, length);
		return;
	}
	reserve->free |= 1u << (offset / reserve->size);
	serve(ch);
}
