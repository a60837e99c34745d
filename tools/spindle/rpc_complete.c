/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a shell offers behind `spindle rpc`: the words so far, the last of which is to be completed,
 * give candidates, a line each. Shells take care of spaces and quotes. Whatever goes wrong, nothing
 * is printed, as it would land in the middle of somebody's line.
 */
#include "rpc.h"

/* A shell waits for it. */
#define TIMEOUT_S 1.0

static const char *const own_words[] = {"save-config", "load-config", NULL};

/* What has been typed before the word that is completed. */
struct typed {
	struct rpc_options options;
	const char *method;
	/* The last word is the argument of an option: the shell knows files better. */
	bool is_argument;
};

static void
offer_all(const char *const *candidates, const char *beginning)
{
	size_t length;

	for (; *candidates != NULL; candidates++) {
		/* Of a short option, the argument is a word of its own. */
		length = strlen(*candidates);
		if (length == 3 && strncmp(*candidates, beginning, strlen(beginning)) == 0) {
			printf("%.2s\n", *candidates);
		} else {
			offer(*candidates, beginning);
		}
	}
}

/* Whether the option takes the word after it. */
static bool
takes_argument(const char *word)
{
	size_t i, length = strlen(word);

	for (i = 0; rpc_option_names[i] != NULL; i++) {
		if (strncmp(rpc_option_names[i], word, length) == 0 &&
		    strcmp(rpc_option_names[i] + length, "=") == 0) {
			return true;
		}
	}
	return false;
}

static void
look_at(struct typed *typed, const char *word, const char *next)
{
	if (strcmp(word, "-s") == 0 || strcmp(word, "--socket") == 0) {
		typed->options.address = next;
	} else if (strncmp(word, "--socket=", 9) == 0) {
		typed->options.address = word + 9;
	} else if (word[0] == '-' && word[1] == 's') {
		typed->options.address = word + 2;
	}
}

static void
look_at_words(struct typed *typed, int count, char **words)
{
	int i;

	for (i = 0; i + 1 < count; i++) {
		if (words[i][0] != '-') {
			typed->method = typed->method != NULL ? typed->method : words[i];
			continue;
		}
		look_at(typed, words[i], words[i + 1]);
		if (takes_argument(words[i])) {
			i++;
			typed->is_argument = i + 1 == count;
		}
	}
}

static void
offer_values(const struct spdk_json_val *param, const char *word, size_t key_length)
{
	struct spdk_json_val *values = member_of(param, "values"), *value;
	char *type = string_member_of(param, "type"), *string;
	struct text text = {.bytes = NULL};

	if (type != NULL && strncmp(type, "bool", 4) == 0) {
		text_printf(&text, "%.*s=true", (int)key_length, word);
		offer(text.bytes, word);
		text_fini(&text);
		text_printf(&text, "%.*s=false", (int)key_length, word);
		offer(text.bytes, word);
		text_fini(&text);
	}
	free(type);
	value = values != NULL ? spdk_json_array_first(values) : NULL;
	for (; value != NULL; value = spdk_json_next(value)) {
		string = string_of(value);
		text_printf(&text, "%.*s=%s", (int)key_length, word, string);
		offer(text.bytes, word);
		text_fini(&text);
		free(string);
	}
}

/* Of `a.b`, the members of a; of `b`, the parameters of the method. */
static void
offer_keys(const struct spdk_json_val *method, const char *word)
{
	const char *dot = strrchr(word, '.');
	size_t parent_length = dot != NULL ? (size_t)(dot - word) : 0;
	struct spdk_json_val *params, *param;
	struct text text = {.bytes = NULL};
	char *name;

	params = dot == NULL ? member_of(method, "params") :
			       member_of(method_param(method, word, parent_length), "members");
	param = params != NULL ? spdk_json_array_first(params) : NULL;
	for (; param != NULL; param = spdk_json_next(param)) {
		name = string_member_of(param, "name");
		text_printf(&text, "%.*s%s%s%s", (int)parent_length, word, dot != NULL ? "." : "",
			    name != NULL ? name : "",
			    member_of(param, "members") != NULL ? "." : "=");
		offer(text.bytes, word);
		text_fini(&text);
		free(name);
	}
}

static void
offer_methods(const struct methods *methods, const char *word)
{
	struct spdk_json_val *element;
	char *name;

	element = spdk_json_array_first(methods->response->result);
	for (; element != NULL; element = spdk_json_next(element)) {
		name = method_name(methods, element);
		if (name != NULL) {
			offer(name, word);
		}
		free(name);
	}
}

static void
offer_params(const struct methods *methods, const char *method, const char *word)
{
	const struct spdk_json_val *element = methods_find(methods, method);
	const char *equals = strchr(word, '=');
	size_t length;

	if (equals == NULL) {
		offer_keys(element, word);
		return;
	}
	length = (size_t)(equals - word);
	offer_values(method_param(element, word, length), word, length);
}

static void
ask_server(const struct typed *typed, const char *word)
{
	struct methods methods;
	struct session *session;

	if (session_open(&typed->options, true, &session) != STATUS_OK) {
		return;
	}
	if (methods_get(session, &methods) == STATUS_OK) {
		if (typed->method == NULL) {
			offer_methods(&methods, word);
		} else {
			offer_params(&methods, typed->method, word);
		}
		methods_fini(&methods);
	}
	session_close(session);
}

int
complete_words(int count, char **words)
{
	const char *address = getenv("SPINDLE_RPC_ADDR");
	const char *word = count > 0 ? words[count - 1] : "";
	struct typed typed = {.options = {.timeout_s = TIMEOUT_S}};

	typed.options.address = address != NULL ? address : RPC_DEFAULT_ADDRESS;
	look_at_words(&typed, count, words);
	if (typed.is_argument) {
		return STATUS_OK;
	}
	if (word[0] == '-') {
		offer_all(rpc_option_names, word);
		return STATUS_OK;
	}
	if (typed.method == NULL) {
		offer_all(own_words, word);
	} else if (strcmp(typed.method, "save-config") == 0 ||
		   strcmp(typed.method, "load-config") == 0) {
		return STATUS_OK;
	}
	ask_server(&typed, word);
	return STATUS_OK;
}
