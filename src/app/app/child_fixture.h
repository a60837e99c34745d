/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests: an application in a process of its own, what it has said, how it ended, and what it
 * cost. A test of the application that hangs or dies then is a test that fails.
 */
#ifndef SPINDLE_CHILD_FIXTURE_H
#define SPINDLE_CHILD_FIXTURE_H

#include "spdk/event.h"
#include "spdk/stdinc.h"

#include <sys/resource.h>
#include <sys/wait.h>

#define CHILD_OUTPUT_SIZE 65536

struct child {
	pid_t pid;
	int output_fd; /* stderr */
	uint64_t started_ns;
	/* After child_wait(). */
	char output[CHILD_OUTPUT_SIZE];
	size_t length;
	int status; /* exit status; 128 + number of the signal that ended it */
	double seconds;
	double cpu_seconds;
};

static inline uint64_t
child_clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static inline uint64_t
child_now_ns(void)
{
	return child_clock_ns(CLOCK_MONOTONIC);
}

/* `main_fn` returns the exit status. */
static inline void
child_start(struct child *child, int (*main_fn)(void *arg), void *arg)
{
	int pipe_fds[2];

	if (pipe(pipe_fds) != 0) {
		abort();
	}
	fflush(NULL);
	child->length = 0;
	child->started_ns = child_now_ns();
	child->pid = fork();
	if (child->pid == 0) {
		dup2(pipe_fds[1], STDERR_FILENO);
		close(pipe_fds[0]);
		close(pipe_fds[1]);
		/* Whatever goes wrong, it does not outlive the test. */
		alarm(60);
		_exit(main_fn(arg));
	}
	close(pipe_fds[1]);
	child->output_fd = pipe_fds[0];
}

/* Reads until `text` has been said or `seconds` are over, or the child has closed its output. */
static inline bool
child_says(struct child *child, const char *text, double seconds)
{
	uint64_t end = child_now_ns() + (uint64_t)(seconds * 1e9);

	for (;;) {
		struct pollfd poll_fd = {.fd = child->output_fd, .events = POLLIN};
		uint64_t now = child_now_ns();
		ssize_t got = 0;

		child->output[child->length] = '\0';
		if (text != NULL && strstr(child->output, text) != NULL) {
			return true;
		}
		if (now >= end || poll(&poll_fd, 1, (int)((end - now) / 1000000) + 1) <= 0) {
			return false;
		}
		got = read(child->output_fd, child->output + child->length,
			   CHILD_OUTPUT_SIZE - 1 - child->length);
		if (got <= 0) {
			return false;
		}
		child->length += (size_t)got;
	}
}

/* All that it says to its end; one that has not ended after `seconds` is killed, status 137. */
static inline void
child_wait(struct child *child, double seconds)
{
	struct rusage usage;
	int status;

	(void)child_says(child, NULL, seconds);
	while (wait4(child->pid, &status, WNOHANG, &usage) == 0) {
		if (child_now_ns() > child->started_ns + (uint64_t)(seconds * 1e9)) {
			kill(child->pid, SIGKILL);
		}
		usleep(1000);
	}
	close(child->output_fd);
	child->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	child->seconds = (double)(child_now_ns() - child->started_ns) / 1e9;
	child->cpu_seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			     (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Whether the output has all of the words, up to a NULL. */
static inline bool
child_said(const struct child *child, const char *word, ...)
{
	bool found = true;
	va_list words;

	va_start(words, word);
	for (; word != NULL; word = va_arg(words, const char *)) {
		if (strstr(child->output, word) == NULL) {
			fprintf(stderr, "not said: '%s'; said was:\n%s\n", word, child->output);
			found = false;
		}
	}
	va_end(words);
	return found;
}

#endif
