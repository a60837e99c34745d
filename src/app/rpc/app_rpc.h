/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the methods of this folder share.
 *
 * One file for each noun that they are about. A handler runs on the app thread; what it has to know
 * of other threads and reactors is told by those themselves, in messages and events, and the
 * request is answered once, on the app thread.
 */
#ifndef SPINDLE_APP_RPC_H
#define SPINDLE_APP_RPC_H

#include "control/jsonrpc.h"
#include "spdk/stdinc.h"
#include "spindle/rpc.h"

/* "a, b, c": what there is, for whoever has asked for something else. */
struct name_list {
	char text[512];
};

/* Where there is no more room, "..." ends the list. It begins as zeros. */
void name_list_add(struct name_list *list, const char *name);
/* The list, or "none". */
const char *name_list_text(const struct name_list *list);

/* Answers that there is no memory for what was asked, and ends the request. */
void answer_no_memory(struct spdk_jsonrpc_request *request);

/* Answers -32603 with what `rc`, a negative errno, says of `what`, and ends the request. */
void answer_errno(struct spdk_jsonrpc_request *request, const char *what, int rc);

#endif
