/* SPDX-License-Identifier: BSD-3-Clause */
/* In place of what could not be compiled in. */
#include "rival.h"

#ifndef HAVE_DPDK
const struct rival rival_ring = {.name = "DPDK rte_ring, SP/SC", .package = "libdpdk-dev"};
const struct rival rival_ring_senders = {.name = "DPDK rte_ring, MP/SC", .package = "libdpdk-dev"};
const struct rival rival_ring_rts = {.name = "DPDK rte_ring, MP RTS/SC", .package = "libdpdk-dev"};
const struct rival rival_ring_bulk = {
	.name = "DPDK rte_ring, SP/SC, 32 at a time",
	.package = "libdpdk-dev",
};
#endif

#ifndef HAVE_LIBUV
const struct rival rival_uv = {.name = "libuv, uv_async_send", .package = "libuv1-dev"};
#endif

#ifndef HAVE_LIBURING
const struct rival rival_uring = {
	.name = "io_uring, IORING_OP_MSG_RING",
	.package = "liburing-dev",
};
#endif
