/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the kernel tells in /sys, in small text files. Every path is relative to /sys, and no /sys
 * at all is an ordinary case: everything returns -errno then.
 */
#ifndef SPINDLE_ENV_SYSFS_H
#define SPINDLE_ENV_SYSFS_H

#include "spdk/stdinc.h"

#define SYSFS_PATH_MAX 512

/* For tests: what stands for /sys, copied; NULL for /sys itself. Too long a path is our bug. */
void sysfs_set_root(const char *path);

/* Writes the full path of a file: 0 or -ENAMETOOLONG. */
int
sysfs_path(char *path, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Reads a file as a string without its newlines at the end. Returns its length, or -errno. */
int sysfs_read_text(const char *path, char *text, size_t size);

/* Reads a file that has one number, decimal or with 0x. 0, -EINVAL when it has something else, or
 * -errno. */
int sysfs_read_number(const char *path, int64_t *out_number);

/* Writes the last component of where a symbolic link points to. 0 or -errno. */
int sysfs_read_link_name(const char *path, char *name, size_t size);

#endif
