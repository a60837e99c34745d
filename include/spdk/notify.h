/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Notifications: what has happened, kept for whoever asks later, such as a client of the JSON-RPC
 * server.
 *
 * Events are numbered from 0 in the order in which they were sent. The last 1024 are kept; somebody
 * who asks too late sees it by the numbers. A sender registers its types when it starts, so that
 * people can ask what there is.
 *
 * Thread: any, also OS threads that are no spdk_thread. No lock is held during a callback, which
 * may call everything that is here.
 */
#ifndef SPDK_NOTIFY_H
#define SPDK_NOTIFY_H

#include "spdk/stdinc.h"

#include "spdk/json.h"
#include "spdk/queue.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What kind of event there is. It lives as long as the process. */
struct spdk_notify_type;

/** Callback: for each type; not 0 ends the enumeration. */
typedef int (*spdk_notify_foreach_type_cb)(const struct spdk_notify_type *type, void *ctx);

/** Bytes of the name of a type, with the NUL. */
#define SPDK_NOTIFY_MAX_NAME_SIZE 128

/** Bytes of what an event is about, with the NUL. */
#define SPDK_NOTIFY_MAX_CTX_SIZE 128

struct spdk_notify_event {
	char type[SPDK_NOTIFY_MAX_NAME_SIZE];
	/** What it is about, such as the name of a block device. */
	char ctx[SPDK_NOTIFY_MAX_CTX_SIZE];
};

/** Callback: for each event; `idx` is its number, `event` is valid during the call. Not 0 ends the
 * enumeration. */
typedef int (*spdk_notify_foreach_event_cb)(uint64_t idx, const struct spdk_notify_event *event,
					    void *ctx);

/**
 * Makes a type known. One that is known already is returned as it is.
 *
 * Errors: NULL, with a message: no name, one that is empty or has SPDK_NOTIFY_MAX_NAME_SIZE bytes
 * or more, or no memory.
 */
struct spdk_notify_type *spdk_notify_type_register(const char *type);

/** The name of a type. */
const char *spdk_notify_type_get_name(const struct spdk_notify_type *type);

/** Calls `cb_fn` for each type, in the order in which they were registered. */
void spdk_notify_foreach_type(spdk_notify_foreach_type_cb cb_fn, void *ctx);

/**
 * Sends an event; the oldest is forgotten when there are 1024.
 *
 * Returns its number.
 * Shape: `type` need not be registered. `ctx` may be NULL, for an event that is about nothing in
 * particular. What is too long is cut at the end of a UTF-8 letter, with a message the first time.
 * Errors: UINT64_MAX, with a message: `type` is NULL or empty; nothing was sent.
 */
uint64_t spdk_notify_send(const char *type, const char *ctx);

/**
 * Calls `cb_fn` for events from number `start_idx` on, or from the oldest that is kept, `max` times
 * at most. Events that are sent meanwhile are left for the next call.
 *
 * Returns how many times it was called; the one that ended the enumeration counts.
 */
uint64_t spdk_notify_foreach_event(uint64_t start_idx, uint64_t max,
				   spdk_notify_foreach_event_cb cb_fn, void *ctx);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NOTIFY_H */
