/* SPDX-License-Identifier: BSD-3-Clause */
#include "modules/bdev/file/file_fixture.h"

#include "control/rpc_fixture.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#define DEADLINE_S 20

struct fake_kernel g_kernel;
bool g_open_takes_no_direct;
bool g_statx_has_no_direct;
int g_raw = -1;
uint8_t *g_buf, *g_other;

static char g_folder[256];
static uint8_t g_buf_memory[BUF_SIZE] __attribute__((aligned(4096)));
static uint8_t g_other_memory[BUF_SIZE] __attribute__((aligned(4096)));

/* ---- All of them ---- */

int
file_run_tests(void)
{
	/* The first one is for a child of a process that has done nothing yet. */
	static int (*const groups[])(void) = {
		file_run_full_tests,  file_run_data_tests, file_run_control_tests,
		file_run_fault_tests, file_run_rest_tests, file_run_device_tests,
		file_run_oom_tests,
	};
	struct bdev_reason reason = {""};
	int failures = 0;
	size_t i;

	if (g_subject.module->engine->probe(&reason) != 0) {
		fprintf(stderr, "skipped: %s\n", reason.text);
		return 77;
	}
	for (i = 0; i < SPDK_COUNTOF(groups) && failures == 0; i++) {
		failures = groups[i]();
	}
	return failures;
}

/* ---- The kernel ---- */

static int64_t
apply(const struct kernel_fault *fault, int64_t answer)
{
	if (fault->answer < 0 || answer < 0) {
		return fault->answer;
	}
	return spdk_min(fault->answer, answer);
}

int64_t
kernel_answer(const struct file_io *io, int64_t answer)
{
	struct kernel_fault *fault = &g_kernel.fault;

	g_kernel.in_kernel--;
	g_kernel.ops[io->op]++;
	if (!fault->is_armed || fault->op != io->op) {
		return answer;
	}
	if (fault->skipped > 0) {
		fault->skipped--;
		return answer;
	}
	answer = apply(fault, answer);
	fault->count--;
	if (fault->count == 0) {
		fault->is_armed = fault->then != 0;
		fault->count = 1;
		fault->answer = fault->then;
		fault->then = 0;
	}
	return answer;
}

void
kernel_note_submitted(int count)
{
	g_kernel.calls++;
	if (count > 0) {
		g_kernel.last_batch = (uint32_t)count;
		g_kernel.requests += (uint32_t)count;
		g_kernel.in_kernel += (uint32_t)count;
		g_kernel.in_kernel_max = spdk_max(g_kernel.in_kernel_max, g_kernel.in_kernel);
	}
}

bool
kernel_refuses(void)
{
	if (g_kernel.refusals == 0) {
		return false;
	}
	g_kernel.refusals--;
	g_kernel.calls++;
	return true;
}

/* In the place of the C library's. */
int
open(const char *path, int flags, ...)
{
	static int (*next)(const char *path, int flags, ...);
	mode_t mode = 0;
	va_list args;

	if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	if (next == NULL) {
		*(void **)&next = dlsym(RTLD_NEXT, "open");
	}
	/* Flags that no file system takes. */
	if (g_open_takes_no_direct && (flags & O_DIRECT) != 0) {
		flags = O_DIRECTORY | O_CREAT | O_TMPFILE;
	}
	return next(path, flags, mode);
}

int
statx(int folder, const char *path, int flags, unsigned int mask, struct statx *info)
{
	static int (*next)(int, const char *, int, unsigned int, struct statx *);
	int rc;

	if (next == NULL) {
		*(void **)&next = dlsym(RTLD_NEXT, "statx");
	}
	rc = next(folder, path, flags, mask, info);
#ifdef STATX_DIOALIGN
	if (rc == 0 && g_statx_has_no_direct) {
		info->stx_mask |= STATX_DIOALIGN;
		info->stx_dio_mem_align = 0;
		info->stx_dio_offset_align = 0;
	}
#endif
	return rc;
}

/* ---- Around a test ---- */

int
file_setup(void **state)
{
	const char *parent = getenv("TMPDIR");

	memset(&g_kernel, 0, sizeof(g_kernel));
	g_open_takes_no_direct = false;
	g_statx_has_no_direct = false;
	g_buf = g_buf_memory;
	g_other = g_other_memory;
	memset(g_buf, 0, BUF_SIZE);
	memset(g_other, 0, BUF_SIZE);
	snprintf(g_folder, sizeof(g_folder), "%s/spindle-file-XXXXXX",
		 parent != NULL ? parent : "/tmp");
	if (mkdtemp(g_folder) == NULL) {
		return -errno;
	}
	spdk_rpc_set_state(SPDK_RPC_RUNTIME);
	return bdev_setup(state);
}

static int
remove_one(const char *path, const struct stat *info, int type, struct FTW *place)
{
	return remove(path);
}

int
file_teardown(void **state)
{
	if (g_raw >= 0) {
		close(g_raw);
		g_raw = -1;
	}
	(void)nftw(g_folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return bdev_teardown(state);
}

/* ---- Files and devices ---- */

const char *
path_of(const char *file)
{
	static char paths[4][512];
	static unsigned int next;
	char *path = paths[next++ % SPDK_COUNTOF(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", g_folder, file);
	return path;
}

void
make_file(const char *file, uint64_t size)
{
	if (g_raw >= 0) {
		close(g_raw);
	}
	g_raw = open(path_of(file), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(g_raw >= 0);
	assert_int_equal(ftruncate(g_raw, (off_t)size), 0);
}

void
call_verb(const char *verb, const char *params, ...)
{
	char method[64], text[1024];
	va_list args;

	va_start(args, params);
	assert_in_range(vsnprintf(text, sizeof(text), params, args), 1, sizeof(text) - 1);
	va_end(args);
	snprintf(method, sizeof(method), "bdev_%s_%s", g_subject.name, verb);
	call_method(method, text);
	while (g_answer.count == 0) {
		settle_bdev();
	}
	settle_bdev();
}

void
assert_result(const char *result)
{
	assert_answered(result);
}

void
assert_error(int code, const char *part)
{
	if (strstr(g_answer.text, part) == NULL) {
		fail_msg("\"%s\" is not in \"%s\"", part, g_answer.text);
	}
	assert_int_equal(g_answer.code, code);
}

void
create_disk(const char *file, const char *more)
{
	call_verb("create", "{\"name\":\"disk\",\"filename\":\"%s\"%s}", path_of(file), more);
	assert_result("\"disk\"");
}

void
delete_disk(void)
{
	settle_bdev();
	call_verb("delete", "{\"name\":\"disk\"}");
	assert_result("true");
}

static void
ignore_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
}

struct opened
open_bdev(const char *name, bool write)
{
	struct opened opened;

	assert_int_equal(spdk_bdev_open_ext(name, write, ignore_event, NULL, &opened.desc), 0);
	opened.ch = spdk_bdev_get_io_channel(opened.desc);
	assert_non_null(opened.ch);
	return opened;
}

struct opened
open_disk(bool write)
{
	return open_bdev("disk", write);
}

struct file_bdev *
disk(void)
{
	struct spdk_bdev *bdev = spdk_bdev_get_by_name("disk");

	assert_non_null(bdev);
	return bdev->ctxt;
}

void
wait_until(bool (*is_so)(void *arg), void *arg)
{
	uint64_t deadline = spdk_get_ticks() + DEADLINE_S * spdk_get_ticks_hz();

	while (!is_so(arg)) {
		assert_true(spdk_get_ticks() < deadline);
		settle_bdev();
	}
}

void
wait_for(const struct outcome *outcome, int calls)
{
	uint64_t deadline = spdk_get_ticks() + DEADLINE_S * spdk_get_ticks_hz();

	while (outcome->calls < calls) {
		assert_true(spdk_get_ticks() < deadline);
		settle_bdev();
	}
	settle_bdev();
	assert_int_equal(outcome->calls, calls);
}

void
assert_raw_pattern(uint64_t offset, size_t size, uint32_t seed)
{
	uint8_t *expected = malloc(size), *found = malloc(size);

	assert_true(expected != NULL && found != NULL);
	fill_pattern(expected, size, seed);
	assert_int_equal(pread(g_raw, found, size, (off_t)offset), size);
	assert_memory_equal(found, expected, size);
	free(expected);
	free(found);
}

void
assert_raw_zeroes(uint64_t offset, size_t size)
{
	uint8_t *found = malloc(size);
	size_t i;

	assert_non_null(found);
	assert_int_equal(pread(g_raw, found, size, (off_t)offset), size);
	for (i = 0; i < size; i++) {
		assert_int_equal(found[i], 0);
	}
	free(found);
}

void
assert_logged(enum spdk_log_level level, const char *part)
{
	int of_level = log_capture_count(level), all = 0, i;

	if (strstr(g_log_capture.text, part) == NULL) {
		fail_msg("\"%s\" is not in \"%s\"", part, g_log_capture.text);
	}
	for (i = 0; i <= SPDK_LOG_NOTICE; i++) {
		all += log_capture_count(i);
	}
	assert_int_equal(of_level, 1);
	assert_int_equal(all, 1);
	log_capture_clear();
}

void
assert_not_logged(void)
{
	assert_true(log_captured_nothing());
}

void
assert_logged_somewhere(const char *part)
{
	if (strstr(g_log_capture.text, part) == NULL) {
		fail_msg("\"%s\" is not in \"%s\"", part, g_log_capture.text);
	}
	log_capture_clear();
}

void
forget_log(void)
{
	log_capture_clear();
}
