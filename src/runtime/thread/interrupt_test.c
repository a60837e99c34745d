/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that are turned by somebody else's event loop: it sleeps on the thread's descriptor, and
 * polls the thread, or nests its group, when that is readable. And interrupt mode.
 */
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "runtime/thread/thread_fixture.h"
#include "spdk/fd_group.h"
#include "spindle/run_queue.h"

#define HOUR_US UINT64_C(3600000000)

static struct spdk_thread *g_thread;
static int g_fd;

static int
open_thread(void **state)
{
	int rc = open_library(state);

	if (rc == 0) {
		g_thread = make_thread("slept_on");
		g_fd = spdk_thread_get_interrupt_fd(g_thread);
		assert_true(g_fd >= 0);
		settle(g_thread);
		trace_clear();
	}
	return rc;
}

static int
close_thread(void **state)
{
	spdk_set_thread(NULL);
	if (g_thread != NULL) {
		end_thread(g_thread);
	}
	return close_library(state);
}

#define FD_TEST(name) cmocka_unit_test_setup_teardown(name, open_thread, close_thread)

static bool
is_ready_within(int timeout_ms)
{
	struct pollfd fd = {.fd = g_fd, .events = POLLIN};

	return poll(&fd, 1, timeout_ms) == 1;
}

static bool
is_ready(void)
{
	return is_ready_within(0);
}

static int
turn(void)
{
	return spdk_thread_poll(g_thread, 0, 0);
}

/* ---- A foreign loop that polls the thread ---- */

static void
messages_make_the_descriptor_ready_until_they_have_run(void **state)
{
	int i;

	assert_false(is_ready());
	send_letter(g_thread, 'a');
	assert_true(is_ready());
	assert_true(is_ready());
	turn();
	assert_trace("a");
	assert_false(is_ready());

	for (i = 0; i < 20; i++) {
		send_letter(g_thread, 'm');
	}
	while (is_ready()) {
		turn();
	}
	assert_int_equal(strlen(g_trace), 20);
	assert_int_equal(spdk_thread_send_critical_msg(g_thread, add_letter), 0);
	assert_true(is_ready());
	turn();
	assert_false(is_ready());
}

static void
what_was_there_before_the_descriptor_shows_too(void **state)
{
	struct spdk_thread *slept_on = g_thread;
	int fd = g_fd;

	g_thread = make_thread("late");
	send_letter(g_thread, 'a');
	g_fd = spdk_thread_get_interrupt_fd(g_thread);
	assert_true(is_ready());
	assert_int_equal(spdk_thread_get_interrupt_fd(g_thread), g_fd);
	assert_int_equal(spdk_fd_group_get_fd(spdk_thread_get_interrupt_fd_group(g_thread)), g_fd);
	settle(g_thread);
	assert_trace("a");
	assert_false(is_ready());
	end_thread(g_thread);
	g_thread = slept_on;
	g_fd = fd;
}

static int
add_letter_poll(void *arg)
{
	trace_add((char)(uintptr_t)arg);
	return SPDK_POLLER_IDLE;
}

static void
timer_makes_the_descriptor_ready_when_it_is_due(void **state)
{
	struct spdk_poller *poller;
	uint64_t due;
	int i;

	spdk_set_thread(g_thread);
	poller = spdk_poller_register(add_letter_poll, (void *)(uintptr_t)'t', 20000);
	spdk_set_thread(NULL);
	for (i = 0; i < 3; i++) {
		settle(g_thread);
		due = spdk_thread_next_poller_expiration(g_thread);
		assert_true(is_ready_within(2000));
		assert_true(spdk_get_ticks() >= due);
		while (g_trace[0] == '\0') {
			assert_true(is_ready_within(2000));
			turn();
		}
		assert_trace("t");
	}
	spdk_set_thread(g_thread);
	spdk_poller_unregister(&poller);
	spdk_set_thread(NULL);
	settle(g_thread);
	assert_false(is_ready_within(50));
}

static void
active_poller_keeps_the_descriptor_ready(void **state)
{
	struct spdk_poller *poller;
	int i;

	spdk_set_thread(g_thread);
	poller = spdk_poller_register(add_letter_poll, (void *)(uintptr_t)'a', 0);
	spdk_set_thread(NULL);
	for (i = 0; i < 10; i++) {
		assert_true(is_ready());
		/* It found nothing, and that the descriptor was ready is no work. */
		assert_int_equal(turn(), 0);
		assert_trace("a");
	}
	spdk_set_thread(g_thread);
	spdk_poller_pause(poller);
	spdk_set_thread(NULL);
	settle(g_thread);
	assert_false(is_ready());
	spdk_set_thread(g_thread);
	spdk_poller_resume(poller);
	assert_true(is_ready());
	spdk_poller_unregister(&poller);
	spdk_set_thread(NULL);
	settle(g_thread);
	assert_false(is_ready());
}

/* ---- Descriptors of the application ---- */

struct event {
	int fd;
	int rc;
	char letter;
	struct spdk_interrupt *interrupt;
	bool ends_itself;
	bool is_read_by_library;
};

static int
take_event(void *arg)
{
	struct event *event = arg;
	uint64_t count;

	assert_ptr_equal(spdk_get_thread(), g_thread);
	if (event->is_read_by_library) {
		assert_int_equal(read(event->fd, &count, sizeof(count)), -1);
	} else {
		assert_int_equal(read(event->fd, &count, sizeof(count)), sizeof(count));
	}
	trace_add(event->letter);
	if (event->ends_itself) {
		spdk_interrupt_unregister(&event->interrupt);
		assert_null(event->interrupt);
	}
	return event->rc;
}

static void
start_event(struct event *event, char letter)
{
	event->letter = letter;
	event->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_true(event->fd >= 0);
	spdk_set_thread(g_thread);
	event->interrupt = spdk_interrupt_register(event->fd, take_event, event, "event_name");
	assert_non_null(event->interrupt);
	spdk_set_thread(NULL);
}

static void
stop_event(struct event *event)
{
	spdk_set_thread(g_thread);
	spdk_interrupt_unregister(&event->interrupt);
	assert_null(event->interrupt);
	spdk_interrupt_unregister(&event->interrupt);
	spdk_set_thread(NULL);
	close(event->fd);
}

static void
fire(struct event *event)
{
	assert_int_equal(eventfd_write(event->fd, 1), 0);
}

static void
registered_descriptor_has_its_function_run_on_the_thread(void **state)
{
	struct event first = {.rc = 1}, second = {.rc = 1};

	start_event(&first, 'a');
	start_event(&second, 'b');
	settle(g_thread);
	assert_false(is_ready());
	fire(&first);
	assert_true(is_ready());
	assert_int_equal(turn(), 1);
	assert_trace("a");
	settle(g_thread);
	assert_false(is_ready());
	fire(&second);
	fire(&first);
	settle(g_thread);
	assert_int_equal(strlen(g_trace), 2);
	trace_clear();
	stop_event(&first);
	fire(&second);
	settle(g_thread);
	assert_trace("b");
	stop_event(&second);
	assert_false(is_ready());
}

static void
round_is_as_busy_as_its_handlers_say(void **state)
{
	struct event event = {.rc = 0};
	struct spdk_poller *poller;

	start_event(&event, 'e');
	settle(g_thread);
	fire(&event);
	assert_int_equal(turn(), 0);
	event.rc = -1;
	fire(&event);
	assert_int_equal(turn(), 0);
	event.rc = 3;
	fire(&event);
	assert_int_equal(turn(), 3);
	assert_trace("eee");

	/* Nor is the event of the thread itself work, when there are others. */
	spdk_set_thread(g_thread);
	poller = spdk_poller_register(add_letter_poll, (void *)(uintptr_t)'p', 0);
	spdk_set_thread(NULL);
	turn();
	assert_int_equal(turn(), 0);
	assert_int_equal(turn(), 0);
	spdk_set_thread(g_thread);
	spdk_poller_unregister(&poller);
	spdk_set_thread(NULL);
	stop_event(&event);
	settle(g_thread);
}

static void
handler_may_end_its_own_registration(void **state)
{
	struct event event = {.rc = 1, .ends_itself = true};

	start_event(&event, 'e');
	fire(&event);
	settle(g_thread);
	assert_trace("e");
	assert_null(event.interrupt);
	fire(&event);
	settle(g_thread);
	assert_trace("");
	close(event.fd);
}

static void
registration_may_outlive_its_thread(void **state)
{
	struct spdk_thread *thread = make_thread("short_lived");
	struct event event = {.rc = 1};

	event.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_true(event.fd >= 0);
	spdk_set_thread(thread);
	event.interrupt = spdk_interrupt_register(event.fd, take_event, &event, "left_over");
	assert_non_null(event.interrupt);
	spdk_set_thread(NULL);
	end_thread(thread);
	assert_true(log_captured("'short_lived'", "'left_over'", "registration_may_outlive", NULL));
	log_capture_clear();
	spdk_interrupt_unregister(&event.interrupt);
	assert_null(event.interrupt);
	close(event.fd);
}

static void
descriptor_that_cannot_be_waited_for_is_refused(void **state)
{
	struct event event = {.rc = 1};
	char path[] = "/tmp/interrupt_test_XXXXXX";
	int file = mkstemp(path);

	assert_true(file >= 0);
	assert_int_equal(unlink(path), 0);
	start_event(&event, 'e');
	spdk_set_thread(g_thread);
	assert_null(spdk_interrupt_register(event.fd, take_event, &event, "twice"));
	assert_true(log_captured("'twice'", "'slept_on'", NULL));
	log_capture_clear();
	assert_null(spdk_interrupt_register(file, take_event, &event, "a_file"));
	assert_true(log_captured("'a_file'", NULL));
	log_capture_clear();
	assert_null(spdk_interrupt_register(-1, take_event, &event, NULL));
	assert_null(spdk_interrupt_register(event.fd, NULL, NULL, NULL));
	log_capture_clear();
	spdk_set_thread(NULL);
	assert_null(spdk_interrupt_register(event.fd, take_event, &event, "nowhere"));
	assert_null(spdk_interrupt_register_fd_group(NULL, "nowhere"));
	assert_true(log_captured("spdk_interrupt_register()", "spdk_interrupt_register_fd_group()",
				 NULL));
	log_capture_clear();
	close(file);
	stop_event(&event);
	settle(g_thread);
}

static void
eventfd_is_read_by_the_library_when_it_is_said_to_be_one(void **state)
{
	struct event event = {.rc = 1, .is_read_by_library = true, .letter = 'e'};
	struct spdk_event_handler_opts opts;

	event.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	spdk_fd_group_get_default_event_handler_opts(&opts, sizeof(opts));
	opts.fd_type = SPDK_FD_TYPE_EVENTFD;
	spdk_set_thread(g_thread);
	event.interrupt = SPDK_INTERRUPT_REGISTER_EXT(event.fd, take_event, &event, &opts);
	spdk_set_thread(NULL);
	fire(&event);
	settle(g_thread);
	assert_trace("e");
	stop_event(&event);
}

static int
note_ready(void *arg)
{
	trace_add((char)(uintptr_t)arg);
	return 0;
}

static void
event_types_can_be_changed(void **state)
{
	struct spdk_interrupt *interrupt;
	struct spdk_thread *other = make_thread("other");
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	spdk_set_thread(g_thread);
	interrupt = spdk_interrupt_register_for_events(fds[0], SPDK_INTERRUPT_EVENT_IN, note_ready,
						       (void *)(uintptr_t)'r', "socket");
	assert_non_null(interrupt);
	turn();
	assert_trace("");
	assert_int_equal(spdk_interrupt_set_event_types(interrupt, SPDK_INTERRUPT_EVENT_OUT), 0);
	turn();
	assert_trace("r");
	assert_int_equal(spdk_interrupt_set_event_types(interrupt, SPDK_INTERRUPT_EVENT_IN), 0);
	turn();
	assert_trace("");
	assert_int_equal(spdk_interrupt_set_event_types(NULL, SPDK_INTERRUPT_EVENT_IN), -EINVAL);
	log_capture_clear();
	spdk_set_thread(other);
	assert_int_equal(spdk_interrupt_set_event_types(interrupt, SPDK_INTERRUPT_EVENT_OUT),
			 -EINVAL);
	assert_true(log_captured("'socket'", "'slept_on'", "'other'", NULL));
	log_capture_clear();
	spdk_interrupt_unregister(&interrupt);
	assert_non_null(interrupt);
	log_capture_clear();
	end_thread(other);
	spdk_set_thread(g_thread);
	spdk_interrupt_unregister(&interrupt);
	close(fds[0]);
	close(fds[1]);
}

static void
whole_group_may_be_registered(void **state)
{
	struct spdk_fd_group *group;
	struct spdk_interrupt *interrupt;
	struct event event = {.rc = 2, .letter = 'g'};

	event.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_int_equal(spdk_fd_group_create(&group), 0);
	assert_int_equal(spdk_fd_group_add(group, event.fd, take_event, &event, "in_group"), 0);
	spdk_set_thread(g_thread);
	interrupt = spdk_interrupt_register_fd_group(group, "the_group");
	assert_non_null(interrupt);
	assert_int_equal(spdk_interrupt_set_event_types(interrupt, SPDK_INTERRUPT_EVENT_IN),
			 -EINVAL);
	log_capture_clear();
	assert_null(spdk_interrupt_register_fd_group(group, "again"));
	log_capture_clear();
	spdk_set_thread(NULL);
	settle(g_thread);
	fire(&event);
	assert_true(is_ready());
	assert_int_equal(turn(), 2);
	assert_trace("g");
	spdk_set_thread(g_thread);
	spdk_interrupt_unregister(&interrupt);
	spdk_set_thread(NULL);
	fire(&event);
	settle(g_thread);
	assert_trace("");
	spdk_fd_group_remove(group, event.fd);
	spdk_fd_group_destroy(group);
	close(event.fd);
}

/* ---- A foreign loop that nests the group and never polls ---- */

static void
leave(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
}

static void
nested_group_turns_the_thread_by_itself(void **state)
{
	struct spdk_fd_group *loop;
	struct spdk_poller *poller;
	struct event event = {.rc = 1};
	int i;

	assert_int_equal(spdk_fd_group_create(&loop), 0);
	assert_int_equal(spdk_fd_group_nest(loop, spdk_thread_get_interrupt_fd_group(g_thread)), 0);
	for (i = 0; i < 20; i++) {
		send_letter(g_thread, 'm');
	}
	while (strlen(g_trace) < 20) {
		assert_true(spdk_fd_group_wait(loop, 2000) > 0);
		assert_null(spdk_get_thread());
	}
	trace_clear();

	spdk_set_thread(g_thread);
	poller = spdk_poller_register(add_letter_poll, (void *)(uintptr_t)'t', 5000);
	spdk_set_thread(NULL);
	while (strlen(g_trace) < 3) {
		assert_true(spdk_fd_group_wait(loop, 2000) >= 0);
	}
	spdk_set_thread(g_thread);
	spdk_poller_unregister(&poller);
	spdk_set_thread(NULL);
	trace_clear();

	start_event(&event, 'e');
	fire(&event);
	while (g_trace[0] == '\0') {
		assert_true(spdk_fd_group_wait(loop, 2000) > 0);
	}
	assert_trace("e");
	stop_event(&event);

	spdk_thread_send_msg(g_thread, leave, NULL);
	while (!spdk_thread_is_exited(g_thread)) {
		assert_true(spdk_fd_group_wait(loop, 2000) >= 0);
	}
	assert_int_equal(spdk_fd_group_unnest(loop, spdk_thread_get_interrupt_fd_group(g_thread)),
			 0);
	spdk_thread_destroy(g_thread);
	g_thread = NULL;
	spdk_fd_group_destroy(loop);
}

static void
thread_on_a_run_queue_is_not_taken_by_a_foreign_loop(void **state)
{
	struct spdk_fd_group *loop;
	struct spindle_run_queue *queue;
	struct event event = {.rc = 1};

	assert_int_equal(spindle_run_queue_create(&queue), 0);
	start_event(&event, 'e');
	assert_int_equal(spdk_fd_group_create(&loop), 0);
	assert_int_equal(spdk_fd_group_nest(loop, spdk_thread_get_interrupt_fd_group(g_thread)), 0);
	assert_int_equal(spindle_run_queue_add(queue, g_thread), 0);
	spindle_run_queue_turn(queue);
	fire(&event);
	send_letter(g_thread, 'm');
	(void)spdk_fd_group_wait(loop, 0);
	assert_trace("");
	log_capture_clear();
	/* Its home does it all. */
	spindle_run_queue_turn(queue);
	assert_trace("em");
	assert_int_equal(spdk_fd_group_unnest(loop, spdk_thread_get_interrupt_fd_group(g_thread)),
			 0);
	spdk_fd_group_destroy(loop);
	stop_event(&event);
	spdk_thread_send_msg(g_thread, leave, NULL);
	while (spdk_thread_get_count() != 0) {
		spindle_run_queue_turn(queue);
	}
	g_thread = NULL;
	assert_int_equal(spindle_run_queue_destroy(queue), 0);
}

/* ---- Several OS threads ---- */

static _Atomic uint64_t g_sent;
static uint64_t g_received;

static void
count_message(void *arg)
{
	g_received++;
}

static void *
send_until_refused(void *arg)
{
	while (spdk_thread_send_msg(arg, count_message, NULL) == 0) {
		g_sent++;
		if (g_sent % 16 == 0) {
			usleep(20);
		}
	}
	return NULL;
}

/* The waker holds the thread while it writes, so that the descriptor is there when it does. */
static void
thread_may_go_while_others_wake_it(void **state)
{
	pthread_t senders[2];
	int round, i;

	for (round = 0; round < 100; round++) {
		struct spdk_thread *thread = make_thread("goes");
		int fd = g_fd;

		g_fd = spdk_thread_get_interrupt_fd(thread);
		g_sent = g_received = 0;
		for (i = 0; i < 2; i++) {
			assert_int_equal(
				pthread_create(&senders[i], NULL, send_until_refused, thread), 0);
		}
		while (g_received < 50 + (uint64_t)round) {
			/* Nothing is lost: the descriptor shows whatever was sent. */
			assert_true(is_ready_within(5000));
			spdk_thread_poll(thread, 0, 0);
		}
		spdk_set_thread(thread);
		spdk_thread_exit(thread);
		spdk_set_thread(NULL);
		while (!spdk_thread_is_exited(thread)) {
			assert_true(is_ready_within(5000));
			spdk_thread_poll(thread, 0, 0);
		}
		spdk_thread_destroy(thread);
		for (i = 0; i < 2; i++) {
			pthread_join(senders[i], NULL);
		}
		assert_int_equal(g_received, g_sent);
		g_fd = fd;
	}
	log_capture_clear();
}

/* ---- When there are no descriptors left ---- */

static void
lack_of_descriptors_is_an_error_and_nothing_more(void **state)
{
	struct spdk_thread *other = make_thread("without");
	struct spindle_run_queue *queues[64];
	struct rlimit limit, small;
	int count = 0, probe, rc, extra;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	probe = dup(0);
	close(probe);
	/* With each number of free descriptors, up to what it takes. */
	for (extra = 0; extra < 8; extra++) {
		small = limit;
		small.rlim_cur = (rlim_t)(probe + extra);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &small), 0);
		rc = spdk_thread_get_interrupt_fd(other);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
		if (rc >= 0) {
			break;
		}
		assert_true(log_captured("spdk_thread_get_interrupt_fd()", "'without'", NULL));
		log_capture_clear();
		probe = dup(0);
		close(probe);
	}
	assert_in_range(extra, 1, 7);
	send_letter(other, 'a');
	settle(other);
	assert_trace("a");
	end_thread(other);

	small = limit;
	small.rlim_cur = (rlim_t)(probe + 1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &small), 0);
	/* Those that were made before are used again, with what they have. */
	do {
		rc = spindle_run_queue_create(&queues[count]);
	} while (rc == 0 && ++count < 64);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(rc, -EMFILE);
	while (count-- > 0) {
		assert_int_equal(spindle_run_queue_destroy(queues[count]), 0);
	}
	log_capture_clear();
}

/* ---- Interrupt mode, which lasts until the process ends: these come last ---- */

static void
mode_is_refused_while_the_library_is_open(void **state)
{
	assert_false(spdk_interrupt_mode_is_enabled());
	assert_int_equal(spdk_interrupt_mode_enable(), -EBUSY);
	assert_true(log_captured("spdk_interrupt_mode_enable()", NULL));
	log_capture_clear();
	assert_false(spdk_interrupt_mode_is_enabled());
	spdk_set_thread(g_thread);
	spdk_thread_set_interrupt_mode(true);
	assert_true(log_captured("spdk_thread_set_interrupt_mode()", NULL));
	log_capture_clear();
}

static void
enable_mode(void **state)
{
	assert_int_equal(spdk_interrupt_mode_enable(), 0);
	assert_true(spdk_interrupt_mode_is_enabled());
}

static void
note_mode(struct spdk_poller *poller, void *arg, bool interrupt_mode)
{
	assert_ptr_equal(spdk_get_thread(), g_thread);
	trace_add(interrupt_mode ? 'I' : 'P');
}

static void
poller_is_told_of_the_mode_and_driven_by_its_descriptor(void **state)
{
	struct spdk_poller *active, *timed, *plain;

	spdk_set_thread(g_thread);
	active = spdk_poller_register(add_letter_poll, (void *)(uintptr_t)'a', 0);
	timed = spdk_poller_register(add_letter_poll, (void *)(uintptr_t)'t', HOUR_US);
	spdk_poller_register_interrupt(active, note_mode, NULL);
	spdk_poller_register_interrupt(timed, note_mode, NULL);
	assert_trace("II");
	settle(g_thread);
	assert_trace("");
	/* What drives it is its own business: nothing else is to run. */
	assert_false(is_ready());
	spdk_thread_poll(g_thread, 0, spdk_thread_next_poller_expiration(g_thread));
	assert_trace("");
	/* One that cannot live in this mode is polled as ever. */
	plain = spdk_poller_register(add_letter_poll, (void *)(uintptr_t)'p', 0);
	turn();
	assert_trace("p");
	assert_true(is_ready());
	spdk_poller_unregister(&plain);
	settle(g_thread);
	assert_false(is_ready());

	spdk_thread_set_interrupt_mode(false);
	assert_int_equal(strlen(g_trace), 2);
	assert_int_equal(strspn(g_trace, "P"), 2);
	trace_clear();
	turn();
	assert_trace("a");
	spdk_thread_set_interrupt_mode(false);
	spdk_thread_set_interrupt_mode(true);
	assert_int_equal(strspn(g_trace, "I"), 2);
	trace_clear();
	settle(g_thread);
	assert_trace("");
	assert_false(is_ready());
	spdk_poller_unregister(&active);
	spdk_poller_unregister(&timed);
}

static void
thread_needs_descriptors_in_interrupt_mode(void **state)
{
	struct spdk_thread *thread = NULL;
	struct rlimit limit, small;
	int probe = dup(0), extra;

	close(probe);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	for (extra = 0; extra < 8 && thread == NULL; extra++) {
		small = limit;
		small.rlim_cur = (rlim_t)(probe + extra);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &small), 0);
		thread = spdk_thread_create("without", NULL);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
		assert_true(extra > 0 || log_captured("'without'", "descriptors", NULL));
	}
	assert_in_range(extra, 2, 8);
	log_capture_clear();
	end_thread(thread);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FD_TEST(messages_make_the_descriptor_ready_until_they_have_run),
		FD_TEST(what_was_there_before_the_descriptor_shows_too),
		FD_TEST(timer_makes_the_descriptor_ready_when_it_is_due),
		FD_TEST(active_poller_keeps_the_descriptor_ready),
		FD_TEST(registered_descriptor_has_its_function_run_on_the_thread),
		FD_TEST(round_is_as_busy_as_its_handlers_say),
		FD_TEST(handler_may_end_its_own_registration),
		FD_TEST(registration_may_outlive_its_thread),
		FD_TEST(descriptor_that_cannot_be_waited_for_is_refused),
		FD_TEST(eventfd_is_read_by_the_library_when_it_is_said_to_be_one),
		FD_TEST(event_types_can_be_changed),
		FD_TEST(whole_group_may_be_registered),
		FD_TEST(nested_group_turns_the_thread_by_itself),
		FD_TEST(thread_on_a_run_queue_is_not_taken_by_a_foreign_loop),
		FD_TEST(thread_may_go_while_others_wake_it),
		FD_TEST(lack_of_descriptors_is_an_error_and_nothing_more),
		FD_TEST(mode_is_refused_while_the_library_is_open),
		cmocka_unit_test(enable_mode),
		FD_TEST(messages_make_the_descriptor_ready_until_they_have_run),
		FD_TEST(timer_makes_the_descriptor_ready_when_it_is_due),
		FD_TEST(active_poller_keeps_the_descriptor_ready),
		FD_TEST(registered_descriptor_has_its_function_run_on_the_thread),
		FD_TEST(nested_group_turns_the_thread_by_itself),
		FD_TEST(thread_may_go_while_others_wake_it),
		FD_TEST(poller_is_told_of_the_mode_and_driven_by_its_descriptor),
		FD_TEST(thread_needs_descriptors_in_interrupt_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
