/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of block devices: the layer opened and closed around each test, on one thread that the
 * test polls, and a device in memory that does what the test says: at once, later, or not at all.
 */
#ifndef SPINDLE_BDEV_FIXTURE_H
#define SPINDLE_BDEV_FIXTURE_H

#include "bdev_internal.h"
#include "runtime/thread/thread_fixture.h"
#include "spdk/accel.h"

struct fake_io {
	TAILQ_ENTRY(fake_io) link;
};

struct fake_bdev {
	struct spdk_bdev bdev;
	uint8_t *data;
	uint8_t *md; /* separate metadata, if md_len is set */
	/* I/Os stay here until fake_release(). */
	bool holds;
	TAILQ_HEAD(, fake_io) held;
	/* This many are refused for lack of memory. */
	uint32_t refusals;
	/* Status of the next ones, if it is not SUCCESS. */
	enum spdk_bdev_io_status status;
	/* Types it knows, as bits. */
	uint32_t types;
	uint32_t submitted;
	bool destructed;
};

extern struct spdk_thread *g_bdev_thread;

bool bdev_open_layer(void);
bool bdev_close_layer(void);

static inline int
bdev_setup(void **state)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	if (spdk_env_init(&opts) != 0 || open_library(state) != 0) {
		return -EIO;
	}
	return bdev_open_layer() ? 0 : -EIO;
}

static inline int
bdev_teardown(void **state)
{
	int rc;

	if (!bdev_close_layer()) {
		return -EIO;
	}
	rc = close_library(state);
	spdk_env_fini();
	return rc;
}

/* A test with the layer open; what it makes, it must unmake. */
#define BDEV_TEST(name) cmocka_unit_test_setup_teardown(name, bdev_setup, bdev_teardown)

/* A device of blocks of 512 bytes that knows READ, WRITE, FLUSH, UNMAP and RESET, not registered.
 */
struct fake_bdev *fake_new(const char *name, uint64_t blocks);
void fake_register(struct fake_bdev *fake);
/* Unregisters and waits for it; all descriptors must be closed. */
void fake_delete(struct fake_bdev *fake);
/* One that is unregistered. */
void fake_free(struct fake_bdev *fake);

/* Completes the oldest of those held, or all, as the device would have at once. */
void fake_release(struct fake_bdev *fake);
void fake_release_all(struct fake_bdev *fake);

/* Opened for writing, with a channel on this thread. */
struct opened {
	struct spdk_bdev_desc *desc;
	struct spdk_io_channel *ch;
};

struct opened fake_open(struct fake_bdev *fake);
void fake_close(struct opened *opened);

/* What an I/O's callback saw. */
struct outcome {
	int calls;
	bool success;
	/* Kept for the test to look at, which frees it; NULL if `keeps` is not set. */
	bool keeps;
	struct spdk_bdev_io *io;
	enum spdk_bdev_io_status status;
};

void note_outcome(struct spdk_bdev_io *io, bool success, void *arg);

/* Polls the thread until there is nothing to do. */
void settle_bdev(void);

/* Fills with bytes that tell each place and seed apart. */
void fill_pattern(void *buf, size_t size, uint32_t seed);

#endif
