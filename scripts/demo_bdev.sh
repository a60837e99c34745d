#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# demo_bdev.sh BUILD: hello_bdev on memory, then on a file of its own through aio and through uring.
# A machine may forbid io_uring, or the build have been made without one of both: that is said, and
# is no error.
set -eu

build=$1
examples=$(dirname "$0")/../examples
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
truncate -s 64M "$work/disk"

# hello BDEV CONFIGURATION
hello()
{
	echo "hello_bdev -b $1"
	timeout 60 "$build/examples/hello_bdev" --disable-cpumask-locks -c "$2" -b "$1"
}

hello Malloc0 "$examples/bdev_malloc.json"
for method in bdev_aio_create bdev_uring_create; do
	sed "s|FILE|$work/disk|; s|bdev_aio_create|$method|" "$examples/bdev_file.json" \
		>"$work/config.json"
	if hello File0 "$work/config.json" >"$work/output" 2>&1; then
		cat "$work/output"
		# What was written is in the file, for everybody to see.
		grep -q 'Hello, block device!' "$work/disk"
		: >"$work/disk"
		truncate -s 64M "$work/disk"
	elif grep -q "io_uring\|there is no method\|unknown method" "$work/output"; then
		cat "$work/output"
		echo "$method: left out, for the reason above"
	else
		cat "$work/output"
		exit 1
	fi
done
