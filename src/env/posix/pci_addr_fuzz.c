/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: any text as a PCI address. What is accepted is a valid address, and its text reads
 * as the same one.
 */
#include "env/posix/pci_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spdk_pci_addr addr = {0}, again = {0};
	char *text, written[PCI_ADDR_TEXT_SIZE];

	text = malloc(size + 1);
	if (text == NULL) {
		return 0;
	}
	memcpy(text, data, size);
	text[size] = '\0';
	if (spdk_pci_addr_parse(&addr, text) == 0 &&
	    (!pci_addr_is_valid(&addr) || spdk_pci_addr_fmt(written, sizeof(written), &addr) != 0 ||
	     spdk_pci_addr_parse(&again, written) != 0 ||
	     spdk_pci_addr_compare(&addr, &again) != 0)) {
		abort();
	}
	free(text);
	return 0;
}
