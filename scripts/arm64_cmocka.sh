#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Debian's cmocka for arm64, unpacked into a folder, for unit tests of a cross build; nothing of the
# system is changed. Prints the cross file that adds it to scripts/aarch64-linux-gnu.ini.
#
#     arm64_cmocka.sh DIR
set -eu -o pipefail

mkdir -p "$1"
cd "$1"
dir=$PWD
lib=$dir/root/usr/lib/aarch64-linux-gnu

# apt keeps to this folder: another machine's lists are none of the system's business.
apt()
{
	apt-get -q=2 -o APT::Architecture=arm64 -o APT::Architectures=arm64 \
		-o APT::Sandbox::User=root -o Dir::State::lists="$dir/lists" \
		-o Dir::Cache="$dir/cache" "$@" >&2
}

if [ ! -e "$lib/libcmocka.so" ]; then
	mkdir -p lists/partial cache/archives/partial
	apt update
	apt download libcmocka0:arm64 libcmocka-dev:arm64
	for package in libcmocka*.deb; do
		dpkg-deb -x "$package" root
	done
fi

cat >cmocka.ini <<END
[binaries]
pkgconfig = 'pkg-config'

[properties]
sys_root = '$dir/root'
pkg_config_libdir = '$lib/pkgconfig'

[built-in options]
c_link_args = ['-Wl,-rpath,$lib', '-Wl,-rpath-link,$lib']
END
echo "$dir/cmocka.ini"
