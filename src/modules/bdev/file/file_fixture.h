/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of bdevs on files, the same for each module: the layer and a folder of one's own around
 * each test, devices that are made by their methods, and a kernel that does what the test says.
 */
#ifndef SPINDLE_FILE_FIXTURE_H
#define SPINDLE_FILE_FIXTURE_H

/* This one first: it has what cmocka wants to have included. */
#include "io/bdev/bdev_fixture.h"

#include "modules/bdev/file/file_bdev.h"

#define FILE_BLOCK 4096
#define MIB        (1024 * 1024)

/* ---- What is tested ---- */

struct file_subject {
	/* "aio" */
	const char *name;
	struct file_module *module;
};

extern struct file_subject g_subject;

/* All groups, up to the first with a failure. What main() returns: 77 where there are no rings. */
int file_run_tests(void);

/* Each group: how many have failed. */
int file_run_full_tests(void);
int file_run_data_tests(void);
int file_run_control_tests(void);
int file_run_fault_tests(void);
int file_run_rest_tests(void);
int file_run_device_tests(void);
int file_run_oom_tests(void);

/* ---- The kernel ---- */

/* What becomes of the answers to requests of one kind. */
struct kernel_fault {
	bool is_armed;
	enum file_op op;
	/* How many of them; the first ones pass untouched. */
	uint32_t skipped;
	uint32_t count;
	/* Negative: the answer. Else the most that was moved, of the data that was. */
	int64_t answer;
	/* If not 0: what the next one after those is answered. */
	int64_t then;
};

/* Written by the test, read by aio_fake.c and uring_fake.c in the place of the engine's library. */
struct fake_kernel {
	struct kernel_fault fault;
	/* Answers are not handed out. */
	bool holds;
	/* So many calls that submit fail with this. */
	uint32_t refusals;
	int refusal;
	/* Setting up a ring fails with this; `takes_no_flags`: with -EINVAL, where it is given any.
	 */
	int set_up_error;
	bool takes_no_flags;
	/* What has happened. */
	uint32_t calls;
	uint32_t requests;
	uint32_t last_batch;
	uint32_t in_kernel;
	uint32_t in_kernel_max;
	uint32_t set_ups;
	uint32_t ops[FILE_OP_CANCEL + 1];
	/* What the kernel itself was asked for, and the last I/O that it was asked to cancel. */
	uint32_t syncs;
	uint32_t cancels;
	const void *cancelled;
};

extern struct fake_kernel g_kernel;

/* For the fakes: the answer as the test wants it, and counting. */
int64_t kernel_answer(const struct file_io *io, int64_t answer);
void kernel_note_submitted(int count);
/* Whether this call is to be refused. */
bool kernel_refuses(void);

/* Direct I/O is refused, by open(2) or by what statx(2) says. */
extern bool g_open_takes_no_direct;
extern bool g_statx_has_no_direct;

/* ---- Files and devices ---- */

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, file_setup, file_teardown)
int file_setup(void **state);
int file_teardown(void **state);

/* In the folder of the test; valid until the fourth call after this. */
const char *path_of(const char *file);
/* Of zeroes. The raw file is open then for the test to look at, as g_raw. */
void make_file(const char *file, uint64_t size);
extern int g_raw;

/* Has the method "bdev_<subject>_<verb>" called, and waits for the answer. */
void call_verb(const char *verb, const char *params, ...) __attribute__((format(printf, 2, 3)));
/* The answer to the last call: a result; or an error whose message has `part` in it. */
void assert_result(const char *result);
void assert_error(int code, const char *part);
/* A device "disk" on a file; `more` is what params have besides, or "". */
void create_disk(const char *file, const char *more);
void delete_disk(void);
struct opened open_bdev(const char *name, bool write);
struct opened open_disk(bool write);
struct file_bdev *disk(void);

/* Polls until so many callbacks have come. */
void wait_for(const struct outcome *outcome, int calls);
void wait_until(bool (*is_so)(void *arg), void *arg);

/* A part of the raw file is what fill_pattern() makes of a seed; or zeroes. */
void assert_raw_pattern(uint64_t offset, size_t size, uint32_t seed);
void assert_raw_zeroes(uint64_t offset, size_t size);

/* Two of 4 MiB, aligned for everything. */
extern uint8_t *g_buf, *g_other;
#define BUF_SIZE (4u * MIB)

/* One message of this level was logged, with `part` in it, and nothing else; or nothing at all. */
void assert_logged(enum spdk_log_level level, const char *part);
void assert_not_logged(void);
/* Among other messages. */
void assert_logged_somewhere(const char *part);
void forget_log(void);

#endif
