/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the log component share, and the hook by which the env supplies the time.
 */
#ifndef SPINDLE_LOG_INTERNAL_H
#define SPINDLE_LOG_INTERNAL_H

#include "spdk/log.h"

/* Nanoseconds since 1970 in UTC. Called on any OS thread, at any time; must not log. */
typedef uint64_t (*log_clock_fn)(void);

/* Where stamps and rate limits take the time from; NULL goes back to the system's clock. */
void log_set_clock(log_clock_fn clock_fn);

/* The time, from that clock. */
uint64_t log_now_ns(void);

/*
 * spindle_log_limit_pass() with a period of the caller's choosing; the first call passes. When the
 * clock was set back the next call passes, since nothing else is known of how long ago the last
 * was.
 */
bool log_limit_pass(struct spindle_log_limit *limit, uint64_t period_ns, uint64_t *out_squashed);

/* The parts of a message; `level` is SPDK_LOG_DISABLED for spdk_flog(), which has none. */
struct log_message {
	enum spdk_log_level level;
	const char *file;
	int line;
	const char *func;
};

/* log_hold.c: keeps a message while this OS thread holds them; false: it does not. */
bool log_keep(const struct log_message *message, const char *format, va_list ap);

/*
 * Constructors run before anybody can read a message, so they only link; what is wrong with what
 * they linked is said here, once for each mistake in the life of the process. Cheap when nothing is
 * new.
 */
void log_flags_check(void);
void log_deprecations_check(void);

#endif /* SPINDLE_LOG_INTERNAL_H */
