/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The method that shows the PCI devices of this program as lspci shows those of the machine.
 */
#include "app/rpc/app_rpc.h"
#include "spdk/env.h"
#include "spdk/rpc.h"

/* What every device has. Of the rest, only a few bytes are of interest to those who debug. */
#define CONFIG_SPACE_BYTES 256
#define ADDRESS_SIZE       32

static void
write_device(void *w, struct spdk_pci_device *device)
{
	uint8_t config_space[CONFIG_SPACE_BYTES];
	char address[ADDRESS_SIZE];
	int rc;

	/* The machine has others, which are none of this program's business. */
	if (!device->internal.attached) {
		return;
	}
	(void)spdk_pci_addr_fmt(address, sizeof(address), &device->addr); /* There is room. */
	rc = spdk_pci_device_cfg_read(device, config_space, sizeof(config_space), 0);
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "address", address);
	/* One that has just been taken out cannot be read, and is told all the same. */
	spdk_json_write_named_bytearray(w, "config_space", config_space,
					rc == 0 ? sizeof(config_space) : 0);
	spdk_json_write_object_end(w);
}

static void
get_pci_devices(struct spdk_jsonrpc_request *request, void *params)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	spdk_json_write_array_begin(w);
	spdk_pci_for_each_device(w, write_device);
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("framework_get_pci_devices", get_pci_devices, SPDK_RPC_RUNTIME, NULL,
		     "The PCI devices that this program uses, with their configuration space")
