/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * What Spindle adds to spdk/thread.h.
 */

#ifndef SPINDLE_THREAD_H
#define SPINDLE_THREAD_H

#include "spdk/stdinc.h"
#include "spdk/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Limits the messages that wait for a thread (any); by default there is no limit. Over it,
 * spdk_thread_send_msg() returns -ENOMEM and the message is not taken, which its callers must then
 * check.
 *
 * Units: messages; as many are taken at least, and at most 30 more. 0: no limit.
 */
void spindle_thread_set_message_limit(struct spdk_thread *thread, uint32_t messages);

#ifdef __cplusplus
}
#endif

#endif
