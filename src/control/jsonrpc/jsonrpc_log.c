/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests and answers in the log, or in a file, each on one line as it would be on the wire.
 *
 * Set before there is a server, and only read from then on.
 */
#include "control/jsonrpc/jsonrpc_internal.h"

static enum spdk_log_level g_level = SPDK_LOG_DISABLED;
static FILE *g_file;

void
spdk_jsonrpc_set_log_level(enum spdk_log_level level)
{
	g_level = level;
}

void
spdk_jsonrpc_set_log_file(FILE *file)
{
	g_file = file;
}

bool
jsonrpc_log_is_on(void)
{
	return g_level != SPDK_LOG_DISABLED || g_file != NULL;
}

static int
append(void *cb_ctx, const void *data, size_t size)
{
	struct jsonrpc_reply *text = cb_ctx;

	jsonrpc_reply_append(text, data, size);
	return text->error;
}

static void
log_line(const char *kind, const char *text)
{
	const char *shown = text != NULL ? text : "(there is no memory to show it)";
	int length = (int)strcspn(shown, "\n");

	if (g_level != SPDK_LOG_DISABLED) {
		spdk_log(g_level, NULL, 0, NULL, "%s: %.*s\n", kind, length, shown);
	}
	if (g_file != NULL) {
		spdk_flog(g_file, NULL, 0, NULL, "%s: %.*s\n", kind, length, shown);
		fflush(g_file);
	}
}

void
jsonrpc_log_request(const struct spdk_json_val *value)
{
	struct spdk_json_write_ctx *w;
	struct jsonrpc_reply text;
	char *line = NULL;

	if (!jsonrpc_log_is_on()) {
		return;
	}
	jsonrpc_reply_init(&text, 0);
	w = spdk_json_write_begin(append, &text, 0);
	(void)spdk_json_write_val(w, value);
	if (w != NULL && spdk_json_write_end(w) == 0) {
		line = jsonrpc_reply_flatten(&text);
	}
	log_line("request", line);
	free(line);
	jsonrpc_reply_release(&text);
}

void
jsonrpc_log_reply(const struct jsonrpc_reply *reply)
{
	char *line;

	if (jsonrpc_log_is_on() && reply->size > 0) {
		line = jsonrpc_reply_flatten(reply);
		log_line("response", line);
		free(line);
	}
}
