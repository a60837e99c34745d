/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/Os that are tried again.
 *
 * Which. An error with the bit 'do not retry' is final; so are those that would be the same again:
 * aborted by request, a comparison that failed, protection information that does not match, fused
 * commands. An I/O whose queue pair was dropped under it (a reset) is tried again if doing it twice
 * is no different from once; others end. Of all, bdev_retry_count times at most.
 *
 * When. After the delay that the controller asks for with the error (CRD), at once if it asks for
 * none, and when the controller is back if it was reset.
 */
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "nvme_disk.h"
#include "nvme_io.h"
#include "nvme_link.h"
#include "spdk/env.h"
#include "spdk/likely.h"

/* CRDT1 to CRDT3 count so. */
#define CRDT_UNIT_US 100000u
#define SECOND_US    1000000u

static int retry_due(void *arg);

/* ---- Whether ---- */

static bool
is_final(const struct spdk_nvme_status *status)
{
	if (status->dnr) {
		return true;
	}
	switch (status->sct) {
	case SPDK_NVME_SCT_GENERIC:
		return status->sc == SPDK_NVME_SC_ABORTED_BY_REQUEST ||
		       status->sc == SPDK_NVME_SC_ABORTED_FAILED_FUSED ||
		       status->sc == SPDK_NVME_SC_ABORTED_MISSING_FUSED;
	case SPDK_NVME_SCT_MEDIA_ERROR:
		return status->sc >= SPDK_NVME_SC_GUARD_CHECK_ERROR &&
		       status->sc <= SPDK_NVME_SC_COMPARE_FAILURE;
	default:
		return false;
	}
}

static bool
was_dropped(const struct spdk_nvme_status *status)
{
	return status->sct == SPDK_NVME_SCT_PATH ||
	       (status->sct == SPDK_NVME_SCT_GENERIC &&
		status->sc == SPDK_NVME_SC_ABORTED_SQ_DELETION);
}

/* The controller may have carried it out before its queue pair was dropped. */
static bool
may_be_done_twice(const struct spdk_bdev_io *io)
{
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
	case SPDK_BDEV_IO_TYPE_WRITE:
	case SPDK_BDEV_IO_TYPE_UNMAP:
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
	case SPDK_BDEV_IO_TYPE_WRITE_UNCORRECTABLE:
	case SPDK_BDEV_IO_TYPE_FLUSH:
	case SPDK_BDEV_IO_TYPE_COMPARE:
	case SPDK_BDEV_IO_TYPE_COPY:
	case SPDK_BDEV_IO_TYPE_GET_ZONE_INFO:
		/* Zones are written once, at their write pointer. */
		return !io->bdev->zoned || io->type == SPDK_BDEV_IO_TYPE_READ ||
		       io->type == SPDK_BDEV_IO_TYPE_FLUSH ||
		       io->type == SPDK_BDEV_IO_TYPE_GET_ZONE_INFO;
	default:
		return false;
	}
}

static bool
is_passthru(const struct spdk_bdev_io *io)
{
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_NVME_IO:
	case SPDK_BDEV_IO_TYPE_NVME_IO_MD:
	case SPDK_BDEV_IO_TYPE_NVME_IOV_MD:
	case SPDK_BDEV_IO_TYPE_NVME_ADMIN:
		return true;
	default:
		return false;
	}
}

static bool
has_retries_left(const struct nvme_io *nio)
{
	int32_t max = g_bdev_nvme_opts.bdev_retry_count;

	return max < 0 || nio->retries < (uint32_t)max;
}

static bool
is_wanted(struct nvme_io *nio, const struct spdk_nvme_status *status)
{
	const struct spdk_bdev_io *io = bdev_io_of(nio);

	/* Whoever sends commands of their own looks after their errors. */
	if (is_passthru(io) || is_final(status) || !has_retries_left(nio)) {
		return false;
	}
	if (!was_dropped(status)) {
		return io->type != SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE;
	}
	return may_be_done_twice(io) &&
	       __atomic_load_n(&nio->path->disk->resets, __ATOMIC_ACQUIRE) == 0;
}

/* ---- When ---- */

/* False: no memory; what there was stays, and serves those that it was for, again and again. */
static bool
arm(struct nvme_link *link)
{
	const struct nvme_io *first = TAILQ_FIRST(&link->retrying);
	uint64_t now = spdk_get_ticks(), delay_us = 0;
	struct spdk_poller *poller;

	if (first == NULL) {
		spdk_poller_unregister(&link->retry_poller);
		return true;
	}
	if (first->due > now) {
		delay_us = (first->due - now) * SECOND_US / spdk_get_ticks_hz() + 1;
	}
	poller = spdk_poller_register_named(retry_due, link, delay_us, "bdev_nvme_retry");
	if (poller == NULL) {
		return false;
	}
	spdk_poller_unregister(&link->retry_poller);
	link->retry_poller = poller;
	return true;
}

static void
insert(struct nvme_link *link, struct nvme_io *nio)
{
	struct nvme_io *before;

	nio->is_retrying = true;
	/* Those that come later are due later, as a rule. */
	TAILQ_FOREACH_REVERSE (before, &link->retrying, nvme_io_list, link) {
		if (before->due <= nio->due) {
			TAILQ_INSERT_AFTER(&link->retrying, before, nio, link);
			return;
		}
	}
	TAILQ_INSERT_HEAD(&link->retrying, nio, link);
}

static int
retry_due(void *arg)
{
	struct nvme_io_list due = TAILQ_HEAD_INITIALIZER(due);
	struct nvme_link *link = arg;
	struct nvme_io *nio;
	uint64_t now = spdk_get_ticks();

	/* Apart from submitting any, which may fail at once and wait again. */
	while ((nio = TAILQ_FIRST(&link->retrying)) != NULL && nio->due <= now) {
		TAILQ_REMOVE(&link->retrying, nio, link);
		nio->is_retrying = false;
		TAILQ_INSERT_TAIL(&link->waiting, nio, link);
		nio->is_waiting = true;
	}
	(void)arm(link); /* Without memory this poller comes again. */
	bdev_nvme_link_flush(link);
	return SPDK_POLLER_BUSY;
}

static uint64_t
delay_ticks(const struct nvme_io *nio, const struct spdk_nvme_status *status)
{
	const struct spdk_nvme_ctrlr_data *cdata;

	if (status->crd == 0) {
		return 0;
	}
	cdata = spdk_nvme_ctrlr_get_data(nio->path->disk->dev->ctrlr);
	return (uint64_t)cdata->crdt[status->crd - 1] * CRDT_UNIT_US * spdk_get_ticks_hz() /
	       SECOND_US;
}

void
bdev_nvme_wait(struct nvme_io *nio)
{
	struct nvme_link *link = nio->path->link;

	nio->is_waiting = true;
	TAILQ_INSERT_TAIL(&link->waiting, nio, link);
}

bool
bdev_nvme_retry_take(struct nvme_io *nio, const struct spdk_nvme_cpl *cpl)
{
	struct nvme_link *link = nio->path->link;

	if (link->mode == NVME_LINK_DOWN || !is_wanted(nio, &cpl->status)) {
		return false;
	}
	nio->retries++;
	if (link->mode == NVME_LINK_HELD) {
		bdev_nvme_wait(nio);
		return true;
	}
	nio->due = spdk_get_ticks() + delay_ticks(nio, &cpl->status);
	insert(link, nio);
	if (TAILQ_FIRST(&link->retrying) != nio) {
		return true;
	}
	if (spdk_unlikely(!arm(link))) {
		/* No memory for a timer: as it is. */
		(void)bdev_nvme_retry_remove(nio);
		return false;
	}
	return true;
}

/* ---- Taking back ---- */

bool
bdev_nvme_retry_remove(struct nvme_io *nio)
{
	struct nvme_link *link = nio->path->link;

	if (nio->is_waiting) {
		TAILQ_REMOVE(&link->waiting, nio, link);
	} else if (nio->is_retrying) {
		TAILQ_REMOVE(&link->retrying, nio, link);
	} else {
		return false;
	}
	nio->is_waiting = nio->is_retrying = false;
	return true;
}

void
bdev_nvme_retry_fail_all(struct nvme_link *link)
{
	struct nvme_io *nio;

	spdk_poller_unregister(&link->retry_poller);
	while ((nio = TAILQ_FIRST(&link->retrying)) != NULL) {
		(void)bdev_nvme_retry_remove(nio); /* It is there. */
		bdev_nvme_io_end_no_path(nio);
	}
}

static void
take_of(struct nvme_io_list *from, const struct nvme_disk *disk, struct nvme_io_list *to)
{
	struct nvme_io *nio, *next;

	TAILQ_FOREACH_SAFE (nio, from, link, next) {
		if (nio->path->disk == disk) {
			TAILQ_REMOVE(from, nio, link);
			nio->is_waiting = nio->is_retrying = false;
			TAILQ_INSERT_TAIL(to, nio, link);
		}
	}
}

void
bdev_nvme_retry_abort(struct nvme_link *link, const struct nvme_disk *disk)
{
	static const struct spdk_nvme_cpl aborted = {
		.status = {.sct = SPDK_NVME_SCT_GENERIC, .sc = SPDK_NVME_SC_ABORTED_BY_REQUEST}};
	struct nvme_io_list taken = TAILQ_HEAD_INITIALIZER(taken);
	struct nvme_io *nio;

	/* Apart from ending any, whose owner may submit more. */
	take_of(&link->waiting, disk, &taken);
	take_of(&link->retrying, disk, &taken);
	while ((nio = TAILQ_FIRST(&taken)) != NULL) {
		TAILQ_REMOVE(&taken, nio, link);
		bdev_nvme_io_end(nio, &aborted);
	}
}
