/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where memory comes from: options that are honoured or explained, limits of the process that must
 * not become signals, and huge pages where the machine that runs the test has some.
 */
#include "env/posix/memory_test_support.h"

#include "env/posix/pages.h"

#include <linux/mempolicy.h>

#include <sys/mman.h>

#define MIB ((size_t)1 << 20)
/* MADV_POPULATE_WRITE, which older headers do not have. */
#define POPULATE_WRITE 23
#define HUGE_DIR       "/sys/kernel/mm/hugepages/hugepages-2048kB/"

static long
read_long(const char *path)
{
	FILE *file = fopen(path, "r");
	long number = 0;

	if (file != NULL) {
		if (fscanf(file, "%ld", &number) != 1) {
			number = 0;
		}
		fclose(file);
	}
	return number;
}

static long
free_huge_pages(void)
{
	return read_long(HUGE_DIR "free_hugepages");
}

/* spdk_env_init() says what is wrong, once, and leaves nothing behind. */
static void
assert_refused(const struct spdk_env_opts *opts, int rc, const char *text)
{
	log_capture_start();
	assert_int_equal(spdk_env_init(opts), rc);
	assert_logged_once(SPDK_LOG_ERROR, text);
}

static void
test_wrong_options_are_explained(void **state)
{
	struct spdk_env_opts opts;

	test_opts(&opts);
	opts.hugedir = "/nonexistent/directory";
	assert_refused(&opts, -ENOENT, "/nonexistent/directory");
	opts.hugedir = "/";
	assert_refused(&opts, -EINVAL, "not a mount of hugetlbfs");
	opts.no_huge = true;
	assert_refused(&opts, -EINVAL, "exclude each other");

	test_opts(&opts);
	opts.base_virtaddr = 12345;
	assert_refused(&opts, -EINVAL, "multiple of 2 MiB");

	test_opts(&opts);
	opts.no_huge = true;
	opts.mem_size = INT_MAX;
	assert_refused(&opts, -ENOMEM, "cannot be set aside");

	test_opts(&opts);
	opts.iova_mode = "physical";
	assert_refused(&opts, -EINVAL, "is unknown");
	opts.iova_mode = "pa";
	opts.no_huge = true;
	assert_refused(&opts, -EINVAL, "exclude each other");
	if (geteuid() != 0) {
		opts.no_huge = false;
		assert_refused(&opts, -EPERM, "CAP_SYS_ADMIN");
	}

	test_opts(&opts);
	opts.iova_mode = "va";
	assert_int_equal(spdk_env_init(&opts), 0);
	spdk_env_fini();
}

static int
sum_sizes(void *cb_ctx, struct spdk_mem_map *map, enum spdk_mem_map_notify_action action,
	  void *vaddr, size_t size)
{
	*(size_t *)cb_ctx += action == SPDK_MEM_MAP_NOTIFY_REGISTER ? size : -size;
	return 0;
}

/* What is set aside is there from the start, serves first, and is not given back. */
static void
test_memory_set_aside(void **state)
{
	const struct spdk_mem_map_ops ops = {.notify_cb = sum_sizes};
	struct spdk_env_opts opts;
	struct spdk_mem_map *map;
	size_t size = 0;
	char *buf, *more;

	test_opts(&opts);
	opts.mem_size = 33;
	opts.hugepage_single_segments = true;
	opts.unlink_hugepage = true;
	assert_int_equal(spdk_env_init(&opts), 0);
	log_capture_start();
	map = spdk_mem_map_alloc(0, &ops, &size);
	assert_int_equal(size, 34 * MIB);
	buf = spdk_dma_malloc(32 * MIB, 0, NULL);
	assert_non_null(buf);
	assert_int_equal(size, 34 * MIB);
	/* It is no limit. */
	more = spdk_dma_malloc(32 * MIB, 0, NULL);
	assert_non_null(more);
	assert_int_equal(size, 66 * MIB);
	spdk_free(more);
	spdk_free(buf);
	assert_int_equal(size, 34 * MIB);
	spdk_mem_map_free(&map);
	spdk_env_fini();
	assert_not_logged();
}

static void
test_base_address(void **state)
{
	const uintptr_t base = (uintptr_t)0x2100 << 32;
	struct spdk_env_opts opts;
	char *first, *second, *taken;

	/* Some machines and sanitizers have no such addresses. */
	taken = mmap((void *)base, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(taken, 4096);
	if (taken != (char *)base) {
		skip();
	}
	test_opts(&opts);
	opts.base_virtaddr = base;
	assert_int_equal(spdk_env_init(&opts), 0);
	first = spdk_dma_malloc(4 * MIB, 2 * MIB, NULL);
	assert_int_equal((uintptr_t)first, base);
	/* Next to each other as long as there is place. */
	second = spdk_dma_malloc(4 * MIB, 2 * MIB, NULL);
	assert_ptr_equal(second, first + 4 * MIB);
	spdk_free(second);
	/* Where somebody else is already, memory comes from elsewhere. */
	taken = mmap(first + 4 * MIB, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		     0);
	assert_ptr_equal(taken, first + 4 * MIB);
	second = spdk_dma_malloc(4 * MIB, 2 * MIB, NULL);
	assert_non_null(second);
	assert_ptr_not_equal(second, taken);
	memset(second, 1, 4 * MIB);
	spdk_free(first);
	spdk_free(second);
	munmap(taken, 4096);
	/* What was given back is used again. */
	first = spdk_dma_malloc(4 * MIB, 2 * MIB, NULL);
	assert_int_equal((uintptr_t)first, base);
	spdk_free(first);
	spdk_env_fini();
}

/* Growing a file beyond this limit is answered by a signal that ends the process. */
static void
test_file_size_limit(void **state)
{
	struct rlimit old, low;
	uint64_t offset;
	char *buf, *shared;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	low = old;
	low.rlim_cur = 4 * MIB;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	shared = spdk_dma_malloc(4 * MIB, 0, NULL);
	buf = spdk_dma_zmalloc(64 * MIB, 0, NULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_non_null(shared);
	assert_non_null(buf);
	memset(buf, 1, 64 * MIB);
	assert_true(spdk_mem_get_fd_and_offset(shared, &offset) >= 0);
	assert_int_equal(spdk_mem_get_fd_and_offset(buf, &offset), -ENOTSUP);
	spdk_free(buf);
	spdk_free(shared);
	assert_not_logged();
}

static void
test_no_descriptor_left(void **state)
{
	struct rlimit old, low;
	uint64_t offset;
	char *buf;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = old;
	low.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	buf = spdk_dma_malloc(MIB, 0, NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_non_null(buf);
	memset(buf, 1, MIB);
	assert_int_equal(spdk_mem_get_fd_and_offset(buf, &offset), -ENOTSUP);
	spdk_free(buf);
	assert_not_logged();
}

static void
test_no_address_space_left(void **state)
{
	struct rlimit old, low;

	assert_int_equal(getrlimit(RLIMIT_AS, &old), 0);
	low = old;
	low.rlim_cur = 1;
	assert_int_equal(setrlimit(RLIMIT_AS, &low), 0);
	assert_null(spdk_dma_malloc(MIB, 0, NULL));
	assert_int_equal(setrlimit(RLIMIT_AS, &old), 0);
	assert_logged_once(SPDK_LOG_ERROR, "no memory for 1048576 bytes");
}

/* NULL if there are not so many for this process. */
static void *
take_huge_pages(size_t size)
{
	void *addr = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

	if (addr == MAP_FAILED) {
		return NULL;
	}
	if (madvise(addr, size, POPULATE_WRITE) != 0) {
		munmap(addr, size);
		return NULL;
	}
	return addr;
}

static void
test_huge_pages(void **state)
{
	long before = free_huge_pages();
	uint64_t size = 3 * MIB, phys;
	char *buf;

	/* A limit may deny what is free. */
	buf = before < 8 ? NULL : take_huge_pages(8 * MIB);
	if (buf == NULL) {
		skip();
	}
	munmap(buf, 8 * MIB);
	test_start();
	log_capture_start();
	buf = spdk_dma_zmalloc(8 * MIB, 2 * MIB, NULL);
	assert_non_null(buf);
	assert_int_equal(free_huge_pages(), before - 4);
	phys = spdk_vtophys(buf + 4096, &size);
	if (geteuid() == 0) {
		assert_int_not_equal(phys, SPDK_VTOPHYS_ERROR);
		assert_int_equal(phys % (2 * MIB), 4096);
		assert_true(size == 3 * MIB || size == 2 * MIB - 4096);
		assert_int_equal(spdk_vtophys(buf + 4097, NULL), phys + 1);
	} else {
		assert_int_equal(phys, SPDK_VTOPHYS_ERROR);
		assert_int_equal(size, 3 * MIB);
	}
	memset(buf, 1, 8 * MIB);
	spdk_free(buf);
	assert_int_equal(free_huge_pages(), before);
	spdk_env_fini();
	assert_not_logged();
}

/* Memory of the program's own: translated if it is in huge pages, registered in any case. */
static void
test_registered_memory(void **state)
{
	char *huge = take_huge_pages(4 * MIB), *ordinary, *start;

	ordinary = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(ordinary, MAP_FAILED);
	start = (char *)(((uintptr_t)ordinary + 2 * MIB - 1) & ~(2 * MIB - 1));
	assert_int_equal(spdk_mem_register(start, 2 * MIB), 0);
	assert_int_equal(spdk_vtophys(start, NULL), SPDK_VTOPHYS_ERROR);
	assert_int_equal(spdk_mem_unregister(start, 2 * MIB), 0);
	/* Where there is no memory at all, nothing is touched. */
	munmap(ordinary, 4 * MIB);
	assert_int_equal(spdk_mem_register(start, 2 * MIB), 0);
	assert_int_equal(spdk_vtophys(start, NULL), SPDK_VTOPHYS_ERROR);
	assert_int_equal(spdk_mem_unregister(start, 2 * MIB), 0);
	if (huge == NULL) {
		return;
	}
	assert_int_equal(spdk_vtophys(huge, NULL), SPDK_VTOPHYS_ERROR);
	assert_int_equal(spdk_mem_register(huge, 4 * MIB), 0);
	if (geteuid() == 0) {
		assert_int_equal(spdk_vtophys(huge + 100, NULL) % (2 * MIB), 100);
		assert_int_equal(spdk_vtophys(huge + 2 * MIB, NULL) % (2 * MIB), 0);
	}
	assert_int_equal(spdk_mem_unregister(huge, 4 * MIB), 0);
	assert_int_equal(spdk_vtophys(huge, NULL), SPDK_VTOPHYS_ERROR);
	munmap(huge, 4 * MIB);
}

/* The node that is asked for is told to the kernel, and the policy of the OS thread is as before.
 */
static void
test_node_policy(void **state)
{
	struct pages_run run;
	struct spdk_env_opts opts;
	int mode = -1, thread_mode = -1;

	if (syscall(SYS_get_mempolicy, &thread_mode, NULL, 0, NULL, 0) != 0) {
		skip();
	}
	for (int is_enforced = 0; is_enforced < 2; is_enforced++) {
		for (int is_huge = 0; is_huge < 2; is_huge++) {
			test_opts(&opts);
			opts.enforce_numa = is_enforced;
			assert_int_equal(pages_init(&opts), 0);
			if (pages_take(&run, 4 * MIB, 1, 0, is_huge) == 0) {
				memset(run.addr, 1, run.size);
				assert_int_equal(syscall(SYS_get_mempolicy, &mode, NULL, 0,
							 run.addr, MPOL_F_ADDR),
						 0);
				assert_int_equal(mode, is_enforced ? MPOL_BIND : MPOL_PREFERRED);
				pages_give(&run);
			} else {
				assert_true(is_huge);
			}
			pages_fini();
		}
	}
	assert_int_equal(thread_mode, 0);
	assert_int_equal(syscall(SYS_get_mempolicy, &thread_mode, NULL, 0, NULL, 0), 0);
	assert_int_equal(thread_mode, 0);
}

/* Somebody else has all huge pages: one notice, and ordinary ones. */
static void
test_huge_pages_used_up(void **state)
{
	long before = free_huge_pages();
	size_t size = before * 2 * MIB;
	char *buf, *more, *all;

	if (before < 1) {
		skip();
	}
	all = take_huge_pages(size);
	if (all == NULL) {
		skip();
	}
	test_start();
	log_capture_start();
	buf = spdk_dma_malloc(MIB, 0, NULL);
	assert_non_null(buf);
	assert_logged_once(SPDK_LOG_NOTICE, "Ordinary pages are used");
	memset(buf, 1, MIB);
	assert_int_equal(spdk_vtophys(buf, NULL), SPDK_VTOPHYS_ERROR);
	more = spdk_dma_malloc(10 * MIB, 0, NULL);
	assert_non_null(more);
	spdk_free(more);
	munmap(all, size);
	spdk_free(buf);
	spdk_env_fini();
	/* The notice came once. */
	assert_int_equal(log_capture_count(SPDK_LOG_NOTICE), 0);
	assert_not_logged();
}

static void
test_no_huge(void **state)
{
	long before = free_huge_pages();
	struct spdk_env_opts opts;
	char *buf;

	test_opts(&opts);
	opts.no_huge = true;
	assert_int_equal(spdk_env_init(&opts), 0);
	log_capture_start();
	buf = spdk_dma_zmalloc(MIB, 0, NULL);
	assert_non_null(buf);
	assert_int_equal(free_huge_pages(), before);
	assert_int_equal(spdk_vtophys(buf, NULL), SPDK_VTOPHYS_ERROR);
	spdk_free(buf);
	spdk_env_fini();
	assert_not_logged();
}

/* Denied by whatever there is: no fault, and all of it can be written to. */
static void
test_memory_can_be_written(void **state)
{
	char *bufs[20];

	for (size_t i = 0; i < SPDK_COUNTOF(bufs); i++) {
		bufs[i] = spdk_dma_malloc(3 * MIB, 0, NULL);
		assert_non_null(bufs[i]);
		memset(bufs[i], 1, 3 * MIB);
	}
	for (size_t i = 0; i < SPDK_COUNTOF(bufs); i++) {
		spdk_free(bufs[i]);
	}
	assert_not_logged();
}

static int
capture_log(void **state)
{
	log_capture_start();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_wrong_options_are_explained, capture_log),
		cmocka_unit_test_setup(test_memory_set_aside, capture_log),
		cmocka_unit_test_setup(test_base_address, capture_log),
		cmocka_unit_test_setup_teardown(test_memory_can_be_written, test_setup,
						test_teardown),
		cmocka_unit_test_setup_teardown(test_file_size_limit, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_no_descriptor_left, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_no_address_space_left, test_setup,
						test_teardown),
		cmocka_unit_test_setup(test_huge_pages, capture_log),
		cmocka_unit_test_setup(test_huge_pages_used_up, capture_log),
		cmocka_unit_test_setup(test_no_huge, capture_log),
		cmocka_unit_test_setup_teardown(test_registered_memory, test_setup, test_teardown),
		cmocka_unit_test_setup(test_node_policy, capture_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
