/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which NUMA nodes there are, and which CPU is on which.
 *
 * Invariant: there is at least one node; before numa_init(), and without /sys, it is node 0 with
 * every CPU.
 */
#include "env/posix/numa.h"
#include "env/posix/core_list.h"
#include "env/posix/sysfs.h"
#include "spdk/env.h"

/* Long enough for a list of every other one of CORE_LIMIT numbers. */
#define LIST_TEXT_SIZE 4096

static struct {
	struct core_set nodes;
	/* Node of each CPU. */
	int32_t of_cpu[CORE_LIMIT];
} g_numa = {.nodes = {.words = {1}}};

static int
read_list(const char *path, struct core_set *out_set)
{
	char text[LIST_TEXT_SIZE];
	int rc;

	rc = sysfs_read_text(path, text, sizeof(text));
	return rc < 0 ? rc : core_set_parse(text, out_set);
}

static void
read_cpus_of_node(uint32_t node)
{
	char path[SYSFS_PATH_MAX];
	struct core_set cpus;
	uint32_t cpu;

	if (sysfs_path(path, sizeof(path), "devices/system/node/node%u/cpulist", node) != 0 ||
	    read_list(path, &cpus) != 0) {
		return;
	}
	for (cpu = core_set_next(&cpus, 0); cpu != CORE_NONE; cpu = core_set_next(&cpus, cpu + 1)) {
		g_numa.of_cpu[cpu] = (int32_t)node;
	}
}

void
numa_init(void)
{
	char path[SYSFS_PATH_MAX];
	struct core_set nodes;
	uint32_t node;

	if (sysfs_path(path, sizeof(path), "devices/system/node/online") != 0 ||
	    read_list(path, &nodes) != 0 || core_set_count(&nodes) == 0) {
		memset(&g_numa, 0, sizeof(g_numa));
		core_set_add(&g_numa.nodes, 0);
		return;
	}
	g_numa.nodes = nodes;
	for (uint32_t cpu = 0; cpu < CORE_LIMIT; cpu++) {
		g_numa.of_cpu[cpu] = SPDK_ENV_NUMA_ID_ANY;
	}
	for (node = core_set_next(&nodes, 0); node != CORE_NONE;
	     node = core_set_next(&nodes, node + 1)) {
		read_cpus_of_node(node);
	}
}

int32_t
numa_of_cpu(uint32_t cpu)
{
	return cpu < CORE_LIMIT ? g_numa.of_cpu[cpu] : SPDK_ENV_NUMA_ID_ANY;
}

int32_t
numa_of_device(int64_t node)
{
	if (node >= 0 && node < CORE_LIMIT) {
		return (int32_t)node;
	}
	/* Firmware often leaves it open on machines where there is no choice. */
	return core_set_count(&g_numa.nodes) == 1 ? spdk_env_get_first_numa_id() :
						    SPDK_ENV_NUMA_ID_ANY;
}

int32_t
spdk_env_get_first_numa_id(void)
{
	return (int32_t)core_set_next(&g_numa.nodes, 0);
}

int32_t
spdk_env_get_last_numa_id(void)
{
	uint32_t node, last = 0;

	for (node = core_set_next(&g_numa.nodes, 0); node != CORE_NONE;
	     node = core_set_next(&g_numa.nodes, node + 1)) {
		last = node;
	}
	return (int32_t)last;
}

int32_t
spdk_env_get_next_numa_id(int32_t prev_numa_id)
{
	uint32_t next;

	if (prev_numa_id < 0 || !core_set_has(&g_numa.nodes, (uint32_t)prev_numa_id)) {
		return INT32_MAX;
	}
	next = core_set_next(&g_numa.nodes, (uint32_t)prev_numa_id + 1);
	return next == CORE_NONE ? INT32_MAX : (int32_t)next;
}
