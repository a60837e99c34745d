/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Controllers that differ from what the specification says, or can more than it lets them tell. All
 * of it is common knowledge: other systems' drivers and their documentation list these devices.
 */
#include "io/nvme/quirks.h"

#include "spdk/pci_ids.h"
#include "spdk/util.h"

#define VID_HGST    0x1c58
#define VID_SEAGATE 0x1bb1
#define VID_SMI     0x126f
/* Data center drives of Intel, which have its log pages and say where their stripes are. */
#define INTEL_DC (NVME_QUIRK_INTEL_LOG_PAGES | NVME_QUIRK_STRIPE_IN_VENDOR_DATA)

static const struct {
	uint16_t vendor_id;
	uint16_t device_id;
	/* SPDK_PCI_ANY_ID: all. */
	uint16_t subvendor_id;
	uint32_t flags;
} g_quirks[] = {
	/* P3700, P3600, P3500: deallocated blocks read as zeroes, without telling. */
	{SPDK_PCI_VID_INTEL, 0x0953, SPDK_PCI_VID_INTEL,
	 INTEL_DC | NVME_QUIRK_READ_ZERO_AFTER_DEALLOCATE},
	/* P3608: two of them on one card. */
	{SPDK_PCI_VID_INTEL, 0x0a53, SPDK_PCI_VID_INTEL,
	 INTEL_DC | NVME_QUIRK_READ_ZERO_AFTER_DEALLOCATE},
	/* P4500, P4600. */
	{SPDK_PCI_VID_INTEL, 0x0a54, SPDK_PCI_VID_INTEL,
	 INTEL_DC | NVME_QUIRK_READ_ZERO_AFTER_DEALLOCATE},
	/* P4608: two of them on one card. */
	{SPDK_PCI_VID_INTEL, 0x0a55, SPDK_PCI_VID_INTEL,
	 INTEL_DC | NVME_QUIRK_READ_ZERO_AFTER_DEALLOCATE},
	/* P4800X: no stripes. */
	{SPDK_PCI_VID_INTEL, 0x2700, SPDK_PCI_VID_INTEL, NVME_QUIRK_INTEL_LOG_PAGES},
	/* PBlaze 4: registers must be left alone for a while after CC.EN has changed. */
	{SPDK_PCI_VID_MEMBLAZE, 0x0540, SPDK_PCI_ANY_ID, NVME_QUIRK_DELAY_BEFORE_CHK_RDY},
	/* PM1725 and PM1725a: the same. */
	{SPDK_PCI_VID_SAMSUNG, 0xa821, SPDK_PCI_ANY_ID, NVME_QUIRK_DELAY_BEFORE_CHK_RDY},
	{SPDK_PCI_VID_SAMSUNG, 0xa822, SPDK_PCI_ANY_ID, NVME_QUIRK_DELAY_BEFORE_CHK_RDY},
	/* Ultrastar SN100 and SN200: the same. */
	{VID_HGST, 0x0003, SPDK_PCI_ANY_ID, NVME_QUIRK_DELAY_BEFORE_CHK_RDY},
	{VID_HGST, 0x0023, SPDK_PCI_ANY_ID, NVME_QUIRK_DELAY_BEFORE_CHK_RDY},
	/* Nytro: the same, and it hangs when asked for descriptors. */
	{VID_SEAGATE, 0x0100, SPDK_PCI_ANY_ID,
	 NVME_QUIRK_DELAY_BEFORE_CHK_RDY | NVME_QUIRK_NO_IDENTIFY_DESCRIPTORS},
	/* SM2263: refuses descriptors and then loses track. */
	{VID_SMI, 0x2263, SPDK_PCI_ANY_ID, NVME_QUIRK_NO_IDENTIFY_DESCRIPTORS},
};

uint32_t
nvme_quirks_of(const struct spdk_pci_id *id)
{
	uint32_t flags = 0;

	for (size_t i = 0; i < SPDK_COUNTOF(g_quirks); i++) {
		if (g_quirks[i].vendor_id == id->vendor_id &&
		    g_quirks[i].device_id == id->device_id &&
		    (g_quirks[i].subvendor_id == SPDK_PCI_ANY_ID ||
		     g_quirks[i].subvendor_id == id->subvendor_id)) {
			flags |= g_quirks[i].flags;
		}
	}
	return flags;
}
