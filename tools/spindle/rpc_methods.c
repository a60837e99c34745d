/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a server tells of its methods: spindle_get_methods describes them; servers that do not have
 * it know their names only, by rpc_get_methods.
 */
#include "rpc.h"

#include "spdk/util.h"

/* Names that differ in more than a third of their letters, and one, are not meant. */
#define UNLIKE_DIVISOR  3
#define NAME_MAX_LENGTH 128
#define INDENT_STEP     2

int
methods_get(struct session *session, struct methods *out_methods)
{
	struct spdk_jsonrpc_client_response *response;
	int rc = session_call(session, "spindle_get_methods", NULL, &response);

	*out_methods = (struct methods){.response = NULL};
	if (rc != STATUS_OK) {
		return rc;
	}
	out_methods->is_described =
		response->error == NULL && response->result->type == SPDK_JSON_VAL_ARRAY_BEGIN;
	if (!out_methods->is_described) {
		spdk_jsonrpc_client_free_response(response);
		rc = session_call(session, "rpc_get_methods", NULL, &response);
	}
	if (rc != STATUS_OK) {
		return rc;
	}
	if (response->error != NULL) {
		spdk_jsonrpc_client_free_response(response);
		return STATUS_REFUSED;
	}
	out_methods->response = response;
	return STATUS_OK;
}

void
methods_fini(struct methods *methods)
{
	spdk_jsonrpc_client_free_response(methods->response);
	*methods = (struct methods){.response = NULL};
}

static struct spdk_json_val *
first_method(const struct methods *methods)
{
	return methods->response != NULL ? spdk_json_array_first(methods->response->result) : NULL;
}

char *
method_name(const struct methods *methods, const struct spdk_json_val *element)
{
	return methods->is_described ? string_member_of(element, "name") : string_of(element);
}

struct spdk_json_val *
methods_find(const struct methods *methods, const char *name)
{
	struct spdk_json_val *element = first_method(methods);
	bool is_it = false;
	char *other;

	for (; element != NULL; element = spdk_json_next(element)) {
		other = method_name(methods, element);
		is_it = other != NULL && strcmp(other, name) == 0;
		free(other);
		if (is_it) {
			return element;
		}
	}
	return NULL;
}

static struct spdk_json_val *
find_param(struct spdk_json_val *array, const char *name, size_t length)
{
	struct spdk_json_val *param = array != NULL ? spdk_json_array_first(array) : NULL;
	const struct spdk_json_val *other;

	for (; param != NULL; param = spdk_json_next(param)) {
		other = member_of(param, "name");
		if (other != NULL && other->type == SPDK_JSON_VAL_STRING && other->len == length &&
		    memcmp(other->start, name, length) == 0) {
			return param;
		}
	}
	return NULL;
}

struct spdk_json_val *
method_param(const struct spdk_json_val *element, const char *path, size_t length)
{
	struct spdk_json_val *params = member_of(element, "params"), *param = NULL;
	const char *end = path + length, *dot;
	size_t part_length;

	for (; path <= end; path += part_length + 1) {
		dot = memchr(path, '.', (size_t)(end - path));
		part_length = (size_t)((dot != NULL ? dot : end) - path);
		param = find_param(params, path, part_length);
		params = member_of(param, "members");
	}
	return param;
}

/* How many letters must be put in, left out or changed to make one of the other. */
static size_t
distance(const char *left, const char *right)
{
	size_t row[NAME_MAX_LENGTH + 1], columns = strlen(right), i, j, diagonal, above;

	if (columns > NAME_MAX_LENGTH) {
		return SIZE_MAX;
	}
	for (j = 0; j <= columns; j++) {
		row[j] = j;
	}
	for (i = 0; left[i] != '\0'; i++) {
		diagonal = row[0];
		row[0] = i + 1;
		for (j = 1; j <= columns; j++) {
			above = row[j];
			diagonal += left[i] != right[j - 1];
			row[j] = spdk_min(diagonal, spdk_min(above, row[j - 1]) + 1);
			diagonal = above;
		}
	}
	return row[columns];
}

char *
methods_nearest(const struct methods *methods, const char *name)
{
	struct spdk_json_val *element = first_method(methods);
	size_t least = strlen(name) / UNLIKE_DIVISOR + 2, steps;
	char *other, *nearest = NULL;

	for (; element != NULL; element = spdk_json_next(element)) {
		other = method_name(methods, element);
		steps = other != NULL ? distance(name, other) : SIZE_MAX;
		/* One that is there is not what is missing. */
		if (steps > 0 && steps < least) {
			least = steps;
			free(nearest);
			nearest = other;
			other = NULL;
		}
		free(other);
	}
	return nearest;
}

static bool
is_true(const struct spdk_json_val *object, const char *name)
{
	const struct spdk_json_val *value = member_of(object, name);

	return value != NULL && value->type == SPDK_JSON_VAL_TRUE;
}

static void
print_values(const struct spdk_json_val *param, int indent)
{
	struct spdk_json_val *values = member_of(param, "values"), *value;
	const char *comma = "";
	char *text;

	value = values != NULL ? spdk_json_array_first(values) : NULL;
	if (value == NULL) {
		return;
	}
	printf("%*sone of: ", indent, "");
	for (; value != NULL; value = spdk_json_next(value)) {
		text = string_of(value);
		printf("%s%s", comma, text);
		comma = ", ";
		free(text);
	}
	putchar('\n');
}

static void
print_params(const struct spdk_json_val *object, const char *member, int indent)
{
	struct spdk_json_val *params = member_of(object, member), *param;
	char *name, *type, *description;

	param = params != NULL ? spdk_json_array_first(params) : NULL;
	for (; param != NULL; param = spdk_json_next(param)) {
		name = string_member_of(param, "name");
		type = string_member_of(param, "type");
		description = string_member_of(param, "description");
		printf("%*s%s%s  %s%s%s\n", indent, "", name != NULL ? name : "?",
		       is_true(param, "required") ? "*" : "", type != NULL ? type : "",
		       description != NULL && description[0] != '\0' ? ": " : "",
		       description != NULL ? description : "");
		print_values(param, indent + 2 * INDENT_STEP);
		print_params(param, "members", indent + INDENT_STEP);
		free(name);
		free(type);
		free(description);
	}
}

static void
print_method(const struct methods *methods, const struct spdk_json_val *element)
{
	const struct spdk_json_val *params = member_of(element, "params");
	char *name = method_name(methods, element), *summary = string_member_of(element, "summary");
	char *alias_of = string_member_of(element, "alias_of");

	printf("%s", name != NULL ? name : "?");
	if (alias_of != NULL) {
		printf("  (an old name of %s)", alias_of);
	} else if (summary != NULL && summary[0] != '\0') {
		printf("  %s", summary);
	}
	if (is_true(element, "startup") && !is_true(element, "runtime")) {
		printf(" (before the start only)");
	}
	putchar('\n');
	if (params != NULL && params->type == SPDK_JSON_VAL_NULL) {
		printf("  (its parameters are not known)\n");
	}
	print_params(element, "params", INDENT_STEP);
	free(name);
	free(summary);
	free(alias_of);
}

static int
list_one(const struct methods *methods, const char *name)
{
	struct spdk_json_val *element = methods_find(methods, name);
	char *nearest;

	if (element != NULL) {
		print_method(methods, element);
		return STATUS_OK;
	}
	nearest = methods_nearest(methods, name);
	fprintf(stderr, "spindle: the server has no method '%s'", name);
	if (nearest != NULL) {
		fprintf(stderr, "; did you mean '%s'?", nearest);
	}
	fputc('\n', stderr);
	free(nearest);
	return STATUS_REFUSED;
}

int
methods_list(struct session *session, const char *name)
{
	struct spdk_json_val *element;
	struct methods methods;
	int rc = methods_get(session, &methods);

	if (rc == STATUS_REFUSED) {
		fprintf(stderr, "spindle: the server does not tell of its methods: it has neither "
				"spindle_get_methods nor rpc_get_methods\n");
	}
	if (rc != STATUS_OK) {
		return rc;
	}
	if (name != NULL) {
		rc = list_one(&methods, name);
	} else {
		for (element = first_method(&methods); element != NULL;
		     element = spdk_json_next(element)) {
			print_method(&methods, element);
		}
	}
	methods_fini(&methods);
	return rc;
}
