/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of hashes and groups of in-band authentication. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/nvme.h"

static void
each_digest_has_a_name_and_a_length(void **state)
{
	static const struct {
		int id;
		const char *name;
		uint8_t length;
	} digests[] = {{1, "sha256", 32}, {2, "sha384", 48}, {3, "sha512", 64}};

	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
		assert_string_equal(spdk_nvme_dhchap_get_digest_name(digests[i].id),
				    digests[i].name);
		assert_int_equal(spdk_nvme_dhchap_get_digest_id(digests[i].name), digests[i].id);
		assert_int_equal(spdk_nvme_dhchap_get_digest_length(digests[i].id),
				 digests[i].length);
	}
}

static void
each_group_has_a_name(void **state)
{
	static const char *const groups[] = {"null",      "ffdhe2048", "ffdhe3072",
					     "ffdhe4096", "ffdhe6144", "ffdhe8192"};

	for (int id = 0; id < 6; id++) {
		assert_string_equal(spdk_nvme_dhchap_get_dhgroup_name(id), groups[id]);
		assert_int_equal(spdk_nvme_dhchap_get_dhgroup_id(groups[id]), id);
	}
}

static void
others_are_none(void **state)
{
	/* 0 is the digest that is none. */
	assert_null(spdk_nvme_dhchap_get_digest_name(0));
	assert_null(spdk_nvme_dhchap_get_digest_name(4));
	assert_int_equal(spdk_nvme_dhchap_get_digest_length(0), 0);
	assert_int_equal(spdk_nvme_dhchap_get_digest_length(-1), 0);
	assert_int_equal(spdk_nvme_dhchap_get_digest_id("sha1"), -EINVAL);
	assert_int_equal(spdk_nvme_dhchap_get_digest_id(NULL), -EINVAL);
	assert_null(spdk_nvme_dhchap_get_dhgroup_name(6));
	assert_int_equal(spdk_nvme_dhchap_get_dhgroup_id("ffdhe1024"), -EINVAL);
	assert_int_equal(spdk_nvme_dhchap_get_dhgroup_id(""), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_digest_has_a_name_and_a_length),
		cmocka_unit_test(each_group_has_a_name),
		cmocka_unit_test(others_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
