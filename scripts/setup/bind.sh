# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=dash
# From one driver to another, and whose the device is then.
#
# config: free under the kernel's driver -> recorded -> no driver -> driver of user space ->
# granted. A device that its new driver does not take goes back to the old one at once. reset.sh
# has the way back.

# about WORD...: a line about the device that was read.
about()
{
	say "$d_address ($d_vendor $d_device): $*"
}

config()
{
	local address any_uio=no any_vfio=no

	for address in $selected; do
		read_device "$address"
		judge
		if [ -n "$refusal" ]; then
			refuse
			continue
		fi
		take || continue
		case $target in
		vfio*) any_vfio=yes ;;
		*uio*) any_uio=yes ;;
		esac
	done
	if [ "$selected" = ' ' ]; then
		say "no NVMe controller to give to user space"
	fi
	configure_huge_pages "$any_uio"
	[ "$any_vfio" = no ] || tell_memlock
}

# What was named and cannot be had is an error; what was not is passed over.
refuse()
{
	if [ -n "$d_driver" ] && [ "$d_driver" = "$target" ]; then
		about "is with $target already; $refusal"
	elif is_named "$d_address" || [ "$refusal" = "$problem" ]; then
		fail "$d_address ($d_vendor $d_device): not taken: $refusal"
	else
		about "not taken: $refusal"
	fi
}

take()
{
	local old=$d_driver

	if [ "${d_driver:-none}" = "$target" ]; then
		about "is with $target already"
		load_iommu
		grant
		return
	fi
	if [ "$target" != none ]; then
		load "$target" "$module_path" || return 1
	fi
	load_iommu
	claim_disks
	if [ -n "$refusal" ]; then
		fail "$d_address ($d_vendor $d_device): not taken: $refusal"
		return 1
	fi
	remember || return 1
	about "${old:-no driver} -> $target"
	if ! move "$target"; then
		if [ -n "$old" ] && move "$old"; then
			# One of user space: what the kernel had is still to be known.
			is_user_driver "$old" || change rm -f "$record/$d_address"
			complain "$d_address: it has its driver $old back"
		fi
		return 1
	fi
	grant
}

# vfio enters memory into the IOMMU by a module of its own, which not every modprobe loads along
# with vfio-pci. Kernels for machines with other IOMMUs do not have it.
load_iommu()
{
	[ "$target" = vfio-pci ] || return 0
	find_module vfio_iommu_type1
	[ "$module" != available ] || load vfio_iommu_type1
}

# Keeps which driver the kernel had for it; what went from one driver of user space to another is
# known already.
remember()
{
	if [ -e "$record/$d_address" ] || is_user_driver "$d_driver"; then
		return 0
	fi
	[ -d "$record" ] || change mkdir -p "$record" || return 1
	put "${d_driver:-none}" "$record/$d_address"
}

# move DRIVER: the device that was read to another driver, or to none.
move()
{
	local directory=$devices/$d_address now

	get_link now "$directory/driver"
	if [ -n "$now" ]; then
		put "$d_address" "$directory/driver/unbind" || return 1
		if ! wait_for [ ! -e "$directory/driver" ]; then
			fail "$d_address: $now does not let it go"
			return 1
		fi
	fi
	[ "$1" != none ] || return 0
	put "$1" "$directory/driver_override" || return 1
	if put "$d_address" "$sys/bus/pci/drivers_probe"; then
		wait_for has_driver "$1"
	fi
	# Else it would come back to this driver whenever it has none.
	put '' "$directory/driver_override"
	if [ "$dry_run" = no ] && ! has_driver "$1"; then
		fail "$d_address: $1 does not take it: 'dmesg | tail' may say why"
		return 1
	fi
}

has_driver()
{
	local now

	get_link now "$devices/$d_address/driver"
	[ "$now" = "$1" ]
}

# The user that the devices are for, or nothing for root.
target_user()
{
	user=${TARGET_USER:-${SUDO_USER:-}}
	[ "$user" != root ] || user=
	if [ -n "$user" ] && ! id -u "$user" >/dev/null 2>&1; then
		fail "TARGET_USER: there is no user $user"
		user=
	fi
}

# Hands the node of the device to the user, who cannot lock a file that another one has left.
grant()
{
	local node file

	target_user
	[ -n "$user" ] || return 0
	case $target in
	vfio*) node=$dev/vfio/$d_group ;;
	*uio*)
		for node in "$devices/$d_address"/uio/uio*; do
			node=$dev/${node##*/}
		done
		complain "$user may open ${node#"$root"}, but with $target only root can tell the" \
			"device where memory is; vfio-pci, which needs an IOMMU, does without root"
		;;
	*) return 0 ;;
	esac
	if ! wait_for [ -e "$node" ]; then
		fail "${node#"$root"} has not appeared in $wait_s s (UEVENT_TIMEOUT):" \
			"$user cannot have it"
		return 1
	fi
	settle
	change chown "$user" "$node"
	file=$root/var/tmp/spdk_pci_lock_$d_address
	[ ! -f "$file" ] || remove_unused "$file"
}

# What vfio lets devices reach is locked in memory, and counts against a limit of the user's.
tell_memlock()
{
	local limit need

	target_user
	[ -n "$user" ] && [ "$dry_run" = no ] || return 0
	need=$(((huge_mib > 512 ? huge_mib : 512) + 64))
	limit=$(su -s /bin/sh "$user" -c 'ulimit -l' 2>/dev/null) || limit=
	case $limit in
	unlimited) return 0 ;;
	'' | *[!0-9]*)
		say "could not find out how much memory $user may lock (RLIMIT_MEMLOCK);" \
			"$need MiB are enough for an application with -s $((need - 64))"
		return 0
		;;
	esac
	[ "$limit" -lt $((need << 10)) ] || return 0
	cat <<-END
	$user may lock $((limit >> 10)) MiB of memory (RLIMIT_MEMLOCK). vfio locks all that devices
	may reach: what an application sets aside (-s) or uses, and up to 64 MiB. For
	-s $((need - 64)) that is $need MiB. To grant it, as root, and then to log in again:
	  echo '$user - memlock $((need << 10))' >/etc/security/limits.d/spindle.conf
	A service of systemd has LimitMEMLOCK=${need}M instead.
	END
}
