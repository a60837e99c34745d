#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Nothing is lost when the examples have ended: no_leaks.sh REACTOR_TEST HELLO_APP. Skipped without
# valgrind.
set -u
reactor_test=$1
hello_app=$2
command -v valgrind >/dev/null || exit 77
# valgrind 3.19 gives up on the debug information that clang 14 writes.
if valgrind --quiet "$reactor_test" -h 2>&1 | grep -q 'debuginfo reader'; then
	echo "this valgrind cannot read the program's debug information"
	exit 77
fi
failed=0

# What is still reachable is kept on purpose: options for spdk_env_init(NULL), and the memory in
# which stale pointers to threads are recognised.
check()
{
	echo "$*"
	valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite,indirect,possible \
		--error-exitcode=9 --fair-sched=yes "$@" || failed=1
}

check "$reactor_test" -m 0x3 -p 1 -t 2 -b leaks
# Others on this machine may have the cores of its mask.
check "$hello_app" --disable-cpumask-locks -m 0x3 -t 2
# Also what it leaves lying about is taken away for it.
check "$hello_app" --disable-cpumask-locks -m 0x3 -t 1000 --stop-at-once
exit $failed
