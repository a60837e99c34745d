#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# spdk_tgt.sh SPDK_TGT SPINDLE: the application with every module, built up by methods, saved, and
# started again from what was saved: it must be the same.
set -eu

spdk_tgt=$1
spindle=$2
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill -9 $pid 2>/dev/null || true; rm -rf "$work"' EXIT
truncate -s 16M "$work/disk" "$work/partitioned"
# Found again after the restart by its table, or not there at all.
partitions=
if command -v sfdisk >/dev/null; then
	printf '%s\n' 'label: gpt' \
		'size=4MiB, type=6527994e-2c5a-4eec-9613-8f5944074e8b, name=ours' \
		'type=0fc63daf-8483-4772-8e79-3d69d8477de4' |
		sfdisk -q "$work/partitioned"
	partitions=Disk0p1
fi

rpc()
{
	"$spindle" rpc -s "$work/sock" "$@"
}

start()
{
	"$spdk_tgt" --disable-cpumask-locks -r "$work/sock" -f "$work/pid" "$@" >"$work/log" 2>&1 &
	pid=$!
	for _ in $(seq 100); do
		[ -s "$work/pid" ] && return 0
		sleep 0.1
	done
	cat "$work/log"
	return 1
}

stop()
{
	kill -TERM $pid
	wait $pid
	pid=
	rm -f "$work/pid"
}

start
[ "$(cat "$work/pid")" = $pid ]
rpc bdev_malloc_create name=Malloc0 block_size=512 num_blocks=32768
rpc bdev_null_create name=Null0 block_size=4096 num_blocks=1024
rpc bdev_aio_create name=File0 filename="$work/disk" block_size=4096
rpc bdev_aio_create name=Disk0 filename="$work/partitioned" block_size=512
rpc bdev_split_create base_bdev=Malloc0 split_count=2
rpc bdev_passthru_create name=Pass0 base_bdev_name=Malloc0p0
rpc bdev_delay_create name=Slow0 base_bdev_name=Malloc0p1 avg_read_latency=10 p99_read_latency=20 \
	avg_write_latency=10 p99_write_latency=20
rpc bdev_error_create base_name=Null0
rpc bdev_null_create name=Null1 block_size=512 num_blocks=32768
rpc bdev_null_create name=Null2 block_size=512 num_blocks=32768
rpc bdev_split_create base_bdev=Null1 split_count=2
rpc bdev_split_create base_bdev=Null2 split_count=2
rpc bdev_raid_create name=Raid0 raid_level=raid0 strip_size_kb=64 base_bdevs='["Null1p0","Null2p0"]'
rpc bdev_raid_create name=Raid1 raid_level=raid1 base_bdevs='["Null1p1","Null2p1"]'
rpc bdev_raid_create name=Concat0 raid_level=concat strip_size_kb=64 base_bdevs='["Raid0","Raid1"]'
rpc bdev_zone_block_create name=Zone0 base_bdev=Slow0 zone_capacity=1000 optimal_open_zones=3
rpc bdev_set_qos_limit name=Pass0 rw_ios_per_sec=10000
rpc save-config >"$work/saved.json"
rpc --raw bdev_get_bdevs >"$work/bdevs"
stop
for name in Malloc0 Malloc0p0 Malloc0p1 Null0 EE_Null0 File0 Disk0 $partitions Pass0 Slow0 \
	Raid0 Raid1 Concat0 Zone0; do
	grep -q "\"$name\"" "$work/bdevs"
done
if [ -n "$partitions" ]; then
	grep -q '"name":"Disk0p1".*"num_blocks":8192,.*"partition_name":"ours"' "$work/bdevs"
	if grep -q '"name":"Disk0p2"' "$work/bdevs"; then
		echo "a partition of another type is a bdev"
		exit 1
	fi
fi

start -c "$work/saved.json"
rpc save-config >"$work/again.json"
rpc --raw bdev_get_bdevs >"$work/bdevs.again"
stop
# The order of devices follows that of their modules, and so may differ.
python3 - "$work" <<'END'
import json
import sys

work = sys.argv[1]


def configuration(name):
    subsystems = json.load(open(f"{work}/{name}"))["subsystems"]
    return {subsystem["subsystem"]: sorted(json.dumps(call, sort_keys=True)
                                           for call in subsystem["config"] or [])
            for subsystem in subsystems}


def devices(name):
    reply = json.load(open(f"{work}/{name}"))
    return {device["name"]: device for device in reply["result"]}


saved, again = configuration("saved.json"), configuration("again.json")
assert saved == again, f"saved {saved}\nagain {again}"
before, after = devices("bdevs"), devices("bdevs.again")
assert before == after, f"before {before}\nafter {after}"
END
