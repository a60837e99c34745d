/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the BSD <sys/queue.h> has beyond the one of glibc. Include spdk/queue.h, not this file.
 *
 * A macro that the C library has by itself is left alone; the layout of heads and entries is the
 * common one (lh_first, le_next, stqh_last, tqe_prev, ...), so the two sets mix freely.
 *
 *   _FROM       starts at `var`, or at the end where the walk begins when `var` is NULL
 *   _SAFE       `tvar` holds the next element, so the body may remove or free `var`
 *   _SWAP       exchanges the contents of two heads; nothing is walked
 *   QMD_*_CHECK_*  hooks for checking links in a kernel; empty here
 */
#ifndef SPDK_QUEUE_EXTRAS_H
#define SPDK_QUEUE_EXTRAS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* gcc 13 and later takes a head on the stack that is swapped for one that is left dangling. */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 13
#define SPDK_QE_SUPPRESS_WARNINGS()                                              \
	do {                                                                     \
		_Pragma("GCC diagnostic push")                                   \
			_Pragma("GCC diagnostic ignored \"-Wdangling-pointer\"") \
	} while (0)
#define SPDK_QE_UNSUPPRESS_WARNINGS() _Pragma("GCC diagnostic pop")
#else
#define SPDK_QE_SUPPRESS_WARNINGS()
#define SPDK_QE_UNSUPPRESS_WARNINGS()
#endif

/* Singly-linked list */

#ifndef SLIST_FOREACH_SAFE
#define SLIST_FOREACH_SAFE(var, head, field, tvar)                                             \
	for ((var) = SLIST_FIRST(head); (var) != NULL && ((tvar) = SLIST_NEXT(var, field), 1); \
	     (var) = (tvar))
#endif

#ifndef SLIST_SWAP
#define SLIST_SWAP(head1, head2, type)                         \
	do {                                                   \
		struct type *_swap_first = (head1)->slh_first; \
		(head1)->slh_first = (head2)->slh_first;       \
		(head2)->slh_first = _swap_first;              \
	} while (0)
#endif

/* Doubly-linked list */

#ifndef LIST_HEAD
#define LIST_HEAD(name, type)          \
	struct name {                  \
		struct type *lh_first; \
	}
#endif

#ifndef LIST_HEAD_INITIALIZER
#define LIST_HEAD_INITIALIZER(head) \
	{                           \
		NULL                \
	}
#endif

#ifndef LIST_ENTRY
#define LIST_ENTRY(type)                                                  \
	struct {                                                          \
		struct type *le_next;                                     \
		struct type **le_prev; /* the pointer that points here */ \
	}
#endif

#ifndef LIST_FIRST
#define LIST_FIRST(head) ((head)->lh_first)
#endif

#ifndef LIST_EMPTY
#define LIST_EMPTY(head) ((head)->lh_first == NULL)
#endif

#ifndef LIST_NEXT
#define LIST_NEXT(elm, field) ((elm)->field.le_next)
#endif

#ifndef LIST_PREV
#define LIST_PREV(elm, head, type, field)                               \
	((elm)->field.le_prev == &(head)->lh_first ?                    \
		 (struct type *)NULL :                                  \
		 (struct type *)(void *)((char *)(elm)->field.le_prev - \
					 offsetof(struct type, field.le_next)))
#endif

#ifndef LIST_FOREACH_FROM
#define LIST_FOREACH_FROM(var, head, field)                                   \
	for ((var) = (var) != NULL ? (var) : LIST_FIRST(head); (var) != NULL; \
	     (var) = LIST_NEXT(var, field))
#endif

#ifndef LIST_FOREACH_SAFE
#define LIST_FOREACH_SAFE(var, head, field, tvar)                                            \
	for ((var) = LIST_FIRST(head); (var) != NULL && ((tvar) = LIST_NEXT(var, field), 1); \
	     (var) = (tvar))
#endif

#ifndef LIST_FOREACH_FROM_SAFE
#define LIST_FOREACH_FROM_SAFE(var, head, field, tvar)         \
	for ((var) = (var) != NULL ? (var) : LIST_FIRST(head); \
	     (var) != NULL && ((tvar) = LIST_NEXT(var, field), 1); (var) = (tvar))
#endif

#ifndef LIST_SWAP
#define LIST_SWAP(head1, head2, type, field)                                   \
	do {                                                                   \
		struct type *_swap_first = (head1)->lh_first;                  \
		(head1)->lh_first = (head2)->lh_first;                         \
		(head2)->lh_first = _swap_first;                               \
		if ((head1)->lh_first != NULL) {                               \
			(head1)->lh_first->field.le_prev = &(head1)->lh_first; \
		}                                                              \
		if (_swap_first != NULL) {                                     \
			_swap_first->field.le_prev = &(head2)->lh_first;       \
		}                                                              \
	} while (0)
#endif

#ifndef QMD_LIST_CHECK_HEAD
#define QMD_LIST_CHECK_HEAD(head, field)
#define QMD_LIST_CHECK_NEXT(elm, field)
#define QMD_LIST_CHECK_PREV(elm, field)
#endif

/* Singly-linked tail queue */

#ifndef STAILQ_HEAD
#define STAILQ_HEAD(name, type)                                                      \
	struct name {                                                                \
		struct type *stqh_first;                                             \
		struct type **stqh_last; /* where the next element will be linked */ \
	}
#endif

#ifndef STAILQ_HEAD_INITIALIZER
#define STAILQ_HEAD_INITIALIZER(head)    \
	{                                \
		NULL, &(head).stqh_first \
	}
#endif

#ifndef STAILQ_FIRST
#define STAILQ_FIRST(head) ((head)->stqh_first)
#endif

#ifndef STAILQ_EMPTY
#define STAILQ_EMPTY(head) ((head)->stqh_first == NULL)
#endif

#ifndef STAILQ_NEXT
#define STAILQ_NEXT(elm, field) ((elm)->field.stqe_next)
#endif

#ifndef STAILQ_LAST
#define STAILQ_LAST(head, type, field)                                            \
	(STAILQ_EMPTY(head) ? (struct type *)NULL :                               \
			      (struct type *)(void *)((char *)(head)->stqh_last - \
						      offsetof(struct type, field.stqe_next)))
#endif

#ifndef STAILQ_FOREACH_FROM
#define STAILQ_FOREACH_FROM(var, head, field)                                   \
	for ((var) = (var) != NULL ? (var) : STAILQ_FIRST(head); (var) != NULL; \
	     (var) = STAILQ_NEXT(var, field))
#endif

#ifndef STAILQ_FOREACH_SAFE
#define STAILQ_FOREACH_SAFE(var, head, field, tvar)                                              \
	for ((var) = STAILQ_FIRST(head); (var) != NULL && ((tvar) = STAILQ_NEXT(var, field), 1); \
	     (var) = (tvar))
#endif

#ifndef STAILQ_FOREACH_FROM_SAFE
#define STAILQ_FOREACH_FROM_SAFE(var, head, field, tvar)         \
	for ((var) = (var) != NULL ? (var) : STAILQ_FIRST(head); \
	     (var) != NULL && ((tvar) = STAILQ_NEXT(var, field), 1); (var) = (tvar))
#endif

/* Takes off the element after `elm`, which must have one. */
#ifndef STAILQ_REMOVE_AFTER
#define STAILQ_REMOVE_AFTER(head, elm, field)                                     \
	do {                                                                      \
		(elm)->field.stqe_next = (elm)->field.stqe_next->field.stqe_next; \
		if ((elm)->field.stqe_next == NULL) {                             \
			(head)->stqh_last = &(elm)->field.stqe_next;              \
		}                                                                 \
	} while (0)
#endif

#ifndef STAILQ_SWAP
#define STAILQ_SWAP(head1, head2, type)                                                          \
	do {                                                                                     \
		struct type *_swap_first = (head1)->stqh_first;                                  \
		struct type **_swap_last = (head1)->stqh_last;                                   \
		(head1)->stqh_first = (head2)->stqh_first;                                       \
		(head1)->stqh_last =                                                             \
			(head2)->stqh_first == NULL ? &(head1)->stqh_first : (head2)->stqh_last; \
		(head2)->stqh_first = _swap_first;                                               \
		(head2)->stqh_last = _swap_first == NULL ? &(head2)->stqh_first : _swap_last;    \
	} while (0)
#endif

/* Tail queue */

#ifndef TAILQ_FIRST
#define TAILQ_FIRST(head) ((head)->tqh_first)
#endif

#ifndef TAILQ_EMPTY
#define TAILQ_EMPTY(head) ((head)->tqh_first == NULL)
#endif

#ifndef TAILQ_NEXT
#define TAILQ_NEXT(elm, field) ((elm)->field.tqe_next)
#endif

/*
 * A head and an entry both hold a forward pointer and, after it, the address of a forward pointer.
 * So whatever holds the last forward pointer can be read as a head, whose second member then leads
 * to the pointer before that.
 */
#ifndef TAILQ_LAST
#define TAILQ_LAST(head, headname) (*((struct headname *)(void *)(head)->tqh_last)->tqh_last)
#endif

#ifndef TAILQ_PREV
#define TAILQ_PREV(elm, headname, field) \
	(*((struct headname *)(void *)(elm)->field.tqe_prev)->tqh_last)
#endif

#ifndef TAILQ_FOREACH_FROM
#define TAILQ_FOREACH_FROM(var, head, field)                                   \
	for ((var) = (var) != NULL ? (var) : TAILQ_FIRST(head); (var) != NULL; \
	     (var) = TAILQ_NEXT(var, field))
#endif

#ifndef TAILQ_FOREACH_SAFE
#define TAILQ_FOREACH_SAFE(var, head, field, tvar)                                             \
	for ((var) = TAILQ_FIRST(head); (var) != NULL && ((tvar) = TAILQ_NEXT(var, field), 1); \
	     (var) = (tvar))
#endif

#ifndef TAILQ_FOREACH_FROM_SAFE
#define TAILQ_FOREACH_FROM_SAFE(var, head, field, tvar)         \
	for ((var) = (var) != NULL ? (var) : TAILQ_FIRST(head); \
	     (var) != NULL && ((tvar) = TAILQ_NEXT(var, field), 1); (var) = (tvar))
#endif

#ifndef TAILQ_FOREACH_REVERSE_FROM
#define TAILQ_FOREACH_REVERSE_FROM(var, head, headname, field)                          \
	for ((var) = (var) != NULL ? (var) : TAILQ_LAST(head, headname); (var) != NULL; \
	     (var) = TAILQ_PREV(var, headname, field))
#endif

#ifndef TAILQ_FOREACH_REVERSE_SAFE
#define TAILQ_FOREACH_REVERSE_SAFE(var, head, headname, field, tvar) \
	for ((var) = TAILQ_LAST(head, headname);                     \
	     (var) != NULL && ((tvar) = TAILQ_PREV(var, headname, field), 1); (var) = (tvar))
#endif

#ifndef TAILQ_FOREACH_REVERSE_FROM_SAFE
#define TAILQ_FOREACH_REVERSE_FROM_SAFE(var, head, headname, field, tvar) \
	for ((var) = (var) != NULL ? (var) : TAILQ_LAST(head, headname);  \
	     (var) != NULL && ((tvar) = TAILQ_PREV(var, headname, field), 1); (var) = (tvar))
#endif

#ifndef TAILQ_SWAP
#define TAILQ_SWAP(head1, head2, type, field)                                     \
	do {                                                                      \
		SPDK_QE_SUPPRESS_WARNINGS();                                      \
		struct type *_swap_first = (head1)->tqh_first;                    \
		struct type **_swap_last = (head1)->tqh_last;                     \
		(head1)->tqh_first = (head2)->tqh_first;                          \
		if ((head1)->tqh_first == NULL) {                                 \
			(head1)->tqh_last = &(head1)->tqh_first;                  \
		} else {                                                          \
			(head1)->tqh_last = (head2)->tqh_last;                    \
			(head1)->tqh_first->field.tqe_prev = &(head1)->tqh_first; \
		}                                                                 \
		(head2)->tqh_first = _swap_first;                                 \
		if (_swap_first == NULL) {                                        \
			(head2)->tqh_last = &(head2)->tqh_first;                  \
		} else {                                                          \
			(head2)->tqh_last = _swap_last;                           \
			_swap_first->field.tqe_prev = &(head2)->tqh_first;        \
		}                                                                 \
		SPDK_QE_UNSUPPRESS_WARNINGS();                                    \
	} while (0)
#endif

#ifndef QMD_TAILQ_CHECK_HEAD
#define QMD_TAILQ_CHECK_HEAD(head, field)
#define QMD_TAILQ_CHECK_TAIL(head, headname)
#define QMD_TAILQ_CHECK_NEXT(elm, field)
#define QMD_TAILQ_CHECK_PREV(elm, field)
#endif

#ifdef __cplusplus
}
#endif

#endif
