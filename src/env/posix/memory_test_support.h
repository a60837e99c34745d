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

#include "base/log_capture.h"

/*
 * Exactly one error or warning was logged since the last time, at this level and with this text.
 * Notices count only where they are asked for: whether huge pages run out depends on the machine.
 */
static inline void
assert_logged_once(enum spdk_log_level level, const char *text)
{
	int count = log_capture_count(level);

	if (level != SPDK_LOG_ERROR) {
		count += log_capture_count(SPDK_LOG_ERROR);
	}
	if (level != SPDK_LOG_WARN) {
		count += log_capture_count(SPDK_LOG_WARN);
	}
	if (count != 1 || log_capture_count(level) != 1 ||
	    strstr(g_log_capture.text, text) == NULL) {
		fail_msg("expected one message of level %d with '%s', got: '%s'", (int)level, text,
			 g_log_capture.text);
	}
	log_capture_start();
}

static inline void
assert_not_logged(void)
{
	if (log_capture_count(SPDK_LOG_ERROR) + log_capture_count(SPDK_LOG_WARN) != 0) {
		fail_msg("expected no error or warning, got: '%s'", g_log_capture.text);
	}
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

/* Messages are captured from here on; start-up has no errors. */
static inline int
test_setup(void **state)
{
	(void)state;
	log_capture_start();
	test_start();
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
	log_capture_start();
	return 0;
}

static inline int
test_teardown(void **state)
{
	(void)state;
	log_capture_start();
	spdk_env_fini();
	/* Every test gives back what it took. */
	assert_not_logged();
	log_capture_stop();
	return 0;
}

#endif
