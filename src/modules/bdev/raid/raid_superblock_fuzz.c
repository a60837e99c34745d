/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Superblocks of arrays: any bytes are refused, or decoded to what encodes to the same; and so is
 * what has a right checksum, whatever it says.
 */
#include "raid_superblock.h"
#include "spdk/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct raid_sb g_sb, g_again;
static uint8_t g_bytes[RAID_SB_SIZE_MAX], g_bytes_again[RAID_SB_SIZE_MAX];

static void
check(bool condition)
{
	if (!condition) {
		abort();
	}
}

/* What is decoded is in bounds, and survives. */
static void
check_decoded(const uint8_t *bytes, size_t size)
{
	struct bdev_reason reason = {""};
	size_t own_size;
	int rc = raid_sb_decode(bytes, size, &g_sb, &reason);

	if (rc != 0) {
		check(rc == -ENOENT || (rc == -EINVAL && reason.text[0] != '\0'));
		return;
	}
	check(g_sb.count > 0 && g_sb.count <= RAID_SLOTS_MAX && g_sb.self < g_sb.count);
	check(memchr(g_sb.name, '\0', sizeof(g_sb.name)) != NULL);
	own_size = raid_sb_encode(&g_sb, g_bytes_again);
	check(own_size <= size);
	check(raid_sb_decode(g_bytes_again, own_size, &g_again, &reason) == 0);
	check(memcmp(g_again.slots, g_sb.slots, sizeof(g_sb.slots)) == 0);
	check(strcmp(g_again.name, g_sb.name) == 0 && g_again.sequence == g_sb.sequence);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t taken = spdk_min(size, sizeof(g_sb)), own_size;

	check_decoded(data, size);
	/* The bytes as numbers, with a checksum that is right. */
	memset(&g_sb, 0, sizeof(g_sb));
	memcpy(&g_sb, data, taken);
	g_sb.count %= RAID_SLOTS_MAX + 1;
	own_size = raid_sb_encode(&g_sb, g_bytes);
	check_decoded(g_bytes, own_size);
	check_decoded(g_bytes, own_size - 1);
	return 0;
}
