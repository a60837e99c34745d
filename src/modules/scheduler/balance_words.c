/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reasons of balance.c in words.
 */
#include "modules/scheduler/balance.h"
#include "spdk/util.h"

static const char *const g_words[] = {
	[BALANCE_OVERLOADED] = "overloaded",
	[BALANCE_OVER_LIMIT] = "over_limit",
	[BALANCE_IDLE] = "idle",
	[BALANCE_ALONE] = "alone",
	[BALANCE_NOT_BETTER] = "not_better",
	[BALANCE_CPUMASK] = "cpumask",
	[BALANCE_ISOLATED] = "isolated",
	[BALANCE_LITTLE] = "little",
	[BALANCE_ONCE] = "once",
	[BALANCE_LATELY] = "lately",
	[BALANCE_AWAKE] = "awake",
	[BALANCE_NO_ROOM] = "no_room",
};

const char *
balance_word(enum balance_reason reason)
{
	return g_words[reason];
}

static void
move_sentence(const struct balance_note *note, const struct balance_opts *opts, char *text,
	      size_t size)
{
	switch (note->reason) {
	case BALANCE_OVERLOADED:
		snprintf(text, size,
			 "core %u was %u %% busy, from core_busy %u on; core %u was %u %%",
			 note->from, note->from_load, opts->core_busy, note->to, note->to_load);
		break;
	case BALANCE_OVER_LIMIT:
		snprintf(text, size,
			 "core %u was %u %% busy in two periods, above core_limit %u; core %u was "
			 "%u %%, and stays within it",
			 note->from, note->from_load, opts->core_limit, note->to, note->to_load);
		break;
	default:
		snprintf(text, size,
			 "it was %u %% busy, below load_limit %u, as all others on core %u: that "
			 "core can sleep when they are on the main core",
			 note->thread_load, opts->load_limit, note->from);
	}
}

static void
stay_sentence(const struct balance_note *note, const struct balance_opts *opts, char *text,
	      size_t size)
{
	switch (note->reason) {
	case BALANCE_ALONE:
		snprintf(text, size, "stays: alone on its core, which is %u %% busy",
			 note->from_load);
		break;
	case BALANCE_CPUMASK:
		snprintf(text, size, "stays: its cpumask has none of the cores that are better");
		break;
	case BALANCE_ISOLATED:
		snprintf(text, size, "stays: core %u is isolated", note->from);
		break;
	case BALANCE_LITTLE:
		snprintf(text, size, "stays: it does too little for a move to help core %u",
			 note->from);
		break;
	case BALANCE_ONCE:
		snprintf(text, size, "stays: core %u is above core_limit %u since this period only",
			 note->from, opts->core_limit);
		break;
	case BALANCE_LATELY:
		snprintf(text, size, "stays: it was moved lately, and is thought of in %u periods",
			 note->wait);
		break;
	case BALANCE_AWAKE:
		snprintf(text, size, "stays: it is idle, but core %u is awake for others",
			 note->from);
		break;
	case BALANCE_NO_ROOM:
		snprintf(text, size,
			 "stays: it is idle, but the main core, %u %% busy, has no room",
			 note->to_load);
		break;
	default:
		snprintf(text, size, "stays: no core is clearly better than its own, %u %% busy",
			 note->from_load);
	}
}

void
balance_sentence(const struct balance_note *note, const struct balance_opts *opts, char *text,
		 size_t size)
{
	if (note->reason <= BALANCE_IDLE) {
		move_sentence(note, opts, text, size);
	} else {
		stay_sentence(note, opts, text, size);
	}
}
