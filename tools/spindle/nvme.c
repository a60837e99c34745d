/* SPDX-License-Identifier: BSD-3-Clause */
/* spindle nvme: which of its words was said. */
#include "nvme.h"

#include "spdk/util.h"

static const struct nvme_verb *const verbs[] = {
	&nvme_list_verb,     &nvme_identify_verb, &nvme_log_verb,
	&nvme_features_verb, &nvme_format_verb,
};

static void
print_usage(FILE *file)
{
	size_t i;

	fprintf(file, "usage: spindle nvme WORD [OPTION...] [ARGUMENT...]\n\n");
	for (i = 0; i < SPDK_COUNTOF(verbs); i++) {
		fprintf(file, "  %-9s %s\n", verbs[i]->name, verbs[i]->summary);
	}
	fprintf(file,
		"  %-9s %s\n\n"
		"NVMe controllers that were given to user space (scripts/setup.sh config),\n"
		"without an application and without block devices. ADDRESS is that of the PCI\n"
		"device, such as 0000:00:04.0. spindle nvme WORD -h tells only of that.\n",
		"perf", "how fast a controller is, without block devices");
	for (i = 0; i < SPDK_COUNTOF(verbs); i++) {
		fprintf(file, "\n");
		nvme_verb_print_usage(verbs[i], file);
	}
	fprintf(file, "\n");
	nvme_perf_print_usage(file);
	fprintf(file, "\nexit status: 0 done, 1 refused, failed or no such controller, 2 wrong "
		      "usage,\nor a device that must be named twice\n");
}

static const struct nvme_verb *
find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(verbs); i++) {
		if (strcmp(verbs[i]->name, name) == 0) {
			return verbs[i];
		}
	}
	return NULL;
}

static int
complete(int count, char **words)
{
	const char *word = count > 0 ? words[count - 1] : "";
	size_t i;

	if (count > 1 && strcmp(words[0], "perf") == 0) {
		nvme_perf_complete(count - 1, words + 1);
	} else if (count > 1) {
		nvme_verb_complete(find_verb(words[0]), count - 1, words + 1);
	} else if (word[0] == '-') {
		nvme_verb_complete(NULL, count, words);
		nvme_perf_complete(count, words);
	} else {
		for (i = 0; i < SPDK_COUNTOF(verbs); i++) {
			offer(verbs[i]->name, word);
		}
		offer("perf", word);
	}
	return STATUS_OK;
}

int
nvme_main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	const struct nvme_verb *verb;
	struct nvme_options options;
	bool is_over;
	int rc;

	if (strcmp(name, "--complete") == 0) {
		return complete(argc - 2, argv + 2);
	}
	if (strcmp(name, "-h") == 0 || strcmp(name, "--help") == 0) {
		print_usage(stdout);
		return STATUS_OK;
	}
	if (strcmp(name, "perf") == 0) {
		return nvme_perf_main(argc - 1, argv + 1);
	}
	verb = find_verb(name);
	if (verb == NULL) {
		return name[0] == '\0' ?
			       usage_error("nvme: what? list, identify, log, features, format or "
					   "perf; spindle nvme -h tells of them") :
			       usage_error("nvme: there is no '%s': list, identify, log, features, "
					   "format or perf",
					   name);
	}
	rc = nvme_options_parse(verb, argc - 1, argv + 1, &options, &is_over);
	return rc != STATUS_OK || is_over ? rc : verb->run(&options);
}
