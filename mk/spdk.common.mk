# SPDX-License-Identifier: BSD-3-Clause
# What a Makefile written for SPDK includes first: where Spindle is, and how C and C++ are compiled
# and linked with it. docs/makefiles.md lists what such a Makefile may set and use.
ifndef spindle_mk

spindle_mk := $(patsubst %/,%,$(dir $(realpath $(lastword $(MAKEFILE_LIST)))))
SPDK_ROOT_DIR ?= $(abspath $(spindle_mk)/..)
SPINDLE_BUILD ?= $(SPDK_ROOT_DIR)/build
PKG_CONFIG ?= pkg-config

# Only an installed tree has installed.mk, and what it says; a source tree has its build directory.
include $(wildcard $(spindle_mk)/installed.mk)
ifndef spindle_lib
spindle_include := $(abspath $(spindle_mk)/../include)
spindle_lib := $(abspath $(SPINDLE_BUILD)/src)
spindle_pc := $(abspath $(SPINDLE_BUILD)/meson-uninstalled)
endif

# As in SPDK, programs hold what they need of the library in themselves, and start wherever they are
# copied; CONFIG_SHARED=y links them with libspindle.so instead.
CONFIG_SHARED ?= n
ifneq ($(CONFIG_SHARED),y)
spindle_library := $(wildcard $(spindle_lib)/libspindle.a)
endif
ifndef spindle_library
spindle_library := $(wildcard $(spindle_lib)/libspindle.so)
endif
ifndef spindle_library
spindle_library := $(spindle_lib)/libspindle.a
endif

# Its place among the libraries must not matter. The archive is one object, which is there as a
# whole once asked for a function. What it needs itself, its package file knows; asked when linking.
spindle_system_libs = $(or $(shell PKG_CONFIG_PATH='$(spindle_pc):$(PKG_CONFIG_PATH)' \
	$(PKG_CONFIG) --static --libs spdk_syslibs),$(error Spindle: $(PKG_CONFIG) cannot read \
	$(spindle_pc)/spdk_syslibs.pc; is pkg-config installed?))
ifeq ($(suffix $(spindle_library)),.a)
SPDK_LIB_LINKER_ARGS = -Wl,--undefined=spdk_log $(spindle_library) $(spindle_system_libs)
else
SPDK_LIB_LINKER_ARGS = -Wl,--push-state,--no-as-needed $(spindle_library) -Wl,--pop-state \
	-Wl,-rpath,$(spindle_lib)
endif
SPDK_LIB_FILES = $(spindle_library)
# The environment is a part of the library.
ENV_LINKER_ARGS =

# Makefiles ask for these to learn what SPDK was configured with. What is not set is not there.
OS := $(shell uname)
CONFIG_ENV := $(SPDK_ROOT_DIR)/lib/env_posix
CONFIG_PREFIX ?= /usr/local
CONFIG_DEBUG ?= n

# The user's flags come last, so that they win.
spindle_flags := -g $(if $(filter y,$(CONFIG_DEBUG)),-O0 -DDEBUG,-O2) -Wall -fno-strict-aliasing \
	-D_GNU_SOURCE -pthread -MMD -MP
COMPILE_C = $(CC) -std=gnu11 $(spindle_flags) $(CPPFLAGS) $(CFLAGS) -I$(spindle_include) -c -o $@ $<
COMPILE_CXX = $(CXX) $(spindle_flags) $(CPPFLAGS) $(CXXFLAGS) -I$(spindle_include) -c -o $@ $<
spindle_link = -pthread $(LDFLAGS) -o $@ $(OBJS) $(LIBS) $(SPDK_LIB_LINKER_ARGS) $(SYS_LIBS)
LINK_C = $(CC) $(CFLAGS) $(spindle_link)
LINK_CXX = $(CXX) $(CXXFLAGS) $(spindle_link)

OBJS = $(addsuffix .o,$(basename $(C_SRCS) $(CXX_SRCS)))
CLEAN_C = rm -f $(OBJS) $(OBJS:.o=.d)

prefix ?= $(CONFIG_PREFIX)
bindir ?= $(prefix)/bin
INSTALL_APP = install -D -m 755 $(APP) $(DESTDIR)$(bindir)/$(notdir $(APP))
UNINSTALL_APP = rm -f $(DESTDIR)$(bindir)/$(notdir $(APP))

%.o: %.c
	$(COMPILE_C)
%.o: %.cpp
	$(COMPILE_CXX)
%.o: %.cc
	$(COMPILE_CXX)
%.o: %.cxx
	$(COMPILE_CXX)

# SPDK_LIB_LIST is only looked at, since all there is comes with one library.
spindle_words = $(shell sed -n 's/^\([a-z][a-z0-9_]*\)[[:blank:]]*$(1)[[:blank:]].*/\1/p' \
	$(spindle_mk)/libraries.txt)
spindle_here := $(call spindle_words,here)
spindle_later := $(call spindle_words,later)

endif
