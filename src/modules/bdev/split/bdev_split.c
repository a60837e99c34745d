/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The split module.
 *
 *   state    holds                                       left by
 *   WAITING  split.base is NULL, there are no parts      examine(): ONLINE, if the base is right
 *   ONLINE   the base is open, and claimed by its parts  base_removed(), split_delete(), a failure
 *                                                        at its beginning: LEAVING
 *   LEAVING  parts are being unregistered                base_freed(), with the last of them: freed
 *                                                        if it was deleted, else WAITING
 *
 * All of it is the app thread's, but for channels and I/O.
 */
#include "bdev_split.h"
#include "modules/bdev/part_forward.h"
#include "spdk/json.h"
#include "spdk/log.h"
#include "spdk/string.h"

#define MIB (1024u * 1024)

struct split {
	char *base_name;
	uint32_t count;
	uint64_t size_mb;
	struct spdk_bdev_part_base *base;
	struct bdev_part_tailq parts;
	/* Not in the list any more: freed with the last part. */
	bool is_deleted;
	/* Who is told then; or NULL. */
	spdk_bdev_unregister_cb cb_fn;
	void *cb_arg;
	TAILQ_ENTRY(split) link;
};

static TAILQ_HEAD(, split) g_splits = TAILQ_HEAD_INITIALIZER(g_splits);

static struct spdk_bdev_module g_split_module;

/* ---- The end ---- */

static void
split_free(struct split *split)
{
	if (split->cb_fn != NULL) {
		split->cb_fn(split->cb_arg, 0);
	}
	free(split->base_name);
	free(split);
}

static void
forget(struct split *split)
{
	TAILQ_REMOVE(&g_splits, split, link);
	split->is_deleted = true;
	if (split->base == NULL) {
		split_free(split);
	}
}

static void
base_freed(void *ctx)
{
	struct split *split = ctx;

	split->base = NULL;
	if (split->is_deleted) {
		split_free(split);
	}
}

static void
go_offline(struct split *split)
{
	if (TAILQ_EMPTY(&split->parts)) {
		spdk_bdev_part_base_free(split->base);
	} else {
		spdk_bdev_part_base_hotremove(split->base, &split->parts);
	}
}

static void
base_removed(void *part_base)
{
	go_offline(spdk_bdev_part_base_get_ctx(part_base));
}

static int
dump_info(void *ctx, struct spdk_json_write_ctx *w)
{
	struct spdk_bdev_part *part = ctx;

	spdk_json_write_named_object_begin(w, "split");
	spdk_json_write_named_string(w, "base_bdev",
				     spdk_bdev_get_name(spdk_bdev_part_get_base_bdev(part)));
	spdk_json_write_named_uint64(w, "offset_blocks", spdk_bdev_part_get_offset_blocks(part));
	spdk_json_write_object_end(w);
	return 0;
}

/* The part library adds to it. */
static struct spdk_bdev_fn_table g_split_table = {
	.destruct = bdev_part_destruct,
	.submit_request = bdev_part_forward,
	.dump_info_json = dump_info,
};

/* ---- The beginning ---- */

static int
choose_part_blocks(const struct split *split, const struct spdk_bdev *base, uint64_t *out_blocks,
		   struct bdev_reason *reason)
{
	uint32_t block_size = spdk_bdev_get_data_block_size(base);
	uint64_t blocks = base->blockcnt / split->count;

	if (split->size_mb != 0) {
		if (split->size_mb > UINT64_MAX / MIB || split->size_mb * MIB % block_size != 0) {
			return bdev_refuse(reason, -EINVAL,
					   "split_size_mb %" PRIu64
					   " is not a whole number of blocks of %u bytes",
					   split->size_mb, block_size);
		}
		blocks = split->size_mb * MIB / block_size;
	}
	if (blocks == 0 || blocks > base->blockcnt) {
		return bdev_refuse(reason, -EINVAL,
				   "bdev '%s' has %" PRIu64 " blocks of %u bytes, too few for one "
				   "part",
				   base->name, base->blockcnt, block_size);
	}
	*out_blocks = blocks;
	return 0;
}

static int
make_part(struct split *split, uint32_t number, uint64_t blocks)
{
	struct spdk_bdev_part *part = calloc(1, sizeof(*part));
	char *name = spdk_sprintf_alloc("%sp%" PRIu32,
					spdk_bdev_part_base_get_bdev_name(split->base), number);
	int rc = -ENOMEM;

	if (part != NULL && name != NULL) {
		rc = spdk_bdev_part_construct(part, split->base, name, number * blocks, blocks,
					      (char *)(uintptr_t) "Split Disk");
	}
	if (rc != 0) {
		free(part);
	}
	free(name);
	return rc;
}

static int
make_parts(struct split *split, struct bdev_reason *reason)
{
	struct spdk_bdev *base = spdk_bdev_part_base_get_bdev(split->base);
	uint64_t blocks = 0, count_max;
	uint32_t i, count;
	int rc;

	rc = choose_part_blocks(split, base, &blocks, reason);
	if (rc != 0) {
		return rc;
	}
	count_max = base->blockcnt / blocks;
	count = (uint32_t)spdk_min(split->count, count_max);
	if (count < split->count) {
		SPDK_WARNLOG("Bdev %s has room for %u of the %u parts of %" PRIu64 " MiB.\n",
			     base->name, count, split->count, split->size_mb);
	}
	for (i = 0; i < count && rc == 0; i++) {
		rc = make_part(split, i, blocks);
	}
	if (rc == -1) {
		return bdev_refuse(reason, -EPERM, "bdev '%s' is claimed already", base->name);
	}
	return rc;
}

/* -ENODEV: there is no base. */
static int
go_online(struct split *split, struct bdev_reason *reason)
{
	int rc;

	rc = spdk_bdev_part_base_construct_ext(
		split->base_name, base_removed, &g_split_module, &g_split_table, &split->parts,
		base_freed, split, sizeof(struct spdk_bdev_part_channel), NULL, NULL, &split->base);
	if (rc != 0) {
		return rc;
	}
	rc = make_parts(split, reason);
	if (rc != 0) {
		go_offline(split);
	}
	return rc;
}

/* ---- From outside ---- */

static struct split *
find(const char *base_name)
{
	struct split *split;

	TAILQ_FOREACH (split, &g_splits, link) {
		if (strcmp(split->base_name, base_name) == 0) {
			return split;
		}
	}
	return NULL;
}

static int
check(const struct split_opts *opts, struct bdev_reason *reason)
{
	if (opts->base_name[0] == '\0') {
		return bdev_refuse(reason, -EINVAL, "the name of the bdev is empty");
	}
	if (opts->count == 0) {
		return bdev_refuse(reason, -EINVAL, "split_count is 0, there is one part at least");
	}
	if (find(opts->base_name) != NULL) {
		return bdev_refuse(reason, -EEXIST, "bdev '%s' is split already", opts->base_name);
	}
	return 0;
}

static struct split *
split_new(const struct split_opts *opts)
{
	struct split *split = calloc(1, sizeof(*split));

	if (split == NULL) {
		return NULL;
	}
	split->base_name = strdup(opts->base_name);
	if (split->base_name == NULL) {
		free(split);
		return NULL;
	}
	split->count = opts->count;
	split->size_mb = opts->size_mb;
	TAILQ_INIT(&split->parts);
	return split;
}

int
split_create(const struct split_opts *opts, struct bdev_reason *out_reason,
	     struct split **out_split)
{
	struct split *split;
	int rc;

	rc = check(opts, out_reason);
	if (rc != 0) {
		return rc;
	}
	split = split_new(opts);
	if (split == NULL) {
		return -ENOMEM;
	}
	TAILQ_INSERT_TAIL(&g_splits, split, link);
	rc = go_online(split, out_reason);
	if (rc == -ENODEV) {
		SPDK_NOTICELOG("Bdev %s will be split when it is there.\n", split->base_name);
	} else if (rc != 0) {
		forget(split);
		return rc;
	}
	*out_split = split;
	return 0;
}

int
split_delete(const char *base_name, spdk_bdev_unregister_cb cb_fn, void *cb_arg)
{
	struct split *split = find(base_name);
	bool is_online;

	if (split == NULL) {
		return -ENODEV;
	}
	split->cb_fn = cb_fn;
	split->cb_arg = cb_arg;
	is_online = split->base != NULL;
	forget(split);
	if (is_online) {
		go_offline(split);
	}
	return 0;
}

void
split_write_names(const struct split *split, struct spdk_json_write_ctx *w)
{
	struct spdk_bdev_part *part;

	spdk_json_write_array_begin(w);
	TAILQ_FOREACH (part, &split->parts, tailq) {
		spdk_json_write_string(w, spdk_bdev_part_get_bdev(part)->name);
	}
	spdk_json_write_array_end(w);
}

/* ---- The module ---- */

static int
init(void)
{
	return 0;
}

static void
fini(void)
{
	while (!TAILQ_EMPTY(&g_splits)) {
		forget(TAILQ_FIRST(&g_splits));
	}
}

static int
get_ctx_size(void)
{
	return sizeof(struct bdev_part_io);
}

static void
examine(struct spdk_bdev *bdev)
{
	struct split *split = find(bdev->name);
	struct bdev_reason reason = {""};
	int rc;

	if (split != NULL && split->base == NULL) {
		rc = go_online(split, &reason);
		if (rc != 0) {
			SPDK_ERRLOG("Bdev %s cannot be split: %s%s%s\n", bdev->name,
				    spdk_strerror(-rc), reason.text[0] != '\0' ? ": " : "",
				    reason.text);
		}
	}
	spdk_bdev_module_examine_done(&g_split_module);
}

static int
write_config(struct spdk_json_write_ctx *w)
{
	struct split *split;

	TAILQ_FOREACH (split, &g_splits, link) {
		spdk_json_write_object_begin(w);
		spdk_json_write_named_string(w, "method", "bdev_split_create");
		spdk_json_write_named_object_begin(w, "params");
		spdk_json_write_named_string(w, "base_bdev", split->base_name);
		spdk_json_write_named_uint32(w, "split_count", split->count);
		spdk_json_write_named_uint64(w, "split_size_mb", split->size_mb);
		spdk_json_write_object_end(w);
		spdk_json_write_object_end(w);
	}
	return 0;
}

static struct spdk_bdev_module g_split_module = {
	.name = "split",
	.module_init = init,
	.module_fini = fini,
	.get_ctx_size = get_ctx_size,
	.examine_config = examine,
	.config_json = write_config,
};
SPDK_BDEV_MODULE_REGISTER(split, &g_split_module)
