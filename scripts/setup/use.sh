# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=dash
# What uses a controller, so that nobody's disk is taken away.
#
# A disk is in use when it, one of its partitions, or anything that the kernel has built on them is
# mounted, swapped to, part of something (device mapper with LVM and encryption, MD, bcache, btrfs,
# a loop device, a target that exports it) or open. All of that is in sysfs and procfs. What a file
# system keeps to itself, as ZFS does, only the kernel knows: claim_disks() asks it.

# Reads once what is looked at for each disk.
look_at_machine()
{
	# Mounts of all processes, because containers have their own: "NUMBER SOURCE POINT".
	mounts=$(cat "$proc/self/mountinfo" "$proc"/[0-9]*/mountinfo 2>/dev/null | awk '{
		split(substr($0, index($0, " - ") + 3), right, " ")
		if ($3 ~ /^0:/ && right[2] !~ "^/dev/") next
		if (!seen[$3 " " right[2]]++) print $3, right[2], $5
	}')
	list_opened
	list_exports
}

# What targets of the kernel export: people tell them by any name (/dev/disk/by-id/...).
list_exports()
{
	local path real

	exports=$(cat "$sys"/kernel/config/nvmet/subsystems/*/namespaces/*/device_path \
		"$sys"/kernel/config/nvmet/subsystems/*/passthru/device_path \
		"$sys"/kernel/config/target/core/*/*/udev_path 2>/dev/null |
		while read -r path; do
			real=$(readlink -f "$root$path") || real=$root$path
			printf '%s\n' "${real#"$root"}"
		done)
}

# uses_of ADDRESS: sets uses to what uses the device, a line each.
uses_of()
{
	local block group entry

	uses=
	find_blocks "$1"
	for block in $d_blocks; do
		look_at_block "$block"
	done
	if [ -n "$d_controller" ]; then
		look_at_exports "$d_controller"
		look_at_open "$d_controller" "$d_controller" c \
			"$devices/$1/nvme/$d_controller/dev"
	fi
	get_link group "$devices/$1/iommu_group"
	if [ -n "$group" ]; then
		for entry in "$group" "noiommu-$group"; do
			look_at_open "vfio/$entry" "IOMMU group $group" c \
				"$sys/class/vfio/$entry/dev"
		done
	fi
	look_at_vfio_device "$1"
	# They all belong to who has one of them open.
	for entry in "$groups/${group:-none}"/devices/*; do
		[ "${entry##*/}" = "$1" ] || look_at_vfio_device "${entry##*/}"
	done
	for entry in "$devices/$1"/uio/uio*; do
		[ ! -e "$entry" ] || look_at_open "${entry##*/}" "${entry##*/}" c "$entry/dev"
	done
}

# look_at_vfio_device ADDRESS: its own node, which programs open instead of the group (iommufd).
look_at_vfio_device()
{
	local entry name

	for entry in "$devices/$1"/vfio-dev/*vfio*; do
		name=${entry##*/}
		[ ! -e "$entry" ] || look_at_open "vfio/devices/$name" "$name of $1" c "$entry/dev"
	done
}

add_use()
{
	uses="${uses:+$uses$newline}$1"
}

# look_at_block NAME: a disk, a partition, or what was built on them.
look_at_block()
{
	local number entry

	get number "$sys/class/block/$1/dev"
	look_at_mounts "$1" "$number"
	look_at_swap "$1"
	look_at_loops "$1"
	for entry in "$sys"/fs/btrfs/*/devices/"$1"; do
		if [ -e "$entry" ]; then
			entry=${entry%/devices/*}
			add_use "$1 is part of the btrfs ${entry##*/}"
		fi
	done
	if [ -d "$sys/class/block/$1/bcache" ]; then
		add_use "$1 is part of a bcache"
	fi
	look_at_exports "$1"
	look_at_open "$1" "$1" b "$sys/class/block/$1/dev"
	look_at_open "ng${1#nvme}" "$1" c "$sys/class/nvme-generic/ng${1#nvme}/dev"
	for entry in "$sys/class/block/$1"/holders/*; do
		if [ -e "$entry" ]; then
			name_holder "${entry##*/}"
			add_use "$1 is part of $holder"
			look_at_block "${entry##*/}"
		fi
	done
	for entry in "$sys/class/block/$1/$1"*; do
		[ ! -e "$entry/partition" ] || look_at_block "${entry##*/}"
	done
}

# name_holder BLOCK: sets holder.
name_holder()
{
	local name uuid

	holder=$1
	get name "$sys/class/block/$1/dm/name"
	get uuid "$sys/class/block/$1/dm/uuid"
	case $uuid in
	LVM-*) holder="$1 (LVM: $name)" ;;
	CRYPT-*) holder="$1 (encrypted: $name)" ;;
	*) [ -z "$name" ] || holder="$1 (device mapper: $name)" ;;
	esac
	get name "$sys/class/block/$1/md/level"
	[ -z "$name" ] || holder="$1 (MD $name)"
}

look_at_exports()
{
	case "$newline$exports$newline" in
	*"$newline/dev/$1$newline"*) add_use "$1 is exported by a target of the kernel" ;;
	esac
}

look_at_mounts()
{
	local number source point

	while read -r number source point; do
		if [ "$number" = "$2" ] || [ "$source" = "/dev/$1" ]; then
			add_use "$1 is mounted at $point"
		fi
	done <<-END
	$mounts
	END
}

look_at_swap()
{
	local path rest

	[ -r "$proc/swaps" ] || return 0
	while read -r path rest; do
		[ "$path" != "/dev/$1" ] || add_use "$1 is swapped to"
	done <"$proc/swaps"
}

look_at_loops()
{
	local file backing

	for file in "$sys"/block/loop*/loop/backing_file; do
		get backing "$file"
		if [ "$backing" = "/dev/$1" ]; then
			file=${file%/loop/backing_file}
			add_use "$1 is behind ${file##*/}"
			look_at_block "${file##*/}"
		fi
	done
}

# data_on ADDRESS: sets data to what its disks hold, when nothing of it is in use.
data_on()
{
	local block entry number line

	data=
	find_blocks "$1"
	for block in $d_blocks; do
		get number "$sys/class/block/$block/dev"
		if [ -r "$root/run/udev/data/b$number" ]; then
			line=$(sed -n 's/^E:ID_FS_TYPE=//p; s/^E:ID_PART_TABLE_TYPE=//p' \
				"$root/run/udev/data/b$number" | head -n 1)
		elif command -v blkid >/dev/null; then
			line=$(blkid -p -o value -s TYPE -s PTTYPE "$dev/$block" 2>/dev/null |
				head -n 1)
		else
			line=
		fi
		for entry in "$sys/class/block/$block/$block"*; do
			[ -n "$line" ] || [ ! -e "$entry/partition" ] || line=partitions
		done
		[ -z "$line" ] || data="${data:+$data, }$block: $line"
	done
}

# claim_disks: asks the kernel whether anything claims the disks of the device that was read; sets
# refusal when so, and when there is no answer.
claim_disks()
{
	local block message

	for block in $d_blocks; do
		ask_kernel "$block" && continue
		case $message in
		*[Bb]usy*)
			refusal="in use: $block is claimed by something that only the kernel knows"
			;;
		*)
			refusal="the kernel does not say whether $block is in use: $message. If"
			refusal="$refusal you know that it is not, run this again after: echo"
			refusal="$refusal $d_address >/sys/bus/pci/drivers/$d_driver/unbind"
			;;
		esac
		return
	done
}

# ask_kernel BLOCK: to read a partition table anew the kernel must have the disk to itself. Fails
# with message set when it has not, or does not answer. A dry run only looks whether it could.
ask_kernel()
{
	# A namespace that no path leads to just now has no disk.
	[ -e "$sys/class/block/$1" ] || return 0
	if ! command -v blockdev >/dev/null; then
		message="there is no blockdev to ask with: install util-linux"
	elif [ ! -e "$dev/$1" ]; then
		message="there is no /dev/$1 here: run this outside of the container"
	else
		[ "$dry_run" = no ] || return 0
		message=$(blockdev --rereadpt "$dev/$1" 2>&1) && return
		message=${message:-blockdev failed}
	fi
	return 1
}
