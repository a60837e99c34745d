/* SPDX-License-Identifier: BSD-3-Clause */
/* What the parser accepts is, but for the case of its letters, what is written again; what it
 * refuses leaves no trace. */
#include "spdk/uuid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool condition)
{
	if (!condition) {
		abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), again[SPDK_UUID_STRING_LEN];
	struct spdk_uuid uuid, before;

	check(text != NULL);
	memset(&uuid, 0x5a, sizeof(uuid));
	before = uuid;
	if (spdk_uuid_parse(&uuid, text) != 0) {
		check(memcmp(&uuid, &before, sizeof(uuid)) == 0);
	} else {
		check(spdk_uuid_fmt_lower(again, sizeof(again), &uuid) == 0);
		check(strcasecmp(again, text) == 0);
	}
	free(text);
	return 0;
}
