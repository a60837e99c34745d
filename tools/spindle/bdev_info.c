/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a server tells of its devices, and what of it are devices below.
 *
 * Each kind of device tells of its bases in its own words: base_bdev, base_bdev_name, a list
 * base_bdevs_list of objects with names. What they have in common: the word "base" or "bdev" is in
 * the name of the member, or of one around it. New kinds are seen by that, too.
 */
#include "bdev.h"

#include "spdk/util.h"

static char *
string_or_empty(const struct spdk_json_val *object, const char *name)
{
	char *string = string_member_of(object, name);

	return string != NULL ? string : duplicate("");
}

/* ---- References ---- */

static void
add_reference(struct bdev_info *info, char *name, bool is_certain)
{
	if (name[0] == '\0') {
		free(name);
		return;
	}
	info->bases = grow(info->bases, info->base_count, sizeof(*info->bases));
	info->bases[info->base_count++] =
		(struct bdev_reference){.name = name, .is_certain = is_certain};
}

/* What the names of members around a value say of it. */
enum context {
	CONTEXT_NONE,
	/* Of something below. */
	CONTEXT_BASE,
	/* Of a device. */
	CONTEXT_BDEV,
};

static enum context
context_of(const char *key, enum context around)
{
	if (strstr(key, "bdev") != NULL) {
		return CONTEXT_BDEV;
	}
	return strstr(key, "base") != NULL ? spdk_max(around, CONTEXT_BASE) : around;
}

static void
collect(struct bdev_info *info, const struct spdk_json_val *value, const char *key,
	enum context context)
{
	struct spdk_json_val *member;
	bool names_it = context_of(key, CONTEXT_NONE) != CONTEXT_NONE || strcmp(key, "name") == 0;

	if (value->type == SPDK_JSON_VAL_STRING && context != CONTEXT_NONE) {
		add_reference(info, string_of(value),
			      context == CONTEXT_BDEV && names_it && strstr(key, "uuid") == NULL);
	} else if (value->type == SPDK_JSON_VAL_ARRAY_BEGIN) {
		member = spdk_json_array_first((struct spdk_json_val *)(uintptr_t)value);
		for (; member != NULL; member = spdk_json_next(member)) {
			collect(info, member, key, context);
		}
	} else if (value->type == SPDK_JSON_VAL_OBJECT_BEGIN) {
		member = spdk_json_object_first((struct spdk_json_val *)(uintptr_t)value);
		for (; member != NULL; member = spdk_json_next(member)) {
			char *name = string_of(member);

			collect(info, member + 1, name, context_of(name, context));
			free(name);
		}
	}
}

/* ---- A device ---- */

static void
add_alias(struct bdev_info *info, char *alias)
{
	info->aliases = grow(info->aliases, info->alias_count, sizeof(*info->aliases));
	info->aliases[info->alias_count++] = alias;
}

static void
read_aliases(struct bdev_info *info, const struct spdk_json_val *element)
{
	struct spdk_json_val *aliases = member_of(element, "aliases"), *alias = NULL;

	if (aliases != NULL && aliases->type == SPDK_JSON_VAL_ARRAY_BEGIN) {
		alias = spdk_json_array_first(aliases);
	}
	for (; alias != NULL; alias = spdk_json_next(alias)) {
		char *string = string_of(alias);

		/* Some servers have it among them, as it may be used like one. */
		if (strcmp(string, info->uuid) == 0) {
			free(string);
		} else {
			add_alias(info, string);
		}
	}
}

static void
read_info(struct bdev_info *info, const struct spdk_json_val *element)
{
	const struct spdk_json_val *specific = member_of(element, "driver_specific");
	const struct spdk_json_val *claimed = member_of(element, "claimed");

	info->product = string_or_empty(element, "product_name");
	info->uuid = string_or_empty(element, "uuid");
	info->claim = string_or_empty(element, "claim_type");
	if (info->claim[0] == '\0' && claimed != NULL && claimed->type == SPDK_JSON_VAL_TRUE) {
		free(info->claim);
		info->claim = duplicate("claimed");
	}
	(void)uint64_member_of(element, "block_size", &info->block_size); /* else 0 */
	(void)uint64_member_of(element, "num_blocks", &info->num_blocks);
	read_aliases(info, element);
	if (specific != NULL) {
		collect(info, specific, "", CONTEXT_NONE);
	}
}

void
bdev_infos_read(const struct spdk_json_val *list, struct bdev_infos *out_infos)
{
	struct bdev_infos infos = {.of = NULL};
	struct spdk_json_val *element = NULL;

	if (list != NULL && list->type == SPDK_JSON_VAL_ARRAY_BEGIN) {
		element = spdk_json_array_first((struct spdk_json_val *)(uintptr_t)list);
		infos.of = allocate(list->len, sizeof(*infos.of));
	}
	for (; element != NULL; element = spdk_json_next(element)) {
		struct bdev_info *info = &infos.of[infos.count];

		info->name = string_member_of(element, "name");
		if (info->name != NULL) {
			read_info(info, element);
			infos.count++;
		}
	}
	*out_infos = infos;
}

void
bdev_infos_fini(struct bdev_infos *infos)
{
	size_t i, j;

	for (i = 0; i < infos->count; i++) {
		struct bdev_info *info = &infos->of[i];

		for (j = 0; j < info->alias_count; j++) {
			free(info->aliases[j]);
		}
		for (j = 0; j < info->base_count; j++) {
			free(info->bases[j].name);
		}
		free(info->aliases);
		free(info->bases);
		free(info->name);
		free(info->uuid);
		free(info->product);
		free(info->claim);
	}
	free(infos->of);
	*infos = (struct bdev_infos){.of = NULL};
}

static bool
has_alias(const struct bdev_info *info, const char *name)
{
	size_t i;

	for (i = 0; i < info->alias_count; i++) {
		if (strcmp(info->aliases[i], name) == 0) {
			return true;
		}
	}
	return strcmp(info->uuid, name) == 0;
}

size_t
bdev_infos_find(const struct bdev_infos *infos, const char *name)
{
	size_t i;

	for (i = 0; i < infos->count; i++) {
		if (strcmp(infos->of[i].name, name) == 0) {
			return i;
		}
	}
	for (i = 0; i < infos->count && !has_alias(&infos->of[i], name); i++) {
	}
	return i;
}

uint64_t
bdev_info_size(const struct bdev_info *info)
{
	uint64_t size;

	return __builtin_mul_overflow(info->block_size, info->num_blocks, &size) ? UINT64_MAX :
										   size;
}
