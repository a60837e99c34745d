/* SPDX-License-Identifier: BSD-3-Clause */
/* Configuration files: what their lines become, how they are asked, and what is refused where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/failing_malloc.h"
#include "base/log_capture.h"
#include "spdk/conf.h"
#include "spdk/util.h"

static char g_path[] = "/tmp/spindle_conf_test.XXXXXX";

static int
make_file(void **state)
{
	int fd = mkstemp(g_path);

	return fd >= 0 ? close(fd) : -1;
}

static int
remove_file(void **state)
{
	return unlink(g_path);
}

static void
write_file(const char *text, size_t size)
{
	FILE *file = fopen(g_path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static int
read_text(struct spdk_conf *conf, const char *text)
{
	write_file(text, strlen(text));
	return spdk_conf_read(conf, g_path);
}

static struct spdk_conf *
conf_of(const char *text)
{
	struct spdk_conf *conf = spdk_conf_allocate();

	assert_non_null(conf);
	assert_int_equal(read_text(conf, text), 0);
	return conf;
}

static struct spdk_conf_section *
section_of(struct spdk_conf *conf, const char *name)
{
	struct spdk_conf_section *section = spdk_conf_find_section(conf, name);

	assert_non_null(section);
	return section;
}

static void
a_job_file_is_read_as_a_load_generator_writes_it(void **state)
{
	struct spdk_conf *conf =
		conf_of("# jobs\n ; at first\n[global]\nrw=randread\ncpumask = [0,2]\n"
			"\n; two of them\n[job0]\nfilename=Malloc0:Malloc1\n"
			"bs\t4096\n[ job1 ]\r\nfilename=Null0\r\nthread\r\n");
	struct spdk_conf_section *section = spdk_conf_first_section(conf);

	assert_string_equal(spdk_conf_section_get_name(section), "global");
	assert_string_equal(spdk_conf_section_get_val(section, "rw"), "randread");
	assert_string_equal(spdk_conf_section_get_val(section, "CPUmask"), "[0,2]");
	section = spdk_conf_next_section(section);
	assert_string_equal(spdk_conf_section_get_name(section), "job0");
	assert_string_equal(spdk_conf_section_get_val(section, "filename"), "Malloc0:Malloc1");
	assert_int_equal(spdk_conf_section_get_intval(section, "bs"), 4096);
	section = spdk_conf_next_section(section);
	assert_string_equal(spdk_conf_section_get_name(section), "job1");
	assert_string_equal(spdk_conf_section_get_val(section, "filename"), "Null0");
	assert_null(spdk_conf_section_get_val(section, "thread"));
	assert_null(spdk_conf_next_section(section));
	spdk_conf_free(conf);
}

static void
values_are_found_by_line_and_place(void **state)
{
	struct spdk_conf *conf = conf_of("[Files]\nAIO /dev/a AIO0 512\nAIO /dev/b AIO1\n");
	struct spdk_conf_section *section = section_of(conf, "files");

	assert_string_equal(spdk_conf_section_get_nmval(section, "AIO", 0, 2), "512");
	assert_string_equal(spdk_conf_section_get_nmval(section, "AIO", 1, 0), "/dev/b");
	assert_string_equal(spdk_conf_section_get_nmval(section, "aio", 1, 1), "AIO1");
	assert_null(spdk_conf_section_get_nmval(section, "AIO", 1, 2));
	assert_null(spdk_conf_section_get_nmval(section, "AIO", 2, 0));
	assert_null(spdk_conf_section_get_nmval(section, "AIO", -1, 0));
	assert_string_equal(spdk_conf_section_get_nval(section, "AIO", 1), "AIO0");
	assert_string_equal(spdk_conf_section_get_val(section, "AIO"), "/dev/a");
	assert_null(spdk_conf_section_get_val(NULL, "AIO"));
	assert_null(spdk_conf_section_get_val(section, NULL));
	spdk_conf_free(conf);
}

static void
quotes_and_backslashes_keep_blanks_and_lines_together(void **state)
{
	struct spdk_conf *conf = conf_of("[a]\nx = \"two words\" 'it''s' one\\ more\n"
					 "y one \\\n  two \\\r\n three\nz=#1 \\\\\nw=\"\" v\n"
					 "# a comment does not go on \\\nu=5\nt=end\\");
	struct spdk_conf_section *section = section_of(conf, "a");

	assert_string_equal(spdk_conf_section_get_nval(section, "x", 0), "two words");
	assert_string_equal(spdk_conf_section_get_nval(section, "x", 1), "its");
	assert_string_equal(spdk_conf_section_get_nval(section, "x", 2), "one more");
	assert_string_equal(spdk_conf_section_get_nval(section, "y", 0), "one");
	assert_string_equal(spdk_conf_section_get_nval(section, "y", 1), "two");
	assert_string_equal(spdk_conf_section_get_nval(section, "y", 2), "three");
	assert_string_equal(spdk_conf_section_get_nval(section, "z", 0), "#1");
	assert_string_equal(spdk_conf_section_get_nval(section, "z", 1), "\\");
	assert_string_equal(spdk_conf_section_get_nval(section, "w", 0), "");
	assert_string_equal(spdk_conf_section_get_nval(section, "w", 1), "v");
	assert_string_equal(spdk_conf_section_get_val(section, "u"), "5");
	assert_string_equal(spdk_conf_section_get_val(section, "t"), "end");
	spdk_conf_free(conf);
}

static void
sections_of_one_name_become_one_unless_kept_apart(void **state)
{
	struct spdk_conf *conf = conf_of("[a]\nx=1\n[b]\n[A]\nx=2\n");
	struct spdk_conf_section *section = section_of(conf, "a");

	assert_string_equal(spdk_conf_section_get_nmval(section, "x", 1, 0), "2");
	assert_string_equal(spdk_conf_section_get_name(spdk_conf_next_section(section)), "b");
	assert_null(spdk_conf_next_section(spdk_conf_next_section(section)));
	/* Also with what is read later. */
	assert_int_equal(read_text(conf, "[c]\n[a]\nx=3\n"), 0);
	assert_string_equal(spdk_conf_section_get_nmval(section, "x", 2, 0), "3");
	spdk_conf_disable_sections_merge(conf);
	assert_int_equal(read_text(conf, "[a]\nx=4\n[a]\nx=5\n"), 0);
	assert_null(spdk_conf_section_get_nmval(section, "x", 3, 0));
	section = spdk_conf_next_section(section_of(conf, "c"));
	assert_string_equal(spdk_conf_section_get_val(section, "x"), "4");
	section = spdk_conf_next_section(section);
	assert_string_equal(spdk_conf_section_get_val(section, "x"), "5");
	spdk_conf_free(conf);
}

static void
names_have_numbers_and_prefixes(void **state)
{
	struct spdk_conf *conf = conf_of("[Port12x7]\n[Port]\n[Port99999999999999999999]\n");
	struct spdk_conf_section *section = spdk_conf_first_section(conf);

	assert_int_equal(spdk_conf_section_get_num(section), 12);
	assert_true(spdk_conf_section_match_prefix(section, "port"));
	assert_false(spdk_conf_section_match_prefix(section, "port2"));
	assert_int_equal(spdk_conf_section_get_num(spdk_conf_next_section(section)), 0);
	section = spdk_conf_find_section(conf, "Port99999999999999999999");
	assert_int_equal(spdk_conf_section_get_num(section), INT_MAX);
	spdk_conf_free(conf);
}

static void
numbers_and_truth_values_are_told_from_what_is_none(void **state)
{
	struct spdk_conf *conf = conf_of("[a]\nn=7\nbad=7k\nneg=-7\nbig=2147483648\nyes=YES\n"
					 "y=y\ntrue=True\nno=No\nfalse=FALSE\nnn=n\nmaybe=2\n"
					 "none\n");
	struct spdk_conf_section *section = section_of(conf, "a");
	static const char *const truths[] = {"yes", "y", "true"};
	static const char *const lies[] = {"no", "nn", "false"};
	size_t i;

	assert_int_equal(spdk_conf_section_get_intval(section, "n"), 7);
	assert_int_equal(spdk_conf_section_get_intval(section, "bad"), -EINVAL);
	assert_int_equal(spdk_conf_section_get_intval(section, "neg"), -ERANGE);
	assert_int_equal(spdk_conf_section_get_intval(section, "big"), -ERANGE);
	assert_int_equal(spdk_conf_section_get_intval(section, "absent"), -1);
	assert_int_equal(spdk_conf_section_get_intval(section, "none"), -1);
	for (i = 0; i < SPDK_COUNTOF(truths); i++) {
		assert_true(spdk_conf_section_get_boolval(section, truths[i], false));
		assert_false(spdk_conf_section_get_boolval(section, lies[i], true));
	}
	assert_true(spdk_conf_section_get_boolval(section, "maybe", true));
	assert_false(spdk_conf_section_get_boolval(section, "maybe", false));
	assert_true(spdk_conf_section_get_boolval(section, "absent", true));
	spdk_conf_free(conf);
}

static void
the_default_one_stands_for_null(void **state)
{
	struct spdk_conf *conf = conf_of("[a]\n");

	assert_null(spdk_conf_first_section(NULL));
	assert_null(spdk_conf_find_section(NULL, "a"));
	spdk_conf_set_as_default(conf);
	assert_ptr_equal(spdk_conf_find_section(NULL, "a"), spdk_conf_first_section(conf));
	assert_ptr_equal(spdk_conf_first_section(NULL), spdk_conf_first_section(conf));
	spdk_conf_free(conf);
	assert_null(spdk_conf_first_section(NULL));
	spdk_conf_free(NULL);
}

static void
what_is_wrong_is_named_with_its_line_and_adds_nothing(void **state)
{
	static const struct {
		const char *text, *message;
	} bad[] = {
		{"# c\nx=1\n", ":2: a key outside of all sections"},
		{"[a]\n[b\n", ":2: a section without an end"},
		{"[a]\nx=1 \\\n 2\n[ ]\n", ":4: a section without a name"},
		{"[a] b=1\n", ":1: there is more after the ']'"},
		{"[a]\n\n=5\n", ":3: a value without a key"},
		{"[a]\nx=\"one\n", ":2: a quote that is not closed"},
		{"[a]\nx=one \\\ntwo' three\n", ":2: a quote that is not closed"},
	};
	struct spdk_conf *conf = spdk_conf_allocate();
	size_t i;

	log_capture_start();
	for (i = 0; i < SPDK_COUNTOF(bad); i++) {
		assert_int_equal(read_text(conf, bad[i].text), -EINVAL);
		assert_true(log_captured(g_path, NULL));
		assert_one_error(bad[i].message);
		assert_null(spdk_conf_first_section(conf));
	}
	write_file("[a]\nx=1\0\n", 9);
	assert_int_equal(spdk_conf_read(conf, g_path), -EINVAL);
	assert_one_error(":2: a byte 0");
	assert_int_equal(spdk_conf_read(conf, "/nowhere/at/all"), -ENOENT);
	assert_one_error("/nowhere/at/all: cannot be read: No such file");
	assert_int_equal(spdk_conf_read(conf, NULL), -EINVAL);
	assert_one_error("the file name is NULL");
	assert_int_equal(spdk_conf_read(NULL, g_path), -EINVAL);
	assert_one_error("the configuration is NULL");
	log_capture_stop();
	spdk_conf_free(conf);
}

static void
a_file_without_measure_is_refused(void **state)
{
	struct spdk_conf *conf = spdk_conf_allocate();

	log_capture_start();
	assert_int_equal(truncate(g_path, (16 << 20) + 1), 0);
	assert_int_equal(spdk_conf_read(conf, g_path), -E2BIG);
	assert_one_error("cannot be read");
	log_capture_stop();
	spdk_conf_free(conf);
}

static void
out_of_memory_leaves_it_as_it_was(void **state)
{
#ifdef HAS_OWN_ALLOCATOR
	skip();
#else
	static const char more[] = "[a]\ny=\"2\" 3\n[b]\n";
	struct spdk_conf_section *section;
	struct spdk_conf *conf;
	bool is_over = false;
	long i, live;
	int rc;

	log_capture_start();
	for (i = 0; !is_over; i++) {
		conf = conf_of("[a]\nx=1\n");
		section = section_of(conf, "a");
		write_file(more, strlen(more));
		live = t_live;
		t_allocations_left = i;
		rc = spdk_conf_read(conf, g_path);
		is_over = t_allocations_left >= 0;
		t_allocations_left = -1;
		if (rc != 0) {
			assert_int_equal(rc, -ENOMEM);
			assert_int_equal(t_live, live);
			assert_null(spdk_conf_section_get_val(section, "y"));
			assert_null(spdk_conf_next_section(section));
		}
		spdk_conf_free(conf);
	}
	log_capture_stop();
	assert_int_equal(rc, 0);
	assert_true(i > 8);
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_job_file_is_read_as_a_load_generator_writes_it),
		cmocka_unit_test(values_are_found_by_line_and_place),
		cmocka_unit_test(quotes_and_backslashes_keep_blanks_and_lines_together),
		cmocka_unit_test(sections_of_one_name_become_one_unless_kept_apart),
		cmocka_unit_test(names_have_numbers_and_prefixes),
		cmocka_unit_test(numbers_and_truth_values_are_told_from_what_is_none),
		cmocka_unit_test(the_default_one_stands_for_null),
		cmocka_unit_test(what_is_wrong_is_named_with_its_line_and_adds_nothing),
		cmocka_unit_test(a_file_without_measure_is_refused),
		cmocka_unit_test(out_of_memory_leaves_it_as_it_was),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
