/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Intrusive binary search trees, with the macro names and meanings of the BSD <sys/tree.h>: RB_*, a
 * red-black tree (every operation O(log n)), and SPLAY_*, a splay tree (O(log n) amortised; what
 * was touched last is at the root, and looking things up changes the tree).
 *
 *   struct item { int key; RB_ENTRY(item) link; };
 *   static int item_cmp(struct item *a, struct item *b);       < 0, 0 or > 0, a total order
 *   RB_HEAD(item_tree, item) tree = RB_INITIALIZER(&tree);
 *   RB_GENERATE_STATIC(item_tree, item, link, item_cmp);
 *
 * An all-zero head is an empty tree. A tree holds no two elements that compare equal.
 *
 * Red-black invariants. Colours are those of the links from parent to child, and are kept in the
 * two low bits of the parent's rbe_up, so elements are aligned to four bytes or more:
 *   1. A link to NULL is black.
 *   2. Below a red link both links are black.
 *   3. Every way from an element down to NULL has the same number of black links.
 * Sides are numbers, 0 left and 1 right, so that each algorithm is written once for both.
 */
#ifndef SPDK_TREE_H
#define SPDK_TREE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Red-black tree: types and links */

#define RB_HEAD(name, type)            \
	struct name {                  \
		struct type *rbh_root; \
	}

#define RB_INITIALIZER(root) \
	{                    \
		NULL         \
	}

#define RB_INIT(root)                    \
	do {                             \
		(root)->rbh_root = NULL; \
	} while (0)

#define RB_ENTRY(type)                                                                   \
	struct {                                                                         \
		struct type *rbe_link[2]; /* left, right */                              \
		uintptr_t rbe_up;         /* parent, and the colours of the two links */ \
	}

#define RB_LEFT(elm, field)       (elm)->field.rbe_link[0]
#define RB_RIGHT(elm, field)      (elm)->field.rbe_link[1]
#define RB_UP(elm, field)         (elm)->field.rbe_up
#define RB_BITS(elm, field)       (elm)->field.rbe_up
#define RB_RED_L                  ((uintptr_t)1)
#define RB_RED_R                  ((uintptr_t)2)
#define RB_RED_MASK               ((uintptr_t)3)
#define RB_FLIP_LEFT(elm, field)  (RB_BITS(elm, field) ^= RB_RED_L)
#define RB_FLIP_RIGHT(elm, field) (RB_BITS(elm, field) ^= RB_RED_R)
#define RB_RED_LEFT(elm, field)   ((RB_BITS(elm, field) & RB_RED_L) != 0)
#define RB_RED_RIGHT(elm, field)  ((RB_BITS(elm, field) & RB_RED_R) != 0)

#define RB_PARENT(elm, field) ((__typeof__(RB_LEFT(elm, field)))(RB_UP(elm, field) & ~RB_RED_MASK))
#define _RB_ROOT(head)        (head)->rbh_root
#define RB_EMPTY(head)        ((head)->rbh_root == NULL)

/* Which side of its parent an element hangs on; the parent must not be NULL. */
#define _RB_SIDE(elm, parent, field) (RB_RIGHT(parent, field) == (elm) ? 1 : 0)
#define _RB_RED(side)                ((uintptr_t)1 << (side))
#define _RB_IS_RED(elm, side, field) ((RB_BITS(elm, field) & _RB_RED(side)) != 0)

/* 1 when the link that leads to the element is red; the root counts as black. */
#define RB_COLOR(elm, field)                                                              \
	(RB_PARENT(elm, field) != NULL &&                                                 \
			 _RB_IS_RED(RB_PARENT(elm, field),                                \
				    _RB_SIDE(elm, RB_PARENT(elm, field), field), field) ? \
		 1 :                                                                      \
		 0)

/* Changes the parent, not the colours. */
#define RB_SET_PARENT(dst, src, field)                                                    \
	do {                                                                              \
		RB_UP(dst, field) = (uintptr_t)(src) | (RB_UP(dst, field) & RB_RED_MASK); \
	} while (0)

/* Makes the element a leaf under `parent`. */
#define RB_SET(elm, parent, field)                       \
	do {                                             \
		RB_LEFT(elm, field) = NULL;              \
		RB_RIGHT(elm, field) = NULL;             \
		RB_UP(elm, field) = (uintptr_t)(parent); \
	} while (0)

/*
 * For trees whose elements hold something about their whole subtree (a count, a maximum): defined
 * by the user before a RB_GENERATE, as a statement that recomputes it for `x` from `x` and its
 * children. It is run in a loop upwards, children before parents, for every subtree that has
 * changed.
 */
#ifndef RB_AUGMENT
#define RB_AUGMENT(x) break
#endif

/* Makes the parent of `out`, or the head, point to `in` instead. */
#define RB_SWAP_CHILD(head, out, in, field)                                                     \
	do {                                                                                    \
		if (RB_PARENT(out, field) == NULL) {                                            \
			_RB_ROOT(head) = (in);                                                  \
		} else {                                                                        \
			RB_PARENT(out, field)                                                   \
				->field.rbe_link[_RB_SIDE(out, RB_PARENT(out, field), field)] = \
				(in);                                                           \
		}                                                                               \
	} while (0)

/*
 * `elm` sinks to `side` and its child on the other side, left in `tmp`, takes its place. Colours
 * stay with the elements they are stored in; the caller sets them.
 */
#define _RB_ROTATE(head, elm, tmp, side, field)                                 \
	do {                                                                    \
		(tmp) = (elm)->field.rbe_link[!(side)];                         \
		(elm)->field.rbe_link[!(side)] = (tmp)->field.rbe_link[side];   \
		if ((tmp)->field.rbe_link[side] != NULL) {                      \
			RB_SET_PARENT((tmp)->field.rbe_link[side], elm, field); \
		}                                                               \
		RB_SWAP_CHILD(head, elm, tmp, field);                           \
		RB_SET_PARENT(tmp, RB_PARENT(elm, field), field);               \
		(tmp)->field.rbe_link[side] = (elm);                            \
		RB_SET_PARENT(elm, tmp, field);                                 \
		RB_AUGMENT(elm);                                                \
		RB_AUGMENT(tmp);                                                \
	} while (0)

#define RB_ROTATE_LEFT(head, elm, tmp, field)  _RB_ROTATE(head, elm, tmp, 0, field)
#define RB_ROTATE_RIGHT(head, elm, tmp, field) _RB_ROTATE(head, elm, tmp, 1, field)

/* Red-black tree: prototypes */

#define RB_PROTOTYPE(name, type, field, cmp) RB_PROTOTYPE_INTERNAL(name, type, field, cmp, )
#define RB_PROTOTYPE_STATIC(name, type, field, cmp) \
	RB_PROTOTYPE_INTERNAL(name, type, field, cmp, __attribute__((unused)) static)
#define RB_PROTOTYPE_INTERNAL(name, type, field, cmp, attr) \
	RB_PROTOTYPE_INSERT_COLOR(name, type, attr);        \
	RB_PROTOTYPE_REMOVE_COLOR(name, type, attr);        \
	RB_PROTOTYPE_INSERT(name, type, attr);              \
	RB_PROTOTYPE_REMOVE(name, type, attr);              \
	RB_PROTOTYPE_FIND(name, type, attr);                \
	RB_PROTOTYPE_NFIND(name, type, attr);               \
	RB_PROTOTYPE_NEXT(name, type, attr);                \
	RB_PROTOTYPE_PREV(name, type, attr);                \
	RB_PROTOTYPE_MINMAX(name, type, attr);              \
	RB_PROTOTYPE_REINSERT(name, type, attr);
#define RB_PROTOTYPE_INSERT_COLOR(name, type, attr) \
	attr void name##_RB_INSERT_COLOR(struct name *head, struct type *elm)
#define RB_PROTOTYPE_REMOVE_COLOR(name, type, attr) \
	attr void name##_RB_REMOVE_COLOR(struct name *head, struct type *parent, int side)
#define RB_PROTOTYPE_INSERT(name, type, attr) \
	attr struct type *name##_RB_INSERT(struct name *head, struct type *elm)
#define RB_PROTOTYPE_REMOVE(name, type, attr) \
	attr struct type *name##_RB_REMOVE(struct name *head, struct type *elm)
#define RB_PROTOTYPE_FIND(name, type, attr) \
	attr struct type *name##_RB_FIND(struct name *head, struct type *elm)
#define RB_PROTOTYPE_NFIND(name, type, attr) \
	attr struct type *name##_RB_NFIND(struct name *head, struct type *elm)
#define RB_PROTOTYPE_NEXT(name, type, attr) attr struct type *name##_RB_NEXT(struct type *elm)
#define RB_PROTOTYPE_PREV(name, type, attr) attr struct type *name##_RB_PREV(struct type *elm)
#define RB_PROTOTYPE_MINMAX(name, type, attr) \
	attr struct type *name##_RB_MINMAX(struct name *head, int val)
#define RB_PROTOTYPE_REINSERT(name, type, attr) \
	attr struct type *name##_RB_REINSERT(struct name *head, struct type *elm)

/* Red-black tree: functions */

#define RB_GENERATE(name, type, field, cmp) RB_GENERATE_INTERNAL(name, type, field, cmp, )
#define RB_GENERATE_STATIC(name, type, field, cmp) \
	RB_GENERATE_INTERNAL(name, type, field, cmp, __attribute__((unused)) static)
#define RB_GENERATE_INTERNAL(name, type, field, cmp, attr) \
	RB_GENERATE_INSERT_COLOR(name, type, field, attr)  \
	RB_GENERATE_REMOVE_COLOR(name, type, field, attr)  \
	RB_GENERATE_INSERT(name, type, field, cmp, attr)   \
	RB_GENERATE_REMOVE(name, type, field, attr)        \
	RB_GENERATE_FIND(name, type, field, cmp, attr)     \
	RB_GENERATE_NFIND(name, type, field, cmp, attr)    \
	RB_GENERATE_NEXT(name, type, field, attr)          \
	RB_GENERATE_PREV(name, type, field, attr)          \
	RB_GENERATE_MINMAX(name, type, field, attr)        \
	RB_GENERATE_REINSERT(name, type, field, cmp, attr)

/*
 * The link to `elm`, below which both links are black, is to become red. When the link above its
 * parent is red as well, invariant 2 is mended: if the grandparent's other link is red too, both
 * turn black and the redness moves up; else one or two rotations bring the middle one of the three
 * elements to the top, with two red links.
 */
#define RB_GENERATE_INSERT_COLOR(name, type, field, attr)                           \
	attr void name##_RB_INSERT_COLOR(struct name *head, struct type *elm)       \
	{                                                                           \
		struct type *parent, *grand, *top;                                  \
		int side, outer;                                                    \
                                                                                    \
		while ((parent = RB_PARENT(elm, field)) != NULL) {                  \
			outer = _RB_SIDE(elm, parent, field);                       \
			RB_BITS(parent, field) |= _RB_RED(outer);                   \
			grand = RB_PARENT(parent, field);                           \
			if (grand == NULL) {                                        \
				return;                                             \
			}                                                           \
			side = _RB_SIDE(parent, grand, field);                      \
			if (!_RB_IS_RED(grand, side, field)) {                      \
				return;                                             \
			}                                                           \
			if (!_RB_IS_RED(grand, !side, field)) {                     \
				if (outer != side) {                                \
					_RB_ROTATE(head, parent, top, side, field); \
					RB_BITS(parent, field) &= ~RB_RED_MASK;     \
				}                                                   \
				_RB_ROTATE(head, grand, top, !side, field);         \
				RB_BITS(grand, field) &= ~RB_RED_MASK;              \
				RB_BITS(top, field) |= RB_RED_MASK;                 \
				return;                                             \
			}                                                           \
			RB_BITS(grand, field) &= ~RB_RED_MASK;                      \
			elm = grand;                                                \
		}                                                                   \
	}

/*
 * What hangs on `side` of `parent`, by a black link, is one black link too short. Colours and
 * rotations mend that here, or make all of `parent` too short and go one up.
 */
#define RB_GENERATE_REMOVE_COLOR(name, type, field, attr)                                         \
	attr void name##_RB_REMOVE_COLOR(struct name *head, struct type *parent, int side)        \
	{                                                                                         \
		struct type *sibling, *grand, *top;                                               \
		uintptr_t inner;                                                                  \
                                                                                                  \
		for (;;) {                                                                        \
			if (_RB_IS_RED(parent, !side, field)) {                                   \
				/* Get a sibling by a black link, and a red link above parent. */ \
				_RB_ROTATE(head, parent, top, side, field);                       \
				RB_BITS(parent, field) &= ~RB_RED_MASK;                           \
				RB_BITS(top, field) |= _RB_RED(side);                             \
			}                                                                         \
			sibling = parent->field.rbe_link[!side];                                  \
			if ((RB_BITS(sibling, field) & RB_RED_MASK) != 0) {                       \
				break;                                                            \
			}                                                                         \
			RB_BITS(parent, field) |= _RB_RED(!side);                                 \
			grand = RB_PARENT(parent, field);                                         \
			if (grand == NULL) {                                                      \
				return;                                                           \
			}                                                                         \
			side = _RB_SIDE(parent, grand, field);                                    \
			if (_RB_IS_RED(grand, side, field)) {                                     \
				RB_BITS(grand, field) &= ~_RB_RED(side);                          \
				return;                                                           \
			}                                                                         \
			parent = grand;                                                           \
		}                                                                                 \
		if (_RB_IS_RED(sibling, !side, field)) {                                          \
			inner = RB_BITS(sibling, field) & _RB_RED(side);                          \
			_RB_ROTATE(head, parent, top, side, field);                               \
			if (inner != 0) {                                                         \
				RB_BITS(parent, field) |= _RB_RED(!side);                         \
			}                                                                         \
		} else {                                                                          \
			_RB_ROTATE(head, sibling, top, !side, field);                             \
			_RB_ROTATE(head, parent, top, side, field);                               \
		}                                                                                 \
		RB_BITS(sibling, field) &= ~RB_RED_MASK;                                          \
	}

/* NULL when inserted, else the element of the tree that compares equal. */
#define RB_GENERATE_INSERT(name, type, field, cmp, attr)                                \
	attr struct type *name##_RB_INSERT(struct name *head, struct type *elm)         \
	{                                                                               \
		struct type **link = &_RB_ROOT(head);                                   \
		struct type *parent = NULL;                                             \
		int order;                                                              \
                                                                                        \
		while (*link != NULL) {                                                 \
			parent = *link;                                                 \
			order = cmp(elm, parent);                                       \
			if (order == 0) {                                               \
				return parent;                                          \
			}                                                               \
			link = &parent->field.rbe_link[order > 0];                      \
		}                                                                       \
		RB_SET(elm, parent, field);                                             \
		*link = elm;                                                            \
		for (parent = elm; parent != NULL; parent = RB_PARENT(parent, field)) { \
			RB_AUGMENT(parent);                                             \
		}                                                                       \
		name##_RB_INSERT_COLOR(head, elm);                                      \
		return NULL;                                                            \
	}

/*
 * Returns `elm`, which must be in the tree. With two children its successor takes its place and its
 * colours, so that what is cut out of the tree has at most one child. That child hangs by a red
 * link and has no children (invariant 3), so it moves up and mends all.
 */
#define RB_GENERATE_REMOVE(name, type, field, attr)                                               \
	attr struct type *name##_RB_REMOVE(struct name *head, struct type *elm)                   \
	{                                                                                         \
		struct type *out = elm, *child, *parent, *walk;                                   \
		int side = 0, is_short = 0;                                                       \
                                                                                                  \
		if (RB_LEFT(elm, field) != NULL && RB_RIGHT(elm, field) != NULL) {                \
			for (out = RB_RIGHT(elm, field); RB_LEFT(out, field) != NULL;             \
			     out = RB_LEFT(out, field)) {                                         \
			}                                                                         \
		}                                                                                 \
		child = RB_LEFT(out, field) != NULL ? RB_LEFT(out, field) : RB_RIGHT(out, field); \
		parent = RB_PARENT(out, field);                                                   \
		if (parent == NULL) {                                                             \
			_RB_ROOT(head) = child;                                                   \
		} else {                                                                          \
			side = _RB_SIDE(out, parent, field);                                      \
			parent->field.rbe_link[side] = child;                                     \
			if (child == NULL) {                                                      \
				is_short = !_RB_IS_RED(parent, side, field);                      \
				RB_BITS(parent, field) &= ~_RB_RED(side);                         \
			}                                                                         \
		}                                                                                 \
		if (child != NULL) {                                                              \
			RB_SET_PARENT(child, parent, field);                                      \
		}                                                                                 \
		if (out != elm) {                                                                 \
			RB_SWAP_CHILD(head, elm, out, field);                                     \
			out->field = elm->field;                                                  \
			RB_SET_PARENT(RB_LEFT(out, field), out, field);                           \
			if (RB_RIGHT(out, field) != NULL) {                                       \
				RB_SET_PARENT(RB_RIGHT(out, field), out, field);                  \
			}                                                                         \
			parent = parent == elm ? out : parent;                                    \
		}                                                                                 \
		for (walk = parent; walk != NULL; walk = RB_PARENT(walk, field)) {                \
			RB_AUGMENT(walk);                                                         \
		}                                                                                 \
		if (is_short) {                                                                   \
			name##_RB_REMOVE_COLOR(head, parent, side);                               \
		}                                                                                 \
		return elm;                                                                       \
	}

#define RB_GENERATE_FIND(name, type, field, cmp, attr)                        \
	attr struct type *name##_RB_FIND(struct name *head, struct type *elm) \
	{                                                                     \
		struct type *walk = _RB_ROOT(head);                           \
		int order;                                                    \
                                                                              \
		while (walk != NULL && (order = cmp(elm, walk)) != 0) {       \
			walk = walk->field.rbe_link[order > 0];               \
		}                                                             \
		return walk;                                                  \
	}

/* The first element that is not less than `elm`, which need not be in the tree. */
#define RB_GENERATE_NFIND(name, type, field, cmp, attr)                        \
	attr struct type *name##_RB_NFIND(struct name *head, struct type *elm) \
	{                                                                      \
		struct type *walk = _RB_ROOT(head);                            \
		struct type *best = NULL;                                      \
		int order;                                                     \
                                                                               \
		while (walk != NULL) {                                         \
			order = cmp(elm, walk);                                \
			if (order == 0) {                                      \
				return walk;                                   \
			}                                                      \
			best = order < 0 ? walk : best;                        \
			walk = walk->field.rbe_link[order > 0];                \
		}                                                              \
		return best;                                                   \
	}

/* The neighbour on `side`: innermost below it on that side, or the first ancestor that is there. */
#define _RB_GENERATE_STEP(function, type, field, attr, side)           \
	attr struct type *function(struct type *elm)                   \
	{                                                              \
		struct type *parent;                                   \
                                                                       \
		if (elm->field.rbe_link[side] != NULL) {               \
			elm = elm->field.rbe_link[side];               \
			while (elm->field.rbe_link[!(side)] != NULL) { \
				elm = elm->field.rbe_link[!(side)];    \
			}                                              \
			return elm;                                    \
		}                                                      \
		while ((parent = RB_PARENT(elm, field)) != NULL &&     \
		       parent->field.rbe_link[side] == elm) {          \
			elm = parent;                                  \
		}                                                      \
		return parent;                                         \
	}

#define RB_GENERATE_NEXT(name, type, field, attr) \
	_RB_GENERATE_STEP(name##_RB_NEXT, type, field, attr, 1)
#define RB_GENERATE_PREV(name, type, field, attr) \
	_RB_GENERATE_STEP(name##_RB_PREV, type, field, attr, 0)

#define RB_GENERATE_MINMAX(name, type, field, attr)                    \
	attr struct type *name##_RB_MINMAX(struct name *head, int val) \
	{                                                              \
		struct type *walk = _RB_ROOT(head);                    \
		struct type *last = NULL;                              \
                                                                       \
		while (walk != NULL) {                                 \
			last = walk;                                   \
			walk = walk->field.rbe_link[val > 0];          \
		}                                                      \
		return last;                                           \
	}

/*
 * For an element of the tree whose key was changed in place: moves it when it is no longer between
 * its neighbours. As RB_INSERT(): when another element compares equal, that is returned, and `elm`
 * is out of the tree.
 */
#define RB_GENERATE_REINSERT(name, type, field, cmp, attr)                        \
	attr struct type *name##_RB_REINSERT(struct name *head, struct type *elm) \
	{                                                                         \
		struct type *before = name##_RB_PREV(elm);                        \
		struct type *after = name##_RB_NEXT(elm);                         \
                                                                                  \
		if ((before == NULL || cmp(before, elm) < 0) &&                   \
		    (after == NULL || cmp(elm, after) < 0)) {                     \
			return NULL;                                              \
		}                                                                 \
		(void)name##_RB_REMOVE(head, elm);                                \
		return name##_RB_INSERT(head, elm);                               \
	}

/* Red-black tree: operations */

#define RB_NEGINF -1
#define RB_INF    1

#define RB_INSERT(name, x, y)   name##_RB_INSERT(x, y)
#define RB_REMOVE(name, x, y)   name##_RB_REMOVE(x, y)
#define RB_FIND(name, x, y)     name##_RB_FIND(x, y)
#define RB_NFIND(name, x, y)    name##_RB_NFIND(x, y)
#define RB_NEXT(name, x, y)     name##_RB_NEXT(y)
#define RB_PREV(name, x, y)     name##_RB_PREV(y)
#define RB_MIN(name, x)         name##_RB_MINMAX(x, RB_NEGINF)
#define RB_MAX(name, x)         name##_RB_MINMAX(x, RB_INF)
#define RB_REINSERT(name, x, y) name##_RB_REINSERT(x, y)

/*
 * In the _SAFE and _FROM forms `y` holds the next element, so the body may remove or free `x`. The
 * _FROM forms begin at `y`.
 */
#define RB_FOREACH(x, name, head) \
	for ((x) = RB_MIN(name, head); (x) != NULL; (x) = name##_RB_NEXT(x))

#define RB_FOREACH_FROM(x, name, y) \
	for ((x) = (y); (x) != NULL && ((y) = name##_RB_NEXT(x), 1); (x) = (y))

#define RB_FOREACH_SAFE(x, name, head, y) \
	for ((x) = RB_MIN(name, head); (x) != NULL && ((y) = name##_RB_NEXT(x), 1); (x) = (y))

#define RB_FOREACH_REVERSE(x, name, head) \
	for ((x) = RB_MAX(name, head); (x) != NULL; (x) = name##_RB_PREV(x))

#define RB_FOREACH_REVERSE_FROM(x, name, y) \
	for ((x) = (y); (x) != NULL && ((y) = name##_RB_PREV(x), 1); (x) = (y))

#define RB_FOREACH_REVERSE_SAFE(x, name, head, y) \
	for ((x) = RB_MAX(name, head); (x) != NULL && ((y) = name##_RB_PREV(x), 1); (x) = (y))

/* Splay tree: types and links */

#define SPLAY_HEAD(name, type)         \
	struct name {                  \
		struct type *sph_root; \
	}

#define SPLAY_INITIALIZER(root) \
	{                       \
		NULL            \
	}

#define SPLAY_INIT(root)                 \
	do {                             \
		(root)->sph_root = NULL; \
	} while (0)

#define SPLAY_ENTRY(type)                                   \
	struct {                                            \
		struct type *spe_link[2]; /* left, right */ \
	}

#define SPLAY_LEFT(elm, field)  (elm)->field.spe_link[0]
#define SPLAY_RIGHT(elm, field) (elm)->field.spe_link[1]
#define SPLAY_ROOT(head)        (head)->sph_root
#define SPLAY_EMPTY(head)       ((head)->sph_root == NULL)

/* The root sinks to `side`; `tmp`, its child on the other side, becomes the root. */
#define _SPLAY_ROTATE(head, tmp, side, field)                                            \
	do {                                                                             \
		SPLAY_ROOT(head)->field.spe_link[!(side)] = (tmp)->field.spe_link[side]; \
		(tmp)->field.spe_link[side] = SPLAY_ROOT(head);                          \
		SPLAY_ROOT(head) = (tmp);                                                \
	} while (0)

#define SPLAY_ROTATE_LEFT(head, tmp, field)  _SPLAY_ROTATE(head, tmp, 0, field)
#define SPLAY_ROTATE_RIGHT(head, tmp, field) _SPLAY_ROTATE(head, tmp, 1, field)

/*
 * Cuts the root off and hangs it below `tmp`, the innermost element of the elements set aside so
 * far, whose place it takes. What was on `side` of it becomes the root.
 */
#define _SPLAY_SET_ASIDE(head, tmp, side, field)                           \
	do {                                                               \
		(tmp)->field.spe_link[side] = SPLAY_ROOT(head);            \
		(tmp) = SPLAY_ROOT(head);                                  \
		SPLAY_ROOT(head) = SPLAY_ROOT(head)->field.spe_link[side]; \
	} while (0)

#define SPLAY_LINKLEFT(head, tmp, field)  _SPLAY_SET_ASIDE(head, tmp, 0, field)
#define SPLAY_LINKRIGHT(head, tmp, field) _SPLAY_SET_ASIDE(head, tmp, 1, field)

/*
 * Joins what was set aside and the root. `node` led the elements set aside: the lesser ones on its
 * right, whose innermost is `left`, the greater ones on its left, whose innermost is `right`.
 */
#define SPLAY_ASSEMBLE(head, node, left, right, field)                           \
	do {                                                                     \
		SPLAY_RIGHT(left, field) = SPLAY_LEFT(SPLAY_ROOT(head), field);  \
		SPLAY_LEFT(right, field) = SPLAY_RIGHT(SPLAY_ROOT(head), field); \
		SPLAY_LEFT(SPLAY_ROOT(head), field) = SPLAY_RIGHT(node, field);  \
		SPLAY_RIGHT(SPLAY_ROOT(head), field) = SPLAY_LEFT(node, field);  \
	} while (0)

/* Splay tree: functions */

#define SPLAY_PROTOTYPE(name, type, field, cmp)                                                    \
	void name##_SPLAY(struct name *head, struct type *elm);                                    \
	void name##_SPLAY_MINMAX(struct name *head, int val);                                      \
	struct type *name##_SPLAY_INSERT(struct name *head, struct type *elm);                     \
	struct type *name##_SPLAY_REMOVE(struct name *head, struct type *elm);                     \
                                                                                                   \
	/* The element that compares equal, which becomes the root; or NULL. */                    \
	__attribute__((unused)) static inline struct type *name##_SPLAY_FIND(struct name *head,    \
									     struct type *elm)     \
	{                                                                                          \
		if (SPLAY_EMPTY(head)) {                                                           \
			return NULL;                                                               \
		}                                                                                  \
		name##_SPLAY(head, elm);                                                           \
		return cmp(elm, SPLAY_ROOT(head)) == 0 ? SPLAY_ROOT(head) : NULL;                  \
	}                                                                                          \
                                                                                                   \
	/* The element after `elm`, which is in the tree and becomes the root. */                  \
	__attribute__((unused)) static inline struct type *name##_SPLAY_NEXT(struct name *head,    \
									     struct type *elm)     \
	{                                                                                          \
		name##_SPLAY(head, elm);                                                           \
		elm = SPLAY_RIGHT(elm, field);                                                     \
		while (elm != NULL && SPLAY_LEFT(elm, field) != NULL) {                            \
			elm = SPLAY_LEFT(elm, field);                                              \
		}                                                                                  \
		return elm;                                                                        \
	}                                                                                          \
                                                                                                   \
	__attribute__((unused)) static inline struct type *name##_SPLAY_MIN_MAX(struct name *head, \
										int val)           \
	{                                                                                          \
		name##_SPLAY_MINMAX(head, val);                                                    \
		return SPLAY_ROOT(head);                                                           \
	}

/*
 * Brings to the root the element at which a search ends, in one way down. `order` is an expression
 * that compares what is sought with `at`. Elements that are passed are set aside, lesser[0] and
 * greater[1] ones, each at the innermost link (edge) of those before it; two steps to the same side
 * are first turned into one by a rotation, which is what halves the depth of long ways.
 */
#define _SPLAY_DESCEND(head, type, field, order)                                   \
	do {                                                                       \
		struct type *aside[2] = {NULL, NULL};                              \
		struct type **edge[2] = {&aside[0], &aside[1]};                    \
		struct type *at = SPLAY_ROOT(head), *below;                        \
		int result, side;                                                  \
                                                                                   \
		while ((result = (order)) != 0) {                                  \
			side = result > 0;                                         \
			below = at->field.spe_link[side];                          \
			if (below == NULL) {                                       \
				break;                                             \
			}                                                          \
			at = below;                                                \
			result = (order);                                          \
			if (result != 0 && (result > 0) == side) {                 \
				_SPLAY_ROTATE(head, below, !side, field);          \
				if (below->field.spe_link[side] == NULL) {         \
					break;                                     \
				}                                                  \
			}                                                          \
			*edge[!side] = SPLAY_ROOT(head);                           \
			edge[!side] = &SPLAY_ROOT(head)->field.spe_link[side];     \
			SPLAY_ROOT(head) = SPLAY_ROOT(head)->field.spe_link[side]; \
			at = SPLAY_ROOT(head);                                     \
		}                                                                  \
		*edge[0] = SPLAY_LEFT(SPLAY_ROOT(head), field);                    \
		*edge[1] = SPLAY_RIGHT(SPLAY_ROOT(head), field);                   \
		SPLAY_LEFT(SPLAY_ROOT(head), field) = aside[0];                    \
		SPLAY_RIGHT(SPLAY_ROOT(head), field) = aside[1];                   \
	} while (0)

#define SPLAY_GENERATE(name, type, field, cmp)                                                   \
	void name##_SPLAY(struct name *head, struct type *elm)                                   \
	{                                                                                        \
		_SPLAY_DESCEND(head, type, field, cmp(elm, at));                                 \
	}                                                                                        \
                                                                                                 \
	void name##_SPLAY_MINMAX(struct name *head, int val)                                     \
	{                                                                                        \
		_SPLAY_DESCEND(head, type, field, ((void)at, val));                              \
	}                                                                                        \
                                                                                                 \
	/* NULL when inserted, else the element of the tree that compares equal. */              \
	struct type *name##_SPLAY_INSERT(struct name *head, struct type *elm)                    \
	{                                                                                        \
		struct type *root;                                                               \
		int order, side;                                                                 \
                                                                                                 \
		if (SPLAY_EMPTY(head)) {                                                         \
			SPLAY_LEFT(elm, field) = NULL;                                           \
			SPLAY_RIGHT(elm, field) = NULL;                                          \
		} else {                                                                         \
			name##_SPLAY(head, elm);                                                 \
			root = SPLAY_ROOT(head);                                                 \
			order = cmp(elm, root);                                                  \
			if (order == 0) {                                                        \
				return root;                                                     \
			}                                                                        \
			side = order > 0;                                                        \
			elm->field.spe_link[side] = root->field.spe_link[side];                  \
			elm->field.spe_link[!side] = root;                                       \
			root->field.spe_link[side] = NULL;                                       \
		}                                                                                \
		SPLAY_ROOT(head) = elm;                                                          \
		return NULL;                                                                     \
	}                                                                                        \
                                                                                                 \
	/* Takes out the element that compares equal; returns `elm`, or NULL when there is none. \
	 */                                                                                      \
	struct type *name##_SPLAY_REMOVE(struct name *head, struct type *elm)                    \
	{                                                                                        \
		struct type *greater;                                                            \
                                                                                                 \
		if (name##_SPLAY_FIND(head, elm) == NULL) {                                      \
			return NULL;                                                             \
		}                                                                                \
		greater = SPLAY_RIGHT(SPLAY_ROOT(head), field);                                  \
		SPLAY_ROOT(head) = SPLAY_LEFT(SPLAY_ROOT(head), field);                          \
		if (SPLAY_EMPTY(head)) {                                                         \
			SPLAY_ROOT(head) = greater;                                              \
		} else if (greater != NULL) {                                                    \
			/* The greatest of the lesser ones has no right child. */                \
			name##_SPLAY_MINMAX(head, SPLAY_INF);                                    \
			SPLAY_RIGHT(SPLAY_ROOT(head), field) = greater;                          \
		}                                                                                \
		return elm;                                                                      \
	}

/* Splay tree: operations */

#define SPLAY_NEGINF -1
#define SPLAY_INF    1

#define SPLAY_INSERT(name, x, y) name##_SPLAY_INSERT(x, y)
#define SPLAY_REMOVE(name, x, y) name##_SPLAY_REMOVE(x, y)
#define SPLAY_FIND(name, x, y)   name##_SPLAY_FIND(x, y)
#define SPLAY_NEXT(name, x, y)   name##_SPLAY_NEXT(x, y)
#define SPLAY_MIN(name, x)       (SPLAY_EMPTY(x) ? NULL : name##_SPLAY_MIN_MAX(x, SPLAY_NEGINF))
#define SPLAY_MAX(name, x)       (SPLAY_EMPTY(x) ? NULL : name##_SPLAY_MIN_MAX(x, SPLAY_INF))

#define SPLAY_FOREACH(x, name, head) \
	for ((x) = SPLAY_MIN(name, head); (x) != NULL; (x) = SPLAY_NEXT(name, head, x))

#ifdef __cplusplus
}
#endif

#endif
