/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory on the device: the controller memory buffer and the persistent memory region. */
#include "io/nvme/ctrlr.h"

int
spdk_nvme_ctrlr_reserve_cmb(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc;

	nvme_ctrlr_lock(ctrlr);
	rc = nvme_transport_reserve_cmb(ctrlr);
	nvme_ctrlr_unlock(ctrlr);
	return rc;
}

void *
spdk_nvme_ctrlr_map_cmb(struct spdk_nvme_ctrlr *ctrlr, size_t *size)
{
	void *memory;

	nvme_ctrlr_lock(ctrlr);
	memory = nvme_transport_map_cmb(ctrlr, size);
	nvme_ctrlr_unlock(ctrlr);
	return memory;
}

void
spdk_nvme_ctrlr_unmap_cmb(struct spdk_nvme_ctrlr *ctrlr)
{
	nvme_ctrlr_lock(ctrlr);
	(void)nvme_transport_unmap_cmb(ctrlr); /* The interface has no way to tell. */
	nvme_ctrlr_unlock(ctrlr);
}

int
spdk_nvme_ctrlr_enable_pmr(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc;

	nvme_ctrlr_lock(ctrlr);
	rc = nvme_transport_enable_pmr(ctrlr);
	nvme_ctrlr_unlock(ctrlr);
	return rc;
}

int
spdk_nvme_ctrlr_disable_pmr(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc;

	nvme_ctrlr_lock(ctrlr);
	rc = nvme_transport_disable_pmr(ctrlr);
	nvme_ctrlr_unlock(ctrlr);
	return rc;
}

void *
spdk_nvme_ctrlr_map_pmr(struct spdk_nvme_ctrlr *ctrlr, size_t *size)
{
	void *memory;

	nvme_ctrlr_lock(ctrlr);
	memory = nvme_transport_map_pmr(ctrlr, size);
	nvme_ctrlr_unlock(ctrlr);
	return memory;
}

int
spdk_nvme_ctrlr_unmap_pmr(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc;

	nvme_ctrlr_lock(ctrlr);
	rc = nvme_transport_unmap_pmr(ctrlr);
	nvme_ctrlr_unlock(ctrlr);
	return rc;
}
