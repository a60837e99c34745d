/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keys that are in files. A file is read each time its key is asked for, so that the key is not in
 * memory meanwhile, and looked at each time whether it is for this user alone.
 */
#include "spdk/keyring_module.h"
#include "spdk/log.h"
#include "spdk/module/keyring/file.h"
#include "spdk/string.h"

#define KEY_SIZE_MAX 4096

struct file_key {
	char *path;
};

static struct spdk_keyring_module g_file_module;

/* Whether the open file is one that may have a key. 0, or -EPERM, explained. */
static int
check_file(int fd, const char *path)
{
	struct stat status;

	if (fstat(fd, &status) != 0) {
		return -errno;
	}
	if (!S_ISREG(status.st_mode)) {
		SPDK_ERRLOG("Key file '%s' is not an ordinary file\n", path);
		return -EPERM;
	}
	if (status.st_uid != geteuid()) {
		SPDK_ERRLOG("Key file '%s' belongs to user %u, and this program runs as user %u: "
			    "chown it\n",
			    path, (unsigned)status.st_uid, (unsigned)geteuid());
		return -EPERM;
	}
	if ((status.st_mode & (S_IXUSR | S_IRWXG | S_IRWXO)) != 0) {
		SPDK_ERRLOG("Key file '%s' has mode 0%o, and others must not read it: chmod 0600 "
			    "'%s'\n",
			    path, (unsigned)(status.st_mode & 07777), path);
		return -EPERM;
	}
	if (status.st_size > KEY_SIZE_MAX) {
		SPDK_ERRLOG("Key file '%s' has %lld bytes, and a key has at most %d\n", path,
			    (long long)status.st_size, KEY_SIZE_MAX);
		return -EPERM;
	}
	return 0;
}

/* The file, which has been looked at; or -errno, explained. Never waits, whatever the path names.
 */
static int
open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc = fd < 0 ? -errno : 0;

	if (rc != 0) {
		SPDK_ERRLOG("Key file '%s' cannot be opened: %s\n", path, spdk_strerror(-rc));
		return rc;
	}
	rc = check_file(fd, path);
	if (rc != 0) {
		close(fd);
		return rc;
	}
	return fd;
}

/* All of the file, or -ENOBUFS. */
static int
read_file(int fd, char *buf, size_t size)
{
	size_t length = 0;
	char more;

	for (;;) {
		ssize_t count =
			length < size ? read(fd, buf + length, size - length) : read(fd, &more, 1);

		if (count < 0 && errno == EINTR) {
			continue;
		}
		if (count <= 0) {
			return count == 0 ? (int)length : -errno;
		}
		if (length == size) {
			return -ENOBUFS;
		}
		length += (size_t)count;
	}
}

static int
add_file_key(struct spdk_key *key, void *ctx)
{
	struct file_key *file_key = spdk_key_get_ctx(key);
	const char *path = ctx;
	int fd;

	if (path[0] != '/') {
		SPDK_ERRLOG("Key file '%s': the path must begin with '/'\n", path);
		return -EINVAL;
	}
	fd = open_file(path);
	if (fd < 0) {
		return fd;
	}
	close(fd);
	file_key->path = strdup(path);
	return file_key->path != NULL ? 0 : -ENOMEM;
}

static void
remove_file_key(struct spdk_key *key)
{
	struct file_key *file_key = spdk_key_get_ctx(key);

	free(file_key->path);
	file_key->path = NULL;
}

static int
get_file_key(struct spdk_key *key, void *buf, int len)
{
	const struct file_key *file_key = spdk_key_get_ctx(key);
	int fd = open_file(file_key->path);
	int rc;

	if (fd < 0) {
		return fd;
	}
	rc = read_file(fd, buf, (size_t)len);
	close(fd);
	if (rc < 0) {
		SPDK_ERRLOG("Key file '%s' cannot be read: %s\n", file_key->path,
			    spdk_strerror(-rc));
	}
	return rc;
}

static size_t
file_ctx_size(void)
{
	return sizeof(struct file_key);
}

static void
dump_file_key(struct spdk_key *key, struct spdk_json_write_ctx *w)
{
	const struct file_key *file_key = spdk_key_get_ctx(key);

	spdk_json_write_named_string(w, "path", file_key->path);
}

static void
write_file_key(void *ctx, struct spdk_key *key)
{
	const struct file_key *file_key = spdk_key_get_ctx(key);
	const char *name = spdk_key_get_name(key);
	struct spdk_json_write_ctx *w = ctx;

	if (spdk_key_get_module(key) != &g_file_module) {
		return;
	}
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "method", "keyring_file_add_key");
	spdk_json_write_named_object_begin(w, "params");
	/* A colon in a name would name a keyring, were there not another before it. */
	spdk_json_write_named_string_fmt(w, "name", "%s%s", strchr(name, ':') != NULL ? ":" : "",
					 name);
	spdk_json_write_named_string(w, "path", file_key->path);
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
}

static void
write_file_config(struct spdk_json_write_ctx *w)
{
	spdk_keyring_for_each_key(NULL, w, write_file_key, 0);
}

static struct spdk_keyring_module g_file_module = {
	.name = "keyring_file",
	.add_key = add_file_key,
	.remove_key = remove_file_key,
	.get_key = get_file_key,
	.get_ctx_size = file_ctx_size,
	.dump_info = dump_file_key,
	.write_config = write_file_config,
};

SPDK_KEYRING_REGISTER_MODULE(keyring_file, &g_file_module)

int
spdk_keyring_file_add_key(const char *name, const char *path)
{
	const struct spdk_key_opts opts = {
		.size = sizeof(opts),
		.name = name,
		.module = &g_file_module,
		.ctx = (void *)(uintptr_t)path,
	};

	return name != NULL && path != NULL ? spdk_keyring_add_key(&opts) : -EINVAL;
}

int
spdk_keyring_file_remove_key(const char *name)
{
	return spdk_keyring_remove_key(name, &g_file_module);
}
