#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Installs a build tree into a folder of its own, compiles the benchmarks there with nothing but
# pkg-config, as a user would, and runs them. Ends with how many kept their limits.
#
#   bench/run.sh BUILD [NAME...]
set -euo pipefail

build=${1:?usage: bench/run.sh BUILD [NAME...]}
shift
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$build" && pwd)
stage=$build/stage

rm -rf "$stage"
DESTDIR=$stage meson install -C "$build" --no-rebuild --quiet
pc=$(find "$stage" -name spindle.pc -print -quit)
export PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$stage
lib=${pc%/pkgconfig/spindle.pc}

model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)
echo "$(uname -m), $(nproc) CPUs, $model, $(uname -r)," \
	"load $(cut -d' ' -f1 /proc/loadavg)"

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
	for source in "$here"/*_bench.c; do
		names+=("$(basename "$source" .c)")
	done
fi
# Rivals that are not installed are left out. Of DPDK only the services are linked, not all of it.
rivals=()
system_flags() { env -u PKG_CONFIG_PATH -u PKG_CONFIG_SYSROOT_DIR pkg-config "$@" 2>/dev/null; }
if flags=$(system_flags --cflags --libs libuv); then
	# shellcheck disable=SC2206 # the flags are words
	rivals+=(-DHAVE_LIBUV $flags)
fi
if flags=$(system_flags --cflags libdpdk); then
	# shellcheck disable=SC2206 # the flags are words
	rivals+=(-DHAVE_DPDK $flags -lrte_eal)
fi

kept=0
missed=0
for name in "${names[@]}"; do
	# shellcheck disable=SC2046 # the flags are words
	cc -O2 -D_GNU_SOURCE -Wl,--as-needed -o "$build/$name.installed" "$here/$name.c" \
		"$here/bench.c" "$here/figure.c" $(pkg-config --cflags --libs spindle) \
		"${rivals[@]}" -lpthread -lm
	echo
	echo "== $name"
	if LD_LIBRARY_PATH=$lib "$build/$name.installed"; then
		kept=$((kept + 1))
	else
		missed=$((missed + 1))
	fi
done
echo
echo "benchmarks: $kept kept their limits, $missed did not"
[ "$missed" -eq 0 ]
