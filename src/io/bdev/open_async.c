/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Opening devices that are not there yet.
 *
 * One that waits is in the list, and is tried when its name appears. Everything else of it happens
 * on its thread: the tries, the deadline, the callback.
 *
 * A1  `messages` counts tries on their way. It is freed by its end or by the last of them,
 * whichever is later.
 */
#include "device.h"
#include "spdk/log.h"
#include "spdk/util.h"

/* 30 years; what is more would overflow when it is counted in ticks. */
#define TIMEOUT_MS_MAX (UINT64_C(1) << 40)

struct open_async {
	struct bdev_open_request request;
	char *name;
	spdk_bdev_open_async_cb_t open_cb;
	void *open_cb_arg;
	struct spdk_thread *thread;
	struct spdk_poller *deadline; /* NULL: it does not wait */
	uint32_t messages;
	bool is_cancelled;
	bool is_done;
	TAILQ_ENTRY(open_async) link;
};

static TAILQ_HEAD(, open_async) g_opens = TAILQ_HEAD_INITIALIZER(g_opens);

static void
free_open(struct open_async *open)
{
	free(open->name);
	free(open);
}

static void
end(struct open_async *open, struct spdk_bdev_desc *desc, int rc)
{
	spdk_bdev_open_async_cb_t open_cb = open->open_cb;
	void *open_cb_arg = open->open_cb_arg;
	bool is_last;

	spdk_poller_unregister(&open->deadline);
	bdev_lock();
	TAILQ_REMOVE(&g_opens, open, link);
	open->is_done = true;
	is_last = open->messages == 0;
	bdev_unlock();
	if (is_last) {
		free_open(open);
	}
	open_cb(desc, rc, open_cb_arg);
}

static void
try_to_open(void *arg)
{
	struct open_async *open = arg;
	struct spdk_bdev_desc *desc = NULL;
	bool is_done, is_last, is_cancelled;
	int rc;

	bdev_lock();
	open->messages--;
	is_done = open->is_done;
	is_last = open->messages == 0;
	is_cancelled = open->is_cancelled;
	bdev_unlock();
	if (is_done) {
		if (is_last) {
			free_open(open);
		}
		return;
	}
	rc = is_cancelled ? -ESHUTDOWN : bdev_open(&open->request, &desc);
	if (rc != -ENODEV || open->deadline == NULL) {
		end(open, desc, rc);
	}
}

static int
pass_deadline(void *arg)
{
	end(arg, NULL, -ETIMEDOUT);
	return SPDK_POLLER_BUSY;
}

static void
send_try_locked(struct open_async *open)
{
	open->messages++;
	if (spdk_thread_send_msg(open->thread, try_to_open, open) != 0) {
		/* Nobody is there any more to be told. */
		open->messages--;
	}
}

void
bdev_open_async_wake(const char *name)
{
	struct open_async *open;

	bdev_lock();
	TAILQ_FOREACH (open, &g_opens, link) {
		if (strcmp(open->name, name) == 0) {
			send_try_locked(open);
		}
	}
	bdev_unlock();
}

void
bdev_open_async_cancel(void)
{
	struct open_async *open;

	bdev_lock();
	TAILQ_FOREACH (open, &g_opens, link) {
		open->is_cancelled = true;
		send_try_locked(open);
	}
	bdev_unlock();
}

static int
take_timeout(const struct spdk_bdev_open_async_opts *opts, uint64_t *out_timeout_ms)
{
	*out_timeout_ms = 0;
	if (opts == NULL) {
		return 0;
	}
	if (opts->size == 0) {
		SPDK_ERRLOG("spdk_bdev_open_async(): the opts have size 0: set their member "
			    "'size'.\n");
		return -EINVAL;
	}
	if (opts->size > offsetof(struct spdk_bdev_open_async_opts, timeout_ms)) {
		*out_timeout_ms = opts->timeout_ms;
	}
	return 0;
}

static uint64_t
us_of_ms(uint64_t ms)
{
	return spdk_min(ms, TIMEOUT_MS_MAX) * 1000;
}

static int
begin(const struct bdev_open_request *request, uint64_t timeout_ms,
      spdk_bdev_open_async_cb_t open_cb, void *open_cb_arg)
{
	struct open_async *open = calloc(1, sizeof(*open));

	if (open == NULL) {
		return -ENOMEM;
	}
	open->name = strdup(request->name);
	open->request = *request;
	open->request.name = open->name;
	open->open_cb = open_cb;
	open->open_cb_arg = open_cb_arg;
	open->thread = spdk_get_thread();
	if (open->name == NULL) {
		goto free;
	}
	if (timeout_ms > 0) {
		open->deadline = spdk_poller_register_named(
			pass_deadline, open, us_of_ms(timeout_ms), "bdev_open_async");
		if (open->deadline == NULL) {
			goto free;
		}
	}
	bdev_lock();
	TAILQ_INSERT_TAIL(&g_opens, open, link);
	send_try_locked(open);
	bdev_unlock();
	return 0;

free:
	free_open(open);
	return -ENOMEM;
}

int
spdk_bdev_open_async(const char *bdev_name, bool write, spdk_bdev_event_cb_t event_cb,
		     void *event_ctx, struct spdk_bdev_open_async_opts *opts,
		     spdk_bdev_open_async_cb_t open_cb, void *open_cb_arg)
{
	struct bdev_open_request request = {
		.name = bdev_name,
		.write = write,
		.event_cb = event_cb,
		.event_ctx = event_ctx,
		.opened_at = __builtin_return_address(0),
	};
	uint64_t timeout_ms;
	int rc;

	if (!bdev_open_is_valid(&request, __func__)) {
		return -EINVAL;
	}
	if (open_cb == NULL) {
		SPDK_ERRLOG("spdk_bdev_open_async(): bdev %s is not opened without a callback that "
			    "is given the descriptor.\n",
			    bdev_name);
		return -EINVAL;
	}
	rc = take_timeout(opts, &timeout_ms);
	return rc != 0 ? rc : begin(&request, timeout_ms, open_cb, open_cb_arg);
}
