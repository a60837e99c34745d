/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files as ends of a copy. All but opening runs on the workers.
 *
 * F1  Offsets are given with every call; the position of the descriptor is used by streams only,
 *     which have one worker. Looking for holes moves it, which does no harm to the others.
 * F2  From `fresh` on the file has never held anything: it is a hole already. Set before the first
 *     write.
 * F3  A regular file without a size may be one of /proc: it is read as a stream, to its end. So are
 *     standard input and output, whatever they are: what was read before is over, and `>>` appends.
 */
#include "dd_end.h"
#include "dd_workers.h"
#include "spindle.h"

#include "spdk/util.h"

#include <fcntl.h>
#include <sys/stat.h>

#define ZERO_BYTES (64 * 1024)
#define ALIGNMENT  4096
#define FILE_MODE  0666

enum file_kind {
	FILE_REGULAR,
	FILE_BLOCK_DEVICE,
	FILE_STREAM,
};

struct dd_file {
	struct dd_end end;
	int fd;
	bool is_standard;
	enum file_kind kind;
	uint64_t fresh;
	/* A stream, which one worker has, has failed: what comes behind a gap is worth nothing. */
	bool is_broken;
	/* Of a stream: bytes to be left out before the first read. */
	uint64_t left_out;
	struct dd_workers *workers;
};

static struct dd_file *
file_of(struct dd_end *end)
{
	return SPDK_CONTAINEROF(end, struct dd_file, end);
}

/* ---- On a worker ---- */

/* One system call: bytes, or -errno. */
static ssize_t
read_some(struct dd_file *file, void *bytes, uint64_t size, uint64_t offset)
{
	ssize_t rc;

	do {
		if (dd_workers_is_interrupted(file->workers)) {
			return -ECANCELED;
		}
		rc = file->kind == FILE_STREAM ? read(file->fd, bytes, size) :
						 pread(file->fd, bytes, size, (off_t)offset);
	} while (rc < 0 && errno == EINTR);
	return rc < 0 ? -errno : rc;
}

static ssize_t
write_some(struct dd_file *file, const void *bytes, uint64_t size, uint64_t offset)
{
	ssize_t rc;

	do {
		if (dd_workers_is_interrupted(file->workers)) {
			return -ECANCELED;
		}
		rc = file->kind == FILE_STREAM ? write(file->fd, bytes, size) :
						 pwrite(file->fd, bytes, size, (off_t)offset);
	} while (rc < 0 && errno == EINTR);
	return rc < 0 ? -errno : rc;
}

static int
leave_out(struct dd_file *file, struct dd_request *request)
{
	ssize_t rc;

	while (file->left_out > 0) {
		rc = read_some(file, request->bytes, spdk_min(file->left_out, request->size), 0);
		if (rc <= 0) {
			return (int)rc;
		}
		file->left_out -= (uint64_t)rc;
	}
	return 0;
}

static int
run_read(struct dd_file *file, struct dd_request *request)
{
	ssize_t rc = leave_out(file, request);

	request->result = 0;
	if (rc != 0 || file->left_out > 0) {
		return (int)rc;
	}
	while (request->result < request->size) {
		rc = read_some(file, request->bytes + request->result,
			       request->size - request->result, request->offset + request->result);
		if (rc <= 0) {
			return (int)rc;
		}
		request->result += (uint64_t)rc;
	}
	return 0;
}

static int
write_all(struct dd_file *file, const uint8_t *bytes, uint64_t size, uint64_t offset)
{
	ssize_t rc;

	while (size > 0) {
		rc = write_some(file, bytes, size, offset);
		if (rc < 0) {
			return (int)rc;
		}
		bytes += rc;
		offset += (uint64_t)rc;
		size -= (uint64_t)rc;
	}
	return 0;
}

static int
run_zero(struct dd_file *file, uint64_t offset, uint64_t size)
{
	static const uint8_t zeros[ZERO_BYTES];
	int rc = 0;

	if (offset >= file->fresh) {
		return 0;
	}
	size = spdk_min(size, file->fresh - offset);
	if (fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
		      (off_t)size) == 0) {
		return 0;
	}
	while (size > 0 && rc == 0) {
		uint64_t part = spdk_min(size, sizeof(zeros));

		rc = write_all(file, zeros, part, offset);
		offset += part;
		size -= part;
	}
	return rc;
}

/* Where nobody knows of holes, all is data. */
static int
run_extent(struct dd_file *file, struct dd_request *request)
{
	off_t data = lseek(file->fd, (off_t)request->offset, SEEK_DATA);
	off_t hole;

	if (data < 0 && errno == ENXIO) {
		data = lseek(file->fd, 0, SEEK_END);
	}
	request->result = spdk_max((uint64_t)spdk_max(data, 0), request->offset);
	request->result_end = DD_UNLIMITED;
	hole = data >= 0 ? lseek(file->fd, data, SEEK_HOLE) : data;
	if (hole > data) {
		request->result_end = (uint64_t)hole;
	}
	return 0;
}

static int
run_flush(struct dd_file *file)
{
	if (fdatasync(file->fd) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP) {
		return 0;
	}
	return -errno;
}

static int
run_size(struct dd_file *file, uint64_t size, bool is_cut)
{
	struct stat status;

	if (file->kind != FILE_REGULAR) {
		return 0;
	}
	if (fstat(file->fd, &status) != 0) {
		return -errno;
	}
	if (is_cut) {
		file->fresh = size;
	} else if ((uint64_t)status.st_size >= size) {
		return 0;
	}
	return ftruncate(file->fd, (off_t)size) == 0 ? 0 : -errno;
}

static void
run(struct dd_request *request)
{
	struct dd_file *file = file_of(request->end);

	if (file->is_broken) {
		request->rc = -ECANCELED;
		return;
	}
	switch (request->op) {
	case DD_READ:
		request->rc = run_read(file, request);
		break;
	case DD_WRITE:
		request->rc = write_all(file, request->bytes, request->size, request->offset);
		break;
	case DD_ZERO:
		request->rc = run_zero(file, request->offset, request->size);
		break;
	case DD_EXTENT:
		request->rc = run_extent(file, request);
		break;
	case DD_FLUSH:
		request->rc = run_flush(file);
		break;
	case DD_CUT:
	case DD_EXTEND:
		request->rc = run_size(file, request->offset, request->op == DD_CUT);
		break;
	default:
		request->rc = -ENOTSUP;
		break;
	}
	if (file->kind == FILE_STREAM && request->rc != 0) {
		file->is_broken = true;
	}
}

/* ---- On the app thread ---- */

static void
file_submit(struct dd_request *request)
{
	dd_workers_submit(file_of(request->end)->workers, request);
}

static void
file_interrupt(struct dd_end *end)
{
	if (file_of(end)->kind == FILE_STREAM) {
		dd_workers_interrupt(file_of(end)->workers);
	}
}

static void
file_close(struct dd_end *end)
{
	struct dd_file *file = file_of(end);

	dd_workers_destroy(file->workers);
	close(file->fd);
	free(file);
}

static const struct dd_end_functions file_functions = {
	.submit = file_submit,
	.interrupt = file_interrupt,
	.close = file_close,
};

int
dd_file_start(struct dd_end *end, unsigned threads)
{
	struct dd_file *file = file_of(end);

	file->workers = dd_workers_create(file->end.is_ordered ? 1 : threads, run);
	return file->workers != NULL ? 0 : -ENOMEM;
}

/* ---- Before the application runs ---- */

/* Which file it is, whatever its name: the path is for people. */
static void
identify(struct dd_file *file, const char *path, const struct stat *status)
{
	struct text identity = {.bytes = NULL}, stamp = {.bytes = NULL};
	char *real = realpath(path, NULL);

	text_printf(&identity, "file %s", real != NULL ? real : path);
	text_printf(&stamp, "inode %" PRIu64 ":%" PRIu64, (uint64_t)status->st_dev,
		    (uint64_t)status->st_ino);
	file->end.device = S_ISBLK(status->st_mode) ? status->st_rdev : status->st_dev;
	file->end.inode = S_ISBLK(status->st_mode) ? 0 : status->st_ino;
	file->end.identity = identity.bytes;
	file->end.stamp = stamp.bytes;
	free(real);
}

static int
look_at(struct dd_file *file, bool is_source)
{
	struct stat status;
	off_t end = 0;

	if (fstat(file->fd, &status) != 0) {
		return -errno;
	}
	if (S_ISDIR(status.st_mode)) {
		return -EISDIR;
	}
	identify(file, file->end.name, &status);
	if (!file->is_standard) {
		end = lseek(file->fd, 0, SEEK_END);
	}
	if (S_ISBLK(status.st_mode) && !file->is_standard) {
		file->kind = FILE_BLOCK_DEVICE;
		file->end.size = (uint64_t)end;
		file->fresh = DD_UNLIMITED;
		return end < 0 ? -errno : 0;
	}
	if (S_ISREG(status.st_mode) && !file->is_standard && (!is_source || end > 0)) {
		file->kind = FILE_REGULAR;
		file->end.is_regular = true;
		file->fresh = (uint64_t)end;
		file->end.size = is_source ? (uint64_t)end : DD_UNLIMITED;
		return 0;
	}
	file->kind = FILE_STREAM;
	file->end.is_ordered = true;
	file->end.size = DD_UNLIMITED;
	return 0;
}

/* A source is told by what is in it as well, which its size and its time stand for. */
static void
stamp_content(struct dd_file *file)
{
	struct text stamp = {.bytes = NULL};
	struct stat status;

	if (file->kind != FILE_REGULAR || fstat(file->fd, &status) != 0) {
		return;
	}
	text_printf(&stamp, "%s, %" PRIu64 " bytes, changed %" PRId64 ".%09ld", file->end.stamp,
		    file->end.size, (int64_t)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
	free(file->end.stamp);
	file->end.stamp = stamp.bytes;
}

static struct dd_file *
make(const char *path, int flags)
{
	bool is_source = (flags & O_ACCMODE) == O_RDONLY, is_standard = strcmp(path, "-") == 0;
	struct dd_file *file = allocate(1, sizeof(*file));
	int rc;

	file->is_standard = is_standard;
	file->end.functions = &file_functions;
	file->end.name = duplicate(!is_standard ? path :
				   is_source    ? "standard input" :
						  "standard output");
	file->end.block = 1;
	file->end.alignment = ALIGNMENT;
	file->fd = is_standard ? dup(is_source ? STDIN_FILENO : STDOUT_FILENO) :
				 open(path, flags | O_CLOEXEC, FILE_MODE);
	rc = file->fd >= 0 ? look_at(file, is_source) : -errno;
	if (rc != 0) {
		fprintf(stderr, "spindle: cannot open %s for %s: %s\n", file->end.name,
			is_source ? "reading" : "writing", strerror(-rc));
		dd_end_close(&file->end);
		return NULL;
	}
	return file;
}

struct dd_end *
dd_file_open_source(const char *path, uint64_t skip)
{
	struct dd_file *file = make(path, O_RDONLY);

	if (file == NULL) {
		return NULL;
	}
	stamp_content(file);
	file->left_out = file->end.is_ordered ? skip : 0;
	(void)posix_fadvise(file->fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* only advice */
	return &file->end;
}

struct dd_end *
dd_file_open_target(const char *path, bool is_read)
{
	struct dd_file *file = make(path, (is_read ? O_RDWR : O_WRONLY) | O_CREAT);

	return file != NULL ? &file->end : NULL;
}
