/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bdev module `error`: a device whose I/Os go wrong when they are told to. These are the ways
 * in which they do.
 */
#ifndef SPDK_MODULE_BDEV_ERROR_H_
#define SPDK_MODULE_BDEV_ERROR_H_

#ifdef __cplusplus
extern "C" {
#endif

enum spdk_bdev_error_type {
	/* They go well. */
	SPDK_BDEV_ERROR_TYPE_NO_ERROR = 0,
	/* They fail, and do not reach the device below. */
	SPDK_BDEV_ERROR_TYPE_FAILURE,
	/* They are kept, until a reset or an abort, or until they are let go on. */
	SPDK_BDEV_ERROR_TYPE_PENDING,
	/* They seem to go well, and their data is wrong. */
	SPDK_BDEV_ERROR_TYPE_CORRUPT_DATA,
	/* They are refused for lack of memory, so that the library tries them again. */
	SPDK_BDEV_ERROR_TYPE_NOMEM,
	/* They fail with an NVMe status of one's choice. */
	SPDK_BDEV_ERROR_TYPE_NVME_FAILURE,
};

#ifdef __cplusplus
}
#endif

#endif
