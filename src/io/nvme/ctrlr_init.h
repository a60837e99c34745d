/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the initialisation have of each other; the table is in ctrlr_init.c. */
#ifndef SPINDLE_NVME_CTRLR_INIT_H
#define SPINDLE_NVME_CTRLR_INIT_H

#include "io/nvme/ctrlr.h"

enum nvme_init_state {
	NVME_INIT_NONE,
	NVME_INIT_READ_REGISTERS,
	NVME_INIT_CONNECT_ADMIN,
	NVME_INIT_CHECK_SHUTDOWN,
	NVME_INIT_CHECK_ENABLED,
	NVME_INIT_WAIT_ENABLED,
	NVME_INIT_DISABLE,
	NVME_INIT_WAIT_DISABLED,
	NVME_INIT_ENABLE,
	NVME_INIT_WAIT_READY,
	NVME_INIT_IDENTIFY,
	NVME_INIT_AER,
	NVME_INIT_KEEP_ALIVE,
	NVME_INIT_NVM_CTRLR,
	NVME_INIT_ZNS_CTRLR,
	NVME_INIT_KV_CTRLR,
	NVME_INIT_ZNS_EFFECTS,
	NVME_INIT_QUEUES,
	NVME_INIT_ARBITRATION,
	NVME_INIT_HOST_ID,
	NVME_INIT_HOST_MEMORY,
	NVME_INIT_SHADOW_DOORBELLS,
	NVME_INIT_LOG_PAGES,
	NVME_INIT_INTEL_LOG_PAGES,
	NVME_INIT_FEATURES,
	NVME_INIT_ACTIVE_NS,
	NVME_INIT_NS,
	NVME_INIT_NS_DESCRIPTORS,
	NVME_INIT_NS_NVM,
	NVME_INIT_NS_ZNS,
	NVME_INIT_NS_KV,
	NVME_INIT_NS_NEXT,
	NVME_INIT_ANA,
	NVME_INIT_TRANSPORT,
	NVME_INIT_READY,
	NVME_INIT_FAILED,
	NVME_INIT_STATE_COUNT,
};

/* What a function of a state says, if it has not failed (-errno). */
#define INIT_STAY 0
#define INIT_NEXT 1

/* Goes to another state than the next of the table; returns INIT_NEXT. */
int nvme_init_goto(struct spdk_nvme_ctrlr *ctrlr, enum nvme_init_state state);
/* Remembers why, for the one message about a failure; returns rc. */
int nvme_init_fail(struct spdk_nvme_ctrlr *ctrlr, int rc, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Submits; the state's `check` runs when it is done. INIT_STAY or -errno. */
int nvme_init_submit(struct spdk_nvme_ctrlr *ctrlr, struct nvme_admin_command *command);
/* The same for SET FEATURES without data. */
int nvme_init_set_feature(struct spdk_nvme_ctrlr *ctrlr, uint8_t feature, uint32_t cdw11);
/* An identification into init.buffer. */
int nvme_init_identify(struct spdk_nvme_ctrlr *ctrlr, uint8_t cns, uint32_t nsid, uint8_t csi);
/* What reads a log page into init.buffer. */
void nvme_init_build_log_page(struct spdk_nvme_ctrlr *ctrlr, struct nvme_admin_command *command,
			      uint8_t log_page, uint32_t nsid, uint32_t size);
/* A copy of init.buffer in *out_copy, a pointer that may have one from before. INIT_NEXT, -ENOMEM.
 */
int nvme_init_keep_copy(struct spdk_nvme_ctrlr *ctrlr, void *out_copy);
/* Nothing happens in this state before that much time has passed. */
void nvme_init_sleep(struct spdk_nvme_ctrlr *ctrlr, uint64_t ms);
static inline bool
nvme_init_command_failed(const struct spdk_nvme_ctrlr *ctrlr)
{
	return spdk_nvme_cpl_is_error(&ctrlr->init.cpl);
}
/* Fails for the status of the state's command. */
int nvme_init_fail_command(struct spdk_nvme_ctrlr *ctrlr);

/* init_enable.c */
int nvme_init_read_registers(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_connect_admin(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_connect_admin_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_check_shutdown(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_check_enabled(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_wait_enabled(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_disable(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_wait_disabled(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_enable(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_wait_ready(struct spdk_nvme_ctrlr *ctrlr);

/* init_identify.c */
int nvme_init_identify_ctrlr(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_identify_ctrlr_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_aer(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_aer_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_keep_alive(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_keep_alive_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_nvm_ctrlr(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_nvm_ctrlr_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_zns_ctrlr(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_zns_ctrlr_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_kv_ctrlr(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_kv_ctrlr_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_zns_effects(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_zns_effects_check(struct spdk_nvme_ctrlr *ctrlr);

/* init_host.c */
int nvme_init_queues(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_queues_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_arbitration(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_arbitration_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_host_id(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_host_id_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_host_memory(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_host_memory_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_shadow_doorbells(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_shadow_doorbells_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_transport(struct spdk_nvme_ctrlr *ctrlr);

/* init_supported.c */
int nvme_init_log_pages(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_log_pages_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_intel_log_pages(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_intel_log_pages_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_features(struct spdk_nvme_ctrlr *ctrlr);

/* init_ns.c */
int nvme_init_active_ns(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_active_ns_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_ns(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_ns_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_ns_descriptors(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_ns_descriptors_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_ns_nvm(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_ns_nvm_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_ns_zns(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_ns_zns_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_ns_kv(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_ns_kv_check(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_ns_next(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_ana(struct spdk_nvme_ctrlr *ctrlr);
int nvme_init_ana_check(struct spdk_nvme_ctrlr *ctrlr);

#endif
