/* SPDX-License-Identifier: BSD-3-Clause */
/* Reservations. There is one host, which is registered or not, and holds the reservation or none.
 */
#include "io/nvme/fake/fake_internal.h"

static uint16_t
register_key(struct fake_command *command, struct fake_ns *ns)
{
	const union spdk_nvme_cmd_cdw10 cdw10 = command->cmd.cdw10_bits;
	struct fake_registrant *registrant = &ns->registrant;
	struct spdk_nvme_reservation_register_data data;
	uint16_t status = fake_data_in(command, &data, sizeof(data));

	if (status != FAKE_NO_STATUS) {
		return status;
	}
	if (cdw10.resv_register.cptpl == SPDK_NVME_RESERVE_PTPL_PERSIST_POWER_LOSS) {
		ns->reservation_persists = true;
	} else if (cdw10.resv_register.cptpl == SPDK_NVME_RESERVE_PTPL_CLEAR_POWER_ON) {
		ns->reservation_persists = false;
	}
	if (cdw10.resv_register.rrega == SPDK_NVME_RESERVE_REGISTER_KEY) {
		if (registrant->exists && registrant->key != data.nrkey) {
			return FAKE_GENERIC(RESERVATION_CONFLICT);
		}
		registrant->exists = true;
		registrant->key = data.nrkey;
		ns->reservation_generation++;
		return FAKE_NO_STATUS;
	}
	if (!registrant->exists || (!cdw10.resv_register.iekey && registrant->key != data.crkey)) {
		return FAKE_GENERIC(RESERVATION_CONFLICT);
	}
	ns->reservation_generation++;
	if (cdw10.resv_register.rrega == SPDK_NVME_RESERVE_REPLACE_KEY) {
		registrant->key = data.nrkey;
	} else {
		registrant->exists = false;
		ns->reservation_type = 0;
	}
	return FAKE_NO_STATUS;
}

static uint16_t
acquire(struct fake_command *command, struct fake_ns *ns)
{
	const union spdk_nvme_cmd_cdw10 cdw10 = command->cmd.cdw10_bits;
	struct spdk_nvme_reservation_acquire_data data;
	uint16_t status = fake_data_in(command, &data, sizeof(data));
	uint8_t type = cdw10.resv_acquire.rtype;

	if (status != FAKE_NO_STATUS) {
		return status;
	}
	if (type == 0 || type > SPDK_NVME_RESERVE_EXCLUSIVE_ACCESS_ALL_REGS) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	if (!ns->registrant.exists ||
	    (!cdw10.resv_acquire.iekey && ns->registrant.key != data.crkey)) {
		return FAKE_GENERIC(RESERVATION_CONFLICT);
	}
	if (cdw10.resv_acquire.racqa == SPDK_NVME_RESERVE_ACQUIRE && ns->reservation_type != 0 &&
	    ns->reservation_type != type) {
		return FAKE_GENERIC(RESERVATION_CONFLICT);
	}
	ns->reservation_type = type;
	return FAKE_NO_STATUS;
}

static uint16_t
release(struct fake_command *command, struct fake_ns *ns)
{
	const union spdk_nvme_cmd_cdw10 cdw10 = command->cmd.cdw10_bits;
	struct spdk_nvme_reservation_key_data data;
	uint16_t status = fake_data_in(command, &data, sizeof(data));

	if (status != FAKE_NO_STATUS) {
		return status;
	}
	if (!ns->registrant.exists ||
	    (!cdw10.resv_release.iekey && ns->registrant.key != data.crkey)) {
		return FAKE_GENERIC(RESERVATION_CONFLICT);
	}
	if (cdw10.resv_release.rrela == SPDK_NVME_RESERVE_CLEAR) {
		ns->registrant.exists = false;
		ns->reservation_type = 0;
		ns->reservation_generation++;
		return FAKE_NO_STATUS;
	}
	if (ns->reservation_type != 0 && ns->reservation_type != cdw10.resv_release.rtype) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	ns->reservation_type = 0;
	return FAKE_NO_STATUS;
}

static void
fill_status(const struct fake_ns *ns, struct spdk_nvme_reservation_status_data *data)
{
	data->gen = ns->reservation_generation;
	data->rtype = ns->reservation_type;
	data->regctl = ns->registrant.exists;
	data->ptpls = ns->reservation_persists;
}

static uint16_t
report(struct fake_command *command, struct fake_ns *ns)
{
	struct {
		struct spdk_nvme_reservation_status_data head;
		struct spdk_nvme_registered_ctrlr_data ctrlr;
	} brief = {0};
	struct {
		struct spdk_nvme_reservation_status_extended_data head;
		struct spdk_nvme_registered_ctrlr_extended_data ctrlr;
	} full = {0};
	uint64_t length = ((uint64_t)command->cmd.cdw10 + 1) * 4;
	const struct fake *fake = command->fake;

	if (command->cmd.cdw11_bits.resv_report.eds != fake->host_id_is_long) {
		return FAKE_GENERIC(HOSTID_INCONSISTENT_FORMAT);
	}
	fill_status(ns, &brief.head);
	fill_status(ns, &full.head.data);
	if (ns->registrant.exists) {
		brief.ctrlr.cntlid = FAKE_CONTROLLER_ID;
		brief.ctrlr.rcsts.status = ns->reservation_type != 0;
		memcpy(&brief.ctrlr.hostid, fake->host_id, sizeof(brief.ctrlr.hostid));
		brief.ctrlr.rkey = ns->registrant.key;
		full.ctrlr.cntlid = FAKE_CONTROLLER_ID;
		full.ctrlr.rcsts.status = ns->reservation_type != 0;
		memcpy(full.ctrlr.hostid, fake->host_id, sizeof(full.ctrlr.hostid));
		full.ctrlr.rkey = ns->registrant.key;
	}
	return fake->host_id_is_long ? fake_data_out(command, &full, sizeof(full), length) :
				       fake_data_out(command, &brief, sizeof(brief), length);
}

uint16_t
fake_execute_reservation(struct fake_command *command, struct fake_ns *ns)
{
	switch (command->cmd.opc) {
	case SPDK_NVME_OPC_RESERVATION_REGISTER:
		return register_key(command, ns);
	case SPDK_NVME_OPC_RESERVATION_ACQUIRE:
		return acquire(command, ns);
	case SPDK_NVME_OPC_RESERVATION_RELEASE:
		return release(command, ns);
	default:
		return report(command, ns);
	}
}
