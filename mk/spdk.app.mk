# SPDX-License-Identifier: BSD-3-Clause
# Included last by a Makefile that makes one program, APP, of C_SRCS and CXX_SRCS.
include $(dir $(lastword $(MAKEFILE_LIST)))spdk.common.mk

ifeq ($(strip $(APP)),)
$(error Spindle: set APP to the name of the program before including spdk.app.mk)
endif
ifeq ($(strip $(OBJS)),)
$(error Spindle: set C_SRCS or CXX_SRCS to the sources of $(APP) before including spdk.app.mk)
endif

# What lies in app/ or examples/ of the tree is made where SPDK makes it, unless that belongs to
# somebody else; all other programs beside their Makefile.
spindle_folder = $(if $(filter $(realpath $(SPDK_ROOT_DIR))/$(1)/%,$(realpath $(CURDIR))),$(2))
spindle_folder := $(strip $(call spindle_folder,app,bin) $(call spindle_folder,examples,examples))
ifneq ($(spindle_folder),)
spindle_folder := $(SPINDLE_BUILD)/$(spindle_folder)
spindle_folder := $(shell d='$(spindle_folder)'; \
	while ! [ -e "$$d" ]; do d=$$(dirname "$$d"); done; \
	[ -d "$$d" ] && [ -w "$$d" ] && echo '$(spindle_folder)')
endif
ifneq ($(spindle_folder),)
APP := $(spindle_folder)/$(notdir $(strip $(APP)))
endif

# Expanded when they are used, because a Makefile may add to SPDK_LIB_LIST after it included this.
spindle_absent = $(filter $(spindle_later),$(SPDK_LIB_LIST))
spindle_unknown = $(filter-out $(spindle_here) $(spindle_later),$(SPDK_LIB_LIST))
spindle_hint = Spindle: SPDK_LIB_LIST of $(CURDIR) names what Spindle does not have yet: \
	$(sort $(spindle_absent))

all: $(APP)

$(APP): $(OBJS) $(spindle_library)
	@mkdir -p $(@D)
	$(if $(strip $(CXX_SRCS)),$(LINK_CXX),$(LINK_C))$(if $(spindle_absent), \
		|| { echo '$(spindle_hint)' >&2; exit 1; })

$(OBJS): | spindle_check

spindle_check:
	$(if $(spindle_unknown),$(error Spindle: SPDK_LIB_LIST of $(CURDIR) names what is no \
		library of SPDK: $(sort $(spindle_unknown)) (its libraries: $(spindle_mk)/libraries.txt)))
	$(if $(spindle_absent),@echo '$(spindle_hint)' >&2,@:)

$(spindle_library):
	@echo 'Spindle: there is no $@.' >&2
	@echo 'In a source tree, make it first: make -C $(SPDK_ROOT_DIR)' >&2
	@echo 'A build directory other than ./build of that is given by SPINDLE_BUILD=' >&2
	@exit 1

# These have no recipes, so that a Makefile may give them its own: $(INSTALL_APP) for one.
install: all
uninstall:
clean: spindle_clean

spindle_clean:
	$(CLEAN_C) $(APP)

.PHONY: all clean install uninstall spindle_check spindle_clean
-include $(OBJS:.o=.d)
