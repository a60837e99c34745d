/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tests of modules/bdev/file, by io_uring.
 */
#include "modules/bdev/uring/bdev_uring.h"

#include "modules/bdev/file/file_fixture.h"

struct file_subject g_subject = {"uring", &g_uring_module};

int
main(void)
{
	return file_run_tests();
}
