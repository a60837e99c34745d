/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Locks on cores, by record locks on files in a folder that is open to all users.
 *
 * Invariants:
 *  1. Who holds the lock on the file that the path leads to has the core. The file is removed while
 *     its lock is held; so whoever gets a lock looks whether the path still leads to that file.
 *  2. No symbolic link is followed, and nothing but a regular file is written to.
 *  3. The kernel forgets a record lock when the process closes any descriptor of the file. So a
 *     file is opened only while this process has not locked its core, and there is one descriptor.
 *  4. Record locks are not inherited: what a forked child finds in g_locks is its parent's.
 */
#include "app/app/core_lock.h"
#include "base/lock_file.h"
#include "spdk/cpuset.h"
#include "spdk/env.h"
#include "spdk/log.h"

#define DEFAULT_FOLDER "/var/tmp"
#define PATH_SIZE      512
#define NAME_SIZE      64
/* Each round, another process has let go of the file between two calls of ours. */
#define TRIES 64

static struct {
	char folder[PATH_SIZE / 2];
	/* One more than the descriptor, so that 0 means: not locked. */
	int fds[SPDK_CPUSET_SIZE];
	pid_t owner;
} g_locks = {.folder = DEFAULT_FOLDER};

/* Why a core could not be locked. */
struct obstacle {
	/* The process that has locked it; 0: none, or it cannot be seen from here. */
	pid_t holder;
	int error;
};

void
core_locks_set_folder(const char *folder)
{
	int len = snprintf(g_locks.folder, sizeof(g_locks.folder), "%s",
			   folder != NULL ? folder : DEFAULT_FOLDER);

	assert((size_t)len < sizeof(g_locks.folder));
	(void)len;
}

bool
core_lock_is_held(uint32_t core)
{
	return core < SPDK_CPUSET_SIZE && g_locks.fds[core] != 0 && g_locks.owner == getpid();
}

static void
lock_path(uint32_t core, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/spdk_cpu_lock_%03u", g_locks.folder, core);
}

/* Whether somebody has locked the file. A process of another PID namespace has the number 0. */
static bool
find_holder(int fd, pid_t *out_holder)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) {
		return false;
	}
	*out_holder = lock.l_pid > 0 ? lock.l_pid : 0;
	return true;
}

static int
open_file(const char *path)
{
	struct stat status;
	int fd;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		return -errno;
	}
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	return fd;
}

/* The locked descriptor; -EAGAIN: things have changed meanwhile; or another -errno, and why. */
static int
open_locked(const char *path, struct obstacle *out_obstacle)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd, rc;

	fd = open_file(path);
	if (fd < 0) {
		out_obstacle->error = -fd;
		out_obstacle->holder = fd == -EACCES ? lock_file_holder(path, "POSIX") : 0;
		return fd;
	}
	if (fcntl(fd, F_SETLK, &lock) == 0) {
		if (lock_file_is_at(path, fd)) {
			return fd;
		}
		close(fd);
		return -EAGAIN;
	}
	/* POSIX lets the kernel answer either way that another process has the lock. */
	rc = errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
	out_obstacle->error = -rc;
	if (rc == -EBUSY && !find_holder(fd, &out_obstacle->holder)) {
		rc = -EAGAIN;
	}
	close(fd);
	return rc;
}

/* In the form that SPDK reads to name the holder; the lock alone is what counts. */
static void
write_holder(int fd)
{
	int pid = getpid();

	/* Never to nothing and then written: ext4 sees to it that such a file is on the disk before
	 * its last descriptor is closed, which takes longer than all the rest of a start. */
	if (pwrite(fd, &pid, sizeof(pid), 0) != sizeof(pid) || ftruncate(fd, sizeof(pid)) != 0) {
		return;
	}
}

static int
take(uint32_t core, struct obstacle *out_obstacle)
{
	struct obstacle obstacle = {.error = EBUSY};
	char path[PATH_SIZE];
	int fd = -EAGAIN;

	lock_path(core, path);
	for (int i = 0; i < TRIES && fd == -EAGAIN; i++) {
		fd = open_locked(path, &obstacle);
	}
	if (fd < 0) {
		*out_obstacle = obstacle;
		return fd;
	}
	write_holder(fd);
	g_locks.fds[core] = fd + 1;
	return 0;
}

static void
drop(uint32_t core)
{
	int fd = g_locks.fds[core] - 1;
	char path[PATH_SIZE];

	if (fd < 0) {
		return;
	}
	lock_path(core, path);
	if (g_locks.owner == getpid() && lock_file_is_at(path, fd)) {
		(void)unlink(path); /* A file that stays is used again by the next one. */
	}
	close(fd);
	g_locks.fds[core] = 0;
}

/* "process 12 (name)", in `text`. */
static const char *
holder_text(const struct obstacle *obstacle, char *text, size_t size)
{
	char name[NAME_SIZE];

	if (obstacle->holder == 0) {
		snprintf(text, size, "a process that cannot be seen from here");
	} else {
		lock_file_owner_name(obstacle->holder, name, sizeof(name));
		snprintf(text, size, "process %d (%s)", obstacle->holder, name);
	}
	return text;
}

static const char *
error_text(const struct obstacle *obstacle)
{
	switch (obstacle->error) {
	case ELOOP:
		return "it is a symbolic link, which is not followed. Remove it";
	case EINVAL:
		return "it is no regular file. Remove it";
	case EACCES:
		return "it belongs to another user, and no process has locked it. Remove it";
	default:
		return strerror(obstacle->error);
	}
}

/* Whether a process has the core; otherwise its file is of no use, for whatever reason. */
static bool
is_held(const struct obstacle *obstacle)
{
	return obstacle->holder != 0 || obstacle->error == EBUSY;
}

/*
 * What becomes of a core that could not be locked and that nobody insists on: it is used without.
 * A file that is of no use keeps the lock from us and not the core: it must not be in the power of
 * a stranger to keep applications from starting.
 */
static void
tell_unlocked(uint32_t core, const struct obstacle *obstacle)
{
	char path[PATH_SIZE], text[2 * NAME_SIZE];

	if (is_held(obstacle)) {
		SPDK_NOTICELOG("Core %u is locked by %s and is used without a lock on it. Choose "
			       "other cores by -m.\n",
			       core, holder_text(obstacle, text, sizeof(text)));
		return;
	}
	lock_path(core, path);
	SPDK_NOTICELOG("Core %u is used without a lock on it: %s: %s.\n", core, path,
		       error_text(obstacle));
}

/* A child starts with nothing: the descriptors it has are copies of its parent's. */
static void
forget_parents_locks(void)
{
	if (g_locks.owner != getpid()) {
		core_locks_drop();
		g_locks.owner = getpid();
	}
}

/* All or none. With `holder`, a core that another process has is an error, and that is named. */
static int
take_all(char *holder, size_t size)
{
	struct spdk_cpuset taken;
	struct obstacle obstacle;
	char text[2 * NAME_SIZE];
	uint32_t core;

	forget_parents_locks();
	spdk_cpuset_zero(&taken);
	SPDK_ENV_FOREACH_CORE (core) {
		if (core >= SPDK_CPUSET_SIZE || core_lock_is_held(core)) {
			continue;
		}
		if (take(core, &obstacle) == 0) {
			spdk_cpuset_set_cpu(&taken, core, true);
			continue;
		}
		if (holder != NULL && is_held(&obstacle)) {
			goto drop_taken;
		}
		tell_unlocked(core, &obstacle);
	}
	return 0;

drop_taken:
	snprintf(holder, size, "Core %u is locked by %s", core,
		 holder_text(&obstacle, text, sizeof(text)));
	SPDK_ENV_FOREACH_CORE (core) {
		if (spdk_cpuset_get_cpu(&taken, core)) {
			drop(core);
		}
	}
	return -EBUSY;
}

int
core_locks_claim(char *out_holder, size_t size)
{
	return take_all(out_holder, size);
}

int
core_locks_take(bool is_explicit)
{
	char holder[CORE_LOCK_HOLDER_SIZE];
	int rc;

	rc = take_all(is_explicit ? holder : NULL, sizeof(holder));
	if (rc != 0) {
		SPDK_ERRLOG("%s. Choose other cores by -m, share the core by "
			    "--disable-cpumask-locks, or end that process.\n",
			    holder);
	}
	return rc;
}

void
core_locks_drop(void)
{
	for (uint32_t core = 0; core < SPDK_CPUSET_SIZE; core++) {
		drop(core);
	}
}
