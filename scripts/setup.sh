#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=dash source-path=SCRIPTDIR
# Gives NVMe controllers to user space and back to the kernel, and tells what is possible with each.
# docs/setup.md explains it. It runs in dash, bash and busybox: beyond POSIX, only `local` is used.
#
#   setup/common.sh     messages, dry runs, reading and writing files, modules
#   setup/variables.sh  what people say, checked before anything is changed
#   setup/devices.sh    what sysfs tells of a PCI device; which ones are meant
#   setup/open.sh       what processes have open
#   setup/use.sh        what uses a controller, so that nobody's disk is taken away
#   setup/choose.sh     the driver for a device, or why there is none
#   setup/bind.sh       from one driver to another, and whose the device is then
#   setup/reset.sh      back to the kernel; what applications have left
#   setup/huge.sh       huge pages
#   setup/status.sh     the report, for people and as JSON
#
# Nothing is decided by what a device once was: each run looks at the machine anew. All that is kept
# are the drivers that devices had before, in /run/spindle/setup, a file each, until they have them
# again.
set -u
export LC_ALL=C

here=$(dirname "$(readlink -f "$0")")
. "$here/setup/common.sh"
. "$here/setup/variables.sh"
. "$here/setup/devices.sh"
. "$here/setup/open.sh"
. "$here/setup/use.sh"
. "$here/setup/choose.sh"
. "$here/setup/bind.sh"
. "$here/setup/reset.sh"
. "$here/setup/huge.sh"
. "$here/setup/status.sh"

usage()
{
	cat <<-'END'
	usage: setup.sh [config|reset|status|cleanup|help] [--dry-run] [--json] [ADDRESS...]

	config    give NVMe controllers, or those at ADDRESS, to user space, and set huge pages
	          aside (the default)
	reset     give them back to the drivers they had before
	status    what there is, who uses it, and what is possible; --json for programs
	cleanup   remove what applications that are no more have left; free unused huge pages
	help      this text

	--dry-run print each change instead of making it

	A controller that is mounted, in a RAID, in LVM, swapped to, held open, or in one IOMMU
	group with something that is in use is never taken. One that holds data is taken when it
	is named, by ADDRESS or PCI_ALLOWED.

	PCI_ALLOWED      addresses that may be taken: "0000:01:00.0 0000:02:00.0", or "none"
	PCI_BLOCKED      addresses that are left alone, whatever else is said
	DRIVER_OVERRIDE  vfio-pci, uio_pci_generic, the path of a .ko, or "none" (no driver at
	                 all); else it is vfio-pci with an IOMMU, uio_pci_generic without
	TARGET_USER      who may use the devices (the user that sudo was called by)
	HUGEMEM          MiB of huge pages (uio: 2048 if that is free; vfio: none)
	NRHUGE           their number, instead of HUGEMEM
	HUGENODE         NUMA nodes that have them: "0,1", or "nodes_hp[0]=512,nodes_hp[1]=64,2"
	HUGEPGSZ         size of a page in kB (2048, or the kernel's default size)
	SHRINK_HUGE=yes  also when there are more than that now
	CLEAR_HUGE=yes   frees all of them before
	SKIP_HUGE=yes    leaves them alone
	UEVENT_TIMEOUT   seconds to wait for device nodes and disks (10)
	END
}

# wrong_usage WORD...
wrong_usage()
{
	complain "$*"
	complain "see '$0 help'"
	exit 2
}

mode=
addresses=
dry_run=no
json=no

parse()
{
	while [ $# -gt 0 ]; do
		case $1 in
		--dry-run) dry_run=yes ;;
		--json) json=yes ;;
		-h | --help | help) mode=help ;;
		config | reset | status | cleanup)
			[ -z "$mode" ] || wrong_usage "$mode and $1: one of them at a time"
			mode=$1
			;;
		-*) wrong_usage "unknown option $1" ;;
		*) addresses="$addresses $1" ;;
		esac
		shift
	done
	: "${mode:=config}"
	if [ "$json" = yes ] && [ "$mode" != status ]; then
		wrong_usage "--json: only status has it, not $mode"
	fi
}

need_root()
{
	# A tree for tests is changed by whoever owns it.
	if [ "$dry_run" = no ] && [ -z "$root" ] && [ "$(id -u)" != 0 ]; then
		complain "$mode changes drivers and needs root: try 'sudo $0 $mode', or --dry-run"
		exit 1
	fi
}

parse "$@"
case $mode in
help)
	usage
	exit
	;;
esac
check_variables
case $mode in
status)
	select_devices
	look_at_machine
	status
	exit
	;;
esac
need_root
select_devices
# Else a process of udev may be what has a disk open.
settle
look_at_machine
case $mode in
config) config ;;
reset) reset ;;
cleanup) cleanup ;;
esac
exit "$failed"
