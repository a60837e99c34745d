/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Claims: one process at a time may use a device. A claim is a record lock on a file that carries
 * the address of the device, at the place where SPDK has it too, so both keep out of each other's
 * way.
 *
 * Invariants:
 *  1. Who holds the lock on the file that the path leads to has the device. The file is removed
 *     while its lock is held; so whoever gets a lock must look whether the path still leads to that
 *     file.
 *  2. The path may lead to nothing but a file of our own: no symbolic link is followed. The folder
 *     is open to all users.
 *  3. The kernel forgets a record lock when the process closes any descriptor of the file. So this
 *     process opens the file only while dev->internal.claim_fd says that it has not claimed it.
 */
#include "base/lock_file.h"
#include "env/posix/pci_internal.h"
#include "spdk/log.h"

#define CLAIM_DEFAULT_DIR "/var/tmp"
#define CLAIM_PATH_SIZE   512
/* Each round, another process has removed the file between our opening and locking it. */
#define CLAIM_TRIES 16

static char g_dir[CLAIM_PATH_SIZE / 2] = CLAIM_DEFAULT_DIR;

void
pci_claim_set_dir(const char *path)
{
	int len = snprintf(g_dir, sizeof(g_dir), "%s", path != NULL ? path : CLAIM_DEFAULT_DIR);

	assert((size_t)len < sizeof(g_dir));
	(void)len;
}

static void
claim_path(const struct spdk_pci_device *dev, char path[CLAIM_PATH_SIZE])
{
	char text[PCI_ADDR_TEXT_SIZE];

	snprintf(path, CLAIM_PATH_SIZE, "%s/spdk_pci_lock_%s", g_dir,
		 pci_addr_text(&dev->addr, text));
}

static void
explain_holder(const struct spdk_pci_device *dev, const char *path, int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char name[PCI_NAME_SIZE], text[PCI_ADDR_TEXT_SIZE];

	pci_addr_text(&dev->addr, text);
	if (fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK || lock.l_pid <= 0) {
		SPDK_ERRLOG("PCI device %s is claimed by another process (lock file %s).\n", text,
			    path);
		return;
	}
	lock_file_owner_name(lock.l_pid, name, sizeof(name));
	SPDK_ERRLOG("PCI device %s is claimed by process %d (%s). End that process, or use another "
		    "device.\n",
		    text, lock.l_pid, name);
}

static void
explain_open(const struct spdk_pci_device *dev, const char *path, int error)
{
	char text[PCI_ADDR_TEXT_SIZE];
	const char *cure = "See the rights of that folder and file.";

	if (error == ELOOP) {
		cure = "It is a symbolic link, which is not followed: remove it.";
	} else if (error == EACCES && access(path, F_OK) != 0) {
		cure = "This user may not make files in that folder: its mode is 1777 as a rule.";
	} else if (error == EACCES) {
		cure = "Another user made it: if none of their processes uses the device, remove "
		       "it.";
	}
	SPDK_ERRLOG("PCI device %s cannot be claimed: %s: %s. %s\n",
		    pci_addr_text(&dev->addr, text), path, strerror(error), cure);
}

/* The locked descriptor; -EAGAIN: the file went away meanwhile; or -errno, explained. */
static int
open_locked(const struct spdk_pci_device *dev, const char *path)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd, rc;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0) {
		rc = -errno;
		explain_open(dev, path, -rc);
		return rc;
	}
	if (fcntl(fd, F_SETLK, &lock) != 0) {
		rc = errno == EAGAIN ? -EACCES : -errno;
		if (rc == -EACCES) {
			explain_holder(dev, path, fd);
		} else {
			explain_open(dev, path, -rc);
		}
		close(fd);
		return rc;
	}
	if (!lock_file_is_at(path, fd)) {
		close(fd);
		return -EAGAIN;
	}
	return fd;
}

/* For people who look at the file; the lock alone is what counts. */
static void
write_holder(int fd)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%d\n", getpid());

	/* In this order: see write_holder() of core locks. */
	if (pwrite(fd, text, (size_t)len, 0) != len || ftruncate(fd, len) != 0) {
		return;
	}
}

int
spdk_pci_device_claim(struct spdk_pci_device *dev)
{
	char path[CLAIM_PATH_SIZE], text[PCI_ADDR_TEXT_SIZE];
	int fd = -EAGAIN;

	if (dev->internal.claim_fd >= 0) {
		SPDK_ERRLOG("PCI device %s is claimed by this process already.\n",
			    pci_addr_text(&dev->addr, text));
		return -EACCES;
	}
	claim_path(dev, path);
	for (int i = 0; i < CLAIM_TRIES && fd == -EAGAIN; i++) {
		fd = open_locked(dev, path);
	}
	if (fd < 0) {
		return fd;
	}
	write_holder(fd);
	dev->internal.claim_fd = fd;
	return 0;
}

void
spdk_pci_device_unclaim(struct spdk_pci_device *dev)
{
	char path[CLAIM_PATH_SIZE];

	if (dev->internal.claim_fd < 0) {
		return;
	}
	claim_path(dev, path);
	if (lock_file_is_at(path, dev->internal.claim_fd)) {
		(void)unlink(path); /* A file that stays is used again by the next one. */
	}
	close(dev->internal.claim_fd);
	dev->internal.claim_fd = -1;
}
