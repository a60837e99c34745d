/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/lock_file.h"

#include <sys/sysmacros.h>

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

pid_t
lock_file_holder(const char *path, const char *kind)
{
	unsigned int major_number, minor_number;
	char line[256], line_kind[16];
	unsigned long long inode;
	struct stat status;
	pid_t pid, holder = 0;
	FILE *locks;

	if (lstat(path, &status) != 0) {
		return 0;
	}
	locks = fopen("/proc/locks", "re");
	if (locks == NULL) {
		return 0;
	}
	while (holder == 0 && fgets(line, sizeof(line), locks) != NULL) {
		/* A line that begins with "->" waits for the one above it. */
		if (sscanf(line, "%*u: %15s %*s WRITE %d %x:%x:%llu", line_kind, &pid,
			   &major_number, &minor_number, &inode) == 5 &&
		    strcmp(line_kind, kind) == 0 && inode == status.st_ino &&
		    (dev_t)makedev(major_number, minor_number) == status.st_dev) {
			holder = pid;
		}
	}
	fclose(locks);
	return holder > 0 ? holder : 0;
}

bool
lock_file_is_at(const char *path, int fd)
{
	struct stat by_path, by_fd;

	return lstat(path, &by_path) == 0 && fstat(fd, &by_fd) == 0 &&
	       by_path.st_dev == by_fd.st_dev && by_path.st_ino == by_fd.st_ino;
}
