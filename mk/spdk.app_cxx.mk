# SPDX-License-Identifier: BSD-3-Clause
# SPDK has one of its own for programs in C++; here the sources decide.
include $(dir $(lastword $(MAKEFILE_LIST)))spdk.app.mk
