/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests: a folder that is soon full.
 */
#ifndef SPINDLE_SMALL_FOLDER_H
#define SPINDLE_SMALL_FOLDER_H

#include "spdk/stdinc.h"

#include <sched.h>
#include <sys/mount.h>

static inline int
small_folder_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t rc = fd >= 0 ? write(fd, text, strlen(text)) : -1;

	close(fd);
	return rc == (ssize_t)strlen(text) ? 0 : -EPERM;
}

/* A user without rights becomes the root of a namespace; without a map he could own no file. */
static inline int
small_folder_become_root(void)
{
	char users[64], groups[64];

	snprintf(users, sizeof(users), "0 %u 1", geteuid());
	snprintf(groups, sizeof(groups), "0 %u 1", getegid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
	    small_folder_write("/proc/self/uid_map", users) != 0 ||
	    small_folder_write("/proc/self/setgroups", "deny") != 0) {
		return -EPERM;
	}
	return small_folder_write("/proc/self/gid_map", groups);
}

/*
 * Mounts a tmpfs of some size ("size=64k") on a folder, for the calling process, which is made for
 * that, and its children. Errors: -EPERM: it may not.
 */
static inline int
small_folder_mount(const char *folder, const char *size)
{
	if (unshare(CLONE_NEWNS) != 0 && small_folder_become_root() != 0) {
		return -EPERM;
	}
	(void)mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	return mount("small", folder, "tmpfs", 0, size) == 0 ? 0 : -EPERM;
}

#endif
