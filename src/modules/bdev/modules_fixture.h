/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of modules of block devices: the layer with all modules opened and closed around each
 * test, on one thread that the test polls; methods, and I/Os that are waited for. A test during
 * which something is logged fails, unless it looks for the words and calls log_capture_clear().
 */
#ifndef SPINDLE_MODULES_FIXTURE_H
#define SPINDLE_MODULES_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log_capture.h"
#include "spdk/bdev_module.h"
#include "spdk/env.h"
#include "spdk/thread.h"
#include "spdk/util.h"

int modules_open(void);
void modules_close(void);

/* Until the end of the test, modules look what is on each new device; else they do not. */
void let_modules_read_devices(void);

static inline int
modules_set_up(void **state)
{
	log_capture_start();
	return modules_open();
}

static inline int
modules_tear_down(void **state)
{
	bool is_quiet;

	modules_close();
	is_quiet = log_captured_nothing();
	log_capture_stop();
	return is_quiet ? 0 : -1;
}

#define MODULES_TEST(name) cmocka_unit_test_setup_teardown(name, modules_set_up, modules_tear_down)

/* The app thread, which is current. */
extern struct spdk_thread *g_app;

/* Another thread, that is polled with it from now on; modules_tear_down() ends it. */
struct spdk_thread *add_thread(const char *name);
/* Calls the function on a thread, at once. */
void run_on(struct spdk_thread *thread, spdk_msg_fn fn, void *arg);

/* Polls all threads until none has anything to do at this moment. */
void settle(void);
/* Polls until it is true; gives up after 30 s. */
void wait_until(bool (*is_true)(const void *arg), const void *arg);
/* The layer ends and begins anew, with bdev_set_options of these, or NULL. */
void restart_layer_with(const char *options);

/* ---- Methods ---- */

/* Calls a method, waits for the answer, asserts that it is this. `params` is a text. */
void expect(const char *method, const char *params, const char *text);
/* The same for a part of the answer. */
void expect_part(const char *method, const char *params, const char *part);
/* The same for an error: its code, and a part of its message. */
void expect_error(const char *method, const char *params, int code, const char *part);
/* What is saved of the layer, without what is the same for all. On the heap. */
char *save_config(void);
/* Calls the methods of a configuration that was saved. */
void load_saved(const char *saved);
/* Asserts what is saved, and that after a restart with it the same is saved. */
void check_round_trip(const char *saved);

/* What the module says of a device: the value of driver_specific. */
void expect_specific(const char *name, const char *text);

/* ---- I/O ---- */

/* A device opened for writing, and a channel of the current thread. */
struct disk {
	struct spdk_bdev_desc *desc;
	struct spdk_io_channel *ch;
	/* Of the device, while it is there. */
	struct spdk_bdev *bdev;
	uint32_t events[SPDK_BDEV_EVENT_MEDIA_MANAGEMENT + 1];
};

void disk_open(struct disk *disk, const char *name);
void disk_close(struct disk *disk);
/* What a test that failed has left open; modules_tear_down() does so as well. */
void disks_close_left(void);

struct outcome {
	uint32_t calls;
	enum spdk_bdev_io_status status;
	int sct, sc;
	/* Kept, if the test has set `keeps`: it frees it. */
	bool keeps;
	struct spdk_bdev_io *io;
};

/* The callback of an I/O whose argument is a struct outcome. */
void note_outcome(struct spdk_bdev_io *io, bool success, void *outcome);
/* Waits for its callback; the status. */
enum spdk_bdev_io_status outcome_wait(struct outcome *outcome);
/* Asserts the status of what is waited for; `rc` is what the submit function has returned. */
void expect_status(int rc, struct outcome *outcome, enum spdk_bdev_io_status status);

/* Of one vector, waited for, with success. */
void do_write(struct disk *disk, const void *buf, uint64_t offset, uint64_t count);
void do_read(struct disk *disk, void *buf, uint64_t offset, uint64_t count);

/* Aligned zeros that free() takes. */
void *new_buf(size_t size);
/* Bytes that tell each place and seed apart. */
void fill(void *buf, size_t size, uint32_t seed);

#endif
