/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Opening a file or block device; file.h says for what.
 *
 * F1  What is found out is found out by trying, or asking the kernel, never by the name of a file
 *     system: statx(2) tells the alignment of direct I/O since Linux 6.1, and a read of the first
 *     block whether there is direct I/O at all.
 * F2  Nothing here changes a byte of the file, or its size.
 */
#include "modules/bdev/file/file.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "spdk/fd.h"
#include "spdk/log.h"
#include "spdk/util.h"

#define BLOCK_SIZE_MIN 512u
#define BLOCK_SIZE_MAX (1024u * 1024)

/* ---- Opening ---- */

static int
explain_open(const struct file_opts *opts, struct bdev_reason *reason)
{
	int rc = -errno;

	switch (rc) {
	case -ENOENT:
		return bdev_refuse(reason, rc, "%s: make it with 'truncate -s 1G'", opts->path);
	case -EACCES:
	case -EPERM:
	case -EROFS:
		if (opts->is_readonly) {
			return bdev_refuse(reason, rc, "%s: this user may not read it", opts->path);
		}
		return bdev_refuse(reason, rc,
				   "%s: this user may not write to it; for reading alone, "
				   "bdev_aio_create has 'readonly'",
				   opts->path);
	case -EISDIR:
		return bdev_refuse(reason, rc, "%s: must be a file or block device", opts->path);
	default:
		return bdev_refuse(reason, rc, "%s: cannot be opened", opts->path);
	}
}

static int
open_fd(const struct file_opts *opts, bool is_direct)
{
	int flags = (opts->is_readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK;

	return open(opts->path, flags | (is_direct ? O_DIRECT : 0));
}

static int
open_some_way(const struct file_opts *opts, struct file *file, struct bdev_reason *reason)
{
	struct stat info;

	file->is_direct = true;
	file->fd = open_fd(opts, true);
	if (file->fd < 0 && errno == EINVAL) {
		file->is_direct = false;
		file->fd = open_fd(opts, false);
	}
	if (file->fd < 0) {
		return explain_open(opts, reason);
	}
	if (fstat(file->fd, &info) != 0) {
		return explain_open(opts, reason);
	}
	file->is_block_device = S_ISBLK(info.st_mode);
	if (!file->is_block_device && !S_ISREG(info.st_mode)) {
		return bdev_refuse(reason, -ENOTSUP,
				   "%s: is neither a regular file nor a block device", opts->path);
	}
	/* It was for FIFOs and terminals only, which would have kept open() waiting; on a regular
	 * file io_uring would take it as "fail rather than wait". */
	(void)spdk_fd_clear_nonblock(file->fd);
	return 0;
}

/* ---- Direct I/O ---- */

struct direct_limits {
	/* In bytes; 0: unknown. */
	uint32_t memory;
	uint32_t offset;
	bool is_impossible;
};

static struct direct_limits
ask_direct_limits(const struct file *file)
{
	struct direct_limits limits = {0};
#ifdef STATX_DIOALIGN
	struct statx info;

	if (statx(file->fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &info) == 0 &&
	    (info.stx_mask & STATX_DIOALIGN) != 0) {
		limits.memory = info.stx_dio_mem_align;
		limits.offset = info.stx_dio_offset_align;
		limits.is_impossible = limits.memory == 0 || limits.offset == 0;
	}
#endif
	return limits;
}

/*
 * 1 if a block can be read as blocks will be read, else 0; -ENOMEM. A file that is too short is no
 * objection.
 */
static int
reads_a_block(const struct file *file)
{
	void *buf;
	ssize_t rc;
	int error;

	if (posix_memalign(&buf, spdk_max(file->block_size, 4096u), file->block_size) != 0) {
		return -ENOMEM;
	}
	rc = pread(file->fd, buf, file->block_size, 0);
	error = errno;
	free(buf);
	/* Any other error is the medium's, for whoever reads that block. */
	return rc >= 0 || error != EINVAL;
}

static int
become_buffered(const struct file_opts *opts, struct file *file, struct bdev_reason *reason)
{
	int fd = open_fd(opts, false);

	if (fd < 0) {
		return explain_open(opts, reason);
	}
	(void)spdk_fd_clear_nonblock(fd);
	close(file->fd);
	file->fd = fd;
	file->is_direct = false;
	return 0;
}

static int
choose_way(const struct file_opts *opts, struct file *file, struct bdev_reason *reason)
{
	struct direct_limits limits = {0};
	int rc = 0;

	if (file->is_direct) {
		limits = ask_direct_limits(file);
		if (!limits.is_impossible && limits.offset <= file->block_size) {
			rc = reads_a_block(file);
		}
		if (rc == 0) {
			rc = become_buffered(opts, file, reason);
		}
	}
	if (rc < 0) {
		return rc;
	}
	if (!file->is_direct) {
		SPDK_NOTICELOG("%s: no direct I/O there for blocks of %u bytes: it goes through "
			       "the page cache.\n",
			       opts->path, file->block_size);
		file->alignment_shift = 0;
		return 0;
	}
	if (limits.memory == 0) {
		limits.memory = file->block_size;
	}
	file->alignment_shift = (uint8_t)spdk_u32log2(spdk_align32pow2(limits.memory));
	return 0;
}

/* ---- Blocks ---- */

static int
choose_block_size(const struct file_opts *opts, struct file *file, struct bdev_reason *reason)
{
	uint32_t preferred = spdk_fd_get_blocklen(file->fd), size = opts->block_size;

	if (size == 0) {
		/* Of a network file system it may be as large as a megabyte. */
		size = spdk_min(preferred, file->is_block_device ? preferred : 4096u);
	}
	if (size < BLOCK_SIZE_MIN || size > BLOCK_SIZE_MAX || !spdk_u32_is_pow2(size)) {
		return bdev_refuse(reason, -EINVAL,
				   "%s: block_size is %u: it must be a power of two from %u to %u",
				   opts->path, size, BLOCK_SIZE_MIN, BLOCK_SIZE_MAX);
	}
	if (file->is_block_device && size < preferred) {
		return bdev_refuse(
			reason, -EINVAL,
			"%s: block_size is %u, and the device has blocks of %u bytes: give "
			"%u or more, or leave it out",
			opts->path, size, preferred, preferred);
	}
	file->block_size = size;
	file->medium_block_size = spdk_max(size, preferred);
	return 0;
}

static int
count_blocks(const struct file *file, uint64_t *out_blocks, struct bdev_reason *reason)
{
	uint64_t size = spdk_fd_get_size(file->fd), rest = size % file->block_size;

	if (size == 0) {
		return bdev_refuse(reason, -EINVAL,
				   "%s: is empty: give it a size, as 'truncate -s 1G' does",
				   file->path);
	}
	if (rest != 0) {
		return bdev_refuse(
			reason, -EINVAL,
			"%s: its size is %" PRIu64 " bytes, which is no multiple of the "
			"block size, %u: make it %" PRIu64 ", or give another block_size",
			file->path, size, file->block_size, size - rest + file->block_size);
	}
	*out_blocks = size / file->block_size;
	return 0;
}

/* ---- What can be done to ranges ---- */

/* A number that the kernel tells of the queue of a device, or of the disk that it is a part of. */
static uint64_t
read_queue_limit(int fd, const char *name)
{
	static const char *const formats[] = {"/sys/dev/block/%u:%u/queue/%s",
					      "/sys/dev/block/%u:%u/../queue/%s"};
	unsigned long long value = 0;
	char path[128];
	struct stat info;
	bool is_found = false;
	size_t i;

	if (fstat(fd, &info) != 0) {
		return 0;
	}
	for (i = 0; i < SPDK_COUNTOF(formats) && !is_found; i++) {
		FILE *file;

		snprintf(path, sizeof(path), formats[i], major(info.st_rdev), minor(info.st_rdev),
			 name);
		file = fopen(path, "re");
		if (file != NULL) {
			is_found = fscanf(file, "%llu", &value) == 1;
			fclose(file);
		}
	}
	return is_found ? value : 0;
}

static void
find_range_operations(struct file *file)
{
	if (file->is_readonly) {
		return;
	}
	if (file->is_block_device) {
		/* Without help from the device the kernel writes zeroes, but it gives nothing back.
		 */
		file->can_zero = true;
		file->can_punch = read_queue_limit(file->fd, "write_zeroes_max_bytes") != 0;
		file->can_discard = read_queue_limit(file->fd, "discard_max_bytes") != 0;
		return;
	}
	/* Beyond the end there is nothing to change, and the answer is the same. */
	file->can_punch =
		fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			  (off_t)(file->blocks * file->block_size), file->block_size) == 0;
	file->can_zero = file->can_punch;
}

int
file_punch(const struct file *file, uint64_t offset, uint64_t length)
{
	uint64_t range[2] = {offset, length};
	int rc;

	if (file->can_punch) {
		rc = fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
			       (off_t)length);
	} else if (file->can_discard) {
		rc = ioctl(file->fd, BLKDISCARD, range);
	} else {
		return -EOPNOTSUPP;
	}
	return rc == 0 ? 0 : -errno;
}

int
file_zero(const struct file *file, uint64_t offset, uint64_t length)
{
	if (fallocate(file->fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
		      (off_t)length) == 0) {
		return 0;
	}
	return errno == EOPNOTSUPP && file->can_punch ? file_punch(file, offset, length) : -errno;
}

/* ---- A file ---- */

int
file_open(const struct file_opts *opts, struct file *out_file, struct bdev_reason *reason)
{
	struct file file = {.fd = -1, .is_readonly = opts->is_readonly};
	int rc;

	file.path = strdup(opts->path);
	if (file.path == NULL) {
		return bdev_refuse(reason, -ENOMEM, "%s", opts->path);
	}
	rc = open_some_way(opts, &file, reason);
	if (rc == 0) {
		rc = choose_block_size(opts, &file, reason);
	}
	if (rc == 0) {
		rc = count_blocks(&file, &file.blocks, reason);
	}
	if (rc == 0) {
		rc = choose_way(opts, &file, reason);
	}
	if (rc != 0) {
		file_close(&file);
		return rc;
	}
	find_range_operations(&file);
	*out_file = file;
	return 0;
}

void
file_close(struct file *file)
{
	if (file->fd >= 0) {
		close(file->fd);
		file->fd = -1;
	}
	free(file->path);
	file->path = NULL;
}

/* Nodes of a device come and go without it. */
static bool
is_same(const struct file *file, const struct stat *own, const struct stat *there)
{
	if (file->is_block_device) {
		return S_ISBLK(there->st_mode) && own->st_rdev == there->st_rdev;
	}
	return own->st_dev == there->st_dev && own->st_ino == there->st_ino;
}

int
file_measure(const struct file *file, uint64_t *out_blocks, struct bdev_reason *reason)
{
	struct stat own, there;

	if (fstat(file->fd, &own) != 0) {
		return bdev_refuse(reason, -errno, "%s", file->path);
	}
	if (stat(file->path, &there) != 0) {
		return bdev_refuse(reason, -errno,
				   "%s: was removed; the bdev still has it, until it is deleted: "
				   "copy its data before that",
				   file->path);
	}
	if (!is_same(file, &own, &there)) {
		return bdev_refuse(
			reason, -ESTALE,
			"%s: is another file now, and the bdev still has the one that was "
			"there: delete and create the bdev to use this one",
			file->path);
	}
	return count_blocks(file, out_blocks, reason);
}

uint64_t
file_end(const struct file *file)
{
	return spdk_fd_get_size(file->fd);
}
