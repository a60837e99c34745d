/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of `spindle bdev` share.
 *
 *   bdev         options, and what is done by them
 *   bdev_info    what a server tells of its devices
 *   bdev_list    a table of them, and all of one
 *   bdev_tree    what is built on what
 *   bdev_rate    rates, from what was counted at two times
 *   bdev_iostat  the table of them that goes on
 */
#ifndef SPINDLE_TOOL_BDEV_H
#define SPINDLE_TOOL_BDEV_H

#include "rpc.h"

struct bdev_options {
	struct rpc_options rpc;
	double interval_s;
	/* 0: for ever. */
	uint64_t count;
	bool is_json;
};

/* ---- bdev_info ---- */

/* A device by its name, alias or UUID, as another one refers to it. */
struct bdev_reference {
	char *name;
	/* Certainly a device: where there is none of that name, it is missing. */
	bool is_certain;
};

struct bdev_info {
	char *name;
	char *product;
	char *uuid;
	char *claim;
	char **aliases;
	size_t alias_count;
	uint64_t block_size;
	uint64_t num_blocks;
	struct bdev_reference *bases;
	size_t base_count;
};

struct bdev_infos {
	struct bdev_info *of;
	size_t count;
};

/* What is not as it should be is left out: servers of other versions are looked at as well. */
void bdev_infos_read(const struct spdk_json_val *list, struct bdev_infos *out_infos);
void bdev_infos_fini(struct bdev_infos *infos);
/* The index by name, alias or UUID; infos->count: none. */
size_t bdev_infos_find(const struct bdev_infos *infos, const char *name);
uint64_t bdev_info_size(const struct bdev_info *info);

/* ---- bdev_list, bdev_tree, bdev_iostat ---- */

/* Of a result of bdev_get_bdevs. */
void bdev_list_print(const struct spdk_json_val *list);
void bdev_show_print(const struct spdk_json_val *list);

/* Adds a drawing of what is built on what. */
void bdev_tree_write(const struct bdev_infos *infos, bool is_utf8, struct text *text);
/* The same as JSON: the names below each. */
void bdev_tree_write_json(const struct bdev_infos *infos, struct text *text);

/* Those of the names, or all for none, until `count` or the end of the world. */
int bdev_iostat_run(struct session *session, const struct bdev_options *options, int names_count,
		    char **names);

#endif
