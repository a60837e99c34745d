# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=dash
# What sysfs tells of a PCI device; which devices are meant.

devices=$sys/bus/pci/devices
groups=$sys/kernel/iommu_groups

# is_user_driver DRIVER: one that hands a device to user space.
is_user_driver()
{
	case $1 in
	vfio-pci | vfio_pci | uio_pci_generic | igb_uio) return 0 ;;
	esac
	return 1
}

# read_device ADDRESS: sets the d_ variables.
read_device()
{
	local directory=$devices/$1 class

	d_address=$1
	get d_vendor "$directory/vendor"
	get d_device "$directory/device"
	get class "$directory/class"
	get d_node "$directory/numa_node"
	[ "$d_node" != -1 ] || d_node=
	d_vendor=${d_vendor#0x}
	d_device=${d_device#0x}
	get_link d_driver "$directory/driver"
	get_link d_group "$directory/iommu_group"
	! is_without_iommu "$d_group" || d_group=
	case $class in
	0x010802) d_type=NVMe ;;
	*) d_type=${class#0x} ;;
	esac
	find_blocks "$1"
	find_others
}

# is_without_iommu GROUP: one that vfio has made for a device that no IOMMU watches.
is_without_iommu()
{
	local name

	get name "$groups/${1:-none}/name"
	[ "$name" = vfio-noiommu ]
}

# find_others: sets d_others to what else is in the IOMMU group of the device.
find_others()
{
	local entry other

	d_others=
	for entry in "$groups/${d_group:-none}"/devices/*; do
		other=${entry##*/}
		if [ -e "$entry" ] && [ "$other" != "$d_address" ]; then
			d_others="$d_others $other"
		fi
	done
	d_others=${d_others# }
}

# find_blocks ADDRESS: sets d_controller, and d_blocks to the disks that the kernel makes of it.
find_blocks()
{
	local directory entry name

	d_controller=
	d_blocks=
	for directory in "$devices/$1"/nvme/nvme*; do
		[ -d "$directory" ] || continue
		d_controller=${directory##*/}
		for entry in "$directory"/nvme*n*; do
			[ -d "$entry" ] || continue
			name=${entry##*/}
			# nvme2c3n1 is a path to nvme2n1, which is what people see and mount.
			case $name in
			nvme*c*n*) name=${name%%c*}n${name##*n} ;;
			esac
			d_blocks="$d_blocks $name"
		done
	done
	d_blocks=${d_blocks# }
}

is_in()
{
	case "$2" in
	*" $1 "*) return 0 ;;
	esac
	return 1
}

# is_named: somebody has said this very address.
is_named()
{
	is_in "$1" "$named"
}

# read_list VARIABLE: sets list. A device that is not there is no mistake: it may come and go.
read_list()
{
	local text word

	eval "text=\${$1:-}"
	read_addresses "$1" "$text"
	for word in $list; do
		[ -e "$devices/$word" ] ||
			complain "there is no PCI device $word, which is in $1"
	done
}

# Sets selected to the devices that are meant, and named to those of them that were said by name;
# both begin and end with a blank.
select_devices()
{
	local directory allowed blocked word

	read_list PCI_BLOCKED
	blocked=$list
	allowed=
	named=' '
	if [ "${PCI_ALLOWED:-}" = none ]; then
		allowed=none
	elif [ -n "${PCI_ALLOWED:-}" ]; then
		read_list PCI_ALLOWED
		allowed=$list
		named=$list
	fi
	if [ -n "$addresses" ]; then
		read_addresses "$mode" "$addresses"
		named=$list
		for word in $named; do
			if [ ! -e "$devices/$word" ]; then
				complain "there is no PCI device $word: see '$0 status'"
				exit 1
			fi
		done
	fi
	selected=' '
	for directory in "$devices"/*; do
		word=${directory##*/}
		if [ -e "$directory" ] && is_meant "$word"; then
			select_device "$word"
		fi
	done
}

is_meant()
{
	local class

	is_named "$1" && return
	[ -z "$addresses" ] || return 1
	get class "$devices/$1/class"
	[ "$class" = 0x010802 ] || { [ "$mode" = reset ] && [ -e "$record/$1" ]; }
}

select_device()
{
	if is_in "$1" "$blocked"; then
		[ "$mode" = status ] || say "$1: left alone, it is in PCI_BLOCKED"
	elif [ -n "$allowed" ] && ! is_in "$1" "$allowed"; then
		[ "$mode" = status ] || say "$1: left alone, it is not in PCI_ALLOWED"
	else
		selected="$selected$1 "
	fi
}
