/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PCI addresses: every form that is read, what is refused, and the order of addresses.
 */
#include "spdk/env.h"

#include <setjmp.h>

#include <cmocka.h>

static void
good(const char *text, uint32_t domain, uint8_t bus, uint8_t dev, uint8_t func)
{
	struct spdk_pci_addr addr;

	memset(&addr, 0xa5, sizeof(addr));
	if (spdk_pci_addr_parse(&addr, text) != 0) {
		fail_msg("\"%s\" was refused", text);
	}
	assert_int_equal(addr.domain, domain);
	assert_int_equal(addr.bus, bus);
	assert_int_equal(addr.dev, dev);
	assert_int_equal(addr.func, func);
}

static void
every_form_is_read(void **state)
{
	good("0000:03:00.0", 0, 3, 0, 0);
	good("1234:Fe:1f.7", 0x1234, 0xfe, 0x1f, 7);
	good("0000.03.1f.7", 0, 3, 0x1f, 7);
	good("03:1f.7", 0, 3, 0x1f, 7);
	good("03.1f.7", 0, 3, 0x1f, 7);
	good("0000:03:1f", 0, 3, 0x1f, 0);
	good("3:1f", 0, 3, 0x1f, 0);
	good("10000:1:2.3", 0x10000, 1, 2, 3);
	good("ffffffff:ff:1f.7", UINT32_MAX, 0xff, 0x1f, 7);
	good("0000000000000:000003:00000.00001", 0, 3, 0, 1);
}

static void
wrong_texts_are_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"0",
		"0.0",
		":",
		"0:",
		":0:0.0",
		"0:0.",
		"0:0.8",
		"0:20.0",
		"100:0.0",
		"0:0:0:0",
		"0:0:0:0.0",
		"0.0.0.0.0",
		"0.0:0.0",
		"0:0.0.0",
		"0.0:0",
		"100000000:0:0.0",
		"0x0:0:0.0",
		" 0:0.0",
		"0:0.0 ",
		"0:0.0\n",
		"-1:0.0",
		"0000:03:00.0x",
		"g:0.0",
		"traddr",
	};
	struct spdk_pci_addr addr;

	memset(&addr, 0xa5, sizeof(addr));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (spdk_pci_addr_parse(&addr, texts[i]) != -EINVAL) {
			fail_msg("\"%s\" was not refused", texts[i]);
		}
		assert_int_equal(addr.domain, 0xa5a5a5a5);
		assert_int_equal(addr.func, 0xa5);
	}
	assert_int_equal(spdk_pci_addr_parse(NULL, "0:0.0"), -EINVAL);
	assert_int_equal(spdk_pci_addr_parse(&addr, NULL), -EINVAL);
}

static void
text_is_written_if_it_fits(void **state)
{
	struct spdk_pci_addr addr = {.domain = 0x12, .bus = 0xab, .dev = 0x1f, .func = 7};
	char text[20];

	memset(text, 'x', sizeof(text));
	assert_int_equal(spdk_pci_addr_fmt(text, 12, &addr), -EINVAL);
	assert_int_equal(text[0], 'x');
	assert_int_equal(spdk_pci_addr_fmt(text, 13, &addr), 0);
	assert_string_equal(text, "0012:ab:1f.7");
	assert_int_equal(text[13], 'x');
	addr.domain = UINT32_MAX;
	assert_int_equal(spdk_pci_addr_fmt(text, 14, &addr), -EINVAL);
	assert_int_equal(spdk_pci_addr_fmt(text, sizeof(text), &addr), 0);
	assert_string_equal(text, "ffffffff:ab:1f.7");
	assert_int_equal(spdk_pci_addr_fmt(text, 0, &addr), -EINVAL);
	assert_int_equal(spdk_pci_addr_fmt(NULL, sizeof(text), &addr), -EINVAL);
	assert_int_equal(spdk_pci_addr_fmt(text, sizeof(text), NULL), -EINVAL);
}

static void
domain_counts_most_and_function_least(void **state)
{
	static const struct spdk_pci_addr ascending[] = {
		{0, 0, 0, 0},    {0, 0, 0, 7}, {0, 0, 1, 0},          {0, 1, 0, 0},
		{0, 255, 31, 7}, {1, 0, 0, 0}, {0x80000000, 0, 0, 0},
	};
	const size_t count = sizeof(ascending) / sizeof(ascending[0]);

	for (size_t i = 0; i < count; i++) {
		assert_int_equal(spdk_pci_addr_compare(&ascending[i], &ascending[i]), 0);
		for (size_t j = i + 1; j < count; j++) {
			assert_true(spdk_pci_addr_compare(&ascending[i], &ascending[j]) < 0);
			assert_true(spdk_pci_addr_compare(&ascending[j], &ascending[i]) > 0);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_read),
		cmocka_unit_test(wrong_texts_are_refused),
		cmocka_unit_test(text_is_written_if_it_fits),
		cmocka_unit_test(domain_counts_most_and_function_least),
	};

	return cmocka_run_group_tests_name("pci_addr", tests, NULL, NULL);
}
