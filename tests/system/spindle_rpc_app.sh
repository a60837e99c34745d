#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# spindle_rpc_app.sh SPINDLE APPLICATION: the command and an application that runs, from the start
# that a configuration makes to the end.
set -eu

spindle=$1
application=$2
folder=$(mktemp -d)
pid=
# shellcheck disable=SC2317
clean_up() {
	[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true
	rm -rf "$folder"
}
trap clean_up EXIT
export SPINDLE_RPC_ADDR="$folder/sock"

fail() {
	echo "$*" >&2
	cat "$folder/log" >&2
	exit 1
}

# start OPTION...
start() {
	"$application" -m 0x1 --disable-cpumask-locks -r "$folder/sock" -t 60 "$@" \
		>"$folder/log" 2>&1 &
	pid=$!
}

# finish: ends the application by an RPC.
finish() {
	"$spindle" rpc spdk_kill_instance sig_name=SIGTERM >/dev/null || fail "it was not killed"
	wait "$pid" || fail "the application ended with $?"
	pid=
}

# says WHAT COMMAND...: what is printed, on either way, has WHAT in it.
says() {
	what=$1
	shift
	"$@" >"$folder/said" 2>&1 || true
	grep -q -e "$what" "$folder/said" || fail "'$*' says no '$what': $(cat "$folder/said")"
}

start
says '"version": ".*26.05' "$spindle" rpc --wait 20 spdk_get_version
says "did you mean 'log_get_level'\|Did you mean 'log_get_level'" "$spindle" rpc log_get_levle
says 'level.*"5" (-32602)' "$spindle" rpc log_set_level level=5
says '^true$' "$spindle" rpc log_set_level level=INFO
says '"INFO"' "$spindle" rpc log_get_level
says '^name  *id  *cpumask' "$spindle" rpc --table thread_get_stats
says '^  level\*  enum' "$spindle" rpc --list log_set_level
says '^level=WARNING$' "$spindle" rpc --complete log_set_level level=W
printf 'log_set_level level=DEBUG\nlog_get_level\n' >"$folder/calls"
says '"DEBUG"' "$spindle" rpc -f "$folder/calls" --batch
"$spindle" rpc save-config -f "$folder/config" || fail "save-config ends with $?"
finish

# What was saved makes the start of the next.
start --wait-for-rpc
"$spindle" rpc --wait 20 load-config "$folder/config" || fail "load-config ends with $?"
"$spindle" rpc save-config >"$folder/again" || fail "save-config ends with $?"
cmp "$folder/config" "$folder/again" || fail "what is saved again differs"
finish
