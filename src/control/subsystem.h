/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What else there is to know of subsystems than spdk/init.h tells.
 */
#ifndef SPINDLE_SUBSYSTEM_H
#define SPINDLE_SUBSYSTEM_H

#include "spdk/init.h"
#include "spdk/queue.h"

TAILQ_HEAD(subsystem_list, spdk_subsystem);
TAILQ_HEAD(subsystem_depend_list, spdk_subsystem_depend);

/* In the order of their start, once they have been started; of registration before. */
const struct subsystem_list *subsystem_get_all(void);
const struct subsystem_depend_list *subsystem_get_depends(void);

/* Whether a function with a callback is called as it must be: on the app thread. It is explained.
 */
bool subsystem_check_call(const char *function, bool has_callback);

/* A step that has not reported back by then is named. */
#define SUBSYSTEM_PATIENCE_SEC 5

/*
 * Goes on as if the one that is being started had failed, or the one that is being ended had ended;
 * but not before it has had SUBSYSTEM_PATIENCE_SEC, since it cannot be told from one that is about
 * to report back, and whose report would then be taken for that of the next one.
 */
void subsystem_give_up(void);

#endif
