/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configurations: what the subsystems of a server would have to be told to be as they are now, in a
 * file that an application starts with (-c), or that is loaded into a running one.
 *
 * Loading goes in rounds, as which methods are allowed changes with the state of the server: each
 * round calls what is allowed, and starts the subsystems when that is allowed. It ends when all was
 * called, or when a round could do nothing. What is left then is for a state that has passed, as
 * with options of a server that runs: that is said, and is no error.
 */
#include "rpc.h"

/* One element of a subsystem's "config": a request, or an array of requests. */
struct entry {
	struct spdk_json_val *element;
	char *path;
	bool is_done;
};

struct entries {
	struct entry *list;
	size_t count;
	size_t done_count;
};

/* A call whose error is printed: its response, or NULL. */
static struct spdk_jsonrpc_client_response *
must_call(struct session *session, const char *method, const char *params, int *out_status)
{
	struct spdk_jsonrpc_client_response *response;

	*out_status = session_call(session, method, params, &response);
	if (response != NULL && response->error != NULL) {
		session_print_error(session, NULL, method, response->error);
		spdk_jsonrpc_client_free_response(response);
		*out_status = STATUS_REFUSED;
		return NULL;
	}
	return response;
}

static int
add_subsystem(struct session *session, const struct spdk_json_val *name, struct text *text)
{
	struct spdk_jsonrpc_client_response *response;
	struct text params = {.bytes = NULL};
	int status;

	text_add_string(&params, "{\"name\":");
	text_add_json(&params, name, 0);
	text_add_string(&params, "}");
	response = must_call(session, "framework_get_config", params.bytes, &status);
	text_fini(&params);
	if (response == NULL) {
		return status;
	}
	text_add_string(text, "{\"subsystem\":");
	text_add_json(text, name, 0);
	text_add_string(text, ",\"config\":");
	text_add_json(text, response->result, 0);
	text_add_string(text, "}");
	spdk_jsonrpc_client_free_response(response);
	return STATUS_OK;
}

/* What umask leaves of 0666, or what the file that is replaced has. */
static void
set_mode(int fd, const char *path)
{
	struct stat status;
	mode_t mask = umask(0);

	umask(mask);
	if (stat(path, &status) != 0) {
		status.st_mode = 0666 & ~mask;
	}
	(void)fchmod(fd, status.st_mode & 0777); /* then it is for its owner only */
}

static int
write_all(int fd, const char *bytes, size_t size)
{
	ssize_t count;

	while (size > 0) {
		count = write(fd, bytes, size);
		if (count < 0 && errno != EINTR) {
			return errno;
		}
		count = count < 0 ? 0 : count;
		bytes += count;
		size -= (size_t)count;
	}
	return 0;
}

/* Whoever reads `path` sees all of the old file or all of the new one. 0 or an errno. */
static int
replace_file(const char *path, const struct text *text)
{
	struct text temporary = {.bytes = NULL};
	int fd, rc;

	text_printf(&temporary, "%s.XXXXXX", path);
	fd = mkstemp(temporary.bytes);
	if (fd < 0) {
		rc = errno;
		text_fini(&temporary);
		return rc;
	}
	set_mode(fd, path);
	rc = write_all(fd, text->bytes, text->size);
	if (rc == 0 && fsync(fd) != 0) {
		rc = errno;
	}
	if (close(fd) != 0 && rc == 0) {
		rc = errno;
	}
	if (rc == 0 && rename(temporary.bytes, path) != 0) {
		rc = errno;
	}
	if (rc != 0) {
		(void)unlink(temporary.bytes); /* the error that is told is the first */
	}
	text_fini(&temporary);
	return rc;
}

static int
write_file(const char *path, const struct text *text)
{
	struct stat status;
	char *target;
	int fd, rc;

	/* What is no regular file, such as a pipe or a device, is written to and not replaced. */
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		rc = fd < 0 ? errno : write_all(fd, text->bytes, text->size);
		if (fd >= 0 && close(fd) != 0 && rc == 0) {
			rc = errno;
		}
		return rc;
	}
	/* A symbolic link stays one, also where it leads to nothing: /dev/stderr does, when what it
	 * was redirected to has been deleted, and is not ours to replace. */
	target = realpath(path, NULL);
	rc = errno;
	if (target != NULL || lstat(path, &status) != 0) {
		rc = replace_file(target != NULL ? target : path, text);
	}
	free(target);
	return rc;
}

static int
write_config(const char *file, const struct text *compact)
{
	struct document document = {.text = NULL};
	struct text text = {.bytes = NULL};
	int rc;

	if (document_parse(&document, "configuration", compact->bytes, compact->size) != 0) {
		return STATUS_LOST;
	}
	text_add_json(&text, document.values, SPDK_JSON_WRITE_FLAG_FORMATTED);
	text_add_string(&text, "\n");
	document_fini(&document);
	if (file == NULL || strcmp(file, "-") == 0) {
		fwrite(text.bytes, 1, text.size, stdout);
		rc = 0;
	} else {
		rc = write_file(file, &text);
	}
	text_fini(&text);
	if (rc != 0) {
		fprintf(stderr, "spindle: cannot write %s: %s\n", file, strerror(rc));
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

int
config_save(struct session *session, const char *file)
{
	struct spdk_jsonrpc_client_response *response;
	struct spdk_json_val *element, *name;
	struct text text = {.bytes = NULL};
	int status;

	response = must_call(session, "framework_get_subsystems", NULL, &status);
	if (response == NULL) {
		return status;
	}
	text_add_string(&text, "{\"subsystems\":[");
	for (element = spdk_json_array_first(response->result);
	     element != NULL && status == STATUS_OK; element = spdk_json_next(element)) {
		name = member_of(element, "subsystem");
		if (name == NULL) {
			continue;
		}
		if (text.bytes[text.size - 1] != '[') {
			text_add_string(&text, ",");
		}
		status = add_subsystem(session, name, &text);
	}
	spdk_jsonrpc_client_free_response(response);
	text_add_string(&text, "]}");
	if (status == STATUS_OK) {
		status = write_config(file, &text);
	}
	text_fini(&text);
	return status;
}

static void
entries_fini(struct entries *entries)
{
	size_t i;

	for (i = 0; i < entries->count; i++) {
		free(entries->list[i].path);
	}
	free(entries->list);
}

static size_t
count_entries(struct spdk_json_val *subsystems)
{
	struct spdk_json_val *subsystem;
	size_t count = 0;

	for (subsystem = spdk_json_array_first(subsystems); subsystem != NULL;
	     subsystem = spdk_json_next(subsystem)) {
		count += spdk_json_array_count(member_of(subsystem, "config"));
	}
	return count;
}

static bool
is_request(const struct spdk_json_val *element)
{
	const struct spdk_json_val *method = member_of(element, "method");

	return method != NULL && method->type == SPDK_JSON_VAL_STRING;
}

/* A request, or an array of them, some of which may be told to apart by their names. */
static bool
is_entry(struct spdk_json_val *element)
{
	struct spdk_json_val *item;

	if (element->type != SPDK_JSON_VAL_ARRAY_BEGIN) {
		return is_request(element);
	}
	for (item = spdk_json_array_first(element); item != NULL; item = spdk_json_next(item)) {
		if (!is_request(item)) {
			return false;
		}
	}
	return true;
}

static int
add_config(struct entries *entries, const char *file, size_t index, struct spdk_json_val *config)
{
	struct spdk_json_val *element = spdk_json_array_first(config);
	struct text path = {.bytes = NULL};
	size_t i;

	for (i = 0; element != NULL; i++, element = spdk_json_next(element)) {
		path = (struct text){.bytes = NULL};
		text_printf(&path, "%s: subsystems[%zu].config[%zu]", file, index, i);
		if (!is_entry(element)) {
			fprintf(stderr,
				"%s: not an object with a \"method\", nor an array of "
				"them\n",
				path.bytes);
			text_fini(&path);
			return STATUS_USAGE;
		}
		entries->list[entries->count].element = element;
		entries->list[entries->count].path = path.bytes;
		entries->count++;
	}
	return STATUS_OK;
}

static int
read_entries(struct entries *entries, const char *file, struct spdk_json_val *root)
{
	struct spdk_json_val *subsystems = member_of(root, "subsystems"), *subsystem, *config;
	int rc = STATUS_OK;
	size_t i = 0;

	if (subsystems == NULL || subsystems->type != SPDK_JSON_VAL_ARRAY_BEGIN) {
		return usage_error("%s: this is no configuration: there is no array \"subsystems\"",
				   file);
	}
	entries->list = allocate(count_entries(subsystems), sizeof(*entries->list));
	for (subsystem = spdk_json_array_first(subsystems); subsystem != NULL && rc == STATUS_OK;
	     subsystem = spdk_json_next(subsystem), i++) {
		config = member_of(subsystem, "config");
		if (config != NULL && config->type != SPDK_JSON_VAL_NULL &&
		    config->type != SPDK_JSON_VAL_ARRAY_BEGIN) {
			return usage_error("%s: subsystems[%zu].config: neither an array nor null",
					   file, i);
		}
		rc = add_config(entries, file, i, config);
	}
	return rc;
}

/* The first item of an entry whose method is not in the list; NULL: all are. */
static const struct spdk_json_val *
first_not_in(const struct entry *entry, const struct methods *methods)
{
	struct spdk_json_val *item = entry->element;
	bool is_list = item->type == SPDK_JSON_VAL_ARRAY_BEGIN, is_in;
	char *name;

	item = is_list ? spdk_json_array_first(item) : item;
	while (item != NULL) {
		name = string_member_of(item, "method");
		is_in = methods_find(methods, name) != NULL;
		free(name);
		if (!is_in) {
			return item;
		}
		item = is_list ? spdk_json_next(item) : NULL;
	}
	return NULL;
}

static int
check_entries(const struct entries *entries, struct session *session)
{
	struct methods methods = {.response = NULL};
	const struct spdk_json_val *item;
	int status = STATUS_OK;
	char *name, *nearest;
	size_t i;

	methods.response =
		must_call(session, "rpc_get_methods", "{\"include_aliases\":true}", &status);
	for (i = 0; i < entries->count && methods.response != NULL; i++) {
		item = first_not_in(&entries->list[i], &methods);
		if (item == NULL) {
			continue;
		}
		name = string_member_of(item, "method");
		nearest = methods_nearest(&methods, name);
		fprintf(stderr, "%s: the server has no method '%s'%s%s%s\n", entries->list[i].path,
			name, nearest != NULL ? "; did you mean '" : "",
			nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
		free(name);
		free(nearest);
		status = STATUS_REFUSED;
	}
	methods_fini(&methods);
	return status;
}

static int
call_item(struct session *session, const char *path, const struct spdk_json_val *item)
{
	struct spdk_jsonrpc_client_response *response;
	const struct spdk_json_val *params = member_of(item, "params");
	char *method = string_member_of(item, "method");
	char *text = params != NULL ? string_of(params) : NULL;
	int rc = session_call(session, method, text, &response);

	if (rc != STATUS_OK) {
		fprintf(stderr, "%s: %s: not done\n", path, method);
	} else if (response != NULL && response->error != NULL) {
		session_print_error(session, path, method, response->error);
		rc = STATUS_REFUSED;
	}
	spdk_jsonrpc_client_free_response(response);
	free(method);
	free(text);
	return rc;
}

static int
call_entry(struct session *session, struct entry *entry)
{
	struct spdk_json_val *item;
	int rc = STATUS_OK;

	if (entry->element->type != SPDK_JSON_VAL_ARRAY_BEGIN) {
		return call_item(session, entry->path, entry->element);
	}
	for (item = spdk_json_array_first(entry->element); item != NULL && rc == STATUS_OK;
	     item = spdk_json_next(item)) {
		rc = call_item(session, entry->path, item);
	}
	return rc;
}

/* One round. *out_progress: something was done. */
static int
load_round(struct session *session, struct entries *entries, bool *out_progress)
{
	struct methods allowed = {.response = NULL};
	struct spdk_jsonrpc_client_response *started;
	int status;
	size_t i;

	allowed.response = must_call(session, "rpc_get_methods",
				     "{\"current\":true,\"include_aliases\":true}", &status);
	for (i = 0; i < entries->count && status == STATUS_OK; i++) {
		struct entry *entry = &entries->list[i];

		if (!entry->is_done && first_not_in(entry, &allowed) == NULL) {
			status = call_entry(session, entry);
			entry->is_done = true;
			entries->done_count++;
			*out_progress = true;
		}
	}
	if (status == STATUS_OK && methods_find(&allowed, "framework_start_init") != NULL) {
		started = must_call(session, "framework_start_init", NULL, &status);
		spdk_jsonrpc_client_free_response(started);
		*out_progress = true;
	}
	methods_fini(&allowed);
	return status;
}

static int
load_entries(struct session *session, struct entries *entries)
{
	bool has_progress = true;
	int status = check_entries(entries, session);
	size_t i;

	if (status != STATUS_OK) {
		return status;
	}
	do {
		has_progress = false;
		status = load_round(session, entries, &has_progress);
	} while (status == STATUS_OK && has_progress && entries->done_count < entries->count);
	for (i = 0; i < entries->count && status != STATUS_LOST; i++) {
		if (!entries->list[i].is_done) {
			fprintf(stderr, "%s: not done: %s\n", entries->list[i].path,
				status != STATUS_OK ?
					"what came before it failed" :
					"the server does not allow it in its present state");
		}
	}
	return status;
}

int
config_load(struct session *session, const char *file)
{
	const char *name = file != NULL && strcmp(file, "-") != 0 ? file : "standard input";
	struct document document = {.text = NULL};
	struct entries entries = {.list = NULL};
	size_t size = 0;
	char *text = load_file(file != NULL ? file : "-", &size);
	int rc = STATUS_USAGE;

	if (text != NULL && document_parse(&document, name, text, size) == 0) {
		rc = read_entries(&entries, name, document.values);
	}
	if (rc == STATUS_OK) {
		rc = load_entries(session, &entries);
	}
	entries_fini(&entries);
	document_fini(&document);
	free(text);
	return rc;
}
