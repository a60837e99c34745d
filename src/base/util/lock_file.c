/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/lock_file.h"

void
lock_file_owner_name(pid_t pid, char *name, size_t size)
{
	char path[64];
	ssize_t len = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, name, size - 1);
		close(fd);
	}
	if (len <= 0) {
		snprintf(name, size, "unknown");
		return;
	}
	name[len] = '\0';
	name[strcspn(name, "\n")] = '\0';
}

bool
lock_file_is_at(const char *path, int fd)
{
	struct stat by_path, by_fd;

	return lstat(path, &by_path) == 0 && fstat(fd, &by_fd) == 0 &&
	       by_path.st_dev == by_fd.st_dev && by_path.st_ino == by_fd.st_ino;
}
