#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# makefiles.sh SOURCE BUILD CC...
# A Makefile as people wrote it for SPDK builds its program against an installed Spindle and against
# a source tree, and says what is wrong where something is.
set -eu

source_dir=$1
build_dir=$2
shift 2
# shellcheck source=tests/system/stage.sh
. "$source_dir/tests/system/stage.sh"
compiler=$*
# A library that is not there yet, and a function of it.
# shellcheck disable=SC2046
set -- $(awk '$2 == "later" && $3 != "-" {print $1, $3; exit}' "$source_dir/mk/libraries.txt")
absent=$1
absent_function=$2
unset SPDK_ROOT_DIR SPINDLE_BUILD SPDK_LIB_LIST CONFIG_SHARED

fail()
{
	cat "$work/out"
	echo "$*"
	exit 1
}

# run ARGUMENT...: make, with what it prints in $work/out.
run()
{
	make -j2 CC="$compiler" "$@" >"$work/out" 2>&1
}

says()
{
	grep -q "$1" "$work/out" || fail "make does not say '$1'"
}

# write DIRECTORY: a project of the seed's kind, two levels below SPDK_ROOT_DIR.
write()
{
	mkdir -p "$1"
	cp "$source_dir/examples/reactor_test.c" "$1"
	cat >"$1/Makefile" <<-END
		SPDK_ROOT_DIR := \$(abspath \$(CURDIR)/../..)
		include \$(SPDK_ROOT_DIR)/mk/spdk.common.mk
		include \$(SPDK_ROOT_DIR)/mk/spdk.modules.mk

		APP = reactor_test

		C_SRCS := reactor_test.c

		SPDK_LIB_LIST = \$(ALL_MODULES_LIST) thread util log
		SPDK_LIB_LIST += event $absent

		include \$(SPDK_ROOT_DIR)/mk/spdk.app.mk

		install: \$(APP)
	END
	printf '\t%s\n' "\$(INSTALL_APP)" >>"$1/Makefile"
}

# good PROGRAM: it is there and runs, and nothing that makes it leave needs a search path.
good()
{
	[ -x "$1" ] || fail "$1 was not made"
	timeout 20 "$1" -m 0x1 -p 1 -t 1 >"$work/program_out" 2>&1 || fail "$1 failed"
	grep -q 'hello' "$work/program_out" || fail "$1 did not greet"
}

# everything DIRECTORY OUTPUT: all that the Makefile in DIRECTORY is for; OUTPUT is its program.
everything()
{
	cd "$1"
	run || fail "$1 does not build"
	says "names what Spindle does not have yet:.* $absent\\>"
	! grep -q 'warning' "$work/out" || fail "make or the compiler warns"
	good "$2"
	stamp=$(stat -c %Y.%i "$2")
	run || fail "$1 does not build again"
	[ "$(stat -c %Y.%i "$2")" = "$stamp" ] || fail "$2 was linked anew for no reason"
	run install DESTDIR="$work/target" prefix=/opt || fail "install fails"
	[ -x "$work/target/opt/bin/reactor_test" ] || fail "nothing was installed"
	rm -r "$work/target"
	run clean || fail "clean fails"
	! [ -e "$2" ] || fail "clean leaves the program"
	[ "$(find . -type f | LC_ALL=C sort | tr '\n' ' ')" = "./Makefile ./reactor_test.c " ] ||
		fail "clean leaves $(ls)"
}

# Inside an installed tree, as a Makefile stands that nobody changed.
write "$share_dir/examples/my"
everything "$share_dir/examples/my" "$share_dir/build/examples/reactor_test"
rm -r "$share_dir/build"

# There, when the tree belongs to somebody else: the program comes beside the Makefile.
if [ "$(id -u)" != 0 ]; then
	chmod a-w "$share_dir"
	status=0
	(cd "$share_dir/examples/my" && run) || status=1
	chmod u+w "$share_dir"
	[ "$status" = 0 ] || fail "a tree of somebody else's cannot be used"
	good "$share_dir/examples/my/reactor_test"
elif command -v setpriv >/dev/null; then
	chown -R nobody "$share_dir/examples/my"
	touch "$work/out"
	chmod a+w "$work/out"
	(
		cd "$share_dir/examples/my"
		setpriv --reuid=nobody --regid=nogroup --clear-groups \
			env -u CCACHE_DIR -u XDG_CACHE_HOME HOME="$PWD" \
			make CC="$compiler" >"$work/out" 2>&1
	) || fail "a tree of somebody else's cannot be used"
	good "$share_dir/examples/my/reactor_test"
fi

# A source tree: ours, seen through links, so that nothing is written into it.
tree=$work/tree
mkdir -p "$tree/build"
ln -s "$source_dir/mk" "$source_dir/include" "$tree"
ln -s "$build_dir/src" "$build_dir/meson-uninstalled" "$tree/build"
write "$tree/examples/my"
everything "$tree/examples/my" "$tree/build/examples/reactor_test"

# What belongs to no tree comes beside its Makefile, with either kind of library.
write "$work/a/b/project"
cd "$work/a/b/project"
# As a make variable: on the command line it replaces the Makefile's own.
root=SPDK_ROOT_DIR=$share_dir
for shared in n y; do
	run "$root" CONFIG_SHARED=$shared || fail "a project outside does not build"
	good ./reactor_test
	run "$root" clean
done

# An application: the one library that SPDK's name for it stands for pulls all the rest.
mkdir "$work/a/b/app"
cd "$work/a/b/app"
cp "$source_dir/examples/hello_app.c" .
cat >Makefile <<-'END'
	include $(SPDK_ROOT_DIR)/mk/spdk.common.mk
	APP = hello_app
	C_SRCS := hello_app.c
	SPDK_LIB_LIST += event
	include $(SPDK_ROOT_DIR)/mk/spdk.app.mk
END
for shared in n y; do
	run "$root" CONFIG_SHARED=$shared || fail "an application does not build"
	! grep -q 'warning\|^Spindle' "$work/out" || fail "there is nothing to complain about"
	# Others on this machine may have the cores of its mask.
	timeout 20 ./hello_app --disable-cpumask-locks -m 0x3 -t 1 >"$work/out" 2>&1 ||
		fail "an application fails"
	says 'Good bye.'
	run "$root" clean
done

# The modules that nothing in a program mentions are there, and its own.
mkdir "$work/a/b/modules"
cd "$work/a/b/modules"
cp "$source_dir/tests/system/own_modules.c" .
printf '%s\n' 'include $(SPDK_ROOT_DIR)/mk/spdk.modules.mk' 'APP = own_modules' \
	'C_SRCS = own_modules.c' 'SPDK_LIB_LIST = $(ALL_MODULES_LIST) event event_scheduler' \
	'include $(SPDK_ROOT_DIR)/mk/spdk.app.mk' >Makefile
for shared in n y; do
	run "$root" CONFIG_SHARED=$shared || fail "a program with modules does not build"
	timeout 20 ./own_modules subsystem:scheduler scheduler:static >"$work/out" 2>&1 ||
		fail "a module is missing"
	run "$root" clean
done

# A library of the user's own that needs ours, last on the command line; C++; no list at all.
mkdir "$work/a/b/mixed"
cd "$work/a/b/mixed"
cp "$source_dir/tests/system/user_program.c" mine.c
cat >program.cpp <<-'END'
	#include <string>
	extern "C" int user_main(void);
	static std::string name(int argc) { return std::string(argc + 100, 'x'); }
	int main(int argc, char **) { return name(argc).size() > 100 ? user_main() : 1; }
END
# shellcheck disable=SC2046
$compiler -Dmain=user_main $(pkg-config --cflags spindle) -c mine.c -o mine.obj
ar rc libmine.a mine.obj
printf '%s\n' 'APP := mixed' 'CXX_SRCS = program.cpp' 'SYS_LIBS += -L. -lmine' \
	"include \$(SPDK_ROOT_DIR)/mk/spdk.app_cxx.mk" >Makefile
if command -v g++ >/dev/null; then
	for shared in n y; do
		run "$root" CXX=g++ CONFIG_SHARED=$shared || fail "a program of C++ does not build"
		[ "$(./mixed)" = "hello from user" ] || fail "a program of C++ does not run"
		run "$root" clean
	done
fi

# What is wrong is said, once, and by name.
cd "$work/a/b/project"
! run "$root" SPDK_LIB_LIST='log evnt' || fail "an unknown library is taken"
says 'names what is no library of SPDK: evnt '
run "$root" SPDK_LIB_LIST='log util' || fail "two libraries do not do"
! grep -q '^Spindle' "$work/out" || fail "there is nothing to complain about"
run "$root" clean
printf '%s\n' "int $absent_function(void);" "int main(void) { return $absent_function(); }" \
	>reactor_test.c
! run "$root" || fail "a program links that uses what is not there"
[ "$(grep -c "^Spindle: .* does not have yet:.* $absent\\>" "$work/out")" = 2 ] ||
	fail "the failed link is not explained"
run "$root" clean
mkdir "$work/unbuilt"
ln -s "$source_dir/mk" "$source_dir/include" "$work/unbuilt"
! run SPDK_ROOT_DIR="$work/unbuilt" || fail "a tree that was not built can be used"
says "there is no $work/unbuilt/build/src/libspindle.a"
run SPDK_ROOT_DIR="$work/unbuilt" clean || fail "clean needs a library"
! run "$root" C_SRCS= || fail "no sources are enough"
says 'set C_SRCS or CXX_SRCS'
echo "all Makefiles: good"
