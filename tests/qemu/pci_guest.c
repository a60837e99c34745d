/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pci_guest use|hold|attach ADDRESS [MIB]
 *
 * What a driver does with a real NVMe controller, by the functions of the environment alone; for
 * the guest of check-qemu, see pci_test.py. Ends with 0 when all was right, 1 when the device could
 * not be attached, 2 when something was wrong.
 *
 *   attach  maps BAR 0 and lets go again
 *   use     brings the admin queue up and identifies the controller: by polling, by interrupt, into
 *           memory that was there before the device, came after it (MIB of it), and was registered
 *   hold    prints "held", waits until the device shall be given back, and does that
 */
#include <poll.h>

#include "env/dma_address.h"
#include "env/pci_device.h"
#include "spdk/log.h"
#include "spdk/string.h"

#define QUEUE_ENTRIES 8
#define PAGE          4096
#define CHUNK_SIZE    (2u << 20)
#define CHUNKS_MAX    1024
#define HOLD_MS       20000
#define READY_MS      10000
#define INTERRUPT_MS  5000
#define RAISED_MAX    20

#define REG_CAP  0x00
#define REG_VS   0x08
#define REG_CC   0x14
#define REG_CSTS 0x1c
#define REG_AQA  0x24
#define REG_ASQ  0x28
#define REG_ACQ  0x30
#define REG_BELL 0x1000

#define CC_ENABLED      (4u << 20 | 6u << 16 | 1u)
#define COMMAND_MASTER  0x0004
#define OPCODE_IDENTIFY 6

struct controller {
	struct spdk_pci_device *dev;
	const struct env_dma *dma;
	volatile uint8_t *bar;
	uint64_t bar_size;
	uint32_t stride;
	/* Of both kinds. */
	uint8_t *queues;
	uint32_t *submissions;
	volatile uint32_t *completions;
	uint32_t tail;
	uint32_t head;
	uint32_t phase;
};

static struct controller g_ctrlr;
static void *g_chunks[CHUNKS_MAX];

static void
die(const char *what)
{
	printf("WRONG: %s\n", what);
	exit(2);
}

static void
check(bool is_right, const char *what)
{
	if (!is_right) {
		die(what);
	}
}

static uint32_t
read32(uint32_t offset)
{
	return *(volatile uint32_t *)(g_ctrlr.bar + offset);
}

static void
write32(uint32_t offset, uint32_t value)
{
	*(volatile uint32_t *)(g_ctrlr.bar + offset) = value;
}

static void
write64(uint32_t offset, uint64_t value)
{
	write32(offset, (uint32_t)value);
	write32(offset + 4, (uint32_t)(value >> 32));
}

static int
map_bar(void *ctx, struct spdk_pci_device *dev)
{
	uint64_t phys_addr, size, cap;
	uint16_t command;
	void *addr;

	g_ctrlr.dev = dev;
	if (spdk_pci_device_map_bar(dev, 0, &addr, &phys_addr, &size) != 0) {
		return -1;
	}
	g_ctrlr.bar = addr;
	g_ctrlr.bar_size = size;
	g_ctrlr.dma = env_dma_of_device(dev);
	cap = read32(REG_CAP) | (uint64_t)read32(REG_CAP + 4) << 32;
	printf("BAR 0 at 0x%" PRIx64 ", 0x%" PRIx64 " bytes; CAP 0x%016" PRIx64
	       ", version %u.%u; addresses: %s\n",
	       phys_addr, size, cap, read32(REG_VS) >> 16, read32(REG_VS) >> 8 & 0xff,
	       g_ctrlr.dma->name);
	g_ctrlr.stride = 4u << (cap >> 32 & 0xf);
	check(cap != 0 && cap != UINT64_MAX, "CAP");
	check(spdk_pci_device_cfg_read16(dev, &command, 4) == 0, "the command register");
	check((command & COMMAND_MASTER) != 0, "bus mastering is off");
	return 0;
}

static uint64_t
address_of(const void *addr)
{
	uint64_t address = env_dma_address(g_ctrlr.dma, addr);

	if (address == ENV_DMA_ERROR) {
		printf("no address: %s\n", env_dma_explain(g_ctrlr.dma, addr));
		exit(2);
	}
	check(address == spdk_vtophys(addr, NULL), "spdk_vtophys() says something else");
	return address;
}

/* QEMU wants interrupts to be enabled before that. */
static void
enable(void)
{
	uint8_t *queues = g_ctrlr.queues;

	if (queues == NULL) {
		queues = spdk_dma_malloc(2 * PAGE, PAGE, NULL);
		check(queues != NULL, "no memory for queues");
	}
	memset(queues, 0, 2 * PAGE);
	g_ctrlr.queues = queues;
	g_ctrlr.submissions = (uint32_t *)queues;
	g_ctrlr.completions = (uint32_t *)(queues + PAGE);
	g_ctrlr.tail = 0;
	g_ctrlr.head = 0;
	g_ctrlr.phase = 1;
	write32(REG_CC, 0);
	for (int i = 0; (read32(REG_CSTS) & 1) != 0; i++) {
		check(i < READY_MS, "the controller stays on");
		spdk_delay_us(1000);
	}
	write32(REG_AQA, (QUEUE_ENTRIES - 1) << 16 | (QUEUE_ENTRIES - 1));
	write64(REG_ASQ, address_of(queues));
	write64(REG_ACQ, address_of(queues + PAGE));
	write32(REG_CC, CC_ENABLED);
	for (int i = 0; (read32(REG_CSTS) & 1) == 0; i++) {
		check(i < READY_MS, "the controller does not become ready");
		spdk_delay_us(1000);
	}
}

static bool
is_complete(void)
{
	return (g_ctrlr.completions[4 * g_ctrlr.head + 3] >> 16 & 1) == g_ctrlr.phase;
}

static void
submit(void *into)
{
	uint64_t address = address_of(into);
	const uint32_t command[16] = {
		[0] = OPCODE_IDENTIFY,
		[6] = (uint32_t)address,
		[7] = (uint32_t)(address >> 32),
		[10] = 1,
	};

	memset(into, 0xee, PAGE);
	memcpy(g_ctrlr.submissions + 16 * g_ctrlr.tail, command, sizeof(command));
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	g_ctrlr.tail = (g_ctrlr.tail + 1) % QUEUE_ENTRIES;
	write32(REG_BELL, g_ctrlr.tail);
}

static void
complete(const void *into)
{
	const uint8_t *data = into;
	uint32_t status;

	for (int i = 0; !is_complete(); i++) {
		check(i < READY_MS, "no completion");
		spdk_delay_us(1000);
	}
	status = g_ctrlr.completions[4 * g_ctrlr.head + 3] >> 17;
	if (++g_ctrlr.head == QUEUE_ENTRIES) {
		g_ctrlr.head = 0;
		g_ctrlr.phase ^= 1;
	}
	write32(REG_BELL + g_ctrlr.stride, g_ctrlr.head);
	check(status == 0, "identify failed");
	check(data[0] == 0x36 && data[1] == 0x1b, "the answer is not in memory");
}

static void
identify(void *into)
{
	submit(into);
	complete(into);
}

/* Whether the descriptor has been signalled within this time; then it is read. */
static bool
wait_interrupt(int fd, int timeout_ms)
{
	struct pollfd one = {.fd = fd, .events = POLLIN};
	uint64_t count;

	return poll(&one, 1, timeout_ms) == 1 && read(fd, &count, sizeof(count)) == sizeof(count);
}

static void
use_interrupts(void *into)
{
	uint32_t most = env_pci_interrupt_count_max(g_ctrlr.dev);
	int fd;

	printf("%u interrupts\n", most);
	check(most >= 1, "no interrupts");
	check(spdk_pci_device_enable_interrupts(g_ctrlr.dev, most + 1) < 0, "one too many");
	check(spdk_pci_device_enable_interrupts(g_ctrlr.dev, most) == 0, "enabling interrupts");
	fd = spdk_pci_device_get_interrupt_efd_by_index(g_ctrlr.dev, 0);
	check(fd >= 0, "no descriptor");
	enable();
	for (int i = 0; i < 3; i++) {
		submit(into);
		check(wait_interrupt(fd, INTERRUPT_MS), "no interrupt");
		complete(into);
		check(env_pci_rearm_interrupts(g_ctrlr.dev) == 0, "rearming");
	}
	/* A line that is not served is raised once, and once more when it is armed. */
	for (int i = 0; wait_interrupt(fd, 50); i++) {
		check(i < RAISED_MAX, "the line stays raised");
		check(env_pci_rearm_interrupts(g_ctrlr.dev) == 0, "rearming after one too many");
	}
	submit(into);
	check(wait_interrupt(fd, INTERRUPT_MS), "no interrupt");
	check(!wait_interrupt(fd, 100), "a storm");
	complete(into);
	check(env_pci_rearm_interrupts(g_ctrlr.dev) == 0, "rearming");
	submit(into);
	check(wait_interrupt(fd, INTERRUPT_MS), "no interrupt after rearming");
	complete(into);
	check(spdk_pci_device_disable_interrupts(g_ctrlr.dev) == 0, "disabling interrupts");
	identify(into);
	write32(REG_CC, 0);
	check(spdk_pci_device_enable_interrupt(g_ctrlr.dev) == 0, "enabling one again");
	fd = spdk_pci_device_get_interrupt_efd(g_ctrlr.dev);
	enable();
	submit(into);
	check(wait_interrupt(fd, INTERRUPT_MS), "no interrupt by the only one");
	complete(into);
}

/* Memory that is registered while the device is in use. With uio it has no physical address. */
static void
use_registered(void)
{
	void *addr = aligned_alloc(CHUNK_SIZE, CHUNK_SIZE);

	check(addr != NULL && spdk_mem_register(addr, CHUNK_SIZE) == 0, "registering");
	if (spdk_iommu_is_enabled()) {
		identify((uint8_t *)addr + CHUNK_SIZE - PAGE);
	} else {
		check(spdk_vtophys(addr, NULL) == SPDK_VTOPHYS_ERROR, "a lasting address");
	}
	check(spdk_mem_unregister(addr, CHUNK_SIZE) == 0, "unregistering");
	check(spdk_vtophys(addr, NULL) == SPDK_VTOPHYS_ERROR, "unregistered, but with an address");
	free(addr);
}

/* New arenas while the device is in use. */
static void
use_new(uint32_t mib)
{
	uint32_t count = mib / 2, i;

	for (i = 0; i < count && i < CHUNKS_MAX; i++) {
		g_chunks[i] = spdk_dma_malloc(CHUNK_SIZE, PAGE, NULL);
		if (g_chunks[i] == NULL) {
			break;
		}
		identify((uint8_t *)g_chunks[i] + CHUNK_SIZE - PAGE);
	}
	printf("%u MiB more\n", 2 * i);
	while (i-- > 0) {
		spdk_dma_free(g_chunks[i]);
	}
}

static void
replace_bar(const void *addr, void *ctx)
{
	void *bar = (void *)(uintptr_t)g_ctrlr.bar;

	if ((uintptr_t)addr - (uintptr_t)bar >= g_ctrlr.bar_size) {
		return;
	}
	if (mmap(bar, g_ctrlr.bar_size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == bar) {
		memset(bar, 0xff, g_ctrlr.bar_size);
	}
}

/* Registers that no longer answer are a bus error with vfio, which is turned into all ones. */
static void
lose_registers(void)
{
	if (!spdk_iommu_is_enabled()) {
		return;
	}
	check(spdk_pci_register_error_handler(replace_bar, NULL) == 0, "registering a handler");
	check(spdk_pci_device_cfg_write16(g_ctrlr.dev, 0, 4) == 0, "switching memory off");
	check(read32(REG_CSTS) == UINT32_MAX, "a register that is gone still answers");
	write32(REG_CC, 0);
	spdk_pci_unregister_error_handler(replace_bar);
}

static void
use(uint32_t mib)
{
	uint8_t *before = spdk_dma_malloc(PAGE, PAGE, NULL);

	check(before != NULL, "no memory");
	enable();
	identify(before);
	printf("identified: %.20s\n", before + 4);
	use_interrupts(before);
	use_registered();
	use_new(mib);
	identify(before);
	write32(REG_CC, 0);
	lose_registers();
	spdk_dma_free(before);
	spdk_dma_free(g_ctrlr.queues);
}

static void
hold(void)
{
	struct spdk_pci_event event;
	int fd = spdk_pci_event_listen();

	enable();
	printf("held\n");
	for (int i = 0; i < HOLD_MS; i++) {
		if (spdk_pci_device_is_removed(g_ctrlr.dev)) {
			printf("given back, event %d\n",
			       fd >= 0 && spdk_pci_get_event(fd, &event) == 1 &&
				       event.action == SPDK_UEVENT_REMOVE);
			spdk_dma_free(g_ctrlr.queues);
			return;
		}
		spdk_delay_us(1000);
	}
	die("nobody wanted it back");
}

int
main(int argc, char **argv)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};
	struct spdk_pci_addr addr;
	void *early;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 3 || spdk_pci_addr_parse(&addr, argv[2]) != 0) {
		fprintf(stderr, "usage: %s use|hold|attach ADDRESS [MIB]\n", argv[0]);
		return 2;
	}
	spdk_env_opts_init(&opts);
	check(spdk_env_init(&opts) == 0, "spdk_env_init()");
	early = spdk_dma_malloc(PAGE, PAGE, NULL);
	check(early != NULL, "no memory");
	if (spdk_pci_device_attach(spdk_pci_nvme_get_driver(), map_bar, NULL, &addr) != 0) {
		check(!spdk_iommu_is_enabled(), "something is left of the device");
		spdk_dma_free(early);
		spdk_env_fini();
		return 1;
	}
	if (strcmp(argv[1], "use") == 0) {
		use(argc > 3 ? (uint32_t)spdk_strtol(argv[3], 10) : 0);
	} else if (strcmp(argv[1], "hold") == 0) {
		hold();
	}
	spdk_pci_device_detach(g_ctrlr.dev);
	check(!spdk_iommu_is_enabled(), "the container is still there");
	spdk_dma_free(early);
	spdk_env_fini();
	printf("right\n");
	return 0;
}
