/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Decoders: what they take, what they leave alone when they refuse, and what a person is told.
 */
#include "base/json/json_test_support.h"

#define UUID_TEXT "e524acae-8c26-43e4-882a-461b8690583b"

struct disk {
	char *name;
	uint32_t num_blocks;
	bool is_shared;
	struct spdk_uuid uuid;
};

/* Takes "fast" and "slow": a decoder of a program. */
static int
decode_mode(const struct spdk_json_val *val, void *out)
{
	bool *is_fast = out;

	if (!spdk_json_strequal(val, "fast") && !spdk_json_strequal(val, "slow")) {
		return -EINVAL;
	}
	*is_fast = spdk_json_strequal(val, "fast");
	return 0;
}

static const struct spdk_json_object_decoder disk_decoders[] = {
	{"name", offsetof(struct disk, name), spdk_json_decode_string},
	{"num_blocks", offsetof(struct disk, num_blocks), spdk_json_decode_uint32},
	{"shared", offsetof(struct disk, is_shared), spdk_json_decode_bool, true},
	{"uuid", offsetof(struct disk, uuid), spdk_json_decode_uuid, true},
	{"mode", offsetof(struct disk, is_shared), decode_mode, true},
};

static int
decode_disk(const char *text, struct disk *disk)
{
	return spdk_json_decode_object(parsed(text), disk_decoders, SPDK_COUNTOF(disk_decoders),
				       disk);
}

static void
free_disk(struct disk *disk)
{
	spdk_json_free_object(disk_decoders, SPDK_COUNTOF(disk_decoders), disk);
	assert_null(disk->name);
}

/* What is refused, and the one message about it. */
static void
refused(const char *text, const char *message)
{
	struct disk disk = {0};

	assert_int_equal(decode_disk(text, &disk), -1);
	free_disk(&disk);
	logged(message);
}

static void
members_go_to_their_places(void **state)
{
	struct disk disk = {0};
	struct spdk_uuid uuid;

	assert_int_equal(decode_disk("{\"uuid\":\"" UUID_TEXT
				     "\",\"num_blocks\":64,\"name\":\"m0\",\"shared\":true}",
				     &disk),
			 0);
	assert_string_equal(disk.name, "m0");
	assert_int_equal(disk.num_blocks, 64);
	assert_true(disk.is_shared);
	assert_int_equal(spdk_uuid_parse(&uuid, UUID_TEXT), 0);
	assert_memory_equal(&disk.uuid, &uuid, sizeof(uuid));
	free_disk(&disk);
	logged("");
}

static void
optional_members_may_be_left_out(void **state)
{
	struct disk disk = {.is_shared = true};

	assert_int_equal(decode_disk("{\"name\":\"\",\"num_blocks\":1e3}", &disk), 0);
	assert_string_equal(disk.name, "");
	assert_int_equal(disk.num_blocks, 1000);
	assert_true(disk.is_shared);
	free_disk(&disk);
	assert_int_equal(spdk_json_decode_object(parsed("{}"), NULL, 0, NULL), 0);
	logged("");
}

static void
a_wrong_member_is_named_with_what_it_must_be(void **state)
{
	refused("{\"name\":\"m0\",\"num_blocks\":\"many\"}",
		"the member \"num_blocks\" must be a whole number from 0 to 4294967295, not "
		"\"many\"\n");
	refused("{\"name\":\"m0\",\"num_blocks\":-5}",
		"the member \"num_blocks\" must be a whole number from 0 to 4294967295, not -5\n");
	refused("{\"name\":{},\"num_blocks\":1}",
		"the member \"name\" must be a string, not an object\n");
	refused("{\"name\":\"m0\",\"num_blocks\":1,\"shared\":null}",
		"the member \"shared\" must be true or false, not null\n");
	refused("{\"name\":\"m0\",\"num_blocks\":1,\"uuid\":[\"a\"]}",
		"the member \"uuid\" must be a string like "
		"\"01234567-89ab-cdef-0123-456789abcdef\", not an array\n");
	refused("{\"name\":\"m0\",\"num_blocks\":1,\"mode\":\"quick\"}",
		"the member \"mode\" has a value that is not allowed there: \"quick\"\n");
}

static void
unknown_members_are_named_with_those_there_are(void **state)
{
	refused("{\"name\":\"m0\",\"num_block\":1}",
		"the member \"num_block\" is not known here; those that are: \"name\", "
		"\"num_blocks\", \"shared\", \"uuid\", \"mode\"\n");
	assert_int_equal(spdk_json_decode_object(parsed("{\"a\":1}"), NULL, 0, NULL), -1);
	logged("the member \"a\" is not known here; those that are: none\n");
}

static void
members_that_are_missing_or_stand_twice_are_named(void **state)
{
	refused("{\"name\":\"m0\"}",
		"the member \"num_blocks\" is missing: it must be a whole number from 0 to "
		"4294967295\n");
	refused("{\"num_blocks\":1}", "the member \"name\" is missing: it must be a string\n");
	refused("{\"name\":\"m0\",\"num_blocks\":1,\"name\":\"m1\"}",
		"the member \"name\" stands twice: leave one out\n");
}

static void
what_is_no_object_is_said(void **state)
{
	struct disk disk = {0};

	refused("[]", "an object is expected, not an array\n");
	refused("17", "an object is expected, not 17\n");
	assert_int_equal(spdk_json_decode_object(NULL, disk_decoders, 4, &disk), -1);
	logged("an object is expected, not NULL\n");
}

static void
relaxed_objects_may_have_other_members(void **state)
{
	struct disk disk = {0};
	int rc;

	rc = spdk_json_decode_object_relaxed(
		parsed("{\"x\":[{\"name\":1}],\"name\":\"m0\",\"x\":{},\"num_blocks\":7}"),
		disk_decoders, SPDK_COUNTOF(disk_decoders), &disk);
	assert_int_equal(rc, 0);
	assert_string_equal(disk.name, "m0");
	assert_int_equal(disk.num_blocks, 7);
	logged("");
	/* The members that are known are checked as ever. */
	rc = spdk_json_decode_object_relaxed(parsed("{\"x\":1,\"name\":1}"), disk_decoders,
					     SPDK_COUNTOF(disk_decoders), &disk);
	assert_int_equal(rc, -1);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 1);
	assert_string_equal(disk.name, "m0");
	free_disk(&disk);
}

static void
messages_bear_hostile_and_long_values(void **state)
{
	struct spdk_json_object_decoder many[100];
	char *text = NULL;

	refused("{\"name\":\"m0\",\"num_blocks\":\"a\\n\\u001b[31m\\u0000b\\u00e9\"}",
		"the member \"num_blocks\" must be a whole number from 0 to 4294967295, not "
		"\"a??[31m?b??\"\n");
	refused("{\"a name that is longer than any that should be shown\":1}",
		"the member \"a name that is longer than any that shou...\" is not known here; "
		"those that are: \"name\", \"num_blocks\", \"shared\", \"uuid\", \"mode\"\n");
	for (size_t i = 0; i < SPDK_COUNTOF(many); i++) {
		many[i] = disk_decoders[0];
		many[i].optional = true;
		many[i].name = "member_with_a_long_name";
	}
	assert_int_equal(
		spdk_json_decode_object(parsed("{\"a\":1}"), many, SPDK_COUNTOF(many), &text), -1);
	assert_non_null(strstr(g_log_capture.text, "\"member_with_a_long_name\", ...\n"));
	assert_true(strlen(g_log_capture.text) < 600);
}

static void
arrays_are_decoded_with_a_stride(void **state)
{
	struct disk disks[3] = {0};
	size_t count = 99;

	assert_int_equal(spdk_json_decode_array(parsed("[1,2,3]"), spdk_json_decode_uint32,
						&disks[0].num_blocks, 3, &count, sizeof(disks[0])),
			 0);
	assert_int_equal(count, 3);
	assert_int_equal(disks[0].num_blocks, 1);
	assert_int_equal(disks[2].num_blocks, 3);
	assert_int_equal(
		spdk_json_decode_array(parsed("[]"), spdk_json_decode_uint32, NULL, 0, &count, 4),
		0);
	assert_int_equal(count, 0);
	/* Without a stride, each goes to the same place. */
	assert_int_equal(spdk_json_decode_array(parsed("[8,9]"), spdk_json_decode_uint32,
						&disks[0].num_blocks, 2, &count, 0),
			 0);
	assert_int_equal(disks[0].num_blocks, 9);
	logged("");
}

static int
count_elements(const struct spdk_json_val *val, void *out)
{
	*(size_t *)out = spdk_json_array_count(val);
	return 0;
}

static void
arrays_may_contain_containers(void **state)
{
	size_t counts[3], count;

	assert_int_equal(spdk_json_decode_array(parsed("[[1,2],[[]],[]]"), count_elements, counts,
						3, &count, sizeof(counts[0])),
			 0);
	assert_int_equal(counts[0], 2);
	assert_int_equal(counts[1], 1);
	assert_int_equal(counts[2], 0);
}

static void
arrays_that_fail_tell_what_there_is_to_free(void **state)
{
	char *names[3] = {NULL, NULL, NULL};
	size_t count;

	assert_int_equal(spdk_json_decode_array(parsed("[\"a\",\"b\",7]"), spdk_json_decode_string,
						names, 3, &count, sizeof(names[0])),
			 -1);
	assert_int_equal(count, 2);
	assert_string_equal(names[1], "b");
	assert_null(names[2]);
	free(names[0]);
	free(names[1]);
	logged("element [2] of the array must be a string, not 7\n");
	names[0] = NULL;
	assert_int_equal(spdk_json_decode_array(parsed("[\"a\",\"b\"]"), spdk_json_decode_string,
						names, 1, &count, sizeof(names[0])),
			 -1);
	assert_int_equal(count, 1);
	free(names[0]);
	logged("the array has more than the 1 elements that are allowed\n");
	assert_int_equal(
		spdk_json_decode_array(parsed("{}"), spdk_json_decode_string, names, 1, &count, 8),
		-1);
	assert_int_equal(count, 0);
	logged("an array is expected, not an object\n");
	count = 5;
	assert_int_equal(spdk_json_decode_array(NULL, spdk_json_decode_string, names, 1, &count, 8),
			 -1);
	assert_int_equal(count, 0);
}

static void
bools_are_true_or_false(void **state)
{
	bool value = false;

	assert_int_equal(spdk_json_decode_bool(parsed("true"), &value), 0);
	assert_true(value);
	assert_int_equal(spdk_json_decode_bool(parsed("0"), &value), -1);
	assert_int_equal(spdk_json_decode_bool(parsed("\"false\""), &value), -1);
	assert_int_equal(spdk_json_decode_bool(NULL, &value), -1);
	assert_true(value);
	assert_int_equal(spdk_json_decode_bool(parsed("false"), &value), 0);
	assert_false(value);
}

static void
a_string_replaces_the_one_before(void **state)
{
	char *value = NULL;

	assert_int_equal(spdk_json_decode_string(parsed("\"first\""), &value), 0);
	assert_int_equal(spdk_json_decode_string(parsed("\"second\\n\""), &value), 0);
	assert_string_equal(value, "second\n");
	assert_int_equal(spdk_json_decode_string(parsed("\"a\\u0000\""), &value), -1);
	assert_int_equal(spdk_json_decode_string(parsed("5"), &value), -1);
	assert_int_equal(spdk_json_decode_string(parsed("{\"a\":1}") + 1, &value), -1);
	assert_int_equal(spdk_json_decode_string(NULL, &value), -1);
	assert_string_equal(value, "second\n");
	free(value);
}

static void
identifiers_have_their_form(void **state)
{
	struct spdk_uuid uuid, expected;

	memset(&uuid, 0x5a, sizeof(uuid));
	expected = uuid;
	assert_int_equal(spdk_json_decode_uuid(parsed("\"\""), &uuid), -1);
	assert_int_equal(spdk_json_decode_uuid(parsed("\"e524acae-8c26\""), &uuid), -1);
	assert_int_equal(spdk_json_decode_uuid(parsed("\"" UUID_TEXT "0\""), &uuid), -1);
	assert_int_equal(
		spdk_json_decode_uuid(parsed("\"g524acae-8c26-43e4-882a-461b8690583b\""), &uuid),
		-1);
	assert_int_equal(spdk_json_decode_uuid(parsed("true"), &uuid), -1);
	assert_int_equal(spdk_json_decode_uuid(NULL, &uuid), -1);
	assert_memory_equal(&uuid, &expected, sizeof(uuid));
	assert_int_equal(spdk_json_decode_uuid(parsed("\"" UUID_TEXT "\""), &uuid), 0);
	assert_int_equal(spdk_uuid_parse(&expected, UUID_TEXT), 0);
	assert_memory_equal(&uuid, &expected, sizeof(uuid));
}

#define LOGGED(test) cmocka_unit_test_setup_teardown(test, log_start, log_stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LOGGED(members_go_to_their_places),
		LOGGED(optional_members_may_be_left_out),
		LOGGED(a_wrong_member_is_named_with_what_it_must_be),
		LOGGED(unknown_members_are_named_with_those_there_are),
		LOGGED(members_that_are_missing_or_stand_twice_are_named),
		LOGGED(what_is_no_object_is_said),
		LOGGED(relaxed_objects_may_have_other_members),
		LOGGED(messages_bear_hostile_and_long_values),
		LOGGED(arrays_are_decoded_with_a_stride),
		LOGGED(arrays_may_contain_containers),
		LOGGED(arrays_that_fail_tell_what_there_is_to_free),
		LOGGED(bools_are_true_or_false),
		LOGGED(a_string_replaces_the_one_before),
		LOGGED(identifiers_have_their_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
