/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory of the host, as the device reaches it: copies, and where the data of a command are, by
 * PRPs. SGLs are in fake_sgl.c.
 */
#include "io/nvme/fake/fake_internal.h"

#define PRP_SIZE ((uint32_t)sizeof(uint64_t))

#if defined(__SANITIZE_THREAD__)
#define IS_UNSEEN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define IS_UNSEEN 1
#endif
#endif

/*
 * What a device reads and writes is no access of an OS thread. ThreadSanitizer cannot know what
 * orders it, which is doorbells and phase bits; so it does not get to see it. It would see
 * memcpy(), whoever calls it, therefore words are copied; as atomics, which no compiler turns into
 * memcpy().
 */
#ifdef IS_UNSEEN
#define UNSEEN __attribute__((no_sanitize("thread"), noinline))

static UNSEEN void
copy_unseen(uint8_t *dst, const uint8_t *src, size_t length)
{
	if (((uintptr_t)dst | (uintptr_t)src | length) % sizeof(uint32_t) == 0) {
		for (size_t i = 0; i < length; i += sizeof(uint32_t)) {
			__atomic_store_n(
				(uint32_t *)(dst + i),
				__atomic_load_n((const uint32_t *)(src + i), __ATOMIC_RELAXED),
				__ATOMIC_RELAXED);
		}
		return;
	}
	for (size_t i = 0; i < length; i++) {
		__atomic_store_n(dst + i, __atomic_load_n(src + i, __ATOMIC_RELAXED),
				 __ATOMIC_RELAXED);
	}
}
#else
#define UNSEEN
#endif

void
fake_dma_copy(void *dst, const void *src, size_t length)
{
#ifdef IS_UNSEEN
	copy_unseen(dst, src, length);
#else
	memcpy(dst, src, length);
#endif
}

uint64_t
fake_dma_load_8(const void *src)
{
	uint64_t value;

	fake_dma_copy(&value, src, sizeof(value));
	return value;
}

UNSEEN uint32_t
fake_dma_load_4(const void *src)
{
	return __atomic_load_n((const uint32_t *)src, __ATOMIC_ACQUIRE);
}

UNSEEN void
fake_dma_store_4(void *dst, uint32_t value)
{
	__atomic_store_n((uint32_t *)dst, value, __ATOMIC_SEQ_CST);
}

static uint8_t *
room(struct fake_room *room, size_t size)
{
	if (room->size < size) {
		uint8_t *larger = realloc(room->bytes, size);

		if (larger == NULL) {
			return NULL;
		}
		room->bytes = larger;
		room->size = size;
	}
	return room->bytes;
}

uint8_t *
fake_bounce(struct fake *fake, size_t size)
{
	return room(&fake->bounce, size);
}

uint8_t *
fake_md_bounce(struct fake *fake, size_t size)
{
	return room(&fake->md_bounce, size);
}

bool
fake_memory_is_known(struct fake *fake, const void *address, uint64_t length)
{
	uint64_t begin = (uintptr_t)address, left = length;

	while (left > 0) {
		uint64_t size = left;

		if (begin == 0 || spdk_mem_map_translate(fake->memory, begin, &size) == 0) {
			return false;
		}
		size = size == 0 ? 1 : size;
		begin += spdk_min(size, left);
		left -= spdk_min(size, left);
	}
	return true;
}

uint16_t
fake_segment_add(struct fake_command *command, struct fake_segments *segments, uint64_t address,
		 uint64_t length)
{
	struct fake *fake = command->fake;
	struct fake_segment *list;

	if (segments->count == segments->capacity) {
		uint32_t capacity = segments->capacity == 0 ? 64 : 2 * segments->capacity;

		list = realloc(segments->list, capacity * sizeof(*list));
		if (list == NULL) {
			return FAKE_GENERIC(INTERNAL_DEVICE_ERROR);
		}
		segments->list = list;
		segments->capacity = capacity;
	}
	if (!fake_memory_is_known(fake, (void *)(uintptr_t)address, length)) {
		fake_violation(fake, FAKE_RULE_MEMORY,
			       "opcode 0x%02x of queue %u: 0x%" PRIx64 " + %" PRIu64
			       " is no memory that devices may use",
			       command->cmd.opc, command->sq->id, address, length);
		return FAKE_GENERIC(DATA_TRANSFER_ERROR);
	}
	if (!fake_memory_is_told(fake, address, length)) {
		return FAKE_GENERIC(DATA_TRANSFER_ERROR);
	}
	segments->list[segments->count++] = (struct fake_segment){
		.address = (uint8_t *)(uintptr_t)address, .length = (uint32_t)length};
	segments->length += length;
	return FAKE_NO_STATUS;
}

static uint16_t
bad_prp(struct fake_command *command, const char *what, uint64_t value)
{
	fake_violation(command->fake, FAKE_RULE_POINTER,
		       "opcode 0x%02x of queue %u: %s is 0x%" PRIx64, command->cmd.opc,
		       command->sq->id, what, value);
	return FAKE_GENERIC(INVALID_PRP_OFFSET);
}

/* `left` bytes from the list at `list` on, which goes on in another page when it ends there. */
static uint16_t
map_prp_list(struct fake_command *command, struct fake_segments *segments, uint64_t list,
	     uint64_t left)
{
	uint32_t page = FAKE_PAGE_SIZE << command->fake->cc.bits.mps;

	if (list % PRP_SIZE != 0 || list == 0) {
		return bad_prp(command, "PRP2, a list,", list);
	}
	while (left > 0) {
		uint64_t entry;
		uint16_t status;

		if (!fake_memory_is_known(command->fake, (void *)(uintptr_t)list, PRP_SIZE)) {
			fake_violation(command->fake, FAKE_RULE_MEMORY,
				       "opcode 0x%02x of queue %u: PRP list at 0x%" PRIx64,
				       command->cmd.opc, command->sq->id, list);
			return FAKE_GENERIC(DATA_TRANSFER_ERROR);
		}
		entry = fake_dma_load_8((void *)(uintptr_t)list);
		/* The last entry of a page leads on, unless it is the last of all. */
		if ((list + PRP_SIZE) % page == 0 && left > page) {
			if (entry % page != 0) {
				return bad_prp(command, "a PRP that leads to a list", entry);
			}
			list = entry;
			continue;
		}
		if (entry % page != 0) {
			return bad_prp(command, "a PRP of a list", entry);
		}
		status = fake_segment_add(command, segments, entry, spdk_min(left, page));
		if (status != FAKE_NO_STATUS) {
			return status;
		}
		left -= spdk_min(left, page);
		list += PRP_SIZE;
	}
	return FAKE_NO_STATUS;
}

static uint16_t
map_prp(struct fake_command *command, struct fake_segments *segments, uint64_t length)
{
	uint64_t prp1 = command->cmd.dptr.prp.prp1, prp2 = command->cmd.dptr.prp.prp2;
	uint32_t page = FAKE_PAGE_SIZE << command->fake->cc.bits.mps;
	uint64_t first = spdk_min(length, page - prp1 % page);
	uint16_t status;

	if (prp1 % 4 != 0 || prp1 == 0) {
		return bad_prp(command, "PRP1", prp1);
	}
	status = fake_segment_add(command, segments, prp1, first);
	length -= first;
	if (status != FAKE_NO_STATUS) {
		return status;
	}
	if (length == 0) {
		if (prp2 != 0) {
			fake_violation(command->fake, FAKE_RULE_POINTER,
				       "opcode 0x%02x of queue %u: PRP2 is 0x%" PRIx64
				       ", but PRP1 has it all",
				       command->cmd.opc, command->sq->id, prp2);
		}
		return FAKE_NO_STATUS;
	}
	if (length > page) {
		return map_prp_list(command, segments, prp2, length);
	}
	if (prp2 % page != 0 || prp2 == 0) {
		return bad_prp(command, "PRP2", prp2);
	}
	return fake_segment_add(command, segments, prp2, length);
}

uint16_t
fake_map_data(struct fake_command *command, uint64_t length)
{
	struct fake_segments *segments = &command->fake->segments;

	segments->count = 0;
	segments->length = 0;
	if (length == 0) {
		return FAKE_NO_STATUS;
	}
	if (command->cmd.psdt == SPDK_NVME_PSDT_PRP) {
		return map_prp(command, segments, length);
	}
	return fake_map_sgl(command, &command->cmd.dptr.sgl1, segments, length);
}

uint16_t
fake_map_metadata(struct fake_command *command, uint64_t length)
{
	struct fake_segments *segments = &command->fake->md_segments;
	uint64_t mptr = command->cmd.mptr;

	segments->count = 0;
	segments->length = 0;
	if (length == 0) {
		return FAKE_NO_STATUS;
	}
	if (command->cmd.psdt == SPDK_NVME_PSDT_SGL_MPTR_SGL) {
		struct spdk_nvme_sgl_descriptor descriptor;

		if (mptr % 8 != 0 ||
		    !fake_memory_is_known(command->fake, (void *)(uintptr_t)mptr, 16)) {
			return bad_prp(command, "MPTR, to a descriptor,", mptr);
		}
		fake_dma_copy(&descriptor, (void *)(uintptr_t)mptr, sizeof(descriptor));
		return fake_map_sgl(command, &descriptor, segments, length);
	}
	if (command->cmd.psdt == SPDK_NVME_PSDT_PRP && mptr % 4 != 0) {
		return bad_prp(command, "MPTR", mptr);
	}
	return fake_segment_add(command, segments, mptr, length);
}

void
fake_from_host(const struct fake_segments *segments, void *dst, size_t length)
{
	uint8_t *to = dst;

	for (uint32_t i = 0; i < segments->count && length > 0; i++) {
		size_t part = spdk_min(length, segments->list[i].length);

		/* NULL: a bit bucket, of which nothing is written. */
		if (segments->list[i].address != NULL) {
			fake_dma_copy(to, segments->list[i].address, part);
		}
		to += part;
		length -= part;
	}
}

/* What the faults of the command make of its data; a copy of them, or `src`. */
static const void *
spoil(struct fake_command *command, const void *src, size_t length)
{
	const struct fake_fault *fault = &command->fault;
	uint8_t *copy;

	if (!(command->faults & (1u << FAKE_FAULT_DATA_GARBAGE | 1u << FAKE_FAULT_DATA_ONES |
				 1u << FAKE_FAULT_DATA_ZEROS | 1u << FAKE_FAULT_DATA_PATCH))) {
		return src;
	}
	copy = malloc(length);
	if (copy == NULL) {
		abort();
	}
	memcpy(copy, src, length);
	switch (fault->kind) {
	case FAKE_FAULT_DATA_GARBAGE:
		fake_random_fill(command->fake, copy, length);
		break;
	case FAKE_FAULT_DATA_ONES:
		memset(copy, 0xff, length);
		break;
	case FAKE_FAULT_DATA_ZEROS:
		memset(copy, 0, length);
		break;
	default:
		if (fault->offset + fault->size <= length && fault->size <= sizeof(fault->value)) {
			memcpy(copy + fault->offset, &fault->value, fault->size);
		}
		break;
	}
	return copy;
}

void
fake_to_host(struct fake_command *command, const struct fake_segments *segments, const void *src,
	     size_t length)
{
	const uint8_t *from = spoil(command, src, length);
	const uint8_t *copy = from;

	for (uint32_t i = 0; i < segments->count && length > 0; i++) {
		size_t part = spdk_min(length, segments->list[i].length);

		if (segments->list[i].address != NULL) {
			fake_dma_copy(segments->list[i].address, from, part);
		}
		from += part;
		length -= part;
	}
	if (copy != src) {
		free((void *)copy);
	}
}

uint16_t
fake_data_out(struct fake_command *command, const void *src, size_t src_length, uint64_t length)
{
	uint8_t *bounce = fake_bounce(command->fake, length);
	uint16_t status;

	if (bounce == NULL) {
		return FAKE_GENERIC(INTERNAL_DEVICE_ERROR);
	}
	status = fake_map_data(command, length);
	if (status != FAKE_NO_STATUS) {
		return status;
	}
	src_length = spdk_min(src_length, length);
	memmove(bounce, src, src_length);
	memset(bounce + src_length, 0, length - src_length);
	fake_to_host(command, &command->fake->segments, bounce, length);
	return FAKE_NO_STATUS;
}

uint16_t
fake_data_in(struct fake_command *command, void *dst, uint64_t length)
{
	uint16_t status = fake_map_data(command, length);

	if (status == FAKE_NO_STATUS) {
		fake_from_host(&command->fake->segments, dst, length);
	}
	return status;
}
