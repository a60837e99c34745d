/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Whole files, and attributes of sysfs, read into memory.
 */
#ifndef SPDK_FILE_H
#define SPDK_FILE_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Reads from where `file` stands to its end.
 *
 * Owner: the caller, who gives the bytes to free(3); `file` stays open.
 * Shape: a NUL that `*size` does not count follows the bytes. A file without any gives memory too.
 * Errors: NULL and errno: EINVAL: an argument is NULL; EFBIG: more than 1 GiB; ENOMEM; what
 * reading said. `*size` is then as it was.
 */
void *spdk_posix_file_load(FILE *file, size_t *size);

/**
 * spdk_posix_file_load() of the file with this name.
 *
 * Errors: NULL and errno, also what fopen(3) said.
 */
void *spdk_posix_file_load_from_name(const char *file_name, size_t *size);

/**
 * Reads the attribute whose path the format and its arguments make.
 *
 * Owner: the caller, who gives `*attribute` to free(3).
 * Shape: a text without the line end that the kernel puts behind it; empty where the file is.
 * Errors: -EINVAL: `attribute` or the format is NULL; -ENAMETOOLONG: the path has PATH_MAX
 * characters or more; -ENOMEM; what opening and reading said, so -ENOENT where there is no such
 * attribute. `*attribute` is then as it was.
 */
int spdk_read_sysfs_attribute(char **attribute, const char *path_format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * spdk_read_sysfs_attribute() of a number.
 *
 * Shape: decimal, or hexadecimal behind 0x, or octal behind 0, as sysfs writes them.
 * Errors: also -EINVAL: it is no number; -ERANGE: it is one that does not fit.
 */
int spdk_read_sysfs_attribute_uint32(uint32_t *attribute, const char *path_format, ...)
	__attribute__((format(printf, 2, 3)));

#ifdef __cplusplus
}
#endif

#endif /* SPDK_FILE_H */
