/* SPDX-License-Identifier: BSD-3-Clause */
/* A configuration from calls of the command line: --with. */
#include "dd_config.h"
#include "rpc.h"

static int
add_call(struct text *calls, const char *line)
{
	char *copy = duplicate(line), **words;
	struct call call = {.method = NULL};
	int count = words_split(copy, &words), rc;

	rc = count > 0 ? call_from_words(NULL, "--with", count, words, &call) :
			 usage_error("--with needs METHOD [KEY=VALUE...]");
	if (rc == STATUS_OK) {
		text_printf(calls, "%s{\"method\":", calls->size > 0 ? "," : "");
		text_add_quoted(calls, call.method);
		if (call.params != NULL) {
			text_printf(calls, ",\"params\":%s", call.params);
		}
		text_add_string(calls, "}");
	}
	call_fini(&call);
	free(words);
	free(copy);
	return rc;
}

int
dd_config_from_calls(int count, char **lines, char **out_text)
{
	struct text calls = {.bytes = NULL}, text = {.bytes = NULL};
	int i, rc = STATUS_OK;

	for (i = 0; i < count && rc == STATUS_OK; i++) {
		rc = add_call(&calls, lines[i]);
	}
	if (rc == STATUS_OK && count > 0) {
		text_printf(&text, "{\"subsystems\":[{\"subsystem\":\"bdev\",\"config\":[%s]}]}",
			    calls.bytes);
		*out_text = text.bytes;
	}
	text_fini(&calls);
	return rc;
}
