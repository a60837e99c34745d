/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Commands and completions as text of one line.
 *
 * Which command set a namespace has, a command does not tell. Where sets have different commands of
 * one number, the text has the name that the NVM command set gives it: KV Store reads as WRITE.
 */
#include "io/nvme/command_text.h"

#include "spdk/log.h"
#include "spdk/nvme/text.h"
#include "spdk/nvme_ocssd_spec.h"
#include "spdk/nvmf_spec.h"
#include "spdk/util.h"

/* What of a command is worth telling, besides its ids. */
enum command_shape {
	/* Nothing. */
	SHAPE_PLAIN,
	/* Dwords 10 and 11 are a block, dword 12 has a number of them. */
	SHAPE_BLOCKS,
	/* Dwords 10 and 11 as they are. */
	SHAPE_DWORDS,
};

struct command_name {
	const char *text;
	uint8_t shape;
};

static const struct command_name admin_names[] = {
	[SPDK_NVME_OPC_DELETE_IO_SQ] = {"DELETE IO SQ", SHAPE_DWORDS},
	[SPDK_NVME_OPC_CREATE_IO_SQ] = {"CREATE IO SQ", SHAPE_DWORDS},
	[SPDK_NVME_OPC_GET_LOG_PAGE] = {"GET LOG PAGE", SHAPE_DWORDS},
	[SPDK_NVME_OPC_DELETE_IO_CQ] = {"DELETE IO CQ", SHAPE_DWORDS},
	[SPDK_NVME_OPC_CREATE_IO_CQ] = {"CREATE IO CQ", SHAPE_DWORDS},
	[SPDK_NVME_OPC_IDENTIFY] = {"IDENTIFY", SHAPE_DWORDS},
	[SPDK_NVME_OPC_ABORT] = {"ABORT", SHAPE_DWORDS},
	[SPDK_NVME_OPC_SET_FEATURES] = {"SET FEATURES", SHAPE_DWORDS},
	[SPDK_NVME_OPC_GET_FEATURES] = {"GET FEATURES", SHAPE_DWORDS},
	[SPDK_NVME_OPC_ASYNC_EVENT_REQUEST] = {"ASYNC EVENT REQUEST", SHAPE_PLAIN},
	[SPDK_NVME_OPC_NS_MANAGEMENT] = {"NAMESPACE MANAGEMENT", SHAPE_DWORDS},
	[SPDK_NVME_OPC_FIRMWARE_COMMIT] = {"FIRMWARE COMMIT", SHAPE_DWORDS},
	[SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD] = {"FIRMWARE IMAGE DOWNLOAD", SHAPE_DWORDS},
	[SPDK_NVME_OPC_DEVICE_SELF_TEST] = {"DEVICE SELF-TEST", SHAPE_DWORDS},
	[SPDK_NVME_OPC_NS_ATTACHMENT] = {"NAMESPACE ATTACHMENT", SHAPE_DWORDS},
	[SPDK_NVME_OPC_KEEP_ALIVE] = {"KEEP ALIVE", SHAPE_PLAIN},
	[SPDK_NVME_OPC_DIRECTIVE_SEND] = {"DIRECTIVE SEND", SHAPE_DWORDS},
	[SPDK_NVME_OPC_DIRECTIVE_RECEIVE] = {"DIRECTIVE RECEIVE", SHAPE_DWORDS},
	[SPDK_NVME_OPC_VIRTUALIZATION_MANAGEMENT] = {"VIRTUALIZATION MANAGEMENT", SHAPE_DWORDS},
	[SPDK_NVME_OPC_NVME_MI_SEND] = {"NVME-MI SEND", SHAPE_DWORDS},
	[SPDK_NVME_OPC_NVME_MI_RECEIVE] = {"NVME-MI RECEIVE", SHAPE_DWORDS},
	[SPDK_NVME_OPC_DOORBELL_BUFFER_CONFIG] = {"DOORBELL BUFFER CONFIG", SHAPE_PLAIN},
	[SPDK_NVME_OPC_FORMAT_NVM] = {"FORMAT NVM", SHAPE_DWORDS},
	[SPDK_NVME_OPC_SECURITY_SEND] = {"SECURITY SEND", SHAPE_DWORDS},
	[SPDK_NVME_OPC_SECURITY_RECEIVE] = {"SECURITY RECEIVE", SHAPE_DWORDS},
	[SPDK_NVME_OPC_SANITIZE] = {"SANITIZE", SHAPE_DWORDS},
	[SPDK_NVME_OPC_GET_LBA_STATUS] = {"GET LBA STATUS", SHAPE_DWORDS},
	[SPDK_OCSSD_OPC_GEOMETRY] = {"OCSSD GEOMETRY", SHAPE_PLAIN},
};

static const struct command_name io_names[] = {
	[SPDK_NVME_OPC_FLUSH] = {"FLUSH", SHAPE_PLAIN},
	[SPDK_NVME_OPC_WRITE] = {"WRITE", SHAPE_BLOCKS},
	[SPDK_NVME_OPC_READ] = {"READ", SHAPE_BLOCKS},
	[SPDK_NVME_OPC_WRITE_UNCORRECTABLE] = {"WRITE UNCORRECTABLE", SHAPE_BLOCKS},
	[SPDK_NVME_OPC_COMPARE] = {"COMPARE", SHAPE_BLOCKS},
	[SPDK_NVME_OPC_KV_LIST] = {"KV LIST", SHAPE_DWORDS},
	[SPDK_NVME_OPC_WRITE_ZEROES] = {"WRITE ZEROES", SHAPE_BLOCKS},
	[SPDK_NVME_OPC_DATASET_MANAGEMENT] = {"DATASET MANAGEMENT", SHAPE_DWORDS},
	[SPDK_NVME_OPC_VERIFY] = {"VERIFY", SHAPE_BLOCKS},
	[SPDK_NVME_OPC_RESERVATION_REGISTER] = {"RESERVATION REGISTER", SHAPE_DWORDS},
	[SPDK_NVME_OPC_RESERVATION_REPORT] = {"RESERVATION REPORT", SHAPE_DWORDS},
	[SPDK_NVME_OPC_KV_DELETE] = {"KV DELETE", SHAPE_DWORDS},
	[SPDK_NVME_OPC_RESERVATION_ACQUIRE] = {"RESERVATION ACQUIRE", SHAPE_DWORDS},
	[SPDK_NVME_OPC_IO_MANAGEMENT_RECEIVE] = {"IO MANAGEMENT RECEIVE", SHAPE_DWORDS},
	[SPDK_NVME_OPC_KV_EXIST] = {"KV EXIST", SHAPE_DWORDS},
	[SPDK_NVME_OPC_RESERVATION_RELEASE] = {"RESERVATION RELEASE", SHAPE_DWORDS},
	/* Dword 12 has a number of ranges, not of blocks. */
	[SPDK_NVME_OPC_COPY] = {"COPY", SHAPE_DWORDS},
	[SPDK_NVME_OPC_IO_MANAGEMENT_SEND] = {"IO MANAGEMENT SEND", SHAPE_DWORDS},
	[SPDK_NVME_OPC_ZONE_MGMT_SEND] = {"ZONE MANAGEMENT SEND", SHAPE_DWORDS},
	[SPDK_NVME_OPC_ZONE_MGMT_RECV] = {"ZONE MANAGEMENT RECEIVE", SHAPE_DWORDS},
	[SPDK_NVME_OPC_ZONE_APPEND] = {"ZONE APPEND", SHAPE_BLOCKS},
	[SPDK_OCSSD_OPC_VECTOR_RESET] = {"OCSSD VECTOR CHUNK RESET", SHAPE_DWORDS},
	[SPDK_OCSSD_OPC_VECTOR_WRITE] = {"OCSSD VECTOR WRITE", SHAPE_DWORDS},
	[SPDK_OCSSD_OPC_VECTOR_READ] = {"OCSSD VECTOR READ", SHAPE_DWORDS},
	[SPDK_OCSSD_OPC_VECTOR_COPY] = {"OCSSD VECTOR CHUNK COPY", SHAPE_DWORDS},
};

static const char *
fabric_name(uint8_t fctype)
{
	switch (fctype) {
	case SPDK_NVMF_FABRIC_COMMAND_PROPERTY_SET:
		return "FABRIC PROPERTY SET";
	case SPDK_NVMF_FABRIC_COMMAND_CONNECT:
		return "FABRIC CONNECT";
	case SPDK_NVMF_FABRIC_COMMAND_PROPERTY_GET:
		return "FABRIC PROPERTY GET";
	case SPDK_NVMF_FABRIC_COMMAND_AUTHENTICATION_SEND:
		return "FABRIC AUTHENTICATION SEND";
	case SPDK_NVMF_FABRIC_COMMAND_AUTHENTICATION_RECV:
		return "FABRIC AUTHENTICATION RECEIVE";
	default:
		return fctype >= SPDK_NVMF_FABRIC_COMMAND_START_VENDOR_SPECIFIC ?
			       "FABRIC VENDOR SPECIFIC" :
			       "FABRIC RESERVED";
	}
}

/* The name, and what else is told of such a command. An opcode without a name is told by number. */
static enum command_shape
name_of(uint16_t qid, uint8_t opc, char *out_name, size_t size)
{
	const struct command_name *names = qid == 0 ? admin_names : io_names;
	size_t count = qid == 0 ? SPDK_COUNTOF(admin_names) : SPDK_COUNTOF(io_names);
	bool is_vendors = opc >= (qid == 0 ? SPDK_NVME_OPC_VENDOR_SPECIFIC_START : 0x80);

	if (opc < count && names[opc].text != NULL) {
		snprintf(out_name, size, "%s", names[opc].text);
		return names[opc].shape;
	}
	snprintf(out_name, size, "%s (%02xh)", is_vendors ? "VENDOR SPECIFIC" : "RESERVED", opc);
	return SHAPE_DWORDS;
}

static void
format_data(char *text, size_t size, const struct spdk_nvme_cmd *cmd)
{
	const struct spdk_nvme_sgl_descriptor *sgl = &cmd->dptr.sgl1;

	if (spdk_nvme_opc_get_data_transfer(cmd->opc) == SPDK_NVME_DATA_NONE) {
		text[0] = '\0';
	} else if (cmd->psdt == SPDK_NVME_PSDT_PRP) {
		snprintf(text, size, " prp 0x%" PRIx64 " 0x%" PRIx64, cmd->dptr.prp.prp1,
			 cmd->dptr.prp.prp2);
	} else if (sgl->generic.type == SPDK_NVME_SGL_TYPE_KEYED_DATA_BLOCK) {
		snprintf(text, size, " sgl %u/%u addr 0x%" PRIx64 " bytes %u key 0x%x",
			 sgl->generic.type, sgl->generic.subtype, sgl->address,
			 (unsigned)sgl->keyed.length, (unsigned)sgl->keyed.key);
	} else {
		snprintf(text, size, " sgl %u/%u addr 0x%" PRIx64 " bytes %u", sgl->generic.type,
			 sgl->generic.subtype, sgl->address, sgl->unkeyed.length);
	}
}

void
nvme_command_format(char *text, size_t size, uint16_t qid, const struct spdk_nvme_cmd *cmd)
{
	char name[48], data[80];
	uint64_t lba = ((uint64_t)cmd->cdw11 << 32) | cmd->cdw10;

	format_data(data, sizeof(data), cmd);
	if (cmd->opc == SPDK_NVME_OPC_FABRIC) {
		/* Of a fabric's command, the low byte of the namespace is its kind. */
		snprintf(text, size, "%s qid %u cid %u%s", fabric_name((uint8_t)cmd->nsid), qid,
			 cmd->cid, data);
		return;
	}
	switch (name_of(qid, cmd->opc, name, sizeof(name))) {
	case SHAPE_BLOCKS:
		snprintf(text, size, "%s qid %u cid %u nsid %u lba %" PRIu64 " len %u%s", name, qid,
			 cmd->cid, cmd->nsid, lba, (cmd->cdw12 & 0xffffu) + 1, data);
		break;
	case SHAPE_DWORDS:
		snprintf(text, size, "%s qid %u cid %u nsid %u cdw10 0x%x cdw11 0x%x%s", name, qid,
			 cmd->cid, cmd->nsid, cmd->cdw10, cmd->cdw11, data);
		break;
	default:
		snprintf(text, size, "%s qid %u cid %u nsid %u%s", name, qid, cmd->cid, cmd->nsid,
			 data);
		break;
	}
}

void
nvme_completion_format(char *text, size_t size, uint16_t qid, const struct spdk_nvme_cpl *cpl,
		       uint8_t opc)
{
	snprintf(
		text, size, "%s (%s, %02xh/%02xh) qid %u cid %u cdw0 0x%x sqhd %u p %u m %u dnr %u",
		spdk_nvme_cpl_get_status_string_ext(&cpl->status, opc),
		spdk_nvme_cpl_get_status_type_string(&cpl->status), cpl->status.sct, cpl->status.sc,
		qid, cpl->cid, cpl->cdw0, cpl->sqhd, cpl->status.p, cpl->status.m, cpl->status.dnr);
}

void
spdk_nvme_print_command(uint16_t qid, struct spdk_nvme_cmd *cmd)
{
	char text[NVME_COMMAND_TEXT_SIZE];

	nvme_command_format(text, sizeof(text), qid, cmd);
	SPDK_NOTICELOG("%s\n", text);
}

void
spdk_nvme_print_completion_ext(uint16_t qid, const struct spdk_nvme_cpl *cpl, uint8_t opc)
{
	char text[NVME_COMPLETION_TEXT_SIZE];

	nvme_completion_format(text, sizeof(text), qid, cpl, opc);
	SPDK_NOTICELOG("%s\n", text);
}

void
spdk_nvme_print_completion(uint16_t qid, struct spdk_nvme_cpl *cpl)
{
	spdk_nvme_print_completion_ext(qid, cpl, SPDK_NVME_OPC_FLUSH);
}
