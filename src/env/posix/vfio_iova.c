/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An allocator of IOVAs: first fit over the ranges that the IOMMU has.
 *
 * 1. `taken` is ordered by address, without overlap.
 * 2. Addresses from 4 GiB on come first: below are windows of registers that nobody tells of.
 * 3. What lies below VFIO_IOVA_ALIGN is never given, so that 0 is no address.
 */
#include "env/posix/vfio_iova.h"

#define LOW_END     (UINT64_C(1) << 32)
#define SPACE_FIRST 16

int
vfio_iova_set_ranges(struct vfio_iova *iova, const struct iova_range *ranges, size_t count)
{
	struct iova_range *copy = calloc(count > 0 ? count : 1, sizeof(*copy));

	if (copy == NULL) {
		return -ENOMEM;
	}
	memcpy(copy, ranges, count * sizeof(*copy));
	free(iova->ranges);
	iova->ranges = copy;
	iova->range_count = count;
	return 0;
}

int
vfio_iova_exclude(struct vfio_iova *iova, struct iova_range hole)
{
	/* Each range may become two, but only one can, as they do not overlap. */
	struct iova_range *ranges = calloc(iova->range_count + 1, sizeof(*ranges));
	size_t count = 0;

	if (ranges == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < iova->range_count; i++) {
		struct iova_range range = iova->ranges[i];

		if (range.last < hole.first || range.first > hole.last) {
			ranges[count++] = range;
			continue;
		}
		if (range.first < hole.first) {
			ranges[count++] =
				(struct iova_range){.first = range.first, .last = hole.first - 1};
		}
		if (range.last > hole.last) {
			ranges[count++] =
				(struct iova_range){.first = hole.last + 1, .last = range.last};
		}
	}
	free(iova->ranges);
	iova->ranges = ranges;
	iova->range_count = count;
	return 0;
}

/* Index of the first that ends at `addr` or behind it. */
static size_t
find_taken(const struct vfio_iova *iova, uint64_t addr)
{
	size_t low = 0, high = iova->taken_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (iova->taken[middle].last < addr) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static bool
is_translated(const struct vfio_iova *iova, uint64_t first, uint64_t last)
{
	for (size_t i = 0; i < iova->range_count; i++) {
		if (first >= iova->ranges[i].first && last <= iova->ranges[i].last) {
			return true;
		}
	}
	return false;
}

/* In front of the one at `index`. */
static int
insert(struct vfio_iova *iova, size_t index, uint64_t first, uint64_t last)
{
	struct iova_range *larger;
	size_t space = iova->taken_space > 0 ? iova->taken_space * 2 : SPACE_FIRST;

	if (iova->taken_count == iova->taken_space) {
		larger = realloc(iova->taken, space * sizeof(*larger));
		if (larger == NULL) {
			return -ENOMEM;
		}
		iova->taken = larger;
		iova->taken_space = space;
	}
	memmove(&iova->taken[index + 1], &iova->taken[index],
		(iova->taken_count - index) * sizeof(*iova->taken));
	iova->taken[index] = (struct iova_range){.first = first, .last = last};
	iova->taken_count++;
	return 0;
}

int
vfio_iova_take_at(struct vfio_iova *iova, uint64_t first, uint64_t size)
{
	uint64_t last = first + size - 1;
	size_t index = find_taken(iova, first);

	assert(size > 0);
	if (last < first || !is_translated(iova, first, last)) {
		return -ERANGE;
	}
	if (index < iova->taken_count && iova->taken[index].first <= last) {
		return -EBUSY;
	}
	return insert(iova, index, first, last);
}

/* The first gap of `size` within [first, last]. */
static bool
find_gap(const struct vfio_iova *iova, struct iova_range range, uint64_t size, uint64_t *out_first)
{
	uint64_t mask = VFIO_IOVA_ALIGN - 1, at;
	size_t index;

	if (range.first > UINT64_MAX - mask) {
		return false;
	}
	at = (range.first + mask) & ~mask;
	for (index = find_taken(iova, at);; index++) {
		if (at > range.last || range.last - at < size - 1) {
			return false;
		}
		if (index == iova->taken_count ||
		    (iova->taken[index].first >= at && iova->taken[index].first - at >= size)) {
			break;
		}
		if (iova->taken[index].last > UINT64_MAX - VFIO_IOVA_ALIGN) {
			return false;
		}
		at = (iova->taken[index].last + 1 + mask) & ~mask;
	}
	*out_first = at;
	return true;
}

/* The same within `limits` and what the IOMMU has. */
static bool
find_place(const struct vfio_iova *iova, struct iova_range limits, uint64_t size,
	   uint64_t *out_first)
{
	for (size_t i = 0; i < iova->range_count; i++) {
		struct iova_range range = iova->ranges[i];

		range.first = range.first > limits.first ? range.first : limits.first;
		range.last = range.last < limits.last ? range.last : limits.last;
		if (range.first <= range.last && find_gap(iova, range, size, out_first)) {
			return true;
		}
	}
	return false;
}

int
vfio_iova_take(struct vfio_iova *iova, uint64_t size, uint64_t *out_first)
{
	const struct iova_range high = {.first = LOW_END, .last = UINT64_MAX},
				low = {.first = VFIO_IOVA_ALIGN, .last = LOW_END - 1};
	uint64_t first;
	int rc;

	assert(size > 0);
	if (!find_place(iova, high, size, &first) && !find_place(iova, low, size, &first)) {
		return -ENOSPC;
	}
	rc = insert(iova, find_taken(iova, first), first, first + size - 1);
	if (rc == 0) {
		*out_first = first;
	}
	return rc;
}

void
vfio_iova_give(struct vfio_iova *iova, uint64_t first)
{
	size_t index = find_taken(iova, first);

	assert(index < iova->taken_count && iova->taken[index].first == first);
	memmove(&iova->taken[index], &iova->taken[index + 1],
		(iova->taken_count - index - 1) * sizeof(*iova->taken));
	iova->taken_count--;
}

void
vfio_iova_fini(struct vfio_iova *iova)
{
	free(iova->ranges);
	free(iova->taken);
	memset(iova, 0, sizeof(*iova));
}
