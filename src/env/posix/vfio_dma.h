/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that devices of vfio reach: while a container is in use, all registered memory is entered
 * into its IOMMU, and thereby locked.
 */
#ifndef SPINDLE_ENV_VFIO_DMA_H
#define SPINDLE_ENV_VFIO_DMA_H

#include "spdk/stdinc.h"

/*
 * Enters all memory there is and, from then on, what comes. must_be_virtual: IOVAs are to be the
 * addresses of the process. 0 or -errno, explained: then nothing is entered.
 */
int vfio_dma_start(int container_fd, bool must_be_virtual);
/* Takes all of it back. No device uses it any more. */
void vfio_dma_stop(void);
/* What the IOMMU translates may have changed, because another group has come. 0 or -errno. */
int vfio_dma_update(void);
/* How much more memory may be registered, as far as locking goes; SIZE_MAX: no limit is known. */
size_t vfio_dma_room(void);
/* Says that `size` more bytes cannot be had because of that, and the cure. */
void vfio_dma_explain_room(size_t size);
/* The end of the environment: after vfio_dma_stop(), and when nobody translates any more. */
void vfio_dma_fini(void);

#endif
