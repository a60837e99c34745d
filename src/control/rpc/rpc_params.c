/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parameters, by tables: decoded into a struct, or only looked at.
 *
 * Invariants
 *  1. A struct is at any time one that rpc_params_free() can free: it begins as a copy of the
 *     defaults, and a string in it is one of theirs, or from the heap. The defaults of an object
 *     are those of the one around it, if that has any, else its own.
 *  2. The first fault ends the decoding, and its `value` lies within the parameters.
 *  3. Nesting is that of the tables, so that no text can make it deep.
 */
#include "base/json_describe.h"
#include "control/rpc/rpc_internal.h"
#include "spdk/string.h"
#include "spdk/util.h"

static int decode_value(const struct spindle_rpc_param *param, const struct spdk_json_val *val,
			void *out, struct rpc_fault *out_fault);
static int decode_object(const struct spindle_rpc_object *table, const struct spdk_json_val *object,
			 void *out, struct rpc_fault *out_fault);

/* Adds to a reason, as far as there is room. */
static void __attribute__((format(printf, 2, 3)))
say(struct rpc_fault *out_fault, const char *format, ...)
{
	size_t used = strlen(out_fault->reason);
	va_list args;

	va_start(args, format);
	vsnprintf(out_fault->reason + used, sizeof(out_fault->reason) - used, format, args);
	va_end(args);
}

static int
fault_at(struct rpc_fault *out_fault, const struct spdk_json_val *value)
{
	*out_fault = (struct rpc_fault){.value = value};
	return -EINVAL;
}

static void
say_found(struct rpc_fault *out_fault, const struct spdk_json_val *val)
{
	char found[JSON_DESCRIPTION_SIZE];

	say(out_fault, ", found %s", json_describe(val, found));
}

/* Of the kinds that are one value of JSON and need nothing else of the table. */
static const struct plain_kind {
	const char *name;
	spdk_json_decode_fn decode;
} plain_kinds[] = {
	[SPINDLE_RPC_BOOL] = {"boolean", spdk_json_decode_bool},
	[SPINDLE_RPC_UINT8] = {"uint8", spdk_json_decode_uint8},
	[SPINDLE_RPC_UINT16] = {"uint16", spdk_json_decode_uint16},
	[SPINDLE_RPC_UINT32] = {"uint32", spdk_json_decode_uint32},
	[SPINDLE_RPC_UINT64] = {"uint64", spdk_json_decode_uint64},
	[SPINDLE_RPC_INT32] = {"int32", spdk_json_decode_int32},
	[SPINDLE_RPC_STRING] = {"string", spdk_json_decode_string},
	[SPINDLE_RPC_UUID] = {"uuid", spdk_json_decode_uuid},
};

const char *
rpc_type_name(const struct spindle_rpc_param *param, char *text, size_t size)
{
	char element[64];

	switch (param->kind) {
	case SPINDLE_RPC_ENUM:
		snprintf(text, size, "enum");
		break;
	case SPINDLE_RPC_OBJECT_OF:
		snprintf(text, size, "object");
		break;
	case SPINDLE_RPC_ARRAY_OF:
		snprintf(text, size, "array of %s",
			 rpc_type_name(param->element, element, sizeof(element)));
		break;
	case SPINDLE_RPC_VALUE:
		snprintf(text, size, "any");
		break;
	default:
		snprintf(text, size, "%s", plain_kinds[param->kind].name);
		break;
	}
	return text;
}

static int
decode_plain(const struct spindle_rpc_param *param, const struct spdk_json_val *val, void *out,
	     struct rpc_fault *out_fault)
{
	struct spdk_uuid unused; /* the largest of them */
	spdk_json_decode_fn decode;

	/* Else the table is wrong: an element that is an array, or no kind at all. */
	assert(param->kind > 0 && param->kind < SPDK_COUNTOF(plain_kinds));
	decode = plain_kinds[param->kind].decode;
	if (decode(val, out != NULL ? out : &unused) == 0) {
		return 0;
	}
	fault_at(out_fault, val);
	say(out_fault, "expected %s", json_expectation(decode, val));
	say_found(out_fault, val);
	return -EINVAL;
}

/* What `out` holds may be a string of the defaults, which is not to be freed. */
static int
decode_string(const struct spdk_json_val *val, void *out, struct rpc_fault *out_fault)
{
	char *string;

	if (val->type != SPDK_JSON_VAL_STRING || memchr(val->start, '\0', val->len) != NULL) {
		fault_at(out_fault, val);
		say(out_fault, "expected %s", json_expectation(spdk_json_decode_string, val));
		say_found(out_fault, val);
		return -EINVAL;
	}
	if (out == NULL) {
		return 0;
	}
	string = spdk_json_strdup(val);
	if (string == NULL) {
		fault_at(out_fault, val);
		say(out_fault, "out of memory");
		return -ENOMEM;
	}
	memcpy(out, &string, sizeof(string));
	return 0;
}

static int
decode_choice(const struct spindle_rpc_param *param, const struct spdk_json_val *val, void *out,
	      struct rpc_fault *out_fault)
{
	const struct spindle_rpc_choice *choice;

	for (choice = param->choices; choice->name != NULL; choice++) {
		if (val->type == SPDK_JSON_VAL_STRING && spdk_json_strequal(val, choice->name)) {
			if (out != NULL) {
				memcpy(out, &choice->value, sizeof(choice->value));
			}
			return 0;
		}
	}
	fault_at(out_fault, val);
	say(out_fault, "expected one of");
	for (choice = param->choices; choice->name != NULL; choice++) {
		say(out_fault, "%s \"%s\"", choice != param->choices ? "," : "", choice->name);
	}
	say_found(out_fault, val);
	return -EINVAL;
}

/* Objects within it begin with their own defaults, where it has none for all of them. */
static void
set_defaults(const struct spindle_rpc_object *table, void *out)
{
	const struct spindle_rpc_param *param = table->members;

	if (table->defaults != NULL) {
		memcpy(out, table->defaults, table->size);
		return;
	}
	memset(out, 0, table->size);
	for (size_t i = 0; i < table->members_count; i++, param++) {
		if (param->kind == SPINDLE_RPC_OBJECT_OF) {
			set_defaults(param->members, (char *)out + param->offset);
		}
	}
}

static void
begin_element(const struct spindle_rpc_param *array, void *out)
{
	if (array->element->kind == SPINDLE_RPC_OBJECT_OF) {
		set_defaults(array->element->members, out);
	} else {
		memset(out, 0, array->stride);
	}
}

static int
decode_array(const struct spindle_rpc_param *param, const struct spdk_json_val *val, void *out,
	     void *out_count, struct rpc_fault *out_fault)
{
	const struct spdk_json_val *element = val + 1;
	size_t count, decoded = 0;
	int rc;

	if (val->type != SPDK_JSON_VAL_ARRAY_BEGIN) {
		fault_at(out_fault, val);
		say(out_fault, "expected an array");
		say_found(out_fault, val);
		return -EINVAL;
	}
	count = spdk_json_array_count(val);
	if (count > param->max) {
		fault_at(out_fault, val);
		say(out_fault, "expected at most %zu elements, found %zu", param->max, count);
		return -EINVAL;
	}
	if (out != NULL) {
		/* The defaults may have some. */
		memcpy(out_count, &decoded, sizeof(decoded));
	}
	for (size_t i = 0; i < count; i++, element += spdk_json_val_len(element)) {
		char *place = out != NULL ? (char *)out + i * param->stride : NULL;

		if (place != NULL) {
			/* Counted before it is there: half of one is to be freed, too. */
			begin_element(param, place);
			decoded = i + 1;
			memcpy(out_count, &decoded, sizeof(decoded));
		}
		rc = decode_value(param->element, element, place, out_fault);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

/* An element of an array: all but its place is as for a member. */
static int
decode_value(const struct spindle_rpc_param *param, const struct spdk_json_val *val, void *out,
	     struct rpc_fault *out_fault)
{
	switch (param->kind) {
	case SPINDLE_RPC_STRING:
		return decode_string(val, out, out_fault);
	case SPINDLE_RPC_ENUM:
		return decode_choice(param, val, out, out_fault);
	case SPINDLE_RPC_OBJECT_OF:
		return decode_object(param->members, val, out, out_fault);
	case SPINDLE_RPC_VALUE:
		if (out != NULL) {
			memcpy(out, &val, sizeof(val));
		}
		return 0;
	default:
		return decode_plain(param, val, out, out_fault);
	}
}

static int
decode_member(const struct spindle_rpc_param *param, const struct spdk_json_val *val, void *out,
	      struct rpc_fault *out_fault)
{
	char *base = out;

	if (param->kind == SPINDLE_RPC_ARRAY_OF) {
		return decode_array(param, val, base != NULL ? base + param->offset : NULL,
				    base != NULL ? base + param->count_offset : NULL, out_fault);
	}
	return decode_value(param, val, base != NULL ? base + param->offset : NULL, out_fault);
}

static const struct spindle_rpc_param *
find_member(const struct spindle_rpc_object *table, const struct spdk_json_val *name)
{
	for (size_t i = 0; i < table->members_count; i++) {
		if (spdk_json_strequal(name, table->members[i].name)) {
			return &table->members[i];
		}
	}
	return NULL;
}

static int
fault_unknown(const struct spindle_rpc_object *table, const struct spdk_json_val *name,
	      struct rpc_fault *out_fault)
{
	fault_at(out_fault, name);
	say(out_fault, "not known here; those that are:");
	for (size_t i = 0; i < table->members_count; i++) {
		say(out_fault, "%s %s", i > 0 ? "," : "", table->members[i].name);
	}
	if (table->members_count == 0) {
		say(out_fault, " none");
	}
	return -EINVAL;
}

/* Whether a member of this name stands in the object before `name`. */
static bool
is_second(const struct spdk_json_val *object, const struct spdk_json_val *name, const char *text)
{
	const struct spdk_json_val *before = object + 1;

	for (; before < name; before += 1 + spdk_json_val_len(before + 1)) {
		if (spdk_json_strequal(before, text)) {
			return true;
		}
	}
	return false;
}

static int
check_required(const struct spindle_rpc_object *table, const struct spdk_json_val *object,
	       struct rpc_fault *out_fault)
{
	const struct spdk_json_val *end = object != NULL ? object + object->len + 1 : NULL;
	char type[64];

	for (size_t i = 0; i < table->members_count; i++) {
		const struct spindle_rpc_param *param = &table->members[i];

		if (!param->is_required ||
		    (object != NULL && is_second(object, end, param->name))) {
			continue;
		}
		fault_at(out_fault, object);
		out_fault->missing = param->name;
		say(out_fault, "required, and missing: %s (%s)", param->doc,
		    rpc_type_name(param, type, sizeof(type)));
		return -EINVAL;
	}
	return 0;
}

static int
decode_object(const struct spindle_rpc_object *table, const struct spdk_json_val *object, void *out,
	      struct rpc_fault *out_fault)
{
	const struct spdk_json_val *name = object + 1, *end = object + object->len + 1;
	const struct spindle_rpc_param *param;
	int rc;

	if (object->type != SPDK_JSON_VAL_OBJECT_BEGIN) {
		fault_at(out_fault, object);
		say(out_fault, "expected an object");
		say_found(out_fault, object);
		return -EINVAL;
	}
	for (; name < end; name += 1 + spdk_json_val_len(name + 1)) {
		param = find_member(table, name);
		if (param == NULL) {
			return fault_unknown(table, name, out_fault);
		}
		if (is_second(object, name, param->name)) {
			fault_at(out_fault, name);
			say(out_fault, "stands twice: leave one out");
			return -EINVAL;
		}
		rc = decode_member(param, name + 1, out, out_fault);
		if (rc != 0) {
			return rc;
		}
		if (out != NULL && param->given_offset != 0) {
			*(bool *)((char *)out + param->given_offset) = true;
		}
	}
	return check_required(table, object, out_fault);
}

int
rpc_params_decode(const struct spindle_rpc_object *table, const struct spdk_json_val *params,
		  void *out, struct rpc_fault *out_fault)
{
	int rc;

	if (out != NULL) {
		set_defaults(table, out);
	}
	if (params == NULL || params->type == SPDK_JSON_VAL_NULL) {
		rc = check_required(table, NULL, out_fault);
	} else {
		rc = decode_object(table, params, out, out_fault);
	}
	if (rc != 0 && out != NULL) {
		rpc_params_free(table, out);
	}
	return rc;
}

/* `defaults` is what the struct at `at` began with; NULL: zeros. */
static void
free_string(char *at, const char *defaults)
{
	char *string, *by_default = NULL;

	memcpy(&string, at, sizeof(string));
	if (defaults != NULL) {
		memcpy(&by_default, defaults, sizeof(by_default));
	}
	if (string != by_default) {
		free(string);
	}
	string = NULL;
	memcpy(at, &string, sizeof(string));
}

static void
free_array(const struct spindle_rpc_param *param, char *base)
{
	const struct spindle_rpc_param *element = param->element;
	char *at = base + param->offset;
	size_t count;

	memcpy(&count, base + param->count_offset, sizeof(count));
	for (size_t i = 0; i < count; i++, at += param->stride) {
		if (element->kind == SPINDLE_RPC_OBJECT_OF) {
			rpc_params_free(element->members, at);
		} else if (element->kind == SPINDLE_RPC_STRING) {
			free_string(at, NULL);
		}
	}
	count = 0;
	memcpy(base + param->count_offset, &count, sizeof(count));
}

static void
free_members(const struct spindle_rpc_object *table, char *base, const char *defaults)
{
	const struct spindle_rpc_param *param = table->members;

	for (size_t i = 0; i < table->members_count; i++, param++) {
		const char *inner = defaults != NULL ? defaults + param->offset : NULL;

		if (param->kind == SPINDLE_RPC_STRING) {
			free_string(base + param->offset, inner);
		} else if (param->kind == SPINDLE_RPC_ARRAY_OF) {
			free_array(param, base);
		} else if (param->kind == SPINDLE_RPC_OBJECT_OF) {
			free_members(param->members, base + param->offset,
				     inner != NULL ? inner : param->members->defaults);
		}
	}
}

void
rpc_params_free(const struct spindle_rpc_object *table, void *out)
{
	free_members(table, out, table->defaults);
}
