/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where threads should run, from what they did: arithmetic on what a scheduler is given, and on
 * what is remembered of the periods before.
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

enum balance_reason {
	/* Moves */
	BALANCE_OVERLOADED,
	BALANCE_OVER_LIMIT,
	BALANCE_IDLE,
	/* Moves that were thought of and not made */
	BALANCE_ALONE,
	BALANCE_NOT_BETTER,
	BALANCE_CPUMASK,
	BALANCE_ISOLATED,
	BALANCE_LITTLE,
	BALANCE_ONCE,
	BALANCE_LATELY,
	BALANCE_AWAKE,
	BALANCE_NO_ROOM,
};

/* About a thread that moves, or that was thought of and stays. Loads are in percent of a core. */
struct balance_note {
	enum balance_reason reason;
	uint64_t thread_id;
	uint32_t thread_load;
	uint32_t from;
	uint32_t from_load;
	uint32_t to; /* where it stays: `from` */
	uint32_t to_load;
	uint32_t wait; /* BALANCE_LATELY: so many periods yet */
};

struct balance_input {
	const struct balance_opts *opts;
	struct spdk_scheduler_core_info
		*cores; /* by lcore; those without a reactor are all zeros */
	uint32_t count;
	uint32_t main_core;
	/* Whether the thread may run on the core. */
	bool (*may_run)(uint64_t thread_id, uint32_t lcore);
	/* Whether there are threads on the core which no scheduler is asked about. NULL: nowhere */
	bool (*has_others)(uint32_t lcore);
	/* Whether the two run on the same CPU. NULL: none do. */
	bool (*share_cpu)(uint32_t lcore, uint32_t other);
	/* Told of each thread that moves, and of those that were thought of. May be NULL. */
	void (*note)(const struct balance_note *note);
};

/* What is remembered from one period to the next; all zeros before the first. */
struct balance_past {
	struct thread_past *threads; /* by id */
	uint32_t threads_count;
	uint32_t *loads; /* of cores, in hundredths of a percent */
	uint32_t count;
};

/*
 * Writes into each thread's lcore where it should run. out_load has room for `count`: how full each
 * core will be, in percent, if all does as much as before; may be above 100 nowhere but where a
 * core was measured so. 0 or -ENOMEM, and then nothing is written.
 */
int
balance_threads(struct balance_past *past, const struct balance_input *input, uint32_t *out_load);
void balance_forget(struct balance_past *past);

/* The word that people and programs know a reason by. */
const char *balance_word(enum balance_reason reason);
/* The note as a sentence; as snprintf(). */
void balance_sentence(const struct balance_note *note, const struct balance_opts *opts, char *text,
		      size_t size);

#endif
