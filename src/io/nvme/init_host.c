/* SPDX-License-Identifier: BSD-3-Clause */
/* States of initialisation in which the host tells what it wants, gives, and is. */
#include "io/nvme/ctrlr_init.h"

#include "env/dma_address.h"
#include "spdk/log.h"

#define HOST_ID_SHORT 8
#define HOST_ID_LONG  16
#define SHADOW_ALIGN  4096

static bool
has_io_queues(const struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->cdata.cntrltype <= SPDK_NVME_CTRLR_IO &&
	       ctrlr->opts.command_set != SPDK_NVME_CC_CSS_NOIO && ctrlr->opts.num_io_queues > 0;
}

/*
 * Identifiers that queue pairs have had before a reset stay theirs, and those that the application
 * has taken stay taken until it gives them back.
 */
static int
make_queue_ids(struct spdk_nvme_ctrlr *ctrlr, uint32_t count)
{
	struct spdk_bit_array *before = ctrlr->free_qids;
	struct spdk_nvme_qpair *qpair;

	ctrlr->opts.num_io_queues = count;
	ctrlr->free_qids = spdk_bit_array_create(count + 1);
	if (ctrlr->free_qids == NULL) {
		spdk_bit_array_free(&before);
		return -ENOMEM;
	}
	for (uint32_t qid = 1; qid <= count; qid++) {
		if (before == NULL || qid >= spdk_bit_array_capacity(before) ||
		    spdk_bit_array_get(before, qid)) {
			(void)spdk_bit_array_set(ctrlr->free_qids, qid); /* Within the array. */
		}
	}
	spdk_bit_array_free(&before);
	TAILQ_FOREACH (qpair, &ctrlr->io_qpairs, ctrlr_link) {
		if (qpair->id <= count) {
			spdk_bit_array_clear(ctrlr->free_qids, qpair->id);
		}
	}
	return INIT_NEXT;
}

int
nvme_init_queues(struct spdk_nvme_ctrlr *ctrlr)
{
	union spdk_nvme_feat_number_of_queues number = {.raw = 0};

	if (!has_io_queues(ctrlr)) {
		return make_queue_ids(ctrlr, 0);
	}
	ctrlr->opts.num_io_queues =
		spdk_min(ctrlr->opts.num_io_queues, (uint32_t)SPDK_NVME_MAX_IO_QUEUES);
	number.bits.nsqr = ctrlr->opts.num_io_queues - 1;
	number.bits.ncqr = ctrlr->opts.num_io_queues - 1;
	return nvme_init_set_feature(ctrlr, SPDK_NVME_FEAT_NUMBER_OF_QUEUES, number.raw);
}

int
nvme_init_queues_check(struct spdk_nvme_ctrlr *ctrlr)
{
	union spdk_nvme_feat_number_of_queues number = {.raw = ctrlr->init.cpl.cdw0};
	uint32_t given;

	if (nvme_init_command_failed(ctrlr)) {
		SPDK_WARNLOG("NVMe controller %s gives no I/O queues (%s): only admin commands can "
			     "be used.\n",
			     nvme_ctrlr_name(ctrlr),
			     spdk_nvme_cpl_get_status_string(&ctrlr->init.cpl.status));
		return make_queue_ids(ctrlr, 0);
	}
	given = spdk_min(number.bits.nsqr, number.bits.ncqr) + 1u;
	return make_queue_ids(ctrlr, spdk_min(given, ctrlr->opts.num_io_queues));
}

int
nvme_init_arbitration(struct spdk_nvme_ctrlr *ctrlr)
{
	union spdk_nvme_feat_arbitration arbitration = {.raw = 0};

	if (ctrlr->opts.arb_mechanism != SPDK_NVME_CC_AMS_WRR) {
		return INIT_NEXT;
	}
	arbitration.bits.ab = ctrlr->opts.arbitration_burst;
	arbitration.bits.lpw = ctrlr->opts.low_priority_weight;
	arbitration.bits.mpw = ctrlr->opts.medium_priority_weight;
	arbitration.bits.hpw = ctrlr->opts.high_priority_weight;
	return nvme_init_set_feature(ctrlr, SPDK_NVME_FEAT_ARBITRATION, arbitration.raw);
}

int
nvme_init_arbitration_check(struct spdk_nvme_ctrlr *ctrlr)
{
	if (nvme_init_command_failed(ctrlr)) {
		SPDK_WARNLOG("NVMe controller %s does not take the weights of arbitration (%s).\n",
			     nvme_ctrlr_name(ctrlr),
			     spdk_nvme_cpl_get_status_string(&ctrlr->init.cpl.status));
	}
	return INIT_NEXT;
}

int
nvme_init_host_id(struct spdk_nvme_ctrlr *ctrlr)
{
	struct nvme_admin_command command = {.host_to_controller = true};

	if (ctrlr->cdata.ctratt.hids) {
		command.payload = ctrlr->opts.extended_host_id;
		command.payload_size = HOST_ID_LONG;
		command.cmd.cdw11_bits.feat_host_identifier.bits.exhid = 1;
	} else {
		command.payload = ctrlr->opts.host_id;
		command.payload_size = HOST_ID_SHORT;
	}
	/* Only those who reserve need to be told apart, and few others know the feature. */
	if (!ctrlr->cdata.oncs.reservs ||
	    spdk_mem_all_zero(command.payload, command.payload_size)) {
		return INIT_NEXT;
	}
	command.cmd.opc = SPDK_NVME_OPC_SET_FEATURES;
	command.cmd.cdw10_bits.set_features.fid = SPDK_NVME_FEAT_HOST_IDENTIFIER;
	return nvme_init_submit(ctrlr, &command);
}

int
nvme_init_host_id_check(struct spdk_nvme_ctrlr *ctrlr)
{
	if (nvme_init_command_failed(ctrlr)) {
		SPDK_WARNLOG("NVMe controller %s does not take the host identifier (%s).\n",
			     nvme_ctrlr_name(ctrlr),
			     spdk_nvme_cpl_get_status_string(&ctrlr->init.cpl.status));
	}
	return INIT_NEXT;
}

int
nvme_init_host_memory(struct spdk_nvme_ctrlr *ctrlr)
{
	struct nvme_admin_command command = {0};

	if (ctrlr->host_memory == NULL) {
		ctrlr->host_memory = nvme_host_memory_create(ctrlr);
	}
	if (ctrlr->host_memory == NULL) {
		return INIT_NEXT;
	}
	nvme_host_memory_build(ctrlr->host_memory, ctrlr, &command.cmd);
	return nvme_init_submit(ctrlr, &command);
}

int
nvme_init_host_memory_check(struct spdk_nvme_ctrlr *ctrlr)
{
	if (nvme_init_command_failed(ctrlr)) {
		SPDK_WARNLOG("NVMe controller %s does not take the host memory that it prefers to "
			     "have (%s).\n",
			     nvme_ctrlr_name(ctrlr),
			     spdk_nvme_cpl_get_status_string(&ctrlr->init.cpl.status));
		nvme_host_memory_destroy(ctrlr->host_memory);
		ctrlr->host_memory = NULL;
	}
	return INIT_NEXT;
}

/* Two pages, one after the other; false: there are none that the device can reach. */
static bool
has_shadow_memory(struct spdk_nvme_ctrlr *ctrlr, const struct env_dma *dma)
{
	size_t size = 2UL * ctrlr->page_size;

	if (ctrlr->shadow_memory == NULL) {
		ctrlr->shadow_memory =
			spdk_zmalloc(size, ctrlr->page_size, NULL, ctrlr->numa_id, SPDK_MALLOC_DMA);
	} else {
		memset(ctrlr->shadow_memory, 0, size);
	}
	return ctrlr->shadow_memory != NULL &&
	       env_dma_address(dma, ctrlr->shadow_memory) != ENV_DMA_ERROR;
}

int
nvme_init_shadow_doorbells(struct spdk_nvme_ctrlr *ctrlr)
{
	struct nvme_admin_command command = {0};
	const struct env_dma *dma;
	uint8_t *memory;

	ctrlr->shadow_doorbells = NULL;
	ctrlr->shadow_eventidx = NULL;
	if (!ctrlr->cdata.oacs.dbcs || ctrlr->pci_device == NULL) {
		return INIT_NEXT;
	}
	dma = env_dma_of_device(ctrlr->pci_device);
	if (!has_shadow_memory(ctrlr, dma)) {
		return INIT_NEXT;
	}
	memory = ctrlr->shadow_memory;
	command.is_raw = true;
	command.cmd.opc = SPDK_NVME_OPC_DOORBELL_BUFFER_CONFIG;
	command.cmd.dptr.prp.prp1 = env_dma_address(dma, memory);
	command.cmd.dptr.prp.prp2 = env_dma_address(dma, memory + ctrlr->page_size);
	return nvme_init_submit(ctrlr, &command);
}

int
nvme_init_shadow_doorbells_check(struct spdk_nvme_ctrlr *ctrlr)
{
	if (nvme_init_command_failed(ctrlr)) {
		SPDK_NOTICELOG("NVMe controller %s does not take shadow doorbells (%s).\n",
			       nvme_ctrlr_name(ctrlr),
			       spdk_nvme_cpl_get_status_string(&ctrlr->init.cpl.status));
		return INIT_NEXT;
	}
	ctrlr->shadow_doorbells = ctrlr->shadow_memory;
	ctrlr->shadow_eventidx = (uint32_t *)((uint8_t *)ctrlr->shadow_memory + ctrlr->page_size);
	return INIT_NEXT;
}

int
nvme_init_transport(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc;

	if (ctrlr->opts.enable_interrupts) {
		rc = nvme_transport_enable_interrupts(ctrlr);
		if (rc != 0 && rc != -ENOTSUP) {
			return nvme_init_fail(ctrlr, rc, "interrupts could not be enabled: %s",
					      spdk_strerror(-rc));
		}
		if (rc != 0) {
			SPDK_NOTICELOG("NVMe controller %s has no interrupts that could be "
				       "enabled (enable_interrupts): it has to be polled.\n",
				       nvme_ctrlr_name(ctrlr));
		}
		ctrlr->opts.enable_interrupts = rc == 0;
	}
	rc = nvme_transport_ready(ctrlr);
	return rc != 0 ? rc : INIT_NEXT;
}
