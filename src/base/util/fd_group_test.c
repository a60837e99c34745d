/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * File descriptor groups: who is called, and what handlers may do to their groups while a batch of
 * events is being handled. The latter fail under AddressSanitizer when a handler is freed too
 * early.
 */
#include "spdk/fd_group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "spdk/log.h"

#define SOURCE_COUNT 8

static uint32_t g_error_count;
static char g_error[512];

static void
keep_errors(int level, const char *file, const int line, const char *func, const char *format,
	    va_list args)
{
	if (level == SPDK_LOG_ERROR) {
		g_error_count++;
		vsnprintf(g_error, sizeof(g_error), format, args);
	}
}

/* Exactly one error since the last look, and it says this. */
static void
expect_error(const char *text)
{
	assert_int_equal(g_error_count, 1);
	assert_non_null(strstr(g_error, text));
	g_error_count = 0;
}

/* An eventfd in a group, and what its handler is to do. */
struct source {
	struct spdk_fd_group *group;
	int fd;
	uint32_t calls;
	struct epoll_event event;
	/* Removes these, of whatever group; one may be the source itself. */
	struct source *victims[SOURCE_COUNT];
	struct spdk_fd_group *group_to_destroy;
	struct spdk_fd_group *group_to_unnest;
	struct source *to_add;
};

static struct source g_sources[SOURCE_COUNT];

static int handle(void *arg);

static void
add(struct spdk_fd_group *group, struct source *source)
{
	struct spdk_event_handler_opts opts;

	spdk_fd_group_get_default_event_handler_opts(&opts, sizeof(opts));
	opts.fd_type = SPDK_FD_TYPE_EVENTFD;
	source->group = group;
	assert_int_equal(SPDK_FD_GROUP_ADD_EXT(group, source->fd, handle, source, &opts), 0);
}

static void
drop(struct source *source)
{
	spdk_fd_group_remove(source->group, source->fd);
	source->group = NULL;
}

static int
handle(void *arg)
{
	struct source *source = arg;
	size_t index;

	source->calls++;
	assert_int_equal(spdk_fd_group_get_epoll_event(&source->event), 0);
	for (index = 0; index < SOURCE_COUNT; index++) {
		if (source->victims[index] != NULL && source->victims[index]->group != NULL) {
			drop(source->victims[index]);
		}
	}
	if (source->group_to_unnest != NULL) {
		assert_int_equal(spdk_fd_group_unnest(source->group_to_unnest, source->group), 0);
	}
	if (source->group_to_destroy != NULL) {
		spdk_fd_group_destroy(source->group_to_destroy);
	}
	if (source->to_add != NULL) {
		add(source->group, source->to_add);
		source->to_add = NULL;
	}
	return 1;
}

static void
signal_source(struct source *source)
{
	assert_int_equal(eventfd_write(source->fd, 1), 0);
}

static void
signal_all(void)
{
	size_t index;

	for (index = 0; index < SOURCE_COUNT; index++) {
		signal_source(&g_sources[index]);
	}
}

static uint32_t
total_calls(void)
{
	uint32_t calls = 0;
	size_t index;

	for (index = 0; index < SOURCE_COUNT; index++) {
		calls += g_sources[index].calls;
	}
	return calls;
}

static int
set_up(void **state)
{
	size_t index;

	memset(g_sources, 0, sizeof(g_sources));
	g_error_count = 0;
	spdk_log_open(keep_errors);
	for (index = 0; index < SOURCE_COUNT; index++) {
		g_sources[index].fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		assert_true(g_sources[index].fd >= 0);
	}
	return 0;
}

static int
tear_down(void **state)
{
	size_t index;

	for (index = 0; index < SOURCE_COUNT; index++) {
		close(g_sources[index].fd);
	}
	spdk_log_close();
	/* Errors that no test expected. */
	if (g_error_count != 0) {
		print_error("unexpected error: %s", g_error);
	}
	return g_error_count == 0 ? 0 : -1;
}

static struct spdk_fd_group *
create(void)
{
	struct spdk_fd_group *group = NULL;

	assert_int_equal(spdk_fd_group_create(&group), 0);
	assert_non_null(group);
	return group;
}

static void
each_ready_fd_is_handled_once(void **state)
{
	struct spdk_fd_group *group = create();
	size_t index;

	for (index = 0; index < SOURCE_COUNT; index++) {
		add(group, &g_sources[index]);
	}
	assert_int_equal(spdk_fd_group_wait(group, 0), 0);
	signal_source(&g_sources[2]);
	signal_source(&g_sources[2]);
	signal_source(&g_sources[5]);
	assert_int_equal(spdk_fd_group_wait(group, -1), 2);
	assert_int_equal(g_sources[2].calls, 1);
	assert_int_equal(g_sources[5].calls, 1);
	assert_int_equal(total_calls(), 2);
	assert_int_equal(g_sources[5].event.events, EPOLLIN);
	assert_int_equal(g_sources[5].event.data.fd, g_sources[5].fd);
	/* The eventfds were read for the handlers. */
	assert_int_equal(spdk_fd_group_wait(group, 0), 0);
	for (index = 0; index < SOURCE_COUNT; index++) {
		drop(&g_sources[index]);
	}
	signal_all();
	assert_int_equal(spdk_fd_group_wait(group, 0), 0);
	spdk_fd_group_destroy(group);
	spdk_fd_group_destroy(NULL);
}

static int
count_call(void *arg)
{
	uint32_t *calls = arg;

	(*calls)++;
	return 0;
}

static void
a_plain_fd_is_left_for_its_handler_to_read(void **state)
{
	struct spdk_fd_group *group = create();
	uint32_t calls = 0;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(SPDK_FD_GROUP_ADD(group, fds[0], count_call, &calls), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(spdk_fd_group_wait(group, 0), 1);
	assert_int_equal(spdk_fd_group_wait(group, 0), 1);
	assert_int_equal(calls, 2);
	spdk_fd_group_remove(group, fds[0]);
	/* A pipe can be written to: only the events that were asked for count. */
	assert_int_equal(
		spdk_fd_group_add_for_events(group, fds[1], EPOLLOUT, count_call, &calls, "pipe"),
		0);
	assert_int_equal(spdk_fd_group_wait(group, 0), 1);
	assert_int_equal(spdk_fd_group_event_modify(group, fds[1], 0), 0);
	assert_int_equal(spdk_fd_group_wait(group, 0), 0);
	assert_int_equal(spdk_fd_group_event_modify(group, fds[1], EPOLLOUT), 0);
	assert_int_equal(spdk_fd_group_wait(group, 0), 1);
	spdk_fd_group_remove(group, fds[1]);
	close(fds[0]);
	close(fds[1]);
	spdk_fd_group_destroy(group);
}

/* Each of all sources, in turn, removes all; so it is first, last and in the middle of a batch. */
static void
removed_handlers_are_not_called_in_the_same_batch(void **state)
{
	struct spdk_fd_group *group = create();
	uint32_t total_count = 0;
	size_t actor, index;
	int event_count;

	for (actor = 0; actor < SOURCE_COUNT; actor++) {
		for (index = 0; index < SOURCE_COUNT; index++) {
			g_sources[index].calls = 0;
			memset(g_sources[index].victims, 0, sizeof(g_sources[index].victims));
			add(group, &g_sources[index]);
		}
		for (index = 0; index < SOURCE_COUNT; index++) {
			g_sources[actor].victims[index] = &g_sources[index];
		}
		signal_all();
		/* Those before the actor were called, those after it were not. */
		event_count = spdk_fd_group_wait(group, 0);
		assert_int_equal(event_count, total_calls());
		assert_int_equal(g_sources[actor].calls, 1);
		total_count += total_calls();
		assert_int_equal(spdk_fd_group_wait(group, 0), 0);
		for (index = 0; index < SOURCE_COUNT; index++) {
			assert_null(g_sources[index].group);
			(void)eventfd_read(g_sources[index].fd, &(eventfd_t){0});
		}
	}
	/* The kernel hands out events in a fixed order, so the actor was first once, last once. */
	assert_int_equal(total_count, SOURCE_COUNT * (SOURCE_COUNT + 1) / 2);
	spdk_fd_group_destroy(group);
}

static void
an_fd_may_be_added_anew_in_the_same_batch(void **state)
{
	struct spdk_fd_group *group = create();

	add(group, &g_sources[0]);
	g_sources[0].victims[0] = &g_sources[0];
	signal_source(&g_sources[0]);
	assert_int_equal(spdk_fd_group_wait(group, 0), 1);
	g_sources[0].victims[0] = NULL;
	add(group, &g_sources[0]);
	g_sources[0].to_add = &g_sources[1];
	signal_source(&g_sources[0]);
	signal_source(&g_sources[1]);
	assert_int_equal(spdk_fd_group_wait(group, 0), 1);
	assert_int_equal(spdk_fd_group_wait(group, 0), 1);
	assert_int_equal(g_sources[1].calls, 1);
	drop(&g_sources[0]);
	drop(&g_sources[1]);
	spdk_fd_group_destroy(group);
}

static void
a_parent_serves_its_children(void **state)
{
	struct spdk_fd_group *parent = create(), *child = create(), *grandchild = create();

	add(parent, &g_sources[0]);
	add(child, &g_sources[1]);
	add(grandchild, &g_sources[2]);
	assert_int_equal(spdk_fd_group_nest(child, grandchild), 0);
	assert_int_equal(spdk_fd_group_nest(parent, child), 0);
	/* Added after nesting. */
	add(grandchild, &g_sources[3]);
	signal_all();
	assert_int_equal(spdk_fd_group_wait(parent, 1000), 4);
	assert_int_equal(total_calls(), 4);
	assert_int_equal(spdk_fd_group_wait(parent, 0), 0);
	/* The child's descriptor is still good for others, and so is the child. */
	signal_source(&g_sources[3]);
	assert_int_equal(spdk_fd_group_wait(child, 0), 1);
	assert_int_equal(spdk_fd_group_unnest(parent, child), 0);
	signal_all();
	assert_int_equal(spdk_fd_group_wait(parent, 0), 1);
	assert_int_equal(spdk_fd_group_wait(child, 0), 3);
	assert_int_equal(spdk_fd_group_unnest(child, grandchild), 0);
	drop(&g_sources[0]);
	drop(&g_sources[1]);
	drop(&g_sources[2]);
	drop(&g_sources[3]);
	spdk_fd_group_destroy(parent);
	spdk_fd_group_destroy(child);
	spdk_fd_group_destroy(grandchild);
}

static void
handlers_may_remove_across_nested_groups(void **state)
{
	struct spdk_fd_group *parent = create(), *child = create();
	size_t actor, index;
	int event_count;

	assert_int_equal(spdk_fd_group_nest(parent, child), 0);
	for (actor = 0; actor < SOURCE_COUNT; actor++) {
		memset(g_sources[actor].victims, 0, sizeof(g_sources[actor].victims));
		for (index = 0; index < SOURCE_COUNT; index++) {
			g_sources[index].calls = 0;
			add(index % 2 == 0 ? parent : child, &g_sources[index]);
			g_sources[actor].victims[index] = &g_sources[index];
		}
		signal_all();
		event_count = spdk_fd_group_wait(parent, 0);
		assert_int_equal(event_count, total_calls());
		assert_int_equal(g_sources[actor].calls, 1);
		memset(g_sources[actor].victims, 0, sizeof(g_sources[actor].victims));
		for (index = 0; index < SOURCE_COUNT; index++) {
			assert_null(g_sources[index].group);
			(void)eventfd_read(g_sources[index].fd, &(eventfd_t){0});
		}
	}
	assert_int_equal(spdk_fd_group_unnest(parent, child), 0);
	spdk_fd_group_destroy(parent);
	spdk_fd_group_destroy(child);
}

static void
a_handler_may_destroy_its_group(void **state)
{
	struct spdk_fd_group *parent = create(), *child = create();
	size_t index;

	assert_int_equal(spdk_fd_group_nest(parent, child), 0);
	add(child, &g_sources[0]);
	add(child, &g_sources[1]);
	for (index = 0; index < 2; index++) {
		g_sources[index].victims[0] = &g_sources[0];
		g_sources[index].victims[1] = &g_sources[1];
		g_sources[index].group_to_unnest = parent;
		g_sources[index].group_to_destroy = child;
		signal_source(&g_sources[index]);
	}
	/* Unnesting needs the source's group, which drop() clears: so only the other one is
	 * dropped. */
	g_sources[0].victims[0] = NULL;
	g_sources[1].victims[1] = NULL;
	assert_int_equal(spdk_fd_group_wait(parent, 0), 1);
	expect_error("is destroyed while it has 1 fds");
	assert_int_equal(spdk_fd_group_wait(parent, 0), 0);
	spdk_fd_group_destroy(parent);
}

static uint32_t g_wrapper_path;

static int
wrap(void *wrapper_ctx, spdk_fd_fn cb_fn, void *cb_ctx)
{
	g_wrapper_path = g_wrapper_path * 10 + (uint32_t)(uintptr_t)wrapper_ctx;
	return cb_fn(cb_ctx);
}

static void
wrappers_apply_from_the_outside_in(void **state)
{
	struct spdk_fd_group *parent = create(), *child = create(), *grandchild = create();

	assert_int_equal(spdk_fd_group_nest(parent, child), 0);
	assert_int_equal(spdk_fd_group_nest(child, grandchild), 0);
	assert_int_equal(spdk_fd_group_set_wrapper(parent, wrap, (void *)1), 0);
	assert_int_equal(spdk_fd_group_set_wrapper(grandchild, wrap, (void *)3), 0);
	assert_int_equal(spdk_fd_group_set_wrapper(parent, wrap, (void *)4), -EEXIST);
	expect_error("has a wrapper already");
	add(grandchild, &g_sources[0]);
	signal_source(&g_sources[0]);
	g_wrapper_path = 0;
	assert_int_equal(spdk_fd_group_wait(parent, 0), 1);
	assert_int_equal(g_wrapper_path, 13);
	assert_int_equal(g_sources[0].calls, 1);
	assert_int_equal(spdk_fd_group_set_wrapper(parent, NULL, NULL), 0);
	assert_int_equal(spdk_fd_group_set_wrapper(child, wrap, (void *)2), 0);
	signal_source(&g_sources[0]);
	g_wrapper_path = 0;
	assert_int_equal(spdk_fd_group_wait(parent, 0), 1);
	assert_int_equal(g_wrapper_path, 23);
	drop(&g_sources[0]);
	assert_int_equal(spdk_fd_group_unnest(child, grandchild), 0);
	assert_int_equal(spdk_fd_group_unnest(parent, child), 0);
	spdk_fd_group_destroy(parent);
	spdk_fd_group_destroy(child);
	spdk_fd_group_destroy(grandchild);
}

/* Two handlers for one eventfd, by dup(): the second finds it empty, and must not wait for it. */
static void
share_an_eventfd(int flags)
{
	struct spdk_fd_group *group = create();
	struct spdk_event_handler_opts opts;
	uint32_t calls = 0;
	int fd = eventfd(1, flags), twin = dup(fd);

	spdk_fd_group_get_default_event_handler_opts(&opts, sizeof(opts));
	assert_int_equal(opts.events, EPOLLIN);
	assert_int_equal(opts.opts_size, sizeof(opts));
	opts.fd_type = SPDK_FD_TYPE_EVENTFD;
	assert_int_equal(SPDK_FD_GROUP_ADD_EXT(group, fd, count_call, &calls, &opts), 0);
	assert_int_equal(SPDK_FD_GROUP_ADD_EXT(group, twin, count_call, &calls, &opts), 0);
	assert_int_equal(spdk_fd_group_wait(group, 0), 1);
	assert_int_equal(calls, 1);
	spdk_fd_group_remove(group, fd);
	spdk_fd_group_remove(group, twin);
	close(fd);
	close(twin);
	spdk_fd_group_destroy(group);
}

static void
an_eventfd_that_was_emptied_is_not_waited_for(void **state)
{
	share_an_eventfd(0);
	share_an_eventfd(EFD_NONBLOCK);
}

static void
misuse_gets_one_clear_error_each(void **state)
{
	struct spdk_fd_group *group = create(), *other = create();
	struct spdk_event_handler_opts opts = {.opts_size = sizeof(opts), .fd_type = 7};
	FILE *file = tmpfile();

	add(group, &g_sources[0]);
	assert_int_equal(spdk_fd_group_add(group, g_sources[0].fd, handle, NULL, "twice"), -EEXIST);
	expect_error("as 'handle'");
	spdk_fd_group_remove(group, g_sources[1].fd);
	expect_error("it is not in it");
	assert_int_equal(spdk_fd_group_event_modify(group, g_sources[1].fd, EPOLLIN), -EINVAL);
	expect_error("has no handler for it");
	assert_int_equal(spdk_fd_group_add(group, -1, handle, NULL, "none"), -EINVAL);
	expect_error("'none'");
	assert_int_equal(spdk_fd_group_add(group, g_sources[1].fd, NULL, NULL, NULL), -EINVAL);
	expect_error("a function");
	assert_int_equal(spdk_fd_group_add_ext(group, g_sources[1].fd, handle, NULL, "x", &opts),
			 -EINVAL);
	expect_error("fd_type");
	opts = (struct spdk_event_handler_opts){.fd_type = 0};
	assert_int_equal(spdk_fd_group_add_ext(group, g_sources[1].fd, handle, NULL, "x", &opts),
			 -EINVAL);
	expect_error("opts_size");
	assert_int_equal(spdk_fd_group_add(group, fileno(file), handle, NULL, "file"), -EPERM);
	expect_error("always ready");
	assert_int_equal(spdk_fd_group_add(group, 100000, handle, NULL, "closed"), -EBADF);
	expect_error("'closed'");
	assert_int_equal(spdk_fd_group_nest(group, group), -EINVAL);
	expect_error("two groups are needed");
	assert_int_equal(spdk_fd_group_unnest(group, other), -EINVAL);
	expect_error("is not nested in it");
	assert_int_equal(spdk_fd_group_nest(group, other), 0);
	assert_int_equal(spdk_fd_group_nest(group, other), -EBUSY);
	expect_error("cannot be nested");
	assert_int_equal(spdk_fd_group_nest(other, group), -ELOOP);
	expect_error("which is nested in it");
	spdk_fd_group_remove(group, spdk_fd_group_get_fd(other));
	expect_error("spdk_fd_group_unnest");
	assert_int_equal(spdk_fd_group_get_epoll_event(&(struct epoll_event){0}), -EINVAL);
	spdk_fd_group_destroy(other);
	expect_error("unnest it first");
	spdk_fd_group_destroy(group);
	expect_error("such as");
	fclose(file);
}

static void
closing_before_removing_is_explained(void **state)
{
	struct spdk_fd_group *group = create();
	int fd = eventfd(0, 0);

	assert_int_equal(spdk_fd_group_add(group, fd, handle, NULL, "early bird"), 0);
	close(fd);
	spdk_fd_group_remove(group, fd);
	expect_error("early bird");
	spdk_fd_group_destroy(group);
}

static void
a_change_of_a_closed_fd_is_explained(void **state)
{
	struct spdk_fd_group *group = create();
	int fd = eventfd(0, 0);

	assert_int_equal(spdk_fd_group_add(group, fd, handle, NULL, "gone"), 0);
	close(fd);
	assert_int_equal(spdk_fd_group_event_modify(group, fd, EPOLLOUT), -EBADF);
	expect_error("'gone'");
	spdk_fd_group_remove(group, fd);
	expect_error("'gone'");
	spdk_fd_group_destroy(group);
}

/* What is called an eventfd and cannot be read is told once, and its handler may deal with it. */
static void
a_false_eventfd_is_told_once(void **state)
{
	struct spdk_fd_group *group = create();
	struct spdk_event_handler_opts opts = {
		.opts_size = sizeof(opts), .events = EPOLLOUT, .fd_type = SPDK_FD_TYPE_EVENTFD};
	uint32_t calls = 0;
	int fds[2];

	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	assert_int_equal(spdk_fd_group_add_ext(group, fds[1], count_call, &calls, "pipe", &opts),
			 0);
	assert_int_equal(spdk_fd_group_wait(group, 0), 1);
	expect_error("'pipe'");
	assert_int_equal(spdk_fd_group_wait(group, 0), 1);
	assert_int_equal(calls, 2);
	spdk_fd_group_remove(group, fds[1]);
	close(fds[0]);
	close(fds[1]);
	spdk_fd_group_destroy(group);
}

static void
lack_of_descriptors_is_reported(void **state)
{
	struct rlimit limit, none = {0};
	struct spdk_fd_group *group = NULL;
	int rc;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none.rlim_max = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	rc = spdk_fd_group_create(&group);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(rc, -EMFILE);
	assert_null(group);
}

static void
on_alarm(int signal_number)
{
}

static void
a_signal_ends_a_wait(void **state)
{
	struct sigaction action = {.sa_handler = on_alarm}, old_action;
	struct itimerval soon = {.it_value.tv_usec = 20000};
	struct spdk_fd_group *group = create();

	assert_int_equal(sigaction(SIGALRM, &action, &old_action), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	assert_int_equal(spdk_fd_group_wait(group, 10000), -EINTR);
	assert_int_equal(sigaction(SIGALRM, &old_action, NULL), 0);
	spdk_fd_group_destroy(group);
}

static void
groups_nest_as_deep_as_promised(void **state)
{
	struct spdk_fd_group *groups[16];
	size_t depth, index;

	for (index = 0; index < 16; index++) {
		groups[index] = create();
	}
	for (depth = 1; depth < 16; depth++) {
		if (spdk_fd_group_nest(groups[depth - 1], groups[depth]) != 0) {
			expect_error("too deep");
			break;
		}
	}
	assert_in_range(depth, 5, 15);
	add(groups[depth - 1], &g_sources[0]);
	signal_source(&g_sources[0]);
	assert_int_equal(spdk_fd_group_wait(groups[0], 1000), 1);
	drop(&g_sources[0]);
	for (index = depth - 1; index > 0; index--) {
		assert_int_equal(spdk_fd_group_unnest(groups[index - 1], groups[index]), 0);
	}
	for (index = 0; index < 16; index++) {
		spdk_fd_group_destroy(groups[index]);
	}
}

static void
hundreds_of_fds_are_found_again(void **state)
{
	struct spdk_fd_group *group = create();
	int fds[300];
	uint32_t calls[300] = {0};
	size_t index;

	for (index = 0; index < 300; index++) {
		fds[index] = eventfd(1, EFD_NONBLOCK);
		assert_true(fds[index] >= 0);
		assert_int_equal(
			spdk_fd_group_add(group, fds[index], count_call, &calls[index], "x"), 0);
	}
	/* At most 32 events each; the kernel goes round. */
	for (index = 0; index < 20; index++) {
		assert_int_equal(spdk_fd_group_wait(group, 0), 32);
	}
	for (index = 0; index < 300; index++) {
		assert_in_range(calls[index], 1, 4);
		spdk_fd_group_remove(group, fds[index]);
		close(fds[index]);
	}
	spdk_fd_group_destroy(group);
}

#define fd_group_unit_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fd_group_unit_test(each_ready_fd_is_handled_once),
		fd_group_unit_test(a_plain_fd_is_left_for_its_handler_to_read),
		fd_group_unit_test(removed_handlers_are_not_called_in_the_same_batch),
		fd_group_unit_test(an_fd_may_be_added_anew_in_the_same_batch),
		fd_group_unit_test(a_parent_serves_its_children),
		fd_group_unit_test(handlers_may_remove_across_nested_groups),
		fd_group_unit_test(a_handler_may_destroy_its_group),
		fd_group_unit_test(wrappers_apply_from_the_outside_in),
		fd_group_unit_test(an_eventfd_that_was_emptied_is_not_waited_for),
		fd_group_unit_test(misuse_gets_one_clear_error_each),
		fd_group_unit_test(closing_before_removing_is_explained),
		fd_group_unit_test(a_change_of_a_closed_fd_is_explained),
		fd_group_unit_test(a_false_eventfd_is_told_once),
		fd_group_unit_test(lack_of_descriptors_is_reported),
		fd_group_unit_test(a_signal_ends_a_wait),
		fd_group_unit_test(groups_nest_as_deep_as_promised),
		fd_group_unit_test(hundreds_of_fds_are_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
