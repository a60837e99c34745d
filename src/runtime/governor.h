/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For schedulers that use a governor where there is one, and do without it elsewhere.
 */
#ifndef SPINDLE_GOVERNOR_H
#define SPINDLE_GOVERNOR_H

#include "spdk/stdinc.h"

/* Whether a governor of that name has been registered. */
bool governor_exists(const char *name);

#endif
