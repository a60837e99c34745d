/* SPDX-License-Identifier: BSD-3-Clause */
/* Open-channel SSDs: commands on lists of addresses. */
#include "spdk/nvme_ocssd.h"

#include "env/dma_address.h"
#include "io/nvme/io.h"
#include "spdk/log.h"
#include "spdk/pci_ids.h"

struct vector {
	struct spdk_nvme_ns *ns;
	struct spdk_nvme_qpair *qpair;
	const uint64_t *lba_list;
	const uint64_t *dst_lba_list;
	uint32_t num_lbas;
	uint32_t io_flags;
	void *buffer;
	void *md;
	uint8_t opc;
};

bool
spdk_nvme_ctrlr_is_ocssd_supported(struct spdk_nvme_ctrlr *ctrlr)
{
	struct spdk_nvme_ns *ns;

	if (ctrlr->cdata.vid != SPDK_PCI_VID_CNEXLABS) {
		return false;
	}
	/* The first byte of the vendor's own says it. */
	ns = spdk_nvme_ctrlr_get_ns(ctrlr, 1);
	return ns != NULL && ns->nsdata.vendor_specific[0] == 1;
}

int
spdk_nvme_ocssd_ctrlr_cmd_geometry(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid, void *payload,
				   uint32_t payload_size, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	const struct nvme_admin_command command = {
		.cmd = {.opc = SPDK_OCSSD_OPC_GEOMETRY, .nsid = nsid},
		.payload = payload,
		.payload_size = payload_size,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};

	if (payload == NULL || payload_size != sizeof(struct spdk_ocssd_geometry_data)) {
		return -EINVAL;
	}
	return nvme_admin_submit_user(ctrlr, &command);
}

/* One address is in the command, more are in a list, which has an address itself. */
static int
locate(const struct vector *vector, const uint64_t *list, uint64_t *out_value)
{
	struct spdk_nvme_ctrlr *ctrlr = vector->ns->ctrlr;
	const struct env_dma *dma;

	*out_value = list[0];
	if (vector->num_lbas == 1) {
		return 0;
	}
	if (ctrlr->pci_device == NULL) {
		return -ENOTSUP;
	}
	dma = env_dma_of_device(ctrlr->pci_device);
	*out_value = env_dma_address(dma, list);
	if (*out_value != ENV_DMA_ERROR) {
		return 0;
	}
	SPDK_ERRLOG("NVMe controller %s: a list of %u addresses at %p: %s\n",
		    nvme_ctrlr_name(ctrlr), vector->num_lbas, (const void *)list,
		    env_dma_explain(dma, list));
	return -EFAULT;
}

static int
fill(const struct vector *vector, struct nvme_request *req)
{
	uint64_t value;
	int rc;

	rc = locate(vector, vector->lba_list, &value);
	if (rc != 0) {
		return rc;
	}
	nvme_cmd_set_lba(&req->cmd, value);
	if (vector->dst_lba_list != NULL) {
		rc = locate(vector, vector->dst_lba_list, &value);
		req->cmd.cdw14 = (uint32_t)value;
		req->cmd.cdw15 = (uint32_t)(value >> 32);
	}
	req->cmd.cdw12 = (vector->num_lbas - 1) | vector->io_flags;
	return rc;
}

static int
submit(const struct vector *vector, uint32_t md_size, spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	uint32_t size = vector->buffer == NULL ? 0 : vector->num_lbas * vector->ns->sector_size;
	struct nvme_request *req;
	int rc;

	if (vector->lba_list == NULL || vector->num_lbas == 0 ||
	    vector->num_lbas > SPDK_NVME_OCSSD_MAX_LBAL_ENTRIES ||
	    (vector->io_flags & ~SPDK_OCSSD_IO_FLAGS_LIMITED_RETRY)) {
		return -EINVAL;
	}
	req = nvme_io_plain(vector->ns, vector->qpair, cb_fn, cb_arg, vector->opc);
	if (req == NULL) {
		return -ENOMEM;
	}
	rc = fill(vector, req);
	if (rc != 0) {
		nvme_request_free(req);
		return rc;
	}
	nvme_request_set_contiguous(req, vector->buffer, size, vector->md,
				    md_size * vector->num_lbas);
	return nvme_qpair_submit(vector->qpair, req);
}

int
spdk_nvme_ocssd_ns_cmd_vector_reset(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				    uint64_t *lba_list, uint32_t num_lbas,
				    struct spdk_ocssd_chunk_information_entry *chunk_info,
				    spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	const struct vector vector = {
		.ns = ns,
		.qpair = qpair,
		.lba_list = lba_list,
		.num_lbas = num_lbas,
		.md = chunk_info,
		.opc = SPDK_OCSSD_OPC_VECTOR_RESET,
	};

	return submit(&vector, sizeof(*chunk_info), cb_fn, cb_arg);
}

int
spdk_nvme_ocssd_ns_cmd_vector_write(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				    void *buffer, uint64_t *lba_list, uint32_t num_lbas,
				    spdk_nvme_cmd_cb cb_fn, void *cb_arg, uint32_t io_flags)
{
	return spdk_nvme_ocssd_ns_cmd_vector_write_with_md(ns, qpair, buffer, NULL, lba_list,
							   num_lbas, cb_fn, cb_arg, io_flags);
}

int
spdk_nvme_ocssd_ns_cmd_vector_write_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
					    void *buffer, void *metadata, uint64_t *lba_list,
					    uint32_t num_lbas, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
					    uint32_t io_flags)
{
	const struct vector vector = {
		.ns = ns,
		.qpair = qpair,
		.lba_list = lba_list,
		.num_lbas = num_lbas,
		.io_flags = io_flags,
		.buffer = buffer,
		.md = metadata,
		.opc = SPDK_OCSSD_OPC_VECTOR_WRITE,
	};

	return buffer == NULL ? -EINVAL : submit(&vector, ns->md_size, cb_fn, cb_arg);
}

int
spdk_nvme_ocssd_ns_cmd_vector_read(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				   void *buffer, uint64_t *lba_list, uint32_t num_lbas,
				   spdk_nvme_cmd_cb cb_fn, void *cb_arg, uint32_t io_flags)
{
	return spdk_nvme_ocssd_ns_cmd_vector_read_with_md(ns, qpair, buffer, NULL, lba_list,
							  num_lbas, cb_fn, cb_arg, io_flags);
}

int
spdk_nvme_ocssd_ns_cmd_vector_read_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
					   void *buffer, void *metadata, uint64_t *lba_list,
					   uint32_t num_lbas, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
					   uint32_t io_flags)
{
	const struct vector vector = {
		.ns = ns,
		.qpair = qpair,
		.lba_list = lba_list,
		.num_lbas = num_lbas,
		.io_flags = io_flags,
		.buffer = buffer,
		.md = metadata,
		.opc = SPDK_OCSSD_OPC_VECTOR_READ,
	};

	return buffer == NULL ? -EINVAL : submit(&vector, ns->md_size, cb_fn, cb_arg);
}

int
spdk_nvme_ocssd_ns_cmd_vector_copy(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				   uint64_t *dst_lba_list, uint64_t *src_lba_list,
				   uint32_t num_lbas, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
				   uint32_t io_flags)
{
	const struct vector vector = {
		.ns = ns,
		.qpair = qpair,
		.lba_list = src_lba_list,
		.dst_lba_list = dst_lba_list,
		.num_lbas = num_lbas,
		.io_flags = io_flags,
		.opc = SPDK_OCSSD_OPC_VECTOR_COPY,
	};

	return dst_lba_list == NULL ? -EINVAL : submit(&vector, 0, cb_fn, cb_arg);
}
