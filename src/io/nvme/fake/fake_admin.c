/* SPDX-License-Identifier: BSD-3-Clause */
/* Admin commands: which there are, those for queues, and the small ones. */
#include "io/nvme/fake/fake_internal.h"

static bool
queue_id_is_valid(const struct fake *fake, uint32_t id, uint32_t granted)
{
	uint32_t limit = fake->queues_are_set ? granted : fake->opts.io_queues;

	return id >= 1 && id <= limit && id <= fake->opts.io_queues;
}

/* Where a queue is, and how long. */
static uint16_t
check_queue(struct fake_command *command, struct fake_new_queue *queue, uint32_t entry_size)
{
	const struct spdk_nvme_cmd *cmd = &command->cmd;
	struct fake *fake = command->fake;
	uint32_t page = FAKE_PAGE_SIZE << fake->cc.bits.mps;

	queue->id = cmd->cdw10_bits.create_io_q.qid;
	queue->size = cmd->cdw10_bits.create_io_q.qsize + 1u;
	queue->base = cmd->dptr.prp.prp1;
	if (queue->size < 2 || queue->size > fake->opts.queue_entries_max) {
		return FAKE_SPECIFIC(INVALID_QUEUE_SIZE);
	}
	if (!cmd->cdw11_bits.create_io_sq.pc) {
		/* CAP.CQR. */
		return FAKE_GENERIC(INVALID_FIELD);
	}
	if (queue->base % page != 0 || queue->base == 0) {
		fake_violation(fake, FAKE_RULE_POINTER, "queue %u: it lies at 0x%" PRIx64,
			       queue->id, queue->base);
		return FAKE_GENERIC(INVALID_PRP_OFFSET);
	}
	if (entry_size == sizeof(*cmd) &&
	    fake_cmb_has(fake, queue->base, (uint64_t)queue->size * entry_size)) {
		return FAKE_NO_STATUS;
	}
	if (!fake_memory_is_known(fake, (void *)(uintptr_t)queue->base,
				  (uint64_t)queue->size * entry_size)) {
		fake_violation(fake, FAKE_RULE_MEMORY, "queue %u: it lies at 0x%" PRIx64, queue->id,
			       queue->base);
		return FAKE_GENERIC(DATA_TRANSFER_ERROR);
	}
	return FAKE_NO_STATUS;
}

static uint16_t
create_cq(struct fake_command *command)
{
	struct fake *fake = command->fake;
	const union spdk_nvme_cmd_cdw11 cdw11 = command->cmd.cdw11_bits;
	struct fake_new_queue queue = {
		.vector = cdw11.create_io_cq.iv,
		.interrupts = cdw11.create_io_cq.ien,
	};
	uint16_t status;

	if (fake->cc.bits.iocqes != 4) {
		fake_violation(fake, FAKE_RULE_REGISTER, "CC.IOCQES is %u as a queue is created",
			       fake->cc.bits.iocqes);
		return FAKE_SPECIFIC(INVALID_QUEUE_SIZE);
	}
	if (!queue_id_is_valid(fake, command->cmd.cdw10_bits.create_io_q.qid, fake->cq_granted) ||
	    fake->cq[command->cmd.cdw10_bits.create_io_q.qid].exists) {
		return FAKE_SPECIFIC(INVALID_QUEUE_IDENTIFIER);
	}
	status = check_queue(command, &queue, sizeof(struct spdk_nvme_cpl));
	if (status != FAKE_NO_STATUS) {
		return status;
	}
	if (queue.interrupts && queue.vector >= spdk_max(fake->opts.vectors, 1)) {
		return FAKE_SPECIFIC(INVALID_INTERRUPT_VECTOR);
	}
	return fake_cq_create(fake, &queue) == 0 ? FAKE_NO_STATUS :
						   FAKE_GENERIC(INTERNAL_DEVICE_ERROR);
}

static uint16_t
create_sq(struct fake_command *command)
{
	struct fake *fake = command->fake;
	const union spdk_nvme_cmd_cdw11 cdw11 = command->cmd.cdw11_bits;
	struct fake_new_queue queue = {.cqid = cdw11.create_io_sq.cqid};
	uint16_t status;

	if (fake->cc.bits.iosqes != 6) {
		fake_violation(fake, FAKE_RULE_REGISTER, "CC.IOSQES is %u as a queue is created",
			       fake->cc.bits.iosqes);
		return FAKE_SPECIFIC(INVALID_QUEUE_SIZE);
	}
	if (queue.cqid == 0 || queue.cqid > fake->opts.io_queues || !fake->cq[queue.cqid].exists) {
		return FAKE_SPECIFIC(COMPLETION_QUEUE_INVALID);
	}
	if (!queue_id_is_valid(fake, command->cmd.cdw10_bits.create_io_q.qid, fake->sq_granted) ||
	    fake->sq[command->cmd.cdw10_bits.create_io_q.qid].exists) {
		return FAKE_SPECIFIC(INVALID_QUEUE_IDENTIFIER);
	}
	if (cdw11.create_io_sq.qprio != 0 && fake->cc.bits.ams == SPDK_NVME_CC_AMS_RR) {
		fake_violation(fake, FAKE_RULE_COMMAND,
			       "queue %u has priority %u, without weighted round robin",
			       command->cmd.cdw10_bits.create_io_q.qid, cdw11.create_io_sq.qprio);
	}
	status = check_queue(command, &queue, sizeof(struct spdk_nvme_cmd));
	if (status != FAKE_NO_STATUS) {
		return status;
	}
	return fake_sq_create(fake, &queue) == 0 ? FAKE_NO_STATUS :
						   FAKE_GENERIC(INTERNAL_DEVICE_ERROR);
}

static uint16_t
delete_sq(struct fake_command *command)
{
	struct fake *fake = command->fake;
	uint32_t id = command->cmd.cdw10_bits.delete_io_q.qid;

	if (id == 0 || id > fake->opts.io_queues || !fake->sq[id].exists) {
		return FAKE_SPECIFIC(INVALID_QUEUE_IDENTIFIER);
	}
	fake_sq_abort(fake, &fake->sq[id]);
	fake_sq_delete(fake, &fake->sq[id]);
	return FAKE_NO_STATUS;
}

static uint16_t
delete_cq(struct fake_command *command)
{
	struct fake *fake = command->fake;
	uint32_t id = command->cmd.cdw10_bits.delete_io_q.qid;

	if (id == 0 || id > fake->opts.io_queues || !fake->cq[id].exists) {
		return FAKE_SPECIFIC(INVALID_QUEUE_IDENTIFIER);
	}
	if (fake->cq[id].users != 0) {
		return FAKE_SPECIFIC(INVALID_QUEUE_DELETION);
	}
	fake_cq_delete(fake, &fake->cq[id]);
	return FAKE_NO_STATUS;
}

/* Only what waits can be aborted; the rest is done before anyone could. */
static uint16_t
abort_command(struct fake_command *command)
{
	struct fake *fake = command->fake;
	struct fake_command *victim = fake_command_find(fake, command->cmd.cdw10_bits.abort.sqid,
							command->cmd.cdw10_bits.abort.cid);

	fake->stats.aborts++;
	command->cpl.cdw0 = 1;
	if (victim == NULL || victim->is_executed || victim == command) {
		return FAKE_NO_STATUS;
	}
	command->cpl.cdw0 = 0;
	if (victim->sq->id == 0 && victim->cmd.opc == SPDK_NVME_OPC_ASYNC_EVENT_REQUEST) {
		TAILQ_REMOVE(&fake->event_requests, victim, link);
		fake->event_request_count--;
	} else {
		TAILQ_REMOVE(&fake->pending, victim, link);
	}
	victim->faults = 0;
	fake_complete(victim, FAKE_GENERIC(ABORTED_BY_REQUEST));
	return FAKE_NO_STATUS;
}

static uint16_t
keep_alive(struct fake_command *command)
{
	command->fake->keep_alive_ticks = spdk_get_ticks();
	return FAKE_NO_STATUS;
}

static uint16_t
doorbell_buffer_config(struct fake_command *command)
{
	uint64_t shadow = command->cmd.dptr.prp.prp1, index = command->cmd.dptr.prp.prp2;
	struct fake *fake = command->fake;
	uint32_t page = FAKE_PAGE_SIZE << fake->cc.bits.mps;

	if (!fake->opts.has_shadow_doorbells) {
		return FAKE_GENERIC(INVALID_OPCODE);
	}
	if (shadow == 0 || index == 0 || shadow % page != 0 || index % page != 0 ||
	    !fake_memory_is_known(fake, (void *)(uintptr_t)shadow, page) ||
	    !fake_memory_is_known(fake, (void *)(uintptr_t)index, page)) {
		fake_violation(fake, FAKE_RULE_POINTER,
			       "doorbell buffers at 0x%" PRIx64 " and 0x%" PRIx64, shadow, index);
		return FAKE_GENERIC(INVALID_FIELD);
	}
	fake->sleeps = false;
	fake->shadow = (uint32_t *)(uintptr_t)shadow;
	fake->event_index = (uint32_t *)(uintptr_t)index;
	return FAKE_NO_STATUS;
}

uint16_t
fake_execute_admin(struct fake_command *command)
{
	switch (command->cmd.opc) {
	case SPDK_NVME_OPC_DELETE_IO_SQ:
		return delete_sq(command);
	case SPDK_NVME_OPC_CREATE_IO_SQ:
		return create_sq(command);
	case SPDK_NVME_OPC_GET_LOG_PAGE:
		return fake_get_log_page(command);
	case SPDK_NVME_OPC_DELETE_IO_CQ:
		return delete_cq(command);
	case SPDK_NVME_OPC_CREATE_IO_CQ:
		return create_cq(command);
	case SPDK_NVME_OPC_IDENTIFY:
		return fake_identify(command);
	case SPDK_NVME_OPC_ABORT:
		return abort_command(command);
	case SPDK_NVME_OPC_SET_FEATURES:
		return fake_set_features(command);
	case SPDK_NVME_OPC_GET_FEATURES:
		return fake_get_features(command);
	case SPDK_NVME_OPC_ASYNC_EVENT_REQUEST:
		return fake_event_request(command);
	case SPDK_NVME_OPC_KEEP_ALIVE:
		return keep_alive(command);
	case SPDK_NVME_OPC_DOORBELL_BUFFER_CONFIG:
		return doorbell_buffer_config(command);
	default:
		return fake_execute_manage(command);
	}
}
