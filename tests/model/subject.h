/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device under test: a stack of modules, opened on each thread, and the model of what it holds.
 *
 *   state    what it is                                left by
 *   ABSENT   nothing                                   subject_create()
 *   LIVE     open, with channels, takes I/Os           the event of its removal
 *   LEAVING  it is being removed; takes some I/Os yet  subject_close(), when none is left
 *   CLOSED   no channel and no descriptor              subject_destroy(): ABSENT
 */
#ifndef SPINDLE_MODEL_SUBJECT_H
#define SPINDLE_MODEL_SUBJECT_H

#include "bottom.h"
#include "history.h"
#include "spdk/bdev_module.h"
#include "world.h"

#define SUBJECTS_MAX 2
#define LAYERS_MAX   3
#define NAME_SIZE    32

enum subject_state {
	SUBJECT_ABSENT,
	SUBJECT_LIVE,
	SUBJECT_LEAVING,
	SUBJECT_CLOSED,
};

struct layered_type;

/* One thread's way to it; both are NULL while it is closed. */
struct io_user {
	struct spdk_bdev_desc *desc;
	struct spdk_io_channel *ch;
	uint32_t outstanding;
};

struct subject {
	enum subject_state state;
	char name[NAME_SIZE];
	struct spdk_bdev *bdev;
	struct io_user users[THREADS_MAX];
	/* Of all users, and pending changes of the device (event.c). */
	uint32_t outstanding;
	uint32_t resets;
	/* There has been one under way. */
	moment_t resets_since;
	uint32_t changes;

	struct bottom bottom;
	/* What lies on it, lowest first. */
	struct {
		char name[NAME_SIZE];
		struct layered_type *type; /* NULL: split, of which this is the last part */
	} layers[LAYERS_MAX];
	uint32_t layer_count;
	/* Its removal has begun. */
	bool is_removed;
	/* How many operations it takes while it is LEAVING. */
	uint32_t lingers;

	uint32_t block_size;
	uint32_t md_size; /* separate; 0: none */
	struct history *history;
};

extern struct subject g_subjects[SUBJECTS_MAX];

bool subject_takes_operations(struct subject *subject);

/* A random stack; its bottom may share the channels of another's. */
void subject_create(struct subject *subject);
/* Its bottom goes, if that has not begun. */
void subject_remove(struct subject *subject);
/* For one that is LEAVING or to be, with nothing outstanding. */
void subject_close(struct subject *subject);
/* Waits for the rest of a CLOSED one. */
void subject_destroy(struct subject *subject);

/* Some I/Os fail in one of the layers, if one does that. */
void subject_inject(struct subject *subject);

/*
 * A user with nothing outstanding closes it, and opens it again: later, so that his channel has
 * gone in between, or at once, so that it has not. The first one stays, to hear of a removal.
 */
void subject_close_or_open(struct subject *subject, uint32_t thread);
/* All users have it open again. */
void subject_open_all(struct subject *subject);

#endif
