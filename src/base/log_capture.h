/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of all layers: keeps what is logged, so that a test can say which message there must
 * be, and how many.
 */
#ifndef SPINDLE_LOG_CAPTURE_H
#define SPINDLE_LOG_CAPTURE_H

#include "spdk/log.h"
#include "spdk/stdinc.h"

struct log_capture {
	pthread_mutex_t lock;
	int count_of_level[SPDK_LOG_DEBUG + 1];
	/* All messages since the last log_capture_start(), as far as there is room. */
	char text[65536];
	size_t length;
};

static struct log_capture g_log_capture = {.lock = PTHREAD_MUTEX_INITIALIZER};

static inline void
log_capture_keep(int level, const char *file, const int line, const char *func, const char *format,
		 va_list args)
{
	struct log_capture *kept = &g_log_capture;
	size_t room;
	int length;

	pthread_mutex_lock(&kept->lock);
	room = sizeof(kept->text) - kept->length;
	length = vsnprintf(kept->text + kept->length, room, format, args);
	kept->length += length < 0 ? 0 : (size_t)length < room ? (size_t)length : room - 1;
	kept->count_of_level[level]++;
	pthread_mutex_unlock(&kept->lock);
}

static inline void
log_capture_clear(void)
{
	pthread_mutex_lock(&g_log_capture.lock);
	g_log_capture.text[0] = '\0';
	g_log_capture.length = 0;
	memset(g_log_capture.count_of_level, 0, sizeof(g_log_capture.count_of_level));
	pthread_mutex_unlock(&g_log_capture.lock);
}

/* Forgets everything and keeps what comes from now on. */
static inline void
log_capture_start(void)
{
	log_capture_clear();
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
	int count;

	pthread_mutex_lock(&g_log_capture.lock);
	count = g_log_capture.count_of_level[level];
	pthread_mutex_unlock(&g_log_capture.lock);
	return count;
}

/* Whether it has been logged; where it has not yet, nothing is said. */
static inline bool
log_capture_has(const char *word)
{
	bool found;

	pthread_mutex_lock(&g_log_capture.lock);
	found = strstr(g_log_capture.text, word) != NULL;
	pthread_mutex_unlock(&g_log_capture.lock);
	return found;
}

/* Whether all of the words, up to a NULL, have been logged since the last start or clear. */
static inline bool
log_captured(const char *word, ...)
{
	bool found = true;
	va_list words;

	pthread_mutex_lock(&g_log_capture.lock);
	va_start(words, word);
	for (; word != NULL; word = va_arg(words, const char *)) {
		if (strstr(g_log_capture.text, word) == NULL) {
			fprintf(stderr, "not logged: '%s'; logged was:\n%s\n", word,
				g_log_capture.text);
			found = false;
		}
	}
	va_end(words);
	pthread_mutex_unlock(&g_log_capture.lock);
	return found;
}

static inline bool
log_captured_nothing(void)
{
	bool nothing;

	pthread_mutex_lock(&g_log_capture.lock);
	nothing = g_log_capture.length == 0;
	if (!nothing) {
		fprintf(stderr, "logged: %s\n", g_log_capture.text);
	}
	pthread_mutex_unlock(&g_log_capture.lock);
	return nothing;
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
