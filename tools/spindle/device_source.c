/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Block devices from options: what is asked of the files behind them, and the configuration that
 * makes them.
 *
 * A file that has data is not written to unless the user said so: an option with a wrong name is
 * typed faster than a disk is restored. Whether there is data, the file system is asked; a device
 * of the kernel always counts as full.
 */
#include "device_source.h"
#include "size.h"

#include "spdk/rpc.h"
#include "spdk/util.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define FILE_MODE 0644
/* struct io_uring_params, which the headers of an old system lack. */
#define URING_PARAMS_SIZE 120
/* As much as some threads need together: before Linux 5.12 it counts as locked memory, of which an
 * ordinary user has little. */
#define URING_PROBE_ENTRIES 4096

static const char *const kind_names[DEVICE_KINDS] = {"File", "Malloc", "Null"};

int
device_sources_add(struct device_sources *sources, enum device_kind kind, const char *value)
{
	static const char *const options[DEVICE_KINDS] = {"--file", "--malloc", "--null"};
	struct device_source *source = &sources->of[sources->count];
	uint32_t number = 0, i;

	if (sources->count == DEVICE_SOURCES_MAX) {
		return usage_error("%s: more than %d devices; a configuration (-c) may have any "
				   "number",
				   options[kind], DEVICE_SOURCES_MAX);
	}
	for (i = 0; i < sources->count; i++) {
		number += sources->of[i].kind == kind;
	}
	*source = (struct device_source){.kind = kind};
	if (kind == DEVICE_FILE) {
		source->path = value;
	} else if (size_parse(value, &source->size, NULL) != 0 || source->size == 0) {
		return usage_error("%s: '%s' is no size; give bytes, or 512M, or 4G", options[kind],
				   value);
	}
	snprintf(source->name, sizeof(source->name), "%s%u", kind_names[kind], number);
	sources->count++;
	return STATUS_OK;
}

int
device_sources_set_engine(struct device_sources *sources, const char *engine)
{
	if (strcmp(engine, "uring") != 0 && strcmp(engine, "aio") != 0) {
		return usage_error("--engine: '%s' is neither uring nor aio", engine);
	}
	sources->engine = engine;
	return STATUS_OK;
}

/* ---- Files ---- */

static bool
has_data(int fd, const struct stat *status)
{
	off_t data;

	if (!S_ISREG(status->st_mode)) {
		return true;
	}
	if (status->st_size == 0) {
		return false;
	}
	data = lseek(fd, 0, SEEK_DATA);
	/* A file system that does not know of holes cannot be asked. */
	return data >= 0 || errno != ENXIO;
}

static int
make_file(const struct device_source *source, uint64_t size)
{
	int fd = open(source->path, O_WRONLY | O_CREAT | O_CLOEXEC, FILE_MODE);
	int rc = STATUS_OK;

	if (fd < 0 || ftruncate(fd, (off_t)size) != 0) {
		rc = usage_error("--file: '%s' cannot be made with %s: %s", source->path,
				 size_text(size).text, strerror(errno));
	}
	if (fd >= 0) {
		close(fd);
	}
	return rc;
}

static int
look_at_file(const struct device_sources *sources, struct device_source *source, int fd,
	     bool writes)
{
	struct stat status;

	if (fstat(fd, &status) != 0) {
		return usage_error("--file: '%s': %s", source->path, strerror(errno));
	}
	if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode)) {
		return usage_error("--file: '%s' is neither a file nor a block device",
				   source->path);
	}
	source->size = (uint64_t)status.st_size;
	if (S_ISBLK(status.st_mode) && ioctl(fd, BLKGETSIZE64, &source->size) != 0) {
		return usage_error("--file: '%s': %s", source->path, strerror(errno));
	}
	if (writes && !sources->may_overwrite && has_data(fd, &status)) {
		return usage_error("--file: '%s' has data (%s), which would be lost; --overwrite "
				   "says that it may",
				   source->path, size_text(source->size).text);
	}
	return STATUS_OK;
}

static int
prepare_file(const struct device_sources *sources, struct device_source *source, bool writes)
{
	struct stat status;
	int fd, rc;

	if (stat(source->path, &status) != 0 || (S_ISREG(status.st_mode) && status.st_size == 0)) {
		if (sources->file_size == 0) {
			return usage_error("--file: '%s' is not there, or empty; --size SIZE makes "
					   "it",
					   source->path);
		}
		rc = make_file(source, sources->file_size);
		if (rc != STATUS_OK) {
			return rc;
		}
	}
	fd = open(source->path, (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (fd < 0) {
		return usage_error("--file: '%s' cannot be %s: %s", source->path,
				   writes ? "written to" : "read", strerror(errno));
	}
	rc = look_at_file(sources, source, fd, writes);
	close(fd);
	return rc;
}

int
device_sources_prepare(struct device_sources *sources, bool writes)
{
	uint32_t i;
	int rc = STATUS_OK;

	for (i = 0; i < sources->count && rc == STATUS_OK; i++) {
		if (sources->of[i].kind == DEVICE_FILE) {
			rc = prepare_file(sources, &sources->of[i], writes);
		}
	}
	return rc;
}

/* ---- The configuration ---- */

/* Whether this library and this kernel have io_uring, and we may use it. */
static bool
has_uring(void)
{
	uint64_t params[URING_PARAMS_SIZE / sizeof(uint64_t)] = {0};
	uint32_t states;
	long fd;

	if (spdk_rpc_get_method_state_mask("bdev_uring_create", &states) != 0) {
		return false;
	}
	fd = syscall(SYS_io_uring_setup, URING_PROBE_ENTRIES, params);
	if (fd < 0) {
		return false;
	}
	close((int)fd);
	return true;
}

/* A text as a JSON string. */
static void
add_string(struct text *text, const char *string)
{
	struct spdk_json_val value = {(void *)(uintptr_t)string, (uint32_t)strlen(string),
				      SPDK_JSON_VAL_STRING};

	text_add_json(text, &value, 0);
}

static void
add_file(const struct device_sources *sources, const struct device_source *source, bool writes,
	 struct text *text)
{
	/* Only aio opens a file that we may not write to. */
	bool is_read_only = !writes && access(source->path, W_OK) != 0;
	const char *engine = sources->engine != NULL      ? sources->engine :
			     !is_read_only && has_uring() ? "uring" :
							    "aio";

	text_printf(text, "{\"method\":\"bdev_%s_create\",\"params\":{\"name\":\"%s\"", engine,
		    source->name);
	text_add_string(text, ",\"filename\":");
	add_string(text, source->path);
	if (sources->block_size != 0) {
		text_printf(text, ",\"block_size\":%" PRIu64, sources->block_size);
	}
	if (is_read_only && strcmp(engine, "aio") == 0) {
		text_add_string(text, ",\"readonly\":true");
	}
	text_add_string(text, "}}");
}

static int
add_memory(const struct device_sources *sources, const struct device_source *source,
	   struct text *text)
{
	uint64_t block_size = sources->block_size != 0 ? sources->block_size : 512;

	if (source->size % block_size != 0) {
		return usage_error("%s: %" PRIu64 " bytes are no multiple of its blocks of %" PRIu64
				   "; see --block-size",
				   source->name, source->size, block_size);
	}
	text_printf(text,
		    "{\"method\":\"bdev_%s_create\",\"params\":{\"name\":\"%s\","
		    "\"num_blocks\":%" PRIu64 ",\"block_size\":%" PRIu64 "}}",
		    source->kind == DEVICE_MALLOC ? "malloc" : "null", source->name,
		    source->size / block_size, block_size);
	return STATUS_OK;
}

/* The elements of "subsystems" of a file, each with a comma behind it. */
static int
add_subsystems_of(const char *path, struct text *text)
{
	struct document document = {.text = NULL};
	const struct spdk_json_val *subsystems, *end, *element;
	size_t size;
	char *content = load_file(path, &size);
	int rc = content != NULL ? document_parse(&document, path, content, size) : -EIO;

	free(content);
	if (rc != 0) {
		return STATUS_USAGE;
	}
	subsystems = member_of(document.values, "subsystems");
	if (subsystems == NULL || subsystems->type != SPDK_JSON_VAL_ARRAY_BEGIN) {
		document_fini(&document);
		return usage_error("%s: this is no configuration: it has no list \"subsystems\"",
				   path);
	}
	end = subsystems + subsystems->len + 1;
	for (element = subsystems + 1; element < end; element += spdk_json_val_len(element)) {
		text_add_json(text, element, 0);
		text_add_string(text, ",");
	}
	document_fini(&document);
	return STATUS_OK;
}

int
device_sources_config(const struct device_sources *sources, const char *config_file, bool writes,
		      struct text *text)
{
	uint32_t i;
	int rc = STATUS_OK;

	text_add_string(text, "{\"subsystems\":[");
	if (config_file != NULL) {
		rc = add_subsystems_of(config_file, text);
	}
	text_add_string(text, "{\"subsystem\":\"bdev\",\"config\":[");
	for (i = 0; i < sources->count && rc == STATUS_OK; i++) {
		text_add_string(text, i > 0 ? "," : "");
		if (sources->of[i].kind == DEVICE_FILE) {
			add_file(sources, &sources->of[i], writes, text);
		} else {
			rc = add_memory(sources, &sources->of[i], text);
		}
	}
	text_add_string(text, "]}]}");
	return rc;
}
