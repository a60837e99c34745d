#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# demo.sh REACTOR_TEST HELLO_APP: the first programs that a user sees, run as one would: to their
# end, ended by a signal, twice at once, on more cores than there are, and with options that make no
# sense. $WRAPPER is what runs a program of another machine, and is empty otherwise.
set -u

# Words, not one name.
# shellcheck disable=SC2206
reactor_test=(${WRAPPER-} "$1")
# Others on this machine may have the cores of its mask.
# shellcheck disable=SC2206
hello_app=(${WRAPPER-} "$2" --disable-cpumask-locks)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# check NAME COMMAND...
check()
{
	local name=$1
	shift
	if "$@" >"$work/output" 2>&1; then
		echo "$name: good"
	else
		echo "$name: failed with status $?"
		cat "$work/output"
		failed=1
	fi
}

# ends_well LOG COMMAND...: with status 0 and without a complaint; LOG has what it said.
ends_well()
{
	local log=$work/$1
	shift
	timeout 30 "$@" >"$log" 2>&1
	local status=$?
	cat "$log"
	! grep -q 'ERROR\|WARNING' "$log" && return $status
}

reactor_runs_to_its_end()
{
	ends_well "$1.log" "${reactor_test[@]}" -m 0x3 -p 1 -t 2 -b "$1" &&
		grep -q "$1: first message" "$work/$1.log" && grep -q 'round 1:' "$work/$1.log"
}

app_runs_to_its_end()
{
	ends_well "$1.log" "${hello_app[@]}" -m 0x3 -t 2 &&
		[ "$(grep -c 'bob, on core 1: hello alice' "$work/$1.log")" -ge 2 ] &&
		grep -q 'alice leaves core 0, greeted [2-9] times' "$work/$1.log" &&
		grep -q 'bob leaves core 1, greeted [2-9] times' "$work/$1.log" &&
		[ "$(tail -n 1 "$work/$1.log")" = 'Good bye.' ]
}

# What is left over is named, waited for no longer than promised, and the status is that of the
# program.
app_stops_at_once()
{
	local before=$SECONDS
	timeout 30 "${hello_app[@]}" -m 0x3 -t 1000 --stop-at-once >"$work/stop.log" 2>&1
	local status=$?
	cat "$work/stop.log"
	[ $status = 0 ] && [ $((SECONDS - before)) -le 4 ] &&
		grep -q "'alice'.* exit now" "$work/stop.log" &&
		grep -q "Thread 'alice'.* was left over" "$work/stop.log" &&
		grep -q "Thread 'bob'.* was left over" "$work/stop.log" &&
		grep -q "poller 'greet'" "$work/stop.log" &&
		! grep -q 'Good bye' "$work/stop.log"
}

# ends_by SIGNAL COMMAND...
ends_by()
{
	local signal=$1 pid
	shift
	"$@" &
	pid=$!
	sleep 1.5
	kill -"$signal" $pid
	# A program that cannot be ended must not hold up the rest.
	for _ in $(seq 200); do
		kill -0 $pid 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL $pid 2>/dev/null
	wait $pid
}

# twice_at_once FUNCTION
twice_at_once()
{
	local first second
	"$1" one &
	first=$!
	"$1" two
	second=$?
	wait $first && [ $second -eq 0 ]
}

# Refused at once, with a line that says why.
refuses()
{
	timeout 10 "$@" >"$work/refused.log" 2>&1
	local status=$?
	cat "$work/refused.log"
	[ $status != 0 ] && [ $status != 124 ] && [ -s "$work/refused.log" ]
}

# A configuration is carried out; one that is wrong is named with its place, and nothing runs.
app_is_configured()
{
	local good=$work/good.json bad=$work/bad.json

	cat >"$good" <<-END
		{"subsystems": [{"subsystem": "scheduler", "config": [
		  {"method": "framework_set_scheduler", "params": {"name": "dynamic"}}]}]}
	END
	sed 's/"dynamic"/7/' "$good" >"$bad"
	ends_well configured.log "${hello_app[@]}" -m 0x3 -t 1 -c "$good" &&
		refuses "${hello_app[@]}" -t 1 -c "$bad" &&
		grep -q "$bad:2:[0-9]*: subsystems.0..config.0..params.name: expected a string" \
			"$work/refused.log" &&
		! grep -q 'hello alice' "$work/refused.log"
}

check "reactor_test runs to its end" reactor_runs_to_its_end alone
check "reactor_test ends by SIGTERM" ends_by TERM "${reactor_test[@]}" -m 0x3 -p 1 -b signalled
check "reactor_test twice at once" twice_at_once reactor_runs_to_its_end
check "reactor_test on more cores than there are" \
	ends_well many.log "${reactor_test[@]}" -m 0xffff -p 1 -t 1 -b many
check "reactor_test refuses a mask that is none" refuses "${reactor_test[@]}" -m nonsense -t 1
check "reactor_test refuses a time that is none" refuses "${reactor_test[@]}" -t soon
check "reactor_test refuses an unknown option" refuses "${reactor_test[@]}" -Z
check "hello_app runs to its end" app_runs_to_its_end alone
check "hello_app stops inside its first callback" app_stops_at_once
check "hello_app ends by SIGINT" ends_by INT "${hello_app[@]}" -m 0x3 -t 1000
check "hello_app ends by SIGTERM" ends_by TERM "${hello_app[@]}" -m 0x3 -t 1000
check "hello_app twice at once" twice_at_once app_runs_to_its_end
check "hello_app on more cores than there are" \
	ends_well many.log "${hello_app[@]}" -m 0xffff -t 1
check "hello_app on one core" ends_well single.log "${hello_app[@]}" -m 0x1 -t 1
check "hello_app shows its options" ends_well help.log "${hello_app[@]}" --help
check "hello_app refuses a mask that is none" refuses "${hello_app[@]}" -m nonsense
check "hello_app refuses a number that is none" refuses "${hello_app[@]}" -t soon
check "hello_app refuses an unknown option" refuses "${hello_app[@]}" -Z
check "hello_app takes a configuration" app_is_configured
check "hello_app refuses a configuration that is not there" refuses "${hello_app[@]}" -c none.json
exit $failed
