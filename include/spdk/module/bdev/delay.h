/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bdev module `delay`: a device that takes its time. These are the latencies that it has, in
 * the order in which it keeps them.
 */
#ifndef SPDK_MODULE_BDEV_DELAY_H_
#define SPDK_MODULE_BDEV_DELAY_H_

#ifdef __cplusplus
extern "C" {
#endif

/* AVG is how long most I/Os take, P99 how long one in a hundred does. */
enum spdk_bdev_delay_io_type {
	/* I/Os that are not delayed. */
	SPDK_BDEV_DELAY_IO_TYPE_NONE,
	SPDK_BDEV_DELAY_IO_TYPE_AVG_READ,
	SPDK_BDEV_DELAY_IO_TYPE_P99_READ,
	SPDK_BDEV_DELAY_IO_TYPE_AVG_WRITE,
	SPDK_BDEV_DELAY_IO_TYPE_P99_WRITE,
};

#ifdef __cplusplus
}
#endif

#endif
