/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests: keeps what is logged, so that a test can look for the words of a message.
 */
#ifndef SPINDLE_LOG_CAPTURE_H
#define SPINDLE_LOG_CAPTURE_H

#include "spdk/log.h"
#include "spdk/stdinc.h"

static pthread_mutex_t g_captured_lock = PTHREAD_MUTEX_INITIALIZER;
static char g_captured[65536];
static size_t g_captured_length;

static void
capture(int level, const char *file, const int line, const char *func, const char *format,
	va_list args)
{
	size_t room;
	int length;

	pthread_mutex_lock(&g_captured_lock);
	room = sizeof(g_captured) - g_captured_length;
	length = vsnprintf(g_captured + g_captured_length, room, format, args);
	g_captured_length += length < 0 ? 0 : (size_t)length < room ? (size_t)length : room - 1;
	pthread_mutex_unlock(&g_captured_lock);
}

static inline void
capture_start(void)
{
	spdk_log_open(capture);
	g_captured_length = 0;
	g_captured[0] = '\0';
}

static inline void
capture_clear(void)
{
	pthread_mutex_lock(&g_captured_lock);
	g_captured_length = 0;
	g_captured[0] = '\0';
	pthread_mutex_unlock(&g_captured_lock);
}

/* Whether all of the words, up to a NULL, have been logged since the last start or clear. */
static inline bool
captured(const char *word, ...)
{
	bool found = true;
	va_list words;

	pthread_mutex_lock(&g_captured_lock);
	va_start(words, word);
	for (; word != NULL; word = va_arg(words, const char *)) {
		if (strstr(g_captured, word) == NULL) {
			fprintf(stderr, "not logged: '%s'; logged was:\n%s\n", word, g_captured);
			found = false;
		}
	}
	va_end(words);
	pthread_mutex_unlock(&g_captured_lock);
	return found;
}

static inline bool
captured_nothing(void)
{
	bool nothing;

	pthread_mutex_lock(&g_captured_lock);
	nothing = g_captured_length == 0;
	if (!nothing) {
		fprintf(stderr, "logged: %s\n", g_captured);
	}
	pthread_mutex_unlock(&g_captured_lock);
	return nothing;
}

#endif
