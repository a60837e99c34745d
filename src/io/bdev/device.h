/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files share that are about devices, not about I/O: manager, module, name, register,
 * desc, claim, examine, open_async, media.
 *
 * All of it is guarded by bdev_lock(). Functions named ..._locked() want it held; none of the
 * others may be called with it. Messages are sent under it, since what they are sent to must stand
 * still; callbacks and functions of modules never run under it.
 */
#ifndef SPINDLE_BDEV_DEVICE_H
#define SPINDLE_BDEV_DEVICE_H

#include "base/log/symbolize.h"
#include "bdev_internal.h"

/* ---- opts.c ---- */

#define BDEV_REASON_SIZE 160

/* 0, or -EINVAL and why. */
int bdev_check_opts(const struct spdk_bdev_opts *opts, char *reason, size_t size);

/* ---- manager.c ---- */

/* Whether devices may be registered: not any more when the last was unregistered at the end. */
bool bdev_manager_takes_devices(void);
/* A device is registered. */
void bdev_manager_device_added(void);
/* A device has gone, and its callback has run. Any thread. */
void bdev_manager_device_gone(void);

/* ---- module.c ---- */

/* Who waits until no initialisation or examination is under way; in its caller's memory. */
struct bdev_idle_wait {
	spdk_bdev_wait_for_examine_cb cb_fn;
	void *cb_arg;
	struct spdk_thread *thread;
	TAILQ_ENTRY(bdev_idle_wait) link;
};

/* In the order of their initialisation. */
struct spdk_bdev_module *bdev_module_first(void);
struct spdk_bdev_module *bdev_module_next(struct spdk_bdev_module *module);

/* Bytes of the largest context of an I/O. */
uint32_t bdev_modules_ctx_size(void);
/* Calls each module_init(), up to the first that fails; its error. */
int bdev_modules_init(void);
void bdev_modules_init_complete(void);

/* Something of the module's begins that it reports the end of; `module` NULL: of the library's. */
void bdev_action_begin(struct spdk_bdev_module *module);
void bdev_action_end(struct spdk_bdev_module *module);
/* cb_fn runs, from a message to the current thread, when nothing is under way. */
void bdev_wait_until_idle(struct bdev_idle_wait *wait);
/* cb_fn does not run, unless it is on its way. */
void bdev_stop_waiting(struct bdev_idle_wait *wait);
/* Logs which modules have not reported back, and what. */
void bdev_modules_explain_waiting(void);

/* What ends a module's step that may take its time; see spdk_bdev_module_fini_done(). */
void bdev_modules_fini_start(spdk_msg_fn done_fn);
void bdev_modules_fini(spdk_msg_fn done_fn);

/* ---- name.c ---- */

/* 0, -EEXIST or -ENOMEM. `name` is copied. */
int bdev_name_add(struct spdk_bdev_name *node, struct spdk_bdev *bdev, const char *name);
/* An alias, of a device that may still be on its way to READY. */
int bdev_alias_add_unchecked(struct spdk_bdev *bdev, const char *alias);
/* Frees the copy. */
void bdev_name_remove_locked(struct spdk_bdev_name *node);
struct spdk_bdev *bdev_find_locked(const char *name);
void bdev_aliases_remove_locked(struct spdk_bdev *bdev);

/* ---- check.c ---- */

/* 0, or -EINVAL after a message. */
int bdev_check(const struct spdk_bdev *bdev);
/* For a device that is well. */
void bdev_set_defaults(struct spdk_bdev *bdev);

/* ---- register.c ---- */

/* What I/O has made of a device's. */
void bdev_free_internal(struct spdk_bdev *bdev);

/* ---- unregister.c ---- */

/* A device that has been unregistering for so long says what it waits for. */
extern uint64_t g_bdev_patience_us;

/* NULL: no memory. free() it where the device is not registered after all. */
struct bdev_end *bdev_end_create(struct spdk_bdev *bdev);

/* Holds keep a registered device from going, as a descriptor does, without being told of anything.
 */
void bdev_hold_locked(struct spdk_bdev *bdev);
void bdev_release(struct spdk_bdev *bdev);
/* A descriptor or a hold has gone: whether the caller must call bdev_go(), without the lock. */
bool bdev_may_go_locked(struct spdk_bdev *bdev);
void bdev_go(struct spdk_bdev *bdev);
/* Whether no device is being unregistered. */
bool bdev_ends_are_empty_locked(void);

/* ---- desc.c ---- */

struct bdev_open_request {
	const char *name;
	bool write;
	bool hide_metadata;
	spdk_bdev_event_cb_t event_cb;
	void *event_ctx;
	const void *opened_at;
};

/* Whether it can be carried out at all; a message says what is wrong. */
bool bdev_open_is_valid(const struct bdev_open_request *request, const char *function);
int bdev_open(const struct bdev_open_request *request, struct spdk_bdev_desc **out_desc);
/* Tells each descriptor, on its thread, unless it is closed before. */
void bdev_notify_locked(struct spdk_bdev *bdev, enum spdk_bdev_event_type type);
void bdev_notify_desc_locked(struct spdk_bdev_desc *desc, enum spdk_bdev_event_type type);

#define BDEV_OPENER_SIZE (SYMBOLIZE_SIZE + 64)

/* "function (file.c:12) on thread name": who opened a descriptor. */
const char *bdev_opener_text(const void *opened_at, uint64_t thread_id, char *text, size_t size);

/* ---- open_async.c ---- */

/* There is a new name: whoever waits for it tries again. */
void bdev_open_async_wake(const char *name);
/* Ends all that wait, with -ESHUTDOWN. */
void bdev_open_async_cancel(void);

/* ---- claim.c ---- */

/* Room for most of what bdev_claim_text() writes. */
#define BDEV_CLAIM_TEXT_SIZE 256

/* "claimed by module split (exclusive_write)" */
const char *bdev_claim_text_locked(const struct spdk_bdev *bdev, char *text, size_t size);
/* Whether the module has a claim. */
bool bdev_is_claimed_by_locked(const struct spdk_bdev *bdev, const struct spdk_bdev_module *module);
/* What a descriptor that is closed has claimed. */
void bdev_claim_end_locked(struct spdk_bdev_desc *desc);

/* ---- examine.c ---- */

/* A device is new; whoever calls holds it. */
void bdev_examine(struct spdk_bdev *bdev);
/* The names that spdk_bdev_examine() was called with, as calls of its method. */
void bdev_examine_write_config(struct spdk_json_write_ctx *w);
void bdev_examine_forget(void);

/* ---- walk.c ---- */

/* A device that is READY, with a hold; NULL: there is none of that name. */
struct spdk_bdev *bdev_get_held(const char *name);

/* ---- media.c ---- */

/* At any time but twice. */
void bdev_media_free(struct spdk_bdev_desc *desc);

#endif
