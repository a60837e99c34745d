/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether the model and the explorer can be believed: programs of a few operations whose outcomes
 * and numbers of interleavings are known.
 */
#ifndef SPINDLE_LITMUS_H
#define SPINDLE_LITMUS_H

/* The number of programs that came out otherwise than they should; each is printed. */
int litmus_run(void);

#endif
