/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finds two things of one name among those that constructors have linked: log flags, deprecations.
 */
#ifndef SPINDLE_NAME_CHECK_H
#define SPINDLE_NAME_CHECK_H

#include "spdk/stdinc.h"

struct name_check {
	/* Guards the list, and the two flags below. */
	pthread_mutex_t *lock;
	/* The list is sorted by name; the first item is what follows NULL. */
	const void *(*next_item)(const void *item);
	const char *(*item_name)(const void *item);

	/* An item came since name_check_run() looked; set by whoever links it. */
	bool is_unchecked;
	bool has_reported;
};

/*
 * A name that two items have, to be reported by the caller: once in the life of the process. Else
 * NULL. Takes the lock; cheap when nothing is new.
 */
const char *name_check_run(struct name_check *check);

#endif /* SPINDLE_NAME_CHECK_H */
