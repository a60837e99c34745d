/* SPDX-License-Identifier: BSD-3-Clause */
/* What is declared and not there says so, and hands out nothing that could be used. */
#include "spdk/opal.h"

#include <setjmp.h>

#include <cmocka.h>

#include "base/log_capture.h"

static void
a_program_is_told_that_there_is_no_opal(void **state)
{
	char password[] = "secret";

	log_capture_start();
	assert_null(spdk_opal_dev_construct(NULL));
	assert_one_error("spdk_opal_dev_construct() is not supported");
	assert_int_equal(spdk_opal_cmd_take_ownership(NULL, password), -ENOTSUP);
	assert_one_error("spdk_opal_cmd_take_ownership() is not supported");
	assert_int_equal(spdk_opal_cmd_lock_unlock(NULL, OPAL_ADMIN1, OPAL_READWRITE,
						   OPAL_LOCKING_RANGE_GLOBAL, password),
			 -ENOTSUP);
	assert_one_error("spdk_opal_cmd_lock_unlock() is not supported");
	assert_null(spdk_opal_get_d0_features_info(NULL));
	assert_null(spdk_opal_get_locking_range_info(NULL, OPAL_LOCKING_RANGE_1));
	/* What programs call at their end. */
	spdk_opal_free_locking_range_info(NULL, OPAL_LOCKING_RANGE_1);
	spdk_opal_dev_destruct(NULL);
	assert_nothing_logged();
	log_capture_stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_is_told_that_there_is_no_opal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
