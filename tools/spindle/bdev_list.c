/* SPDX-License-Identifier: BSD-3-Clause */
/* A table of devices, and all that is told of one. */
#include "bdev.h"
#include "size.h"
#include "table.h"

#include "spdk/util.h"

#define INDENT 2

/* What lies on a device, and with it the reason of a claim. */
static char *
users_of(const struct bdev_infos *infos, size_t index)
{
	struct text text = {.bytes = NULL};
	size_t i, j;

	for (i = 0; i < infos->count; i++) {
		const struct bdev_info *info = &infos->of[i];

		for (j = 0; j < info->base_count; j++) {
			if (bdev_infos_find(infos, info->bases[j].name) == index && i != index) {
				text_printf(&text, "%s%s", text.size > 0 ? "," : "", info->name);
				break;
			}
		}
	}
	if (text.size == 0) {
		text_add_string(&text,
				infos->of[index].claim[0] != '\0' ? infos->of[index].claim : "-");
	}
	return text.bytes;
}

static char *
aliases_of(const struct bdev_info *info)
{
	struct text text = {.bytes = NULL};
	size_t i;

	for (i = 0; i < info->alias_count; i++) {
		text_printf(&text, "%s%s", i > 0 ? "," : "", info->aliases[i]);
	}
	return text.bytes != NULL ? text.bytes : duplicate("-");
}

void
bdev_list_print(const struct spdk_json_val *list)
{
	static const struct table_column columns[] = {{"name", false},    {"size", true},
						      {"block", true},    {"product", false},
						      {"used by", false}, {"aliases", false}};
	struct bdev_infos infos;
	struct table table;
	size_t i;

	bdev_infos_read(list, &infos);
	table_init(&table, columns, SPDK_COUNTOF(columns));
	for (i = 0; i < infos.count; i++) {
		const struct bdev_info *info = &infos.of[i];

		table_add(&table, duplicate(info->name));
		table_add(&table, duplicate(size_text(bdev_info_size(info)).text));
		table_printf(&table, "%" PRIu64, info->block_size);
		table_add(&table, duplicate(info->product));
		table_add(&table, users_of(&infos, i));
		table_add(&table, aliases_of(info));
	}
	table_print(&table);
	table_fini(&table);
	bdev_infos_fini(&infos);
}

/* ---- One ---- */

static void show_value(const char *name, const struct spdk_json_val *value, int indent);

/* The types that it takes, by their names. */
static void
show_flags(const struct spdk_json_val *object, int indent)
{
	struct spdk_json_val *member = spdk_json_object_first((void *)(uintptr_t)object);
	const char *before = "";

	printf("%*s", indent, "");
	for (; member != NULL; member = spdk_json_next(member)) {
		if (member[1].type == SPDK_JSON_VAL_TRUE) {
			char *name = string_of(member);

			make_harmless(name);
			printf("%s%s", before, name);
			before = ", ";
			free(name);
		}
	}
	printf("%s\n", before[0] == '\0' ? "-" : "");
}

static void
show_members(const struct spdk_json_val *object, int indent)
{
	struct spdk_json_val *member = spdk_json_object_first((void *)(uintptr_t)object);

	for (; member != NULL; member = spdk_json_next(member)) {
		char *name = string_of(member);

		make_harmless(name);
		show_value(name, member + 1, indent);
		free(name);
	}
}

static void
show_value(const char *name, const struct spdk_json_val *value, int indent)
{
	char *text;

	if (value->type == SPDK_JSON_VAL_OBJECT_BEGIN && value->len > 0) {
		printf("%*s%s:\n", indent, "", name);
		if (strcmp(name, "supported_io_types") == 0) {
			show_flags(value, indent + INDENT);
		} else {
			show_members(value, indent + INDENT);
		}
		return;
	}
	text = string_of(value);
	make_harmless(text);
	printf("%*s%s: %s\n", indent, "", name, text);
	free(text);
}

void
bdev_show_print(const struct spdk_json_val *list)
{
	const struct spdk_json_val *element = spdk_json_array_first((void *)(uintptr_t)list);
	struct bdev_infos infos;

	bdev_infos_read(list, &infos);
	if (infos.count > 0) {
		show_members(element, 0);
		printf("size: %s (%" PRIu64 " bytes)\n",
		       size_text(bdev_info_size(&infos.of[0])).text, bdev_info_size(&infos.of[0]));
	}
	bdev_infos_fini(&infos);
}
