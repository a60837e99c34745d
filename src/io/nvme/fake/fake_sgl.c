/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the data of a command are, by a scatter gather list, with all that the list must hold to.
 */
#include "io/nvme/fake/fake_internal.h"

#define DESCRIPTOR_SIZE ((uint32_t)sizeof(struct spdk_nvme_sgl_descriptor))
/* More than any list of a test has; a list that leads in a circle ends here. */
#define DESCRIPTORS_MAX 65536

/* Where the parser is. */
struct sgl_cursor {
	struct fake_command *command;
	struct fake_segments *segments;
	uint64_t left;
	/* The segment that is read: no descriptors may follow the last segment. */
	uint64_t address;
	uint32_t count;
	bool is_last;
	uint32_t seen;
};

static uint16_t
bad_sgl(struct fake_command *command, uint16_t status, const char *what, uint64_t value)
{
	fake_violation(command->fake, FAKE_RULE_POINTER,
		       "opcode 0x%02x of queue %u: SGL: %s (0x%" PRIx64 ")", command->cmd.opc,
		       command->sq->id, what, value);
	return status;
}

static bool
reserved_are_zero(const struct spdk_nvme_sgl_descriptor *descriptor)
{
	return descriptor->unkeyed.reserved[0] == 0 && descriptor->unkeyed.reserved[1] == 0 &&
	       descriptor->unkeyed.reserved[2] == 0;
}

static uint16_t
add_data(struct sgl_cursor *cursor, const struct spdk_nvme_sgl_descriptor *descriptor)
{
	uint64_t length = descriptor->unkeyed.length;
	uint16_t status;

	if (length > cursor->left) {
		return bad_sgl(cursor->command, FAKE_GENERIC(DATA_SGL_LENGTH_INVALID),
			       "more data than the command has", length - cursor->left);
	}
	cursor->left -= length;
	if (length == 0) {
		return FAKE_NO_STATUS;
	}
	if (descriptor->unkeyed.type == SPDK_NVME_SGL_TYPE_BIT_BUCKET) {
		/* The host does not want them. */
		status = fake_segment_add(cursor->command, cursor->segments,
					  (uintptr_t)cursor->command->fake, 0);
		cursor->segments->list[cursor->segments->count - 1] =
			(struct fake_segment){.length = (uint32_t)length};
		cursor->segments->length += length;
		return status;
	}
	return fake_segment_add(cursor->command, cursor->segments, descriptor->address, length);
}

/* Goes to the segment that the descriptor tells of. */
static uint16_t
enter_segment(struct sgl_cursor *cursor, const struct spdk_nvme_sgl_descriptor *descriptor)
{
	uint32_t length = descriptor->unkeyed.length;

	if (length == 0 || length % DESCRIPTOR_SIZE != 0) {
		return bad_sgl(cursor->command, FAKE_GENERIC(INVALID_SGL_SEG_DESCRIPTOR),
			       "length of a segment", length);
	}
	if (descriptor->address % 8 != 0) {
		return bad_sgl(cursor->command, FAKE_GENERIC(INVALID_SGL_SEG_DESCRIPTOR),
			       "address of a segment", descriptor->address);
	}
	if (!fake_memory_is_known(cursor->command->fake, (void *)(uintptr_t)descriptor->address,
				  length)) {
		fake_violation(cursor->command->fake, FAKE_RULE_MEMORY, "SGL segment at 0x%" PRIx64,
			       descriptor->address);
		return FAKE_GENERIC(DATA_TRANSFER_ERROR);
	}
	cursor->address = descriptor->address;
	cursor->count = length / DESCRIPTOR_SIZE;
	cursor->is_last = descriptor->unkeyed.type == SPDK_NVME_SGL_TYPE_LAST_SEGMENT;
	return FAKE_NO_STATUS;
}

/* One descriptor; `ends_segment`: it is the last of its segment. */
static uint16_t
add_descriptor(struct sgl_cursor *cursor, const struct spdk_nvme_sgl_descriptor *descriptor,
	       bool ends_segment)
{
	if (!reserved_are_zero(descriptor)) {
		return bad_sgl(cursor->command, FAKE_GENERIC(INVALID_SGL_SEG_DESCRIPTOR),
			       "reserved bytes are not 0", descriptor->unkeyed.length);
	}
	if (descriptor->unkeyed.subtype != SPDK_NVME_SGL_SUBTYPE_ADDRESS) {
		return bad_sgl(cursor->command, FAKE_GENERIC(SGL_DESCRIPTOR_TYPE_INVALID),
			       "subtype", descriptor->unkeyed.subtype);
	}
	switch (descriptor->unkeyed.type) {
	case SPDK_NVME_SGL_TYPE_DATA_BLOCK:
		return add_data(cursor, descriptor);
	case SPDK_NVME_SGL_TYPE_BIT_BUCKET:
		if (spdk_nvme_opc_get_data_transfer(cursor->command->cmd.opc) ==
		    SPDK_NVME_DATA_CONTROLLER_TO_HOST) {
			return add_data(cursor, descriptor);
		}
		return FAKE_NO_STATUS;
	case SPDK_NVME_SGL_TYPE_SEGMENT:
	case SPDK_NVME_SGL_TYPE_LAST_SEGMENT:
		if (cursor->is_last || !ends_segment) {
			return bad_sgl(cursor->command, FAKE_GENERIC(INVALID_SGL_SEG_DESCRIPTOR),
				       "a segment where none may be", descriptor->address);
		}
		return enter_segment(cursor, descriptor);
	default:
		return bad_sgl(cursor->command, FAKE_GENERIC(SGL_DESCRIPTOR_TYPE_INVALID), "type",
			       descriptor->unkeyed.type);
	}
}

uint16_t
fake_map_sgl(struct fake_command *command, const struct spdk_nvme_sgl_descriptor *first,
	     struct fake_segments *segments, uint64_t length)
{
	struct sgl_cursor cursor = {.command = command, .segments = segments, .left = length};
	uint16_t status = add_descriptor(&cursor, first, true);

	while (status == FAKE_NO_STATUS && cursor.count > 0) {
		struct spdk_nvme_sgl_descriptor descriptor;

		if (++cursor.seen > DESCRIPTORS_MAX) {
			return bad_sgl(command, FAKE_GENERIC(INVALID_NUM_SGL_DESCIRPTORS),
				       "too many descriptors", cursor.seen);
		}
		fake_dma_copy(&descriptor, (void *)(uintptr_t)cursor.address, sizeof(descriptor));
		cursor.address += DESCRIPTOR_SIZE;
		cursor.count--;
		if (cursor.count == 0 && !cursor.is_last &&
		    descriptor.unkeyed.type != SPDK_NVME_SGL_TYPE_SEGMENT &&
		    descriptor.unkeyed.type != SPDK_NVME_SGL_TYPE_LAST_SEGMENT) {
			return bad_sgl(command, FAKE_GENERIC(INVALID_SGL_SEG_DESCRIPTOR),
				       "a segment, not the last, leads nowhere", cursor.address);
		}
		status = add_descriptor(&cursor, &descriptor, cursor.count == 0);
	}
	if (status == FAKE_NO_STATUS && cursor.left > 0) {
		return bad_sgl(command, FAKE_GENERIC(DATA_SGL_LENGTH_INVALID),
			       "less data than the command has", cursor.left);
	}
	return status;
}
