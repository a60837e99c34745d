/* SPDX-License-Identifier: BSD-3-Clause */
/* What is said before a namespace is formatted: all that would be lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "nvme.h"

#include "io/nvme/fake/driver_fixture.h"

#define FNA_OFFSET  524
#define FORMATS_ALL 0x1
#define ERASES_ALL  0x2
#define SES_NONE    0
#define SES_USER    1
#define SES_CRYPTO  2

static struct driver_host g_host;
static char *g_loss;

/* ---- In place of those that need a machine, and of the user ---- */

int
nvme_with_controller(const struct nvme_options *options,
		     int (*fn)(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_options *options))
{
	return fn(g_host.ctrlr, options);
}

int
nvme_check_named_twice(const char *address, const char *destroy, const char *what)
{
	free(g_loss);
	g_loss = duplicate(what);
	return destroy != NULL ? STATUS_OK : STATUS_USAGE;
}

/* ---- One with two namespaces ---- */

static void
open_with(uint8_t fna)
{
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.ns[1] = (struct fake_ns_opts){.blocks = 1024, .block_size = 4096};
	driver_make_fake(&g_host, &opts);
	(void)fake_plant(g_host.fake, &(struct fake_fault){.kind = FAKE_FAULT_DATA_PATCH,
							   .where = FAKE_AT_ADMIN_COMMAND,
							   .opcode = SPDK_NVME_OPC_IDENTIFY,
							   .cdw10 = SPDK_NVME_IDENTIFY_CTRLR,
							   .cdw10_mask = 0xff,
							   .value = fna,
							   .offset = FNA_OFFSET,
							   .size = 1});
	assert_non_null(driver_connect(&g_host));
}

static void
want_loss(uint8_t fna, int32_t ses, bool of_all, const char *part)
{
	struct nvme_options options = {.nsid = 1, .lbaf = 0, .ses = ses};

	open_with(fna);
	snprintf(options.address, sizeof(options.address), "%s", fake_address(g_host.fake));
	assert_int_equal(nvme_format_verb.run(&options), STATUS_USAGE);
	if (strstr(g_loss, "namespace 1 (4 MiB)") == NULL || strstr(g_loss, part) == NULL ||
	    (strstr(g_loss, "namespace 2 (4 MiB)") != NULL) != of_all) {
		fail_msg("FNA 0x%x, SES %d: '%s'", fna, ses, g_loss);
	}
	driver_close(&g_host);
}

static void
what_loses_one_namespace_names_one(void **state)
{
	want_loss(0, SES_NONE, false, "");
	want_loss(0, SES_USER, false, "");
	want_loss(ERASES_ALL, SES_NONE, false, "");
}

/* Although one is formatted. */
static void
what_erases_all_namespaces_names_all(void **state)
{
	want_loss(ERASES_ALL, SES_USER, true, "it can only erase all namespaces");
	want_loss(ERASES_ALL, SES_CRYPTO, true, "it can only erase all namespaces");
}

static void
what_formats_all_namespaces_names_all(void **state)
{
	want_loss(FORMATS_ALL, SES_NONE, true, "it can only format all namespaces");
	want_loss(FORMATS_ALL, SES_USER, true, "it can only format all namespaces");
	want_loss(FORMATS_ALL | ERASES_ALL, SES_CRYPTO, true, "it can only format all namespaces");
}

static int
close_left(void **state)
{
	free(g_loss);
	g_loss = NULL;
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(what_loses_one_namespace_names_one, close_left),
		cmocka_unit_test_teardown(what_erases_all_namespaces_names_all, close_left),
		cmocka_unit_test_teardown(what_formats_all_namespaces_names_all, close_left),
	};

	return cmocka_run_group_tests(tests, driver_setup_env, driver_teardown_env);
}
