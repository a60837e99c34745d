/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All known PCI devices, and who has them.
 *
 * States of a device in the list:
 *   FREE      nobody has it.
 *             -> ATTACHED  offer(), when the driver agrees
 *   ATTACHED  a driver has it (internal.attached).
 *             -> FREE      spdk_pci_device_detach()
 *   REMOVED   ATTACHED, but gone from the machine (internal.removed).
 *             -> out of the list  spdk_pci_device_detach()
 * A FREE device that is gone leaves the list at the next scan, a hooked one by
 * spdk_pci_unhook_device().
 *
 * Invariants:
 *  1. g_lock guards the list. It is recursive and held while callbacks run, so that two OS threads
 *     never offer one device at the same time, and a callback may still use every function here.
 *  2. A callback may take any device out of the list; so loops that call out go by a copy of the
 *     list, and look for each device in the list itself before they use it.
 *  3. Of the machine's devices, only those that the user has given to user space are ever offered.
 */
#include "env/posix/pci_internal.h"
#include "spdk/log.h"

SPDK_LOG_REGISTER_COMPONENT(env_pci)

#define REASON_SIZE 128

TAILQ_HEAD(device_list, spdk_pci_device);
TAILQ_HEAD(provider_list, spdk_pci_device_provider);

static pthread_mutex_t g_lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static struct device_list g_devices = TAILQ_HEAD_INITIALIZER(g_devices);
static struct provider_list g_providers = TAILQ_HEAD_INITIALIZER(g_providers);
static bool g_is_up;
/* Whether the machine's devices are to be seen at all. */
static bool g_has_bus;

static struct spdk_pci_device *
find(const struct spdk_pci_addr *addr)
{
	struct spdk_pci_device *dev;

	TAILQ_FOREACH (dev, &g_devices, internal.tailq) {
		if (spdk_pci_addr_compare(&dev->addr, addr) == 0) {
			return dev;
		}
	}
	return NULL;
}

static bool
is_listed(const struct spdk_pci_device *wanted)
{
	struct spdk_pci_device *dev;

	TAILQ_FOREACH (dev, &g_devices, internal.tailq) {
		if (dev == wanted) {
			return true;
		}
	}
	return false;
}

static void
remove_own(struct spdk_pci_device *dev)
{
	TAILQ_REMOVE(&g_devices, dev, internal.tailq);
	spdk_pci_device_unclaim(dev);
	pci_sysfs_destroy(dev);
}

static const struct pci_found *
found_find(const struct pci_found *found, size_t count, const struct spdk_pci_addr *addr)
{
	for (size_t i = 0; i < count; i++) {
		if (spdk_pci_addr_compare(&found[i].addr, addr) == 0) {
			return &found[i];
		}
	}
	return NULL;
}

/* Drops the machine's devices that are gone; one that a driver has is only marked. */
static void
drop_gone(const struct pci_found *found, size_t count)
{
	const struct pci_found *same;
	struct spdk_pci_device *dev, *next;

	TAILQ_FOREACH_SAFE (dev, &g_devices, internal.tailq, next) {
		if (!pci_sysfs_owns(dev)) {
			continue;
		}
		same = found_find(found, count, &dev->addr);
		if (same != NULL && same->identity == pci_sysfs_identity(dev)) {
			continue;
		}
		if (dev->internal.attached || dev->internal.claim_fd >= 0) {
			dev->internal.pending_removal = true;
			dev->internal.removed = true;
		} else {
			remove_own(dev);
		}
	}
}

/* Brings the list up to date with the machine. 0 or -errno, explained. */
static int
scan(void)
{
	struct spdk_pci_device *dev;
	struct pci_found *found;
	size_t count;
	int rc;

	if (!g_has_bus) {
		return 0;
	}
	rc = pci_sysfs_list(&found, &count);
	if (rc != 0) {
		SPDK_ERRLOG("The PCI devices of this machine cannot be listed: %s.\n",
			    strerror(-rc));
		return rc;
	}
	drop_gone(found, count);
	for (size_t i = 0; i < count; i++) {
		if (find(&found[i].addr) != NULL) {
			continue;
		}
		dev = pci_sysfs_create(&found[i]);
		if (dev != NULL) {
			TAILQ_INSERT_TAIL(&g_devices, dev, internal.tailq);
		}
	}
	free(found);
	return 0;
}

/* Copies the list; free(*out_copy). 0 or -ENOMEM. */
static int
copy_list(struct spdk_pci_device ***out_copy, size_t *out_count)
{
	struct spdk_pci_device *dev, **copy;
	size_t count = 0;

	TAILQ_FOREACH (dev, &g_devices, internal.tailq) {
		count++;
	}
	copy = calloc(count + 1, sizeof(*copy));
	if (copy == NULL) {
		return -ENOMEM;
	}
	*out_count = count;
	count = 0;
	TAILQ_FOREACH (dev, &g_devices, internal.tailq) {
		copy[count++] = dev;
	}
	*out_copy = copy;
	return 0;
}

static bool
is_supported(const struct spdk_pci_driver *driver, const struct spdk_pci_device *dev)
{
	if (pci_sysfs_owns(dev)) {
		return pci_driver_supports(driver, &dev->id);
	}
	return dev->internal.driver == driver;
}

/* Lets the driver decide about a FREE device. Returns what it said. */
static int
offer(struct spdk_pci_driver *driver, struct spdk_pci_device *dev, spdk_pci_enum_cb enum_cb,
      void *enum_ctx)
{
	int rc;

	if (pci_sysfs_owns(dev)) {
		pci_own_begin(dev);
	}
	dev->internal.driver = driver;
	rc = enum_cb(enum_ctx, dev);
	if (rc == 0) {
		dev->internal.attached = true;
	} else if (is_listed(dev) && pci_sysfs_owns(dev)) {
		pci_own_close(dev);
		dev->internal.driver = NULL;
	}
	return rc;
}

static bool
may_enumerate(const struct spdk_pci_driver *driver, const struct spdk_pci_device *dev)
{
	char reason[REASON_SIZE], text[PCI_ADDR_TEXT_SIZE];

	if (dev->internal.attached || dev->internal.removed || !is_supported(driver, dev)) {
		return false;
	}
	/* What was hooked is there because the program wants it; the lists are of the machine. */
	if (!pci_sysfs_owns(dev)) {
		return true;
	}
	if (!pci_permit_has(&dev->addr)) {
		return false;
	}
	if (!pci_own_is_usable(dev, reason, sizeof(reason))) {
		SPDK_INFOLOG(env_pci, "PCI device %s is left alone: %s.\n",
			     pci_addr_text(&dev->addr, text), reason);
		return false;
	}
	return true;
}

static bool
has_any(const struct spdk_pci_driver *driver)
{
	struct spdk_pci_device *dev;

	TAILQ_FOREACH (dev, &g_devices, internal.tailq) {
		if (dev->internal.driver == driver) {
			return true;
		}
	}
	return false;
}

/* Whoever finds nothing may have forgotten to give it to user space: said once of each device. */
static void
tell_kept(const struct spdk_pci_driver *driver)
{
	char reason[REASON_SIZE], text[PCI_ADDR_TEXT_SIZE];
	struct spdk_pci_device *dev;

	TAILQ_FOREACH (dev, &g_devices, internal.tailq) {
		if (!pci_sysfs_owns(dev) || !is_supported(driver, dev) ||
		    !pci_permit_has(&dev->addr) ||
		    !pci_own_take_kept(dev, reason, sizeof(reason))) {
			continue;
		}
		pci_addr_text(&dev->addr, text);
		SPDK_NOTICELOG("PCI device %s is left alone: %s. If nothing else uses it, "
			       "'scripts/setup.sh config %s' gives it to user space.\n",
			       text, reason, text);
	}
}

/* Under g_lock. 0, or what ended it. */
static int
enumerate(struct spdk_pci_driver *driver, spdk_pci_enum_cb enum_cb, void *enum_ctx)
{
	struct spdk_pci_device **devices;
	bool is_offered = false;
	size_t count;
	int rc;

	rc = scan();
	if (rc == 0) {
		rc = copy_list(&devices, &count);
	}
	if (rc != 0) {
		return rc;
	}
	for (size_t i = 0; i < count && rc >= 0; i++) {
		if (is_listed(devices[i]) && may_enumerate(driver, devices[i])) {
			is_offered = true;
			rc = offer(driver, devices[i], enum_cb, enum_ctx);
		}
	}
	free(devices);
	if (!is_offered && !has_any(driver)) {
		tell_kept(driver);
	}
	return rc < 0 ? rc : 0;
}

/* Under g_lock. Whether PCI can be used; explained if not. */
static bool
is_ready(const char *function, const struct spdk_pci_driver *driver)
{
	if (!g_is_up) {
		SPDK_ERRLOG("%s() needs the environment: call spdk_env_init(), or run within "
			    "spdk_app_start().\n",
			    function);
		return false;
	}
	if (driver == NULL) {
		SPDK_ERRLOG(
			"%s(): driver is NULL. spdk_pci_get_driver() knows none of the name it was "
			"asked for.\n",
			function);
		return false;
	}
	return true;
}

int
spdk_pci_enumerate(struct spdk_pci_driver *driver, spdk_pci_enum_cb enum_cb, void *enum_ctx)
{
	int rc = -1;

	pthread_mutex_lock(&g_lock);
	if (is_ready(__func__, driver)) {
		rc = enumerate(driver, enum_cb, enum_ctx);
	}
	pthread_mutex_unlock(&g_lock);
	return rc == 0 ? 0 : -1;
}

/* Under g_lock. The device at an address, made by a provider if need be; NULL: `reason` says why.
 */
static struct spdk_pci_device *
find_or_provide(const struct spdk_pci_addr *addr, char reason[ENV_PCI_REASON_SIZE])
{
	struct spdk_pci_device_provider *provider;
	struct spdk_pci_device *dev;
	char text[PCI_ADDR_TEXT_SIZE];

	if (scan() != 0) {
		return NULL;
	}
	dev = find(addr);
	TAILQ_FOREACH (provider, &g_providers, tailq) {
		if (dev != NULL) {
			return dev;
		}
		if (provider->attach_cb != NULL && provider->attach_cb(addr) == 0) {
			dev = find(addr);
		}
	}
	if (dev == NULL) {
		snprintf(reason, ENV_PCI_REASON_SIZE, "There is no PCI device at %s%s.",
			 pci_addr_text(addr, text),
			 g_has_bus ? "" : " (the machine's own are hidden by the option no_pci)");
	}
	return dev;
}

/* Whether a device that was asked for by its address may be offered; `reason` says why not. */
static bool
may_attach(const struct spdk_pci_driver *driver, const struct spdk_pci_device *dev,
	   char reason[ENV_PCI_REASON_SIZE])
{
	char text[PCI_ADDR_TEXT_SIZE], kept[REASON_SIZE];

	pci_addr_text(&dev->addr, text);
	if (dev->internal.attached) {
		snprintf(reason, ENV_PCI_REASON_SIZE,
			 "PCI device %s is attached already. spdk_pci_device_detach() it first.",
			 text);
		return false;
	}
	if (!is_supported(driver, dev)) {
		snprintf(reason, ENV_PCI_REASON_SIZE,
			 "PCI device %s (%04x:%04x, class %06x) is none that driver \"%s\" "
			 "supports.",
			 text, dev->id.vendor_id, dev->id.device_id, dev->id.class_id,
			 driver->name);
		return false;
	}
	if (pci_sysfs_owns(dev) && !pci_own_is_usable(dev, kept, sizeof(kept))) {
		snprintf(reason, ENV_PCI_REASON_SIZE,
			 "PCI device %s is not attached: %s. Bind it to vfio-pci, or to "
			 "uio_pci_generic, to use it here: 'scripts/setup.sh config %s'.",
			 text, kept, text);
		return false;
	}
	if (dev->internal.removed) {
		snprintf(reason, ENV_PCI_REASON_SIZE, "PCI device %s has been removed.", text);
	}
	return !dev->internal.removed;
}

int
env_pci_device_attach(struct spdk_pci_driver *driver, spdk_pci_enum_cb enum_cb, void *enum_ctx,
		      const struct spdk_pci_addr *addr, char reason[ENV_PCI_REASON_SIZE])
{
	struct spdk_pci_device *dev;
	int rc = -ENODEV;

	reason[0] = '\0';
	pthread_mutex_lock(&g_lock);
	if (is_ready("spdk_pci_device_attach", driver)) {
		dev = find_or_provide(addr, reason);
		if (dev != NULL && may_attach(driver, dev, reason)) {
			rc = offer(driver, dev, enum_cb, enum_ctx) == 0 ? 0 : 1;
		}
	}
	pthread_mutex_unlock(&g_lock);
	return rc;
}

int
spdk_pci_device_attach(struct spdk_pci_driver *driver, spdk_pci_enum_cb enum_cb, void *enum_ctx,
		       struct spdk_pci_addr *pci_address)
{
	char reason[ENV_PCI_REASON_SIZE];
	int rc;

	rc = env_pci_device_attach(driver, enum_cb, enum_ctx, pci_address, reason);
	if (reason[0] != '\0') {
		SPDK_ERRLOG("%s\n", reason);
	}
	return rc == 0 ? 0 : -1;
}

/* Under g_lock. The provider's function may free the device, so it comes last. */
static void
detach(struct spdk_pci_device *dev)
{
	struct spdk_pci_device_provider *provider;

	spdk_pci_device_unclaim(dev);
	dev->internal.attached = false;
	if (pci_sysfs_owns(dev)) {
		pci_own_close(dev);
		dev->internal.driver = NULL;
		/* One that is still there may be given to user space again. */
		dev->internal.pending_removal = false;
		if (dev->internal.removed) {
			remove_own(dev);
		}
		return;
	}
	TAILQ_FOREACH (provider, &g_providers, tailq) {
		if (dev->type != NULL && strcmp(dev->type, provider->name) == 0) {
			if (provider->detach_cb != NULL) {
				provider->detach_cb(dev);
			}
			return;
		}
	}
}

void
spdk_pci_device_detach(struct spdk_pci_device *device)
{
	char text[PCI_ADDR_TEXT_SIZE];

	pthread_mutex_lock(&g_lock);
	if (!is_listed(device)) {
		SPDK_ERRLOG("spdk_pci_device_detach(): there is no device %p.\n", (void *)device);
	} else if (!device->internal.attached) {
		SPDK_ERRLOG("spdk_pci_device_detach(): PCI device %s is not attached.\n",
			    pci_addr_text(&device->addr, text));
	} else {
		detach(device);
	}
	pthread_mutex_unlock(&g_lock);
}

void
spdk_pci_for_each_device(void *ctx, void (*fn)(void *ctx, struct spdk_pci_device *dev))
{
	struct spdk_pci_device **devices;
	size_t count;

	pthread_mutex_lock(&g_lock);
	if (scan() == 0 && copy_list(&devices, &count) == 0) {
		for (size_t i = 0; i < count; i++) {
			if (is_listed(devices[i]) && !devices[i]->internal.removed) {
				fn(ctx, devices[i]);
			}
		}
		free(devices);
	}
	pthread_mutex_unlock(&g_lock);
}

int
spdk_pci_device_allow(struct spdk_pci_addr *pci_addr)
{
	int rc;

	if (pci_addr == NULL || !pci_addr_is_valid(pci_addr)) {
		SPDK_ERRLOG("spdk_pci_device_allow(): that is no PCI address. Make addresses by "
			    "spdk_pci_addr_parse().\n");
		return -EINVAL;
	}
	pthread_mutex_lock(&g_lock);
	rc = pci_permit_add(pci_addr);
	pthread_mutex_unlock(&g_lock);
	return rc;
}

int
env_pci_hook_device(struct spdk_pci_driver *driver, struct spdk_pci_device *dev,
		    const struct env_pci_hook *hook)
{
	char text[PCI_ADDR_TEXT_SIZE];
	int rc;

	if (driver == NULL || dev == NULL) {
		SPDK_ERRLOG("spdk_pci_hook_device(): %s is NULL.\n",
			    driver == NULL ? "drv" : "dev");
		return -EINVAL;
	}
	pthread_mutex_lock(&g_lock);
	if (find(&dev->addr) != NULL) {
		SPDK_ERRLOG(
			"spdk_pci_hook_device(): there is a PCI device at %s already. Give this "
			"one an address in a domain of its own.\n",
			pci_addr_text(&dev->addr, text));
		rc = -EEXIST;
		goto unlock;
	}
	rc = pci_hook_add(dev, hook);
	if (rc == 0) {
		/* Its owner fills in everything but this. */
		memset(&dev->internal, 0, sizeof(dev->internal));
		dev->internal.driver = driver;
		dev->internal.claim_fd = -1;
		TAILQ_INSERT_TAIL(&g_devices, dev, internal.tailq);
	}

unlock:
	pthread_mutex_unlock(&g_lock);
	return rc;
}

int
spdk_pci_hook_device(struct spdk_pci_driver *drv, struct spdk_pci_device *dev)
{
	return env_pci_hook_device(drv, dev, NULL);
}

void
spdk_pci_unhook_device(struct spdk_pci_device *dev)
{
	char text[PCI_ADDR_TEXT_SIZE];

	pthread_mutex_lock(&g_lock);
	if (!is_listed(dev) || pci_sysfs_owns(dev)) {
		SPDK_ERRLOG("spdk_pci_unhook_device(): %p was not hooked.\n", (void *)dev);
	} else if (dev->internal.attached) {
		SPDK_ERRLOG("spdk_pci_unhook_device(): PCI device %s is attached. "
			    "spdk_pci_device_detach() it first.\n",
			    pci_addr_text(&dev->addr, text));
	} else {
		spdk_pci_device_unclaim(dev);
		TAILQ_REMOVE(&g_devices, dev, internal.tailq);
		pci_hook_remove(dev);
	}
	pthread_mutex_unlock(&g_lock);
}

void
spdk_pci_register_device_provider(struct spdk_pci_device_provider *provider)
{
	pthread_mutex_lock(&g_lock);
	TAILQ_INSERT_TAIL(&g_providers, provider, tailq);
	pthread_mutex_unlock(&g_lock);
}

bool
pci_bus_take_removal(const struct spdk_pci_addr *addr, uint64_t number)
{
	struct spdk_pci_device *dev;
	bool is_stale = false;

	pthread_mutex_lock(&g_lock);
	dev = find(addr);
	/* From offer() on it is in use, and has a driver. */
	if (dev != NULL && pci_sysfs_owns(dev) && dev->internal.driver != NULL) {
		is_stale = !pci_own_is_news(dev, number);
		dev->internal.pending_removal |= !is_stale;
	}
	pthread_mutex_unlock(&g_lock);
	return !is_stale;
}

bool
pci_bus_take_request(struct spdk_pci_addr *out_addr)
{
	struct spdk_pci_device *dev;
	bool is_found = false;

	pthread_mutex_lock(&g_lock);
	TAILQ_FOREACH (dev, &g_devices, internal.tailq) {
		if (pci_sysfs_owns(dev) && pci_own_take_request(dev)) {
			dev->internal.pending_removal = true;
			*out_addr = dev->addr;
			is_found = true;
			break;
		}
	}
	pthread_mutex_unlock(&g_lock);
	return is_found;
}

int
pci_init(const struct spdk_env_opts *opts)
{
	int rc;

	pthread_mutex_lock(&g_lock);
	pci_driver_report();
	rc = pci_permit_init(opts);
	if (rc == 0) {
		rc = pci_own_init(opts);
		if (rc != 0) {
			pci_permit_fini();
		}
	}
	if (rc == 0) {
		g_has_bus = !opts->no_pci;
		g_is_up = true;
	}
	pthread_mutex_unlock(&g_lock);
	return rc;
}

/* Hooked devices are their owners', and stay for the next start. */
void
pci_fini(void)
{
	struct spdk_pci_device *dev, *next;

	pthread_mutex_lock(&g_lock);
	TAILQ_FOREACH_SAFE (dev, &g_devices, internal.tailq, next) {
		if (pci_sysfs_owns(dev)) {
			remove_own(dev);
		}
	}
	pci_own_fini();
	pci_permit_fini();
	g_has_bus = false;
	g_is_up = false;
	pthread_mutex_unlock(&g_lock);
}
