# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=dash
# Huge pages. Applications do without, but under uio devices can only reach what is made of them.

huge_mib=0
DEFAULT_MIB=2048

# Sets size_kb, and pool to the directory of its counters. Applications take pages of 2 MiB, unless
# they are told to use others, also where the kernel's default is another.
find_pool()
{
	size_kb=${HUGEPGSZ:-2048}
	pool=$sys/kernel/mm/hugepages/hugepages-${size_kb}kB
	if [ -z "${HUGEPGSZ:-}" ] && [ ! -d "$pool" ] && [ -r "$proc/meminfo" ]; then
		size_kb=$(awk '$1 == "Hugepagesize:" {print $2}' "$proc/meminfo")
		pool=$sys/kernel/mm/hugepages/hugepages-${size_kb}kB
	fi
	[ -d "$pool" ]
}

# Sets pages to how many are wanted, and huge_is_asked to whether somebody has said so.
# $1: whether devices go to uio.
count_pages()
{
	local free

	huge_is_asked=yes
	if [ -n "${NRHUGE:-}" ]; then
		pages=$NRHUGE
	elif [ -n "${HUGEMEM:-}" ]; then
		pages=$(((HUGEMEM * 1024 + size_kb - 1) / size_kb))
	elif [ "$1" = no ]; then
		huge_is_asked=no
		pages=0
	else
		huge_is_asked=no
		free=$(awk '$1 == "MemAvailable:" {print int($2 / 1024)}' "$proc/meminfo")
		pages=$((DEFAULT_MIB * 1024 / size_kb))
		# Half of what is free, so that the machine goes on as before.
		if [ "${free:-0}" -lt $((2 * DEFAULT_MIB)) ]; then
			pages=$((${free:-0} * 512 / size_kb))
		fi
	fi
}

# configure_huge_pages IS_FOR_UIO
configure_huge_pages()
{
	[ "${SKIP_HUGE:-}" != yes ] || return 0
	if ! find_pool; then
		if [ -n "${HUGEMEM:-}${NRHUGE:-}${HUGEPGSZ:-}$huge_nodes" ]; then
			fail "no huge pages of ${size_kb:-any} kB in this kernel"
		fi
		return 0
	fi
	[ "${CLEAR_HUGE:-}" != yes ] || clear_huge_pages
	count_pages "$1"
	if [ -n "$huge_nodes" ]; then
		spread_pages
	elif [ "$huge_is_asked" = yes ] || [ "$pages" -gt 0 ]; then
		set_pages "$pages" "$pool" "" "$huge_is_asked"
	fi
}

# Nodes get the number that was asked for, each, or their own. What nobody has asked for is shared.
spread_pages()
{
	local word node number asked directory sharers=0

	for word in $huge_nodes; do
		[ -n "${word#*=}" ] || sharers=$((sharers + 1))
	done
	if [ "$huge_is_asked" = no ] && [ "$sharers" -gt 0 ]; then
		pages=$((pages / sharers))
	fi
	for word in $huge_nodes; do
		node=${word%=*}
		number=${word#*=}
		asked=yes
		if [ -z "$number" ]; then
			number=$pages
			asked=$huge_is_asked
		fi
		directory=$sys/devices/system/node/node$node/hugepages/hugepages-${size_kb}kB
		if [ -d "$directory" ]; then
			set_pages "$number" "$directory" " on node $node" "$asked"
		else
			fail "HUGENODE: there is no node $node"
		fi
	done
}

# set_pages NUMBER DIRECTORY WHERE IS_ASKED
set_pages()
{
	local now

	get now "$2/nr_hugepages"
	now=${now:-0}
	if [ "$4" = no ] && [ "$now" -gt 0 ]; then
		return
	fi
	if [ "$1" -eq "$now" ] || { [ "$1" -lt "$now" ] && [ "${SHRINK_HUGE:-}" != yes ]; }; then
		say "huge pages of $size_kb kB$3: $now are there, $1 are wanted"
		huge_mib=$((huge_mib + now * size_kb / 1024))
		return
	fi
	put "$1" "$2/nr_hugepages" || return
	[ "$dry_run" = no ] || return 0
	get now "$2/nr_hugepages"
	huge_mib=$((huge_mib + now * size_kb / 1024))
	say "huge pages of $size_kb kB$3: $now"
	if [ "$now" -lt "$1" ] && [ "$4" = yes ]; then
		fail "there was memory for $now of $1 huge pages$3: end programs, or reserve them" \
			"at the start of the kernel: hugepagesz=${size_kb}K hugepages=$1"
	fi
}

# The kernel keeps those that are in use.
clear_huge_pages()
{
	local now

	find_pool || return 0
	get now "$pool/nr_hugepages"
	[ "$now" = 0 ] || put 0 "$pool/nr_hugepages"
}
