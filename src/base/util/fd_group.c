/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * File descriptor groups over epoll.
 *
 * A nested group is one descriptor, the child's epoll descriptor, in the parent's epoll instance;
 * when it is ready the child is waited on with no timeout. (The alternative, to move all
 * descriptors into the root's instance, saves a system call for each batch, but makes nesting cost
 * as much as the child is large and able to fail half-way.)
 *
 * Invariants:
 *   1. A handler is in the buckets of its group exactly while its descriptor is in the group's
 * epoll instance; events point to handlers.
 *   2. Fetched events live on the stack of a wait on the handler's own group. So a handler that is
 *      removed while its group's wait_depth is above 0 is only marked, unlinked and put on the
 * removed list; it is freed when wait_depth falls to 0. The same holds for a destroyed group.
 *   3. A child has a parent exactly while a handler with that child is in the parent.
 */
#include "spdk/fd_group.h"
#include "spdk/log.h"
#include "spdk/string.h"
#include "spdk/util.h"

#include <poll.h>
#include <sys/epoll.h>

#define EVENTS_PER_WAIT  32
#define BUCKET_COUNT_MIN 8

struct fd_handler {
	/* In a bucket, or on the removed list. */
	struct fd_handler *next;
	/* Serves a nested group instead of calling fn. */
	struct spdk_fd_group *child;
	spdk_fd_fn fn;
	void *arg;
	int fd;
	bool is_eventfd;
	/* Without O_NONBLOCK a read does not return when another handler has emptied it. */
	bool can_block;
	bool is_removed;
	/* A read that fails is an error each time; it is told once. */
	bool has_failed;
	char name[];
};

struct spdk_fd_group {
	int epoll_fd;
	/* Waits on this group that are handling events; more than one when a handler waits. */
	uint32_t wait_depth;
	bool is_destroyed;
	uint32_t handler_count;
	/* A power of two, or 0. */
	uint32_t bucket_count;
	struct fd_handler **buckets;
	struct fd_handler *removed;
	struct spdk_fd_group *parent;
	spdk_fd_group_wrapper_fn wrapper_fn;
	void *wrapper_ctx;
};

/* For spdk_fd_group_get_epoll_event(): the event whose handler runs on this OS thread. */
static __thread const struct epoll_event *g_current_event;

/* Descriptors are small and dense, so their low bits spread them evenly. */
static struct fd_handler **
bucket_of(const struct spdk_fd_group *group, int fd)
{
	return &group->buckets[(uint32_t)fd & (group->bucket_count - 1)];
}

/* The pointer that points to the handler; NULL when there is none. */
static struct fd_handler **
find_link(const struct spdk_fd_group *group, int fd)
{
	struct fd_handler **link;

	if (group->bucket_count == 0) {
		return NULL;
	}
	for (link = bucket_of(group, fd); *link != NULL; link = &(*link)->next) {
		if ((*link)->fd == fd) {
			return link;
		}
	}
	return NULL;
}

static struct fd_handler *
find(const struct spdk_fd_group *group, int fd)
{
	struct fd_handler **link = find_link(group, fd);

	return link != NULL ? *link : NULL;
}

/* Makes room for one more. Without memory a table that exists only becomes slower. */
static int
grow_buckets(struct spdk_fd_group *group)
{
	uint32_t index, old_count = group->bucket_count;
	uint32_t new_count = old_count == 0 ? BUCKET_COUNT_MIN : old_count * 2;
	struct fd_handler **old_buckets = group->buckets, **new_buckets;
	struct fd_handler *handler, *next, **bucket;

	if (group->handler_count < old_count) {
		return 0;
	}
	new_buckets = calloc(new_count, sizeof(*new_buckets));
	if (new_buckets == NULL) {
		return old_count == 0 ? -ENOMEM : 0;
	}
	group->buckets = new_buckets;
	group->bucket_count = new_count;
	for (index = 0; index < old_count; index++) {
		for (handler = old_buckets[index]; handler != NULL; handler = next) {
			next = handler->next;
			bucket = bucket_of(group, handler->fd);
			handler->next = *bucket;
			*bucket = handler;
		}
	}
	free(old_buckets);
	return 0;
}

static struct fd_handler *
handler_create(int fd, const char *name)
{
	size_t name_size = strlen(name) + 1;
	struct fd_handler *handler = calloc(1, sizeof(*handler) + name_size);

	if (handler != NULL) {
		handler->fd = fd;
		memcpy(handler->name, name, name_size);
	}
	return handler;
}

/* Links a handler and puts its descriptor into epoll. */
static int
attach(struct spdk_fd_group *group, struct fd_handler *handler, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = handler};
	struct fd_handler **bucket;
	int rc;

	rc = grow_buckets(group);
	if (rc != 0) {
		return rc;
	}
	if (epoll_ctl(group->epoll_fd, EPOLL_CTL_ADD, handler->fd, &event) != 0) {
		return -errno;
	}
	bucket = bucket_of(group, handler->fd);
	handler->next = *bucket;
	*bucket = handler;
	group->handler_count++;
	return 0;
}

/* Undoes attach() and frees the handler, at once or when no wait can hold its events any more. */
static void
detach(struct spdk_fd_group *group, struct fd_handler **link)
{
	struct fd_handler *handler = *link;

	*link = handler->next;
	group->handler_count--;
	if (epoll_ctl(group->epoll_fd, EPOLL_CTL_DEL, handler->fd, NULL) != 0) {
		SPDK_ERRLOG(
			"fd %d ('%s') of fd group %p had left epoll before it was removed (%s): "
			"remove it first, then close it\n",
			handler->fd, handler->name, (void *)group, spdk_strerror(errno));
	}
	if (handler->child != NULL) {
		handler->child->parent = NULL;
	}
	if (group->wait_depth == 0) {
		free(handler);
		return;
	}
	handler->is_removed = true;
	handler->next = group->removed;
	group->removed = handler;
}

int
spdk_fd_group_create(struct spdk_fd_group **fgrp)
{
	struct spdk_fd_group *group = calloc(1, sizeof(*group));
	int rc;

	if (group == NULL) {
		return -ENOMEM;
	}
	group->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (group->epoll_fd < 0) {
		rc = -errno;
		free(group);
		return rc;
	}
	*fgrp = group;
	return 0;
}

static void
free_removed(struct spdk_fd_group *group)
{
	struct fd_handler *handler, *next;

	for (handler = group->removed; handler != NULL; handler = next) {
		next = handler->next;
		free(handler);
	}
	group->removed = NULL;
}

static void
free_group(struct spdk_fd_group *group)
{
	free_removed(group);
	close(group->epoll_fd);
	free(group->buckets);
	free(group);
}

/* Takes out what the user has left in a group that is being destroyed, and says so once. */
static void
detach_all(struct spdk_fd_group *group)
{
	uint32_t index, left_count = group->handler_count;
	const struct fd_handler *example = NULL;

	for (index = 0; index < group->bucket_count && example == NULL; index++) {
		example = group->buckets[index];
	}
	if (example == NULL) {
		return;
	}
	SPDK_ERRLOG("fd group %p is destroyed while it has %" PRIu32 " fds, such as %d ('%s'): "
		    "remove fds and unnest groups first\n",
		    (void *)group, left_count, example->fd, example->name);
	for (index = 0; index < group->bucket_count; index++) {
		while (group->buckets[index] != NULL) {
			detach(group, &group->buckets[index]);
		}
	}
}

void
spdk_fd_group_destroy(struct spdk_fd_group *fgrp)
{
	if (fgrp == NULL) {
		return;
	}
	detach_all(fgrp);
	if (fgrp->parent != NULL) {
		SPDK_ERRLOG("fd group %p is destroyed while it is nested in %p: unnest it first\n",
			    (void *)fgrp, (void *)fgrp->parent);
		detach(fgrp->parent, find_link(fgrp->parent, fgrp->epoll_fd));
	}
	if (fgrp->wait_depth == 0) {
		free_group(fgrp);
	} else {
		fgrp->is_destroyed = true;
	}
}

int
spdk_fd_group_get_fd(struct spdk_fd_group *fgrp)
{
	return fgrp->epoll_fd;
}

void
spdk_fd_group_get_default_event_handler_opts(struct spdk_event_handler_opts *opts, size_t opts_size)
{
	if (opts == NULL || opts_size == 0) {
		SPDK_ERRLOG("event handler options need a struct and its size\n");
		return;
	}
	if (offsetof(struct spdk_event_handler_opts, opts_size) + sizeof(opts->opts_size) <=
	    opts_size) {
		opts->opts_size = opts_size;
	}
	if (offsetof(struct spdk_event_handler_opts, events) + sizeof(opts->events) <= opts_size) {
		opts->events = EPOLLIN;
	}
	if (offsetof(struct spdk_event_handler_opts, fd_type) + sizeof(opts->fd_type) <=
	    opts_size) {
		opts->fd_type = SPDK_FD_TYPE_DEFAULT;
	}
}

/* All options, the ones that the caller does not know of with their defaults. */
static struct spdk_event_handler_opts
complete_opts(const struct spdk_event_handler_opts *opts)
{
	struct spdk_event_handler_opts full;

	spdk_fd_group_get_default_event_handler_opts(&full, sizeof(full));
	if (opts != NULL) {
		memcpy(&full, opts, spdk_min(opts->opts_size, sizeof(full)));
	}
	return full;
}

int
spdk_fd_group_add_ext(struct spdk_fd_group *fgrp, int efd, spdk_fd_fn fn, void *arg,
		      const char *name, struct spdk_event_handler_opts *opts)
{
	struct spdk_event_handler_opts full = complete_opts(opts);
	struct fd_handler *handler;
	int flags, rc;

	name = name != NULL ? name : "unnamed";
	if (fn == NULL || efd < 0 || (opts != NULL && opts->opts_size == 0) ||
	    full.fd_type > SPDK_FD_TYPE_EVENTFD) {
		SPDK_ERRLOG("fd group %p cannot take fd %d ('%s'): it needs an fd, a function, "
			    "opts_size and a known fd_type (has %" PRIu32 ")\n",
			    (void *)fgrp, efd, name, full.fd_type);
		return -EINVAL;
	}
	handler = find(fgrp, efd);
	if (handler != NULL) {
		SPDK_ERRLOG(
			"fd %d ('%s') is in fd group %p already, as '%s': remove that first, and "
			"before the fd is closed\n",
			efd, name, (void *)fgrp, handler->name);
		return -EEXIST;
	}
	handler = handler_create(efd, name);
	if (handler == NULL) {
		return -ENOMEM;
	}
	handler->fn = fn;
	handler->arg = arg;
	handler->is_eventfd = full.fd_type == SPDK_FD_TYPE_EVENTFD;
	flags = handler->is_eventfd ? fcntl(efd, F_GETFL) : O_NONBLOCK;
	handler->can_block = (flags & O_NONBLOCK) == 0;
	rc = attach(fgrp, handler, full.events);
	if (rc != 0) {
		SPDK_ERRLOG("fd group %p cannot watch fd %d ('%s'): %s\n", (void *)fgrp, efd, name,
			    rc == -EPERM ? "such files are always ready" : spdk_strerror(-rc));
		free(handler);
	}
	return rc;
}

int
spdk_fd_group_add_for_events(struct spdk_fd_group *fgrp, int efd, uint32_t events, spdk_fd_fn fn,
			     void *arg, const char *name)
{
	struct spdk_event_handler_opts opts;

	spdk_fd_group_get_default_event_handler_opts(&opts, sizeof(opts));
	opts.events = events;
	return spdk_fd_group_add_ext(fgrp, efd, fn, arg, name, &opts);
}

int
spdk_fd_group_add(struct spdk_fd_group *fgrp, int efd, spdk_fd_fn fn, void *arg, const char *name)
{
	return spdk_fd_group_add_ext(fgrp, efd, fn, arg, name, NULL);
}

void
spdk_fd_group_remove(struct spdk_fd_group *fgrp, int efd)
{
	struct fd_handler **link = find_link(fgrp, efd);

	if (link == NULL) {
		SPDK_ERRLOG("fd %d cannot be removed from fd group %p: it is not in it\n", efd,
			    (void *)fgrp);
		return;
	}
	if ((*link)->child != NULL) {
		SPDK_ERRLOG("fd %d in fd group %p is that of the nested group %p: use "
			    "spdk_fd_group_unnest()\n",
			    efd, (void *)fgrp, (void *)(*link)->child);
		return;
	}
	detach(fgrp, link);
}

int
spdk_fd_group_event_modify(struct spdk_fd_group *fgrp, int efd, int event_types)
{
	struct fd_handler *handler = find(fgrp, efd);
	struct epoll_event event = {.events = (uint32_t)event_types, .data.ptr = handler};
	int rc;

	if (handler == NULL || handler->child != NULL) {
		SPDK_ERRLOG(
			"events of fd %d cannot be changed: fd group %p has no handler for it\n",
			efd, (void *)fgrp);
		return -EINVAL;
	}
	if (epoll_ctl(fgrp->epoll_fd, EPOLL_CTL_MOD, efd, &event) != 0) {
		rc = -errno;
		SPDK_ERRLOG("events of fd %d ('%s') in fd group %p cannot be changed to %#x: %s\n",
			    efd, handler->name, (void *)fgrp, (unsigned int)event_types,
			    spdk_strerror(-rc));
		return rc;
	}
	return 0;
}

int
spdk_fd_group_nest(struct spdk_fd_group *parent, struct spdk_fd_group *child)
{
	struct spdk_fd_group *above;
	struct fd_handler *handler;
	int rc;

	if (parent == NULL || child == NULL || parent == child) {
		SPDK_ERRLOG("fd group %p cannot be nested in %p: two groups are needed\n",
			    (void *)child, (void *)parent);
		return -EINVAL;
	}
	if (child->parent != NULL) {
		SPDK_ERRLOG("fd group %p cannot be nested in %p: it is nested in %p\n",
			    (void *)child, (void *)parent, (void *)child->parent);
		return -EBUSY;
	}
	for (above = parent->parent; above != NULL; above = above->parent) {
		if (above == child) {
			SPDK_ERRLOG("fd group %p cannot be nested in %p, which is nested in it\n",
				    (void *)child, (void *)parent);
			return -ELOOP;
		}
	}
	handler = handler_create(child->epoll_fd, "nested fd group");
	if (handler == NULL) {
		return -ENOMEM;
	}
	handler->child = child;
	rc = attach(parent, handler, EPOLLIN);
	if (rc != 0) {
		SPDK_ERRLOG("fd group %p cannot be nested in %p: %s\n", (void *)child,
			    (void *)parent,
			    rc == -ELOOP || rc == -EINVAL ? "too deep" : spdk_strerror(-rc));
		free(handler);
		return rc == -EINVAL ? -ELOOP : rc;
	}
	child->parent = parent;
	return 0;
}

int
spdk_fd_group_unnest(struct spdk_fd_group *parent, struct spdk_fd_group *child)
{
	if (parent == NULL || child == NULL || child->parent != parent) {
		SPDK_ERRLOG("fd group %p cannot be unnested from %p: it is not nested in it\n",
			    (void *)child, (void *)parent);
		return -EINVAL;
	}
	detach(parent, find_link(parent, child->epoll_fd));
	return 0;
}

int
spdk_fd_group_set_wrapper(struct spdk_fd_group *fgrp, spdk_fd_group_wrapper_fn cb_fn, void *cb_ctx)
{
	if (cb_fn != NULL && fgrp->wrapper_fn != NULL) {
		SPDK_ERRLOG(
			"fd group %p has a wrapper already: take it away first, by cb_fn NULL\n",
			(void *)fgrp);
		return -EEXIST;
	}
	fgrp->wrapper_fn = cb_fn;
	fgrp->wrapper_ctx = cb_ctx;
	return 0;
}

int
spdk_fd_group_get_epoll_event(struct epoll_event *event)
{
	if (event == NULL || g_current_event == NULL) {
		return -EINVAL;
	}
	*event = *g_current_event;
	return 0;
}

struct wrapped_call {
	spdk_fd_group_wrapper_fn wrapper_fn;
	void *wrapper_ctx;
	spdk_fd_fn fn;
	void *arg;
};

static int
call_wrapper(void *arg)
{
	struct wrapped_call *call = arg;

	return call->wrapper_fn(call->wrapper_ctx, call->fn, call->arg);
}

/*
 * Calls fn(arg) through the wrappers of the group and of those above it. Each recursion wraps the
 * call once more, going up, so the outermost wrapper is called first.
 */
static void
call_through_wrappers(const struct spdk_fd_group *group, spdk_fd_fn fn, void *arg)
{
	struct wrapped_call call = {.fn = fn, .arg = arg};

	while (group != NULL && group->wrapper_fn == NULL) {
		group = group->parent;
	}
	if (group == NULL) {
		(void)fn(arg); /* What it says about work is for those who call it by themselves. */
		return;
	}
	call.wrapper_fn = group->wrapper_fn;
	call.wrapper_ctx = group->wrapper_ctx;
	call_through_wrappers(group->parent, call_wrapper, &call);
}

/* Resets an eventfd. False when there was nothing in it: another handler of the batch was first. */
static bool
read_eventfd(struct fd_handler *handler)
{
	struct pollfd readable = {.fd = handler->fd, .events = POLLIN};
	uint64_t count;

	if (handler->can_block && poll(&readable, 1, 0) <= 0) {
		return false;
	}
	if (read(handler->fd, &count, sizeof(count)) >= 0) {
		return true;
	}
	if (errno == EAGAIN || errno == EINTR) {
		return false;
	}
	/* Its handler may know what to do; without a call the descriptor would stay ready for ever.
	 */
	if (!handler->has_failed) {
		handler->has_failed = true;
		SPDK_ERRLOG(
			"fd %d ('%s') was added as SPDK_FD_TYPE_EVENTFD and cannot be read as one: "
			"%s\n",
			handler->fd, handler->name, spdk_strerror(errno));
	}
	return true;
}

/* Returns how many events were handled. */
static int
handle_event(struct spdk_fd_group *group, const struct epoll_event *fetched)
{
	struct fd_handler *handler = fetched->data.ptr;
	const struct epoll_event *outer_event = g_current_event;
	struct epoll_event event = {.events = fetched->events};
	int rc;

	if (handler->is_removed) {
		return 0;
	}
	if (handler->child != NULL) {
		rc = spdk_fd_group_wait(handler->child, 0);
		return rc > 0 ? rc : 0;
	}
	if (handler->is_eventfd && !read_eventfd(handler)) {
		return 0;
	}
	event.data.fd = handler->fd;
	g_current_event = &event;
	call_through_wrappers(group, handler->fn, handler->arg);
	g_current_event = outer_event;
	return 1;
}

int
spdk_fd_group_wait(struct spdk_fd_group *fgrp, int timeout)
{
	struct epoll_event events[EVENTS_PER_WAIT];
	int index, event_count, handled_count = 0;

	event_count = epoll_wait(fgrp->epoll_fd, events, EVENTS_PER_WAIT, timeout);
	if (event_count < 0) {
		return -errno;
	}
	fgrp->wait_depth++;
	for (index = 0; index < event_count; index++) {
		handled_count += handle_event(fgrp, &events[index]);
	}
	fgrp->wait_depth--;
	if (fgrp->wait_depth == 0) {
		if (fgrp->is_destroyed) {
			free_group(fgrp);
		} else {
			free_removed(fgrp);
		}
	}
	return handled_count;
}
