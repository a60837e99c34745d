/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests: a folder that stands for /sys, with what a test puts there.
 */
#ifndef SPINDLE_ENV_FAKE_SYSFS_H
#define SPINDLE_ENV_FAKE_SYSFS_H

#include "env/posix/sysfs.h"

static char g_fake_sysfs[64];

static inline int
fake_sysfs_remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
	return remove(path);
}

/* Full path of a file there, valid until the next call. */
static inline const char *
fake_sysfs_path(const char *name)
{
	static char path[SYSFS_PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", g_fake_sysfs, name);
	return path;
}

static inline void
fake_sysfs_make_parents(const char *path)
{
	char parent[SYSFS_PATH_MAX];

	for (const char *slash = strchr(path + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
		(void)mkdir(parent, 0755); /* It may be there. */
	}
}

static inline void
fake_sysfs_write_bytes(const char *name, const void *bytes, size_t size)
{
	const char *path = fake_sysfs_path(name);
	int fd;

	fake_sysfs_make_parents(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
}

static inline void
fake_sysfs_write(const char *name, const char *text)
{
	fake_sysfs_write_bytes(name, text, strlen(text));
}

static inline void
fake_sysfs_link(const char *name, const char *target)
{
	const char *path = fake_sysfs_path(name);

	fake_sysfs_make_parents(path);
	(void)unlink(path); /* It may not be there. */
	assert_int_equal(symlink(target, path), 0);
}

static inline void
fake_sysfs_remove(const char *name)
{
	assert_int_equal(
		nftw(fake_sysfs_path(name), fake_sysfs_remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static inline int
fake_sysfs_setup(void **state)
{
	const char *folder = getenv("TMPDIR");

	snprintf(g_fake_sysfs, sizeof(g_fake_sysfs), "%s/fake_sysfs_XXXXXX",
		 folder != NULL && strlen(folder) < 32 ? folder : "/tmp");
	assert_non_null(mkdtemp(g_fake_sysfs));
	sysfs_set_root(g_fake_sysfs);
	return 0;
}

static inline int
fake_sysfs_teardown(void **state)
{
	fake_sysfs_remove("");
	sysfs_set_root(NULL);
	return 0;
}

#endif
