#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# install.sh SOURCE BUILD LIBRARIES CC...
# Installs into an empty directory and uses the result as a user would: one pkg-config name on the
# command line, with the shared library and with the static one.
set -eu

source_dir=$1
build_dir=$2
libraries=$3
shift 3

. "$source_dir/tests/system/stage.sh"
for header in "$source_dir"/include/*/*.h; do
	name=${header#"$source_dir/include/"}
	if [ -z "$(find "$work/root" -path "*/include/$name")" ]; then
		echo "$name was not installed"
		exit 1
	fi
done

for name in bin/spindle spindle.1 spindle-bdev.1 spindle-dd.1 spindle-perf.1 spindle-rpc.1 \
	completions/spindle site-functions/_spindle; do
	if [ -z "$(find "$work/root" -path "*/$name")" ]; then
		echo "$name was not installed"
		exit 1
	fi
done
setup=$(find "$work/root" -path '*/share/spindle/scripts/setup.sh')
"$setup" help | grep -q 'usage: setup.sh'
"$setup" status >/dev/null

spindle=$(find "$work/root" -path '*/bin/spindle')
LD_LIBRARY_PATH=$lib_dir "$spindle" rpc -h >/dev/null

# try KIND PKG-CONFIG-OPTION...: builds everything a user could, runs what ends by itself.
try()
{
	kind=$1
	shift
	for program in "$source_dir"/tests/system/user_program.c "$source_dir"/examples/*.c; do
		[ -e "$program" ] || continue
		name=$(basename "$program" .c)
		# shellcheck disable=SC2046
		$compiler -Wall -Werror -o "$work/$name.$kind" "$program" \
			$(pkg-config "$@" --cflags --libs spindle)
		echo "$name.$kind links"
	done
	LD_LIBRARY_PATH=$lib_dir "$work/user_program.$kind"
	# Others on this machine may have the cores of its mask.
	LD_LIBRARY_PATH=$lib_dir timeout 30 "$work/hello_app.$kind" --disable-cpumask-locks -t 1
	if ldd "$work/user_program.$kind" | grep -q libspindle; then
		[ "$kind" = shared ]
	else
		[ "$kind" = static ]
	fi || { echo "user_program.$kind is linked with the other kind of library"; exit 1; }
}

compiler=$*
[ "$libraries" = static ] || try shared
rm -f "$lib_dir"/libspindle.so*
[ "$libraries" = shared ] || try static --static
if [ "$libraries" = static ]; then
	# There is nothing but the archive, so that --static must not be needed.
	rm "$work"/*.static
	try static
fi
