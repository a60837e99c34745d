/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which methods there are, and which of them may be called now.
 *
 * Registration happens before main and only links nodes; what is wrong with them is looked for
 * when there is somebody to tell. For looking up, all are sorted into one array, by name, at the
 * first question after a registration; of two with the same name, the first registered is found.
 *
 * Everything belongs to the app thread. Before that is there, only one OS thread is.
 */
#include "control/rpc/rpc_internal.h"
#include "spdk/log.h"
#include "spdk/string.h"
#include "spdk/util.h"

/* Names longer than this are not compared for likeness. */
#define RPC_NAME_NEAR_MAX 63

static struct {
	struct spindle_rpc_method *first;
	struct spindle_rpc_method *last;
	size_t count;
	struct spindle_rpc_method **sorted; /* `count` of them, or NULL: not sorted yet */
	uint32_t state;
	char **allowlist; /* NULL: all */
} g_rpc = {.state = SPDK_RPC_STARTUP};

void
spindle_rpc_add_method(struct spindle_rpc_method *method)
{
	if (method->number != 0) {
		return;
	}
	method->number = ++g_rpc.count;
	method->next = NULL;
	if (g_rpc.last != NULL) {
		g_rpc.last->next = method;
	} else {
		g_rpc.first = method;
	}
	g_rpc.last = method;
	free(g_rpc.sorted);
	g_rpc.sorted = NULL;
}

static bool
has_name(const char *name, const char *function)
{
	if (name == NULL || name[0] == '\0') {
		SPDK_ERRLOG("%s(): the method has no name\n", function);
		return false;
	}
	return true;
}

static struct spindle_rpc_method *
make_method(const char *name, const char *function)
{
	struct spindle_rpc_method *method = calloc(1, sizeof(*method));

	if (method == NULL) {
		SPDK_ERRLOG("%s(\"%s\"): out of memory; the method will be unknown\n", function,
			    name);
		return NULL;
	}
	method->name = name;
	return method;
}

void
spdk_rpc_register_method(const char *name, spdk_rpc_method_handler func, uint32_t state_mask)
{
	struct spindle_rpc_method *method;

	if (!has_name(name, "spdk_rpc_register_method")) {
		return;
	}
	for (method = g_rpc.first; method != NULL; method = method->next) {
		if (func != NULL && method->plain_fn == func && strcmp(method->name, name) == 0 &&
		    method->state_mask == state_mask) {
			return;
		}
	}
	if (func == NULL) {
		SPDK_ERRLOG("spdk_rpc_register_method(\"%s\"): its function is NULL\n", name);
		return;
	}
	method = make_method(name, "spdk_rpc_register_method");
	if (method == NULL) {
		return;
	}
	method->plain_fn = func;
	method->state_mask = state_mask;
	spindle_rpc_add_method(method);
}

void
spdk_rpc_register_alias_deprecated(const char *name, const char *alias)
{
	struct spindle_rpc_method *method;

	if (!has_name(name, "spdk_rpc_register_alias_deprecated") ||
	    !has_name(alias, "spdk_rpc_register_alias_deprecated")) {
		return;
	}
	for (method = g_rpc.first; method != NULL; method = method->next) {
		if (method->alias_of != NULL && strcmp(method->name, alias) == 0 &&
		    strcmp(method->alias_of, name) == 0) {
			return;
		}
	}
	method = make_method(alias, "spdk_rpc_register_alias_deprecated");
	if (method == NULL) {
		return;
	}
	method->alias_of = name;
	spindle_rpc_add_method(method);
}

static int
compare_methods(const void *a, const void *b)
{
	const struct spindle_rpc_method *left = *(struct spindle_rpc_method *const *)a;
	const struct spindle_rpc_method *right = *(struct spindle_rpc_method *const *)b;
	int order = strcmp(left->name, right->name);

	return order != 0 ? order : (left->number > right->number) - (left->number < right->number);
}

/* NULL: there are none, or no memory to sort them. */
static struct spindle_rpc_method **
sorted_methods(void)
{
	struct spindle_rpc_method *method = g_rpc.first;

	if (g_rpc.sorted != NULL || g_rpc.count == 0) {
		return g_rpc.sorted;
	}
	g_rpc.sorted = calloc(g_rpc.count, sizeof(*g_rpc.sorted));
	if (g_rpc.sorted == NULL) {
		SPDK_ERRLOG("Out of memory for the list of methods\n");
		return NULL;
	}
	for (size_t i = 0; i < g_rpc.count; i++, method = method->next) {
		g_rpc.sorted[i] = method;
	}
	qsort(g_rpc.sorted, g_rpc.count, sizeof(*g_rpc.sorted), compare_methods);
	return g_rpc.sorted;
}

/* As strcmp(), for a name that is no C string, and may have a NUL in it. */
static int
compare_name(const char *left, const char *right, size_t right_len)
{
	size_t left_len = strlen(left);
	int order = memcmp(left, right, spdk_min(left_len, right_len));

	return order != 0 ? order : (left_len > right_len) - (left_len < right_len);
}

/* The first of this very name, be it an alias. */
static struct spindle_rpc_method *
find_exactly(const char *name, size_t len)
{
	struct spindle_rpc_method **sorted = sorted_methods();
	size_t low = 0, high = sorted != NULL ? g_rpc.count : 0, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_name(sorted[middle]->name, name, len) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	if (sorted == NULL || low == g_rpc.count ||
	    compare_name(sorted[low]->name, name, len) != 0) {
		return NULL;
	}
	return sorted[low];
}

static void
warn_of_alias(struct spindle_rpc_method *alias)
{
	if (!alias->is_warned) {
		alias->is_warned = true;
		SPDK_WARNLOG("Method '%s' is an old name that will go: call '%s'\n", alias->name,
			     alias->alias_of);
	}
}

/* A method itself, or the one that an alias leads to. */
static struct spindle_rpc_method *
follow(struct spindle_rpc_method *method)
{
	if (method == NULL || method->alias_of == NULL) {
		return method;
	}
	method = find_exactly(method->alias_of, strlen(method->alias_of));
	/* One that leads to another alias is refused by spdk_rpc_verify_methods(). */
	return method != NULL && method->alias_of == NULL ? method : NULL;
}

struct spindle_rpc_method *
rpc_find(const char *name)
{
	return follow(find_exactly(name, strlen(name)));
}

struct spindle_rpc_method *
rpc_find_value(const struct spdk_json_val *name, const char **out_called)
{
	struct spindle_rpc_method *method = find_exactly(name->start, name->len);
	struct spindle_rpc_method *found = follow(method);

	if (found != NULL) {
		*out_called = method->name;
	}
	if (method != NULL && method->alias_of != NULL) {
		warn_of_alias(method);
	}
	return found;
}

const struct spindle_rpc_method *
rpc_first(void)
{
	struct spindle_rpc_method **sorted = sorted_methods();

	return sorted != NULL ? sorted[0] : NULL;
}

const struct spindle_rpc_method *
rpc_next(const struct spindle_rpc_method *method)
{
	struct spindle_rpc_method **sorted = sorted_methods();
	struct spindle_rpc_method **at;

	if (sorted == NULL) {
		return NULL;
	}
	at = bsearch(&method, sorted, g_rpc.count, sizeof(*sorted), compare_methods);
	return at != NULL && at + 1 < sorted + g_rpc.count ? at[1] : NULL;
}

/* How many letters have to be changed, added or taken away; `limit` for that many and more. */
static size_t
distance(const char *left, const char *right, size_t limit)
{
	size_t right_len = strlen(right), row[RPC_NAME_NEAR_MAX + 1], diagonal, above, best;

	if (strlen(left) > RPC_NAME_NEAR_MAX || right_len > RPC_NAME_NEAR_MAX) {
		return limit;
	}
	for (size_t i = 0; i <= right_len; i++) {
		row[i] = i;
	}
	for (size_t i = 0; left[i] != '\0'; i++) {
		diagonal = row[0];
		row[0] = i + 1;
		for (size_t j = 0; j < right_len; j++) {
			above = row[j + 1];
			best = spdk_min(above, row[j]) + 1;
			row[j + 1] = spdk_min(best, diagonal + (left[i] != right[j]));
			diagonal = above;
		}
	}
	return spdk_min(row[right_len], limit);
}

const char *
rpc_find_near(const char *name)
{
	/* A third of a name may be wrong before nobody can have meant it. */
	size_t nearest = strlen(name) / 3 + 1, now;
	const struct spindle_rpc_method *method;
	const char *found = NULL;

	for (method = rpc_first(); method != NULL; method = rpc_next(method)) {
		now = distance(name, method->name, nearest);
		if (now < nearest) {
			nearest = now;
			found = method->name;
		}
	}
	return found;
}

static bool
verify_alias(const struct spindle_rpc_method *alias)
{
	const struct spindle_rpc_method *method =
		find_exactly(alias->alias_of, strlen(alias->alias_of));

	if (method == NULL) {
		SPDK_ERRLOG("SPDK_RPC_REGISTER_ALIAS_DEPRECATED(%s, %s): there is no method '%s'\n",
			    alias->alias_of, alias->name, alias->alias_of);
		return false;
	}
	if (method->alias_of != NULL) {
		SPDK_ERRLOG("SPDK_RPC_REGISTER_ALIAS_DEPRECATED(%s, %s): '%s' is an alias itself. "
			    "Name the method '%s' in its place.\n",
			    alias->alias_of, alias->name, alias->alias_of, method->alias_of);
		return false;
	}
	return true;
}

bool
spdk_rpc_verify_methods(void)
{
	struct spindle_rpc_method **sorted = sorted_methods();
	bool is_good = sorted != NULL || g_rpc.count == 0;

	for (size_t i = 0; sorted != NULL && i < g_rpc.count; i++) {
		if (i > 0 && strcmp(sorted[i - 1]->name, sorted[i]->name) == 0) {
			SPDK_ERRLOG("Two methods of JSON-RPC are registered as '%s'. Names given "
				    "to SPDK_RPC_REGISTER() and its kin must differ.\n",
				    sorted[i]->name);
			is_good = false;
		}
		if (sorted[i]->alias_of != NULL && !verify_alias(sorted[i])) {
			is_good = false;
		}
	}
	return is_good;
}

int
spdk_rpc_get_method_state_mask(const char *name, uint32_t *state_mask)
{
	struct spindle_rpc_method *method = name != NULL ? rpc_find(name) : NULL;

	if (method == NULL || state_mask == NULL) {
		return -ENOENT;
	}
	*state_mask = method->state_mask;
	return 0;
}

int
spdk_rpc_is_method_allowed(const char *name, uint32_t state_mask)
{
	uint32_t allowed;

	if (spdk_rpc_get_method_state_mask(name, &allowed) != 0) {
		return -ENOENT;
	}
	return (allowed & state_mask) == state_mask ? 0 : -EPERM;
}

void
spdk_rpc_set_state(uint32_t state_mask)
{
	g_rpc.state = state_mask;
}

uint32_t
spdk_rpc_get_state(void)
{
	return g_rpc.state;
}

bool
rpc_is_on_allowlist(const char *name)
{
	if (g_rpc.allowlist == NULL) {
		return true;
	}
	for (char **allowed = g_rpc.allowlist; *allowed != NULL; allowed++) {
		if (strcmp(*allowed, name) == 0) {
			return true;
		}
	}
	return false;
}

void
spdk_rpc_set_allowlist(const char **rpc_allowlist)
{
	char **copy = NULL;
	const char *near;

	if (rpc_allowlist != NULL) {
		copy = spdk_strarray_dup(rpc_allowlist);
		if (copy == NULL) {
			SPDK_ERRLOG("Out of memory for the list of allowed methods: the one before "
				    "holds on\n");
			return;
		}
	}
	spdk_strarray_free(g_rpc.allowlist);
	g_rpc.allowlist = copy;
	for (; copy != NULL && *copy != NULL; copy++) {
		if (find_exactly(*copy, strlen(*copy)) == NULL) {
			near = rpc_find_near(*copy);
			SPDK_WARNLOG("--rpcs-allowed: there is no method '%s'%s%s%s\n", *copy,
				     near != NULL ? "; there is '" : "", near != NULL ? near : "",
				     near != NULL ? "'" : "");
		}
	}
}
