/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The macros of the public headers as programs write them: a macro that is there but does not
 * expand where it is used is worth nothing. Compiled as C11 and as C++11 (so: no casts from void *
 * without saying so, and no designated initialisers but those that the macros make). What needs no
 * library is run and checked; what calls into it is compiled and linked, in functions that are not
 * called.
 */
#include "spdk/accel_module.h"
#include "spdk/assert.h"
#include "spdk/barrier.h"
#include "spdk/bdev.h"
#include "spdk/bdev_module.h"
#include "spdk/cpuset.h"
#include "spdk/crc16.h"
#include "spdk/crc32.h"
#include "spdk/env.h"
#include "spdk/event.h"
#include "spdk/fd_group.h"
#include "spdk/gpt_spec.h"
#include "spdk/histogram_data.h"
#include "spdk/init.h"
#include "spdk/likely.h"
#include "spdk/log.h"
#include "spdk/md5.h"
#include "spdk/memory.h"
#include "spdk/mmio.h"
#include "spdk/nvme_spec.h"
#include "spdk/queue.h"
#include "spdk/scheduler.h"
#include "spdk/scsi_spec.h"
#include "spdk/string.h"
#include "spdk/thread.h"
#include "spdk/trace.h"
#include "spdk/tree.h"
#include "spdk/util.h"
#include "spdk/uuid.h"
#include "spdk/version.h"

#if SPDK_VERSION < SPDK_VERSION_NUM(26, 5, 0)
#error "programs ask for the version that is matched"
#endif

SPDK_STATIC_ASSERT(sizeof(uint64_t) == 8, "with a message");

SPDK_TRACE_REGISTER_FN(register_tpoints, "macro_test", 19)

static int g_failures;
static int g_checks;

#define CHECK(condition)                                                                \
	do {                                                                            \
		g_checks++;                                                             \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			g_failures++;                                                   \
		}                                                                       \
	} while (0)

struct item {
	int key;
	TAILQ_ENTRY(item) tailq;
	STAILQ_ENTRY(item) stailq;
	LIST_ENTRY(item) list;
	SLIST_ENTRY(item) slist;
	RB_ENTRY(item) rb;
	SPLAY_ENTRY(item) splay;
};

TAILQ_HEAD(item_tailq, item);
STAILQ_HEAD(item_stailq, item);
LIST_HEAD(item_list, item);
SLIST_HEAD(item_slist, item);
RB_HEAD(item_tree, item);
SPLAY_HEAD(item_splay, item);

static int
item_compare(struct item *left, struct item *right)
{
	return left->key < right->key ? -1 : left->key > right->key;
}

/* With and without a semicolon after it: programs do both. */
RB_PROTOTYPE(item_tree, item, rb, item_compare)
RB_GENERATE(item_tree, item, rb, item_compare)
RB_HEAD(private_tree, item);
RB_PROTOTYPE_STATIC(private_tree, item, rb, item_compare)
RB_GENERATE_STATIC(private_tree, item, rb, item_compare)
SPLAY_PROTOTYPE(item_splay, item, splay, item_compare)
SPLAY_GENERATE(item_splay, item, splay, item_compare)

enum { ITEMS = 5 };

static void
fill(struct item *items)
{
	memset(items, 0, ITEMS * sizeof(*items));
	for (int i = 0; i < ITEMS; i++) {
		items[i].key = i;
	}
}

static void
check_tailq(void)
{
	struct item items[ITEMS], *item, *next;
	struct item_tailq head = TAILQ_HEAD_INITIALIZER(head), other;
	int sum = 0;

	fill(items);
	TAILQ_INIT(&other);
	for (int i = 0; i < ITEMS; i++) {
		TAILQ_INSERT_TAIL(&head, &items[i], tailq);
	}
	CHECK(TAILQ_FIRST(&head) == &items[0] && TAILQ_LAST(&head, item_tailq) == &items[4]);
	CHECK(TAILQ_PREV(&items[1], item_tailq, tailq) == &items[0]);
	CHECK(TAILQ_NEXT(&items[1], tailq) == &items[2]);
	TAILQ_FOREACH_REVERSE (item, &head, item_tailq, tailq) {
		sum = sum * 10 + item->key;
	}
	CHECK(sum == 43210);
	sum = 0;
	TAILQ_FOREACH_REVERSE_SAFE(item, &head, item_tailq, tailq, next)
	{
		sum = sum * 10 + item->key;
	}
	CHECK(sum == 43210);
	item = &items[3];
	TAILQ_FOREACH_FROM(item, &head, tailq)
	{
		sum += item->key;
	}
	CHECK(sum == 43210 + 3 + 4);
	TAILQ_SWAP(&head, &other, item, tailq);
	CHECK(TAILQ_EMPTY(&head));
	TAILQ_FOREACH_SAFE (item, &other, tailq, next) {
		CHECK(TAILQ_ENTRY_ENQUEUED(item, tailq));
		TAILQ_REMOVE_CLEAR(&other, item, tailq);
		CHECK(TAILQ_ENTRY_NOT_ENQUEUED(item, tailq));
	}
	CHECK(TAILQ_EMPTY(&other));
}

static void
check_lists(void)
{
	struct item items[ITEMS], *item, *next;
	struct item_stailq stailq = STAILQ_HEAD_INITIALIZER(stailq), stailq_other;
	struct item_list list = LIST_HEAD_INITIALIZER(list), list_other;
	struct item_slist slist = SLIST_HEAD_INITIALIZER(slist), slist_other;
	int count = 0;

	fill(items);
	STAILQ_INIT(&stailq_other);
	LIST_INIT(&list_other);
	SLIST_INIT(&slist_other);
	for (int i = 0; i < ITEMS; i++) {
		STAILQ_INSERT_TAIL(&stailq, &items[i], stailq);
		LIST_INSERT_HEAD(&list, &items[i], list);
		SLIST_INSERT_HEAD(&slist, &items[i], slist);
	}
	CHECK(STAILQ_LAST(&stailq, item, stailq) == &items[4]);
	CHECK(LIST_PREV(&items[3], &list, item, list) == &items[4]);
	STAILQ_REMOVE_AFTER(&stailq, &items[0], stailq);
	CHECK(STAILQ_NEXT(&items[0], stailq) == &items[2]);
	STAILQ_SWAP(&stailq, &stailq_other, item);
	LIST_SWAP(&list, &list_other, item, list);
	SLIST_SWAP(&slist, &slist_other, item);
	STAILQ_FOREACH_SAFE (item, &stailq_other, stailq, next) {
		count++;
	}
	CHECK(count == 4);
	LIST_FOREACH_SAFE (item, &list_other, list, next) {
		LIST_REMOVE(item, list);
		count++;
	}
	CHECK(count == 9 && LIST_EMPTY(&list_other));
	SLIST_FOREACH_SAFE (item, &slist_other, slist, next) {
		count++;
	}
	CHECK(count == 14 && STAILQ_EMPTY(&stailq) && LIST_FIRST(&list) == NULL);
}

static void
check_trees(void)
{
	struct item items[ITEMS], *item, *next, key;
	struct item_tree tree = RB_INITIALIZER(&tree);
	struct private_tree private_tree = RB_INITIALIZER(&private_tree);
	struct item_splay splay = SPLAY_INITIALIZER(&splay);
	int order = 0;

	fill(items);
	for (int i = 0; i < ITEMS; i++) {
		CHECK(RB_INSERT(item_tree, &tree, &items[(i * 3) % ITEMS]) == NULL);
		SPLAY_INSERT(item_splay, &splay, &items[(i * 2) % ITEMS]);
	}
	RB_FOREACH (item, item_tree, &tree) {
		order = order * 10 + item->key;
	}
	CHECK(order == 1234);
	RB_FOREACH_REVERSE(item, item_tree, &tree)
	{
		order = order * 10 + item->key;
	}
	CHECK(order == 123443210);
	order = 0;
	SPLAY_FOREACH(item, item_splay, &splay)
	{
		order = order * 10 + item->key;
	}
	CHECK(order == 1234);
	key.key = 2;
	CHECK(RB_FIND(item_tree, &tree, &key) == &items[2]);
	CHECK(RB_NFIND(item_tree, &tree, &key) == &items[2]);
	CHECK(SPLAY_FIND(item_splay, &splay, &key) == &items[2]);
	CHECK(RB_MIN(item_tree, &tree) == &items[0] && RB_MAX(item_tree, &tree) == &items[4]);
	CHECK(RB_NEXT(item_tree, &tree, &items[2]) == &items[3]);
	CHECK(SPLAY_MIN(item_splay, &splay) == &items[0]);
	RB_FOREACH_SAFE (item, item_tree, &tree, next) {
		CHECK(RB_REMOVE(item_tree, &tree, item) == item);
		CHECK(RB_INSERT(private_tree, &private_tree, item) == NULL);
	}
	CHECK(RB_EMPTY(&tree) && !RB_EMPTY(&private_tree));
	CHECK(SPLAY_REMOVE(item_splay, &splay, &items[1]) == &items[1] && !SPLAY_EMPTY(&splay));
}

struct sized {
	size_t size;
	int first;
	int second;
};

static void
check_util(void)
{
	struct sized sized = {offsetof(struct sized, second), 7, 8};
	struct iovec iov;
	int iovcnt, numbers[3] = {0, 0, 0};
	char iter[SPDK_IOVITER_SIZE(4)];

	CHECK(spdk_min(1, 2) == 1 && spdk_max(1, 2) == 2);
	CHECK(SPDK_COUNTOF(numbers) == 3 && numbers[0] == 0);
	CHECK(SPDK_CONTAINEROF(&sized.second, struct sized, second) == &sized);
	CHECK(SPDK_SIZEOF(&sized, first) == offsetof(struct sized, second));
	CHECK(SPDK_SIZEOF_MEMBER(struct sized, first) == sizeof(int));
	CHECK(SPDK_COUNTOF_MEMBER(struct spdk_cpuset, cpus) == SPDK_CPUSET_SIZE / 8);
	CHECK(SPDK_CEIL_DIV(7, 4) == 2);
	CHECK(SPDK_ALIGN_FLOOR(7u, 4) == 4 && SPDK_ALIGN_CEIL(5u, 4) == 8 &&
	      SPDK_BIT(40) >> 40 == 1);
	CHECK(SPDK_FIELD_VALID(&sized, first) && !SPDK_FIELD_VALID(&sized, second));
	CHECK(SPDK_FIELD_VALID(&sized, second, sizeof(sized)));
	CHECK(SPDK_GET_FIELD(&sized, second, 5) == 5);
	CHECK(SPDK_GET_FIELD(&sized, second, 5, sizeof(sized)) == 8);
	CHECK(sizeof(iter) == sizeof(struct spdk_ioviter) + 2 * sizeof(struct spdk_single_ioviter));
	SPDK_IOV_ONE(&iov, &iovcnt, numbers, sizeof(numbers));
	CHECK(iov.iov_base == numbers && iov.iov_len == sizeof(numbers) && iovcnt == 1);
	CHECK(strcmp(SPDK_STRINGIFY(SPDK_CACHE_LINE_SIZE), "64") == 0);
	CHECK(spdk_likely(1) && !spdk_unlikely(0));
	CHECK(strstr(SPDK_VERSION_STRING, " v26.05") != NULL);
	CHECK(SPDK_DEFAULT_MSG_MEMPOOL_SIZE == 262143 && SPDK_DEFAULT_MSG_MEMPOOL_SIZE % 3 == 0);
}

static void
check_pages_and_digests(void)
{
	char *address = (char *)(uintptr_t)0x7f0000323456ULL;
	uint8_t digest[SPDK_MD5DIGEST_LEN], checksum[SPDK_CRC32_SIZE_BYTES];
	char text[SPDK_UUID_STRING_LEN];

	CHECK(_4KB_OFFSET(address) == 0x456 && _2MB_OFFSET(address) == 0x123456);
	CHECK(_2MB_PAGE(address) == FLOOR_2MB(address) && CEIL_2MB(address) == 0x7f0000400000);
	CHECK(VALUE_4KB >> SHIFT_4KB == 1 && VALUE_2MB >> SHIFT_2MB == 1);
	CHECK((VALUE_2MB & MASK_2MB) == 0 && MASK_4KB == 4095 && VFIO_ENABLED);
	CHECK(sizeof(digest) == 16 && sizeof(checksum) == 4 && sizeof(text) == 37);
	CHECK((SPDK_T10DIF_CRC16_POLYNOMIAL & 0xffff) == 0x8bb7);
	CHECK(SPDK_MMIO_64BIT == 0 || SPDK_MMIO_64BIT == 1);
}

static void
check_histogram(void)
{
	struct spdk_histogram_data *h = spdk_histogram_data_alloc_sized_ext(7, 1000, 100000);
	uint32_t range;

	if (h == NULL) {
		CHECK(h != NULL);
		return;
	}
	CHECK(SPDK_HISTOGRAM_GRANULARITY(h) == SPDK_HISTOGRAM_GRANULARITY_DEFAULT);
	CHECK(SPDK_HISTOGRAM_BUCKET_LSB(h) == 57 && SPDK_HISTOGRAM_BUCKET_MASK(h) == 127);
	CHECK(SPDK_HISTOGRAM_NUM_BUCKETS_PER_RANGE(h) == 128);
	CHECK(SPDK_HISTOGRAM_NUM_BUCKET_RANGES(h) == 8 && SPDK_HISTOGRAM_NUM_BUCKETS(h) == 1024);
	range = __spdk_histogram_data_get_bucket_range(h, 1000);
	CHECK(range == 3 && __spdk_histogram_data_get_bucket_index(h, 1000, range) == 122);
	CHECK(__spdk_histogram_data_get_bucket_start(h, range, 122) == 1004);
	__spdk_histogram_increment(h, range, 122);
	CHECK(__spdk_histogram_get_count(h, range, 122) == 1);
	CHECK(__spdk_histogram_get_bucket(h, range, 122) == &h->bucket[122]);
	spdk_histogram_data_free(h);
}

SPDK_LOG_REGISTER_COMPONENT(api_macros)
SPDK_LOG_DEPRECATION_REGISTER(api_macros, "nothing", "v99.09", SPDK_LOG_DEPRECATION_EVERY_24H)

static struct spdk_pci_id g_ids[] = {
	{SPDK_PCI_DEVICE(SPDK_PCI_VID_INTEL, 0x1234)},
	{0, 0, 0, 0, 0},
};
SPDK_PCI_DRIVER_REGISTER(api_macros, g_ids, SPDK_PCI_DRIVER_NEED_MAPPING)

static int
attach(const struct spdk_pci_addr *addr)
{
	return addr == NULL ? -EINVAL : 0;
}

static void
detach(struct spdk_pci_device *device)
{
	(void)device;
}

static struct spdk_pci_device_provider g_provider = {"api_macros", attach, detach, {NULL, NULL}};
SPDK_PCI_REGISTER_DEVICE_PROVIDER(api_macros, &g_provider)

/* Before main(): in constructors that the macros make. */
static struct spdk_subsystem macro_subsystem = {"macro", NULL, NULL, NULL, {NULL, NULL}};
SPDK_SUBSYSTEM_REGISTER(macro_subsystem)
SPDK_SUBSYSTEM_DEPEND(macro_subsystem, macro_other)
static struct spdk_governor macro_governor = {"macro", NULL, NULL, NULL, NULL, NULL,
					      NULL,    NULL, NULL, NULL, NULL, {NULL, NULL}};
SPDK_GOVERNOR_REGISTER(macro_governor)
static struct spdk_scheduler macro_scheduler = {"macro", NULL, NULL,        NULL,
						NULL,    NULL, {NULL, NULL}};
SPDK_SCHEDULER_REGISTER(macro_scheduler)

static int
begin_module(void)
{
	return 0;
}

static struct spdk_bdev_module macro_module = {
	begin_module, NULL, NULL, NULL, NULL, "macro", NULL, NULL, NULL, false, false, false, {}};
SPDK_BDEV_MODULE_REGISTER(macro_module, &macro_module)

static struct spdk_accel_module_if macro_accel = {"macro", 0,    begin_module, NULL, NULL, NULL,
						  NULL,    NULL, NULL,         NULL, NULL, NULL,
						  NULL,    NULL, NULL,         NULL, NULL, {}};
SPDK_ACCEL_MODULE_REGISTER(macro, &macro_accel)
static struct spdk_accel_driver macro_driver = {"macro", NULL, NULL, NULL, NULL, NULL, {}};
SPDK_ACCEL_DRIVER_REGISTER(macro, &macro_driver)

static void
check_block_devices(void)
{
	struct spdk_bdev_io io;
	char claim[SPDK_BDEV_CLAIM_NAME_LEN];

	CHECK(spdk_bdev_module_list_find("macro") == &macro_module);
	CHECK(spdk_bdev_io_from_ctx(io.driver_ctx) == &io);
	CHECK(SPDK_COUNTOF(io.child_iov) == SPDK_BDEV_IO_NUM_CHILD_IOV && sizeof(claim) == 32);
	/* Nine bytes for each eight, at the most metadata that there is. */
	CHECK(SPDK_BDEV_BUF_SIZE_WITH_MD(SPDK_BDEV_LARGE_BUF_MAX_SIZE + 511) == 73728);
	CHECK(-SPDK_MIN_BDEV_IO_STATUS == 8 && SPDK_BDEV_NUM_IO_TYPES < 32);
}

static void
check_application(void)
{
	uint32_t frequencies[SPDK_MAX_LCORE_FREQS];

	/* Programs make strings of these where they are compiled. */
	CHECK(strcmp("z" SPDK_APP_GETOPT_STRING, "zc:de:ghi:m:n:p:r:s:uvA:B:L:RW:") == 0);
	CHECK(strcmp(SPDK_DEFAULT_RPC_ADDR ".lock", "/var/tmp/spdk.sock.lock") == 0);
	CHECK(SPDK_COUNTOF(frequencies) == 64);
}

static int
do_nothing(void *ctx)
{
	return ctx == NULL ? SPDK_POLLER_IDLE : SPDK_POLLER_BUSY;
}

static void
use_log(void)
{
	SPDK_ERRLOG("without arguments\n");
	SPDK_WARNLOG("%d\n", 1);
	SPDK_NOTICELOG("%s\n", "text");
	SPDK_PRINTF("%d\n", 2);
	SPDK_INFOLOG(api_macros, "%d\n", 3);
	SPDK_DEBUGLOG(api_macros, "%d\n", 4);
	SPDK_LOGDUMP(api_macros, "label", "bytes", 5);
	SPDK_ERRLOG_RATELIMIT("%d\n", 6);
	SPDK_LOG_DEPRECATED(api_macros);
	if (SPDK_DEBUGLOG_FLAG_ENABLED("api_macros")) {
		SPDK_ERRLOG("in a branch without braces\n");
	}
}

static void
use_runtime(void)
{
	struct spdk_event_handler_opts opts;
	struct spdk_fd_group *group = NULL;
	struct spdk_poller *poller;
	struct spdk_interrupt *interrupt;
	uint32_t core;
	int32_t node;

	spdk_fd_group_get_default_event_handler_opts(&opts, sizeof(opts));
	(void)SPDK_FD_GROUP_ADD(group, 0, do_nothing, NULL);
	(void)SPDK_FD_GROUP_ADD_EXT(group, 0, do_nothing, NULL, &opts);
	poller = SPDK_POLLER_REGISTER(do_nothing, NULL, 1000);
	spdk_poller_unregister(&poller);
	interrupt = SPDK_INTERRUPT_REGISTER(0, do_nothing, NULL);
	spdk_interrupt_unregister(&interrupt);
	interrupt =
		SPDK_INTERRUPT_REGISTER_FOR_EVENTS(0, SPDK_INTERRUPT_EVENT_IN, do_nothing, NULL);
	spdk_interrupt_unregister(&interrupt);
	interrupt = SPDK_INTERRUPT_REGISTER_EXT(0, do_nothing, NULL, &opts);
	spdk_interrupt_unregister(&interrupt);
	SPDK_ENV_FOREACH_CORE (core) {
		(void)spdk_env_get_numa_id(core);
	}
	SPDK_ENV_FOREACH_NUMA_ID(node)
	{
		(void)spdk_malloc(64, 64, NULL, node, SPDK_MALLOC_DMA | SPDK_MALLOC_SHARE);
	}
	spdk_compiler_barrier();
	spdk_rmb();
	spdk_wmb();
	spdk_mb();
	spdk_smp_rmb();
	spdk_smp_wmb();
	spdk_smp_mb();
	spdk_ivdt_dcache(&opts);
}

static void
register_tpoints(void)
{
}

static void
check_trace(void)
{
	uint16_t tpoint_id = SPDK_TPOINT_ID(19, 1);
	struct spdk_trace_register_fn *group = spdk_trace_get_first_register_fn();

	while (group != NULL && strcmp(group->name, "macro_test") != 0) {
		group = spdk_trace_get_next_register_fn(group);
	}
	CHECK(group != NULL && group->tgroup_id == 19 && group->reg_fn == register_tpoints);
	CHECK(spdk_trace_num_args(1) == 1);
	CHECK(spdk_trace_num_args(1, 2, 3, 4, 5, 6, 7, 8) == 8);
	CHECK(!spdk_trace_tpoint_enabled(tpoint_id));
	/* Nothing is switched on: passed. */
	spdk_trace_record(tpoint_id, OWNER_ID_NONE, 0, OBJECT_NONE);
	spdk_trace_record(tpoint_id, 0, 0, 0, (uint64_t)1, "two", 3);
	spdk_trace_record_tsc(0, tpoint_id, 0, 0, 0, group);
}

static struct spdk_nvme_cpl
completion(int type, int code)
{
	struct spdk_nvme_cpl cpl;

	memset(&cpl, 0, sizeof(cpl));
	cpl.status.sct = type & 0x7;
	cpl.status.sc = code & 0xff;
	return cpl;
}

static void
check_nvme_completions(void)
{
	struct spdk_nvme_cpl good = completion(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_SUCCESS);
	struct spdk_nvme_cpl guard =
		completion(SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_GUARD_CHECK_ERROR);
	struct spdk_nvme_cpl compare =
		completion(SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_COMPARE_FAILURE);
	struct spdk_nvme_cpl lost =
		completion(SPDK_NVME_SCT_PATH, SPDK_NVME_SC_INTERNAL_PATH_ERROR);
	struct spdk_nvme_cpl ana =
		completion(SPDK_NVME_SCT_PATH, SPDK_NVME_SC_ASYMMETRIC_ACCESS_INACCESSIBLE);
	struct spdk_nvme_cpl queue =
		completion(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_ABORTED_SQ_DELETION);
	struct spdk_nvme_cpl request =
		completion(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_ABORTED_BY_REQUEST);
	/* A code that means success in one type only. */
	struct spdk_nvme_cpl other = completion(SPDK_NVME_SCT_COMMAND_SPECIFIC, 0);

	CHECK(spdk_nvme_cpl_is_success(&good) && !spdk_nvme_cpl_is_error(&good));
	CHECK(spdk_nvme_cpl_is_error(&other) && !spdk_nvme_cpl_is_success(&other));
	CHECK(spdk_nvme_cpl_is_error(&queue) && !spdk_nvme_cpl_is_path_error(&queue));
	CHECK(spdk_nvme_cpl_is_pi_error(&guard) && !spdk_nvme_cpl_is_pi_error(&compare));
	CHECK(spdk_nvme_cpl_is_path_error(&lost) && !spdk_nvme_cpl_is_ana_error(&lost));
	CHECK(spdk_nvme_cpl_is_path_error(&ana) && spdk_nvme_cpl_is_ana_error(&ana));
	CHECK(spdk_nvme_cpl_is_aborted_sq_deletion(&queue) &&
	      !spdk_nvme_cpl_is_aborted_sq_deletion(&request));
	CHECK(spdk_nvme_cpl_is_aborted_by_request(&request) &&
	      !spdk_nvme_cpl_is_aborted_by_request(&queue));
	CHECK(spdk_nvme_cpl_is_abort_success(&good) && !spdk_nvme_cpl_is_abort_success(&lost));
	good.cdw0 = 1;
	CHECK(!spdk_nvme_cpl_is_abort_success(&good) && spdk_nvme_cpl_is_success(&good));
}

static void
check_nvme_and_scsi_numbers(void)
{
	union spdk_nvme_vs_register version;

	version.raw = SPDK_NVME_VERSION(2, 1, 3);
	CHECK(version.bits.mjr == 2 && version.bits.mnr == 1 && version.bits.ter == 3);
	CHECK(SPDK_NVME_IO_FLAGS_STREAMS_DIRECTIVE == 1 << 20);
	CHECK(SPDK_NVME_IO_FLAGS_DATA_PLACEMENT_DIRECTIVE == 2 << 20);
	CHECK(SPDK_NVME_IO_FLAGS_DIRECTIVE(1 | 2) == 3 << 20);
	CHECK(!spdk_nvme_log_page_is_vendor_specific(0xbf) &&
	      spdk_nvme_log_page_is_vendor_specific(0xc0));
	CHECK(spdk_nvme_opc_get_data_transfer(SPDK_NVME_OPC_FLUSH) == SPDK_NVME_DATA_NONE);
	CHECK(spdk_nvme_opc_get_data_transfer(SPDK_NVME_OPC_WRITE) ==
	      SPDK_NVME_DATA_HOST_TO_CONTROLLER);
	CHECK(spdk_nvme_opc_get_data_transfer(SPDK_NVME_OPC_IDENTIFY) ==
	      SPDK_NVME_DATA_CONTROLLER_TO_HOST);
	CHECK(spdk_nvme_bytes_to_numd(4) == 0 && spdk_nvme_bytes_to_numd(4096) == 1023);
	CHECK((SPDK_SCSI_UNMAP_LBPU | SPDK_SCSI_UNMAP_LBPWS | SPDK_SCSI_UNMAP_LBPWS10) == 0xe0);
	CHECK((SPDK_SBC_READ_10 & SPDK_SCSI_GROUP_MASK) == SPDK_SCSI_10BYTE_CMD);
}

static void
check_gpt(void)
{
	const uint8_t bytes[] = {0x44, 0x33, 0x22, 0x11, 0x66, 0x55, 0x88, 0x77,
				 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x01};
	struct spdk_gpt_guid guid =
		SPDK_GPT_GUID(0x11223344, 0x5566, 0x7788, 0x99aa, 0xbbccddeeff01);
	struct spdk_gpt_guid unused = SPDK_GPT_PART_TYPE_UNUSED;

	CHECK(memcmp(guid.raw, bytes, sizeof(bytes)) == 0);
	CHECK(unused.raw[0] == 0 && unused.raw[15] == 0);
	guid = SPDK_GPT_PART_TYPE_LEGACY_MBR;
	CHECK(guid.raw[0] == 0x41 && guid.raw[15] == 0x9f);
	guid = SPDK_GPT_PART_TYPE_EFI_SYSTEM_PARTITION;
	CHECK(guid.raw[0] == 0x28 && guid.raw[15] == 0x3b);
	CHECK(sizeof(SPDK_GPT_SIGNATURE) - 1 ==
	      sizeof(((struct spdk_gpt_header *)0)->gpt_signature));
}

static void
check_accel(void)
{
	CHECK(spdk_accel_get_module("macro") == &macro_accel);
	CHECK(spdk_accel_get_module("software")->priority == SPDK_ACCEL_SW_PRIORITY);
	CHECK(spdk_accel_set_driver("macro") == 0);
	CHECK(strcmp(spdk_accel_get_driver_name(), macro_driver.name) == 0);
	CHECK(spdk_accel_set_driver(NULL) == 0 && spdk_accel_get_driver_name() == NULL);
	CHECK(SPDK_ACCEL_CRYPTO_KEY_MAX_HEX_LENGTH == 257);
}

int
main(int argc, char **argv)
{
	(void)argv;
	check_tailq();
	check_lists();
	check_trees();
	check_util();
	check_pages_and_digests();
	check_histogram();
	check_application();
	check_block_devices();
	check_accel();
	check_trace();
	check_nvme_completions();
	check_nvme_and_scsi_numbers();
	check_gpt();
	if (argc > 1000) {
		/* Never: that they compile and link is what counts. */
		use_log();
		use_runtime();
	}
	printf("macros: %d of %d\n", g_checks - g_failures, g_checks);
	return g_failures != 0;
}
