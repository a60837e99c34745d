# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=dash
# Back to the kernel: reset goes the way of config from its end, from whatever step was reached, and
# removes the record last. cleanup removes what applications have left.

reset()
{
	local address

	for address in $selected; do
		read_device "$address"
		give_back
	done
	settle
}

give_back()
{
	local old

	get old "$record/$d_address"
	if [ -n "$d_driver" ] && ! is_user_driver "$d_driver"; then
		about "is with $d_driver already"
		[ -z "$old" ] || change rm -f "$record/$d_address"
		return
	fi
	if [ -z "$old" ] && ! is_named "$d_address"; then
		about "${d_driver:-no driver}, not by setup.sh: left alone unless it is named:" \
			"setup.sh reset $d_address"
		return
	fi
	if [ -z "$old" ] && [ "$d_type" = NVMe ]; then
		old=nvme
	fi
	uses_of "$d_address"
	if [ -n "$uses" ]; then
		fail "$d_address ($d_vendor $d_device): not given back: in use: $uses"
		return
	fi
	if [ "${old:=none}" != none ]; then
		load "$old" || return
	fi
	about "${d_driver:-no driver} -> $old"
	if move "$old"; then
		await_disks
		[ ! -e "$record/$d_address" ] || change rm -f "$record/$d_address"
	fi
}

# The kernel's driver looks for namespaces after it has taken the controller.
await_disks()
{
	if [ "$old" = nvme ] && ! wait_for is_live; then
		complain "$d_address: the kernel has not started the controller in $wait_s s" \
			"(UEVENT_TIMEOUT): see dmesg"
	fi
}

is_live()
{
	local file state

	for file in "$devices/$d_address"/nvme/nvme*/state; do
		get state "$file"
		[ "$state" != live ] || return 0
	done
	return 1
}

# remove_unused FILE: of an application that is no more.
remove_unused()
{
	if echo "$opened" | grep -q " ${1#"$root"}\$"; then
		say "${1#"$root"} is open"
	elif [ ! -e "$proc/${1##*.pid}/stat" ]; then
		say "removing ${1#"$root"}"
		change rm -f "$1"
	fi
}

# Files of applications, but for those that somebody has open.
cleanup()
{
	local file

	for file in "$root"/var/tmp/spdk_cpu_lock* "$root"/var/tmp/spdk_pci_lock* \
		"$dev"/shm/*_trace.pid*; do
		[ ! -f "$file" ] || remove_unused "$file"
	done
	clear_huge_pages
}
