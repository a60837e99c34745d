/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffers for when iobuf has none: in each thread one for each level of each device of its stacks.
 * With them I/Os cannot all wait for the buffers of one another, however few there are, whoever has
 * them, and however high the stack is.
 *
 * The level of a request is made of the rank of the I/O (P4 in io_pool.c) and of who asks. A device
 * has four, above those of the devices below it:
 *
 *   0        the module, which has the I/O already
 *   1, 2, 3  the library, on the way to the module: for a part of a child, a child, a user's I/O
 *
 * V1  Who finds none in iobuf takes the buffer of its level. Only if that is taken it waits, in the
 *     queue of iobuf and in that of the level, and whichever has a buffer first serves it.
 * V2  Who has the buffer of a level waits only for I/Os of lower ranks, for the module, and for
 *     accel, which waits for none of them (accel_memory.c). For locks and rates, which others of
 *     the same rank may have, it has waited before it asked; and what a module has refused for lack
 *     of room, with a buffer, waits at most for those that the module has, whose level is
 *     the lowest of the device.
 * V3  What a user keeps for as long as it likes never comes from here:
 *     bdev_io_get_kept().
 *
 * So, of all levels at which anybody waits, take the lowest. By V1 its buffer is taken, by V2
 * whoever has it waits for nobody who waits for one, and ends; then the first that waits is served.
 * No level stands still, and so neither does the next above it.
 *
 * A thread has it from when it first needs a buffer. It is address space until a page is needed.
 */
#include "bdev_internal.h"
#include "spdk/env.h"

#define LEVELS_OF_DEVICE (BDEV_IO_RANKS_OF_DEVICE + 1)

struct level {
	void *spare; /* NULL: somebody has it */
	bool is_serving;
	bdev_io_tailq_t waiting; /* by internal.link, in state BUFFER */
};

/* Of one height. */
struct bdev_reserve {
	uint8_t *memory;
	struct level levels[LEVELS_OF_DEVICE];
};

SPDK_STATIC_ASSERT(BDEV_BUF_RESERVE + BDEV_HEIGHTS * LEVELS_OF_DEVICE <= BDEV_BUF_MALLOC,
		   "internal.buf_from holds a level");

static size_t
buf_size(void)
{
	return SPDK_ALIGN_CEIL(g_bdev_manager.buf_size_max, (size_t)4096);
}

static struct bdev_reserve *
create(void)
{
	struct bdev_reserve *reserve = calloc(1, sizeof(*reserve));
	int i;

	if (reserve == NULL) {
		return NULL;
	}
	reserve->memory = spdk_malloc(LEVELS_OF_DEVICE * buf_size(), 4096, NULL,
				      SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA);
	if (reserve->memory == NULL) {
		free(reserve);
		return NULL;
	}
	for (i = 0; i < LEVELS_OF_DEVICE; i++) {
		reserve->levels[i].spare = reserve->memory + i * buf_size();
		TAILQ_INIT(&reserve->levels[i].waiting);
	}
	return reserve;
}

int
bdev_reserve_fit(struct bdev_thread *thread)
{
	uint32_t i;

	for (i = 0; i < thread->heights; i++) {
		if (thread->reserves[i] == NULL) {
			thread->reserves[i] = create();
		}
		if (thread->reserves[i] == NULL) {
			return -ENOMEM;
		}
	}
	return 0;
}

void
bdev_reserve_free(struct bdev_thread *thread)
{
	int i;

	for (i = 0; i < BDEV_HEIGHTS && thread->reserves[i] != NULL; i++) {
		spdk_free(thread->reserves[i]->memory);
		free(thread->reserves[i]);
		thread->reserves[i] = NULL;
	}
}

/* ---- One level ---- */

static struct level *
level_of(const struct spdk_bdev_io *io)
{
	uint32_t index = io->internal.buf_from - BDEV_BUF_RESERVE;

	return &io->internal.ch->thread->reserves[index / LEVELS_OF_DEVICE]
			->levels[index % LEVELS_OF_DEVICE];
}

void *
bdev_reserve_get(struct spdk_bdev_io *io)
{
	uint32_t rank = io->internal.rank;
	uint32_t level =
		io->internal.state == BDEV_IO_SUBMITTED ? 0 : 1 + rank % BDEV_IO_RANKS_OF_DEVICE;
	void *buf;

	io->internal.buf_from =
		(uint8_t)(BDEV_BUF_RESERVE + rank / BDEV_IO_RANKS_OF_DEVICE * LEVELS_OF_DEVICE +
			  level);
	buf = level_of(io)->spare;
	level_of(io)->spare = NULL;
	return buf;
}

void
bdev_reserve_wait(struct spdk_bdev_io *io)
{
	TAILQ_INSERT_TAIL(&level_of(io)->waiting, io, internal.link);
}

void
bdev_reserve_leave(struct spdk_bdev_io *io)
{
	TAILQ_REMOVE(&level_of(io)->waiting, io, internal.link);
}

/*
 * Who is served may give its buffer back before it returns: the loop that is under way gives it to
 * the next, so that the stack does not grow with their number.
 */
void
bdev_reserve_put(struct spdk_bdev_io *io, void *buf)
{
	struct level *level = level_of(io);
	struct spdk_bdev_io *next;

	level->spare = buf;
	if (level->is_serving) {
		return;
	}
	level->is_serving = true;
	while (level->spare != NULL && (next = TAILQ_FIRST(&level->waiting)) != NULL) {
		buf = level->spare;
		level->spare = NULL;
		bdev_io_got_reserve(next, buf);
	}
	level->is_serving = false;
}
