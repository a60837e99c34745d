/* SPDX-License-Identifier: BSD-3-Clause */
/* What the host does against the specification. */
#include "io/nvme/fake/fake_internal.h"

static const char *const g_rules[FAKE_RULES] = {
	[FAKE_RULE_REGISTER] = "register",
	[FAKE_RULE_DOORBELL] = "doorbell",
	[FAKE_RULE_COMMAND_ID] = "command identifier",
	[FAKE_RULE_COMMAND] = "command",
	[FAKE_RULE_POINTER] = "data pointer",
	[FAKE_RULE_MEMORY] = "memory",
	[FAKE_RULE_SHUTDOWN] = "shutdown",
};

void
fake_violation(struct fake *fake, enum fake_rule rule, const char *format, ...)
{
	va_list args;

	/* What is written to a controller that is gone is lost, and no one's fault. */
	if (fake->is_removed || fake->allowed_rules & 1u << rule) {
		return;
	}
	va_start(args, format);
	vsnprintf(fake->last_violation, sizeof(fake->last_violation), format, args);
	va_end(args);
	fake->violations++;
	fprintf(stderr, "fake %s, seed %" PRIu64 ", step %" PRIu64 ": violation (%s): %s\n",
		fake->address, fake->opts.seed, fake->step, g_rules[rule], fake->last_violation);
}

uint32_t
fake_violations(struct fake *fake)
{
	uint32_t count;

	pthread_mutex_lock(&fake->lock);
	count = fake->violations;
	pthread_mutex_unlock(&fake->lock);
	return count;
}

void
fake_allow(struct fake *fake, enum fake_rule rule)
{
	pthread_mutex_lock(&fake->lock);
	fake->allowed_rules |= 1u << rule;
	pthread_mutex_unlock(&fake->lock);
}

const char *
fake_last_violation(struct fake *fake)
{
	return fake->last_violation;
}

void
fake_forget_violations(struct fake *fake)
{
	pthread_mutex_lock(&fake->lock);
	fake->violations = 0;
	fake->last_violation[0] = '\0';
	pthread_mutex_unlock(&fake->lock);
}

/* Dwords 10 to 15 that commands leave reserved: bit n stands for dword 10 + n. */
struct reserved_dwords {
	uint8_t opcode;
	uint8_t dwords;
};

static const struct reserved_dwords g_admin_reserved[] = {
	{SPDK_NVME_OPC_DELETE_IO_SQ, 0x3e},
	{SPDK_NVME_OPC_CREATE_IO_SQ, 0x38},
	{SPDK_NVME_OPC_DELETE_IO_CQ, 0x3e},
	{SPDK_NVME_OPC_CREATE_IO_CQ, 0x3c},
	{SPDK_NVME_OPC_IDENTIFY, 0x1c},
	{SPDK_NVME_OPC_ABORT, 0x3e},
	{SPDK_NVME_OPC_ASYNC_EVENT_REQUEST, 0x3f},
	{SPDK_NVME_OPC_KEEP_ALIVE, 0x3f},
	{SPDK_NVME_OPC_DOORBELL_BUFFER_CONFIG, 0x3f},
	{SPDK_NVME_OPC_FORMAT_NVM, 0x3e},
	{SPDK_NVME_OPC_FIRMWARE_COMMIT, 0x3e},
	{SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD, 0x3c},
	{SPDK_NVME_OPC_NS_ATTACHMENT, 0x3e},
	{SPDK_NVME_OPC_SANITIZE, 0x3c},
	{SPDK_NVME_OPC_SECURITY_SEND, 0x3c},
	{SPDK_NVME_OPC_SECURITY_RECEIVE, 0x3c},
};

static const struct reserved_dwords g_io_reserved[] = {
	{SPDK_NVME_OPC_FLUSH, 0x3f},
	{SPDK_NVME_OPC_WRITE_UNCORRECTABLE, 0x38},
	{SPDK_NVME_OPC_DATASET_MANAGEMENT, 0x3c},
	{SPDK_NVME_OPC_RESERVATION_REGISTER, 0x3e},
	{SPDK_NVME_OPC_RESERVATION_REPORT, 0x3c},
	{SPDK_NVME_OPC_RESERVATION_ACQUIRE, 0x3e},
	{SPDK_NVME_OPC_RESERVATION_RELEASE, 0x3e},
};

static uint8_t
reserved_of(const struct reserved_dwords *table, size_t count, uint8_t opcode)
{
	for (size_t i = 0; i < count; i++) {
		if (table[i].opcode == opcode) {
			return table[i].dwords;
		}
	}
	return 0;
}

void
fake_judge_command(struct fake_command *command)
{
	const struct spdk_nvme_cmd *cmd = &command->cmd;
	const uint32_t *dwords = &cmd->cdw10;
	struct fake *fake = command->fake;
	bool is_admin = command->sq->id == 0;
	uint8_t reserved =
		is_admin ? reserved_of(g_admin_reserved, SPDK_COUNTOF(g_admin_reserved), cmd->opc) :
			   reserved_of(g_io_reserved, SPDK_COUNTOF(g_io_reserved), cmd->opc);

	if (cmd->rsvd1 != 0) {
		fake_violation(fake, FAKE_RULE_COMMAND,
			       "opcode 0x%02x: reserved bits 0x%x in dword 0", cmd->opc,
			       cmd->rsvd1);
	}
	if (cmd->psdt == SPDK_NVME_PSDT_RESERVED) {
		fake_violation(fake, FAKE_RULE_COMMAND, "opcode 0x%02x: PSDT is 3", cmd->opc);
	}
	if (is_admin && cmd->psdt != SPDK_NVME_PSDT_PRP) {
		fake_violation(fake, FAKE_RULE_COMMAND,
			       "admin opcode 0x%02x uses an SGL, which PCIe does not have there",
			       cmd->opc);
	}
	if (!is_admin && cmd->psdt != SPDK_NVME_PSDT_PRP && !fake->opts.has_sgl) {
		fake_violation(fake, FAKE_RULE_COMMAND,
			       "opcode 0x%02x uses an SGL, which the controller does not have",
			       cmd->opc);
	}
	if (is_admin && cmd->fuse != SPDK_NVME_CMD_FUSE_NONE) {
		fake_violation(fake, FAKE_RULE_COMMAND, "admin opcode 0x%02x is fused", cmd->opc);
	}
	for (uint32_t i = 0; i < 6; i++) {
		if (reserved & 1u << i && dwords[i] != 0) {
			fake_violation(fake, FAKE_RULE_COMMAND,
				       "%s opcode 0x%02x: reserved dword %u is 0x%x",
				       is_admin ? "admin" : "I/O", cmd->opc, 10 + i, dwords[i]);
		}
	}
}

bool
fake_judge_length(struct fake_command *command, uint64_t length)
{
	struct fake *fake = command->fake;
	uint64_t page = (uint64_t)FAKE_PAGE_SIZE << fake->opts.mps_min;

	if (fake->opts.mdts == 0 || length <= page << fake->opts.mdts) {
		return true;
	}
	fake_violation(fake, FAKE_RULE_COMMAND,
		       "opcode 0x%02x: %" PRIu64 " bytes, more than MDTS (dword 10 0x%x)",
		       command->cmd.opc, length, command->cmd.cdw10);
	return false;
}
