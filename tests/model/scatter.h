/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data of an I/O in vectors of any number, length and place, with bytes between them that nobody
 * may touch.
 */
#ifndef SPINDLE_MODEL_SCATTER_H
#define SPINDLE_MODEL_SCATTER_H

#include "spdk/stdinc.h"

/* More than a child of a split has. */
#define SCATTER_VECTORS 40

struct scatter {
	uint8_t *space;
	size_t space_size;
	/* The part of the space that is in use, for the last time. */
	size_t used;
	struct iovec iovs[SCATTER_VECTORS];
	/* As they were given. */
	struct iovec given[SCATTER_VECTORS];
	int count;
};

/* For data of up to that size. */
void scatter_init(struct scatter *scatter, size_t size_max);
void scatter_fini(struct scatter *scatter);

/* Chooses vectors for so many bytes; one at most if it has to be. */
void scatter_choose(struct scatter *scatter, size_t size, bool is_single);
/* Bytes into the vectors, or out of them. */
void scatter_put(const struct scatter *scatter, const void *bytes);
void scatter_get(const struct scatter *scatter, void *out_bytes);
/* Whether the vectors hold just these bytes. */
bool scatter_holds(const struct scatter *scatter, const void *bytes);
/* Out of anybody's vectors. False: they are too short. */
bool vectors_get(const struct iovec *iovs, int count, void *out_bytes, size_t size);
void vectors_put(const struct iovec *iovs, int count, const void *bytes, size_t size);

/* Why it is not as it was but for the data in the vectors, or NULL. */
const char *scatter_check(const struct scatter *scatter);
/* Nobody has any business in the space from now on; the next scatter_choose() looks. */
void scatter_retire(struct scatter *scatter);
bool scatter_is_retired(const struct scatter *scatter);

#endif
