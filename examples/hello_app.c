/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An application of two threads that greet each other.
 *
 *     hello_app [-m 0x3] [-t ROUNDS] [--stop-at-once]
 *
 * spdk_app_start() makes a reactor on each core and calls start() on the app thread. From there:
 *
 *   app thread          alice                       bob
 *   makes the two
 *                       takes a channel             takes a channel
 *                       every 100 ms, a poller:
 *                         sends a greeting     -->  counts it, answers
 *                         counts the answer    <--
 *                       after the last round:
 *                         lets go, exits       -->  lets go, exits
 *   counts who is gone  <--                         both tell it before they exit
 *   unregisters the device, stops the application
 *
 * With --stop-at-once it stops inside start(), with both threads and a poller alive: what people do
 * by mistake. The application then names what was left over and ends all the same.
 */
#include "spdk/stdinc.h"

#include "spdk/env.h"
#include "spdk/event.h"
#include "spdk/string.h"
#include "spdk/thread.h"

#define PERIOD_US 100000

/* What a thread keeps of the device, without any lock: only that thread touches it. */
struct greeting_channel {
	int received;
};

struct greeter {
	const char *name;
	struct greeter *other;
	struct spdk_thread *thread;
	struct spdk_io_channel *channel;
	struct spdk_poller *poller; /* alice's */
};

static struct greeter g_alice, g_bob;
static struct spdk_thread *g_app_thread;
static int g_rounds = 3;
static int g_gone; /* the app thread's */
static bool g_stops_at_once;

/* Its address is the device's name. */
static int g_device;

static int
channel_create(void *io_device, void *ctx)
{
	struct greeting_channel *channel = ctx;

	channel->received = 0;
	return 0;
}

static void
channel_destroy(void *io_device, void *ctx)
{
}

static void
device_gone(void *io_device)
{
	printf("Good bye.\n");
	spdk_app_stop(0);
}

/* On the app thread, once for each of the two. */
static void
greeter_gone(void *arg)
{
	if (++g_gone == 2) {
		spdk_io_device_unregister(&g_device, device_gone);
	}
}

/* A thread leaves in its own time: let go of everything, then exit. */
static void
leave(void *arg)
{
	struct greeter *self = arg;
	struct greeting_channel *channel = spdk_io_channel_get_ctx(self->channel);

	printf("%s leaves core %u, greeted %d times\n", self->name, spdk_env_get_current_core(),
	       channel->received);
	spdk_poller_unregister(&self->poller);
	spdk_put_io_channel(self->channel);
	spdk_thread_send_msg(g_app_thread, greeter_gone, NULL);
	spdk_thread_exit(self->thread);
}

/* On alice: bob has answered. */
static void
answered(void *arg)
{
	struct greeter *self = arg;
	struct greeting_channel *channel = spdk_io_channel_get_ctx(self->channel);

	if (++channel->received == g_rounds) {
		/* In this order: bob has no message of ours left when he leaves. */
		spdk_thread_send_msg(self->other->thread, leave, self->other);
		leave(self);
	}
}

/* On bob. */
static void
greeted(void *arg)
{
	struct greeter *self = arg;
	struct greeting_channel *channel = spdk_io_channel_get_ctx(self->channel);

	channel->received++;
	printf("%s, on core %u: hello %s, for the %d. time\n", self->name,
	       spdk_env_get_current_core(), self->other->name, channel->received);
	spdk_thread_send_msg(self->other->thread, answered, self->other);
}

static int
greet(void *arg)
{
	struct greeter *self = arg;

	spdk_thread_send_msg(self->other->thread, greeted, self->other);
	return SPDK_POLLER_BUSY;
}

static void
begin(void *arg)
{
	struct greeter *self = arg;

	self->channel = spdk_get_io_channel(&g_device);
	if (self->channel == NULL) {
		fprintf(stderr, "%s has no channel\n", self->name);
		spdk_app_stop(-ENOMEM);
		return;
	}
	if (self == &g_alice) {
		self->poller = SPDK_POLLER_REGISTER(greet, self, PERIOD_US);
	}
}

static bool
make(struct greeter *self, const char *name, uint32_t core)
{
	struct spdk_cpuset cpumask;

	spdk_cpuset_zero(&cpumask);
	spdk_cpuset_set_cpu(&cpumask, core, true);
	self->name = name;
	self->other = self == &g_alice ? &g_bob : &g_alice;
	self->thread = spdk_thread_create(name, &cpumask);
	return self->thread != NULL;
}

/* On the app thread. */
static void
start(void *arg)
{
	g_app_thread = spdk_get_thread();
	spdk_io_device_register(&g_device, channel_create, channel_destroy,
				sizeof(struct greeting_channel), "greetings");
	/* With one core they share it, and nothing else changes. */
	if (!make(&g_alice, "alice", spdk_env_get_first_core()) ||
	    !make(&g_bob, "bob", spdk_env_get_last_core())) {
		spdk_app_stop(-ENOMEM);
		return;
	}
	/* Bob first, so that he is ready when alice greets. */
	spdk_thread_send_msg(g_bob.thread, begin, &g_bob);
	spdk_thread_send_msg(g_alice.thread, begin, &g_alice);
	if (g_stops_at_once) {
		spdk_app_stop(0);
	}
}

static void
usage(void)
{
	printf(" -t ROUNDS                 greetings before they leave (3)\n");
	printf("     --stop-at-once        stop inside the first callback\n");
}

static int
parse(int ch, char *arg)
{
	switch (ch) {
	case 't':
		g_rounds = spdk_strtol(arg, 10);
		return g_rounds > 0 ? 0 : -EINVAL;
	case 'S':
		g_stops_at_once = true;
		return 0;
	default:
		return -EINVAL;
	}
}

int
main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{"stop-at-once", no_argument, NULL, 'S'},
		{NULL, 0, NULL, 0},
	};
	struct spdk_app_opts opts;
	int rc;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "hello_app";
	opts.reactor_mask = "0x3";
	rc = spdk_app_parse_args(argc, argv, &opts, "t:", long_options, parse, usage);
	if (rc != SPDK_APP_PARSE_ARGS_SUCCESS) {
		return rc == SPDK_APP_PARSE_ARGS_HELP ? 0 : 1;
	}
	rc = spdk_app_start(&opts, start, NULL);
	spdk_app_fini();
	return rc == 0 ? 0 : 1;
}
