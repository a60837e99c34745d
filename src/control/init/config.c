/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The text of a configuration, its values and its shape.
 */
#include "base/json_describe.h"
#include "base/json_place.h"
#include "control/init/config_internal.h"
#include "spdk/file.h"
#include "spdk/log.h"
#include "spdk/string.h"

#define PARSE_FLAGS SPDK_JSON_PARSE_FLAG_ALLOW_COMMENTS

const char *
config_place(const struct config *config, const struct spdk_json_val *value,
	     char text[CONFIG_PLACE_SIZE])
{
	const struct spdk_json_val *raw = &config->text_values[value - config->values];
	struct json_place place;
	char path[CONFIG_PLACE_SIZE / 2];

	/* A string begins with its quotation mark, for a person. */
	place = json_place_of(
		config->text, config->size,
		(size_t)((char *)raw->start - config->text) -
			(raw->type == SPDK_JSON_VAL_STRING || raw->type == SPDK_JSON_VAL_NAME));
	if (json_path_of(config->values, value, path, sizeof(path)) != 0) {
		path[0] = '\0';
	}
	snprintf(text, CONFIG_PLACE_SIZE, "%s:%zu:%zu: %s", config->name, place.line, place.column,
		 path);
	return text;
}

static int
refuse(const struct config *config, const struct spdk_json_val *value, const char *expected)
{
	char place[CONFIG_PLACE_SIZE], found[JSON_DESCRIPTION_SIZE];

	SPDK_ERRLOG("%s: expected %s, found %s\n", config_place(config, value, place), expected,
		    json_describe(value, found));
	return -EINVAL;
}

/* The value of a member, which stands once; NULL: it is not there. */
static int
find_member(const struct config *config, const struct spdk_json_val *object, const char *name,
	    const struct spdk_json_val **out_value)
{
	const struct spdk_json_val *end = object + object->len + 1;
	const struct spdk_json_val *member, *found = NULL;
	char place[CONFIG_PLACE_SIZE];

	for (member = object + 1; member < end; member += 1 + spdk_json_val_len(member + 1)) {
		if (!spdk_json_strequal(member, name)) {
			continue;
		}
		if (found != NULL) {
			SPDK_ERRLOG("%s: stands twice: leave one out\n",
				    config_place(config, member, place));
			return -EINVAL;
		}
		found = member + 1;
	}
	*out_value = found;
	return 0;
}

/* Whether an object has only members of these two names: another one is a slip of the pen. */
static int
check_members(const struct config *config, const struct spdk_json_val *object, const char *first,
	      const char *second)
{
	const struct spdk_json_val *end = object + object->len + 1;
	const struct spdk_json_val *member = object + 1;
	char place[CONFIG_PLACE_SIZE];

	for (; member < end; member += 1 + spdk_json_val_len(member + 1)) {
		if (!spdk_json_strequal(member, first) && !spdk_json_strequal(member, second)) {
			SPDK_ERRLOG("%s: not known here; those that are: %s, %s\n",
				    config_place(config, member, place), first, second);
			return -EINVAL;
		}
	}
	return 0;
}

static int
check_name(const struct config *config, const struct spdk_json_val *object, const char *member)
{
	const struct spdk_json_val *name;
	char place[CONFIG_PLACE_SIZE];

	if (find_member(config, object, member, &name) != 0) {
		return -EINVAL;
	}
	if (name == NULL) {
		SPDK_ERRLOG("%s: \"%s\" is required, and missing\n",
			    config_place(config, object, place), member);
		return -EINVAL;
	}
	if (name->type != SPDK_JSON_VAL_STRING) {
		return refuse(config, name, "a string");
	}
	return 0;
}

static int
check_call(const struct config *config, const struct spdk_json_val *call)
{
	const struct spdk_json_val *params;

	if (call->type != SPDK_JSON_VAL_OBJECT_BEGIN) {
		return refuse(config, call, "an object with \"method\" and \"params\"");
	}
	if (check_members(config, call, "method", "params") != 0 ||
	    check_name(config, call, "method") != 0 ||
	    find_member(config, call, "params", &params) != 0) {
		return -EINVAL;
	}
	if (params != NULL && params->type != SPDK_JSON_VAL_OBJECT_BEGIN &&
	    params->type != SPDK_JSON_VAL_ARRAY_BEGIN && params->type != SPDK_JSON_VAL_NULL) {
		return refuse(config, params, "an object");
	}
	return 0;
}

/* `depth` is 1 within an inner array, which cannot have a further one. */
static int
check_calls(const struct config *config, const struct spdk_json_val *array, int depth)
{
	const struct spdk_json_val *end = array + array->len + 1;
	const struct spdk_json_val *call = array + 1;
	int rc = 0;

	for (; call < end && rc == 0; call += spdk_json_val_len(call)) {
		if (depth == 0 && call->type == SPDK_JSON_VAL_ARRAY_BEGIN) {
			rc = check_calls(config, call, 1);
		} else {
			rc = check_call(config, call);
		}
	}
	return rc;
}

static int
check_subsystem(const struct config *config, const struct spdk_json_val *subsystem)
{
	const struct spdk_json_val *calls;
	char place[CONFIG_PLACE_SIZE];

	if (subsystem->type != SPDK_JSON_VAL_OBJECT_BEGIN) {
		return refuse(config, subsystem, "an object with \"subsystem\" and \"config\"");
	}
	if (check_members(config, subsystem, "subsystem", "config") != 0 ||
	    check_name(config, subsystem, "subsystem") != 0 ||
	    find_member(config, subsystem, "config", &calls) != 0) {
		return -EINVAL;
	}
	if (calls == NULL) {
		SPDK_ERRLOG("%s: \"config\" is required, and missing: an array, or null\n",
			    config_place(config, subsystem, place));
		return -EINVAL;
	}
	if (calls->type == SPDK_JSON_VAL_NULL) {
		return 0;
	}
	if (calls->type != SPDK_JSON_VAL_ARRAY_BEGIN) {
		return refuse(config, calls, "an array, or null");
	}
	return check_calls(config, calls, 0);
}

static int
check_shape(const struct config *config)
{
	const struct spdk_json_val *root = config->values, *subsystems, *end, *subsystem;
	int rc = 0;

	if (root->type != SPDK_JSON_VAL_OBJECT_BEGIN) {
		return refuse(config, root, "an object with \"subsystems\"");
	}
	if (find_member(config, root, "subsystems", &subsystems) != 0) {
		return -EINVAL;
	}
	if (subsystems == NULL) {
		SPDK_WARNLOG("%s: there is no \"subsystems\" in it, and so nothing to do\n",
			     config->name);
		return 0;
	}
	if (subsystems->type != SPDK_JSON_VAL_ARRAY_BEGIN) {
		return refuse(config, subsystems, "an array");
	}
	end = subsystems + subsystems->len + 1;
	for (subsystem = subsystems + 1; subsystem < end && rc == 0;
	     subsystem += spdk_json_val_len(subsystem)) {
		rc = check_subsystem(config, subsystem);
	}
	return rc;
}

/* The value of a member in a configuration whose shape is right. */
static const struct spdk_json_val *
member_of(const struct spdk_json_val *object, const char *name)
{
	const struct spdk_json_val *end = object + object->len + 1;
	const struct spdk_json_val *member = object + 1;

	for (; member < end; member += 1 + spdk_json_val_len(member + 1)) {
		if (spdk_json_strequal(member, name)) {
			return member + 1;
		}
	}
	return NULL;
}

/* The first element of an array, the one after an element; NULL: there is none (any more). */
static const struct spdk_json_val *
step(const struct spdk_json_val *array, const struct spdk_json_val *element)
{
	const struct spdk_json_val *next =
		element == NULL ? array + 1 : element + spdk_json_val_len(element);

	return next < array + array->len + 1 ? next : NULL;
}

static bool
step_subsystem(const struct config *config, struct config_walk *walk)
{
	const struct spdk_json_val *subsystems = member_of(config->values, "subsystems");

	walk->element = walk->inner = NULL;
	walk->subsystem = subsystems != NULL ? step(subsystems, walk->subsystem) : NULL;
	return walk->subsystem != NULL;
}

static bool
step_call(struct config_walk *walk)
{
	const struct spdk_json_val *calls = member_of(walk->subsystem, "config");

	if (calls->type != SPDK_JSON_VAL_ARRAY_BEGIN) {
		return false;
	}
	for (;;) {
		if (walk->element != NULL && walk->element->type == SPDK_JSON_VAL_ARRAY_BEGIN) {
			walk->inner = step(walk->element, walk->inner);
			if (walk->inner != NULL) {
				return true;
			}
		}
		walk->element = step(calls, walk->element);
		if (walk->element == NULL) {
			return false;
		}
		if (walk->element->type != SPDK_JSON_VAL_ARRAY_BEGIN) {
			return true;
		}
	}
}

bool
config_walk_next(const struct config *config, struct config_walk *walk,
		 struct config_entry *out_entry)
{
	if (walk->subsystem == NULL && !step_subsystem(config, walk)) {
		return false;
	}
	while (!step_call(walk)) {
		if (!step_subsystem(config, walk)) {
			return false;
		}
	}
	out_entry->subsystem = member_of(walk->subsystem, "subsystem");
	out_entry->entry = walk->inner != NULL ? walk->inner : walk->element;
	out_entry->method = member_of(out_entry->entry, "method");
	out_entry->params = member_of(out_entry->entry, "params");
	return true;
}

/* One value, and nothing behind it. */
static int
check_text(const struct config *config, size_t *out_count)
{
	struct json_place place;
	struct json_fault fault;
	ssize_t count;
	void *end;

	count = json_check(config->text, config->size, PARSE_FLAGS, &fault);
	if (count < 0) {
		SPDK_ERRLOG("%s:%zu:%zu: %s\n", config->name, fault.place.line, fault.place.column,
			    fault.reason);
		return -EINVAL;
	}
	(void)spdk_json_parse(config->text, config->size, NULL, 0, &end, PARSE_FLAGS);
	if (end != config->text + config->size) {
		place = json_place_of(config->text, config->size,
				      (size_t)((char *)end - config->text));
		SPDK_ERRLOG("%s:%zu:%zu: something stands behind the end of the configuration: "
			    "remove it, or look for a bracket that is closed too early\n",
			    config->name, place.line, place.column);
		return -EINVAL;
	}
	*out_count = (size_t)count;
	return 0;
}

static int
parse(struct config *config)
{
	size_t count;
	int rc = check_text(config, &count);

	if (rc != 0) {
		return rc;
	}
	config->values_count = count;
	config->text_values = calloc(count, sizeof(*config->text_values));
	config->values = calloc(count, sizeof(*config->values));
	config->decoded = malloc(config->size);
	if (config->text_values == NULL || config->values == NULL || config->decoded == NULL) {
		SPDK_ERRLOG("%s: out of memory for a configuration of %zu bytes\n", config->name,
			    config->size);
		return -ENOMEM;
	}
	memcpy(config->decoded, config->text, config->size);
	(void)spdk_json_parse(config->text, config->size, config->text_values, count, NULL,
			      PARSE_FLAGS);
	(void)spdk_json_parse(config->decoded, config->size, config->values, count, NULL,
			      PARSE_FLAGS | SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE);
	return check_shape(config);
}

void
config_hold(struct config *config)
{
	config->references++;
}

void
config_free(struct config *config)
{
	if (config == NULL || --config->references > 0) {
		return;
	}
	free(config->values);
	free(config->decoded);
	free(config->text_values);
	free(config->text);
	free(config->name);
	free(config);
}

/* Takes `text`, also after an error. */
static int
read_text(const char *name, char *text, size_t size, struct config **out_config)
{
	struct config *config = calloc(1, sizeof(*config));
	int rc = -ENOMEM;

	if (config == NULL) {
		free(text);
	} else {
		config->references = 1;
		config->text = text;
		config->size = size;
		config->name = strdup(name);
		rc = text != NULL && config->name != NULL ? parse(config) : -ENOMEM;
	}
	if (rc != 0) {
		if (config == NULL || config->name == NULL || text == NULL) {
			SPDK_ERRLOG("%s: out of memory\n", name);
		}
		config_free(config);
		return rc;
	}
	*out_config = config;
	return 0;
}

int
config_read_text(const char *name, const void *json, size_t size, struct config **out_config)
{
	char *text = malloc(size > 0 ? size : 1);

	if (text != NULL && size > 0) {
		memcpy(text, json, size);
	}
	return read_text(name, text, size, out_config);
}

int
config_read_file(const char *path, struct config **out_config)
{
	struct stat status;
	size_t size;
	char *text;
	int rc;

	if (stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
	    status.st_size > CONFIG_SIZE_MAX) {
		SPDK_ERRLOG("%s: a configuration has at most %d bytes, this file has %jd\n", path,
			    CONFIG_SIZE_MAX, (intmax_t)status.st_size);
		return -EFBIG;
	}
	errno = 0;
	text = spdk_posix_file_load_from_name(path, &size);
	if (text == NULL) {
		rc = errno != 0 ? -errno : -EIO;
		SPDK_ERRLOG("Cannot read the configuration '%s': %s\n", path, spdk_strerror(-rc));
		return rc;
	}
	return read_text(path, text, size, out_config);
}
