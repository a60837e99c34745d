/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Memory of a controller: its memory buffer (CMB), persistent memory region (PMR) and boot
 * partitions. A part of spdk/nvme.h.
 *
 * Thread: any OS thread.
 * Source: NVM Express base specification, 'Controller Memory Buffer', 'Persistent Memory Region',
 *   'Boot Partitions'.
 */
#ifndef SPDK_NVME_DEVICE_MEMORY_H
#define SPDK_NVME_DEVICE_MEMORY_H

#include "spdk/stdinc.h"

#include "spdk/nvme/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of the persistent memory region. 0: there is none. */
uint64_t spdk_nvme_ctrlr_get_pmrsz(struct spdk_nvme_ctrlr *ctrlr);

/**
 * Begins to read a boot partition. One read at a time.
 *
 * Owner: payload is the controller's until spdk_nvme_ctrlr_read_boot_partition_poll() no longer
 *   returns -EAGAIN.
 * Shape: payload is memory of the environment, aligned to 4 KiB and contiguous for the device.
 * Units: bprsz, how much, and bprof, from where: 4 KiB.
 * Errors: -ENOTSUP: it has none; -EALREADY: a read is under way; -EINVAL: an argument is wrong;
 *   -EFAULT: payload is not what the device may write to; -ENOMEM; -EIO: a register cannot be
 *   accessed.
 */
int spdk_nvme_ctrlr_read_boot_partition_start(struct spdk_nvme_ctrlr *ctrlr, void *payload,
					      uint32_t bprsz, uint32_t bprof, uint32_t bpid);

/**
 * Looks how far the read is.
 *
 * Errors: 0: it has been read; -EAGAIN: not yet; -EINVAL: no read was begun, or the controller
 *   says that it failed; -EIO: a register cannot be accessed.
 */
int spdk_nvme_ctrlr_read_boot_partition_poll(struct spdk_nvme_ctrlr *ctrlr);

/**
 * Writes a boot partition: downloads the image, replaces the partition, and makes it the active
 * one.
 *
 * Owner: payload is the driver's until the callback.
 * Units: size in bytes, a multiple of 4.
 * Callback: once, with the completion of the step that failed or of the last.
 * Errors: -ENOTSUP: it has none; -EINVAL: an argument is wrong; -ENOMEM; -ENXIO: the admin queue
 *   is not connected.
 */
int
spdk_nvme_ctrlr_write_boot_partition(struct spdk_nvme_ctrlr *ctrlr, void *payload, uint32_t size,
				     uint32_t bpid, spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/**
 * Sets all of the memory buffer aside for data, so that no queue is put there.
 *
 * Errors: its size in bytes; -ENOTSUP: there is none; -EBUSY: queues are there; others, explained:
 *   it cannot be mapped.
 */
int spdk_nvme_ctrlr_reserve_cmb(struct spdk_nvme_ctrlr *ctrlr);

/**
 * Maps it, so that it may hold data of I/O; sets it aside as spdk_nvme_ctrlr_reserve_cmb() does.
 * *size is written: bytes.
 *
 * Owner: the controller, until spdk_nvme_ctrlr_unmap_cmb().
 * Errors: NULL, and *size is 0: there is none, or it takes no data; all else is explained.
 */
void *spdk_nvme_ctrlr_map_cmb(struct spdk_nvme_ctrlr *ctrlr, size_t *size);

/** Takes the mapping back. No I/O may use it. */
void spdk_nvme_ctrlr_unmap_cmb(struct spdk_nvme_ctrlr *ctrlr);

/**
 * Switches the persistent memory region on; waits until it is ready.
 *
 * Errors: -ENOTSUP: there is none; -EINVAL: it is on, or its time-out makes no sense; -ETIMEDOUT;
 *   -EIO: a register cannot be accessed.
 */
int spdk_nvme_ctrlr_enable_pmr(struct spdk_nvme_ctrlr *ctrlr);

/** Switches it off; errors as above. */
int spdk_nvme_ctrlr_disable_pmr(struct spdk_nvme_ctrlr *ctrlr);

/**
 * Maps it, and has the controller know it by that address. *size is written: bytes.
 *
 * Owner: the controller, until spdk_nvme_ctrlr_unmap_pmr().
 * Errors: NULL, explained.
 */
void *spdk_nvme_ctrlr_map_pmr(struct spdk_nvme_ctrlr *ctrlr, size_t *size);

/**
 * Takes the mapping back.
 *
 * Errors: -ENXIO: there is none.
 */
int spdk_nvme_ctrlr_unmap_pmr(struct spdk_nvme_ctrlr *ctrlr);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_DEVICE_MEMORY_H */
