/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pages from the kernel, see pages.h.
 *
 * 1. A huge page that was promised is there. mmap(2) of huge pages only reserves them, and the
 *    reservation does not bind: a cgroup limit or a cpuset is looked at when the page is touched,
 *    and the answer is SIGBUS. So every run is filled by fallocate(2), which reports an error.
 * 2. No file can be grown beyond RLIMIT_FSIZE, and the attempt is answered by SIGXFSZ. So the limit
 *    is looked at first.
 * 3. What cannot be had in a file (memfd_create() missing or forbidden, no descriptor left, file
 *    size limited) is had as anonymous shared memory.
 * 4. `runs` is ordered by address; a new run goes into the first gap behind base_virtaddr.
 */
#include "env/posix/pages.h"

#include "spdk/log.h"

#include <linux/memfd.h>
#include <linux/mempolicy.h>
#include <sys/vfs.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef HUGETLBFS_MAGIC
#define HUGETLBFS_MAGIC 0x958458f6
#endif

#define FALLOCATE_TRIES   100
#define NUMA_NODES_MAX    1024
#define NUMA_WORDS        (NUMA_NODES_MAX / (8 * sizeof(unsigned long)))
#define HUGEPAGES         "/sys/kernel/mm/hugepages/hugepages-2048kB/"
#define OVERCOMMIT_POLICY "/proc/sys/vm/overcommit_memory"
#define OVERCOMMIT_STRICT 2

struct pages_file {
	int fd;
	/* Where the next run goes. */
	uint64_t end;
	size_t page_size;
};

static TAILQ_HEAD(, pages_run) runs = TAILQ_HEAD_INITIALIZER(runs);
static struct pages_file huge_file = {.fd = -1};
static struct pages_file ordinary_file = {.fd = -1};
static uintptr_t base_address;
static bool want_huge;
static bool enforce_numa;
static bool is_overcommit_strict;

static long
read_number(const char *path, long otherwise)
{
	char text[32];
	ssize_t length;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		return otherwise;
	}
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (length <= 0) {
		return otherwise;
	}
	text[length] = '\0';
	return strtol(text, NULL, 10);
}

/* A file that has no name, in the hugetlbfs mount `directory`. */
static int
open_hugedir(const char *directory)
{
	struct statfs info;
	char *path;
	int fd;

	if (statfs(directory, &info) != 0) {
		int rc = -errno;

		SPDK_ERRLOG(
			"hugedir '%s': %s. Name a directory where hugetlbfs is mounted, or leave "
			"the option out: huge pages are then used without a directory.\n",
			directory, strerror(-rc));
		return rc;
	}
	if ((uint32_t)info.f_type != HUGETLBFS_MAGIC) {
		SPDK_ERRLOG(
			"hugedir '%s' is not a mount of hugetlbfs. Name one (see 'mount -t "
			"hugetlbfs'), or leave the option out: huge pages are then used without a "
			"directory.\n",
			directory);
		return -EINVAL;
	}
	if (asprintf(&path, "%s/spindle_XXXXXX", directory) < 0) {
		return -ENOMEM;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0) {
		fd = -errno;
		SPDK_ERRLOG(
			"hugedir '%s': cannot create a file there: %s. Give this user the right to "
			"write there, or leave the option out.\n",
			directory, strerror(-fd));
	} else {
		unlink(path);
		huge_file.page_size = info.f_bsize;
	}
	free(path);
	return fd;
}

static int
check_opts(const struct spdk_env_opts *opts)
{
	if (opts->hugedir != NULL && opts->no_huge) {
		SPDK_ERRLOG("hugedir '%s' and no_huge exclude each other: leave one of them out.\n",
			    opts->hugedir);
		return -EINVAL;
	}
	if (opts->base_virtaddr % PAGES_ALIGN != 0) {
		SPDK_ERRLOG("base_virtaddr 0x%" PRIx64 " is not a multiple of 2 MiB.\n",
			    opts->base_virtaddr);
		return -EINVAL;
	}
	return 0;
}

int
pages_init(const struct spdk_env_opts *opts)
{
	int rc = check_opts(opts);

	if (rc != 0) {
		return rc;
	}
	assert(TAILQ_EMPTY(&runs));
	huge_file = (struct pages_file){.fd = -1, .page_size = PAGES_ALIGN};
	ordinary_file = (struct pages_file){.fd = -1, .page_size = PAGES_ALIGN};
	base_address = opts->base_virtaddr;
	enforce_numa = opts->enforce_numa;
	is_overcommit_strict = read_number(OVERCOMMIT_POLICY, 0) == OVERCOMMIT_STRICT;
	want_huge = !opts->no_huge;
	if (opts->hugedir != NULL) {
		rc = open_hugedir(opts->hugedir);
		if (rc < 0) {
			return rc;
		}
		huge_file.fd = rc;
	}
	return 0;
}

void
pages_fini(void)
{
	assert(TAILQ_EMPTY(&runs));
	if (huge_file.fd >= 0) {
		close(huge_file.fd);
		huge_file.fd = -1;
	}
	if (ordinary_file.fd >= 0) {
		close(ordinary_file.fd);
		ordinary_file.fd = -1;
	}
}

bool
pages_want_huge(void)
{
	/* A machine without huge pages is no news; the file of a hugedir is tried in any case. */
	return want_huge && (huge_file.fd >= 0 || read_number(HUGEPAGES "nr_hugepages", 0) > 0 ||
			     read_number(HUGEPAGES "nr_overcommit_hugepages", 0) > 0);
}

static bool
is_file_size_allowed(uint64_t size)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
	       size <= limit.rlim_cur;
}

/* Makes the file long enough for another `size` bytes. Its offset, or -errno. */
static int64_t
extend_file(struct pages_file *file, size_t size, bool is_huge)
{
	unsigned int flags = MFD_CLOEXEC | (is_huge ? MFD_HUGETLB | MFD_HUGE_2MB : 0);

	if (!is_file_size_allowed(file->end + size)) {
		return -EFBIG;
	}
	if (file->fd < 0) {
		file->fd = syscall(SYS_memfd_create, is_huge ? "spindle-huge" : "spindle", flags);
		if (file->fd < 0) {
			return -errno;
		}
		file->end = 0;
	}
	if (ftruncate(file->fd, file->end + size) != 0) {
		return -errno;
	}
	file->end += size;
	return file->end - size;
}

/* The first gap behind base_address that is large enough, as far as we know; 0: none in particular.
 */
static uintptr_t
find_gap(size_t size, size_t align)
{
	uintptr_t start = (base_address + align - 1) & ~(align - 1);
	struct pages_run *run;

	if (base_address == 0) {
		return 0;
	}
	TAILQ_FOREACH (run, &runs, link) {
		uintptr_t run_start = (uintptr_t)run->addr;

		if (run_start + run->size <= start) {
			continue;
		}
		if (run_start >= start + size) {
			break;
		}
		start = (run_start + run->size + align - 1) & ~(align - 1);
	}
	return start;
}

/* Addresses that nobody else will be given, without memory behind them. NULL when there are none.
 */
static void *
reserve_addresses(size_t size, size_t align)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	uintptr_t wanted = find_gap(size, align), start;
	char *addr;

	if (wanted != 0) {
		/* A hint, which the kernel follows if nobody is there. */
		addr = mmap((void *)wanted, size, PROT_NONE, flags, -1, 0);
		if (addr == (void *)wanted) {
			return addr;
		}
		if (addr != MAP_FAILED) {
			munmap(addr, size);
		}
	}
	if (size > SIZE_MAX - align) {
		return NULL;
	}
	addr = mmap(NULL, size + align, PROT_NONE, flags, -1, 0);
	if (addr == MAP_FAILED) {
		return NULL;
	}
	start = ((uintptr_t)addr + align - 1) & ~(align - 1);
	if (start > (uintptr_t)addr) {
		munmap(addr, start - (uintptr_t)addr);
	}
	munmap((void *)(start + size), (uintptr_t)addr + align - start);
	return (void *)start;
}

/* The policy of the calling OS thread, for fallocate(), which does not look at that of the mapping.
 */
static bool
set_thread_policy(int numa_id, int *old_mode, unsigned long *old_nodes)
{
	unsigned long nodes[NUMA_WORDS] = {0};

	if (numa_id < 0 ||
	    syscall(SYS_get_mempolicy, old_mode, old_nodes, NUMA_NODES_MAX, NULL, 0)) {
		return false;
	}
	nodes[numa_id / (8 * sizeof(nodes[0]))] = 1UL << (numa_id % (8 * sizeof(nodes[0])));
	return syscall(SYS_set_mempolicy, MPOL_BIND, nodes, NUMA_NODES_MAX) == 0;
}

static int
fill_file(struct pages_run *run)
{
	unsigned long old_nodes[NUMA_WORDS] = {0};
	int old_mode, rc, tries = 0;
	bool is_policy_set = set_thread_policy(run->numa_id, &old_mode, old_nodes);

	/* A signal may interrupt it, and what was filled stays filled. */
	do {
		rc = fallocate(run->fd, 0, run->offset, run->size) == 0 ? 0 : -errno;
	} while (rc == -EINTR && ++tries < FALLOCATE_TRIES);
	if (is_policy_set) {
		(void)syscall(SYS_set_mempolicy, old_mode, old_nodes, NUMA_NODES_MAX);
	}
	return rc;
}

static void
bind_mapping(const struct pages_run *run)
{
	unsigned long nodes[NUMA_WORDS] = {0};
	int mode = enforce_numa ? MPOL_BIND : MPOL_PREFERRED;

	if (run->numa_id < 0) {
		return;
	}
	nodes[run->numa_id / (8 * sizeof(nodes[0]))] = 1UL
						       << (run->numa_id % (8 * sizeof(nodes[0])));
	/* A kernel without NUMA, or a sandbox, refuses; then any memory is as good. */
	(void)syscall(SYS_mbind, run->addr, run->size, mode, nodes, NUMA_NODES_MAX, 0);
}

static void
punch_hole(const struct pages_run *run)
{
	/* Pages that could not be dropped are dropped when the file is closed. */
	(void)fallocate(run->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, run->offset,
			run->size);
}

/* Gives the reserved addresses [run->addr, run->addr + run->size) memory, in the file if there is
 * one. */
static int
map_file(struct pages_run *run)
{
	const int flags = MAP_SHARED | MAP_FIXED | (run->fd < 0 ? MAP_ANONYMOUS : 0);

	if (mmap(run->addr, run->size, PROT_READ | PROT_WRITE, flags, run->fd, run->offset) ==
	    MAP_FAILED) {
		return -errno;
	}
	bind_mapping(run);
	if (!run->is_huge) {
		(void)madvise(run->addr, run->size, MADV_HUGEPAGE);
	}
	return run->fd >= 0 && (run->is_huge || is_overcommit_strict) ? fill_file(run) : 0;
}

static int
map_run(struct pages_run *run)
{
	struct pages_file *file = run->is_huge ? &huge_file : &ordinary_file;
	int64_t offset = extend_file(file, run->size, run->is_huge);
	int rc;

	if (offset < 0 && run->is_huge) {
		return offset;
	}
	run->fd = offset >= 0 ? file->fd : -1;
	run->offset = offset >= 0 ? offset : 0;
	rc = map_file(run);
	if (rc != 0) {
		goto shrink_file;
	}
	if (run->is_huge) {
		/* Saves the faults; a kernel that does not know it takes them one by one. */
		(void)madvise(run->addr, run->size, MADV_POPULATE_WRITE);
	}
	return 0;

shrink_file:
	if (run->fd >= 0) {
		file->end = run->offset;
		/* If it stays long, the next run is laid over what is there. */
		(void)!ftruncate(file->fd, file->end);
	}
	return rc;
}

static void
insert_run(struct pages_run *run)
{
	struct pages_run *other;

	TAILQ_FOREACH (other, &runs, link) {
		if ((uintptr_t)other->addr > (uintptr_t)run->addr) {
			TAILQ_INSERT_BEFORE(other, run, link);
			return;
		}
	}
	TAILQ_INSERT_TAIL(&runs, run, link);
}

int
pages_take(struct pages_run *run, size_t size, size_t align, int numa_id, bool is_huge)
{
	size_t unit = is_huge ? huge_file.page_size : PAGES_ALIGN;
	int rc;

	assert(size > 0 && numa_id < NUMA_NODES_MAX);
	unit = unit < PAGES_ALIGN ? PAGES_ALIGN : unit;
	if (size > SIZE_MAX / 2) {
		return -ENOMEM;
	}
	run->size = (size + unit - 1) & ~(unit - 1);
	run->addr = reserve_addresses(run->size, align < unit ? unit : align);
	if (run->addr == NULL) {
		return -ENOMEM;
	}
	run->numa_id = numa_id;
	run->is_huge = is_huge;
	rc = map_run(run);
	if (rc != 0) {
		munmap(run->addr, run->size);
		return rc;
	}
	insert_run(run);
	return 0;
}

void
pages_give(struct pages_run *run)
{
	TAILQ_REMOVE(&runs, run, link);
	munmap(run->addr, run->size);
	if (run->fd >= 0) {
		punch_hole(run);
	}
}
