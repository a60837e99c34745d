/* SPDX-License-Identifier: BSD-3-Clause */
/* The log with several OS threads in it: whole lines, and no call into a logger that was closed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdatomic.h>

#include "base/log/log_internal.h"
#include "spdk/stdinc.h"

#define THREAD_COUNT  4
#define LINE_COUNT    500
#define ROUND_COUNT   300
#define LINE_TEXT_LEN 200

SPDK_LOG_REGISTER_COMPONENT(log_concurrent)
SPDK_LOG_DEPRECATION_REGISTER(log_concurrent, "a thing", "v99.01", SPDK_LOG_DEPRECATION_EVERY_24H)

static atomic_bool g_must_stop;
static atomic_int g_inside;
static atomic_bool g_may_be_called;
static atomic_int g_stray_calls;

static void *
write_lines(void *arg)
{
	char text[LINE_TEXT_LEN + 1];
	int i;

	memset(text, *(char *)arg, LINE_TEXT_LEN);
	text[LINE_TEXT_LEN] = '\0';
	for (i = 0; i < LINE_COUNT; i++) {
		SPDK_ERRLOG("<%s>\n", text);
	}
	return NULL;
}

/* Every line is of one letter, and whole. */
static void
check_lines(FILE *fp)
{
	char line[512], expected[LINE_TEXT_LEN + 1];
	char *text;
	int count = 0;

	while (fgets(line, sizeof(line), fp) != NULL) {
		text = strchr(line, '<');
		assert_non_null(text);
		memset(expected, text[1], LINE_TEXT_LEN);
		assert_memory_equal(text + 1, expected, LINE_TEXT_LEN);
		assert_string_equal(text + 1 + LINE_TEXT_LEN, ">\n");
		assert_int_equal(line[0], '[');
		count++;
	}
	assert_int_equal(count, THREAD_COUNT * LINE_COUNT);
}

static void
lines_do_not_mix(void **state)
{
	int saved_stderr = dup(STDERR_FILENO);
	/* Without O_APPEND two writes at once would also overwrite each other. */
	FILE *fp = tmpfile();
	char letters[THREAD_COUNT];
	pthread_t threads[THREAD_COUNT];
	int i;

	assert_non_null(fp);
	assert_true(dup2(fileno(fp), STDERR_FILENO) >= 0);
	for (i = 0; i < THREAD_COUNT; i++) {
		letters[i] = (char)('a' + i);
		assert_int_equal(pthread_create(&threads[i], NULL, write_lines, &letters[i]), 0);
	}
	for (i = 0; i < THREAD_COUNT; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_true(dup2(saved_stderr, STDERR_FILENO) >= 0);
	close(saved_stderr);
	rewind(fp);
	check_lines(fp);
	fclose(fp);
}

static void
logger(int level, const char *file, const int line, const char *func, const char *format,
       va_list args)
{
	atomic_fetch_add(&g_inside, 1);
	if (!atomic_load(&g_may_be_called)) {
		atomic_fetch_add(&g_stray_calls, 1);
	}
	atomic_fetch_sub(&g_inside, 1);
}

static void *
use_everything(void *arg)
{
	while (!atomic_load(&g_must_stop)) {
		SPDK_ERRLOG("error %d\n", 1);
		SPDK_ERRLOG_RATELIMIT("limited\n");
		SPDK_INFOLOG(log_concurrent, "info\n");
		SPDK_DEBUGLOG(log_concurrent, "debug\n");
		SPDK_LOG_DEPRECATED(log_concurrent);
		(void)spdk_log_get_flag("log_concurrent");
		(void)spdk_log_get_next_flag(spdk_log_get_first_flag());
	}
	return NULL;
}

static void *
change_settings(void *arg)
{
	static struct spdk_log_flag flags[50];
	static char names[50][32];
	size_t i = 0;

	while (!atomic_load(&g_must_stop)) {
		spdk_log_set_level((enum spdk_log_level)(i % 5));
		spdk_log_set_print_level((enum spdk_log_level)(i % 5));
		spdk_log_enable_timestamps(i % 2 == 0);
		(void)spdk_log_set_flag("log_con*");
		(void)spdk_log_clear_flag("all");
		log_set_clock(NULL);
		if (i < 50) {
			(void)snprintf(names[i], sizeof(names[i]), "late_%zu", i);
			spdk_log_register_flag(names[i], &flags[i]);
		}
		i++;
	}
	return NULL;
}

static void
close_waits_for_all_who_are_inside(void **state)
{
	int saved_stderr = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);
	pthread_t threads[THREAD_COUNT];
	int i;

	assert_true(null >= 0 && saved_stderr >= 0);
	assert_true(dup2(null, STDERR_FILENO) >= 0);
	for (i = 0; i < THREAD_COUNT; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL,
						i == 0 ? change_settings : use_everything, NULL),
				 0);
	}
	for (i = 0; i < ROUND_COUNT; i++) {
		atomic_store(&g_may_be_called, true);
		spdk_log_open(logger);
		sched_yield();
		spdk_log_close();
		atomic_store(&g_may_be_called, false);
		assert_int_equal(atomic_load(&g_inside), 0);
	}
	atomic_store(&g_must_stop, true);
	for (i = 0; i < THREAD_COUNT; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_true(dup2(saved_stderr, STDERR_FILENO) >= 0);
	close(saved_stderr);
	close(null);
	assert_int_equal(atomic_load(&g_stray_calls), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_do_not_mix),
		cmocka_unit_test(close_waits_for_all_who_are_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
