/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The generic part of a controller: its beginning and end, and how it stops.
 *
 * Ways to stop, from the mildest
 *   failed     commands are refused until a reset works. What is under way stays there, since the
 *              device may still write into its buffers.
 *   quiesced   the device reads and writes no memory any more. Only now may requests be aborted
 *              that it had.
 *   removed    all registers read as ones, or the environment said so. There is no way back.
 */
#include "io/nvme/ctrlr.h"

#include "spdk/log.h"
#include "spdk/pci_ids.h"

#define QUIESCE_STEP_US    50
#define PCI_COMMAND        0x04
#define PCI_COMMAND_MASTER 0x0004
#define REGISTER(field)    offsetof(struct spdk_nvme_registers, field)
/* Requests for events stay in the queue; as many others must have room besides them. */
#define ADMIN_QUEUE_SIZE_MIN (2 * NVME_ASYNC_EVENTS_MAX)
#define ADMIN_QUEUE_SIZE_MAX SPDK_NVME_ADMIN_QUEUE_MAX_ENTRIES

static int
lock_create(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attr;
	int rc;

	rc = pthread_mutexattr_init(&attr);
	if (rc != 0) {
		return -rc;
	}
	(void)pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE); /* A valid type. */
	rc = pthread_mutex_init(lock, &attr);
	(void)pthread_mutexattr_destroy(&attr); /* Initialised above. */
	return -rc;
}

/* The length that the admin queues shall have, among those that are possible. */
static uint16_t
admin_queue_size(const struct spdk_nvme_ctrlr *ctrlr, uint16_t wanted)
{
	uint16_t size = spdk_min(spdk_max(wanted, ADMIN_QUEUE_SIZE_MIN), ADMIN_QUEUE_SIZE_MAX);

	if (size != wanted) {
		SPDK_WARNLOG("NVMe controller %s: its admin queue has %u entries instead of "
			     "admin_queue_size = %u: %u to %u are possible, since up to %u "
			     "requests for events are always in it.\n",
			     nvme_ctrlr_name(ctrlr), size, wanted, ADMIN_QUEUE_SIZE_MIN,
			     ADMIN_QUEUE_SIZE_MAX, NVME_ASYNC_EVENTS_MAX);
	}
	return size;
}

int
nvme_ctrlr_init(struct spdk_nvme_ctrlr *ctrlr, const struct spdk_nvme_transport_id *trid,
		const struct spdk_nvme_ctrlr_opts *opts)
{
	int rc;

	rc = lock_create(&ctrlr->lock);
	if (rc != 0) {
		return rc;
	}
	if (ctrlr->transport == NULL) {
		ctrlr->transport = nvme_transport_find(trid->trstring);
	}
	TAILQ_INIT(&ctrlr->io_qpairs);
	STAILQ_INIT(&ctrlr->deliveries);
	STAILQ_INIT(&ctrlr->queued_aborts);
	RB_INIT(&ctrlr->ns);
	ctrlr->trid = *trid;
	ctrlr->opts = *opts;
	ctrlr->opts.admin_queue_size = admin_queue_size(ctrlr, opts->admin_queue_size);
	ctrlr->numa_id = SPDK_ENV_NUMA_ID_ANY;
	/* Enough to identify a controller, which then says what it takes. */
	ctrlr->page_size = 4096;
	ctrlr->max_xfer_size = 4096;
	nvme_ctrlr_begin_init(ctrlr);
	return 0;
}

void
nvme_ctrlr_fini(struct spdk_nvme_ctrlr *ctrlr)
{
	nvme_ns_free_all(ctrlr);
	nvme_host_memory_destroy(ctrlr->host_memory);
	spdk_bit_array_free(&ctrlr->free_qids);
	free(ctrlr->init.ns_list);
	free(ctrlr->init.ana_page);
	spdk_free(ctrlr->shadow_memory);
	free(ctrlr->cdata_nvm);
	free(ctrlr->cdata_zns);
	free(ctrlr->cdata_kv);
	free(ctrlr->zns_effects);
	(void)pthread_mutex_destroy(&ctrlr->lock); /* Nobody holds it any more. */
}

void
nvme_ctrlr_fail(struct spdk_nvme_ctrlr *ctrlr)
{
	if (!__atomic_exchange_n(&ctrlr->is_failed, true, __ATOMIC_RELAXED)) {
		SPDK_ERRLOG("NVMe controller %s has failed: commands are refused until "
			    "spdk_nvme_ctrlr_reset() succeeds.\n",
			    nvme_ctrlr_name(ctrlr));
	}
}

void
nvme_ctrlr_mark_removed(struct spdk_nvme_ctrlr *ctrlr)
{
	if (!__atomic_exchange_n(&ctrlr->is_removed, true, __ATOMIC_RELAXED)) {
		__atomic_store_n(&ctrlr->is_failed, true, __ATOMIC_RELAXED);
		SPDK_ERRLOG("NVMe controller %s has been removed from the machine.\n",
			    nvme_ctrlr_name(ctrlr));
	}
}

int
nvme_ctrlr_read_csts(struct spdk_nvme_ctrlr *ctrlr, union spdk_nvme_csts_register *out_csts)
{
	return nvme_transport_read_4(ctrlr, REGISTER(csts), &out_csts->raw);
}

/* Whether CSTS.RDY is 0, or the device is not there to be asked. */
static bool
wait_not_ready(struct spdk_nvme_ctrlr *ctrlr)
{
	uint64_t deadline = nvme_deadline_ms(NVME_QUIESCE_MS);
	union spdk_nvme_csts_register csts;

	for (;;) {
		if (nvme_ctrlr_read_csts(ctrlr, &csts) != 0 || !csts.bits.rdy) {
			return true;
		}
		if (spdk_get_ticks() >= deadline) {
			return false;
		}
		spdk_delay_us(QUIESCE_STEP_US);
	}
}

static bool
stop(struct spdk_nvme_ctrlr *ctrlr)
{
	union spdk_nvme_cc_register cc;

	if (nvme_transport_read_4(ctrlr, REGISTER(cc), &cc.raw) != 0) {
		return true;
	}
	if (cc.bits.en) {
		cc.bits.en = 0;
		cc.bits.shn = 0;
		if (nvme_transport_write_4(ctrlr, REGISTER(cc), cc.raw) != 0) {
			return true;
		}
		if (ctrlr->quirks & NVME_QUIRK_DELAY_BEFORE_CHK_RDY) {
			spdk_delay_us(NVME_DELAY_BEFORE_CHK_RDY_MS * 1000);
		}
	}
	return wait_not_ready(ctrlr);
}

static void
set_bus_master(struct spdk_nvme_ctrlr *ctrlr, bool is_on)
{
	uint16_t command;

	if (ctrlr->pci_device == NULL ||
	    spdk_pci_device_cfg_read16(ctrlr->pci_device, &command, PCI_COMMAND) != 0) {
		return;
	}
	command = is_on ? command | PCI_COMMAND_MASTER : command & ~PCI_COMMAND_MASTER;
	if (spdk_pci_device_cfg_write16(ctrlr->pci_device, command, PCI_COMMAND) == 0) {
		ctrlr->is_bus_master_off = !is_on;
	}
}

void
nvme_ctrlr_quiesce(struct spdk_nvme_ctrlr *ctrlr)
{
	nvme_ctrlr_lock(ctrlr);
	if (!ctrlr->is_quiesced && !nvme_ctrlr_has_gone(ctrlr)) {
		if (!stop(ctrlr)) {
			SPDK_ERRLOG("NVMe controller %s does not stop (CSTS.RDY stays 1 for %d ms "
				    "after CC.EN = 0): it is cut off from memory.\n",
				    nvme_ctrlr_name(ctrlr), NVME_QUIESCE_MS);
			set_bus_master(ctrlr, false);
		}
		ctrlr->is_quiesced = true;
	}
	nvme_ctrlr_unlock(ctrlr);
}

void
nvme_ctrlr_unquiesce(struct spdk_nvme_ctrlr *ctrlr)
{
	if (ctrlr->is_bus_master_off) {
		set_bus_master(ctrlr, true);
	}
	ctrlr->is_quiesced = false;
}
