/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files of shared memory. They are opened by path, in the folder where shm_open(3) has them, so
 * that it can be looked at what else is there, and so that tests can have a folder of their own.
 *
 * Invariant: a file that leads to its name is locked by its maker from before it has a size on, but
 * for a moment after it was made. Whoever wants to remove it gets the lock first; whoever has made
 * it looks, with the lock, whether it is still there.
 */
#include "base/lock_file.h"
#include "env/env_internal.h"

#include <dirent.h>
#include <sys/file.h>
#include <sys/mman.h>

#define FOLDER "/dev/shm"
/* Each round, another process has made or removed a file of this name between two calls of ours. */
#define TRIES 64

static char g_folder[ENV_SHM_PATH_SIZE / 2] = FOLDER;

void
env_shm_set_folder(const char *folder)
{
	int len = snprintf(g_folder, sizeof(g_folder), "%s", folder != NULL ? folder : FOLDER);

	assert((size_t)len < sizeof(g_folder));
	(void)len;
}

static int
make_path(const char *name, char path[ENV_SHM_PATH_SIZE])
{
	int len;

	if (name[0] != '/' || name[1] == '\0' || strchr(name + 1, '/') != NULL) {
		return -EINVAL;
	}
	len = snprintf(path, ENV_SHM_PATH_SIZE, "%s%s", g_folder, name);
	return len < ENV_SHM_PATH_SIZE ? 0 : -ENAMETOOLONG;
}

static bool
is_regular(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

/* The descriptor, with the lock; -EBUSY: a live process has it, or another -errno. */
static int
open_abandoned(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int rc;

	if (fd < 0) {
		return -errno;
	}
	if (!is_regular(fd)) {
		close(fd);
		return -EEXIST;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		return fd;
	}
	rc = errno == EWOULDBLOCK ? -EBUSY : -errno;
	close(fd);
	return rc;
}

/* Removes it unless `may_go`, where there is one, objects. 0, or -errno. */
static int
remove_abandoned(const char *path, bool (*may_go)(int fd))
{
	int fd = open_abandoned(path);
	int rc = 0;

	if (fd < 0) {
		return fd;
	}
	if (lock_file_is_at(path, fd) && (may_go == NULL || may_go(fd)) && unlink(path) != 0) {
		rc = -errno;
	}
	close(fd);
	return rc;
}

/* The descriptor, with the lock; -EAGAIN: things have changed meanwhile; or another -errno. */
static int
make_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int rc;

	if (fd >= 0) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 && lock_file_is_at(path, fd)) {
			return fd;
		}
		close(fd);
		return -EAGAIN;
	}
	if (errno != EEXIST) {
		return -errno;
	}
	rc = remove_abandoned(path, NULL);
	return rc == 0 || rc == -ENOENT ? -EAGAIN : rc;
}

static int
give_size(struct env_shm *shm)
{
	if (ftruncate(shm->fd, (off_t)shm->size) != 0) {
		return -errno;
	}
	shm->addr = mmap(NULL, shm->size, PROT_READ | PROT_WRITE, MAP_SHARED, shm->fd, 0);
	return shm->addr != MAP_FAILED ? 0 : -errno;
}

int
env_shm_create(const char *name, size_t size, struct env_shm *out_shm)
{
	struct env_shm shm = {.size = size, .fd = -EAGAIN};
	int rc = make_path(name, shm.path);

	if (rc != 0) {
		return rc;
	}
	for (int i = 0; i < TRIES && shm.fd == -EAGAIN; i++) {
		shm.fd = make_file(shm.path);
	}
	if (shm.fd < 0) {
		return shm.fd;
	}
	rc = give_size(&shm);
	if (rc != 0) {
		(void)unlink(shm.path); /* What stays is empty, and the next one of this name
					   removes it. */
		close(shm.fd);
		return rc;
	}
	*out_shm = shm;
	return 0;
}

int
env_shm_reserve(const struct env_shm *shm, size_t offset, size_t size)
{
	int rc;

	do {
		rc = fallocate(shm->fd, 0, (off_t)offset, (off_t)size) == 0 ? 0 : -errno;
	} while (rc == -EINTR);
	/* A folder that is not in memory: what is not there is made when it is touched. */
	return rc == -EOPNOTSUPP ? 0 : rc;
}

void
env_shm_close(struct env_shm *shm, bool remove_file)
{
	munmap(shm->addr, shm->size);
	if (remove_file && lock_file_is_at(shm->path, shm->fd)) {
		(void)unlink(shm->path); /* One that stays is removed by the next of its kind. */
	}
	close(shm->fd);
	memset(shm, 0, sizeof(*shm));
	shm->fd = -EBADF;
}

int
env_shm_open(const char *name)
{
	char path[ENV_SHM_PATH_SIZE];
	int rc = make_path(name, path);
	int fd;

	if (rc != 0) {
		return rc;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return fd >= 0 ? fd : -errno;
}

const void *
env_shm_map(int fd, size_t offset, size_t size)
{
	void *addr = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, (off_t)offset);

	return addr != MAP_FAILED ? addr : NULL;
}

void
env_shm_remove_dead(const char *prefix, bool (*may_go)(int fd))
{
	/* As names are given everywhere, with a '/' that is not part of what the folder has. */
	const char *begin = prefix[0] == '/' ? prefix + 1 : prefix;
	char path[ENV_SHM_PATH_SIZE];
	struct dirent *entry;
	DIR *folder;
	int len;

	folder = opendir(g_folder);
	if (folder == NULL) {
		return;
	}
	while ((entry = readdir(folder)) != NULL) {
		if (strncmp(entry->d_name, begin, strlen(begin)) != 0) {
			continue;
		}
		len = snprintf(path, sizeof(path), "%s/%s", g_folder, entry->d_name);
		if (len > 0 && (size_t)len < sizeof(path)) {
			/* One that cannot be removed is another user's, or still needed. */
			(void)remove_abandoned(path, may_go);
		}
	}
	closedir(folder);
}
