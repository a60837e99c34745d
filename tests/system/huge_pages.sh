#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# huge_pages.sh BUILD: the example and the memory tests with huge pages that are free, that a cgroup
# denies, and that another process has used up; each as root and as nobody. None may fail, and none
# may die of SIGBUS. Run by .ci/run and not by 'make check', because it changes the machine's pool
# of huge pages, and puts it back.
set -u

build=$(cd "${1:?usage: huge_pages.sh BUILD}" && pwd)
pool=/proc/sys/vm/nr_hugepages
before=$(cat $pool) || exit 77
[ "$(id -u)" = 0 ] || exit 77
work=$(mktemp -d)
holder=
group=
mounted=

restore()
{
	[ -z "$holder" ] || kill "$holder" 2>/dev/null
	[ -z "$group" ] || rmdir "$group" 2>/dev/null
	[ -z "$mounted" ] || umount "$mounted" 2>/dev/null
	echo "$before" >$pool
	rm -rf "$work"
}
trap restore EXIT

echo $((before + 64)) >$pool
[ "$(cat $pool)" -ge $((before + 32)) ] || { echo "no huge pages to be had"; exit 77; }
failed=0

# run_all WORDS...: everything, by the command that the words make of it
run_all()
{
	local program
	for program in "examples/reactor_test -m 0x3 -p 1 -t 1" tests/env_memory_test \
		tests/env_pages_test tests/env_mempool_test; do
		# shellcheck disable=SC2086 # a program and its arguments
		timeout 60 "$@" "$build"/$program >"$work/output" 2>&1
		status=$?
		if [ $status -ne 0 ] && [ $status -ne 77 ]; then
			echo "failed with status $status: $* $program"
			tail -20 "$work/output"
			failed=1
		fi
	done
}

# case_of NAME [WORDS...]
case_of()
{
	local name=$1
	shift
	echo "huge pages $name"
	run_all "$@" env
	run_all "$@" setpriv --reuid=65534 --regid=65534 --clear-groups \
		prlimit --memlock=65536:65536
}

# Where the hugetlb controller is or can be had, a group whose limit is 0.
make_group()
{
	local root
	for root in /sys/fs/cgroup /sys/fs/cgroup/hugetlb /sys/fs/cgroup/unified; do
		if [ -e $root/cgroup.controllers ] && grep -qw hugetlb $root/cgroup.controllers &&
			echo +hugetlb >$root/cgroup.subtree_control 2>/dev/null; then
			group=$root/spindle_test
			mkdir -p "$group" && echo 0 >"$group/hugetlb.2MB.max" && return 0
		fi
	done
	mkdir "$work/cgroup"
	if mount -t cgroup2 none "$work/cgroup" 2>/dev/null; then
		mounted=$work/cgroup
		grep -qw hugetlb "$mounted/cgroup.controllers" &&
			echo +hugetlb >"$mounted/cgroup.subtree_control" 2>/dev/null &&
			group=$mounted/spindle_test && mkdir -p "$group" &&
			echo 0 >"$group/hugetlb.2MB.max" && return 0
		umount "$mounted"
		mounted=
	fi
	if mount -t cgroup -o hugetlb none "$work/cgroup" 2>/dev/null; then
		mounted=$work/cgroup
		group=$mounted/spindle_test
		mkdir -p "$group" && echo 0 >"$group/hugetlb.2MB.limit_in_bytes" && return 0
	fi
	group=
	return 1
}

case_of "free"
if make_group; then
	# shellcheck disable=SC2016 # for the inner shell
	case_of "denied by a cgroup" sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group"
else
	echo "no hugetlb controller here: that case is left out"
fi

# All pages of the pool, taken and kept.
python3 - <<'END' &
import mmap, time
HUGETLB = 0x40000
free = int(next(l for l in open("/proc/meminfo") if l.startswith("HugePages_Free")).split()[1])
kept = mmap.mmap(-1, free * 2 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | HUGETLB)
for at in range(0, free * 2 << 20, 2 << 20):
    kept[at] = 1
time.sleep(600)
END
holder=$!
for _ in $(seq 100); do
	grep -q '^HugePages_Free: *0$' /proc/meminfo && break
	sleep 0.1
done
case_of "used up"
exit $failed
