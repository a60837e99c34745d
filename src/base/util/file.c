/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whole files in memory. A file is read until its end, not to the size it is said to have: pipes
 * and files of proc and sysfs have none.
 */
#include "spdk/file.h"

#include "spdk/string.h"

#define FILE_BYTES_MAX   ((size_t)1 << 30)
#define BUFFER_BYTES_MIN 4096

/* Reads to the end into `*buffer`, which grows, and leaves room for a NUL. */
static int
read_all(FILE *file, char **buffer, size_t *out_size)
{
	size_t room = BUFFER_BYTES_MIN, size = 0;
	char *grown;

	for (;;) {
		grown = realloc(*buffer, room);
		if (grown == NULL) {
			return -ENOMEM;
		}
		*buffer = grown;
		errno = 0;
		size += fread(*buffer + size, 1, room - 1 - size, file);
		if (ferror(file)) {
			return errno != 0 ? -errno : -EIO;
		}
		if (size > FILE_BYTES_MAX) {
			return -EFBIG;
		}
		if (feof(file)) {
			*out_size = size;
			return 0;
		}
		room *= 2;
	}
}

void *
spdk_posix_file_load(FILE *file, size_t *size)
{
	char *buffer = NULL;
	int rc;

	if (file == NULL || size == NULL) {
		errno = EINVAL;
		return NULL;
	}
	rc = read_all(file, &buffer, size);
	if (rc != 0) {
		free(buffer);
		errno = -rc;
		return NULL;
	}
	buffer[*size] = '\0';
	return buffer;
}

void *
spdk_posix_file_load_from_name(const char *file_name, size_t *size)
{
	FILE *file;
	void *data;
	int error;

	if (file_name == NULL) {
		errno = EINVAL;
		return NULL;
	}
	file = fopen(file_name, "re");
	if (file == NULL) {
		return NULL;
	}
	data = spdk_posix_file_load(file, size);
	error = errno;
	(void)fclose(file); /* it was only read */
	errno = error;
	return data;
}

static int
read_attribute(char **attribute, const char *path_format, va_list args)
{
	char path[PATH_MAX], *text;
	size_t size;
	int length;

	if (attribute == NULL || path_format == NULL) {
		return -EINVAL;
	}
	length = vsnprintf(path, sizeof(path), path_format, args);
	if (length < 0) {
		return -errno;
	}
	if ((size_t)length >= sizeof(path)) {
		return -ENAMETOOLONG;
	}
	text = spdk_posix_file_load_from_name(path, &size);
	if (text == NULL) {
		return -errno;
	}
	if (size > 0 && text[size - 1] == '\n') {
		text[size - 1] = '\0';
	}
	*attribute = text;
	return 0;
}

int
spdk_read_sysfs_attribute(char **attribute, const char *path_format, ...)
{
	va_list args;
	int rc;

	va_start(args, path_format);
	rc = read_attribute(attribute, path_format, args);
	va_end(args);
	return rc;
}

int
spdk_read_sysfs_attribute_uint32(uint32_t *attribute, const char *path_format, ...)
{
	long long number;
	char *text = NULL;
	va_list args;
	int rc;

	if (attribute == NULL) {
		return -EINVAL;
	}
	va_start(args, path_format);
	rc = read_attribute(&text, path_format, args);
	va_end(args);
	if (rc != 0) {
		return rc;
	}
	number = spdk_strtoll(text, 0);
	free(text);
	if (number < 0) {
		return (int)number;
	}
	if (number > UINT32_MAX) {
		return -ERANGE;
	}
	*attribute = (uint32_t)number;
	return 0;
}
