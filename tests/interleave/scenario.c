/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The scenarios, each small enough to be explored wholly. The letters are in world.h.
 */
#include "world.h"

#define BUFFERS  (1u << VARIANT_BUFFERS)
#define REUSE    (1u << VARIANT_REUSE)
#define SPURIOUS (1u << VARIANT_SPURIOUS)

/* Slots used at the start, where that is to be neither none nor all. */
#define FEW (SEGMENT_SLOTS < 4 ? 1 : 3)

const struct scenario g_scenarios[] = {
	{
		.name = "first",
		.about = "two senders bring the first segment of an empty queue at once",
		.senders = {"n", "n"},
		.reactors = 1,
		.variants = BUFFERS | SPURIOUS,
	},
	{
		.name = "first and exit",
		.about = "the same, and the second ends the thread",
		.senders = {"nn", "x"},
		.reactors = 1,
		.variants = BUFFERS | SPURIOUS,
	},
	{
		.name = "move",
		.about = "a handler on A and a plain thread send while R moves to B",
		.handler = "mn",
		.senders = {"nn"},
		.reactors = 2,
		.used_slots = FEW,
		.variants = BUFFERS,
	},
	{
		.name = "exit",
		.about = "a plain thread sends, a handler on A ends R; sends after it are refused",
		.handler = "nx",
		.senders = {"nnn"},
		.reactors = 1,
		.used_slots = FEW,
		.variants = BUFFERS | SPURIOUS,
	},
	{
		.name = "force",
		.about = "two senders, one of whom ends R by force",
		.senders = {"nf", "nn"},
		.reactors = 1,
		.used_slots = FEW,
		.variants = BUFFERS,
	},
	{
		.name = "move and exit",
		.about = "a handler on A makes R move, a plain thread ends it",
		.handler = "mn",
		.senders = {"nxn"},
		.reactors = 2,
		.used_slots = FEW,
		.variants = BUFFERS,
	},
	{
		.name = "boundary",
		.about = "messages of two senders go over the end of a segment",
		.senders = {"nn", "n"},
		.reactors = 1,
		.used_slots = SEGMENT_SLOTS - 1,
		.variants = BUFFERS | SPURIOUS,
	},
	{
		.name = "several segments",
		.about = "segments go and come back, while another sender still holds one",
		.senders = {"nn", "n"},
		.reactors = 1,
		.used_slots = SEGMENT_SLOTS,
		.variants = REUSE,
	},
	{
		.name = "boundary and exit",
		.about = "the same, while R moves, and exits",
		.handler = "m",
		.senders = {"nx"},
		.reactors = 2,
		.used_slots = SEGMENT_SLOTS - 1,
		.variants = BUFFERS | SPURIOUS,
	},
	{
		.name = "notice",
		.about = "a notice, a due timer and a message compete for an idle thread",
		.senders = {"N", "n"},
		.reactors = 1,
		.deadline = 1000,
		.variants = BUFFERS | SPURIOUS,
	},
	{
		.name = "notice and exit",
		.about = "a notice comes while a thread exits: it is refused, or a run follows it",
		.senders = {"NN", "x"},
		.reactors = 1,
		.used_slots = FEW,
		.variants = BUFFERS | SPURIOUS,
	},
	{
		.name = "notice and move",
		.about = "a notice and a deadline while a thread moves",
		.senders = {"NN", "m"},
		.reactors = 2,
		.used_slots = FEW,
		.deadline = 1000,
	},
	{
		.name = "wake",
		.about = "run_queue_wake() against park and a send",
		.senders = {"ww", "n"},
		.reactors = 1,
		.used_slots = FEW,
		.variants = BUFFERS | SPURIOUS,
	},
	{
		.name = "wake and notice",
		.about = "run_queue_wake() against park and a run that has nothing to do",
		.senders = {"ww", "N"},
		.reactors = 1,
		.used_slots = FEW,
		.variants = BUFFERS | SPURIOUS,
	},
	{
		.name = "poller",
		.about = "a foreign loop sleeps on the descriptor; woken, then exit and destroy",
		.senders = {"n", "nx"},
		.is_homeless = true,
		.is_polled = true,
		.has_descriptor = true,
		.variants = BUFFERS | SPURIOUS,
	},
	{
		.name = "poller and notice",
		.about = "the same with notices, and no exit",
		.senders = {"NN", "n"},
		.is_homeless = true,
		.is_polled = true,
		.has_descriptor = true,
		.variants = BUFFERS,
	},
	{
		.name = "two pollers",
		.about = "another OS thread polls as well",
		.senders = {"nn", "pp"},
		.is_homeless = true,
		.is_polled = true,
		.variants = BUFFERS | SPURIOUS,
	},
	{
		.name = "adopt",
		.about = "a thread without home gets one while it is sent to",
		.senders = {"a", "nnn"},
		.reactors = 1,
		.is_homeless = true,
		.variants = BUFFERS | SPURIOUS,
	},
};

const size_t g_scenario_count = SPDK_COUNTOF(g_scenarios);
