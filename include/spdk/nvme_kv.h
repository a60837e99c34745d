/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Namespaces of keys and values. What spdk/nvme/io.h says of threads, buffers, callbacks and
 * errors holds here; values are such buffers, keys may be any memory.
 *
 * Source: NVM Express key value command set specification. Types: spdk/nvme_spec/key_value.h.
 */
#ifndef SPDK_NVME_KV_H
#define SPDK_NVME_KV_H

#include "spdk/stdinc.h"

#include "spdk/nvme.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of a key. A namespace may allow fewer. */
#define SPDK_NVME_KV_KEY_MIN_LEN 1
#define SPDK_NVME_KV_KEY_MAX_LEN 16

/**
 * What the controller says of the namespace. NULL: it is not one of keys and values.
 *
 * Thread: any. Owner: the namespace.
 */
const struct spdk_nvme_kv_ns_data *spdk_nvme_kv_ns_get_data(const struct spdk_nvme_ns *ns);

/**
 * What the controller says of itself. NULL: it has no such namespaces.
 *
 * Thread: any. Owner: the controller.
 */
const struct spdk_nvme_kv_ctrlr_data *
spdk_nvme_kv_ctrlr_get_data(const struct spdk_nvme_ctrlr *ctrlr);

/**
 * Stores a value. options: spdk_nvme_kv_store_option.
 *
 * Units: lengths in bytes. A value is sent by one command, and may be empty.
 * Errors: -EINVAL: key_len is not 1 to 16, or an argument is NULL; -ENOTSUP: the namespace is not
 *   one of keys and values; and those of spdk/nvme/io.h.
 */
int spdk_nvme_kv_store(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, const void *key,
		       uint8_t key_len, const void *value, uint32_t value_len,
		       spdk_nvme_cmd_cb cb_fn, void *cb_arg, uint8_t options);

/**
 * Reads a value. The completion's dword 0 has its whole length; what does not fit is cut off.
 * options: spdk_nvme_kv_retrieve_option. Errors as above.
 */
int spdk_nvme_kv_retrieve(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, const void *key,
			  uint8_t key_len, void *value, uint32_t value_len, spdk_nvme_cmd_cb cb_fn,
			  void *cb_arg, uint8_t options);

/** Deletes a key with its value. Errors as above. */
int spdk_nvme_kv_delete(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, const void *key,
			uint8_t key_len, spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/** Asks whether there is a key: the status is success, or KEY DOES NOT EXIST. Errors as above. */
int spdk_nvme_kv_exist(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, const void *key,
		       uint8_t key_len, spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/**
 * Lists keys, in the controller's order, from start_key on, or from the first that comes after
 * it.
 *
 * Shape: start_key NULL with start_key_len 0: from the very first.
 * Errors: -EINVAL: start_key_len is more than 16; and as above.
 */
int spdk_nvme_kv_list(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, const void *start_key,
		      uint8_t start_key_len, void *buffer, uint32_t buffer_len,
		      spdk_nvme_cmd_cb cb_fn, void *cb_arg);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_KV_H */
