/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a configuration consists of: sections of items of values, each a list in the order of the
 * file.
 */
#ifndef SPINDLE_CONF_INTERNAL_H
#define SPINDLE_CONF_INTERNAL_H

#include "spdk/conf.h"
#include "spdk/queue.h"

#define CONF_BYTES_MAX (16UL << 20)

struct spdk_conf_value {
	STAILQ_ENTRY(spdk_conf_value) link;
	char text[];
};

struct spdk_conf_item {
	STAILQ_ENTRY(spdk_conf_item) link;
	STAILQ_HEAD(, spdk_conf_value) values;
	char key[];
};

struct spdk_conf_section {
	STAILQ_ENTRY(spdk_conf_section) link;
	STAILQ_HEAD(, spdk_conf_item) items;
	char name[];
};

struct spdk_conf {
	STAILQ_HEAD(, spdk_conf_section) sections;
	bool keeps_sections_apart;
};

/* Makes the section, or finds the one of that name where they are merged. NULL: no memory. */
struct spdk_conf_section *conf_add_section(struct spdk_conf *conf, const char *name);
/* NULL: no memory. */
struct spdk_conf_item *conf_add_item(struct spdk_conf_section *section, const char *key);
/* 0 or -ENOMEM. */
int conf_add_value(struct spdk_conf_item *item, const char *text);

/*
 * Adds the sections of a text, which is changed. `text` has a NUL after its `size` bytes. `name` is
 * that of the file, for messages. After an error, part of the text may have been added.
 */
int conf_parse(struct spdk_conf *conf, const char *name, char *text, size_t size);

#endif
