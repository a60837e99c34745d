/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Block devices that a subcommand is given without a configuration file: files, memory, nothing.
 * They are named File0, File1..., Malloc0... and Null0..., in the order of the options.
 */
#ifndef SPINDLE_TOOL_DEVICE_SOURCE_H
#define SPINDLE_TOOL_DEVICE_SOURCE_H

#include "spindle.h"

#define DEVICE_SOURCES_MAX 64

enum device_kind {
	DEVICE_FILE,
	DEVICE_MALLOC,
	DEVICE_NULL,
	DEVICE_KINDS,
};

struct device_source {
	enum device_kind kind;
	char name[16];
	/* FILE only. */
	const char *path;
	/* In bytes; of a file, what it has when it is there. */
	uint64_t size;
};

struct device_sources {
	struct device_source of[DEVICE_SOURCES_MAX];
	uint32_t count;
	/* "uring", "aio"; NULL: whichever works here. */
	const char *engine;
	/* Of memory and nothing; of files, when it is not 0. */
	uint64_t block_size;
	/* What files become that are not there; 0: an error. */
	uint64_t file_size;
	/* Files with data in them may be written to. */
	bool may_overwrite;
};

/* Adds one: a path for FILE, else a size. Prints what is wrong and returns STATUS_USAGE. */
int device_sources_add(struct device_sources *sources, enum device_kind kind, const char *value);
/* Sets the engine, or prints what is wrong and returns STATUS_USAGE. */
int device_sources_set_engine(struct device_sources *sources, const char *engine);
/*
 * Looks at the files, and makes those that are to be made. Prints what is wrong, with the cure, and
 * returns STATUS_USAGE: no file and no size to make it, not to be read or written, or data in it
 * that would be lost.
 */
int device_sources_prepare(struct device_sources *sources, bool writes);
/*
 * Adds to `text` a configuration that makes them, behind what is in `config_file`, which may be
 * NULL. Prints what is wrong and returns STATUS_USAGE.
 */
int device_sources_config(const struct device_sources *sources, const char *config_file,
			  bool writes, struct text *text);

#endif
