/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The descriptors that pollers are given to be woken by: which are refused, whose they are, and
 * that none is left when the poller or its thread is gone.
 */
#include <dirent.h>
#include <fcntl.h>

#include "runtime/thread/wake_fixture.h"

/* Event and epoll descriptors that the process has: what explains an error may open a file. */
static int
count_fds(void)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;
	char target[64];
	ssize_t length;
	int count = 0;

	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL) {
		length = readlinkat(dirfd(directory), entry->d_name, target, sizeof(target));
		count += length > 0 && memcmp(target, "anon_inode", strlen("anon_inode")) == 0;
	}
	closedir(directory);
	return count;
}

/* ---- Whose descriptor it is ---- */

static void
application_may_close_its_descriptor(void **state)
{
	struct spdk_thread *thread = make_homed("watching");
	struct source source;

	open_source(&source);
	source.reading = dup(source.fd);
	run_on(g_queue, thread, watch_source, &source);
	close(source.fd);
	assert_true(sleeps(g_queue));
	fire(&source);
	assert_true(is_woken(g_queue));
	spindle_run_queue_turn(g_queue);
	assert_int_equal(source.received, 1);
	/* And is watched wherever the poller goes. */
	run_on(g_queue, thread, move_to_second, NULL);
	spindle_run_queue_turn(g_second);
	fire(&source);
	assert_true(is_woken(g_second));
	run_on(g_second, thread, unregister_source, &source);
	end_homed();
	close_source(&source);
}

static void
two_pollers_may_have_the_same_descriptor(struct spdk_thread *first_thread,
					 struct spdk_thread *second_thread)
{
	struct source first, second;

	open_source(&first);
	second = first;
	run_on(g_queue, first_thread, watch_source, &first);
	run_on(g_queue, second_thread, watch_source, &second);
	assert_true(sleeps(g_queue));
	first.calls = second.calls = 0;
	fire(&first);
	assert_true(is_woken(g_queue));
	spindle_run_queue_turn(g_queue);
	assert_int_equal(first.calls, 1);
	assert_int_equal(second.calls, 1);
	assert_int_equal(first.received + second.received, 1);
	assert_true(sleeps(g_queue));
	run_on(g_queue, first_thread, unregister_source, &first);
	assert_true(sleeps(g_queue));
	fire(&second);
	assert_true(is_woken(g_queue));
	spindle_run_queue_turn(g_queue);
	assert_int_equal(first.received + second.received, 2);
	run_on(g_queue, second_thread, unregister_source, &second);
	fire(&second);
	assert_true(sleeps(g_queue));
	close_source(&first);
}

static void
pollers_of_one_thread_may_have_the_same_descriptor(void **state)
{
	struct spdk_thread *thread = make_homed("both");

	two_pollers_may_have_the_same_descriptor(thread, thread);
	end_homed();
}

static void
pollers_of_two_threads_may_have_the_same_descriptor(void **state)
{
	two_pollers_may_have_the_same_descriptor(make_homed("first"), make_homed("second"));
	end_homed();
}

/* ---- What is left ---- */

static int
stop_yourself(void *arg)
{
	struct source *source = arg;

	spdk_poller_unregister(&source->poller);
	return SPDK_POLLER_BUSY;
}

static void
watch_and_stop(void *arg)
{
	struct source *source = arg;

	source->poller = spdk_poller_register(stop_yourself, source, 0);
	assert_int_equal(spindle_poller_set_wake_fd(source->poller, source->fd, EPOLLIN), 0);
}

static void
unregister_leaves_no_descriptor(void **state)
{
	struct spdk_thread *thread = make_homed("watching");
	struct source source;
	int before;

	open_source(&source);
	before = count_fds();
	run_on(g_queue, thread, watch_source, &source);
	assert_int_equal(count_fds(), before + 1);
	run_on(g_queue, thread, give_descriptor, &source);
	assert_int_equal(count_fds(), before + 1);
	run_on(g_queue, thread, take_descriptor_away, &source);
	assert_int_equal(count_fds(), before);
	run_on(g_queue, thread, give_descriptor, &source);
	run_on(g_queue, thread, unregister_source, &source);
	assert_int_equal(count_fds(), before);

	run_on(g_queue, thread, watch_source, &source);
	run_on(g_queue, thread, pause_source, &source);
	run_on(g_queue, thread, unregister_source, &source);
	assert_int_equal(count_fds(), before);

	run_on(g_queue, thread, watch_and_stop, &source);
	assert_null(source.poller);
	assert_int_equal(count_fds(), before);
	fire(&source);
	assert_true(sleeps(g_queue));
	end_homed();
	close_source(&source);
}

static void
thread_that_ends_by_force_leaves_no_descriptor(void **state)
{
	struct spdk_thread *thread = make_homed("ended");
	struct source watched, paused;
	int before;

	open_source(&watched);
	open_source(&paused);
	before = count_fds();
	run_on(g_queue, thread, watch_source, &watched);
	run_on(g_queue, thread, watch_source, &paused);
	run_on(g_queue, thread, pause_source, &paused);
	assert_int_equal(count_fds(), before + 2);
	spindle_run_queue_exit_threads(g_queue, NULL, 0);
	spindle_run_queue_turn(g_queue);
	assert_int_equal(spdk_thread_get_count(), 0);
	assert_true(log_captured("'ended'", "'source'", NULL));
	log_capture_clear();
	assert_int_equal(count_fds(), before);
	fire(&watched);
	fire(&paused);
	assert_true(sleeps(g_queue));
	watched.poller = paused.poller = NULL;
	close_source(&watched);
	close_source(&paused);
}

static void
thread_destroyed_anywhere_leaves_no_descriptor(void **state)
{
	struct spdk_thread *polled = make_thread("polled"), *homed = make_homed("homed");
	struct source sources[2];
	int before;

	open_source(&sources[0]);
	open_source(&sources[1]);
	before = count_fds();
	spdk_set_thread(polled);
	watch_source(&sources[0]);
	spdk_set_thread(NULL);
	run_on(g_queue, homed, watch_source, &sources[1]);
	assert_int_equal(count_fds(), before + 2);
	spdk_thread_lib_fini();
	assert_true(log_captured("2 threads are left", NULL));
	log_capture_clear();
	assert_int_equal(count_fds(), before);
	fire(&sources[1]);
	assert_true(sleeps(g_queue));
	sources[0].poller = sources[1].poller = NULL;
	close_source(&sources[0]);
	close_source(&sources[1]);
}

/* What the next descriptor to be opened gets. */
static int
next_fd(void)
{
	int fd = dup(STDERR_FILENO);

	assert_true(fd >= 0);
	close(fd);
	return fd;
}

/* A program that closes every number it sees, as a daemon does, closes ours as well. */
static void
poller_whose_descriptor_is_refused_at_arrival_is_called_in_each_turn(void **state)
{
	struct spdk_thread *thread = make_thread("robbed");
	struct source source;
	int i, own_fd;

	open_source(&source);
	own_fd = next_fd();
	spdk_set_thread(thread);
	watch_source(&source);
	spdk_set_thread(NULL);
	assert_int_equal(close(own_fd), 0);
	assert_int_equal(spindle_run_queue_add(g_queue, thread), 0);
	spindle_run_queue_turn(g_queue);
	assert_true(log_captured("'robbed'", "'source'", "does not rest", NULL));
	log_capture_clear();
	for (i = 2; i <= 5; i++) {
		assert_true(stays_awake(g_queue));
		fire(&source);
		spindle_run_queue_turn(g_queue);
		assert_int_equal(source.calls, i);
		assert_int_equal(source.received, i - 1);
	}
	/* Where it is taken again, there is rest again. */
	assert_int_equal(dup2(source.fd, own_fd), own_fd);
	run_on(g_queue, thread, move_to_second, NULL);
	spindle_run_queue_turn(g_second);
	assert_true(sleeps(g_second));
	fire(&source);
	assert_true(is_woken(g_second));
	run_on(g_second, thread, unregister_source, &source);
	end_homed();
	close_source(&source);
}

/* ---- Refused ---- */

static int g_rc;

static void
try_to_watch(void *arg)
{
	struct source *source = arg;

	g_rc = spindle_poller_set_wake_fd(source->poller, source->fd, EPOLLIN);
}

static void
try_fd(struct spdk_thread *thread, struct source *source, int fd)
{
	struct source other = *source;

	other.fd = fd;
	run_on(g_queue, thread, try_to_watch, &other);
}

static void
descriptor_that_cannot_be_waited_for_is_refused_and_explained(void **state)
{
	struct spdk_thread *thread = make_homed("refused");
	struct source source;
	FILE *file = tmpfile();
	int lowest, directory = open("/", O_RDONLY | O_CLOEXEC);

	assert_non_null(file);
	open_source(&source);
	run_on(g_queue, thread, watch_source, &source);
	lowest = next_fd();
	try_fd(thread, &source, fileno(file));
	assert_int_equal(g_rc, -EPERM);
	assert_true(log_captured("spindle_poller_set_wake_fd()", "'source'", "regular file",
				 "eventfd", NULL));
	log_capture_clear();
	try_fd(thread, &source, directory);
	assert_int_equal(g_rc, -EPERM);
	log_capture_clear();
	try_fd(thread, &source, next_fd());
	assert_int_equal(g_rc, -EBADF);
	assert_true(log_captured("spindle_poller_set_wake_fd()", "'source'", "Bad file", NULL));
	log_capture_clear();
	/* What a call that failed returned, not 'none'. */
	try_fd(thread, &source, -EMFILE);
	assert_int_equal(g_rc, -EBADF);
	log_capture_clear();
	assert_int_equal(next_fd(), lowest);
	/* It keeps the one it had. */
	assert_true(sleeps(g_queue));
	fire(&source);
	assert_true(is_woken(g_queue));
	run_on(g_queue, thread, unregister_source, &source);
	end_homed();
	close_source(&source);
	fclose(file);
	close(directory);
}

static void
register_timed(void *arg)
{
	struct source *source = arg;

	source->poller = spdk_poller_register_named(source_poll, source, 1000000, "timed");
}

static void
poller_with_a_period_is_refused(void **state)
{
	struct spdk_thread *thread = make_homed("timed");
	struct source source;
	int before;

	open_source(&source);
	before = count_fds();
	run_on(g_queue, thread, register_timed, &source);
	run_on(g_queue, thread, try_to_watch, &source);
	assert_int_equal(g_rc, -EINVAL);
	assert_true(log_captured("'timed'", "has a period", NULL));
	log_capture_clear();
	assert_int_equal(count_fds(), before);
	run_on(g_queue, thread, unregister_source, &source);
	end_homed();
	close_source(&source);
}

static void
wrong_thread_is_refused_and_named(void **state)
{
	struct spdk_thread *thread = make_homed("owner"), *other = make_homed("other");
	struct source source;

	open_source(&source);
	run_on(g_queue, thread, register_source, &source);
	run_on(g_queue, other, try_to_watch, &source);
	assert_int_equal(g_rc, -EPERM);
	assert_true(log_captured("spindle_poller_set_wake_fd()", "'source'", "'owner'", "'other'",
				 NULL));
	log_capture_clear();
	try_to_watch(&source);
	assert_int_equal(g_rc, -EPERM);
	assert_true(log_captured("running no spdk_thread", NULL));
	log_capture_clear();
	assert_true(stays_awake(g_queue));
	run_on(g_queue, thread, unregister_source, &source);
	end_homed();
	close_source(&source);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HOME_TEST(application_may_close_its_descriptor),
		HOME_TEST(pollers_of_one_thread_may_have_the_same_descriptor),
		HOME_TEST(pollers_of_two_threads_may_have_the_same_descriptor),
		HOME_TEST(unregister_leaves_no_descriptor),
		HOME_TEST(thread_that_ends_by_force_leaves_no_descriptor),
		HOME_TEST(thread_destroyed_anywhere_leaves_no_descriptor),
		HOME_TEST(poller_whose_descriptor_is_refused_at_arrival_is_called_in_each_turn),
		HOME_TEST(descriptor_that_cannot_be_waited_for_is_refused_and_explained),
		HOME_TEST(poller_with_a_period_is_refused),
		HOME_TEST(wrong_thread_is_refused_and_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
