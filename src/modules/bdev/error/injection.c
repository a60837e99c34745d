/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A word that I/Os take from by compare and exchange. What does not fit into it is written while
 * the word is 0, and read before the exchange.
 */
#include "injection.h"

#include <stdatomic.h>

union word {
	uint64_t raw;
	struct {
		uint32_t count;
		uint8_t type;
		uint8_t sct;
		uint8_t sc;
		uint8_t corrupt_value;
	};
};

void
injector_arm(struct injector *injector, const struct injection *injection)
{
	union word word = {
		.count = injection->count,
		.type = (uint8_t)injection->type,
		.sct = injection->sct,
		.sc = injection->sc,
		.corrupt_value = injection->corrupt_value,
	};

	atomic_store_explicit(&injector->word, 0, memory_order_relaxed);
	if (injection->count == 0) {
		return;
	}
	atomic_store_explicit(&injector->queue_depth, injection->queue_depth, memory_order_relaxed);
	atomic_store_explicit(&injector->corrupt_offset, injection->corrupt_offset,
			      memory_order_relaxed);
	/* A: pairs with T in injector_take() */
	atomic_store_explicit(&injector->word, word.raw, memory_order_release);
}

/* Whether the I/O is one that meets what is armed. */
static bool
fits(const struct injection *injection, uint64_t in_flight, uint64_t size)
{
	if (injection->count == 0 || in_flight < injection->queue_depth) {
		return false;
	}
	return injection->type != SPDK_BDEV_ERROR_TYPE_CORRUPT_DATA ||
	       injection->corrupt_offset < size;
}

bool
injector_take(struct injector *injector, uint64_t in_flight, uint64_t size,
	      struct injection *out_injection)
{
	union word word, next;
	struct injection found;

	/* T: pairs with A in injector_arm() */
	word.raw = atomic_load_explicit(&injector->word, memory_order_acquire);
	do {
		found = (struct injection){
			.type = (enum spdk_bdev_error_type)word.type,
			.count = word.count,
			.sct = word.sct,
			.sc = word.sc,
			.corrupt_value = word.corrupt_value,
			.queue_depth =
				atomic_load_explicit(&injector->queue_depth, memory_order_relaxed),
			.corrupt_offset = atomic_load_explicit(&injector->corrupt_offset,
							       memory_order_relaxed),
		};
		if (!fits(&found, in_flight, size)) {
			return false;
		}
		next = word;
		next.count--;
	} while (!atomic_compare_exchange_weak_explicit(
		&injector->word, &word.raw, next.raw, memory_order_acquire, memory_order_acquire));
	*out_injection = found;
	return true;
}
