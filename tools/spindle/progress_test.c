/* SPDX-License-Identifier: BSD-3-Clause */
/* The line of progress: where it is shown, how it is replaced and cut. A pseudo-terminal looks on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "progress.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>

#define COLUMNS 20

/* Both ends of a terminal. */
struct terminal {
	int outer;
	FILE *inner;
};

static void
terminal_open(struct terminal *terminal)
{
	struct winsize size = {.ws_row = 2, .ws_col = COLUMNS};
	struct termios settings;

	terminal->outer = posix_openpt(O_RDWR | O_NOCTTY);
	if (terminal->outer < 0 || grantpt(terminal->outer) != 0 ||
	    unlockpt(terminal->outer) != 0) {
		skip();
	}
	terminal->inner = fopen(ptsname(terminal->outer), "w");
	assert_non_null(terminal->inner);
	assert_int_equal(ioctl(terminal->outer, TIOCSWINSZ, &size), 0);
	/* A line stays as it is written. */
	assert_int_equal(tcgetattr(fileno(terminal->inner), &settings), 0);
	cfmakeraw(&settings);
	assert_int_equal(tcsetattr(fileno(terminal->inner), TCSANOW, &settings), 0);
}

static void
terminal_close(struct terminal *terminal)
{
	fclose(terminal->inner);
	close(terminal->outer);
}

static void
expect_written(struct terminal *terminal, const char *expected)
{
	char written[256];
	ssize_t size = read(terminal->outer, written, sizeof(written) - 1);

	assert_true(size > 0);
	written[size] = '\0';
	assert_string_equal(written, expected);
}

static void
a_terminal_sees_one_line_that_is_replaced_and_taken_away(void **state)
{
	struct terminal terminal;
	struct progress progress;

	terminal_open(&terminal);
	progress_init(&progress, terminal.inner, PROGRESS_AUTO);
	assert_true(progress_is_on(&progress));
	progress_show(&progress, "%d of %d", 1, 2);
	expect_written(&terminal, "\r1 of 2\033[K");
	progress_clear(&progress);
	expect_written(&terminal, "\r\033[K");
	/* Nothing is left to take away. */
	progress_clear(&progress);
	progress_show(&progress, "again");
	expect_written(&terminal, "\ragain\033[K");
	terminal_close(&terminal);
}

static void
a_long_line_is_cut_between_characters(void **state)
{
	struct terminal terminal;
	struct progress progress;

	terminal_open(&terminal);
	progress_init(&progress, terminal.inner, PROGRESS_AUTO);
	progress_show(&progress, "%s", "0123456789abcdefghijklmn");
	expect_written(&terminal, "\r0123456789abcdefghi\033[K");
	progress_show(&progress, "%s", "0123456789abcdefgh\u00b5\u00b5\u00b5");
	expect_written(&terminal, "\r0123456789abcdefgh\u00b5\033[K");
	terminal_close(&terminal);
}

static void
a_file_has_lines_only_when_they_were_asked_for(void **state)
{
	struct progress progress;
	char line[64];
	FILE *file = tmpfile();

	assert_non_null(file);
	progress_init(&progress, file, PROGRESS_AUTO);
	assert_false(progress_is_on(&progress));
	progress_show(&progress, "unseen");
	progress_init(&progress, file, PROGRESS_ON);
	assert_true(progress_is_on(&progress));
	progress_show(&progress, "first");
	progress_show(&progress, "second");
	progress_clear(&progress);
	rewind(file);
	assert_string_equal(fgets(line, sizeof(line), file), "first\n");
	assert_string_equal(fgets(line, sizeof(line), file), "second\n");
	assert_null(fgets(line, sizeof(line), file));
	fclose(file);
}

static void
a_terminal_may_be_left_alone(void **state)
{
	struct terminal terminal;
	struct progress progress;

	terminal_open(&terminal);
	progress_init(&progress, terminal.inner, PROGRESS_OFF);
	assert_false(progress_is_on(&progress));
	progress_show(&progress, "unseen");
	progress_clear(&progress);
	fputs("seen", terminal.inner);
	fflush(terminal.inner);
	expect_written(&terminal, "seen");
	terminal_close(&terminal);
}

static void
times_left_and_times_are_for_people(void **state)
{
	assert_true(progress_seconds_left(0, 10, 5) < 0);
	assert_true(progress_seconds_left(10, 10, 5) == 0);
	assert_true(progress_seconds_left(2, 10, 5) == 20);
	assert_string_equal(duration_text(0).text, "0:00");
	assert_string_equal(duration_text(7.4).text, "0:07");
	assert_string_equal(duration_text(59.6).text, "1:00");
	assert_string_equal(duration_text(754).text, "12:34");
	assert_string_equal(duration_text(3723).text, "1:02:03");
	assert_string_equal(duration_text(-1).text, "?");
	assert_string_equal(duration_text(1e9).text, "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_terminal_sees_one_line_that_is_replaced_and_taken_away),
		cmocka_unit_test(a_long_line_is_cut_between_characters),
		cmocka_unit_test(a_file_has_lines_only_when_they_were_asked_for),
		cmocka_unit_test(a_terminal_may_be_left_alone),
		cmocka_unit_test(times_left_and_times_are_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
