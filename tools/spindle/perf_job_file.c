/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Jobs from a file, and jobs in general.
 *
 * The library reads the file (spdk/conf.h) but does not tell what keys there are; so the text is
 * looked through for names that nobody would ask for, which are mistakes.
 *
 * A section [global] holds for the jobs behind it, up to the next [global], which begins anew.
 */
#include "perf.h"

#include "spdk/conf.h"
#include "spdk/string.h"

#include <sys/random.h>

struct perf_job *
perf_jobs_add(struct perf_jobs *jobs, const struct perf_job *from)
{
	jobs->of = grow(jobs->of, jobs->count, sizeof(*jobs->of));
	perf_job_copy(&jobs->of[jobs->count], from);
	return &jobs->of[jobs->count++];
}

void
perf_jobs_fini(struct perf_jobs *jobs)
{
	uint32_t i;

	for (i = 0; i < jobs->count; i++) {
		perf_job_fini(&jobs->of[i]);
	}
	free(jobs->of);
	*jobs = (struct perf_jobs){.of = NULL};
}

/* ---- The text ---- */

static int
check_key(const char *path, size_t number, const char *line)
{
	size_t length = strcspn(line, " \t=\r");
	const char *nearest;

	if (perf_job_has_key(line, length, &nearest)) {
		return STATUS_OK;
	}
	if (nearest != NULL) {
		return usage_error("%s:%zu: there is no '%.*s'; is it '%s'?", path, number,
				   (int)length, line, nearest);
	}
	return usage_error("%s:%zu: there is no '%.*s'; spindle perf -h has the list", path, number,
			   (int)length, line);
}

static int
check_keys(const char *path)
{
	size_t size, number = 1, length;
	char *text = load_file(path, &size), *rest = text, *line;
	bool is_continued = false;
	int rc = text != NULL ? STATUS_OK : STATUS_USAGE;

	while (rc == STATUS_OK && (line = strsep(&rest, "\n")) != NULL) {
		line += strspn(line, " \t");
		length = strcspn(line, "\r");
		if (!is_continued && length > 0 && strchr("#;[", *line) == NULL) {
			rc = check_key(path, number, line);
		}
		is_continued = length > 0 && line[length - 1] == '\\';
		number++;
	}
	free(text);
	return rc;
}

/* ---- Sections ---- */

/* All values of a key as one text: blanks separate values for the library, and not for us. */
static char *
value_of(struct spdk_conf_section *section, const char *key)
{
	struct text text = {.bytes = NULL};
	const char *value;
	int i;

	for (i = 0; (value = spdk_conf_section_get_nval(section, key, i)) != NULL; i++) {
		text_add_string(&text, value);
	}
	return text.bytes;
}

static int
read_section(struct perf_job *job, const char *path, struct spdk_conf_section *section)
{
	char *where = spdk_sprintf_alloc("%s: [%s]", path, spdk_conf_section_get_name(section));
	char *place, *value;
	const char *key;
	size_t i;
	int rc = STATUS_OK;

	for (i = 0; rc == STATUS_OK && (key = perf_job_key(i)) != NULL; i++) {
		value = value_of(section, key);
		if (value != NULL) {
			place = spdk_sprintf_alloc("%s %s", where, key);
			rc = perf_job_set(job, place, key, value);
			free(place);
		}
		free(value);
	}
	free(where);
	return rc;
}

static int
apply_settings(struct perf_job *job, const struct perf_options *options)
{
	const struct perf_setting *setting;
	uint32_t i;
	int rc = STATUS_OK;

	for (i = 0; i < options->settings_count && rc == STATUS_OK; i++) {
		setting = &options->settings[i];
		rc = perf_job_set(job, setting->option, setting->key, setting->value);
	}
	return rc;
}

static int
read_sections(struct perf_jobs *jobs, const struct perf_job *defaults,
	      const struct perf_options *options, struct spdk_conf *conf)
{
	struct spdk_conf_section *section;
	struct perf_job global, *job;
	const char *name;
	int rc;

	perf_job_copy(&global, defaults);
	rc = apply_settings(&global, options);
	for (section = spdk_conf_first_section(conf); section != NULL && rc == STATUS_OK;
	     section = spdk_conf_next_section(section)) {
		name = spdk_conf_section_get_name(section);
		if (strcasecmp(name, "global") == 0) {
			perf_job_fini(&global);
			perf_job_copy(&global, defaults);
			rc = read_section(&global, options->job_file, section);
			rc = rc == STATUS_OK ? apply_settings(&global, options) : rc;
			continue;
		}
		job = perf_jobs_add(jobs, &global);
		free(job->name);
		job->name = duplicate(name);
		rc = read_section(job, options->job_file, section);
	}
	perf_job_fini(&global);
	return rc;
}

static int
load_job_file(struct perf_jobs *jobs, const struct perf_job *defaults,
	      const struct perf_options *options)
{
	struct spdk_conf *conf;
	int rc = check_keys(options->job_file);

	if (rc != STATUS_OK) {
		return rc;
	}
	conf = spdk_conf_allocate();
	if (conf == NULL) {
		return usage_error("out of memory");
	}
	spdk_conf_disable_sections_merge(conf);
	/* The library has said what is wrong. */
	rc = spdk_conf_read(conf, options->job_file) == 0 ? STATUS_OK : STATUS_USAGE;
	if (rc == STATUS_OK) {
		rc = read_sections(jobs, defaults, options, conf);
	}
	spdk_conf_free(conf);
	if (rc == STATUS_OK && jobs->count == 0) {
		return usage_error("%s: there is no job in it; a job is a section, such as [job1]",
				   options->job_file);
	}
	return rc;
}

/* ---- Jobs ---- */

static uint32_t
random_seed(void)
{
	uint32_t seed;

	if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed)) {
		seed = (uint32_t)time(NULL) ^ (uint32_t)getpid();
	}
	return seed;
}

int
perf_jobs_load(struct perf_jobs *jobs, const struct perf_options *options)
{
	struct perf_job defaults, *job;
	uint32_t i;
	int rc;

	perf_job_init(&defaults);
	defaults.seed = random_seed();
	defaults.only_verifies = options->only_verifies;
	if (options->job_file != NULL) {
		rc = load_job_file(jobs, &defaults, options);
	} else {
		job = perf_jobs_add(jobs, &defaults);
		rc = apply_settings(job, options);
		if (rc == STATUS_OK && job->workload == NULL) {
			rc = perf_job_set(job, "-w", "rw",
					  options->only_verifies ? "verify" : "randread");
		}
		if (rc == STATUS_OK) {
			job->name = duplicate(job->workload->name);
		}
	}
	for (i = 0; i < jobs->count && rc == STATUS_OK; i++) {
		rc = perf_job_check(&jobs->of[i]);
	}
	return rc;
}
