/* SPDX-License-Identifier: BSD-3-Clause */
/* Attaching and leaving step by step, without waiting, and who is told of what was pulled out. */
#include "io/nvme/ctrlr_fixture.h"

#include "base/log_capture.h"

#define HOSTS     2
#define TURNS_MAX 10000
#define ENTRIES   16

/* What a program keeps of a controller: it finds this by its options. */
struct connection {
	int number;
	struct spdk_nvme_ctrlr_opts opts;
	struct spdk_nvme_ctrlr *ctrlr;
	uint32_t attached;
	uint32_t io_queue_size;
	char traddr[SPDK_NVMF_TRADDR_MAX_LEN + 1];
};

static struct ctrlr_host g_hosts[HOSTS];
static struct connection g_connections[HOSTS];
/* With options that are not given there is no address to find them by. */
static struct connection *g_without_opts;

static void
note_attached(void *cb_ctx, const struct spdk_nvme_transport_id *trid,
	      struct spdk_nvme_ctrlr *ctrlr, const struct spdk_nvme_ctrlr_opts *opts)
{
	struct connection *connection = g_without_opts;

	if (cb_ctx != NULL) {
		connection = SPDK_CONTAINEROF(cb_ctx, struct connection, opts);
	}
	connection->ctrlr = ctrlr;
	connection->attached++;
	connection->io_queue_size = opts->io_queue_size;
	(void)snprintf(connection->traddr, sizeof(connection->traddr), "%s", trid->traddr);
}

static struct spdk_nvme_transport_id
trid_of(const struct ctrlr_host *host)
{
	struct spdk_nvme_transport_id trid = {0};

	spdk_nvme_trid_populate_transport(&trid, SPDK_NVME_TRANSPORT_PCIE);
	(void)snprintf(trid.traddr, sizeof(trid.traddr), "%s", fake_address(host->fake));
	return trid;
}

static struct spdk_nvme_probe_ctx *
connect_async(int number, bool with_opts)
{
	struct spdk_nvme_transport_id trid = trid_of(&g_hosts[number]);
	struct connection *connection = &g_connections[number];

	*connection = (struct connection){.number = number};
	spdk_nvme_ctrlr_get_default_ctrlr_opts(&connection->opts, sizeof(connection->opts));
	connection->opts.io_queue_size = ENTRIES + (uint32_t)number;
	g_without_opts = connection;
	return spdk_nvme_connect_async(&trid, with_opts ? &connection->opts : NULL, note_attached);
}

static void
step_all(void)
{
	for (int i = 0; i < HOSTS; i++) {
		fake_step(g_hosts[i].fake);
	}
}

static void
poll_to_end(struct spdk_nvme_probe_ctx *probe_ctx)
{
	uint32_t turns = 0;

	assert_non_null(probe_ctx);
	while (spdk_nvme_probe_poll_async(probe_ctx) == -EAGAIN) {
		assert_true(turns++ < TURNS_MAX);
		step_all();
	}
}

static void
detach_to_end(struct spdk_nvme_detach_ctx *detach_ctx)
{
	uint32_t turns = 0;
	int rc;

	while ((rc = spdk_nvme_detach_poll_async(detach_ctx)) == -EAGAIN) {
		assert_true(turns++ < TURNS_MAX);
		step_all();
	}
	assert_int_equal(rc, 0);
}

static struct fake_stats
stats_of(int number)
{
	struct fake_stats stats;

	fake_get_stats(g_hosts[number].fake, &stats);
	return stats;
}

static int
setup(void **state)
{
	for (int i = 0; i < HOSTS; i++) {
		ctrlr_host_init(&g_hosts[i], NULL);
	}
	log_capture_start();
	return 0;
}

static int
teardown(void **state)
{
	log_capture_stop();
	for (int i = 0; i < HOSTS; i++) {
		ctrlr_close(&g_hosts[i]);
	}
	return 0;
}

/* ---- Connecting ---- */

static void
several_connect_side_by_side(void **state)
{
	struct spdk_nvme_probe_ctx *probe_ctx[HOSTS];
	struct spdk_nvme_ctrlr_opts given;
	struct connection *connection;

	for (int i = 0; i < HOSTS; i++) {
		probe_ctx[i] = connect_async(i, true);
		assert_non_null(probe_ctx[i]);
		/* The options were copied. */
		memset(&g_connections[i].opts, 0xff, sizeof(given));
	}
	/* No device does anything, and nobody waits for it. */
	for (int i = 0; i < HOSTS; i++) {
		assert_int_equal(spdk_nvme_probe_poll_async(probe_ctx[i]), -EAGAIN);
		assert_int_equal(stats_of(i).admin_commands, 0);
	}
	for (int i = HOSTS - 1; i >= 0; i--) {
		poll_to_end(probe_ctx[i]);
		connection = &g_connections[i];
		assert_int_equal(connection->attached, 1);
		assert_int_equal(connection->number, i);
		assert_string_equal(connection->traddr, fake_address(g_hosts[i].fake));
		assert_int_equal(connection->io_queue_size, ENTRIES + i);
		assert_int_equal(spdk_nvme_ctrlr_get_opts(connection->ctrlr)->io_queue_size,
				 ENTRIES + i);
		g_hosts[i].ctrlr = connection->ctrlr;
	}
}

static void
connecting_without_options_takes_defaults(void **state)
{
	struct spdk_nvme_ctrlr_opts defaults;

	spdk_nvme_ctrlr_get_default_ctrlr_opts(&defaults, sizeof(defaults));
	poll_to_end(connect_async(0, false));
	assert_int_equal(g_connections[0].attached, 1);
	assert_int_equal(g_connections[0].io_queue_size, defaults.io_queue_size);
	g_hosts[0].ctrlr = g_connections[0].ctrlr;
}

static void
one_that_is_attached_is_told_by_the_next_poll(void **state)
{
	struct spdk_nvme_probe_ctx *probe_ctx;
	struct spdk_nvme_ctrlr *ctrlr;
	uint64_t commands;

	poll_to_end(connect_async(0, true));
	ctrlr = g_connections[0].ctrlr;
	commands = stats_of(0).admin_commands;
	probe_ctx = connect_async(0, true);
	assert_non_null(probe_ctx);
	assert_int_equal(g_connections[0].attached, 0);
	assert_int_equal(spdk_nvme_probe_poll_async(probe_ctx), 0);
	assert_int_equal(g_connections[0].attached, 1);
	assert_ptr_equal(g_connections[0].ctrlr, ctrlr);
	/* As it was made the first time, with nothing said to the device. */
	assert_int_equal(g_connections[0].io_queue_size, ENTRIES);
	assert_int_equal(stats_of(0).admin_commands, commands);
	assert_int_equal(spdk_nvme_detach(ctrlr), 0);
	g_hosts[0].ctrlr = ctrlr;
}

static void
what_cannot_be_connected_is_explained(void **state)
{
	struct spdk_nvme_transport_id trid = trid_of(&g_hosts[0]);
	struct spdk_nvme_probe_ctx *probe_ctx;

	log_capture_start();
	assert_null(spdk_nvme_connect_async(NULL, NULL, note_attached));
	assert_one_error("the transport id has none");
	trid.traddr[0] = '\0';
	assert_null(spdk_nvme_connect_async(&trid, NULL, note_attached));
	assert_one_error("the transport id has none");
	(void)snprintf(trid.traddr, sizeof(trid.traddr), "0000:ee:1f.7");
	assert_null(spdk_nvme_connect_async(&trid, NULL, note_attached));
	assert_one_error("There is no PCI device at 0000:ee:1f.7");
	spdk_nvme_trid_populate_transport(&trid, SPDK_NVME_TRANSPORT_TCP);
	assert_null(spdk_nvme_connect_async(&trid, NULL, note_attached));
	assert_one_error("no NVMe transport \"TCP\"");

	/* One that somebody is connecting already is neither taken away nor connected twice. */
	probe_ctx = connect_async(0, true);
	assert_non_null(probe_ctx);
	trid = trid_of(&g_hosts[0]);
	assert_null(spdk_nvme_connect_async(&trid, NULL, note_attached));
	assert_one_error("is attached already");
	poll_to_end(probe_ctx);
	assert_int_equal(g_connections[0].attached, 1);
	g_hosts[0].ctrlr = g_connections[0].ctrlr;
}

static void
one_that_does_not_become_ready_is_given_back(void **state)
{
	ctrlr_plant(&g_hosts[0], FAKE_FAULT_STATUS, SPDK_NVME_OPC_IDENTIFY, 0, 1);
	poll_to_end(connect_async(0, true));
	assert_int_equal(g_connections[0].attached, 0);
	assert_true(log_capture_count(SPDK_LOG_ERROR) > 0);
	poll_to_end(connect_async(0, true));
	assert_int_equal(g_connections[0].attached, 1);
	g_hosts[0].ctrlr = g_connections[0].ctrlr;
}

/* ---- Probing ---- */

struct search {
	/* The one that is wanted; NULL: all. */
	const char *wanted;
	uint32_t asked;
	uint32_t attached;
	struct spdk_nvme_ctrlr *ctrlr;
};

static bool
want(void *cb_ctx, const struct spdk_nvme_transport_id *trid, struct spdk_nvme_ctrlr_opts *opts)
{
	struct search *search = cb_ctx;

	assert_int_equal(opts->opts_size, sizeof(*opts));
	search->asked++;
	opts->io_queue_size = ENTRIES;
	return search->wanted == NULL || strcmp(search->wanted, trid->traddr) == 0;
}

static void
found(void *cb_ctx, const struct spdk_nvme_transport_id *trid, struct spdk_nvme_ctrlr *ctrlr,
      const struct spdk_nvme_ctrlr_opts *opts)
{
	struct search *search = cb_ctx;

	assert_int_equal(opts->io_queue_size, ENTRIES);
	search->attached++;
	search->ctrlr = ctrlr;
	for (int i = 0; i < HOSTS; i++) {
		if (strcmp(trid->traddr, fake_address(g_hosts[i].fake)) == 0) {
			g_hosts[i].ctrlr = ctrlr;
		}
	}
}

static void
a_probe_attaches_what_is_wanted_and_leaves_the_rest_alone(void **state)
{
	struct search search = {.wanted = fake_address(g_hosts[1].fake)};
	struct spdk_nvme_probe_ctx *probe_ctx;

	probe_ctx = spdk_nvme_probe_async(NULL, &search, want, found, NULL);
	/* Who is found is known before the first poll. */
	assert_int_equal(search.asked, HOSTS);
	assert_int_equal(search.attached, 0);
	assert_int_equal(spdk_nvme_probe_poll_async(probe_ctx), -EAGAIN);
	poll_to_end(probe_ctx);
	assert_int_equal(search.asked, HOSTS);
	assert_int_equal(search.attached, 1);
	assert_ptr_equal(g_hosts[1].ctrlr, search.ctrlr);
	assert_int_equal(stats_of(0).admin_commands, 0);

	/* Nobody is asked again about what is attached. */
	search = (struct search){0};
	poll_to_end(spdk_nvme_probe_async(NULL, &search, want, found, NULL));
	assert_int_equal(search.asked, 1);
	assert_int_equal(search.attached, 1);
	assert_non_null(g_hosts[0].ctrlr);
}

static void
a_probe_of_an_address_asks_about_that_one_only(void **state)
{
	struct spdk_nvme_transport_id trid = trid_of(&g_hosts[0]);
	struct search search = {0};

	poll_to_end(spdk_nvme_probe_async(&trid, &search, want, found, NULL));
	assert_int_equal(search.asked, 1);
	assert_int_equal(search.attached, 1);
	assert_non_null(g_hosts[0].ctrlr);
	assert_null(g_hosts[1].ctrlr);
	log_capture_start();
	(void)snprintf(trid.traddr, sizeof(trid.traddr), "no address");
	assert_null(spdk_nvme_probe_async(&trid, &search, want, found, NULL));
	assert_true(log_captured("is no PCI address", NULL));
	assert_int_equal(search.asked, 1);
}

/* ---- Leaving ---- */

static void
attach_all(void)
{
	for (int i = 0; i < HOSTS; i++) {
		ctrlr_attach(&g_hosts[i]);
		assert_non_null(g_hosts[i].ctrlr);
	}
	log_capture_start();
}

static void
leaving_waits_for_the_last_who_has_it(void **state)
{
	struct spdk_nvme_transport_id trid = trid_of(&g_hosts[0]);
	struct spdk_nvme_detach_ctx *detach_ctx = NULL;
	struct spdk_nvme_ctrlr *ctrlr;

	attach_all();
	ctrlr = g_hosts[0].ctrlr;
	assert_ptr_equal(spdk_nvme_connect(&trid, NULL, 0), ctrlr);
	assert_int_equal(spdk_nvme_detach_async(ctrlr, &detach_ctx), 0);
	assert_null(detach_ctx);
	step_all();
	assert_int_equal(stats_of(0).shutdowns, 0);
	assert_int_equal(spdk_nvme_ctrlr_process_admin_completions(ctrlr), 0);

	assert_int_equal(spdk_nvme_detach_async(ctrlr, &detach_ctx), 0);
	assert_non_null(detach_ctx);
	assert_int_equal(spdk_nvme_detach_poll_async(detach_ctx), -EAGAIN);
	/* Until it has gone, nobody else gets the device. */
	log_capture_start();
	assert_null(spdk_nvme_connect_async(&trid, NULL, note_attached));
	assert_one_error("is attached already");
	detach_to_end(detach_ctx);
	g_hosts[0].ctrlr = NULL;
	assert_int_equal(stats_of(0).shutdowns, 1);
	poll_to_end(connect_async(0, true));
	assert_int_equal(g_connections[0].attached, 1);
	g_hosts[0].ctrlr = g_connections[0].ctrlr;
}

static void
one_poll_waits_for_all_that_leave(void **state)
{
	struct spdk_nvme_detach_ctx *detach_ctx = NULL;

	attach_all();
	spdk_nvme_detach_poll(NULL);
	for (int i = 0; i < HOSTS; i++) {
		assert_int_equal(spdk_nvme_detach_async(g_hosts[i].ctrlr, &detach_ctx), 0);
		assert_int_equal(stats_of(i).shutdowns, 0);
		g_hosts[i].ctrlr = NULL;
		fake_start(g_hosts[i].fake);
	}
	spdk_nvme_detach_poll(detach_ctx);
	for (int i = 0; i < HOSTS; i++) {
		fake_stop(g_hosts[i].fake);
		assert_int_equal(stats_of(i).shutdowns, 1);
		assert_int_equal(spdk_pci_device_claim(fake_pci_device(g_hosts[i].fake)), 0);
		spdk_pci_device_unclaim(fake_pci_device(g_hosts[i].fake));
	}
}

static void
leave_in_callback(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct spdk_nvme_detach_ctx *detach_ctx = NULL;

	*(int *)arg = spdk_nvme_detach_async(g_hosts[0].ctrlr, &detach_ctx);
	assert_null(detach_ctx);
}

static void
leaving_is_refused_where_it_cannot_be(void **state)
{
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_GET_FEATURES, .cdw10 = 7};
	struct spdk_nvme_detach_ctx *detach_ctx = NULL;
	int rc = 0;

	attach_all();
	assert_int_equal(spdk_nvme_detach_async(NULL, &detach_ctx), -EINVAL);
	assert_int_equal(spdk_nvme_detach_async(g_hosts[0].ctrlr, NULL), -EINVAL);
	assert_int_equal(spdk_nvme_detach_poll_async(NULL), -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_cmd_admin_raw(g_hosts[0].ctrlr, &cmd, NULL, 0,
						       leave_in_callback, &rc),
			 0);
	ctrlr_turn(&g_hosts[0], 10);
	assert_int_equal(rc, -EBUSY);
	assert_one_error("cannot be detached within one of its own callbacks");
	assert_null(detach_ctx);
}

/* ---- What was pulled out ---- */

static uint32_t g_told;

static void
note_removed(void *cb_ctx, struct spdk_nvme_ctrlr *ctrlr)
{
	assert_ptr_equal(ctrlr, ((struct ctrlr_host *)cb_ctx)->ctrlr);
	g_told++;
}

static void
leave_removed(void *cb_ctx, struct spdk_nvme_ctrlr *ctrlr)
{
	note_removed(cb_ctx, ctrlr);
	assert_int_equal(spdk_nvme_detach(ctrlr), 0);
	((struct ctrlr_host *)cb_ctx)->ctrlr = NULL;
}

static void
who_is_told_of_a_removal_can_be_changed(void **state)
{
	attach_all();
	g_told = 0;
	spdk_nvme_ctrlr_set_remove_cb(g_hosts[0].ctrlr, note_removed, &g_hosts[0]);
	spdk_nvme_ctrlr_set_remove_cb(g_hosts[1].ctrlr, NULL, NULL);
	fake_remove(g_hosts[0].fake, false);
	fake_remove(g_hosts[1].fake, false);
	assert_int_equal(spdk_nvme_scan_attached(NULL), 0);
	assert_int_equal(g_told, 1);
	assert_int_equal(g_hosts[0].removed + g_hosts[1].removed, 0);
	assert_true(spdk_nvme_ctrlr_is_failed(g_hosts[1].ctrlr));
	/* Once for each; and one that came too late is told as well. */
	spdk_nvme_ctrlr_set_remove_cb(g_hosts[1].ctrlr, leave_removed, &g_hosts[1]);
	assert_int_equal(spdk_nvme_scan_attached(NULL), 0);
	assert_int_equal(g_told, 2);
	assert_null(g_hosts[1].ctrlr);
}

/* spdk_nvme_connect() leaves no other way to be told. */
static void
one_that_was_connected_tells_by_a_probe(void **state)
{
	struct search search = {.wanted = ""};

	poll_to_end(connect_async(0, true));
	g_hosts[0].ctrlr = g_connections[0].ctrlr;
	g_told = 0;
	spdk_nvme_ctrlr_set_remove_cb(g_hosts[0].ctrlr, leave_removed, &g_hosts[0]);
	poll_to_end(spdk_nvme_probe_async(NULL, &search, want, found, NULL));
	assert_int_equal(g_told, 0);
	fake_remove(g_hosts[0].fake, false);
	poll_to_end(spdk_nvme_probe_async(NULL, &search, want, found, NULL));
	assert_int_equal(g_told, 1);
	assert_null(g_hosts[0].ctrlr);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(several_connect_side_by_side),
		TEST(connecting_without_options_takes_defaults),
		TEST(one_that_is_attached_is_told_by_the_next_poll),
		TEST(what_cannot_be_connected_is_explained),
		TEST(one_that_does_not_become_ready_is_given_back),
		TEST(a_probe_attaches_what_is_wanted_and_leaves_the_rest_alone),
		TEST(a_probe_of_an_address_asks_about_that_one_only),
		TEST(leaving_waits_for_the_last_who_has_it),
		TEST(one_poll_waits_for_all_that_leave),
		TEST(leaving_is_refused_where_it_cannot_be),
		TEST(who_is_told_of_a_removal_can_be_changed),
		TEST(one_that_was_connected_tells_by_a_probe),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
