/* SPDX-License-Identifier: BSD-3-Clause */
/* Answers of vfio that have no fixed size, see vfio_info.h. */
#include "env/posix/vfio_info.h"

#include "env/posix/pci_kernel.h"

#include <linux/vfio.h>

/* A kernel that wants more room than this for its answer is not ours. */
#define INFO_SIZE_MAX (1U << 20)

/* What all of them begin with. */
struct head {
	uint32_t argsz;
	uint32_t flags;
};

int
vfio_info_read(int fd, unsigned long request, const void *question, uint32_t size, void **out_info)
{
	uint32_t total = size;
	struct head *info = NULL, *larger;
	int rc;

	for (int i = 0; i < 2; i++) {
		larger = realloc(info, total);
		if (larger == NULL) {
			free(info);
			return -ENOMEM;
		}
		info = larger;
		memset(info, 0, total);
		memcpy(info, question, size);
		info->argsz = total;
		rc = pci_kernel()->ioctl(fd, request, info);
		if (rc >= 0 && info->argsz > INFO_SIZE_MAX) {
			rc = -EIO;
		}
		if (rc < 0) {
			free(info);
			return rc;
		}
		total = i == 0 && info->argsz > total ? info->argsz : total;
	}
	info->argsz = total;
	*out_info = info;
	return 0;
}

const void *
vfio_info_find(const void *info, uint32_t offset, uint16_t id, uint32_t size, uint32_t *out_room)
{
	const uint32_t total = ((const struct head *)info)->argsz;
	const struct vfio_info_cap_header *header;

	assert(size >= sizeof(*header));
	while (offset != 0 && offset <= total && total - offset >= sizeof(*header)) {
		header = (const void *)((const char *)info + offset);
		if (header->id == id) {
			if (total - offset < size) {
				return NULL;
			}
			*out_room = total - offset - size;
			return header;
		}
		/* Offsets only grow, so a chain ends. */
		if (header->next <= offset) {
			return NULL;
		}
		offset = header->next;
	}
	return NULL;
}
