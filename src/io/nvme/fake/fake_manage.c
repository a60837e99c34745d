/* SPDX-License-Identifier: BSD-3-Clause */
/* Admin commands that manage namespaces, media, firmware and security. */
#include "io/nvme/fake/fake_internal.h"

#define FIRMWARE_SIZE_MAX (1024 * 1024)
#define FWUG_UNIT         4096u
#define FWUG_ANY          0xff
/* What a new namespace may have. */
#define NEW_BLOCKS_MAX (1024 * 1024)

static void
make_format(const struct fake_command *command, struct fake_ns_opts *opts)
{
	struct spdk_nvme_format format;

	memcpy(&format, &command->cmd.cdw10, sizeof(format));
	if (format.lbaf == 1) {
		uint64_t bytes = opts->blocks * opts->block_size;

		opts->block_size = opts->block_size == 512 ? 4096 : 512;
		opts->blocks = bytes / opts->block_size;
		opts->md_size = 0;
	}
	opts->md_is_extended = opts->md_size != 0 && format.ms;
	opts->pi_type = opts->md_size != 0 ? format.pi : 0;
	opts->pi_is_at_head = format.pil;
}

static uint16_t
format_one(struct fake_command *command, uint32_t nsid)
{
	struct fake_ns *ns = &command->fake->ns[nsid - 1];
	struct fake_ns_opts opts = ns->opts;
	struct spdk_nvme_format format;

	memcpy(&format, &command->cmd.cdw10, sizeof(format));
	if (format.lbaf > 1 || format.lbafu != 0 || format.pi > 3 ||
	    (format.pi != 0 && (ns->opts.md_size < 8 || format.lbaf != 0))) {
		return FAKE_SPECIFIC(INVALID_FORMAT);
	}
	make_format(command, &opts);
	opts.is_detached = !ns->is_attached;
	fake_ns_close(ns);
	if (fake_ns_open(command->fake, nsid, &opts) != 0) {
		return FAKE_GENERIC(INTERNAL_DEVICE_ERROR);
	}
	return FAKE_NO_STATUS;
}

static uint16_t
format_nvm(struct fake_command *command)
{
	uint32_t nsid = command->cmd.nsid;
	uint16_t status = FAKE_NO_STATUS;

	if (nsid != SPDK_NVME_GLOBAL_NS_TAG) {
		return fake_ns_find(command->fake, nsid) == NULL ?
			       FAKE_GENERIC(INVALID_NAMESPACE_OR_FORMAT) :
			       format_one(command, nsid);
	}
	for (uint32_t i = 1; i <= FAKE_NAMESPACES_MAX && status == FAKE_NO_STATUS; i++) {
		if (fake_ns_find(command->fake, i) != NULL) {
			status = format_one(command, i);
		}
	}
	return status;
}

static uint16_t
create_ns(struct fake_command *command)
{
	struct spdk_nvme_ns_data data;
	struct fake *fake = command->fake;
	struct fake_ns_opts opts = {.is_detached = true};
	uint16_t status = fake_data_in(command, &data, sizeof(data));
	uint32_t nsid = 1;

	if (status != FAKE_NO_STATUS) {
		return status;
	}
	if (data.nsze == 0 || data.ncap != data.nsze) {
		return FAKE_SPECIFIC(THINPROVISIONING_NOT_SUPPORTED);
	}
	if (data.flbas.format > 1) {
		return FAKE_SPECIFIC(INVALID_FORMAT);
	}
	if (data.nsze > NEW_BLOCKS_MAX) {
		return FAKE_SPECIFIC(NAMESPACE_INSUFFICIENT_CAPACITY);
	}
	while (nsid <= FAKE_NAMESPACES_MAX && fake->ns[nsid - 1].exists) {
		nsid++;
	}
	if (nsid > FAKE_NAMESPACES_MAX) {
		return FAKE_SPECIFIC(NAMESPACE_ID_UNAVAILABLE);
	}
	opts.blocks = data.nsze;
	opts.block_size = data.flbas.format == 1 ? 4096 : 512;
	if (fake_ns_open(fake, nsid, &opts) != 0) {
		return FAKE_GENERIC(INTERNAL_DEVICE_ERROR);
	}
	command->cpl.cdw0 = nsid;
	return FAKE_NO_STATUS;
}

static uint16_t
delete_ns(struct fake_command *command)
{
	uint32_t nsid = command->cmd.nsid;

	if (nsid == SPDK_NVME_GLOBAL_NS_TAG) {
		for (uint32_t i = 0; i < FAKE_NAMESPACES_MAX; i++) {
			fake_ns_close(&command->fake->ns[i]);
		}
		return FAKE_NO_STATUS;
	}
	if (nsid == 0 || nsid > FAKE_NAMESPACES_MAX || !command->fake->ns[nsid - 1].exists) {
		return FAKE_GENERIC(INVALID_NAMESPACE_OR_FORMAT);
	}
	fake_ns_close(&command->fake->ns[nsid - 1]);
	return FAKE_NO_STATUS;
}

static uint16_t
attach_ns(struct fake_command *command)
{
	struct spdk_nvme_ctrlr_list list;
	uint32_t nsid = command->cmd.nsid;
	bool attaches = command->cmd.cdw10_bits.ns_attach.sel == SPDK_NVME_NS_CTRLR_ATTACH;
	uint16_t status = fake_data_in(command, &list, sizeof(list));
	struct fake_ns *ns;

	if (status != FAKE_NO_STATUS) {
		return status;
	}
	if (nsid == 0 || nsid > FAKE_NAMESPACES_MAX || !command->fake->ns[nsid - 1].exists) {
		return FAKE_GENERIC(INVALID_NAMESPACE_OR_FORMAT);
	}
	ns = &command->fake->ns[nsid - 1];
	if (list.ctrlr_count != 1 || list.ctrlr_list[0] != FAKE_CONTROLLER_ID) {
		return FAKE_SPECIFIC(CONTROLLER_LIST_INVALID);
	}
	if (attaches == ns->is_attached) {
		return attaches ? FAKE_SPECIFIC(NAMESPACE_ALREADY_ATTACHED) :
				  FAKE_SPECIFIC(NAMESPACE_NOT_ATTACHED);
	}
	ns->is_attached = attaches;
	return FAKE_NO_STATUS;
}

/* Only the last piece may be shorter than what the controller has told. */
static bool
is_granular(struct fake *fake, uint64_t offset, uint64_t length)
{
	uint32_t unit = fake->opts.firmware_granularity * FWUG_UNIT;

	if (unit == 0 || fake->opts.firmware_granularity == FWUG_ANY) {
		return true;
	}
	if (fake->firmware_is_whole || offset % unit != 0) {
		return false;
	}
	fake->firmware_is_whole = length % unit != 0;
	return true;
}

static uint16_t
download_firmware(struct fake_command *command)
{
	struct fake *fake = command->fake;
	uint64_t length = ((uint64_t)command->cmd.cdw10 + 1) * 4;
	uint64_t offset = (uint64_t)command->cmd.cdw11 * 4;

	if (offset + length > FIRMWARE_SIZE_MAX || !fake_judge_length(command, length) ||
	    !is_granular(fake, offset, length)) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	if (fake->firmware_image == NULL) {
		fake->firmware_image = calloc(1, FIRMWARE_SIZE_MAX);
	}
	if (fake->firmware_image == NULL) {
		return FAKE_GENERIC(INTERNAL_DEVICE_ERROR);
	}
	fake->firmware_size = (uint32_t)spdk_max(fake->firmware_size, offset + length);
	return fake_data_in(command, fake->firmware_image + offset, length);
}

void
fake_firmware_discard(struct fake *fake)
{
	fake->firmware_size = 0;
	fake->firmware_is_whole = false;
}

uint32_t
fake_firmware(struct fake *fake, const uint8_t **out_image)
{
	uint32_t size;

	pthread_mutex_lock(&fake->lock);
	*out_image = fake->firmware_image;
	size = fake->firmware_committed;
	pthread_mutex_unlock(&fake->lock);
	return size;
}

/* The revision is the first bytes of the image. */
static uint16_t
commit_firmware(struct fake_command *command)
{
	struct fake *fake = command->fake;
	struct spdk_nvme_fw_commit commit;
	uint32_t slot;
	bool replaces;

	memcpy(&commit, &command->cmd.cdw10, sizeof(commit));
	if (commit.ca == SPDK_NVME_FW_COMMIT_REPLACE_BOOT_PARTITION ||
	    commit.ca == SPDK_NVME_FW_COMMIT_ACTIVATE_BOOT_PARTITION) {
		return fake_boot_commit(fake, &commit);
	}
	slot = commit.fs == 0 ? 2 : commit.fs;
	replaces = commit.ca == SPDK_NVME_FW_COMMIT_REPLACE_IMG ||
		   commit.ca == SPDK_NVME_FW_COMMIT_REPLACE_AND_ENABLE_IMG ||
		   (commit.ca == SPDK_NVME_FW_COMMIT_RUN_IMG && fake->firmware_size != 0);
	if (slot > FAKE_FIRMWARE_SLOTS) {
		return FAKE_SPECIFIC(INVALID_FIRMWARE_SLOT);
	}
	if (replaces && fake->firmware_size < sizeof(fake->firmware[0])) {
		return FAKE_SPECIFIC(INVALID_FIRMWARE_IMAGE);
	}
	if (replaces) {
		memcpy(fake->firmware[slot - 1], fake->firmware_image, sizeof(fake->firmware[0]));
		fake->firmware_committed = fake->firmware_size;
		fake_firmware_discard(fake);
	} else if (fake->firmware[slot - 1][0] == '\0') {
		return FAKE_SPECIFIC(INVALID_FIRMWARE_SLOT);
	}
	switch (commit.ca) {
	case SPDK_NVME_FW_COMMIT_REPLACE_IMG:
		return FAKE_NO_STATUS;
	case SPDK_NVME_FW_COMMIT_REPLACE_AND_ENABLE_IMG:
	case SPDK_NVME_FW_COMMIT_ENABLE_IMG:
		fake->firmware_next = (uint8_t)slot;
		return FAKE_SPECIFIC(FIRMWARE_REQ_RESET);
	case SPDK_NVME_FW_COMMIT_RUN_IMG:
		fake->firmware_active = (uint8_t)slot;
		return FAKE_NO_STATUS;
	default:
		return FAKE_GENERIC(INVALID_FIELD);
	}
}

/* What was sent is what is received. */
static uint16_t
security(struct fake_command *command)
{
	struct fake *fake = command->fake;
	uint32_t length = command->cmd.cdw11;

	if (length > sizeof(fake->security)) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	if (command->cmd.opc == SPDK_NVME_OPC_SECURITY_RECEIVE) {
		return length == 0 ?
			       FAKE_NO_STATUS :
			       fake_data_out(command, fake->security, fake->security_size, length);
	}
	fake->security_size = length;
	return fake_data_in(command, fake->security, length);
}

static uint16_t
sanitize(struct fake_command *command)
{
	struct fake *fake = command->fake;
	struct spdk_nvme_sanitize action;

	memcpy(&action, &command->cmd.cdw10, sizeof(action));
	if (action.sanact == 0 || action.sanact > SPDK_NVME_SANITIZE_CRYPTO_ERASE) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	if (action.sanact != SPDK_NVME_SANITIZE_EXIT_FAILURE_MODE) {
		for (uint32_t i = 0; i < FAKE_NAMESPACES_MAX; i++) {
			if (fake->ns[i].exists) {
				fake_ns_clear(&fake->ns[i], 0, fake->ns[i].opts.blocks, 0);
			}
		}
		fake->sanitize.sprog = 0xffff;
		fake->sanitize.scdw10 = command->cmd.cdw10;
		fake->sanitize.sstat.status = SPDK_NVME_RECENT_SANITIZE_SUCCESSFUL;
		fake->sanitize.sstat.global_data_erase = 1;
	}
	return FAKE_NO_STATUS;
}

static uint16_t
send_directive(struct fake_command *command)
{
	const struct spdk_nvme_cmd *cmd = &command->cmd;
	struct fake_ns *ns = fake_ns_find(command->fake, cmd->nsid);

	if (ns == NULL) {
		return FAKE_GENERIC(INVALID_NAMESPACE_OR_FORMAT);
	}
	if (cmd->cdw11_bits.directive.dtype != SPDK_NVME_DIRECTIVE_TYPE_IDENTIFY ||
	    cmd->cdw11_bits.directive.doper != SPDK_NVME_IDENTIFY_DIRECTIVE_SEND_ENABLED ||
	    (cmd->cdw12 >> 8 & 0xff) != SPDK_NVME_DIRECTIVE_TYPE_STREAMS) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	ns->streams_enabled = cmd->cdw12 & 1;
	return FAKE_NO_STATUS;
}

static uint16_t
receive_directive(struct fake_command *command)
{
	const struct spdk_nvme_cmd *cmd = &command->cmd;
	struct fake_ns *ns = fake_ns_find(command->fake, cmd->nsid);
	struct spdk_nvme_ns_identify_directive_param identify = {
		.directives_supported = {.identify = 1, .streams = 1},
		.directives_enabled = {.identify = 1},
	};
	const struct spdk_nvme_ns_streams_data streams = {.msl = 8, .nssa = 8, .sws = 8, .sgs = 1};
	uint64_t length = ((uint64_t)cmd->cdw10 + 1) * 4;

	if (ns == NULL) {
		return FAKE_GENERIC(INVALID_NAMESPACE_OR_FORMAT);
	}
	if (cmd->cdw11_bits.directive.doper != 1 || length > FAKE_PAGE_SIZE) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	identify.directives_enabled.streams = ns->streams_enabled;
	if (cmd->cdw11_bits.directive.dtype == SPDK_NVME_DIRECTIVE_TYPE_IDENTIFY) {
		return fake_data_out(command, &identify, sizeof(identify), length);
	}
	if (cmd->cdw11_bits.directive.dtype == SPDK_NVME_DIRECTIVE_TYPE_STREAMS &&
	    ns->streams_enabled) {
		return fake_data_out(command, &streams, sizeof(streams), length);
	}
	return FAKE_GENERIC(INVALID_FIELD);
}

uint16_t
fake_execute_manage(struct fake_command *command)
{
	switch (command->cmd.opc) {
	case SPDK_NVME_OPC_NS_MANAGEMENT:
		return command->cmd.cdw10_bits.ns_manage.sel == SPDK_NVME_NS_MANAGEMENT_CREATE ?
			       create_ns(command) :
			       delete_ns(command);
	case SPDK_NVME_OPC_NS_ATTACHMENT:
		return attach_ns(command);
	case SPDK_NVME_OPC_FORMAT_NVM:
		return format_nvm(command);
	case SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD:
		return download_firmware(command);
	case SPDK_NVME_OPC_FIRMWARE_COMMIT:
		return commit_firmware(command);
	case SPDK_NVME_OPC_SECURITY_SEND:
	case SPDK_NVME_OPC_SECURITY_RECEIVE:
		return security(command);
	case SPDK_NVME_OPC_SANITIZE:
		return sanitize(command);
	case SPDK_NVME_OPC_DIRECTIVE_SEND:
		return send_directive(command);
	case SPDK_NVME_OPC_DIRECTIVE_RECEIVE:
		return receive_directive(command);
	default:
		return FAKE_GENERIC(INVALID_OPCODE) | FAKE_DNR;
	}
}
