/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of this module: controllers that are programs (io/nvme/fake), attached by the method,
 * and detached and looked over at the end.
 *
 * Notices and what the driver says are not what these tests are about: they are forgotten at the
 * end. A test that is about a message looks for it. Options, which outlive the layer, are again
 * what they were.
 */
#ifndef SPINDLE_BDEV_NVME_FIXTURE_H
#define SPINDLE_BDEV_NVME_FIXTURE_H

#include "io/nvme/fake/fake.h"
#include "modules/bdev/modules_fixture.h"
#include "spdk/module/bdev/nvme.h"

#define FAKES_MAX 4

struct nvme_link;

int nvme_open(void);
void nvme_close(void);

static inline int
nvme_set_up(void **state)
{
	log_capture_start();
	return nvme_open();
}

static inline int
nvme_tear_down(void **state)
{
	nvme_close();
	log_capture_clear();
	return modules_tear_down(state);
}

#define NVME_TEST(name) cmocka_unit_test_setup_teardown(name, nvme_set_up, nvme_tear_down)

/* Made, and running in an OS thread of its own; NULL: as fake_opts_init() has it. */
struct fake *new_fake(const struct fake_opts *opts);
/* It has been detached. */
void end_fake(struct fake *fake);

/* Attached by the method, with more parameters (", \"x\": 1", or ""); answers these names. */
void attach_as(const char *name, struct fake *fake, const char *more, const char *names);
/* The usual: Nvme0. */
void attach(struct fake *fake, const char *names);
/*
 * Attaches one that is made so, with bdev_nvme_set_options of these, or NULL, and opens its
 * namespace 1. The queue pair is there, because a block has been written.
 */
struct fake *open_with(struct disk *disk, const char *options, const struct fake_opts *opts);
/* Of the current thread. */
struct nvme_link *link_of(const struct disk *disk);
void detach(const char *name);

/* Calls a method whose only parameter is a name. */
void expect_named(const char *method, const char *name, const char *text);

/* Waits until a device is there, or is not. */
void wait_for_bdev(const char *name);
void wait_for_no_bdev(const char *name);
/* Until none is attached. */
void wait_for_no_controller(void);
/* Polls for so long. */
void poll_for_ms(uint32_t ms);

/* What the fake has counted of I/O commands with this opcode. */
uint64_t commands(struct fake *fake, uint8_t opc);

/* Until a fault, by its number, has struck. */
void wait_for_strike(struct fake *fake, uint32_t number);

/* DMA memory. */
void *dma_buf(size_t size);

#endif
