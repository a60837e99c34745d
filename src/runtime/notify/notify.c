/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Notifications: a ring of the last events, and the list of their types.
 *
 * Invariants
 *  1. Event i, while it is kept, is at g_notify.events[i % EVENTS_KEPT]; kept are those from
 *     next_index - EVENTS_KEPT, or from 0, up to next_index.
 *  2. Types are only ever added, at the end, and never change: whoever has one may go on to the
 *     next at any time.
 *  3. Callbacks see a copy and run without the lock: they may send, and may take their time.
 */
#include "spdk/notify.h"

#include "spdk/log.h"
#include "spdk/util.h"

#define EVENTS_KEPT 1024

struct spdk_notify_type {
	STAILQ_ENTRY(spdk_notify_type) link;
	char name[SPDK_NOTIFY_MAX_NAME_SIZE];
};

static struct {
	/* Guards everything here; nothing is called while it is held but the C library. */
	pthread_mutex_t lock;
	STAILQ_HEAD(type_list, spdk_notify_type) types;
	uint64_t next_index;
	struct spdk_notify_event events[EVENTS_KEPT];
	bool has_told_of_cut;
} g_notify = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.types = STAILQ_HEAD_INITIALIZER(g_notify.types),
};

static struct spdk_notify_type *
find_type(const char *name)
{
	struct spdk_notify_type *type;

	STAILQ_FOREACH (type, &g_notify.types, link) {
		if (strcmp(type->name, name) == 0) {
			return type;
		}
	}
	return NULL;
}

struct spdk_notify_type *
spdk_notify_type_register(const char *type)
{
	struct spdk_notify_type *added, *found;

	if (type == NULL || type[0] == '\0') {
		SPDK_ERRLOG("spdk_notify_type_register(): a type needs a name\n");
		return NULL;
	}
	if (strlen(type) >= SPDK_NOTIFY_MAX_NAME_SIZE) {
		SPDK_ERRLOG("spdk_notify_type_register(): '%s' is too long for the name of a type: "
			    "%zu bytes, and there is room for %d\n",
			    type, strlen(type), SPDK_NOTIFY_MAX_NAME_SIZE - 1);
		return NULL;
	}
	added = calloc(1, sizeof(*added));
	if (added == NULL) {
		SPDK_ERRLOG("spdk_notify_type_register(): no memory for '%s'\n", type);
		return NULL;
	}
	(void)snprintf(added->name, sizeof(added->name), "%s", type); /* it fits */
	pthread_mutex_lock(&g_notify.lock);
	found = find_type(type);
	if (found == NULL) {
		STAILQ_INSERT_TAIL(&g_notify.types, added, link);
	}
	pthread_mutex_unlock(&g_notify.lock);
	if (found != NULL) {
		free(added);
		return found;
	}
	return added;
}

const char *
spdk_notify_type_get_name(const struct spdk_notify_type *type)
{
	return type->name;
}

/* The type after this one, or the first after NULL. */
static struct spdk_notify_type *
next_type(struct spdk_notify_type *type)
{
	struct spdk_notify_type *next;

	pthread_mutex_lock(&g_notify.lock);
	next = type == NULL ? STAILQ_FIRST(&g_notify.types) : STAILQ_NEXT(type, link);
	pthread_mutex_unlock(&g_notify.lock);
	return next;
}

void
spdk_notify_foreach_type(spdk_notify_foreach_type_cb cb_fn, void *ctx)
{
	struct spdk_notify_type *type = next_type(NULL);

	while (type != NULL && cb_fn(type, ctx) == 0) {
		type = next_type(type);
	}
}

/* Copies what fits; whether that is less than all. The letter that does not fit goes as a whole:
 * half of one would be no UTF-8, which JSON must be. */
static bool
copy_cut(char *to, size_t size, const char *from)
{
	size_t length = strlen(from);
	bool is_cut = length >= size;

	if (is_cut) {
		length = size - 1;
		while (length > 0 && ((unsigned char)from[length] & 0xc0) == 0x80) {
			length--;
		}
	}
	memcpy(to, from, length);
	to[length] = '\0';
	return is_cut;
}

uint64_t
spdk_notify_send(const char *type, const char *ctx)
{
	struct spdk_notify_event *event;
	bool is_cut, is_to_tell;
	uint64_t index;

	if (type == NULL || type[0] == '\0') {
		SPDK_ERRLOG("spdk_notify_send(): an event needs a type\n");
		return UINT64_MAX;
	}
	ctx = ctx != NULL ? ctx : "";
	pthread_mutex_lock(&g_notify.lock);
	index = g_notify.next_index++;
	event = &g_notify.events[index % EVENTS_KEPT];
	is_cut = copy_cut(event->type, sizeof(event->type), type);
	is_cut |= copy_cut(event->ctx, sizeof(event->ctx), ctx);
	is_to_tell = is_cut && !g_notify.has_told_of_cut;
	g_notify.has_told_of_cut |= is_cut;
	pthread_mutex_unlock(&g_notify.lock);
	if (is_to_tell) {
		SPDK_WARNLOG("spdk_notify_send(): event %" PRIu64 ", '%s' of '%s', was cut: the "
			     "type has room for %d bytes, what it is about for %d. Others that are "
			     "too long are cut without a message.\n",
			     index, type, ctx, SPDK_NOTIFY_MAX_NAME_SIZE - 1,
			     SPDK_NOTIFY_MAX_CTX_SIZE - 1);
	}
	return index;
}

/* Copies the first event from `index` on that is kept, and returns its number. */
static uint64_t
copy_event(uint64_t index, struct spdk_notify_event *out_event)
{
	uint64_t oldest;

	pthread_mutex_lock(&g_notify.lock);
	oldest = g_notify.next_index - spdk_min(g_notify.next_index, (uint64_t)EVENTS_KEPT);
	index = spdk_max(index, oldest);
	*out_event = g_notify.events[index % EVENTS_KEPT];
	pthread_mutex_unlock(&g_notify.lock);
	return index;
}

uint64_t
spdk_notify_foreach_event(uint64_t start_idx, uint64_t max, spdk_notify_foreach_event_cb cb_fn,
			  void *ctx)
{
	struct spdk_notify_event event;
	uint64_t index = start_idx, calls = 0, end;

	pthread_mutex_lock(&g_notify.lock);
	end = g_notify.next_index;
	pthread_mutex_unlock(&g_notify.lock);
	while (index < end && calls < max) {
		index = copy_event(index, &event);
		if (index >= end) {
			break;
		}
		calls++;
		if (cb_fn(index, &event, ctx) != 0) {
			break;
		}
		index++;
	}
	return calls;
}
