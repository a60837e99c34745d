/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Start and end: what the file looks like, what stays of it, what is cleared away of others, and
 * how it goes where there can be no file.
 */
#include "base/small_folder.h"
#include "runtime/trace/trace_fixture.h"

#include <sys/wait.h>

#define PLAIN SPDK_TPOINT_ID(GROUP_A, 0)

static void
the_file_has_its_sections_one_after_the_other(void **state)
{
	struct spdk_trace_file *file;
	struct stat status;

	open_trace(64);
	file = g_trace_file;
	assert_non_null(file);
	assert_int_equal(file->num_sections, SPDK_TRACE_NUM_SECTIONS);
	assert_int_equal(spdk_trace_get_tsc_rate(file), spdk_get_ticks_hz());
	assert_int_equal(file->section_offsets[SPDK_TRACE_SECTION_MAIN], sizeof(*file));
	for (int i = 1; i < SPDK_TRACE_NUM_SECTIONS; i++) {
		assert_true(file->section_offsets[i] > file->section_offsets[i - 1]);
	}
	assert_int_equal(file->section_offsets[SPDK_TRACE_SECTION_LCORE_OFFSETS] +
				 sizeof(struct spdk_trace_section_lcore_offsets) +
				 SPDK_TRACE_MAX_LCORE * sizeof(uint64_t),
			 sizeof(*file) + spdk_trace_file_get_sections_size(file));
	assert_int_equal(stat(trace_file_path(), &status), 0);
	assert_int_equal(status.st_size, spdk_get_trace_file_size(file));
	assert_int_equal(status.st_mode & 0777, 0600);
	/* Without anything on, hardly more than the table of tracepoints has memory. */
	assert_true(status.st_blocks * 512 < 300000);
	file->num_sections = SPDK_TRACE_SECTION_OBJECT;
	assert_non_null(spdk_trace_get_owner_type_section(file));
	assert_null(spdk_trace_get_object_section(file));
	file->num_sections = SPDK_TRACE_NUM_SECTIONS;
	assert_null(spdk_get_per_lcore_history(file, 0));
	spdk_trace_set_tpoints(GROUP_A, 1);
	assert_non_null(spdk_get_per_lcore_history(file, 0));
	assert_non_null(spdk_get_per_lcore_history(file, 1));
	assert_null(spdk_get_per_lcore_history(file, 2));
	assert_null(spdk_get_per_lcore_history(file, SPDK_TRACE_MAX_LCORE));
}

static void
without_entries_there_is_no_tracing(void **state)
{
	assert_int_equal(spdk_trace_init(NULL, 0, 0), 0);
	assert_null(g_trace_file);
	assert_false(trace_is_on());
	assert_null(trace_file_path());
	spdk_trace_set_tpoint_group_mask(UINT64_MAX);
	assert_int_equal(spdk_trace_get_tpoint_group_mask(), 0);
	spdk_trace_record(PLAIN, 0, 0, 0);
	spdk_trace_clear();
	assert_int_equal(spdk_trace_register_owner(1, "owner"), OWNER_ID_NONE);
	spdk_trace_register_object(1, 'o');
	spdk_trace_register_owner_type(1, 'o');
	spdk_trace_tpoint_register_relation(1, 1, 0);
	spdk_trace_register_description("PLAIN", PLAIN, 0, 0, 0, 0, NULL);
	assert_int_equal(spdk_trace_enable_tpoint_group("all"), -ENODEV);
	assert_int_equal(spdk_trace_disable_tpoint_group("all"), -ENODEV);
	assert_nothing_logged();
	/* It can be switched on later. */
	open_trace(16);
	assert_true(trace_is_on());
}

static void
wrong_arguments_are_explained(void **state)
{
	assert_int_equal(spdk_trace_init(NULL, 16, 0), -EINVAL);
	assert_one_error("'(null)' is no name of shared memory");
	assert_int_equal(spdk_trace_init("trace", 16, 0), -EINVAL);
	assert_one_error("'trace' is no name");
	assert_int_equal(spdk_trace_init("/a/b", 16, 0), -EINVAL);
	assert_one_error("'/a/b' is no name");
	assert_int_equal(spdk_trace_init("/", 16, 0), -EINVAL);
	assert_one_error("'/' is no name");
	assert_int_equal(spdk_trace_init(SHM_NAME, 17, 0), -EINVAL);
	assert_one_error("17 trace entries: it must be a power of two");
	assert_int_equal(spdk_trace_init(SHM_NAME, UINT64_C(1) << 40, 0), -EINVAL);
	assert_one_error("power of two");
	assert_int_equal(spdk_trace_init(SHM_NAME, 16, SPDK_TRACE_MAX_LCORE - 1), -EINVAL);
	assert_one_error("no room to trace 1023 OS threads besides the cores up to 1");
	assert_int_equal(spdk_trace_init(SHM_NAME, 16, SPDK_TRACE_MAX_LCORE - 2), 0);
	assert_int_equal(spdk_trace_init(SHM_NAME, 16, 0), -EALREADY);
	assert_one_error("there is tracing already");
	assert_int_equal(spdk_trace_init(SHM_NAME, 0, 0), -EALREADY);
	assert_one_error("there is tracing already");
}

static void
what_comes_too_early_is_explained(void **state)
{
	spdk_trace_clear();
	assert_one_error("spdk_trace_clear(): there is no tracing yet");
	spdk_trace_set_tpoints(GROUP_A, 1);
	assert_one_error("spdk_trace_set_tpoints(): there is no tracing yet");
	spdk_trace_register_description("PLAIN", PLAIN, 0, 0, 0, 0, NULL);
	assert_one_error("spdk_trace_register_description(): there is no tracing yet");
	assert_int_equal(spdk_trace_create_tpoint_mask(GROUP_A, "PLAIN"), 0);
	assert_one_error("spdk_trace_create_tpoint_mask(): there is no tracing yet");
	/* Owners come and go with connections, which do not know of tracing. */
	assert_int_equal(spdk_trace_register_owner(1, "owner"), OWNER_ID_NONE);
	assert_nothing_logged();
}

static void
a_file_with_entries_stays_and_an_empty_one_goes(void **state)
{
	open_trace(16);
	spdk_trace_set_tpoints(GROUP_A, 1);
	spdk_trace_cleanup();
	assert_false(trace_file_is_there(SHM_NAME));
	open_trace(16);
	spdk_trace_set_tpoints(GROUP_A, 1);
	spdk_trace_record(PLAIN, 0, 0, 0);
	spdk_trace_cleanup();
	assert_null(g_trace_file);
	assert_null(trace_file_path());
	assert_int_equal(spdk_trace_get_tpoint_mask(GROUP_A), 0);
	assert_true(trace_file_is_there(SHM_NAME));
	/* The next one of this name begins anew. */
	open_trace(16);
	spdk_trace_set_tpoints(GROUP_A, 1);
	assert_int_equal(spdk_get_per_lcore_history(g_trace_file, 0)->next_entry, 0);
}

/* As a process leaves it that has crashed: with `count` entries. */
static void
leave_file(const char *name, int count)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		status = spdk_trace_init(name, 16, 0);
		spdk_trace_set_tpoints(GROUP_A, count < 0 ? 0 : 1);
		for (int i = 0; i < count; i++) {
			spdk_trace_record(PLAIN, 0, 0, 0);
		}
		_exit(status != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(trace_file_is_there(name));
}

static void
make_file(const char *name, const void *data, size_t size)
{
	char path[ENV_SHM_PATH_SIZE];
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", g_trace_folder, name);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	fclose(file);
}

/* As a process leaves it that was killed after the first page was written, and before the rest. */
static void
leave_half_made_file(const char *name)
{
	struct spdk_trace_file file;
	char path[ENV_SHM_PATH_SIZE];
	int fd;

	leave_file(name, -1);
	snprintf(path, sizeof(path), "%s%s", g_trace_folder, name);
	fd = open(path, O_RDWR);
	assert_int_equal(pread(fd, &file, sizeof(file), 0), sizeof(file));
	assert_int_equal(ftruncate(fd, sizeof(file)), 0);
	assert_int_equal(ftruncate(fd, (off_t)file.file_size), 0);
	close(fd);
}

static void
empty_files_of_dead_processes_of_the_same_name_are_removed(void **state)
{
	static const char *const wanted[] = {"/test_trace.5", "/test_trace.7", "/other_trace.2"};
	struct spdk_trace_file damaged = {.num_sections = 3, .file_size = 1};

	leave_file("/test_trace.3", -1);
	leave_file("/test_trace.4", 0);
	leave_file("/test_trace.5", 1);
	leave_file("/other_trace.2", 0);
	leave_half_made_file("/test_trace.8");
	make_file("/test_trace.6", &damaged, 0);
	make_file("/test_trace.7", &damaged, sizeof(damaged));
	open_trace(16);
	assert_false(trace_file_is_there("/test_trace.3"));
	assert_false(trace_file_is_there("/test_trace.4"));
	assert_false(trace_file_is_there("/test_trace.6"));
	assert_false(trace_file_is_there("/test_trace.8"));
	for (size_t i = 0; i < SPDK_COUNTOF(wanted); i++) {
		assert_true(trace_file_is_there(wanted[i]));
		remove_trace_file(wanted[i]);
	}
}

/* Recording works, and is read by whoever knows where. */
static void
check_own_memory(void)
{
	assert_null(trace_file_path());
	spdk_trace_set_tpoints(GROUP_A, 1);
	spdk_trace_record(PLAIN, 0, 0, 5);
	assert_int_equal(spdk_get_per_lcore_history(g_trace_file, 0)->next_entry, 1);
	assert_true(spdk_trace_register_owner(1, "owner") != OWNER_ID_NONE);
	spdk_trace_cleanup();
}

static void
where_there_can_be_no_file_memory_of_the_process_is_used(void **state)
{
	struct env_shm held;

	env_shm_set_folder("/nowhere");
	open_trace(16);
	assert_one_notice("Other processes cannot read this one's traces");
	check_own_memory();
	env_shm_set_folder(g_trace_folder);
	assert_int_equal(env_shm_create(SHM_NAME, 4096, &held), 0);
	open_trace(16);
	assert_one_notice("a live process has it. Choose another number by -i");
	check_own_memory();
	env_shm_close(&held, true);
}

#define SMALL_CAN_NOT 77

/* In a process of its own, with a tmpfs of this size. The status is 0 or where it went wrong. */
static int
trace_in_small_folder(const char *size, int (*fn)(void))
{
	return small_folder_mount(g_trace_folder, size) == 0 ? fn() : SMALL_CAN_NOT;
}

static void
check_in_small_folder(const char *size, int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		_exit(trace_in_small_folder(size, fn));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SMALL_CAN_NOT) {
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int
find_no_room_for_tables(void)
{
	log_capture_start();
	if (spdk_trace_init(SHM_NAME, 1024, 0) != 0 || trace_file_path() != NULL) {
		return 1;
	}
	if (!log_captured("/dev/shm is full", NULL) || trace_file_is_there(SHM_NAME)) {
		return 2;
	}
	spdk_trace_set_tpoints(GROUP_A, 1);
	spdk_trace_record(PLAIN, 0, 0, 0);
	return spdk_get_per_lcore_history(g_trace_file, 0)->next_entry == 1 ? 0 : 3;
}

static int
find_no_room_for_tpoints(void)
{
	log_capture_start();
	if (spdk_trace_init(SHM_NAME, 1024, 0) != 0 || trace_file_path() == NULL) {
		return 1;
	}
	log_capture_clear();
	spdk_trace_register_description("LATE", SPDK_TPOINT_ID(GROUP_B, 0), 0, 0, 0,
					SPDK_TRACE_ARG_TYPE_INT, "size");
	if (!log_captured("'LATE', 0 of group 19, is left out: there is no memory in /dev/shm",
			  NULL) ||
	    trace_tpoint_name(GROUP_B, 0) != NULL) {
		return 2;
	}
	spdk_trace_cleanup();
	return trace_file_is_there(SHM_NAME) ? 3 : 0;
}

static int
find_room_for_one_core(void)
{
	log_capture_start();
	if (spdk_trace_init(SHM_NAME, 4096, 0) != 0 || trace_file_path() == NULL) {
		return 1;
	}
	spdk_trace_set_tpoints(GROUP_A, 1);
	if (!log_captured("What runs on reactor_1 is not traced, for lack of memory", NULL)) {
		return 2;
	}
	spdk_trace_record(PLAIN, 0, 0, 0);
	if (spdk_get_per_lcore_history(g_trace_file, 0)->next_entry != 1 ||
	    spdk_get_per_lcore_history(g_trace_file, 1) != NULL) {
		return 3;
	}
	/* Nor is there room for owners, some time. */
	for (int i = 0; i < 3000; i++) {
		if (spdk_trace_register_owner(1, "owner") == OWNER_ID_NONE) {
			return log_captured("/dev/shm is full", NULL) ? 0 : 4;
		}
	}
	return 5;
}

static int
find_no_room_for_owners(void)
{
	static const char zeros[4096];
	char path[PATH_MAX];
	int fd;

	log_capture_start();
	if (spdk_trace_init(SHM_NAME, 4096, 0) != 0 || trace_file_path() == NULL) {
		return 1;
	}
	snprintf(path, sizeof(path), "%s/filler", g_trace_folder);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	while (write(fd, zeros, sizeof(zeros)) == (ssize_t)sizeof(zeros)) {
		continue;
	}
	close(fd);
	if (spdk_trace_register_owner(1, "owner") != OWNER_ID_NONE) {
		return 2;
	}
	return log_captured("in traces: 0 are, and /dev/shm is full", NULL) ? 0 : 3;
}

static void
a_full_folder_ends_in_no_signal(void **state)
{
	check_in_small_folder("size=8k", find_no_room_for_tables);
	check_in_small_folder("size=28k", find_no_room_for_tpoints);
	check_in_small_folder("size=240k", find_room_for_one_core);
	check_in_small_folder("size=240k", find_no_room_for_owners);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TRACE_TEST(the_file_has_its_sections_one_after_the_other),
		TRACE_TEST(without_entries_there_is_no_tracing),
		TRACE_TEST(wrong_arguments_are_explained),
		TRACE_TEST(what_comes_too_early_is_explained),
		TRACE_TEST(a_file_with_entries_stays_and_an_empty_one_goes),
		TRACE_TEST(empty_files_of_dead_processes_of_the_same_name_are_removed),
		TRACE_TEST(where_there_can_be_no_file_memory_of_the_process_is_used),
		TRACE_TEST(a_full_folder_ends_in_no_signal),
	};

	return cmocka_run_group_tests(tests, open_trace_env, close_trace_env);
}
