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

/* Whether somebody holds it, who is named then. */
static bool
explain_holder(const char *socket_path, const char *path, bool is_asked_for)
{
	pid_t holder = lock_file_holder(path, "FLOCK");
	char name[OWNER_NAME_SIZE];

	if (holder == 0) {
		return false;
	}
	lock_file_owner_name(holder, name, sizeof(name));
	RPC_EXPLAIN(is_asked_for, "RPC address '%s' is served by process %d (%s)", socket_path,
		    holder, name);
	return true;
}

static int
explain_open(const char *socket_path, const char *path, bool is_asked_for, int rc)
{
	if (rc == -EACCES && explain_holder(socket_path, path, is_asked_for)) {
		return -EADDRINUSE;
	}
	RPC_EXPLAIN(is_asked_for, "Cannot open the lock file '%s': %s%s", path, spdk_strerror(-rc),
		    rc == -EACCES ? "; it may be another user's, or the folder is" :
		    rc == -ELOOP  ? "; it is a symbolic link" :
				    "");
	return rc;
}

/* The descriptor of a file that may be locked; or -errno, explained. */
static int
open_lock_file(const char *socket_path, const char *path, bool is_asked_for)
{
	struct stat status;
	int fd, rc = -EPERM;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0) {
		return explain_open(socket_path, path, is_asked_for, -errno);
	}
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		RPC_EXPLAIN(is_asked_for, "'%s' is no regular file, and so no lock", path);
		goto close_fd;
	}
	if (status.st_uid != geteuid()) {
		if (explain_holder(socket_path, path, is_asked_for)) {
			rc = -EADDRINUSE;
			goto close_fd;
		}
		RPC_EXPLAIN(is_asked_for,
			    "The lock file '%s' is another user's (%u), who could replace it at "
			    "any time. Nobody holds it: remove it if it was left over",
			    path, status.st_uid);
		goto close_fd;
	}
	return fd;

close_fd:
	close(fd);
	return rc;
}

/* The locked descriptor; -EAGAIN: the file has gone meanwhile; or another -errno, explained. */
static int
open_locked(const char *socket_path, const char *path, bool is_asked_for)
{
	int fd = open_lock_file(socket_path, path, is_asked_for);
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
		rc = -EADDRINUSE;
		if (!explain_holder(socket_path, path, is_asked_for)) {
			RPC_EXPLAIN(is_asked_for,
				    "RPC address '%s' is served by another process, which cannot "
				    "be seen from here",
				    socket_path);
		}
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
	if (lock.fd == -EAGAIN) {
		RPC_EXPLAIN(is_asked_for,
			    "The lock file '%s' is removed again and again by another process",
			    lock.path);
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
