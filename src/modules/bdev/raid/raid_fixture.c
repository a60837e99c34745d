/* SPDX-License-Identifier: BSD-3-Clause */
#include "raid_fixture.h"

void
make_member(const char *name, uint64_t blocks)
{
	char params[128];

	(void)snprintf(params, sizeof(params),
		       "{\"name\": \"%s\", \"block_size\": 512, \"num_blocks\": %" PRIu64 "}", name,
		       blocks);
	expect("bdev_malloc_create", params, NULL);
	settle();
}

void
make_members(uint32_t count)
{
	char name[16];

	for (uint32_t i = 0; i < count; i++) {
		(void)snprintf(name, sizeof(name), "M%u", i);
		make_member(name, MEMBER_BLOCKS);
	}
}

void
delete_member(const char *name)
{
	char params[64];

	(void)snprintf(params, sizeof(params), "{\"name\": \"%s\"}", name);
	expect("bdev_malloc_delete", params, "true");
	settle();
}

void
make_raid(const char *level, uint32_t count, const char *more)
{
	char params[512], names[64] = "";

	for (uint32_t i = 0; i < count; i++) {
		size_t used = strlen(names);

		(void)snprintf(names + used, sizeof(names) - used, "%s\"M%u\"", i > 0 ? ", " : "",
			       i);
	}
	(void)snprintf(params, sizeof(params),
		       "{\"name\": \"R\", \"raid_level\": \"%s\", \"base_bdevs\": [%s]%s}", level,
		       names, more);
	expect("bdev_raid_create", params, "true");
}

void
delete_raid(void)
{
	expect("bdev_raid_delete", "{\"name\": \"R\"}", "true");
}

void
expect_raid(const char *state, uint32_t discovered, uint32_t operational)
{
	char params[64], part[128];

	(void)snprintf(params, sizeof(params), "{\"category\": \"%s\"}", state);
	(void)snprintf(part, sizeof(part),
		       "\"num_base_bdevs_discovered\":%u,\"num_base_bdevs_operational\":%u,",
		       discovered, operational);
	expect_part("bdev_raid_get_bdevs", params, part);
}

bool
is_there(const char *name)
{
	return spdk_bdev_get_by_name(name) != NULL;
}

static void
ignore_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
}

void
expect_blocks(const char *name, const void *buf, uint64_t offset, uint64_t count)
{
	uint8_t *read = new_buf(count * BLOCK);
	struct disk disk = {.desc = NULL};

	assert_int_equal(spdk_bdev_open_ext(name, false, ignore_event, NULL, &disk.desc), 0);
	disk.ch = spdk_bdev_get_io_channel(disk.desc);
	assert_non_null(disk.ch);
	do_read(&disk, read, offset, count);
	if (memcmp(read, buf, count * BLOCK) != 0) {
		fail_msg("blocks %" PRIu64 " to %" PRIu64 " of %s are others", offset,
			 offset + count - 1, name);
	}
	spdk_put_io_channel(disk.ch);
	spdk_bdev_close(disk.desc);
	settle();
	free(read);
}
