/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Options of controllers and of I/O queue pairs. Callers may have been built with fewer fields than
 * there are here, or with more: both sides say how many bytes they know.
 */
#include "io/nvme/ctrlr.h"
#include "io/nvme/driver.h"

#define IO_QUEUES             1024
#define IO_QUEUE_SIZE         256
#define IO_QUEUE_REQUESTS     512
#define ADMIN_QUEUE_SIZE      32
#define ADMIN_TIMEOUT_MS      120000
#define KEEP_ALIVE_MS         10000
#define TRANSPORT_RETRY_COUNT 4
#define CONNECT_TIMEOUT_US    500000
#define DHCHAP_ALL            UINT32_MAX

static void
fill_defaults(struct spdk_nvme_ctrlr_opts *opts)
{
	struct spdk_uuid host;
	char text[SPDK_UUID_STRING_LEN];

	nvme_driver_host_id(&host);
	*opts = (struct spdk_nvme_ctrlr_opts){
		.num_io_queues = IO_QUEUES,
		.arb_mechanism = SPDK_NVME_CC_AMS_RR,
		.keep_alive_timeout_ms = KEEP_ALIVE_MS,
		.transport_retry_count = TRANSPORT_RETRY_COUNT,
		.io_queue_size = IO_QUEUE_SIZE,
		.io_queue_requests = IO_QUEUE_REQUESTS,
		.command_set = NVME_COMMAND_SET_BEST,
		.admin_timeout_ms = ADMIN_TIMEOUT_MS,
		.admin_queue_size = ADMIN_QUEUE_SIZE,
		.opts_size = sizeof(*opts),
		.fabrics_connect_timeout_us = CONNECT_TIMEOUT_US,
		.dhchap_digests = DHCHAP_ALL,
		.dhchap_dhgroups = DHCHAP_ALL,
	};
	memcpy(opts->extended_host_id, &host, sizeof(opts->extended_host_id));
	if (spdk_uuid_fmt_lower(text, sizeof(text), &host) == 0) {
		snprintf(opts->hostnqn, sizeof(opts->hostnqn), "nqn.2014-08.org.nvmexpress:uuid:%s",
			 text);
	}
}

void
spdk_nvme_ctrlr_get_default_ctrlr_opts(struct spdk_nvme_ctrlr_opts *opts, size_t opts_size)
{
	struct spdk_nvme_ctrlr_opts defaults;

	if (opts == NULL || opts_size == 0) {
		return;
	}
	fill_defaults(&defaults);
	defaults.opts_size = opts_size;
	memset(opts, 0, opts_size);
	memcpy(opts, &defaults, spdk_min(opts_size, sizeof(defaults)));
}

void
nvme_ctrlr_opts_copy(struct spdk_nvme_ctrlr_opts *out_opts, const struct spdk_nvme_ctrlr_opts *opts,
		     size_t size)
{
	fill_defaults(out_opts);
	if (opts != NULL) {
		memcpy(out_opts, opts, spdk_min(size, sizeof(*out_opts)));
	}
	out_opts->opts_size = sizeof(*out_opts);
}

const struct spdk_nvme_ctrlr_opts *
spdk_nvme_ctrlr_get_opts(struct spdk_nvme_ctrlr *ctrlr)
{
	return &ctrlr->opts;
}

static void
fill_qpair_defaults(const struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_io_qpair_opts *opts)
{
	*opts = (struct spdk_nvme_io_qpair_opts){
		.qprio = SPDK_NVME_QPRIO_URGENT,
		.io_queue_size = ctrlr->opts.io_queue_size,
		.io_queue_requests = ctrlr->opts.io_queue_requests,
		.opts_size = sizeof(*opts),
	};
}

void
spdk_nvme_ctrlr_get_default_io_qpair_opts(struct spdk_nvme_ctrlr *ctrlr,
					  struct spdk_nvme_io_qpair_opts *opts, size_t opts_size)
{
	struct spdk_nvme_io_qpair_opts defaults;

	if (opts == NULL || opts_size == 0) {
		return;
	}
	fill_qpair_defaults(ctrlr, &defaults);
	defaults.opts_size = opts_size;
	memset(opts, 0, opts_size);
	memcpy(opts, &defaults, spdk_min(opts_size, sizeof(defaults)));
}

void
nvme_io_qpair_opts_copy(const struct spdk_nvme_ctrlr *ctrlr,
			struct spdk_nvme_io_qpair_opts *out_opts,
			const struct spdk_nvme_io_qpair_opts *opts, size_t size)
{
	fill_qpair_defaults(ctrlr, out_opts);
	if (opts != NULL) {
		memcpy(out_opts, opts, spdk_min(size, sizeof(*out_opts)));
	}
	out_opts->opts_size = sizeof(*out_opts);
}
