/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory of the controller itself: the memory buffer (CMB), for data and submission queues, and the
 * persistent memory region (PMR), for data; a BAR each.
 *
 * Data are there by addresses that the driver has to tell first, in CMBMSC and PMRMSC; a command
 * with others would go by the bus, which not every machine does. That is a violation here.
 */
#include "io/nvme/fake/fake_internal.h"

#define OFFSET_OF(name) ((uint32_t)offsetof(struct spdk_nvme_registers, name))
#define BAR_OF_PMR      2
#define BAR_OF_CMB      4
/* CMBSZ.SZU of 1 MiB. */
#define UNIT_MIB 2

static int
open_one(struct fake_memory *memory, uint32_t mib)
{
	if (mib == 0) {
		return 0;
	}
	memory->size = (size_t)mib << 20;
	memory->bar = fake_bar_create(memory->size);
	return memory->bar != NULL ? 0 : -ENOMEM;
}

int
fake_memory_open(struct fake *fake)
{
	const union spdk_nvme_cmbsz_register cmbsz = {
		.bits = {.sqs = 1, .rds = 1, .wds = 1, .szu = UNIT_MIB, .sz = fake->opts.cmb_mib}};
	const union spdk_nvme_cmbloc_register cmbloc = {.bits = {.bir = BAR_OF_CMB}};
	const union spdk_nvme_pmrcap_register pmrcap = {
		.bits = {.rds = 1, .wds = 1, .bir = BAR_OF_PMR, .pmrto = 1, .cmss = 1}};
	const union spdk_nvme_pmrsts_register pmrsts = {.bits = {.nrdy = 1}};

	if (open_one(&fake->cmb, fake->opts.cmb_mib) != 0 ||
	    open_one(&fake->pmr, fake->opts.pmr_mib) != 0) {
		return -ENOMEM;
	}
	if (fake->cmb.bar != NULL) {
		fake_write_4(fake, OFFSET_OF(cmbloc), cmbloc.raw);
		fake_write_4(fake, OFFSET_OF(cmbsz), cmbsz.raw);
	}
	if (fake->pmr.bar != NULL) {
		fake_write_4(fake, OFFSET_OF(pmrcap), pmrcap.raw);
		fake_write_4(fake, OFFSET_OF(pmrsts), pmrsts.raw);
	}
	return 0;
}

void
fake_memory_close(struct fake *fake)
{
	if (fake->cmb.bar != NULL) {
		fake_bar_destroy(fake->cmb.bar);
	}
	if (fake->pmr.bar != NULL) {
		fake_bar_destroy(fake->pmr.bar);
	}
}

struct fake_memory *
fake_memory_of_bar(struct fake *fake, uint32_t bar)
{
	if (bar == BAR_OF_CMB && fake->cmb.bar != NULL) {
		return &fake->cmb;
	}
	return bar == BAR_OF_PMR && fake->pmr.bar != NULL ? &fake->pmr : NULL;
}

/* Ready follows PMRCTL.EN; switched off, it forgets its address. */
void
fake_step_memory(struct fake *fake)
{
	union spdk_nvme_pmrctl_register pmrctl = {.raw = fake_read_4(fake, OFFSET_OF(pmrctl))};
	union spdk_nvme_pmrsts_register pmrsts = {.raw = fake_read_4(fake, OFFSET_OF(pmrsts))};

	if (fake->pmr.bar == NULL || pmrctl.bits.en != pmrsts.bits.nrdy) {
		return;
	}
	pmrsts.bits.nrdy = !pmrctl.bits.en;
	if (!pmrctl.bits.en) {
		fake_write_4(fake, OFFSET_OF(pmrmscl), 0);
	}
	fake_write_4(fake, OFFSET_OF(pmrsts), pmrsts.raw);
}

static uint64_t
cmb_address(const struct fake *fake)
{
	union spdk_nvme_cmbmsc_register cmbmsc = {.raw = fake_read_8(fake, OFFSET_OF(cmbmsc))};

	return cmbmsc.bits.cre && cmbmsc.bits.cmse ? cmbmsc.bits.cba * UINT64_C(4096) : 0;
}

static uint64_t
pmr_address(const struct fake *fake)
{
	union spdk_nvme_pmrmscl_register low = {.raw = fake_read_4(fake, OFFSET_OF(pmrmscl))};
	uint64_t high = fake_read_4(fake, OFFSET_OF(pmrmscu));
	union spdk_nvme_pmrsts_register pmrsts = {.raw = fake_read_4(fake, OFFSET_OF(pmrsts))};

	return low.bits.cmse && !pmrsts.bits.nrdy ? high << 32 | (uint64_t)low.bits.cba << 12 : 0;
}

/* Whether [address, address + length) has a byte of the memory, which it knows to be at `told`. */
static bool
is_told(struct fake *fake, const struct fake_memory *memory, uint64_t told, uint64_t address,
	uint64_t length)
{
	if (memory->mapped == 0 || address + length <= memory->mapped ||
	    address >= memory->mapped + memory->size) {
		return true;
	}
	if (told == memory->mapped && address >= told && address + length <= told + memory->size) {
		return true;
	}
	fake_violation(fake, FAKE_RULE_MEMORY,
		       "0x%" PRIx64 " + %" PRIu64 " is in memory of the controller, which it was "
		       "told to be at 0x%" PRIx64,
		       address, length, told);
	return false;
}

bool
fake_memory_is_told(struct fake *fake, uint64_t address, uint64_t length)
{
	return is_told(fake, &fake->cmb, cmb_address(fake), address, length) &&
	       is_told(fake, &fake->pmr, pmr_address(fake), address, length);
}

bool
fake_cmb_has(const struct fake *fake, uint64_t address, uint64_t length)
{
	uint64_t told = cmb_address(fake);

	return told != 0 && told == fake->cmb.mapped && address >= told &&
	       address + length <= told + fake->cmb.size;
}

uint8_t *
fake_cmb(struct fake *fake)
{
	return fake->cmb.bar == NULL ? NULL : fake_bar_registers(fake->cmb.bar);
}

uint8_t *
fake_pmr(struct fake *fake)
{
	return fake->pmr.bar == NULL ? NULL : fake_bar_registers(fake->pmr.bar);
}
