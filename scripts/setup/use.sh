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
	# Files that a process has open: "PROCESS PATH".
	# /dev/null is there so that directories get their headings, also when there is but one.
	# shellcheck disable=SC2012 # the names are numbers
	opened=$(ls -l /dev/null "$proc"/[0-9]*/fd 2>/dev/null | awk '
		/^\/.*\/fd:$/ { n = split($0, part, "/"); process = part[n - 1] }
		/ -> \/(dev|var\/tmp)\// { sub(/.* -> /, ""); print process, $0 }')
	exports=$(cat "$sys"/kernel/config/nvmet/subsystems/*/namespaces/*/device_path \
		"$sys"/kernel/config/target/core/*/*/udev_path 2>/dev/null)
}

# uses_of ADDRESS: sets uses to what uses the device, a line each.
uses_of()
{
	local block group

	uses=
	find_blocks "$1"
	for block in $d_blocks; do
		look_at_block "$block"
	done
	if [ -n "$d_controller" ]; then
		look_at_open "$dev/$d_controller" "$d_controller"
	fi
	get_link group "$devices/$1/iommu_group"
	if [ -n "$group" ]; then
		look_at_open "$dev/vfio/$group" "IOMMU group $group"
	fi
	for block in "$devices/$1"/uio/uio*; do
		[ ! -e "$block" ] || look_at_open "$dev/${block##*/}" "${block##*/}"
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
	case "$newline$exports$newline" in
	*"$newline/dev/$1$newline"*) add_use "$1 is exported by a target of the kernel" ;;
	esac
	look_at_open "$dev/$1" "$1"
	look_at_open "$dev/ng${1#nvme}" "$1"
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

# look_at_open PATH NAME: processes that have it open.
look_at_open()
{
	local process path name

	while read -r process path; do
		if [ -n "$path" ] && [ "$path" = "${1#"$root"}" ]; then
			get name "$proc/$process/comm"
			add_use "$2 is open in process $process ($name)"
		fi
	done <<-END
	$opened
	END
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
# uses when so. To read a partition table anew it must have the disk to itself.
claim_disks()
{
	local block message

	uses=
	if [ "$dry_run" = yes ] || ! command -v blockdev >/dev/null; then
		return 0
	fi
	for block in $d_blocks; do
		[ -e "$dev/$block" ] || continue
		message=$(blockdev --rereadpt "$dev/$block" 2>&1) && continue
		case $message in
		*[Bb]usy*) add_use "$block is claimed by something that only the kernel knows" ;;
		esac
	done
}
