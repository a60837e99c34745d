/* SPDX-License-Identifier: BSD-3-Clause */
/* The transports that a program has, and the way to their functions. */
#include "io/nvme/transport.h"

#include "io/nvme/ctrlr.h"
#include "io/nvme/driver.h"
#include "io/nvme/poll_group.h"
#include "spdk/likely.h"
#include "spdk/log.h"

/* Filled before main(), by constructors; nothing is allocated. */
static struct nvme_transport g_transports[NVME_TRANSPORTS_MAX];
static uint32_t g_transport_count;

static struct spdk_nvme_transport_opts g_opts = {
	.opts_size = sizeof(struct spdk_nvme_transport_opts),
	.rdma_cm_event_timeout_ms = 1000,
	.tcp_connect_timeout_ms = 10000,
};

void
spdk_nvme_transport_register(const struct spdk_nvme_transport_ops *ops)
{
	size_t length = strnlen(ops->name, sizeof(ops->name));

	if (length == 0 || length == sizeof(ops->name)) {
		SPDK_ERRLOG("An NVMe transport cannot be registered: its name is empty, or too "
			    "long\n");
		return;
	}
	if (nvme_transport_find(ops->name) != NULL) {
		SPDK_ERRLOG("NVMe transport %s is registered twice: the first one stays\n",
			    ops->name);
		return;
	}
	if (g_transport_count == NVME_TRANSPORTS_MAX) {
		SPDK_ERRLOG("NVMe transport %s cannot be registered: there may be %u at most\n",
			    ops->name, NVME_TRANSPORTS_MAX);
		return;
	}
	g_transports[g_transport_count++].ops = *ops;
}

const struct nvme_transport *
nvme_transport_find(const char *trstring)
{
	for (uint32_t i = 0; i < g_transport_count; i++) {
		if (strcasecmp(g_transports[i].ops.name, trstring) == 0) {
			return &g_transports[i];
		}
	}
	return NULL;
}

bool
spdk_nvme_transport_available(enum spdk_nvme_transport_type trtype)
{
	/* Several may have it: it names none. */
	if (trtype == SPDK_NVME_TRANSPORT_CUSTOM) {
		return false;
	}
	for (uint32_t i = 0; i < g_transport_count; i++) {
		if (g_transports[i].ops.type == trtype) {
			return true;
		}
	}
	return false;
}

bool
spdk_nvme_transport_available_by_name(const char *transport_name)
{
	return nvme_transport_find(transport_name) != NULL;
}

void
spdk_nvme_transport_get_opts(struct spdk_nvme_transport_opts *opts, size_t opts_size)
{
	if (opts == NULL || opts_size == 0) {
		SPDK_ERRLOG("opts is NULL, or opts_size is 0\n");
		return;
	}
	memcpy(opts, &g_opts, spdk_min(opts_size, sizeof(g_opts)));
	if (opts_size >= SPDK_SIZEOF(opts, opts_size)) {
		opts->opts_size = opts_size;
	}
}

int
spdk_nvme_transport_set_opts(const struct spdk_nvme_transport_opts *opts, size_t opts_size)
{
	if (opts == NULL || opts_size == 0) {
		SPDK_ERRLOG("opts is NULL, or opts_size is 0\n");
		return -EINVAL;
	}
	/* A program that was compiled with more fields than there are here means these as well. */
	memcpy(&g_opts, opts, spdk_min(opts_size, sizeof(g_opts)));
	g_opts.opts_size = sizeof(g_opts);
	return 0;
}

/* Ones everywhere: another register may be that, CSTS may not. */
static bool
is_gone(struct spdk_nvme_ctrlr *ctrlr)
{
	uint32_t csts;

	if (ctrlr->transport->ops.ctrlr_get_reg_4(ctrlr, offsetof(struct spdk_nvme_registers, csts),
						  &csts) != 0 ||
	    csts != UINT32_MAX) {
		return false;
	}
	nvme_ctrlr_mark_removed(ctrlr);
	return true;
}

int
nvme_transport_read_4(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset, uint32_t *out_value)
{
	uint32_t value = 0;
	int rc;

	rc = ctrlr->transport->ops.ctrlr_get_reg_4(ctrlr, offset, &value);
	if (rc == 0 && value == UINT32_MAX && is_gone(ctrlr)) {
		rc = -ENXIO;
	}
	if (rc == 0) {
		*out_value = value;
	}
	return rc;
}

int
nvme_transport_read_8(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset, uint64_t *out_value)
{
	uint64_t value = 0;
	int rc;

	rc = ctrlr->transport->ops.ctrlr_get_reg_8(ctrlr, offset, &value);
	if (rc == 0 && value == UINT64_MAX && is_gone(ctrlr)) {
		rc = -ENXIO;
	}
	if (rc == 0) {
		*out_value = value;
	}
	return rc;
}

int
nvme_transport_write_4(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset, uint32_t value)
{
	return ctrlr->transport->ops.ctrlr_set_reg_4(ctrlr, offset, value);
}

int
nvme_transport_write_8(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset, uint64_t value)
{
	return ctrlr->transport->ops.ctrlr_set_reg_8(ctrlr, offset, value);
}

int
nvme_transport_construct(const struct spdk_nvme_transport_id *trid,
			 const struct spdk_nvme_ctrlr_opts *opts, void *devhandle,
			 struct spdk_nvme_ctrlr **out_ctrlr)
{
	const struct nvme_transport *transport = nvme_transport_find(trid->trstring);

	if (transport == NULL) {
		SPDK_ERRLOG("There is no NVMe transport '%s' in this program\n", trid->trstring);
		return -ENOENT;
	}
	errno = 0;
	*out_ctrlr = transport->ops.ctrlr_construct(trid, opts, devhandle);
	if (*out_ctrlr != NULL) {
		return 0;
	}
	return errno > 0 ? -errno : -ENODEV;
}

int
nvme_transport_scan(struct spdk_nvme_probe_ctx *probe_ctx, bool direct_connect)
{
	const struct nvme_transport *transport = nvme_transport_find(probe_ctx->trid.trstring);

	if (transport == NULL) {
		SPDK_ERRLOG("There is no NVMe transport '%s' in this program\n",
			    probe_ctx->trid.trstring);
		return -ENOENT;
	}
	return transport->ops.ctrlr_scan(probe_ctx, direct_connect);
}

int
nvme_transport_destruct(struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->transport->ops.ctrlr_destruct(ctrlr);
}

int
nvme_transport_enable(struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->transport->ops.ctrlr_enable(ctrlr);
}

int
nvme_transport_enable_interrupts(struct spdk_nvme_ctrlr *ctrlr)
{
	if (ctrlr->transport->ops.ctrlr_enable_interrupts == NULL) {
		return -ENOTSUP;
	}
	return ctrlr->transport->ops.ctrlr_enable_interrupts(ctrlr);
}

int
nvme_transport_ready(struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->transport->ops.ctrlr_ready == NULL ? 0 :
							   ctrlr->transport->ops.ctrlr_ready(ctrlr);
}

uint32_t
nvme_transport_max_xfer_size(struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->transport->ops.ctrlr_get_max_xfer_size(ctrlr);
}

uint16_t
nvme_transport_max_sges(struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->transport->ops.ctrlr_get_max_sges(ctrlr);
}

int
nvme_transport_reserve_cmb(struct spdk_nvme_ctrlr *ctrlr)
{
	if (ctrlr->transport->ops.ctrlr_reserve_cmb == NULL) {
		return -ENOTSUP;
	}
	return ctrlr->transport->ops.ctrlr_reserve_cmb(ctrlr);
}

void *
nvme_transport_map_cmb(struct spdk_nvme_ctrlr *ctrlr, size_t *out_size)
{
	if (ctrlr->transport->ops.ctrlr_map_cmb == NULL) {
		return NULL;
	}
	return ctrlr->transport->ops.ctrlr_map_cmb(ctrlr, out_size);
}

int
nvme_transport_unmap_cmb(struct spdk_nvme_ctrlr *ctrlr)
{
	if (ctrlr->transport->ops.ctrlr_unmap_cmb == NULL) {
		return -ENOTSUP;
	}
	return ctrlr->transport->ops.ctrlr_unmap_cmb(ctrlr);
}

int
nvme_transport_enable_pmr(struct spdk_nvme_ctrlr *ctrlr)
{
	if (ctrlr->transport->ops.ctrlr_enable_pmr == NULL) {
		return -ENOSYS;
	}
	return ctrlr->transport->ops.ctrlr_enable_pmr(ctrlr);
}

int
nvme_transport_disable_pmr(struct spdk_nvme_ctrlr *ctrlr)
{
	if (ctrlr->transport->ops.ctrlr_disable_pmr == NULL) {
		return -ENOSYS;
	}
	return ctrlr->transport->ops.ctrlr_disable_pmr(ctrlr);
}

void *
nvme_transport_map_pmr(struct spdk_nvme_ctrlr *ctrlr, size_t *out_size)
{
	if (ctrlr->transport->ops.ctrlr_map_pmr == NULL) {
		return NULL;
	}
	return ctrlr->transport->ops.ctrlr_map_pmr(ctrlr, out_size);
}

int
nvme_transport_unmap_pmr(struct spdk_nvme_ctrlr *ctrlr)
{
	if (ctrlr->transport->ops.ctrlr_unmap_pmr == NULL) {
		return -ENOSYS;
	}
	return ctrlr->transport->ops.ctrlr_unmap_pmr(ctrlr);
}

volatile struct spdk_nvme_registers *
nvme_transport_registers(struct spdk_nvme_ctrlr *ctrlr)
{
	if (ctrlr->transport->ops.ctrlr_get_registers == NULL) {
		return NULL;
	}
	return ctrlr->transport->ops.ctrlr_get_registers(ctrlr);
}

int
nvme_transport_process_events(struct spdk_nvme_ctrlr *ctrlr)
{
	if (ctrlr->transport->ops.ctrlr_process_transport_events == NULL) {
		return 0;
	}
	return ctrlr->transport->ops.ctrlr_process_transport_events(ctrlr);
}

int
nvme_transport_memory_domains(const struct spdk_nvme_ctrlr *ctrlr,
			      struct spdk_memory_domain **domains, int array_size)
{
	if (array_size < 0 || (domains == NULL && array_size != 0)) {
		return -EINVAL;
	}
	if (ctrlr->transport->ops.ctrlr_get_memory_domains == NULL) {
		return 0;
	}
	return ctrlr->transport->ops.ctrlr_get_memory_domains(ctrlr, domains, array_size);
}
