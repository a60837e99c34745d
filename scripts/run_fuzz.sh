#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# run_fuzz.sh BUILD SECONDS: runs each fuzz target of a -Dfuzz=true build for SECONDS, from its
# corpus. New inputs are kept in the build tree; what crashed is left there and named by libFuzzer.
set -eu

build_dir=$1
seconds=$2
corpus_dir=$(cd "$(dirname "$0")/../tests/corpus" && pwd)
count=0
failed=0

cd "$build_dir"
for target in tests/*_fuzz; do
	[ -x "$target" ] || continue
	name=$(basename "$target")
	corpus=${name%_fuzz}
	mkdir -p "fuzz-corpus/$corpus" "fuzz-crashes"
	echo "$name: $seconds s"
	"$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 \
		-artifact_prefix="fuzz-crashes/$name-" "fuzz-corpus/$corpus" "$corpus_dir/$corpus" \
		>"$name.log" 2>&1 || {
		tail -n 40 "$name.log"
		failed=$((failed + 1))
	}
	count=$((count + 1))
done
echo "$((count - failed)) passed, $failed failed"
[ "$count" -gt 0 ] && [ "$failed" -eq 0 ]
