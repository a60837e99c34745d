/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of lcores: which there are, where each runs, and which OS thread is on which. It
 * changes only in lcore_table_init() and lcore_table_fini(), while no OS thread but the caller is
 * on an lcore.
 */
#ifndef SPINDLE_ENV_LCORE_H
#define SPINDLE_ENV_LCORE_H

#include "env/posix/core_list.h"
#include "spdk/stdinc.h"

/*
 * Fills the table and makes the calling OS thread that of the main core, pinned to its CPUs.
 * Shape: main_core is a core of the list.
 */
void lcore_table_init(const struct core_list *list, uint32_t main_core);

/*
 * Empties the table, and lets the OS thread of the main core run where it could before. The numbers
 * can still be walked over.
 */
void lcore_table_fini(void);
/* After that: not even the numbers, when what they were for has never begun. */
void lcore_table_forget(void);

bool lcore_exists(uint32_t core);

/* Makes the calling OS thread that of `core`, pinned where the kernel permits it. */
void lcore_enter(uint32_t core);

#endif
