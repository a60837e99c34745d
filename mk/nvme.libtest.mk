# SPDX-License-Identifier: BSD-3-Clause
# All that a small NVMe program needs after it has set APP: its only source is APP.c.
include $(dir $(lastword $(MAKEFILE_LIST)))spdk.common.mk
include $(spindle_mk)/spdk.modules.mk

C_SRCS ?= $(APP:%=%.c)
SPDK_LIB_LIST += $(SOCK_MODULES_LIST) nvme vmd

include $(spindle_mk)/spdk.app.mk
