/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of arrays: members M0, M1... of malloc, and what is on them.
 */
#ifndef SPINDLE_BDEV_RAID_FIXTURE_H
#define SPINDLE_BDEV_RAID_FIXTURE_H

#include "modules/bdev/modules_fixture.h"

/* Blocks of 512 bytes of each member. */
#define MEMBER_BLOCKS 4096u
#define BLOCK         512u
#define MEMBERS_MAX   4

/* The layer, with modules that look what is on new devices. */
static inline int
raid_set_up(void **state)
{
	int rc = modules_set_up(state);

	let_modules_read_devices();
	return rc;
}

#define RAID_TEST(name) cmocka_unit_test_setup_teardown(name, raid_set_up, modules_tear_down)

void make_member(const char *name, uint64_t blocks);
/* M0 to M(count - 1), all of MEMBER_BLOCKS. */
void make_members(uint32_t count);
void delete_member(const char *name);
/* Of R on them; `more` is the rest of the parameters, with a comma before it. */
void make_raid(const char *level, uint32_t count, const char *more);
void delete_raid(void);
/* Of R, as bdev_raid_get_bdevs tells: its state, and the members that it works with. */
void expect_raid(const char *state, uint32_t discovered, uint32_t operational);
bool is_there(const char *name);

/* Asserts that these blocks of a device, whoever has claimed it, hold what is in `buf`. */
void expect_blocks(const char *name, const void *buf, uint64_t offset, uint64_t count);

#endif
