/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How reactors rest, as it was said last.
 */
#include "spdk/log.h"
#include "spindle/reactor.h"

#define DEFAULT_SPIN_US 50

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static struct spindle_rest_opts g_rest = {
	.size = sizeof(g_rest),
	.spin_us = DEFAULT_SPIN_US,
};

static size_t
known_size(const struct spindle_rest_opts *opts, const char *function)
{
	if (opts == NULL || opts->size == 0) {
		SPDK_ERRLOG("%s: no options, or options of size 0. Set opts.size = sizeof(opts).\n",
			    function);
		return 0;
	}
	return opts->size < sizeof(g_rest) ? opts->size : sizeof(g_rest);
}

void
spindle_reactors_set_rest(const struct spindle_rest_opts *opts)
{
	size_t size = known_size(opts, __func__);

	if (size == 0) {
		return;
	}
	pthread_mutex_lock(&g_lock);
	memcpy(&g_rest, opts, size);
	g_rest.size = sizeof(g_rest);
	pthread_mutex_unlock(&g_lock);
}

void
spindle_reactors_get_rest(struct spindle_rest_opts *opts)
{
	size_t size = known_size(opts, __func__);
	size_t callers_size;

	if (size == 0) {
		return;
	}
	callers_size = opts->size;
	pthread_mutex_lock(&g_lock);
	memcpy(opts, &g_rest, size);
	pthread_mutex_unlock(&g_lock);
	opts->size = callers_size;
}
