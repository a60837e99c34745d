/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What blocks hold: a value that fills all of the block, so that a block put together from two
 * writes is seen to be torn. No two writes have the same value, but those of zeros.
 */
#ifndef SPINDLE_MODEL_CONTENT_H
#define SPINDLE_MODEL_CONTENT_H

#include "spdk/stdinc.h"

/* All bytes are 0. */
#define CONTENT_ZEROS UINT64_C(0)
/* No write has it. */
#define CONTENT_TORN UINT64_MAX

enum content_part {
	CONTENT_DATA,
	CONTENT_MD,
};

/* Never CONTENT_ZEROS. */
uint64_t content_value(uint64_t write_id, uint64_t block);
uint64_t content_write_of(uint64_t value);
uint64_t content_block_of(uint64_t value);

/* `size` is a multiple of 8. */
void content_fill(void *place, size_t size, uint64_t value, enum content_part part);
/* CONTENT_TORN: it is no content. */
uint64_t content_read(const void *place, size_t size, enum content_part part);

#endif
