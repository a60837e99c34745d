# SPDX-License-Identifier: BSD-3-Clause
# The modules there are, by the names that a Makefile written for SPDK puts into SPDK_LIB_LIST. They
# come with the library in any case.
include $(dir $(lastword $(MAKEFILE_LIST)))spdk.common.mk

BLOCKDEV_MODULES_LIST := $(filter bdev_% blob_bdev,$(spindle_here))
INTR_BLOCKDEV_MODULES_LIST := $(BLOCKDEV_MODULES_LIST)
ACCEL_MODULES_LIST := $(filter accel_%,$(spindle_here))
SOCK_MODULES_LIST := $(filter sock_%,$(spindle_here))
SCHEDULER_MODULES_LIST := $(filter scheduler_%,$(spindle_here))
VFU_DEVICE_MODULES_LIST := $(filter vfu_device,$(spindle_here))
KEYRING_MODULES_LIST := $(filter event_keyring keyring_%,$(spindle_here))
FSDEV_MODULES_LIST := $(filter fsdev_%,$(spindle_here))
ALL_MODULES_LIST := $(BLOCKDEV_MODULES_LIST) $(ACCEL_MODULES_LIST) $(SOCK_MODULES_LIST) \
	$(SCHEDULER_MODULES_LIST) $(VFU_DEVICE_MODULES_LIST) $(KEYRING_MODULES_LIST) \
	$(FSDEV_MODULES_LIST)
