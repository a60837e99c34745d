#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# lint.sh BUILD: layout by clang-format, then clang-tidy and cppcheck over what BUILD compiles.
set -eu

build_dir=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
status=0

echo "clang-format"
scripts/format.sh --check || status=1

echo "clang-tidy"
# gcc's own options in the compile commands are none of clang's business.
find src examples tools -name '*.c' ! -name '*_fuzz.c' -print0 |
	xargs -0 -n 4 -P "$(nproc)" clang-tidy -p "$build_dir" --quiet \
		--extra-arg=-Wno-unknown-warning-option || status=1

echo "cppcheck"
# It reads no system headers, and without these macros half of the sources is a syntax error to it.
# uninitvar: it takes the variable of a queue's loop for one that was never set.
queue_header=$(echo '#include <sys/queue.h>' | cc -E - | sed -n 's/^# 1 "\(.*queue\.h\)".*/\1/p')
cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 --enable=warning,portability \
	--suppress=missingIncludeSystem --suppress=uninitvar --include="$queue_header" \
	-D__x86_64__ -D__linux__ -I include -I src src examples tools || status=1
echo "shellcheck"
scripts/check_shell.sh || status=1
exit $status
