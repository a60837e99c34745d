/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Those who judge. What is promised:
 *  1. A message that was accepted runs once, one that was refused never; refused is only what comes
 *     after the exit. What one sender sends runs in order.
 *  2. Nobody runs a thread that another runs; each change of a state word is an edge of the table
 *     in mailbox.h, made by one who may; a READY or kept thread is on at most one list, and on its
 *     home's.
 *  3. When nobody can take a step, nothing is left to do: no message, no notice, no due timer, no
 *     descriptor that is ready.
 *  4. Then all segments can be given back.
 */
#include "world_internal.h"

static bool
is_open(uint64_t word)
{
	enum mailbox_life life = mailbox_word_life(word);

	return life == MAILBOX_LIVE || life == MAILBOX_EXITING;
}

void
world_check_message(const struct message *message)
{
	const struct world_message *sent = message->ctx;
	const struct world_message *first = &g_world.messages[0][0];
	uint32_t number, sender, i;

	if (message->fn == world_handler_run ? message->ctx >= (void *)g_world.handler_messages &&
						       message->ctx < (void *)&g_world.filler :
					       sent == &g_world.filler) {
		return;
	}
	if (message->fn != world_message_run || sent < first ||
	    sent >= first + SENDERS_MAX * ACTS_MAX) {
		model_fail(FAULT_LOST_MESSAGE, "what runs is no message: context %p", message->ctx);
	}
	sender = (uint32_t)(sent - first) / ACTS_MAX;
	number = (uint32_t)(sent - first) % ACTS_MAX;
	if (sent->has_run || sent->is_refused) {
		model_fail(sent->has_run ? FAULT_DOUBLE_RUN : FAULT_LOST_MESSAGE,
			   "message %u of sender %u runs, and %s", number, sender,
			   sent->has_run ? "has run before" : "was refused");
	}
	for (i = 0; i < number; i++) {
		const struct world_message *earlier = &g_world.messages[sender][i];

		if (earlier->is_accepted && !earlier->has_run) {
			model_fail(FAULT_REORDER, "sender %u: message %u runs before message %u",
				   sender, number, i);
		}
	}
}

static void
check_edge(uint32_t index, uint64_t before, uint64_t after, uint8_t by)
{
	enum mailbox_run from = mailbox_word_run(before), to = mailbox_word_run(after);
	bool is_runner = g_world.runner[index] == by;
	bool was_run = from == MAILBOX_RUNNING || from == MAILBOX_NOTIFIED;

	if (to == MAILBOX_WAKING && (after >> MAILBOX_HOME_SHIFT) != 0) {
		model_fail(FAULT_BROKEN_STATE, "a thread that has a home waits for its descriptor");
	}
	if (from == to || (from == MAILBOX_IDLE && (to == MAILBOX_READY || to == MAILBOX_WAKING)) ||
	    (from == MAILBOX_WAKING && to == MAILBOX_READY) ||
	    (from == MAILBOX_RUNNING && to == MAILBOX_NOTIFIED)) {
		return;
	}
	if (!was_run && to == MAILBOX_RUNNING && from != MAILBOX_WAKING) {
		if (g_world.runner[index] != NO_RUNNER) {
			model_fail(FAULT_DOUBLE_RUN, "a thread that is run by one begins again");
		}
		g_world.runner[index] = by;
		return;
	}
	if (from == MAILBOX_NOTIFIED && to == MAILBOX_RUNNING && is_runner) {
		return;
	}
	if (was_run && is_runner &&
	    (to == MAILBOX_READY || to == MAILBOX_IDLE || to == MAILBOX_WAKING)) {
		g_world.runner[index] = NO_RUNNER;
		return;
	}
	model_fail(was_run || to == MAILBOX_RUNNING ? FAULT_DOUBLE_RUN : FAULT_BROKEN_STATE,
		   "a state word goes from %d to %d, by one who %s it", from, to,
		   is_runner ? "runs" : "does not run");
}

void
world_check_word(uint32_t index, uint64_t before, uint64_t after, uint8_t by)
{
	bool is_runner = g_world.runner[index] == by;

	if (mailbox_word_life(before) == MAILBOX_NONE || mailbox_word_life(after) == MAILBOX_NONE) {
		/* Opened, or destroyed; the latter only after EXITED. */
		if (is_open(before)) {
			model_fail(FAULT_BROKEN_STATE, "a thread is destroyed before it exited");
		}
		return;
	}
	/* Not so while it is being ended by force: then its runner closes it yet. */
	if (!is_open(before) && !is_runner) {
		model_fail(FAULT_LOST_MESSAGE, "the state word of an exited thread changes");
	}
	if (mailbox_word_life(after) == MAILBOX_EXITED) {
		if (!is_runner) {
			model_fail(FAULT_DOUBLE_RUN, "exited by one who does not run it");
		}
		/* Still running: it refuses only. */
		if (mailbox_word_run(after) != MAILBOX_RUNNING) {
			g_world.runner[index] = NO_RUNNER;
		}
		return;
	}
	if (mailbox_word_home(before) != mailbox_word_home(after) && !is_runner) {
		model_fail(FAULT_BROKEN_STATE, "moved by one who does not run it");
	}
	check_edge(index, before, after, by);
}

/* On how many lists of `queue` the thread is. */
static uint32_t
count_places(const struct run_queue *queue, const struct mailbox *mailbox)
{
	/* Its low bits say that the owner is parked, or to be noticed; inbox.h has them. */
	uintptr_t head;
	const struct mailbox *i;
	uint32_t count = 0, length = 0;

	memcpy(&head, &queue->inbox.head, sizeof(head));
	for (i = (const struct mailbox *)(head & ~(uintptr_t)7); i != NULL; i = i->next) {
		count += i == mailbox;
		if (++length > MODEL_RUNNABLES_MAX) {
			model_fail(FAULT_DOUBLE_RUN, "an inbox holds a thread twice");
		}
	}
	for (i = queue->ready, length = 0; i != NULL && queue->ready_count > 0; i = i->next) {
		count += i == mailbox;
		if (++length > MODEL_RUNNABLES_MAX) {
			model_fail(FAULT_DOUBLE_RUN, "a ready list holds a thread twice");
		}
	}
	return count;
}

void
world_check_state(void)
{
	uint32_t index, i;

	for (index = 0; index < MODEL_RUNNABLES_MAX; index++) {
		uint64_t word = model_peek_word(index);
		uint32_t places = 0;

		for (i = 0; i < 2; i++) {
			uint32_t here = count_places(g_queues[i], world_mailbox(index));

			if (here != 0 && mailbox_word_home(word) != g_queues[i]->id) {
				model_fail(FAULT_DOUBLE_RUN,
					   "a thread is on a list not its home's");
			}
			places += here;
		}
		if (places > 1 || (places == 1 && mailbox_word_run(word) != MAILBOX_READY &&
				   !g_model.runnables[index].is_kept)) {
			model_fail(FAULT_DOUBLE_RUN, "a thread in state %d is on %u lists",
				   mailbox_word_run(word), places);
		}
	}
}

static void
check_all_done(void)
{
	uint32_t sender, number;

	for (sender = 0; sender < SENDERS_MAX; sender++) {
		for (number = 0; number < ACTS_MAX; number++) {
			const struct world_message *message = &g_world.messages[sender][number];

			if (!message->is_accepted || message->has_run) {
				continue;
			}
			model_fail(g_world.is_gone ? FAULT_LOST_MESSAGE : FAULT_LOST_WAKE_UP,
				   "message %u of sender %u is never run, and %s", number, sender,
				   g_world.is_gone ? "its thread has exited" : "all sleep");
		}
	}
	for (number = 0; number < ACTS_MAX; number++) {
		if (g_world.handler_messages[number].is_accepted &&
		    !g_world.handler_messages[number].has_run) {
			model_fail(FAULT_LOST_WAKE_UP, "S does not get to run");
		}
	}
	if (g_world.notices_seen < g_world.notices_asked) {
		model_fail(g_world.is_gone ? FAULT_LOST_MESSAGE : FAULT_LOST_WAKE_UP,
			   "a notice was accepted, and no run begins after it");
	}
	if (g_world.events_seen < g_world.events_asked && !g_world.is_gone) {
		model_fail(FAULT_LOST_WAKE_UP, "a descriptor is ready, and its thread is not run");
	}
	if (g_world.flags_seen < g_world.flags_asked) {
		model_fail(FAULT_LOST_WAKE_UP, "reactor A sleeps in spite of run_queue_wake()");
	}
	if (g_scenario->deadline != 0 && !g_world.deadline_seen && !g_world.is_gone) {
		model_fail(FAULT_LOST_WAKE_UP, "a deadline has passed, and the thread is not run");
	}
}

static void
check_all_rest(void)
{
	uint8_t i;

	for (i = FIRST_SENDER; i < POLLER; i++) {
		if (g_model.threads[i].state != MODEL_UNUSED &&
		    g_model.threads[i].state != MODEL_FINISHED) {
			model_fail(FAULT_LIVELOCK, "a sender never returns");
		}
	}
	for (i = REACTOR_A; i <= REACTOR_B; i++) {
		if (g_model.threads[i].state == MODEL_SPINNING) {
			model_fail(FAULT_LIVELOCK, "a reactor neither sleeps nor gets on");
		}
	}
	if (g_model.threads[POLLER].state == MODEL_SPINNING && g_descriptor->is_woken) {
		model_fail(FAULT_LIVELOCK, "a descriptor is ready, and polling gets nowhere");
	}
	for (i = 0; i < MODEL_RUNNABLES_MAX; i++) {
		uint64_t word = model_peek_word(i);

		if (is_open(word) && mailbox_word_run(word) != MAILBOX_IDLE) {
			model_fail(FAULT_LOST_WAKE_UP, "a thread is left in state %d",
				   mailbox_word_run(word));
		}
	}
	if (g_world.is_exiting && !g_world.is_gone) {
		model_fail(FAULT_LOST_WAKE_UP, "R was told to exit, and does not");
	}
}

static void
close_and_destroy(uint32_t index)
{
	struct mailbox *mailbox = world_mailbox(index);
	struct message message;
	enum mailbox_run was;

	if (!is_open(model_peek_word(index))) {
		return;
	}
	if (!mailbox_begin(mailbox, true, &was) ||
	    mailbox_take(mailbox, mailbox_mark(mailbox), &message) || !mailbox_close(mailbox)) {
		model_fail(FAULT_BROKEN_STATE, "a thread at rest does not let itself be closed");
	}
	mailbox_destroy(mailbox);
}

void
world_check_end(void)
{
	check_all_done();
	check_all_rest();
	close_and_destroy(RECEIVER);
	close_and_destroy(HANDLER);
	if (!model_memory_is_empty()) {
		model_fail(FAULT_LEAK, "segments are left when all threads are destroyed");
	}
}
