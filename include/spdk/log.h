/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Messages for people: levels, flags that switch details of one component on, and deprecations.
 *
 * Where a message goes: to stderr when its level is within the print level, and, between
 * spdk_log_open() and spdk_log_close(), to syslog when it is within the log level. A logger of the
 * program's own takes the place of both and gets every message, whatever the levels.
 *
 * On stderr a message is one write, so messages of several OS threads never mix within a line:
 *
 *     [2023-05-10 10:41:50.245585] thread.c: 284:spdk_thread_create: *ERROR*: text
 *
 * The stamp is local time. Text is printed as it is: it brings its own line end.
 *
 * Details (SPDK_INFOLOG, SPDK_DEBUGLOG, SPDK_LOGDUMP) are in every build; SPDK has the last two in
 * debug builds only. They need their flag, and then the level as well: INFO and DEBUG are above the
 * initial levels, which are NOTICE. Applications that use spdk_app_start() get the print level
 * INFO, and DEBUG with the option -L, which also sets flags.
 *
 * Everything may be called from any OS thread at any time, also before main() and while another
 * thread opens or closes the log, but not from signal handlers. errno is left as it was.
 */
#ifndef SPDK_LOG_H
#define SPDK_LOG_H

#include "spdk/assert.h"
#include "spdk/queue.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Rate limits for deprecations, in seconds. */
#define SPDK_LOG_DEPRECATION_ALWAYS    0
#define SPDK_LOG_DEPRECATION_EVERY_24H 86400

/** How much a message matters. A threshold of one level lets that level and those above it pass. */
enum spdk_log_level {
	/** As a threshold: nothing passes. As the level of a message: it is dropped. */
	SPDK_LOG_DISABLED = -1,
	SPDK_LOG_ERROR,
	SPDK_LOG_WARN,
	SPDK_LOG_NOTICE,
	SPDK_LOG_INFO,
	SPDK_LOG_DEBUG,
};

/**
 * A logger of the program's own.
 *
 * Callback: for every message, on the OS thread that logs, possibly on several at once; never after
 * spdk_log_close() has returned. `file` and `func` may be NULL (SPDK_PRINTF). It may log, and is
 * then called again from inside itself; it may allocate by spdk_malloc() and its kin, and register
 * memory. It must not open or close the log.
 */
typedef void spdk_log_cb(int level, const char *file, const int line, const char *func,
			 const char *format, va_list args);

/**
 * Told that the log is being opened; `ctx` is spdk_log_opts.user_ctx.
 *
 * Callback: once, inside spdk_log_open_ext(), before the first message reaches the new logger.
 */
typedef void spdk_log_open_cb(void *ctx);

/**
 * Told that the log is being closed; `ctx` is spdk_log_opts.user_ctx.
 *
 * Callback: once, inside spdk_log_close(), after the last message has left the logger.
 */
typedef void spdk_log_close_cb(void *ctx);

/** How to open the log. */
struct spdk_log_opts {
	/** sizeof(struct spdk_log_opts) as the caller knows it; fields beyond it are taken as NULL.
	 */
	size_t size;
	/** Takes all messages; NULL for stderr and syslog. */
	spdk_log_cb *log;
	/** May be NULL. */
	spdk_log_open_cb *open;
	/** May be NULL. */
	spdk_log_close_cb *close;
	/** For `open` and `close`. */
	void *user_ctx;
};
SPDK_STATIC_ASSERT(sizeof(void *) != 8 || sizeof(struct spdk_log_opts) == 40,
		   "the size of spdk_log_opts is part of the interface");

/**
 * Opens the log, to a logger of the program's own, or to syslog (ident "spdk", facility local7)
 * when `log` is NULL.
 *
 * A log that is open is closed first. Before this call, messages that are within the print level
 * appear on stderr all the same, since programs may not have come this far; they do not reach
 * syslog.
 */
void spdk_log_open(spdk_log_cb *log);

/**
 * spdk_log_open() with calls for opening and closing.
 *
 * Owner: `opts` is copied.
 * Errors: NULL, or a size of 0, is logged as an error and changes nothing, as does a call from
 * inside a logger.
 */
void spdk_log_open_ext(struct spdk_log_opts *opts);

/**
 * Closes the log: waits until no OS thread is in the logger any more, and calls its `close`.
 *
 * Messages that are within the print level appear on stderr from here on; they do not reach syslog.
 * Without an open log nothing happens. A call from inside a logger is logged as an error and
 * ignored.
 */
void spdk_log_close(void);

/** Puts stamps in front of messages on stderr, or not; on at first. */
void spdk_log_enable_timestamps(bool value);

/** Sets the log level: what reaches syslog. NOTICE at first. Values outside of the enum are cut. */
void spdk_log_set_level(enum spdk_log_level level);

/** The log level. */
enum spdk_log_level spdk_log_get_level(void);

/** The level of syslog(3) (LOG_ERR to LOG_DEBUG) that stands for `level`; -1 for SPDK_LOG_DISABLED.
 */
int spdk_log_to_syslog_level(enum spdk_log_level level);

/** Sets the print level: what appears on stderr. NOTICE at first. Values outside of the enum are
 * cut. */
void spdk_log_set_print_level(enum spdk_log_level level);

/** The print level. */
enum spdk_log_level spdk_log_get_print_level(void);

/** Whether the flag with this name (a string) is set. Cheap while no flag at all is set. */
#define SPDK_DEBUGLOG_FLAG_ENABLED(name) spdk_log_get_flag(name)

#define SPDK_ERRLOG(...)    spdk_log(SPDK_LOG_ERROR, __FILE__, __LINE__, __func__, __VA_ARGS__)
#define SPDK_WARNLOG(...)   spdk_log(SPDK_LOG_WARN, __FILE__, __LINE__, __func__, __VA_ARGS__)
#define SPDK_NOTICELOG(...) spdk_log(SPDK_LOG_NOTICE, __FILE__, __LINE__, __func__, __VA_ARGS__)

/** A NOTICE that does not say where it comes from. */
#define SPDK_PRINTF(...) spdk_log(SPDK_LOG_NOTICE, NULL, -1, NULL, __VA_ARGS__)

/*
 * What the three macros below share: run `statement` when the flag is set. `flag` is the bare name
 * that was given to SPDK_LOG_REGISTER_COMPONENT(). The load is atomic because another OS thread may
 * be setting the flag; it needs no order, since nothing else is published by it.
 */
#define SPINDLE_LOG_IF_FLAG(flag, statement)                                                      \
	do {                                                                                      \
		extern struct spdk_log_flag SPDK_LOG_##flag;                                      \
		if (__builtin_expect(__atomic_load_n(&SPDK_LOG_##flag.enabled, __ATOMIC_RELAXED), \
				     0)) {                                                        \
			statement;                                                                \
		}                                                                                 \
	} while (0)

/** A message of level INFO if the flag is set; otherwise the arguments are not evaluated. */
#define SPDK_INFOLOG(flag, ...)   \
	SPINDLE_LOG_IF_FLAG(flag, \
			    spdk_log(SPDK_LOG_INFO, __FILE__, __LINE__, __func__, __VA_ARGS__))

/** A message of level DEBUG if the flag is set; otherwise the arguments are not evaluated. */
#define SPDK_DEBUGLOG(flag, ...)  \
	SPINDLE_LOG_IF_FLAG(flag, \
			    spdk_log(SPDK_LOG_DEBUG, __FILE__, __LINE__, __func__, __VA_ARGS__))

/** spdk_log_dump() to stderr if the flag is set, whatever the levels. */
#define SPDK_LOGDUMP(flag, label, buf, len) \
	SPINDLE_LOG_IF_FLAG(flag, spdk_log_dump(stderr, (label), (buf), (len)))

/* State of one SPDK_ERRLOG_RATELIMIT(); all zeros at first. Private to spindle_log_limit_pass(). */
struct spindle_log_limit {
	uint64_t last_ns;
	uint64_t squashed;
};

/*
 * Whether a message may be printed now: true at most once a second for one `limit`, counting the
 * refusals in between. `*out_squashed` is written when it returns true: how many were refused
 * since.
 */
bool spindle_log_limit_pass(struct spindle_log_limit *limit, uint64_t *out_squashed);

/** SPDK_ERRLOG() at most once a second for this place; then says how often it was left out. */
#define SPDK_ERRLOG_RATELIMIT(...)                                                           \
	do {                                                                                 \
		static struct spindle_log_limit _log_limit;                                  \
		uint64_t _log_squashed;                                                      \
		if (spindle_log_limit_pass(&_log_limit, &_log_squashed)) {                   \
			SPDK_ERRLOG(__VA_ARGS__);                                            \
			if (_log_squashed != 0) {                                            \
				SPDK_ERRLOG("(the message before this was left out %" PRIu64 \
					    " times)\n",                                     \
					    _log_squashed);                                  \
			}                                                                    \
		}                                                                            \
	} while (0)

/**
 * Logs a message, formatted as by printf(3), of any length.
 *
 * Shape: `file` may be a path, of which the last part is printed; NULL leaves out file, line,
 * function and level. Errors: none; what cannot be written is lost.
 */
void spdk_log(enum spdk_log_level level, const char *file, const int line, const char *func,
	      const char *format, ...) __attribute__((__format__(__printf__, 5, 6)));

/** spdk_log() for a va_list. */
void spdk_vlog(enum spdk_log_level level, const char *file, const int line, const char *func,
	       const char *format, va_list ap) __attribute__((__format__(__printf__, 5, 0)));

/** Writes a message to a file, whatever the levels and the logger: stamp, place and text. */
void spdk_flog(FILE *fp, const char *file, const int line, const char *func, const char *format,
	       ...) __attribute__((__format__(__printf__, 5, 6)));

/** spdk_flog() for a va_list. */
void spdk_vflog(FILE *fp, const char *file, const int line, const char *func, const char *format,
		va_list ap) __attribute__((__format__(__printf__, 5, 0)));

/** Writes bytes to a file in rows of 16, as hexadecimal numbers and as text, below a label. */
void spdk_log_dump(FILE *fp, const char *label, const void *buf, size_t len);

/** Switches the details of one component on and off. */
struct spdk_log_flag {
	TAILQ_ENTRY(spdk_log_flag) tailq;
	const char *name;
	/** Change it by spdk_log_set_flag() and spdk_log_clear_flag() only. */
	bool enabled;
};

/**
 * Makes a flag known under a name. Most programs use SPDK_LOG_REGISTER_COMPONENT().
 *
 * Owner: both stay the caller's and must live as long as the process. Allocates nothing.
 * A flag that is registered twice counts once. Two flags of the same name are set and cleared
 * together; one error about it is logged when flags are first set or shown.
 */
void spdk_log_register_flag(const char *name, struct spdk_log_flag *flag);

/** Defines the flag of a component (a bare name), and registers it before main(). */
#define SPDK_LOG_REGISTER_COMPONENT(flag)                                    \
	struct spdk_log_flag SPDK_LOG_##flag = {{NULL, NULL}, #flag, false}; \
	__attribute__((constructor)) static void register_flag_##flag(void)  \
	{                                                                    \
		spdk_log_register_flag(#flag, &SPDK_LOG_##flag);             \
	}

/** The first flag in the order of names, or NULL. */
struct spdk_log_flag *spdk_log_get_first_flag(void);

/** The flag after `flag` in the order of names, or NULL. */
struct spdk_log_flag *spdk_log_get_next_flag(struct spdk_log_flag *flag);

/** Whether there is a flag of exactly this name, and it is set. */
bool spdk_log_get_flag(const char *flag);

/**
 * Sets flags.
 *
 * Shape: a name, or a pattern of fnmatch(3), in either case of letters. "all" sets those also that
 * are registered later.
 * Errors: -EINVAL when it is NULL or no flag matches; spdk_log_usage() shows those there are.
 */
int spdk_log_set_flag(const char *flag);

/** Clears flags; like spdk_log_set_flag() in every respect. */
int spdk_log_clear_flag(const char *flag);

/** Writes the line of a help text that names all flags; `log_arg` is the option, such as "-L". */
void spdk_log_usage(FILE *f, const char *log_arg);

/**
 * Something that will be taken away in a later release. All fields are private: they are here so
 * that SPDK_LOG_DEPRECATION_REGISTER() can make one without allocating before main().
 */
struct spdk_deprecation {
	struct spdk_deprecation *next;
	const char *tag;
	const char *description;
	const char *remove_release;
	uint32_t rate_limit_seconds;
	uint64_t hits;
	struct spindle_log_limit limit;
};

/**
 * Registers a deprecation at run time. Most programs use SPDK_LOG_DEPRECATION_REGISTER().
 *
 * Owner: the texts are copied; `*reg` is the library's and lives as long as the process.
 * Shape: `tag` is unique and appears in messages, as do `description` and `remove_release`.
 * `rate_limit_seconds` is the shortest time between two messages; 0 for no limit.
 * Errors: -EINVAL when an argument is NULL or `tag` is empty, -EEXIST when the tag is taken,
 * -ENOMEM.
 * `*reg` then stays as it was.
 */
int
spdk_log_deprecation_register(const char *tag, const char *description, const char *remove_release,
			      uint32_t rate_limit_seconds, struct spdk_deprecation **reg);

/* Links a deprecation that lives as long as the process; a taken tag is logged later, once. */
void spindle_log_deprecation_link(struct spdk_deprecation *deprecation);

/** Defines a deprecation (its tag is a bare name), and registers it before main(). */
#define SPDK_LOG_DEPRECATION_REGISTER(tag, desc, release, rate)                                    \
	static struct spdk_deprecation _deprecation_node_##tag = {NULL,   #tag, (desc), (release), \
								  (rate), 0,    {0, 0}};           \
	struct spdk_deprecation *_deprecated_##tag = &_deprecation_node_##tag;                     \
	__attribute__((constructor)) static void _spdk_deprecation_register_##tag(void)            \
	{                                                                                          \
		spindle_log_deprecation_link(&_deprecation_node_##tag);                            \
	}

/**
 * Counts a use of something deprecated and, as its rate limit allows, warns of it. Most programs
 * use SPDK_LOG_DEPRECATED().
 *
 * Errors: NULL is logged as an error.
 */
void spdk_log_deprecated(struct spdk_deprecation *deprecation, const char *file, uint32_t line,
			 const char *func);

/** Counts a use, here, of what SPDK_LOG_DEPRECATION_REGISTER() has defined under this tag. */
#define SPDK_LOG_DEPRECATED(tag) \
	spdk_log_deprecated(_deprecated_##tag, __FILE__, __LINE__, __func__)

/** Called for one deprecation; anything but 0 ends the walk. */
typedef int (*spdk_log_for_each_deprecation_fn)(void *ctx, struct spdk_deprecation *deprecation);

/**
 * Calls `fn` for each deprecation in the order of tags.
 *
 * Callback: before this returns; it may register and use deprecations.
 * Returns what the last call returned; 0 when there was none.
 */
int spdk_log_for_each_deprecation(void *ctx, spdk_log_for_each_deprecation_fn fn);

/** Its tag. */
const char *spdk_deprecation_get_tag(const struct spdk_deprecation *deprecation);

/** Its description. */
const char *spdk_deprecation_get_description(const struct spdk_deprecation *deprecation);

/** The release that is to come without it. */
const char *spdk_deprecation_get_remove_release(const struct spdk_deprecation *deprecation);

/** How often it was used. */
uint64_t spdk_deprecation_get_hits(const struct spdk_deprecation *deprecation);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_LOG_H */
