# SPDX-License-Identifier: BSD-3-Clause
# The short way to what people do most. Meson does the work; any target of it can be used directly.
#
#   make demo                    build the library and three examples, and see them run
#   make check                   build and run all tests; ends with 'N passed, N failed'
#   make bench                   build for speed, run the benchmarks and what they are compared with, and
#                                write build-bench/bench/report.html and results.json
#   make check-qemu              tests against NVMe controllers that QEMU emulates, in a guest that is made once, in
#                                GUEST; QEMU_TESTS="PATTERN..." runs only those
#   make stress                  minutes of starts, stops, signals, wake-ups, clients, and of block devices
#                                held against a model, at their worst
#   make fuzz                    run each fuzz target for FUZZ_SECONDS
#   make install                 into $(DESTDIR)$(PREFIX)
#   make format, make tidy       lay out the sources; check them with clang-tidy and cppcheck
#
# BUILD is the build directory, SETUP are meson options for a new one, JOBS limits parallel compilers.
# BENCH="NAME..." runs only those of bench/; QUICK=1 takes few samples, whose figures nobody may quote.

BUILD ?= build
SETUP ?=
PREFIX ?= /usr/local
LIBDIR ?= lib
FUZZ_SECONDS ?= 60
STARTS ?= 1000
WAKE_UPS ?= 10000000
STORM_SECONDS ?= 60
TAKEOVERS ?= 10000
MODEL_SEEDS ?= 1000
CRASHES ?= 100
TEST_ARGS ?=
GUEST ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/spindle
QEMU_TESTS ?=
BENCH ?=
QUICK ?=
TOTAL ?=
export JOBS DESTDIR

DEMO_ARGS = -m 0x3 -p 1 -t 3 -b hello
# Without locks on cores, so that nobody else's application is in the way of a demo.
HELLO_ARGS = -m 0x3 --disable-cpumask-locks
build = scripts/build.sh $(BUILD) -Dprefix=$(PREFIX) -Dlibdir=$(LIBDIR) $(SETUP)

all:
	@scripts/pkgdep.sh
	@$(build)

demo:
	@scripts/pkgdep.sh
	@TARGETS='examples/reactor_test examples/hello_app examples/hello_bdev' $(build)
	timeout 60 $(BUILD)/examples/reactor_test $(DEMO_ARGS)
	timeout 60 $(BUILD)/examples/hello_app $(HELLO_ARGS)
	timeout 60 $(BUILD)/examples/hello_app $(HELLO_ARGS) --stop-at-once
	scripts/demo_bdev.sh $(BUILD)

check: all
	@python3 scripts/run_tests.py $(BUILD) $(if $(TOTAL),--total $(TOTAL)) -- $(TEST_ARGS)

check-qemu:
	@scripts/pkgdep.sh --qemu
	@$(build)
	@guest=$$(tests/qemu/build_guest.sh "$(GUEST)") && \
	python3 tests/qemu/run.py --guest "$$guest" --build $(BUILD) $(QEMU_TESTS)

bench:
	@scripts/pkgdep.sh --bench
	@scripts/build.sh $(BUILD)-bench --buildtype=release -Dtests=false $(SETUP)
	@status=0; \
	if [ -z "$(BENCH)" ]; then \
		meson test -C $(BUILD)-bench --no-rebuild --benchmark --verbose --num-processes 1 || status=1; \
	fi; \
	bench/run.sh $(if $(QUICK),--quick) $(BUILD)-bench $(BENCH) && exit $$status

stress: all
	$(BUILD)/tests/stress/start_stop $(STARTS)
	$(BUILD)/tests/stress/wake_hunt $(WAKE_UPS)
	$(BUILD)/tests/stress/rpc_clients
	$(BUILD)/tests/stress/jsonrpc_storm $(STORM_SECONDS)
	$(BUILD)/tests/stress/rpc_takeover $(TAKEOVERS)
	$(BUILD)/tests/model/bdev_model -n $(MODEL_SEEDS) -o 1000
	@TARGETS=tests/interleave/interleave $(build)
	$(BUILD)/tests/interleave/interleave --all
	for engine in aio uring; do \
		if [ -x $(BUILD)/tests/model/bdev_crash ]; then \
			$(BUILD)/tests/model/bdev_crash $$engine $(CRASHES) $(BUILD) || \
				[ $$? = 77 ] || exit 1; \
		fi; \
	done

fuzzers:
	@scripts/pkgdep.sh --fuzz
	@CC=clang TARGETS=fuzzers scripts/build.sh $(BUILD)-fuzz -Dfuzz=true -Db_sanitize=address,undefined \
		-Ddefault_library=static -Dbench=false -Doptimization=1 $(SETUP)

fuzz: fuzzers
	@scripts/run_fuzz.sh $(BUILD)-fuzz $(FUZZ_SECONDS)

# A build tree that was set up for another prefix is set to this one, because the pkg-config file names it.
install: all
	@meson configure $(BUILD) -Dprefix=$(PREFIX) -Dlibdir=$(LIBDIR) >/dev/null && $(build)
	meson install -C $(BUILD) --no-rebuild
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" = 0 ]; then ldconfig; fi

format:
	@scripts/pkgdep.sh --lint
	@scripts/format.sh

tidy:
	@scripts/pkgdep.sh --lint
	@$(build)
	@scripts/lint.sh $(BUILD)

clean:
	rm -rf $(BUILD) $(BUILD)-bench $(BUILD)-fuzz

help:
	@sed -n '2,/^$$/s/^# \{0,1\}//p' Makefile

.PHONY: all help demo check check-qemu bench stress fuzzers fuzz install format tidy clean
