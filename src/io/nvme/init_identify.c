/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * States of initialisation that ask what the controller is. What it says is not trusted: a
 * controller with firmware that is broken, or memory that was written over, is named and refused.
 */
#include "io/nvme/ctrlr_init.h"

#include "spdk/log.h"

/* Sizes of queue entries that we use, as powers of two. */
#define SQ_ENTRY_SHIFT 6
#define CQ_ENTRY_SHIFT 4
/* A transfer is counted in 32 bits. */
#define XFER_SHIFT_MAX 31
#define KAS_UNIT_MS    100

int
nvme_init_identify_ctrlr(struct spdk_nvme_ctrlr *ctrlr)
{
	return nvme_init_identify(ctrlr, SPDK_NVME_IDENTIFY_CTRLR, 0, 0);
}

/* -EPROTO: no controller says such things. */
static int
check(struct spdk_nvme_ctrlr *ctrlr, const struct spdk_nvme_ctrlr_data *cdata)
{
	if (cdata->cntrltype > SPDK_NVME_CTRLR_ADMINISTRATIVE) {
		return nvme_init_fail(ctrlr, -EPROTO,
				      "it says that it is of type %u, which none is",
				      cdata->cntrltype);
	}
	if (cdata->cntrltype > SPDK_NVME_CTRLR_IO) {
		return 0;
	}
	if (cdata->sqes.min > SQ_ENTRY_SHIFT || cdata->sqes.max < SQ_ENTRY_SHIFT ||
	    cdata->cqes.min > CQ_ENTRY_SHIFT || cdata->cqes.max < CQ_ENTRY_SHIFT) {
		return nvme_init_fail(ctrlr, -EPROTO,
				      "its queue entries have 2^%u to 2^%u and 2^%u to 2^%u bytes, "
				      "where 64 and 16 must be possible: what it says of itself "
				      "cannot be trusted",
				      cdata->sqes.min, cdata->sqes.max, cdata->cqes.min,
				      cdata->cqes.max);
	}
	if (cdata->nn == UINT32_MAX) {
		return nvme_init_fail(ctrlr, -EPROTO,
				      "it says that it has 0x%x namespaces: what it says of itself "
				      "cannot be trusted",
				      cdata->nn);
	}
	return 0;
}

static void
take_max_xfer_size(struct spdk_nvme_ctrlr *ctrlr)
{
	uint32_t shift = spdk_u32log2(ctrlr->page_size) + ctrlr->cdata.mdts;
	uint32_t size = nvme_transport_max_xfer_size(ctrlr);

	if (ctrlr->cdata.mdts > 0 && shift <= XFER_SHIFT_MAX) {
		size = spdk_min(size, 1u << shift);
	}
	size -= size % ctrlr->page_size;
	ctrlr->max_xfer_size = spdk_max(size, ctrlr->page_size);
}

static void
take_flags(struct spdk_nvme_ctrlr *ctrlr)
{
	const struct spdk_nvme_ctrlr_data *cdata = &ctrlr->cdata;
	uint64_t flags = 0;

	if (cdata->sgls.supported != SPDK_NVME_SGLS_NOT_SUPPORTED) {
		flags |= SPDK_NVME_CTRLR_SGL_SUPPORTED;
		if (cdata->sgls.supported == SPDK_NVME_SGLS_SUPPORTED_DWORD_ALIGNED) {
			flags |= SPDK_NVME_CTRLR_SGL_REQUIRES_DWORD_ALIGNMENT;
		}
		if (cdata->sgls.metadata_address) {
			flags |= SPDK_NVME_CTRLR_MPTR_SGL_SUPPORTED;
		}
	}
	if (cdata->oacs.ssrs) {
		flags |= SPDK_NVME_CTRLR_SECURITY_SEND_RECV_SUPPORTED;
	}
	if (cdata->oacs.dirs) {
		flags |= SPDK_NVME_CTRLR_DIRECTIVES_SUPPORTED;
	}
	if (cdata->fuses.fcws) {
		flags |= SPDK_NVME_CTRLR_COMPARE_AND_WRITE_SUPPORTED;
	}
	if (ctrlr->cap.bits.ams & SPDK_NVME_CAP_AMS_WRR) {
		flags |= SPDK_NVME_CTRLR_WRR_SUPPORTED;
	}
	ctrlr->flags = flags;
	ctrlr->max_sges = nvme_transport_max_sges(ctrlr);
}

int
nvme_init_identify_ctrlr_check(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc;

	if (nvme_init_command_failed(ctrlr)) {
		return nvme_init_fail_command(ctrlr);
	}
	memcpy(&ctrlr->cdata, ctrlr->init.buffer, sizeof(ctrlr->cdata));
	rc = check(ctrlr, &ctrlr->cdata);
	if (rc != 0) {
		return rc;
	}
	take_max_xfer_size(ctrlr);
	take_flags(ctrlr);
	return INIT_NEXT;
}

int
nvme_init_aer(struct spdk_nvme_ctrlr *ctrlr)
{
	return nvme_init_set_feature(ctrlr, SPDK_NVME_FEAT_ASYNC_EVENT_CONFIGURATION,
				     nvme_aer_config(ctrlr));
}

int
nvme_init_aer_check(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc;

	if (nvme_init_command_failed(ctrlr)) {
		SPDK_WARNLOG("NVMe controller %s does not let events be chosen (sct 0x%x, sc "
			     "0x%x).\n",
			     nvme_ctrlr_name(ctrlr), ctrlr->init.cpl.status.sct,
			     ctrlr->init.cpl.status.sc);
	}
	rc = nvme_aer_start(ctrlr);
	if (rc != 0) {
		return nvme_init_fail(ctrlr, rc, "no request for events could be submitted: %s",
				      spdk_strerror(-rc));
	}
	return INIT_NEXT;
}

int
nvme_init_keep_alive(struct spdk_nvme_ctrlr *ctrlr)
{
	uint32_t unit = ctrlr->cdata.kas * KAS_UNIT_MS, ms = ctrlr->opts.keep_alive_timeout_ms;

	ctrlr->keep_alive_ticks = 0;
	if (unit == 0) {
		ctrlr->opts.keep_alive_timeout_ms = 0;
		return INIT_NEXT;
	}
	if (ms == 0) {
		return INIT_NEXT;
	}
	ms = (uint32_t)spdk_min(spdk_divide_round_up((uint64_t)ms, unit) * unit,
				(uint64_t)UINT32_MAX);
	ctrlr->opts.keep_alive_timeout_ms = ms;
	return nvme_init_set_feature(ctrlr, SPDK_NVME_FEAT_KEEP_ALIVE_TIMER, ms);
}

int
nvme_init_keep_alive_check(struct spdk_nvme_ctrlr *ctrlr)
{
	if (nvme_init_command_failed(ctrlr)) {
		SPDK_WARNLOG("NVMe controller %s does not take a keep alive timer of %u ms (sct "
			     "0x%x, sc 0x%x): there is none.\n",
			     nvme_ctrlr_name(ctrlr), ctrlr->opts.keep_alive_timeout_ms,
			     ctrlr->init.cpl.status.sct, ctrlr->init.cpl.status.sc);
		ctrlr->opts.keep_alive_timeout_ms = 0;
		return INIT_NEXT;
	}
	ctrlr->keep_alive_ticks =
		ctrlr->opts.keep_alive_timeout_ms * spdk_get_ticks_hz() / 1000 / 2;
	ctrlr->keep_alive_next = spdk_get_ticks() + ctrlr->keep_alive_ticks;
	return INIT_NEXT;
}

/* Controllers of before 2.0 without command set profiles do not know the question. */
static bool
knows_command_sets(const struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->opts.command_set == SPDK_NVME_CC_CSS_IOCS ||
	       ctrlr->vs.raw >= SPDK_NVME_VERSION(2, 0, 0);
}

int
nvme_init_nvm_ctrlr(struct spdk_nvme_ctrlr *ctrlr)
{
	if (!knows_command_sets(ctrlr)) {
		return INIT_NEXT;
	}
	return nvme_init_identify(ctrlr, SPDK_NVME_IDENTIFY_CTRLR_IOCS, 0, SPDK_NVME_CSI_NVM);
}

int
nvme_init_nvm_ctrlr_check(struct spdk_nvme_ctrlr *ctrlr)
{
	if (nvme_init_command_failed(ctrlr)) {
		return INIT_NEXT;
	}
	return nvme_init_keep_copy(ctrlr, &ctrlr->cdata_nvm);
}

int
nvme_init_zns_ctrlr(struct spdk_nvme_ctrlr *ctrlr)
{
	if (ctrlr->opts.command_set != SPDK_NVME_CC_CSS_IOCS) {
		return INIT_NEXT;
	}
	return nvme_init_identify(ctrlr, SPDK_NVME_IDENTIFY_CTRLR_IOCS, 0, SPDK_NVME_CSI_ZNS);
}

int
nvme_init_zns_ctrlr_check(struct spdk_nvme_ctrlr *ctrlr)
{
	if (nvme_init_command_failed(ctrlr)) {
		return INIT_NEXT;
	}
	return nvme_init_keep_copy(ctrlr, &ctrlr->cdata_zns);
}

int
nvme_init_kv_ctrlr(struct spdk_nvme_ctrlr *ctrlr)
{
	if (ctrlr->opts.command_set != SPDK_NVME_CC_CSS_IOCS) {
		return INIT_NEXT;
	}
	return nvme_init_identify(ctrlr, SPDK_NVME_IDENTIFY_CTRLR_IOCS, 0, SPDK_NVME_CSI_KV);
}

int
nvme_init_kv_ctrlr_check(struct spdk_nvme_ctrlr *ctrlr)
{
	if (nvme_init_command_failed(ctrlr)) {
		return INIT_NEXT;
	}
	return nvme_init_keep_copy(ctrlr, &ctrlr->cdata_kv);
}

int
nvme_init_zns_effects(struct spdk_nvme_ctrlr *ctrlr)
{
	struct nvme_admin_command command;

	if (ctrlr->cdata_zns == NULL || !ctrlr->cdata.lpa.cses) {
		return INIT_NEXT;
	}
	nvme_init_build_log_page(ctrlr, &command, SPDK_NVME_LOG_COMMAND_EFFECTS_LOG, 0,
				 sizeof(struct spdk_nvme_cmds_and_effect_log_page));
	/* The command set whose effects are meant. */
	command.cmd.cdw14 = (uint32_t)SPDK_NVME_CSI_ZNS << 24;
	return nvme_init_submit(ctrlr, &command);
}

int
nvme_init_zns_effects_check(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc;

	if (nvme_init_command_failed(ctrlr)) {
		return INIT_NEXT;
	}
	rc = nvme_init_keep_copy(ctrlr, &ctrlr->zns_effects);
	if (rc == INIT_NEXT &&
	    ctrlr->zns_effects->io_cmds_supported[SPDK_NVME_OPC_ZONE_APPEND].csupp) {
		ctrlr->flags |= SPDK_NVME_CTRLR_ZONE_APPEND_SUPPORTED;
	}
	return rc;
}
