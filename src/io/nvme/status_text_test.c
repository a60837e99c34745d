/* SPDX-License-Identifier: BSD-3-Clause */
/* What a status means, of each type and each code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/nvme.h"

static const char *
text_of(uint8_t sct, uint8_t sc, uint8_t opc)
{
	struct spdk_nvme_status status = {.sct = sct, .sc = sc};

	return spdk_nvme_cpl_get_status_string_ext(&status, opc);
}

static void
codes_have_the_names_of_the_specification(void **state)
{
	static const struct {
		uint8_t sct, sc;
		const char *text;
	} known[] = {
		{0, 0x00, "SUCCESS"},
		{0, 0x02, "INVALID FIELD IN COMMAND"},
		{0, 0x08, "ABORTED - SQ DELETION"},
		{0, 0x80, "LBA OUT OF RANGE"},
		{0, 0x89, "KEY EXISTS"},
		{1, 0x01, "INVALID QUEUE IDENTIFIER"},
		{1, 0x80, "CONFLICTING ATTRIBUTES"},
		{1, 0xbf, "INVALID ZONE STATE TRANSITION"},
		{2, 0x81, "UNRECOVERED READ ERROR"},
		{2, 0x88, "STORAGE TAG CHECK ERROR"},
		{3, 0x01, "ASYMMETRIC NAMESPACE ACCESS PERSISTENT LOSS"},
		{3, 0x71, "ABORTED - BY HOST"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_string_equal(text_of(known[i].sct, known[i].sc, SPDK_NVME_OPC_READ),
				    known[i].text);
	}
}

/* The header of the specification's types has an enumerator for each; none may be RESERVED. */
static void
no_code_that_has_an_enumerator_is_reserved(void **state)
{
	for (int sc = 0; sc <= SPDK_NVME_SC_INVALID_PLACEMENT_HANDLE_LIST; sc++) {
		/* 17h is the one that the specification has left out. */
		if (sc != 0x17) {
			assert_string_not_equal(text_of(0, (uint8_t)sc, 0), "RESERVED");
		}
	}
	for (int sc = SPDK_NVME_SC_LBA_OUT_OF_RANGE; sc <= SPDK_NVME_SC_KEY_EXISTS; sc++) {
		assert_string_not_equal(text_of(0, (uint8_t)sc, 0), "RESERVED");
	}
	for (int sc = 0; sc <= SPDK_NVME_SC_IDENTIFIER_UNAVAILABLE; sc++) {
		if (sc != 0x04 && sc != 0x17) {
			assert_string_not_equal(text_of(1, (uint8_t)sc, 0), "RESERVED");
		}
	}
	for (int sc = SPDK_NVME_SC_ZONED_BOUNDARY_ERROR;
	     sc <= SPDK_NVME_SC_INVALID_ZONE_STATE_TRANSITION; sc++) {
		assert_string_not_equal(text_of(1, (uint8_t)sc, 0), "RESERVED");
	}
	for (int sc = SPDK_NVME_SC_WRITE_FAULTS;
	     sc <= SPDK_NVME_SC_END_TO_END_STORAGE_TAG_CHECK_ERROR; sc++) {
		assert_string_not_equal(text_of(2, (uint8_t)sc, 0), "RESERVED");
	}
}

static void
no_two_codes_of_a_type_have_one_text(void **state)
{
	for (int sct = 0; sct <= 3; sct++) {
		for (int a = 0; a < 0xc0; a++) {
			const char *text = text_of((uint8_t)sct, (uint8_t)a, 0);

			for (int b = 0; b < a && strcmp(text, "RESERVED") != 0; b++) {
				assert_string_not_equal(text, text_of((uint8_t)sct, (uint8_t)b, 0));
			}
		}
	}
}

static void
commands_of_a_fabric_have_codes_of_their_own(void **state)
{
	struct spdk_nvme_status status = {.sct = SPDK_NVME_SCT_COMMAND_SPECIFIC, .sc = 0x80};

	assert_string_equal(text_of(1, 0x80, SPDK_NVME_OPC_FABRIC), "CONNECT INCOMPATIBLE FORMAT");
	assert_string_equal(text_of(1, 0x84, SPDK_NVME_OPC_FABRIC), "CONNECT INVALID HOST");
	assert_string_equal(text_of(1, 0x91, SPDK_NVME_OPC_FABRIC), "AUTHENTICATION REQUIRED");
	assert_string_equal(spdk_nvme_cpl_get_status_string(&status), "CONFLICTING ATTRIBUTES");
	/* What is not special to them means what it means elsewhere; so do other types. */
	assert_string_equal(text_of(1, 0x00, SPDK_NVME_OPC_FABRIC), "COMPLETION QUEUE INVALID");
	assert_string_equal(text_of(0, 0x80, SPDK_NVME_OPC_FABRIC), "LBA OUT OF RANGE");
}

static void
every_status_has_a_text(void **state)
{
	for (int sct = 0; sct < 8; sct++) {
		for (int sc = 0; sc < 256; sc++) {
			const char *text = text_of((uint8_t)sct, (uint8_t)sc, 0);
			bool is_vendors = sct == 7 || (sct <= 3 && sc >= 0xc0);

			assert_non_null(text);
			assert_int_equal(strcmp(text, "VENDOR SPECIFIC") == 0, is_vendors);
		}
	}
	assert_string_equal(text_of(4, 0, 0), "RESERVED");
	assert_string_equal(text_of(0, 0x17, 0), "RESERVED");
}

static void
types_have_names(void **state)
{
	static const char *const names[8] = {"GENERIC",  "COMMAND SPECIFIC", "MEDIA ERROR",
					     "PATH",     "RESERVED",         "RESERVED",
					     "RESERVED", "VENDOR SPECIFIC"};

	for (int sct = 0; sct < 8; sct++) {
		struct spdk_nvme_status status = {.sct = (uint16_t)sct};

		assert_string_equal(spdk_nvme_cpl_get_status_type_string(&status), names[sct]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_have_the_names_of_the_specification),
		cmocka_unit_test(no_code_that_has_an_enumerator_is_reserved),
		cmocka_unit_test(no_two_codes_of_a_type_have_one_text),
		cmocka_unit_test(commands_of_a_fabric_have_codes_of_their_own),
		cmocka_unit_test(every_status_has_a_text),
		cmocka_unit_test(types_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
