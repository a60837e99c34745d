/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages that wait until a lock is given back.
 *
 * A logger of the program's own may allocate memory, and register it. So what is logged under the
 * locks of those must not reach it before they are free, or it would wait for itself. Whoever takes
 * such a lock holds messages before, and releases them after it.
 */
#ifndef SPINDLE_LOG_HOLD_H
#define SPINDLE_LOG_HOLD_H

#include "spdk/log.h"

/* One more message than this is counted, and not kept: there is no memory to be had for it. */
#define LOG_HELD_MAX 8
/* What is longer is cut. */
#define LOG_HELD_SIZE 512

struct log_held_message {
	enum spdk_log_level level;
	const char *file;
	int line;
	const char *func;
	char text[LOG_HELD_SIZE];
};

/* On the caller's stack. */
struct log_held {
	struct log_held *outer;
	/* Of each place in the source, only the first error is kept: for what is tried in several
	 * ways. May be set after log_hold(). */
	bool is_once;
	size_t count;
	size_t left_out_count;
	struct log_held_message messages[LOG_HELD_MAX];
};

/* From now on messages of this OS thread go to *held. Pairs nest. */
void log_hold(struct log_held *held);
/* Ends that, and logs what was held: into the pair around it, if there is one. */
void log_release(struct log_held *held);
/* Drops errors that are held so far: one of the ways worked. */
void log_forget_errors(struct log_held *held);

#endif /* SPINDLE_LOG_HOLD_H */
