/* SPDX-License-Identifier: BSD-3-Clause */
#include "nvme_fixture.h"

#include "nvme_device.h"
#include "nvme_disk.h"
#include "nvme_link.h"

static struct fake *g_fakes[FAKES_MAX];
static struct spdk_bdev_nvme_opts g_usual;

struct fake *
new_fake(const struct fake_opts *opts)
{
	struct fake_opts usual;
	size_t i = 0;

	if (opts == NULL) {
		fake_opts_init(&usual);
		opts = &usual;
	}
	while (g_fakes[i] != NULL) {
		assert_in_range(++i, 0, FAKES_MAX - 1);
	}
	g_fakes[i] = fake_create(opts);
	assert_non_null(g_fakes[i]);
	fake_start(g_fakes[i]);
	return g_fakes[i];
}

void
end_fake(struct fake *fake)
{
	size_t i = 0;

	while (g_fakes[i] != fake) {
		assert_in_range(++i, 0, FAKES_MAX - 1);
	}
	g_fakes[i] = NULL;
	fake_stop(fake);
	if (fake_violations(fake) != 0) {
		fail_msg("the driver broke a rule: %s", fake_last_violation(fake));
	}
	fake_destroy(fake);
}

int
nvme_open(void)
{
	memset(g_fakes, 0, sizeof(g_fakes));
	spdk_bdev_nvme_get_opts(&g_usual, sizeof(g_usual));
	return modules_open();
}

static void
detach_all(void)
{
	static const char *const names[] = {"Nvme0",      "Nvme1",      "Nvme2",     "HotInNvme0",
					    "HotInNvme1", "HotInNvme2", "HotInNvme3"};
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(names); i++) {
		if (spdk_bdev_nvme_delete(names[i], NULL, NULL, NULL) == 0) {
			poll_for_ms(1);
		}
	}
}

static bool
all_gone(const void *arg)
{
	return spdk_bdev_nvme_first_bdev_ctrlr() == NULL;
}

void
wait_for_no_controller(void)
{
	wait_until(all_gone, NULL);
}

void
nvme_close(void)
{
	size_t i;

	disks_close_left();
	expect("bdev_nvme_set_hotplug", "{\"enable\": false}", "true");
	detach_all();
	wait_for_no_controller();
	assert_int_equal(spdk_bdev_nvme_set_opts(&g_usual), 0);
	for (i = 0; i < FAKES_MAX; i++) {
		if (g_fakes[i] != NULL) {
			end_fake(g_fakes[i]);
		}
	}
}

/* ---- Methods ---- */

void
attach_as(const char *name, struct fake *fake, const char *more, const char *names)
{
	char params[512];

	(void)snprintf(params, sizeof(params),
		       "{\"name\": \"%s\", \"trtype\": \"PCIe\", \"traddr\": \"%s\"%s}", name,
		       fake_address(fake), more);
	expect("bdev_nvme_attach_controller", params, names);
}

void
attach(struct fake *fake, const char *names)
{
	attach_as("Nvme0", fake, "", names);
}

struct fake *
open_with(struct disk *disk, const char *options, const struct fake_opts *opts)
{
	struct fake *fake = new_fake(opts);
	uint8_t *buf = dma_buf(4096);

	if (options != NULL) {
		expect("bdev_nvme_set_options", options, "true");
	}
	attach(fake, "[\"Nvme0n1\"]");
	disk_open(disk, "Nvme0n1");
	do_write(disk, buf, 0, 8);
	spdk_dma_free(buf);
	return fake;
}

struct nvme_link *
link_of(const struct disk *disk)
{
	const struct nvme_disk *ours = disk->bdev->ctxt;
	struct spdk_io_channel *ch = spdk_get_io_channel(ours->dev);

	/* The disk's channel keeps it. */
	spdk_put_io_channel(ch);
	return bdev_nvme_link_of(ch);
}

void
expect_named(const char *method, const char *name, const char *text)
{
	char params[128];

	(void)snprintf(params, sizeof(params), "{\"name\": \"%s\"}", name);
	expect(method, params, text);
}

void
detach(const char *name)
{
	expect_named("bdev_nvme_detach_controller", name, "true");
}

/* ---- Waiting ---- */

static bool
is_there(const void *name)
{
	return spdk_bdev_get_by_name(name) != NULL;
}

static bool
is_gone(const void *name)
{
	return spdk_bdev_get_by_name(name) == NULL;
}

void
wait_for_bdev(const char *name)
{
	wait_until(is_there, name);
}

void
wait_for_no_bdev(const char *name)
{
	wait_until(is_gone, name);
}

static bool
is_past(const void *deadline)
{
	return spdk_get_ticks() >= *(const uint64_t *)deadline;
}

void
poll_for_ms(uint32_t ms)
{
	uint64_t deadline = spdk_get_ticks() + ms * spdk_get_ticks_hz() / 1000;

	wait_until(is_past, &deadline);
}

/* ---- The other side ---- */

uint64_t
commands(struct fake *fake, uint8_t opc)
{
	struct fake_stats stats;

	fake_get_stats(fake, &stats);
	return stats.io_opcodes[opc];
}

struct strike {
	struct fake *fake;
	uint32_t number;
};

static bool
has_struck(const void *arg)
{
	const struct strike *strike = arg;

	return fake_fault_strikes(strike->fake, strike->number) > 0;
}

void
wait_for_strike(struct fake *fake, uint32_t number)
{
	const struct strike strike = {fake, number};

	wait_until(has_struck, &strike);
}

void *
dma_buf(size_t size)
{
	void *buf = spdk_dma_zmalloc(size, 4096, NULL);

	assert_non_null(buf);
	return buf;
}
