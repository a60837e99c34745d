/* SPDX-License-Identifier: BSD-3-Clause */
/* Any text is taken or refused without harm, and what was taken can be walked and asked. */
#include "base/conf/conf_internal.h"
#include "spdk/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool condition)
{
	if (!condition) {
		abort();
	}
}

static void
ask(struct spdk_conf_section *section)
{
	struct spdk_conf_item *item;

	check(spdk_conf_section_get_name(section)[0] != '\0');
	check(spdk_conf_section_get_num(section) >= 0);
	STAILQ_FOREACH (item, &section->items, link) {
		struct spdk_conf_value *value = STAILQ_FIRST(&item->values);

		check(item->key[0] != '\0');
		check(value == NULL || spdk_conf_section_get_val(section, item->key) != NULL ||
		      STAILQ_FIRST(&section->items) != item);
		(void)spdk_conf_section_get_intval(section, item->key);
		(void)spdk_conf_section_get_boolval(section, item->key, true);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct spdk_conf *conf = spdk_conf_allocate();
	struct spdk_conf_section *section;

	spdk_log_set_print_level(SPDK_LOG_DISABLED);
	check(text != NULL && conf != NULL);
	if (size > 0 && data[0] == '#') {
		spdk_conf_disable_sections_merge(conf);
	}
	(void)conf_parse(conf, "fuzz", text, strlen(text));
	for (section = spdk_conf_first_section(conf); section != NULL;
	     section = spdk_conf_next_section(section)) {
		ask(section);
		check(spdk_conf_find_section(conf, spdk_conf_section_get_name(section)) != NULL);
	}
	spdk_conf_free(conf);
	free(text);
	return 0;
}
