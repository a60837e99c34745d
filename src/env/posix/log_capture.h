/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests: keeps what is logged, so that a test can say which message there must be, and how
 * many.
 */
#ifndef SPINDLE_ENV_LOG_CAPTURE_H
#define SPINDLE_ENV_LOG_CAPTURE_H

#include "spdk/log.h"

struct log_capture {
	pthread_mutex_t lock;
	int count_of_level[SPDK_LOG_DEBUG + 1];
	/* All messages since the last log_capture_start(), as far as there is room. */
	char text[16384];
};

static struct log_capture g_log_capture = {.lock = PTHREAD_MUTEX_INITIALIZER};

static inline void
log_capture_keep(int level, const char *file, const int line, const char *func, const char *format,
		 va_list args)
{
	size_t used;

	pthread_mutex_lock(&g_log_capture.lock);
	used = strlen(g_log_capture.text);
	vsnprintf(g_log_capture.text + used, sizeof(g_log_capture.text) - used, format, args);
	g_log_capture.count_of_level[level]++;
	pthread_mutex_unlock(&g_log_capture.lock);
}

/* Forgets everything and keeps what comes from now on. */
static inline void
log_capture_start(void)
{
	pthread_mutex_lock(&g_log_capture.lock);
	g_log_capture.text[0] = '\0';
	memset(g_log_capture.count_of_level, 0, sizeof(g_log_capture.count_of_level));
	pthread_mutex_unlock(&g_log_capture.lock);
	spdk_log_open(log_capture_keep);
}

static inline void
log_capture_stop(void)
{
	spdk_log_close();
}

static inline int
log_capture_count(enum spdk_log_level level)
{
	return g_log_capture.count_of_level[level];
}

/* Asserts that since the last call there was one error, that it has this in it, and nothing else.
 */
#define assert_one_error(part)                                                         \
	do {                                                                           \
		if (strstr(g_log_capture.text, part) == NULL) {                        \
			fail_msg("\"%s\" is not in \"%s\"", part, g_log_capture.text); \
		}                                                                      \
		assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 1);                \
		assert_int_equal(log_capture_count(SPDK_LOG_NOTICE), 0);               \
		log_capture_start();                                                   \
	} while (0)

#define assert_one_notice(part)                                                        \
	do {                                                                           \
		if (strstr(g_log_capture.text, part) == NULL) {                        \
			fail_msg("\"%s\" is not in \"%s\"", part, g_log_capture.text); \
		}                                                                      \
		assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);                \
		assert_int_equal(log_capture_count(SPDK_LOG_NOTICE), 1);               \
		log_capture_start();                                                   \
	} while (0)

#define assert_nothing_logged()                              \
	do {                                                 \
		assert_string_equal(g_log_capture.text, ""); \
		log_capture_start();                         \
	} while (0)

#endif
