/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of a configuration share.
 *
 *   config        the text, its values, and a walk over its entries
 *   config_check  whether all of it can be run
 *   config_run    one entry after the other
 *   step          what is under way, for the watchdog
 */
#ifndef SPINDLE_CONFIG_INTERNAL_H
#define SPINDLE_CONFIG_INTERNAL_H

#include "control/config.h"
#include "spdk/json.h"

/* Room for "NAME:LINE:COLUMN: PATH". */
#define CONFIG_PLACE_SIZE 512

/*
 * The text is there twice: as it was read, which is what places are counted in, and decoded in
 * place. Both have the same values, one for one.
 */
struct config {
	char *name;
	char *text;
	size_t size;
	struct spdk_json_val *text_values;
	char *decoded;
	struct spdk_json_val *values;
	size_t values_count;
	/* The owner, and a run. */
	uint32_t references;
};

/* One call of a method, in the order of the text. */
struct config_entry {
	/* The name of the subsystem it stands under. */
	const struct spdk_json_val *subsystem;
	const struct spdk_json_val *entry;
	const struct spdk_json_val *method;
	/* NULL: there are none. */
	const struct spdk_json_val *params;
};

/*
 * A walk over all entries. Begin with zeros; false: there are no more. The shape of a configuration
 * that was read is right, so that a walk has no errors.
 */
struct config_walk {
	const struct spdk_json_val *subsystem;
	/* In "config", and in an inner array there. */
	const struct spdk_json_val *element;
	const struct spdk_json_val *inner;
};
bool config_walk_next(const struct config *config, struct config_walk *walk,
		      struct config_entry *out_entry);

/* Where a value stands: "bdev.json:12:20: subsystems[0].config[2].params.num_blocks". */
const char *config_place(const struct config *config, const struct spdk_json_val *value,
			 char text[CONFIG_PLACE_SIZE]);

/* Whether the program has the subsystem that an entry stands under. */
bool config_has_subsystem(const struct config_entry *entry);

void config_hold(struct config *config);

#endif
