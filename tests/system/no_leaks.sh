#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Nothing is lost when the example has ended: no_leaks.sh REACTOR_TEST. Skipped without valgrind.
set -u
command -v valgrind >/dev/null || exit 77
# What is still reachable is kept on purpose: options for spdk_env_init(NULL), and the memory in
# which stale pointers to threads are recognised.
valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite,indirect,possible \
	--error-exitcode=1 --fair-sched=yes "$1" -m 0x3 -p 1 -t 2 -b leaks
