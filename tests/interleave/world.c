/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Those who act: what a run of R or S does, reactors, plain senders, and a loop that polls R.
 */
#include "world_internal.h"

#define BATCH_MAX 8

struct world g_world;
const struct scenario *g_scenario;
struct run_queue *g_queues[2];
struct env_waiter *g_descriptor;

/* As when nothing has happened yet, but for the run queues, which are never freed. */
static struct model g_first_model;

static void act(uint8_t sender, uint8_t number, char what, struct run_queue *local);

static uint32_t
index_of(const struct runnable *runnable)
{
	return (uint32_t)(runnable - g_model.runnables);
}

static struct run_queue *
other_queue(const struct run_queue *queue)
{
	return queue == g_queues[0] ? g_queues[1] : g_queues[0];
}

void
world_message_run(void *ctx)
{
	struct world_message *message = ctx;

	message->has_run = message != &g_world.filler;
	switch (message->act) {
	case 'm':
		g_world.moves = true;
		break;
	case 'x':
		mailbox_exiting(world_mailbox(RECEIVER));
		g_world.is_exiting = true;
		break;
	case 'f':
		mailbox_exiting(world_mailbox(RECEIVER));
		g_world.is_exiting = true;
		g_world.is_forced = true;
		break;
	default:
		break;
	}
}

void
world_handler_run(void *ctx)
{
	struct world_message *message = ctx;
	uint8_t number = (uint8_t)(message - g_world.handler_messages);

	message->has_run = true;
	act(SENDER_HANDLER, number, message->act, g_queues[0]);
}

static bool
run_messages(uint32_t index, uint32_t batch)
{
	/* At home the first message that they send to their own thread ends a batch; none does. */
	bool is_home = mailbox_word_home(model_peek_word(index)) != 0;
	uint64_t mark = is_home ? MAILBOX_NO_MARK : mailbox_mark(world_mailbox(index));
	struct message message;
	bool has_run = false;

	while (batch-- > 0 && mailbox_take(world_mailbox(index), mark, &message)) {
		world_check_message(&message);
		message.fn(message.ctx);
		has_run = true;
	}
	if (has_run && model_self() != MODEL_NOBODY) {
		g_world.has_progressed[model_self()] = true;
	}
	return has_run;
}

/* What was accepted runs, also now; nothing more is accepted, so there is an end. */
static void
refuse(void)
{
	mailbox_refuse(world_mailbox(RECEIVER));
	do {
		model_watch();
		g_world.notices_seen = g_world.notices_asked;
		if (!run_messages(RECEIVER, BATCH_MAX) &&
		    mailbox_has_claims(world_mailbox(RECEIVER))) {
			model_spin();
		}
	} while (mailbox_has_claims(world_mailbox(RECEIVER)));
}

/* One pass over R or S, between begin and end. True: R has exited. */
static bool
run_pass(uint32_t index)
{
	uint8_t self = model_self();

	if (self != MODEL_NOBODY && g_world.runner[index] != self) {
		model_fail(FAULT_DOUBLE_RUN, "a thread is run by two at a time");
	}
	if (index == RECEIVER) {
		g_world.notices_seen = g_world.notices_asked;
		g_world.events_seen = g_world.events_asked;
	}
	/* S sends from one message a run, so that others run in between. */
	(void)run_messages(index, index == HANDLER ? 1 : BATCH_MAX);
	if (index != RECEIVER || !g_world.is_exiting) {
		return false;
	}
	if (g_world.is_forced) {
		refuse();
	}
	return mailbox_close(world_mailbox(RECEIVER));
}

/* As epoll(7) does: what is ready as it comes to be watched is told at once. */
static void
watch_descriptor(struct env_waiter *waiter)
{
	if (g_world.watcher != waiter) {
		g_world.watcher = waiter;
		waiter->is_woken |= g_world.events_seen < g_world.events_asked;
	}
}

/*
 * Told once: real descriptors stay ready and wake over and over, but a home that has to be told
 * twice has missed it.
 */
static void
make_ready(void)
{
	model_choose(MODEL_OP_READ_MODIFY_WRITE);
	g_world.events_asked++;
	if (g_world.watcher != NULL) {
		g_world.watcher->is_woken = true;
	}
	model_note("makes ready what wakes", g_world.watcher, 0);
	model_wrote();
}

static void
run(struct run_queue *queue, struct runnable *runnable, uint64_t now, struct run_outcome *out)
{
	uint32_t index = index_of(runnable);
	bool is_receiver = index == RECEIVER;

	if (is_receiver && g_scenario->is_watched) {
		watch_descriptor(queue->waiter);
	}
	out->watch = g_scenario->is_watched;
	out->exited = run_pass(index);
	out->now = g_model.clock;
	/* An exit under way is work at once. */
	out->again = is_receiver && g_world.is_exiting && !out->exited;
	if (is_receiver && g_world.moves) {
		g_world.moves = false;
		out->home = other_queue(queue)->id;
	}
	if (is_receiver && g_scenario->deadline != 0 && !g_world.deadline_seen) {
		g_world.deadline_seen = g_model.clock >= g_scenario->deadline;
		out->deadline = g_world.deadline_seen ? UINT64_MAX : g_scenario->deadline;
	}
	if (is_receiver && (out->exited || out->home != queue->id)) {
		g_world.watcher = NULL;
	}
}

static void
destroy_receiver(void)
{
	g_descriptor->is_closed = true;
	mailbox_destroy(world_mailbox(RECEIVER));
	g_model.destroyer[RECEIVER] = model_self();
	g_world.is_gone = true;
	if (model_self() != MODEL_NOBODY) {
		g_world.has_progressed[model_self()] = true;
	}
}

static void
exited(struct run_queue *queue, struct runnable *runnable)
{
	destroy_receiver();
}

static const struct run_queue_ops g_ops = {.run = run, .exited = exited};

static void
reactor_main(uint8_t self)
{
	struct run_queue *queue = g_queues[self - REACTOR_A];
	uint32_t quiet_turns = 0;
	uint64_t now;

	for (;;) {
		model_watch();
		g_world.has_progressed[self] = false;
		if (self == REACTOR_A) {
			g_world.flags_seen = g_world.flags_asked;
		}
		now = g_model.clock;
		run_queue_turn(queue, &now);
		if (g_world.has_progressed[self] || run_queue_park(queue, ENV_WAIT_FOREVER) ||
		    model_has_changed()) {
			quiet_turns = 0;
			continue;
		}
		/*
		 * Nothing done, no sleep, and nobody else did anything. Once, that may be for what
		 * had come before; twice means that a sender holds us up.
		 */
		if (++quiet_turns == 2) {
			model_spin();
			quiet_turns = 0;
		}
	}
}

static void
hand_over(const struct mailbox_handoff *handoff, uint32_t index, struct run_queue *local)
{
	switch (handoff->what) {
	case MAILBOX_NOTHING:
		break;
	case MAILBOX_TO_HOME:
		run_queue_hand_over(handoff->home, &g_model.runnables[index], local);
		break;
	case MAILBOX_ASK_HOME:
		run_queue_ask(handoff->home);
		break;
	case MAILBOX_WRITE_FD:
		env_waiter_wake(g_descriptor);
		mailbox_woken(world_mailbox(index));
		break;
	}
}

static void
send_message(struct world_message *message, char what, struct run_queue *local)
{
	struct mailbox_handoff handoff;
	int rc;

	message->act = what;
	rc = mailbox_send(world_mailbox(RECEIVER), world_message_run, message, &handoff);
	if (rc == 0) {
		message->is_accepted = true;
		hand_over(&handoff, RECEIVER, local);
		return;
	}
	if (rc != -EIO || mailbox_word_life(model_peek_word(RECEIVER)) == MAILBOX_LIVE ||
	    mailbox_word_life(model_peek_word(RECEIVER)) == MAILBOX_EXITING) {
		model_fail(FAULT_LOST_MESSAGE, "a message to a live thread is refused: %d", rc);
	}
	message->is_refused = true;
}

static void
notify(struct run_queue *local)
{
	struct mailbox_handoff handoff;

	/* Counted before it is asked for: a run that begins in between may see it, or be the one.
	 */
	g_world.notices_asked++;
	if (mailbox_notify(world_mailbox(RECEIVER), &handoff) == 0) {
		hand_over(&handoff, RECEIVER, local);
	} else {
		g_world.notices_asked--;
	}
}

/* False: there was nothing to run, or somebody else runs it. */
static bool
poll_once(void)
{
	struct mailbox *mailbox = world_mailbox(RECEIVER);
	enum mailbox_run was;

	if (!mailbox_begin(mailbox, true, &was)) {
		return false;
	}
	model_choose(MODEL_OP_READ_MODIFY_WRITE);
	g_descriptor->is_woken = false;
	if (run_pass(RECEIVER)) {
		destroy_receiver();
		return true;
	}
	if (mailbox_end(mailbox, g_world.is_exiting, 0) == MAILBOX_WAKING) {
		env_waiter_wake(g_descriptor);
		mailbox_woken(mailbox);
	}
	return true;
}

static void
act(uint8_t sender, uint8_t number, char what, struct run_queue *local)
{
	switch (what) {
	case 'N':
		notify(local);
		break;
	case 'w':
		model_choose(MODEL_OP_READ_MODIFY_WRITE);
		g_world.flags_asked++;
		run_queue_wake(g_queues[0]);
		break;
	case 'a':
		if (!run_queue_adopt(g_queues[0], &g_model.runnables[RECEIVER])) {
			model_fail(FAULT_BROKEN_STATE, "a thread that nobody runs is not adopted");
		}
		break;
	case 'p':
		(void)poll_once();
		break;
	case 'd':
		make_ready();
		break;
	default:
		send_message(&g_world.messages[sender][number], what, local);
		break;
	}
}

static void
sender_main(uint8_t self)
{
	uint8_t sender = (uint8_t)(self - FIRST_SENDER);
	const char *script = g_scenario->senders[sender];
	uint8_t i;

	for (i = 0; script[i] != '\0'; i++) {
		act((uint8_t)(sender + 1), i, script[i], NULL);
	}
}

/* Level-triggered: what has been written stays to be read until a run has begun. */
static void
wait_until_readable(void)
{
	env_waiter_wait(g_descriptor, ENV_WAIT_FOREVER);
	g_descriptor->is_woken = true;
}

/* A loop of the program's own: polls R, and sleeps on its descriptor or looks again and again. */
static void
poller_main(uint8_t self)
{
	bool has_descriptor = g_scenario->has_descriptor;
	bool has_begun;

	if (has_descriptor) {
		mailbox_set_fd(world_mailbox(RECEIVER), true);
	}
	while (!g_world.is_gone) {
		model_watch();
		g_world.has_progressed[self] = false;
		has_begun = poll_once();
		if (g_world.has_progressed[self]) {
			continue;
		}
		if (!has_descriptor || !has_begun || g_descriptor->is_woken) {
			/* Would look again at once. */
			model_spin();
		} else {
			wait_until_readable();
		}
	}
}

void
world_init(void)
{
	uint32_t i;

	memset(g_model.destroyer, MODEL_NOBODY, sizeof(g_model.destroyer));
	for (i = 0; i < 2; i++) {
		if (run_queue_create(&g_ops, &g_queues[i]) != 0) {
			fprintf(stderr, "interleave: the model's heap is too small\n");
			exit(2);
		}
	}
	g_descriptor = &g_model.waiters[2];
	g_first_model = g_model;
}

static void
send_filler(void)
{
	struct mailbox_handoff handoff = {.what = MAILBOX_NOTHING};

	(void)mailbox_send(world_mailbox(RECEIVER), world_message_run, &g_world.filler, &handoff);
	hand_over(&handoff, RECEIVER, g_queues[0]);
}

/*
 * R has run once on A, which keeps it: its deadline is known there, its segment partly used. It is
 * idle after A has slept.
 */
static void
set_up_receiver(void)
{
	struct mailbox_handoff handoff = {.what = MAILBOX_NOTHING};
	uint64_t now = 0;
	uint8_t i;

	mailbox_open(world_mailbox(RECEIVER), g_scenario->is_homeless ? 0 : g_queues[0]->id);
	for (i = 0; i < g_scenario->used_slots; i++) {
		send_filler();
	}
	if (!g_scenario->is_homeless) {
		(void)mailbox_notify(world_mailbox(RECEIVER), &handoff);
		hand_over(&handoff, RECEIVER, g_queues[0]);
		while (run_queue_next_deadline(g_queues[0]) == 0) {
			run_queue_turn(g_queues[0], &now);
		}
		g_world.runner[RECEIVER] = REACTOR_A;
	}
}

static void
set_up_handler(void)
{
	struct mailbox_handoff handoff;
	uint8_t i;

	mailbox_open(world_mailbox(HANDLER), g_queues[0]->id);
	for (i = 0; g_scenario->handler[i] != '\0'; i++) {
		struct world_message *message = &g_world.handler_messages[i];

		message->act = g_scenario->handler[i];
		(void)mailbox_send(world_mailbox(HANDLER), world_handler_run, message, &handoff);
		message->is_accepted = true;
		hand_over(&handoff, HANDLER, g_queues[0]);
	}
}

static void
set_up(void)
{
	uint8_t i;

	memset(g_world.runner, NO_RUNNER, sizeof(g_world.runner));
	set_up_receiver();
	if (g_scenario->handler != NULL) {
		set_up_handler();
	}
	for (i = 0; i < g_scenario->reactors; i++) {
		model_thread_start(REACTOR_A + i, reactor_main);
	}
	for (i = 0; i < 2; i++) {
		if (g_scenario->senders[i] != NULL) {
			model_thread_start(FIRST_SENDER + i, sender_main);
		}
	}
	if (g_scenario->is_polled) {
		model_thread_start(POLLER, poller_main);
	}
}

static char
thread_name(uint8_t index)
{
	return "AB12P"[index];
}

void
world_run(const struct scenario *scenario, enum scenario_variant variant, enum fault wanted,
	  bool prints_trace, struct explore_result *out_result)
{
	const struct explore_subject subject = {
		.world = &g_world,
		.world_size = sizeof(g_world),
		.check_state = world_check_state,
		.check_end = world_check_end,
		.thread_name = thread_name,
		.wanted = wanted,
		.prints_trace = prints_trace,
		.states_max = 20 * 1000 * 1000,
	};
	enum fault fault;

	g_scenario = scenario;
	g_model = g_first_model;
	memset(&g_world, 0, sizeof(g_world));
	memset(out_result, 0, sizeof(*out_result));
	g_model_options = (struct model_options){
		.has_store_buffers = variant == VARIANT_BUFFERS,
		.reuses_segments = variant == VARIANT_REUSE,
		.spurious_failures = variant == VARIANT_SPURIOUS,
		.word_changed = world_check_word,
	};
	fault = model_judge(set_up);
	if (fault != FAULT_NONE) {
		out_result->faults[fault]++;
		snprintf(out_result->texts[fault], sizeof(out_result->texts[fault]), "%s",
			 model_fault_text());
		return;
	}
	explore(&subject, out_result);
}
