/* SPDX-License-Identifier: BSD-3-Clause */
/* Identifiers of transports: as text, their names, and when two of them are one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/log_capture.h"
#include "spdk/nvme.h"

static struct spdk_nvme_transport_id
parse(const char *text)
{
	struct spdk_nvme_transport_id trid;

	memset(&trid, 0, sizeof(trid));
	assert_int_equal(spdk_nvme_transport_id_parse(&trid, text), 0);
	return trid;
}

static void
all_keys_fill_their_fields(void **state)
{
	struct spdk_nvme_transport_id trid =
		parse("  trtype:tcp\tADRFAM=ipv4 traddr:192.168.0.1\ntrsvcid:4420 priority:7 "
		      "subnqn:nqn.2014-08.org.nvmexpress:uuid:a ");

	assert_int_equal(trid.trtype, SPDK_NVME_TRANSPORT_TCP);
	assert_string_equal(trid.trstring, "TCP");
	assert_int_equal(trid.adrfam, SPDK_NVMF_ADRFAM_IPV4);
	assert_string_equal(trid.traddr, "192.168.0.1");
	assert_string_equal(trid.trsvcid, "4420");
	assert_int_equal(trid.priority, 7);
	/* Only the first separator is one. */
	assert_string_equal(trid.subnqn, "nqn.2014-08.org.nvmexpress:uuid:a");
}

static void
fields_without_a_key_stay(void **state)
{
	struct spdk_nvme_transport_id trid = parse("trtype:PCIe traddr:0000:04:00.0");

	assert_int_equal(spdk_nvme_transport_id_parse(&trid, "subnqn:x"), 0);
	assert_int_equal(trid.trtype, SPDK_NVME_TRANSPORT_PCIE);
	assert_string_equal(trid.traddr, "0000:04:00.0");
	assert_string_equal(trid.subnqn, "x");
	assert_int_equal(spdk_nvme_transport_id_parse(&trid, ""), 0);
	assert_string_equal(trid.subnqn, "x");
}

static void
keys_of_other_readers_are_passed_over(void **state)
{
	static const char text[] = "trtype:PCIe traddr:0:1:2.3 hostaddr:10.0.0.1 hostsvcid:5 "
				   "hostnqn:h ns:1 alt_traddr:x prchk:guard|reftag";
	struct spdk_nvme_transport_id trid = parse(text);
	struct spdk_nvme_host_id host;
	uint32_t flags = 0;

	assert_string_equal(trid.traddr, "0000:01:02.3");
	memset(&host, 0, sizeof(host));
	assert_int_equal(spdk_nvme_host_id_parse(&host, text), 0);
	assert_string_equal(host.hostaddr, "10.0.0.1");
	assert_string_equal(host.hostsvcid, "5");
	assert_int_equal(spdk_nvme_prchk_flags_parse(&flags, text), 0);
	assert_int_equal(flags, SPDK_NVME_IO_FLAGS_PRCHK_GUARD | SPDK_NVME_IO_FLAGS_PRCHK_REFTAG);
}

static void
an_address_of_pcie_has_one_form(void **state)
{
	assert_string_equal(parse("traddr:04:00.0 trtype:PCIe").traddr, "0000:04:00.0");
	assert_string_equal(parse("traddr:0000.04.00.0 trtype:PCIe").traddr, "0000:04:00.0");
	assert_string_equal(parse("trtype:PCIe").traddr, "");
	/* Of another transport, it is not looked at. */
	assert_string_equal(parse("trtype:VFIOUSER traddr:/tmp/a").traddr, "/tmp/a");
}

static void
bad_text_is_explained(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{"trtype", "want key:value"},
		{"trtype: traddr:0", "value is missing"},
		{":PCIe", "key is missing"},
		{"keykeykeykeykeykeykeykeykeykeykey:1", "key is too long"},
		{"tradr:0000:04:00.0", "'tradr' is unknown"},
		{"trtype:0123456789012345678901234567890123", "longer than 32"},
		{"trsvcid:012345678901234567890123456789012", "has 33 letters, and may have 32"},
		{"adrfam:IPX", "none of IPv4"},
		{"priority:12345", "no number"},
		{"priority:-1", "no number"},
		{"priority:1x", "no number"},
		{"trtype:PCIe traddr:zz", "no address of a PCI device"},
	};
	struct spdk_nvme_transport_id trid;

	log_capture_start();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&trid, 0, sizeof(trid));
		assert_int_equal(spdk_nvme_transport_id_parse(&trid, bad[i].text), -EINVAL);
		assert_one_error(bad[i].why);
	}
	log_capture_stop();
	assert_int_equal(spdk_nvme_transport_id_parse(NULL, "trtype:PCIe"), -EINVAL);
	assert_int_equal(spdk_nvme_transport_id_parse(&trid, NULL), -EINVAL);
}

static void
the_longest_values_fit(void **state)
{
	struct spdk_nvme_transport_id trid;
	char text[SPDK_NVMF_NQN_MAX_LEN + 16];

	memcpy(text, "subnqn:", 7);
	memset(text + 7, 'n', SPDK_NVMF_NQN_MAX_LEN + 1);
	text[7 + SPDK_NVMF_NQN_MAX_LEN] = '\0';
	trid = parse(text);
	assert_int_equal(strlen(trid.subnqn), SPDK_NVMF_NQN_MAX_LEN);
	text[7 + SPDK_NVMF_NQN_MAX_LEN] = 'n';
	text[8 + SPDK_NVMF_NQN_MAX_LEN] = '\0';
	log_capture_start();
	assert_int_equal(spdk_nvme_transport_id_parse(&trid, text), -EINVAL);
	assert_one_error("has 224 letters, and may have 223");
	log_capture_stop();
}

static void
hosts_and_checks_refuse_what_is_wrong(void **state)
{
	struct spdk_nvme_host_id host = {"", ""};
	uint32_t flags = 5;

	log_capture_start();
	assert_int_equal(spdk_nvme_host_id_parse(&host, "hostaddress:1"), -EINVAL);
	assert_one_error("'hostaddress' is unknown");
	assert_int_equal(
		spdk_nvme_host_id_parse(&host, "hostsvcid:012345678901234567890123456789012"),
		-EINVAL);
	assert_one_error("may have 32");
	assert_int_equal(spdk_nvme_prchk_flags_parse(&flags, "prchk:guard|"), -EINVAL);
	assert_one_error("neither guard nor reftag");
	assert_int_equal(spdk_nvme_prchk_flags_parse(&flags, "prchk:apptag"), -EINVAL);
	assert_one_error("'apptag' is neither");
	assert_int_equal(spdk_nvme_prchk_flags_parse(&flags, "prchk=gua"), -EINVAL);
	assert_one_error("'gua' is neither");
	log_capture_stop();
	assert_int_equal(flags, 5);
	assert_int_equal(spdk_nvme_prchk_flags_parse(&flags, "trtype:PCIe"), 0);
	assert_int_equal(flags, 5);
	assert_int_equal(spdk_nvme_prchk_flags_parse(&flags, "prchk:guard"), 0);
	assert_int_equal(flags, SPDK_NVME_IO_FLAGS_PRCHK_GUARD);
	assert_int_equal(spdk_nvme_host_id_parse(NULL, ""), -EINVAL);
	assert_int_equal(spdk_nvme_prchk_flags_parse(&flags, NULL), -EINVAL);
}

static void
checks_have_a_text(void **state)
{
	assert_null(spdk_nvme_prchk_flags_str(0));
	assert_null(spdk_nvme_prchk_flags_str(SPDK_NVME_IO_FLAGS_PRCHK_APPTAG));
	assert_string_equal(spdk_nvme_prchk_flags_str(SPDK_NVME_IO_FLAGS_PRCHK_GUARD),
			    "prchk:guard");
	assert_string_equal(spdk_nvme_prchk_flags_str(SPDK_NVME_IO_FLAGS_PRCHK_REFTAG),
			    "prchk:reftag");
	assert_string_equal(spdk_nvme_prchk_flags_str(SPDK_NVME_IO_FLAGS_PRCHK_REFTAG |
						      SPDK_NVME_IO_FLAGS_PRCHK_GUARD),
			    "prchk:reftag|guard");
}

static void
types_and_families_have_names(void **state)
{
	static const enum spdk_nvme_transport_type all[] = {SPDK_NVME_TRANSPORT_PCIE,
							    SPDK_NVME_TRANSPORT_RDMA,
							    SPDK_NVME_TRANSPORT_FC,
							    SPDK_NVME_TRANSPORT_TCP,
							    SPDK_NVME_TRANSPORT_VFIOUSER,
							    SPDK_NVME_TRANSPORT_CUSTOM,
							    SPDK_NVME_TRANSPORT_CUSTOM_FABRICS};
	enum spdk_nvme_transport_type type;
	enum spdk_nvmf_adrfam family;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const char *name = spdk_nvme_transport_id_trtype_str(all[i]);

		assert_int_equal(spdk_nvme_transport_id_parse_trtype(&type, name), 0);
		assert_int_equal(type, all[i]);
	}
	assert_string_equal(spdk_nvme_transport_id_trtype_str(SPDK_NVME_TRANSPORT_PCIE), "PCIe");
	assert_null(spdk_nvme_transport_id_trtype_str((enum spdk_nvme_transport_type)77));
	assert_int_equal(spdk_nvme_transport_id_parse_trtype(&type, "mine"), 0);
	assert_int_equal(type, SPDK_NVME_TRANSPORT_CUSTOM);
	assert_int_equal(spdk_nvme_transport_id_parse_trtype(&type, NULL), -EINVAL);
	for (int id = SPDK_NVMF_ADRFAM_IPV4; id <= SPDK_NVMF_ADRFAM_FC; id++) {
		const char *name = spdk_nvme_transport_id_adrfam_str((enum spdk_nvmf_adrfam)id);

		assert_int_equal(spdk_nvme_transport_id_parse_adrfam(&family, name), 0);
		assert_int_equal(family, id);
	}
	assert_null(spdk_nvme_transport_id_adrfam_str(SPDK_NVMF_ADRFAM_NOT_SPECIFIED));
	assert_int_equal(spdk_nvme_transport_id_parse_adrfam(&family, "IP"), -ENOENT);
	assert_int_equal(spdk_nvme_transport_id_parse_adrfam(NULL, "IPv4"), -EINVAL);
}

static void
a_transport_is_found_by_its_name_in_capitals(void **state)
{
	struct spdk_nvme_transport_id trid;

	memset(&trid, 0, sizeof(trid));
	spdk_nvme_trid_populate_transport(&trid, SPDK_NVME_TRANSPORT_PCIE);
	assert_int_equal(trid.trtype, SPDK_NVME_TRANSPORT_PCIE);
	assert_string_equal(trid.trstring, SPDK_NVME_TRANSPORT_NAME_PCIE);
	assert_int_equal(spdk_nvme_transport_id_populate_trstring(&trid, "my_Own"), 0);
	assert_string_equal(trid.trstring, "MY_OWN");
	assert_int_equal(spdk_nvme_transport_id_populate_trstring(&trid, ""), -EINVAL);
	assert_int_equal(spdk_nvme_transport_id_populate_trstring(
				 &trid, "012345678901234567890123456789012"),
			 -EINVAL);
	assert_string_equal(trid.trstring, "MY_OWN");
	log_capture_start();
	spdk_nvme_trid_populate_transport(&trid, SPDK_NVME_TRANSPORT_CUSTOM_FABRICS);
	assert_one_error("populate_trstring()");
	log_capture_stop();
	assert_string_equal(trid.trstring, "");
}

/* The order of these is that of the list, in both directions. */
static void
identifiers_have_an_order(void **state)
{
	static const char *const ascending[] = {
		"trtype:TCP traddr:10.0.0.1 adrfam:IPv4 trsvcid:4420 subnqn:a",
		"trtype:TCP traddr:10.0.0.1 adrfam:IPv4 trsvcid:4420 subnqn:b",
		"trtype:TCP traddr:10.0.0.1 adrfam:IPv4 trsvcid:4421 subnqn:a",
		"trtype:TCP traddr:10.0.0.1 adrfam:IPv6 trsvcid:4420 subnqn:a",
		"trtype:TCP traddr:10.0.0.2 adrfam:IPv4 trsvcid:4420 subnqn:a",
		"trtype:PCIe",
		"trtype:PCIe traddr:0000:04:00.0",
		"trtype:PCIe traddr:0000:05:00.0",
		"trtype:mine traddr:a",
		"trtype:mine traddr:b",
		"trtype:other traddr:a",
	};
	int count = (int)(sizeof(ascending) / sizeof(ascending[0]));

	for (int a = 0; a < count; a++) {
		for (int b = 0; b < count; b++) {
			struct spdk_nvme_transport_id first = parse(ascending[a]);
			struct spdk_nvme_transport_id second = parse(ascending[b]);
			int order = spdk_nvme_transport_id_compare(&first, &second);

			assert_int_equal((order > 0) - (order < 0), (a > b) - (a < b));
		}
	}
}

static void
what_means_the_same_is_equal(void **state)
{
	struct spdk_nvme_transport_id first = parse("trtype:PCIe traddr:0000:0a:00.0 subnqn:x");
	struct spdk_nvme_transport_id second;

	memset(&second, 0, sizeof(second));
	second.trtype = SPDK_NVME_TRANSPORT_PCIE;
	snprintf(second.traddr, sizeof(second.traddr), "0A:0.0");
	assert_int_equal(spdk_nvme_transport_id_compare(&first, &second), 0);
	first = parse("trtype:tcp traddr:FE80::1 priority:1");
	second = parse("trtype:TCP traddr:fe80::1");
	assert_int_equal(spdk_nvme_transport_id_compare(&first, &second), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_keys_fill_their_fields),
		cmocka_unit_test(fields_without_a_key_stay),
		cmocka_unit_test(keys_of_other_readers_are_passed_over),
		cmocka_unit_test(an_address_of_pcie_has_one_form),
		cmocka_unit_test(bad_text_is_explained),
		cmocka_unit_test(the_longest_values_fit),
		cmocka_unit_test(hosts_and_checks_refuse_what_is_wrong),
		cmocka_unit_test(checks_have_a_text),
		cmocka_unit_test(types_and_families_have_names),
		cmocka_unit_test(a_transport_is_found_by_its_name_in_capitals),
		cmocka_unit_test(identifiers_have_an_order),
		cmocka_unit_test(what_means_the_same_is_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
