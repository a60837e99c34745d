/* SPDX-License-Identifier: BSD-3-Clause */
/* The walk for name_check.h. What is said about a duplicate is up to those who know the things. */
#include "base/log/name_check.h"

/* Under the lock. */
static const char *
find_duplicate(const struct name_check *check)
{
	const void *item, *next;

	item = check->next_item(NULL);
	while (item != NULL) {
		next = check->next_item(item);
		if (next != NULL && strcmp(check->item_name(item), check->item_name(next)) == 0) {
			return check->item_name(item);
		}
		item = next;
	}
	return NULL;
}

const char *
name_check_run(struct name_check *check)
{
	const char *duplicate = NULL;

	pthread_mutex_lock(check->lock);
	if (check->is_unchecked && !check->has_reported) {
		duplicate = find_duplicate(check);
		check->is_unchecked = false;
		check->has_reported = duplicate != NULL;
	}
	pthread_mutex_unlock(check->lock);
	return duplicate;
}
