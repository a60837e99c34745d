/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Namespaces. What I/O needs of one lies in its first cache line, computed when the namespace was
 * identified; the rest is what the controller said.
 */
#ifndef SPINDLE_NVME_NS_H
#define SPINDLE_NVME_NS_H

#include "spdk/nvme.h"
#include "spdk/tree.h"
#include "spdk/uuid.h"

struct spdk_nvme_ns {
	struct spdk_nvme_ctrlr *ctrlr;
	uint32_t id;
	uint32_t sector_size;
	/* With metadata, where that is part of the data buffer. */
	uint32_t extended_lba_size;
	uint32_t md_size;
	/* What one command can carry at most. */
	uint32_t sectors_per_max_io;
	/* The same without counting metadata that the controller makes (PRACT). */
	uint32_t sectors_per_max_io_no_md;
	/* Commands do not cross a multiple of it; 0: they may. */
	uint32_t sectors_per_stripe;
	uint32_t flags;
	uint8_t pi_type;
	uint8_t pi_format;
	bool is_active;

	RB_ENTRY(spdk_nvme_ns) node;
	enum spdk_nvme_csi csi;
	uint32_t ana_group_id;
	enum spdk_nvme_ana_state ana_state;
	struct spdk_nvme_ns_data nsdata;
	/*
	 * What is special to a command set; NULL: it is not of that one, or nothing is known. Any
	 * thread may be reading what they point to, also when it has gone: see `kept`.
	 */
	struct spdk_nvme_nvm_ns_data *nsdata_nvm;
	struct spdk_nvme_zns_ns_data *nsdata_zns;
	struct spdk_nvme_kv_ns_data *nsdata_kv;
	/* The memory for them, once there was need of it, for as long as the handle lasts. */
	struct {
		struct spdk_nvme_nvm_ns_data *nvm;
		struct spdk_nvme_zns_ns_data *zns;
		struct spdk_nvme_kv_ns_data *kv;
	} kept;
	/* The list of identification descriptors. */
	uint8_t id_descs[4096];
};

/* It is inactive, and nothing is known of it. */
void nvme_ns_clear(struct spdk_nvme_ns *ns);
/* One of the descriptors that has this type and length, or NULL. */
const void *nvme_ns_find_id(const struct spdk_nvme_ns *ns, enum spdk_nvme_nidt type, size_t size);
/* The command set, from the descriptors. */
void nvme_ns_take_csi(struct spdk_nvme_ns *ns);
/* Destroys it. */
void nvme_ns_free(struct spdk_nvme_ns *ns);
/* What it had of command sets that its `csi` is not of: an id may come back as another namespace.
 */
void nvme_ns_drop_others(struct spdk_nvme_ns *ns);
/* From nsdata and what the controller can do: all that is computed. It is active after that. */
void nvme_ns_update(struct spdk_nvme_ns *ns);

#endif
