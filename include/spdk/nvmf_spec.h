/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * What NVMe over Fabrics adds to nvme_spec.h, as the NVM Express base specification 2.x and those
 * of the RDMA and TCP transports lay it down. What is said there of numbers and names holds here.
 *
 * Programs include this file. Its parts, in the folder of its name, are the way it is written.
 */
#ifndef SPDK_NVMF_SPEC_H
#define SPDK_NVMF_SPEC_H

#include "spdk/nvmf_spec/authentication.h"
#include "spdk/nvmf_spec/discovery.h"
#include "spdk/nvmf_spec/fabric.h"
#include "spdk/nvmf_spec/rdma.h"
#include "spdk/nvmf_spec/tcp.h"

#endif /* SPDK_NVMF_SPEC_H */
