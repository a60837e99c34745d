/* SPDX-License-Identifier: BSD-3-Clause */
/* The log: what is printed, what it looks like, and who gets it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/log/log_internal.h"
#include "spdk/stdinc.h"
#include "spdk/util.h"

#define CAPTURE_SIZE 65536
/* 2023-05-10 10:41:50.245585 UTC, and a bit that is cut. */
#define STAMP_NS UINT64_C(1683715310245585999)

SPDK_LOG_REGISTER_COMPONENT(log_test)

static int g_saved_stderr;
static int g_capture;
static char g_text[CAPTURE_SIZE];
static uint64_t g_now_ns;

static uint64_t
test_clock(void)
{
	return g_now_ns;
}

static void
capture_begin(void)
{
	g_capture = memfd_create("stderr", MFD_CLOEXEC);
	assert_true(g_capture >= 0);
	g_saved_stderr = dup(STDERR_FILENO);
	assert_true(dup2(g_capture, STDERR_FILENO) >= 0);
}

/* What was written to stderr since capture_begin(). */
static const char *
capture_end(void)
{
	ssize_t len;

	assert_true(dup2(g_saved_stderr, STDERR_FILENO) >= 0);
	close(g_saved_stderr);
	len = pread(g_capture, g_text, sizeof(g_text) - 1, 0);
	assert_true(len >= 0);
	g_text[len] = '\0';
	close(g_capture);
	return g_text;
}

static int
reset(void **state)
{
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	tzset();
	g_now_ns = STAMP_NS;
	log_set_clock(test_clock);
	spdk_log_enable_timestamps(false);
	spdk_log_set_level(SPDK_LOG_NOTICE);
	spdk_log_set_print_level(SPDK_LOG_NOTICE);
	return 0;
}

static int
restore(void **state)
{
	spdk_log_close();
	(void)spdk_log_clear_flag("all");
	log_set_clock(NULL);
	return 0;
}

static void
levels_start_at_notice(void **state)
{
	assert_int_equal(spdk_log_get_level(), SPDK_LOG_NOTICE);
	assert_int_equal(spdk_log_get_print_level(), SPDK_LOG_NOTICE);
}

static void
a_line_has_stamp_place_level_and_text(void **state)
{
	spdk_log_enable_timestamps(true);
	capture_begin();
	spdk_log(SPDK_LOG_ERROR, "lib/thread/thread.c", 284, "spdk_thread_create", "No %s\n",
		 "ring");
	assert_string_equal(capture_end(), "[2023-05-10 10:41:50.245585] thread.c: "
					   "284:spdk_thread_create: *ERROR*: No ring\n");
}

static void
each_level_has_its_name(void **state)
{
	spdk_log_set_print_level(SPDK_LOG_DEBUG);
	capture_begin();
	spdk_log(SPDK_LOG_ERROR, "a.c", 1, "f", "m\n");
	spdk_log(SPDK_LOG_WARN, "a.c", 12, "f", "m\n");
	spdk_log(SPDK_LOG_NOTICE, "a.c", 123, "f", "m\n");
	spdk_log(SPDK_LOG_INFO, "a.c", 1234, "f", "m\n");
	spdk_log(SPDK_LOG_DEBUG, "a.c", 12345, "f", "m\n");
	assert_string_equal(capture_end(), "a.c:   1:f: *ERROR*: m\n"
					   "a.c:  12:f: *WARNING*: m\n"
					   "a.c: 123:f: *NOTICE*: m\n"
					   "a.c:1234:f: *INFO*: m\n"
					   "a.c:12345:f: *DEBUG*: m\n");
}

static void
printf_macro_has_no_place(void **state)
{
	capture_begin();
	SPDK_PRINTF("only %d\n", 1);
	assert_string_equal(capture_end(), "only 1\n");
}

static void
print_level_holds_back_what_is_above(void **state)
{
	capture_begin();
	spdk_log(SPDK_LOG_INFO, NULL, 0, NULL, "hidden\n");
	spdk_log_set_print_level(SPDK_LOG_INFO);
	spdk_log(SPDK_LOG_INFO, NULL, 0, NULL, "shown\n");
	spdk_log(SPDK_LOG_DISABLED, NULL, 0, NULL, "never\n");
	spdk_log((enum spdk_log_level)(SPDK_LOG_DEBUG + 1), NULL, 0, NULL, "no such level\n");
	spdk_log_set_print_level(SPDK_LOG_DISABLED);
	SPDK_ERRLOG("silenced\n");
	assert_string_equal(capture_end(), "shown\n");
	spdk_log_set_print_level((enum spdk_log_level)77);
	assert_int_equal(spdk_log_get_print_level(), SPDK_LOG_DEBUG);
	spdk_log_set_level((enum spdk_log_level) - 77);
	assert_int_equal(spdk_log_get_level(), SPDK_LOG_DISABLED);
}

static void
the_log_level_alone_prints_nothing(void **state)
{
	spdk_log_set_level(SPDK_LOG_DEBUG);
	spdk_log_set_print_level(SPDK_LOG_ERROR);
	capture_begin();
	SPDK_NOTICELOG("only for syslog\n");
	assert_string_equal(capture_end(), "");
}

static void
long_messages_are_whole(void **state)
{
	char text[5000], name[1500];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 2] = '\n';
	text[sizeof(text) - 1] = '\0';
	capture_begin();
	spdk_log(SPDK_LOG_ERROR, "a.c", 1, "f", "%s", text);
	assert_string_equal(capture_end() + strlen("a.c:   1:f: *ERROR*: "), text);

	/* A place that alone is longer than the buffer on the stack. */
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	capture_begin();
	spdk_log(SPDK_LOG_ERROR, "a.c", 1, name, "%s", text);
	assert_non_null(strstr(capture_end(), text));
	assert_int_equal(strlen(g_text),
			 strlen("a.c:   1:: *ERROR*: ") + strlen(name) + strlen(text));
}

/* Lengths around the size of the buffer on the stack, where an off-by-one would cut or overrun. */
static void
no_length_is_cut(void **state)
{
	char text[1100], expected[1200];
	size_t len;

	for (len = 980; len < 1060; len++) {
		memset(text, 'y', len);
		text[len] = '\0';
		(void)snprintf(expected, sizeof(expected), "a.c:   1:f: *ERROR*: %s", text);
		capture_begin();
		spdk_log(SPDK_LOG_ERROR, "a.c", 1, "f", "%s", text);
		assert_string_equal(capture_end(), expected);
	}
}

static void
errno_is_left_alone(void **state)
{
	capture_begin();
	errno = ENOTTY;
	SPDK_ERRLOG("%m\n");
	assert_int_equal(errno, ENOTTY);
	spdk_log_dump(stderr, "d", "x", 1);
	assert_int_equal(errno, ENOTTY);
	capture_end();
}

static void
logger_that_fails(int level, const char *file, const int line, const char *func, const char *format,
		  va_list args)
{
	errno = EIO;
}

static void
errno_of_a_logger_stays_inside(void **state)
{
	spdk_log_open(logger_that_fails);
	errno = ENOTTY;
	SPDK_ERRLOG("x\n");
	assert_int_equal(errno, ENOTTY);
}

static void
flog_ignores_levels(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *fp = open_memstream(&text, &len);

	assert_non_null(fp);
	spdk_log_set_print_level(SPDK_LOG_DISABLED);
	spdk_flog(fp, "dir/a.c", 7, "f", "%d\n", 3);
	assert_string_equal(text, "a.c:   7:f: 3\n");
	fclose(fp);
	free(text);
}

static void
dump_shows_bytes_and_text(void **state)
{
	uint8_t bytes[19] = "0123456789abcdefg\x01\xff";

	capture_begin();
	spdk_log_dump(stderr, "label", bytes, sizeof(bytes));
	assert_string_equal(
		capture_end(),
		"label\n"
		"00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n"
		"00000010  67 01 ff                                          |g..|\n");
}

static int g_logged, g_opened, g_closed;
static char g_last[256];

static void
test_logger(int level, const char *file, const int line, const char *func, const char *format,
	    va_list args)
{
	int len = snprintf(g_last, sizeof(g_last), "%d %s %d %s ", level, file != NULL ? file : "-",
			   line, func != NULL ? func : "-");

	g_logged++;
	(void)vsnprintf(g_last + len, sizeof(g_last) - (size_t)len, format, args);
}

static void
test_opened(void *ctx)
{
	assert_int_equal(g_logged, 0);
	assert_int_equal(*(int *)ctx, 42);
	g_opened++;
}

static void
test_closed(void *ctx)
{
	assert_int_equal(*(int *)ctx, 42);
	g_closed++;
}

static void
a_logger_gets_every_message_and_stderr_none(void **state)
{
	int ctx = 42;
	struct spdk_log_opts opts = {.size = sizeof(opts),
				     .log = test_logger,
				     .open = test_opened,
				     .close = test_closed,
				     .user_ctx = &ctx};

	g_logged = g_opened = g_closed = 0;
	capture_begin();
	spdk_log_open_ext(&opts);
	assert_int_equal(g_opened, 1);
	spdk_log_set_print_level(SPDK_LOG_DISABLED);
	spdk_log_set_level(SPDK_LOG_DISABLED);
	spdk_log(SPDK_LOG_DEBUG, "x/a.c", 5, "f", "n=%d", 9);
	assert_string_equal(g_last, "4 x/a.c 5 f n=9");
	spdk_log_set_print_level(SPDK_LOG_ERROR);
	spdk_log_close();
	assert_int_equal(g_closed, 1);
	SPDK_ERRLOG("to stderr\n");
	SPDK_NOTICELOG("to nobody\n");
	assert_int_equal(g_logged, 1);
	spdk_log_close();
	assert_int_equal(g_closed, 1);
	assert_non_null(strstr(capture_end(), "to stderr\n"));
	assert_null(strstr(g_text, "to nobody\n"));
}

static void
opening_again_closes_first(void **state)
{
	int ctx = 42;
	struct spdk_log_opts opts = {
		.size = sizeof(opts), .log = test_logger, .close = test_closed, .user_ctx = &ctx};

	g_logged = g_closed = 0;
	spdk_log_open_ext(&opts);
	spdk_log_open(test_logger);
	assert_int_equal(g_closed, 1);
	SPDK_NOTICELOG("x");
	assert_int_equal(g_logged, 1);
}

static void
fields_beyond_the_callers_size_are_not_read(void **state)
{
	struct spdk_log_opts opts = {.size = offsetof(struct spdk_log_opts, open),
				     .log = test_logger,
				     .open = (spdk_log_open_cb *)(uintptr_t)1,
				     .close = (spdk_log_close_cb *)(uintptr_t)1};

	g_logged = 0;
	spdk_log_open_ext(&opts);
	SPDK_ERRLOG("x");
	spdk_log_close();
	assert_int_equal(g_logged, 1);
}

static void
bad_options_are_one_error_and_change_nothing(void **state)
{
	struct spdk_log_opts opts = {.size = 0};

	capture_begin();
	spdk_log_open_ext(NULL);
	spdk_log_open_ext(&opts);
	SPDK_ERRLOG("still here\n");
	assert_non_null(strstr(capture_end(), "opts.size"));
	assert_non_null(strstr(g_text, "still here\n"));
}

static int g_nested;

static void
nesting_logger(int level, const char *file, const int line, const char *func, const char *format,
	       va_list args)
{
	g_logged++;
	if (g_nested++ == 0) {
		SPDK_ERRLOG("from inside\n");
		/* Refused by an error, which arrives here too; waiting would be for ever. */
		spdk_log_close();
		spdk_log_open(NULL);
	}
}

static void
a_logger_may_log_but_not_close(void **state)
{
	g_logged = g_nested = 0;
	spdk_log_open(nesting_logger);
	SPDK_ERRLOG("outside\n");
	assert_int_equal(g_logged, 4);
	SPDK_ERRLOG("still open\n");
	assert_int_equal(g_logged, 5);
}

static void
syslog_levels(void **state)
{
	assert_int_equal(spdk_log_to_syslog_level(SPDK_LOG_DISABLED), -1);
	assert_int_equal(spdk_log_to_syslog_level(SPDK_LOG_ERROR), LOG_ERR);
	assert_int_equal(spdk_log_to_syslog_level(SPDK_LOG_WARN), LOG_WARNING);
	assert_int_equal(spdk_log_to_syslog_level(SPDK_LOG_NOTICE), LOG_NOTICE);
	assert_int_equal(spdk_log_to_syslog_level(SPDK_LOG_INFO), LOG_INFO);
	assert_int_equal(spdk_log_to_syslog_level(SPDK_LOG_DEBUG), LOG_DEBUG);
	assert_int_equal(spdk_log_to_syslog_level((enum spdk_log_level)5), -1);
}

static void
syslog_does_not_take_stderr_away(void **state)
{
	capture_begin();
	spdk_log_open(NULL);
	SPDK_NOTICELOG("both\n");
	spdk_log_close();
	assert_non_null(strstr(capture_end(), "*NOTICE*: both\n"));
}

static int
count_evaluations(int *count)
{
	(*count)++;
	return 0;
}

static void
details_need_flag_and_level(void **state)
{
	int count = 0;

	capture_begin();
	SPDK_DEBUGLOG(log_test, "no flag %d\n", count_evaluations(&count));
	SPDK_INFOLOG(log_test, "no flag %d\n", count_evaluations(&count));
	SPDK_LOGDUMP(log_test, "no flag", "x", (size_t)count_evaluations(&count));
	assert_int_equal(count, 0);
	assert_int_equal(spdk_log_set_flag("log_test"), 0);
	SPDK_DEBUGLOG(log_test, "no level\n");
	spdk_log_set_print_level(SPDK_LOG_INFO);
	SPDK_DEBUGLOG(log_test, "no level\n");
	SPDK_INFOLOG(log_test, "info\n");
	spdk_log_set_print_level(SPDK_LOG_DEBUG);
	SPDK_DEBUGLOG(log_test, "debug\n");
	SPDK_LOGDUMP(log_test, "dump", "x", 1);
	assert_null(strstr(capture_end(), "no flag"));
	assert_null(strstr(g_text, "no level"));
	assert_non_null(strstr(g_text, "*INFO*: info\n"));
	assert_non_null(strstr(g_text, "*DEBUG*: debug\n"));
	assert_non_null(strstr(g_text, "dump\n00000000  78 "));
}

static void
limited_once(void)
{
	SPDK_ERRLOG_RATELIMIT("often %d\n", 1);
}

static void
rate_limit_is_one_a_second_and_counts_the_rest(void **state)
{
	int i;

	capture_begin();
	for (i = 0; i < 10; i++) {
		limited_once();
		g_now_ns += SPDK_SEC_TO_NSEC / 20;
	}
	assert_non_null(strstr(capture_end(), "often 1\n"));
	assert_null(strstr(strstr(g_text, "often") + 1, "often"));

	g_now_ns += SPDK_SEC_TO_NSEC / 2;
	capture_begin();
	limited_once();
	assert_non_null(strstr(capture_end(), "often 1\n"));
	assert_non_null(strstr(g_text, "left out 9 times)\n"));

	g_now_ns += SPDK_SEC_TO_NSEC;
	capture_begin();
	limited_once();
	assert_non_null(strstr(capture_end(), "often 1\n"));
	assert_null(strstr(g_text, "left out"));

	/* Not silenced for hours by a clock that was set back. */
	g_now_ns -= 3600 * SPDK_SEC_TO_NSEC;
	capture_begin();
	limited_once();
	assert_string_not_equal(capture_end(), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* First, while nothing was set yet. */
		cmocka_unit_test(levels_start_at_notice),
		cmocka_unit_test_setup_teardown(a_line_has_stamp_place_level_and_text, reset,
						restore),
		cmocka_unit_test_setup_teardown(each_level_has_its_name, reset, restore),
		cmocka_unit_test_setup_teardown(printf_macro_has_no_place, reset, restore),
		cmocka_unit_test_setup_teardown(print_level_holds_back_what_is_above, reset,
						restore),
		cmocka_unit_test_setup_teardown(the_log_level_alone_prints_nothing, reset, restore),
		cmocka_unit_test_setup_teardown(long_messages_are_whole, reset, restore),
		cmocka_unit_test_setup_teardown(no_length_is_cut, reset, restore),
		cmocka_unit_test_setup_teardown(errno_is_left_alone, reset, restore),
		cmocka_unit_test_setup_teardown(errno_of_a_logger_stays_inside, reset, restore),
		cmocka_unit_test_setup_teardown(flog_ignores_levels, reset, restore),
		cmocka_unit_test_setup_teardown(dump_shows_bytes_and_text, reset, restore),
		cmocka_unit_test_setup_teardown(a_logger_gets_every_message_and_stderr_none, reset,
						restore),
		cmocka_unit_test_setup_teardown(opening_again_closes_first, reset, restore),
		cmocka_unit_test_setup_teardown(fields_beyond_the_callers_size_are_not_read, reset,
						restore),
		cmocka_unit_test_setup_teardown(bad_options_are_one_error_and_change_nothing, reset,
						restore),
		cmocka_unit_test_setup_teardown(a_logger_may_log_but_not_close, reset, restore),
		cmocka_unit_test_setup_teardown(syslog_levels, reset, restore),
		cmocka_unit_test_setup_teardown(syslog_does_not_take_stderr_away, reset, restore),
		cmocka_unit_test_setup_teardown(details_need_flag_and_level, reset, restore),
		cmocka_unit_test_setup_teardown(rate_limit_is_one_a_second_and_counts_the_rest,
						reset, restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
