/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory of devices of vfio: what is entered into the IOMMU, where, for how long; what is said when
 * it cannot be, and that all is as before then.
 */
#include "env/dma_address.h"
#include "env/posix/fake_kernel_fixture.h"

#include <setjmp.h>

#include <cmocka.h>

#include "base/log_capture.h"

#define ADDRESS "0000:01:00.0"
#define PIECE   (2u << 20)
/* What fails last when a device is opened is before this call. */
#define CALLS_MAX 200

static struct spdk_pci_device *g_dev;
static char *g_bar;
static const char *g_iova_mode;

static int
setup(void **state)
{
	fake_kernel_start(state);
	fake_kernel_device(ADDRESS, "7", "vfio-pci");
	g_iova_mode = NULL;
	return 0;
}

static int
teardown(void **state)
{
	return fake_kernel_stop(state);
}

static void
start(void)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	opts.no_huge = true;
	opts.iova_mode = g_iova_mode;
	assert_int_equal(spdk_env_init(&opts), 0);
	log_capture_start();
}

static void
stop(void)
{
	log_capture_start();
	spdk_env_fini();
	assert_nothing_logged();
	log_capture_stop();
	assert_int_equal(g_fake.open_count, 0);
	assert_int_equal(g_fake.mapping_count, 0);
}

static int
map_bar(void *ctx, struct spdk_pci_device *dev)
{
	uint64_t phys_addr, size;
	void *addr;

	g_dev = dev;
	if (spdk_pci_device_map_bar(dev, 0, &addr, &phys_addr, &size) != 0) {
		return -1;
	}
	g_bar = addr;
	return 0;
}

static int
attach(void)
{
	struct spdk_pci_addr addr;

	assert_int_equal(spdk_pci_addr_parse(&addr, ADDRESS), 0);
	return spdk_pci_device_attach(spdk_pci_nvme_get_driver(), map_bar, NULL, &addr);
}

static void *
make_region(size_t size)
{
	void *addr = aligned_alloc(PIECE, size);

	assert_non_null(addr);
	return addr;
}

static void
all_memory_is_entered_while_a_device_is_used(void **state)
{
	void *before, *later, *region = make_region(2 * PIECE);
	const struct env_dma *dma;

	start();
	before = spdk_dma_malloc(4096, 0, NULL);
	assert_int_equal(spdk_mem_register(region, 2 * PIECE), 0);
	assert_false(spdk_iommu_is_enabled());
	assert_int_equal(g_fake.mapping_count, 0);

	assert_int_equal(attach(), 0);
	assert_true(spdk_iommu_is_enabled());
	dma = env_dma_of_device(g_dev);
	assert_string_equal(dma->name, "IOVA");
	assert_true(fake_kernel_iova(before, 4096) != UINT64_MAX);
	assert_int_equal(spdk_vtophys(before, NULL), fake_kernel_iova(before, 4096));
	assert_int_equal(env_dma_address(dma, (char *)region + PIECE + 5),
			 fake_kernel_iova((char *)region + PIECE + 5, 1));

	later = spdk_dma_malloc(16 << 20, 0, NULL);
	assert_non_null(later);
	assert_true(fake_kernel_iova(later, 16 << 20) != UINT64_MAX);
	assert_int_equal(spdk_vtophys(later, NULL), fake_kernel_iova(later, 16 << 20));
	assert_int_equal(spdk_mem_unregister(region, 2 * PIECE), 0);
	assert_int_equal(fake_kernel_iova(region, 1), UINT64_MAX);
	assert_int_equal(spdk_vtophys(region, NULL), SPDK_VTOPHYS_ERROR);
	assert_int_equal(spdk_mem_register(region, PIECE), 0);
	assert_true(fake_kernel_iova(region, PIECE) != UINT64_MAX);

	spdk_pci_device_detach(g_dev);
	assert_false(spdk_iommu_is_enabled());
	assert_int_equal(g_fake.mapping_count, 0);
	assert_int_equal(g_fake.open_count, 0);
	assert_int_equal(env_dma_address(dma, before), ENV_DMA_ERROR);
	/* And again. */
	assert_int_equal(attach(), 0);
	assert_int_equal(spdk_vtophys(region, NULL), fake_kernel_iova(region, PIECE));
	spdk_pci_device_detach(g_dev);
	assert_int_equal(spdk_mem_unregister(region, PIECE), 0);
	spdk_dma_free(later);
	spdk_dma_free(before);
	assert_nothing_logged();
	stop();
	free(region);
}

static void
sizes_end_where_addresses_do(void **state)
{
	uint64_t size = 8 * PIECE;
	char *region = make_region(4 * PIECE);

	start();
	assert_int_equal(attach(), 0);
	/* The second is registered first, so that they do not follow each other. */
	g_fake.ranges[1].last = 0x1ffffffff;
	spdk_pci_device_detach(g_dev);
	assert_int_equal(attach(), 0);
	assert_int_equal(spdk_mem_register(region + 2 * PIECE, 2 * PIECE), 0);
	assert_int_equal(spdk_mem_register(region, 2 * PIECE), 0);
	assert_int_equal(spdk_vtophys(region + 100, &size), fake_kernel_iova(region + 100, 1));
	assert_int_equal(size, 2 * PIECE - 100);
	size = 50;
	assert_int_equal(spdk_vtophys(region + 2 * PIECE - 50, &size),
			 fake_kernel_iova(region + 2 * PIECE - 50, 50));
	assert_int_equal(size, 50);
	size = PIECE + 1;
	assert_int_equal(spdk_vtophys(region + 2 * PIECE + 1, &size),
			 fake_kernel_iova(region + 2 * PIECE + 1, 1));
	assert_int_equal(size, PIECE + 1);
	size = 3 * PIECE;
	assert_int_equal(spdk_vtophys(region + 4 * PIECE, &size), SPDK_VTOPHYS_ERROR);
	assert_int_equal(size, 3 * PIECE);
	assert_int_equal(spdk_mem_unregister(region, 4 * PIECE), 0);
	spdk_pci_device_detach(g_dev);
	stop();
	free(region);
}

static void
addresses_are_kept_where_the_iommu_translates_them(void **state)
{
	void *buf, *region = make_region(PIECE);

	start();
	buf = spdk_dma_malloc(4096, 0, NULL);
	assert_int_equal(attach(), 0);
	assert_int_equal(spdk_vtophys(buf, NULL), (uintptr_t)buf);
	spdk_pci_device_detach(g_dev);

	/* 39 bits, as of an emulated IOMMU. */
	g_fake.ranges[1].last = (UINT64_C(1) << 39) - 1;
	assert_int_equal(attach(), 0);
	assert_true(spdk_vtophys(buf, NULL) < UINT64_C(1) << 39);
	/* Not where the device has its registers. */
	assert_true(spdk_vtophys(buf, NULL) >= FAKE_BAR_ADDR + FAKE_BAR_SIZE);
	assert_int_equal(spdk_mem_register(region, PIECE), 0);
	assert_true(spdk_vtophys(region, NULL) < UINT64_C(1) << 39);
	assert_int_equal(spdk_mem_unregister(region, PIECE), 0);
	spdk_pci_device_detach(g_dev);

	/* A kernel that does not tell. */
	g_fake.range_count = 0;
	assert_int_equal(attach(), 0);
	assert_true(spdk_vtophys(buf, NULL) < UINT64_C(1) << 39);
	spdk_pci_device_detach(g_dev);
	spdk_dma_free(buf);
	assert_nothing_logged();
	stop();
	free(region);
}

static void
iova_mode_is_honoured_or_refused(void **state)
{
	void *buf;

	g_iova_mode = "va";
	start();
	buf = spdk_dma_malloc(4096, 0, NULL);
	assert_int_equal(attach(), 0);
	assert_int_equal(spdk_vtophys(buf, NULL), (uintptr_t)buf);
	spdk_pci_device_detach(g_dev);
	g_fake.ranges[1].last = (UINT64_C(1) << 39) - 1;
	assert_int_equal(attach(), -1);
	assert_one_error("iova_mode 'va': the IOMMU does not translate");
	assert_false(spdk_iommu_is_enabled());
	spdk_dma_free(buf);
	stop();
}

static void
limit_of_locked_memory_is_explained(void **state)
{
	void *buf, *more, *region = make_region(PIECE);

	start();
	buf = spdk_dma_malloc(9 << 20, 0, NULL);
	/* All of it counts, whichever part is the first that does not fit. */
	assert_int_equal(spdk_mem_register(region, PIECE), 0);
	g_fake.locked_limit = 8 << 20;
	assert_int_equal(attach(), -1);
	assert_true(log_captured("12 MiB in all", "may lock 8192 KiB", "ulimit -l 12288",
				 "hard memlock 12288", "LimitMEMLOCK=12M", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 1);
	assert_int_equal(spdk_mem_unregister(region, PIECE), 0);
	assert_int_equal(g_fake.open_count, 0);
	assert_int_equal(g_fake.mapping_count, 0);
	assert_false(spdk_iommu_is_enabled());

	g_fake.locked_limit = 16 << 20;
	log_capture_start();
	assert_int_equal(attach(), 0);
	/* What comes later is refused as well, and nobody else is disturbed. */
	assert_null(spdk_dma_malloc(16 << 20, 0, NULL));
	assert_true(log_captured("26 MiB in all", "may lock 16384 KiB", "ulimit -l 26624", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 2);
	log_capture_start();
	more = spdk_dma_malloc(4 << 20, 0, NULL);
	assert_non_null(more);
	assert_true(spdk_vtophys(more, NULL) != SPDK_VTOPHYS_ERROR);
	assert_nothing_logged();
	g_fake.locked_limit = g_fake.locked_size;
	assert_int_equal(spdk_mem_register(region, PIECE), -ENOMEM);
	assert_true(log_captured("RLIMIT_MEMLOCK", NULL));
	assert_int_equal(spdk_vtophys(region, NULL), SPDK_VTOPHYS_ERROR);
	spdk_dma_free(more);
	spdk_dma_free(buf);
	spdk_pci_device_detach(g_dev);
	stop();
	free(region);
}

/* More is taken at once than is asked for, but not where that is too much. */
static void
memory_grows_within_the_limit(void **state)
{
	void *large, *buf;

	start();
	large = spdk_dma_malloc(64 << 20, 0, NULL);
	assert_int_equal(attach(), 0);
	g_fake.locked_limit = g_fake.locked_size + (4 << 20);
	buf = spdk_dma_malloc(3 << 20, 0, NULL);
	assert_non_null(buf);
	assert_int_equal(spdk_vtophys(buf, NULL), fake_kernel_iova(buf, 3 << 20));
	assert_nothing_logged();
	spdk_dma_free(buf);
	spdk_dma_free(large);
	spdk_pci_device_detach(g_dev);
	stop();
}

static int g_logger_depth;
static void *g_logger_region;

/* A program's own, which needs memory for what it does with messages. */
static void
log_with_memory(int level, const char *file, const int line, const char *func, const char *format,
		va_list args)
{
	void *buf;

	if (g_logger_depth++ == 0) {
		buf = spdk_zmalloc(4096, 0, NULL, SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA);
		assert_non_null(buf);
		spdk_free(buf);
		assert_int_equal(spdk_mem_reserve(g_logger_region, PIECE), 0);
	}
	g_logger_depth--;
	log_capture_keep(level, file, line, func, format, args);
}

/* What cannot be had is explained when no lock is held, and once, however many nodes were asked. */
static void
logger_may_allocate_where_memory_ends(void **state)
{
	void *buf, *region = make_region(PIECE);

	fake_kernel_write("devices/system/node/online", "0-1\n");
	start();
	buf = spdk_dma_malloc(4096, 0, NULL);
	assert_int_equal(attach(), 0);
	g_logger_region = make_region(PIECE);
	spdk_log_open(log_with_memory);
	g_fake.locked_limit = g_fake.locked_size;
	assert_null(spdk_dma_malloc(16 << 20, 0, NULL));
	assert_true(log_captured("RLIMIT_MEMLOCK", "no memory for 16777216 bytes", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 2);
	log_capture_clear();
	assert_int_equal(spdk_mem_register(region, PIECE), -ENOMEM);
	assert_true(log_captured("RLIMIT_MEMLOCK", "a mem map refused", NULL));
	assert_int_equal(spdk_mem_unregister(region, PIECE), -EINVAL);
	assert_true(log_captured("is not registered", NULL));
	g_fake.locked_limit = SIZE_MAX;
	g_fake.entry_limit = g_fake.mapping_count;
	log_capture_clear();
	assert_null(spdk_dma_malloc(16 << 20, 0, NULL));
	/* The kernel's limit, the map that refused, and the allocation that failed. */
	assert_true(log_captured("dma_entry_limit", "no memory for 16777216 bytes", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 3);
	spdk_pci_device_detach(g_dev);
	spdk_dma_free(buf);
	stop();
	free(g_logger_region);
	free(region);
}

static void
addresses_are_given_again(void **state)
{
	void *region = make_region(PIECE);

	/* For two pieces at most. */
	g_fake.ranges[0] =
		(struct fake_range){.first = FAKE_BAR_ADDR + FAKE_BAR_SIZE,
				    .last = FAKE_BAR_ADDR + FAKE_BAR_SIZE + 2 * PIECE - 1};
	g_fake.range_count = 1;
	start();
	assert_int_equal(attach(), 0);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(spdk_mem_register(region, PIECE), 0);
		assert_int_equal(spdk_vtophys(region, NULL), fake_kernel_iova(region, PIECE));
		assert_int_equal(spdk_mem_unregister(region, PIECE), 0);
	}
	spdk_pci_device_detach(g_dev);
	assert_nothing_logged();
	stop();
	free(region);
}

static void
limit_of_entries_is_explained(void **state)
{
	void *buf, *region = make_region(PIECE);

	start();
	buf = spdk_dma_malloc(4096, 0, NULL);
	assert_int_equal(attach(), 0);
	g_fake.entry_limit = g_fake.mapping_count;
	log_capture_start();
	assert_int_equal(spdk_mem_register(region, PIECE), -ENOSPC);
	assert_true(log_captured("dma_entry_limit", NULL));
	g_fake.entry_limit++;
	assert_int_equal(spdk_mem_register(region, PIECE), 0);
	assert_int_equal(spdk_mem_unregister(region, PIECE), 0);
	spdk_pci_device_detach(g_dev);
	spdk_dma_free(buf);
	stop();
	free(region);
}

static void
memory_that_cannot_be_reached_is_named(void **state)
{
	void *buf, *region = make_region(PIECE);

	start();
	buf = spdk_dma_malloc(4096, 0, NULL);
	g_fake.bad_memory = region;
	assert_int_equal(spdk_mem_register(region, PIECE), 0);
	/* It was there before, and need not be for this device. */
	assert_int_equal(attach(), 0);
	assert_int_equal(log_capture_count(SPDK_LOG_WARN), 1);
	assert_true(log_captured("cannot be reached by devices", NULL));
	assert_int_equal(spdk_vtophys(region, NULL), SPDK_VTOPHYS_ERROR);
	assert_true(spdk_vtophys(buf, NULL) != SPDK_VTOPHYS_ERROR);
	assert_int_equal(spdk_mem_unregister(region, PIECE), 0);
	log_capture_start();
	assert_int_equal(spdk_mem_register(region, PIECE), -EFAULT);
	assert_true(log_captured("may not be written to", NULL));
	spdk_pci_device_detach(g_dev);
	spdk_dma_free(buf);
	stop();
	free(region);
}

static void
memory_of_a_device_is_entered_by_its_bus_address(void **state)
{
	void *region = make_region(PIECE);
	uint32_t mapping_count;

	start();
	assert_int_equal(attach(), 0);
	mapping_count = g_fake.mapping_count;
	assert_int_equal(spdk_mem_register(g_bar + PIECE, FAKE_BAR_SIZE - PIECE), 0);
	assert_int_equal(fake_kernel_iova(g_bar + PIECE, FAKE_BAR_SIZE - PIECE),
			 FAKE_BAR_ADDR + PIECE);
	assert_int_equal(spdk_vtophys(g_bar + PIECE + 5, NULL), FAKE_BAR_ADDR + PIECE + 5);
	/* Its address is nobody else's, and what is taken back is free. */
	assert_int_equal(spdk_mem_register(region, PIECE), 0);
	assert_int_equal(g_fake.mapping_count, mapping_count + 2);
	assert_int_equal(spdk_mem_unregister(region, PIECE), 0);
	assert_int_equal(spdk_mem_unregister(g_bar + PIECE, FAKE_BAR_SIZE - PIECE), 0);
	assert_int_equal(g_fake.mapping_count, mapping_count);
	assert_int_equal(spdk_vtophys(g_bar + PIECE, NULL), SPDK_VTOPHYS_ERROR);
	assert_nothing_logged();

	/* A kernel that does not enter such memory. */
	g_fake.bad_memory = g_bar;
	assert_int_equal(spdk_mem_register(g_bar, PIECE), 0);
	assert_true(log_captured("0x100000000 (2097152 bytes)", "others cannot", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_NOTICE), 1);
	assert_int_equal(spdk_vtophys(g_bar, NULL), FAKE_BAR_ADDR);
	assert_int_equal(spdk_mem_unregister(g_bar, PIECE), 0);
	assert_int_equal(g_fake.mapping_count, mapping_count);
	spdk_pci_device_detach(g_dev);
	stop();
	free(region);
}

/* Whatever call of the kernel fails: the device is used, or nothing is left of the attempt. */
static void
failure_at_any_call_leaves_nothing(void **state)
{
	uint32_t mapping_count, refused_count = 0;
	void *buf, *region = make_region(PIECE);

	start();
	buf = spdk_dma_malloc(4096, 0, NULL);
	assert_int_equal(spdk_mem_register(region, PIECE), 0);
	assert_int_equal(attach(), 0);
	mapping_count = g_fake.mapping_count;
	spdk_pci_device_detach(g_dev);
	g_fake.fail_error = -EIO;
	for (uint32_t at = 1; at < CALLS_MAX; at++) {
		g_fake.call_count = 0;
		g_fake.fail_at = at;
		log_capture_start();
		if (attach() == 0) {
			assert_int_equal(g_fake.mapping_count, mapping_count);
			spdk_pci_device_detach(g_dev);
		} else {
			refused_count++;
			assert_true(log_capture_count(SPDK_LOG_ERROR) >= 1);
		}
		assert_int_equal(g_fake.open_count, 0);
		assert_false(spdk_iommu_is_enabled());
		if (g_fake.call_count < at) {
			break;
		}
	}
	/* Container and group: two to open, five to ask and set, the map; then the device. */
	assert_true(refused_count >= 10);
	assert_true(g_fake.call_count < CALLS_MAX);
	g_fake.fail_at = 0;
	assert_int_equal(attach(), 0);
	assert_int_equal(spdk_vtophys(region, NULL), fake_kernel_iova(region, PIECE));
	spdk_pci_device_detach(g_dev);
	assert_int_equal(spdk_mem_unregister(region, PIECE), 0);
	spdk_dma_free(buf);
	stop();
	free(region);
}

static void
device_that_was_pulled_out_is_let_go(void **state)
{
	void *buf;

	start();
	buf = spdk_dma_malloc(4096, 0, NULL);
	assert_int_equal(attach(), 0);
	g_fake.is_pulled_out = true;
	spdk_pci_device_detach(g_dev);
	assert_false(spdk_iommu_is_enabled());
	assert_int_equal(g_fake.open_count, 0);
	g_fake.is_pulled_out = false;
	assert_int_equal(attach(), 0);
	assert_int_equal(spdk_vtophys(buf, NULL), fake_kernel_iova(buf, 4096));
	spdk_pci_device_detach(g_dev);
	spdk_dma_free(buf);
	assert_nothing_logged();
	stop();
}

static void
device_that_is_left_goes_with_the_environment(void **state)
{
	start();
	assert_int_equal(attach(), 0);
	assert_true(g_fake.open_count > 0);
	stop();
	start();
	assert_int_equal(attach(), 0);
	stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_memory_is_entered_while_a_device_is_used, setup,
						teardown),
		cmocka_unit_test_setup_teardown(sizes_end_where_addresses_do, setup, teardown),
		cmocka_unit_test_setup_teardown(addresses_are_kept_where_the_iommu_translates_them,
						setup, teardown),
		cmocka_unit_test_setup_teardown(iova_mode_is_honoured_or_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(limit_of_locked_memory_is_explained, setup,
						teardown),
		cmocka_unit_test_setup_teardown(logger_may_allocate_where_memory_ends, setup,
						teardown),
		cmocka_unit_test_setup_teardown(memory_grows_within_the_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(addresses_are_given_again, setup, teardown),
		cmocka_unit_test_setup_teardown(limit_of_entries_is_explained, setup, teardown),
		cmocka_unit_test_setup_teardown(memory_that_cannot_be_reached_is_named, setup,
						teardown),
		cmocka_unit_test_setup_teardown(memory_of_a_device_is_entered_by_its_bus_address,
						setup, teardown),
		cmocka_unit_test_setup_teardown(failure_at_any_call_leaves_nothing, setup,
						teardown),
		cmocka_unit_test_setup_teardown(device_that_was_pulled_out_is_let_go, setup,
						teardown),
		cmocka_unit_test_setup_teardown(device_that_is_left_goes_with_the_environment,
						setup, teardown),
	};

	return cmocka_run_group_tests_name("vfio_dma", tests, NULL, NULL);
}
