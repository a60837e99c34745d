/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Responses: a JSON value that came is taken apart, and refused when it is no response. That of a
 * batch is an array: its `result` is the array itself, its `error` the first that is in it.
 */
#include "control/jsonrpc/jsonrpc_client.h"

#include "spdk/util.h"

/* What is not there stays NULL. */
static void
find_members(struct spdk_json_val *object, struct spdk_jsonrpc_client_response *out_members)
{
	const struct {
		const char *name;
		struct spdk_json_val **value;
	} wanted[] = {
		{"jsonrpc", &out_members->version},
		{"id", &out_members->id},
		{"result", &out_members->result},
		{"error", &out_members->error},
	};
	struct spdk_json_val *key;
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(wanted); i++) {
		/* An error means: it is not there. */
		(void)spdk_json_find(object, wanted[i].name, &key, wanted[i].value,
				     SPDK_JSON_VAL_ANY);
	}
	/* Some servers send both, one of them null. */
	if (out_members->error != NULL && out_members->error->type == SPDK_JSON_VAL_NULL &&
	    out_members->result != NULL) {
		out_members->error = NULL;
	}
	if (out_members->result != NULL && out_members->result->type == SPDK_JSON_VAL_NULL &&
	    out_members->error != NULL) {
		out_members->result = NULL;
	}
}

static bool
is_response(const struct spdk_jsonrpc_client_response *members)
{
	if (members->version != NULL && !spdk_json_strequal(members->version, "2.0")) {
		return false;
	}
	return (members->result != NULL) != (members->error != NULL);
}

static int
take_apart_one(struct spdk_json_val *object, struct spdk_jsonrpc_client_response *out_members)
{
	*out_members = (struct spdk_jsonrpc_client_response){.version = NULL};
	if (object->type != SPDK_JSON_VAL_OBJECT_BEGIN) {
		return -EINVAL;
	}
	find_members(object, out_members);
	return is_response(out_members) ? 0 : -EINVAL;
}

static int
take_apart_batch(struct spdk_json_val *array, struct spdk_jsonrpc_client_response *out_members)
{
	struct spdk_jsonrpc_client_response members;
	struct spdk_json_val *element;
	int rc;

	*out_members = (struct spdk_jsonrpc_client_response){.result = array};
	for (element = spdk_json_array_first(array); element != NULL;
	     element = spdk_json_next(element)) {
		rc = take_apart_one(element, &members);
		if (rc != 0) {
			return rc;
		}
		if (out_members->error == NULL) {
			out_members->error = members.error;
		}
	}
	return 0;
}

int
client_response_create(struct json_text *text, struct client_response **out_response)
{
	struct client_response *response = calloc(1, sizeof(*response));
	int rc;

	if (response == NULL) {
		return -ENOMEM;
	}
	if (text->values[0].type == SPDK_JSON_VAL_ARRAY_BEGIN) {
		rc = take_apart_batch(text->values, &response->members);
	} else {
		rc = take_apart_one(text->values, &response->members);
	}
	if (rc != 0) {
		free(response);
		return rc;
	}
	response->text = *text;
	*text = (struct json_text){.bytes = NULL};
	*out_response = response;
	return 0;
}

void
client_response_destroy(struct client_response *response)
{
	if (response != NULL) {
		json_text_release(&response->text);
		free(response);
	}
}

void
spdk_jsonrpc_client_free_response(struct spdk_jsonrpc_client_response *resp)
{
	client_response_destroy((struct client_response *)resp);
}
