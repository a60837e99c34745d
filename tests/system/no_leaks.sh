#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Nothing is lost when the example has ended: no_leaks.sh REACTOR_TEST. Skipped without valgrind.
set -u
command -v valgrind >/dev/null || exit 77
# valgrind 3.19 gives up on the debug information that clang 14 writes.
if valgrind --quiet "$1" -h 2>&1 | grep -q 'debuginfo reader'; then
	echo "this valgrind cannot read the program's debug information"
	exit 77
fi
# What is still reachable is kept on purpose: options for spdk_env_init(NULL), and the memory in
# which stale pointers to threads are recognised.
valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite,indirect,possible \
	--error-exitcode=1 --fair-sched=yes "$1" -m 0x3 -p 1 -t 2 -b leaks
