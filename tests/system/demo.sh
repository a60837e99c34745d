#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# demo.sh REACTOR_TEST: the first program that a user sees, run as one would: to its end, ended by a
# signal, twice at once, on more cores than there are, and with options that make no sense.
set -u

program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# check NAME COMMAND...
check()
{
	name=$1
	shift
	if "$@" >"$work/output" 2>&1; then
		echo "$name: good"
	else
		echo "$name: failed with status $?"
		cat "$work/output"
		failed=1
	fi
}

runs_to_its_end()
{
	timeout 30 "$program" -m 0x3 -p 1 -t 2 -b "$1" 2>&1 | tee "$work/$1.log"
	# The pipe's status is tee's; the greeting and a round on each core are what counts.
	grep -q "$1: first message" "$work/$1.log" && grep -q 'round 1:' "$work/$1.log" &&
		! grep -q 'ERROR\|WARNING' "$work/$1.log"
}

ends_with_status_zero()
{
	timeout 30 "$program" -m 0x3 -p 1 -t 1 -b status
}

ends_by_signal()
{
	"$program" -m 0x3 -p 1 -b signalled &
	pid=$!
	sleep 1.5
	kill -"$1" $pid
	# A program that cannot be ended must not hold up the rest.
	(sleep 20; kill -KILL $pid 2>/dev/null) &
	watcher=$!
	wait $pid
	status=$?
	kill $watcher 2>/dev/null
	return $status
}

twice_at_once()
{
	runs_to_its_end one &
	first=$!
	runs_to_its_end two
	second=$?
	wait $first && [ $second -eq 0 ]
}

runs_on_many_cores()
{
	timeout 30 "$program" -m 0xff -p 1 -t 2 -b many
}

# Refused at once, with a line that says why.
refuses()
{
	timeout 10 "$program" "$@" 2>&1 | tee "$work/refused.log"
	! timeout 10 "$program" "$@" >/dev/null 2>&1 && [ -s "$work/refused.log" ]
}

check "runs to its end" runs_to_its_end alone
check "ends with status 0" ends_with_status_zero
check "ends by SIGTERM" ends_by_signal TERM
check "twice at once" twice_at_once
check "more cores than there are" runs_on_many_cores
check "refuses a mask that is none" refuses -m nonsense -t 1
check "refuses a time that is none" refuses -t soon
check "refuses an unknown option" refuses -Z
exit $failed
