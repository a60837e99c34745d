/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Subsystems: their order, and what happens when one of them, or whoever starts them, errs.
 *
 * What has been registered stays registered, so each test runs in a process of its own.
 */
#include "base/log_capture.h"
#include "control/subsystem.h"
#include "spdk/env.h"
#include "spdk/thread.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>

#include <cmocka.h>

/* A watchdog that looks once a second may be late by two of its looks. */
#define PATIENCE_SEC (SUBSYSTEM_PATIENCE_SEC + 3)

/* What was called, in order: "+a" its init, "-a" its fini. */
static char g_calls[256];
static int g_rc;
static int g_inits_ended;
static int g_finis_ended;

/* Whether condition holds; else the test has failed and says where. */
#define check(condition)                                                                       \
	do {                                                                                   \
		if (!(condition)) {                                                            \
			fprintf(stderr, "%s:%d: not so: %s; calls '%s', log '%s'\n", __func__, \
				__LINE__, #condition, g_calls, g_log_capture.text);            \
			return false;                                                          \
		}                                                                              \
	} while (0)

static void
add_call(char sign, char name)
{
	size_t used = strlen(g_calls);

	snprintf(g_calls + used, sizeof(g_calls) - used, "%c%c", sign, name);
}

/* A subsystem that reports at once. */
#define PROMPT(letter)                                      \
	static void letter##_init(void)                     \
	{                                                   \
		add_call('+', #letter[0]);                  \
		spdk_subsystem_init_next(0);                \
	}                                                   \
	static void letter##_fini(void)                     \
	{                                                   \
		add_call('-', #letter[0]);                  \
		spdk_subsystem_fini_next();                 \
	}                                                   \
	static struct spdk_subsystem letter##_subsystem = { \
		.name = #letter,                            \
		.init = letter##_init,                      \
		.fini = letter##_fini,                      \
	}

PROMPT(a);
PROMPT(b);
PROMPT(c);
PROMPT(d);

/* One that leaves the report to the test. */
static void
late_init(void)
{
	add_call('+', 'l');
}

static void
late_fini(void)
{
	add_call('-', 'l');
}

static struct spdk_subsystem late_subsystem = {
	.name = "late",
	.init = late_init,
	.fini = late_fini,
};

static void
failing_init(void)
{
	add_call('+', 'f');
	spdk_subsystem_init_next(-EIO);
}

static struct spdk_subsystem failing_subsystem = {
	.name = "failing",
	.init = failing_init,
	.fini = late_fini,
};

static void
init_ended(int rc, void *arg)
{
	g_rc = rc;
	g_inits_ended++;
}

static void
fini_ended(void *arg)
{
	g_finis_ended += arg != NULL ? 100 : 1;
}

static void
need(struct spdk_subsystem_depend *depend, const char *name, const char *depends_on)
{
	depend->name = name;
	depend->depends_on = depends_on;
	spdk_add_subsystem_depend(depend);
}

static void
run_apart(bool (*test)(void))
{
	pid_t child;
	int status;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		struct subsystem_list *all =
			(struct subsystem_list *)(uintptr_t)subsystem_get_all();
		struct subsystem_depend_list *needs =
			(struct subsystem_depend_list *)(uintptr_t)subsystem_get_depends();

		/* Those of the library itself are not what is tested. */
		TAILQ_INIT(all);
		TAILQ_INIT(needs);
		alarm(60);
		log_capture_start();
		_exit(test() ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static bool
order_follows_needs(void)
{
	static struct spdk_subsystem_depend depends[3];

	spdk_add_subsystem(&c_subsystem);
	spdk_add_subsystem(&d_subsystem);
	spdk_add_subsystem(&b_subsystem);
	spdk_add_subsystem(&a_subsystem);
	need(&depends[0], "c", "b");
	need(&depends[1], "b", "a");
	need(&depends[2], "c", "a");
	check(spdk_subsystem_exists("c"));
	check(!spdk_subsystem_exists("e") && !spdk_subsystem_exists(NULL));
	spdk_subsystem_init(init_ended, NULL);
	check(strcmp(g_calls, "+d+a+b+c") == 0);
	check(g_inits_ended == 1 && g_rc == 0);
	spdk_subsystem_fini(fini_ended, NULL);
	check(strcmp(g_calls, "+d+a+b+c-c-b-a-d") == 0);
	check(g_finis_ended == 1);
	/* And again. */
	g_calls[0] = '\0';
	spdk_subsystem_init(init_ended, NULL);
	spdk_subsystem_fini(fini_ended, NULL);
	check(strcmp(g_calls, "+d+a+b+c-c-b-a-d") == 0);
	check(g_inits_ended == 2 && g_finis_ended == 2);
	check(log_captured_nothing());
	return true;
}

static void
each_comes_after_those_that_it_needs(void **state)
{
	run_apart(order_follows_needs);
}

static bool
functions_may_be_missing(void)
{
	static struct spdk_subsystem bare = {.name = "bare"}, other = {.name = "other"};

	spdk_add_subsystem(&bare);
	spdk_add_subsystem(&a_subsystem);
	spdk_add_subsystem(&other);
	spdk_subsystem_init(init_ended, NULL);
	spdk_subsystem_fini(fini_ended, NULL);
	check(strcmp(g_calls, "+a-a") == 0);
	check(g_inits_ended == 1 && g_finis_ended == 1);
	check(log_captured_nothing());
	return true;
}

static void
one_without_functions_is_passed_over(void **state)
{
	run_apart(functions_may_be_missing);
}

static bool
refused(const char *first, const char *second, const char *third)
{
	spdk_subsystem_init(init_ended, NULL);
	check(g_inits_ended == 1 && g_rc == -EINVAL);
	check(g_calls[0] == '\0');
	check(log_capture_count(SPDK_LOG_ERROR) == 1);
	check(log_captured(first, second, third, NULL));
	/* There is nothing to take down, and that is all right. */
	spdk_subsystem_fini(fini_ended, NULL);
	check(g_finis_ended == 1 && g_calls[0] == '\0');
	return true;
}

static bool
needs_a_stranger(void)
{
	static struct spdk_subsystem_depend depend;

	spdk_add_subsystem(&a_subsystem);
	need(&depend, "a", "stranger");
	return refused("'a' needs", "'stranger'", "link the library");
}

static bool
stranger_needs(void)
{
	static struct spdk_subsystem_depend depend;

	spdk_add_subsystem(&a_subsystem);
	need(&depend, "stranger", "a");
	return refused("SPDK_SUBSYSTEM_DEPEND(stranger, a)", "'stranger'", "there is no");
}

static bool
two_have_one_name(void)
{
	static struct spdk_subsystem twin = {.name = "a", .init = a_init};

	spdk_add_subsystem(&a_subsystem);
	spdk_add_subsystem(&twin);
	return refused("Two subsystems are named 'a'", "SPDK_SUBSYSTEM_REGISTER()", "differ");
}

static bool
circle_of_three(void)
{
	static struct spdk_subsystem_depend depends[4];

	/* d is before the circle and not in it. */
	spdk_add_subsystem(&d_subsystem);
	spdk_add_subsystem(&a_subsystem);
	spdk_add_subsystem(&b_subsystem);
	spdk_add_subsystem(&c_subsystem);
	need(&depends[0], "d", "a");
	need(&depends[1], "a", "b");
	need(&depends[2], "b", "c");
	need(&depends[3], "c", "a");
	check(refused("'a' needs 'b', which needs 'c'", ", which needs 'a':", "this circle"));
	check(strstr(g_log_capture.text, "'d'") == NULL);
	/* None was lost on the way. */
	check(spdk_subsystem_exists("d") && spdk_subsystem_exists("c"));
	return true;
}

static bool
circle_of_one(void)
{
	static struct spdk_subsystem_depend depend;

	spdk_add_subsystem(&a_subsystem);
	need(&depend, "a", "a");
	return refused("Subsystem 'a' needs 'a':", "SPDK_SUBSYSTEM_DEPEND()", "this circle");
}

static void
what_has_no_order_is_named_and_nothing_starts(void **state)
{
	run_apart(needs_a_stranger);
	run_apart(stranger_needs);
	run_apart(two_have_one_name);
	run_apart(circle_of_three);
	run_apart(circle_of_one);
}

static bool
registered_again(void)
{
	static struct spdk_subsystem_depend depend;

	for (int i = 0; i < 2; i++) {
		spdk_add_subsystem(&b_subsystem);
		spdk_add_subsystem(&a_subsystem);
		need(&depend, "b", "a");
	}
	spdk_subsystem_init(init_ended, NULL);
	spdk_subsystem_fini(fini_ended, NULL);
	check(strcmp(g_calls, "+a+b-b-a") == 0);
	return true;
}

static void
registering_the_same_again_changes_nothing(void **state)
{
	run_apart(registered_again);
}

static bool
second_fails(void)
{
	spdk_add_subsystem(&a_subsystem);
	spdk_add_subsystem(&failing_subsystem);
	spdk_add_subsystem(&b_subsystem);
	spdk_subsystem_init(init_ended, NULL);
	check(g_inits_ended == 1 && g_rc == -EIO);
	check(log_captured("'failing'", "Input/output error", NULL));
	spdk_subsystem_init(init_ended, NULL);
	check(g_rc == -EALREADY && log_captured("spdk_subsystem_fini() must come first", NULL));
	spdk_subsystem_fini(fini_ended, NULL);
	/* Only what was up is taken down. */
	check(strcmp(g_calls, "+a+f-a") == 0);
	check(g_finis_ended == 1);
	return true;
}

static void
one_that_fails_ends_the_start_and_is_named(void **state)
{
	run_apart(second_fails);
}

static bool
too_many_reports(void)
{
	spdk_add_subsystem(&a_subsystem);
	spdk_subsystem_init_next(0);
	check(log_captured("spdk_subsystem_init_next(0): no subsystem", NULL));
	spdk_subsystem_init(init_ended, NULL);
	spdk_subsystem_init_next(-EIO);
	check(log_captured("spdk_subsystem_init_next(-5): no subsystem", NULL));
	spdk_subsystem_fini_next();
	check(log_captured("spdk_subsystem_fini_next(): no subsystem", NULL));
	spdk_subsystem_fini(fini_ended, NULL);
	spdk_subsystem_fini_next();
	check(log_capture_count(SPDK_LOG_ERROR) == 4);
	check(strcmp(g_calls, "+a-a") == 0);
	check(g_inits_ended == 1 && g_rc == 0 && g_finis_ended == 1);
	return true;
}

static void
a_report_that_nobody_waits_for_is_explained(void **state)
{
	run_apart(too_many_reports);
}

static bool
without_callback(void)
{
	spdk_add_subsystem(&a_subsystem);
	spdk_subsystem_init(NULL, NULL);
	check(log_captured("spdk_subsystem_init(): the callback is NULL", NULL));
	spdk_subsystem_init(init_ended, NULL);
	spdk_subsystem_fini(NULL, NULL);
	check(log_captured("spdk_subsystem_fini(): the callback is NULL", NULL));
	check(strcmp(g_calls, "+a") == 0);
	return true;
}

static void
a_callback_must_be_given(void **state)
{
	run_apart(without_callback);
}

static bool
end_comes_first(void)
{
	spdk_add_subsystem(&a_subsystem);
	spdk_add_subsystem(&late_subsystem);
	spdk_add_subsystem(&b_subsystem);
	check(spdk_thread_lib_init(NULL, 0) == 0);
	spdk_set_thread(spdk_thread_create("app_thread", NULL));
	spdk_subsystem_init(init_ended, NULL);
	spdk_subsystem_fini(fini_ended, NULL);
	/* It goes on, and its report is waited for. */
	check(strcmp(g_calls, "+a+l") == 0 && g_finis_ended == 0);
	/* A second one takes the place of the first, and is explained. */
	spdk_subsystem_fini(fini_ended, &g_calls);
	check(log_captured("are being ended already", NULL));
	spdk_subsystem_init_next(0);
	check(strcmp(g_calls, "+a+l-l") == 0 && g_finis_ended == 0);
	spdk_subsystem_fini_next();
	check(strcmp(g_calls, "+a+l-l-a") == 0);
	check(g_finis_ended == 100 && g_inits_ended == 0);
	/* What looked out for a report that never comes is gone. */
	(void)spdk_thread_poll(spdk_get_thread(), 0, 0);
	check(!spdk_thread_has_pollers(spdk_get_thread()));
	return true;
}

static void
an_end_that_comes_during_the_start_waits_for_the_step_under_way(void **state)
{
	run_apart(end_comes_first);
}

static void *
report_from_outside(void *arg)
{
	spdk_subsystem_init_next(0);
	return NULL;
}

static bool
reported_from_outside(void)
{
	struct spdk_thread *app_thread, *other;
	pthread_t os_thread;

	spdk_add_subsystem(&late_subsystem);
	spdk_add_subsystem(&a_subsystem);
	check(spdk_thread_lib_init(NULL, 0) == 0);
	app_thread = spdk_thread_create("app_thread", NULL);
	other = spdk_thread_create("other", NULL);
	spdk_set_thread(other);
	spdk_subsystem_init(init_ended, NULL);
	check(log_captured("spdk_subsystem_init() must be called on the app thread", NULL));
	spdk_subsystem_fini(fini_ended, NULL);
	check(log_captured("spdk_subsystem_fini() must be called on the app thread", NULL));
	check(g_calls[0] == '\0' && g_finis_ended == 0);
	log_capture_start();
	spdk_set_thread(app_thread);
	spdk_subsystem_init(init_ended, NULL);
	check(pthread_create(&os_thread, NULL, report_from_outside, NULL) == 0);
	pthread_join(os_thread, NULL);
	/* Not there: only the app thread goes on. */
	check(strcmp(g_calls, "+l") == 0);
	(void)spdk_thread_poll(app_thread, 0, 0);
	check(strcmp(g_calls, "+l+a") == 0 && g_inits_ended == 1);
	spdk_subsystem_fini(fini_ended, NULL);
	spdk_set_thread(other);
	spdk_subsystem_fini_next();
	check(g_finis_ended == 0);
	(void)spdk_thread_poll(app_thread, 0, 0);
	check(g_finis_ended == 1 && strcmp(g_calls, "+l+a-a-l") == 0);
	check(log_captured_nothing());
	return true;
}

static void
reports_come_from_anywhere_and_calls_from_the_app_thread(void **state)
{
	run_apart(reported_from_outside);
}

static bool
late_is_given_up(void)
{
	uint64_t give_up = spdk_get_ticks() + PATIENCE_SEC * spdk_get_ticks_hz();

	spdk_add_subsystem(&a_subsystem);
	spdk_add_subsystem(&late_subsystem);
	spdk_subsystem_init(init_ended, NULL);
	subsystem_give_up();
	check(strcmp(g_calls, "+a+l") == 0 && log_captured_nothing());
	spdk_subsystem_init_next(0);
	spdk_subsystem_fini(fini_ended, NULL);
	subsystem_give_up();
	check(g_finis_ended == 0 && log_captured_nothing());
	while (log_capture_count(SPDK_LOG_ERROR) == 0 && spdk_get_ticks() < give_up) {
		usleep(20000);
	}
	check(log_captured("'late' has not reported back", "its fini function",
			   "spdk_subsystem_fini_next()", NULL));
	subsystem_give_up();
	check(strcmp(g_calls, "+a+l-l-a") == 0 && g_finis_ended == 1);
	check(log_captured("'late' did not report back", NULL));
	subsystem_give_up();
	check(log_capture_count(SPDK_LOG_ERROR) == 2);
	return true;
}

static void
one_that_does_not_report_back_is_named_and_may_be_given_up(void **state)
{
	run_apart(late_is_given_up);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_comes_after_those_that_it_needs),
		cmocka_unit_test(one_without_functions_is_passed_over),
		cmocka_unit_test(what_has_no_order_is_named_and_nothing_starts),
		cmocka_unit_test(registering_the_same_again_changes_nothing),
		cmocka_unit_test(one_that_fails_ends_the_start_and_is_named),
		cmocka_unit_test(a_report_that_nobody_waits_for_is_explained),
		cmocka_unit_test(a_callback_must_be_given),
		cmocka_unit_test(an_end_that_comes_during_the_start_waits_for_the_step_under_way),
		cmocka_unit_test(reports_come_from_anywhere_and_calls_from_the_app_thread),
		cmocka_unit_test(one_that_does_not_report_back_is_named_and_may_be_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
