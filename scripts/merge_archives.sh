#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# merge_archives.sh VERSION_SCRIPT OBJCOPY AR OUTPUT INPUT... -- CC...
# Makes the archive OUTPUT of one relocatable object that holds all of INPUT and in which only the
# names that the version script exports are global.
set -eu

version_script=$1
objcopy=$2
ar=$3
output=$4
shift 4
inputs=
while [ "$1" != -- ]; do
	inputs="$inputs $1"
	shift
done
shift

object=${output%.a}.o
trap 'rm -f "$object"' EXIT
# shellcheck disable=SC2086
"$@" -nostdlib -r -o "$object" -Wl,--whole-archive $inputs -Wl,--no-whole-archive

# The lines between 'global:' and 'local:', without blanks and semicolons.
names=$(sed -n '/global:/,/local:/{/:/d;s/[[:blank:];]//gp}' "$version_script")
set -f
keep=
for name in $names; do
	keep="$keep --keep-global-symbol=$name"
done
# shellcheck disable=SC2086
"$objcopy" --wildcard $keep "$object"
rm -f "$output"
"$ar" rcsD "$output" "$object"
