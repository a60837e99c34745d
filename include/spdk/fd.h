/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Facts and flags of open file descriptors.
 */
#ifndef SPDK_FD_H
#define SPDK_FD_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The size of a regular file or a block device.
 *
 * Units: bytes. Errors: 0 when it cannot be told, as for pipes, sockets and character devices.
 */
uint64_t spdk_fd_get_size(int fd);

/**
 * The logical block size of a block device, or the preferred transfer size of another file.
 *
 * Units: bytes. Errors: 0 when it cannot be told.
 */
uint32_t spdk_fd_get_blocklen(int fd);

/**
 * Makes reads and writes return -EAGAIN rather than wait. The flag belongs to the open file, so
 * duplicates of the descriptor get it too.
 *
 * Errors: what fcntl(2) gives, such as -EBADF.
 */
int spdk_fd_set_nonblock(int fd);

/**
 * Takes back spdk_fd_set_nonblock().
 *
 * Errors: what fcntl(2) gives, such as -EBADF.
 */
int spdk_fd_clear_nonblock(int fd);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_FD_H */
