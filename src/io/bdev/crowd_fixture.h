/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of what concerns all channels of a device: three threads, which the test turns, each
 * with a channel of one device that keeps its I/Os until the test completes them.
 */
#ifndef SPINDLE_BDEV_CROWD_FIXTURE_H
#define SPINDLE_BDEV_CROWD_FIXTURE_H

#include "bdev_fixture.h"

#define USERS        3
#define CROWD_BLOCK  512
#define CROWD_BLOCKS 4096
/* 1 MiB: with the smallest limit of bytes, a second in which nothing else passes. */
#define CROWD_SECOND 2048
/* The large ones that there are; the least there may be. */
#define CROWD_BUFFERS 8

struct crowd_user {
	struct spdk_thread *thread;
	struct opened opened;
};

extern struct crowd_user g_users[USERS];
extern struct fake_bdev *g_crowd;
/* For data that does not matter. */
extern uint8_t g_bytes[1024 * 1024];

/* So that they can all be taken. */
bool crowd_limit_buffers(void);
void crowd_open(void);
void crowd_close(void);

/* Here, so that the log is kept where the test can see it. */
static inline int
crowd_setup(void **state)
{
	if (!crowd_limit_buffers() || bdev_setup(state) != 0) {
		return -ENOMEM;
	}
	crowd_open();
	return 0;
}

static inline int
crowd_teardown(void **state)
{
	crowd_close();
	return bdev_teardown(state);
}

#define CROWD_TEST(name) cmocka_unit_test_setup_teardown(name, crowd_setup, crowd_teardown)

/* Becomes the thread of that user; 0 is g_bdev_thread. */
void on(int user);
/* Turns all threads until none has anything to do, and becomes the thread of before. */
void settle_crowd(void);
/* The same until `condition`. */
#define SETTLE_UNTIL(condition) \
	do {                    \
		settle_crowd(); \
	} while (!(condition))

struct spdk_bdev_channel *channel_of(int user);

/* The device's own side: the oldest of this type that it has of the user, or NULL, and how many. */
struct spdk_bdev_io *at_module(int user, enum spdk_bdev_io_type type);
int count_at_module(int user);
/* Ends it, on its thread. The thread of before comes back. */
void complete(struct spdk_bdev_io *io, enum spdk_bdev_io_status status);
/* All of the user's, as they come, until there are no more. */
void complete_all(int user, enum spdk_bdev_io_status status);

/* On the user's thread; the callback is note_outcome(). */
void submit_io(int user, enum spdk_bdev_io_type type, uint64_t offset, uint64_t count,
	       struct outcome *outcome);
void submit_reset(int user, struct outcome *outcome);
int submit_abort(int user, struct outcome *target, struct outcome *outcome);

/* Takes all I/Os that the user's thread has or can get, but some; gives back what was taken. */
void take_all_ios(int user, int but);
void give_back_ios(int user);

/* The same for buffers, and an I/O that needs one. */
void take_all_buffers(int user);
void give_back_buffers(int user);
void submit_unaligned(int user, struct outcome *outcome);

/* With the number of callbacks, and the status of the last. */
#define assert_outcome(outcome, count, expected)                         \
	do {                                                             \
		assert_int_equal((outcome)->calls, (count));             \
		if ((count) > 0) {                                       \
			assert_int_equal((outcome)->status, (expected)); \
		}                                                        \
	} while (0)

#define SUCCESS SPDK_BDEV_IO_STATUS_SUCCESS
#define ABORTED SPDK_BDEV_IO_STATUS_ABORTED
#define FAILED  SPDK_BDEV_IO_STATUS_FAILED
#define NOMEM   SPDK_BDEV_IO_STATUS_NOMEM

#define READ  SPDK_BDEV_IO_TYPE_READ
#define WRITE SPDK_BDEV_IO_TYPE_WRITE
#define RESET SPDK_BDEV_IO_TYPE_RESET

#endif
