/* SPDX-License-Identifier: BSD-3-Clause */
#include "report.h"
#include "spdk/log.h"

#include <execinfo.h>

#define NOTES       60
#define FRAMES      24
#define NOTE_LENGTH 160
/* A run takes a fraction of it, also where it is instrumented. */
#define PATIENCE_SEC 60

static pthread_t g_main_thread;
static uint64_t g_seed;
static bool g_is_verbose;
static bool g_tolerates_errors;
static char g_notes[NOTES][NOTE_LENGTH];
static uint64_t g_note_count;

void
report_note(const char *format, ...)
{
	char *note = g_notes[g_note_count++ % NOTES];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(note, NOTE_LENGTH, format, args);
	va_end(args);
	if (g_is_verbose) {
		printf("%s\n", note);
	}
}

static void
print_notes(void)
{
	uint64_t i = g_note_count > NOTES ? g_note_count - NOTES : 0;

	for (; !g_is_verbose && i < g_note_count; i++) {
		printf("  %s\n", g_notes[i % NOTES]);
	}
}

void
report_found(const char *kind, const char *format, ...)
{
	va_list args;

	print_notes();
	printf("seed %" PRIu64 ": %s: ", g_seed, kind);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	_exit(1);
}

void
report_tolerate_errors(bool tolerate)
{
	g_tolerates_errors = tolerate;
}

static void
note_log(int level, const char *file, const int line, const char *func, const char *format,
	 va_list args)
{
	char text[NOTE_LENGTH * 2];

	/* The library's own watch goes by a clock of its own, and knows nothing of ours. */
	if (level > SPDK_LOG_WARN || level == SPDK_LOG_DISABLED ||
	    !pthread_equal(pthread_self(), g_main_thread)) {
		return;
	}
	(void)vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\n")] = '\0';
	/* An array says what becomes of its members. */
	if (!g_tolerates_errors && strncmp(text, "Raid bdev ", strlen("Raid bdev ")) != 0) {
		report_found(FOUND_LOG, "%s (%s:%d)", text, file, line);
	}
	report_note("logged: %s", text);
}

/* The process is past saving: what stdio does is as good as anything. */
static void
note_death(int signal)
{
	const char *what = signal == SIGALRM ? "hangs" : strsignal(signal);
	void *frames[FRAMES];

	print_notes();
	fflush(stdout);
	backtrace_symbols_fd(frames, backtrace(frames, FRAMES), STDOUT_FILENO);
	printf("seed %" PRIu64 ": %s: %s%s\n", g_seed, FOUND_DIED, what,
	       pthread_equal(pthread_self(), g_main_thread) ? "" : ", on another thread");
	fflush(stdout);
	_exit(1);
}

void
report_open(void)
{
	static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM};
	struct sigaction action = {.sa_handler = note_death, .sa_flags = (int)SA_RESETHAND};
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		(void)sigaction(signals[i], &action, NULL);
	}
	g_main_thread = pthread_self();
	spdk_log_open(note_log);
}

void
report_seed(uint64_t seed, bool verbose)
{
	g_seed = seed;
	g_is_verbose = verbose;
	g_note_count = 0;
	g_tolerates_errors = false;
	alarm(PATIENCE_SEC);
}
