/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the interface has and this driver does not: character devices by CUSE, and what only
 * controllers of a fabric can do. Each call says so.
 */
#include "io/nvme/ctrlr.h"

#include "spdk/log.h"

static int
explain(const char *function, const char *why)
{
	SPDK_ERRLOG("%s() is not supported: %s.\n", function, why);
	return -ENOTSUP;
}

#define NO_CUSE    "controllers are not shown as character devices"
#define NO_FABRICS "controllers of a fabric are not supported"

int
spdk_nvme_cuse_register(struct spdk_nvme_ctrlr *ctrlr)
{
	return explain(__func__, NO_CUSE);
}

int
spdk_nvme_cuse_unregister(struct spdk_nvme_ctrlr *ctrlr)
{
	return explain(__func__, NO_CUSE);
}

void
spdk_nvme_cuse_update_namespaces(struct spdk_nvme_ctrlr *ctrlr)
{
	/* There are no devices whose namespaces could be out of date. */
}

int
spdk_nvme_cuse_get_ctrlr_name(struct spdk_nvme_ctrlr *ctrlr, char *name, size_t *size)
{
	return -ENODEV;
}

int
spdk_nvme_cuse_get_ns_name(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid, char *name, size_t *size)
{
	return -ENODEV;
}

int
spdk_nvme_ctrlr_set_keys(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_ctrlr_key_opts *opts)
{
	return explain(__func__, NO_FABRICS);
}

int
spdk_nvme_ctrlr_authenticate(struct spdk_nvme_ctrlr *ctrlr, spdk_nvme_authenticate_cb cb_fn,
			     void *cb_ctx)
{
	return explain(__func__, NO_FABRICS);
}

void
spdk_nvme_rdma_init_hooks(struct spdk_nvme_rdma_hooks *hooks)
{
	(void)explain(__func__, NO_FABRICS); /* The interface has no way to tell. */
}

int
spdk_nvme_ctrlr_get_discovery_log_page(struct spdk_nvme_ctrlr *ctrlr, spdk_nvme_discovery_cb cb_fn,
				       void *cb_arg)
{
	if (!spdk_nvme_ctrlr_is_discovery(ctrlr)) {
		return -EINVAL;
	}
	return explain(__func__, NO_FABRICS);
}
