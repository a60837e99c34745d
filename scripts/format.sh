#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# format.sh [--check]: lays out all C sources as .clang-format says, or only tells what differs.
# Ends with 77, a skipped test, where the clang-format that the layout was made with is not there:
# versions differ in what they make of the same rules.
set -eu

version=14
cd "$(dirname "$0")/.."

formatter=clang-format
if command -v "clang-format-$version" >/dev/null; then
	formatter=clang-format-$version
fi
if ! "$formatter" --version 2>/dev/null | grep -q "version $version\."; then
	echo "no clang-format $version here (Debian package clang-format)"
	exit 77
fi
case ${1-} in
--check) options="--dry-run --Werror" ;;
*) options=-i ;;
esac
# shellcheck disable=SC2046,SC2086
find $(ls -d src include apps tools examples tests bench 2>/dev/null) -name '*.[ch]' -print0 |
	xargs -0 -n 16 -P "$(nproc)" "$formatter" --style=file $options
