/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * File descriptor groups: an epoll instance whose events are handed to one function per descriptor.
 *
 * Thread: a group, with all groups nested in it, is used by one OS thread at a time. Handlers run
 * inside spdk_fd_group_wait() and may add, change and remove descriptors, also themselves and those
 * whose events were fetched in the same batch: a removed handler is not called any more.
 */
#ifndef SPDK_FD_GROUP_H
#define SPDK_FD_GROUP_H

#include "spdk/assert.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What kind of descriptor it is, for what must be done before its handler is called. */
enum spdk_fd_type {
	/** Anything; the handler reads the descriptor itself. */
	SPDK_FD_TYPE_DEFAULT = 0x0,
	/** An eventfd: its counter is read, and so becomes 0, before each call of the handler. */
	SPDK_FD_TYPE_EVENTFD = 0x1,
};

/** Options of spdk_fd_group_add_ext(); fill by spdk_fd_group_get_default_event_handler_opts(). */
struct spdk_event_handler_opts {
	/** sizeof this struct as the caller knows it; fields beyond it get their defaults. */
	size_t opts_size;

	/** EPOLL* bits to wait for, as in enum spdk_interrupt_event_types. Default: EPOLLIN. */
	uint32_t events;

	/** enum spdk_fd_type. Default: SPDK_FD_TYPE_DEFAULT. */
	uint32_t fd_type;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_event_handler_opts) == 16, "Incorrect size");

/**
 * Handles the events of one descriptor.
 *
 * Callback: from spdk_fd_group_wait(), each time the descriptor is ready. Returns > 0 when there
 * was work and it was done, 0 when there was none, < 0 when it cannot tell.
 */
typedef int (*spdk_fd_fn)(void *ctx);

/** A group of descriptors. */
struct spdk_fd_group;

/**
 * Sets options to their defaults.
 *
 * Shape: fields that do not lie within opts_size are left alone; opts->opts_size becomes opts_size.
 */
void spdk_fd_group_get_default_event_handler_opts(struct spdk_event_handler_opts *opts,
						  size_t opts_size);

/**
 * Makes an empty group.
 *
 * Owner: the caller, until spdk_fd_group_destroy(). *fgrp is written only on success.
 * Errors: -EMFILE or -ENFILE (no descriptor to be had), -ENOMEM.
 */
int spdk_fd_group_create(struct spdk_fd_group **fgrp);

/**
 * Ends a group. NULL is accepted.
 *
 * All descriptors must have been removed, all children unnested, and the group itself unnested from
 * its parent. What is left is named in an error and taken out, so that nothing leaks. From within a
 * handler of the group it takes effect when the handler has returned.
 */
void spdk_fd_group_destroy(struct spdk_fd_group *fgrp);

/**
 * Waits for events of the group and of those nested in it, and calls their handlers.
 *
 * Units: timeout in milliseconds; -1 waits without end, 0 only looks.
 * Errors: the number of events that were fetched, at most 32 in one call; 0 when the time is over;
 * -EINTR (a signal came first); -EINVAL when the group is nested, since its parent does the
 * waiting.
 */
int spdk_fd_group_wait(struct spdk_fd_group *fgrp, int timeout);

/** The epoll descriptor of a group, which is readable when a wait would find an event. */
int spdk_fd_group_get_fd(struct spdk_fd_group *fgrp);

/**
 * Nests a group in another: waits on the parent serve the child's descriptors too, those that it
 * has and those that it will get. Groups nest to any depth. The wrapper of the root applies.
 *
 * Errors: -EINVAL when the child has a parent already, has a wrapper, or holds the parent itself;
 * another -errno of epoll_ctl(). On -ENOTRECOVERABLE the descriptors could not be moved back, and
 * those that are lost were named; on every other error nothing has changed.
 */
int spdk_fd_group_nest(struct spdk_fd_group *parent, struct spdk_fd_group *child);

/**
 * Takes a group out of its parent; it can be waited on by itself again.
 *
 * Errors: -EINVAL when it is not the child's parent; otherwise as spdk_fd_group_nest().
 */
int spdk_fd_group_unnest(struct spdk_fd_group *parent, struct spdk_fd_group *child);

/**
 * Adds a descriptor; fn is called when it is readable (EPOLLIN).
 *
 * Owner: the descriptor stays the caller's, who removes it before closing it. The name is copied.
 * Errors: -EINVAL (no fn, descriptor below 0, group missing), -EEXIST (already in this group, or in
 * another group of the same tree), -ENOMEM, another -errno of epoll_ctl(), such as -EPERM for a
 * regular file and -EBADF for a closed descriptor.
 */
int
spdk_fd_group_add(struct spdk_fd_group *fgrp, int efd, spdk_fd_fn fn, void *arg, const char *name);

/** As spdk_fd_group_add(), for the given EPOLL* bits. */
int spdk_fd_group_add_for_events(struct spdk_fd_group *fgrp, int efd, uint32_t events,
				 spdk_fd_fn fn, void *arg, const char *name);

/**
 * As spdk_fd_group_add(), with options.
 *
 * Shape: opts may be NULL (defaults). Errors: -EINVAL also for an opts_size of 0 or an unknown
 * fd_type.
 */
int spdk_fd_group_add_ext(struct spdk_fd_group *fgrp, int efd, spdk_fd_fn fn, void *arg,
			  const char *name, struct spdk_event_handler_opts *opts);

/** Adds a descriptor under the name of its function. */
#define SPDK_FD_GROUP_ADD(fgrp, efd, fn, arg) spdk_fd_group_add(fgrp, efd, fn, arg, #fn)

/** Adds a descriptor with options under the name of its function. */
#define SPDK_FD_GROUP_ADD_EXT(fgrp, efd, fn, arg, opts) \
	spdk_fd_group_add_ext(fgrp, efd, fn, arg, #fn, opts)

/**
 * Removes a descriptor. Its handler is not called any more, not even for events of the batch that
 * is being handled. A descriptor that is not in this group is an error in the log, and nothing
 * else.
 */
void spdk_fd_group_remove(struct spdk_fd_group *fgrp, int efd);

/**
 * Changes what events of a descriptor are waited for (EPOLL* bits), say EPOLLOUT only while there
 * is something to send.
 *
 * Errors: -EINVAL (not in this group), another -errno of epoll_ctl().
 */
int spdk_fd_group_event_modify(struct spdk_fd_group *fgrp, int efd, int event_types);

struct epoll_event;

/**
 * Copies the epoll event for which the running handler was called; its data.fd is the descriptor.
 *
 * Errors: -EINVAL outside of a handler.
 */
int spdk_fd_group_get_epoll_event(struct epoll_event *event);

/** Calls cb_fn(cb_ctx) and returns what it returned. */
typedef int (*spdk_fd_group_wrapper_fn)(void *wrapper_ctx, spdk_fd_fn cb_fn, void *cb_ctx);

/**
 * Sets a function through which every handler of this group, and of those nested in it, is called.
 *
 * Shape: cb_fn of NULL takes the wrapper away.
 * Errors: -EEXIST (there is one already), -EINVAL (the group is nested: set it on the root).
 */
int
spdk_fd_group_set_wrapper(struct spdk_fd_group *fgrp, spdk_fd_group_wrapper_fn cb_fn, void *cb_ctx);

#ifdef __cplusplus
}
#endif

#endif
