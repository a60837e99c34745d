/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests: modules that look what is on each new device read it, which is one I/O that a test has
 * not submitted. Most tests do without them.
 */
#ifndef SPINDLE_EXAMINE_FIXTURE_H
#define SPINDLE_EXAMINE_FIXTURE_H

#include "spdk/bdev_module.h"
#include "spdk/util.h"

/* Whether they read. Before the layer begins, or between devices; by one file of a test. */
static inline void
let_modules_read(bool do_read)
{
	static struct {
		const char *name;
		void (*examine_disk)(struct spdk_bdev *bdev);
	} readers[] = {{"gpt", NULL}, {"raid", NULL}};

	for (size_t i = 0; i < SPDK_COUNTOF(readers); i++) {
		struct spdk_bdev_module *module = spdk_bdev_module_list_find(readers[i].name);

		if (module->examine_disk != NULL) {
			readers[i].examine_disk = module->examine_disk;
		}
		module->examine_disk = do_read ? readers[i].examine_disk : NULL;
	}
}

#endif
