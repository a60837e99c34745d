/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lightweight threads: what runs code, how it is asked to (messages, pollers, interrupts), and
 * what hangs on it (I/O channels, locks, buffers).
 *
 * An SPDK thread is not an OS thread: it has no stack and nothing runs until somebody calls
 * spdk_thread_poll() for it. spdk_app_start() brings reactors that do so; a program without them
 * brings its own by spdk_thread_lib_init_ext(). Code that runs inside spdk_thread_poll() is "on"
 * that thread, spdk_get_thread() names it, and only one OS thread at a time may be inside.
 *
 * In the comments, "Thread: current" means: call it on an SPDK thread, and it concerns that one.
 * Misuse (wrong thread, wrong order, NULL where something is needed) is explained by one message
 * at ERROR level that names the objects and where they were created; unless the comment says
 * otherwise the call then has no effect.
 */
#ifndef SPDK_THREAD_H
#define SPDK_THREAD_H

#include "spdk/assert.h"
#include "spdk/config.h"
#include "spdk/cpuset.h"
#include "spdk/env.h"
#include "spdk/fd_group.h"
#include "spdk/likely.h"
#include "spdk/queue.h"
#include "spdk/stdinc.h"
#include "spdk/util.h"

#ifdef __cplusplus
extern "C" {
#endif

struct spdk_thread;
struct spdk_poller;
struct spdk_io_channel;
struct spdk_io_channel_iter;
struct spdk_interrupt;

/* What a poller returns; any other value > 0 counts as busy too, < 0 as neither. */
enum spdk_thread_poller_rc {
	SPDK_POLLER_IDLE,
	SPDK_POLLER_BUSY,
};

/* What the thread library asks of whoever turns the threads; see spdk_thread_lib_init_ext(). */
enum spdk_thread_op {
	SPDK_THREAD_OP_NEW,     /* a thread was created: begin to poll it */
	SPDK_THREAD_OP_RESCHED, /* its cpumask changed: move it where it may run */
};

/** Hands a new thread to whoever will poll it; 0, or -errno to make spdk_thread_create() fail. */
typedef int (*spdk_new_thread_fn)(struct spdk_thread *thread);

/** Carries out `op` on `thread`; 0 or -errno. When and where: spdk_thread_lib_init_ext(). */
typedef int (*spdk_thread_op_fn)(struct spdk_thread *thread, enum spdk_thread_op op);

/**
 * Whether the spdk_thread_op_fn carries out `op`. May be called on any OS thread, at any time.
 */
typedef bool (*spdk_thread_op_supported_fn)(enum spdk_thread_op op);

/** A message: runs once, on the thread that it was sent to. */
typedef void (*spdk_msg_fn)(void *ctx);

/**
 * Shape of a function that takes messages for a thread in some other transport. Kept for
 * programs.
 */
typedef void (*spdk_thread_pass_msg)(spdk_msg_fn fn, void *ctx, void *thread_ctx);

/** A poller: returns an enum spdk_thread_poller_rc. It may unregister, pause or resume itself. */
typedef int (*spdk_poller_fn)(void *ctx);

/** Tells the owner of a poller that its thread enters (true) or leaves interrupt mode. */
typedef void (*spdk_poller_set_interrupt_mode_cb)(struct spdk_poller *poller, void *cb_arg,
						  bool interrupt_mode);

/**
 * Fills the context of a new channel; 0, or -errno to make spdk_get_io_channel() return NULL.
 *
 * Owner: `ctx_buf` is zeroed, belongs to the channel, and has the size given at registration.
 */
typedef int (*spdk_io_channel_create_cb)(void *io_device, void *ctx_buf);

/**
 * Releases what the create callback put into `ctx_buf`; the library frees `ctx_buf` afterwards.
 */
typedef void (*spdk_io_channel_destroy_cb)(void *io_device, void *ctx_buf);

/** Says that no channel and no iteration refers to `io_device` any more: it may be freed. */
typedef void (*spdk_io_device_unregister_cb)(void *io_device);

/**
 * One step of spdk_for_each_channel(). It ends with spdk_for_each_channel_continue(), now or
 * later.
 */
typedef void (*spdk_channel_msg)(struct spdk_io_channel_iter *i);

/** End of spdk_for_each_channel(): `status` is the one that stopped it, or 0. */
typedef void (*spdk_channel_for_each_cpl)(struct spdk_io_channel_iter *i, int status);

/** Handles a ready descriptor. > 0: there was work; 0: there was none; < 0: not known. */
typedef int (*spdk_interrupt_fn)(void *ctx);

/** See spdk_thread_register_post_poller_handler(). */
typedef void (*spdk_post_poller_fn)(void *fn_arg);

/* Bytes between a channel and its context. Part of the interface: the inline function uses it. */
#define SPDK_IO_CHANNEL_STRUCT_SIZE 96

/*
 * Sizes of the message pool of the reference. Message queues here take memory as they need it, so
 * the numbers are for programs that pass them on; they reserve nothing.
 */
#define SPDK_MSG_MEMPOOL_CACHE_SIZE   1024
#define SPDK_DEFAULT_MSG_MEMPOOL_SIZE (262144 - 1)

/* ---- The library ---- */

/**
 * Readies the thread library with a function that is told of new threads only.
 *
 * `new_thread_fn` may be NULL, for programs that know themselves which threads they created. It
 * is called like SPDK_THREAD_OP_NEW of spdk_thread_lib_init_ext(), whose comment holds here too.
 *
 * Thread: any OS thread, before the first spdk_thread_create(); needs no spdk_env_init().
 * Shape: every thread gets `ctx_sz` zeroed bytes of context, spdk_thread_get_ctx(); 0 for none.
 * Errors: -EALREADY: this function or spdk_thread_lib_init_ext() was called before, without a
 * spdk_thread_lib_fini() since. -EAGAIN, -ENOMEM: no OS thread or memory for the watchdog.
 */
int spdk_thread_lib_init(spdk_new_thread_fn new_thread_fn, size_t ctx_sz);

/**
 * Readies the thread library with a function that carries out operations on threads.
 *
 * SPDK_THREAD_OP_NEW comes once for each thread, from inside spdk_thread_create(), on the OS
 * thread that called it (which need not be on an SPDK thread; spdk_get_thread() is the caller's,
 * not the new one). The thread may be handed to another OS thread there and may run before
 * spdk_thread_create() has returned. A non-zero return makes spdk_thread_create() give the thread
 * up and return NULL.
 *
 * SPDK_THREAD_OP_RESCHED comes from inside spdk_thread_set_cpumask(), on the OS thread that is
 * just polling the thread. So the function can only take note; the thread is moved by whoever
 * polls it, after spdk_thread_poll() has returned.
 *
 * How to turn threads: nothing runs a thread but spdk_thread_poll(), and one call does one round.
 * A reactor that takes a thread from its queue, polls it and does not put it back will never run
 * it again, and its messages wait for ever. So put the thread back after EACH spdk_thread_poll(),
 * until spdk_thread_is_exited() is true, and then call spdk_thread_destroy():
 *
 *	while (spdk_ring_dequeue(queue, (void **)&context, 1) == 1) {
 *		struct spdk_thread *thread = spdk_thread_get_from_ctx(context);
 *
 *		spdk_thread_poll(thread, 0, 0);
 *		if (spdk_thread_is_exited(thread)) {
 *			spdk_thread_destroy(thread);
 *		} else {
 *			spdk_ring_enqueue(queue, (void **)&context, 1, NULL);
 *		}
 *	}
 *
 * A thread that has messages waiting and has not been polled for two seconds is named in the log
 * with the place that created it.
 *
 * Thread: as spdk_thread_lib_init().
 * Shape: both functions, or neither. `ctx_sz` as spdk_thread_lib_init(). `msg_mempool_size` is
 * accepted and not used: message queues have no common pool.
 * Errors: -EINVAL: one function was given without the other. -EALREADY: the library is ready
 * already, by this function or spdk_thread_lib_init(). -EAGAIN, -ENOMEM: as there.
 */
int spdk_thread_lib_init_ext(spdk_thread_op_fn thread_op_fn,
			     spdk_thread_op_supported_fn thread_op_supported_fn, size_t ctx_sz,
			     size_t msg_mempool_size);

/**
 * Ends the thread library; it can be readied again afterwards.
 *
 * Threads are to be exited and destroyed, and I/O devices unregistered, before. What is left over
 * is reported in the log and released. The app thread is released here in any case. Without a
 * spdk_thread_lib_init() before it, does nothing.
 *
 * Thread: any OS thread, when no other one uses the library any more; on no SPDK thread.
 */
void spdk_thread_lib_fini(void);

/* ---- Threads ---- */

/**
 * Creates a thread. The first one since the library was readied becomes the app thread.
 *
 * It is given to SPDK_THREAD_OP_NEW (or the spdk_new_thread_fn) and runs when it is polled: no OS
 * thread is made. It costs at most 1 KiB beyond its context, and no environment memory.
 *
 * Thread: any OS thread, also before spdk_env_init().
 * Owner: the caller, until spdk_thread_destroy(). `name` and `cpumask` are copied.
 * Shape: `name` NULL: the thread is named for its address. `cpumask` NULL: all cores; it is a
 * wish, which the reactors heed and a reactor of the program's own may.
 * Errors: NULL, explained in the log: the library was not readied (spdk_thread_lib_init()), no
 * memory, or the NEW operation failed.
 */
struct spdk_thread *spdk_thread_create(const char *name, const struct spdk_cpuset *cpumask);

/**
 * Says goodbye to a thread: it becomes EXITING and goes on being polled until nothing holds it.
 *
 * Then it is exited, spdk_thread_is_exited(). What holds it: messages, pollers that are
 * registered, channels that are not put, iterations of its own that have not come back, devices
 * that it is unregistering. While it is exiting, messages are still taken and run. After 5
 * seconds it is exited by force, and what held it is named in the log with the places that
 * created it.
 *
 * Thread: the thread itself (`thread` == spdk_get_thread()). From elsewhere it is explained, and
 * sent to the thread as a message. A second call does nothing. The app thread must be the last to
 * exit.
 * Errors: always 0.
 */
int spdk_thread_exit(struct spdk_thread *thread);

/** Whether the thread has exited: nothing of it will run any more and it can be destroyed. */
bool spdk_thread_is_exited(struct spdk_thread *thread);

/** Whether spdk_thread_exit() has not been called for the thread yet. */
bool spdk_thread_is_running(struct spdk_thread *thread);

/**
 * Frees an exited thread. A thread that has not exited is refused, with an explanation.
 *
 * Thread: any OS thread; whoever polls the thread, after the last spdk_thread_poll() has
 * returned.
 * Shape: NULL does nothing. The app thread is kept until spdk_thread_lib_fini().
 *
 * The memory is not used again for a while, so that a message to a pointer that is kept by
 * mistake is recognised and refused instead of reaching a stranger.
 */
void spdk_thread_destroy(struct spdk_thread *thread);

/** The app thread, or NULL when there is none yet. Thread: any OS thread. */
struct spdk_thread *spdk_thread_get_app_thread(void);

/** Whether `thread` (NULL: the current one) is the app thread. */
bool spdk_thread_is_app_thread(struct spdk_thread *thread);

/** The thread whose code runs, or NULL outside of spdk_thread_poll(). Thread: any OS thread. */
struct spdk_thread *spdk_get_thread(void);

/**
 * Makes the calling OS thread act as `thread` until the next call; NULL: as none.
 *
 * For start-up code and tests. The caller sees to it that nobody polls the thread meanwhile.
 */
void spdk_set_thread(struct spdk_thread *thread);

/** The number of threads that are created and not destroyed. Thread: any OS thread. */
uint32_t spdk_thread_get_count(void);

/** The name. Owner: the thread; valid until it is destroyed. */
const char *spdk_thread_get_name(const struct spdk_thread *thread);

/** The number of the thread: 1 for the first, never given twice until spdk_thread_lib_fini(). */
uint64_t spdk_thread_get_id(const struct spdk_thread *thread);

/**
 * The thread of that number, or NULL. Thread: any OS thread; the caller rules out its
 * destruction.
 */
struct spdk_thread *spdk_thread_get_by_id(uint64_t id);

/** The number by which trace points name the thread. */
uint16_t spdk_thread_get_trace_id(struct spdk_thread *thread);

/** The thread's context (`ctx_sz` bytes, zeroed at creation), or NULL when that was 0. */
void *spdk_thread_get_ctx(struct spdk_thread *thread);

/** The thread to which a context belongs; the inverse of spdk_thread_get_ctx(). NULL for NULL. */
struct spdk_thread *spdk_thread_get_from_ctx(void *ctx);

/**
 * The cores on which the thread may run.
 *
 * Owner: the library. Threads with equal masks share one set: it MUST NOT be written to, and it
 * is valid until the thread's mask is set anew or the thread is destroyed. To change the mask,
 * call spdk_thread_set_cpumask().
 */
struct spdk_cpuset *spdk_thread_get_cpumask(struct spdk_thread *thread);

/**
 * Changes the cores on which the current thread may run, and asks for it to be moved there.
 *
 * Thread: current. Owner: `cpumask` is copied. Shape: NULL: all cores.
 * Errors: -EINVAL: not on an SPDK thread, or `cpumask` is empty. -ENOTSUP: the program that turns
 * the threads does not support SPDK_THREAD_OP_RESCHED. -ENOMEM. Else what the operation returned.
 * On an error the mask is as before, but for an error of the operation itself.
 */
int spdk_thread_set_cpumask(struct spdk_cpuset *cpumask);

/**
 * Forbids (true) or allows that the scheduler moves the thread. spdk_thread_set_cpumask() still
 * does.
 */
void spdk_thread_bind(struct spdk_thread *thread, bool bind);

/** Whether the thread is bound to its core by spdk_thread_bind(). */
bool spdk_thread_is_bound(struct spdk_thread *thread);

/* ---- Running ---- */

/**
 * Does one round of a thread: messages, then active pollers, then timed pollers that are due.
 *
 * First the critical message, if there is one, then one batch of at most min(max_msgs, 8)
 * messages (0: 8) in order of arrival, less when fewer are there; what they send to their own
 * thread waits for a later round. Then each active poller once, newest first; one that is
 * registered meanwhile starts in the next round. Then each timed poller whose time has come by
 * `now`, in exact order of that time, the one that was armed first among equals; it is due again
 * one period after `now`, so a poller that is late runs once, not several times. A thread in
 * interrupt mode handles its ready descriptors instead of the pollers. An exited thread does
 * nothing.
 *
 * Thread: any OS thread, one at a time for each thread; handing a thread to another OS thread
 * must order memory (a ring, a lock or an atomic does). May be nested for another thread: the
 * outer one is current again afterwards.
 * Units: `now` in ticks; 0: spdk_get_ticks(). It may jump either way.
 * Errors: none. Returns the greatest of: 1 if a message ran, what each poller returned, and 0. > 0
 * is charged to the thread as busy time, 0 as idle time.
 */
int spdk_thread_poll(struct spdk_thread *thread, uint32_t max_msgs, uint64_t now);

/**
 * When the earliest timed poller is due, as a value of spdk_get_ticks(); 0 when there is none.
 *
 * Thread: whoever polls the thread.
 * Source: a point in time, not a distance, as the reference behaves and its users expect,
 * although its documentation says otherwise.
 */
uint64_t spdk_thread_next_poller_expiration(struct spdk_thread *thread);

/**
 * 1 when the thread has an active poller (period 0) that is not paused, else 0. Thread: its
 * poller.
 */
int spdk_thread_has_active_pollers(struct spdk_thread *thread);

/** Whether the thread has any poller, paused ones included. Thread: whoever polls the thread. */
bool spdk_thread_has_pollers(struct spdk_thread *thread);

/**
 * Whether the thread has nothing to do: no message, no critical message, no poller but paused
 * ones.
 *
 * Thread: whoever polls the thread.
 */
bool spdk_thread_is_idle(struct spdk_thread *thread);

struct spdk_thread_stats {
	uint64_t busy_tsc; /* ticks of rounds that found work */
	uint64_t idle_tsc; /* ticks of rounds that found none */
};

/**
 * Copies the run times of the current thread.
 *
 * A thread that lives on a run queue is not visited while it has nothing to do: the idle time of
 * the run queue falls to its threads in equal parts, and is added when the thread next runs. So the
 * sums are right whenever they are read, though nobody counted.
 *
 * Thread: current. Units: ticks since the thread was first polled, the running round left out.
 * Errors: -EINVAL: not on an SPDK thread, or `stats` is NULL.
 */
int spdk_thread_get_stats(struct spdk_thread_stats *stats);

/** The tick at which the last round of `thread` (NULL: the current one) ended. */
uint64_t spdk_thread_get_last_tsc(struct spdk_thread *thread);

/**
 * Has `fn` called once, right after the poller that is running now has returned.
 *
 * Thread: current, inside a poller; inside a message, it is called after the batch. At most 4 wait
 * at a time; one more is explained and dropped.
 */
void spdk_thread_register_post_poller_handler(spdk_post_poller_fn fn, void *fn_arg);

/* ---- Messages ---- */

/**
 * Has `fn(ctx)` run on `thread`.
 *
 * Promise: what one sender sends to one receiver runs once, and in the order in which it was
 * sent, whichever of the two moves between reactors meanwhile; and what was accepted (0 returned)
 * before the receiver exits does run. It never runs inside this call: a thread that sends to
 * itself gets the message in a later batch. What the sender wrote before is visible to `fn`.
 *
 * The queue belongs to the receiver and grows as needed, without a limit unless the program sets
 * one by our own calls (include/spindle/). When memory itself is exhausted the process says so
 * and aborts, since a lost completion is worse. The sender pays for waking the receiver's reactor
 * only when that one is asleep.
 *
 * Thread: any OS thread, on an SPDK thread or not. NOT from a signal handler: it may allocate;
 * that is what spdk_thread_send_critical_msg() is for.
 * Owner: `ctx` stays the sender's.
 * Errors: the message will never run. -EIO: the receiver has exited or was destroyed; this is
 * explained in the log, never an abort, because the memory of threads is not used again for a
 * while. -EINVAL: `thread` or `fn` is NULL. -ENOMEM: only when the program has set a limit.
 * Source: the reference aborts where this returns an error; a program that ignores the value
 * loses only messages that had nowhere to go.
 */
int spdk_thread_send_msg(const struct spdk_thread *thread, spdk_msg_fn fn, void *ctx);

/**
 * Has `fn(NULL)` run on `thread` before its ordinary messages; made for signal handlers.
 *
 * There is one place for such a message in each thread. It is free again once `fn` is about to
 * run.
 *
 * Thread: any OS thread and any signal handler: no lock, no memory, errno is preserved.
 *   Handlers that may still call it are to be gone before spdk_thread_lib_fini().
 * Errors: -EBUSY: one is outstanding; this one will not run. -EIO: the receiver has exited.
 * -EINVAL: `thread` or `fn` is NULL. Nothing is logged.
 */
int spdk_thread_send_critical_msg(struct spdk_thread *thread, spdk_msg_fn fn);

/**
 * Runs `fn(ctx)` at once when `thread` is the current one, else sends it there.
 *
 * Thread and Errors: as spdk_thread_send_msg().
 */
static inline int
spdk_thread_exec_msg(const struct spdk_thread *thread, spdk_msg_fn fn, void *ctx)
{
	/* A NULL thread or function goes to send_msg, which refuses and explains it. */
	if (thread == NULL || fn == NULL || thread != spdk_get_thread()) {
		return spdk_thread_send_msg(thread, fn, ctx);
	}
	fn(ctx);
	return 0;
}

/**
 * Runs `fn(ctx)` on every thread, one after the other, then `cpl(ctx)` on the current one.
 *
 * In order of creation; the current thread is among them. Threads that are exiting or exited when
 * their turn comes are left out.
 *
 * Thread: current. It does not exit before `cpl` has run (but for the 5 seconds of
 * spdk_thread_exit()).
 * Callback: `fn` never runs inside this call; `cpl` exactly once, by a message; it may be NULL.
 */
void spdk_for_each_thread(spdk_msg_fn fn, void *ctx, spdk_msg_fn cpl);

/* ---- Pollers ---- */

/**
 * Registers a poller on the current thread: `fn(arg)` runs in every round, or every so often.
 *
 * Thread: current.
 * Owner: the thread; spdk_poller_unregister() ends it.
 * Units: microseconds, floored to ticks. 0, or so little that it makes no tick: an active poller,
 * which runs in each round and keeps the reactor awake. Else first due one period from now.
 * Errors: NULL, explained in the log: not on an SPDK thread, the thread has exited, no memory.
 */
struct spdk_poller *
spdk_poller_register(spdk_poller_fn fn, void *arg, uint64_t period_microseconds);

/** As spdk_poller_register(), with a name for people (copied; NULL: the function's address). */
struct spdk_poller *spdk_poller_register_named(spdk_poller_fn fn, void *arg,
					       uint64_t period_microseconds, const char *name);

/* Registers a poller that is named for its function. */
#define SPDK_POLLER_REGISTER(fn, arg, period_microseconds) \
	spdk_poller_register_named(fn, arg, period_microseconds, #fn)

/**
 * Ends a poller: it does not run again, and `*ppoller` becomes NULL.
 *
 * Thread: the one that registered it; also inside the poller itself. On any other one it explains
 * that, and the poller goes on.
 * Shape: `*ppoller` NULL does nothing.
 */
void spdk_poller_unregister(struct spdk_poller **ppoller);

/**
 * Stops a poller until spdk_poller_resume(). Nothing when it is paused already.
 *
 * Thread: the one that registered it; also inside the poller itself. Takes effect before its next
 * run.
 */
void spdk_poller_pause(struct spdk_poller *poller);

/**
 * Lets a paused poller run again; a timed one a full period from now. Nothing when it is not
 * paused.
 *
 * A pause that has not taken effect yet is merely taken back. Thread: as spdk_poller_pause().
 */
void spdk_poller_resume(struct spdk_poller *poller);

/**
 * Says that a poller can live in interrupt mode, and how it is told of a change.
 *
 * Callback: `cb_fn(poller, cb_arg, mode)` on the poller's thread at each change, and at once,
 * inside this call, when the thread is in interrupt mode now. NULL: the poller needs not be told.
 * Thread: the one that registered the poller. Without interrupt mode in the process, does
 * nothing.
 */
void spdk_poller_register_interrupt(struct spdk_poller *poller,
				    spdk_poller_set_interrupt_mode_cb cb_fn, void *cb_arg);

/* ---- I/O devices and channels ---- */

/**
 * Makes `io_device`, which is any unique address, something that threads can get channels of.
 *
 * Thread: an SPDK thread.
 * Owner: `io_device` stays the caller's, until the callback of spdk_io_device_unregister().
 * Shape: `ctx_size` bytes of context for each channel. Both callbacks are needed. `name` is
 * copied; NULL: named for its address.
 * Callback: `create_cb` on each thread that gets its first channel, inside spdk_get_io_channel();
 * `destroy_cb` there too, some time after the last spdk_put_io_channel(). No lock is held.
 * Errors: none are returned; a second registration of the same address is explained and ignored.
 */
void
spdk_io_device_register(void *io_device, spdk_io_channel_create_cb create_cb,
			spdk_io_channel_destroy_cb destroy_cb, uint32_t ctx_size, const char *name);

/**
 * Takes a device back: no new channels from now on, and the end when the last one is gone.
 *
 * While a spdk_for_each_channel() of the device runs, this begins when that has ended. An address
 * that was not registered is explained and ignored.
 *
 * Thread: an SPDK thread; it does not exit before the callback has run.
 * Callback: `unregister_cb(io_device)` on this thread, by a message, after the last channel was
 * destroyed; NULL for none.
 */
void spdk_io_device_unregister(void *io_device, spdk_io_device_unregister_cb unregister_cb);

/**
 * The current thread's channel to a device: made when it has none, else one more reference to it.
 *
 * Thread: current.
 * Owner: the caller holds one reference, to be given back by spdk_put_io_channel() on this
 * thread.
 * Errors: NULL, explained in the log: `io_device` is not registered or is being unregistered, not
 * on an SPDK thread, the thread has exited, `create_cb` failed, no memory.
 */
struct spdk_io_channel *spdk_get_io_channel(void *io_device);

/**
 * Gives one reference back. After the last one the channel is destroyed, by a later message.
 *
 * A spdk_get_io_channel() before that message keeps the channel as it is.
 *
 * Thread: the one that got it. On any other one it is explained and the reference stays.
 */
void spdk_put_io_channel(struct spdk_io_channel *ch);

/** One more reference to a channel that the current thread holds; returns `ch`. */
struct spdk_io_channel *spdk_io_channel_ref(struct spdk_io_channel *ch);

/** The context of a channel: aligned as malloc() does, as large as the registration said. */
static inline void *
spdk_io_channel_get_ctx(struct spdk_io_channel *ch)
{
	assert(ch != NULL);
	return spdk_likely(ch != NULL) ? (char *)ch + SPDK_IO_CHANNEL_STRUCT_SIZE : NULL;
}

/** The channel to which a context belongs; the inverse of spdk_io_channel_get_ctx(). */
struct spdk_io_channel *spdk_io_channel_from_ctx(void *ctx);

/** The thread that holds the channel. Thread: any OS thread. */
struct spdk_thread *spdk_io_channel_get_thread(struct spdk_io_channel *ch);

/** The device of the channel. Thread: any OS thread. */
void *spdk_io_channel_get_io_device(struct spdk_io_channel *ch);

/**
 * Runs `fn` for every channel of a device, each on its own thread, one after the other.
 *
 * In ascending order of thread id. Channels that are gone, or whose thread is, when their turn
 * comes are left out; channels made meanwhile may be left out. The next step is taken when
 * spdk_for_each_channel_continue() is called; a status other than 0 ends the iteration.
 *
 * Thread: current. It does not exit before `cpl` has run.
 * Callback: `fn` never inside this call. `cpl(i, status)` exactly once, on this thread, by a
 * message: after the last channel with 0, or with the status that ended it; -ENODEV: the device
 * is not registered. NULL for none. The iterator is gone when `cpl` returns.
 */
void spdk_for_each_channel(void *io_device, spdk_channel_msg fn, void *ctx,
			   spdk_channel_for_each_cpl cpl);

/**
 * Ends a step: 0 goes on to the next channel, any other `status` ends the iteration with it.
 *
 * Thread: the one on which the step ran. Exactly once for each step.
 */
void spdk_for_each_channel_continue(struct spdk_io_channel_iter *i, int status);

/** The device that is iterated over. */
void *spdk_io_channel_iter_get_io_device(struct spdk_io_channel_iter *i);

/** The channel whose turn it is; NULL in `cpl`. */
struct spdk_io_channel *spdk_io_channel_iter_get_channel(struct spdk_io_channel_iter *i);

/** The `ctx` that was given to spdk_for_each_channel(). */
void *spdk_io_channel_iter_get_ctx(struct spdk_io_channel_iter *i);

/* ---- Interrupt mode: descriptors instead of polling ---- */

/* May be or-ed; the values are those of epoll. */
enum spdk_interrupt_event_types {
#ifdef __linux__
	SPDK_INTERRUPT_EVENT_IN = EPOLLIN,
	SPDK_INTERRUPT_EVENT_OUT = EPOLLOUT,
	SPDK_INTERRUPT_EVENT_ET = EPOLLET
#else
	SPDK_INTERRUPT_EVENT_IN = 0x001,
	SPDK_INTERRUPT_EVENT_OUT = 0x004,
	SPDK_INTERRUPT_EVENT_ET = 1u << 31
#endif
};

/**
 * Makes the process run by interrupts: every thread gets a group of descriptors to wait for.
 *
 * This is the mode of --interrupt-mode. It is not the rest that an idle reactor takes by itself,
 * which is always there and needs nothing.
 *
 * Thread: any OS thread, before spdk_thread_lib_init() or spdk_thread_lib_init_ext(). It holds for
 * the rest of the process.
 * Errors: -EBUSY: the thread library is ready already. -ENOTSUP: this machine has no epoll.
 */
int spdk_interrupt_mode_enable(void);

/** Whether spdk_interrupt_mode_enable() was called. Thread: any OS thread. */
bool spdk_interrupt_mode_is_enabled(void);

/**
 * Puts the current thread into interrupt mode (true) or back to polling; tells its pollers.
 *
 * Thread: current. Needs spdk_interrupt_mode_enable(), else it is explained and ignored.
 */
void spdk_thread_set_interrupt_mode(bool enable_interrupt);

/**
 * A descriptor that is readable while the thread wants to be polled, for event loops of others.
 *
 * That is: a message is there, a timed poller is due, or a registered interrupt is ready. The
 * loop waits for it, level-triggered and without reading it, and then calls spdk_thread_poll().
 *
 * Thread: whoever polls the thread. Owner: the thread; not to be closed.
 * Errors: -errno, explained in the log, when no descriptor is to be had.
 */
int spdk_thread_get_interrupt_fd(struct spdk_thread *thread);

/** The group behind spdk_thread_get_interrupt_fd(), to be nested into another; NULL when none. */
struct spdk_fd_group *spdk_thread_get_interrupt_fd_group(struct spdk_thread *thread);

/**
 * Has `fn(arg)` run on the current thread while `efd` is readable.
 *
 * Without interrupt mode too: then the descriptors are asked in each round of the thread, which
 * costs a system call and keeps our reactors from resting.
 *
 * Thread: current.
 * Owner: `efd` stays the caller's and outlives the registration; `fn` reads it empty. `name` is
 * copied; NULL: named for the function's address.
 * Errors: NULL, explained in the log: not on an SPDK thread, `efd` is registered already or cannot
 * be waited for (plain files), no memory or descriptors.
 */
struct spdk_interrupt *
spdk_interrupt_register(int efd, spdk_interrupt_fn fn, void *arg, const char *name);

/** As spdk_interrupt_register(), for `events`: enum spdk_interrupt_event_types, or-ed. */
struct spdk_interrupt *
spdk_interrupt_register_for_events(int efd, uint32_t events, spdk_interrupt_fn fn, void *arg,
				   const char *name);

/**
 * As spdk_interrupt_register(), for the events and the kind of descriptor in `opts`.
 *
 * Shape: `opts` first filled by spdk_fd_group_get_default_event_handler_opts(). With
 * SPDK_FD_TYPE_EVENTFD the library reads `efd` before it calls `fn`.
 */
struct spdk_interrupt *
spdk_interrupt_register_ext(int efd, spdk_interrupt_fn fn, void *arg, const char *name,
			    struct spdk_event_handler_opts *opts);

/* The same three, named for their function. */
#define SPDK_INTERRUPT_REGISTER(efd, fn, arg) spdk_interrupt_register(efd, fn, arg, #fn)
#define SPDK_INTERRUPT_REGISTER_FOR_EVENTS(efd, events, fn, arg) \
	spdk_interrupt_register_for_events(efd, events, fn, arg, #fn)
#define SPDK_INTERRUPT_REGISTER_EXT(efd, fn, arg, opts) \
	spdk_interrupt_register_ext(efd, fn, arg, #fn, opts)

/**
 * Has the handlers of a whole group run on the current thread, by nesting it into the thread's.
 *
 * Owner: `fgrp` stays the caller's, and part of the thread's group until
 * spdk_interrupt_unregister().
 * Thread and Errors: as spdk_interrupt_register().
 */
struct spdk_interrupt *
spdk_interrupt_register_fd_group(struct spdk_fd_group *fgrp, const char *name);

/**
 * Ends a registration and sets `*pintr` to NULL. Nothing when that is NULL.
 *
 * Thread: the one that registered it; also inside its own handler.
 */
void spdk_interrupt_unregister(struct spdk_interrupt **pintr);

/**
 * Changes the events of a registration to `event_types`.
 *
 * Thread: the one that registered it.
 * Errors: -EINVAL: wrong thread, `intr` is NULL or stands for a group. Else what epoll_ctl(2)
 * said.
 */
int spdk_interrupt_set_event_types(struct spdk_interrupt *intr,
				   enum spdk_interrupt_event_types event_types);

/* ---- Spinlocks ---- */

struct spdk_spinlock_internal;

/*
 * A lock that knows which SPDK thread holds it. It must be given back before the message or
 * poller that took it returns: the thread may go on elsewhere, and another one on the same OS
 * thread that wanted the lock would wait for ever.
 *
 * Misuse cannot be survived. It is explained (the lock, where it was made and taken, who holds it
 * and who called), and the process aborts: on no SPDK thread; locking what this thread holds;
 * unlocking what it does not hold; destroying a held lock, or one twice; using one that was not
 * made; returning from a message or poller with one.
 *
 * The fields are the library's.
 */
struct spdk_spinlock {
	pthread_spinlock_t spinlock;
	struct spdk_thread *thread;
	struct spdk_spinlock_internal *internal;
	bool initialized;
	bool destroyed;
};

/** Makes a lock in the caller's memory. Thread: any OS thread. */
void spdk_spin_init(struct spdk_spinlock *sspin);

/** Ends a lock that nobody holds. Thread: any OS thread. */
void spdk_spin_destroy(struct spdk_spinlock *sspin);

/** Takes the lock, spinning while another thread has it. Thread: an SPDK thread. */
void spdk_spin_lock(struct spdk_spinlock *sspin);

/** Gives the lock back. Thread: the one that took it. */
void spdk_spin_unlock(struct spdk_spinlock *sspin);

/** Whether the current thread holds the lock. Thread: an SPDK thread. */
bool spdk_spin_held(struct spdk_spinlock *sspin);

/* ---- I/O buffers: two sizes of them, one shared pool, a cache for each user and thread ---- */

struct spdk_iobuf_opts {
	/* Number of buffers of each size, in the process or on each NUMA node. */
	uint64_t small_pool_count;
	uint64_t large_pool_count;
	/* Size of one buffer, in bytes. */
	uint32_t small_bufsize;
	uint32_t large_bufsize;
	/* sizeof(struct spdk_iobuf_opts) as the caller knows it; fields beyond get defaults. */
	size_t opts_size;
	/* Non-zero: a pool on each NUMA node; there is one when SPDK_CONFIG_MAX_NUMA_NODES is 1. */
	uint8_t enable_numa;
};

/* Counts since the channel was made, summed over a module's channels. */
struct spdk_iobuf_pool_stats {
	uint32_t cache_size; /* buffers that the caches may hold */
	uint64_t cache;      /* buffers that came from a cache */
	uint64_t main;       /* buffers that came from the shared pool */
	uint64_t retry;      /* requests that found no buffer and had to wait */
};

struct spdk_iobuf_module_stats {
	struct spdk_iobuf_pool_stats small_pool;
	struct spdk_iobuf_pool_stats large_pool;
	const char *module;
};

struct spdk_iobuf_entry;

/** Gives a buffer to an entry that waited. Runs on the channel's thread. */
typedef void (*spdk_iobuf_get_cb)(struct spdk_iobuf_entry *entry, void *buf);

/* A place in the queue for a buffer: the caller's memory, the library's fields. */
struct spdk_iobuf_entry {
	spdk_iobuf_get_cb cb_fn;
	const void *module;
	STAILQ_ENTRY(spdk_iobuf_entry) stailq;
};

/* What a free buffer begins with. */
struct spdk_iobuf_buffer {
	STAILQ_ENTRY(spdk_iobuf_buffer) stailq;
};

typedef STAILQ_HEAD(, spdk_iobuf_entry) spdk_iobuf_entry_stailq_t;
typedef STAILQ_HEAD(, spdk_iobuf_buffer) spdk_iobuf_buffer_stailq_t;

/* One size of buffer in one channel. The fields are the library's. */
struct spdk_iobuf_pool_cache {
	struct spdk_ring *pool; /* the shared pool */
	spdk_iobuf_buffer_stailq_t cache;
	uint32_t cache_count; /* buffers in the cache now */
	uint32_t cache_size;  /* buffers that it may hold */
	spdk_iobuf_entry_stailq_t *queue;
	uint32_t bufsize;
	struct spdk_iobuf_pool_stats stats;
};

struct spdk_iobuf_node_cache {
	struct spdk_iobuf_pool_cache small;
	struct spdk_iobuf_pool_cache large;
};

/* spdk/config.h says otherwise in a build for machines with several nodes. */
#ifndef SPDK_CONFIG_MAX_NUMA_NODES
#define SPDK_CONFIG_MAX_NUMA_NODES 1
#endif

/* One user's access to the buffers on one thread: the caller's memory, the library's fields. */
struct spdk_iobuf_channel {
	const void *module;
	struct spdk_io_channel *parent;
	struct spdk_iobuf_node_cache cache[SPDK_CONFIG_MAX_NUMA_NODES];
};

/** Everything was given back and the pools are freed. */
typedef void (*spdk_iobuf_finish_cb)(void *cb_arg);

/** One step of spdk_iobuf_for_each_entry(); other than 0 ends it. */
typedef int (*spdk_iobuf_for_each_entry_fn)(struct spdk_iobuf_channel *ch,
					    struct spdk_iobuf_entry *entry, void *ctx);

/** The counts of each module. Owner: the library; `modules` is gone when this returns. */
typedef void (*spdk_iobuf_get_stats_cb)(struct spdk_iobuf_module_stats *modules,
					uint32_t num_modules, void *cb_arg);

/**
 * Makes the pools, as the options say.
 *
 * Thread: an SPDK thread, after spdk_env_init().
 * Errors: -EINVAL: not on an SPDK thread. -EALREADY: they are there, or spdk_iobuf_finish() has not
 * called back yet. -ENOMEM: no environment, or no memory for so many buffers; the log says which.
 */
int spdk_iobuf_initialize(void);

/**
 * Frees the pools and forgets the modules.
 *
 * Thread: the one that called spdk_iobuf_initialize(), when all channels are ended.
 * Callback: `cb_fn(cb_arg)` once, on this thread. Buffers that were not given back are named in
 * the log, by module and number.
 */
void spdk_iobuf_finish(spdk_iobuf_finish_cb cb_fn, void *cb_arg);

/**
 * Sets the options of the next spdk_iobuf_initialize().
 *
 * Errors: -EINVAL, the log names the field: `opts` is NULL, `opts_size` is 0 or unknown, or a
 * count or size is below what can work.
 */
int spdk_iobuf_set_opts(const struct spdk_iobuf_opts *opts);

/**
 * Copies the options that hold, as far as `opts_size` reaches. Explained and ignored: NULL or 0.
 */
void spdk_iobuf_get_opts(struct spdk_iobuf_opts *opts, size_t opts_size);

/**
 * Makes a user of buffers known, by a name that must be unique (copied).
 *
 * Errors: -EEXIST: the name is taken. -EINVAL: it is NULL or empty. -ENOMEM.
 */
int spdk_iobuf_register_module(const char *name);

/** Takes the name back. Errors: -ENOENT: there is no such module. */
int spdk_iobuf_unregister_module(const char *name);

/**
 * Opens a channel on the current thread and fills its caches.
 *
 * Thread: current, and all calls with `ch` are made there.
 * Errors: -EINVAL: `ch` or `name` is NULL, or not on an SPDK thread. -ENODEV: there are no pools
 * (spdk_iobuf_initialize()), or `name` was not registered. -ENOMEM: the pools are too small for all
 * the caches; the log says how many buffers would do.
 */
int spdk_iobuf_channel_init(struct spdk_iobuf_channel *ch, const char *name,
			    uint32_t small_cache_size, uint32_t large_cache_size);

/**
 * Closes a channel, for which no entry waits, and gives its cache back. Thread: the channel's.
 */
void spdk_iobuf_channel_fini(struct spdk_iobuf_channel *ch);

/**
 * A buffer of at least `len` bytes, or NULL when none is free and the entry waits in the queue.
 *
 * Thread: the channel's.
 * Owner: the caller, until spdk_iobuf_put(). `entry` is the library's while it waits.
 * Shape: `len` <= large_bufsize. `entry` NULL: does not wait; `cb_fn` is needed with an entry.
 * Callback: `cb_fn(entry, buf)` once, later, on the channel's thread, if NULL was returned;
 * entries of a channel and size get buffers in order. Not called when a buffer was returned.
 */
void *spdk_iobuf_get(struct spdk_iobuf_channel *ch, uint64_t len, struct spdk_iobuf_entry *entry,
		     spdk_iobuf_get_cb cb_fn);

/**
 * Gives a buffer back. When somebody waits, on this thread or another, one of them gets it.
 *
 * Thread: the channel's. Shape: `len` is the one that was given to spdk_iobuf_get().
 * Callback: that of a waiting entry of this thread may run inside this call.
 * Source: the reference serves the waiting of a thread by what comes back on that thread only.
 */
void spdk_iobuf_put(struct spdk_iobuf_channel *ch, void *buf, uint64_t len);

/**
 * Takes a waiting entry out of the queue; its callback will not run.
 *
 * Thread: the channel's. Shape: `len` is the one that was given to spdk_iobuf_get().
 */
void
spdk_iobuf_entry_abort(struct spdk_iobuf_channel *ch, struct spdk_iobuf_entry *entry, uint64_t len);

/**
 * Calls `cb_fn` for each entry of this channel that waits, until one returns other than 0.
 *
 * Thread: the channel's. The callback may abort the entry that it was given.
 * Errors: the last value that `cb_fn` returned, 0 when nothing waits. -EINVAL: the wrong thread.
 */
int spdk_iobuf_for_each_entry(struct spdk_iobuf_channel *ch, spdk_iobuf_for_each_entry_fn cb_fn,
			      void *cb_ctx);

/**
 * Gathers the counts of all modules from all threads.
 *
 * Thread: an SPDK thread. Callback: once, later, on this thread.
 * Errors: the callback never runs. -EINVAL: `cb_fn` is NULL, or not on an SPDK thread. -ENODEV:
 * there are no pools. -ENOMEM.
 */
int spdk_iobuf_get_stats(spdk_iobuf_get_stats_cb cb_fn, void *cb_arg);

#ifdef __cplusplus
}
#endif

#endif
