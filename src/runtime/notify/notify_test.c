/* SPDX-License-Identifier: BSD-3-Clause */
/* Notifications: numbers, what is kept, what is too long, and callbacks that send. The tests go on
 * from each other's numbers, as there is one ring in a process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/log_capture.h"
#include "spdk/notify.h"
#include "spdk/util.h"

#define KEPT    1024
#define SENDERS 4
#define EACH    2000

struct seen {
	uint64_t calls, first, last, limit;
	struct spdk_notify_event event;
	bool sends;
};

static int
see(uint64_t index, const struct spdk_notify_event *event, void *ctx)
{
	struct seen *seen = ctx;

	seen->first = seen->calls == 0 ? index : seen->first;
	assert_true(seen->calls == 0 || index == seen->last + 1);
	seen->last = index;
	seen->calls++;
	seen->event = *event;
	if (seen->sends) {
		(void)spdk_notify_send("echo", event->ctx);
	}
	return seen->calls == seen->limit;
}

static int
see_type(const struct spdk_notify_type *type, void *ctx)
{
	struct seen *seen = ctx;

	seen->calls++;
	assert_string_equal(spdk_notify_type_get_name(type), seen->calls == 1 ? "one" : "two");
	/* No lock is held that this would wait for. */
	assert_int_equal(spdk_notify_type_register("one") == type, seen->calls == 1);
	return seen->calls == seen->limit;
}

static void
types_are_known_once_and_in_order(void **state)
{
	struct spdk_notify_type *one = spdk_notify_type_register("one");
	struct seen seen = {.calls = 0};

	assert_non_null(one);
	assert_string_equal(spdk_notify_type_get_name(one), "one");
	assert_non_null(spdk_notify_type_register("two"));
	assert_ptr_equal(spdk_notify_type_register("one"), one);
	spdk_notify_foreach_type(see_type, &seen);
	assert_int_equal(seen.calls, 2);
	seen = (struct seen){.limit = 1};
	spdk_notify_foreach_type(see_type, &seen);
	assert_int_equal(seen.calls, 1);
}

static void
a_type_without_a_fitting_name_is_refused(void **state)
{
	char name[SPDK_NOTIFY_MAX_NAME_SIZE + 1];

	memset(name, 'n', sizeof(name));
	name[SPDK_NOTIFY_MAX_NAME_SIZE] = '\0';
	log_capture_start();
	assert_null(spdk_notify_type_register(name));
	assert_one_error("128 bytes, and there is room for 127");
	assert_null(spdk_notify_type_register(NULL));
	assert_one_error("needs a name");
	assert_null(spdk_notify_type_register(""));
	assert_one_error("needs a name");
	log_capture_stop();
}

static void
events_are_numbered_and_found_by_number(void **state)
{
	struct seen seen = {.calls = 0};
	uint64_t first = spdk_notify_send("made", "Malloc0");

	assert_int_equal(spdk_notify_send("made", NULL), first + 1);
	assert_int_equal(spdk_notify_send("gone", "Malloc0"), first + 2);
	assert_int_equal(spdk_notify_foreach_event(first, UINT64_MAX, see, &seen), 3);
	assert_int_equal(seen.first, first);
	assert_int_equal(seen.last, first + 2);
	assert_string_equal(seen.event.type, "gone");
	assert_string_equal(seen.event.ctx, "Malloc0");
	seen = (struct seen){.calls = 0};
	assert_int_equal(spdk_notify_foreach_event(first + 1, 1, see, &seen), 1);
	assert_string_equal(seen.event.type, "made");
	assert_string_equal(seen.event.ctx, "");
	seen = (struct seen){.limit = 2};
	assert_int_equal(spdk_notify_foreach_event(first, 9, see, &seen), 2);
	seen = (struct seen){.calls = 0};
	assert_int_equal(spdk_notify_foreach_event(first + 3, 9, see, &seen), 0);
	assert_int_equal(spdk_notify_foreach_event(UINT64_MAX, 9, see, &seen), 0);
	assert_int_equal(spdk_notify_foreach_event(first, 0, see, &seen), 0);
	assert_int_equal(seen.calls, 0);
}

static void
the_last_1024_are_kept(void **state)
{
	uint64_t last = 0, i;
	struct seen seen = {.calls = 0};
	char number[32];

	for (i = 0; i < KEPT + 10; i++) {
		snprintf(number, sizeof(number), "%" PRIu64, i);
		last = spdk_notify_send("made", number);
	}
	assert_int_equal(spdk_notify_foreach_event(0, UINT64_MAX, see, &seen), KEPT);
	assert_int_equal(seen.last, last);
	assert_int_equal(seen.first, last - KEPT + 1);
	assert_string_equal(seen.event.ctx, number);
	seen = (struct seen){.limit = 1};
	assert_int_equal(spdk_notify_foreach_event(0, UINT64_MAX, see, &seen), 1);
	assert_string_equal(seen.event.ctx, "10");
}

static void
a_callback_may_send_and_comes_to_an_end(void **state)
{
	struct seen seen = {.sends = true};
	uint64_t next = spdk_notify_send("made", "x");

	assert_int_equal(spdk_notify_foreach_event(next - 4, UINT64_MAX, see, &seen), 5);
	seen = (struct seen){.calls = 0};
	assert_int_equal(spdk_notify_foreach_event(next + 1, UINT64_MAX, see, &seen), 5);
	assert_string_equal(seen.event.type, "echo");
}

static void
what_is_too_long_is_cut_at_a_letter_and_told_once(void **state)
{
	char type[SPDK_NOTIFY_MAX_NAME_SIZE + 1], about[SPDK_NOTIFY_MAX_CTX_SIZE + 2];
	struct seen seen = {.calls = 0};
	uint64_t index;

	memset(type, 't', sizeof(type) - 1);
	type[sizeof(type) - 1] = '\0';
	memset(about, 'a', sizeof(about) - 1);
	about[sizeof(about) - 1] = '\0';
	memcpy(about + 125, "\xe2\x82\xac", 3); /* one letter, bytes 125 to 127 */
	log_capture_start();
	index = spdk_notify_send(type, "short");
	assert_int_equal(log_capture_count(SPDK_LOG_WARN), 1);
	assert_true(log_captured("was cut", "127", type, "short", NULL));
	log_capture_start();
	assert_int_equal(spdk_notify_send("type", about), index + 1);
	assert_nothing_logged();
	assert_int_equal(spdk_notify_send(NULL, "x"), UINT64_MAX);
	assert_one_error("needs a type");
	assert_int_equal(spdk_notify_send("", "x"), UINT64_MAX);
	assert_one_error("needs a type");
	log_capture_stop();
	assert_int_equal(spdk_notify_foreach_event(index, 1, see, &seen), 1);
	assert_int_equal(strlen(seen.event.type), 127);
	assert_string_equal(seen.event.ctx, "short");
	seen = (struct seen){.calls = 0};
	assert_int_equal(spdk_notify_foreach_event(index + 1, 1, see, &seen), 1);
	assert_int_equal(strlen(seen.event.ctx), 125);
}

static void *
send_many(void *arg)
{
	uint64_t *numbers = arg;
	int i;

	for (i = 0; i < EACH; i++) {
		numbers[i] = spdk_notify_send("many", "same same");
		(void)spdk_notify_type_register(i % 2 == 0 ? "one" : "two");
	}
	return NULL;
}

static int
check_whole(uint64_t index, const struct spdk_notify_event *event, void *ctx)
{
	assert_string_equal(event->type, "many");
	assert_string_equal(event->ctx, "same same");
	return 0;
}

static void
senders_on_many_os_threads_get_numbers_of_their_own(void **state)
{
	static uint64_t numbers[SENDERS][EACH];
	static bool seen[SENDERS * EACH];
	pthread_t threads[SENDERS];
	uint64_t before, index;
	int i, j;

	before = spdk_notify_send("many", "same same");
	for (i = 0; i < SENDERS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, send_many, numbers[i]), 0);
	}
	for (i = 0; i < 20; i++) {
		(void)spdk_notify_foreach_event(before, UINT64_MAX, check_whole, NULL);
	}
	for (i = 0; i < SENDERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	}
	for (i = 0; i < SENDERS; i++) {
		for (j = 0; j < EACH; j++) {
			index = numbers[i][j] - before - 1;
			assert_true(index < SENDERS * EACH && !seen[index]);
			seen[index] = true;
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_known_once_and_in_order),
		cmocka_unit_test(a_type_without_a_fitting_name_is_refused),
		cmocka_unit_test(events_are_numbered_and_found_by_number),
		cmocka_unit_test(the_last_1024_are_kept),
		cmocka_unit_test(a_callback_may_send_and_comes_to_an_end),
		cmocka_unit_test(what_is_too_long_is_cut_at_a_letter_and_told_once),
		cmocka_unit_test(senders_on_many_os_threads_get_numbers_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
