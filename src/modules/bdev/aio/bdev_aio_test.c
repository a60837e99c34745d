/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tests of modules/bdev/file, by libaio.
 */
#include "modules/bdev/aio/bdev_aio.h"

#include "modules/bdev/file/file_fixture.h"

struct file_subject g_subject = {"aio", &g_aio_module};

int
main(void)
{
	return file_run_tests();
}
