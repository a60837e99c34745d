# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=dash
# The driver for a device, or why there is none.

# judge: of the device that read_device() has read: sets target to the driver that user space gets
# it by, and refusal to why it cannot have it, or to nothing.
judge()
{
	refusal=
	choose_driver
	uses_of "$d_address"
	if [ -n "$uses" ]; then
		refusal="in use: $(echo "$uses" | tr '\n' ';' | sed 's/;$//; s/;/; /g')"
		return
	fi
	judge_driver
	[ -n "$refusal" ] || judge_group
	[ -n "$refusal" ] || [ -n "$problem" ] || judge_data
	: "${refusal:=$problem}"
}

# Other devices than NVMe controllers may be in use in ways that are not known here: the network. So
# may a controller that another driver than nvme has: for a virtual machine of Xen, for example.
judge_driver()
{
	if [ -z "$d_driver" ] || [ "$d_driver" = "$target" ] || is_user_driver "$d_driver"; then
		return
	fi
	if [ "$d_type" != NVMe ]; then
		refusal="not an NVMe controller, and its driver $d_driver may be using it:"
		refusal="$refusal unbind that first"
	elif [ "$d_driver" != nvme ]; then
		refusal="its driver is not nvme but $d_driver, which may be using it:"
		refusal="$refusal unbind that first"
	fi
}

# What holds data but is not in use is taken when it is named.
judge_data()
{
	is_named "$d_address" && return
	data_on "$d_address"
	if [ -n "$data" ]; then
		refusal="holds data ($data): if it is to be taken all the same, name it:"
		refusal="$refusal setup.sh config $d_address"
	fi
}

# All that is in an IOMMU group goes together: user space must have all of it, but for bridges.
judge_group()
{
	local other class driver

	for other in $d_others; do
		get class "$devices/$other/class"
		get_link driver "$devices/$other/driver"
		case $class in
		0x0604*) continue ;;
		esac
		if [ -z "$driver" ] || [ "$driver" = pci-stub ] || is_user_driver "$driver"; then
			continue
		fi
		refuse_for_member "$other" "$driver" "$class"
		[ -z "$refusal" ] || return 0
	done
}

# refuse_for_member OTHER DRIVER CLASS: sets refusal unless OTHER goes along.
refuse_for_member()
{
	local their_uses first

	first="shares IOMMU group $d_group with $1 (driver $2)"
	their_uses=$(uses_of "$1" && echo "$uses" | head -n 1)
	if [ -n "$their_uses" ]; then
		refusal="$first, which is in use: $their_uses"
	elif [ "$3" != 0x010802 ]; then
		refusal="$first, which is not an NVMe controller: put the card into another slot"
	elif [ "$2" != nvme ]; then
		refusal="$first, which may be using it: unbind that first"
	elif ! is_in "$1" "$selected"; then
		refusal="$first: name that one too, they can only go together"
	elif ! is_named "$1" && [ -n "$(data_on "$1" && echo "$data")" ]; then
		refusal="$first, which holds data: name both to take them"
	fi
}

# Sets target, module_path, and problem to what is in the way.
choose_driver()
{
	problem=
	module_path=
	case ${DRIVER_OVERRIDE:-} in
	none)
		target=none
		return
		;;
	*/*)
		module_path=$DRIVER_OVERRIDE
		target=${module_path##*/}
		target=${target%.ko}
		[ -e "$module_path" ] || problem="DRIVER_OVERRIDE: there is no file $module_path"
		;;
	?*) target=$DRIVER_OVERRIDE ;;
	*)
		target=uio_pci_generic
		[ -z "$d_group" ] || target=vfio-pci
		;;
	esac
	case $target in
	vfio*) [ -n "$problem" ] || judge_vfio ;;
	uio_pci_generic | igb_uio) [ -n "$problem" ] || judge_uio ;;
	esac
	if [ -z "$problem" ] && [ -z "$module_path" ]; then
		find_module "$target"
		if [ "$module" = missing ]; then
			explain_missing "$target"
			problem=$explanation
		fi
	fi
}

judge_vfio()
{
	local unsafe

	[ -z "$d_group" ] || return 0
	problem="$target needs an IOMMU, and there is none: switch it on in the firmware"
	problem="$problem and boot with intel_iommu=on, or use uio_pci_generic"
	get unsafe "$sys/module/vfio/parameters/enable_unsafe_noiommu_mode"
	if [ "$unsafe" = Y ]; then
		problem="$problem (Spindle cannot use vfio in its mode without an IOMMU)"
	fi
}

judge_uio()
{
	local lockdown type

	get lockdown "$sys/kernel/security/lockdown"
	case $lockdown in
	*'[integrity]'* | *'[confidentiality]'*)
		problem="the kernel is locked down (Secure Boot), and does not let $target be used:"
		problem="$problem switch the IOMMU on for vfio-pci, or Secure Boot off"
		return
		;;
	esac
	get type "$groups/$d_group/type"
	if [ -n "$d_group" ] && [ "$type" != identity ]; then
		problem="$target hands physical addresses to the device, which the IOMMU stops: use"
		problem="$problem vfio-pci, or boot with iommu=pt"
	fi
}
