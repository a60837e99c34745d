/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each allocation of what the methods do fails once: they say so, and leave nothing.
 */
#include "modules/bdev/file/file_fixture.h"

#include "base/failing_malloc.h"

#define ALLOCATIONS_MAX 500

#ifndef HAS_OWN_ALLOCATOR
static void
a_disk_that_lacks_memory_is_not_there(void **state)
{
	struct file_bdev_opts opts = {.name = (char *)"disk", .filename = (char *)path_of("a")};
	struct bdev_reason reason;
	long n, failures;
	int rc;

	make_file("a", MIB);
	for (n = 0; n < ALLOCATIONS_MAX; n++) {
		failures = g_failures;
		t_allocations_left = n;
		rc = file_bdev_create(g_subject.module, &opts, &reason);
		t_allocations_left = -1;
		settle_bdev();
		if (rc == 0) {
			delete_disk();
			if (g_failures == failures) {
				break;
			}
			continue; /* It could do without that one. */
		}
		assert_int_equal(rc, -ENOMEM);
		assert_null(spdk_bdev_get_by_name("disk"));
		forget_log();
	}
	assert_in_range(n, 3, ALLOCATIONS_MAX - 1);
	forget_log();
}

static void
a_channel_that_lacks_memory_is_not_there(void **state)
{
	struct spdk_io_channel *ch;
	struct opened opened;
	long n;

	make_file("a", MIB);
	create_disk("a", "");
	opened = open_disk(true);
	spdk_put_io_channel(opened.ch);
	settle_bdev();
	for (n = 0; n < ALLOCATIONS_MAX; n++) {
		long failures = g_failures;

		t_allocations_left = n;
		ch = spdk_bdev_get_io_channel(opened.desc);
		t_allocations_left = -1;
		if (ch != NULL) {
			spdk_put_io_channel(ch);
		}
		settle_bdev();
		if (g_failures == failures) {
			break;
		}
	}
	assert_in_range(n, 3, ALLOCATIONS_MAX - 1);
	forget_log();
	spdk_bdev_close(opened.desc);
	delete_disk();
}
#endif

int
file_run_oom_tests(void)
{
#ifndef HAS_OWN_ALLOCATOR
	const struct CMUnitTest tests[] = {
		FILE_TEST(a_disk_that_lacks_memory_is_not_there),
		FILE_TEST(a_channel_that_lacks_memory_is_not_there),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
#else
	return 0;
#endif
}
