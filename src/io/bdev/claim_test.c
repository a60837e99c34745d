/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Claims: each type beside each other, what they make of descriptors, and how they end.
 */
#include "bdev_fixture.h"
#include "device.h"

static struct spdk_bdev_module g_one = {.name = "one"}, g_two = {.name = "two"};

static void
ignore_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
}

static struct spdk_bdev_desc *
open_desc(bool write)
{
	struct spdk_bdev_desc *desc;

	assert_int_equal(spdk_bdev_open_ext("d", write, ignore_event, NULL, &desc), 0);
	return desc;
}

static int
claim(struct spdk_bdev_desc *desc, enum spdk_bdev_claim_type type, uint64_t key)
{
	struct spdk_bdev_claim_opts opts;

	spdk_bdev_claim_opts_init(&opts, sizeof(opts));
	opts.shared_claim_key = key;
	return spdk_bdev_module_claim_bdev_desc(desc, type, &opts, &g_one);
}

static void
expect_refusal(struct spdk_bdev_desc *desc, enum spdk_bdev_claim_type type, uint64_t key, int rc,
	       const char *message)
{
	bool write = desc->write;

	assert_int_equal(claim(desc, type, key), rc);
	assert_one_error(message);
	assert_int_equal(desc->write, write);
	assert_null(desc->claim);
}

#define ONE    SPDK_BDEV_CLAIM_READ_MANY_WRITE_ONE
#define NONE   SPDK_BDEV_CLAIM_READ_MANY_WRITE_NONE
#define SHARED SPDK_BDEV_CLAIM_READ_MANY_WRITE_SHARED

static void
expect_no_writer(const char *message)
{
	struct spdk_bdev_desc *desc = NULL;

	assert_int_equal(spdk_bdev_open_ext("d", true, ignore_event, NULL, &desc), -EPERM);
	assert_null(desc);
	assert_one_error(message);
}

static void
an_exclusive_claim_keeps_writers_out(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_bdev_desc *desc;

	fake_register(fake);
	desc = open_desc(false);
	assert_int_equal(spdk_bdev_module_claim_bdev(&fake->bdev, NULL, &g_one), 0);
	assert_false(desc->write);
	expect_no_writer("Bdev d cannot be opened for writing: it is claimed by module one "
			 "(exclusive_write)");
	assert_int_equal(spdk_bdev_module_claim_bdev(&fake->bdev, desc, &g_two), -EPERM);
	assert_one_error("Module two cannot claim bdev d: it is claimed by module one");
	assert_false(desc->write);
	spdk_bdev_module_release_bdev(&fake->bdev);
	spdk_bdev_module_release_bdev(&fake->bdev);
	assert_one_error("bdev d is not claimed");
	/* With a descriptor: it may write from now on, and the claim outlives it. */
	assert_int_equal(spdk_bdev_module_claim_bdev(&fake->bdev, desc, &g_two), 0);
	assert_true(desc->write);
	spdk_bdev_close(desc);
	assert_int_equal(fake->bdev.internal.claim_type, SPDK_BDEV_CLAIM_EXCL_WRITE);
	spdk_bdev_module_release_bdev(&fake->bdev);
	assert_int_equal(fake->bdev.internal.claim_type, SPDK_BDEV_CLAIM_NONE);
	fake_delete(fake);
}

static void
an_exclusive_claim_by_a_descriptor_ends_with_it(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_bdev_desc *desc;

	fake_register(fake);
	desc = open_desc(false);
	assert_int_equal(
		spdk_bdev_module_claim_bdev_desc(desc, SPDK_BDEV_CLAIM_EXCL_WRITE, NULL, &g_one),
		0);
	assert_true(desc->write);
	assert_int_equal(fake->bdev.internal.claim_type, SPDK_BDEV_CLAIM_EXCL_WRITE);
	spdk_bdev_close(desc);
	assert_int_equal(fake->bdev.internal.claim_type, SPDK_BDEV_CLAIM_NONE);
	fake_delete(fake);
}

static void
one_writer_is_the_only_one(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_bdev_desc *writer, *reader;

	fake_register(fake);
	writer = open_desc(false);
	assert_int_equal(claim(writer, ONE, 0), 0);
	assert_true(writer->write);
	expect_no_writer("claimed by module one (read_many_write_one)");
	reader = open_desc(false);
	expect_refusal(reader, ONE, 0, -EPERM, "Module one cannot claim bdev d");
	expect_refusal(reader, NONE, 0, -EPERM, "Module one cannot claim bdev d");
	expect_refusal(reader, SHARED, 5, -EPERM, "Module one cannot claim bdev d");
	assert_int_equal(claim(writer, ONE, 0), -EPERM);
	assert_one_error("Module one cannot claim bdev d");
	assert_int_equal(spdk_bdev_module_claim_bdev(&fake->bdev, NULL, &g_two), -EPERM);
	assert_one_error("Module two cannot claim bdev d");
	spdk_bdev_module_release_bdev(&fake->bdev);
	assert_one_error("other claims end when their descriptor is closed");
	spdk_bdev_close(writer);
	assert_int_equal(fake->bdev.internal.claim_type, SPDK_BDEV_CLAIM_NONE);
	assert_int_equal(claim(reader, ONE, 0), 0);
	assert_true(reader->write);
	spdk_bdev_close(reader);
	fake_delete(fake);
}

static void
readers_keep_all_writers_out_until_the_last_is_gone(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_bdev_desc *first, *second;

	fake_register(fake);
	first = open_desc(false);
	second = open_desc(false);
	assert_int_equal(claim(first, NONE, 0), 0);
	assert_int_equal(claim(second, NONE, 0), 0);
	assert_false(first->write || second->write);
	spdk_bdev_close(first);
	expect_no_writer("(read_many_write_none)");
	first = open_desc(false);
	expect_refusal(first, SHARED, 5, -EPERM, "(read_many_write_none)");
	spdk_bdev_close(first);
	spdk_bdev_close(second);
	first = open_desc(true);
	expect_refusal(first, NONE, 0, -EINVAL, "its descriptor is open for writing");
	spdk_bdev_close(first);
	fake_delete(fake);
}

static void
writers_share_by_a_key(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_bdev_desc *first, *second;

	fake_register(fake);
	first = open_desc(true);
	second = open_desc(false);
	assert_int_equal(claim(first, SHARED, 5), 0);
	expect_refusal(second, SHARED, 6, -EPERM, "(read_many_write_shared)");
	expect_no_writer("(read_many_write_shared)");
	assert_int_equal(claim(second, SHARED, 5), 0);
	assert_true(second->write);
	spdk_bdev_close(first);
	assert_int_equal(fake->bdev.internal.claim_type, SHARED);
	spdk_bdev_close(second);
	assert_int_equal(fake->bdev.internal.claim_type, SPDK_BDEV_CLAIM_NONE);
	/* The key went with the claims. */
	first = open_desc(false);
	assert_int_equal(claim(first, SHARED, 6), 0);
	spdk_bdev_close(first);
	fake_delete(fake);
}

static void
other_writers_are_in_the_way(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_bdev_desc *writer, *desc;

	fake_register(fake);
	writer = open_desc(true);
	desc = open_desc(false);
	expect_refusal(desc, ONE, 0, -EPERM, "it is open for writing elsewhere");
	expect_refusal(desc, NONE, 0, -EPERM, "it is open for writing elsewhere");
	expect_refusal(desc, SHARED, 5, -EPERM, "it is open for writing elsewhere");
	/* The first kind of claim has always allowed them. */
	assert_int_equal(spdk_bdev_module_claim_bdev(&fake->bdev, desc, &g_one), 0);
	expect_refusal(writer, ONE, 0, -EPERM, "claimed by module one (exclusive_write)");
	spdk_bdev_module_release_bdev(&fake->bdev);
	spdk_bdev_close(writer);
	spdk_bdev_close(desc);
	fake_delete(fake);
}

static void
a_request_that_makes_no_sense_is_explained(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_bdev_claim_opts opts;
	struct spdk_bdev_desc *desc;

	fake_register(fake);
	desc = open_desc(false);
	expect_refusal(desc, ONE, 5, -EINVAL, "a claim of one writer has no key");
	expect_refusal(desc, NONE, 5, -EINVAL, "a claim without writers has no key");
	expect_refusal(desc, SHARED, 0, -EINVAL, "a shared claim needs a key");
	expect_refusal(desc, SPDK_BDEV_CLAIM_NONE, 0, -EINVAL, "there is no such type");
	assert_int_equal(spdk_bdev_module_claim_bdev_desc(NULL, ONE, NULL, &g_one), -EINVAL);
	assert_one_error("there is no descriptor");
	assert_int_equal(spdk_bdev_module_claim_bdev_desc(desc, ONE, NULL, NULL), -EINVAL);
	assert_one_error("there is no module");
	memset(&opts, 'x', sizeof(opts));
	opts.opts_size = sizeof(opts);
	opts.shared_claim_key = 0;
	assert_int_equal(spdk_bdev_module_claim_bdev_desc(desc, ONE, &opts, &g_one), -EINVAL);
	assert_one_error("its name has no end");
	opts.opts_size = 0;
	assert_int_equal(spdk_bdev_module_claim_bdev_desc(desc, ONE, &opts, &g_one), -EINVAL);
	assert_one_error("opts have size 0");
	assert_int_equal(fake->bdev.internal.claim_type, SPDK_BDEV_CLAIM_NONE);

	spdk_bdev_claim_opts_init(&opts, sizeof(opts));
	snprintf(opts.name, sizeof(opts.name), "a volume");
	assert_int_equal(spdk_bdev_module_claim_bdev_desc(desc, ONE, &opts, &g_one), 0);
	expect_no_writer("claimed by module one for 'a volume' (read_many_write_one)");
	spdk_bdev_close(desc);
	fake_delete(fake);
}

static void
claims_have_names(void **state)
{
	assert_string_equal(spdk_bdev_claim_get_name(SPDK_BDEV_CLAIM_NONE), "not_claimed");
	assert_string_equal(spdk_bdev_claim_get_name(SPDK_BDEV_CLAIM_EXCL_WRITE),
			    "exclusive_write");
	assert_string_equal(spdk_bdev_claim_get_name(ONE), "read_many_write_one");
	assert_string_equal(spdk_bdev_claim_get_name(NONE), "read_many_write_none");
	assert_string_equal(spdk_bdev_claim_get_name(SHARED), "read_many_write_shared");
	assert_string_equal(spdk_bdev_claim_get_name((enum spdk_bdev_claim_type)99),
			    "invalid_claim");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BDEV_TEST(an_exclusive_claim_keeps_writers_out),
		BDEV_TEST(an_exclusive_claim_by_a_descriptor_ends_with_it),
		BDEV_TEST(one_writer_is_the_only_one),
		BDEV_TEST(readers_keep_all_writers_out_until_the_last_is_gone),
		BDEV_TEST(writers_share_by_a_key),
		BDEV_TEST(other_writers_are_in_the_way),
		BDEV_TEST(a_request_that_makes_no_sense_is_explained),
		BDEV_TEST(claims_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
