/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Answers of vfio that have no fixed size: a struct that begins with argsz and flags, and behind it
 * a chain of capabilities.
 */
#ifndef SPINDLE_ENV_VFIO_INFO_H
#define SPINDLE_ENV_VFIO_INFO_H

#include "spdk/stdinc.h"

/*
 * Asks twice, for the size and for all of it. `question` is the struct of the request, `size`
 * bytes; its argsz need not be set. *out_info is for free(); its argsz is how large it is.
 * 0 or -errno (-EIO: the answer is too large to be one).
 */
int
vfio_info_read(int fd, unsigned long request, const void *question, uint32_t size, void **out_info);
/*
 * The capability `id` of a chain that begins at `offset`, or NULL. Its first `size` bytes are in
 * the answer, and *out_room more.
 */
const void *
vfio_info_find(const void *info, uint32_t offset, uint16_t id, uint32_t size, uint32_t *out_room);

#endif
