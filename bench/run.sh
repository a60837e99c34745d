#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Installs a build tree into a folder of its own, compiles the benchmarks there with nothing but
# pkg-config, as a user would, and runs them one after another. What they compare the library with
# is compiled in where pkg-config finds it. Ends with a table of all figures, and leaves
# BUILD/bench/results.json and BUILD/bench/report.html.
#
#   bench/run.sh [--quick] BUILD [NAME...]
#
# --quick, or SPINDLE_BENCH_QUICK in the environment, takes few samples: to see that all runs.
set -euo pipefail

usage='usage: bench/run.sh [--quick] BUILD [NAME...]'
if [ "${1-}" = --quick ]; then
	export SPINDLE_BENCH_QUICK=1
	shift
fi
build=${1:?$usage}
shift
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$build" && pwd)
stage=$build/stage
work=$build/bench/installed

rm -rf "$stage" "$work"
mkdir -p "$work"
DESTDIR=$stage meson install -C "$build" --no-rebuild --quiet
pc=$(find "$stage" -name spindle.pc -print -quit)
lib=${pc%/pkgconfig/spindle.pc}

# Of the staged library alone: the rivals are where the system has them.
spindle()
{
	PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$stage pkg-config "$@" spindle
}

text=$(spindle --cflags)
read -ra flags <<<"$text"
text=$(spindle --libs)
read -ra libs <<<"$text"
# For what the benchmarks themselves take of the C library.
flags+=(-D_GNU_SOURCE)
libs+=(-lpthread -lm)
rivals=()
sources=(bench figure sides rival rival_slots rival_condvar)

# add_rival PACKAGE DEFINE SOURCE NAME LIBS...: of DPDK not the hundred libraries of its package.
add_rival()
{
	local package=$1 define=$2 source=$3 name=$4 version

	shift 4
	if version=$(pkg-config --modversion "$package" 2>/dev/null); then
		rivals+=("$name $version")
		flags+=("-D$define")
		sources+=("$source")
		# A program that is compared with none loads none.
		libs+=("-Wl,--push-state,--as-needed" "$@" "-Wl,--pop-state")
	else
		rivals+=("$name is missing")
	fi
}

add_rival libdpdk HAVE_DPDK rival_dpdk DPDK -lrte_ring -lrte_eal
add_rival libuv HAVE_LIBUV rival_uv libuv -luv
add_rival liburing HAVE_LIBURING rival_uring liburing -luring

# DPDK's flags name the CPU to compile for, so only what includes its headers is given them.
compile()
{
	local extra=()

	if grep -q '#include <rte_' "$here/$1.c"; then
		read -ra extra < <(pkg-config --cflags libdpdk 2>/dev/null || echo)
	fi
	cc -O2 -c -o "$work/$1.o" "$here/$1.c" "${flags[@]}" "${extra[@]}"
}

compile_shared()
{
	local source objects=()

	for source in "${sources[@]}"; do
		compile "$source"
		objects+=("$work/$source.o")
	done
	ar rcs "$work/libbench.a" "${objects[@]}"
}

# The words of the head of table and report, one NAME=VALUE a line.
describe_machine()
{
	local clocks=/sys/devices/system/clocksource/clocksource0/current_clocksource

	echo "processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)"
	echo "architecture=$(uname -m)"
	echo "processors=$(nproc)"
	echo "hypervisor=$(grep -q '^flags.* hypervisor' /proc/cpuinfo && echo yes || echo no)"
	echo "kernel=$(uname -sr)"
	echo "clocksource=$(cat $clocks 2>/dev/null || echo unknown)"
	echo "load=$(cut -d' ' -f1-3 /proc/loadavg)"
	echo "compiler=$(cc --version | head -1)"
	echo "library=$(spindle --modversion)"
	echo "revision=$(git -C "$here" describe --always --dirty 2>/dev/null || echo unknown)"
	echo "date=$(date -u '+%Y-%m-%d %H:%M UTC')"
	printf 'rival=%s\n' "${rivals[@]}"
	if [ -n "${SPINDLE_BENCH_QUICK-}" ]; then
		echo "quick=yes"
	fi
}

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
	for source in "$here"/*_bench.c; do
		# Those that need more than the installed library are run by meson.
		if grep -q '^#include "io/' "$source"; then
			continue
		fi
		names+=("$(basename "$source" .c)")
	done
fi

describe_machine >"$work/machine"
cat "$work/machine"
compile_shared
export SPINDLE_BENCH_RESULTS=$work/figures.jsonl
: >"$SPINDLE_BENCH_RESULTS"
kept=0
missed=0
for name in "${names[@]}"; do
	compile "$name"
	cc -o "$work/$name" "$work/$name.o" -L"$work" -lbench "${libs[@]}"
	echo
	echo "== $name"
	status=0
	LD_LIBRARY_PATH=$lib "$work/$name" || status=$?
	echo "{\"program\": \"$name\", \"kind\": \"end\", \"status\": $status}" \
		>>"$SPINDLE_BENCH_RESULTS"
	if [ "$status" -eq 0 ]; then
		kept=$((kept + 1))
	else
		missed=$((missed + 1))
	fi
done
echo
python3 "$here/report.py" "$work/machine" "$SPINDLE_BENCH_RESULTS" "$build/bench"
echo "benchmarks: $kept kept their limits, $missed did not"
[ "$missed" -eq 0 ]
