/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses as people read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dlfcn.h>

#include "base/log/elf_symbol.h"
#include "base/log/source_line.h"
#include "base/log/symbolize.h"
#include "spdk/stdinc.h"
#include "spdk/string.h"

/* Static, so that only the symbol table on disk knows it; called by a pointer, so that it stays. */
static const void *__attribute__((noinline)) where_it_returns(void)
{
	return __builtin_return_address(0);
}

static const void *(*volatile g_where)(void) = where_it_returns;

static const void *__attribute__((noinline)) static_caller(int *out_line)
{
	const void *address = g_where();

	/* The line above; kept here so that the call is not the last thing done. */
	*out_line = __LINE__ - 3;
	return address;
}

static bool
has_libdw(void)
{
	void *handle = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);

	if (handle != NULL) {
		dlclose(handle);
	}
	return handle != NULL;
}

static void
a_static_function_has_its_name(void **state)
{
	char text[SYMBOLIZE_SIZE];
	int line;
	size_t len = symbolize(static_caller(&line), text, sizeof(text));

	assert_int_equal(len, strlen(text));
	assert_memory_equal(text, "static_caller+0x", strlen("static_caller+0x"));
}

static void
the_source_line_follows_where_there_is_debug_info(void **state)
{
	char text[SYMBOLIZE_SIZE], expected[64];
	int line;

	if (!has_libdw()) {
		skip();
	}
	(void)symbolize(static_caller(&line), text, sizeof(text));
	(void)snprintf(expected, sizeof(expected), " (symbolize_test.c:%d)", line);
	if (strstr(text, expected) == NULL) {
		fail_msg("'%s' does not end in '%s'", text, expected);
	}
}

static void
a_function_of_another_module_has_its_name(void **state)
{
	char text[SYMBOLIZE_SIZE];

	(void)symbolize_exactly(dlsym(RTLD_DEFAULT, "getpid"), text, sizeof(text));
	assert_true(strstr(text, "getpid") != NULL);
	assert_null(strchr(text, '+'));
}

static void
a_return_address_belongs_to_the_call_before_it(void **state)
{
	const char *begin = (const char *)(uintptr_t)where_it_returns;
	char text[SYMBOLIZE_SIZE];

	(void)symbolize_exactly(begin, text, sizeof(text));
	assert_memory_equal(text, "where_it_returns", strlen("where_it_returns"));
	assert_true(text[strlen("where_it_returns")] != '+');
	/* The first byte cannot follow a call in the same function. */
	(void)symbolize(begin, text, sizeof(text));
	assert_true(strncmp(text, "where_it_returns", strlen("where_it_returns")) != 0);
}

static void
an_address_of_nothing_is_a_number(void **state)
{
	char text[SYMBOLIZE_SIZE];

	(void)symbolize((void *)16, text, sizeof(text));
	assert_string_equal(text, "0x10");
	(void)symbolize(NULL, text, sizeof(text));
	assert_string_equal(text, "0x0");
}

static void
data_of_a_module_is_an_offset_in_it(void **state)
{
	static char data;
	char text[SYMBOLIZE_SIZE];

	(void)symbolize_exactly(&data, text, sizeof(text));
	assert_memory_equal(text, "symbolize_test+0x", strlen("symbolize_test+0x"));
}

static void
the_text_is_cut_to_fit(void **state)
{
	char text[SYMBOLIZE_SIZE], whole[SYMBOLIZE_SIZE];
	size_t size;
	int line;
	const void *address = static_caller(&line);
	size_t whole_len = symbolize(address, whole, sizeof(whole));

	for (size = 1; size <= whole_len + 1; size++) {
		memset(text, '#', sizeof(text));
		assert_int_equal(symbolize(address, text, size), size - 1);
		assert_memory_equal(text, whole, size - 1);
		assert_int_equal(text[size - 1], '\0');
		assert_int_equal(text[size], '#');
	}
	text[0] = '#';
	assert_int_equal(symbolize(address, text, 0), 0);
	assert_int_equal(text[0], '#');
}

/* Descriptors, and mappings of this program's file: what libdw holds while it keeps a session. */
static int
count_resources(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	DIR *dir = opendir("/proc/self/fd");
	char line[PATH_MAX + 128];
	int count = 0;

	assert_non_null(dir);
	assert_non_null(maps);
	while (readdir(dir) != NULL) {
		count++;
	}
	while (fgets(line, sizeof(line), maps) != NULL) {
		count += strstr(line, "/symbolize_test") != NULL;
	}
	fclose(maps);
	closedir(dir);
	return count;
}

/* As it was before anything was looked up. */
static int g_resources_at_start;

static void
release_gives_everything_back(void **state)
{
	char text[SYMBOLIZE_SIZE], again[SYMBOLIZE_SIZE];
	int line;
	const void *address = static_caller(&line);

	(void)symbolize(address, text, sizeof(text));
	symbolize_release();
	assert_int_equal(count_resources(), g_resources_at_start);
	(void)symbolize(address, again, sizeof(again));
	assert_string_equal(text, again);
	symbolize_release();
	assert_int_equal(count_resources(), g_resources_at_start);
}

static void
a_file_that_is_no_elf_is_refused(void **state)
{
	struct elf_symbol symbol;
	int fd = open("/proc/self/maps", O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(elf_find_symbol(fd, 0, &symbol), -EINVAL);
	close(fd);
	assert_int_equal(elf_find_symbol(-1, 0, &symbol), -EIO);
	fd = open("/proc/self/exe", O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(elf_find_symbol(fd, 0, &symbol), -ENOENT);
	assert_false(elf_has_program_headers(fd, (const ElfW(Phdr) *)&symbol, 1));
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_static_function_has_its_name),
		cmocka_unit_test(the_source_line_follows_where_there_is_debug_info),
		cmocka_unit_test(a_function_of_another_module_has_its_name),
		cmocka_unit_test(a_return_address_belongs_to_the_call_before_it),
		cmocka_unit_test(an_address_of_nothing_is_a_number),
		cmocka_unit_test(data_of_a_module_is_an_offset_in_it),
		cmocka_unit_test(the_text_is_cut_to_fit),
		cmocka_unit_test(release_gives_everything_back),
		cmocka_unit_test(a_file_that_is_no_elf_is_refused),
	};

	g_resources_at_start = count_resources();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
