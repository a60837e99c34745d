/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Groups by name. Each has a register function, which a constructor has linked, before anything
 * could be said about it; so they are looked at when they are first needed.
 *
 * Invariants, under the lock:
 *  1. `added` has those that nobody has looked at, the last one first.
 *  2. `first` leads to those that are good, in the order of their numbers; no two of them have the
 *     same number or name. None ever leaves.
 */
#include "runtime/trace/trace_internal.h"

#define ALL "all"

static struct {
	struct spdk_trace_register_fn *added;
	struct spdk_trace_register_fn *first;
} g_groups;

/* The oldest of those that nobody has looked at, off the list; or NULL. */
static struct spdk_trace_register_fn *
take_oldest_added(void)
{
	struct spdk_trace_register_fn **link = &g_groups.added, *oldest;

	if (*link == NULL) {
		return NULL;
	}
	while ((*link)->next != NULL) {
		link = &(*link)->next;
	}
	oldest = *link;
	*link = NULL;
	return oldest;
}

/* NULL, or what is wrong. */
static const char *
find_fault(const struct spdk_trace_register_fn *group)
{
	const struct spdk_trace_register_fn *other;

	if (group->name == NULL || group->name[0] == '\0' || strcmp(group->name, ALL) == 0) {
		return "its name is missing, or \"all\"";
	}
	if (strpbrk(group->name, ",:") != NULL) {
		return "its name has a ',' or ':'";
	}
	if (group->tgroup_id >= SPDK_TRACE_MAX_GROUP_ID || group->reg_fn == NULL) {
		return "there is no group of its number, or it has no function";
	}
	for (other = g_groups.first; other != NULL; other = other->next) {
		if (other->tgroup_id == group->tgroup_id) {
			return "another group has its number";
		}
		if (strcmp(other->name, group->name) == 0) {
			return "another group has its name";
		}
	}
	return NULL;
}

static bool
admit(struct spdk_trace_register_fn *group)
{
	struct spdk_trace_register_fn **link = &g_groups.first;
	const char *fault = find_fault(group);

	if (fault != NULL) {
		SPDK_ERRLOG("The group of tracepoints '%s', number %u, is left out: %s. Give it "
			    "another in its SPDK_TRACE_REGISTER_FN().\n",
			    group->name != NULL ? group->name : "(null)", group->tgroup_id, fault);
		return false;
	}
	while (*link != NULL && (*link)->tgroup_id < group->tgroup_id) {
		link = &(*link)->next;
	}
	group->next = *link;
	*link = group;
	return true;
}

/* Looks at those that have been added, and has them register their tpoints if the others have. */
static void
look_at_added(void)
{
	struct spdk_trace_register_fn *group;
	bool is_good;

	for (;;) {
		trace_lock();
		group = take_oldest_added();
		is_good = group != NULL && admit(group);
		trace_unlock();
		if (group == NULL) {
			return;
		}
		if (is_good && trace_is_on()) {
			group->reg_fn();
		}
	}
}

void
spdk_trace_add_register_fn(struct spdk_trace_register_fn *reg_fn)
{
	trace_lock();
	reg_fn->next = g_groups.added;
	g_groups.added = reg_fn;
	trace_unlock();
	if (trace_is_on()) {
		look_at_added();
	}
}

void
trace_groups_register(void)
{
	struct spdk_trace_register_fn *group;

	for (group = g_groups.first; group != NULL; group = group->next) {
		group->reg_fn();
	}
	look_at_added();
}

struct spdk_trace_register_fn *
spdk_trace_get_first_register_fn(void)
{
	look_at_added();
	return g_groups.first;
}

struct spdk_trace_register_fn *
spdk_trace_get_next_register_fn(struct spdk_trace_register_fn *register_fn)
{
	return register_fn->next;
}

bool
trace_list_append(char list[TRACE_LIST_SIZE], const char *name)
{
	static const char more[] = ", ...";
	size_t length = strlen(list);

	if (length + strlen(name) + sizeof(", ") + sizeof(more) > TRACE_LIST_SIZE) {
		snprintf(list + length, TRACE_LIST_SIZE - length, "%s", more);
		return false;
	}
	snprintf(list + length, TRACE_LIST_SIZE - length, "%s%s", length > 0 ? ", " : "", name);
	return true;
}

const char *
trace_group_list(char list[TRACE_LIST_SIZE])
{
	struct spdk_trace_register_fn *group = spdk_trace_get_first_register_fn();

	list[0] = '\0';
	while (group != NULL && trace_list_append(list, group->name)) {
		group = group->next;
	}
	return list[0] != '\0' ? list : "none";
}

int
trace_group_find(const char *name, uint8_t *out_group_id)
{
	struct spdk_trace_register_fn *group = spdk_trace_get_first_register_fn();
	char list[TRACE_LIST_SIZE];

	while (group != NULL && (name == NULL || strcmp(group->name, name) != 0)) {
		group = group->next;
	}
	if (group == NULL) {
		SPDK_ERRLOG("'%s' is no group of tracepoints. There are: %s.\n",
			    name != NULL ? name : "(null)", trace_group_list(list));
		return -EINVAL;
	}
	*out_group_id = group->tgroup_id;
	return 0;
}

uint64_t
spdk_trace_create_tpoint_group_mask(const char *group_name)
{
	uint8_t group_id;

	if (group_name != NULL && strcmp(group_name, ALL) == 0) {
		return (UINT64_C(1) << SPDK_TRACE_MAX_GROUP_ID) - 1;
	}
	return trace_group_find(group_name, &group_id) == 0 ? UINT64_C(1) << group_id : 0;
}

int
spdk_trace_enable_tpoint_group(const char *group_name)
{
	uint64_t groups;

	if (!trace_expect_on("spdk_trace_enable_tpoint_group")) {
		return -ENODEV;
	}
	groups = spdk_trace_create_tpoint_group_mask(group_name);
	if (groups == 0) {
		return -EINVAL;
	}
	spdk_trace_set_tpoint_group_mask(groups);
	return 0;
}

int
spdk_trace_disable_tpoint_group(const char *group_name)
{
	uint64_t groups;

	if (!trace_expect_on("spdk_trace_disable_tpoint_group")) {
		return -ENODEV;
	}
	groups = spdk_trace_create_tpoint_group_mask(group_name);
	if (groups == 0) {
		return -EINVAL;
	}
	spdk_trace_clear_tpoint_group_mask(groups);
	return 0;
}

void
spdk_trace_mask_usage(FILE *f, const char *tmask_arg)
{
	char list[TRACE_LIST_SIZE];

	fprintf(f,
		" %s <group>[:<tracepoints>],...  switch on tracepoints of groups:\n"
		"     all, %s\n"
		"     and, for one group, by a mask (0x3) or by names with + between them\n",
		tmask_arg, trace_group_list(list));
}
