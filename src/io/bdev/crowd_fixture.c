/* SPDX-License-Identifier: BSD-3-Clause */
#include "crowd_fixture.h"

struct crowd_user g_users[USERS];
struct fake_bdev *g_crowd;
uint8_t g_bytes[1024 * 1024] __attribute__((aligned(4096)));

static struct bdev_io_slist g_taken = SLIST_HEAD_INITIALIZER(g_taken);

void
on(int user)
{
	spdk_set_thread(g_users[user].thread);
}

void
settle_crowd(void)
{
	struct spdk_thread *outer = spdk_get_thread();
	int i, work;

	do {
		work = 0;
		for (i = 0; i < USERS; i++) {
			while (g_users[i].thread != NULL &&
			       spdk_thread_poll(g_users[i].thread, 0, 0) > 0) {
				work++;
			}
		}
	} while (work > 0);
	spdk_set_thread(outer);
}

static void
open_user(int i, const char *name)
{
	g_users[i].thread = i == 0 ? g_bdev_thread : make_thread(name);
	on(i);
	g_users[i].opened = fake_open(g_crowd);
}

bool
crowd_limit_buffers(void)
{
	struct spdk_iobuf_opts opts;

	spdk_iobuf_get_opts(&opts, sizeof(opts));
	opts.large_pool_count = CROWD_BUFFERS;
	return spdk_iobuf_set_opts(&opts) == 0;
}

void
crowd_open(void)
{
	g_bdev_manager.opts.iobuf_small_cache_size = 0;
	g_bdev_manager.opts.iobuf_large_cache_size = 0;
	g_crowd = fake_new("crowd", CROWD_BLOCKS);
	g_crowd->holds = true;
	g_crowd->types |= 1u << SPDK_BDEV_IO_TYPE_ABORT | 1u << SPDK_BDEV_IO_TYPE_NVME_NSSR;
	fake_register(g_crowd);
	open_user(0, NULL);
	open_user(1, "user1");
	open_user(2, "user2");
	on(0);
}

void
crowd_close(void)
{
	int i;

	for (i = USERS - 1; i >= 0; i--) {
		if (g_users[i].thread == NULL) {
			continue; /* A test has ended it. */
		}
		on(i);
		if (g_users[i].opened.desc != NULL) {
			spdk_put_io_channel(g_users[i].opened.ch);
			spdk_bdev_close(g_users[i].opened.desc);
		}
		settle_crowd();
		if (i > 0) {
			end_thread(g_users[i].thread);
		}
		g_users[i] = (struct crowd_user){.thread = i == 0 ? g_bdev_thread : NULL};
	}
	on(0);
	fake_delete(g_crowd);
}

struct spdk_bdev_channel *
channel_of(int user)
{
	return bdev_channel_of(g_users[user].opened.ch);
}

/* ---- The device's own side ---- */

static bool
is_of(struct spdk_bdev_io *io, int user)
{
	return spdk_bdev_io_get_thread(io) == g_users[user].thread;
}

struct spdk_bdev_io *
at_module(int user, enum spdk_bdev_io_type type)
{
	struct spdk_bdev_io *io;
	struct fake_io *fake_io;

	TAILQ_FOREACH (fake_io, &g_crowd->held, link) {
		io = spdk_bdev_io_from_ctx(fake_io);
		if (is_of(io, user) && (type == SPDK_BDEV_IO_TYPE_INVALID || io->type == type)) {
			return io;
		}
	}
	return NULL;
}

int
count_at_module(int user)
{
	struct fake_io *fake_io;
	int count = 0;

	TAILQ_FOREACH (fake_io, &g_crowd->held, link) {
		count += is_of(spdk_bdev_io_from_ctx(fake_io), user);
	}
	return count;
}

void
complete(struct spdk_bdev_io *io, enum spdk_bdev_io_status status)
{
	struct spdk_thread *outer = spdk_get_thread();

	assert_non_null(io);
	TAILQ_REMOVE(&g_crowd->held, (struct fake_io *)io->driver_ctx, link);
	spdk_set_thread(spdk_bdev_io_get_thread(io));
	spdk_bdev_io_complete(io, status);
	spdk_set_thread(outer);
}

void
complete_all(int user, enum spdk_bdev_io_status status)
{
	struct spdk_bdev_io *io;

	while ((io = at_module(user, SPDK_BDEV_IO_TYPE_INVALID)) != NULL) {
		complete(io, status);
		settle_crowd();
	}
}

/* ---- Users ---- */

void
submit_io(int user, enum spdk_bdev_io_type type, uint64_t offset, uint64_t count,
	  struct outcome *outcome)
{
	struct spdk_thread *outer = spdk_get_thread();
	struct opened *opened = &g_users[user].opened;
	int rc = -1;

	on(user);
	switch (type) {
	case SPDK_BDEV_IO_TYPE_READ:
		rc = spdk_bdev_read_blocks(opened->desc, opened->ch, g_bytes, offset, count,
					   note_outcome, outcome);
		break;
	case SPDK_BDEV_IO_TYPE_WRITE:
		rc = spdk_bdev_write_blocks(opened->desc, opened->ch, g_bytes, offset, count,
					    note_outcome, outcome);
		break;
	case SPDK_BDEV_IO_TYPE_UNMAP:
		rc = spdk_bdev_unmap_blocks(opened->desc, opened->ch, offset, count, note_outcome,
					    outcome);
		break;
	case SPDK_BDEV_IO_TYPE_FLUSH:
		rc = spdk_bdev_flush_blocks(opened->desc, opened->ch, offset, count, note_outcome,
					    outcome);
		break;
	case SPDK_BDEV_IO_TYPE_COPY:
		/* To `offset`, from 1000 blocks above. */
		rc = spdk_bdev_copy_blocks(opened->desc, opened->ch, offset, offset + 1000, count,
					   note_outcome, outcome);
		break;
	default:
		fail();
	}
	assert_int_equal(rc, 0);
	spdk_set_thread(outer);
}

void
submit_reset(int user, struct outcome *outcome)
{
	struct spdk_thread *outer = spdk_get_thread();
	struct opened *opened = &g_users[user].opened;

	on(user);
	assert_int_equal(spdk_bdev_reset(opened->desc, opened->ch, note_outcome, outcome), 0);
	spdk_set_thread(outer);
}

int
submit_abort(int user, struct outcome *target, struct outcome *outcome)
{
	struct spdk_thread *outer = spdk_get_thread();
	struct opened *opened = &g_users[user].opened;
	int rc;

	on(user);
	rc = spdk_bdev_abort(opened->desc, opened->ch, target, note_outcome, outcome);
	spdk_set_thread(outer);
	return rc;
}

static void
give_back(int count)
{
	struct spdk_bdev_io *io;

	for (; count > 0 && (io = SLIST_FIRST(&g_taken)) != NULL; count--) {
		SLIST_REMOVE_HEAD(&g_taken, internal.free_link);
		io->bdev = &g_crowd->bdev;
		io->internal.buf = NULL;
		io->internal.state = BDEV_IO_DONE;
		spdk_bdev_free_io(io);
	}
}

void
take_all_ios(int user, int but)
{
	struct spdk_thread *outer = spdk_get_thread();
	struct spdk_bdev_io *io;

	on(user);
	/* A parent and its child are the same then, so that there can be one and not the other. */
	channel_of(user)->rank = 0;
	while ((io = bdev_io_get(channel_of(user))) != NULL) {
		SLIST_INSERT_HEAD(&g_taken, io, internal.free_link);
	}
	give_back(but);
	spdk_set_thread(outer);
}

void
give_back_ios(int user)
{
	struct spdk_thread *outer = spdk_get_thread();

	on(user);
	channel_of(user)->rank = bdev_io_rank(0);
	give_back(INT_MAX);
	spdk_set_thread(outer);
}

/* ---- Buffers ---- */

static void *g_bufs[CROWD_BUFFERS];
/* Those that have the buffers of the thread's reserve. */
static struct {
	struct spdk_bdev_io *io;
	void *buf;
} g_keepers[BDEV_IO_RANKS_OF_DEVICE + 1];

#define LARGE (64 * 1024)

void
take_all_buffers(int user)
{
	struct bdev_thread *thread = channel_of(user)->thread;
	struct spdk_thread *outer = spdk_get_thread();
	int i;

	on(user);
	assert_int_equal(bdev_reserve_fit(thread), 0);
	if (!thread->has_iobuf) {
		assert_int_equal(spdk_iobuf_channel_init(&thread->iobuf, "bdev", 0, 0), 0);
		thread->has_iobuf = true;
	}
	for (i = 0; i <= BDEV_IO_RANKS_OF_DEVICE; i++) {
		g_keepers[i].io = bdev_io_get(channel_of(user));
		assert_non_null(g_keepers[i].io);
		if (i == BDEV_IO_RANKS_OF_DEVICE) {
			g_keepers[i].io->internal.state = BDEV_IO_SUBMITTED;
		} else {
			g_keepers[i].io->internal.rank = (uint8_t)i;
		}
		g_keepers[i].buf = bdev_reserve_get(g_keepers[i].io);
		assert_non_null(g_keepers[i].buf);
	}
	for (i = 0; i < CROWD_BUFFERS; i++) {
		g_bufs[i] = spdk_iobuf_get(&thread->iobuf, LARGE, NULL, NULL);
		assert_non_null(g_bufs[i]);
	}
	spdk_set_thread(outer);
}

void
give_back_buffers(int user)
{
	struct spdk_thread *outer = spdk_get_thread();
	int i;

	on(user);
	for (i = 0; i <= BDEV_IO_RANKS_OF_DEVICE; i++) {
		bdev_reserve_put(g_keepers[i].io, g_keepers[i].buf);
		g_keepers[i].io->internal.state = BDEV_IO_DONE;
		g_keepers[i].io->internal.buf = NULL;
		spdk_bdev_free_io(g_keepers[i].io);
	}
	for (i = 0; i < CROWD_BUFFERS; i++) {
		spdk_iobuf_put(&channel_of(user)->thread->iobuf, g_bufs[i], LARGE);
	}
	spdk_set_thread(outer);
}

void
submit_unaligned(int user, struct outcome *outcome)
{
	struct spdk_thread *outer = spdk_get_thread();
	struct opened *opened = &g_users[user].opened;

	g_crowd->bdev.required_alignment = 12;
	channel_of(user)->special |= bdev_aligned_types(&g_crowd->bdev);
	on(user);
	assert_int_equal(spdk_bdev_write_blocks(opened->desc, opened->ch, g_bytes + 8, 0, 64,
						note_outcome, outcome),
			 0);
	g_crowd->bdev.required_alignment = 0;
	spdk_set_thread(outer);
}
