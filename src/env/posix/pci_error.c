/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bus errors. An access to the BAR of a device that was pulled out ends in SIGBUS; drivers register
 * functions that put something else in its place.
 *
 * On SIGBUS each function is called, and then the access is tried again. A function does not say
 * whether the fault was its own; but if the same access fails again at once, it was nobody's, and
 * the signal goes to whoever had it before us: by default that ends the process, as it would have
 * without us.
 *
 * Invariants:
 *  1. A slot is in use while its `handler` is set; `ctx` is written before, and read after it. So
 *     the signal handler needs no lock.
 *  2. g_lock guards registration and g_previous, which is complete before the signal handler is in
 *     place.
 */
#include "env/posix/pci_internal.h"
#include "spdk/log.h"

#include <stdatomic.h>

#define HANDLERS_MAX 32
/* The same address again within this time is the same access again. */
#define RETRY_US 100000

struct error_slot {
	_Atomic(spdk_pci_error_handler) handler;
	void *ctx;
};

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static struct error_slot g_slots[HANDLERS_MAX];
static size_t g_slot_count;
static struct sigaction g_previous;
static uint64_t g_retry_ticks;

/* The last fault of this OS thread. */
static __thread const void *t_fault_addr;
static __thread uint64_t t_fault_time;
/* Whether this OS thread is in the previous handler. */
static __thread bool t_is_in_previous;

/* Whether the access failed that was tried again just now. */
static bool
is_same_fault(const void *addr)
{
	uint64_t age = spdk_get_ticks() - t_fault_time;

	return t_fault_time != 0 && t_fault_addr == addr && age < g_retry_ticks;
}

/* Has the default effect on the process, at once or when the access is tried again. */
static void
call_default(int signal_number, const siginfo_t *info)
{
	signal(signal_number, SIG_DFL);
	if (info->si_code <= 0) {
		/* A process sent it, so nothing will fault again by itself. */
		raise(signal_number);
	}
}

/* Hands the signal on. A previous handler that hands it back to us has nobody else to give it to.
 */
static void
call_previous(int signal_number, siginfo_t *info, void *context)
{
	bool has_info = g_previous.sa_flags & SA_SIGINFO;
	bool is_ignored = !has_info && g_previous.sa_handler == SIG_IGN;
	bool is_default = !has_info && g_previous.sa_handler == SIG_DFL;

	if (is_ignored && info->si_code <= 0) {
		/* A process sent it, and it was to be ignored. A fault cannot be. */
		return;
	}
	if (is_ignored || is_default || t_is_in_previous) {
		call_default(signal_number, info);
		return;
	}
	t_is_in_previous = true;
	if (has_info) {
		g_previous.sa_sigaction(signal_number, info, context);
	} else {
		g_previous.sa_handler(signal_number);
	}
	t_is_in_previous = false;
}

/* Whether there were any. */
static bool
call_handlers(const void *addr)
{
	spdk_pci_error_handler handler;
	bool was_called = false;

	for (size_t i = 0; i < HANDLERS_MAX; i++) {
		/* A: pairs with B in spdk_pci_register_error_handler(). */
		handler = atomic_load_explicit(&g_slots[i].handler, memory_order_acquire);
		if (handler != NULL) {
			handler(addr, g_slots[i].ctx);
			was_called = true;
		}
	}
	return was_called;
}

static void
on_bus_error(int signal_number, siginfo_t *info, void *context)
{
	int saved_errno = errno;
	bool is_ours = false;

	if (info->si_code > 0 && !is_same_fault(info->si_addr)) {
		is_ours = call_handlers(info->si_addr);
		t_fault_addr = info->si_addr;
		t_fault_time = spdk_get_ticks();
	}
	if (!is_ours) {
		call_previous(signal_number, info, context);
	}
	errno = saved_errno;
}

static bool
is_installed(const struct sigaction *present)
{
	return (present->sa_flags & SA_SIGINFO) && present->sa_sigaction == on_bus_error;
}

/* Under g_lock, with no handler registered. */
static int
install(void)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_NODEFER}, present;

	/* In the handler it would be too late to measure the tick rate. */
	g_retry_ticks = spdk_get_ticks_hz() / 1000000 * RETRY_US;
	if (sigaction(SIGBUS, NULL, &present) != 0) {
		return -errno;
	}
	if (is_installed(&present)) {
		return 0;
	}
	g_previous = present;
	action.sa_sigaction = on_bus_error;
	sigemptyset(&action.sa_mask);
	return sigaction(SIGBUS, &action, NULL) == 0 ? 0 : -errno;
}

/* Under g_lock. Who has put a handler above ours may still call it, so then both stay. */
static void
uninstall(void)
{
	struct sigaction present;

	if (sigaction(SIGBUS, NULL, &present) == 0 && is_installed(&present)) {
		(void)sigaction(SIGBUS, &g_previous, NULL); /* It was in effect before. */
	}
}

/* Under g_lock. The slot of a handler; that of NULL is free. */
static struct error_slot *
slot_find(spdk_pci_error_handler wanted)
{
	for (size_t i = 0; i < HANDLERS_MAX; i++) {
		if (atomic_load_explicit(&g_slots[i].handler, memory_order_relaxed) == wanted) {
			return &g_slots[i];
		}
	}
	return NULL;
}

int
spdk_pci_register_error_handler(spdk_pci_error_handler sighandler, void *ctx)
{
	struct error_slot *slot;
	int rc = 0;

	if (sighandler == NULL) {
		SPDK_ERRLOG("spdk_pci_register_error_handler(): the handler is NULL.\n");
		return -EINVAL;
	}
	pthread_mutex_lock(&g_lock);
	slot = slot_find(NULL);
	if (slot_find(sighandler) != NULL) {
		SPDK_ERRLOG(
			"spdk_pci_register_error_handler(): this handler is registered already.\n");
		rc = -EEXIST;
	} else if (slot == NULL) {
		SPDK_ERRLOG("spdk_pci_register_error_handler(): there are %d handlers already.\n",
			    HANDLERS_MAX);
		rc = -ENOMEM;
	} else if (g_slot_count == 0) {
		rc = install();
	}
	if (rc == 0) {
		slot->ctx = ctx;
		/* B: pairs with A in on_bus_error(). */
		atomic_store_explicit(&slot->handler, sighandler, memory_order_release);
		g_slot_count++;
	}
	pthread_mutex_unlock(&g_lock);
	return rc;
}

void
spdk_pci_unregister_error_handler(spdk_pci_error_handler sighandler)
{
	struct error_slot *slot;

	if (sighandler == NULL) {
		return;
	}
	pthread_mutex_lock(&g_lock);
	slot = slot_find(sighandler);
	if (slot != NULL) {
		atomic_store_explicit(&slot->handler, NULL, memory_order_relaxed);
		if (--g_slot_count == 0) {
			uninstall();
		}
	}
	pthread_mutex_unlock(&g_lock);
}
