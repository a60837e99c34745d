/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parts: devices that are a range of blocks of another, for modules such as split and gpt.
 *
 *   base  made by spdk_bdev_part_base_construct_ext(), which opens the device; freed by
 *         spdk_bdev_part_base_free(), or with its last part
 *   part  made by spdk_bdev_part_construct_ext(), which registers it, and claims the base for the
 *         first of them; freed by spdk_bdev_part_free() from its module's destruct()
 */
#include "part.h"
#include "runtime/io_devices.h"
#include "spdk/log.h"
#include "spdk/string.h"
#include "spdk/util.h"

/* ---- Base ---- */

struct spdk_bdev *
spdk_bdev_part_base_get_bdev(struct spdk_bdev_part_base *part_base)
{
	return part_base->bdev;
}

const char *
spdk_bdev_part_base_get_bdev_name(struct spdk_bdev_part_base *part_base)
{
	return part_base->bdev->name;
}

struct spdk_bdev_desc *
spdk_bdev_part_base_get_desc(struct spdk_bdev_part_base *part_base)
{
	return part_base->desc;
}

struct bdev_part_tailq *
spdk_bdev_part_base_get_tailq(struct spdk_bdev_part_base *part_base)
{
	return part_base->tailq;
}

void *
spdk_bdev_part_base_get_ctx(struct spdk_bdev_part_base *part_base)
{
	return part_base->ctx;
}

static void
close_base(void *arg)
{
	struct spdk_bdev_part_base *base = arg;

	spdk_bdev_close(base->desc);
	free(base);
}

void
spdk_bdev_part_base_free(struct spdk_bdev_part_base *base)
{
	if (base->free_fn != NULL) {
		base->free_fn(base->ctx);
	}
	if (base->thread == spdk_get_thread() ||
	    spdk_thread_send_msg(base->thread, close_base, base) != 0) {
		close_base(base);
	}
}

static void
base_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
	struct spdk_bdev_part_base *base = ctx;

	/* The end of parts does not move with that of their base: a resize changes none of them. */
	if (type == SPDK_BDEV_EVENT_REMOVE && base->remove_cb != NULL) {
		base->remove_cb(base);
	}
}

static struct spdk_io_channel *
get_channel(void *ctx)
{
	return spdk_get_io_channel(ctx);
}

static bool
supports(void *ctx, enum spdk_bdev_io_type type)
{
	struct spdk_bdev_part *part = ctx;

	return bdev_part_supports(part->internal.base->bdev, type);
}

/* Data that is remapped is touched here, so that it must be where we see it. */
static int
get_memory_domain_types(void *ctx, enum spdk_dma_device_type *types, uint32_t array_size)
{
	struct spdk_bdev_part *part = ctx;
	struct spdk_bdev *base = part->internal.base->bdev;

	return bdev_part_remaps(base) ? 0 :
					spdk_bdev_get_memory_domain_types(base, types, array_size);
}

static int
get_memory_domains(void *ctx, struct spdk_memory_domain **domains, int array_size)
{
	struct spdk_bdev_part *part = ctx;
	struct spdk_bdev *base = part->internal.base->bdev;

	return bdev_part_remaps(base) ? 0 : spdk_bdev_get_memory_domains(base, domains, array_size);
}

static void
complete_table(struct spdk_bdev_fn_table *table)
{
	table->get_io_channel = get_channel;
	table->io_type_supported = supports;
	if (table->get_memory_domain_types == NULL && table->get_memory_domains == NULL) {
		table->get_memory_domain_types = get_memory_domain_types;
		table->get_memory_domains = get_memory_domains;
	}
}

int
spdk_bdev_part_base_construct_ext(const char *bdev_name, spdk_bdev_remove_cb_t remove_cb,
				  struct spdk_bdev_module *module,
				  struct spdk_bdev_fn_table *fn_table,
				  struct bdev_part_tailq *tailq,
				  spdk_bdev_part_base_free_fn free_fn, void *ctx,
				  uint32_t channel_size, spdk_io_channel_create_cb ch_create_cb,
				  spdk_io_channel_destroy_cb ch_destroy_cb,
				  struct spdk_bdev_part_base **out_base)
{
	struct spdk_bdev_part_base *base = calloc(1, sizeof(*base));
	int rc;

	if (base == NULL) {
		return -ENOMEM;
	}
	base->thread = spdk_get_thread();
	base->remove_cb = remove_cb;
	base->module = module;
	base->fn_table = fn_table;
	base->tailq = tailq;
	base->free_fn = free_fn;
	base->ctx = ctx;
	base->channel_size = spdk_max(channel_size, sizeof(struct spdk_bdev_part_channel));
	base->channel_create_cb = ch_create_cb;
	base->channel_destroy_cb = ch_destroy_cb;
	rc = spdk_bdev_open_ext(bdev_name, false, base_event, base, &base->desc);
	if (rc != 0) {
		free(base);
		return rc;
	}
	base->bdev = spdk_bdev_desc_get_bdev(base->desc);
	complete_table(fn_table);
	*out_base = base;
	return 0;
}

void
spdk_bdev_part_base_hotremove(struct spdk_bdev_part_base *part_base, struct bdev_part_tailq *tailq)
{
	struct spdk_bdev_part *part, *next;

	for (part = TAILQ_FIRST(tailq); part != NULL; part = next) {
		next = TAILQ_NEXT(part, tailq);
		if (part->internal.base == part_base &&
		    part->internal.bdev.internal.status == SPDK_BDEV_STATUS_READY) {
			spdk_bdev_unregister(&part->internal.bdev, NULL, NULL);
		}
	}
}

/* ---- Channels of a part ---- */

static int
channel_create(void *io_device, void *ctx)
{
	struct spdk_bdev_part *part = io_device;
	struct spdk_bdev_part_base *base = part->internal.base;
	struct spdk_bdev_part_channel *ch = ctx;
	int rc;

	ch->part = part;
	ch->base_ch = spdk_bdev_get_io_channel(base->desc);
	if (ch->base_ch == NULL) {
		return -ENOMEM;
	}
	if (base->channel_create_cb == NULL) {
		return 0;
	}
	rc = base->channel_create_cb(io_device, ctx);
	if (rc != 0) {
		spdk_put_io_channel(ch->base_ch);
	}
	return rc;
}

static void
channel_destroy(void *io_device, void *ctx)
{
	struct spdk_bdev_part *part = io_device;
	struct spdk_bdev_part_channel *ch = ctx;

	if (part->internal.base->channel_destroy_cb != NULL) {
		part->internal.base->channel_destroy_cb(io_device, ctx);
	}
	spdk_put_io_channel(ch->base_ch);
}

/* ---- Part ---- */

struct spdk_bdev *
spdk_bdev_part_get_bdev(struct spdk_bdev_part *part)
{
	return &part->internal.bdev;
}

struct spdk_bdev_part_base *
spdk_bdev_part_get_base(struct spdk_bdev_part *part)
{
	return part->internal.base;
}

struct spdk_bdev *
spdk_bdev_part_get_base_bdev(struct spdk_bdev_part *part)
{
	return part->internal.base->bdev;
}

uint64_t
spdk_bdev_part_get_offset_blocks(struct spdk_bdev_part *part)
{
	return part->internal.offset_blocks;
}

void
spdk_bdev_part_construct_opts_init(struct spdk_bdev_part_construct_opts *opts, uint64_t size)
{
	if (opts == NULL || size == 0) {
		SPDK_ERRLOG("spdk_bdev_part_construct_opts_init(): there are no opts, or they have "
			    "no size.\n");
		return;
	}
	memset(opts, 0, size);
	opts->opts_size = size;
}

/* The first part claims the base. */
static int
get_base(struct spdk_bdev_part_base *base)
{
	bool is_first;
	int rc = 0;

	bdev_lock();
	is_first = base->parts++ == 0;
	bdev_unlock();
	if (is_first) {
		rc = spdk_bdev_module_claim_bdev(base->bdev, base->desc, base->module);
	}
	if (rc != 0) {
		bdev_lock();
		base->parts--;
		bdev_unlock();
	}
	return rc;
}

/* Whether that was the last part. */
static bool
put_base(struct spdk_bdev_part_base *base)
{
	bool is_last;

	bdev_lock();
	is_last = --base->parts == 0;
	bdev_unlock();
	if (is_last) {
		spdk_bdev_module_release_bdev(base->bdev);
	}
	return is_last;
}

/* Of the same base and name the same, whenever and wherever the part is made. */
static void
choose_uuid(struct spdk_bdev_part *part, const struct spdk_bdev_part_construct_opts *opts)
{
	struct spdk_bdev *bdev = &part->internal.bdev;

	if (opts != NULL && opts->opts_size >= sizeof(*opts)) {
		bdev->uuid = opts->uuid;
	}
	if (spdk_uuid_is_null(&bdev->uuid)) {
		(void)spdk_uuid_generate_sha1(&bdev->uuid, &part->internal.base->bdev->uuid,
					      bdev->name, strlen(bdev->name));
	}
}

static void
take_after(struct spdk_bdev *bdev, const struct spdk_bdev *base)
{
	bdev->write_cache = base->write_cache;
	bdev->blocklen = base->blocklen;
	bdev->phys_blocklen = base->phys_blocklen;
	bdev->write_unit_size = base->write_unit_size;
	bdev->acwu = base->acwu;
	bdev->required_alignment = base->required_alignment;
	bdev->optimal_io_boundary = base->optimal_io_boundary;
	bdev->preferred_write_alignment = base->preferred_write_alignment;
	bdev->preferred_write_granularity = base->preferred_write_granularity;
	bdev->optimal_write_size = base->optimal_write_size;
	bdev->preferred_unmap_alignment = base->preferred_unmap_alignment;
	bdev->preferred_unmap_granularity = base->preferred_unmap_granularity;
	bdev->max_copy = base->max_copy;
	bdev->md_len = base->md_len;
	bdev->md_interleave = base->md_interleave;
	bdev->dif_type = base->dif_type;
	bdev->dif_pi_format = base->dif_pi_format;
	bdev->dif_is_head_of_md = base->dif_is_head_of_md;
	bdev->dif_check_flags = base->dif_check_flags;
	bdev->numa = base->numa;
	/* Other parts are still at work when one of them is reset. */
	bdev->reset_io_drain_timeout = SPDK_BDEV_RESET_IO_DRAIN_RECOMMENDED_VALUE;
}

static void
free_names(struct spdk_bdev_part *part)
{
	free(part->internal.bdev.name);
	free(part->internal.bdev.product_name);
}

static int
fill(struct spdk_bdev_part *part, struct spdk_bdev_part_base *base, const char *name,
     const char *product_name)
{
	struct spdk_bdev *bdev = &part->internal.bdev;

	part->internal.base = base;
	bdev->name = strdup(name);
	bdev->product_name = strdup(product_name);
	if (bdev->name == NULL || bdev->product_name == NULL) {
		free_names(part);
		return -ENOMEM;
	}
	take_after(bdev, base->bdev);
	bdev->ctxt = part;
	bdev->module = base->module;
	bdev->fn_table = base->fn_table;
	return 0;
}

static bool
is_inside(const struct spdk_bdev *base, uint64_t offset_blocks, uint64_t num_blocks)
{
	uint64_t end = spdk_bdev_get_num_blocks(base);

	return num_blocks > 0 && offset_blocks <= end && num_blocks <= end - offset_blocks;
}

static int
register_part(struct spdk_bdev_part *part)
{
	struct spdk_bdev_part_base *base = part->internal.base;
	int rc;

	spdk_io_device_register(part, channel_create, channel_destroy, base->channel_size,
				part->internal.bdev.name);
	if (!io_devices_have(part)) {
		return -ENOMEM;
	}
	TAILQ_INSERT_TAIL(base->tailq, part, tailq);
	rc = spdk_bdev_register(&part->internal.bdev);
	if (rc != 0) {
		TAILQ_REMOVE(base->tailq, part, tailq);
		spdk_io_device_unregister(part, NULL);
	}
	return rc;
}

int
spdk_bdev_part_construct_ext(struct spdk_bdev_part *part, struct spdk_bdev_part_base *base,
			     char *name, uint64_t offset_blocks, uint64_t num_blocks,
			     char *product_name, const struct spdk_bdev_part_construct_opts *opts)
{
	int rc;

	if (!is_inside(base->bdev, offset_blocks, num_blocks)) {
		SPDK_ERRLOG("Bdev %s cannot be %" PRIu64 " blocks from %" PRIu64
			    " on of bdev %s, which has %" PRIu64 ".\n",
			    name, num_blocks, offset_blocks, base->bdev->name,
			    spdk_bdev_get_num_blocks(base->bdev));
		return -EINVAL;
	}
	rc = fill(part, base, name, product_name);
	if (rc != 0) {
		return rc;
	}
	part->internal.bdev.blockcnt = num_blocks;
	part->internal.offset_blocks = offset_blocks;
	choose_uuid(part, opts);
	rc = get_base(base) == 0 ? 0 : -1;
	if (rc != 0) {
		goto free_names;
	}
	rc = register_part(part);
	if (rc != 0) {
		(void)put_base(base); /* It is the caller's to free. */
		goto free_names;
	}
	return 0;

free_names:
	free_names(part);
	return rc;
}

int
spdk_bdev_part_construct(struct spdk_bdev_part *part, struct spdk_bdev_part_base *base, char *name,
			 uint64_t offset_blocks, uint64_t num_blocks, char *product_name)
{
	return spdk_bdev_part_construct_ext(part, base, name, offset_blocks, num_blocks,
					    product_name, NULL);
}

static void
part_freed(void *io_device)
{
	struct spdk_bdev_part *part = io_device;
	struct spdk_bdev_part_base *base = part->internal.base;

	TAILQ_REMOVE(base->tailq, part, tailq);
	if (put_base(base)) {
		spdk_bdev_part_base_free(base);
	}
	spdk_bdev_destruct_done(&part->internal.bdev, 0);
	free_names(part);
	free(part);
}

int
spdk_bdev_part_free(struct spdk_bdev_part *part)
{
	spdk_io_device_unregister(part, part_freed);
	return 1;
}
