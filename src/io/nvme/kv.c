/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands of namespaces of keys and values. */
#include "spdk/nvme_kv.h"

#include "io/nvme/io.h"

struct kv {
	struct spdk_nvme_ns *ns;
	struct spdk_nvme_qpair *qpair;
	const void *key;
	void *value;
	uint32_t value_len;
	uint8_t key_len;
	uint8_t opc;
	uint8_t options;
};

/* A key's first half is in dwords 2 and 3, its second in 14 and 15. */
static void
set_key(struct spdk_nvme_cmd *cmd, const void *key, uint8_t length)
{
	uint32_t halves[2][2] = {0};

	memcpy(halves, key, length);
	cmd->cdw2 = halves[0][0];
	cmd->cdw3 = halves[0][1];
	cmd->cdw14 = halves[1][0];
	cmd->cdw15 = halves[1][1];
	cmd->cdw11_bits.kv.kl = length;
}

static int
submit(const struct kv *kv, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	struct nvme_request *req;

	if (kv->key_len > SPDK_NVME_KV_KEY_MAX_LEN || (kv->key == NULL && kv->key_len != 0) ||
	    (kv->value == NULL && kv->value_len != 0) ||
	    kv->value_len > kv->ns->ctrlr->max_xfer_size) {
		return -EINVAL;
	}
	req = nvme_io_plain(kv->ns, kv->qpair, cb_fn, cb_arg, kv->opc);
	if (req == NULL) {
		return -ENOMEM;
	}
	if (kv->key_len != 0) {
		set_key(&req->cmd, kv->key, kv->key_len);
	}
	req->cmd.cdw10_bits.kv.vsize = kv->value_len;
	req->cmd.cdw11_bits.kv.ro = kv->options;
	nvme_request_set_contiguous(req, kv->value, kv->value_len, NULL, 0);
	return nvme_qpair_submit(kv->qpair, req);
}

/* All but a list need one. */
static bool
has_key(const void *key, uint8_t length)
{
	return key != NULL && length >= SPDK_NVME_KV_KEY_MIN_LEN;
}

int
spdk_nvme_kv_store(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, const void *key,
		   uint8_t key_len, const void *value, uint32_t value_len, spdk_nvme_cmd_cb cb_fn,
		   void *cb_arg, uint8_t options)
{
	const struct kv kv = {
		.ns = ns,
		.qpair = qpair,
		.key = key,
		.key_len = key_len,
		.value = (void *)value,
		.value_len = value_len,
		.opc = SPDK_NVME_OPC_KV_STORE,
		.options = options,
	};

	return has_key(key, key_len) ? submit(&kv, cb_fn, cb_arg) : -EINVAL;
}

int
spdk_nvme_kv_retrieve(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, const void *key,
		      uint8_t key_len, void *value, uint32_t value_len, spdk_nvme_cmd_cb cb_fn,
		      void *cb_arg, uint8_t options)
{
	const struct kv kv = {
		.ns = ns,
		.qpair = qpair,
		.key = key,
		.key_len = key_len,
		.value = value,
		.value_len = value_len,
		.opc = SPDK_NVME_OPC_KV_RETRIEVE,
		.options = options,
	};

	return has_key(key, key_len) ? submit(&kv, cb_fn, cb_arg) : -EINVAL;
}

int
spdk_nvme_kv_delete(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, const void *key,
		    uint8_t key_len, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	const struct kv kv = {
		.ns = ns,
		.qpair = qpair,
		.key = key,
		.key_len = key_len,
		.opc = SPDK_NVME_OPC_KV_DELETE,
	};

	return has_key(key, key_len) ? submit(&kv, cb_fn, cb_arg) : -EINVAL;
}

int
spdk_nvme_kv_exist(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, const void *key,
		   uint8_t key_len, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	const struct kv kv = {
		.ns = ns,
		.qpair = qpair,
		.key = key,
		.key_len = key_len,
		.opc = SPDK_NVME_OPC_KV_EXIST,
	};

	return has_key(key, key_len) ? submit(&kv, cb_fn, cb_arg) : -EINVAL;
}

int
spdk_nvme_kv_list(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, const void *start_key,
		  uint8_t start_key_len, void *buffer, uint32_t buffer_len, spdk_nvme_cmd_cb cb_fn,
		  void *cb_arg)
{
	const struct kv kv = {
		.ns = ns,
		.qpair = qpair,
		.key = start_key,
		.key_len = start_key_len,
		.value = buffer,
		.value_len = buffer_len,
		.opc = SPDK_NVME_OPC_KV_LIST,
	};

	return submit(&kv, cb_fn, cb_arg);
}
