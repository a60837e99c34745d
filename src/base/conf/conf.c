/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configurations in memory: making them and asking them. Files have tens of items, so that lists
 * are walked; whoever asks for a value does so once.
 */
#include "base/conf/conf_internal.h"

#include "spdk/string.h"
#include "spdk/util.h"

/* What programs tell from a wrong value by. */
#define NO_VALUE -1

/* What NULL stands for. */
static struct spdk_conf *g_default_conf;

struct spdk_conf *
spdk_conf_allocate(void)
{
	struct spdk_conf *conf = calloc(1, sizeof(*conf));

	if (conf != NULL) {
		STAILQ_INIT(&conf->sections);
	}
	return conf;
}

static void
free_item(struct spdk_conf_item *item)
{
	struct spdk_conf_value *value, *next;

	STAILQ_FOREACH_SAFE (value, &item->values, link, next) {
		free(value);
	}
	free(item);
}

static void
free_section(struct spdk_conf_section *section)
{
	struct spdk_conf_item *item, *next;

	STAILQ_FOREACH_SAFE (item, &section->items, link, next) {
		free_item(item);
	}
	free(section);
}

void
spdk_conf_free(struct spdk_conf *cp)
{
	struct spdk_conf_section *section, *next;

	if (cp == NULL) {
		return;
	}
	if (g_default_conf == cp) {
		g_default_conf = NULL;
	}
	STAILQ_FOREACH_SAFE (section, &cp->sections, link, next) {
		free_section(section);
	}
	free(cp);
}

void
spdk_conf_set_as_default(struct spdk_conf *cp)
{
	g_default_conf = cp;
}

void
spdk_conf_disable_sections_merge(struct spdk_conf *cp)
{
	cp->keeps_sections_apart = true;
}

static struct spdk_conf_section *
find_section(const struct spdk_conf *conf, const char *name)
{
	struct spdk_conf_section *section;

	STAILQ_FOREACH (section, &conf->sections, link) {
		if (strcasecmp(section->name, name) == 0) {
			return section;
		}
	}
	return NULL;
}

struct spdk_conf_section *
conf_add_section(struct spdk_conf *conf, const char *name)
{
	size_t size = strlen(name) + 1;
	struct spdk_conf_section *section;

	section = conf->keeps_sections_apart ? NULL : find_section(conf, name);
	if (section != NULL) {
		return section;
	}
	section = malloc(sizeof(*section) + size);
	if (section == NULL) {
		return NULL;
	}
	memcpy(section->name, name, size);
	STAILQ_INIT(&section->items);
	STAILQ_INSERT_TAIL(&conf->sections, section, link);
	return section;
}

struct spdk_conf_item *
conf_add_item(struct spdk_conf_section *section, const char *key)
{
	size_t size = strlen(key) + 1;
	struct spdk_conf_item *item = malloc(sizeof(*item) + size);

	if (item == NULL) {
		return NULL;
	}
	memcpy(item->key, key, size);
	STAILQ_INIT(&item->values);
	STAILQ_INSERT_TAIL(&section->items, item, link);
	return item;
}

int
conf_add_value(struct spdk_conf_item *item, const char *text)
{
	size_t size = strlen(text) + 1;
	struct spdk_conf_value *value = malloc(sizeof(*value) + size);

	if (value == NULL) {
		return -ENOMEM;
	}
	memcpy(value->text, text, size);
	STAILQ_INSERT_TAIL(&item->values, value, link);
	return 0;
}

struct spdk_conf_section *
spdk_conf_find_section(struct spdk_conf *cp, const char *name)
{
	struct spdk_conf *conf = cp != NULL ? cp : g_default_conf;

	return conf != NULL && name != NULL ? find_section(conf, name) : NULL;
}

struct spdk_conf_section *
spdk_conf_first_section(struct spdk_conf *cp)
{
	struct spdk_conf *conf = cp != NULL ? cp : g_default_conf;

	return conf != NULL ? STAILQ_FIRST(&conf->sections) : NULL;
}

struct spdk_conf_section *
spdk_conf_next_section(struct spdk_conf_section *sp)
{
	return sp != NULL ? STAILQ_NEXT(sp, link) : NULL;
}

bool
spdk_conf_section_match_prefix(const struct spdk_conf_section *sp, const char *name_prefix)
{
	return strncasecmp(sp->name, name_prefix, strlen(name_prefix)) == 0;
}

const char *
spdk_conf_section_get_name(const struct spdk_conf_section *sp)
{
	return sp->name;
}

int
spdk_conf_section_get_num(const struct spdk_conf_section *sp)
{
	unsigned long number = strtoul(sp->name + strcspn(sp->name, "0123456789"), NULL, 10);

	return (int)spdk_min(number, (unsigned long)INT_MAX);
}

/* The item that is number `index` among those of the key. */
static struct spdk_conf_item *
find_item(struct spdk_conf_section *section, const char *key, int index)
{
	struct spdk_conf_item *item;

	STAILQ_FOREACH (item, &section->items, link) {
		if (strcasecmp(item->key, key) == 0 && index-- == 0) {
			return item;
		}
	}
	return NULL;
}

char *
spdk_conf_section_get_nmval(struct spdk_conf_section *sp, const char *key, int idx1, int idx2)
{
	struct spdk_conf_value *value;
	struct spdk_conf_item *item;

	if (sp == NULL || key == NULL) {
		return NULL;
	}
	item = find_item(sp, key, idx1);
	if (item == NULL) {
		return NULL;
	}
	STAILQ_FOREACH (value, &item->values, link) {
		if (idx2-- == 0) {
			return value->text;
		}
	}
	return NULL;
}

char *
spdk_conf_section_get_nval(struct spdk_conf_section *sp, const char *key, int idx)
{
	return spdk_conf_section_get_nmval(sp, key, 0, idx);
}

char *
spdk_conf_section_get_val(struct spdk_conf_section *sp, const char *key)
{
	return spdk_conf_section_get_nmval(sp, key, 0, 0);
}

int
spdk_conf_section_get_intval(struct spdk_conf_section *sp, const char *key)
{
	const char *text = spdk_conf_section_get_val(sp, key);
	long number;

	if (text == NULL) {
		return NO_VALUE;
	}
	number = spdk_strtol(text, 10);
	return number > INT_MAX ? -ERANGE : (int)number;
}

bool
spdk_conf_section_get_boolval(struct spdk_conf_section *sp, const char *key, bool default_val)
{
	static const struct {
		const char *word;
		bool is_true;
	} words[] = {
		{"yes", true}, {"y", true},  {"true", true},
		{"no", false}, {"n", false}, {"false", false},
	};
	const char *text = spdk_conf_section_get_val(sp, key);
	size_t i;

	for (i = 0; text != NULL && i < SPDK_COUNTOF(words); i++) {
		if (strcasecmp(text, words[i].word) == 0) {
			return words[i].is_true;
		}
	}
	return default_val;
}
