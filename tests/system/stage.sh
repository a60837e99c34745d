# SPDX-License-Identifier: BSD-3-Clause
# Sourced with source_dir and build_dir set: installs the build tree into $work/root, a directory of
# our own that goes away in the end, points pkg-config there, and sets lib_dir and share_dir.
# Ends the test as skipped where that cannot be done.
# shellcheck shell=sh disable=SC2154

# Those of a surrounding make or build are not a user's.
unset MAKEFLAGS MAKELEVEL DESTDIR CFLAGS CXXFLAGS CPPFLAGS LDFLAGS PKG_CONFIG_LIBDIR

if ! [ -w "$build_dir/meson-logs" ]; then
	echo "meson writes a log into $build_dir when it installs, and we may not"
	exit 77
fi
# That of a 'sudo make install' before us could not be opened.
rm -f "$build_dir/meson-logs/install-log.txt"
if ! command -v pkg-config >/dev/null; then
	echo "no pkg-config here"
	exit 77
fi

umask 022
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
meson install -C "$build_dir" --no-rebuild --destdir "$work/root" >"$work/log" 2>&1 || {
	cat "$work/log"
	exit 1
}

pc=$(find "$work/root" -name spindle.pc)
[ -n "$pc" ] || { echo "no spindle.pc was installed"; exit 1; }
export PKG_CONFIG_PATH="${pc%/*}"
export PKG_CONFIG_SYSROOT_DIR="$work/root"
lib_dir=$(pkg-config --variable=libdir spindle)
# pkgconf puts the system root before what it prints as a variable, pkg-config of old does not.
lib_dir=$work/root${lib_dir#"$work/root"}
share_dir=$(find "$work/root" -type d -path '*/spindle/mk')
share_dir=${share_dir%/mk}
