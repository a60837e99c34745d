#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# build_guest.sh CACHE: makes the guest of 'make check-qemu', vmlinux and base.cpio, in a directory
# of CACHE, unless these very scripts have made it before; prints the path of that directory.
#
# Everything comes from Debian packages that are downloaded and unpacked there; nothing is installed
# and no root is needed.
set -euo pipefail

[ $# = 1 ] || { sed -n '3,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
here=$(dirname "$(readlink -f "$0")")

# The kernel is the suite's own; mdadm and dmsetup make what setup.sh must not take away.
TOOLS="busybox-static nvme-cli libnvme1 libjson-c5 mdadm dmsetup libdevmapper1.02.1"
PROGRAMS="usr/sbin/nvme sbin/mdadm sbin/dmsetup"
# What the guest may load; modules that these need follow by themselves.
MODULES="nvme vfio vfio-pci vfio_iommu_type1 uio uio_pci_generic virtio_pci 9p 9pnet_virtio
	ext4 loop dm-mod raid1 crc32c-intel crc32c_generic"

fail()
{
	echo "build_guest: $*" >&2
	exit 1
}

# The package that the meta package linux-image-amd64 stands for today.
kernel_package()
{
	apt-cache depends linux-image-amd64 2>/dev/null |
		awk '$1 == "Depends:" && $2 ~ /^linux-image-[0-9]/ {print $2; exit}'
}

# unpack DESTINATION PACKAGE...
unpack()
{
	local destination=$1 package
	shift

	mkdir -p "$destination" debs
	for package; do
		(cd debs && apt-get -qq download "$package" >apt.log 2>&1) ||
			fail "apt-get download $package failed: $(tail -n 1 debs/apt.log)"
		dpkg -x debs/"$package"_*.deb "$destination"
	done
	rm -rf debs
}

# libraries PROGRAM: each library that it needs, as lines for mkcpio.py.
libraries()
{
	local path=$PWD/tools/usr/lib/x86_64-linux-gnu:$PWD/tools/lib/x86_64-linux-gnu listing

	listing=$(LD_LIBRARY_PATH=$path ldd "$1") || fail "ldd $1 failed"
	if grep -q 'not found' <<<"$listing"; then
		fail "$1 of the guest needs a library that is missing here:" \
			"$(grep 'not found' <<<"$listing")"
	fi
	awk '$2 == "=>" {print "file\t/lib/x86_64-linux-gnu/" $1 "\t" $3 "\t755"}
		$1 ~ /^\// {print "file\t" $1 "\t" $1 "\t755"}' <<<"$listing"
}

contents()
{
	local applet program file

	for applet in proc sys dev etc root tmp run mnt build source share; do
		printf 'dir\t/%s\t755\n' "$applet"
	done
	printf 'nod\t/dev/console\t600\tc\t5\t1\n'
	printf 'file\t/bin/busybox\ttools/bin/busybox\t755\n'
	for applet in $(tools/bin/busybox --list); do
		[ "$applet" = busybox ] || printf 'slink\t/bin/%s\t/bin/busybox\n' "$applet"
	done
	# The kernel itself calls this one.
	printf 'slink\t/sbin/modprobe\t/bin/busybox\n'
	for program in $PROGRAMS; do
		printf 'file\t/sbin/%s\ttools/%s\t755\n' "${program##*/}" "$program"
		libraries "tools/$program"
	done
	(cd modules && find lib -type f) | while read -r file; do
		printf 'file\t/%s\tmodules/%s\t644\n' "$file" "$file"
	done
}

build()
{
	local kernel version

	kernel=$(kernel_package)
	[ -n "$kernel" ] || fail "apt knows no linux-image-amd64: run 'apt-get update' as root"
	unpack kernel "$kernel"
	# shellcheck disable=SC2086 # lists of words, here and below
	unpack tools $TOOLS
	version=$(basename kernel/lib/modules/*)
	python3 "$here/extract_vmlinux.py" "kernel/boot/vmlinuz-$version" vmlinux
	# shellcheck disable=SC2086
	python3 "$here/pick_modules.py" "kernel/lib/modules/$version" \
		"modules/lib/modules/$version" $MODULES
	tools/bin/busybox depmod -b modules "$version"
	contents >base.list
	python3 "$here/mkcpio.py" base.cpio <base.list
	rm -rf kernel tools modules
}

[ "$(uname -m)" = x86_64 ] || fail "the guest is an x86-64 machine, and this one is $(uname -m)"
for program in apt-get apt-cache dpkg ldd; do
	command -v "$program" >/dev/null ||
		fail "no $program here: the guest is made of Debian packages"
done
mkdir -p "$1" || fail "no place for the guest: name another with GUEST=DIRECTORY"
cache=$(cd "$1" && pwd)
exec 9>"$cache/lock" || fail "$cache belongs to somebody else: name another with GUEST=DIRECTORY"
flock 9
guest=$cache/guest-$(cat "$here/build_guest.sh" "$here"/{extract_vmlinux,pick_modules,mkcpio}.py |
	sha256sum | cut -c 1-12)
if [ -d "$guest" ]; then
	touch "$guest"
else
	echo "build_guest: making the guest in $guest" >&2
	work=$(mktemp -d "$cache/new.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	cd "$work"
	build >&2
	chmod 755 .
	mv "$work" "$guest"
	# What no checkout has used for a while was made by scripts that are no more.
	find "$cache" -maxdepth 1 -name 'guest-*' -mtime +7 -exec rm -rf {} +
fi
echo "$guest"
