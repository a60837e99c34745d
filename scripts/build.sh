#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# build.sh DIR [MESON-OPTION...]: configures DIR when it is new, then builds $TARGETS, or all of it.
# The options count only when DIR is new; remove it to change them.
set -eu

dir=$1
shift
source_dir=$(dirname "$0")/..

if [ -e "$dir" ] && ! [ -w "$dir" ]; then
	owner=$(stat -c %U "$dir")
	echo "$0: $dir belongs to $owner and you may not write to it: build elsewhere with" \
		"'make BUILD=some/other/directory ...', or remove $dir" >&2
	exit 1
fi
if ! [ -e "$dir/build.ninja" ]; then
	meson setup "$@" "$dir" "$source_dir"
fi
# shellcheck disable=SC2086
ninja -C "$dir" ${JOBS:+-j$JOBS} ${TARGETS:-}
