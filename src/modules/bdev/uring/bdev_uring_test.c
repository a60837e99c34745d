/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tests of modules/bdev/file, by io_uring.
 */
#include "modules/bdev/uring/bdev_uring.h"

#include "modules/bdev/file/file_fixture.h"

#include <sys/resource.h>

struct file_subject g_subject = {"uring", &g_uring_module};

/* Rings are locked memory to some kernels, which take it back some time after a ring is closed. */
static bool
has_room_for_rings(void)
{
	struct rlimit limit;

	return geteuid() == 0 || getrlimit(RLIMIT_MEMLOCK, &limit) != 0 ||
	       limit.rlim_cur >= 1024 * 1024;
}

int
main(void)
{
	if (!has_room_for_rings()) {
		printf("'ulimit -l' allows less locked memory than rings in a row need\n");
		return 77;
	}
	return file_run_tests();
}
