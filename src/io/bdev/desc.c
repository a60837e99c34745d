/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptors: who uses a device, and what those are told.
 *
 * D1  A descriptor is in its device's open_descs from spdk_bdev_open_ext() to spdk_bdev_close(),
 *     and no device goes before that list is empty.
 * D2  It is closed on the thread that opened it, where its events arrive as well: one that arrives
 *     finds it open, or finds `closed` and does nothing.
 * D3  Each event on its way is counted in `refs`; the last one frees a descriptor that is closed.
 */
#include "device.h"
#include "spdk/log.h"
#include "spdk/notify.h"

const char *
bdev_opener_text(const void *opened_at, uint64_t thread_id, char *text, size_t size)
{
	struct spdk_thread *thread = spdk_thread_get_by_id(thread_id);
	char place[SYMBOLIZE_SIZE];

	symbolize(opened_at, place, sizeof(place));
	snprintf(text, size, "%s on thread %s", place,
		 thread != NULL ? spdk_thread_get_name(thread) : "that has exited");
	return text;
}

/* ---- Open ---- */

static int
attach_locked(struct spdk_bdev_desc *desc, const char *name)
{
	struct spdk_bdev *bdev = bdev_find_locked(name);

	if (bdev == NULL || bdev->internal.status != SPDK_BDEV_STATUS_READY) {
		return -ENODEV;
	}
	if (desc->write && bdev->internal.claim_type != SPDK_BDEV_CLAIM_NONE) {
		return -EPERM;
	}
	desc->bdev = bdev;
	/* Where there is none, whoever asks for it gets plain blocks, and no I/O pays for it. */
	desc->hide_metadata = desc->hide_metadata && spdk_bdev_is_md_interleaved(bdev);
	TAILQ_INSERT_TAIL(&bdev->internal.open_descs, desc, link);
	return 0;
}

/* The device may be another by now, or gone; then there is nothing to explain. */
static void
explain_claimed(const char *name)
{
	char claim[BDEV_CLAIM_TEXT_SIZE] = "";
	struct spdk_bdev *bdev;

	bdev_lock();
	bdev = bdev_find_locked(name);
	if (bdev != NULL && bdev->internal.claim_type != SPDK_BDEV_CLAIM_NONE) {
		bdev_claim_text_locked(bdev, claim, sizeof(claim));
	}
	bdev_unlock();
	if (claim[0] != '\0') {
		SPDK_ERRLOG("Bdev %s cannot be opened for writing: it is %s. Open it for reading, "
			    "or use what was built on it.\n",
			    name, claim);
	}
}

int
bdev_open(const struct bdev_open_request *request, struct spdk_bdev_desc **out_desc)
{
	struct spdk_bdev_desc *desc = calloc(1, sizeof(*desc));
	int rc;

	if (desc == NULL) {
		return -ENOMEM;
	}
	desc->thread = spdk_get_thread();
	desc->thread_id = spdk_thread_get_id(desc->thread);
	desc->event_cb = request->event_cb;
	desc->event_ctx = request->event_ctx;
	desc->write = request->write;
	desc->hide_metadata = request->hide_metadata;
	desc->opened_at = request->opened_at;
	bdev_lock();
	rc = attach_locked(desc, request->name);
	bdev_unlock();
	if (rc != 0) {
		free(desc);
		if (rc == -EPERM) {
			explain_claimed(request->name);
		}
		return rc;
	}
	*out_desc = desc;
	return 0;
}

bool
bdev_open_is_valid(const struct bdev_open_request *request, const char *function)
{
	if (request->name == NULL) {
		SPDK_ERRLOG("%s(): which bdev is to be opened was not said: the name is NULL.\n",
			    function);
		return false;
	}
	if (request->event_cb == NULL) {
		SPDK_ERRLOG("%s(): bdev %s is not opened without a callback for events: it must be "
			    "closed when it is removed, and that callback is told.\n",
			    function, request->name);
		return false;
	}
	if (spdk_get_thread() == NULL) {
		SPDK_ERRLOG("%s(): bdev %s cannot be opened on no spdk_thread: call it from a "
			    "message or poller.\n",
			    function, request->name);
		return false;
	}
	return true;
}

void
spdk_bdev_open_opts_init(struct spdk_bdev_open_opts *opts, size_t opts_size)
{
	if (opts == NULL || opts_size == 0) {
		SPDK_ERRLOG("spdk_bdev_open_opts_init(): there are no opts, or they have no "
			    "size.\n");
		return;
	}
	memset(opts, 0, opts_size);
	opts->size = opts_size;
}

static int
take_opts(const struct spdk_bdev_open_opts *opts, struct bdev_open_request *request)
{
	if (opts == NULL) {
		return 0;
	}
	if (opts->size == 0) {
		SPDK_ERRLOG("spdk_bdev_open_ext_v2(): the opts for bdev %s have size 0: call "
			    "spdk_bdev_open_opts_init().\n",
			    request->name);
		return -EINVAL;
	}
	if (opts->size > offsetof(struct spdk_bdev_open_opts, hide_metadata)) {
		request->hide_metadata = opts->hide_metadata;
	}
	return 0;
}

static int
open_with_opts(struct bdev_open_request *request, const struct spdk_bdev_open_opts *opts,
	       const char *function, struct spdk_bdev_desc **out_desc)
{
	int rc;

	if (!bdev_open_is_valid(request, function)) {
		return -EINVAL;
	}
	rc = take_opts(opts, request);
	return rc != 0 ? rc : bdev_open(request, out_desc);
}

int
spdk_bdev_open_ext(const char *bdev_name, bool write, spdk_bdev_event_cb_t event_cb,
		   void *event_ctx, struct spdk_bdev_desc **desc)
{
	struct bdev_open_request request = {
		.name = bdev_name,
		.write = write,
		.event_cb = event_cb,
		.event_ctx = event_ctx,
		.opened_at = __builtin_return_address(0),
	};

	return open_with_opts(&request, NULL, __func__, desc);
}

int
spdk_bdev_open_ext_v2(const char *bdev_name, bool write, spdk_bdev_event_cb_t event_cb,
		      void *event_ctx, struct spdk_bdev_open_opts *opts,
		      struct spdk_bdev_desc **desc)
{
	struct bdev_open_request request = {
		.name = bdev_name,
		.write = write,
		.event_cb = event_cb,
		.event_ctx = event_ctx,
		.opened_at = __builtin_return_address(0),
	};

	return open_with_opts(&request, opts, __func__, desc);
}

/* ---- Close ---- */

static void
close_here(void *arg)
{
	struct spdk_bdev_desc *desc = arg;
	struct spdk_bdev *bdev = desc->bdev;
	bool may_go, is_last;

	bdev_timeout_stop(desc);
	bdev_lock();
	bdev_claim_end_locked(desc);
	TAILQ_REMOVE(&bdev->internal.open_descs, desc, link);
	bdev_media_free(desc);
	desc->closed = true;
	is_last = desc->refs == 0;
	may_go = bdev_may_go_locked(bdev);
	bdev_unlock();
	if (is_last) {
		free(desc);
	}
	if (may_go) {
		bdev_go(bdev);
	}
}

void
spdk_bdev_close(struct spdk_bdev_desc *desc)
{
	struct spdk_thread *thread = spdk_get_thread();
	char opener[BDEV_OPENER_SIZE];

	if (thread == desc->thread) {
		close_here(desc);
		return;
	}
	SPDK_ERRLOG(
		"spdk_bdev_close(): the descriptor of bdev %s was opened by %s, and is closed on "
		"%s. It is sent there to be closed: call it there yourself.\n",
		spdk_bdev_get_name(desc->bdev),
		bdev_opener_text(desc->opened_at, desc->thread_id, opener, sizeof(opener)),
		thread != NULL ? spdk_thread_get_name(thread) : "no spdk_thread");
	if (spdk_thread_send_msg(desc->thread, close_here, desc) != 0) {
		/* Nothing of it can be used on a thread that has exited. */
		close_here(desc);
	}
}

/* ---- Events ---- */

static void
deliver(struct spdk_bdev_desc *desc, enum spdk_bdev_event_type type)
{
	bool is_closed, is_last;

	bdev_lock();
	desc->refs--;
	is_closed = desc->closed;
	is_last = desc->refs == 0;
	bdev_unlock();
	if (!is_closed) {
		desc->event_cb(type, desc->bdev, desc->event_ctx);
	} else if (is_last) {
		free(desc);
	}
}

static void
deliver_remove(void *arg)
{
	deliver(arg, SPDK_BDEV_EVENT_REMOVE);
}

static void
deliver_resize(void *arg)
{
	deliver(arg, SPDK_BDEV_EVENT_RESIZE);
}

static void
deliver_media_management(void *arg)
{
	deliver(arg, SPDK_BDEV_EVENT_MEDIA_MANAGEMENT);
}

void
bdev_notify_desc_locked(struct spdk_bdev_desc *desc, enum spdk_bdev_event_type type)
{
	static const spdk_msg_fn fns[] = {
		[SPDK_BDEV_EVENT_REMOVE] = deliver_remove,
		[SPDK_BDEV_EVENT_RESIZE] = deliver_resize,
		[SPDK_BDEV_EVENT_MEDIA_MANAGEMENT] = deliver_media_management,
	};

	desc->refs++;
	if (spdk_thread_send_msg(desc->thread, fns[type], desc) != 0) {
		desc->refs--;
	}
}

void
bdev_notify_locked(struct spdk_bdev *bdev, enum spdk_bdev_event_type type)
{
	struct spdk_bdev_desc *desc;

	TAILQ_FOREACH (desc, &bdev->internal.open_descs, link) {
		bdev_notify_desc_locked(desc, type);
	}
}

int
spdk_bdev_notify_blockcnt_change(struct spdk_bdev *bdev, uint64_t size)
{
	bool is_changed = false;
	uint64_t before;
	int rc = 0;

	bdev_lock();
	before = spdk_bdev_get_num_blocks(bdev);
	if (bdev->internal.status != SPDK_BDEV_STATUS_READY) {
		rc = -ENODEV;
	} else if (size < before && !TAILQ_EMPTY(&bdev->internal.open_descs)) {
		rc = -EBUSY; /* I/Os to the blocks that go may be under way. */
	} else if (size != before) {
		is_changed = true;
		/* Threads that submit look at it at any time. */
		__atomic_store_n(&bdev->blockcnt, size, __ATOMIC_RELAXED);
		bdev_notify_locked(bdev, SPDK_BDEV_EVENT_RESIZE);
	}
	bdev_unlock();
	if (is_changed) {
		(void)spdk_notify_send("bdev_resize", bdev->name);
	}
	return rc;
}
