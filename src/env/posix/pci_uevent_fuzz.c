/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: any bytes as a message of the kernel. What is taken for an event has a valid
 * address.
 */
#include "env/posix/pci_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spdk_pci_event event;
	uint64_t number;

	if (pci_uevent_parse((const char *)data, size, &event, &number) == 1 &&
	    !pci_addr_is_valid(&event.traddr)) {
		abort();
	}
	return 0;
}
