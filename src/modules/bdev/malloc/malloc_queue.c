/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/Os of a thread, done in the order in which they were submitted, a turn after that. So it is
 * known at each which is next, and its blocks are fetched from memory while this one is copied: to
 * wait for them would take as long as all that a small I/O costs besides.
 *
 * Q1  While something is queued, a turn is coming. So there is none when the channel ends.
 */
#include "malloc_disk.h"
#include "spdk/util.h"

#define CACHE_LINE 64
/* Of the next I/O. The processor fetches the rest by itself, as it sees what is read. */
#define FETCH_BYTES 1024
/* Of one turn, so that a reactor does not stand still for a long queue of large I/Os. */
#define TURN_BYTES    (1024u * 1024)
#define TURN_IO_BYTES 4096 /* what an I/O counts at least */

static uint64_t
data_bytes(const struct spdk_bdev_io *io)
{
	if (io->type == SPDK_BDEV_IO_TYPE_RESET || io->type == SPDK_BDEV_IO_TYPE_ABORT) {
		return 0;
	}
	return io->u.bdev.num_blocks * io->bdev->blocklen;
}

/* Inlined, or the compiler finds that a function of nothing but this has no effect. */
static inline __attribute__((always_inline)) void
fetch(const struct spdk_bdev_io *io)
{
	const struct malloc_disk *disk = io->bdev->ctxt;
	const uint8_t *place;
	uint64_t size = spdk_min(data_bytes(io), FETCH_BYTES);

	if (io->type != SPDK_BDEV_IO_TYPE_READ && io->type != SPDK_BDEV_IO_TYPE_WRITE) {
		return;
	}
	place = malloc_place(disk, io->u.bdev.offset_blocks);
	if (io->type == SPDK_BDEV_IO_TYPE_READ) {
		for (uint64_t at = 0; at < size; at += CACHE_LINE) {
			__builtin_prefetch(place + at, 0);
		}
	} else {
		for (uint64_t at = 0; at < size; at += CACHE_LINE) {
			__builtin_prefetch(place + at, 1);
		}
	}
}

static struct spdk_bdev_io *
next_io(const struct malloc_channel *ch)
{
	struct malloc_io *ctx = STAILQ_FIRST(&ch->queue);

	return ctx != NULL ? spdk_bdev_io_from_ctx(ctx) : NULL;
}

/* Those that come meanwhile have the next turn. */
static void
turn(void *arg)
{
	struct malloc_channel *ch = arg;
	struct malloc_io *last = STAILQ_LAST(&ch->queue, malloc_io, link), *ctx = NULL;
	struct spdk_bdev_io *io, *next = next_io(ch);
	uint64_t bytes = 0;

	while (ctx != last && bytes < TURN_BYTES) {
		io = next;
		ctx = malloc_io_ctx(io);
		STAILQ_REMOVE_HEAD(&ch->queue, link);
		next = next_io(ch);
		if (next != NULL) {
			fetch(next);
		}
		bytes += spdk_max(data_bytes(io), TURN_IO_BYTES);
		malloc_io_do(io);
		next = next_io(ch);
	}
	if (next != NULL) {
		soon_set(&ch->turn);
	}
}

void
malloc_queue_init(struct malloc_channel *ch)
{
	STAILQ_INIT(&ch->queue);
	soon_init(&ch->turn, turn, ch);
}

void
malloc_queue_fini(struct malloc_channel *ch)
{
	assert(STAILQ_EMPTY(&ch->queue)); /* Q1 */
	soon_fini(&ch->turn);
}

void
malloc_queue_add(struct malloc_channel *ch, struct spdk_bdev_io *io)
{
	STAILQ_INSERT_TAIL(&ch->queue, malloc_io_ctx(io), link);
	soon_set(&ch->turn);
}
