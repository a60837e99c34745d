/* SPDX-License-Identifier: BSD-3-Clause */
/* Log pages. */
#include "io/nvme/fake/fake_internal.h"

/* Of a group with one namespace. The next one follows without a gap. */
#define ANA_GROUP_SIZE (sizeof(struct spdk_nvme_ana_group_descriptor) + sizeof(uint32_t))

/* A page, of which the command reads a part. */
struct page {
	const void *data;
	size_t length;
};

static uint16_t
answer(struct fake_command *command, const struct page *page)
{
	const struct spdk_nvme_cmd *cmd = &command->cmd;
	uint64_t dwords = (uint64_t)cmd->cdw11_bits.get_log_page.numdu << 16 |
			  cmd->cdw10_bits.get_log_page.numdl;
	uint64_t length = (dwords + 1) * 4, offset = (uint64_t)cmd->cdw13 << 32 | cmd->cdw12;

	if (offset % 4 != 0 || offset > page->length) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	if (!fake_judge_length(command, length)) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	return fake_data_out(command, (const uint8_t *)page->data + offset, page->length - offset,
			     length);
}

void
fake_log_error(struct fake_command *command, uint16_t status)
{
	struct fake *fake = command->fake;
	struct spdk_nvme_error_information_entry *entry =
		&fake->errors[fake->error_count % FAKE_LOG_ENTRIES];

	*entry = (struct spdk_nvme_error_information_entry){
		.error_count = ++fake->error_count,
		.sqid = command->sq->id,
		.cid = command->cmd.cid,
		.status = {.sct = status >> 8 & 7, .sc = status & 0xff},
		.error_location = 0xffff,
		.nsid = command->cmd.nsid,
	};
	fake->health.num_error_info_log_entries[0]++;
}

static uint16_t
errors(struct fake_command *command)
{
	struct spdk_nvme_error_information_entry entries[FAKE_LOG_ENTRIES] = {0};
	const struct page page = {entries, sizeof(entries)};
	const struct fake *fake = command->fake;

	for (uint64_t i = 0; i < spdk_min(fake->error_count, FAKE_LOG_ENTRIES); i++) {
		entries[i] = fake->errors[(fake->error_count - 1 - i) % FAKE_LOG_ENTRIES];
	}
	return answer(command, &page);
}

static uint16_t
firmware(struct fake_command *command)
{
	const struct fake *fake = command->fake;
	struct spdk_nvme_firmware_page slots = {
		.afi = {.active_slot = fake->firmware_active,
			.next_reset_slot = fake->firmware_next},
	};
	const struct page page = {&slots, sizeof(slots)};

	memcpy(slots.revision, fake->firmware, sizeof(fake->firmware));
	return answer(command, &page);
}

static uint16_t
changed_ns(struct fake_command *command)
{
	struct fake *fake = command->fake;
	struct spdk_nvme_ns_list list = {0};
	const struct page page = {&list, sizeof(list)};

	for (uint32_t i = 0; i < fake->changed_ns_count; i++) {
		list.ns_list[i] = fake->changed_ns[i];
	}
	if (!command->cmd.cdw10_bits.get_log_page.rae) {
		fake->changed_ns_count = 0;
	}
	return answer(command, &page);
}

static uint16_t
effects(struct fake_command *command)
{
	static const uint8_t admin[] = {
		SPDK_NVME_OPC_DELETE_IO_SQ,  SPDK_NVME_OPC_CREATE_IO_SQ,
		SPDK_NVME_OPC_GET_LOG_PAGE,  SPDK_NVME_OPC_DELETE_IO_CQ,
		SPDK_NVME_OPC_CREATE_IO_CQ,  SPDK_NVME_OPC_IDENTIFY,
		SPDK_NVME_OPC_ABORT,         SPDK_NVME_OPC_SET_FEATURES,
		SPDK_NVME_OPC_GET_FEATURES,  SPDK_NVME_OPC_ASYNC_EVENT_REQUEST,
		SPDK_NVME_OPC_FORMAT_NVM,    SPDK_NVME_OPC_NS_MANAGEMENT,
		SPDK_NVME_OPC_NS_ATTACHMENT, SPDK_NVME_OPC_KEEP_ALIVE,
	};
	static const uint8_t io[] = {
		SPDK_NVME_OPC_FLUSH,   SPDK_NVME_OPC_WRITE,
		SPDK_NVME_OPC_READ,    SPDK_NVME_OPC_WRITE_UNCORRECTABLE,
		SPDK_NVME_OPC_COMPARE, SPDK_NVME_OPC_WRITE_ZEROES,
		SPDK_NVME_OPC_VERIFY,  SPDK_NVME_OPC_DATASET_MANAGEMENT,
		SPDK_NVME_OPC_COPY,
	};
	static const uint8_t zoned[] = {
		SPDK_NVME_OPC_ZONE_MGMT_SEND,
		SPDK_NVME_OPC_ZONE_MGMT_RECV,
		SPDK_NVME_OPC_ZONE_APPEND,
	};
	struct spdk_nvme_cmds_and_effect_log_page log = {0};
	const struct page page = {&log, sizeof(log)};
	/* The upper byte of dword 14 names the command set. */
	bool is_zoned = command->cmd.cdw14 >> 24 == SPDK_NVME_CSI_ZNS;

	for (uint32_t i = 0; i < SPDK_COUNTOF(admin); i++) {
		log.admin_cmds_supported[admin[i]].csupp = 1;
	}
	for (uint32_t i = 0; i < SPDK_COUNTOF(io); i++) {
		log.io_cmds_supported[io[i]].csupp = 1;
	}
	for (uint32_t i = 0; is_zoned && i < SPDK_COUNTOF(zoned); i++) {
		log.io_cmds_supported[zoned[i]].csupp = 1;
	}
	return answer(command, &page);
}

static uint16_t
supported(struct fake_command *command)
{
	static const uint8_t lids[] = {
		SPDK_NVME_LOG_SUPPORTED_LOG_PAGES, SPDK_NVME_LOG_ERROR,
		SPDK_NVME_LOG_HEALTH_INFORMATION,  SPDK_NVME_LOG_FIRMWARE_SLOT,
		SPDK_NVME_LOG_CHANGED_NS_LIST,     SPDK_NVME_LOG_COMMAND_EFFECTS_LOG,
		SPDK_NVME_LOG_SANITIZE_STATUS,
	};
	struct spdk_nvme_supported_log_pages log = {0};
	const struct page page = {&log, sizeof(log)};

	for (uint32_t i = 0; i < SPDK_COUNTOF(lids); i++) {
		log.lids[lids[i]].lsupp = 1;
	}
	return answer(command, &page);
}

static uint16_t
ana(struct fake_command *command)
{
	uint8_t log[sizeof(struct spdk_nvme_ana_page) + FAKE_NAMESPACES_MAX * ANA_GROUP_SIZE] = {0};
	struct spdk_nvme_ana_group_descriptor group = {.num_of_nsid = 1};
	struct spdk_nvme_ana_page head = {0};
	const struct page page = {log, sizeof(log)};
	struct fake *fake = command->fake;
	uint8_t *at = log + sizeof(head);

	for (uint32_t nsid = 1; nsid <= FAKE_NAMESPACES_MAX; nsid++) {
		const struct fake_ns *ns = fake_ns_find(fake, nsid);

		if (ns == NULL) {
			continue;
		}
		group.ana_group_id = FAKE_ANA_GROUP + nsid;
		group.ana_state = ns->ana_state & 0xf;
		memcpy(at, &group, sizeof(group));
		memcpy(at + sizeof(group), &nsid, sizeof(nsid));
		at += ANA_GROUP_SIZE;
		head.num_ana_group_desc++;
	}
	memcpy(log, &head, sizeof(head));
	return answer(command, &page);
}

static uint16_t
get(struct fake_command *command, uint8_t lid)
{
	struct fake *fake = command->fake;
	const struct page health = {&fake->health, sizeof(fake->health)};
	const struct page sanitize = {&fake->sanitize, sizeof(fake->sanitize)};

	switch (lid) {
	case SPDK_NVME_LOG_SUPPORTED_LOG_PAGES:
		return supported(command);
	case SPDK_NVME_LOG_ERROR:
		return errors(command);
	case SPDK_NVME_LOG_HEALTH_INFORMATION:
		return answer(command, &health);
	case SPDK_NVME_LOG_FIRMWARE_SLOT:
		return firmware(command);
	case SPDK_NVME_LOG_CHANGED_NS_LIST:
		return changed_ns(command);
	case SPDK_NVME_LOG_COMMAND_EFFECTS_LOG:
		return effects(command);
	case SPDK_NVME_LOG_SANITIZE_STATUS:
		return answer(command, &sanitize);
	case SPDK_NVME_LOG_ASYMMETRIC_NAMESPACE_ACCESS:
		return fake->opts.has_ana ? ana(command) : FAKE_SPECIFIC(INVALID_LOG_PAGE);
	default:
		return FAKE_SPECIFIC(INVALID_LOG_PAGE);
	}
}

uint16_t
fake_get_log_page(struct fake_command *command)
{
	uint8_t lid = command->cmd.cdw10_bits.get_log_page.lid;
	uint16_t status = get(command, lid);

	if (status == FAKE_NO_STATUS && !command->cmd.cdw10_bits.get_log_page.rae) {
		fake_event_page_read(command->fake, lid);
	}
	return status;
}
