#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Installs what building, testing or checking Spindle needs and this machine lacks. Says nothing and
# needs no rights when nothing is missing, because every make target calls it first.
#
# What is missing is found by looking for the thing itself, not for the Debian package that would
# bring it: a compiler or a meson that came by another road is as good.
set -eu

usage()
{
	echo "usage: $0 [--ci] [--bench] [--lint] [--fuzz] [--qemu]"
	echo "Without options: what 'make demo' and 'make check' need. They add what 'make bench',"
	echo "'make format' and 'make tidy' (--lint), 'make fuzz' (--fuzz),"
	echo "'make check-qemu' (--qemu) and .ci/run (--ci) need."
}

missing=
if [ -t 0 ]; then
	sudo_options=
else
	sudo_options=-n
fi

# need PACKAGE COMMAND...: PACKAGE is missing unless COMMAND succeeds.
need()
{
	package=$1
	shift
	if ! "$@" >/dev/null 2>&1; then
		missing="$missing $package"
	fi
}

has()
{
	command -v "$1"
}

has_header()
{
	echo "#include <$1>" | cc -E -x c -
}

has_library()
{
	pkg-config --exists "$1"
}

has_clang_runtime()
{
	test -e "$(clang -print-libgcc-file-name -rtlib=compiler-rt | sed 's/builtins/asan/')"
}

need_base()
{
	need gcc has cc
	need g++ has c++
	need binutils has objcopy
	need libc6-dev has_header stdio.h
	need make has make
	need meson has meson
	need ninja-build has ninja
	need pkg-config has pkg-config
	need python3 has python3
	need libcmocka-dev has_library cmocka
	need libaio-dev has_header libaio.h
	need liburing-dev has_library liburing
}

need_lint()
{
	need clang-format has clang-format
	need clang-tidy has clang-tidy
	need cppcheck has cppcheck
	need shellcheck has shellcheck
}

need_fuzz()
{
	need clang has clang
	# Debian's clang only recommends its sanitizer and fuzzer runtimes, whose package has the
	# version in its name.
	need "libclang-rt-$(clang_version)-dev" has_clang_runtime
}

clang_version()
{
	if has clang >/dev/null; then
		clang -dumpversion | cut -d. -f1
	else
		echo 14
	fi
}

# What the benchmarks compare the library with; each is left out without it.
need_bench()
{
	need fio has fio
	need libdpdk-dev has_library libdpdk
	need libuv1-dev has_library libuv
	need liburing-dev has_library liburing
}

# What the guest is made of is unpacked by tests/qemu/build_guest.sh, not installed.
need_qemu()
{
	need qemu-system-x86 has qemu-system-x86_64
	need util-linux has setpriv
}

need_ci()
{
	need_fuzz
	need_qemu
	need shellcheck has shellcheck
	need clang-format has clang-format
	need gcc-aarch64-linux-gnu has aarch64-linux-gnu-gcc
	need libc6-dev-arm64-cross test -e /usr/aarch64-linux-gnu/include/stdio.h
	need qemu-user has qemu-aarch64
	need util-linux has setpriv
	need valgrind has valgrind
	need libisal-dev test -e /usr/include/isa-l.h
	need libssl-dev has_library libcrypto
}

run_as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		# Without a terminal nobody is there to type a password.
		sudo $sudo_options "$@"
	fi
}

fail()
{
	echo "$0: missing:$missing" >&2
	echo "$0: $1" >&2
	exit 1
}

install_missing()
{
	if ! has apt-get >/dev/null; then
		fail "no apt-get here: install what these Debian packages are elsewhere"
	fi
	if [ "$(id -u)" != 0 ] && ! has sudo >/dev/null; then
		fail "neither root nor sudo: ask an administrator for: apt-get install$missing"
	fi
	echo "Installing what is missing:$missing" >&2
	# Unquoted on purpose: one word a package.
	# shellcheck disable=SC2086
	{
		run_as_root apt-get -qq -o DPkg::Lock::Timeout=300 update &&
		run_as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
			-o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
			install --no-install-recommends $missing >/dev/null
	} </dev/null || fail "could not install them: see above, or run: apt-get install$missing"
}

need_all()
{
	missing=
	need_base
	for option in "$@"; do
		case $option in
		--ci) need_ci ;;
		--lint) need_lint ;;
		--fuzz) need_fuzz ;;
		--qemu) need_qemu ;;
		--bench) need_bench ;;
		-h | --help)
			usage
			exit 0
			;;
		*)
			usage >&2
			exit 2
			;;
		esac
	done
}

need_all "$@"
if [ -n "$missing" ]; then
	install_missing
	need_all "$@"
	if [ -n "$missing" ]; then
		fail "still missing after they were installed"
	fi
fi
