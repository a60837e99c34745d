/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Controllers that come and go without I/O: the layer ends while one is being attached, or reset,
 * that takes longer than anybody waits, one that does nothing is pulled out, or costs nothing.
 */
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "nvme_fixture.h"
#include "spdk_internal/thread.h"

/* ---- One that is being attached ---- */

/* CAP.TO, in units of 500 ms: what the driver waits for a controller to get ready. */
#define READY_UNITS 40
/* Less than that, and than the 30 s that a test waits for the end of the layer. */
#define PATIENCE_MS 5000

struct attempt {
	uint32_t calls;
	size_t count;
	int rc;
};

static void
note_created(void *arg, size_t bdev_count, int rc)
{
	struct attempt *attempt = arg;

	attempt->calls++;
	attempt->count = bdev_count;
	attempt->rc = rc;
}

static void
begin_to_attach(struct fake *fake, struct attempt *attempt)
{
	struct spdk_nvme_transport_id trid = {.trtype = SPDK_NVME_TRANSPORT_PCIE};

	*attempt = (struct attempt){0};
	(void)snprintf(trid.traddr, sizeof(trid.traddr), "%s", fake_address(fake));
	assert_int_equal(
		spdk_bdev_nvme_create(&trid, "Nvme0", NULL, 0, note_created, attempt, NULL, NULL),
		0);
}

static struct fake *
new_slow_fake(void)
{
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.timeout = READY_UNITS;
	return new_fake(&opts);
}

/* One that is stuck does not hold it up. */
static void
end_layer_soon(void)
{
	uint64_t begun = spdk_get_ticks();

	restart_layer_with(NULL);
	assert_in_range((spdk_get_ticks() - begun) * 1000 / spdk_get_ticks_hz(), 0, PATIENCE_MS);
}

/* One that was stuck when the layer ended is usable again. */
static void
check_usable_again(struct fake *fake)
{
	fake_clear_faults(fake);
	/* It is told that it is disabled, before it is enabled again. */
	(void)fake_step(fake);
	attach(fake, "[\"Nvme0n1\"]");
}

static void
check_end_of_layer(struct fake *fake, uint32_t fault)
{
	struct attempt attempt;

	begin_to_attach(fake, &attempt);
	wait_for_strike(fake, fault);
	poll_for_ms(20);
	assert_int_equal(attempt.calls, 0);
	end_layer_soon();
	assert_int_equal(attempt.calls, 1);
	assert_int_equal(attempt.count, 0);
	assert_int_equal(attempt.rc, -ECANCELED);
	assert_true(log_captured("the application ends", NULL));
	check_usable_again(fake);
}

static void
the_end_does_not_wait_for_a_controller_to_get_ready(void **state)
{
	struct fake *fake = new_slow_fake();

	check_end_of_layer(fake, fake_plant(fake, &(struct fake_fault){.kind = FAKE_FAULT_STUCK,
								       .where = FAKE_AT_ENABLE}));
}

static void
the_end_does_not_wait_for_an_answer_of_a_controller(void **state)
{
	struct fake *fake = new_slow_fake();

	check_end_of_layer(
		fake, fake_plant(fake, &(struct fake_fault){.kind = FAKE_FAULT_NEVER,
							    .where = FAKE_AT_ADMIN_COMMAND,
							    .opcode = SPDK_NVME_OPC_IDENTIFY}));
}

/* ---- One that is being reset ---- */

static void
note_reset(void *arg, int rc)
{
	note_created(arg, 0, rc);
}

static void
the_end_does_not_wait_long_for_a_reset(void **state)
{
	struct fake *fake = new_slow_fake();
	struct attempt reset = {0};
	uint32_t fault;

	attach(fake, "[\"Nvme0n1\"]");
	fault = fake_plant(fake,
			   &(struct fake_fault){.kind = FAKE_FAULT_STUCK, .where = FAKE_AT_ENABLE});
	assert_int_equal(bdev_nvme_reset(bdev_nvme_find("Nvme0"), note_reset, &reset), 0);
	wait_for_strike(fake, fault);
	end_layer_soon();
	assert_int_equal(reset.calls, 1);
	assert_int_equal(reset.rc, -ECANCELED);
	assert_true(log_captured("Nvme0", "in the middle of a reset", NULL));
	check_usable_again(fake);
}

/* ---- One that does nothing ---- */

/* With its registers still there: only the kernel has told. */
static void
pull_out(struct fake *fake, bool is_told_only)
{
	fake_announce_removal(fake);
	if (!is_told_only) {
		fake_remove(fake, false);
	}
	wait_for_no_controller();
	assert_null(spdk_bdev_get_by_name("Nvme0n1"));
	end_fake(fake);
}

static void
one_that_does_nothing_is_missed_when_it_is_pulled_out(void **state)
{
	for (int i = 0; i < 2; i++) {
		struct fake *fake = new_fake(NULL);

		attach(fake, "[\"Nvme0n1\"]");
		pull_out(fake, i == 0);
	}
}

static void
one_that_is_disabled_is_missed_when_it_is_pulled_out(void **state)
{
	for (int i = 0; i < 2; i++) {
		struct fake *fake = new_fake(NULL);

		attach(fake, "[\"Nvme0n1\"]");
		expect_named("bdev_nvme_disable_controller", "Nvme0", "true");
		pull_out(fake, i == 0);
	}
}

static uint64_t
runs_of_timers(void)
{
	struct spdk_poller_stats stats;
	struct spdk_poller *poller;
	uint64_t runs = 0;

	for (poller = spdk_thread_get_first_timed_poller(g_app); poller != NULL;
	     poller = spdk_thread_get_next_timed_poller(poller)) {
		spdk_poller_get_stats(poller, &stats);
		runs += stats.run_count;
	}
	return runs;
}

/* Its thread is woken as often as the option says, and not besides. */
static void
one_that_does_nothing_wakes_its_thread_by_the_option_only(void **state)
{
	struct fake *fake = new_fake(NULL);
	uint64_t before, begun;

	expect("bdev_nvme_set_options", "{\"nvme_adminq_poll_period_us\": 1000000}", "true");
	attach(fake, "[\"Nvme0n1\"]");
	before = runs_of_timers();
	begun = spdk_get_ticks();
	poll_for_ms(500);
	/* As a rule once at most; the machine may be slow. */
	assert_in_range(runs_of_timers() - before, 0,
			1 + (spdk_get_ticks() - begun) / spdk_get_ticks_hz());
	detach("Nvme0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NVME_TEST(the_end_does_not_wait_for_a_controller_to_get_ready),
		NVME_TEST(the_end_does_not_wait_for_an_answer_of_a_controller),
		NVME_TEST(the_end_does_not_wait_long_for_a_reset),
		NVME_TEST(one_that_does_nothing_is_missed_when_it_is_pulled_out),
		NVME_TEST(one_that_is_disabled_is_missed_when_it_is_pulled_out),
		NVME_TEST(one_that_does_nothing_wakes_its_thread_by_the_option_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
