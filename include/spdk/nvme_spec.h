/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * What goes over the wire between a host and an NVMe controller: registers, commands, completions
 * and data, as the NVM Express base specification 2.x and those of the NVM, zoned namespace and key
 * value command sets lay them down. Fields have the specification's acronyms, by which it can be
 * searched; its numbers of sections and figures change with every revision.
 *
 * Programs include this file. Its parts, in the folder of its name, are the way it is written.
 *
 * - Numbers are little endian, and fields are counted from the lowest bit on: this describes memory
 *   of little endian machines.
 * - 'Less one' says that a number is one less than what it stands for (the specification: 0's
 * based).
 * - `reserved` and `rsvd` are 0 when they are sent, and are not looked at when they are received.
 * - Enumerations name values of fields that are numbers. Values that have no name are reserved or
 *   the vendor's own.
 */
#ifndef SPDK_NVME_SPEC_H
#define SPDK_NVME_SPEC_H

#include "spdk/nvme_spec/async_event.h"
#include "spdk/nvme_spec/command.h"
#include "spdk/nvme_spec/data_placement.h"
#include "spdk/nvme_spec/directive.h"
#include "spdk/nvme_spec/feature.h"
#include "spdk/nvme_spec/identify.h"
#include "spdk/nvme_spec/identify_controller.h"
#include "spdk/nvme_spec/identify_namespace.h"
#include "spdk/nvme_spec/key_value.h"
#include "spdk/nvme_spec/log_page.h"
#include "spdk/nvme_spec/manage.h"
#include "spdk/nvme_spec/opcode.h"
#include "spdk/nvme_spec/register.h"
#include "spdk/nvme_spec/reservation.h"
#include "spdk/nvme_spec/status.h"
#include "spdk/nvme_spec/zone.h"

#endif /* SPDK_NVME_SPEC_H */
