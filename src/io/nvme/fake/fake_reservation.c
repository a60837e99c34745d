/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reservations of two hosts: the one of this controller, and another, for which tests speak by
 * fake_reserve(). Each is registered or not; one of them holds the reservation, or both, if it is
 * one of all registrants.
 */
#include "io/nvme/fake/fake_internal.h"

static bool
is_of_all(const struct fake_ns *ns)
{
	return ns->reservation_type >= SPDK_NVME_RESERVE_WRITE_EXCLUSIVE_ALL_REGS;
}

static bool
is_holder(const struct fake_ns *ns, enum fake_host host)
{
	return ns->reservation_type != 0 && ns->registrants[host].exists &&
	       (is_of_all(ns) || ns->reservation_holder == host);
}

/* With its reservation; that of all registrants goes with the last of them. */
static void
drop(struct fake_ns *ns, enum fake_host host)
{
	enum fake_host peer = host == FAKE_HOST_OWN ? FAKE_HOST_OTHER : FAKE_HOST_OWN;
	bool ends = is_holder(ns, host) && !(is_of_all(ns) && ns->registrants[peer].exists);

	ns->registrants[host].exists = false;
	if (ends) {
		ns->reservation_type = 0;
	}
}

static uint16_t
register_key(struct fake_command *command, struct fake_ns *ns)
{
	const union spdk_nvme_cmd_cdw10 cdw10 = command->cmd.cdw10_bits;
	struct fake_registrant *registrant = &ns->registrants[FAKE_HOST_OWN];
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
		drop(ns, FAKE_HOST_OWN);
	}
	return FAKE_NO_STATUS;
}

/* Who has the key is registered no more, and who held the reservation loses it to this host. */
static uint16_t
preempt(struct fake_ns *ns, uint64_t key, uint8_t type)
{
	bool is_known = false, is_held = false;

	for (enum fake_host host = FAKE_HOST_OWN; host < FAKE_HOSTS; host++) {
		if (!ns->registrants[host].exists || ns->registrants[host].key != key) {
			continue;
		}
		is_known = true;
		is_held = is_held || is_holder(ns, host);
		if (host != FAKE_HOST_OWN) {
			drop(ns, host);
		}
	}
	if (!is_known) {
		return FAKE_GENERIC(RESERVATION_CONFLICT);
	}
	ns->reservation_generation++;
	if (is_held) {
		ns->reservation_type = type;
		ns->reservation_holder = FAKE_HOST_OWN;
	}
	return FAKE_NO_STATUS;
}

/* With the key of who is registered, or where the command says that it is not looked at. */
static bool
is_ours(const struct fake_ns *ns, bool ignores_key, uint64_t key)
{
	const struct fake_registrant *own = &ns->registrants[FAKE_HOST_OWN];

	return own->exists && (ignores_key || own->key == key);
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
	if (!is_ours(ns, cdw10.resv_acquire.iekey, data.crkey)) {
		return FAKE_GENERIC(RESERVATION_CONFLICT);
	}
	if (cdw10.resv_acquire.racqa != SPDK_NVME_RESERVE_ACQUIRE) {
		return preempt(ns, data.prkey, type);
	}
	if (ns->reservation_type != 0 &&
	    (!is_holder(ns, FAKE_HOST_OWN) || ns->reservation_type != type)) {
		return FAKE_GENERIC(RESERVATION_CONFLICT);
	}
	ns->reservation_type = type;
	ns->reservation_holder = FAKE_HOST_OWN;
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
	if (!is_ours(ns, cdw10.resv_release.iekey, data.crkey)) {
		return FAKE_GENERIC(RESERVATION_CONFLICT);
	}
	if (cdw10.resv_release.rrela == SPDK_NVME_RESERVE_CLEAR) {
		memset(ns->registrants, 0, sizeof(ns->registrants));
		ns->reservation_type = 0;
		ns->reservation_generation++;
		return FAKE_NO_STATUS;
	}
	/* What another holds is not touched, and that is no error. */
	if (!is_holder(ns, FAKE_HOST_OWN)) {
		return FAKE_NO_STATUS;
	}
	if (ns->reservation_type != cdw10.resv_release.rtype) {
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
	data->ptpls = ns->reservation_persists;
	for (enum fake_host host = FAKE_HOST_OWN; host < FAKE_HOSTS; host++) {
		data->regctl += ns->registrants[host].exists;
	}
}

/* Who is registered, one behind the other, in the long form; the short one has the same. */
static uint32_t
list_registrants(const struct fake *fake, const struct fake_ns *ns,
		 struct spdk_nvme_registered_ctrlr_extended_data list[FAKE_HOSTS])
{
	uint32_t count = 0;

	for (enum fake_host host = FAKE_HOST_OWN; host < FAKE_HOSTS; host++) {
		struct spdk_nvme_registered_ctrlr_extended_data *entry = &list[count];

		if (!ns->registrants[host].exists) {
			continue;
		}
		entry->cntlid = (uint16_t)(FAKE_CONTROLLER_ID + host);
		entry->rcsts.status = is_holder(ns, host);
		entry->rkey = ns->registrants[host].key;
		if (host == FAKE_HOST_OWN) {
			memcpy(entry->hostid, fake->host_id, sizeof(entry->hostid));
		} else {
			memset(entry->hostid, 0xee, sizeof(entry->hostid));
		}
		count++;
	}
	return count;
}

static uint16_t
report(struct fake_command *command, struct fake_ns *ns)
{
	struct {
		struct spdk_nvme_reservation_status_data head;
		struct spdk_nvme_registered_ctrlr_data ctrlrs[FAKE_HOSTS];
	} brief = {0};
	struct {
		struct spdk_nvme_reservation_status_extended_data head;
		struct spdk_nvme_registered_ctrlr_extended_data ctrlrs[FAKE_HOSTS];
	} full = {0};
	uint64_t length = ((uint64_t)command->cmd.cdw10 + 1) * 4;
	const struct fake *fake = command->fake;
	uint32_t count;

	if (command->cmd.cdw11_bits.resv_report.eds != fake->host_id_is_long) {
		return FAKE_GENERIC(HOSTID_INCONSISTENT_FORMAT);
	}
	fill_status(ns, &full.head.data);
	count = list_registrants(fake, ns, full.ctrlrs);
	if (fake->host_id_is_long) {
		return fake_data_out(command, &full, sizeof(full), length);
	}
	brief.head = full.head.data;
	for (uint32_t i = 0; i < count; i++) {
		brief.ctrlrs[i].cntlid = full.ctrlrs[i].cntlid;
		brief.ctrlrs[i].rcsts.status = full.ctrlrs[i].rcsts.status;
		memcpy(&brief.ctrlrs[i].hostid, full.ctrlrs[i].hostid,
		       sizeof(brief.ctrlrs[i].hostid));
		brief.ctrlrs[i].rkey = full.ctrlrs[i].rkey;
	}
	return fake_data_out(command, &brief, sizeof(brief), length);
}

bool
fake_reservation_forbids(const struct fake_ns *ns, uint8_t opcode)
{
	/* The types go in pairs: those that forbid writes only are odd. */
	bool allows_reads = ns->reservation_type & 1;
	bool allows_registrants =
		ns->reservation_type >= SPDK_NVME_RESERVE_WRITE_EXCLUSIVE_REG_ONLY;

	if (ns->reservation_type == 0 || is_holder(ns, FAKE_HOST_OWN) ||
	    (allows_registrants && ns->registrants[FAKE_HOST_OWN].exists)) {
		return false;
	}
	switch (opcode) {
	case SPDK_NVME_OPC_RESERVATION_REGISTER:
	case SPDK_NVME_OPC_RESERVATION_REPORT:
	case SPDK_NVME_OPC_RESERVATION_ACQUIRE:
	case SPDK_NVME_OPC_RESERVATION_RELEASE:
		return false;
	case SPDK_NVME_OPC_READ:
	case SPDK_NVME_OPC_COMPARE:
	case SPDK_NVME_OPC_VERIFY:
	case SPDK_NVME_OPC_ZONE_MGMT_RECV:
		return !allows_reads;
	default:
		return true;
	}
}

void
fake_reserve(struct fake *fake, uint32_t nsid, uint64_t key, uint8_t type)
{
	struct fake_ns *ns = &fake->ns[nsid - 1];

	pthread_mutex_lock(&fake->lock);
	ns->registrants[FAKE_HOST_OTHER] = (struct fake_registrant){.exists = true, .key = key};
	ns->reservation_generation++;
	if (type != 0) {
		ns->reservation_type = type;
		ns->reservation_holder = FAKE_HOST_OTHER;
	}
	pthread_mutex_unlock(&fake->lock);
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
