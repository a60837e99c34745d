/* SPDX-License-Identifier: BSD-3-Clause */
/* The fake as a PCI device: configuration space, BAR, interrupts. */
#include "env/env_internal.h"
#include "env/pci_device.h"
#include "io/nvme/fake/fake_internal.h"
#include "spdk/pci_ids.h"

#define CONFIG_COMMAND      0x04
#define CONFIG_CLASS        0x08
#define CONFIG_BAR          0x10
#define CONFIG_CAPABILITIES 0x34
#define CONFIG_POWER        0x40
#define CAPABILITY_POWER    0x01

/*
 * Addresses of fakes that name none: domains that no machine has, and no other process, since
 * devices are claimed by address.
 */
#define DOMAIN_BASE    0x80000000u
#define FAKES_OF_PID   512u
#define DOMAIN_OF_PIDS 0x7ffffe00u
static atomic_uint g_fakes;

static struct fake *
fake_of(struct spdk_pci_device *dev)
{
	return SPDK_CONTAINEROF(dev, struct fake, pci);
}

static int
map_bar(struct spdk_pci_device *dev, uint32_t bar, void **mapped_addr, uint64_t *phys_addr,
	uint64_t *size)
{
	struct fake *fake = fake_of(dev);
	struct fake_memory *memory = fake_memory_of_bar(fake, bar);
	void *address;

	if (bar != 0 && memory == NULL) {
		return -EINVAL;
	}
	address = fake_bar_map(memory != NULL ? memory->bar : fake->bar);
	if (address == NULL) {
		return -ENOMEM;
	}
	*mapped_addr = address;
	*phys_addr = (uintptr_t)address;
	*size = memory != NULL ? memory->size : fake->bar_size;
	if (memory != NULL) {
		pthread_mutex_lock(&fake->lock);
		memory->mapped = (uintptr_t)address;
		pthread_mutex_unlock(&fake->lock);
	}
	return 0;
}

static int
unmap_bar(struct spdk_pci_device *dev, uint32_t bar, void *addr)
{
	struct fake *fake = fake_of(dev);
	struct fake_memory *memory = fake_memory_of_bar(fake, bar);

	if ((bar != 0 && memory == NULL) || addr == NULL) {
		return -EINVAL;
	}
	if (memory != NULL) {
		pthread_mutex_lock(&fake->lock);
		memory->mapped = 0;
		pthread_mutex_unlock(&fake->lock);
	}
	fake_bar_unmap(memory != NULL ? memory->bar : fake->bar, addr);
	return 0;
}

static int
config_read(struct spdk_pci_device *dev, void *value, uint32_t len, uint32_t offset)
{
	struct fake *fake = fake_of(dev);

	if (len > FAKE_CONFIG_SIZE || offset > FAKE_CONFIG_SIZE - len) {
		return -EINVAL;
	}
	pthread_mutex_lock(&fake->lock);
	if (fake->is_removed) {
		memset(value, 0xff, len);
	} else {
		memcpy(value, fake->config + offset, len);
	}
	pthread_mutex_unlock(&fake->lock);
	return 0;
}

static int
config_write(struct spdk_pci_device *dev, void *value, uint32_t len, uint32_t offset)
{
	struct fake *fake = fake_of(dev);

	if (len > FAKE_CONFIG_SIZE || offset > FAKE_CONFIG_SIZE - len) {
		return -EINVAL;
	}
	pthread_mutex_lock(&fake->lock);
	/* Only the command register takes what is written. */
	if (!fake->is_removed && offset == CONFIG_COMMAND && len >= sizeof(uint16_t)) {
		memcpy(fake->config + offset, value, sizeof(uint16_t));
	}
	pthread_mutex_unlock(&fake->lock);
	return 0;
}

static void
fill_config(struct fake *fake)
{
	const uint16_t ids[] = {FAKE_VENDOR_ID, FAKE_DEVICE_ID};
	const uint32_t class_id = (uint32_t)SPDK_PCI_CLASS_NVME << 8 | 1;
	const uint32_t bar = 0xfe000004;

	memcpy(fake->config, ids, sizeof(ids));
	memcpy(fake->config + CONFIG_CLASS, &class_id, sizeof(class_id));
	memcpy(fake->config + CONFIG_BAR, &bar, sizeof(bar));
	fake->config[CONFIG_CAPABILITIES] = CONFIG_POWER;
	fake->config[CONFIG_POWER] = CAPABILITY_POWER;
}

static void
close_vectors(struct fake *fake)
{
	while (fake->vector_count > 0) {
		close(fake->vectors[--fake->vector_count]);
	}
}

static int
enable_interrupts(struct spdk_pci_device *dev, uint32_t count)
{
	struct fake *fake = fake_of(dev);
	int rc = 0;

	if (count == 0 || count > fake->opts.vectors || fake->vector_count != 0) {
		return -EINVAL;
	}
	pthread_mutex_lock(&fake->lock);
	for (uint32_t i = 0; i < count && rc == 0; i++) {
		fake->vectors[i] = env_event_create();
		if (fake->vectors[i] < 0) {
			rc = fake->vectors[i];
		} else {
			fake->vector_count++;
		}
	}
	if (rc != 0) {
		close_vectors(fake);
	}
	pthread_mutex_unlock(&fake->lock);
	return rc;
}

static int
disable_interrupts(struct spdk_pci_device *dev)
{
	struct fake *fake = fake_of(dev);

	pthread_mutex_lock(&fake->lock);
	close_vectors(fake);
	pthread_mutex_unlock(&fake->lock);
	return 0;
}

static int
get_interrupt_fd(struct spdk_pci_device *dev, uint32_t index)
{
	struct fake *fake = fake_of(dev);

	return index < fake->vector_count ? fake->vectors[index] : -EINVAL;
}

void
fake_interrupt(struct fake *fake, uint16_t vector)
{
	if (vector < fake->vector_count) {
		fake->stats.interrupts++;
		env_event_signal(fake->vectors[vector]);
	}
}

static uint32_t
interrupt_count_max(struct spdk_pci_device *dev)
{
	return fake_of(dev)->opts.vectors;
}

static const struct env_pci_hook g_hook = {
	.has_virtual_addresses = true,
	.enable_interrupts = enable_interrupts,
	.disable_interrupts = disable_interrupts,
	.get_interrupt_fd = get_interrupt_fd,
	.interrupt_count_max = interrupt_count_max,
};

static int
set_address(struct fake *fake)
{
	if (fake->opts.address != NULL) {
		snprintf(fake->address, sizeof(fake->address), "%s", fake->opts.address);
	} else {
		snprintf(fake->address, sizeof(fake->address), "%08x:00:00.0",
			 DOMAIN_BASE | ((uint32_t)getpid() * FAKES_OF_PID & DOMAIN_OF_PIDS) |
				 atomic_fetch_add(&g_fakes, 1) % FAKES_OF_PID);
	}
	return spdk_pci_addr_parse(&fake->pci.addr, fake->address);
}

int
fake_pci_hook(struct fake *fake)
{
	struct spdk_pci_device *pci = &fake->pci;
	int rc = set_address(fake);

	if (rc != 0) {
		return rc;
	}
	fill_config(fake);
	pci->id = (struct spdk_pci_id){
		.class_id = SPDK_PCI_CLASS_NVME,
		.vendor_id = FAKE_VENDOR_ID,
		.device_id = FAKE_DEVICE_ID,
	};
	pci->numa_id = SPDK_ENV_NUMA_ID_ANY;
	pci->type = "fake";
	pci->map_bar = map_bar;
	pci->unmap_bar = unmap_bar;
	pci->cfg_read = config_read;
	pci->cfg_write = config_write;
	return env_pci_hook_device(spdk_pci_nvme_get_driver(), pci, &g_hook);
}

void
fake_pci_unhook(struct fake *fake)
{
	spdk_pci_unhook_device(&fake->pci);
	disable_interrupts(&fake->pci);
}
