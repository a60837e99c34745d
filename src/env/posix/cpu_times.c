/* SPDX-License-Identifier: BSD-3-Clause */
/* What a CPU has spent its time on, as the kernel counts it for all processes together. */
#include "env/env_internal.h"

#include <sched.h>

#define LINE_SIZE 256

int
env_get_cpu_times(struct env_cpu_times *out_times)
{
	struct env_cpu_times times = {0};
	uint64_t nice, idle, wait, soft_irq;
	char line[LINE_SIZE];
	int cpu = sched_getcpu(), rc = -ENOENT, found;
	FILE *file = fopen("/proc/stat", "re");

	if (file == NULL) {
		return -errno;
	}
	/* The first line is that of all CPUs, those of each follow. */
	while (rc != 0 && fgets(line, sizeof(line), file) != NULL && strncmp(line, "cpu", 3) == 0) {
		if (sscanf(line,
			   "cpu%d %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
			   " %" SCNu64 " %" SCNu64,
			   &found, &times.user, &nice, &times.system, &idle, &wait, &times.irq,
			   &soft_irq) == 8 &&
		    found == cpu) {
			times.user += nice;
			times.irq += soft_irq;
			rc = 0;
		}
	}
	fclose(file);
	if (rc == 0) {
		*out_times = times;
	}
	return rc;
}
