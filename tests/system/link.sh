#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# link.sh SOURCE BUILD LIBRARIES MODULES CC...
# Programs on one command line with an installed Spindle, by each compiler there is, in C and C++,
# with the shared library and with the archive: one that uses every public header, and an
# application, for which all MODULES must be there, though nothing in it mentions them.
set -eu

source_dir=$1
build_dir=$2
libraries=$3
modules=$4
shift 4
# shellcheck source=tests/system/stage.sh
. "$source_dir/tests/system/stage.sh"
system_dir=$source_dir/tests/system

fail()
{
	cat "$work/out"
	echo "$*"
	exit 1
}

# built KIND ARGUMENT...: $program from these; KIND is how it must be linked.
built()
{
	kind=$1
	shift
	rm -f "$work/program"
	# shellcheck disable=SC2086
	$driver -Wall -Werror -o "$work/program" "$@" >"$work/out" 2>&1 ||
		fail "$driver, $language: does not link: $*"
	linked=static
	! readelf -d "$work/program" | grep -q libspindle || linked=shared
	[ "$kind" = "$linked" ] || fail "$driver, $language: is linked $linked, not $kind: $*"
	run_path=$lib_dir
	[ "$kind" = shared ] || run_path=/nonexistent
}

# runs LINE ARGUMENT...: the program ends well, and LINE is the last it says.
runs()
{
	line=$1
	shift
	LD_LIBRARY_PATH=$run_path timeout 30 "$work/program" "$@" >"$work/out" 2>"$work/errors" || {
		cat "$work/errors"
		fail "$driver, $language, $kind: $(basename "$source") fails"
	}
	tail -n 1 "$work/out" | grep -q "$line" ||
		fail "$driver, $language, $kind: $(basename "$source") does not say '$line'"
}

# every_way LINE ARGUMENT...: $source with each kind of library, which stands behind it or in front.
# shellcheck disable=SC2046,SC2086
every_way()
{
	if [ "$libraries" != static ]; then
		built shared $source $(pkg-config --cflags --libs spindle)
		runs "$@"
		built shared -Wl,--as-needed $(pkg-config --cflags --libs spdk_event) $source
		runs "$@"
		# The linker prefers the shared one where both are; what --static adds does no harm.
		built shared $source $(pkg-config --cflags --static --libs spindle)
		runs "$@"
	fi
	if [ "$libraries" = both ]; then
		built static $source $(pkg-config --cflags spindle) \
			-Wl,-Bstatic $(pkg-config --libs spindle) -Wl,-Bdynamic $system_libs
		runs "$@"
		built static $(pkg-config --cflags spdk_event) -Wl,--as-needed \
			-Wl,-Bstatic $(pkg-config --libs spdk_event) -Wl,-Bdynamic $source \
			$system_libs
		runs "$@"
	elif [ "$libraries" = static ]; then
		built static $source $(pkg-config --cflags --libs spindle)
		runs "$@"
		built static $(pkg-config --cflags --libs spdk_event) $source
		runs "$@"
	fi
	if [ "$has_static_system" = yes ]; then
		built static -static $source $(pkg-config --cflags --static --libs spindle)
		runs "$@"
	fi
}

try_language()
{
	driver=$1
	language=$2
	has_static_system=no
	echo 'int main(void) { return 0; }' >"$work/empty.$language"
	# Not every machine has the archives of what ours needs.
	# shellcheck disable=SC2086
	if [ "$libraries" != shared ] && $driver -static -o "$work/empty" "$work/empty.$language" \
		$system_libs >"$work/out" 2>&1; then
		has_static_system=yes
	fi
	# Compiled once: it is the longest of all.
	source=$work/every_header.o
	cp "$work/every_header" "$work/every_header.$language"
	# shellcheck disable=SC2046,SC2086
	$driver -Wall -Werror $(pkg-config --cflags spindle) -c -o "$source" \
		"$work/every_header.$language" >"$work/out" 2>&1 ||
		fail "$driver, $language: does not compile: every header"
	every_way "^$headers used, 0 failed$"
	source=$work/own_modules.$language
	cp "$system_dir/own_modules.c" "$source"
	# shellcheck disable=SC2086
	every_way '^own modules: 0 failed$' $modules
	if [ "$language" = c ]; then
		source=$source_dir/examples/hello_app.c
		every_way '^Good bye.$' --disable-cpumask-locks -t 1
		# The first application of the README.
		source=$work/first.c
		sed -n '/^```c$/,/^```$/p' "$source_dir/README.md" | grep -v '^```' >"$source"
		every_way '^hello from thread app_thread$'
	fi
}

headers=$(python3 "$system_dir/every_header.py" "$source_dir/include" \
	"$system_dir/header_uses.txt" "$source_dir/tests/api/names.txt" "$work/every_header")
[ -n "$modules" ] || fail "no module is here"
if [ "$libraries" = static ]; then
	system_libs=$(pkg-config --libs spdk_syslibs)
else
	system_libs=$(pkg-config --static --libs spdk_syslibs)
fi

compiler=$*
done=
for pair in "$compiler:c" gcc:c clang:c g++:cpp clang++:cpp; do
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
	echo "$driver: good, -static: $has_static_system"
done
