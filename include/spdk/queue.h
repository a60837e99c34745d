/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Intrusive lists and queues: the macros of the C library's <sys/queue.h>, those that the BSDs have
 * and glibc lacks (queue_extras.h), and a few that tell whether an element is on a TAILQ.
 */
#ifndef SPDK_QUEUE_H
#define SPDK_QUEUE_H

#include <assert.h>
#include <stddef.h>
#include <sys/queue.h>

#ifdef __linux__
#include "spdk/queue_extras.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __clang_analyzer__
/*
 * The static analyser does not follow the pointer-to-pointer links and takes a removed element for
 * one that is still reachable. This form does the same and then states that it is not.
 */
#undef TAILQ_REMOVE
#define TAILQ_REMOVE(head, elm, field)                                  \
	do {                                                            \
		__typeof__(elm) _left;                                  \
		__typeof__(elm) _after = (elm)->field.tqe_next;         \
		*((elm)->field.tqe_prev) = _after;                      \
		if (_after == NULL) {                                   \
			(head)->tqh_last = (elm)->field.tqe_prev;       \
		} else {                                                \
			_after->field.tqe_prev = (elm)->field.tqe_prev; \
		}                                                       \
		TAILQ_FOREACH (_left, head, field) {                    \
			assert(_left != (elm));                         \
		}                                                       \
	} while (0)
#endif

/*
 * Whether an element is on some TAILQ by this field. Only meaningful when the element was all zeros
 * before its first insertion and leaves queues by TAILQ_REMOVE_CLEAR() (or TAILQ_REMOVE() and then
 * TAILQ_ENTRY_CLEAR()): TAILQ_REMOVE() alone leaves the old link in place.
 */
#define TAILQ_ENTRY_ENQUEUED(elm, field)     ((elm)->field.tqe_prev != NULL)
#define TAILQ_ENTRY_NOT_ENQUEUED(elm, field) ((elm)->field.tqe_prev == NULL)

/*
 * Marks an element as being on no TAILQ: once after each TAILQ_REMOVE(), or on memory that was not
 * zeroed. Clearing twice is a mistake, and asserted.
 */
#define TAILQ_ENTRY_CLEAR(elm, field)                     \
	do {                                              \
		assert(TAILQ_ENTRY_ENQUEUED(elm, field)); \
		(elm)->field.tqe_prev = NULL;             \
	} while (0)

/* Takes an element off its TAILQ and marks it so. */
#define TAILQ_REMOVE_CLEAR(head, elm, field)    \
	do {                                    \
		TAILQ_REMOVE(head, elm, field); \
		TAILQ_ENTRY_CLEAR(elm, field);  \
	} while (0)

#ifdef __cplusplus
}
#endif

#endif
