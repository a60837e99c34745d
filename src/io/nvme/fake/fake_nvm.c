/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands of the NVM command set. */
#include "io/nvme/fake/fake_internal.h"

static uint32_t
count_of(const struct fake_command *command)
{
	return command->cmd.cdw12_bits.write.nlb + 1u;
}

static bool
is_in_range(const struct fake_ns *ns, uint64_t lba, uint64_t count)
{
	return count <= ns->opts.blocks && lba <= ns->opts.blocks - count;
}

/* MDTS is a promise of the host: more is its mistake. */
static bool
fits_mdts(struct fake_command *command, const struct fake_ns *ns)
{
	const struct fake_opts *opts = &command->fake->opts;
	uint64_t max = (uint64_t)FAKE_PAGE_SIZE << opts->mps_min << opts->mdts;
	uint64_t length = (uint64_t)count_of(command) *
			  (ns->opts.block_size + (ns->opts.md_is_extended ? ns->opts.md_size : 0));

	if (opts->mdts == 0 || length <= max ||
	    spdk_nvme_opc_get_data_transfer(command->cmd.opc) == SPDK_NVME_DATA_NONE) {
		return true;
	}
	fake_violation(command->fake, FAKE_RULE_COMMAND,
		       "opcode 0x%02x: %" PRIu64 " bytes, more than MDTS, %" PRIu64,
		       command->cmd.opc, length, max);
	return false;
}

static void
count_units(struct fake_command *command, const struct fake_ns *ns, uint64_t *commands,
	    uint64_t *units)
{
	(*commands)++;
	/* Only the sum would be right; this is as near as whole units come. */
	*units += (uint64_t)count_of(command) * ns->opts.block_size / 512 / 1000;
}

static uint16_t
read_blocks(struct fake_command *command, struct fake_ns *ns)
{
	uint16_t status = FAKE_NO_STATUS;

	if (fake_ns_is_zoned(ns)) {
		status = fake_zone_read(ns, fake_lba_of(command), count_of(command));
	}
	if (status == FAKE_NO_STATUS) {
		status = fake_ns_read(command, ns, fake_lba_of(command), count_of(command));
	}
	count_units(command, ns, &command->fake->health.host_read_commands[0],
		    &command->fake->health.data_units_read[0]);
	return status;
}

static uint16_t
write_blocks(struct fake_command *command, struct fake_ns *ns)
{
	uint16_t status = FAKE_NO_STATUS;

	if (fake_ns_is_zoned(ns)) {
		status = fake_zone_write(ns, fake_lba_of(command), count_of(command));
	}
	if (status == FAKE_NO_STATUS && command->fake->opts.has_placement) {
		fake_place(command, ns, count_of(command));
	}
	if (status == FAKE_NO_STATUS) {
		status = fake_ns_write(command, ns, fake_lba_of(command), count_of(command));
	}
	count_units(command, ns, &command->fake->health.host_write_commands[0],
		    &command->fake->health.data_units_written[0]);
	return status;
}

static uint16_t
write_zeroes(struct fake_command *command, struct fake_ns *ns)
{
	uint64_t lba = fake_lba_of(command);
	uint32_t count = count_of(command);

	if (fake_ns_is_zoned(ns)) {
		uint16_t status = fake_zone_write(ns, lba, count);

		if (status != FAKE_NO_STATUS) {
			return status;
		}
	}
	if (!command->cmd.cdw12_bits.write_zeroes.deac) {
		return fake_ns_write_zeroes(command, ns, lba, count);
	}
	fake_ns_clear(ns, lba, count, 0);
	return FAKE_NO_STATUS;
}

static uint16_t
write_uncorrectable(struct fake_command *command, struct fake_ns *ns)
{
	memset(ns->block_state + fake_lba_of(command), FAKE_BLOCK_UNCORRECTABLE, count_of(command));
	return FAKE_NO_STATUS;
}

static uint16_t
manage_dataset(struct fake_command *command, struct fake_ns *ns)
{
	struct spdk_nvme_dsm_range ranges[SPDK_NVME_DATASET_MANAGEMENT_MAX_RANGES];
	uint32_t count = command->cmd.cdw10_bits.dsm.nr + 1u;
	uint16_t status = fake_data_in(command, ranges, count * sizeof(ranges[0]));

	if (status != FAKE_NO_STATUS) {
		return status;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (!is_in_range(ns, ranges[i].starting_lba, ranges[i].length)) {
			return FAKE_GENERIC(LBA_OUT_OF_RANGE);
		}
	}
	for (uint32_t i = 0; i < count && command->cmd.cdw11_bits.dsm.ad; i++) {
		fake_ns_clear(ns, ranges[i].starting_lba, ranges[i].length, 0);
	}
	return FAKE_NO_STATUS;
}

/* All that is read is read before anything is written. */
static uint16_t
copy_blocks(struct fake_command *command, struct fake_ns *ns)
{
	struct spdk_nvme_scc_source_range ranges[256];
	uint32_t range_count = command->cmd.cdw12_bits.copy.nr + 1u, size = ns->opts.block_size;
	uint64_t total = 0, lba = fake_lba_of(command);
	uint16_t status = fake_data_in(command, ranges, range_count * sizeof(ranges[0]));
	uint8_t *data, *md;

	if (status != FAKE_NO_STATUS) {
		return status;
	}
	if (range_count > 16) {
		return FAKE_SPECIFIC(CMD_SIZE_LIMIT_SIZE_EXCEEDED);
	}
	for (uint32_t i = 0; i < range_count; i++) {
		total += ranges[i].nlb + 1u;
		if (ranges[i].nlb + 1u > 128 || total > 256) {
			return FAKE_SPECIFIC(CMD_SIZE_LIMIT_SIZE_EXCEEDED);
		}
		if (!is_in_range(ns, ranges[i].slba, ranges[i].nlb + 1u)) {
			return FAKE_GENERIC(LBA_OUT_OF_RANGE);
		}
	}
	if (!is_in_range(ns, lba, total)) {
		return FAKE_GENERIC(LBA_OUT_OF_RANGE);
	}
	data = fake_bounce(command->fake, total * size);
	md = fake_md_bounce(command->fake, total * ns->opts.md_size + 1);
	if (data == NULL || md == NULL) {
		return FAKE_GENERIC(INTERNAL_DEVICE_ERROR);
	}
	total = 0;
	for (uint32_t i = 0; i < range_count; i++) {
		uint32_t count = ranges[i].nlb + 1u;

		memcpy(data + total * size, ns->data + ranges[i].slba * size, (size_t)count * size);
		memcpy(md + total * ns->opts.md_size, ns->md + ranges[i].slba * ns->opts.md_size,
		       (size_t)count * ns->opts.md_size);
		total += count;
	}
	memcpy(ns->data + lba * size, data, total * size);
	memcpy(ns->md + lba * ns->opts.md_size, md, total * ns->opts.md_size);
	memset(ns->block_state + lba, FAKE_BLOCK_WRITTEN, total);
	return FAKE_NO_STATUS;
}

/* Commands that name a range of blocks in dwords 10 to 12. */
static uint16_t
execute_range(struct fake_command *command, struct fake_ns *ns)
{
	if (!is_in_range(ns, fake_lba_of(command), count_of(command))) {
		return FAKE_GENERIC(LBA_OUT_OF_RANGE) | FAKE_DNR;
	}
	if (!fits_mdts(command, ns)) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	switch (command->cmd.opc) {
	case SPDK_NVME_OPC_READ:
	case SPDK_NVME_OPC_VERIFY:
		return read_blocks(command, ns);
	case SPDK_NVME_OPC_WRITE:
		return write_blocks(command, ns);
	case SPDK_NVME_OPC_COMPARE:
		return fake_ns_compare(command, ns, fake_lba_of(command), count_of(command));
	case SPDK_NVME_OPC_WRITE_ZEROES:
		return write_zeroes(command, ns);
	default:
		return write_uncorrectable(command, ns);
	}
}

static uint16_t
execute(struct fake_command *command, struct fake_ns *ns)
{
	if (fake_reservation_forbids(ns, command->cmd.opc)) {
		return FAKE_GENERIC(RESERVATION_CONFLICT) | FAKE_DNR;
	}
	switch (command->cmd.opc) {
	case SPDK_NVME_OPC_FLUSH:
		return FAKE_NO_STATUS;
	case SPDK_NVME_OPC_READ:
	case SPDK_NVME_OPC_VERIFY:
	case SPDK_NVME_OPC_WRITE:
	case SPDK_NVME_OPC_COMPARE:
	case SPDK_NVME_OPC_WRITE_ZEROES:
	case SPDK_NVME_OPC_WRITE_UNCORRECTABLE:
		return execute_range(command, ns);
	case SPDK_NVME_OPC_DATASET_MANAGEMENT:
		return manage_dataset(command, ns);
	case SPDK_NVME_OPC_COPY:
		return copy_blocks(command, ns);
	case SPDK_NVME_OPC_RESERVATION_REGISTER:
	case SPDK_NVME_OPC_RESERVATION_REPORT:
	case SPDK_NVME_OPC_RESERVATION_ACQUIRE:
	case SPDK_NVME_OPC_RESERVATION_RELEASE:
		return fake_execute_reservation(command, ns);
	case SPDK_NVME_OPC_ZONE_MGMT_SEND:
	case SPDK_NVME_OPC_ZONE_MGMT_RECV:
	case SPDK_NVME_OPC_ZONE_APPEND:
		return fake_ns_is_zoned(ns) ? fake_execute_zns(command, ns) :
					      FAKE_GENERIC(INVALID_OPCODE);
	case SPDK_NVME_OPC_IO_MANAGEMENT_RECEIVE:
		return fake_io_management_receive(command, ns);
	case SPDK_NVME_OPC_IO_MANAGEMENT_SEND:
		return fake_io_management_send(command, ns);
	default:
		return FAKE_GENERIC(INVALID_OPCODE) | FAKE_DNR;
	}
}

/* Compare, then write, with nothing between; the second is not done when the first fails. */
static uint16_t
execute_fused(struct fake_command *command, struct fake_ns *ns)
{
	struct fake_command *first = command->first_half;

	if (!command->fake->opts.has_fused || first->cmd.opc != SPDK_NVME_OPC_COMPARE ||
	    command->cmd.opc != SPDK_NVME_OPC_WRITE || first->cmd.nsid != command->cmd.nsid ||
	    fake_lba_of(first) != fake_lba_of(command) || count_of(first) != count_of(command)) {
		first->status = FAKE_GENERIC(INVALID_FIELD);
		return FAKE_GENERIC(INVALID_FIELD);
	}
	first->status = execute(first, ns);
	return first->status == FAKE_NO_STATUS ? execute(command, ns) :
						 FAKE_GENERIC(ABORTED_FAILED_FUSED);
}

uint16_t
fake_execute_nvm(struct fake_command *command)
{
	struct fake *fake = command->fake;
	uint32_t nsid = command->cmd.nsid;
	struct fake_ns *ns = fake_ns_find(fake, nsid);

	if (command->cmd.opc == SPDK_NVME_OPC_FLUSH && nsid == SPDK_NVME_GLOBAL_NS_TAG) {
		return FAKE_NO_STATUS;
	}
	if (ns == NULL) {
		return FAKE_GENERIC(INVALID_NAMESPACE_OR_FORMAT) | FAKE_DNR;
	}
	if (fake->sanitize.sstat.status == SPDK_NVME_SANITIZE_IN_PROGRESS) {
		return FAKE_GENERIC(SANITIZE_IN_PROGRESS);
	}
	return command->first_half != NULL ? execute_fused(command, ns) : execute(command, ns);
}
