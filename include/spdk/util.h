/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Small things that everybody needs: sizes, alignment, powers of two, serial numbers, and lists of
 * buffers (iovecs). Nothing here keeps state of its own.
 */
#ifndef SPDK_UTIL_H
#define SPDK_UTIL_H

/* Systems that have memset_s() declare it in <string.h> only to those who ask, and programs expect
 * that this header has asked. */
#define __STDC_WANT_LIB_EXT1__ 1

#include "spdk/fd.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes that one core writes without disturbing another that writes the bytes beside them. */
#define SPDK_CACHE_LINE_SIZE 64

/* One of the arguments is evaluated twice: the price of being usable in constant expressions. */
#define spdk_min(a, b) (((b) > (a)) ? (a) : (b))
#define spdk_max(a, b) (((b) < (a)) ? (a) : (b))

/** Elements of an array; not for pointers. */
#define SPDK_COUNTOF(arr) (sizeof(arr) / sizeof(*(arr)))

/** The struct of type `type` whose `member` `ptr` points to. */
#define SPDK_CONTAINEROF(ptr, type, member) ((type *)((uintptr_t)(ptr)-offsetof(type, member)))

/** Bytes from the start of `*ptr` to the end of its `member`: what a caller built before the fields
 * after it existed passes as the size of the struct. */
#define SPDK_SIZEOF(ptr, member) (sizeof((ptr)->member) + offsetof(__typeof__(*(ptr)), member))

/** Bytes of a member of a type. */
#define SPDK_SIZEOF_MEMBER(type, member) (sizeof(((type *)0)->member))

/** Elements of an array that is a member of a type. */
#define SPDK_COUNTOF_MEMBER(type, member) (SPDK_COUNTOF(((type *)0)->member))

#define SPDK_SEC_TO_MSEC 1000ULL
#define SPDK_SEC_TO_USEC 1000000ULL
#define SPDK_SEC_TO_NSEC 1000000000ULL

#define SPDK_MSEC_TO_USEC 1000ULL

/** x / y rounded up, for unsigned numbers whose sum does not overflow. */
#define SPDK_CEIL_DIV(x, y) (((y)-1 + (x)) / (y))

/** The largest multiple of `align`, a power of two, that is not above `val`; has the type of `val`.
 */
#define SPDK_ALIGN_FLOOR(val, align) ((__typeof__(val))((val) & ~((__typeof__(val))(align)-1)))

/** The smallest multiple of `align`, a power of two, that is not below `val`; has the type of
 * `val`, and wraps where that cannot hold it. */
#define SPDK_ALIGN_CEIL(val, align) \
	((__typeof__(val))SPDK_ALIGN_FLOOR((val) + ((__typeof__(val))(align)-1), align))

/** A uint64_t in which only bit `n` is set. */
#define SPDK_BIT(n) (UINT64_C(1) << (n))

/**
 * Whether `field` lies within the part of `*obj` that its maker knew of, for structs that carry
 * their size. The size is the third argument, or `(obj)->size` when there is none.
 */
#define SPDK_FIELD_VALID(obj, field, ...) _SPDK_FIELD_VALID(obj, field, ##__VA_ARGS__, (obj)->size)

#define _SPDK_FIELD_VALID(obj, field, size, ...) (SPDK_SIZEOF(obj, field) <= (size))

/** The value of `field`, or `defval` where SPDK_FIELD_VALID() says no. The size is the fourth
 * argument, or `(obj)->size` when there is none. */
#define SPDK_GET_FIELD(obj, field, defval, ...) \
	_SPDK_GET_FIELD(obj, field, defval, ##__VA_ARGS__, (obj)->size)

#define _SPDK_GET_FIELD(obj, field, defval, size, ...) \
	(_SPDK_FIELD_VALID(obj, field, size) ? (obj)->field : (defval))

/** The number of the highest bit that is set in `x`; 0 for 0. */
uint32_t spdk_u32log2(uint32_t x);

/** The number of the highest bit that is set in `x`; 0 for 0. */
uint64_t spdk_u64log2(uint64_t x);

/**
 * The next number of the xorshift64 sequence (Marsaglia 2003, shifts 13, 7 and 17): fast, not for
 * secrets.
 *
 * Shape: `*state` is not 0, which the sequence would never leave. It becomes the number returned.
 */
static inline uint64_t
spdk_rand_xorshift64(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/**
 * A first state for spdk_rand_xorshift64(): never 0, made of rand(3), so srand(3) makes it
 * reproducible.
 */
static inline uint64_t
spdk_rand_xorshift64_seed(void)
{
	/* rand() gives 31 bits: two draws fill bits 2 to 63, and bit 0 keeps the state from being
	 * 0. */
	uint64_t high = (uint64_t)rand();
	uint64_t low = (uint64_t)rand();

	return (high << 33) | (low << 2) | 1;
}

/**
 * The smallest power of two that is not below `x`; 1 for 0, and 0 when it would be 2^32.
 *
 * Source: differs from SPDK for 0, 1 and numbers above 2^31, where that gives 2 for 1 and shifts
 * beyond the type for the others.
 */
static inline uint32_t
spdk_align32pow2(uint32_t x)
{
	/* 2^32 is shifted out of the type, which leaves the 0. */
	return x <= 1 ? 1 : UINT32_C(2) << spdk_u32log2(x - 1);
}

/** spdk_align32pow2() for 64 bits. */
static inline uint64_t
spdk_align64pow2(uint64_t x)
{
	return x <= 1 ? 1 : UINT64_C(2) << spdk_u64log2(x - 1);
}

/** Whether exactly one bit of `x` is set. */
static inline bool
spdk_u32_is_pow2(uint32_t x)
{
	return x != 0 && (x & (x - 1)) == 0;
}

/** Whether exactly one bit of `x` is set. */
static inline bool
spdk_u64_is_pow2(uint64_t x)
{
	return x != 0 && (x & (x - 1)) == 0;
}

/** num / divisor rounded up, also where their sum would overflow. */
static inline uint64_t
spdk_divide_round_up(uint64_t num, uint64_t divisor)
{
	return num / divisor + (num % divisor != 0);
}

/** The smallest multiple of `divisor` that is not below `num`. */
static inline uint64_t
spdk_round_up(uint64_t num, uint64_t divisor)
{
	return spdk_divide_round_up(num, divisor) * divisor;
}

/** Where an iterator stands in one of its lists. */
struct spdk_single_ioviter {
	/** The element that it stands in. */
	struct iovec *iov;
	size_t iovcnt;
	/** The number of that element. */
	size_t idx;
	/** What is left of it. */
	size_t iov_len;
	uint8_t *iov_base;
};

/**
 * Walks several lists of buffers side by side; declared as it is, two. For n > 2 lists take
 * SPDK_IOVITER_SIZE(n) bytes.
 */
struct spdk_ioviter {
	uint32_t count;

	union {
		struct spdk_single_ioviter iters_compat[2];
		__extension__ struct spdk_single_ioviter iters[0];
	};
};

/** Bytes of an iterator over `count` >= 2 lists. */
#define SPDK_IOVITER_SIZE(count) \
	(sizeof(struct spdk_ioviter) + ((count)-2) * sizeof(struct spdk_single_ioviter))

/**
 * Begins to walk two lists and gives their first common stretch, as spdk_ioviter_next() does.
 *
 * Owner: the lists stay the caller's, and stay as they are until the walk is over.
 */
size_t spdk_ioviter_first(struct spdk_ioviter *iter, struct iovec *siov, size_t siovcnt,
			  struct iovec *diov, size_t diovcnt, void **src, void **dst);

/**
 * Begins to walk `count` lists and gives their first common stretch, as spdk_ioviter_nextv() does.
 *
 * Shape: `iov`, `iovcnt` and `out` have `count` elements; `iter` has SPDK_IOVITER_SIZE(count) bytes
 * (`count` may be 1 also, in the size of 2).
 */
size_t spdk_ioviter_firstv(struct spdk_ioviter *iter, uint32_t count, struct iovec **iov,
			   size_t *iovcnt, void **out);

/**
 * Gives the next stretch that is in one piece in both lists, and moves past it.
 *
 * Returns its length; 0 when either list is at its end, and then `*src` and `*dst` stay as they
 * were. Elements of length 0 are passed over.
 */
size_t spdk_ioviter_next(struct spdk_ioviter *iter, void **src, void **dst);

/** spdk_ioviter_next() for all lists of the iterator: `out[i]` is where the stretch is in list i.
 */
size_t spdk_ioviter_nextv(struct spdk_ioviter *iter, void **out);

/** memset(3) over all bytes of a list. */
void spdk_iov_memset(struct iovec *iovs, int iovcnt, int c);

/** Makes `*piov` a list of one element. */
#define SPDK_IOV_ONE(piov, piovcnt, buf, buflen) \
	do {                                     \
		*(piovcnt) = 1;                  \
		(piov)->iov_len = (buflen);      \
		(piov)->iov_base = (buf);        \
	} while (0)

/**
 * Copies from one list to another until either is at its end.
 *
 * Shape: no byte may be in both lists.
 * Returns the number of bytes copied.
 */
size_t spdk_iovcpy(struct iovec *siov, size_t siovcnt, struct iovec *diov, size_t diovcnt);

/**
 * spdk_iovcpy() where a stretch of one list may overlap the stretch that it is copied to.
 *
 * Stretches are copied in order, each as by memmove(3); a stretch must not overlap a later one.
 */
size_t spdk_iovmove(struct iovec *siov, size_t siovcnt, struct iovec *diov, size_t diovcnt);

/** Where a copy between a list and one buffer after the other stands. */
struct spdk_iov_xfer {
	struct iovec *iovs;
	int iovcnt;
	int cur_iov_idx;
	size_t cur_iov_offset;
};

/** Begins at the start of a list, which stays the caller's. */
void spdk_iov_xfer_init(struct spdk_iov_xfer *ix, struct iovec *iovs, int iovcnt);

/** Copies into the list from where it stands, and moves on; returns the number of bytes, less than
 * `buf_len` only when the list is at its end. */
size_t spdk_iov_xfer_from_buf(struct spdk_iov_xfer *ix, const void *buf, size_t buf_len);

/** Copies out of the list from where it stands, and moves on; returns the number of bytes, less
 * than `buf_len` only when the list is at its end. */
size_t spdk_iov_xfer_to_buf(struct spdk_iov_xfer *ix, const void *buf, size_t buf_len);

/** Copies a list into one buffer, until either is at its end. */
void spdk_copy_iovs_to_buf(void *buf, size_t buf_len, struct iovec *iovs, int iovcnt);

/** Copies one buffer into a list, until either is at its end. */
void spdk_copy_buf_to_iovs(struct iovec *iovs, int iovcnt, void *buf, size_t buf_len);

/**
 * Points every element of an array of pointers at a dummy of `buf_size` bytes (a constant), so that
 * clang's analyser believes that they are not NULL where it cannot see who sets them.
 */
#define SPDK_CLANG_ANALYZER_PREINIT_PTR_ARRAY(arr, arr_size, buf_size)          \
	do {                                                                    \
		static char _dummy[buf_size];                                   \
		size_t _element;                                                \
		for (_element = 0; _element < (size_t)(arr_size); _element++) { \
			(arr)[_element] = (void *)_dummy;                       \
		}                                                               \
	} while (0)

/** The serial number `s2` after `s1` (RFC 1982 with 32 bits). */
static inline uint32_t
spdk_sn32_add(uint32_t s1, uint32_t s2)
{
	return s1 + s2;
}

/** Serial numbers that are this far apart have no order. */
#define SPDK_SN32_CMPMAX (UINT32_C(1) << 31)

/** Whether serial number `s1` comes before `s2` (RFC 1982); false when they have no order. */
static inline bool
spdk_sn32_lt(uint32_t s1, uint32_t s2)
{
	uint32_t distance = s2 - s1;

	return distance != 0 && distance < SPDK_SN32_CMPMAX;
}

/** Whether serial number `s1` comes after `s2` (RFC 1982); false when they have no order. */
static inline bool
spdk_sn32_gt(uint32_t s1, uint32_t s2)
{
	return spdk_sn32_lt(s2, s1);
}

/**
 * memset(3) that the compiler does not leave out, for keys that must not stay in memory.
 *
 * Shape: fills `count` bytes, or `data_size`, the size of the buffer, if that is less. NULL is
 * allowed.
 */
static inline void
spdk_memset_s(void *data, size_t data_size, int ch, size_t count)
{
	if (data == NULL) {
		return;
	}
	memset(data, ch, spdk_min(count, data_size));
	/* Tells the compiler that someone reads the buffer. */
	__asm__ __volatile__("" : : "r"(data) : "memory");
}

#ifdef __cplusplus
}
#endif

#endif /* SPDK_UTIL_H */
