#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# spindle_dd.sh SPINDLE: copies between files, pipes and block devices on files, held against what
# dd(1) makes of the same; what is refused and what it says; copies that are killed and go on.
#
# Both of 'A && B' are what is wanted before '|| fail', and fail goes on.
# shellcheck disable=SC2015,SC2002,SC2054
set -u

spindle=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
RANDOM=${SEED:=$$}
failed=0

fail() {
	echo "$* (SEED=$SEED)" >&2
	cat said >&2
	failed=1
}

# copy OPTION...: no word but errors, which stay in the file `said`.
copy() {
	timeout 60 "$spindle" dd --quiet "$@" >said 2>&1
}

# device NAME FILE: the call that makes a block device of a file.
device() {
	echo "bdev_${engine}_create name=$1 filename=$work/$2 block_size=512"
}

# says STATUS WHAT COMMAND...: ends so, and says that.
says() {
	local status=$1 what=$2 found
	shift 2
	"$@"
	found=$?
	[ $found = "$status" ] || fail "'$*' ends with $found, not $status"
	grep -q -e "$what" said || fail "'$*' says no '$what'"
}

# random_file NAME BYTES
random_file() {
	head -c "$2" /dev/urandom >"$1"
}

random_file disk 131072
engine=
for engine in aio uring none; do
	copy --ib A --of probe --with "$(device A disk)" && break
done
if [ "$engine" = none ]; then
	echo "block devices on files are not to be had here"
	exit 77
fi
cmp -s disk probe || fail "a block device is copied to a file that differs"

# Sizes and places that are no multiples of a block, in both directions; dd(1) says what comes out.
random_file input 70001
while read -r bs skip seek count; do
	where=(--bs "$bs" --skip "${skip}B" --seek "${seek}B" --count "${count}B")
	expected=(bs=64k "skip=$skip" "seek=$seek" "count=$count" iflag=skip_bytes,count_bytes
		oflag=seek_bytes conv=notrunc)
	random_file target 131072
	cp target wanted
	dd if=input of=wanted "${expected[@]}" 2>/dev/null
	copy --if input --ob T --with "$(device T target)" "${where[@]}" --verify ||
		fail "a file is not copied by ${where[*]}"
	cmp target wanted >>said 2>&1 || fail "a file is copied wrongly by ${where[*]}"

	random_file out 1000
	cp out wanted
	dd if=disk of=wanted "${expected[@]}" 2>/dev/null
	copy --ib A --of out --notrunc --with "$(device A disk)" "${where[@]}" ||
		fail "a block device is not copied by ${where[*]}"
	cmp out wanted >>said 2>&1 || fail "a block device is copied wrongly by ${where[*]}"

	random_file target 131072
	cp target wanted
	dd if=disk of=wanted "${expected[@]}" 2>/dev/null
	copy --ib A --ob T --with "$(device A disk)" --with "$(device T target)" "${where[@]}" ||
		fail "a block device is not copied to another by ${where[*]}"
	cmp target wanted >>said 2>&1 || fail "a device is copied to another wrongly: ${where[*]}"
done <<-END
	1 5 7 3
	1000 0 0 70001
	512 0 511 2
	3M 512 1000 65001
	$((RANDOM % 5000 + 1)) $RANDOM $RANDOM $RANDOM
END

# A target file is cut, pipes are read to their end, and nothing keeps its order but that.
random_file out 100000
copy --if input --of out && cmp -s input out || fail "a file that was longer is not cut"
cat input | timeout 60 "$spindle" dd --if - --of - --bs 999 --qd 5 2>said | cmp -s - input ||
	fail "what goes through pipes differs"
(head -c 3 input; sleep 0.1; tail -c +4 input) | copy --if - --of out --skip 2B --count 69998B &&
	cmp -s <(tail -c +3 input | head -c 69998) out || fail "a slow pipe is not copied"
copy --if /proc/self/status --of out && grep -q '^Name:' out || fail "/proc is not copied"
copy --if /dev/null --of out && [ ! -s out ] || fail "nothing is not copied"

# Holes stay holes, also where zeros were not one, and what was there before them is gone.
truncate -s 8M holes
dd if=input of=holes seek=1000003 bs=1 count=5000 conv=notrunc 2>/dev/null
cp holes wanted
copy --if holes --of out --sparse --verify && cmp -s out wanted ||
	fail "a file with holes is not copied"
[ "$(du -k out | cut -f1)" -le 64 ] || fail "zeros are written: $(du -k out)"
cat wanted | copy --if - --of out --sparse && [ "$(du -k out | cut -f1)" -le 64 ] &&
	cmp -s out wanted || fail "zeros of a pipe are written"
random_file target 8388608
copy --if holes --ob T --sparse --with "$(device T target)" && cmp -s target wanted ||
	fail "a file with holes is not copied to a device"
random_file out 8388608
copy --if holes --of out --sparse --notrunc && cmp -s out wanted ||
	fail "a file with holes is not copied over another"
[ "$(du -k out | cut -f1)" -le 64 ] || fail "what was there is not made a hole: $(du -k out)"

# What cannot work is one line that tells why and what to do.
says 1 'too small.*131072 bytes.*8388608.*--count 131072B' \
	copy --if holes --ob T --with "$(device T disk)"
says 1 'bdev T is full at byte 131072' copy --if /dev/zero --ob T --with "$(device T disk)"
says 1 'there is no such bdev' copy --if holes --ob X --with "$(device T disk)"
says 1 'cannot open none for reading: No such file' copy --if none --of out
says 1 'json_data.*bdev_none_create' copy --if input --ob X --with 'bdev_none_create name=X'
says 1 '--skip: input ends at byte 70001' copy --if input --of out --skip 70002B
says 1 'input is source and target' copy --if input --of input
says 1 'ranges overlap' copy --if input --of input --notrunc --seek 10B
copy --if input --of input --notrunc --seek 70001B --count 70001B &&
	[ "$(wc -c <input)" = 140002 ] || fail "a file is not copied behind itself"
says 2 'copy from where' copy --of out
says 2 '--bs: .0.' copy --if input --of out --bs 0
says 2 '1 GiB' copy --if input --of out --bs 4M --qd 300
says 2 "'bs=4k' is no option" copy --if input --of out bs=4k
says 1 'reading bdev EE_A at byte 0: ' copy --ib EE_A --of out --with "$(device A disk)" \
	--with 'bdev_error_create base_name=A' --with \
	'bdev_error_inject_error name=EE_A io_type=read error_type=failure num=1' --qd 1
grep -q '^spindle: 0 of 131072 bytes copied before' said || fail "it is not said how far it came"

# slow FILE READ WRITE: calls for a device S on a file, whose reads and writes take so long.
slow() {
	local latencies="avg_read_latency=$2 p99_read_latency=$2"
	latencies+=" avg_write_latency=$3 p99_write_latency=$3"
	with=(--with "$(device T "$1")"
		--with "bdev_delay_create base_bdev_name=T name=S $latencies")
}

# How far the state file says the copy is; 0 if there is none.
done_of_state() {
	local value
	value=$(sed -n 's/^done //p' state 2>/dev/null)
	echo "${value:-0}"
}

# Interrupted, it says how far it came and goes on from there; killed at any moment, it goes on.
random_file input 2000003
random_file target 2000384
cp target wanted
dd if=input of=wanted conv=notrunc bs=64k 2>/dev/null

# end_copy SIGNAL OPTION...: begins or goes on with a slow copy, and ends it when it has come
# further than `reached` and some random time has passed. Sets status.
reached=0
end_copy() {
	local signal=$1 pid
	shift
	"$spindle" dd --quiet "$@" "${with[@]}" --bs 4k --qd 2 --resume state >said 2>&1 &
	pid=$!
	while kill -0 $pid 2>/dev/null && [ "$(done_of_state)" -le "$reached" ]; do
		sleep 0.02
	done
	sleep "0.0$((RANDOM % 10))"
	kill -"$signal" $pid 2>/dev/null
	wait $pid 2>/dev/null
	status=$?
}

# Slow enough that it does not come to its end meanwhile, but nothing is wrong if it does.
slow target 0 50000
for round in 1 2 3; do
	signal=KILL
	[ $round != 2 ] || signal=INT
	end_copy $signal --if input --ob S
	if [ $round = 2 ] && [ $status != 0 ]; then
		[ $status = 130 ] || fail "an interrupted copy ends with $status"
		grep -q 'of 2000003 bytes copied before; the same command goes on' said ||
			fail "an interrupted copy does not say how far it came"
	fi
	reached=$(done_of_state)
	[ "$reached" -gt 0 ] || break
done
[ $round -gt 2 ] || [ $status = 0 ] || fail "the copy is not written down"
slow target 0 0
if [ -e state ]; then
	says 1 'does not fit: --bs was 4096 bytes, and is 8192 now' \
		copy --if input --ob S "${with[@]}" --bs 8k --resume state
	says 1 'does not fit: it is of a copy from file .*/input, not from file .*/holes' \
		copy --if holes --ob S "${with[@]}" --bs 4k --resume state --count 2000003B
	cp target kept
	dd if=/dev/urandom of=target conv=notrunc bs=1k count=4 2>/dev/null
	says 1 'state tells of a copy that bdev S does not hold' \
		copy --if input --ob S "${with[@]}" --bs 4k --resume state
	cp kept target
	copy --if input --ob S "${with[@]}" --bs 4k --resume state || fail "the copy does not go on"
fi
cmp target wanted >>said 2>&1 || fail "a copy that was killed differs in the end"
[ ! -e state ] || fail "the state file stays"

# The same to a file, which keeps what was copied before.
slow input.blocks 50000 0
head -c 1999872 input >input.blocks
rm -f out
reached=0
end_copy KILL --ib S --of out --sparse
slow input.blocks 0 0
if [ -e state ]; then
	copy --ib S --of out "${with[@]}" --bs 4k --resume state ||
		fail "the file is not gone on with"
fi
cmp out input.blocks >>said 2>&1 || fail "a file that was gone on with differs"
echo something >state
says 1 'state is no state file' copy --if input --of out --resume state
[ "$(cat state)" = something ] || fail "a file of somebody else is written over"
says 1 '--resume: standard input cannot be read' copy --if - --of out --resume none </dev/null

# One that waits for a pipe can be interrupted, and what has come before is there.
mkfifo pipe
rm -f out
"$spindle" dd --if - --of out --bs 10 <pipe >said 2>&1 &
pid=$!
exec 3>pipe
printf '0123456789abc' >&3
while [ "$(cat out 2>/dev/null)" != 0123456789 ]; do
	sleep 0.02
done
kill -INT $pid
wait $pid
[ $? = 130 ] || fail "a copy that waits for a pipe is not interrupted"
exec 3>&-
[ "$(cat out)" = 0123456789abc ] || fail "what has come by a pipe is not kept"
exit $failed
