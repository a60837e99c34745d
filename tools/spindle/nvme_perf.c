/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spindle nvme perf: namespaces of one controller as the devices of spindle perf.
 *
 * The controller is taken before all else, and given back when nobody has a queue pair any more.
 * All of this file runs on the app thread.
 */
#include "nvme_perf.h"

#include "spdk/util.h"

#define ADMIN_PERIOD_US (100 * SPDK_SEC_TO_USEC / 1000)

/* A path has no argument of its own: there is one controller in a run. */
static struct {
	const struct nvme_perf_options *options;
	struct spdk_nvme_ctrlr *ctrlr;
	struct spdk_poller *admin_poller;
} g_run;

static int
poll_admin(void *arg)
{
	return spdk_nvme_ctrlr_process_admin_completions(g_run.ctrlr) > 0 ? SPDK_POLLER_BUSY :
									    SPDK_POLLER_IDLE;
}

static void
end(void)
{
	spdk_poller_unregister(&g_run.admin_poller);
	nvme_detach(g_run.ctrlr);
	g_run.ctrlr = NULL;
}

static bool
is_destructive(const struct perf_jobs *jobs)
{
	uint32_t i;

	for (i = 0; i < jobs->count; i++) {
		if (perf_job_is_destructive(&jobs->of[i])) {
			return true;
		}
	}
	return false;
}

/* ---- The path ---- */

/* Takes the controller, if the jobs may run on it. */
static int
begin(const struct perf_run *run)
{
	const struct nvme_perf_options *options = g_run.options;
	int rc = nvme_attach(options->address, &g_run.ctrlr);
	char *loss;

	if (rc != STATUS_OK) {
		return rc;
	}
	if (options->nsid != 0 && !spdk_nvme_ctrlr_is_active_ns(g_run.ctrlr, options->nsid)) {
		return usage_error("%s has no active namespace %u; spindle nvme identify %s has "
				   "those there are",
				   options->address, options->nsid, options->address);
	}
	if (is_destructive(run->jobs)) {
		loss = nvme_describe_loss(g_run.ctrlr, options->address, options->nsid);
		rc = nvme_check_named_twice(options->address, options->destroy, loss);
		free(loss);
	}
	g_run.admin_poller = SPDK_POLLER_REGISTER(poll_admin, NULL, ADMIN_PERIOD_US);
	return rc;
}

static char *
name_of(const struct perf_options *options, uint32_t index)
{
	struct text text = {.bytes = NULL};
	uint32_t nsid = g_run.options->nsid;

	if (nsid == 0) {
		nsid = spdk_nvme_ctrlr_get_first_active_ns(g_run.ctrlr);
		for (; nsid != 0 && index > 0; index--) {
			nsid = spdk_nvme_ctrlr_get_next_active_ns(g_run.ctrlr, nsid);
		}
	}
	if (nsid == 0 || index > 0) {
		return NULL;
	}
	text_printf(&text, "%s/%u", g_run.options->address, nsid);
	return text.bytes;
}

static int
open_namespace(struct perf_device *device, bool is_changed)
{
	uint32_t nsid = (uint32_t)strtoul(strrchr(device->name, '/') + 1, NULL, 10);
	struct spdk_nvme_ns *ns = spdk_nvme_ctrlr_get_ns(g_run.ctrlr, nsid);

	if (spdk_nvme_ns_get_md_size(ns) > 0 && spdk_nvme_ns_supports_extended_lba(ns) &&
	    spdk_nvme_ns_get_pi_type(ns) != SPDK_NVME_FMT_NVM_PROTECTION_DISABLE) {
		return usage_error(
			"%s keeps protection information within its blocks, which is not "
			"made here; spindle perf on an NVMe bdev does",
			device->name);
	}
	device->ns = ns;
	/* With metadata, where they are part of the data. */
	device->block_size = spdk_nvme_ns_get_extended_sector_size(ns);
	device->num_blocks = spdk_nvme_ns_get_num_sectors(ns);
	device->align = (size_t)sysconf(_SC_PAGESIZE);
	return STATUS_OK;
}

static void
close_namespace(struct perf_device *device)
{
	device->ns = NULL;
}

static uint32_t
write_unit(const struct perf_device *device)
{
	return 1;
}

static bool
takes(const struct perf_device *device, enum perf_op op)
{
	uint32_t flags = spdk_nvme_ns_get_flags(device->ns);

	switch (op) {
	case PERF_OP_READ:
	case PERF_OP_WRITE:
	case PERF_OP_FLUSH:
		return true;
	case PERF_OP_UNMAP:
		return (flags & SPDK_NVME_NS_DEALLOCATE_SUPPORTED) != 0;
	case PERF_OP_WRITE_ZEROES:
		return (flags & SPDK_NVME_NS_WRITE_ZEROES_SUPPORTED) != 0;
	case PERF_OP_COPY:
		return spdk_nvme_ctrlr_get_data(g_run.ctrlr)->oncs.nvmcpys;
	default:
		return false;
	}
}

int
nvme_perf_main(int argc, char **argv)
{
	struct nvme_perf_options options;
	bool is_over;
	int rc = nvme_perf_options_parse(&options, argc, argv, &is_over);

	if (rc != STATUS_OK || is_over) {
		return rc;
	}
	g_run.options = &options;
	return perf_run_options(&options.perf);
}

/* Reads and writes are split by the driver. */
static uint64_t
blocks_max(const struct perf_device *device, enum perf_op op)
{
	const struct spdk_nvme_ns_data *data = spdk_nvme_ns_get_data(device->ns);
	uint64_t most = UINT16_MAX + 1;

	if (op == PERF_OP_COPY) {
		most = data->mssrl != 0 ? spdk_min(most, data->mssrl) : most;
		most = data->mcl != 0 ? spdk_min(most, data->mcl) : most;
		return most;
	}
	return op == PERF_OP_WRITE_ZEROES ? most : 0;
}

const struct perf_path nvme_perf_path = {
	.begin = begin,
	.end = end,
	.open = open_namespace,
	.close = close_namespace,
	.write_unit = write_unit,
	.takes = takes,
	.blocks_max = blocks_max,
	.name_of = name_of,
	.open_worker = nvme_perf_open_worker,
	.close_worker = nvme_perf_close_worker,
	.submit = nvme_perf_submit,
};
