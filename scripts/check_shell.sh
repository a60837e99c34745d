#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# check_shell.sh: the shell scripts whose faults are worst, because they run as root or inside of a
# guest. Ends with 77, a skipped test, where shellcheck is not there.
set -eu

cd "$(dirname "$0")/.."
if ! command -v shellcheck >/dev/null; then
	echo "no shellcheck here (Debian package shellcheck)"
	exit 77
fi
shellcheck --external-sources --check-sourced scripts/setup.sh scripts/pkgdep.sh scripts/build.sh \
	scripts/check_shell.sh tests/qemu/*.sh .ci/run
