/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of commands, as the specification has them. */
#include "nvme.h"

#define VENDOR "vendor specific"

const char *
nvme_admin_command_name(uint8_t opc)
{
	static const char *const names[256] = {
		[SPDK_NVME_OPC_DELETE_IO_SQ] = "Delete I/O Submission Queue",
		[SPDK_NVME_OPC_CREATE_IO_SQ] = "Create I/O Submission Queue",
		[SPDK_NVME_OPC_GET_LOG_PAGE] = "Get Log Page",
		[SPDK_NVME_OPC_DELETE_IO_CQ] = "Delete I/O Completion Queue",
		[SPDK_NVME_OPC_CREATE_IO_CQ] = "Create I/O Completion Queue",
		[SPDK_NVME_OPC_IDENTIFY] = "Identify",
		[SPDK_NVME_OPC_ABORT] = "Abort",
		[SPDK_NVME_OPC_SET_FEATURES] = "Set Features",
		[SPDK_NVME_OPC_GET_FEATURES] = "Get Features",
		[SPDK_NVME_OPC_ASYNC_EVENT_REQUEST] = "Asynchronous Event Request",
		[SPDK_NVME_OPC_NS_MANAGEMENT] = "Namespace Management",
		[SPDK_NVME_OPC_FIRMWARE_COMMIT] = "Firmware Commit",
		[SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD] = "Firmware Image Download",
		[SPDK_NVME_OPC_DEVICE_SELF_TEST] = "Device Self-test",
		[SPDK_NVME_OPC_NS_ATTACHMENT] = "Namespace Attachment",
		[SPDK_NVME_OPC_KEEP_ALIVE] = "Keep Alive",
		[SPDK_NVME_OPC_DIRECTIVE_SEND] = "Directive Send",
		[SPDK_NVME_OPC_DIRECTIVE_RECEIVE] = "Directive Receive",
		[SPDK_NVME_OPC_VIRTUALIZATION_MANAGEMENT] = "Virtualization Management",
		[SPDK_NVME_OPC_NVME_MI_SEND] = "NVMe-MI Send",
		[SPDK_NVME_OPC_NVME_MI_RECEIVE] = "NVMe-MI Receive",
		[SPDK_NVME_OPC_DOORBELL_BUFFER_CONFIG] = "Doorbell Buffer Config",
		[SPDK_NVME_OPC_FORMAT_NVM] = "Format NVM",
		[SPDK_NVME_OPC_SECURITY_SEND] = "Security Send",
		[SPDK_NVME_OPC_SECURITY_RECEIVE] = "Security Receive",
		[SPDK_NVME_OPC_SANITIZE] = "Sanitize",
		[SPDK_NVME_OPC_GET_LBA_STATUS] = "Get LBA Status",
	};

	if (opc >= SPDK_NVME_OPC_VENDOR_SPECIFIC_START) {
		return VENDOR;
	}
	return names[opc] != NULL ? names[opc] : "unknown";
}

const char *
nvme_io_command_name(uint8_t opc)
{
	static const char *const names[256] = {
		[SPDK_NVME_OPC_FLUSH] = "Flush",
		[SPDK_NVME_OPC_WRITE] = "Write",
		[SPDK_NVME_OPC_READ] = "Read",
		[SPDK_NVME_OPC_WRITE_UNCORRECTABLE] = "Write Uncorrectable",
		[SPDK_NVME_OPC_COMPARE] = "Compare",
		[SPDK_NVME_OPC_WRITE_ZEROES] = "Write Zeroes",
		[SPDK_NVME_OPC_DATASET_MANAGEMENT] = "Dataset Management",
		[SPDK_NVME_OPC_VERIFY] = "Verify",
		[SPDK_NVME_OPC_RESERVATION_REGISTER] = "Reservation Register",
		[SPDK_NVME_OPC_RESERVATION_REPORT] = "Reservation Report",
		[SPDK_NVME_OPC_RESERVATION_ACQUIRE] = "Reservation Acquire",
		[SPDK_NVME_OPC_IO_MANAGEMENT_RECEIVE] = "I/O Management Receive",
		[SPDK_NVME_OPC_RESERVATION_RELEASE] = "Reservation Release",
		[SPDK_NVME_OPC_COPY] = "Copy",
		[SPDK_NVME_OPC_IO_MANAGEMENT_SEND] = "I/O Management Send",
		[SPDK_NVME_OPC_ZONE_MGMT_SEND] = "Zone Management Send",
		[SPDK_NVME_OPC_ZONE_MGMT_RECV] = "Zone Management Receive",
		[SPDK_NVME_OPC_ZONE_APPEND] = "Zone Append",
	};

	if (opc >= 0x80) {
		return VENDOR;
	}
	return names[opc] != NULL ? names[opc] : "unknown";
}
