/* SPDX-License-Identifier: BSD-3-Clause */
/* Files and attributes in memory: of any size, without one, and those that cannot be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/file.h"
#include "spdk/util.h"

static char g_directory[] = "/tmp/file_test.XXXXXX";

static int
make_directory(void **state)
{
	return mkdtemp(g_directory) == NULL;
}

static int
remove_directory(void **state)
{
	return rmdir(g_directory);
}

/* The path of a file with these bytes; the caller frees and unlinks it. */
static char *
make_file(const void *bytes, size_t size)
{
	char *path;
	FILE *file;

	assert_true(asprintf(&path, "%s/data", g_directory) > 0);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	return path;
}

static void
remove_file(char *path)
{
	assert_int_equal(unlink(path), 0);
	free(path);
}

static void
files_of_any_size(void **state)
{
	static const size_t sizes[] = {0, 1, 4094, 4095, 4096, 4097, 8191, 8192, 1000000};
	char *bytes = malloc(1000000), *path, *loaded;
	size_t i, j, size;

	assert_non_null(bytes);
	for (j = 0; j < 1000000; j++) {
		bytes[j] = (char)(j * 31 + (j >> 8));
	}
	for (i = 0; i < SPDK_COUNTOF(sizes); i++) {
		path = make_file(bytes, sizes[i]);
		size = 77;
		loaded = spdk_posix_file_load_from_name(path, &size);
		assert_non_null(loaded);
		assert_int_equal(size, sizes[i]);
		assert_memory_equal(loaded, bytes, size);
		assert_int_equal(loaded[size], '\0');
		free(loaded);
		remove_file(path);
	}
	free(bytes);
}

static void
an_open_file_is_read_from_where_it_stands(void **state)
{
	char *path = make_file("0123456789", 10), *loaded;
	FILE *file = fopen(path, "r");
	size_t size;

	assert_non_null(file);
	assert_int_equal(fseek(file, 4, SEEK_SET), 0);
	loaded = spdk_posix_file_load(file, &size);
	assert_non_null(loaded);
	assert_int_equal(size, 6);
	assert_string_equal(loaded, "456789");
	free(loaded);
	/* It is still open. */
	assert_int_equal(fseek(file, 0, SEEK_SET), 0);
	assert_int_equal(fgetc(file), '0');
	fclose(file);
	remove_file(path);
}

static void
a_pipe_is_read_to_its_end(void **state)
{
	FILE *file = popen("i=0; while [ $i -lt 3000 ]; do echo line; i=$((i + 1)); done", "r");
	size_t size;
	char *loaded;

	assert_non_null(file);
	loaded = spdk_posix_file_load(file, &size);
	assert_non_null(loaded);
	assert_int_equal(size, 15000);
	free(loaded);
	assert_int_equal(pclose(file), 0);
}

static void
what_cannot_be_read_says_why(void **state)
{
	size_t size = 77;
	FILE *file;

	int lowest_free = dup(0);

	close(lowest_free);
	errno = 0;
	assert_null(spdk_posix_file_load_from_name("/nowhere/at/all", &size));
	assert_int_equal(errno, ENOENT);
	assert_null(spdk_posix_file_load_from_name(g_directory, &size));
	assert_int_equal(errno, EISDIR);
	assert_null(spdk_posix_file_load_from_name(NULL, &size));
	assert_int_equal(errno, EINVAL);
	errno = 0;
	assert_null(spdk_posix_file_load(NULL, &size));
	assert_int_equal(errno, EINVAL);
	file = fopen("/dev/null", "r");
	assert_non_null(file);
	errno = 0;
	assert_null(spdk_posix_file_load(file, NULL));
	assert_int_equal(errno, EINVAL);
	fclose(file);
	assert_int_equal(size, 77);
	/* No descriptor is left open. */
	assert_int_equal(dup(0), lowest_free);
	close(lowest_free);
}

static void
attributes_lose_their_line_end(void **state)
{
	static const char *const cases[][2] = {
		{"value\n", "value"}, {"value", "value"}, {"two\nlines\n", "two\nlines"},
		{"end\n\n", "end\n"}, {"\n", ""},         {"", ""},
	};
	char *path, *attribute;
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(cases); i++) {
		path = make_file(cases[i][0], strlen(cases[i][0]));
		attribute = NULL;
		assert_int_equal(
			spdk_read_sysfs_attribute(&attribute, "%s/%s%c", g_directory, "dat", 'a'),
			0);
		assert_string_equal(attribute, cases[i][1]);
		free(attribute);
		remove_file(path);
	}
}

static void
attributes_that_are_numbers(void **state)
{
	static const struct {
		const char *text;
		int rc;
		uint32_t number;
	} cases[] = {
		{"0\n", 0, 0},
		{"4294967295\n", 0, UINT32_MAX},
		{"0x8086\n", 0, 0x8086},
		{"0644\n", 0, 0644},
		{"17", 0, 17},
		{"4294967296\n", -ERANGE, 0},
		{"99999999999999999999999\n", -ERANGE, 0},
		{"-1\n", -ERANGE, 0},
		{"\n", -EINVAL, 0},
		{"", -EINVAL, 0},
		{"1 2\n", -EINVAL, 0},
		{"4K\n", -EINVAL, 0},
	};
	uint32_t number;
	char *path;
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(cases); i++) {
		path = make_file(cases[i].text, strlen(cases[i].text));
		number = 77;
		if (spdk_read_sysfs_attribute_uint32(&number, "%s", path) != cases[i].rc) {
			fail_msg("'%s' did not give %d", cases[i].text, cases[i].rc);
		}
		assert_int_equal(number, cases[i].rc == 0 ? cases[i].number : 77);
		remove_file(path);
	}
}

static void
attributes_that_cannot_be_read(void **state)
{
	char *attribute = g_directory, *long_name = malloc(PATH_MAX + 1);
	uint32_t number = 77;

	assert_non_null(long_name);
	/* Cut off, it would still name a directory. */
	memset(long_name, '/', PATH_MAX);
	long_name[PATH_MAX] = '\0';
	assert_int_equal(spdk_read_sysfs_attribute(&attribute, "%s/no", g_directory), -ENOENT);
	assert_int_equal(spdk_read_sysfs_attribute(&attribute, "%s", long_name), -ENAMETOOLONG);
	assert_int_equal(spdk_read_sysfs_attribute(NULL, "%s", g_directory), -EINVAL);
	assert_int_equal(spdk_read_sysfs_attribute_uint32(&number, "%s", g_directory), -EISDIR);
	assert_int_equal(spdk_read_sysfs_attribute_uint32(NULL, "%s", g_directory), -EINVAL);
	assert_ptr_equal(attribute, g_directory);
	assert_int_equal(number, 77);
	free(long_name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_of_any_size),
		cmocka_unit_test(an_open_file_is_read_from_where_it_stands),
		cmocka_unit_test(a_pipe_is_read_to_its_end),
		cmocka_unit_test(what_cannot_be_read_says_why),
		cmocka_unit_test(attributes_lose_their_line_end),
		cmocka_unit_test(attributes_that_are_numbers),
		cmocka_unit_test(attributes_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
