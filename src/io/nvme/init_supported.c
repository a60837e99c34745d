/* SPDX-License-Identifier: BSD-3-Clause */
/* States of initialisation that find out which log pages and features there are. */
#include "io/nvme/ctrlr_init.h"

#include "spdk/nvme_intel.h"

#define PAGE(id)    (ctrlr->log_page_supported[SPDK_NVME_LOG_##id])
#define FEATURE(id) (ctrlr->feature_supported[SPDK_NVME_FEAT_##id])
#define INTEL(id)   (ctrlr->feature_supported[SPDK_NVME_INTEL_FEAT_##id])

/* What the identification implies, for controllers that do not list their pages. */
static void
imply_log_pages(struct spdk_nvme_ctrlr *ctrlr)
{
	const struct spdk_nvme_ctrlr_data *cdata = &ctrlr->cdata;

	memset(ctrlr->log_page_supported, 0, sizeof(ctrlr->log_page_supported));
	PAGE(ERROR) = true;
	PAGE(HEALTH_INFORMATION) = true;
	PAGE(FIRMWARE_SLOT) = true;
	PAGE(CHANGED_NS_LIST) = cdata->oaes.ns_attribute_notices;
	PAGE(COMMAND_EFFECTS_LOG) = cdata->lpa.cses;
	PAGE(DEVICE_SELF_TEST) = cdata->oacs.dsts;
	PAGE(TELEMETRY_HOST_INITIATED) = cdata->lpa.ts;
	PAGE(TELEMETRY_CTRLR_INITIATED) = cdata->lpa.ts;
	PAGE(ENDURANCE_GROUP_INFORMATION) = cdata->ctratt.egs;
	PAGE(ASYMMETRIC_NAMESPACE_ACCESS) = cdata->cmic.anars;
	PAGE(PERSISTENT_EVENT_LOG) = cdata->lpa.pes;
	PAGE(FDP_CONFIGURATIONS) = cdata->ctratt.fdps;
	PAGE(RECLAIM_UNIT_HANDLE_USAGE) = cdata->ctratt.fdps;
	PAGE(FDP_STATISTICS) = cdata->ctratt.fdps;
	PAGE(FDP_EVENTS) = cdata->ctratt.fdps;
	PAGE(RESERVATION_NOTIFICATION) = cdata->oncs.reservs;
	PAGE(SANITIZE_STATUS) = cdata->sanicap.raw != 0;
}

int
nvme_init_log_pages(struct spdk_nvme_ctrlr *ctrlr)
{
	struct nvme_admin_command command;

	imply_log_pages(ctrlr);
	if (!ctrlr->cdata.lpa.mlps) {
		return INIT_NEXT;
	}
	nvme_init_build_log_page(ctrlr, &command, SPDK_NVME_LOG_SUPPORTED_LOG_PAGES, 0,
				 sizeof(struct spdk_nvme_supported_log_pages));
	return nvme_init_submit(ctrlr, &command);
}

int
nvme_init_log_pages_check(struct spdk_nvme_ctrlr *ctrlr)
{
	struct spdk_nvme_supported_log_pages pages;

	if (nvme_init_command_failed(ctrlr)) {
		return INIT_NEXT;
	}
	memcpy(&pages, ctrlr->init.buffer, sizeof(pages));
	for (size_t i = 0; i < SPDK_COUNTOF(pages.lids); i++) {
		ctrlr->log_page_supported[i] |= pages.lids[i].lsupp;
	}
	return INIT_NEXT;
}

int
nvme_init_intel_log_pages(struct spdk_nvme_ctrlr *ctrlr)
{
	struct nvme_admin_command command;

	if (!(ctrlr->quirks & NVME_QUIRK_INTEL_LOG_PAGES)) {
		return INIT_NEXT;
	}
	nvme_init_build_log_page(ctrlr, &command, SPDK_NVME_INTEL_LOG_PAGE_DIRECTORY,
				 SPDK_NVME_GLOBAL_NS_TAG,
				 sizeof(struct spdk_nvme_intel_log_page_directory));
	return nvme_init_submit(ctrlr, &command);
}

int
nvme_init_intel_log_pages_check(struct spdk_nvme_ctrlr *ctrlr)
{
	struct spdk_nvme_intel_log_page_directory directory;

	if (nvme_init_command_failed(ctrlr)) {
		return INIT_NEXT;
	}
	memcpy(&directory, ctrlr->init.buffer, sizeof(directory));
	ctrlr->log_page_supported[SPDK_NVME_INTEL_LOG_PAGE_DIRECTORY] = true;
	ctrlr->log_page_supported[SPDK_NVME_INTEL_LOG_READ_CMD_LATENCY] |=
		directory.read_latency_log_len != 0;
	ctrlr->log_page_supported[SPDK_NVME_INTEL_LOG_WRITE_CMD_LATENCY] |=
		directory.write_latency_log_len != 0;
	ctrlr->log_page_supported[SPDK_NVME_INTEL_LOG_TEMPERATURE] |=
		directory.temperature_statistics_log_len != 0;
	ctrlr->log_page_supported[SPDK_NVME_INTEL_LOG_SMART] |= directory.smart_log_len != 0;
	ctrlr->log_page_supported[SPDK_NVME_INTEL_MARKETING_DESCRIPTION] |=
		directory.marketing_description_log_len != 0;
	return INIT_NEXT;
}

static void
take_intel_features(struct spdk_nvme_ctrlr *ctrlr)
{
	INTEL(MAX_LBA) = true;
	INTEL(NATIVE_MAX_LBA) = true;
	INTEL(POWER_GOVERNOR_SETTING) = true;
	INTEL(SMBUS_ADDRESS) = true;
	INTEL(LED_PATTERN) = true;
	INTEL(RESET_TIMED_WORKLOAD_COUNTERS) = true;
	INTEL(LATENCY_TRACKING) = true;
}

int
nvme_init_features(struct spdk_nvme_ctrlr *ctrlr)
{
	const struct spdk_nvme_ctrlr_data *cdata = &ctrlr->cdata;

	memset(ctrlr->feature_supported, 0, sizeof(ctrlr->feature_supported));
	FEATURE(ARBITRATION) = true;
	FEATURE(POWER_MANAGEMENT) = true;
	FEATURE(TEMPERATURE_THRESHOLD) = true;
	FEATURE(ERROR_RECOVERY) = true;
	FEATURE(NUMBER_OF_QUEUES) = true;
	FEATURE(INTERRUPT_COALESCING) = true;
	FEATURE(INTERRUPT_VECTOR_CONFIGURATION) = true;
	FEATURE(WRITE_ATOMICITY) = true;
	FEATURE(ASYNC_EVENT_CONFIGURATION) = true;
	FEATURE(VOLATILE_WRITE_CACHE) = cdata->vwc.present;
	FEATURE(AUTONOMOUS_POWER_STATE_TRANSITION) = cdata->apsta.supported;
	FEATURE(HOST_MEM_BUFFER) = cdata->hmpre != 0;
	FEATURE(TIMESTAMP) = cdata->oncs.tss;
	FEATURE(KEEP_ALIVE_TIMER) = cdata->kas != 0;
	FEATURE(HOST_CONTROLLED_THERMAL_MANAGEMENT) = cdata->hctma.bits.supported;
	FEATURE(NON_OPERATIONAL_POWER_STATE_CONFIG) = cdata->ctratt.nopspm;
	FEATURE(HOST_IDENTIFIER) = cdata->oncs.reservs;
	FEATURE(HOST_RESERVE_MASK) = cdata->oncs.reservs;
	FEATURE(HOST_RESERVE_PERSIST) = cdata->oncs.reservs;
	FEATURE(FDP) = cdata->ctratt.fdps;
	FEATURE(FDP_EVENTS) = cdata->ctratt.fdps;
	FEATURE(NAMESPACE_WRITE_PROTECTION_CONFIG) = cdata->nwpc != 0;
	if (ctrlr->quirks & NVME_QUIRK_INTEL_LOG_PAGES) {
		take_intel_features(ctrlr);
	}
	return INIT_NEXT;
}
