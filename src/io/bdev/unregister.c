/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of a device, from READY on; register.c has the states.
 *
 * U1  What follows UNREGISTERING happens on the thread that has called spdk_bdev_unregister(). A
 *     poller, which says after a while what the device waits for, keeps that thread from exiting.
 * U2  After destruct() has returned 0, or in spdk_bdev_destruct_done(), the memory of the device is
 *     the module's again: what is still to do is in its struct bdev_end.
 */
#include "device.h"
#include "spdk/log.h"
#include "spdk/notify.h"
#include "spdk/util.h"

/* A device that has been unregistering for so long says what it waits for. */
uint64_t g_bdev_patience_us = 5000000;

enum end_phase {
	END_USERS,    /* descriptors and holds */
	END_CHANNELS, /* that were got from descriptors */
	END_MODULE,   /* destruct() */
	END_TOLD,     /* its callback is on its way */
};

struct bdev_end {
	struct spdk_bdev *bdev;
	enum end_phase phase;
	struct spdk_thread *thread;
	struct spdk_poller *patience;
	/* For messages, when the device is the module's again. */
	char name[64];
	const char *module_name;
	spdk_bdev_unregister_cb cb_fn;
	void *cb_arg;
	int rc;
	/* destruct() has not returned, so that whoever is told does not free this yet. */
	bool is_in_destruct;
	TAILQ_ENTRY(bdev_end) link;
};

/* Those from spdk_bdev_unregister() on; there are rarely many. */
static TAILQ_HEAD(, bdev_end) g_ends = TAILQ_HEAD_INITIALIZER(g_ends);

struct bdev_end *
bdev_end_create(struct spdk_bdev *bdev)
{
	struct bdev_end *end = calloc(1, sizeof(*end));

	if (end != NULL) {
		end->bdev = bdev;
	}
	return end;
}

bool
bdev_ends_are_empty_locked(void)
{
	return TAILQ_EMPTY(&g_ends);
}

/* ---- Who keeps it ---- */

void
bdev_hold_locked(struct spdk_bdev *bdev)
{
	bdev->internal.holds++;
}

void
bdev_release(struct spdk_bdev *bdev)
{
	bool may_go;

	bdev_lock();
	bdev->internal.holds--;
	may_go = bdev_may_go_locked(bdev);
	bdev_unlock();
	if (may_go) {
		bdev_go(bdev);
	}
}

bool
bdev_may_go_locked(struct spdk_bdev *bdev)
{
	if (bdev->internal.status != SPDK_BDEV_STATUS_UNREGISTERING || bdev->internal.holds > 0 ||
	    !TAILQ_EMPTY(&bdev->internal.open_descs)) {
		return false;
	}
	bdev->internal.status = SPDK_BDEV_STATUS_REMOVING;
	bdev->internal.end->phase = END_CHANNELS;
	bdev_aliases_remove_locked(bdev);
	bdev_name_remove_locked(&bdev->internal.bdev_name);
	TAILQ_REMOVE(&g_bdev_manager.bdevs, bdev, internal.link);
	return true;
}

/* ---- The last steps ---- */

static void
tell(void *arg)
{
	struct bdev_end *end = arg;

	if (spdk_get_thread() == end->thread) {
		spdk_poller_unregister(&end->patience);
	}
	bdev_lock();
	TAILQ_REMOVE(&g_ends, end, link);
	bdev_unlock();
	if (end->cb_fn != NULL) {
		end->cb_fn(end->cb_arg, end->rc);
	}
	free(end);
	bdev_manager_device_gone();
}

/* On the thread of the end, or here where that was made to exit. */
static void
run_on_end_thread(struct bdev_end *end, spdk_msg_fn fn, void *arg)
{
	if (spdk_thread_send_msg(end->thread, fn, arg) != 0) {
		fn(arg);
	}
}

/* The one place that knows that nothing is left to do but to tell. */
static void
report(struct bdev_end *end, int rc)
{
	end->rc = rc;
	run_on_end_thread(end, tell, end);
}

static struct bdev_end *
find_end_locked(const struct spdk_bdev *bdev)
{
	struct bdev_end *end;

	TAILQ_FOREACH (end, &g_ends, link) {
		if (end->bdev == bdev && end->phase == END_MODULE) {
			return end;
		}
	}
	return NULL;
}

void
spdk_bdev_destruct_done(struct spdk_bdev *bdev, int bdeverrno)
{
	bool is_in_destruct = false;
	struct bdev_end *end;

	bdev_lock();
	end = find_end_locked(bdev);
	if (end != NULL) {
		end->phase = END_TOLD;
		end->rc = bdeverrno;
		is_in_destruct = end->is_in_destruct;
	}
	bdev_unlock();
	if (end == NULL) {
		SPDK_ERRLOG("spdk_bdev_destruct_done(%p): no bdev is being destructed there. It is "
			    "called once for each destruct() that returns 1.\n",
			    (void *)bdev);
	} else if (!is_in_destruct) {
		report(end, bdeverrno);
	}
}

static void
destruct(struct bdev_end *end)
{
	struct spdk_bdev *bdev = end->bdev;
	bool is_done;
	int rc;

	bdev_lock();
	end->phase = END_MODULE;
	end->is_in_destruct = true;
	bdev_unlock();
	rc = bdev->fn_table->destruct(bdev->ctxt);
	bdev_lock();
	end->is_in_destruct = false;
	is_done = end->phase == END_TOLD;
	if (rc <= 0) {
		end->phase = END_TOLD;
	}
	bdev_unlock();
	if (rc <= 0 && is_done) {
		SPDK_ERRLOG("Module %s has called spdk_bdev_destruct_done(), and its destruct() "
			    "has returned %d: it must return 1 then.\n",
			    end->module_name, rc);
	}
	if (is_done) {
		report(end, end->rc);
	} else if (rc <= 0) {
		report(end, rc);
	}
}

static void
channels_gone(void *io_device)
{
	struct spdk_bdev *bdev = SPDK_CONTAINEROF(io_device, struct spdk_bdev, internal);
	struct bdev_end *end = bdev->internal.end;

	bdev_free_internal(bdev);
	bdev->internal.end = NULL;
	destruct(end);
}

static void
go(void *arg)
{
	struct spdk_bdev *bdev = arg;

	(void)spdk_notify_send("bdev_unregister", bdev->name);
	bdev_queue_depth_free(bdev);
	bdev_channel_device_unregister(bdev, channels_gone);
}

void
bdev_go(struct spdk_bdev *bdev)
{
	struct bdev_end *end = bdev->internal.end;

	if (spdk_get_thread() == end->thread) {
		go(bdev);
	} else {
		run_on_end_thread(end, go, bdev);
	}
}

/* ---- Who is waited for ---- */

/* As many users of a device are named. */
#define USERS_NAMED 8

struct users {
	struct {
		const void *opened_at;
		uint64_t thread_id;
	} descs[USERS_NAMED];
	uint32_t desc_count;
	uint32_t holds;
	enum end_phase phase;
};

/* Names of functions are not looked up under the lock. */
static void
collect_users(struct bdev_end *end, struct users *out)
{
	struct spdk_bdev_desc *desc;

	memset(out, 0, sizeof(*out));
	bdev_lock();
	out->phase = end->phase;
	if (end->phase == END_USERS) {
		out->holds = end->bdev->internal.holds;
		TAILQ_FOREACH (desc, &end->bdev->internal.open_descs, link) {
			if (out->desc_count < USERS_NAMED) {
				out->descs[out->desc_count].opened_at = desc->opened_at;
				out->descs[out->desc_count].thread_id = desc->thread_id;
			}
			out->desc_count++;
		}
	}
	bdev_unlock();
}

static void
explain_users(const char *name, const struct users *users)
{
	char opener[BDEV_OPENER_SIZE];
	uint32_t i;

	SPDK_ERRLOG("Bdev %s is being unregistered, and waits for %u descriptor(s) to be closed by "
		    "spdk_bdev_close(), and for %u function(s) that examine or walk over it:\n",
		    name, users->desc_count, users->holds);
	for (i = 0; i < spdk_min(users->desc_count, USERS_NAMED); i++) {
		SPDK_ERRLOG("  opened by %s\n",
			    bdev_opener_text(users->descs[i].opened_at, users->descs[i].thread_id,
					     opener, sizeof(opener)));
	}
}

/* Once; whoever has been told needs no second time. */
static int
lose_patience(void *arg)
{
	struct bdev_end *end = arg;
	struct users users;

	collect_users(end, &users);
	switch (users.phase) {
	case END_USERS:
		explain_users(end->name, &users);
		break;
	case END_CHANNELS:
		SPDK_ERRLOG("Bdev %s is being unregistered, and waits for channels that were got "
			    "by spdk_bdev_get_io_channel() and not put: put each before its "
			    "descriptor is closed.\n",
			    end->name);
		break;
	case END_MODULE:
		SPDK_ERRLOG("Bdev %s is being unregistered, and waits for module %s: its "
			    "destruct() returned 1, and it has not called "
			    "spdk_bdev_destruct_done().\n",
			    end->name, end->module_name);
		break;
	case END_TOLD:
		break;
	}
	spdk_poller_unregister(&end->patience);
	return SPDK_POLLER_BUSY;
}

/* ---- The first step ---- */

/* What is wrong with unregistering it, NULL: nothing. */
static const char *
begin_locked(struct spdk_bdev *bdev)
{
	if (bdev->internal.status == SPDK_BDEV_STATUS_UNREGISTERING ||
	    bdev->internal.status == SPDK_BDEV_STATUS_REMOVING) {
		return "is being unregistered, or was, already";
	}
	if (bdev->internal.status != SPDK_BDEV_STATUS_READY) {
		return "is not registered";
	}
	bdev->internal.status = SPDK_BDEV_STATUS_UNREGISTERING;
	return NULL;
}

/* The device is UNREGISTERING and held. */
static void
unregister(struct spdk_bdev *bdev, spdk_bdev_unregister_cb cb_fn, void *cb_arg)
{
	struct bdev_end *end = bdev->internal.end;

	end->thread = spdk_get_thread();
	end->cb_fn = cb_fn;
	end->cb_arg = cb_arg;
	snprintf(end->name, sizeof(end->name), "%s", bdev->name);
	end->module_name = spdk_bdev_get_module_name(bdev);
	end->patience = SPDK_POLLER_REGISTER(lose_patience, end, g_bdev_patience_us);
	bdev_lock();
	end->phase = END_USERS;
	TAILQ_INSERT_TAIL(&g_ends, end, link);
	bdev_notify_locked(bdev, SPDK_BDEV_EVENT_REMOVE);
	bdev_unlock();
	bdev_release(bdev);
}

void
spdk_bdev_unregister(struct spdk_bdev *bdev, spdk_bdev_unregister_cb cb_fn, void *cb_arg)
{
	const char *fault;

	if (spdk_get_thread() == NULL) {
		SPDK_ERRLOG("Bdev %s cannot be unregistered on no spdk_thread: send a message to "
			    "the app thread.\n",
			    bdev->name);
		if (cb_fn != NULL) {
			cb_fn(cb_arg, -EINVAL);
		}
		return;
	}
	bdev_lock();
	fault = begin_locked(bdev);
	if (fault == NULL) {
		bdev_hold_locked(bdev);
	}
	bdev_unlock();
	if (fault == NULL) {
		unregister(bdev, cb_fn, cb_arg);
		return;
	}
	SPDK_ERRLOG("spdk_bdev_unregister(): bdev %p %s.\n", (void *)bdev, fault);
	if (cb_fn != NULL) {
		cb_fn(cb_arg, -EBUSY);
	}
}

int
spdk_bdev_unregister_by_name(const char *bdev_name, struct spdk_bdev_module *module,
			     spdk_bdev_unregister_cb cb_fn, void *cb_arg)
{
	struct spdk_bdev *bdev;
	int rc = 0;

	bdev_lock();
	bdev = bdev_find_locked(bdev_name);
	if (bdev == NULL || bdev->module != module) {
		rc = -ENODEV;
	} else if (begin_locked(bdev) != NULL) {
		rc = -EBUSY;
	} else {
		bdev_hold_locked(bdev);
	}
	bdev_unlock();
	if (rc == 0) {
		unregister(bdev, cb_fn, cb_arg);
	}
	return rc;
}
