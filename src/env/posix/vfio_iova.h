/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses that an IOMMU translates (IOVA): which there are, and which are taken.
 */
#ifndef SPINDLE_ENV_VFIO_IOVA_H
#define SPINDLE_ENV_VFIO_IOVA_H

#include "spdk/stdinc.h"

struct iova_range {
	uint64_t first;
	uint64_t last;
};

/* Zeros are one that has no addresses. */
struct vfio_iova {
	/* By address, without overlap. */
	struct iova_range *ranges;
	size_t range_count;
	struct iova_range *taken;
	size_t taken_count;
	size_t taken_space;
};

/* What is taken stays taken, also outside of the new ranges. 0 or -ENOMEM. */
int vfio_iova_set_ranges(struct vfio_iova *iova, const struct iova_range *ranges, size_t count);
/* None of these shall be given. What is taken stays taken. 0 or -ENOMEM. */
int vfio_iova_exclude(struct vfio_iova *iova, struct iova_range hole);
/* 0, -ERANGE: the IOMMU does not translate all of these, -EBUSY: some are taken, or -ENOMEM. */
int vfio_iova_take_at(struct vfio_iova *iova, uint64_t first, uint64_t size);
/* Anywhere, aligned to VFIO_IOVA_ALIGN; 0, -ENOSPC or -ENOMEM. */
int vfio_iova_take(struct vfio_iova *iova, uint64_t size, uint64_t *out_first);
/* As it was taken. */
void vfio_iova_give(struct vfio_iova *iova, uint64_t first);
void vfio_iova_fini(struct vfio_iova *iova);

#define VFIO_IOVA_ALIGN (UINT64_C(1) << 21)

#endif
