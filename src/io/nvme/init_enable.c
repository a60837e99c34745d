/* SPDX-License-Identifier: BSD-3-Clause */
/* States of initialisation that are about registers: from what was left there to CSTS.RDY = 1. */
#include "io/nvme/ctrlr_init.h"

#include "spdk/log.h"

#define REGISTER(field) offsetof(struct spdk_nvme_registers, field)
#define PAGE_SHIFT_MIN  12
/* Sizes of entries, as powers of two: 64 and 16 bytes. */
#define SQ_ENTRY_SHIFT 6
#define CQ_ENTRY_SHIFT 4

static int
read_failed(struct spdk_nvme_ctrlr *ctrlr, int rc)
{
	return nvme_init_fail(ctrlr, rc, "registers cannot be read: %s", spdk_strerror(-rc));
}

static void
take_ready_limit(struct spdk_nvme_ctrlr *ctrlr)
{
	union spdk_nvme_crto_register crto;
	uint32_t units = ctrlr->cap.bits.to;

	if (ctrlr->cap.bits.crwms && nvme_transport_read_4(ctrlr, REGISTER(crto), &crto.raw) == 0) {
		units = spdk_max(units, (uint32_t)crto.bits.crwmt);
	}
	ctrlr->ready_units = units == 0 ? 1 : units;
}

int
nvme_init_read_registers(struct spdk_nvme_ctrlr *ctrlr)
{
	uint32_t entries;
	int rc;

	rc = nvme_transport_read_8(ctrlr, REGISTER(cap), &ctrlr->cap.raw);
	if (rc == 0) {
		rc = nvme_transport_read_4(ctrlr, REGISTER(vs), &ctrlr->vs.raw);
	}
	if (rc != 0) {
		return read_failed(ctrlr, rc);
	}
	if (ctrlr->cap.bits.mpsmin > ctrlr->cap.bits.mpsmax || ctrlr->cap.bits.mqes == 0) {
		return nvme_init_fail(ctrlr, -EPROTO,
				      "CAP makes no sense: 0x%016" PRIx64
				      " (MPSMIN %u, MPSMAX %u, MQES %u)",
				      ctrlr->cap.raw, ctrlr->cap.bits.mpsmin,
				      ctrlr->cap.bits.mpsmax, ctrlr->cap.bits.mqes);
	}
	take_ready_limit(ctrlr);
	ctrlr->page_size = 1u << (PAGE_SHIFT_MIN + ctrlr->cap.bits.mpsmin);
	entries = ctrlr->cap.bits.mqes + 1u;
	ctrlr->opts.io_queue_size = spdk_min(ctrlr->opts.io_queue_size, entries);
	ctrlr->opts.io_queue_size =
		spdk_max(ctrlr->opts.io_queue_size, (uint32_t)SPDK_NVME_IO_QUEUE_MIN_ENTRIES);
	ctrlr->opts.io_queue_requests =
		spdk_max(ctrlr->opts.io_queue_requests, ctrlr->opts.io_queue_size);
	return INIT_NEXT;
}

int
nvme_init_connect_admin(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc = nvme_transport_connect_qpair(ctrlr->adminq);

	return rc != 0 ? rc : INIT_STAY;
}

int
nvme_init_connect_admin_check(struct spdk_nvme_ctrlr *ctrlr)
{
	switch (ctrlr->adminq->state) {
	case NVME_QPAIR_CONNECTING:
		return INIT_STAY;
	case NVME_QPAIR_CONNECTED:
	case NVME_QPAIR_ENABLED:
		return INIT_NEXT;
	default:
		return nvme_init_fail(ctrlr, -ENXIO, "it was disconnected again");
	}
}

int
nvme_init_check_shutdown(struct spdk_nvme_ctrlr *ctrlr)
{
	union spdk_nvme_csts_register csts;
	int rc = nvme_ctrlr_read_csts(ctrlr, &csts);

	if (rc != 0) {
		return read_failed(ctrlr, rc);
	}
	if (csts.bits.shst != SPDK_NVME_SHST_OCCURRING || csts.bits.cfs) {
		return INIT_NEXT;
	}
	return INIT_STAY;
}

int
nvme_init_check_enabled(struct spdk_nvme_ctrlr *ctrlr)
{
	union spdk_nvme_csts_register csts;
	union spdk_nvme_cc_register cc;
	int rc;

	rc = nvme_transport_read_4(ctrlr, REGISTER(cc), &cc.raw);
	if (rc == 0) {
		rc = nvme_ctrlr_read_csts(ctrlr, &csts);
	}
	if (rc != 0) {
		return read_failed(ctrlr, rc);
	}
	if (!cc.bits.en) {
		return nvme_init_goto(ctrlr, NVME_INIT_WAIT_DISABLED);
	}
	if (csts.bits.rdy || csts.bits.cfs) {
		return nvme_init_goto(ctrlr, NVME_INIT_DISABLE);
	}
	return INIT_NEXT;
}

int
nvme_init_wait_enabled(struct spdk_nvme_ctrlr *ctrlr)
{
	union spdk_nvme_csts_register csts;
	int rc = nvme_ctrlr_read_csts(ctrlr, &csts);

	if (rc != 0) {
		return read_failed(ctrlr, rc);
	}
	return csts.bits.rdy || csts.bits.cfs ? INIT_NEXT : INIT_STAY;
}

/* CC.EN has changed. */
static int
write_cc(struct spdk_nvme_ctrlr *ctrlr, union spdk_nvme_cc_register cc)
{
	int rc = nvme_transport_write_4(ctrlr, REGISTER(cc), cc.raw);

	if (rc != 0) {
		return rc;
	}
	if (ctrlr->quirks & NVME_QUIRK_DELAY_BEFORE_CHK_RDY) {
		nvme_init_sleep(ctrlr, NVME_DELAY_BEFORE_CHK_RDY_MS);
	}
	return INIT_NEXT;
}

int
nvme_init_disable(struct spdk_nvme_ctrlr *ctrlr)
{
	union spdk_nvme_cc_register cc;
	int rc;

	rc = nvme_transport_read_4(ctrlr, REGISTER(cc), &cc.raw);
	if (rc != 0) {
		return read_failed(ctrlr, rc);
	}
	cc.bits.en = 0;
	cc.bits.shn = 0;
	return write_cc(ctrlr, cc);
}

int
nvme_init_wait_disabled(struct spdk_nvme_ctrlr *ctrlr)
{
	union spdk_nvme_csts_register csts;
	int rc = nvme_ctrlr_read_csts(ctrlr, &csts);

	if (rc != 0) {
		return read_failed(ctrlr, rc);
	}
	if (csts.bits.rdy) {
		return INIT_STAY;
	}
	ctrlr->is_quiesced = true;
	return INIT_NEXT;
}

/* The command sets to use, or -errno. */
static int
choose_command_set(struct spdk_nvme_ctrlr *ctrlr)
{
	uint32_t possible = ctrlr->cap.bits.css;

	if (possible == 0) {
		/* Controllers of before 1.0e left it 0 and have the NVM command set. */
		possible = SPDK_NVME_CAP_CSS_NVM;
	}
	if (ctrlr->opts.command_set == NVME_COMMAND_SET_BEST) {
		if (possible & SPDK_NVME_CAP_CSS_IOCS) {
			ctrlr->opts.command_set = SPDK_NVME_CC_CSS_IOCS;
		} else if (possible & SPDK_NVME_CAP_CSS_NVM) {
			ctrlr->opts.command_set = SPDK_NVME_CC_CSS_NVM;
		} else {
			ctrlr->opts.command_set = SPDK_NVME_CC_CSS_NOIO;
		}
	}
	if (ctrlr->opts.command_set > SPDK_NVME_CC_CSS_NOIO ||
	    !(possible & (1u << ctrlr->opts.command_set))) {
		return nvme_init_fail(ctrlr, -EINVAL,
				      "it does not have the command set %u of the options (CAP.CSS "
				      "0x%x)",
				      (unsigned)ctrlr->opts.command_set, possible);
	}
	return 0;
}

static int
choose_arbitration(struct spdk_nvme_ctrlr *ctrlr)
{
	bool is_there;

	switch (ctrlr->opts.arb_mechanism) {
	case SPDK_NVME_CC_AMS_RR:
		is_there = true;
		break;
	case SPDK_NVME_CC_AMS_WRR:
		is_there = ctrlr->cap.bits.ams & SPDK_NVME_CAP_AMS_WRR;
		break;
	case SPDK_NVME_CC_AMS_VS:
		is_there = ctrlr->cap.bits.ams & SPDK_NVME_CAP_AMS_VS;
		break;
	default:
		is_there = false;
		break;
	}
	if (!is_there) {
		return nvme_init_fail(ctrlr, -EINVAL,
				      "it does not have the arbitration %u of the options (CAP.AMS "
				      "0x%x)",
				      (unsigned)ctrlr->opts.arb_mechanism, ctrlr->cap.bits.ams);
	}
	return 0;
}

int
nvme_init_enable(struct spdk_nvme_ctrlr *ctrlr)
{
	union spdk_nvme_cc_register cc = {.raw = 0};
	int rc;

	rc = choose_command_set(ctrlr);
	if (rc == 0) {
		rc = choose_arbitration(ctrlr);
	}
	if (rc != 0) {
		return rc;
	}
	nvme_ctrlr_unquiesce(ctrlr);
	rc = nvme_transport_enable(ctrlr);
	if (rc != 0) {
		return nvme_init_fail(ctrlr, rc, "the admin queue could not be set up: %s",
				      spdk_strerror(-rc));
	}
	cc.bits.en = 1;
	cc.bits.css = ctrlr->opts.command_set;
	cc.bits.ams = ctrlr->opts.arb_mechanism;
	cc.bits.mps = ctrlr->cap.bits.mpsmin;
	cc.bits.iosqes = SQ_ENTRY_SHIFT;
	cc.bits.iocqes = CQ_ENTRY_SHIFT;
	return write_cc(ctrlr, cc);
}

int
nvme_init_wait_ready(struct spdk_nvme_ctrlr *ctrlr)
{
	union spdk_nvme_csts_register csts;
	int rc = nvme_ctrlr_read_csts(ctrlr, &csts);

	if (rc != 0) {
		return read_failed(ctrlr, rc);
	}
	if (csts.bits.cfs) {
		return nvme_init_fail(ctrlr, -EIO,
				      "the controller reports a fatal error (CSTS.CFS)");
	}
	return csts.bits.rdy ? INIT_NEXT : INIT_STAY;
}
