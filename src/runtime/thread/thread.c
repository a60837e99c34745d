/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The thread library and the life of a thread.
 *
 *   life     holds                                              left by
 *   LIVE     messages are accepted, pollers and channels made   spdk_thread_exit(): EXITING
 *   EXITING  as LIVE; what it began is waited for, 5 s at most  try_exit() at the end of a run
 *   EXITED   messages are refused; no pollers, no channels      spdk_thread_destroy()
 *   NONE     the memory is no thread                            spdk_thread_create()
 *
 * The app thread, once destroyed, keeps its memory until spdk_thread_lib_fini().
 */
#include "runtime/thread/thread_internal.h"
#include "spdk/string.h"

struct thread_lib g_thread_lib;
__thread struct thread_tls t_tls;

SPDK_LOG_REGISTER_COMPONENT(thread)

static int
open_lib(const char *what, size_t ctx_size)
{
	int rc;

	if (g_thread_lib.is_open) {
		SPDK_ERRLOG("%s(): the thread library is initialised already; call "
			    "spdk_thread_lib_fini() first\n",
			    what);
		return -EALREADY;
	}
	rc = thread_registry_open();
	if (rc != 0) {
		SPDK_ERRLOG("%s(): no OS thread for the watchdog: %s\n", what, spdk_strerror(-rc));
		return rc;
	}
	g_thread_lib.ctx_size = ctx_size;
	g_thread_lib.is_open = true;
	return 0;
}

int
spdk_thread_lib_init(spdk_new_thread_fn new_thread_fn, size_t ctx_sz)
{
	int rc = open_lib("spdk_thread_lib_init", ctx_sz);

	if (rc == 0) {
		g_thread_lib.new_thread_fn = new_thread_fn;
	}
	return rc;
}

int
spdk_thread_lib_init_ext(spdk_thread_op_fn thread_op_fn,
			 spdk_thread_op_supported_fn thread_op_supported_fn, size_t ctx_sz,
			 size_t msg_mempool_size)
{
	int rc;

	if ((thread_op_fn == NULL) != (thread_op_supported_fn == NULL)) {
		SPDK_ERRLOG(
			"spdk_thread_lib_init_ext(): thread_op_fn and thread_op_supported_fn go "
			"together: give both or neither\n");
		return -EINVAL;
	}
	rc = open_lib("spdk_thread_lib_init_ext", ctx_sz);
	if (rc == 0) {
		g_thread_lib.op_fn = thread_op_fn;
		g_thread_lib.op_supported_fn = thread_op_supported_fn;
	}
	return rc;
}

static void
free_name(struct spdk_thread *thread)
{
	if (thread->name != thread->short_name) {
		free(thread->name);
	}
}

static void
free_memory(struct spdk_thread *thread)
{
	thread_registry_lock();
	thread_slab_free(thread);
	thread_registry_unlock();
}

void
spdk_thread_lib_fini(void)
{
	struct spdk_thread *thread, *app = load_relaxed(&g_thread_lib.app_thread);
	uint32_t left = load_relaxed(&g_thread_lib.thread_count);

	if (!g_thread_lib.is_open) {
		return;
	}
	thread_registry_close();
	if (left != 0) {
		SPDK_WARNLOG(
			"spdk_thread_lib_fini(): %u thread%s left, the first is '%s': have each "
			"exit, poll it until spdk_thread_is_exited(), then destroy it\n",
			left, left == 1 ? " is" : "s are", thread_registry_from(0)->name);
	}
	while ((thread = thread_registry_from(0)) != NULL) {
		if (thread == app) {
			app = NULL;
		}
		t_tls.thread = thread;
		thread_free_channels(thread);
		t_tls.thread = NULL;
		if (thread->is_homed) {
			run_queue_evict(mailbox_word_home(thread_word(thread)), &thread->runnable);
			thread_depart(thread);
		}
		thread_free(thread);
		if (thread == load_relaxed(&g_thread_lib.app_thread)) {
			free_name(thread);
			free_memory(thread);
		}
	}
	if (app != NULL) {
		free_name(app);
		free_memory(app);
	}
	io_device_lib_close();
	segment_trim();
	g_thread_lib = (struct thread_lib){0};
}

static void
explain_op(const char *op, int rc)
{
	char place[EXPLAIN_PLACE_SIZE], supported[EXPLAIN_PLACE_SIZE];

	explain_function((const void *)(uintptr_t)g_thread_lib.op_fn, place, sizeof(place));
	explain_function((const void *)(uintptr_t)g_thread_lib.op_supported_fn, supported,
			 sizeof(supported));
	if (rc == -ENOTSUP) {
		SPDK_ERRLOG(
			"Thread operation %s: %s returned -ENOTSUP, although %s says that it is "
			"supported. Make the two functions given to spdk_thread_lib_init_ext() "
			"agree.\n",
			op, place, supported);
	} else {
		SPDK_ERRLOG("Thread operation %s: %s failed: %s\n", op, place, spdk_strerror(-rc));
	}
}

static void
warn_unsupported_new(void)
{
	static _Atomic bool warned;
	char place[EXPLAIN_PLACE_SIZE];

	if (!atomic_exchange(&warned, true)) {
		SPDK_WARNLOG(
			"Thread operation SPDK_THREAD_OP_NEW: %s says that it is not supported, "
			"so nobody is told of new threads: call spdk_thread_poll() on each "
			"yourself, or have the function return true\n",
			explain_function((const void *)(uintptr_t)g_thread_lib.op_supported_fn,
					 place, sizeof(place)));
	}
}

/* Tells whoever turns threads that there is a new one. */
static int
announce(struct spdk_thread *thread)
{
	int rc = 0;

	if (g_thread_lib.new_thread_fn != NULL) {
		rc = g_thread_lib.new_thread_fn(thread);
		if (rc != 0) {
			SPDK_ERRLOG("The new_thread_fn given to spdk_thread_lib_init() failed for "
				    "thread '%s': %s\n",
				    thread->name, spdk_strerror(-rc));
		}
	} else if (g_thread_lib.op_fn != NULL) {
		if (!g_thread_lib.op_supported_fn(SPDK_THREAD_OP_NEW)) {
			warn_unsupported_new();
			return 0;
		}
		rc = g_thread_lib.op_fn(thread, SPDK_THREAD_OP_NEW);
		if (rc != 0) {
			explain_op("SPDK_THREAD_OP_NEW", rc);
		}
	}
	return rc;
}

int
thread_can_reschedule(void)
{
	char place[EXPLAIN_PLACE_SIZE];

	if (g_thread_lib.op_fn == NULL) {
		SPDK_ERRLOG("spdk_thread_set_cpumask(): threads are not rescheduled here: "
			    "spdk_thread_lib_init_ext() was given no thread_op_fn\n");
		return -ENOTSUP;
	}
	if (!g_thread_lib.op_supported_fn(SPDK_THREAD_OP_RESCHED)) {
		SPDK_ERRLOG("spdk_thread_set_cpumask(): %s says that SPDK_THREAD_OP_RESCHED is not "
			    "supported: have it return true and handle that operation\n",
			    explain_function((const void *)(uintptr_t)g_thread_lib.op_supported_fn,
					     place, sizeof(place)));
		return -ENOTSUP;
	}
	return 0;
}

int
thread_reschedule(struct spdk_thread *thread)
{
	int rc = g_thread_lib.op_fn(thread, SPDK_THREAD_OP_RESCHED);

	if (rc != 0) {
		explain_op("SPDK_THREAD_OP_RESCHED", rc);
	}
	return rc;
}

/* As "%p" prints it, which would be a third of the price of a thread. */
static void
name_by_address(struct spdk_thread *thread)
{
	uintptr_t left = (uintptr_t)thread;
	char *out = thread->short_name;
	int digits = 1;

	while (digits < 12 && left >> (4 * digits) != 0) {
		digits++;
	}
	*out++ = '0';
	*out++ = 'x';
	while (digits-- > 0) {
		*out++ = "0123456789abcdef"[(left >> (4 * digits)) & 15];
	}
	*out = '\0';
}

/* Few names are long; those that are not cost no allocation. */
static int
set_name(struct spdk_thread *thread, const char *name)
{
	thread->name = thread->short_name;
	if (name == NULL) {
		name_by_address(thread);
	} else if (strlen(name) < sizeof(thread->short_name)) {
		memcpy(thread->short_name, name, strlen(name) + 1);
	} else {
		thread->name = strdup(name);
	}
	return thread->name != NULL ? 0 : -ENOMEM;
}

/* The thread is registered, but nobody has been told of it. */
static struct spdk_thread *
make(const char *name, const struct spdk_cpuset *cpumask, const void *created_at)
{
	size_t size = SPDK_ALIGN_CEIL(sizeof(struct spdk_thread) + g_thread_lib.ctx_size, 64);
	struct spdk_thread *thread, *none = NULL;

	thread_registry_lock();
	thread = thread_slab_alloc(size);
	thread_registry_unlock();
	if (thread == NULL) {
		return NULL;
	}
	memset((uint8_t *)thread + sizeof(_Atomic uint64_t), 0, size - sizeof(_Atomic uint64_t));
	TAILQ_INIT(&thread->paused);
	thread->exit_deadline = UINT64_MAX;
	thread->created_at = created_at;
	if (set_name(thread, name) != 0) {
		goto free_thread;
	}
	if (cpumask_get(cpumask, &thread->cpumask) != 0) {
		goto free_name;
	}
	thread->in_interrupt = spdk_interrupt_mode_is_enabled();
	if (thread->in_interrupt && thread_interrupts_open(thread) != 0) {
		goto put_cpumask;
	}
	store_relaxed(&thread->last_tsc, spdk_get_ticks());
	mailbox_open(thread_mailbox(thread), 0);
	if (thread->in_interrupt) {
		mailbox_set_fd(thread_mailbox(thread), true);
	}
	thread_registry_lock();
	thread->id = ++g_thread_lib.last_id;
	thread_registry_add(thread);
	thread_registry_unlock();
	fetch_add_acq_rel(&g_thread_lib.thread_count, 1);
	(void)cas_acq_rel(&g_thread_lib.app_thread, &none, thread);
	return thread;

put_cpumask:
	cpumask_put(thread->cpumask);
free_name:
	free_name(thread);
free_thread:
	free_memory(thread);
	return NULL;
}

struct spdk_thread *
spdk_thread_create(const char *name, const struct spdk_cpuset *cpumask)
{
	const void *created_at = __builtin_return_address(0);
	struct spdk_thread *thread, *self;

	if (!g_thread_lib.is_open) {
		SPDK_ERRLOG("spdk_thread_create(): the thread library is not initialised: call "
			    "spdk_thread_lib_init_ext() first, or create threads inside an "
			    "application started by spdk_app_start()\n");
		return NULL;
	}
	if (cpumask != NULL && spdk_cpuset_count(cpumask) == 0) {
		SPDK_ERRLOG("spdk_thread_create(): thread '%s' could run nowhere: its cpumask is "
			    "empty; give NULL for all CPUs\n",
			    name != NULL ? name : "");
		return NULL;
	}
	thread = make(name, cpumask, created_at);
	if (thread == NULL) {
		SPDK_ERRLOG("spdk_thread_create(): no memory or descriptors for thread '%s'\n",
			    name != NULL ? name : "");
		return NULL;
	}
	if (announce(thread) != 0) {
		self = thread;
		if (cas_acq_rel(&g_thread_lib.app_thread, &self, NULL)) {
			/* It was to be the app thread; the next one is. */
			SPDK_DEBUGLOG(thread, "the app thread was refused\n");
		}
		thread_free(thread);
		return NULL;
	}
	SPDK_DEBUGLOG(thread, "created thread '%s' (id %" PRIu64 ")\n", thread->name, thread->id);
	return thread;
}

/* Of a thread that nobody runs or knows how to reach any more. */
void
thread_free(struct spdk_thread *thread)
{
	thread_registry_lock();
	thread_registry_remove(thread);
	mailbox_destroy(thread_mailbox(thread));
	thread_registry_unlock();

	thread_free_pollers(thread);
	thread_interrupts_close(thread);
	cpumask_put(thread->cpumask);
	thread->cpumask = NULL;
	/* The app thread is kept, with its name, for those who still ask which thread it was. */
	if (thread != load_relaxed(&g_thread_lib.app_thread)) {
		free_name(thread);
		free_memory(thread);
	}
	/* Last: whoever sees a count of 0 may close the library. */
	(void)fetch_sub_acq_rel(&g_thread_lib.thread_count, 1);
}

void
thread_run_by_home_ended(struct run_queue *queue, struct runnable *runnable)
{
	thread_free(thread_of(runnable));
}

void
spdk_thread_destroy(struct spdk_thread *thread)
{
	char place[EXPLAIN_PLACE_SIZE];

	if (thread == NULL) {
		return;
	}
	switch (thread_life(thread)) {
	case MAILBOX_EXITED:
		if (!mailbox_is_closed(thread_mailbox(thread))) {
			SPDK_ERRLOG("spdk_thread_destroy(): thread '%s' is still running its last "
				    "messages; nothing was done. Wait for "
				    "spdk_thread_is_exited().\n",
				    thread->name);
			return;
		}
		if (thread->is_homed) {
			SPDK_ERRLOG(
				"spdk_thread_destroy(): thread '%s' lives on a run queue, which "
				"destroys it when it has exited; nothing was done\n",
				thread->name);
			return;
		}
		if (t_tls.thread == thread) {
			t_tls.thread = NULL;
		}
		thread_free(thread);
		break;
	case MAILBOX_NONE:
		SPDK_ERRLOG("spdk_thread_destroy(): %p is no thread; it was destroyed before\n",
			    (void *)thread);
		break;
	default:
		SPDK_ERRLOG(
			"spdk_thread_destroy(): thread '%s' (id %" PRIu64 ", created at %s) has "
			"not exited; nothing was done. Call spdk_thread_exit() on it and poll it "
			"until spdk_thread_is_exited().\n",
			thread->name, thread->id,
			explain_place(thread->created_at, place, sizeof(place)));
	}
}

void
thread_begin_exit(struct spdk_thread *thread, uint64_t deadline)
{
	if (thread_life(thread) != MAILBOX_LIVE) {
		return;
	}
	thread->exit_deadline = deadline;
	mailbox_exiting(thread_mailbox(thread));
	SPDK_DEBUGLOG(thread, "thread '%s' exits\n", thread->name);
	thread_tell_home(thread);
}

static void
exit_here(void *arg)
{
	thread_begin_exit(arg, spdk_get_ticks() + THREAD_EXIT_SEC * spdk_get_ticks_hz());
}

int
spdk_thread_exit(struct spdk_thread *thread)
{
	char place[EXPLAIN_PLACE_SIZE];

	if (thread == NULL) {
		SPDK_ERRLOG("spdk_thread_exit(): the thread is NULL\n");
		return 0;
	}
	if (spdk_likely(t_tls.thread == thread)) {
		exit_here(thread);
		return 0;
	}
	SPDK_ERRLOG(
		"spdk_thread_exit(): thread '%s' (id %" PRIu64 ", created at %s) must exit from a "
		"message or poller of its own; it has been sent a message to do so\n",
		thread->name, thread->id, explain_place(thread->created_at, place, sizeof(place)));
	(void)spdk_thread_send_msg(thread, exit_here, thread);
	return 0;
}
