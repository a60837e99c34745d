/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a thread is from its creation to its destruction, and the library around it.
 */
#include "runtime/thread/thread_fixture.h"
#include "runtime/thread_mask.h"

static int
idle_poll(void *arg)
{
	return SPDK_POLLER_IDLE;
}

static int
make_channel(void *device, void *ctx)
{
	return 0;
}

static void
free_channel(void *device, void *ctx)
{
	trace_add('d');
}

/* ---- Names, ids, the app thread ---- */

static void
name_is_kept_whatever_its_length(void **state)
{
	static const size_t lengths[] = {0, 1, 15, 16, 300};
	char name[301];
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(lengths); i++) {
		struct spdk_thread *thread;

		memset(name, 'n', lengths[i]);
		name[lengths[i]] = '\0';
		thread = make_thread(name);
		memset(name, 'x', lengths[i]);
		assert_int_equal(strlen(spdk_thread_get_name(thread)), lengths[i]);
		assert_int_equal(strspn(spdk_thread_get_name(thread), "n"), lengths[i]);
		end_thread(thread);
	}
}

static void
thread_without_a_name_is_named_for_its_address(void **state)
{
	struct spdk_thread *thread = make_thread(NULL);
	char expected[32];

	snprintf(expected, sizeof(expected), "%p", (void *)thread);
	assert_string_equal(spdk_thread_get_name(thread), expected);
	end_thread(thread);
}

static void
ids_count_up_from_one_and_are_not_given_twice(void **state)
{
	struct spdk_thread *first = make_thread("first"), *second = make_thread("second"), *third;

	assert_int_equal(spdk_thread_get_id(first), 1);
	assert_int_equal(spdk_thread_get_id(second), 2);
	assert_int_equal(spdk_thread_get_count(), 2);
	assert_ptr_equal(spdk_thread_get_by_id(1), first);
	assert_ptr_equal(spdk_thread_get_by_id(2), second);
	assert_null(spdk_thread_get_by_id(0));
	assert_null(spdk_thread_get_by_id(3));

	end_thread(second);
	assert_int_equal(spdk_thread_get_count(), 1);
	assert_null(spdk_thread_get_by_id(2));
	third = make_thread("third");
	assert_int_equal(spdk_thread_get_id(third), 3);
	assert_ptr_equal(spdk_thread_get_by_id(3), third);
	end_thread(third);
	end_thread(first);
	assert_int_equal(spdk_thread_get_count(), 0);
}

static void
first_thread_is_the_app_thread_until_the_library_ends(void **state)
{
	struct spdk_thread *first, *second;

	assert_null(spdk_thread_get_app_thread());
	assert_false(spdk_thread_is_app_thread(NULL));
	first = make_thread("first");
	second = make_thread("second");
	assert_ptr_equal(spdk_thread_get_app_thread(), first);
	assert_true(spdk_thread_is_app_thread(first));
	assert_false(spdk_thread_is_app_thread(second));
	assert_false(spdk_thread_is_app_thread(NULL));
	spdk_set_thread(first);
	assert_true(spdk_thread_is_app_thread(NULL));
	spdk_set_thread(second);
	assert_false(spdk_thread_is_app_thread(NULL));
	spdk_set_thread(NULL);

	end_thread(second);
	end_thread(first);
	/* Kept for those who still ask. */
	assert_ptr_equal(spdk_thread_get_app_thread(), first);
	assert_string_equal(spdk_thread_get_name(first), "first");
	assert_true(spdk_thread_is_exited(first));
	assert_false(spdk_thread_is_running(first));
	second = make_thread("another");
	assert_false(spdk_thread_is_app_thread(second));
	end_thread(second);
}

static bool
is_zero(const uint8_t *bytes, size_t size)
{
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0;
}

static void
context_is_zeroed_each_time_and_leads_back_to_its_thread(void **state)
{
	static const struct {
		size_t ctx_size;
		int rounds; /* until memory is used again, but for the last, which is too large */
	} sizes[] = {{1, 35000}, {100, 35000}, {5000, 3500}, {100000, 300}};
	static struct spdk_thread *kept[3500];
	size_t i;
	int round;

	spdk_thread_lib_fini();
	for (i = 0; i < SPDK_COUNTOF(sizes); i++) {
		assert_int_equal(spdk_thread_lib_init(NULL, sizes[i].ctx_size), 0);
		for (round = 0; round < sizes[i].rounds; round++) {
			struct spdk_thread *thread = make_thread(NULL);
			uint8_t *ctx = spdk_thread_get_ctx(thread);

			assert_ptr_equal(spdk_thread_get_from_ctx(ctx), thread);
			assert_int_equal((uintptr_t)ctx % 16, 0);
			assert_true(is_zero(ctx, sizes[i].ctx_size));
			memset(ctx, 0xa5, sizes[i].ctx_size);
			/* One in ten stays, so that no memory is given back as a whole. */
			if (round % 10 == 0) {
				kept[round / 10] = thread;
			} else {
				end_thread(thread);
			}
		}
		while (round-- > 0) {
			if (round % 10 == 0) {
				end_thread(kept[round / 10]);
			}
		}
		spdk_thread_lib_fini();
	}
	assert_null(spdk_thread_get_from_ctx(NULL));
}

static void
thread_has_no_context_when_none_was_asked_for(void **state)
{
	struct spdk_thread *thread = make_thread(NULL);

	assert_null(spdk_thread_get_ctx(thread));
	end_thread(thread);
}

/* ---- Cpumasks ---- */

static uint32_t g_op_count[2];
static struct spdk_thread *g_op_thread;
static struct spdk_thread *g_op_caller;
static int g_op_rc;

static int
take_op(struct spdk_thread *thread, enum spdk_thread_op op)
{
	g_op_count[op]++;
	g_op_thread = thread;
	g_op_caller = spdk_get_thread();
	return g_op_rc;
}

static bool
supports_all(enum spdk_thread_op op)
{
	return true;
}

static void
reopen_with_ops(void)
{
	spdk_thread_lib_fini();
	memset(g_op_count, 0, sizeof(g_op_count));
	g_op_rc = 0;
	assert_int_equal(spdk_thread_lib_init_ext(take_op, supports_all, 0, 0), 0);
}

static void
cpumask_is_copied_and_none_means_all(void **state)
{
	struct spdk_cpuset mask;
	struct spdk_thread *all, *some, *same;

	spdk_cpuset_zero(&mask);
	spdk_cpuset_set_cpu(&mask, 3, true);
	all = spdk_thread_create("all", NULL);
	some = spdk_thread_create("some", &mask);
	same = spdk_thread_create("same", &mask);
	spdk_cpuset_set_cpu(&mask, 4, true);
	assert_int_equal(spdk_cpuset_count(spdk_thread_get_cpumask(all)), SPDK_CPUSET_SIZE);
	assert_int_equal(spdk_cpuset_count(spdk_thread_get_cpumask(some)), 1);
	assert_true(spdk_cpuset_get_cpu(spdk_thread_get_cpumask(some), 3));
	end_thread(some);
	assert_int_equal(spdk_cpuset_count(spdk_thread_get_cpumask(same)), 1);
	end_thread(same);
	end_thread(all);
}

static void
where_a_thread_may_run_is_told_by_id_as_long_as_it_is_there(void **state)
{
	struct spdk_thread *all, *some;
	struct spdk_cpuset mask;
	char name[4];
	uint64_t id;

	spdk_cpuset_zero(&mask);
	spdk_cpuset_set_cpu(&mask, 3, true);
	all = make_thread("all");
	some = spdk_thread_create("some", &mask);
	id = spdk_thread_get_id(some);
	assert_true(thread_may_run_on(id, 3));
	assert_false(thread_may_run_on(id, 4));
	assert_false(thread_may_run_on(id, UINT32_MAX));
	assert_true(thread_may_run_on(spdk_thread_get_id(all), 4));
	/* The next one in order does not stand in for one that is gone, or has never been. */
	assert_false(thread_may_run_on(0, 4));
	assert_true(thread_copy_name(id, name, sizeof(name)));
	assert_string_equal(name, "som");
	assert_false(thread_copy_name(0, name, sizeof(name)));
	end_thread(all);
	end_thread(some);
	assert_false(thread_may_run_on(id, 3));
	assert_false(thread_copy_name(id, name, sizeof(name)));
}

static void
new_cpumask_is_seen_by_the_operation_that_moves_the_thread(void **state)
{
	struct spdk_thread *thread, *other;
	struct spdk_cpuset mask;

	reopen_with_ops();
	spdk_cpuset_zero(&mask);
	spdk_cpuset_set_cpu(&mask, 1, true);
	thread = spdk_thread_create("moved", &mask);
	other = spdk_thread_create("other", &mask);
	assert_int_equal(g_op_count[SPDK_THREAD_OP_NEW], 2);
	assert_ptr_equal(g_op_thread, other);
	assert_null(g_op_caller);

	spdk_set_thread(thread);
	spdk_cpuset_set_cpu(&mask, 2, true);
	assert_int_equal(spdk_thread_set_cpumask(&mask), 0);
	assert_int_equal(g_op_count[SPDK_THREAD_OP_RESCHED], 1);
	assert_ptr_equal(g_op_thread, thread);
	assert_int_equal(spdk_cpuset_count(spdk_thread_get_cpumask(thread)), 2);
	/* Equal masks are one object inside, but not from outside. */
	assert_int_equal(spdk_cpuset_count(spdk_thread_get_cpumask(other)), 1);

	g_op_rc = -EBUSY;
	assert_int_equal(spdk_thread_set_cpumask(NULL), -EBUSY);
	assert_int_equal(spdk_cpuset_count(spdk_thread_get_cpumask(thread)), SPDK_CPUSET_SIZE);
	assert_true(log_captured("SPDK_THREAD_OP_RESCHED", "take_op", NULL));
	log_capture_clear();
	spdk_set_thread(NULL);
	end_thread(other);
	end_thread(thread);
}

static void
cpumask_that_cannot_be_is_refused(void **state)
{
	struct spdk_thread *thread;
	struct spdk_cpuset empty;

	reopen_with_ops();
	spdk_cpuset_zero(&empty);
	assert_null(spdk_thread_create("nowhere", &empty));
	assert_true(log_captured("'nowhere'", "empty", NULL));
	log_capture_clear();
	thread = make_thread("here");
	assert_int_equal(spdk_thread_set_cpumask(&empty), -EINVAL);
	assert_true(log_captured("spdk_thread_set_cpumask()", NULL));
	log_capture_clear();
	spdk_set_thread(thread);
	assert_int_equal(spdk_thread_set_cpumask(&empty), -EINVAL);
	assert_int_equal(spdk_cpuset_count(spdk_thread_get_cpumask(thread)), SPDK_CPUSET_SIZE);
	assert_true(log_captured("'here'", "empty", NULL));
	log_capture_clear();
	end_thread(thread);
}

static void
binding_is_remembered(void **state)
{
	struct spdk_thread *thread = make_thread(NULL);

	assert_false(spdk_thread_is_bound(thread));
	spdk_thread_bind(thread, true);
	assert_true(spdk_thread_is_bound(thread));
	spdk_thread_bind(thread, false);
	assert_false(spdk_thread_is_bound(thread));
	end_thread(thread);
}

/* ---- The library ---- */

static int
refuse_first(struct spdk_thread *thread)
{
	trace_add('n');
	g_op_thread = thread;
	g_op_caller = spdk_get_thread();
	return spdk_thread_get_id(thread) == 1 ? -ENOSPC : 0;
}

static void
thread_that_nobody_takes_is_given_up(void **state)
{
	struct spdk_thread *second, *third;

	spdk_thread_lib_fini();
	assert_int_equal(spdk_thread_lib_init(refuse_first, 0), 0);
	trace_clear();
	assert_null(spdk_thread_create("refused", NULL));
	assert_true(log_captured("new_thread_fn", "'refused'", NULL));
	log_capture_clear();
	assert_int_equal(spdk_thread_get_count(), 0);
	assert_null(spdk_thread_get_app_thread());

	second = make_thread("second");
	assert_true(spdk_thread_is_app_thread(second));
	spdk_set_thread(second);
	third = make_thread("third");
	/* Told on the caller's thread, of one that runs later. */
	assert_ptr_equal(g_op_thread, third);
	assert_ptr_equal(g_op_caller, second);
	spdk_set_thread(NULL);
	assert_trace("nnn");
	end_thread(third);
	end_thread(second);
}

static void
library_is_opened_once_and_closed_any_number_of_times(void **state)
{
	int i;

	assert_int_equal(spdk_thread_lib_init(NULL, 0), -EALREADY);
	assert_int_equal(spdk_thread_lib_init_ext(NULL, NULL, 0, 0), -EALREADY);
	log_capture_clear();
	spdk_thread_lib_fini();
	assert_int_equal(spdk_thread_lib_init_ext(take_op, NULL, 0, 0), -EINVAL);
	assert_int_equal(spdk_thread_lib_init_ext(NULL, supports_all, 0, 0), -EINVAL);
	log_capture_clear();
	spdk_thread_lib_fini();
	for (i = 0; i < 20; i++) {
		struct spdk_thread *thread;

		assert_int_equal(spdk_thread_lib_init_ext(NULL, NULL, (size_t)i * 8, 0), 0);
		thread = make_thread("again");
		assert_int_equal(spdk_thread_get_id(thread), 1);
		assert_true(spdk_thread_is_app_thread(thread));
		end_thread(thread);
		spdk_thread_lib_fini();
		spdk_thread_lib_fini();
		assert_null(spdk_thread_get_app_thread());
	}
}

static void
what_is_left_at_the_end_is_named_and_released(void **state)
{
	struct spdk_thread *first = make_thread("first_left"), *second = make_thread("second_left");
	int device;

	trace_clear();
	spdk_set_thread(second);
	spdk_io_device_register(&device, make_channel, free_channel, 8, "left_device");
	assert_non_null(spdk_get_io_channel(&device));
	assert_non_null(spdk_poller_register(idle_poll, NULL, 0));
	assert_non_null(spdk_poller_register(idle_poll, NULL, 1000));
	spdk_set_thread(first);
	assert_non_null(spdk_get_io_channel(&device));
	spdk_set_thread(NULL);
	send_letter(first, 'm');
	spdk_thread_lib_fini();
	assert_true(log_captured("2 threads are left", "'first_left'", "'left_device'", NULL));
	/* Channels are destroyed, messages are not run. */
	assert_trace("dd");
	assert_int_equal(spdk_thread_get_count(), 0);
	log_capture_clear();
	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
}

static void
device_whose_unregistration_is_under_way_at_the_end_is_released(void **state)
{
	struct spdk_thread *thread = make_thread("left");
	int device;

	spdk_set_thread(thread);
	spdk_io_device_register(&device, make_channel, free_channel, 0, "left_device");
	assert_non_null(spdk_get_io_channel(&device));
	spdk_io_device_unregister(&device, free);
	spdk_set_thread(NULL);
	spdk_thread_lib_fini();
	assert_true(log_captured("'left'", NULL));
	log_capture_clear();
}

/* ---- Leaving ---- */

static void
exit_self_twice(void *arg)
{
	struct spdk_thread *thread = spdk_get_thread();

	assert_int_equal(spdk_thread_exit(thread), 0);
	assert_int_equal(spdk_thread_exit(thread), 0);
	assert_false(spdk_thread_is_running(thread));
	assert_false(spdk_thread_is_exited(thread));
	/* Still takes messages, and runs them. */
	send_letter(thread, 's');
}

static void
exiting_thread_runs_what_it_has_accepted(void **state)
{
	struct spdk_thread *thread = make_thread("leaving");
	int i;

	trace_clear();
	spdk_thread_send_msg(thread, exit_self_twice, NULL);
	for (i = 0; i < 20; i++) {
		send_letter(thread, 'm');
	}
	while (!spdk_thread_is_exited(thread)) {
		spdk_thread_poll(thread, 0, 0);
		assert_true(strlen(g_trace) == 21 || !spdk_thread_is_exited(thread));
	}
	assert_trace("mmmmmmmmmmmmmmmmmmmms");
	spdk_thread_destroy(thread);
}

static void
exiting_thread_waits_for_its_pollers_and_channels(void **state)
{
	struct spdk_thread *thread = make_thread("held");
	struct spdk_poller *active, *timed, *paused;
	struct spdk_io_channel *channel;
	int device;

	spdk_set_thread(thread);
	trace_clear();
	spdk_io_device_register(&device, make_channel, free_channel, 0, "device");
	channel = spdk_get_io_channel(&device);
	active = spdk_poller_register(idle_poll, NULL, 0);
	timed = spdk_poller_register(idle_poll, NULL, 3600000000);
	paused = spdk_poller_register(idle_poll, NULL, 0);
	spdk_poller_pause(paused);
	spdk_thread_exit(thread);
	/* It may still begin things. */
	assert_ptr_equal(spdk_get_io_channel(&device), channel);
	spdk_put_io_channel(channel);

	settle(thread);
	assert_false(spdk_thread_is_exited(thread));
	spdk_poller_unregister(&active);
	settle(thread);
	assert_false(spdk_thread_is_exited(thread));
	spdk_poller_unregister(&timed);
	settle(thread);
	assert_false(spdk_thread_is_exited(thread));
	spdk_poller_unregister(&paused);
	settle(thread);
	assert_false(spdk_thread_is_exited(thread));
	spdk_io_device_unregister(&device, NULL);
	spdk_put_io_channel(channel);
	settle(thread);
	assert_true(spdk_thread_is_exited(thread));
	assert_trace("d");
	spdk_set_thread(NULL);
	spdk_thread_destroy(thread);
}

static void
exiting_thread_waits_for_a_poller_of_any_kind(void **state)
{
	static const uint64_t periods_us[] = {0, 3600000000, 0};
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(periods_us); i++) {
		struct spdk_thread *thread = make_thread("held");
		struct spdk_poller *poller;

		spdk_set_thread(thread);
		poller = spdk_poller_register(idle_poll, NULL, periods_us[i]);
		if (i == 2) {
			spdk_poller_pause(poller);
		}
		spdk_thread_exit(thread);
		settle(thread);
		settle(thread);
		assert_false(spdk_thread_is_exited(thread));
		spdk_poller_unregister(&poller);
		settle(thread);
		assert_true(spdk_thread_is_exited(thread));
		spdk_set_thread(NULL);
		spdk_thread_destroy(thread);
	}
}

static void
exited_thread_gives_nothing_any_more(void **state)
{
	struct spdk_thread *keeper = make_thread("keeper"), *thread = make_thread("gone");
	int device;

	spdk_set_thread(keeper);
	spdk_io_device_register(&device, make_channel, free_channel, 0, "device");
	spdk_set_thread(thread);
	spdk_thread_exit(thread);
	spdk_thread_poll(thread, 0, 0);
	assert_true(spdk_thread_is_exited(thread));
	assert_null(spdk_poller_register(idle_poll, NULL, 0));
	assert_true(log_captured("spdk_poller_register()", "exited", NULL));
	log_capture_clear();
	assert_null(spdk_get_io_channel(&device));
	assert_true(log_captured("spdk_get_io_channel()", "'gone'", "exited", NULL));
	log_capture_clear();
	assert_int_equal(spdk_thread_poll(thread, 0, 0), 0);
	spdk_thread_destroy(thread);
	assert_null(spdk_get_thread());

	spdk_set_thread(keeper);
	spdk_io_device_unregister(&device, NULL);
	end_thread(keeper);
}

static void
exit_asked_for_from_elsewhere_happens_on_the_thread(void **state)
{
	struct spdk_thread *thread = make_thread("asked");

	assert_int_equal(spdk_thread_exit(thread), 0);
	assert_true(log_captured("spdk_thread_exit()", "'asked'", NULL));
	log_capture_clear();
	assert_true(spdk_thread_is_running(thread));
	settle(thread);
	assert_true(spdk_thread_is_exited(thread));
	spdk_thread_destroy(thread);
	assert_int_equal(spdk_thread_exit(NULL), 0);
	log_capture_clear();
}

static void
destroying_nothing_or_twice_does_no_harm(void **state)
{
	struct spdk_thread *keeper = make_thread("keeper"), *thread = make_thread("once");

	spdk_thread_destroy(NULL);
	end_thread(thread);
	spdk_thread_destroy(thread);
	assert_true(log_captured("spdk_thread_destroy()", "destroyed before", NULL));
	log_capture_clear();
	assert_true(spdk_thread_is_exited(thread));
	assert_int_equal(spdk_thread_get_count(), 1);
	end_thread(keeper);
}

/* ---- Idle, busy ---- */

static void
idle_thread_has_no_message_and_no_poller_that_runs(void **state)
{
	struct spdk_thread *thread = make_thread(NULL);
	struct spdk_poller *poller;

	trace_clear();
	assert_true(spdk_thread_is_idle(thread));
	assert_false(spdk_thread_has_pollers(thread));
	send_letter(thread, 'm');
	assert_false(spdk_thread_is_idle(thread));
	settle(thread);
	assert_true(spdk_thread_is_idle(thread));
	assert_int_equal(spdk_thread_send_critical_msg(thread, add_letter), 0);
	assert_false(spdk_thread_is_idle(thread));
	settle(thread);
	assert_true(spdk_thread_is_idle(thread));
	assert_trace("m");

	spdk_set_thread(thread);
	poller = spdk_poller_register(idle_poll, NULL, 3600000000);
	assert_false(spdk_thread_is_idle(thread));
	assert_int_equal(spdk_thread_has_active_pollers(thread), 0);
	spdk_poller_unregister(&poller);
	assert_true(spdk_thread_is_idle(thread));
	poller = spdk_poller_register(idle_poll, NULL, 0);
	assert_int_equal(spdk_thread_has_active_pollers(thread), 1);
	spdk_poller_pause(poller);
	settle(thread);
	assert_true(spdk_thread_is_idle(thread));
	assert_true(spdk_thread_has_pollers(thread));
	assert_int_equal(spdk_thread_has_active_pollers(thread), 0);
	spdk_poller_unregister(&poller);
	assert_false(spdk_thread_has_pollers(thread));
	end_thread(thread);
}

static void
spend_a_millisecond(void *arg)
{
	uint64_t end = spdk_get_ticks() + ticks_of_ms(1);

	while (spdk_get_ticks() < end) {
	}
}

static struct spdk_thread_stats
stats_of(struct spdk_thread *thread)
{
	struct spdk_thread_stats stats;

	spdk_set_thread(thread);
	assert_int_equal(spdk_thread_get_stats(&stats), 0);
	spdk_set_thread(NULL);
	return stats;
}

static void
rounds_are_charged_as_busy_or_idle(void **state)
{
	struct spdk_thread *thread = make_thread(NULL);
	struct spdk_thread_stats stats;
	uint64_t before, began;

	spdk_thread_send_msg(thread, spend_a_millisecond, NULL);
	assert_int_equal(spdk_thread_poll(thread, 0, 0), 1);
	stats = stats_of(thread);
	assert_true(stats.busy_tsc >= ticks_of_ms(1));
	assert_int_equal(stats.idle_tsc, 0);
	before = stats.busy_tsc;

	/* A clock may be too coarse to see an empty round: this one began a while ago. */
	began = spdk_get_ticks();
	spend_a_millisecond(NULL);
	assert_int_equal(spdk_thread_poll(thread, 0, began), 0);
	stats = stats_of(thread);
	assert_int_equal(stats.busy_tsc, before);
	assert_true(stats.idle_tsc >= ticks_of_ms(1));

	before = spdk_thread_get_last_tsc(thread);
	assert_true(before <= spdk_get_ticks());
	spdk_set_thread(thread);
	assert_int_equal(spdk_thread_get_last_tsc(NULL), before);
	spend_a_millisecond(NULL);
	spdk_thread_poll(thread, 0, 0);
	assert_true(spdk_thread_get_last_tsc(NULL) > before);
	assert_int_equal(spdk_thread_get_stats(NULL), -EINVAL);
	spdk_set_thread(NULL);
	assert_int_equal(spdk_thread_get_stats(&stats), -EINVAL);
	log_capture_clear();
	end_thread(thread);
}

static void
time_that_jumps_does_not_spoil_the_statistics(void **state)
{
	static const uint64_t jumps[] = {1, UINT64_MAX / 2, 2, UINT64_MAX, 1};
	struct spdk_thread *thread = make_thread(NULL);
	uint64_t start = spdk_get_ticks();
	struct spdk_thread_stats stats;
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(jumps); i++) {
		spdk_thread_send_msg(thread, spend_a_millisecond, NULL);
		assert_int_equal(spdk_thread_poll(thread, 0, jumps[i]), 1);
		assert_int_equal(spdk_thread_poll(thread, 0, jumps[i]), 0);
	}
	stats = stats_of(thread);
	assert_true(stats.busy_tsc + stats.idle_tsc <= spdk_get_ticks() - start);
	end_thread(thread);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LIBRARY_TEST(name_is_kept_whatever_its_length),
		LIBRARY_TEST(thread_without_a_name_is_named_for_its_address),
		LIBRARY_TEST(ids_count_up_from_one_and_are_not_given_twice),
		LIBRARY_TEST(first_thread_is_the_app_thread_until_the_library_ends),
		LIBRARY_TEST(context_is_zeroed_each_time_and_leads_back_to_its_thread),
		LIBRARY_TEST(thread_has_no_context_when_none_was_asked_for),
		LIBRARY_TEST(cpumask_is_copied_and_none_means_all),
		LIBRARY_TEST(where_a_thread_may_run_is_told_by_id_as_long_as_it_is_there),
		LIBRARY_TEST(new_cpumask_is_seen_by_the_operation_that_moves_the_thread),
		LIBRARY_TEST(cpumask_that_cannot_be_is_refused),
		LIBRARY_TEST(binding_is_remembered),
		LIBRARY_TEST(thread_that_nobody_takes_is_given_up),
		LIBRARY_TEST(library_is_opened_once_and_closed_any_number_of_times),
		LIBRARY_TEST(what_is_left_at_the_end_is_named_and_released),
		LIBRARY_TEST(device_whose_unregistration_is_under_way_at_the_end_is_released),
		LIBRARY_TEST(exiting_thread_runs_what_it_has_accepted),
		LIBRARY_TEST(exiting_thread_waits_for_its_pollers_and_channels),
		LIBRARY_TEST(exiting_thread_waits_for_a_poller_of_any_kind),
		LIBRARY_TEST(exited_thread_gives_nothing_any_more),
		LIBRARY_TEST(exit_asked_for_from_elsewhere_happens_on_the_thread),
		LIBRARY_TEST(destroying_nothing_or_twice_does_no_harm),
		LIBRARY_TEST(idle_thread_has_no_message_and_no_poller_that_runs),
		LIBRARY_TEST(rounds_are_charged_as_busy_or_idle),
		LIBRARY_TEST(time_that_jumps_does_not_spoil_the_statistics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
