/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A few OS threads that do what may wait in the kernel, and tell the SPDK thread that asked.
 */
#ifndef SPINDLE_TOOL_DD_WORKERS_H
#define SPINDLE_TOOL_DD_WORKERS_H

#include "dd_end.h"

struct dd_workers;

/* `run` is called on one of the threads with each request; it sets rc and the results. NULL: no
 * memory, or no threads. */
struct dd_workers *dd_workers_create(unsigned count, void (*run)(struct dd_request *request));
/* In order, and with one thread, one after the other. */
void dd_workers_submit(struct dd_workers *workers, struct dd_request *request);
/* Wakes those that wait in a system call: it fails with EINTR, and dd_workers_is_interrupted(). */
void dd_workers_interrupt(struct dd_workers *workers);
bool dd_workers_is_interrupted(const struct dd_workers *workers);
/* No request is under way. NULL is accepted. */
void dd_workers_destroy(struct dd_workers *workers);

#endif
