/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registers: the state machine of fake_internal.h. They are memory, so that a write is seen when a
 * step compares what is there with what was there before; two writes between two steps look like
 * one.
 */
#include "io/nvme/fake/fake_internal.h"

#define OFFSET_OF(name) ((uint32_t)offsetof(struct spdk_nvme_registers, name))
#define CC_RESERVED     0xff00000eu
#define AQA_RESERVED    0xf000f000u

void
fake_set_csts(struct fake *fake)
{
	fake_write_4(fake, OFFSET_OF(csts), fake->csts.raw);
}

void
fake_registers_init(struct fake *fake)
{
	const struct fake_opts *opts = &fake->opts;

	fake->cap.bits.mqes = opts->queue_entries_max - 1;
	fake->cap.bits.cqr = 1;
	fake->cap.bits.ams = opts->has_wrr ? SPDK_NVME_CAP_AMS_WRR : 0;
	fake->cap.bits.to = opts->timeout;
	fake->cap.bits.dstrd = opts->doorbell_stride;
	fake->cap.bits.nssrs = opts->has_subsystem_reset;
	fake->cap.bits.css = SPDK_NVME_CAP_CSS_NVM | SPDK_NVME_CAP_CSS_IOCS;
	fake->cap.bits.bps = opts->boot_partition_units != 0;
	fake->cap.bits.cmbs = opts->cmb_mib != 0;
	fake->cap.bits.pmrs = opts->pmr_mib != 0;
	fake->cap.bits.mpsmin = opts->mps_min;
	fake->cap.bits.mpsmax = opts->mps_max;
	fake_write_8(fake, OFFSET_OF(cap), fake->cap.raw);
	fake_write_4(fake, OFFSET_OF(vs), opts->version);
	fake_set_csts(fake);
}

/* Commands and queues are gone; features and what waits for the host as after power on. */
void
fake_reset(struct fake *fake)
{
	for (uint32_t i = 0; i < FAKE_QUEUES_MAX; i++) {
		if (fake->sq[i].exists) {
			fake_sq_delete(fake, &fake->sq[i]);
		}
	}
	for (uint32_t i = 0; i < FAKE_QUEUES_MAX; i++) {
		if (fake->cq[i].exists) {
			fake_cq_delete(fake, &fake->cq[i]);
		}
	}
	fake_events_reset(fake);
	fake_features_reset(fake);
	fake_firmware_discard(fake);
	fake->shadow = NULL;
	fake->event_index = NULL;
	fake->is_fatal = false;
	fake->is_stopped = false;
	fake->is_shut_down = false;
	fake->shutdown_step = 0;
	fake->queues_are_set = false;
	fake->csts.bits.cfs = 0;
	fake->csts.bits.shst = SPDK_NVME_SHST_NORMAL;
	if (fake->firmware_next != 0) {
		fake->firmware_active = fake->firmware_next;
		fake->firmware_next = 0;
	}
}

static void
judge_enable(struct fake *fake, union spdk_nvme_cc_register cc)
{
	const union spdk_nvme_aqa_register aqa = {.raw = fake->aqa};
	uint32_t css = fake->cap.bits.css;

	if (fake->csts.bits.rdy) {
		fake_violation(fake, FAKE_RULE_REGISTER, "CC.EN set while CSTS.RDY is still 1");
	}
	if (cc.bits.mps < fake->opts.mps_min || cc.bits.mps > fake->opts.mps_max) {
		fake_violation(fake, FAKE_RULE_REGISTER, "CC.MPS is %u, not of %u to %u",
			       cc.bits.mps, fake->opts.mps_min, fake->opts.mps_max);
	}
	if (!(css & 1u << cc.bits.css)) {
		fake_violation(fake, FAKE_RULE_REGISTER, "CC.CSS is %u, CAP.CSS is 0x%x",
			       cc.bits.css, css);
	}
	if (cc.bits.ams != SPDK_NVME_CC_AMS_RR &&
	    !(cc.bits.ams == SPDK_NVME_CC_AMS_WRR && fake->opts.has_wrr)) {
		fake_violation(fake, FAKE_RULE_REGISTER, "CC.AMS is %u", cc.bits.ams);
	}
	if (cc.bits.shn != 0) {
		fake_violation(fake, FAKE_RULE_REGISTER, "CC.SHN is %u as CC.EN is set",
			       cc.bits.shn);
	}
	if (aqa.bits.asqs == 0 || aqa.bits.acqs == 0 || fake->aqa & AQA_RESERVED) {
		fake_violation(fake, FAKE_RULE_REGISTER, "AQA is 0x%x", fake->aqa);
	}
	if (fake->asq == 0 || fake->asq % FAKE_PAGE_SIZE != 0 || fake->acq == 0 ||
	    fake->acq % FAKE_PAGE_SIZE != 0) {
		fake_violation(fake, FAKE_RULE_REGISTER, "ASQ is 0x%" PRIx64 ", ACQ 0x%" PRIx64,
			       fake->asq, fake->acq);
	}
}

static void
enable(struct fake *fake, union spdk_nvme_cc_register cc)
{
	fake->aqa = fake_read_4(fake, OFFSET_OF(aqa));
	fake->asq = fake_read_8(fake, OFFSET_OF(asq));
	fake->acq = fake_read_8(fake, OFFSET_OF(acq));
	judge_enable(fake, cc);
	fake->state = FAKE_ENABLING;
	fake->due_step = fake->step + fake->opts.ready_steps;
	if (fake_faults_at(fake, FAKE_AT_ENABLE)) {
		fake->due_step = FAKE_STEP_NEVER;
		fake->ready_is_stuck = true;
	}
}

static void
disable(struct fake *fake)
{
	if (fake->state == FAKE_ENABLING && !fake->ready_is_stuck && !fake->is_fatal) {
		fake_violation(fake, FAKE_RULE_REGISTER, "CC.EN cleared before CSTS.RDY was 1");
	}
	fake->stats.resets++;
	fake_reset(fake);
	fake_set_csts(fake);
	fake->ready_is_stuck = false;
	fake->state = FAKE_DISABLING;
	fake->due_step = fake->step + fake->opts.ready_steps;
	if (fake_faults_at(fake, FAKE_AT_DISABLE)) {
		fake->due_step = FAKE_STEP_NEVER;
		fake->ready_is_stuck = true;
	}
}

static void
shut_down(struct fake *fake)
{
	fake->stats.shutdowns++;
	fake->is_shut_down = true;
	fake->csts.bits.shst = SPDK_NVME_SHST_OCCURRING;
	fake_set_csts(fake);
	fake->shutdown_step = fake->step + fake->opts.ready_steps;
	if (fake_faults_at(fake, FAKE_AT_SHUTDOWN)) {
		fake->shutdown_step = FAKE_STEP_NEVER;
	}
}

static void
become_ready(struct fake *fake)
{
	const union spdk_nvme_aqa_register aqa = {.raw = fake->aqa};
	const struct fake_new_queue cq = {
		.size = aqa.bits.acqs + 1u, .base = fake->acq, .interrupts = true};
	const struct fake_new_queue sq = {.size = aqa.bits.asqs + 1u, .base = fake->asq};

	fake_doorbells_reset(fake);
	fake->state = FAKE_READY;
	if (fake_cq_create(fake, &cq) != 0 || fake_sq_create(fake, &sq) != 0) {
		fake->is_fatal = true;
		fake->csts.bits.cfs = 1;
	}
	fake->csts.bits.rdy = 1;
	fake_set_csts(fake);
}

static uint32_t
step_state(struct fake *fake)
{
	if (fake->shutdown_step != 0 && fake->step >= fake->shutdown_step) {
		fake->shutdown_step = 0;
		fake->csts.bits.shst = SPDK_NVME_SHST_COMPLETE;
		fake_set_csts(fake);
		return 1;
	}
	if (fake->step < fake->due_step || fake->due_step == FAKE_STEP_NEVER) {
		return 0;
	}
	if (fake->state == FAKE_ENABLING) {
		become_ready(fake);
		return 1;
	}
	if (fake->state == FAKE_DISABLING) {
		fake->state = FAKE_DISABLED;
		fake->csts.bits.rdy = 0;
		fake_set_csts(fake);
		return 1;
	}
	return 0;
}

static uint32_t
step_cc(struct fake *fake)
{
	union spdk_nvme_cc_register cc = {.raw = fake_read_4(fake, OFFSET_OF(cc))};
	union spdk_nvme_cc_register old = fake->cc;

	if (cc.raw == old.raw) {
		return 0;
	}
	if (cc.raw & CC_RESERVED) {
		fake_violation(fake, FAKE_RULE_REGISTER, "CC is 0x%x, with reserved bits", cc.raw);
	}
	if (old.bits.en && cc.bits.en &&
	    (cc.bits.mps != old.bits.mps || cc.bits.css != old.bits.css ||
	     cc.bits.ams != old.bits.ams)) {
		fake_violation(fake, FAKE_RULE_REGISTER,
			       "CC changed from 0x%x to 0x%x while enabled", old.raw, cc.raw);
	}
	fake->cc = cc;
	if (!old.bits.en && cc.bits.en) {
		enable(fake, cc);
	} else if (old.bits.en && !cc.bits.en) {
		disable(fake);
	}
	if (cc.bits.shn != 0 && cc.bits.shn != old.bits.shn) {
		/* What was rung before it came before it. */
		if (fake->state == FAKE_READY && fake->cc.bits.en) {
			(void)fake_step_doorbells(fake); /* It all counts as one. */
		}
		shut_down(fake);
	}
	return 1;
}

/* The subsystem has one controller: this one, which is as after power on, but that it tells. */
static uint32_t
step_subsystem_reset(struct fake *fake)
{
	uint32_t value = fake_read_4(fake, OFFSET_OF(nssr));

	if (value == 0) {
		return 0;
	}
	/* It reads as 0, so that each write is seen. Other values do nothing. */
	fake_write_4(fake, OFFSET_OF(nssr), 0);
	if (!fake->cap.bits.nssrs) {
		fake_violation(fake, FAKE_RULE_REGISTER, "NSSR was written, and CAP.NSSRS is 0");
	} else if (value == SPDK_NVME_NSSR_VALUE) {
		fake->stats.subsystem_resets++;
		fake_reset(fake);
		fake->cc.raw = 0;
		fake_write_4(fake, OFFSET_OF(cc), 0);
		fake_write_4(fake, OFFSET_OF(aqa), 0);
		fake_write_8(fake, OFFSET_OF(asq), 0);
		fake_write_8(fake, OFFSET_OF(acq), 0);
		fake->state = FAKE_DISABLED;
		fake->ready_is_stuck = false;
		fake->csts.bits.rdy = 0;
		fake->csts.bits.nssro = 1;
		fake_set_csts(fake);
	}
	return 1;
}

static void
judge_read_only(struct fake *fake)
{
	if (fake_read_8(fake, OFFSET_OF(cap)) != fake->cap.raw ||
	    fake_read_4(fake, OFFSET_OF(vs)) != fake->opts.version ||
	    fake_read_4(fake, OFFSET_OF(csts)) != fake->csts.raw) {
		fake_violation(fake, FAKE_RULE_REGISTER, "CAP, VS or CSTS was written");
		fake_write_8(fake, OFFSET_OF(cap), fake->cap.raw);
		fake_write_4(fake, OFFSET_OF(vs), fake->opts.version);
		fake_set_csts(fake);
	}
	if (fake->cc.bits.en && (fake_read_4(fake, OFFSET_OF(aqa)) != fake->aqa ||
				 fake_read_8(fake, OFFSET_OF(asq)) != fake->asq ||
				 fake_read_8(fake, OFFSET_OF(acq)) != fake->acq)) {
		fake_violation(fake, FAKE_RULE_REGISTER,
			       "AQA, ASQ or ACQ was written while CC.EN is 1");
		fake->aqa = fake_read_4(fake, OFFSET_OF(aqa));
		fake->asq = fake_read_8(fake, OFFSET_OF(asq));
		fake->acq = fake_read_8(fake, OFFSET_OF(acq));
	}
}

static void
step_interrupt_mask(struct fake *fake)
{
	uint32_t set = fake_read_4(fake, OFFSET_OF(intms));
	uint32_t clear = fake_read_4(fake, OFFSET_OF(intmc));

	/* They read as 0 here, so that each write is seen. */
	if (set != 0) {
		fake->interrupt_mask |= set;
		fake_write_4(fake, OFFSET_OF(intms), 0);
	}
	if (clear != 0) {
		fake->interrupt_mask &= ~clear;
		fake_write_4(fake, OFFSET_OF(intmc), 0);
	}
}

void
fake_pull(struct fake *fake)
{
	fake_reset(fake);
	fake->is_pulled = true;
	fake->state = FAKE_DISABLED;
	if (fake->pull_unmaps) {
		fake->is_unmapped = true;
		fake_bar_cut(fake->bar);
	} else {
		memset(fake->registers, 0xff, fake->bar_size);
	}
}

uint32_t
fake_step_registers(struct fake *fake)
{
	uint32_t done;

	if (fake->is_unmapped) {
		return 0;
	}
	if (fake->is_removed) {
		/* What the driver writes is lost. */
		memset(fake->registers, 0xff, fake->bar_size);
		return 0;
	}
	done = step_cc(fake);
	if (fake->is_removed) {
		return 1;
	}
	done += step_state(fake);
	if (!fake->opts.is_cheap) {
		done += step_subsystem_reset(fake);
		judge_read_only(fake);
		fake_step_memory(fake);
		step_interrupt_mask(fake);
		fake_step_boot(fake);
	}
	return done;
}
