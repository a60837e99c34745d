#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# run_fuzz.sh BUILD SECONDS: runs each fuzz target of a -Dfuzz=true build for SECONDS, from its
# corpus, on as many CPUs as there are. New inputs are kept in the build tree; what crashed is left
# there and named by libFuzzer.
set -eu

build_dir=$1
seconds=$2
corpus_dir=$(cd "$(dirname "$0")/../tests/corpus" && pwd)
jobs=$(nproc)
count=0
failed=0
running=''

cd "$build_dir"

run_one()
{
	name=$(basename "$1")
	corpus=${name%_fuzz}
	mkdir -p "fuzz-corpus/$corpus" "fuzz-crashes"
	echo "$name: $seconds s"
	"$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 \
		-artifact_prefix="fuzz-crashes/$name-" "fuzz-corpus/$corpus" "$corpus_dir/$corpus" \
		>"$name.log" 2>&1 || {
		echo "$name: FAILED"
		tail -n 40 "$name.log"
		return 1
	}
}

# All take the same time: whoever is first, nobody waits for long.
wait_for_running()
{
	for pid in $running; do
		wait "$pid" || failed=$((failed + 1))
	done
	running=''
}

for target in tests/*_fuzz; do
	[ -x "$target" ] || continue
	run_one "$target" &
	running="$running $!"
	count=$((count + 1))
	[ $((count % jobs)) -ne 0 ] || wait_for_running
done
wait_for_running
echo "$((count - failed)) passed, $failed failed"
[ "$count" -gt 0 ] && [ "$failed" -eq 0 ]
