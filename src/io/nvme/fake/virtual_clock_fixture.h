/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time of the test's own, in place of the environment's: it goes on when somebody looks at it, and
 * then fakes are stepped. So calls of the driver that wait for a controller need no other OS
 * thread, timeouts of minutes are over at once, and each run of a seed is the same.
 */
#ifndef SPINDLE_NVME_VIRTUAL_CLOCK_FIXTURE_H
#define SPINDLE_NVME_VIRTUAL_CLOCK_FIXTURE_H

#include "io/nvme/fake/fake.h"

/* Each look at the clock steps this fake, until virtual_clock_drop(). */
void virtual_clock_step(struct fake *fake);
void virtual_clock_drop(struct fake *fake);
/* How much a look takes; 100 to begin with. */
void virtual_clock_set_look_us(uint32_t us);
void virtual_clock_advance_us(uint64_t us);
uint64_t virtual_clock_us(void);

#endif
