/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/O channels and their devices: who may have one, when it goes, when the device may go.
 */
#include "runtime/io_devices.h"
#include "runtime/thread/thread_fixture.h"
#include "spdk_internal/thread.h"
#include "spindle/run_queue.h"
#include "spindle/thread.h"

struct device {
	int create_rc;
	void (*in_create)(struct device *device, void *ctx);
	void (*in_destroy)(struct device *device, void *ctx);
	struct spdk_io_channel *channel;
	int created;
	int destroyed;
	int unregistered;
};

static int
make_channel(void *io_device, void *ctx)
{
	struct device *device = io_device;

	device->created++;
	if (device->in_create != NULL) {
		device->in_create(device, ctx);
	}
	return device->create_rc;
}

static void
free_channel(void *io_device, void *ctx)
{
	struct device *device = io_device;

	device->destroyed++;
	if (device->in_destroy != NULL) {
		device->in_destroy(device, ctx);
	}
}

static void
unregister_done(void *io_device)
{
	struct device *device = io_device;

	device->unregistered++;
	trace_add('u');
}

static struct spdk_thread *g_thread, *g_other;

static int
open_threads(void **state)
{
	int rc = open_library(state);

	if (rc == 0) {
		g_thread = make_thread("first");
		g_other = make_thread("second");
		spdk_set_thread(g_thread);
		trace_clear();
	}
	return rc;
}

static int
close_threads(void **state)
{
	spdk_set_thread(NULL);
	end_thread(g_other);
	end_thread(g_thread);
	return close_library(state);
}

#define CHANNEL_TEST(name) cmocka_unit_test_setup_teardown(name, open_threads, close_threads)

static void
add(struct device *device, uint32_t ctx_size)
{
	spdk_io_device_register(device, make_channel, free_channel, ctx_size, "device");
}

static void
remove_now(struct device *device)
{
	spdk_io_device_unregister(device, NULL);
}

/* ---- Getting and putting ---- */

static void
context_lies_96_bytes_behind_its_channel_and_is_zeroed(void **state)
{
	static const uint32_t sizes[] = {0, 1, 64, 100000};
	size_t i;
	uint32_t byte;

	for (i = 0; i < SPDK_COUNTOF(sizes); i++) {
		struct device device = {0};
		struct spdk_io_channel *channel;
		uint8_t *ctx;

		add(&device, sizes[i]);
		channel = spdk_get_io_channel(&device);
		assert_non_null(channel);
		ctx = spdk_io_channel_get_ctx(channel);
		assert_ptr_equal(ctx, (uint8_t *)channel + 96);
		assert_int_equal((uintptr_t)ctx % 16, 0);
		assert_ptr_equal(spdk_io_channel_from_ctx(ctx), channel);
		for (byte = 0; byte < sizes[i]; byte++) {
			assert_int_equal(ctx[byte], 0);
		}
		memset(ctx, 0xff, sizes[i]);
		assert_ptr_equal(spdk_io_channel_get_thread(channel), g_thread);
		assert_ptr_equal(spdk_io_channel_get_io_device(channel), &device);
		assert_string_equal(spdk_io_channel_get_io_device_name(channel), "device");
		remove_now(&device);
		spdk_put_io_channel(channel);
		settle(g_thread);
		assert_int_equal(device.destroyed, 1);
	}
}

static void
thread_has_one_channel_of_a_device_that_is_counted(void **state)
{
	struct device device = {0};
	struct spdk_io_channel *channel, *others;

	add(&device, 0);
	channel = spdk_get_io_channel(&device);
	assert_ptr_equal(spdk_get_io_channel(&device), channel);
	assert_ptr_equal(spdk_io_channel_ref(channel), channel);
	assert_int_equal(spdk_io_channel_get_ref_count(channel), 3);
	assert_int_equal(device.created, 1);

	spdk_set_thread(g_other);
	others = spdk_get_io_channel(&device);
	assert_ptr_not_equal(others, channel);
	assert_int_equal(device.created, 2);
	spdk_put_io_channel(others);
	settle(g_other);
	assert_int_equal(device.destroyed, 1);

	spdk_set_thread(g_thread);
	spdk_put_io_channel(channel);
	spdk_put_io_channel(channel);
	settle(g_thread);
	assert_int_equal(device.destroyed, 1);
	spdk_put_io_channel(channel);
	/* By a later message, not inside the put. */
	assert_int_equal(device.destroyed, 1);
	settle(g_thread);
	assert_int_equal(device.destroyed, 2);
	remove_now(&device);
}

static void
channel_got_again_before_it_is_destroyed_stays(void **state)
{
	struct device device = {0};
	struct spdk_io_channel *channel;
	int i;

	add(&device, 8);
	channel = spdk_get_io_channel(&device);
	for (i = 0; i < 5; i++) {
		spdk_put_io_channel(channel);
		assert_int_equal(spdk_io_channel_get_ref_count(channel), 0);
		assert_ptr_equal(spdk_get_io_channel(&device), channel);
	}
	settle(g_thread);
	assert_int_equal(device.created, 1);
	assert_int_equal(device.destroyed, 0);
	/* Of several releases on their way the last one decides. */
	spdk_put_io_channel(channel);
	assert_ptr_equal(spdk_get_io_channel(&device), channel);
	spdk_put_io_channel(channel);
	spdk_thread_poll(g_thread, 1, 0);
	assert_int_equal(device.destroyed, 0);
	spdk_thread_poll(g_thread, 1, 0);
	assert_int_equal(device.destroyed, 1);
	remove_now(&device);
}

static void
put_once_too_often_is_explained(void **state)
{
	struct device device = {0};
	struct spdk_io_channel *channel;

	add(&device, 0);
	channel = spdk_get_io_channel(&device);
	spdk_put_io_channel(channel);
	spdk_put_io_channel(channel);
	assert_true(log_captured("spdk_put_io_channel()", "'device'", "'first'", NULL));
	log_capture_clear();
	settle(g_thread);
	assert_int_equal(device.destroyed, 1);
	remove_now(&device);
}

static void
channels_of_a_thread_can_be_walked(void **state)
{
	struct device devices[5] = {0};
	struct spdk_io_channel *channel;
	int i, count = 0;

	assert_null(spdk_thread_get_first_io_channel(g_thread));
	for (i = 0; i < 5; i++) {
		add(&devices[i], 0);
		devices[i].channel = spdk_get_io_channel(&devices[i]);
	}
	for (channel = spdk_thread_get_first_io_channel(g_thread); channel != NULL;
	     channel = spdk_thread_get_next_io_channel(channel)) {
		struct device *device = spdk_io_channel_get_io_device(channel);

		assert_in_range(device - devices, 0, 4);
		assert_ptr_equal(device->channel, channel);
		count++;
	}
	assert_int_equal(count, 5);
	for (i = 0; i < 5; i++) {
		spdk_put_io_channel(devices[i].channel);
		remove_now(&devices[i]);
	}
	settle(g_thread);
	assert_null(spdk_thread_get_first_io_channel(g_thread));
}

/* ---- Callbacks that come back ---- */

static void
channel_that_cannot_be_made_is_no_channel(void **state)
{
	struct device device = {.create_rc = -ENODEV};

	add(&device, 16);
	assert_null(spdk_get_io_channel(&device));
	assert_true(log_captured("'device'", "'first'", "-19", NULL));
	log_capture_clear();
	/* What was not made is not destroyed. */
	settle(g_thread);
	assert_int_equal(device.destroyed, 0);
	assert_null(spdk_thread_get_first_io_channel(g_thread));
	device.create_rc = 0;
	device.channel = spdk_get_io_channel(&device);
	assert_non_null(device.channel);
	spdk_put_io_channel(device.channel);
	remove_now(&device);
	settle(g_thread);
	assert_int_equal(device.destroyed, 1);
}

static void
unregister_in_create(struct device *device, void *ctx)
{
	spdk_io_device_unregister(device, unregister_done);
}

static void
device_unregistered_by_a_failing_create_goes(void **state)
{
	struct device device = {.create_rc = -EIO, .in_create = unregister_in_create};

	add(&device, 0);
	assert_null(spdk_get_io_channel(&device));
	log_capture_clear();
	settle(g_thread);
	assert_int_equal(device.unregistered, 1);
}

static void
get_once_more(struct device *device, void *ctx)
{
	device->in_destroy = NULL;
	assert_int_equal(*(int *)ctx, 42);
	device->channel = spdk_get_io_channel(device);
	/* A new one, not the one that goes. */
	assert_non_null(device->channel);
	assert_ptr_not_equal(spdk_io_channel_get_ctx(device->channel), ctx);
	assert_int_equal(*(int *)spdk_io_channel_get_ctx(device->channel), 0);
}

static void
channel_got_inside_destroy_is_a_new_one(void **state)
{
	struct device device = {.in_destroy = get_once_more};

	add(&device, sizeof(int));
	device.channel = spdk_get_io_channel(&device);
	*(int *)spdk_io_channel_get_ctx(device.channel) = 42;
	spdk_put_io_channel(device.channel);
	settle(g_thread);
	assert_int_equal(device.created, 2);
	assert_int_equal(device.destroyed, 1);
	assert_ptr_equal(spdk_get_io_channel(&device), device.channel);
	assert_int_equal(spdk_io_channel_get_ref_count(device.channel), 2);
	spdk_put_io_channel(device.channel);
	spdk_put_io_channel(device.channel);
	remove_now(&device);
	settle(g_thread);
	assert_int_equal(device.destroyed, 2);
}

static struct device g_lower;

static void
get_lower(struct device *device, void *ctx)
{
	*(struct spdk_io_channel **)ctx = spdk_get_io_channel(&g_lower);
	assert_non_null(*(struct spdk_io_channel **)ctx);
}

static void
leave_mark(struct device *device, void *ctx)
{
	trace_add('l');
}

static void
put_lower(struct device *device, void *ctx)
{
	trace_add('U');
	spdk_put_io_channel(*(struct spdk_io_channel **)ctx);
}

/* As every virtual device does it. */
static void
channel_may_hold_channels_of_other_devices(void **state)
{
	struct device uppers[6] = {0};
	int i;

	memset(&g_lower, 0, sizeof(g_lower));
	g_lower.in_destroy = leave_mark;
	add(&g_lower, 0);
	for (i = 0; i < 6; i++) {
		uppers[i].in_create = get_lower;
		uppers[i].in_destroy = put_lower;
		add(&uppers[i], sizeof(void *));
		uppers[i].channel = spdk_get_io_channel(&uppers[i]);
	}
	for (i = 0; i < 6; i++) {
		spdk_put_io_channel(uppers[i].channel);
	}
	settle(g_thread);
	assert_trace("UUUUUUl");

	/* Also where the library itself does it, at its end: what is used by others comes last. */
	for (i = 0; i < 6; i++) {
		uppers[i].channel = spdk_get_io_channel(&uppers[i]);
	}
	spdk_set_thread(NULL);
	spdk_thread_lib_fini();
	assert_trace("UUUUUUl");
	log_capture_clear();
	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
	g_thread = make_thread("first");
	g_other = make_thread("second");
}

/* ---- Devices ---- */

static void
second_registration_of_a_device_is_refused(void **state)
{
	struct device device = {0};

	add(&device, 4);
	spdk_io_device_register(&device, make_channel, free_channel, 8, "twice");
	assert_true(log_captured("'device'", "'twice'", "(at ", NULL));
	log_capture_clear();
	device.channel = spdk_get_io_channel(&device);
	assert_string_equal(spdk_io_channel_get_io_device_name(device.channel), "device");
	spdk_put_io_channel(device.channel);
	remove_now(&device);
	settle(g_thread);
	/* Its address is free again. */
	add(&device, 4);
	remove_now(&device);
}

static void
device_without_what_it_needs_is_refused(void **state)
{
	struct device device = {0};

	spdk_io_device_register(NULL, make_channel, free_channel, 0, "none");
	assert_true(log_captured("spdk_io_device_register()", "'none'", NULL));
	log_capture_clear();
	spdk_io_device_register(&device, NULL, free_channel, 0, "no_create");
	spdk_io_device_register(&device, make_channel, NULL, 0, NULL);
	log_capture_clear();
	spdk_set_thread(NULL);
	add(&device, 0);
	assert_true(log_captured("spdk_io_device_register()", NULL));
	log_capture_clear();
	spdk_io_device_unregister(&device, NULL);
	assert_true(log_captured("spdk_io_device_unregister()", NULL));
	log_capture_clear();
	assert_null(spdk_get_io_channel(&device));
	assert_true(log_captured("spdk_get_io_channel()", NULL));
	log_capture_clear();
	spdk_set_thread(g_thread);
	assert_null(spdk_get_io_channel(&device));
	assert_true(log_captured("not a registered I/O device", NULL));
	log_capture_clear();
	spdk_io_device_unregister(&device, unregister_done);
	assert_true(log_captured("not registered", NULL));
	log_capture_clear();
	settle(g_thread);
	assert_int_equal(device.unregistered, 0);
}

static void
device_without_a_name_is_named_for_its_address(void **state)
{
	struct device device = {0};
	char expected[32];

	spdk_io_device_register(&device, make_channel, free_channel, 0, NULL);
	device.channel = spdk_get_io_channel(&device);
	snprintf(expected, sizeof(expected), "%p", (void *)&device);
	assert_string_equal(spdk_io_channel_get_io_device_name(device.channel), expected);
	spdk_put_io_channel(device.channel);
	remove_now(&device);
	settle(g_thread);
}

static void
unregister_waits_for_the_last_channel(void **state)
{
	struct device device = {0};
	struct spdk_io_channel *others;

	add(&device, 0);
	device.channel = spdk_get_io_channel(&device);
	spdk_set_thread(g_other);
	others = spdk_get_io_channel(&device);
	spdk_set_thread(g_thread);
	spdk_io_device_unregister(&device, unregister_done);
	settle(g_thread);
	assert_null(spdk_get_io_channel(&device));
	log_capture_clear();
	spdk_put_io_channel(device.channel);
	settle(g_thread);
	assert_int_equal(device.destroyed, 1);
	assert_int_equal(device.unregistered, 0);

	spdk_set_thread(g_other);
	spdk_put_io_channel(others);
	settle(g_other);
	assert_int_equal(device.destroyed, 2);
	/* On the thread that asked for it, by a message. */
	assert_int_equal(device.unregistered, 0);
	settle(g_thread);
	assert_int_equal(device.unregistered, 1);
	spdk_set_thread(g_thread);
}

static void
unregister_without_channels_calls_back_by_a_message(void **state)
{
	struct device device = {0};

	add(&device, 0);
	spdk_io_device_unregister(&device, unregister_done);
	assert_int_equal(device.unregistered, 0);
	settle(g_thread);
	assert_int_equal(device.unregistered, 1);
}

static void
address_may_be_registered_anew_while_old_channels_are_there(void **state)
{
	struct device device = {0};
	struct spdk_io_channel *old, *new;

	add(&device, 0);
	old = spdk_get_io_channel(&device);
	spdk_io_device_unregister(&device, unregister_done);
	spdk_io_device_register(&device, make_channel, free_channel, 0, "new");
	new = spdk_get_io_channel(&device);
	assert_ptr_not_equal(new, old);
	assert_string_equal(spdk_io_channel_get_io_device_name(old), "device");
	assert_string_equal(spdk_io_channel_get_io_device_name(new), "new");
	spdk_put_io_channel(old);
	settle(g_thread);
	assert_int_equal(device.unregistered, 1);
	spdk_put_io_channel(new);
	remove_now(&device);
	settle(g_thread);
	assert_int_equal(device.destroyed, 2);
}

static void
thread_that_unregisters_a_device_stays_until_it_was_called_back(void **state)
{
	struct spdk_thread *owner = make_thread("owner");
	struct device device = {0};

	spdk_set_thread(g_other);
	add(&device, 0);
	device.channel = spdk_get_io_channel(&device);
	spdk_set_thread(owner);
	spdk_io_device_unregister(&device, unregister_done);
	spdk_thread_exit(owner);
	settle(owner);
	assert_false(spdk_thread_is_exited(owner));
	spdk_set_thread(g_other);
	spdk_put_io_channel(device.channel);
	settle(g_other);
	settle(owner);
	assert_int_equal(device.unregistered, 1);
	assert_true(spdk_thread_is_exited(owner));
	spdk_thread_destroy(owner);
}

/* A limit is for what applications send, not for what the library owes them. */
static void
full_queue_does_not_keep_a_channel_or_device_from_going(void **state)
{
	struct device device = {0};
	int i;

	add(&device, 0);
	device.channel = spdk_get_io_channel(&device);
	spindle_thread_set_message_limit(g_thread, 1);
	for (i = 0; i < 100; i++) {
		(void)spdk_thread_send_msg(g_thread, add_letter, (void *)(uintptr_t)'m');
	}
	assert_int_equal(spdk_thread_send_msg(g_thread, add_letter, NULL), -ENOMEM);
	spdk_put_io_channel(device.channel);
	spdk_io_device_unregister(&device, unregister_done);
	settle(g_thread);
	assert_int_equal(device.destroyed, 1);
	assert_int_equal(device.unregistered, 1);
}

static int g_asked;
static bool g_may_end;

static bool
answer(void *ctx)
{
	g_asked++;
	return g_may_end;
}

static void
channel_that_is_needed_stays_with_a_reference_of_the_devices(void **state)
{
	struct device device = {0};

	add(&device, 0);
	io_devices_ask_before_end(&device, answer);
	g_asked = 0;
	g_may_end = false;
	device.channel = spdk_get_io_channel(&device);
	spdk_put_io_channel(device.channel);
	settle(g_thread);
	assert_int_equal(g_asked, 1);
	assert_int_equal(device.destroyed, 0);
	assert_int_equal(spdk_io_channel_get_ref_count(device.channel), 1);
	g_may_end = true;
	spdk_put_io_channel(device.channel);
	settle(g_thread);
	assert_int_equal(g_asked, 2);
	assert_int_equal(device.destroyed, 1);
	spdk_io_device_unregister(&device, NULL);
	settle(g_thread);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHANNEL_TEST(context_lies_96_bytes_behind_its_channel_and_is_zeroed),
		CHANNEL_TEST(thread_has_one_channel_of_a_device_that_is_counted),
		CHANNEL_TEST(channel_got_again_before_it_is_destroyed_stays),
		CHANNEL_TEST(put_once_too_often_is_explained),
		CHANNEL_TEST(channels_of_a_thread_can_be_walked),
		CHANNEL_TEST(channel_that_cannot_be_made_is_no_channel),
		CHANNEL_TEST(device_unregistered_by_a_failing_create_goes),
		CHANNEL_TEST(channel_got_inside_destroy_is_a_new_one),
		CHANNEL_TEST(channel_may_hold_channels_of_other_devices),
		CHANNEL_TEST(second_registration_of_a_device_is_refused),
		CHANNEL_TEST(device_without_what_it_needs_is_refused),
		CHANNEL_TEST(device_without_a_name_is_named_for_its_address),
		CHANNEL_TEST(unregister_waits_for_the_last_channel),
		CHANNEL_TEST(unregister_without_channels_calls_back_by_a_message),
		CHANNEL_TEST(address_may_be_registered_anew_while_old_channels_are_there),
		CHANNEL_TEST(thread_that_unregisters_a_device_stays_until_it_was_called_back),
		CHANNEL_TEST(full_queue_does_not_keep_a_channel_or_device_from_going),
		CHANNEL_TEST(channel_that_is_needed_stays_with_a_reference_of_the_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
