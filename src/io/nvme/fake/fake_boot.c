/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Boot partitions, of which there are two. They are read by registers: the host says what it wants
 * and where, one step tells that it is under way, the next one has copied it. They are written by
 * what was downloaded.
 */
#include "io/nvme/fake/fake_internal.h"

#define OFFSET_OF(name) ((uint32_t)offsetof(struct spdk_nvme_registers, name))
#define READ_UNIT       4096u
#define SIZE_UNIT       (128u * 1024)

static uint32_t
size_of_each(const struct fake *fake)
{
	return fake->opts.boot_partition_units * SIZE_UNIT;
}

static void
set_info(struct fake *fake, enum spdk_nvme_brs_value status)
{
	fake->bpinfo.bits.brs = status;
	fake_write_4(fake, OFFSET_OF(bpinfo), fake->bpinfo.raw);
}

int
fake_boot_open(struct fake *fake)
{
	if (fake->opts.boot_partition_units == 0) {
		return 0;
	}
	fake->boot = calloc(FAKE_BOOT_PARTITIONS, size_of_each(fake));
	if (fake->boot == NULL) {
		return -ENOMEM;
	}
	fake->bpinfo.bits.bpsz = fake->opts.boot_partition_units;
	set_info(fake, SPDK_NVME_BRS_NO_READ);
	return 0;
}

static enum spdk_nvme_brs_value
copy(struct fake *fake)
{
	const union spdk_nvme_bprsel_register select = fake->boot_read;
	void *memory = (void *)(uintptr_t)fake_read_8(fake, OFFSET_OF(bpmbl));
	uint64_t offset = (uint64_t)select.bits.bprof * READ_UNIT;
	uint64_t length = (uint64_t)select.bits.bprsz * READ_UNIT;

	if (offset + length > size_of_each(fake)) {
		return SPDK_NVME_BRS_READ_ERROR;
	}
	if ((uintptr_t)memory % READ_UNIT != 0 || !fake_memory_is_known(fake, memory, length)) {
		fake_violation(fake, FAKE_RULE_MEMORY,
			       "BPMBL %p + %" PRIu64 " is no memory that devices may use", memory,
			       length);
		return SPDK_NVME_BRS_READ_ERROR;
	}
	fake_dma_copy(memory, fake->boot + select.bits.bpid * size_of_each(fake) + offset, length);
	return SPDK_NVME_BRS_READ_SUCCESS;
}

/* BPRSEL reads as 0 here, so that each write is seen. */
void
fake_step_boot(struct fake *fake)
{
	union spdk_nvme_bprsel_register select;

	if (fake->boot == NULL) {
		return;
	}
	if (fake->bpinfo.bits.brs == SPDK_NVME_BRS_READ_IN_PROGRESS) {
		set_info(fake, copy(fake));
		return;
	}
	select.raw = fake_read_4(fake, OFFSET_OF(bprsel));
	if (select.raw == 0) {
		return;
	}
	if (select.bits.reserved != 0 || select.bits.bprsz == 0) {
		fake_violation(fake, FAKE_RULE_REGISTER, "BPRSEL is 0x%x", select.raw);
	}
	fake_write_4(fake, OFFSET_OF(bprsel), 0);
	fake->boot_read = select;
	set_info(fake, SPDK_NVME_BRS_READ_IN_PROGRESS);
}

uint16_t
fake_boot_commit(struct fake *fake, const struct spdk_nvme_fw_commit *commit)
{
	uint32_t size = size_of_each(fake);

	if (fake->boot == NULL) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	if (commit->ca == SPDK_NVME_FW_COMMIT_ACTIVATE_BOOT_PARTITION) {
		fake->bpinfo.bits.abpid = commit->bpid;
		fake_write_4(fake, OFFSET_OF(bpinfo), fake->bpinfo.raw);
		return FAKE_NO_STATUS;
	}
	if (fake->firmware_size == 0 || fake->firmware_size > size) {
		return FAKE_SPECIFIC(INVALID_FIRMWARE_IMAGE);
	}
	memcpy(fake->boot + commit->bpid * size, fake->firmware_image, fake->firmware_size);
	fake_firmware_discard(fake);
	return FAKE_NO_STATUS;
}

uint8_t *
fake_boot_partition(struct fake *fake, uint32_t id)
{
	assert(fake->boot != NULL && id < FAKE_BOOT_PARTITIONS);
	return fake->boot + id * size_of_each(fake);
}
