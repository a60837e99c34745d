/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Errors that are to be injected: the next few I/Os of a type meet one.
 *
 * One OS thread arms, any number of others take: each of the count is taken once.
 */
#ifndef SPINDLE_BDEV_ERROR_INJECTION_H
#define SPINDLE_BDEV_ERROR_INJECTION_H

#include "spdk/module/bdev/error.h"
#include "spdk/stdinc.h"

struct injection {
	enum spdk_bdev_error_type type;
	/* How many I/Os meet it. */
	uint32_t count;
	/* Of NVME_FAILURE. */
	uint8_t sct;
	uint8_t sc;
	/* It is met by I/Os that find as many under way in their channel. */
	uint64_t queue_depth;
	/* Of CORRUPT_DATA: the byte of the I/O, and what is xored with it. */
	uint64_t corrupt_offset;
	uint8_t corrupt_value;
};

/* All zeros: nothing is injected. */
struct injector {
	/* All that is short, so that an I/O takes one of the count with what belongs to it. */
	_Atomic uint64_t word;
	_Atomic uint64_t queue_depth;
	_Atomic uint64_t corrupt_offset;
};

/* Replaces what was armed; a count of 0 ends it. Thread: one at a time. */
void injector_arm(struct injector *injector, const struct injection *injection);

/*
 * Whether an I/O of `size` bytes that finds `in_flight` others under way meets an error, and which.
 * What would corrupt a byte that the I/O does not have stays for a longer one. Thread: any.
 */
bool injector_take(struct injector *injector, uint64_t in_flight, uint64_t size,
		   struct injection *out_injection);

#endif
