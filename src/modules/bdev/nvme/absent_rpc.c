/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods whose groundwork is not there yet: each says what it needs. docs/compat.md lists them.
 */
#include "modules/bdev/answer.h"
#include "spdk/jsonrpc.h"
#include "spdk/rpc.h"

static void
refuse(struct spdk_jsonrpc_request *request, const char *need)
{
	struct bdev_reason reason = {""};

	(void)bdev_refuse(&reason, -ENOTSUP, "%s", need);
	bdev_answer_refusal(request, -ENOTSUP, &reason);
}

/* Their parameters do not matter, so none are refused before this is said. */
#define ABSENT(method, need)                                     \
	static void method(struct spdk_jsonrpc_request *request, \
			   const struct spdk_json_val *params)   \
	{                                                        \
		refuse(request, (need));                         \
	}                                                        \
	SPDK_RPC_REGISTER(#method, method, SPDK_RPC_RUNTIME)

/* clang-format off */
#define NEEDS_FABRICS "discovery needs NVMe over Fabrics, which is not there yet; controllers on " \
		      "PCIe are found by bdev_nvme_set_hotplug"
#define NEEDS_KEYS "authentication is of NVMe over Fabrics, which is not there yet; " \
		   "controllers on PCIe have no keys"
#define NEEDS_OPAL "locking ranges need TCG Opal, which is not there; bdev_nvme_send_cmd can " \
		   "send security commands"
#define NEEDS_CUSE "character devices need FUSE (CUSE), which is not linked; spindle nvme and " \
		   "bdev_nvme_send_cmd send commands to controllers"
/* clang-format on */

ABSENT(bdev_nvme_start_discovery, NEEDS_FABRICS)
ABSENT(bdev_nvme_stop_discovery, NEEDS_FABRICS)
ABSENT(bdev_nvme_get_discovery_info, NEEDS_FABRICS)
ABSENT(bdev_nvme_start_mdns_discovery, NEEDS_FABRICS)
ABSENT(bdev_nvme_stop_mdns_discovery, NEEDS_FABRICS)
ABSENT(bdev_nvme_get_mdns_discovery_info, NEEDS_FABRICS)
ABSENT(bdev_nvme_set_keys, NEEDS_KEYS)
ABSENT(bdev_nvme_opal_init, NEEDS_OPAL)
ABSENT(bdev_nvme_opal_revert, NEEDS_OPAL)
ABSENT(bdev_opal_create, NEEDS_OPAL)
ABSENT(bdev_nvme_cuse_register, NEEDS_CUSE)
ABSENT(bdev_nvme_cuse_unregister, NEEDS_CUSE)
