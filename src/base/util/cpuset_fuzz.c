/* SPDX-License-Identifier: BSD-3-Clause */
/* Whatever the parser accepts must survive being printed and read again; what it refuses leaves no
 * trace. */
#include "spdk/cpuset.h"

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
	struct spdk_cpuset set, again, before;
	char *text = strndup((const char *)data, size);

	check(text != NULL);
	memset(&set, 0x5a, sizeof(set));
	before = set;
	if (spdk_cpuset_parse(&set, text) != 0) {
		check(memcmp(&set, &before, sizeof(set)) == 0);
	} else {
		check(spdk_cpuset_parse(&again, spdk_cpuset_fmt(&set)) == 0);
		check(spdk_cpuset_equal(&set, &again));
	}
	free(text);
	return 0;
}
