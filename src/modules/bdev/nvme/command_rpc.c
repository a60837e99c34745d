/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods that send commands, and that let commands fail.
 */
#include "nvme_device.h"
#include "nvme_io.h"
#include "nvme_link.h"
#include "nvme_rpc.h"
#include "spdk/base64.h"
#include "spdk/rpc.h"
#include "spdk/string.h"

#define CMD_TYPE_IO   1
#define SCT_MAX       7u
#define DATA_SIZE_MAX (16u * 1024 * 1024)
#define MS_US         1000u

/* ---- bdev_nvme_send_cmd ---- */

struct send_params {
	char *name;
	int cmd_type;
	int data_direction;
	char *cmdbuf;
	char *data;
	char *metadata;
	uint32_t data_len;
	uint32_t metadata_len;
	uint32_t timeout_ms;
};

enum direction { DIRECTION_H2C, DIRECTION_C2H };

static const struct spindle_rpc_choice directions[] = {
	{"h2c", DIRECTION_H2C},
	{"c2h", DIRECTION_C2H},
	{NULL, 0},
};

#define FIELD(member) offsetof(struct send_params, member)

static const struct spindle_rpc_param send_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = FIELD(name),
	 .doc = "Name of the controller"},
	{.name = "cmd_type",
	 .kind = SPINDLE_RPC_ENUM,
	 .is_required = true,
	 .offset = FIELD(cmd_type),
	 .choices = g_nvme_cmd_types,
	 .doc = "Whether it is a command of the admin queue or of an I/O queue"},
	{.name = "data_direction",
	 .kind = SPINDLE_RPC_ENUM,
	 .is_required = true,
	 .offset = FIELD(data_direction),
	 .choices = directions,
	 .doc = "Which way its data goes: h2c to the controller, c2h back"},
	{.name = "cmdbuf",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = FIELD(cmdbuf),
	 .doc = "The 64 bytes of the command, as base64 for URLs"},
	{.name = "data",
	 .kind = SPINDLE_RPC_STRING,
	 .offset = FIELD(data),
	 .doc = "Data for the controller, as base64 for URLs"},
	{.name = "metadata",
	 .kind = SPINDLE_RPC_STRING,
	 .offset = FIELD(metadata),
	 .doc = "Metadata for the controller, as base64 for URLs"},
	{.name = "data_len",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = FIELD(data_len),
	 .doc = "Bytes of data that come back (default: 0)"},
	{.name = "metadata_len",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = FIELD(metadata_len),
	 .doc = "Bytes of metadata that come back (default: 0)"},
	{.name = "timeout_ms",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = FIELD(timeout_ms),
	 .doc = "How long to wait, in ms; then it is aborted. 0: any time (default: 0)"},
};

static const struct spindle_rpc_object send_params =
	SPINDLE_RPC_OBJECT(struct send_params, send_members);

struct sending {
	/* NULL: it has been answered, and the command is still under way. */
	struct spdk_jsonrpc_request *request;
	/* The device may be gone before an admin command, where a program keeps the controller. */
	struct nvme_dev *dev;
	struct spdk_nvme_ctrlr *ctrlr;
	struct spdk_io_channel *ch;
	struct spdk_nvme_cmd cmd;
	void *data, *md;
	size_t data_size, md_size;
	bool comes_back;
	uint32_t timeout_ms;
	struct spdk_poller *timeout;
};

static void
free_sending(struct sending *sending)
{
	spdk_poller_unregister(&sending->timeout);
	spdk_free(sending->data);
	spdk_free(sending->md);
	if (sending->ch != NULL) {
		spdk_put_io_channel(sending->ch);
		bdev_nvme_dev_let_go(sending->dev);
	}
	free(sending);
}

static void
write_base64(struct spdk_json_write_ctx *w, const char *key, const void *bytes, size_t size)
{
	char *text = malloc(spdk_base64_get_encoded_strlen(size) + 1);

	/* Without memory the value is left out; whoever asks sees that. */
	if (text != NULL && spdk_base64_urlsafe_encode(text, bytes, size) == 0) {
		spdk_json_write_named_string(w, key, text);
	}
	free(text);
}

static void
answer_sending(struct sending *sending, const struct spdk_nvme_cpl *cpl)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(sending->request);

	spdk_json_write_object_begin(w);
	write_base64(w, "cpl", cpl, sizeof(*cpl));
	if (sending->comes_back && sending->data_size > 0) {
		write_base64(w, "data", sending->data, sending->data_size);
	}
	if (sending->comes_back && sending->md_size > 0) {
		write_base64(w, "metadata", sending->md, sending->md_size);
	}
	spdk_json_write_object_end(w);
	spdk_jsonrpc_end_result(sending->request, w);
}

static void
command_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct sending *sending = arg;
	struct nvme_link *link;

	if (sending->ch != NULL) {
		link = bdev_nvme_link_of(sending->ch);
		bdev_nvme_group_end(link->group);
		bdev_nvme_link_has_room(link);
	}
	if (sending->request != NULL) {
		answer_sending(sending, cpl);
	}
	free_sending(sending);
}

static void
ignore(void *arg, const struct spdk_nvme_cpl *cpl)
{
}

static int
command_timed_out(void *arg)
{
	struct sending *sending = arg;
	struct bdev_reason reason = {""};
	struct spdk_nvme_qpair *qpair = NULL;

	spdk_poller_unregister(&sending->timeout);
	(void)bdev_refuse(&reason, -ETIMEDOUT,
			  "the command has not been answered within %u ms, and is aborted",
			  sending->timeout_ms);
	bdev_answer_refusal(sending->request, -ETIMEDOUT, &reason);
	sending->request = NULL;
	if (sending->ch != NULL) {
		qpair = bdev_nvme_link_of(sending->ch)->qpair;
	}
	if (sending->ch == NULL || qpair != NULL) {
		/* If it cannot be aborted, its buffers stay until it ends. */
		(void)spdk_nvme_ctrlr_cmd_abort_ext(sending->ctrlr, qpair, sending, ignore, NULL);
	}
	return SPDK_POLLER_BUSY;
}

static int
decode(const char *key, const char *text, void **out_bytes, size_t *out_size,
       struct bdev_reason *reason)
{
	size_t size = spdk_base64_get_decoded_len(strlen(text));
	void *bytes;

	if (size == 0 || size > DATA_SIZE_MAX) {
		return bdev_refuse(reason, -EINVAL, "%s is empty, or longer than %u bytes", key,
				   DATA_SIZE_MAX);
	}
	bytes = spdk_zmalloc(size, 4096, NULL, SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA);
	if (bytes == NULL) {
		return -ENOMEM;
	}
	if (spdk_base64_urlsafe_decode(bytes, &size, text) != 0) {
		spdk_free(bytes);
		return bdev_refuse(reason, -EINVAL, "%s is not base64 for URLs", key);
	}
	*out_bytes = bytes;
	*out_size = size;
	return 0;
}

static int
make_room(size_t size, void **out_bytes, size_t *out_size, struct bdev_reason *reason)
{
	if (size == 0) {
		return 0;
	}
	if (size > DATA_SIZE_MAX) {
		return bdev_refuse(reason, -EINVAL, "%zu bytes are more than %u", size,
				   DATA_SIZE_MAX);
	}
	*out_bytes = spdk_zmalloc(size, 4096, NULL, SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA);
	*out_size = size;
	return *out_bytes != NULL ? 0 : -ENOMEM;
}

static int
prepare_command(struct sending *sending, const struct send_params *params,
		struct bdev_reason *reason)
{
	void *bytes;
	size_t size;
	int rc = decode("cmdbuf", params->cmdbuf, &bytes, &size, reason);

	if (rc != 0) {
		return rc;
	}
	if (size == sizeof(sending->cmd)) {
		memcpy(&sending->cmd, bytes, size);
	} else {
		rc = bdev_refuse(reason, -EINVAL, "cmdbuf has %zu bytes; a command has %zu", size,
				 sizeof(sending->cmd));
	}
	spdk_free(bytes);
	return rc;
}

static int
prepare_data(struct sending *sending, const struct send_params *params, struct bdev_reason *reason)
{
	int rc = 0;

	sending->comes_back = params->data_direction == DIRECTION_C2H;
	if (sending->comes_back) {
		if (params->data != NULL || params->metadata != NULL) {
			return bdev_refuse(reason, -EINVAL,
					   "data and metadata are for h2c; with c2h say data_len "
					   "and metadata_len");
		}
		rc = make_room(params->data_len, &sending->data, &sending->data_size, reason);
		return rc != 0 ? rc :
				 make_room(params->metadata_len, &sending->md, &sending->md_size,
					   reason);
	}
	if (params->data_len != 0 || params->metadata_len != 0) {
		return bdev_refuse(reason, -EINVAL,
				   "data_len and metadata_len are for c2h; with h2c give data and "
				   "metadata");
	}
	if (params->data != NULL) {
		rc = decode("data", params->data, &sending->data, &sending->data_size, reason);
	}
	if (rc == 0 && params->metadata != NULL) {
		rc = decode("metadata", params->metadata, &sending->md, &sending->md_size, reason);
	}
	return rc;
}

static int
submit_io(struct sending *sending, struct bdev_reason *reason)
{
	struct nvme_link *link;
	int rc;

	sending->ch = spdk_get_io_channel(sending->dev);
	if (sending->ch == NULL) {
		return bdev_refuse(reason, -ENOMEM, "there is no I/O queue for the app thread");
	}
	bdev_nvme_dev_hold(sending->dev);
	link = bdev_nvme_link_of(sending->ch);
	if (link->mode != NVME_LINK_UP || link->qpair == NULL) {
		return bdev_refuse(reason, -ENXIO,
				   "the controller does not work at this moment: "
				   "it is %s",
				   bdev_nvme_state_name(sending->dev));
	}
	bdev_nvme_group_begin(link->group);
	rc = spdk_nvme_ctrlr_cmd_io_raw_with_md(sending->dev->ctrlr, link->qpair, &sending->cmd,
						sending->data, (uint32_t)sending->data_size,
						sending->md, command_done, sending);
	if (rc != 0) {
		bdev_nvme_group_end(link->group);
	}
	return rc;
}

static int
submit_sending(struct sending *sending, const struct send_params *params,
	       struct bdev_reason *reason)
{
	uint32_t most = spdk_nvme_ctrlr_get_max_xfer_size(sending->dev->ctrlr);

	if (sending->data_size > most) {
		return bdev_refuse(reason, -EINVAL,
				   "%zu bytes of data are more than the controller takes, %u",
				   sending->data_size, most);
	}
	if (params->timeout_ms != 0) {
		sending->timeout_ms = params->timeout_ms;
		sending->timeout = SPDK_POLLER_REGISTER(command_timed_out, sending,
							(uint64_t)params->timeout_ms * MS_US);
		if (sending->timeout == NULL) {
			return -ENOMEM;
		}
	}
	if (params->cmd_type == CMD_TYPE_IO) {
		return submit_io(sending, reason);
	}
	return spdk_nvme_ctrlr_cmd_admin_raw(sending->dev->ctrlr, &sending->cmd, sending->data,
					     (uint32_t)sending->data_size, command_done, sending);
}

static void
send_cmd(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct send_params *params = ctx;
	const struct nvme_name_params named = {.name = params->name};
	struct nvme_dev *dev = nvme_rpc_find(request, &named);
	struct bdev_reason reason = {""};
	struct sending *sending;
	int rc;

	if (dev == NULL) {
		return;
	}
	sending = calloc(1, sizeof(*sending));
	if (sending == NULL) {
		bdev_answer_refusal(request, -ENOMEM, NULL);
		return;
	}
	sending->request = request;
	sending->dev = dev;
	sending->ctrlr = dev->ctrlr;
	rc = prepare_command(sending, params, &reason);
	if (rc == 0) {
		rc = prepare_data(sending, params, &reason);
	}
	if (rc == 0) {
		rc = submit_sending(sending, params, &reason);
	}
	if (rc != 0) {
		free_sending(sending);
		bdev_answer_refusal(request, rc, &reason);
	}
}

SPINDLE_RPC_REGISTER("bdev_nvme_send_cmd", send_cmd, SPDK_RPC_RUNTIME, &send_params,
		     "Sends a command to an NVMe controller as it is")

/* ---- bdev_nvme_add_error_injection, bdev_nvme_remove_error_injection ---- */

struct injection_params {
	char *name;
	int cmd_type;
	uint8_t opc;
	bool do_not_submit;
	uint64_t timeout_in_us;
	uint32_t err_count;
	uint8_t sct;
	uint8_t sc;
};

#undef FIELD
#define FIELD(member) offsetof(struct injection_params, member)

#define WHICH_MEMBERS                                                                   \
	{.name = "name",                                                                \
	 .kind = SPINDLE_RPC_STRING,                                                    \
	 .is_required = true,                                                           \
	 .offset = FIELD(name),                                                         \
	 .doc = "Name of the controller"},                                              \
		{.name = "cmd_type",                                                    \
		 .kind = SPINDLE_RPC_ENUM,                                              \
		 .is_required = true,                                                   \
		 .offset = FIELD(cmd_type),                                             \
		 .choices = g_nvme_cmd_types,                                           \
		 .doc = "Whether it is a command of the admin queue or of I/O queues"}, \
	{                                                                               \
		.name = "opc", .kind = SPINDLE_RPC_UINT8, .is_required = true,          \
		.offset = FIELD(opc), .doc = "Opcode of the commands that are meant"    \
	}

static const struct spindle_rpc_param which_members[] = {WHICH_MEMBERS};

static const struct spindle_rpc_param injection_members[] = {
	WHICH_MEMBERS,
	{.name = "do_not_submit",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = FIELD(do_not_submit),
	 .doc = "The controller does not get them (default: false)"},
	{.name = "timeout_in_us",
	 .kind = SPINDLE_RPC_UINT64,
	 .offset = FIELD(timeout_in_us),
	 .doc = "How long they take, with do_not_submit, in us (default: 0)"},
	{.name = "err_count",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = FIELD(err_count),
	 .doc = "How many of them fail, of each queue (default: 1)"},
	{.name = "sct",
	 .kind = SPINDLE_RPC_UINT8,
	 .offset = FIELD(sct),
	 .doc = "Status code type, 0 to 7 (default: 0)"},
	{.name = "sc",
	 .kind = SPINDLE_RPC_UINT8,
	 .offset = FIELD(sc),
	 .doc = "Status code (default: 0)"},
};

static const struct injection_params injection_defaults = {.err_count = 1};

static const struct spindle_rpc_object which_params =
	SPINDLE_RPC_OBJECT(struct injection_params, which_members);
static const struct spindle_rpc_object injection_params =
	SPINDLE_RPC_OBJECT_WITH(struct injection_params, injection_members, &injection_defaults);

static struct nvme_dev *
dev_of(struct spdk_jsonrpc_request *request, const struct injection_params *params)
{
	const struct nvme_name_params named = {.name = params->name};

	return nvme_rpc_find(request, &named);
}

static void
add_error_injection(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct injection_params *params = ctx;
	const struct nvme_injection injection = {
		.opc = params->opc,
		.do_not_submit = params->do_not_submit,
		.timeout_us = params->timeout_in_us,
		.count = params->err_count,
		.sct = params->sct,
		.sc = params->sc,
	};
	struct nvme_dev *dev = dev_of(request, params);
	struct bdev_reason reason = {""};
	int rc;

	if (dev == NULL) {
		return;
	}
	if (params->sct > SCT_MAX) {
		rc = bdev_refuse(&reason, -EINVAL, "sct is %u; %u is the most", params->sct,
				 SCT_MAX);
	} else if (params->cmd_type == CMD_TYPE_IO) {
		rc = bdev_nvme_injection_add(dev, &injection, bdev_answer_done, request);
	} else {
		rc = spdk_nvme_qpair_add_cmd_error_injection(
			dev->ctrlr, NULL, params->opc, params->do_not_submit, params->timeout_in_us,
			params->err_count, params->sct, params->sc);
		if (rc == 0) {
			bdev_answer_done(request, 0);
		}
	}
	if (rc != 0) {
		bdev_answer_refusal(request, rc, &reason);
	}
}

SPINDLE_RPC_REGISTER("bdev_nvme_add_error_injection", add_error_injection, SPDK_RPC_RUNTIME,
		     &injection_params, "Lets the next commands of an opcode fail")

static void
remove_error_injection(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct injection_params *params = ctx;
	struct nvme_dev *dev = dev_of(request, params);
	struct bdev_reason reason = {""};
	int rc;

	if (dev == NULL) {
		return;
	}
	if (params->cmd_type != CMD_TYPE_IO) {
		spdk_nvme_qpair_remove_cmd_error_injection(dev->ctrlr, NULL, params->opc);
		bdev_answer_done(request, 0);
		return;
	}
	rc = bdev_nvme_injection_remove(dev, params->opc, bdev_answer_done, request);
	if (rc == -ENOENT) {
		(void)bdev_refuse(&reason, rc, "no commands with opcode %u of %s are made to fail",
				  params->opc, params->name);
	}
	if (rc != 0) {
		bdev_answer_refusal(request, rc, &reason);
	}
}

SPINDLE_RPC_REGISTER("bdev_nvme_remove_error_injection", remove_error_injection, SPDK_RPC_RUNTIME,
		     &which_params, "Lets commands of an opcode be as they are again")
