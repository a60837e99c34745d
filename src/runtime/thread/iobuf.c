/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffers for I/O: two sizes of them, shared by everybody who registered. This file has the
 * options, the beginning and the end.
 *
 *   iobuf_pool.c     the shared pool of one size
 *   iobuf_channel.c  channels: what one module keeps on one thread; get and put
 *   iobuf_wait.c     the entries of one thread that wait for a buffer
 *   iobuf_module.c   who registered, and the counts
 *
 * Memory. The pools are address space of the full size, and none of it is touched before somebody
 * uses the buffer: neither free buffers of the pool nor those that a channel reserves are linked
 * into lists until they come back for the first time. An application that does no I/O pays nothing
 * for its pools and caches.
 *
 * Who gets a buffer when there is none. A cache is what its channel has reserved: nobody takes from
 * it but the channel. But while any thread waits, no buffer goes into a cache: a buffer that
 * is put, on whichever thread, goes
 *
 *   1. to the oldest entry that waits on this thread,
 *   2. else, and each LOCAL_TURNS_MAX times in a row instead, by a message to the thread that has
 *      waited longest among the others, and there to its oldest entry,
 *   3. else into the cache of the channel, and when that is full, into the shared pool.
 *
 * So an entry waits only as long as nobody gives anything back: each put anywhere serves one, and
 * threads are served in turn. (In the reference an entry is served by puts of its own thread only;
 * a thread whose modules hold no buffer waits until one of them gets and puts one.) Requests
 * do not overtake: while somebody waits, a request that its own cache cannot serve waits behind.
 *
 * While armed (an application is), the pools are made by the first channel; see runtime/iobuf.h.
 *
 * NUMA. A build for one node (SPDK_CONFIG_MAX_NUMA_NODES 1, which is part of the layout of a
 * channel) has one pool of each size for the whole machine, with enable_numa or without.
 */
#include "runtime/thread/iobuf_internal.h"

#include "runtime/iobuf.h"
#include "spdk/log.h"
#include "spdk/util.h"

#define ALIGNMENT         4096
#define SMALL_COUNT       8192
#define LARGE_COUNT       1024
#define SMALL_BUFSIZE     (8 * 1024)
#define LARGE_BUFSIZE     (132 * 1024)
#define SMALL_COUNT_MIN   64
#define LARGE_COUNT_MIN   8
#define SMALL_BUFSIZE_MIN 4096
#define LARGE_BUFSIZE_MIN 8192
#define BUFSIZE_MAX       (1u << 31)
#define OPTS_HAVE(o, size) \
	((size) >= offsetof(struct spdk_iobuf_opts, o) + sizeof(((struct spdk_iobuf_opts *)0)->o))

SPDK_STATIC_ASSERT(sizeof(struct spdk_iobuf_opts) == 40, "the size is part of the API");
SPDK_STATIC_ASSERT(SPDK_CONFIG_MAX_NUMA_NODES == 1, "one pool of each size, see above");

static const struct spdk_iobuf_opts g_default_opts = {
	.small_pool_count = SMALL_COUNT,
	.large_pool_count = LARGE_COUNT,
	.small_bufsize = SMALL_BUFSIZE,
	.large_bufsize = LARGE_BUFSIZE,
	.opts_size = sizeof(struct spdk_iobuf_opts),
};

struct iobuf g_iobuf = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.opts =
		{
			.small_pool_count = SMALL_COUNT,
			.large_pool_count = LARGE_COUNT,
			.small_bufsize = SMALL_BUFSIZE,
			.large_bufsize = LARGE_BUFSIZE,
			.opts_size = sizeof(struct spdk_iobuf_opts),
		},
	.modules = TAILQ_HEAD_INITIALIZER(g_iobuf.modules),
	.pools = {[IOBUF_SMALL] = {.name = "small"}, [IOBUF_LARGE] = {.name = "large"}},
};

static int
create_thread(void *io_device, void *ctx_buf)
{
	struct iobuf_thread *thread = ctx_buf;
	int size;

	for (size = 0; size < IOBUF_SIZE_COUNT; size++) {
		iobuf_waiters_open(&thread->waiters[size], thread, &g_iobuf.pools[size]);
	}
	TAILQ_INIT(&thread->users);
	return 0;
}

static void
destroy_thread(void *io_device, void *ctx_buf)
{
	struct iobuf_thread *thread = ctx_buf;
	int size;

	/* In good order there are no users left, and nothing to do. */
	while (!TAILQ_EMPTY(&thread->users)) {
		iobuf_user_orphan(TAILQ_FIRST(&thread->users));
	}
	for (size = 0; size < IOBUF_SIZE_COUNT; size++) {
		iobuf_waiters_close(&thread->waiters[size]);
	}
}

struct minimum {
	const char *field;
	uint64_t value;
	uint64_t minimum;
};

int
iobuf_check_opts(const struct spdk_iobuf_opts *opts, char *out_reason, size_t size)
{
	const struct minimum minimums[] = {
		{"small_pool_count", opts->small_pool_count, SMALL_COUNT_MIN},
		{"large_pool_count", opts->large_pool_count, LARGE_COUNT_MIN},
		{"small_bufsize", opts->small_bufsize, SMALL_BUFSIZE_MIN},
		{"large_bufsize", opts->large_bufsize, LARGE_BUFSIZE_MIN},
	};

	for (size_t i = 0; i < SPDK_COUNTOF(minimums); i++) {
		if (minimums[i].value < minimums[i].minimum) {
			snprintf(out_reason, size,
				 "%s is %" PRIu64 "; it must be at least %" PRIu64,
				 minimums[i].field, minimums[i].value, minimums[i].minimum);
			return -EINVAL;
		}
	}
	if (opts->small_bufsize > opts->large_bufsize || opts->large_bufsize > BUFSIZE_MAX) {
		snprintf(out_reason, size,
			 "small_bufsize is %" PRIu32 " and large_bufsize is %" PRIu32 "; small "
			 "must not be more than large, and large not more than %u",
			 opts->small_bufsize, opts->large_bufsize, BUFSIZE_MAX);
		return -EINVAL;
	}
	return 0;
}

/* Copies `from` to `to`, as far as `size` reaches. */
static void
copy_opts(struct spdk_iobuf_opts *to, const struct spdk_iobuf_opts *from, size_t size)
{
#define COPY(field)                              \
	do {                                     \
		if (OPTS_HAVE(field, size)) {    \
			to->field = from->field; \
		}                                \
	} while (0)
	COPY(small_pool_count);
	COPY(large_pool_count);
	COPY(small_bufsize);
	COPY(large_bufsize);
	COPY(enable_numa);
#undef COPY
}

int
spdk_iobuf_set_opts(const struct spdk_iobuf_opts *opts)
{
	struct spdk_iobuf_opts merged = g_default_opts;
	char reason[IOBUF_REASON_SIZE];

	if (opts == NULL) {
		SPDK_ERRLOG("spdk_iobuf_set_opts(): opts is NULL.\n");
		return -EINVAL;
	}
	if (opts->opts_size == 0 || opts->opts_size > sizeof(*opts)) {
		SPDK_ERRLOG("spdk_iobuf_set_opts(): opts_size is %zu; set it to sizeof(struct "
			    "spdk_iobuf_opts), which is %zu, and fill the rest by "
			    "spdk_iobuf_get_opts().\n",
			    opts->opts_size, sizeof(*opts));
		return -EINVAL;
	}
	copy_opts(&merged, opts, opts->opts_size);
	if (iobuf_check_opts(&merged, reason, sizeof(reason)) != 0) {
		SPDK_ERRLOG("spdk_iobuf_set_opts(): %s.\n", reason);
		return -EINVAL;
	}
	pthread_mutex_lock(&g_iobuf.lock);
	g_iobuf.opts = merged;
	if (g_iobuf.state != IOBUF_CLOSED) {
		SPDK_NOTICELOG("spdk_iobuf_set_opts(): the pools are there already; the options "
			       "hold from the next spdk_iobuf_initialize() on.\n");
	}
	pthread_mutex_unlock(&g_iobuf.lock);
	return 0;
}

void
spdk_iobuf_get_opts(struct spdk_iobuf_opts *opts, size_t opts_size)
{
	if (opts == NULL || opts_size == 0) {
		SPDK_ERRLOG("spdk_iobuf_get_opts(): %s.\n",
			    opts == NULL ? "opts is NULL" :
					   "opts_size is 0; give sizeof(struct spdk_iobuf_opts)");
		return;
	}
	pthread_mutex_lock(&g_iobuf.lock);
	copy_opts(opts, &g_iobuf.opts, opts_size);
	if (OPTS_HAVE(opts_size, opts_size)) {
		opts->opts_size = opts_size;
	}
	pthread_mutex_unlock(&g_iobuf.lock);
}

/* The caller holds the lock. */
static int
open_pools(void)
{
	struct spdk_iobuf_opts *opts = &g_iobuf.opts;
	int rc;

	/* Each buffer begins on a page of its own. */
	opts->small_bufsize = SPDK_ALIGN_CEIL(opts->small_bufsize, ALIGNMENT);
	opts->large_bufsize = SPDK_ALIGN_CEIL(opts->large_bufsize, ALIGNMENT);
	rc = iobuf_pool_open(&g_iobuf.pools[IOBUF_SMALL], opts->small_pool_count,
			     opts->small_bufsize);
	if (rc != 0) {
		return rc;
	}
	rc = iobuf_pool_open(&g_iobuf.pools[IOBUF_LARGE], opts->large_pool_count,
			     opts->large_bufsize);
	if (rc != 0) {
		iobuf_pool_close(&g_iobuf.pools[IOBUF_SMALL]);
		return rc;
	}
	if (opts->enable_numa && spdk_env_get_last_numa_id() > 0) {
		SPDK_NOTICELOG("iobuf: enable_numa was asked for; in this build the buffers of all "
			       "NUMA nodes are in one pool.\n");
	}
	return 0;
}

int
iobuf_open(void)
{
	int rc = open_pools();

	if (rc == 0) {
		g_iobuf.state = IOBUF_OPEN;
		g_iobuf.is_initialized = false;
		spdk_io_device_register(&g_iobuf, create_thread, destroy_thread,
					sizeof(struct iobuf_thread), "iobuf");
	}
	return rc;
}

int
spdk_iobuf_initialize(void)
{
	int rc = 0;

	if (spdk_get_thread() == NULL) {
		SPDK_ERRLOG("spdk_iobuf_initialize(): not on an SPDK thread; send a message with "
			    "spdk_thread_send_msg().\n");
		return -EINVAL;
	}
	pthread_mutex_lock(&g_iobuf.lock);
	if (g_iobuf.state == IOBUF_CLOSED) {
		rc = iobuf_open();
	} else if (g_iobuf.state == IOBUF_CLOSING || g_iobuf.is_initialized) {
		SPDK_ERRLOG("spdk_iobuf_initialize(): the pools %s; wait for the callback of "
			    "spdk_iobuf_finish() first.\n",
			    g_iobuf.state == IOBUF_OPEN ? "are there already" : "are being closed");
		rc = -EALREADY;
	}
	if (rc == 0) {
		g_iobuf.is_initialized = true;
	}
	pthread_mutex_unlock(&g_iobuf.lock);
	return rc;
}

void
iobuf_arm(void)
{
	pthread_mutex_lock(&g_iobuf.lock);
	g_iobuf.is_armed = true;
	pthread_mutex_unlock(&g_iobuf.lock);
}

void
iobuf_disarm(spdk_iobuf_finish_cb cb_fn, void *cb_arg)
{
	bool is_closing;

	pthread_mutex_lock(&g_iobuf.lock);
	g_iobuf.is_armed = false;
	is_closing = g_iobuf.state == IOBUF_CLOSING;
	if (is_closing) {
		g_iobuf.disarm_cb = cb_fn;
		g_iobuf.disarm_arg = cb_arg;
	}
	pthread_mutex_unlock(&g_iobuf.lock);
	if (!is_closing) {
		spdk_iobuf_finish(cb_fn, cb_arg);
	}
}

/* What the modules that are still registered did not give back, as text. */
static void
describe_holders(int64_t others[IOBUF_SIZE_COUNT], char *out, size_t size)
{
	struct iobuf_module *module;
	int64_t small, large;
	size_t length = 0;

	out[0] = '\0';
	TAILQ_FOREACH (module, &g_iobuf.modules, link) {
		small = atomic_load_explicit(&module->out[IOBUF_SMALL], memory_order_relaxed);
		large = atomic_load_explicit(&module->out[IOBUF_LARGE], memory_order_relaxed);
		others[IOBUF_SMALL] -= small;
		others[IOBUF_LARGE] -= large;
		if ((small != 0 || large != 0) && length < size) {
			length += snprintf(out + length, size - length,
					   "module '%s' %" PRId64 " small and %" PRId64 " large, ",
					   module->name, small, large);
		}
	}
}

static void
report_missing(void)
{
	int64_t missing[IOBUF_SIZE_COUNT], others[IOBUF_SIZE_COUNT];
	char holders[512];
	int size;

	for (size = 0; size < IOBUF_SIZE_COUNT; size++) {
		missing[size] =
			g_iobuf.pools[size].count - iobuf_pool_free_count(&g_iobuf.pools[size]);
		others[size] = missing[size];
	}
	if (missing[IOBUF_SMALL] == 0 && missing[IOBUF_LARGE] == 0) {
		return;
	}
	describe_holders(others, holders, sizeof(holders));
	SPDK_WARNLOG("spdk_iobuf_finish(): %" PRId64 " small and %" PRId64
		     " large buffers were not "
		     "given back: %sothers %" PRId64 " and %" PRId64 ". Their memory is freed now; "
		     "call spdk_iobuf_put() for each buffer before its channel is closed.\n",
		     missing[IOBUF_SMALL], missing[IOBUF_LARGE], holders, others[IOBUF_SMALL],
		     others[IOBUF_LARGE]);
}

static void
finish_done(void *io_device)
{
	spdk_iobuf_finish_cb cb_fn, disarm_cb;
	void *cb_arg, *disarm_arg;
	int size;

	pthread_mutex_lock(&g_iobuf.lock);
	report_missing();
	for (size = 0; size < IOBUF_SIZE_COUNT; size++) {
		iobuf_pool_close(&g_iobuf.pools[size]);
	}
	iobuf_module_forget_all();
	g_iobuf.state = IOBUF_CLOSED;
	cb_fn = g_iobuf.finish_cb;
	cb_arg = g_iobuf.finish_arg;
	disarm_cb = g_iobuf.disarm_cb;
	disarm_arg = g_iobuf.disarm_arg;
	g_iobuf.disarm_cb = NULL;
	pthread_mutex_unlock(&g_iobuf.lock);
	if (cb_fn != NULL) {
		cb_fn(cb_arg);
	}
	if (disarm_cb != NULL) {
		disarm_cb(disarm_arg);
	}
}

void
spdk_iobuf_finish(spdk_iobuf_finish_cb cb_fn, void *cb_arg)
{
	enum iobuf_state state;

	pthread_mutex_lock(&g_iobuf.lock);
	state = g_iobuf.state;
	if (state == IOBUF_OPEN && spdk_get_thread() != NULL) {
		g_iobuf.state = IOBUF_CLOSING;
		g_iobuf.finish_cb = cb_fn;
		g_iobuf.finish_arg = cb_arg;
	} else if (state == IOBUF_CLOSED) {
		iobuf_module_forget_all();
	}
	pthread_mutex_unlock(&g_iobuf.lock);
	if (state == IOBUF_CLOSED) {
		/* Nothing to wait for: an application that failed to start ends the same way. */
		if (cb_fn != NULL) {
			cb_fn(cb_arg);
		}
	} else if (state == IOBUF_CLOSING) {
		SPDK_ERRLOG("spdk_iobuf_finish(): called a second time before the callback of the "
			    "first call; this callback will not run.\n");
	} else if (spdk_get_thread() == NULL) {
		SPDK_ERRLOG("spdk_iobuf_finish(): not on an SPDK thread; send a message with "
			    "spdk_thread_send_msg(). The pools stay.\n");
	} else {
		spdk_io_device_unregister(&g_iobuf, finish_done);
	}
}
