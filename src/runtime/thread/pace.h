/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When to look for the next message of a thread that is kept at its home.
 *
 * Looking takes the cache line that a sender on another core is about to write. For one message
 * that waits for an answer the next look cannot come too soon. In a stream it makes the sender wait
 * for the line at each message, and the receiver for the sender: five times slower than to let some
 * messages come together. The two look alike to a receiver that always finds one message. So it
 * lets one look in PACE_PROBE be late, and goes on so when many have come meanwhile.
 *
 * Waiting is for a home that has nothing else to do. If another of its threads did something since,
 * that was wait enough, and may have been the sender.
 */
#ifndef SPINDLE_PACE_H
#define SPINDLE_PACE_H

#include "spdk/stdinc.h"

/* How late; a cache line takes 0.1 to 0.25 us from core to core. */
#define PACE_WAIT_NS 700
/* As many messages in that time are a stream. */
#define PACE_STREAM 9
#define PACE_PROBE  16

/* All zeros at first. Small, because each thread has one. */
struct pace {
	uint32_t next_look; /* the low half of ticks, odd; 0: at once */
	uint8_t visits;     /* of its home, when next_look was set */
	uint8_t alone : 7;  /* visits that found few messages, since the last late look */
	uint8_t is_stream : 1;
} __attribute__((packed, aligned(2)));

/* Whether it is too soon to look. `visits` counts the busy visits of the home. */
static inline bool
pace_is_early(const struct pace *pace, uint64_t now, uint32_t visits)
{
	return pace->next_look != 0 && pace->visits == (uint8_t)visits &&
	       (int32_t)(pace->next_look - (uint32_t)now) > 0;
}

/*
 * After a visit that ended `now` and took so many messages; `is_full`: as many as it may, so that
 * there are more. `visits` includes this one.
 */
static inline void
pace_note(struct pace *pace, uint32_t messages, bool is_full, uint64_t late_look, uint32_t visits)
{
	bool was_late = pace->next_look != 0;

	pace->next_look = 0;
	if (is_full) {
		pace->is_stream = true;
		return;
	}
	if (pace->is_stream && was_late) {
		pace->is_stream = messages >= PACE_STREAM;
	} else if (messages >= PACE_STREAM || ++pace->alone == PACE_PROBE) {
		pace->is_stream = true;
	}
	if (pace->is_stream) {
		pace->alone = 0;
		pace->visits = (uint8_t)visits;
		pace->next_look = (uint32_t)late_look | 1;
	}
}

#endif
