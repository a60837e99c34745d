/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Waiting for admin commands.
 *
 * W1  When a wait is over, nothing of the call is under way: its variables may go. So a command
 * that takes too long costs the controller: the device is stopped, and the admin queue aborted.
 */
#include "io/nvme/ctrlr.h"

#include "env/env_internal.h"
#include "spdk/log.h"

/* Most commands are done within these. */
#define REST_PAUSES   32
#define REST_YIELD_US 1000
#define REST_SLEEP_US 100
/* How often a wait looks at the controller, which may complete nothing any more. */
#define LOOK_MS 10

uint64_t
nvme_deadline_ms(uint64_t ms)
{
	if (ms == 0) {
		return NVME_INIT_NEVER;
	}
	return spdk_get_ticks() + ms * spdk_get_ticks_hz() / 1000;
}

void
nvme_rest(struct nvme_rest *rest)
{
	uint64_t now;

	if (rest->count < REST_PAUSES) {
		rest->count++;
		spdk_pause();
		return;
	}
	now = spdk_get_ticks();
	if (rest->sleep_from == 0) {
		rest->sleep_from = now + REST_YIELD_US * spdk_get_ticks_hz() / SPDK_SEC_TO_USEC;
	}
	if (now < rest->sleep_from) {
		env_yield();
	} else {
		env_sleep_us(REST_SLEEP_US);
	}
}

void
nvme_wait_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct nvme_wait *wait = arg;

	wait->cpl = *cpl;
	wait->is_done = true;
}

/* Ends all that the admin queue has; the wait's command too. */
static void
give_up(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_wait *wait)
{
	nvme_ctrlr_lock(ctrlr);
	if (!wait->is_done) {
		nvme_ctrlr_fail(ctrlr);
		nvme_ctrlr_disconnect_admin(ctrlr);
	}
	nvme_ctrlr_unlock(ctrlr);
	assert(wait->is_done);
}

int
nvme_ctrlr_poll_admin(struct spdk_nvme_ctrlr *ctrlr, uint64_t *look_next)
{
	int32_t rc = spdk_nvme_qpair_process_completions(ctrlr->adminq, 0);

	/* Who resets the controller looks at it himself. */
	if (rc < 0 || ctrlr->is_resetting || spdk_get_ticks() < *look_next) {
		return rc < 0 ? rc : 0;
	}
	*look_next = nvme_deadline_ms(LOOK_MS);
	return nvme_ctrlr_check_health(ctrlr);
}

static int
result(const struct nvme_wait *wait)
{
	if (spdk_nvme_cpl_is_success(&wait->cpl)) {
		return 0;
	}
	return spdk_nvme_cpl_is_aborted_sq_deletion(&wait->cpl) ? -ENXIO : -EIO;
}

int
nvme_wait_for(struct spdk_nvme_ctrlr *ctrlr, struct nvme_wait *wait)
{
	uint64_t deadline = nvme_deadline_ms(ctrlr->opts.admin_timeout_ms);
	uint64_t look_next = nvme_deadline_ms(LOOK_MS);
	struct nvme_rest rest = {0};
	bool is_done;
	int rc;

	for (;; nvme_rest(&rest)) {
		nvme_ctrlr_lock(ctrlr);
		rc = wait->is_done ? 0 : nvme_ctrlr_poll_admin(ctrlr, &look_next);
		/* Whoever polls the admin queue may end the wait, under the lock. */
		is_done = wait->is_done;
		nvme_ctrlr_unlock(ctrlr);
		if (is_done) {
			return result(wait);
		}
		if (rc < 0) {
			give_up(ctrlr, wait);
			return -ENXIO;
		}
		if (spdk_get_ticks() >= deadline) {
			SPDK_ERRLOG("NVMe controller %s: an admin command has not completed within "
				    "%u ms.\n",
				    nvme_ctrlr_name(ctrlr), ctrlr->opts.admin_timeout_ms);
			give_up(ctrlr, wait);
			return -ETIMEDOUT;
		}
	}
}
