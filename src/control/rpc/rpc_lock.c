/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which process serves a path: it holds flock(2) on PATH.lock, as programs of SPDK do. The kernel
 * lets go of it when the process ends, in whatever way.
 *
 * Invariants
 *  1. Who holds the lock on the file that the path leads to may replace the socket. The file is
 *     removed while its lock is held; so whoever gets a lock looks whether the path still leads to
 *     that file.
 *  2. No symbolic link is followed, nothing but a regular file is written to, and another user's
 *     file is left alone.
 *  3. The lock belongs to the open file: a child that was forked and lives on keeps it. So the
 *     descriptor is closed by exec.
 */
#include "base/lock_file.h"
#include "control/rpc/rpc_internal.h"
#include "spdk/string.h"

#include <sys/file.h>

#define OWNER_NAME_SIZE 64
/* Each round, another process has let go of the file between two calls of ours. */
#define TRIES 64

static int
open_lock_file(const char *path, bool is_asked_for)
{
	struct stat status;
	int fd, rc;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0) {
		rc = -errno;
		RPC_EXPLAIN(is_asked_for, "Cannot open the lock file '%s': %s%s", path,
			    spdk_strerror(-rc),
			    rc == -EACCES ? "; it may be another user's" :
			    rc == -ELOOP  ? "; it is a symbolic link" :
					    "");
		return rc;
	}
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		RPC_EXPLAIN(is_asked_for, "'%s' is no regular file, and so no lock", path);
		close(fd);
		return -EPERM;
	}
	return fd;
}

static void
explain_holder(const char *socket_path, const char *path, bool is_asked_for)
{
	pid_t holder = lock_file_holder(path, "FLOCK");
	char name[OWNER_NAME_SIZE];

	if (holder == 0) {
		RPC_EXPLAIN(is_asked_for,
			    "RPC address '%s' is served by another process, which cannot be seen "
			    "from here",
			    socket_path);
		return;
	}
	lock_file_owner_name(holder, name, sizeof(name));
	RPC_EXPLAIN(is_asked_for, "RPC address '%s' is served by process %d (%s)", socket_path,
		    holder, name);
}

/* The locked descriptor; -EAGAIN: the file has gone meanwhile; or another -errno, explained. */
static int
open_locked(const char *socket_path, const char *path, bool is_asked_for)
{
	int fd = open_lock_file(path, is_asked_for);
	int rc;

	if (fd < 0) {
		return fd;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		if (lock_file_is_at(path, fd)) {
			return fd;
		}
		close(fd);
		return -EAGAIN;
	}
	rc = -errno;
	if (rc == -EWOULDBLOCK) {
		explain_holder(socket_path, path, is_asked_for);
		rc = -EADDRINUSE;
	} else {
		RPC_EXPLAIN(is_asked_for, "Cannot lock '%s': %s", path, spdk_strerror(-rc));
	}
	close(fd);
	return rc;
}

int
rpc_lock_take(const char *socket_path, bool is_asked_for, struct rpc_lock *out_lock)
{
	struct rpc_lock lock = {.fd = -EAGAIN};

	snprintf(lock.path, sizeof(lock.path), "%s.lock", socket_path);
	for (int i = 0; i < TRIES && lock.fd == -EAGAIN; i++) {
		lock.fd = open_locked(socket_path, lock.path, is_asked_for);
	}
	if (lock.fd < 0) {
		return lock.fd;
	}
	*out_lock = lock;
	return 0;
}

void
rpc_lock_drop(struct rpc_lock *lock)
{
	if (lock->fd < 0) {
		return;
	}
	if (lock_file_is_at(lock->path, lock->fd)) {
		(void)unlink(lock->path); /* A file that stays is used again by the next one. */
	}
	close(lock->fd);
	lock->fd = -1;
}
