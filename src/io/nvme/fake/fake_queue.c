/* SPDX-License-Identifier: BSD-3-Clause */
/* Queues: doorbells, the way of a command from its submission queue to its completion. */
#include "io/nvme/fake/fake_internal.h"

static volatile uint32_t *
doorbell_of(struct fake *fake, uint32_t id, bool is_completion)
{
	size_t stride = (size_t)SPDK_NVME_DOORBELL_REGISTER_SIZE << fake->opts.doorbell_stride;

	return (volatile uint32_t *)(fake->registers + FAKE_DOORBELL_OFFSET +
				     (2 * id + is_completion) * stride);
}

static uint32_t *
shadow_of(uint32_t *buffer, const struct fake *fake, uint32_t id, bool is_completion)
{
	size_t stride = (size_t)SPDK_NVME_DOORBELL_REGISTER_SIZE << fake->opts.doorbell_stride;

	return (uint32_t *)((uint8_t *)buffer + (2 * id + is_completion) * stride);
}

/* Where the host tells how far it is: the shadow, if there is one, for I/O queues. */
static uint32_t
read_doorbell(struct fake *fake, uint32_t id, bool is_completion)
{
	if (fake->shadow == NULL || id == 0) {
		return __atomic_load_n(doorbell_of(fake, id, is_completion), __ATOMIC_ACQUIRE);
	}
	return fake_dma_load_4(shadow_of(fake->shadow, fake, id, is_completion));
}

/* Entries from `from` up to `to`, the way round. */
static uint32_t
distance(uint32_t from, uint32_t to, uint32_t size)
{
	return to >= from ? to - from : to + size - from;
}

static bool
cq_has_room(const struct fake_cq *cq)
{
	return distance(cq->head, cq->tail, cq->size) + 1 < cq->size;
}

static uint16_t
status_of(const struct spdk_nvme_status *status)
{
	return FAKE_SC(status->sct, status->sc) | FAKE_CRD(status->crd) |
	       (status->dnr ? FAKE_DNR : 0);
}

int
fake_cq_create(struct fake *fake, const struct fake_new_queue *queue)
{
	struct fake_cq *cq = &fake->cq[queue->id];

	memset(cq, 0, sizeof(*cq));
	cq->id = queue->id;
	cq->size = queue->size;
	cq->base = (uint8_t *)(uintptr_t)queue->base;
	cq->vector = queue->vector;
	cq->interrupts = queue->interrupts;
	cq->phase = true;
	cq->exists = true;
	cq->doorbell = doorbell_of(fake, queue->id, true);
	__atomic_store_n(cq->doorbell, 0, __ATOMIC_RELEASE);
	fake->stats.io_completion_queues += queue->id != 0;
	return 0;
}

int
fake_sq_create(struct fake *fake, const struct fake_new_queue *queue)
{
	struct fake_sq *sq = &fake->sq[queue->id];

	memset(sq, 0, sizeof(*sq));
	sq->in_flight = calloc(1, UINT16_MAX + 1);
	if (sq->in_flight == NULL) {
		return -ENOMEM;
	}
	sq->id = queue->id;
	sq->size = queue->size;
	sq->base = (uint8_t *)(uintptr_t)queue->base;
	sq->cq = &fake->cq[queue->cqid];
	sq->cq->users++;
	sq->exists = true;
	sq->doorbell = doorbell_of(fake, queue->id, false);
	__atomic_store_n(sq->doorbell, 0, __ATOMIC_RELEASE);
	fake->stats.io_submission_queues += queue->id != 0;
	return 0;
}

static void
drop_commands(struct fake *fake, struct fake_commands *list, struct fake_sq *sq)
{
	struct fake_command *command, *next;

	TAILQ_FOREACH_SAFE (command, list, link, next) {
		if (command->sq == sq) {
			TAILQ_REMOVE(list, command, link);
			fake_command_free(command);
		}
	}
}

/* Some controllers tell of each command that goes with its queue, some do not: by chance. */
void
fake_sq_abort(struct fake *fake, struct fake_sq *sq)
{
	struct fake_command *command, *next;

	TAILQ_FOREACH_SAFE (command, &fake->pending, link, next) {
		if (command->sq == sq && cq_has_room(sq->cq) && fake_random(fake, 2) != 0) {
			TAILQ_REMOVE(&fake->pending, command, link);
			command->faults = 0;
			fake_complete(command, command->is_executed ?
						       status_of(&command->cpl.status) :
						       FAKE_GENERIC(ABORTED_SQ_DELETION));
		}
	}
}

/* What is not completed yet is dropped: the host takes it for aborted. */
void
fake_sq_delete(struct fake *fake, struct fake_sq *sq)
{
	drop_commands(fake, &fake->pending, sq);
	drop_commands(fake, &fake->event_requests, sq);
	if (sq->first_half != NULL) {
		fake_command_free(sq->first_half);
	}
	fake->event_request_count = sq->id == 0 ? 0 : fake->event_request_count;
	__atomic_store_n(sq->doorbell, 0, __ATOMIC_RELEASE);
	free(sq->in_flight);
	fake->stats.io_submission_queues -= sq->id != 0;
	sq->cq->users--;
	memset(sq, 0, sizeof(*sq));
}

void
fake_cq_delete(struct fake *fake, struct fake_cq *cq)
{
	__atomic_store_n(cq->doorbell, 0, __ATOMIC_RELEASE);
	fake->stats.io_completion_queues -= cq->id != 0;
	memset(cq, 0, sizeof(*cq));
}

static struct fake_command *
command_get(struct fake *fake)
{
	struct fake_command *command = TAILQ_FIRST(&fake->free_commands);

	if (command != NULL) {
		TAILQ_REMOVE(&fake->free_commands, command, link);
	} else {
		command = malloc(sizeof(*command));
	}
	if (command == NULL) {
		abort();
	}
	memset(command, 0, sizeof(*command));
	command->fake = fake;
	fake->pending_count++;
	return command;
}

void
fake_command_free(struct fake_command *command)
{
	struct fake *fake = command->fake;

	if (command->first_half != NULL) {
		fake_command_free(command->first_half);
	}
	command->sq->in_flight[command->cmd.cid] = 0;
	command->sq->outstanding--;
	fake->pending_count--;
	TAILQ_INSERT_HEAD(&fake->free_commands, command, link);
}

struct fake_command *
fake_command_find(struct fake *fake, uint16_t sqid, uint16_t cid)
{
	struct fake_command *command;

	TAILQ_FOREACH (command, &fake->pending, link) {
		if (command->sq->id == sqid && command->cmd.cid == cid) {
			return command;
		}
	}
	TAILQ_FOREACH (command, &fake->event_requests, link) {
		if (command->sq->id == sqid && command->cmd.cid == cid) {
			return command;
		}
	}
	return NULL;
}

void
fake_post(struct fake_cq *cq, const struct spdk_nvme_cpl *cpl)
{
	uint8_t *entry = cq->base + (size_t)cq->tail * sizeof(*cpl);
	const uint32_t *words = (const uint32_t *)cpl;

	fake_dma_copy(entry, words, 3 * sizeof(*words));
	/* The host takes the entry for valid by the phase in the last word: pairs with its read. */
	fake_dma_store_4(entry + 3 * sizeof(*words), words[3]);
	cq->tail++;
	if (cq->tail == cq->size) {
		cq->tail = 0;
		cq->phase = !cq->phase;
	}
}

static void
post_with_faults(struct fake_command *command, struct spdk_nvme_cpl *cpl)
{
	const struct fake_fault *fault = &command->fault;
	struct fake_cq *cq = command->sq->cq;
	struct spdk_nvme_cpl other = *cpl;
	/* Only FAKE_FAULT_CQ_OVERRUN does not care for room. */
	bool has_room = distance(cq->head, cq->tail, cq->size) + 2 < cq->size;
	uint32_t copies = 0;

	if (command->faults & 1u << FAKE_FAULT_WRONG_SQID) {
		cpl->sqid = (uint16_t)fault->value;
	}
	if (command->faults & 1u << FAKE_FAULT_WRONG_SQHD) {
		cpl->sqhd = (uint16_t)fault->value;
	}
	if (command->faults & 1u << FAKE_FAULT_CHANGED_CID) {
		cpl->cid = (uint16_t)fault->value;
	}
	if (command->faults & 1u << FAKE_FAULT_UNKNOWN_CID && has_room) {
		other.cid = (uint16_t)fault->value;
		fake_post(cq, &other);
	}
	if (command->faults & 1u << FAKE_FAULT_DUPLICATE && has_room) {
		copies = 1;
	}
	if (command->faults & 1u << FAKE_FAULT_CQ_OVERRUN) {
		copies = fault->value;
		cq->is_overrun = true;
	}
	if (command->faults & 1u << FAKE_FAULT_WRONG_PHASE) {
		cpl->status.p = !cq->phase;
	}
	for (uint32_t i = 0; i <= copies; i++) {
		if (!(command->faults & 1u << FAKE_FAULT_WRONG_PHASE)) {
			cpl->status.p = cq->phase;
		}
		fake_post(cq, cpl);
	}
}

/* Posts the completion of a command that has been executed; there is room. */
static void
complete(struct fake_command *command)
{
	struct fake *fake = command->fake;
	struct fake_sq *sq = command->sq;
	struct fake_cq *cq = sq->cq;
	struct spdk_nvme_cpl cpl = command->cpl;

	cpl.sqid = sq->id;
	cpl.cid = command->cmd.cid;
	/* The latest is as good as that of the command, and tells the host more. */
	cpl.sqhd = (uint16_t)sq->head;
	cpl.status.p = cq->phase;
	fake->stats.completions++;
	/* The host may reuse both at once when it sees the entry. */
	sq->reported_head = sq->head;
	if (command->faults == 0) {
		fake_post(cq, &cpl);
	} else {
		post_with_faults(command, &cpl);
	}
	if (cq->interrupts && !(command->faults & 1u << FAKE_FAULT_LOST_INTERRUPT)) {
		fake_interrupt(fake, cq->vector);
	}
	fake_command_free(command);
}

static void
set_status(struct fake_command *command, uint16_t status)
{
	command->cpl.status.sct = status >> 8 & 0x7;
	command->cpl.status.sc = status & 0xff;
	command->cpl.status.crd = status >> FAKE_CRD_SHIFT & 0x3;
	command->cpl.status.dnr = (status & FAKE_DNR) != 0;
}

/* It is out of any list. Waits on the list of those pending when the completion queue is full. */
void
fake_complete(struct fake_command *command, uint16_t status)
{
	set_status(command, status);
	command->is_executed = true;
	if (command->first_half != NULL) {
		struct fake_command *first = command->first_half;

		command->first_half = NULL;
		fake_complete(first, first->status);
	}
	if (command->faults & 1u << FAKE_FAULT_LOST) {
		command->due_step = FAKE_STEP_NEVER;
	} else if (cq_has_room(command->sq->cq) || command->sq->cq->is_overrun) {
		complete(command);
		return;
	} else {
		command->due_step = 0;
	}
	TAILQ_INSERT_TAIL(&command->fake->pending, command, link);
}

static uint16_t
execute(struct fake_command *command)
{
	uint16_t status;

	if (command->faults & 1u << FAKE_FAULT_STATUS) {
		status = status_of(&command->fault.status);
	} else if (command->sq->id == 0) {
		status = fake_execute_admin(command);
	} else {
		status = fake_execute_nvm(command);
	}
	if (status == FAKE_PENDING) {
		return status;
	}
	if (status != FAKE_NO_STATUS) {
		fake_log_error(command, status);
	}
	if (command->faults & 1u << FAKE_FAULT_RESULT) {
		command->cpl.cdw0 = command->fault.value;
	}
	return status;
}

/* It is due: out of the list. */
static void
run(struct fake_command *command)
{
	uint16_t status;

	if (command->is_executed) {
		complete(command);
		return;
	}
	status = execute(command);
	if (status != FAKE_PENDING) {
		fake_complete(command, status);
	}
}

static bool
is_due(const struct fake_command *command)
{
	const struct fake *fake = command->fake;

	if (command->due_step == FAKE_STEP_NEVER || fake->step < command->due_step) {
		return false;
	}
	if (command->due_ticks != 0 && spdk_get_ticks() < command->due_ticks) {
		return false;
	}
	return !command->is_executed || cq_has_room(command->sq->cq);
}

uint32_t
fake_step_pending(struct fake *fake)
{
	struct fake_command *command, *next;
	uint32_t done = 0;

	if (fake->is_fatal || fake->is_shut_down) {
		return 0;
	}
	TAILQ_FOREACH_SAFE (command, &fake->pending, link, next) {
		/* Those that come before may have taken it along (delete, abort). */
		if (fake->is_removed || TAILQ_EMPTY(&fake->pending)) {
			break;
		}
		if (!is_due(command)) {
			continue;
		}
		TAILQ_REMOVE(&fake->pending, command, link);
		run(command);
		done++;
		/* Any command of the list may be gone by now. */
		next = TAILQ_FIRST(&fake->pending);
	}
	return done;
}

/* The halves of a fused pair follow one another; what breaks the pair is told to both. */
static struct fake_command *
pair(struct fake_command *command)
{
	struct fake_sq *sq = command->sq;
	struct fake_command *first = sq->first_half;

	sq->first_half = NULL;
	if (command->cmd.fuse == SPDK_NVME_CMD_FUSE_SECOND && first != NULL) {
		command->first_half = first;
		first->status = FAKE_GENERIC(ABORTED_FAILED_FUSED);
		return command;
	}
	if (first != NULL) {
		fake_violation(command->fake, FAKE_RULE_COMMAND,
			       "queue %u: a fused first command is not followed by its second",
			       sq->id);
		fake_complete(first, FAKE_GENERIC(ABORTED_MISSING_FUSED));
	}
	if (command->cmd.fuse == SPDK_NVME_CMD_FUSE_FIRST) {
		sq->first_half = command;
		return NULL;
	}
	if (command->cmd.fuse == SPDK_NVME_CMD_FUSE_SECOND) {
		fake_violation(command->fake, FAKE_RULE_COMMAND,
			       "queue %u: a fused second command without a first", sq->id);
		fake_complete(command, FAKE_GENERIC(ABORTED_MISSING_FUSED));
		return NULL;
	}
	return command;
}

static void
take(struct fake_sq *sq, struct fake *fake)
{
	struct fake_command *command = command_get(fake);
	bool conflicts;

	fake_dma_copy(&command->cmd, sq->base + (size_t)sq->head * sizeof(command->cmd),
		      sizeof(command->cmd));
	sq->head = sq->head + 1 == sq->size ? 0 : sq->head + 1;
	sq->outstanding++;
	command->sq = sq;
	command->sqhd = (uint16_t)sq->head;
	if (sq->id == 0) {
		fake->stats.admin_commands++;
		fake->stats.admin_opcodes[command->cmd.opc]++;
	} else {
		fake->stats.io_commands++;
		fake->stats.io_opcodes[command->cmd.opc]++;
	}
	conflicts = sq->in_flight[command->cmd.cid] != 0;
	sq->in_flight[command->cmd.cid] = 1;
	if (conflicts) {
		fake_violation(fake, FAKE_RULE_COMMAND_ID,
			       "queue %u: identifier 0x%04x (opcode 0x%02x) is in flight", sq->id,
			       command->cmd.cid, command->cmd.opc);
		fake_complete(command, FAKE_GENERIC(COMMAND_ID_CONFLICT));
		return;
	}
	if (sq->id == 0) {
		fake->last_commands[command->cmd.opc] = command->cmd;
	}
	fake_judge_command(command);
	fake_faults_of_command(command);
	if (fake->is_removed || fake->is_fatal || command->faults & 1u << FAKE_FAULT_NEVER) {
		command->due_step = FAKE_STEP_NEVER;
	}
	if (command->due_step == 0 && fake->opts.shuffle_steps != 0 && sq->id != 0) {
		command->due_step = fake->step + fake_random(fake, fake->opts.shuffle_steps);
	}
	command = pair(command);
	if (command == NULL) {
		return;
	}
	if (command->due_step <= fake->step && command->due_ticks == 0) {
		run(command);
	} else {
		TAILQ_INSERT_TAIL(&fake->pending, command, link);
	}
}

static void
judge_tail(struct fake *fake, struct fake_sq *sq, uint32_t tail)
{
	uint32_t used = distance(sq->reported_head, sq->tail, sq->size);
	uint32_t added = distance(sq->tail, tail, sq->size);

	if (used + added > sq->size - 1) {
		fake_violation(fake, FAKE_RULE_DOORBELL,
			       "submission queue %u: tail from %u to %u runs over the head, %u",
			       sq->id, sq->tail, tail, sq->reported_head);
	}
}

/* A value that cannot be: the controller tells of it, and looks away. */
static bool
is_valid(struct fake *fake, uint32_t value, uint32_t size, const char *what)
{
	union spdk_nvme_async_event_completion event = {
		.bits = {.async_event_type = SPDK_NVME_ASYNC_EVENT_TYPE_ERROR,
			 .async_event_info = SPDK_NVME_ASYNC_EVENT_INVALID_DB_WRITE,
			 .log_page_identifier = SPDK_NVME_LOG_ERROR},
	};

	if (value < size) {
		return true;
	}
	fake_violation(fake, FAKE_RULE_DOORBELL, "%s: doorbell is %u, the queue has %u entries",
		       what, value, size);
	fake_event_raise(fake, event.raw);
	return false;
}

static uint32_t
step_cq(struct fake *fake, struct fake_cq *cq)
{
	uint32_t head = read_doorbell(fake, cq->id, true);

	if (head == cq->head) {
		return 0;
	}
	fake->stats.doorbells++;
	if (!is_valid(fake, head, cq->size, "completion queue")) {
		cq->head = 0;
		__atomic_store_n(cq->doorbell, 0, __ATOMIC_RELEASE);
		return 1;
	}
	if (!cq->is_overrun &&
	    distance(cq->head, head, cq->size) > distance(cq->head, cq->tail, cq->size)) {
		fake_violation(fake, FAKE_RULE_DOORBELL,
			       "completion queue %u: head from %u to %u, beyond the tail, %u",
			       cq->id, cq->head, head, cq->tail);
	}
	cq->head = head;
	return 1;
}

static uint32_t
step_sq(struct fake *fake, struct fake_sq *sq)
{
	uint32_t tail = read_doorbell(fake, sq->id, false);
	uint32_t done = 0;

	if (tail != sq->tail) {
		fake->stats.doorbells++;
		if (!is_valid(fake, tail, sq->size, "submission queue")) {
			__atomic_store_n(sq->doorbell, sq->tail, __ATOMIC_RELEASE);
			return 1;
		}
		if (fake->is_shut_down) {
			fake_violation(fake, FAKE_RULE_SHUTDOWN,
				       "submission queue %u: commands after the shutdown", sq->id);
		}
		judge_tail(fake, sq, tail);
		sq->tail = tail;
	}
	if (fake->is_shut_down || fake->is_stopped || fake->is_fatal) {
		return 0;
	}
	while (sq->exists && sq->head != sq->tail && !fake->is_removed && !fake->is_fatal &&
	       (fake->opts.burst == 0 || done < fake->opts.burst)) {
		take(sq, fake);
		done++;
	}
	return done;
}

void
fake_doorbells_reset(struct fake *fake)
{
	for (uint32_t i = 0; i <= fake->opts.io_queues; i++) {
		__atomic_store_n(doorbell_of(fake, i, false), 0, __ATOMIC_RELEASE);
		__atomic_store_n(doorbell_of(fake, i, true), 0, __ATOMIC_RELEASE);
	}
}

static void
judge_unused(struct fake *fake)
{
	for (uint32_t i = 0; i <= fake->opts.io_queues; i++) {
		volatile uint32_t *sq = doorbell_of(fake, i, false);
		volatile uint32_t *cq = doorbell_of(fake, i, true);

		if (!fake->sq[i].exists && __atomic_load_n(sq, __ATOMIC_RELAXED) != 0) {
			fake_violation(fake, FAKE_RULE_DOORBELL,
				       "submission queue %u, which is not there: doorbell is %u", i,
				       *sq);
			__atomic_store_n(sq, 0, __ATOMIC_RELEASE);
		}
		if (!fake->cq[i].exists && __atomic_load_n(cq, __ATOMIC_RELAXED) != 0) {
			fake_violation(fake, FAKE_RULE_DOORBELL,
				       "completion queue %u, which is not there: doorbell is %u", i,
				       *cq);
			__atomic_store_n(cq, 0, __ATOMIC_RELEASE);
		}
	}
}

/*
 * With shadow doorbells, a controller that has nothing to do says from which value on it wants to
 * be rung, and looks at doorbells alone until then. It looks at the shadows once more after it has
 * said so, as the host may have looked before.
 */
static void
fall_asleep(struct fake *fake)
{
	bool has_work = false;

	for (uint32_t i = 1; i <= fake->opts.io_queues; i++) {
		if (fake->sq[i].exists) {
			fake_dma_store_4(shadow_of(fake->event_index, fake, i, false),
					 fake->sq[i].tail);
		}
		if (fake->cq[i].exists) {
			fake_dma_store_4(shadow_of(fake->event_index, fake, i, true),
					 fake->cq[i].head);
		}
	}
	for (uint32_t i = 1; i <= fake->opts.io_queues; i++) {
		has_work = has_work || (fake->sq[i].exists &&
					read_doorbell(fake, i, false) != fake->sq[i].tail);
		fake->sq[i].last_doorbell = *doorbell_of(fake, i, false);
		fake->cq[i].last_doorbell = *doorbell_of(fake, i, true);
	}
	fake->sleeps = !has_work;
}

static bool
was_rung(struct fake *fake)
{
	for (uint32_t i = 1; i <= fake->opts.io_queues; i++) {
		if (fake->sq[i].last_doorbell != *doorbell_of(fake, i, false) ||
		    fake->cq[i].last_doorbell != *doorbell_of(fake, i, true)) {
			return true;
		}
	}
	return false;
}

uint32_t
fake_step_doorbells(struct fake *fake)
{
	bool may_sleep = fake->shadow != NULL && fake->opts.shadow_sleeps;
	uint32_t done = 0, queues = fake->opts.io_queues;

	if (fake->is_removed) {
		return 0;
	}
	if (!fake->opts.is_cheap) {
		judge_unused(fake);
	}
	if (fake->sleeps && may_sleep && was_rung(fake)) {
		fake->sleeps = false;
	}
	if ((fake->sleeps && may_sleep) || (fake->shadow != NULL && fake->shadow_is_lost)) {
		queues = 0;
	}
	for (uint32_t i = 0; i <= queues; i++) {
		if (fake->cq[i].exists) {
			done += step_cq(fake, &fake->cq[i]);
		}
	}
	for (uint32_t i = 0; i <= queues && !fake->is_removed; i++) {
		if (fake->sq[i].exists) {
			done += step_sq(fake, &fake->sq[i]);
		}
	}
	if (may_sleep && !fake->sleeps && done == 0) {
		fall_asleep(fake);
	}
	return done;
}
