/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods: what is made, refused, described, saved, and resized.
 */
#include "modules/bdev/file/file_fixture.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "spdk/json.h"
#include "spdk/string.h"

static bool
has_options(void)
{
	return g_subject.module->has_options;
}

static void
create_in_vain(const char *file, const char *more, int code, const char *part)
{
	call_verb("create", "{\"name\":\"disk\",\"filename\":\"%s\"%s}", path_of(file), more);
	assert_error(code, part);
	assert_null(spdk_bdev_get_by_name("disk"));
}

/* ---- Creation ---- */

static void
a_disk_has_the_blocks_of_its_file(void **state)
{
	struct spdk_bdev *bdev;

	make_file("a", MIB + 512);
	create_in_vain("a", ",\"block_size\":4096", -EINVAL,
		       "its size is 1049088 bytes, which is no multiple of the block size, 4096: "
		       "make it 1052672");
	create_disk("a", ",\"block_size\":512");
	bdev = &disk()->bdev;
	assert_int_equal(spdk_bdev_get_block_size(bdev), 512);
	assert_int_equal(spdk_bdev_get_num_blocks(bdev), 2049);
	assert_string_equal(spdk_bdev_get_product_name(bdev), g_subject.module->product_name);
	delete_disk();
	make_file("a", MIB);
	create_disk("a", "");
	bdev = &disk()->bdev;
	assert_int_equal(spdk_bdev_get_block_size(bdev), FILE_BLOCK);
	assert_int_equal(spdk_bdev_get_num_blocks(bdev), MIB / FILE_BLOCK);
	delete_disk();
}

static void
unsuitable_files_are_refused_with_the_cure(void **state)
{
	create_in_vain("missing", "", -ENOENT, "missing: make it with 'truncate -s 1G'");
	make_file("empty", 0);
	create_in_vain("empty", "", -EINVAL, "empty: is empty: give it a size");
	assert_int_equal(mkdir(path_of("folder"), 0700), 0);
	create_in_vain("folder", "", -EISDIR, "folder: must be a file or block device");
	assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
	create_in_vain("pipe", "", -ENOTSUP, "pipe: is neither a regular file nor a block device");
	call_verb("create", "{\"name\":\"disk\",\"filename\":\"/dev/null\"}");
	assert_error(-ENOTSUP, "/dev/null: is neither");
	call_verb("create", "{\"name\":\"disk\",\"filename\":\"\"}");
	assert_error(-ENOENT, "");
}

static void
unsuitable_block_sizes_are_refused(void **state)
{
	make_file("a", 2 * MIB);
	create_in_vain("a", ",\"block_size\":256", -EINVAL,
		       "block_size is 256: it must be a power of two from 512 to 1048576");
	create_in_vain("a", ",\"block_size\":1000", -EINVAL, "block_size is 1000");
	create_in_vain("a", ",\"block_size\":2097152", -EINVAL, "block_size is 2097152");
	create_disk("a", ",\"block_size\":1048576");
	assert_int_equal(spdk_bdev_get_num_blocks(&disk()->bdev), 2);
	delete_disk();
}

static void
a_name_is_taken_once(void **state)
{
	make_file("a", MIB);
	create_disk("a", "");
	call_verb("create", "{\"name\":\"disk\",\"filename\":\"%s\"}", path_of("a"));
	assert_error(-EEXIST, "bdev disk is there already: give another name, or delete that one");
	call_verb("delete", "{\"name\":\"other\"}");
	assert_error(-ENODEV, "has no bdev 'other'");
	call_verb("rescan", "{\"name\":\"other\"}");
	assert_error(-ENODEV, "has no bdev 'other'");
	delete_disk();
	create_disk("a", "");
	delete_disk();
}

static void
a_file_without_rights_is_refused(void **state)
{
	make_file("a", MIB);
	assert_int_equal(chmod(path_of("a"), 0400), 0);
	if (access(path_of("a"), W_OK) == 0) {
		skip(); /* root */
	}
	create_in_vain("a", "", -EACCES, "this user may not write to it; for reading alone");
}

static void
options_that_do_not_fit_are_refused(void **state)
{
	if (!has_options()) {
		skip();
	}
	make_file("a", MIB);
	create_in_vain("a", ",\"nowait\":true", -EINVAL, "nowait is for block devices");
	create_in_vain("a", ",\"readonly\":true,\"fallocate\":true", -EINVAL,
		       "fallocate changes the file, which readonly forbids");
}

static void
a_readonly_disk_takes_no_writes(void **state)
{
	struct outcome outcome = {0};
	struct opened opened;

	if (!has_options()) {
		skip();
	}
	make_file("a", MIB);
	assert_int_equal(chmod(path_of("a"), 0400), 0);
	create_disk("a", ",\"readonly\":true");
	opened = open_disk(true);
	assert_false(spdk_bdev_io_type_supported(&disk()->bdev, SPDK_BDEV_IO_TYPE_WRITE));
	assert_int_equal(
		spdk_bdev_read_blocks(opened.desc, opened.ch, g_buf, 0, 1, note_outcome, &outcome),
		0);
	wait_for(&outcome, 1);
	assert_true(outcome.success);
	if (spdk_bdev_write_blocks(opened.desc, opened.ch, g_buf, 0, 1, note_outcome, &outcome) ==
	    0) {
		wait_for(&outcome, 2);
		assert_false(outcome.success);
	}
	assert_raw_zeroes(0, FILE_BLOCK);
	fake_close(&opened);
	delete_disk();
}

/* ---- Direct I/O, or not ---- */

static void
serve_buffered(const char *more)
{
	struct outcome outcome = {0};
	struct opened opened;

	create_disk("a", more);
	assert_logged(SPDK_LOG_NOTICE, "no direct I/O there for blocks of");
	assert_int_equal(spdk_bdev_get_buf_align(&disk()->bdev), 1);
	opened = open_disk(true);
	fill_pattern(g_buf + 1, 5 * FILE_BLOCK, 11);
	assert_int_equal(spdk_bdev_write(opened.desc, opened.ch, g_buf + 1, 0, 5 * FILE_BLOCK,
					 note_outcome, &outcome),
			 0);
	wait_for(&outcome, 1);
	assert_true(outcome.success);
	assert_raw_pattern(0, 5 * FILE_BLOCK, 11);
	fake_close(&opened);
	delete_disk();
}

static void
where_open_refuses_direct_io_there_is_the_page_cache(void **state)
{
	make_file("a", MIB);
	g_open_takes_no_direct = true;
	serve_buffered("");
}

static void
where_the_kernel_knows_no_direct_io_there_is_the_page_cache(void **state)
{
	make_file("a", MIB);
	g_statx_has_no_direct = true;
	serve_buffered("");
}

static void
direct_io_goes_past_the_page_cache(void **state)
{
	unsigned char resident[256];
	struct outcome outcome = {0};
	struct opened opened;
	uint32_t i, found = 0;
	void *map;

	make_file("a", MIB);
	memset(g_buf, 0x5A, MIB);
	assert_int_equal(pwrite(g_raw, g_buf, MIB, 0), MIB);
	assert_int_equal(fsync(g_raw), 0);
	assert_int_equal(posix_fadvise(g_raw, 0, 0, POSIX_FADV_DONTNEED), 0);
	create_disk("a", "");
	if (!disk()->file.is_direct) {
		assert_logged(SPDK_LOG_NOTICE, "no direct I/O");
		delete_disk();
		skip(); /* The folder of the tests is in a file system without it. */
	}
	opened = open_disk(true);
	assert_int_equal(
		spdk_bdev_read(opened.desc, opened.ch, g_other, 0, MIB, note_outcome, &outcome), 0);
	wait_for(&outcome, 1);
	assert_memory_equal(g_other, g_buf, MIB);
	map = mmap(NULL, MIB, PROT_READ, MAP_SHARED, g_raw, 0);
	assert_true(map != MAP_FAILED);
	assert_int_equal(mincore(map, MIB, resident), 0);
	for (i = 0; i < 256; i++) {
		found += resident[i] & 1;
	}
	munmap(map, MIB);
	assert_int_equal(found, 0);
	fake_close(&opened);
	delete_disk();
}

/* ---- Description ---- */

static char g_text[2048];
static size_t g_text_size;

static int
keep_text(void *ctx, const void *data, size_t size)
{
	assert_true(g_text_size + size < sizeof(g_text));
	memcpy(g_text + g_text_size, data, size);
	g_text_size += size;
	g_text[g_text_size] = '\0';
	return 0;
}

static struct spdk_json_write_ctx *
begin_text(void)
{
	g_text_size = 0;
	return spdk_json_write_begin(keep_text, NULL, 0);
}

static void
save_disk(void)
{
	struct spdk_json_write_ctx *w = begin_text();
	struct spdk_bdev *bdev = &disk()->bdev;

	bdev->fn_table->write_config_json(bdev, w);
	assert_int_equal(spdk_json_write_end(w), 0);
}

/* Has the saved method called again, as a configuration would. */
static void
load_disk(void)
{
	const char *params = strstr(g_text, "\"params\":");
	char method[64];

	assert_non_null(params);
	snprintf(method, sizeof(method), "{\"method\":\"bdev_%s_create\",", g_subject.name);
	assert_memory_equal(g_text, method, strlen(method));
	params += strlen("\"params\":");
	call_verb("create", "%.*s", (int)(strlen(params) - 1), params);
	assert_result("\"disk\"");
}

static void
save_and_load(const char *more)
{
	char saved[sizeof(g_text)];

	make_file("a", MIB);
	if (strstr(more, "readonly") != NULL) {
		assert_int_equal(chmod(path_of("a"), 0400), 0);
	}
	create_disk("a", more);
	save_disk();
	memcpy(saved, g_text, sizeof(saved));
	delete_disk();
	load_disk();
	save_disk();
	assert_string_equal(g_text, saved);
	if (more[0] == ',') {
		assert_non_null(strstr(g_text, more + 1));
	}
	delete_disk();
	assert_int_equal(unlink(path_of("a")), 0);
}

static void
what_is_saved_loads_to_the_same(void **state)
{
	save_and_load("");
	save_and_load(",\"block_size\":512");
	save_and_load(",\"uuid\":\"8a5c4a4e-3c0a-4d0e-9f55-0b4f3a1e2d3c\"");
	if (has_options()) {
		save_and_load(",\"readonly\":true");
		save_and_load(",\"fallocate\":true");
	}
}

static void
a_disk_is_described(void **state)
{
	char expected[1024];
	struct spdk_json_write_ctx *w;
	struct spdk_bdev *bdev;

	make_file("a", MIB);
	create_disk("a", "");
	bdev = &disk()->bdev;
	w = begin_text();
	spdk_json_write_object_begin(w);
	assert_int_equal(bdev->fn_table->dump_info_json(bdev->ctxt, w), 0);
	spdk_json_write_object_end(w);
	assert_int_equal(spdk_json_write_end(w), 0);
	snprintf(expected, sizeof(expected),
		 "{\"%s\":{\"filename\":\"%s\",\"block_size_override\":false,\"readonly\":false,"
		 "\"fallocate\":%s,\"nowait\":false,\"direct\":%s}}",
		 g_subject.name, path_of("a"), has_options() ? "false" : "true",
		 disk()->file.is_direct ? "true" : "false");
	assert_string_equal(g_text, expected);
	delete_disk();
}

/* ---- Resizing ---- */

static uint64_t g_resized;

static void
note_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
	assert_int_equal(type, SPDK_BDEV_EVENT_RESIZE);
	g_resized = spdk_bdev_get_num_blocks(bdev);
}

static void
a_file_that_has_grown_is_larger_after_a_rescan(void **state)
{
	struct outcome outcome = {0};
	struct opened opened;

	make_file("a", MIB);
	create_disk("a", "");
	assert_int_equal(spdk_bdev_open_ext("disk", true, note_event, NULL, &opened.desc), 0);
	opened.ch = spdk_bdev_get_io_channel(opened.desc);
	call_verb("rescan", "{\"name\":\"disk\"}");
	assert_result("true");
	assert_not_logged();
	assert_int_equal(ftruncate(g_raw, 2 * MIB), 0);
	call_verb("rescan", "{\"name\":\"disk\"}");
	assert_result("true");
	assert_logged(SPDK_LOG_NOTICE, "has 512 blocks, it had 256");
	assert_int_equal(g_resized, 512);
	assert_int_equal(spdk_bdev_read_blocks(opened.desc, opened.ch, g_buf, 511, 1, note_outcome,
					       &outcome),
			 0);
	wait_for(&outcome, 1);
	assert_true(outcome.success);
	fake_close(&opened);
	delete_disk();
}

static void
a_file_shrinks_only_when_nobody_uses_it(void **state)
{
	struct opened opened;

	make_file("a", 2 * MIB);
	create_disk("a", "");
	opened = open_disk(true);
	assert_int_equal(ftruncate(g_raw, MIB), 0);
	call_verb("rescan", "{\"name\":\"disk\"}");
	assert_error(-EBUSY, "cannot become smaller while it is open");
	assert_not_logged();
	fake_close(&opened);
	call_verb("rescan", "{\"name\":\"disk\"}");
	assert_result("true");
	assert_logged(SPDK_LOG_NOTICE, "has 256 blocks, it had 512");
	assert_int_equal(ftruncate(g_raw, MIB + 1), 0);
	call_verb("rescan", "{\"name\":\"disk\"}");
	assert_error(-EINVAL, "which is no multiple of the block size");
	assert_int_equal(ftruncate(g_raw, 0), 0);
	call_verb("rescan", "{\"name\":\"disk\"}");
	assert_error(-EINVAL, "is empty");
	assert_int_equal(spdk_bdev_get_num_blocks(&disk()->bdev), 256);
	delete_disk();
}

static void
a_file_in_the_place_of_the_other_is_another(void **state)
{
	make_file("b", 2 * MIB);
	make_file("a", MIB);
	create_disk("a", "");
	assert_int_equal(rename(path_of("b"), path_of("a")), 0);
	call_verb("rescan", "{\"name\":\"disk\"}");
	assert_error(-ESTALE, "is another file now, and the bdev still has the one that was there");
	delete_disk();
}

/* ---- Without a ring ---- */

static void
what_is_missing_in_the_kernel_is_explained(void **state)
{
	static const int errors[] = {-EPERM, -ENOSYS, -ENOMEM, -EAGAIN, -EMFILE};
	size_t i;

	make_file("a", MIB);
	for (i = 0; i < SPDK_COUNTOF(errors); i++) {
		g_kernel.set_up_error = errors[i];
		create_in_vain("a", "", errors[i], spdk_strerror(-errors[i]));
		if (!has_options()) {
			assert_error(errors[i], "use bdev_aio_create instead");
		}
	}
	assert_not_logged();
}

static void
a_thread_without_a_ring_gets_no_channel(void **state)
{
	struct spdk_bdev_desc *desc;

	make_file("a", MIB);
	create_disk("a", "");
	assert_int_equal(spdk_bdev_open_ext("disk", true, note_event, NULL, &desc), 0);
	g_kernel.set_up_error = -EPERM;
	assert_null(spdk_bdev_get_io_channel(desc));
	assert_logged_somewhere("Thread bdev: ");
	spdk_bdev_close(desc);
	delete_disk();
}

static void
an_old_kernel_gets_no_flags(void **state)
{
	struct opened opened;

	make_file("a", MIB);
	g_kernel.takes_no_flags = true;
	create_disk("a", "");
	opened = open_disk(true);
	fake_close(&opened);
	delete_disk();
}

int
file_run_control_tests(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(a_disk_has_the_blocks_of_its_file),
		FILE_TEST(unsuitable_files_are_refused_with_the_cure),
		FILE_TEST(unsuitable_block_sizes_are_refused),
		FILE_TEST(a_name_is_taken_once),
		FILE_TEST(a_file_without_rights_is_refused),
		FILE_TEST(options_that_do_not_fit_are_refused),
		FILE_TEST(a_readonly_disk_takes_no_writes),
		FILE_TEST(where_open_refuses_direct_io_there_is_the_page_cache),
		FILE_TEST(where_the_kernel_knows_no_direct_io_there_is_the_page_cache),
		FILE_TEST(direct_io_goes_past_the_page_cache),
		FILE_TEST(what_is_saved_loads_to_the_same),
		FILE_TEST(a_disk_is_described),
		FILE_TEST(a_file_that_has_grown_is_larger_after_a_rescan),
		FILE_TEST(a_file_shrinks_only_when_nobody_uses_it),
		FILE_TEST(a_file_in_the_place_of_the_other_is_another),
		FILE_TEST(what_is_missing_in_the_kernel_is_explained),
		FILE_TEST(a_thread_without_a_ring_gets_no_channel),
		FILE_TEST(an_old_kernel_gets_no_flags),
	};

	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
