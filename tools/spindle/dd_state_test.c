/* SPDX-License-Identifier: BSD-3-Clause */
/* The state file: what is written is read again, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "dd_state.h"
#include "spdk/util.h"

static char a_source[] = "file /a b/100%\n";
static char a_target[] = "bdev Malloc0";
static char a_stamp[] = "inode 1:2, 30 bytes";
static char other[] = "something else";

static const struct dd_state example = {
	.source = a_source,
	.source_stamp = a_stamp,
	.target = a_target,
	.target_stamp = other,
	.skip = 1,
	.seek = 2,
	.length = UINT64_MAX,
	.block_size = 4096,
	.done = 12345678901234,
};

static void
what_was_written_is_read(void **state)
{
	struct text text = {.bytes = NULL};
	struct dd_state found = {.source = NULL};

	dd_state_write(&example, &text);
	assert_int_equal(dd_state_parse(text.bytes, text.size, &found), 0);
	assert_string_equal(found.source, a_source);
	assert_null(dd_state_difference(&found, &example));
	assert_int_equal(found.done, example.done);
	dd_state_fini(&found);
	text_fini(&text);
}

/* A file that is cut, or of which a bit has changed, is none: nothing is taken for done by chance.
 */
static void
a_text_that_is_damaged_is_none(void **state)
{
	struct text text = {.bytes = NULL};
	struct dd_state found = {.source = NULL};
	size_t i;
	int bit;

	dd_state_write(&example, &text);
	for (i = 0; i < text.size; i++) {
		assert_int_equal(dd_state_parse(text.bytes, i, &found), -EINVAL);
		for (bit = 0; bit < 8; bit++) {
			text.bytes[i] = (char)(text.bytes[i] ^ 1 << bit);
			assert_int_equal(dd_state_parse(text.bytes, text.size, &found), -EINVAL);
			text.bytes[i] = (char)(text.bytes[i] ^ 1 << bit);
		}
	}
	text_add_string(&text, "\n");
	assert_int_equal(dd_state_parse(text.bytes, text.size, &found), -EINVAL);
	assert_null(found.source);
	text_fini(&text);
}

static void
more_done_than_there_is_is_none(void **state)
{
	struct text text = {.bytes = NULL};
	struct dd_state wrong = example, found = {.source = NULL};

	wrong.length = wrong.done - 1;
	dd_state_write(&wrong, &text);
	assert_int_equal(dd_state_parse(text.bytes, text.size, &found), -EINVAL);
	text_fini(&text);
}

static void
expect_difference(const struct dd_state *wanted, const char *part)
{
	char *difference = dd_state_difference(&example, wanted);

	assert_non_null(difference);
	if (strstr(difference, part) == NULL) {
		fail_msg("'%s' does not name %s", difference, part);
	}
	free(difference);
}

static void
what_differs_is_named(void **state)
{
	struct dd_state wanted = example;

	wanted.source = other;
	expect_difference(&wanted, "from something else");
	wanted = example;
	wanted.target = other;
	expect_difference(&wanted, "to something else");
	wanted = example;
	wanted.source_stamp = other;
	expect_difference(&wanted, "100%\n is not as it was (something else, then inode 1:2");
	wanted = example;
	wanted.target_stamp = a_stamp;
	expect_difference(&wanted, "Malloc0 is not as it was");
	wanted = example;
	wanted.skip = 0;
	expect_difference(&wanted, "--skip was 1 bytes, and is 0 now");
	wanted = example;
	wanted.seek = 0;
	expect_difference(&wanted, "--seek was 2");
	wanted = example;
	wanted.length--;
	expect_difference(&wanted, "the length of the copy");
	wanted = example;
	wanted.block_size = 512;
	expect_difference(&wanted, "--bs was 4096 bytes, and is 512 now");
	/* How far it is, is no difference. */
	wanted = example;
	wanted.done = 0;
	assert_null(dd_state_difference(&example, &wanted));
}

static void
a_file_is_replaced_as_a_whole(void **state)
{
	char folder[] = "/tmp/dd_state_test.XXXXXX", path[64], beside[64];
	struct dd_state found = {.source = NULL}, later = example;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/state", folder);
	snprintf(beside, sizeof(beside), "%s/state.new", folder);
	assert_int_equal(dd_state_load(path, &found), -ENOENT);
	assert_int_equal(dd_state_save(path, &example), 0);
	later.done++;
	assert_int_equal(dd_state_save(path, &later), 0);
	assert_int_equal(access(beside, F_OK), -1);
	assert_int_equal(dd_state_load(path, &found), 0);
	assert_int_equal(found.done, later.done);
	dd_state_fini(&found);
	assert_int_equal(unlink(path), 0);
	/* Nothing is left of one that cannot be written. */
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(dd_state_save(path, &example), -EISDIR);
	assert_int_equal(access(beside, F_OK), -1);
	assert_int_equal(dd_state_load(path, &found), -EISDIR);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(a_text_that_is_damaged_is_none),
		cmocka_unit_test(more_done_than_there_is_is_none),
		cmocka_unit_test(what_differs_is_named),
		cmocka_unit_test(a_file_is_replaced_as_a_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
