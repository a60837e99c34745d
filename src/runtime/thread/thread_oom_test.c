/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A sweep over failing allocations: whichever one of the C library's fails, the thread library says
 * so, returns its error, does the rest of its work, and leaks nothing.
 *
 * The allocator of the C library is replaced for the whole program, so this is skipped where a
 * sanitizer has done the same.
 */
#include <sys/eventfd.h>

#include "base/failing_malloc.h"
#include "runtime/thread/thread_fixture.h"
#include "spdk/fd_group.h"
#include "spindle/run_queue.h"

#define SWEEP_MAX 500

#ifndef HAS_OWN_ALLOCATOR

static int g_device;
static int g_completions;

static int
make_channel(void *io_device, void *ctx)
{
	return 0;
}

static void
free_channel(void *io_device, void *ctx)
{
}

static int
idle_poll(void *arg)
{
	return SPDK_POLLER_IDLE;
}

static void
ignore(void *arg)
{
}

static void
complete(void *arg)
{
	g_completions++;
}

static void
use_pollers(void)
{
	struct spdk_poller *pollers[12];
	int i;

	for (i = 0; i < 12; i++) {
		pollers[i] = spdk_poller_register_named(idle_poll, NULL, (uint64_t)(i / 10) * 1000,
							i % 2 ? NULL : "name");
	}
	spdk_thread_register_post_poller_handler(ignore, NULL);
	spdk_thread_poll(spdk_get_thread(), 0, 0);
	for (i = 0; i < 12; i++) {
		spdk_poller_unregister(&pollers[i]);
	}
}

static void
use_channels(void)
{
	struct spdk_io_channel *channel;

	spdk_io_device_register(&g_device, make_channel, free_channel, 64, NULL);
	channel = spdk_get_io_channel(&g_device);
	if (channel != NULL) {
		spdk_put_io_channel(channel);
	}
	log_capture_clear();
	t_allocations_left = -1;
	channel = spdk_get_io_channel(&g_device);
	if (channel != NULL) {
		spdk_put_io_channel(channel);
		spdk_io_device_unregister(&g_device, ignore);
	}
}

static void
use_interrupts(struct spdk_thread *thread)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct spdk_interrupt *interrupt, *nested = NULL;
	struct spdk_fd_group *group = NULL;

	interrupt = spdk_interrupt_register(fd, idle_poll, NULL, NULL);
	if (spdk_fd_group_create(&group) == 0) {
		nested = spdk_interrupt_register_fd_group(group, "nested");
	}
	(void)spdk_thread_get_interrupt_fd(thread);
	spdk_thread_poll(thread, 0, 0);
	spdk_interrupt_unregister(&nested);
	spdk_interrupt_unregister(&interrupt);
	spdk_fd_group_destroy(group);
	close(fd);
}

static struct spdk_thread *
create(void)
{
	struct spdk_cpuset mask;

	spdk_cpuset_zero(&mask);
	spdk_cpuset_set_cpu(&mask, 1, true);
	return spdk_thread_create("a name that is too long to be kept inside", &mask);
}

static void
sweep(void (*use)(struct spdk_thread *thread))
{
	struct spdk_thread *thread;
	long allocation, live;

	for (allocation = 0; allocation < SWEEP_MAX; allocation++) {
		live = t_live;
		g_failures = 0;
		t_allocations_left = allocation;
		thread = create();
		if (thread == NULL) {
			assert_true(log_captured("spdk_thread_create()", NULL));
			t_allocations_left = -1;
			thread = create();
		}
		assert_non_null(thread);
		spdk_set_thread(thread);
		use(thread);
		t_allocations_left = -1;
		spdk_set_thread(NULL);
		end_thread(thread);
		assert_int_equal(t_live, live);
		log_capture_clear();
		if (g_failures == 0) {
			return;
		}
	}
	fail_msg("still failing after %d allocations", SWEEP_MAX);
}

static void
use_all(struct spdk_thread *thread)
{
	int completions = g_completions;

	use_pollers();
	use_interrupts(thread);
	spdk_for_each_thread(ignore, NULL, complete);
	settle(thread);
	/* With memory or without. */
	assert_int_equal(g_completions, completions + 1);
	use_channels();
}

static void
use_devices(struct spdk_thread *thread)
{
	use_channels();
}

static void
sweep_twice(void (*use)(struct spdk_thread *thread))
{
	struct spdk_thread *thread = create();

	/* What is made once and kept. */
	spdk_set_thread(thread);
	use(thread);
	spdk_set_thread(NULL);
	end_thread(thread);
	log_capture_clear();
	g_are_all_failing = false;
	sweep(use);
	g_are_all_failing = true;
	sweep(use);
}

static void
threads_survive_the_lack_of_memory(void **state)
{
	sweep_twice(use_all);
}

static void
devices_survive_the_lack_of_memory(void **state)
{
	sweep_twice(use_devices);
}

static void
library_and_run_queues_survive_the_lack_of_memory(void **state)
{
	struct spindle_run_queue *queues[4];
	long allocation;
	int i, rc, failed;

	spdk_thread_lib_fini();
	for (allocation = 0; allocation < SWEEP_MAX; allocation++) {
		failed = 0;
		g_failures = 0;
		g_are_all_failing = true;
		t_allocations_left = allocation;
		rc = spdk_thread_lib_init(NULL, 8);
		assert_true(rc == 0 || rc == -ENOMEM || rc == -EAGAIN);
		failed += rc != 0;
		for (i = 0; i < 4; i++) {
			rc = spindle_run_queue_create(&queues[i]);
			assert_true(rc == 0 || rc == -ENOMEM);
			if (rc != 0) {
				failed++;
				queues[i] = NULL;
			}
		}
		t_allocations_left = -1;
		for (i = 0; i < 4; i++) {
			assert_int_equal(spindle_run_queue_destroy(queues[i]), 0);
		}
		spdk_thread_lib_fini();
		if (g_failures == 0) {
			break;
		}
		assert_true(failed > 0);
	}
	assert_in_range(allocation, 1, SWEEP_MAX - 1);
	log_capture_clear();
	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LIBRARY_TEST(library_and_run_queues_survive_the_lack_of_memory),
		LIBRARY_TEST(threads_survive_the_lack_of_memory),
		LIBRARY_TEST(devices_survive_the_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
int
main(void)
{
	return 77;
}
#endif
