/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An application with a subsystem and a scheduler of its own, as tests/system/link.sh builds it in
 * every way: own_modules [subsystem:NAME | scheduler:NAME]...
 *
 * Nothing in it but a constructor mentions a module, neither its own nor those of the library that
 * the arguments name. Whoever links it must not have to say anything for them to be there. Valid C
 * and C++.
 */
#include <spdk/event.h>
#include <spdk/init.h>
#include <spdk/scheduler.h>

static int g_argc;
static char **g_argv;
static int g_failed;
static int g_started, g_ended, g_chosen, g_dropped;

static void
check(bool is_good, const char *what, const char *name)
{
	if (!is_good) {
		printf("%s %s: not there\n", what, name);
		g_failed++;
	}
}

static void
start_own(void)
{
	/* SPDK_SUBSYSTEM_DEPEND(): the scheduler's subsystem has chosen the default. */
	check(spdk_scheduler_get() != NULL, "before the subsystem 'own'", "a scheduler");
	g_started++;
	spdk_subsystem_init_next(0);
}

static void
end_own(void)
{
	g_ended++;
	spdk_subsystem_fini_next();
}

static struct spdk_subsystem own = {"own", start_own, end_own, NULL, {NULL, NULL}};
SPDK_SUBSYSTEM_REGISTER(own)
SPDK_SUBSYSTEM_DEPEND(own, scheduler)

static int
choose_lazy(void)
{
	g_chosen++;
	return 0;
}

static void
drop_lazy(void)
{
	g_dropped++;
}

static void
balance_lazy(struct spdk_scheduler_core_info *cores, uint32_t count)
{
}

static struct spdk_scheduler lazy = {"lazy", choose_lazy, drop_lazy,   balance_lazy,
				     NULL,   NULL,        {NULL, NULL}};
SPDK_SCHEDULER_REGISTER(lazy)

static void
check_scheduler(const char *name)
{
	check(spdk_scheduler_set(name) == 0 && spdk_scheduler_get() != NULL &&
		      strcmp(spdk_scheduler_get()->name, name) == 0,
	      "scheduler", name);
}

static void
start(void *arg)
{
	int i;

	check(g_started == 1, "the start of subsystem", "own");
	for (i = 1; i < g_argc; i++) {
		const char *name = strchr(g_argv[i], ':') + 1;

		if (strncmp(g_argv[i], "scheduler:", 10) == 0) {
			check_scheduler(name);
		} else {
			check(spdk_subsystem_exists(name), "subsystem", name);
		}
	}
	check_scheduler("lazy");
	check(g_chosen == 1, "the start of scheduler", "lazy");
	check_scheduler("static");
	check(g_dropped == 1, "the end of scheduler", "lazy");
	spdk_app_stop(g_failed);
}

int
main(int argc, char **argv)
{
	struct spdk_app_opts opts;
	int rc;

	g_argc = argc;
	g_argv = argv;
	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "own_modules";
	/* Others on this machine may have the core or the address. */
	opts.disable_cpumask_locks = true;
	opts.rpc_addr = NULL;
	rc = spdk_app_start(&opts, start, NULL);
	spdk_app_fini();
	check(g_ended == 1, "the end of subsystem", "own");
	printf("own modules: %d failed\n", g_failed);
	return rc != 0 || g_failed != 0;
}
