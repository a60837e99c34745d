/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parameters from words of the command line.
 *
 * key=value: the value is JSON if it is that as a whole, else a string. One exception: if the
 * server says that the parameter is a string, everything but a quoted JSON string is taken as it
 * is, so that name=5 is "5". key:=value is JSON, whatever the server says. a.b=1 is {"a":{"b":1}}.
 * A single word that begins with '{' or '[' is all parameters; '-' reads them from standard input.
 *
 * The words become a tree, as members of one object may stand apart: a.b=1 c=2 a.d=3.
 */
#include "rpc.h"

#include "spdk/queue.h"

struct node {
	STAILQ_ENTRY(node) link;
	STAILQ_HEAD(, node) members;
	/* JSON; NULL for an object, which has members. */
	char *json;
	char *name;
};

static struct node *
node_add(struct node *parent, const char *name, size_t length)
{
	struct node *node = allocate(1, sizeof(*node));

	node->name = allocate(length + 1, 1);
	memcpy(node->name, name, length);
	STAILQ_INIT(&node->members);
	STAILQ_INSERT_TAIL(&parent->members, node, link);
	return node;
}

static void
node_free_members(struct node *node)
{
	struct node *member;

	while ((member = STAILQ_FIRST(&node->members)) != NULL) {
		STAILQ_REMOVE_HEAD(&node->members, link);
		node_free_members(member);
		free(member->json);
		free(member->name);
		free(member);
	}
}

static struct node *
node_find(struct node *parent, const char *name, size_t length)
{
	struct node *node;

	STAILQ_FOREACH (node, &parent->members, link) {
		if (strlen(node->name) == length && memcmp(node->name, name, length) == 0) {
			return node;
		}
	}
	return NULL;
}

static void
node_write(const struct node *node, struct text *text)
{
	const struct node *member;

	if (node->json != NULL) {
		text_add_string(text, node->json);
		return;
	}
	text_add_string(text, "{");
	STAILQ_FOREACH (member, &node->members, link) {
		if (member != STAILQ_FIRST(&node->members)) {
			text_add_string(text, ",");
		}
		text_add_quoted(text, member->name);
		text_add_string(text, ":");
		node_write(member, text);
	}
	text_add_string(text, "}");
}

/* What a call is made with. The methods are asked for when it matters, once. */
struct maker {
	struct session *session;
	const char *where;
	const char *method;
	struct methods methods;
	bool has_asked;
};

static int
complain(const struct maker *maker, const char *word, const char *what)
{
	return usage_error("%s: '%s': %s", maker->where != NULL ? maker->where : maker->method,
			   word, what);
}

/* Whether the server says so. Unions such as "string" or "enum:..." go by their first word. */
static bool
is_string_param(struct maker *maker, const char *key, size_t key_length)
{
	const struct spdk_json_val *param;
	char *type;
	bool is_string;

	if (maker->session == NULL) {
		return false;
	}
	if (!maker->has_asked) {
		maker->has_asked = true;
		if (methods_get(maker->session, &maker->methods) != STATUS_OK) {
			maker->methods = (struct methods){.response = NULL};
		}
	}
	param = method_param(methods_find(&maker->methods, maker->method), key, key_length);
	type = string_member_of(param, "type");
	is_string = type != NULL && (strncmp(type, "string", 6) == 0 ||
				     strncmp(type, "enum", 4) == 0 || strcmp(type, "uuid") == 0);
	free(type);
	return is_string;
}

static bool
is_ambiguous(const struct spdk_json_val *value)
{
	return value->type != SPDK_JSON_VAL_STRING;
}

/* The value of a word as JSON, for the caller to free; NULL: it was to be JSON, and is not. */
static char *
value_of(struct maker *maker, const char *key, size_t key_length, const char *value)
{
	bool is_json = key[key_length] == ':';
	struct document document = {.text = NULL};
	struct text text = {.bytes = NULL};

	if (document_parse(&document, NULL, value, strlen(value)) != 0) {
		if (is_json) {
			return NULL;
		}
		text_add_quoted(&text, value);
		return text.bytes;
	}
	if (!is_json && is_ambiguous(document.values) && is_string_param(maker, key, key_length)) {
		text_add_quoted(&text, value);
	} else {
		text_add_json(&text, document.values, 0);
	}
	document_fini(&document);
	return text.bytes;
}

/* Where the value belongs; NULL, printed: it is there already, or a part of its way is a value. */
static struct node *
place_of(const struct maker *maker, struct node *root, const char *word, size_t key_length)
{
	const char *part = word, *end = word + key_length, *dot;
	struct node *node = root, *next = NULL;
	size_t length;

	for (; part <= end; part += length + 1) {
		dot = memchr(part, '.', (size_t)(end - part));
		length = (size_t)((dot != NULL ? dot : end) - part);
		if (length == 0) {
			(void)complain(maker, word, "a part of the key is empty");
			return NULL;
		}
		next = node_find(node, part, length);
		if (next != NULL && (dot == NULL || next->json != NULL)) {
			(void)complain(maker, word, "this parameter has a value already");
			return NULL;
		}
		node = next != NULL ? next : node_add(node, part, length);
	}
	return node;
}

static int
add_word(struct maker *maker, struct node *root, const char *word)
{
	const char *equals = strchr(word, '=');
	struct node *node;
	size_t key_length;

	if (equals == NULL) {
		return complain(maker, word, "not KEY=VALUE");
	}
	key_length = (size_t)(equals - word);
	if (key_length > 0 && equals[-1] == ':') {
		key_length--;
	}
	if (key_length == 0) {
		return complain(maker, word, "a value without a key: write KEY=VALUE");
	}
	node = place_of(maker, root, word, key_length);
	if (node == NULL) {
		return STATUS_USAGE;
	}
	node->json = value_of(maker, word, key_length, equals + 1);
	if (node->json == NULL) {
		return complain(maker, word, "what follows ':=' is no JSON");
	}
	return STATUS_OK;
}

/* All parameters in one text. */
static int
whole_params(const char *name, const char *json, size_t size, char **out_params)
{
	struct document document = {.text = NULL};
	struct text text = {.bytes = NULL};

	if (document_parse(&document, name, json, size) != 0) {
		return STATUS_USAGE;
	}
	if (document.values[0].type != SPDK_JSON_VAL_OBJECT_BEGIN &&
	    document.values[0].type != SPDK_JSON_VAL_ARRAY_BEGIN) {
		document_fini(&document);
		return usage_error("%s: parameters are an object or an array", name);
	}
	text_add_json(&text, document.values, 0);
	document_fini(&document);
	*out_params = text.bytes;
	return STATUS_OK;
}

static int
params_from_input(char **out_params)
{
	size_t size = 0;
	char *text = load_file("-", &size);
	int rc = STATUS_USAGE;

	if (text != NULL) {
		rc = whole_params("standard input", text, size, out_params);
	}
	free(text);
	return rc;
}

static int
params_from_words(struct maker *maker, int count, char **words, char **out_params)
{
	struct node root = {.members = STAILQ_HEAD_INITIALIZER(root.members)};
	struct text text = {.bytes = NULL};
	int i, rc = STATUS_OK;

	for (i = 0; i < count && rc == STATUS_OK; i++) {
		rc = add_word(maker, &root, words[i]);
	}
	if (rc == STATUS_OK) {
		node_write(&root, &text);
		*out_params = text.bytes;
	}
	node_free_members(&root);
	return rc;
}

int
call_from_words(struct session *session, const char *where, int count, char **words,
		struct call *out_call)
{
	struct maker maker = {.session = session, .where = where, .method = words[0]};
	const char *first = count > 1 ? words[1] : "";
	char *params = NULL;
	int rc = STATUS_OK;

	if (count == 2 && strcmp(first, "-") == 0) {
		rc = params_from_input(&params);
	} else if (count == 2 && (first[0] == '{' || first[0] == '[')) {
		rc = whole_params(where != NULL ? where : "parameters", first, strlen(first),
				  &params);
	} else if (count > 1) {
		rc = params_from_words(&maker, count - 1, words + 1, &params);
	}
	methods_fini(&maker.methods);
	if (rc == STATUS_OK) {
		out_call->method = duplicate(words[0]);
		out_call->params = params;
	}
	return rc;
}

void
call_fini(struct call *call)
{
	free(call->method);
	free(call->params);
	*call = (struct call){.method = NULL};
}
