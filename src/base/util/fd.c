/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Facts and flags of open file descriptors: fstat(2), the block device ioctls and fcntl(2), told
 * apart by the type of file, so that an ioctl is only sent to what understands it.
 */
#include "spdk/fd.h"

#include <linux/fs.h>

uint64_t
spdk_fd_get_size(int fd)
{
	struct stat st;
	uint64_t size;

	if (fstat(fd, &st) != 0) {
		return 0;
	}
	if (S_ISREG(st.st_mode)) {
		return (uint64_t)st.st_size;
	}
	if (S_ISBLK(st.st_mode) && ioctl(fd, BLKGETSIZE64, &size) == 0) {
		return size;
	}
	return 0;
}

uint32_t
spdk_fd_get_blocklen(int fd)
{
	struct stat st;
	int sector_size;

	if (fstat(fd, &st) != 0) {
		return 0;
	}
	if (!S_ISBLK(st.st_mode)) {
		return (uint32_t)st.st_blksize;
	}
	if (ioctl(fd, BLKSSZGET, &sector_size) != 0 || sector_size < 0) {
		return 0;
	}
	return (uint32_t)sector_size;
}

/* Leaves the file alone when it has the flags already, which saves a system call on the usual path.
 */
static int
change_flags(int fd, int set, int clear)
{
	int old_flags = fcntl(fd, F_GETFL);
	int new_flags;

	if (old_flags < 0) {
		return -errno;
	}
	new_flags = (old_flags | set) & ~clear;
	if (new_flags != old_flags && fcntl(fd, F_SETFL, new_flags) < 0) {
		return -errno;
	}
	return 0;
}

int
spdk_fd_set_nonblock(int fd)
{
	return change_flags(fd, O_NONBLOCK, 0);
}

int
spdk_fd_clear_nonblock(int fd)
{
	return change_flags(fd, 0, O_NONBLOCK);
}
