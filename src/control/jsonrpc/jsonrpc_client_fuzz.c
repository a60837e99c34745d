/* SPDX-License-Identifier: BSD-3-Clause */
/* Whatever a server sends becomes responses that can be looked at, or an error, and nothing leaks.
 */
#include "control/jsonrpc/jsonrpc_client.h"

#define BYTES_MAX  4096
#define VALUES_MAX 256
#define DEPTH_MAX  16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool condition)
{
	if (!condition) {
		abort();
	}
}

static void
look_at(struct json_text *text)
{
	struct client_response *response;
	struct spdk_jsonrpc_client_response *members;
	int rc = client_response_create(text, &response);

	if (rc != 0) {
		check(text->values != NULL);
		json_text_release(text);
		return;
	}
	check(text->values == NULL);
	members = &response->members;
	check(members->result != NULL || members->error != NULL);
	check(members->version == NULL || spdk_json_strequal(members->version, "2.0"));
	spdk_jsonrpc_client_free_response(members);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct json_stream_limits limits = {
		.bytes_max = BYTES_MAX,
		.values_max = VALUES_MAX,
		.depth_max = DEPTH_MAX,
	};
	enum json_stream_result result = JSON_STREAM_VALUE;
	struct json_stream *stream;
	struct json_text text;
	size_t taken;

	spdk_log_set_print_level(SPDK_LOG_DISABLED);
	check(json_stream_create(&limits, &stream) == 0);
	while (result == JSON_STREAM_VALUE) {
		result = json_stream_feed(stream, data, size, &taken);
		data += taken;
		size -= taken;
		if (result == JSON_STREAM_VALUE) {
			json_stream_take(stream, &text);
			look_at(&text);
		}
	}
	json_stream_destroy(stream);
	return 0;
}
