#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# bdev_module.sh SOURCE BUILD LIBRARIES CC...
# A module of block devices that is not in our tree builds against an installed Spindle by
# pkg-config alone, and its devices are as good as ours: a configuration makes them, programs use
# them, methods make and remove them, and what is saved makes them again.
set -eu

source_dir=$1
build_dir=$2
libraries=$3
shift 3
# shellcheck source=tests/system/stage.sh
. "$source_dir/tests/system/stage.sh"
program=
# The program, when we fail while it runs; then what stage.sh made.
trap '[ -z "$program" ] || kill "$program" 2>/dev/null || true; rm -rf "$work"' EXIT

fail()
{
	cat "$work/out"
	echo "$*"
	exit 1
}

pkg_config=pkg-config
[ "$libraries" != static ] || pkg_config='pkg-config --static'
export LD_LIBRARY_PATH="$lib_dir"
mkdir "$work/module"
cd "$work/module"
for file in Makefile README.md bdev_mask.c mask.json; do
	cp "$source_dir/examples/bdev_module/$file" .
done
cp "$source_dir/examples/hello_bdev.c" "$source_dir/examples/hello_app.c" \
	"$source_dir/tests/system/every_io.c" .
make CC="$*" PKG_CONFIG="$pkg_config" hello_bdev hello_app every_io >"$work/out" 2>&1 ||
	fail "the module does not build"
! grep -q 'warning' "$work/out" || fail "the compiler warns"

# hello CONFIGURATION NAME: a greeting goes to the device and comes back.
hello()
{
	timeout 60 ./hello_bdev --disable-cpumask-locks -c "$1" -b "$2" >"$work/out" 2>&1 ||
		fail "hello_bdev fails on $2 of $1"
	grep -qx "Read from $2: Hello, block device!" "$work/out" || fail "$2 of $1 does not greet"
	! grep -q 'ERROR\|WARNING' "$work/out" || fail "$2 of $1 has something to complain about"
}

hello mask.json Mask0
timeout 60 ./every_io mask.json Mask0 >"$work/out" 2>&1 || fail "an I/O of Mask0 fails"
grep -qx 'every I/O: good' "$work/out" || fail "every_io has not come to its end"

# refused PARAMETERS WORDS: no device is made of them, and WORDS say why.
refused()
{
	printf '{"subsystems": [{"subsystem": "bdev", "config": [{"method": "mask_create",
		"params": {"name": "Mask0", %s}}]}]}' "$1" >bad.json
	! timeout 60 ./hello_bdev --disable-cpumask-locks -c bad.json -b Mask0 >"$work/out" 2>&1 ||
		fail "a device is made of $1"
	grep -q "$2" "$work/out" || fail "nobody says '$2' of $1"
}

refused '"num_blocks": 0, "key": 1' 'num_blocks is 0, and may be 1 to 2097152'
refused '"num_blocks": 2097153, "key": 1' 'num_blocks is 2097153'
refused '"num_blocks": 8, "key": 256' 'key'
refused '"num_blocks": 8' 'key'

# A program that stays, for its methods. Others on this machine may have its cores.
./hello_app --disable-cpumask-locks -m 0x1 -t 1000000 -c mask.json -r "$work/socket" \
	>"$work/app_out" 2>&1 &
program=$!
spindle=$(find "$work/root" -type f -path '*/bin/spindle')
[ -x "$spindle" ] || fail "no spindle was installed"
export SPINDLE_RPC_ADDR="$work/socket"

# rpc ARGUMENT...: its answer in $work/out.
rpc()
{
	"$spindle" rpc "$@" >"$work/out" 2>&1
}

# says WORDS ARGUMENT...: they are in the answer to it, whether that is an error or none.
says()
{
	words=$1
	shift
	rpc "$@" || true
	grep -q -e "$words" "$work/out" || fail "'$*' does not say '$words'"
}

says 26.05 --wait 60 spdk_get_version
says '"key": 90' bdev_get_bdevs name=Mask0
says 'key\* .*XORed' --list mask_create
says Mask1 mask_create name=Mask1 num_blocks=64 key=7
says "bdev 'Mask1' cannot be made: File exists" mask_create name=Mask1 num_blocks=64 key=8
says Null0 bdev_null_create name=Null0 num_blocks=64 block_size=512
says "bdev 'Null0' of the module mask: No such device" mask_delete name=Null0
says true mask_delete name=Mask0
says 'No such device' bdev_get_bdevs name=Mask0
rpc bdev_get_bdevs name=Mask1 || fail "Mask1 is gone with Mask0"
uuid=$(sed -n 's/.*"uuid": "\(.*\)".*/\1/p' "$work/out")
[ -n "$uuid" ] || fail "Mask1 has no UUID"
rpc save-config -f "$work/saved.json" || fail "the configuration is not saved"
rpc spdk_kill_instance sig_name=SIGTERM || fail "hello_app cannot be ended"
wait "$program" || { cat "$work/app_out"; fail "hello_app ends with an error"; }
program=

# What was saved is Mask1 as it was, and not Mask0.
! grep -q Mask0 "$work/saved.json" || fail "a device that is gone is saved"
tr -d ' \n\t' <"$work/saved.json" >"$work/out"
expected="{\"name\":\"Mask1\",\"num_blocks\":64,\"key\":7,\"uuid\":\"$uuid\"}"
grep -qF "\"mask_create\",\"params\":$expected" "$work/out" ||
	fail "what is saved of Mask1 is wrong"
hello "$work/saved.json" Mask1
hello "$work/saved.json" "$uuid"

make clean >"$work/out" 2>&1 || fail "clean fails"
for file in hello_bdev bdev_mask.o; do
	! [ -e "$file" ] || fail "clean leaves $file"
done

# What the documentation quotes is what was built.
python3 - "$source_dir/docs/bdev.md" bdev_mask.c >"$work/out" <<-'END' || fail "see docs/bdev.md"
	import re, sys
	document, source = (open(path, encoding='utf-8').read() for path in sys.argv[1:])
	section = document.split('## Writing a module\n')[1].split('\n### ')[0]
	quotes = '\n\n'.join(re.findall(r'```c\n(.*?)```', section, re.S)).split('\n\n')
	different = [quote for quote in quotes if quote.strip() not in source]
	print('\n\n'.join(different) if different else f'{len(quotes)} quotes')
	sys.exit(bool(different) or len(quotes) < 5)
END
echo "a module from outside: good"
