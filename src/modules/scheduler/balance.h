/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where threads should run, from what they did: pure arithmetic on what a scheduler is given.
 */
#ifndef SPINDLE_BALANCE_H
#define SPINDLE_BALANCE_H

#include "spdk/scheduler.h"
#include "spdk/stdinc.h"

/* All in percent of a core. */
struct balance_opts {
	uint8_t load_limit; /* a thread below it is idle, and belongs on the main core */
	uint8_t core_limit; /* a core should not be filled beyond it */
	uint8_t core_busy; /* from here on a core is overloaded: its threads want more than they get
			    */
};

struct balance_input {
	const struct balance_opts *opts;
	struct spdk_scheduler_core_info
		*cores; /* by lcore; those without a reactor are all zeros */
	uint32_t count;
	uint32_t main_core;
	/* Whether the thread may run on the core. */
	bool (*may_run)(uint64_t thread_id, uint32_t lcore);
};

/*
 * Writes into each thread's lcore where it should run. out_load has room for `count`: how full each
 * core will be, in percent, if all does as much as before; may be above 100 nowhere but where a
 * core was measured so. 0 or -ENOMEM, and then nothing is written.
 */
int balance_threads(const struct balance_input *input, uint32_t *out_load);

#endif
