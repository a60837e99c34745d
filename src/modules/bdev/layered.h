/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices that lie on one other device, the base, whether that is there or not.
 *
 * What is configured (struct layered) stays until it is deleted. While the base is there, so is a
 * device on it:
 *
 *   state    holds                                        left by
 *   WAITING  layered.device is NULL                       layered_examine() of the base: ONLINE
 *   ONLINE   the base is open and claimed, the device     removal of the base, or of the device by
 *            is registered                                somebody else: WAITING
 *
 * and layered_delete() ends either. A device that is on its way out belongs to nobody's state: the
 * base may come back before it is gone.
 *
 * L1  All but channels and I/O is the app thread's.
 * L2  A struct layered is freed when it is deleted and has no device that still goes.
 */
#ifndef SPINDLE_MODULES_BDEV_LAYERED_H
#define SPINDLE_MODULES_BDEV_LAYERED_H

#include "modules/bdev/answer.h"
#include "modules/bdev/forward.h"
#include "spdk/bdev_module.h"

struct layered;
struct layered_bdev;

/* A module's kind. */
struct layered_type {
	struct spdk_bdev_module *module;
	const char *product_name;
	const struct spdk_bdev_fn_table *fn_table;
	/* Its UUIDs are made from this and the base's. */
	struct spdk_uuid name_space;
	/* Of the module's struct that begins with struct layered. */
	size_t size;
	/* Of the module's struct that begins with struct layered_channel. */
	uint32_t channel_size;
	/*
	 * What else a device needs, and where it is not like its base; both may be NULL. What is
	 * kept for it is layered_kept(), and may be NULL, too.
	 */
	int (*init_device)(struct layered *layered, struct spdk_bdev *bdev, struct spdk_bdev *base,
			   void **out_kept, struct bdev_reason *out_reason);
	void (*fini_device)(void *kept);
	/* The size of the device does not follow that of its base. */
	bool keeps_size;
	/* What else a channel needs; both may be NULL. */
	int (*init_channel)(struct layered *layered, void *channel);
	void (*fini_channel)(struct layered *layered, void *channel);
	/* How one is saved. */
	const char *create_method;
	void (*write_params)(const struct layered *layered, struct spdk_json_write_ctx *w);

	TAILQ_HEAD(, layered) list;
};

struct layered {
	struct layered_type *type;
	char *name;
	char *base_name;
	/* As it was given; all zeros: it comes from the base. */
	struct spdk_uuid uuid;
	/* NULL: WAITING. */
	struct layered_bdev *device;
	/* By the list, and by each device. */
	uint32_t refs;
	TAILQ_ENTRY(layered) link;
};

struct layered_channel {
	struct bdev_base base;
	struct layered *layered;
	/* layered_kept() */
	void *kept;
};

/* One of type->size zeros with copies of these, or NULL: no memory. layered_add() takes it. */
struct layered *layered_new(struct layered_type *type, const char *name, const char *base_name,
			    const struct spdk_uuid *uuid);

/*
 * Makes it known, and its device, if the base is there.
 *
 * Errors: -EINVAL with a reason; -EEXIST, the name is another's; -EPERM, somebody else has claimed
 *   the base; -ENOMEM. `layered` is then freed.
 */
int layered_add(struct layered *layered, struct bdev_reason *out_reason);

/* `cb_fn` is told 0 when the device is gone, or -ENODEV at once: there is none. */
void layered_delete(struct layered_type *type, const char *name, spdk_bdev_unregister_cb cb_fn,
		    void *cb_arg);

/* layered_delete() that answers a request. */
void layered_answer_delete(struct spdk_jsonrpc_request *request, struct layered_type *type,
			   const char *name);

/* By its own name, or NULL. */
struct layered *layered_find(struct layered_type *type, const char *name);

/* By its name or an alias. */
bool bdev_is_named(const struct spdk_bdev *bdev, const char *name);

/* For examine_config(): makes devices whose base this is, and reports back. */
void layered_examine(struct layered_type *type, struct spdk_bdev *bdev);

/* For config_json() and module_fini(). */
void layered_write_config(struct layered_type *type, struct spdk_json_write_ctx *w);
void layered_free_all(struct layered_type *type);

/* A member "uuid", if one was given. */
void layered_write_uuid(const struct layered *layered, struct spdk_json_write_ctx *w);

/*
 * Calls `fn` with each channel of its device, on the channel's thread.
 *
 * Callback: `cb_fn` once with 0, when all are done; now, if there is no device.
 * Errors: -ENOMEM; neither is called then.
 */
int layered_visit_channels(struct layered *layered, void (*fn)(void *channel),
			   spdk_bdev_unregister_cb cb_fn, void *cb_arg);

/* ---- For tables of functions: ctx is that of the device ---- */

struct layered *layered_of(void *ctx);
void *layered_kept(void *ctx);
int layered_destruct(void *ctx);
bool layered_supports(void *ctx, enum spdk_bdev_io_type type);
struct spdk_io_channel *layered_get_channel(void *ctx);
int layered_get_memory_domains(void *ctx, struct spdk_memory_domain **domains, int array_size);
int
layered_get_memory_domain_types(void *ctx, enum spdk_dma_device_type *types, uint32_t array_size);
bool layered_runs_sequences(void *ctx, enum spdk_bdev_io_type type);

#endif
