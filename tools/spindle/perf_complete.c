/* SPDX-License-Identifier: BSD-3-Clause */
/* What a shell offers behind `spindle perf`: options, and the names of workloads and engines. */
#include "perf.h"

int
perf_complete(int count, char **words)
{
	static const char *const engines[] = {"uring", "aio", NULL};
	const char *word = count > 0 ? words[count - 1] : "", *name;
	const char *before = count > 1 ? words[count - 2] : "";
	char option[40];
	size_t i;

	if (strcmp(before, "-w") == 0) {
		for (i = 0; (name = perf_workload_name(i)) != NULL; i++) {
			offer(name, word);
		}
	} else if (strcmp(before, "--engine") == 0) {
		for (i = 0; engines[i] != NULL; i++) {
			offer(engines[i], word);
		}
	} else if (word[0] == '-') {
		for (i = 0; (name = perf_option_names[i]) != NULL; i++) {
			/* Of a short option, the argument is a word of its own. */
			snprintf(option, sizeof(option), "%.*s",
				 strlen(name) == 3 && name[1] != '-' ? 2 : (int)strlen(name), name);
			offer(option, word);
		}
	}
	return STATUS_OK;
}
