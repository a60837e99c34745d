# SPDX-License-Identifier: BSD-3-Clause
# Included last by a Makefile that only goes through the folders DIRS-y.
include $(dir $(lastword $(MAKEFILE_LIST)))spdk.common.mk

all clean install uninstall: $(DIRS-y)

$(DIRS-y):
	$(MAKE) -C $@ $(MAKECMDGOALS)

.PHONY: all clean install uninstall $(DIRS-y)
