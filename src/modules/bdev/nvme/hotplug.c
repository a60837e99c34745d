/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Controllers that come are attached when bdev_nvme_set_hotplug says so, as HotInNvme0,
 * HotInNvme1... Those that go are noticed by admin.c, whether they came so or not.
 *
 * What was detached by hand is not attached again by itself, until it is attached by hand.
 */
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "spdk/env.h"
#include "spdk/string.h"

#define PERIOD_US     100000u
#define PERIOD_US_MAX 10000000u

struct skipped {
	struct spdk_nvme_transport_id trid;
	TAILQ_ENTRY(skipped) link;
};

static TAILQ_HEAD(, skipped) g_skipped = TAILQ_HEAD_INITIALIZER(g_skipped);
static struct spdk_poller *g_poller;
static struct spdk_nvme_probe_ctx *g_probe;
static bool g_is_enabled;
static uint64_t g_period_us = PERIOD_US;
/* Somebody has said how it shall be: only then it is saved. */
static bool g_is_set;
static uint32_t g_number;
/* One that nobody has yet, and the last that it was tried with. */
static struct spdk_nvme_transport_id g_found, g_attaching;

/* ---- What is left alone ---- */

static struct skipped *
find_skipped(const struct spdk_nvme_transport_id *trid)
{
	struct skipped *skipped;

	TAILQ_FOREACH (skipped, &g_skipped, link) {
		if (spdk_nvme_transport_id_compare(&skipped->trid, trid) == 0) {
			return skipped;
		}
	}
	return NULL;
}

void
bdev_nvme_hotplug_skip(const struct spdk_nvme_transport_id *trid)
{
	struct skipped *skipped;

	if (find_skipped(trid) != NULL) {
		return;
	}
	skipped = calloc(1, sizeof(*skipped));
	if (skipped == NULL) {
		SPDK_WARNLOG("Without memory, NVMe controller %s may be attached again by hot "
			     "plug, although it is detached by hand.\n",
			     trid->traddr);
		return;
	}
	skipped->trid = *trid;
	TAILQ_INSERT_TAIL(&g_skipped, skipped, link);
}

void
bdev_nvme_hotplug_unskip(const struct spdk_nvme_transport_id *trid)
{
	struct skipped *skipped = find_skipped(trid);

	if (skipped != NULL) {
		TAILQ_REMOVE(&g_skipped, skipped, link);
		free(skipped);
	}
}

/* ---- New ones ---- */

static bool
probe_cb(void *ctx, const struct spdk_nvme_transport_id *trid, struct spdk_nvme_ctrlr_opts *opts)
{
	/* One at a time; the others are there the next time as well. */
	if (g_is_enabled && g_found.traddr[0] == '\0' && find_skipped(trid) == NULL &&
	    bdev_nvme_find_trid(trid) == NULL) {
		g_found = *trid;
	}
	return false;
}

static void
attached(void *arg, struct nvme_dev *dev, int rc, const struct bdev_reason *reason)
{
	if (rc == 0) {
		SPDK_NOTICELOG("NVMe controller %s has come: it is %s.\n", dev->trid.traddr,
			       dev->name);
	} else {
		/* It is not tried each time. */
		SPDK_ERRLOG("NVMe controller %s has come, and cannot be attached (%s: %s); "
			    "bdev_nvme_attach_controller tries again.\n",
			    g_attaching.traddr, spdk_strerror(-rc), reason->text);
		bdev_nvme_hotplug_skip(&g_attaching);
	}
}

static void
attach_found(void)
{
	struct nvme_attach_spec spec = {.is_hot = true, .trid = g_found};
	struct bdev_reason reason = {""};
	char name[32];
	int rc;

	do {
		(void)snprintf(name, sizeof(name), "HotInNvme%" PRIu32, g_number++);
	} while (bdev_nvme_find(name) != NULL);
	g_attaching = g_found;
	g_found.traddr[0] = '\0';
	spec.name = name;
	bdev_nvme_drv_opts_init(&spec.drv_opts);
	bdev_nvme_drv_opts_apply(&spec.drv_opts);
	spdk_bdev_nvme_get_default_ctrlr_opts(&spec.bdev_opts);
	rc = bdev_nvme_attach(&spec, &reason, attached, NULL);
	if (rc != 0) {
		attached(NULL, NULL, rc, &reason);
	}
}

/* ---- Looking ---- */

static void
look_for_new(void)
{
	struct spdk_nvme_transport_id trid = {.trtype = SPDK_NVME_TRANSPORT_PCIE};

	spdk_nvme_trid_populate_transport(&trid, SPDK_NVME_TRANSPORT_PCIE);
	if (g_probe == NULL && g_is_enabled && !bdev_nvme_is_attaching()) {
		g_found.traddr[0] = '\0';
		g_probe = spdk_nvme_probe_async(&trid, NULL, probe_cb, NULL, NULL);
	}
	if (g_probe == NULL || spdk_nvme_probe_poll_async(g_probe) == -EAGAIN) {
		return;
	}
	g_probe = NULL;
	if (g_is_enabled && g_found.traddr[0] != '\0') {
		attach_found();
	}
	bdev_nvme_module_go_on();
}

static int
look(void *arg)
{
	look_for_new();
	/* What was found by then has been dealt with. */
	if (!g_is_enabled && g_probe == NULL) {
		spdk_poller_unregister(&g_poller);
	}
	return SPDK_POLLER_IDLE;
}

bool
bdev_nvme_hotplug_is_busy(void)
{
	return g_probe != NULL;
}

static int
start_poller(uint64_t period_us)
{
	struct spdk_poller *poller =
		spdk_poller_register_named(look, NULL, period_us, "bdev_nvme_hotplug");

	if (poller == NULL) {
		return -ENOMEM;
	}
	spdk_poller_unregister(&g_poller);
	g_poller = poller;
	return 0;
}

int
bdev_nvme_hotplug_set(bool is_enabled, uint64_t period_us)
{
	int rc;

	if (period_us > PERIOD_US_MAX) {
		return -EINVAL;
	}
	period_us = period_us != 0 ? period_us : PERIOD_US;
	/* What there may be has the old period. One that is not needed any more ends by itself. */
	rc = is_enabled ? start_poller(period_us) : 0;
	if (rc == 0) {
		g_period_us = period_us;
		g_is_enabled = is_enabled;
		g_is_set = true;
	}
	return rc;
}

void
bdev_nvme_hotplug_start(void)
{
	g_is_enabled = g_is_set = false;
	g_number = 0;
	g_period_us = PERIOD_US;
}

void
bdev_nvme_hotplug_stop(void)
{
	/* A probe that has begun goes on to its end. */
	g_is_enabled = false;
}

void
bdev_nvme_hotplug_fini(void)
{
	struct skipped *skipped;

	spdk_poller_unregister(&g_poller);
	while ((skipped = TAILQ_FIRST(&g_skipped)) != NULL) {
		TAILQ_REMOVE(&g_skipped, skipped, link);
		free(skipped);
	}
}

void
bdev_nvme_hotplug_config_json(struct spdk_json_write_ctx *w)
{
	if (!g_is_set) {
		return;
	}
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "method", "bdev_nvme_set_hotplug");
	spdk_json_write_named_object_begin(w, "params");
	spdk_json_write_named_uint64(w, "period_us", g_period_us);
	spdk_json_write_named_bool(w, "enable", g_is_enabled);
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
}
