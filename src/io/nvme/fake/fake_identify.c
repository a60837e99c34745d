/* SPDX-License-Identifier: BSD-3-Clause */
/* What the controller tells of itself and its namespaces. */
#include "io/nvme/fake/fake_internal.h"
#include "spdk/string.h"
#include "spdk/uuid.h"

static uint16_t
answer(struct fake_command *command, const void *data, size_t length)
{
	return fake_data_out(command, data, length, SPDK_NVME_IDENTIFY_BUFLEN);
}

static void
fill_capabilities(const struct fake *fake, struct spdk_nvme_ctrlr_data *data)
{
	data->oacs.ssrs = 1;
	data->oacs.fnvms = 1;
	data->oacs.fwds = 1;
	data->oacs.nms = 1;
	data->oacs.dirs = 1;
	data->oacs.dbcs = fake->opts.has_shadow_doorbells;
	data->oncs.nvmcmps = 1;
	data->oncs.nvmwusv = 1;
	data->oncs.nvmdsmsv = 1;
	data->oncs.nvmwzsv = 1;
	data->oncs.ssfs = 1;
	data->oncs.reservs = 1;
	data->oncs.tss = 1;
	data->oncs.nvmvfys = 1;
	data->oncs.nvmcpys = 1;
	data->ctratt.fdps = fake->opts.has_placement;
	data->fuses.fcws = fake->opts.has_fused;
	data->oaes.ns_attribute_notices = 1;
	data->oaes.fw_activation_notices = 1;
	data->lpa.smarts = 1;
	data->lpa.cses = 1;
	data->lpa.lpeds = 1;
	data->frmw.num_slots = FAKE_FIRMWARE_SLOTS;
	data->frmw.activation_without_reset = 1;
	data->sanicap.bits.block_erase = 1;
	data->sanicap.bits.crypto_erase = 1;
	data->sanicap.bits.overwrite = 1;
	data->vwc.present = fake->opts.has_write_cache;
	data->vwc.flush_broadcast = SPDK_NVME_FLUSH_BROADCAST_SUPPORTED;
	if (fake->opts.has_ana) {
		data->cmic.anars = 1;
		data->oaes.ana_change_notices = 1;
		data->anagrpmax = FAKE_ANA_GROUP + FAKE_NAMESPACES_MAX;
		data->nanagrpid = FAKE_NAMESPACES_MAX;
	}
	if (fake->opts.has_sgl) {
		data->sgls.supported = SPDK_NVME_SGLS_SUPPORTED;
		data->sgls.bit_bucket_descriptor = 1;
		data->sgls.metadata_pointer = 1;
		data->sgls.metadata_address = 1;
	}
}

static uint16_t
identify_ctrlr(struct fake_command *command)
{
	const struct fake *fake = command->fake;
	struct spdk_nvme_ctrlr_data data = {
		.vid = FAKE_VENDOR_ID,
		.ssvid = FAKE_VENDOR_ID,
		.rab = 3,
		.mdts = fake->opts.mdts,
		.cntlid = FAKE_CONTROLLER_ID,
		.ver.raw = fake->opts.version,
		.cntrltype = SPDK_NVME_CTRLR_IO,
		.crdt = {1, 2, 3},
		.acl = fake->opts.acl,
		.aerl = fake->opts.aerl,
		.elpe = FAKE_LOG_ENTRIES - 1,
		.wctemp = 343,
		.cctemp = 353,
		.fwug = fake->opts.firmware_granularity,
		.kas = fake->opts.keep_alive_granularity,
		.sqes = {.min = 6, .max = 6},
		.cqes = {.min = 4, .max = 4},
		.nn = FAKE_NAMESPACES_MAX,
		.mnan = FAKE_NAMESPACES_MAX,
		.acwu = 0,
		.ocfs = {.copy_format0 = 1},
		.psd = {{.mp = 2500}},
	};

	spdk_strcpy_pad(data.sn, fake->address, sizeof(data.sn), ' ');
	spdk_strcpy_pad(data.mn, "Spindle fake NVMe controller", sizeof(data.mn), ' ');
	memcpy(data.fr, fake->firmware[fake->firmware_active - 1], sizeof(data.fr));
	snprintf((char *)data.subnqn, sizeof(data.subnqn), "nqn.2026-11.spindle:fake:%s",
		 fake->address);
	fill_capabilities(fake, &data);
	return answer(command, &data, sizeof(data));
}

static void
fill_formats(const struct fake_ns *ns, struct spdk_nvme_ns_data *data)
{
	data->nlbaf = 1;
	data->lbaf[0].lbads = spdk_u32log2(ns->opts.block_size);
	data->lbaf[0].ms = ns->opts.md_size;
	/* What format NVM can change to. */
	data->lbaf[1].lbads = ns->opts.block_size == 512 ? 12 : 9;
	data->flbas.extended = ns->opts.md_is_extended;
	data->mc.extended = 1;
	data->mc.pointer = 1;
	data->dpc.pit1 = 1;
	data->dpc.pit2 = 1;
	data->dpc.pit3 = 1;
	data->dpc.md_start = 1;
	data->dpc.md_end = 1;
	data->dps.pit = ns->opts.pi_type;
	data->dps.md_start = ns->opts.pi_is_at_head;
}

static uint16_t
identify_ns(struct fake_command *command)
{
	struct fake *fake = command->fake;
	uint32_t nsid = command->cmd.nsid;
	bool is_any = command->cmd.cdw10_bits.identify.cns == SPDK_NVME_IDENTIFY_NS_ALLOCATED;
	struct spdk_nvme_ns_data data = {0};
	struct fake_ns *ns;

	if (nsid == SPDK_NVME_GLOBAL_NS_TAG && !is_any) {
		/* What all have in common. */
		data.nlbaf = 1;
		data.lbaf[0].lbads = 9;
		data.lbaf[1].lbads = 12;
		return answer(command, &data, sizeof(data));
	}
	if (nsid == 0 || nsid > FAKE_NAMESPACES_MAX) {
		return FAKE_GENERIC(INVALID_NAMESPACE_OR_FORMAT);
	}
	ns = &fake->ns[nsid - 1];
	if (!ns->exists || (!ns->is_attached && !is_any)) {
		return answer(command, &data, sizeof(data));
	}
	data.nsze = ns->opts.blocks;
	data.ncap = ns->opts.blocks;
	data.nuse = ns->opts.blocks;
	data.nsfeat.dealloc_or_unwritten_error = 1;
	data.dlfeat.bits.read_value = SPDK_NVME_DEALLOC_READ_00;
	data.dlfeat.bits.write_zero_deallocate = 1;
	data.nsrescap.raw = 0x7f;
	data.mssrl = 128;
	data.mcl = 256;
	data.msrc = 15;
	data.anagrpid = fake->opts.has_ana ? FAKE_ANA_GROUP + nsid : 0;
	fill_formats(ns, &data);
	memcpy(data.nguid, ns->nguid, sizeof(data.nguid));
	data.eui64 = ns->eui64;
	return answer(command, &data, sizeof(data));
}

static enum spdk_nvme_csi
csi_of(const struct fake_ns *ns)
{
	return fake_ns_is_zoned(ns) ? SPDK_NVME_CSI_ZNS : SPDK_NVME_CSI_NVM;
}

/* Lists of namespaces, those after the one of the command. */
static uint16_t
identify_list(struct fake_command *command, bool is_any, bool has_csi)
{
	uint32_t list[1024] = {0}, count = 0;

	if (command->cmd.nsid >= 0xfffffffe) {
		return FAKE_GENERIC(INVALID_NAMESPACE_OR_FORMAT);
	}
	for (uint32_t i = command->cmd.nsid; i < FAKE_NAMESPACES_MAX; i++) {
		const struct fake_ns *ns = &command->fake->ns[i];

		if (ns->exists && (is_any || ns->is_attached) &&
		    (!has_csi || csi_of(ns) == command->cmd.cdw11_bits.identify.csi)) {
			list[count++] = ns->id;
		}
	}
	return answer(command, list, sizeof(list));
}

static size_t
put_descriptor(uint8_t *buffer, size_t at, enum spdk_nvme_nidt type, const struct iovec *id)
{
	struct spdk_nvme_ns_id_desc *descriptor = (void *)(buffer + at);

	descriptor->nidt = type;
	descriptor->nidl = (uint8_t)id->iov_len;
	memcpy(descriptor->nid, id->iov_base, id->iov_len);
	return at + sizeof(*descriptor) + id->iov_len;
}

static uint16_t
identify_descriptors(struct fake_command *command)
{
	uint8_t buffer[SPDK_NVME_IDENTIFY_BUFLEN] = {0};
	struct fake_ns *ns = fake_ns_find(command->fake, command->cmd.nsid);
	uint8_t csi;
	size_t at = 0;

	if (ns == NULL) {
		return FAKE_GENERIC(INVALID_NAMESPACE_OR_FORMAT);
	}
	csi = (uint8_t)csi_of(ns);
	at = put_descriptor(buffer, at, SPDK_NVME_NIDT_EUI64,
			    &(struct iovec){&ns->eui64, sizeof(ns->eui64)});
	at = put_descriptor(buffer, at, SPDK_NVME_NIDT_NGUID,
			    &(struct iovec){ns->nguid, sizeof(ns->nguid)});
	at = put_descriptor(buffer, at, SPDK_NVME_NIDT_UUID,
			    &(struct iovec){ns->uuid, sizeof(ns->uuid)});
	(void)put_descriptor(buffer, at, SPDK_NVME_NIDT_CSI, &(struct iovec){&csi, sizeof(csi)});
	return answer(command, buffer, sizeof(buffer));
}

static uint16_t
identify_ns_csi(struct fake_command *command)
{
	struct fake_ns *ns = fake_ns_find(command->fake, command->cmd.nsid);
	struct spdk_nvme_zns_ns_data zns = {0};
	const struct spdk_nvme_nvm_ns_data nvm = {0};
	uint32_t csi = command->cmd.cdw11_bits.identify.csi;

	if (ns == NULL) {
		return FAKE_GENERIC(INVALID_NAMESPACE_OR_FORMAT);
	}
	if (csi == SPDK_NVME_CSI_NVM) {
		return answer(command, &nvm, sizeof(nvm));
	}
	if (csi != SPDK_NVME_CSI_ZNS || !fake_ns_is_zoned(ns)) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	zns.mar = ns->opts.zones_active_max - 1;
	zns.mor = ns->opts.zones_open_max - 1;
	zns.lbafe[0].zsze = ns->opts.zone_blocks;
	zns.lbafe[0].zdes = ns->opts.zone_extension;
	zns.lbafe[1].zsze = ns->opts.zone_blocks;
	zns.lbafe[1].zdes = ns->opts.zone_extension;
	return answer(command, &zns, sizeof(zns));
}

static uint16_t
identify_ctrlr_csi(struct fake_command *command)
{
	const struct spdk_nvme_nvm_ctrlr_data nvm = {.dmrl = 64};
	const struct spdk_nvme_zns_ctrlr_data zns = {.zasl = command->fake->opts.zasl};

	switch (command->cmd.cdw11_bits.identify.csi) {
	case SPDK_NVME_CSI_NVM:
		return answer(command, &nvm, sizeof(nvm));
	case SPDK_NVME_CSI_ZNS:
		return answer(command, &zns, sizeof(zns));
	default:
		return FAKE_GENERIC(INVALID_FIELD);
	}
}

static uint16_t
identify_ctrlr_list(struct fake_command *command, bool of_ns)
{
	struct spdk_nvme_ctrlr_list list = {0};
	bool is_there = command->cmd.cdw10_bits.identify.cntid <= FAKE_CONTROLLER_ID;

	if (of_ns) {
		is_there = is_there && fake_ns_find(command->fake, command->cmd.nsid) != NULL;
	}
	if (is_there) {
		list.ctrlr_count = 1;
		list.ctrlr_list[0] = FAKE_CONTROLLER_ID;
	}
	return answer(command, &list, sizeof(list));
}

static uint16_t
identify_independent(struct fake_command *command)
{
	const struct spdk_nvme_ns_iocs_independent_data data = {.nstat = {.nrdy = 1}};

	if (fake_ns_find(command->fake, command->cmd.nsid) == NULL) {
		return FAKE_GENERIC(INVALID_NAMESPACE_OR_FORMAT);
	}
	return answer(command, &data, sizeof(data));
}

static uint16_t
identify_command_sets(struct fake_command *command)
{
	const struct spdk_nvme_iocs_vector sets[] = {{.nvm = 1, .zns = 1}};

	return answer(command, sets, sizeof(sets));
}

uint16_t
fake_identify(struct fake_command *command)
{
	switch (command->cmd.cdw10_bits.identify.cns) {
	case SPDK_NVME_IDENTIFY_NS:
	case SPDK_NVME_IDENTIFY_NS_ALLOCATED:
		return identify_ns(command);
	case SPDK_NVME_IDENTIFY_CTRLR:
		return identify_ctrlr(command);
	case SPDK_NVME_IDENTIFY_ACTIVE_NS_LIST:
		return identify_list(command, false, false);
	case SPDK_NVME_IDENTIFY_NS_ID_DESCRIPTOR_LIST:
		return identify_descriptors(command);
	case SPDK_NVME_IDENTIFY_NS_IOCS:
		return identify_ns_csi(command);
	case SPDK_NVME_IDENTIFY_CTRLR_IOCS:
		return identify_ctrlr_csi(command);
	case SPDK_NVME_IDENTIFY_ACTIVE_NS_LIST_IOCS:
		return identify_list(command, false, true);
	case SPDK_NVME_IDENTIFY_NS_IOCS_INDEPENDENT:
		return identify_independent(command);
	case SPDK_NVME_IDENTIFY_ALLOCATED_NS_LIST:
		return identify_list(command, true, false);
	case SPDK_NVME_IDENTIFY_ALLOCATED_NS_LIST_IOCS:
		return identify_list(command, true, true);
	case SPDK_NVME_IDENTIFY_NS_ATTACHED_CTRLR_LIST:
		return identify_ctrlr_list(command, true);
	case SPDK_NVME_IDENTIFY_CTRLR_LIST:
		return identify_ctrlr_list(command, false);
	case SPDK_NVME_IDENTIFY_IOCS:
		return identify_command_sets(command);
	default:
		return FAKE_GENERIC(INVALID_FIELD);
	}
}
