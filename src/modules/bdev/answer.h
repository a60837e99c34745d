/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How methods of modules of block devices answer, and how a module says why it refuses something.
 *
 * Codes of errors are negative errnos, which is what clients of this API look at; the message
 * begins with what the errno means, and says after a colon what is wrong here and what to do.
 */
#ifndef SPINDLE_MODULES_BDEV_ANSWER_H
#define SPINDLE_MODULES_BDEV_ANSWER_H

#include "spdk/assert.h"
#include "spdk/stdinc.h"

struct spdk_bdev_module;
struct spdk_jsonrpc_request;

/* One sentence without its full stop; empty: there is nothing to add to the errno. */
struct bdev_reason {
	char text[512];
};

/* Fills in a reason, which may be NULL, and returns `rc`. */
int bdev_refuse(struct bdev_reason *reason, int rc, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Each of these ends the request. */
void
bdev_answer_refusal(struct spdk_jsonrpc_request *request, int rc, const struct bdev_reason *reason);
void bdev_answer_name(struct spdk_jsonrpc_request *request, const char *name);

/* For what ends later: true, or what the errno means. A spdk_bdev_unregister_cb. */
void bdev_answer_done(void *request, int rc);

/* Unregisters a device of the module, and answers when it is gone, or that there is none. */
void bdev_answer_delete(struct spdk_jsonrpc_request *request, const char *name,
			struct spdk_bdev_module *module);

#endif
