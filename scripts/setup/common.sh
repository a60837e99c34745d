# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=dash
# Messages, dry runs, reading and writing files, modules.

# Tests put a tree of their own in the place of the machine's.
root=${SPINDLE_SYSROOT:-}
sys=$root/sys
proc=$root/proc
dev=$root/dev
record=$root/run/spindle/setup
# The exit status: 1 when something that was asked for could not be done.
failed=0
newline='
'
planned=$newline

say()
{
	printf '%s\n' "$*"
}

complain()
{
	printf 'setup.sh: %s\n' "$*" >&2
}

# fail WORD...: what was asked for is not done.
fail()
{
	complain "$@"
	failed=1
}

# get VARIABLE FILE: its first line, or nothing when it cannot be read. Starts no process.
get()
{
	eval "$1="
	if [ -r "$2" ]; then
		IFS= read -r "$1" 2>/dev/null <"$2" || :
	fi
}

# get_link VARIABLE LINK: the last part of where it leads, or nothing.
get_link()
{
	local target

	target=$(readlink "$2") || target=
	eval "$1=\${target##*/}"
}

# put VALUE FILE
put()
{
	local message

	if [ "$dry_run" = yes ]; then
		say "would write '$1' to ${2#"$root"}"
		return 0
	fi
	# tee tells why it failed, which the echo of dash does not.
	if ! message=$(echo "$1" | tee "$2" 2>&1 >/dev/null); then
		fail "cannot write '$1' to ${2#"$root"}: ${message##*: }"
		return 1
	fi
}

# change COMMAND...: one that changes something.
change()
{
	local message

	if [ "$dry_run" = yes ]; then
		# A module is loaded once, however many devices need it.
		case "$planned" in
		*"$newline$*$newline"*) return 0 ;;
		esac
		planned="$planned$*$newline"
		say "would run: $*"
		return 0
	fi
	if ! message=$("$@" 2>&1); then
		fail "'$*' failed: $message"
		return 1
	fi
}

# wait_for TEST...: until it succeeds, UEVENT_TIMEOUT seconds at most. A dry run does not wait.
wait_for()
{
	local turns=$((wait_s * 10))

	[ "$dry_run" = no ] || return 0
	until "$@"; do
		[ "$turns" -gt 0 ] || return 1
		turns=$((turns - 1))
		sleep 0.1 2>/dev/null || sleep 1
	done
}

# What udev has still to do: it may yet open a device, or set the rights of a node.
settle()
{
	if [ "$dry_run" = no ] && command -v udevadm >/dev/null; then
		udevadm settle --timeout="$wait_s" >/dev/null 2>&1 ||
			complain "udev is still busy after $wait_s s (UEVENT_TIMEOUT); going on"
	fi
}

# find_module DRIVER: sets module to loaded, available or missing.
find_module()
{
	local release underscored

	underscored=$(echo "$1" | tr - _)
	module=loaded
	if [ -d "$sys/bus/pci/drivers/$1" ] || [ -d "$sys/module/$underscored" ]; then
		return
	fi
	module=available
	get release "$proc/sys/kernel/osrelease"
	if tr - _ 2>/dev/null <"$root/lib/modules/$release/modules.dep" |
		grep -q "^[^:]*/$underscored\\.ko"; then
		return
	fi
	module=missing
}

# explain_missing DRIVER: sets explanation to what helps when its module is not there.
explain_missing()
{
	local release

	get release "$proc/sys/kernel/osrelease"
	explanation="the kernel $release has no module $1"
	case $release in
	*cloud*) explanation="$explanation: install linux-image-amd64, whose kernel has it" ;;
	*-generic | *-kvm | *-aws | *-azure | *-gcp)
		explanation="$explanation: install linux-modules-extra-$release" ;;
	*) explanation="$explanation: install the full package of this kernel's modules" ;;
	esac
	case $1 in
	uio_pci_generic)
		explanation="$explanation, or switch the IOMMU on (firmware, intel_iommu=on)"
		explanation="$explanation and use vfio-pci"
		;;
	vfio-pci)
		explanation="$explanation, or boot with iommu=pt and use"
		explanation="$explanation DRIVER_OVERRIDE=uio_pci_generic"
		;;
	esac
}

# load DRIVER [PATH]
load()
{
	local message

	find_module "$1"
	[ "$module" != loaded ] || return 0
	if [ -n "${2:-}" ]; then
		change insmod "$2"
		return
	fi
	if [ "$module" = missing ]; then
		explain_missing "$1"
		fail "$explanation"
		return 1
	fi
	change modprobe "$1"
}
