/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The log: which messages are printed, what they look like, and where they go.
 *
 * 1. g_threshold is the largest level that anybody wants to see: the greater of log level and print
 *    level, or LEVEL_ANY while the program has a logger of its own. It alone decides whether a call
 *    costs anything; it changes under g_settings_lock, together with what it is made of.
 * 2. g_sink changes under the write lock of g_sink_lock and is used under the read lock, so whoever
 *    closes the log waits for all who are in it.
 * 3. An OS thread that is inside the lock (t_depth > 0) does not take it again: a logger may log,
 * and a thread that waits for itself would never return.
 * 4. One message is one buffer, and one fwrite() of it.
 * Order: g_sink_lock before g_settings_lock.
 */
#include "base/log/log_internal.h"

#include <stdatomic.h>

#include "spdk/util.h"

#define LEVEL_ANY SPDK_LOG_DEBUG

#define SYSLOG_IDENT    "spdk"
#define SYSLOG_FACILITY LOG_LOCAL7

/* Messages that are longer go through malloc(). */
#define LINE_SIZE 1024

/* What stands in front of a message: "[2023-05-10 10:41:50.245585] ". */
#define STAMP_SIZE 64

#define DUMP_ROW_SIZE  16
#define DUMP_LINE_SIZE 96

struct sink {
	bool is_open;
	/* NULL for syslog. */
	spdk_log_cb *log;
	spdk_log_close_cb *close;
	void *user_ctx;
};

/* Where a message is put together: `stack`, or malloc()ed memory if it is longer. */
struct line {
	char *text;
	/* Of the stamp alone, which syslog does not get, and of everything. */
	size_t stamp_len;
	size_t len;
	char stack[LINE_SIZE];
};

static atomic_int g_threshold = SPDK_LOG_NOTICE;
static atomic_int g_level = SPDK_LOG_NOTICE;
static atomic_int g_print_level = SPDK_LOG_NOTICE;
static atomic_bool g_has_stamps = true;
/* Guarded by g_settings_lock. */
static bool g_has_logger;
static pthread_mutex_t g_settings_lock = PTHREAD_MUTEX_INITIALIZER;

static struct sink g_sink;
#ifdef PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP
/* Else threads that never stop logging could keep one that closes the log waiting for ever. */
static pthread_rwlock_t g_sink_lock = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
#else
static pthread_rwlock_t g_sink_lock = PTHREAD_RWLOCK_INITIALIZER;
#endif
/* How many times this OS thread is inside g_sink_lock. */
static __thread uint32_t t_depth;

/* g_settings_lock is held. Relaxed: a message that races with a change of level may go either way.
 */
static void
update_threshold(void)
{
	int level = atomic_load_explicit(&g_level, memory_order_relaxed);
	int print_level = atomic_load_explicit(&g_print_level, memory_order_relaxed);

	atomic_store_explicit(&g_threshold, g_has_logger ? LEVEL_ANY : spdk_max(level, print_level),
			      memory_order_relaxed);
}

static void
set_level(atomic_int *which, int level)
{
	level = spdk_max(level, (int)SPDK_LOG_DISABLED);
	level = spdk_min(level, (int)SPDK_LOG_DEBUG);
	pthread_mutex_lock(&g_settings_lock);
	atomic_store_explicit(which, level, memory_order_relaxed);
	update_threshold();
	pthread_mutex_unlock(&g_settings_lock);
}

void
spdk_log_set_level(enum spdk_log_level level)
{
	set_level(&g_level, level);
}

enum spdk_log_level
spdk_log_get_level(void)
{
	return (enum spdk_log_level)atomic_load_explicit(&g_level, memory_order_relaxed);
}

void
spdk_log_set_print_level(enum spdk_log_level level)
{
	set_level(&g_print_level, level);
}

enum spdk_log_level
spdk_log_get_print_level(void)
{
	return (enum spdk_log_level)atomic_load_explicit(&g_print_level, memory_order_relaxed);
}

void
spdk_log_enable_timestamps(bool value)
{
	atomic_store_explicit(&g_has_stamps, value, memory_order_relaxed);
}

int
spdk_log_to_syslog_level(enum spdk_log_level level)
{
	SPDK_STATIC_ASSERT(SPDK_LOG_DISABLED == -1, "interface: -1 stands for no level");
	static const int syslog_levels[] = {
		[SPDK_LOG_ERROR] = LOG_ERR,     [SPDK_LOG_WARN] = LOG_WARNING,
		[SPDK_LOG_NOTICE] = LOG_NOTICE, [SPDK_LOG_INFO] = LOG_INFO,
		[SPDK_LOG_DEBUG] = LOG_DEBUG,
	};

	if ((int)level < 0 || (size_t)level >= SPDK_COUNTOF(syslog_levels)) {
		return SPDK_LOG_DISABLED;
	}
	return syslog_levels[level];
}

static const char *
level_name(enum spdk_log_level level)
{
	static const char *const names[] = {
		[SPDK_LOG_ERROR] = "ERROR",   [SPDK_LOG_WARN] = "WARNING",
		[SPDK_LOG_NOTICE] = "NOTICE", [SPDK_LOG_INFO] = "INFO",
		[SPDK_LOG_DEBUG] = "DEBUG",
	};

	return names[level];
}

static size_t
write_stamp(char *out, size_t size)
{
	uint64_t now_ns = log_now_ns();
	time_t now_s = (time_t)(now_ns / SPDK_SEC_TO_NSEC);
	struct tm date;
	size_t len;

	if (localtime_r(&now_s, &date) == NULL) {
		return 0;
	}
	len = strftime(out, size, "[%Y-%m-%d %H:%M:%S", &date);
	len += (size_t)snprintf(out + len, size - len, ".%06u] ",
				(unsigned int)(now_ns % SPDK_SEC_TO_NSEC / 1000));
	return len;
}

/* Writes as much of the place as fits and returns how much there is, like snprintf(). */
static size_t
write_place(char *out, size_t size, const struct log_message *message)
{
	const char *name;
	int len;

	if (message->file == NULL) {
		return 0;
	}
	name = strrchr(message->file, '/');
	name = name != NULL ? name + 1 : message->file;
	len = snprintf(out, size, "%s:%4d:%s: %s%s%s", name, message->line,
		       message->func != NULL ? message->func : "?",
		       message->level != SPDK_LOG_DISABLED ? "*" : "",
		       message->level != SPDK_LOG_DISABLED ? level_name(message->level) : "",
		       message->level != SPDK_LOG_DISABLED ? "*: " : "");
	return len > 0 ? (size_t)len : 0;
}

/* Writes as much as fits into `size` bytes; returns the length of the whole. */
static size_t
write_all(struct line *line, size_t size, const struct log_message *message, const char *format,
	  va_list ap)
{
	size_t place_len, offset;
	va_list ap_copy;
	int text_len;

	place_len = write_place(line->text + line->stamp_len, size - line->stamp_len, message);
	offset = spdk_min(line->stamp_len + place_len, size - 1);
	va_copy(ap_copy, ap);
	text_len = vsnprintf(line->text + offset, size - offset, format, ap_copy);
	va_end(ap_copy);
	return line->stamp_len + place_len + (text_len > 0 ? (size_t)text_len : 0);
}

/* A message for which there is no memory is cut: better than to lose it. */
static void
line_init(struct line *line, const struct log_message *message, const char *format, va_list ap)
{
	char *longer;
	size_t len;

	line->text = line->stack;
	line->stamp_len = 0;
	if (atomic_load_explicit(&g_has_stamps, memory_order_relaxed)) {
		line->stamp_len = write_stamp(line->stack, STAMP_SIZE);
	}
	line->len = write_all(line, LINE_SIZE, message, format, ap);
	if (line->len < LINE_SIZE) {
		return;
	}
	longer = (char *)malloc(line->len + 1);
	if (longer == NULL) {
		line->len = LINE_SIZE - 1;
		line->text[line->len - 1] = '\n';
		return;
	}
	memcpy(longer, line->stack, line->stamp_len);
	line->text = longer;
	/* Less than before if another OS thread is changing a string that is being printed. */
	len = write_all(line, line->len + 1, message, format, ap);
	line->len = spdk_min(line->len, len);
}

static void
line_fini(struct line *line)
{
	if (line->text != line->stack) {
		free(line->text);
	}
}

/* The read lock of g_sink_lock is held. */
static void
print(const struct log_message *message, const char *format, va_list ap)
{
	bool to_stderr = (int)message->level <= (int)spdk_log_get_print_level();
	bool to_syslog = g_sink.is_open && (int)message->level <= (int)spdk_log_get_level();
	struct line line;

	if (!to_stderr && !to_syslog) {
		return;
	}
	line_init(&line, message, format, ap);
	if (to_stderr) {
		(void)fwrite(line.text, 1, line.len, stderr); /* There is nowhere to complain. */
	}
	if (to_syslog) {
		syslog(spdk_log_to_syslog_level(message->level), "%s", line.text + line.stamp_len);
	}
	line_fini(&line);
}

void
spdk_vlog(enum spdk_log_level level, const char *file, const int line, const char *func,
	  const char *format, va_list ap)
{
	const struct log_message message = {level, file, line, func};
	int saved_errno;

	if ((int)level > atomic_load_explicit(&g_threshold, memory_order_relaxed) ||
	    (int)level <= SPDK_LOG_DISABLED || log_keep(&message, format, ap)) {
		return;
	}
	saved_errno = errno;
	if (t_depth++ == 0) {
		pthread_rwlock_rdlock(&g_sink_lock);
	}
	if (g_sink.log != NULL) {
		/* A logger may well use %m. */
		errno = saved_errno;
		g_sink.log(level, file, line, func, format, ap);
	} else {
		print(&message, format, ap);
	}
	if (--t_depth == 0) {
		pthread_rwlock_unlock(&g_sink_lock);
	}
	errno = saved_errno;
}

void
spdk_log(enum spdk_log_level level, const char *file, const int line, const char *func,
	 const char *format, ...)
{
	va_list ap;

	if ((int)level > atomic_load_explicit(&g_threshold, memory_order_relaxed)) {
		return;
	}
	va_start(ap, format);
	spdk_vlog(level, file, line, func, format, ap);
	va_end(ap);
}

void
spdk_vflog(FILE *fp, const char *file, const int line, const char *func, const char *format,
	   va_list ap)
{
	const struct log_message message = {SPDK_LOG_DISABLED, file, line, func};
	int saved_errno = errno;
	struct line text;

	line_init(&text, &message, format, ap);
	(void)fwrite(text.text, 1, text.len, fp); /* There is nowhere to complain. */
	(void)fflush(fp);
	line_fini(&text);
	errno = saved_errno;
}

void
spdk_flog(FILE *fp, const char *file, const int line, const char *func, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	spdk_vflog(fp, file, line, func, format, ap);
	va_end(ap);
}

/* `len` is 1 to DUMP_ROW_SIZE. Returns the length of the line. */
static size_t
format_dump_row(char *out, size_t offset, const uint8_t *bytes, size_t len)
{
	size_t i, column;

	column = (size_t)snprintf(out, DUMP_LINE_SIZE, "%08zx ", offset);
	for (i = 0; i < DUMP_ROW_SIZE; i++) {
		if (i == DUMP_ROW_SIZE / 2) {
			out[column++] = ' ';
		}
		if (i < len) {
			column += (size_t)snprintf(out + column, DUMP_LINE_SIZE - column, " %02x",
						   bytes[i]);
		} else {
			memset(out + column, ' ', 3);
			column += 3;
		}
	}
	column += (size_t)snprintf(out + column, DUMP_LINE_SIZE - column, "  |");
	for (i = 0; i < len; i++) {
		/* Not isprint(), whose answer depends on the locale. */
		out[column++] = bytes[i] >= ' ' && bytes[i] <= '~' ? (char)bytes[i] : '.';
	}
	out[column++] = '|';
	out[column++] = '\n';
	return column;
}

void
spdk_log_dump(FILE *fp, const char *label, const void *buf, size_t len)
{
	int saved_errno = errno;
	char line[DUMP_LINE_SIZE];
	size_t offset, line_len;

	/* A dump may be long, so it is held together by the lock of the file rather than by a
	 * buffer. */
	flockfile(fp);
	(void)fprintf(fp, "%s\n", label != NULL ? label : "");
	for (offset = 0; offset < len; offset += DUMP_ROW_SIZE) {
		line_len = format_dump_row(line, offset, (const uint8_t *)buf + offset,
					   spdk_min(len - offset, (size_t)DUMP_ROW_SIZE));
		(void)fwrite(line, 1, line_len, fp); /* There is nowhere to complain. */
	}
	(void)fflush(fp);
	funlockfile(fp);
	errno = saved_errno;
}

/* g_sink_lock is held for writing, and t_depth is not 0. */
static void
replace_sink(const struct sink *sink)
{
	struct sink old = g_sink;

	memset(&g_sink, 0, sizeof(g_sink));
	if (old.is_open && old.log == NULL) {
		closelog();
	}
	/* What it logs goes to stderr, as after the end of this call. */
	if (old.close != NULL) {
		old.close(old.user_ctx);
	}
	g_sink = *sink;
	if (sink->is_open && sink->log == NULL) {
		openlog(SYSLOG_IDENT, LOG_PID, SYSLOG_FACILITY);
	}
	pthread_mutex_lock(&g_settings_lock);
	g_has_logger = sink->log != NULL;
	update_threshold();
	pthread_mutex_unlock(&g_settings_lock);
}

/* False, after an error, inside a logger or one of its calls, where waiting would be for oneself.
 */
static bool
lock_sink(const char *func)
{
	if (t_depth > 0) {
		spdk_log(SPDK_LOG_ERROR, __FILE__, __LINE__, func,
			 "Called from inside a logger, which cannot open or close the log; do it "
			 "after the logger has returned.\n");
		return false;
	}
	t_depth++;
	pthread_rwlock_wrlock(&g_sink_lock);
	return true;
}

static void
unlock_sink(void)
{
	pthread_rwlock_unlock(&g_sink_lock);
	t_depth--;
}

void
spdk_log_open_ext(struct spdk_log_opts *opts)
{
	struct sink sink = {.is_open = true};
	spdk_log_open_cb *open_fn;

	if (opts == NULL || opts->size == 0) {
		SPDK_ERRLOG("No options, or of size 0; set opts.size to sizeof(opts).\n");
		return;
	}
	sink.log = SPDK_GET_FIELD(opts, log, NULL);
	sink.close = SPDK_GET_FIELD(opts, close, NULL);
	sink.user_ctx = SPDK_GET_FIELD(opts, user_ctx, NULL);
	open_fn = SPDK_GET_FIELD(opts, open, NULL);
	if (!lock_sink(__func__)) {
		return;
	}
	replace_sink(&(const struct sink){.is_open = false});
	if (open_fn != NULL) {
		open_fn(sink.user_ctx);
	}
	replace_sink(&sink);
	unlock_sink();
	log_flags_check();
	log_deprecations_check();
}

void
spdk_log_open(spdk_log_cb *log)
{
	struct spdk_log_opts opts = {.size = sizeof(opts), .log = log};

	spdk_log_open_ext(&opts);
}

void
spdk_log_close(void)
{
	if (!lock_sink(__func__)) {
		return;
	}
	replace_sink(&(const struct sink){.is_open = false});
	unlock_sink();
}
