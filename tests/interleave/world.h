/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What goes on in the model: reactors that turn run queues, senders, a receiver R and a second
 * lightweight thread S whose message handlers send, and the judge of all that they do.
 *
 * A script says what a sender does, one letter an act:
 *
 *   n  sends R a message          m  sends R a message that makes it move to the other reactor
 *   x  sends R a message that makes it exit; its home (or who polls it) then destroys it
 *   f  the same, but by force: R refuses messages at once, though not what it has accepted
 *   N  notifies R                 w  sets a flag and wakes reactor A, which then must look at it
 *   a  makes A the home of R      p  polls R, as spdk_thread_poll() does
 *   d  makes a descriptor of R's ready, which wakes the home that watches it
 */
#ifndef SPINDLE_WORLD_H
#define SPINDLE_WORLD_H

#include "explore.h"

struct scenario {
	const char *name;
	const char *about;
	/* What S, which lives on A, does, one act in each of its messages; NULL: there is no S. */
	const char *handler;
	const char *senders[2]; /* plain OS threads; NULL: none */
	uint8_t reactors;       /* A and B */
	bool is_homeless;       /* R has no home at first; else it lives on A */
	uint8_t used_slots;     /* of R's segment, at the start; 0: it has none */
	uint64_t deadline;      /* of R, at the start; 0: none */
	bool is_watched;        /* R has a descriptor that its home watches; S is visited with it */
	/* Somebody polls R, again and again or, sleeping on its descriptor, when it is woken. */
	bool is_polled;
	bool has_descriptor;
	uint32_t variants;      /* bits: explored once more with each of them */
	uint32_t long_variants; /* the same, where that takes too long for every check */
};

/* How the machine behaves otherwise than one operation at a time, segments used once. */
enum scenario_variant {
	VARIANT_NONE,
	VARIANT_BUFFERS,  /* stores reach memory later, see model_memory.c */
	VARIANT_REUSE,    /* a freed segment is the next to be handed out */
	VARIANT_SPURIOUS, /* one weak compare-and-swap of each model thread fails for nothing */
	VARIANT_COUNT,
};

extern const struct scenario g_scenarios[];
extern const size_t g_scenario_count;

/* Once, before all scenarios. */
void world_init(void);
/* From the start of the scenario; a fault may be found before there is any choice. */
void world_run(const struct scenario *scenario, enum scenario_variant variant, enum fault wanted,
	       bool prints_trace, struct explore_result *out_result);

#endif
