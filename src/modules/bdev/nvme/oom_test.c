/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A sweep over failing allocations of the thread that everything here happens on: whichever fails,
 * a controller is attached or refused with -ENOMEM, I/O ends once, and nothing is left behind.
 */
#include "base/failing_malloc.h"
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "nvme_fixture.h"

#define SWEEP_MAX 2000

#ifndef HAS_OWN_ALLOCATOR

static struct fake *g_fake;

static struct attempt {
	bool is_done;
	int rc;
	struct nvme_dev *dev;
} g_attempt;

static void
attempted(void *arg, struct nvme_dev *dev, int rc, const struct bdev_reason *reason)
{
	g_attempt = (struct attempt){true, rc, dev};
}

static bool
is_done(const void *arg)
{
	return g_attempt.is_done;
}

static bool
try_to_attach(void)
{
	struct nvme_attach_spec spec = {.name = "Nvme0"};
	int rc;

	memset(&g_attempt, 0, sizeof(g_attempt));
	spec.trid.trtype = SPDK_NVME_TRANSPORT_PCIE;
	spdk_nvme_trid_populate_transport(&spec.trid, SPDK_NVME_TRANSPORT_PCIE);
	(void)snprintf(spec.trid.traddr, sizeof(spec.trid.traddr), "%s", fake_address(g_fake));
	bdev_nvme_drv_opts_init(&spec.drv_opts);
	bdev_nvme_drv_opts_apply(&spec.drv_opts);
	spec.drv_opts.enable_interrupts = false;
	spdk_bdev_nvme_get_default_ctrlr_opts(&spec.bdev_opts);
	rc = bdev_nvme_attach(&spec, NULL, attempted, NULL);
	if (rc != 0) {
		assert_int_equal(rc, -ENOMEM);
		return false;
	}
	wait_until(is_done, NULL);
	assert_true(g_attempt.rc == 0 || g_failures > 0);
	return g_attempt.rc == 0;
}

static void
ignore_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
}

static void
use_channel(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch)
{
	struct outcome outcome = {.calls = 0};
	uint8_t *buf = spdk_dma_zmalloc(4096, 4096, NULL);

	if (buf != NULL &&
	    spdk_bdev_write_blocks(desc, ch, buf, 0, 8, note_outcome, &outcome) == 0) {
		(void)outcome_wait(&outcome);
	}
	spdk_dma_free(buf);
}

static void
use(void)
{
	struct spdk_bdev_desc *desc = NULL;
	struct spdk_io_channel *ch;

	if (spdk_bdev_open_ext("Nvme0n1", true, ignore_event, NULL, &desc) != 0) {
		return;
	}
	ch = spdk_bdev_get_io_channel(desc);
	if (ch != NULL) {
		use_channel(desc, ch);
		spdk_put_io_channel(ch);
	}
	spdk_bdev_close(desc);
	settle();
}

static void
live_once(void)
{
	if (try_to_attach()) {
		use();
		t_allocations_left = -1;
		assert_int_equal(spdk_bdev_nvme_delete("Nvme0", NULL, NULL, NULL), 0);
	}
	t_allocations_left = -1;
	wait_for_no_controller();
	settle();
	assert_null(spdk_bdev_first());
}

static void
any_allocation_may_fail(void **state)
{
	struct fake_opts opts;
	long allocation;

	fake_opts_init(&opts);
	/* A disk with buffers for metadata. */
	opts.ns[0] = (struct fake_ns_opts){.blocks = 512, .block_size = 512, .md_size = 8};
	g_fake = new_fake(&opts);
	live_once(); /* What is made once is there from now on. */
	for (allocation = 0; allocation < SWEEP_MAX; allocation++) {
		g_failures = 0;
		t_allocations_left = allocation;
		live_once();
		if (g_failures == 0) {
			break;
		}
	}
	assert_in_range(allocation, 20, SWEEP_MAX - 1);
	log_capture_clear();
	/* And it works, after all that. */
	assert_true(try_to_attach());
}

static bool
has_no_links(const void *arg)
{
	return bdev_nvme_first() == NULL || bdev_nvme_first()->is_unregistered;
}

static void
a_controller_is_detached_when_there_is_memory_again(void **state)
{
	g_fake = new_fake(NULL);
	assert_true(try_to_attach());
	assert_int_equal(spdk_bdev_nvme_delete("Nvme0", NULL, NULL, NULL), 0);
	wait_until(has_no_links, NULL);
	g_failures = 0;
	g_are_all_failing = true;
	t_allocations_left = 0;
	poll_for_ms(20);
	t_allocations_left = -1;
	g_are_all_failing = false;
	assert_true(g_failures > 0);
	wait_for_no_controller();
	/* The driver does not offer one that it still has. */
	assert_true(try_to_attach());
}

static void
note_rc(void *arg, int rc)
{
	g_attempt = (struct attempt){true, rc, NULL};
}

static void
one_that_was_not_disabled_for_want_of_memory_can_be_reset(void **state)
{
	struct nvme_dev *dev;
	int rc;

	g_fake = new_fake(NULL);
	assert_true(try_to_attach());
	dev = bdev_nvme_first();
	t_allocations_left = 0;
	rc = bdev_nvme_disable(dev, note_rc, NULL);
	t_allocations_left = -1;
	assert_int_equal(rc, -ENOMEM);
	memset(&g_attempt, 0, sizeof(g_attempt));
	assert_int_equal(bdev_nvme_reset(dev, note_rc, NULL), 0);
	wait_until(is_done, NULL);
	assert_int_equal(g_attempt.rc, 0);
	assert_string_equal(bdev_nvme_state_name(dev), "enabled");
}

#else

static void
any_allocation_may_fail(void **state)
{
	skip();
}

static void
a_controller_is_detached_when_there_is_memory_again(void **state)
{
	skip();
}

static void
one_that_was_not_disabled_for_want_of_memory_can_be_reset(void **state)
{
	skip();
}

#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NVME_TEST(any_allocation_may_fail),
		NVME_TEST(a_controller_is_detached_when_there_is_memory_again),
		NVME_TEST(one_that_was_not_disabled_for_want_of_memory_can_be_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
