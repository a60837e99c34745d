/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tpoints, and the types of owners and objects: what they are called, and what a tpoint is recorded
 * with. Readers find it in the file; recording looks into g_trace_points, which nobody else can
 * write to.
 *
 * Invariants:
 *  1. A tpoint is described once, before it is recorded with arguments.
 *  2. Of a group without a registered tpoint nothing is written, neither to g_trace_points (but
 *     that the misuse of one was explained) nor to the file, where it has no memory.
 */
#include "runtime/trace/trace_internal.h"
#include "spdk/util.h"

#define GROUP_TPOINTS 64

struct trace_point g_trace_points[SPDK_TRACE_MAX_TPOINT_ID];

/* A bit for each tpoint of a group. Under the lock. */
static uint64_t g_registered[SPDK_TRACE_MAX_GROUP_ID];

static bool
is_registered(uint16_t tpoint_id)
{
	return g_registered[tpoint_id / GROUP_TPOINTS] >> (tpoint_id % GROUP_TPOINTS) & 1;
}

static struct spdk_trace_tpoint *
tpoint_of(uint16_t tpoint_id)
{
	return &spdk_trace_get_tpoint_section(g_trace_file)->tpoint[tpoint_id];
}

void
trace_tpoints_close(void)
{
	for (uint32_t group_id = 0; group_id < SPDK_TRACE_MAX_GROUP_ID; group_id++) {
		if (g_registered[group_id] != 0) {
			memset(&g_trace_points[SPDK_TPOINT_ID(group_id, 0)], 0,
			       GROUP_TPOINTS * sizeof(g_trace_points[0]));
			g_registered[group_id] = 0;
		}
	}
}

void
spdk_trace_register_owner_type(uint8_t type, char id_prefix)
{
	struct spdk_trace_owner_type *entry;

	if (!trace_expect_on("spdk_trace_register_owner_type")) {
		return;
	}
	trace_lock();
	entry = &spdk_trace_get_owner_type_section(g_trace_file)->owner_type[type];
	entry->type = type;
	entry->id_prefix = id_prefix;
	trace_unlock();
}

void
spdk_trace_register_object(uint8_t type, char id_prefix)
{
	struct spdk_trace_object *entry;

	if (!trace_expect_on("spdk_trace_register_object")) {
		return;
	}
	trace_lock();
	entry = &spdk_trace_get_object_section(g_trace_file)->object[type];
	entry->type = type;
	entry->id_prefix = id_prefix;
	trace_unlock();
}

/* A name, cut if need be, and whether it was. */
static bool
put_name(char *place, size_t size, const char *name)
{
	return (size_t)snprintf(place, size, "%s", name) >= size;
}

static uint32_t
count_args(const struct spdk_trace_tpoint_opts *opts)
{
	uint32_t count = 0;

	while (count < SPDK_TRACE_MAX_ARGS_COUNT && opts->args[count].name != NULL &&
	       opts->args[count].name[0] != '\0') {
		count++;
	}
	return count;
}

static bool
arg_is_good(uint8_t type, uint8_t size)
{
	switch (type) {
	case SPDK_TRACE_ARG_TYPE_INT:
		return size == 1 || size == 2 || size == 4 || size == 8;
	case SPDK_TRACE_ARG_TYPE_PTR:
		return size == 8;
	default:
		return type == SPDK_TRACE_ARG_TYPE_STR && size > 0;
	}
}

/* A tpoint of the same group and name, or NULL. With the lock. */
static const struct spdk_trace_tpoint *
find_by_name(uint32_t group_id, const char *name)
{
	const struct spdk_trace_tpoint *tpoint;
	uint16_t tpoint_id;

	for (uint32_t i = 0; i < GROUP_TPOINTS; i++) {
		tpoint_id = (uint16_t)SPDK_TPOINT_ID(group_id, i);
		if (!is_registered(tpoint_id)) {
			continue;
		}
		tpoint = tpoint_of(tpoint_id);
		/* As it is in the file, where it may have been cut. */
		if (strncasecmp(tpoint->name, name, sizeof(tpoint->name) - 1) == 0) {
			return tpoint;
		}
	}
	return NULL;
}

/* Room for the group in the file. */
static bool
reserve(uint32_t group_id)
{
	return g_registered[group_id] != 0 ||
	       trace_memory_reserve(tpoint_of((uint16_t)SPDK_TPOINT_ID(group_id, 0)),
				    GROUP_TPOINTS * sizeof(struct spdk_trace_tpoint)) == 0;
}

/* NULL, or what is wrong. */
static const char *
find_fault(const struct spdk_trace_tpoint_opts *opts)
{
	if (opts->tpoint_id >= SPDK_TRACE_MAX_TPOINT_ID) {
		return "its id is beyond those that there are";
	}
	if (opts->name == NULL || opts->name[0] == '\0') {
		return "it has no name";
	}
	if (is_registered(opts->tpoint_id)) {
		return "another one has its id";
	}
	if (find_by_name(opts->tpoint_id / GROUP_TPOINTS, opts->name) != NULL) {
		return "another one of its group has its name";
	}
	for (uint32_t i = 0; i < count_args(opts); i++) {
		if (!arg_is_good(opts->args[i].type, opts->args[i].size)) {
			return "an argument has a type that there is not, or a size that its type "
			       "cannot have";
		}
	}
	if (!reserve(opts->tpoint_id / GROUP_TPOINTS)) {
		return "there is no memory in /dev/shm. Remove what is not needed there";
	}
	return NULL;
}

/* What recording needs. */
static void
prepare(const struct spdk_trace_tpoint *tpoint)
{
	struct trace_point *point = &g_trace_points[tpoint->tpoint_id];
	size_t size = 0, more = 0;

	for (uint32_t i = 0; i < tpoint->num_args; i++) {
		point->args[i].type = tpoint->args[i].type;
		point->args[i].size = tpoint->args[i].size;
		size += tpoint->args[i].size;
	}
	if (size > TRACE_ENTRY_ARGS_SIZE) {
		more = spdk_divide_round_up(size - TRACE_ENTRY_ARGS_SIZE, TRACE_BUFFER_ARGS_SIZE);
	}
	point->num_args = tpoint->num_args;
	point->args_size = (uint16_t)size;
	point->more_entries = (uint8_t)more;
	point->is_one_word = tpoint->num_args == 1 && size == sizeof(uint64_t) &&
			     tpoint->args[0].type != SPDK_TRACE_ARG_TYPE_STR;
	if (more >= trace_num_entries()) {
		SPDK_ERRLOG("Tracepoint %s cannot be recorded: it takes %zu trace entries, and "
			    "there are %" PRIu64 ". Ask for more by --num-trace-entries.\n",
			    tpoint->name, more + 1, trace_num_entries());
		point->num_args = TRACE_ARGS_IMPOSSIBLE;
		atomic_store_explicit(&point->is_explained, true, memory_order_relaxed);
	}
}

static void
describe(const struct spdk_trace_tpoint_opts *opts)
{
	struct spdk_trace_tpoint *tpoint = tpoint_of(opts->tpoint_id);
	uint32_t count = count_args(opts);
	bool is_cut = false;

	tpoint->tpoint_id = opts->tpoint_id;
	tpoint->owner_type = opts->owner_type;
	tpoint->object_type = opts->object_type;
	tpoint->new_object = opts->new_object;
	tpoint->num_args = (uint8_t)count;
	for (uint32_t i = 0; i < count; i++) {
		is_cut |= put_name(tpoint->args[i].name, sizeof(tpoint->args[i].name),
				   opts->args[i].name);
		tpoint->args[i].type = opts->args[i].type;
		tpoint->args[i].size = opts->args[i].size;
	}
	is_cut |= put_name(tpoint->name, sizeof(tpoint->name), opts->name);
	if (is_cut) {
		SPDK_WARNLOG("Tracepoint '%s': its name is longer than %zu letters, or that of an "
			     "argument than %zu; it is cut\n",
			     opts->name, sizeof(tpoint->name) - 1,
			     sizeof(tpoint->args[0].name) - 1);
	}
	prepare(tpoint);
	g_registered[opts->tpoint_id / GROUP_TPOINTS] |= UINT64_C(1)
							 << (opts->tpoint_id % GROUP_TPOINTS);
}

void
spdk_trace_register_description_ext(const struct spdk_trace_tpoint_opts *opts, size_t num_opts)
{
	const char *fault;

	if (!trace_expect_on("spdk_trace_register_description")) {
		return;
	}
	trace_lock();
	for (size_t i = 0; i < num_opts; i++) {
		fault = find_fault(&opts[i]);
		if (fault == NULL) {
			describe(&opts[i]);
		} else {
			SPDK_ERRLOG("Tracepoint '%s', %u of group %u, is left out: %s\n",
				    opts[i].name != NULL ? opts[i].name : "(null)",
				    opts[i].tpoint_id % GROUP_TPOINTS,
				    opts[i].tpoint_id / GROUP_TPOINTS, fault);
		}
	}
	trace_unlock();
}

void
spdk_trace_register_description(const char *name, uint16_t tpoint_id, uint8_t owner_type,
				uint8_t object_type, uint8_t new_object, uint8_t arg1_type,
				const char *arg1_name)
{
	struct spdk_trace_tpoint_opts opts = {
		.name = name,
		.tpoint_id = tpoint_id,
		.owner_type = owner_type,
		.object_type = object_type,
		.new_object = new_object,
		.args = {{.name = arg1_name, .type = arg1_type, .size = sizeof(uint64_t)}},
	};

	spdk_trace_register_description_ext(&opts, 1);
}

/* NULL, or what is wrong. */
static const char *
add_relation(uint16_t tpoint_id, uint8_t object_type, uint8_t arg_index)
{
	struct spdk_trace_tpoint *tpoint;

	if (tpoint_id >= SPDK_TRACE_MAX_TPOINT_ID || !is_registered(tpoint_id)) {
		return "it is not registered";
	}
	tpoint = tpoint_of(tpoint_id);
	if (arg_index >= tpoint->num_args) {
		return "it has no such argument";
	}
	if (object_type == OBJECT_NONE) {
		return "OBJECT_NONE is no type of objects";
	}
	for (uint32_t i = 0; i < SPDK_TRACE_MAX_RELATIONS; i++) {
		if (tpoint->related_objects[i].object_type == OBJECT_NONE) {
			tpoint->related_objects[i].object_type = object_type;
			tpoint->related_objects[i].arg_index = arg_index;
			return NULL;
		}
	}
	return "it has as many relations as there can be";
}

void
spdk_trace_tpoint_register_relation(uint16_t tpoint_id, uint8_t object_type, uint8_t arg_index)
{
	const char *fault;

	if (!trace_expect_on("spdk_trace_tpoint_register_relation")) {
		return;
	}
	trace_lock();
	fault = add_relation(tpoint_id, object_type, arg_index);
	trace_unlock();
	if (fault != NULL) {
		SPDK_ERRLOG("Tracepoint %u of group %u has no relation of its argument %u to "
			    "objects of type %u: %s\n",
			    tpoint_id % GROUP_TPOINTS, tpoint_id / GROUP_TPOINTS, arg_index,
			    object_type, fault);
	}
}

const char *
trace_tpoint_name(uint32_t group_id, uint32_t index)
{
	uint16_t tpoint_id = (uint16_t)SPDK_TPOINT_ID(group_id, index);

	if (!trace_is_on() || group_id >= SPDK_TRACE_MAX_GROUP_ID || index >= GROUP_TPOINTS) {
		return NULL;
	}
	return is_registered(tpoint_id) ? tpoint_of(tpoint_id)->name : NULL;
}

static void
explain_names(uint32_t group_id, const char *tpoint_name)
{
	char list[TRACE_LIST_SIZE] = "";
	const char *name;

	for (uint32_t index = 0; index < GROUP_TPOINTS; index++) {
		name = trace_tpoint_name(group_id, index);
		if (name != NULL && !trace_list_append(list, name)) {
			break;
		}
	}
	SPDK_ERRLOG("'%s' is no tracepoint of group %u, which has: %s\n", tpoint_name, group_id,
		    list[0] != '\0' ? list : "none");
}

uint64_t
spdk_trace_create_tpoint_mask(uint32_t group_id, const char *tpoint_name)
{
	const struct spdk_trace_tpoint *tpoint;

	if (!trace_expect_on("spdk_trace_create_tpoint_mask")) {
		return 0;
	}
	if (group_id >= SPDK_TRACE_MAX_GROUP_ID || tpoint_name == NULL) {
		SPDK_ERRLOG("spdk_trace_create_tpoint_mask(): no name, or no group %u\n", group_id);
		return 0;
	}
	trace_lock();
	tpoint = find_by_name(group_id, tpoint_name);
	trace_unlock();
	if (tpoint == NULL) {
		explain_names(group_id, tpoint_name);
		return 0;
	}
	return UINT64_C(1) << (tpoint->tpoint_id % 64);
}
