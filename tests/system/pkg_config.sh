#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# pkg_config.sh SOURCE BUILD LIBRARIES CC...
# Every name that pkg-config may be asked for gives all of the library, in any order and however
# SPDK's documentation wraps it; and mk/libraries.txt, where the names come from, tells the truth.
set -eu

source_dir=$1
build_dir=$2
libraries=$3
shift 3
# shellcheck source=tests/system/stage.sh
. "$source_dir/tests/system/stage.sh"

fail()
{
	echo "$*"
	exit 1
}

# The names

table=$source_dir/mk/libraries.txt
if [ "$libraries" = static ]; then
	nm --defined-only --extern-only "$lib_dir/libspindle.a"
else
	nm --defined-only --extern-only --dynamic "$lib_dir/libspindle.so"
fi | sed -n 's/^[0-9a-f]* T \([a-z0-9_]*\).*/\1/p' >"$work/functions"
[ -s "$work/functions" ] || fail "nm finds no function in the library"

expected=$(pkg-config --libs spindle)
expected_static=$(pkg-config --static --libs spindle)
sed '/^#/d;/^$/d' "$table" >"$work/table"
cut -d ' ' -f 1 "$work/table" | LC_ALL=C sort -c -u || fail "$table is not sorted"
while read -r name state function; do
	if [ "$function" = - ]; then
		:
	elif grep -qx "$function" "$work/functions"; then
		[ "$state" = here ] || fail "$table: $name is 'later', yet there is $function()"
	else
		[ "$state" = later ] || fail "$table: $name is 'here', yet there is no $function()"
	fi
	if [ "$state" = later ]; then
		! pkg-config --exists "spdk_$name" || fail "there is a spdk_$name for pkg-config"
		continue
	fi
	# What holds for one of two equal command lines holds for the other.
	[ "$(pkg-config --libs "spdk_$name")" = "$expected" ] || fail "--libs spdk_$name differs"
	[ "$(pkg-config --static --libs "spdk_$name")" = "$expected_static" ] ||
		fail "--static --libs spdk_$name differs"
	[ "$(pkg-config --cflags "spdk_$name")" = "$(pkg-config --cflags spindle)" ] ||
		fail "--cflags spdk_$name differs"
	pkg-config --atleast-version=26.05 "spdk_$name" || fail "spdk_$name is too old for itself"
done <"$work/table"
here=$(sed -n 's/^\([^ ]*\)  *here .*/spdk_\1/p' "$work/table")
[ -n "$here" ] || fail "$table has no library that is here"
# Where more than one package comes in, pkg-config puts the search paths before all the rest.
for option in --libs-only-l --libs-only-other; do
	# shellcheck disable=SC2086
	[ "$(pkg-config $option $here spdk_dpdklibs spindle)" = "$(pkg-config $option spindle)" ] ||
		fail "all names together differ in $option"
done
[ -z "$(pkg-config --libs spdk_dpdklibs | tr -d ' ')" ] || fail "spdk_dpdklibs links something"
system_libs=$(pkg-config --static --libs spdk_syslibs)
case $system_libs in
*-lspindle*) fail "spdk_syslibs links the library" ;;
esac

# The links

# A program of one function of each library, and the one that runs.
awk '$2 == "here" && $3 != "-" {print "extern void " $3 "(void);"; uses = uses "\t" $3 ",\n"}
	END {print "void (*volatile uses[])(void) = {\n" uses "};"}' "$work/table" >"$work/uses.c"

# try NAME ARGUMENT...: links $objects with them and runs the result, for which only $1 matters.
try()
{
	name=$1
	shift
	rm -f "$work/program"
	# shellcheck disable=SC2086
	$driver -o "$work/program" "$@" >"$work/out" 2>&1 || {
		cat "$work/out"
		fail "$driver, $language, $kind: $name does not link: $*"
	}
	[ "$(LD_LIBRARY_PATH=$run_path "$work/program")" = "hello from user" ] ||
		fail "$driver, $language, $kind: $name does not run"
	linked=static
	! readelf -d "$work/program" | grep -q libspindle || linked=shared
	[ "$linked" = "$kind" ] || fail "$driver, $language: $name is linked $linked, not $kind"
}

# The first three orders for $options; then what SPDK's documentation says for the kind.
try_orders()
{
	libs=$(pkg-config $options --libs spdk_thread)
	more=$(pkg-config $options --libs spdk_env_dpdk)
	# shellcheck disable=SC2086
	{
		try "objects first" $objects $libs
		try "libraries first" -Wl,--as-needed $libs $objects
		try "two names, two calls" $libs $objects $more
	}
}

try_shared()
{
	kind=shared options='' run_path=$lib_dir
	# shellcheck disable=SC2086
	{
		try_orders
		try "SPDK's way, shared" $objects -pthread -Wl,--no-as-needed $libs -Wl,--as-needed
	}
}

try_static()
{
	kind=static options=--static run_path=''
	# shellcheck disable=SC2046,SC2086
	{
		try_orders
		# Without the shared library the names bring the system's libraries themselves,
		# which cannot be wrapped like that.
		[ "$libraries" = both ] || return 0
		# These find the archive beside the shared library.
		mv "$work"/hidden/* "$lib_dir"
		try "SPDK's way, static" $objects -pthread -Wl,--whole-archive,-Bstatic \
			$(pkg-config --libs spdk_thread spdk_env_dpdk) \
			-Wl,--no-whole-archive,-Bdynamic $system_libs
		try "SPDK's way, static, two calls" $objects -pthread -Wl,--whole-archive \
			-Wl,-Bstatic $(pkg-config --libs spdk_thread) \
			$(pkg-config --libs spdk_env_dpdk) \
			-Wl,-Bdynamic -Wl,--no-whole-archive $system_libs
	}
}

try_language()
{
	driver=$1
	language=$2
	program=$source_dir/tests/system/user_program.c
	# shellcheck disable=SC2046,SC2086
	$driver -x "$language" -Wall -Werror $(pkg-config --cflags spdk_thread) -c "$program" \
		-o "$work/user.o"
	objects="$work/user.o $work/uses.o"
	[ "$libraries" = static ] || try_shared
	if [ "$libraries" != shared ]; then
		mkdir -p "$work/hidden"
		mv "$lib_dir"/libspindle.so* "$work/hidden" 2>/dev/null || true
		try_static
		mv "$work"/hidden/* "$lib_dir" 2>/dev/null || true
	fi
}

"$@" -c "$work/uses.c" -o "$work/uses.o"
compiler=$*
done=
for pair in "$compiler:c" gcc:c clang:c g++:c++ clang++:c++; do
	driver=${pair%:*}
	# shellcheck disable=SC2086
	set -- $driver
	command -v "$1" >/dev/null || continue
	# 'cc' is one of the others by another name.
	binary=$(readlink -f "$(command -v "$1")"):${pair##*:}
	case $done in
	*"<$binary>"*) continue ;;
	esac
	done="$done<$binary>"
	try_language "$driver" "${pair##*:}"
	echo "$driver: good"
done
