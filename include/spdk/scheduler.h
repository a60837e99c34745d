/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Schedulers, which move SPDK threads between reactors, and governors, which set the frequency of
 * cores for them. Both register themselves before main() and are chosen by name.
 *
 * Thread: balance() runs on the scheduling reactor, which is that of the main core unless
 * spdk_scheduler_set_scheduling_lcore() says otherwise; the other functions of a module where it is
 * set or asked. A scheduler may be set and asked from any OS thread, and none of its functions runs
 * while another does. Governors are set and used inside those functions.
 */
#ifndef SPDK_SCHEDULER_H
#define SPDK_SCHEDULER_H

#include "spdk/event.h"
#include "spdk/json.h"
#include "spdk/stdinc.h"
#include "spdk/thread.h"
#include "spdk/util.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The most frequencies that a core is taken to have; DPDK has the same limit. */
#define SPDK_MAX_LCORE_FREQS 64

struct spdk_governor_capabilities {
	/** The core has a higher base frequency than others. */
	bool priority;
};

/** A way to set the frequencies of cores; register it by SPDK_GOVERNOR_REGISTER(). */
struct spdk_governor {
	/** Unique in the program. */
	const char *name;

	/**
	 * Writes the frequencies that the core can have to `freqs`, which has room for `num`.
	 * Returns how many; 0 when they are not known or there are more than `num`.
	 */
	uint32_t (*get_core_avail_freqs)(uint32_t lcore_id, uint32_t *freqs, uint32_t num);

	/** The frequency that the core has; 0 when it is not known. */
	uint32_t (*get_core_curr_freq)(uint32_t lcore_id);

	/**
	 * These four change the frequency of the core: one step up, one step down, highest, lowest.
	 * Return 1: done; 0: it is there already; < 0: error.
	 */
	int (*core_freq_up)(uint32_t lcore_id);
	int (*core_freq_down)(uint32_t lcore_id);
	int (*set_core_freq_max)(uint32_t lcore_id);
	int (*set_core_freq_min)(uint32_t lcore_id);

	/** Fills `capabilities`; 0, or < 0 on error. */
	int (*get_core_capabilities)(uint32_t lcore_id,
				     struct spdk_governor_capabilities *capabilities);

	/**
	 * Writes names and values about the governor into an object that is open in `w`. 0 or
	 * -errno. May be NULL.
	 */
	int (*dump_info_json)(struct spdk_json_write_ctx *w);

	/** Called when the governor is set; not 0: it cannot be used. */
	int (*init)(void);

	/** Called when another governor, or none, is set. */
	void (*deinit)(void);

	/** Belongs to the library. */
	TAILQ_ENTRY(spdk_governor) link;
};

/**
 * Chooses a governor; NULL: none. The one before it is deinitialised in any case.
 *
 * Errors: -EINVAL: there is none of that name, explained; what its init returned. No governor is
 * set then.
 */
int spdk_governor_set(const char *name);

/** The governor that is set, or NULL. */
struct spdk_governor *spdk_governor_get(void);

/**
 * Makes a governor known; SPDK_GOVERNOR_REGISTER() does so before main().
 *
 * Owner: the caller, as long as the process lives.
 */
void spdk_governor_register(struct spdk_governor *governor);

/** Registers a governor, a variable of type struct spdk_governor, before main(). */
#define SPDK_GOVERNOR_REGISTER(governor)                                                  \
	static void __attribute__((constructor)) _spdk_governor_register_##governor(void) \
	{                                                                                 \
		spdk_governor_register(&governor);                                        \
	}

/** A thread as a scheduler sees it. */
struct spdk_scheduler_thread_info {
	/** Where it lives; balance() writes where it shall live. */
	uint32_t lcore;
	uint64_t thread_id;
	/** Since the thread was created. */
	struct spdk_thread_stats total_stats;
	/** In the last period. */
	struct spdk_thread_stats current_stats;
};

/** A core as a scheduler sees it. */
struct spdk_scheduler_core_info {
	/** Ticks since the reactor was started. */
	uint64_t total_idle_tsc;
	uint64_t total_busy_tsc;
	/** Ticks in the last period. A reactor that rests is idle. */
	uint64_t current_idle_tsc;
	uint64_t current_busy_tsc;

	uint32_t lcore;
	/** Number of entries in thread_infos. */
	uint32_t threads_count;
	/** The reactor is in interrupt mode; balance() writes whether it shall be. */
	bool interrupt_mode;
	/** Threads that live there and are not bound; the library's, for this call of balance(). */
	struct spdk_scheduler_thread_info *thread_infos;
	/** No thread shall be moved here or away. */
	bool isolated;
};

/** A way to spread threads over cores; register it by SPDK_SCHEDULER_REGISTER(). */
struct spdk_scheduler {
	/** Unique in the program. */
	const char *name;

	/** Called when the scheduler is set; not 0: it cannot be used. May be NULL. */
	int (*init)(void);

	/** Called when another scheduler, or none, is set. May be NULL. */
	void (*deinit)(void);

	/**
	 * Called once in each period; it changes the `lcore` of the threads that shall move. The
	 * index into core_info is the number of the core, and `count` one more than the highest. A
	 * number without a reactor has no threads and is isolated.
	 */
	void (*balance)(struct spdk_scheduler_core_info *core_info, uint32_t count);

	/** Takes parameters, the values of a JSON object; 0 or -errno. May be NULL. */
	int (*set_opts)(const struct spdk_json_val *opts);

	/** Writes names and values of its parameters into an object that is open. May be NULL. */
	void (*get_opts)(struct spdk_json_write_ctx *ctx);

	/** Belongs to the library. */
	TAILQ_ENTRY(spdk_scheduler) link;
};

/**
 * Chooses a scheduler; NULL: none. The one before it is deinitialised when the new one is set.
 *
 * Errors: -EINVAL: there is none of that name, explained; what its init returned. The scheduler
 * is then the one it was.
 */
int spdk_scheduler_set(const char *name);

/** The scheduler that is set, or NULL. */
struct spdk_scheduler *spdk_scheduler_get(void);

/** Sets how often threads are balanced. Units: microseconds; 0: never. */
void spdk_scheduler_set_period(uint64_t period);

/** How often threads are balanced. Units: microseconds; 0: never. */
uint64_t spdk_scheduler_get_period(void);

/**
 * Makes a scheduler known; SPDK_SCHEDULER_REGISTER() does so before main().
 *
 * Owner: the caller, as long as the process lives.
 */
void spdk_scheduler_register(struct spdk_scheduler *scheduler);

/** The core of the scheduling reactor. Thread: any OS thread. */
uint32_t spdk_scheduler_get_scheduling_lcore(void);

/** Makes another reactor the scheduling one. False, explained: no reactor runs on that core. */
bool spdk_scheduler_set_scheduling_lcore(uint32_t lcore);

/** Registers a scheduler, a variable of type struct spdk_scheduler, before main(). */
#define SPDK_SCHEDULER_REGISTER(scheduler)                                                  \
	static void __attribute__((constructor)) _spdk_scheduler_register_##scheduler(void) \
	{                                                                                   \
		spdk_scheduler_register(&scheduler);                                        \
	}

#ifdef __cplusplus
}
#endif

#endif
