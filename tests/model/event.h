/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What else happens to a device under test while it is in use: blocks are quiesced, rates limited,
 * histograms counted; it grows and goes; users close and open it; memory is short.
 */
#ifndef SPINDLE_MODEL_EVENT_H
#define SPINDLE_MODEL_EVENT_H

#include "subject.h"

/* Which of them there are in this run. */
void events_choose(void);

/* Perhaps something happens, and something that has happened ends. */
void event_step(void);

/* What holds up I/Os ends, and nothing new begins. */
void events_stop(void);
/* Whether nothing is under way for that subject. */
bool events_are_over(struct subject *subject);

#endif
