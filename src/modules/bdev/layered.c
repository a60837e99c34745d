/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * layered.h has the states, and what holds in them.
 */
#include "modules/bdev/layered.h"
#include "runtime/io_devices.h"
#include "spdk/json.h"
#include "spdk/log.h"
#include "spdk/string.h"

/* The device while there is a base. */
struct layered_bdev {
	struct spdk_bdev bdev;
	struct layered *layered;
	struct spdk_bdev_desc *base;
	/* That of the descriptor. */
	struct spdk_thread *thread;
	/* The module's. */
	void *kept;
};

/* ---- What is configured ---- */

static void
layered_put(struct layered *layered)
{
	if (--layered->refs == 0) {
		free(layered->name);
		free(layered->base_name);
		free(layered);
	}
}

struct layered *
layered_new(struct layered_type *type, const char *name, const char *base_name,
	    const struct spdk_uuid *uuid)
{
	struct layered *layered = calloc(1, type->size);

	if (layered == NULL) {
		return NULL;
	}
	layered->type = type;
	layered->refs = 1;
	layered->uuid = *uuid;
	layered->name = strdup(name);
	layered->base_name = strdup(base_name);
	if (layered->name == NULL || layered->base_name == NULL) {
		layered_put(layered);
		return NULL;
	}
	return layered;
}

struct layered *
layered_find(struct layered_type *type, const char *name)
{
	struct layered *layered;

	TAILQ_FOREACH (layered, &type->list, link) {
		if (strcmp(layered->name, name) == 0) {
			return layered;
		}
	}
	return NULL;
}

static void
forget(struct layered *layered)
{
	TAILQ_REMOVE(&layered->type->list, layered, link);
	layered_put(layered);
}

/* ---- Channels ---- */

static int
create_channel(void *io_device, void *ctx)
{
	struct layered_bdev *device = io_device;
	struct layered *layered = device->layered;
	struct layered_channel *ch = ctx;
	int rc = 0;

	ch->layered = layered;
	ch->kept = device->kept;
	ch->base.desc = device->base;
	ch->base.dif_check_flags = spdk_bdev_desc_get_bdev(device->base)->dif_check_flags;
	ch->base.ch = spdk_bdev_get_io_channel(device->base);
	if (ch->base.ch == NULL) {
		return -ENOMEM;
	}
	if (layered->type->init_channel != NULL) {
		rc = layered->type->init_channel(layered, ctx);
	}
	if (rc != 0) {
		spdk_put_io_channel(ch->base.ch);
	}
	return rc;
}

static void
destroy_channel(void *io_device, void *ctx)
{
	struct layered_bdev *device = io_device;
	struct layered_channel *ch = ctx;

	if (device->layered->type->fini_channel != NULL) {
		device->layered->type->fini_channel(device->layered, ctx);
	}
	spdk_put_io_channel(ch->base.ch);
}

struct visit {
	struct spdk_io_channel_iter *round;
	void (*fn)(void *channel);
	spdk_bdev_unregister_cb cb_fn;
	void *cb_arg;
};

static void
visit_channel(struct spdk_io_channel_iter *i)
{
	struct visit *visit = spdk_io_channel_iter_get_ctx(i);

	visit->fn(spdk_io_channel_get_ctx(spdk_io_channel_iter_get_channel(i)));
	spdk_for_each_channel_continue(i, 0);
}

static void
visited(struct spdk_io_channel_iter *i, int status)
{
	struct visit *visit = spdk_io_channel_iter_get_ctx(i);

	visit->cb_fn(visit->cb_arg, 0);
	io_devices_round_destroy(visit->round);
	free(visit);
}

int
layered_visit_channels(struct layered *layered, void (*fn)(void *channel),
		       spdk_bdev_unregister_cb cb_fn, void *cb_arg)
{
	struct visit *visit;

	if (layered->device == NULL) {
		cb_fn(cb_arg, 0);
		return 0;
	}
	visit = malloc(sizeof(*visit));
	if (visit == NULL) {
		return -ENOMEM;
	}
	*visit = (struct visit){io_devices_round_create(), fn, cb_fn, cb_arg};
	if (visit->round == NULL) {
		free(visit);
		return -ENOMEM;
	}
	io_devices_round_begin(visit->round, layered->device, visit_channel, visit, visited);
	return 0;
}

/* ---- The device: its end ---- */

static void
device_free(struct layered_bdev *device)
{
	if (device->kept != NULL) {
		device->layered->type->fini_device(device->kept);
	}
	layered_put(device->layered);
	free(device->bdev.name);
	free(device);
}

static void
close_base(void *desc)
{
	spdk_bdev_close(desc);
}

static void
release_base(struct layered_bdev *device)
{
	spdk_bdev_module_release_bdev(spdk_bdev_desc_get_bdev(device->base));
	if (device->thread == spdk_get_thread()) {
		spdk_bdev_close(device->base);
	} else {
		(void)spdk_thread_send_msg(device->thread, close_base, device->base);
	}
}

static void
channels_gone(void *io_device)
{
	struct layered_bdev *device = io_device;

	release_base(device);
	spdk_bdev_destruct_done(&device->bdev, 0);
	device_free(device);
}

int
layered_destruct(void *ctx)
{
	struct layered_bdev *device = ctx;

	if (device->layered->device == device) {
		device->layered->device = NULL;
	}
	spdk_io_device_unregister(device, channels_gone);
	return 1;
}

/* ---- The device: its beginning ---- */

static void
follow_size(struct layered_bdev *device, struct spdk_bdev *base)
{
	int rc = device->layered->type->keeps_size ?
			 -ENOTSUP :
			 spdk_bdev_notify_blockcnt_change(&device->bdev, base->blockcnt);

	if (rc != 0) {
		SPDK_ERRLOG("Bdev %s has %" PRIu64 " blocks now, and bdev %s on it keeps %" PRIu64
			    ": %s\n",
			    base->name, base->blockcnt, device->bdev.name, device->bdev.blockcnt,
			    spdk_strerror(-rc));
	}
}

static void
base_event(enum spdk_bdev_event_type type, struct spdk_bdev *base, void *ctx)
{
	struct layered_bdev *device = ctx;

	switch (type) {
	case SPDK_BDEV_EVENT_REMOVE:
		spdk_bdev_unregister(&device->bdev, NULL, NULL);
		break;
	case SPDK_BDEV_EVENT_RESIZE:
		follow_size(device, base);
		break;
	default:
		break;
	}
}

/* What the base wants of I/Os, and what it says of itself. Splitting is left to it. */
static void
copy_properties(struct spdk_bdev *bdev, const struct spdk_bdev *base)
{
	bdev->blocklen = base->blocklen;
	bdev->phys_blocklen = base->phys_blocklen;
	bdev->blockcnt = base->blockcnt;
	bdev->write_cache = base->write_cache;
	bdev->required_alignment = base->required_alignment;
	bdev->write_unit_size = base->write_unit_size;
	bdev->acwu = base->acwu;
	bdev->optimal_io_boundary = base->optimal_io_boundary;
	bdev->preferred_write_alignment = base->preferred_write_alignment;
	bdev->preferred_write_granularity = base->preferred_write_granularity;
	bdev->optimal_write_size = base->optimal_write_size;
	bdev->preferred_unmap_alignment = base->preferred_unmap_alignment;
	bdev->preferred_unmap_granularity = base->preferred_unmap_granularity;
	bdev->max_copy = base->max_copy;
	bdev->md_interleave = base->md_interleave;
	bdev->md_len = base->md_len;
	bdev->dif_type = base->dif_type;
	bdev->dif_pi_format = base->dif_pi_format;
	bdev->dif_is_head_of_md = base->dif_is_head_of_md;
	bdev->dif_check_flags = base->dif_check_flags;
	bdev->zoned = base->zoned;
	bdev->zone_size = base->zone_size;
	bdev->max_zone_append_size = base->max_zone_append_size;
	bdev->max_open_zones = base->max_open_zones;
	bdev->max_active_zones = base->max_active_zones;
	bdev->optimal_open_zones = base->optimal_open_zones;
	bdev->ctratt = base->ctratt;
	bdev->nsid = base->nsid;
	bdev->csi = base->csi;
	bdev->numa = base->numa;
}

static int
fill_bdev(struct layered_bdev *device, struct bdev_reason *reason)
{
	struct layered *layered = device->layered;
	struct layered_type *type = layered->type;
	struct spdk_bdev *base = spdk_bdev_desc_get_bdev(device->base), *bdev = &device->bdev;
	char base_uuid[SPDK_UUID_STRING_LEN];
	int rc;

	bdev->name = strdup(layered->name);
	if (bdev->name == NULL) {
		return -ENOMEM;
	}
	bdev->product_name = (char *)(uintptr_t)type->product_name;
	bdev->uuid = layered->uuid;
	copy_properties(bdev, base);
	bdev->ctxt = device;
	bdev->fn_table = type->fn_table;
	bdev->module = type->module;
	if (type->init_device != NULL) {
		rc = type->init_device(layered, bdev, base, &device->kept, reason);
		if (rc != 0) {
			return rc;
		}
	}
	if (!spdk_uuid_is_null(&bdev->uuid)) {
		return 0;
	}
	spdk_uuid_fmt_lower(base_uuid, sizeof(base_uuid), &base->uuid);
	return spdk_uuid_generate_sha1(&bdev->uuid, &type->name_space, base_uuid,
				       strlen(base_uuid));
}

static int
open_base(struct layered_bdev *device, struct bdev_reason *reason)
{
	struct layered *layered = device->layered;
	int rc;

	rc = spdk_bdev_open_ext(layered->base_name, true, base_event, device, &device->base);
	if (rc == 0) {
		rc = spdk_bdev_module_claim_bdev(spdk_bdev_desc_get_bdev(device->base),
						 device->base, layered->type->module);
		if (rc != 0) {
			spdk_bdev_close(device->base);
		}
	}
	if (rc == -EPERM) {
		return bdev_refuse(reason, rc, "bdev '%s' is claimed already", layered->base_name);
	}
	return rc;
}

static void
never_registered(void *io_device)
{
	device_free(io_device);
}

/* -ENODEV: there is no base. */
static int
go_online(struct layered *layered, struct bdev_reason *reason)
{
	struct layered_bdev *device = calloc(1, sizeof(*device));
	int rc;

	if (device == NULL) {
		return -ENOMEM;
	}
	layered->refs++;
	device->layered = layered;
	device->thread = spdk_get_thread();
	rc = open_base(device, reason);
	if (rc != 0) {
		goto free_device;
	}
	rc = fill_bdev(device, reason);
	if (rc != 0) {
		goto release_base;
	}
	spdk_io_device_register(device, create_channel, destroy_channel,
				layered->type->channel_size, layered->name);
	if (!io_devices_have(device)) {
		rc = -ENOMEM;
		goto release_base;
	}
	rc = spdk_bdev_register(&device->bdev);
	if (rc != 0) {
		release_base(device);
		spdk_io_device_unregister(device, never_registered);
		return rc;
	}
	layered->device = device;
	return 0;

release_base:
	release_base(device);
free_device:
	device_free(device);
	return rc;
}

/* ---- From outside ---- */

static int
check(const struct layered *layered, struct bdev_reason *reason)
{
	if (layered->name[0] == '\0' || layered->base_name[0] == '\0') {
		return bdev_refuse(reason, -EINVAL, "the name of the bdev or of its base is empty");
	}
	if (strcmp(layered->name, layered->base_name) == 0) {
		return bdev_refuse(reason, -EINVAL, "'%s' cannot be its own base", layered->name);
	}
	if (layered_find(layered->type, layered->name) != NULL) {
		return bdev_refuse(reason, -EEXIST, "'%s' is configured already", layered->name);
	}
	return 0;
}

int
layered_add(struct layered *layered, struct bdev_reason *out_reason)
{
	int rc = check(layered, out_reason);

	if (rc != 0) {
		layered_put(layered);
		return rc;
	}
	TAILQ_INSERT_TAIL(&layered->type->list, layered, link);
	rc = go_online(layered, out_reason);
	if (rc == -ENODEV) {
		SPDK_NOTICELOG("Bdev %s will be made when there is a bdev %s for it.\n",
			       layered->name, layered->base_name);
		return 0;
	}
	if (rc != 0) {
		forget(layered);
	}
	return rc;
}

void
layered_delete(struct layered_type *type, const char *name, spdk_bdev_unregister_cb cb_fn,
	       void *cb_arg)
{
	struct layered *layered = layered_find(type, name);
	struct layered_bdev *device;

	if (layered == NULL) {
		cb_fn(cb_arg, -ENODEV);
		return;
	}
	device = layered->device;
	forget(layered); /* The device has it still. */
	if (device != NULL) {
		spdk_bdev_unregister(&device->bdev, cb_fn, cb_arg);
	} else {
		cb_fn(cb_arg, 0);
	}
}

void
layered_answer_delete(struct spdk_jsonrpc_request *request, struct layered_type *type,
		      const char *name)
{
	if (layered_find(type, name) != NULL) {
		layered_delete(type, name, bdev_answer_done, request);
	} else {
		bdev_answer_delete(request, name, type->module);
	}
}

bool
bdev_is_named(const struct spdk_bdev *bdev, const char *name)
{
	const struct spdk_bdev_alias *alias;

	if (strcmp(bdev->name, name) == 0) {
		return true;
	}
	TAILQ_FOREACH (alias, spdk_bdev_get_aliases(bdev), tailq) {
		if (strcmp(alias->alias.name, name) == 0) {
			return true;
		}
	}
	return false;
}

void
layered_examine(struct layered_type *type, struct spdk_bdev *bdev)
{
	struct bdev_reason reason = {""};
	struct layered *layered, *next;
	int rc;

	TAILQ_FOREACH_SAFE (layered, &type->list, link, next) {
		if (layered->device != NULL || !bdev_is_named(bdev, layered->base_name)) {
			continue;
		}
		rc = go_online(layered, &reason);
		if (rc != 0) {
			SPDK_ERRLOG("Bdev %s cannot be made on bdev %s: %s%s%s\n", layered->name,
				    bdev->name, spdk_strerror(-rc),
				    reason.text[0] != '\0' ? ": " : "", reason.text);
		}
	}
	spdk_bdev_module_examine_done(type->module);
}

void
layered_write_uuid(const struct layered *layered, struct spdk_json_write_ctx *w)
{
	if (!spdk_uuid_is_null(&layered->uuid)) {
		spdk_json_write_named_uuid(w, "uuid", &layered->uuid);
	}
}

void
layered_write_config(struct layered_type *type, struct spdk_json_write_ctx *w)
{
	struct layered *layered;

	TAILQ_FOREACH (layered, &type->list, link) {
		spdk_json_write_object_begin(w);
		spdk_json_write_named_string(w, "method", type->create_method);
		spdk_json_write_named_object_begin(w, "params");
		type->write_params(layered, w);
		spdk_json_write_object_end(w);
		spdk_json_write_object_end(w);
	}
}

void
layered_free_all(struct layered_type *type)
{
	while (!TAILQ_EMPTY(&type->list)) {
		forget(TAILQ_FIRST(&type->list));
	}
}

/* ---- For tables of functions ---- */

struct layered *
layered_of(void *ctx)
{
	struct layered_bdev *device = ctx;

	return device->layered;
}

void *
layered_kept(void *ctx)
{
	struct layered_bdev *device = ctx;

	return device->kept;
}

static struct spdk_bdev *
base_of(void *ctx)
{
	struct layered_bdev *device = ctx;

	return spdk_bdev_desc_get_bdev(device->base);
}

bool
layered_supports(void *ctx, enum spdk_bdev_io_type type)
{
	return spdk_bdev_io_type_supported(base_of(ctx), type);
}

struct spdk_io_channel *
layered_get_channel(void *ctx)
{
	return spdk_get_io_channel(ctx);
}

int
layered_get_memory_domains(void *ctx, struct spdk_memory_domain **domains, int array_size)
{
	return spdk_bdev_get_memory_domains(base_of(ctx), domains, array_size);
}

int
layered_get_memory_domain_types(void *ctx, enum spdk_dma_device_type *types, uint32_t array_size)
{
	return spdk_bdev_get_memory_domain_types(base_of(ctx), types, array_size);
}

bool
layered_runs_sequences(void *ctx, enum spdk_bdev_io_type type)
{
	return (base_of(ctx)->accel_sequence_supported & 1u << type) != 0;
}
