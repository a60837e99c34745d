/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Flexible data placement, as far as I/O goes: each namespace has a few placement handles, whose
 * identifiers are their numbers, and a reclaim unit behind each, which fills up.
 */
#include "io/nvme/fake/fake_internal.h"

uint16_t
fake_io_management_receive(struct fake_command *command, const struct fake_ns *ns)
{
	/* NUMD, less one. */
	uint64_t length = ((uint64_t)command->cmd.cdw11 + 1) * 4;
	uint64_t data[(sizeof(struct spdk_nvme_fdp_ruhs) +
		       FAKE_PLACEMENTS * sizeof(struct spdk_nvme_fdp_ruhs_desc)) /
		      sizeof(uint64_t)] = {0};
	struct spdk_nvme_fdp_ruhs *told = (void *)data;

	if (!command->fake->opts.has_placement) {
		return FAKE_GENERIC(INVALID_OPCODE) | FAKE_DNR;
	}
	if (command->cmd.cdw10_bits.mgmt_send_recv.mo != SPDK_NVME_FDP_IO_MGMT_RECV_RUHS) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	told->nruhsd = FAKE_PLACEMENTS;
	for (uint16_t i = 0; i < FAKE_PLACEMENTS; i++) {
		told->ruhs_desc[i].pid = i;
		told->ruhs_desc[i].ruhid = i;
		told->ruhs_desc[i].ruamw = FAKE_UNIT_BLOCKS - ns->unit_blocks[i];
	}
	return fake_data_out(command, data, sizeof(data), length);
}

/* Handles go on with units that are empty. All of the list is looked at first. */
static uint16_t
update_handles(struct fake_command *command, struct fake_ns *ns)
{
	uint32_t count = command->cmd.cdw10_bits.mgmt_send_recv.mos + 1u;
	uint16_t pids[FAKE_PLACEMENTS], status;

	if (count > FAKE_PLACEMENTS) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	status = fake_data_in(command, pids, count * sizeof(pids[0]));
	for (uint32_t i = 0; i < count && status == FAKE_NO_STATUS; i++) {
		status = pids[i] < FAKE_PLACEMENTS ? FAKE_NO_STATUS : FAKE_GENERIC(INVALID_FIELD);
	}
	for (uint32_t i = 0; i < count && status == FAKE_NO_STATUS; i++) {
		ns->unit_blocks[pids[i]] = 0;
	}
	return status;
}

uint16_t
fake_io_management_send(struct fake_command *command, struct fake_ns *ns)
{
	if (!command->fake->opts.has_placement) {
		return FAKE_GENERIC(INVALID_OPCODE) | FAKE_DNR;
	}
	switch (command->cmd.cdw10_bits.mgmt_send_recv.mo) {
	case SPDK_NVME_FDP_IO_MGMT_SEND_NA:
		return FAKE_NO_STATUS;
	case SPDK_NVME_FDP_IO_MGMT_SEND_RUHU:
		return update_handles(command, ns);
	default:
		return FAKE_GENERIC(INVALID_FIELD);
	}
}

void
fake_place(const struct fake_command *command, struct fake_ns *ns, uint32_t blocks)
{
	uint32_t pid = command->cmd.cdw13 >> 16;

	/* Without a directive, or one that leads nowhere, it is the first handle. */
	if (command->cmd.cdw12_bits.write.dtype != SPDK_NVME_DIRECTIVE_TYPE_DATA_PLACEMENT ||
	    pid >= FAKE_PLACEMENTS) {
		pid = 0;
	}
	ns->unit_blocks[pid] = (ns->unit_blocks[pid] + blocks) % FAKE_UNIT_BLOCKS;
}
