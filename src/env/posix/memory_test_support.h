/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of memory share: starting the environment, and looking at what was logged.
 */
#ifndef SPINDLE_POSIX_MEMORY_TEST_SUPPORT_H
#define SPINDLE_POSIX_MEMORY_TEST_SUPPORT_H

#include "spdk/env.h"
#include "spdk/log.h"
#include "spdk/util.h"

#include <setjmp.h>

/* Needs all of the above, so it stands alone. */
#include <cmocka.h>

#define TEST_LOG_SIZE 16384

static char test_log[TEST_LOG_SIZE];
/*
 * Whether huge pages run out depends on the machine, so the notice of it is of interest only where
 * a test brings that about.
 */
static bool test_log_has_notices;

static inline void
test_log_reset(void)
{
	test_log[0] = '\0';
}

static inline void
test_log_write(int level, const char *file, const int line, const char *func, const char *format,
	       va_list args)
{
	size_t used = strlen(test_log);

	(void)file;
	(void)line;
	(void)func;
	if (level >= SPDK_LOG_NOTICE && !test_log_has_notices) {
		return;
	}
	if (used < sizeof(test_log) - 1) {
		used += snprintf(test_log + used, sizeof(test_log) - used, "<%d>", level);
	}
	if (used < sizeof(test_log) - 1) {
		vsnprintf(test_log + used, sizeof(test_log) - used, format, args);
	}
}

/* Exactly one line at `level`, with `text` in it, was logged since the last time. */
static inline void
assert_logged_once(enum spdk_log_level level, const char *text)
{
	char mark[16];
	const char *first;

	snprintf(mark, sizeof(mark), "<%d>", (int)level);
	first = strstr(test_log, mark);
	if (first == NULL || strstr(first + 1, mark) != NULL || strstr(test_log, text) == NULL) {
		fail_msg("expected one message of level %d with '%s', got: '%s'", (int)level, text,
			 test_log);
	}
	test_log_reset();
}

static inline void
assert_not_logged(void)
{
	assert_string_equal(test_log, "");
}

static inline void
test_opts(struct spdk_env_opts *opts)
{
	memset(opts, 0, sizeof(*opts));
	opts->opts_size = sizeof(*opts);
	spdk_env_opts_init(opts);
	opts->name = "memory_test";
	opts->no_pci = true;
}

static inline void
test_start(void)
{
	struct spdk_env_opts opts;

	test_opts(&opts);
	assert_int_equal(spdk_env_init(&opts), 0);
}

/* Messages go to test_log from here on; start-up has no errors. */
static inline int
test_setup(void **state)
{
	(void)state;
	spdk_log_open(test_log_write);
	test_start();
	assert_null(strstr(test_log, "<0>"));
	test_log_reset();
	return 0;
}

static inline int
test_teardown(void **state)
{
	(void)state;
	test_log_reset();
	spdk_env_fini();
	/* Every test gives back what it took. */
	assert_not_logged();
	spdk_log_close();
	return 0;
}

#endif
