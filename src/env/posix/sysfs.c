/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading of /sys. The root can be another folder, so that tests build a machine of their own.
 */
#include "env/posix/sysfs.h"

#define SYSFS_DEFAULT_ROOT "/sys"

static char g_root[SYSFS_PATH_MAX / 2] = SYSFS_DEFAULT_ROOT;

void
sysfs_set_root(const char *path)
{
	int len = snprintf(g_root, sizeof(g_root), "%s", path != NULL ? path : SYSFS_DEFAULT_ROOT);

	assert((size_t)len < sizeof(g_root));
	(void)len;
}

int
sysfs_path(char *path, size_t size, const char *format, ...)
{
	va_list args;
	int root_len, len;

	root_len = snprintf(path, size, "%s/", g_root);
	if ((size_t)root_len >= size) {
		return -ENAMETOOLONG;
	}
	va_start(args, format);
	len = vsnprintf(path + root_len, size - (size_t)root_len, format, args);
	va_end(args);
	return len >= 0 && (size_t)len < size - (size_t)root_len ? 0 : -ENAMETOOLONG;
}

int
sysfs_read_text(const char *path, char *text, size_t size)
{
	ssize_t len;
	int fd, rc;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return -errno;
	}
	len = read(fd, text, size - 1);
	rc = -errno;
	close(fd);
	if (len < 0) {
		return rc;
	}
	while (len > 0 && text[len - 1] == '\n') {
		len--;
	}
	text[len] = '\0';
	return (int)len;
}

int
sysfs_read_number(const char *path, int64_t *out_number)
{
	char text[32], *end;
	int64_t number;
	int rc;

	rc = sysfs_read_text(path, text, sizeof(text));
	if (rc < 0) {
		return rc;
	}
	errno = 0;
	number = strtoll(text, &end, 0);
	if (end == text || *end != '\0' || errno != 0) {
		return -EINVAL;
	}
	*out_number = number;
	return 0;
}

int
sysfs_read_link_name(const char *path, char *name, size_t size)
{
	char target[SYSFS_PATH_MAX];
	const char *last;
	ssize_t len;

	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0) {
		return -errno;
	}
	target[len] = '\0';
	last = strrchr(target, '/');
	last = last != NULL ? last + 1 : target;
	return (size_t)snprintf(name, size, "%s", last) < size ? 0 : -ENAMETOOLONG;
}
