/* SPDX-License-Identifier: BSD-3-Clause */
/* What others of this library need of looking for controllers, besides spdk/nvme.h. */
#ifndef SPINDLE_NVME_PROBE_H
#define SPINDLE_NVME_PROBE_H

struct spdk_nvme_probe_ctx;

/*
 * Ends what spdk_nvme_probe_async() or _async_ext() began: controllers that are on their way are
 * stopped and given back, and no callback runs any more.
 *
 * Thread: the one that polls it, outside of its callbacks.
 * Owner: frees probe_ctx.
 */
void nvme_probe_abandon(struct spdk_nvme_probe_ctx *probe_ctx);

#endif
