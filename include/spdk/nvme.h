/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * The driver of NVMe controllers: the device is the program's own, and I/O goes from its memory to
 * the device and back without the kernel.
 *
 *   spdk_nvme_probe() finds controllers and makes them ready; spdk_nvme_ctrlr_get_ns() tells their
 *   namespaces; spdk_nvme_ctrlr_alloc_io_qpair() makes a queue pair for each OS thread that does
 *   I/O; spdk_nvme_ns_cmd_read() and its kin submit; spdk_nvme_qpair_process_completions() runs the
 *   callbacks of what is through; spdk_nvme_detach() gives the device back.
 *
 * Programs include this file. Its parts, in the folder of its name, are the way it is written.
 *
 * Unless a declaration says otherwise:
 * - The environment is up. `scripts/setup.sh status` tells what devices there are to use.
 * - Nothing waits, and nothing happens by itself: a command is through when its queue is polled.
 * - A callback runs exactly once for each call that returned 0, and never from within that call. A
 *   call that returned an error has had no effect, and its callback does not run.
 * - A command that ends with an error has one line in the log, with what the status means.
 * - Transports: PCIe. What is for fabrics is here, too, and answers -ENOTSUP until they are.
 */
#ifndef SPDK_NVME_H
#define SPDK_NVME_H

#include "spdk/stdinc.h"

#include "spdk/dma.h"
#include "spdk/env.h"
#include "spdk/keyring.h"
#include "spdk/nvme/admin.h"
#include "spdk/nvme/controller.h"
#include "spdk/nvme/controller_options.h"
#include "spdk/nvme/cuse.h"
#include "spdk/nvme/device_memory.h"
#include "spdk/nvme/dhchap.h"
#include "spdk/nvme/error_injection.h"
#include "spdk/nvme/event.h"
#include "spdk/nvme/handle.h"
#include "spdk/nvme/io.h"
#include "spdk/nvme/io_raw.h"
#include "spdk/nvme/namespace.h"
#include "spdk/nvme/poll_group.h"
#include "spdk/nvme/probe.h"
#include "spdk/nvme/qpair.h"
#include "spdk/nvme/rdma_hooks.h"
#include "spdk/nvme/reservation.h"
#include "spdk/nvme/statistics.h"
#include "spdk/nvme/text.h"
#include "spdk/nvme/transport.h"
#include "spdk/nvme/transport_id.h"
#include "spdk/nvme_spec.h"
#include "spdk/nvmf_spec.h"
#include "spdk/util.h"

#endif /* SPDK_NVME_H */
