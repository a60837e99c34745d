/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the layers above need of tracing beyond spdk/trace.h: the text of the option -e, and what
 * the RPCs tell about groups and tpoints. To walk over the groups, use
 * spdk_trace_get_first_register_fn() and spdk_trace_get_next_register_fn().
 */
#ifndef SPINDLE_TRACE_H
#define SPINDLE_TRACE_H

#include "spdk/stdinc.h"

/*
 * The path of the trace file; NULL: there is none, since tracing is off or uses memory of the
 * process. Valid until spdk_trace_cleanup().
 */
const char *trace_file_path(void);

/* Whether spdk_trace_init() has been called with entries. */
bool trace_is_on(void);

/*
 * The group of this name ("all" is none). 0, or -EINVAL, with `out_group_id` as it was and an
 * explanation that lists the groups.
 */
int trace_group_find(const char *name, uint8_t *out_group_id);

/* The name of a tpoint, `index` in its group from 0 to 63; NULL: none is registered there. */
const char *trace_tpoint_name(uint32_t group_id, uint32_t index);

/*
 * Switches on what a text of the option -e says:
 *
 *   GROUPS  = GROUP [":" TPOINTS] {"," GROUP [":" TPOINTS]}
 *   GROUP   = a name of a group, "all", or a mask of groups that begins with "0x"
 *   TPOINTS = a hexadecimal mask, which begins with a digit, or names of tpoints with "+" between
 * them
 *
 * TPOINTS may not follow "all" or a mask of several groups. 0, or -errno, explained with what there
 * is, and then nothing is switched on: -EINVAL: the text; -ENODEV: no tracing; -ENOMEM.
 */
int trace_select(const char *groups);

#endif
