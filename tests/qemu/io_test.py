# SPDX-License-Identifier: BSD-3-Clause
"""NVMe over PCIe as a user meets it, without faults: what goes through the driver and the disks
is what the kernel's driver and the host see, in all layouts, shapes and numbers of queues."""
import hashlib
import json
import re

import steps
from machines import UIO, VFIO
from registry import on
from steps import SETUP, SPINDLE, asked

BDEV_GUEST = '/build/tests/bdev_guest'
GUEST = '/build/tests/nvme_guest'
HELLO = '/build/examples/hello_bdev'
TARGET = '/build/apps/spdk_tgt'
MIB = 1 << 20
# Of one CPU, while a device does ten I/Os a second. A reactor that polls takes all of it.
REST = 0.3


def configure(vm, *names):
    """A configuration with controllers as Nvme0, Nvme1...; its path in the guest."""
    return steps.configure(vm, *(steps.attach(vm, name, f'Nvme{index}')
                                 for index, name in enumerate(names)))


def take(vm, *names, words=''):
    """Gives controllers to user space as docs/setup.md says; returns what setup.sh says."""
    addresses = ' '.join(vm.address(name) for name in names)
    return vm.run(f'HUGEMEM={"" if vm.machine.has_iommu else 320} {words} '
                  f'{SETUP} config {addresses}')


def zeros(length):
    return hashlib.sha256(bytes(length)).hexdigest()


@on(VFIO, UIO)
def a_user_goes_the_whole_way(vm):
    block = vm.block_device('plain')
    vm.run(f'dd if=/dev/urandom of={block} bs=64k count=32 conv=fsync 2>/dev/null')
    take(vm, 'plain')
    config = configure(vm, 'plain')
    # What the kernel has written, we read.
    vm.run(f'{SPINDLE} dd -q -c {config} --ib Nvme0n1 --of /tmp/read --count 2M')
    read = vm.run('sha256sum </tmp/read; rm /tmp/read').split()[0]
    assert read == vm.sha256('plain', length=2 * MIB)
    output = vm.run(f'{HELLO} -c {config} -b Nvme0n1')
    assert 'Hello, block device!' in output, output
    with open(vm.image('plain'), 'rb') as disk:
        assert b'Hello, block device!' in disk.read(512)
    perf = f'{SPINDLE} perf -c {config} -b Nvme0n1'
    vm.run(f'{perf} -w verify -o 64k -q 8 --offset 4M --length 4M --seed 3')
    vm.run(f'{perf} -w verify -o 13k -q 5 --vectors 3 --offset 8M --length 2M')
    # What we have written, the kernel reads.
    vm.run(f'dd if=/dev/urandom of=/tmp/data bs=64k count=33 2>/dev/null; '
           f'{SPINDLE} dd -q -c {config} --if /tmp/data --ob Nvme0n1 --seek 1M --bs 100000')
    before = vm.run('sha256sum </tmp/data; rm /tmp/data').split()[0]
    vm.run(f'{SETUP} reset')
    block = vm.block_device('plain')
    seen = vm.run(f'dd if={block} bs=64k skip=16 count=33 iflag=direct 2>/dev/null | sha256sum')
    assert seen.split()[0] == before == vm.sha256('plain', offset=MIB, length=33 << 16)
    seen = vm.run(f'dd if={block} bs=1M skip=4 count=4 iflag=direct 2>/dev/null | sha256sum')
    assert seen.split()[0] == vm.sha256('plain', offset=4 * MIB, length=4 * MIB) != zeros(4 * MIB)


@on(VFIO, UIO)
def queue_pairs_pages_and_vectors(vm):
    take(vm, 'plain', 'many', 'wide')
    output = vm.run(f'{GUEST} {vm.address("plain")} queues pages vectors')
    assert '32 queue pairs' in output and output.endswith('right\n'), output
    assert 'transfers up to 524288 bytes' in output, output
    output = vm.run(f'{GUEST} {vm.address("wide")} exhaust pages metadata')
    assert '5 queue pairs granted' in output and 'it gives 5, and all are in use' in output, output
    assert 'transfers up to 2097152 bytes' in output, output
    assert 'namespace 2: 512+8, interleaved, not protected' in output, output
    assert 'namespace 3: 4096+8, separate, protected' in output, output
    words = 'metadata' if vm.machine.has_iommu else ''
    output = vm.run(f'{GUEST} {vm.address("many")} pages@2 vectors@2 {words}')
    if vm.machine.has_iommu:
        assert 'namespace 3: 512+8, separate, not protected' in output, output
        assert 'namespace 4: 4096+8, interleaved, protected' in output, output


@on(VFIO, UIO)
def all_layouts_are_disks(vm):
    take(vm, 'many', 'wide')
    config = configure(vm, 'many', 'wide')
    target = vm.start(f'exec {TARGET} -c {config} -r /tmp/io.sock')
    told = asked(vm, f'{SPINDLE} rpc -s /tmp/io.sock --wait 30 --json bdev_get_bdevs')
    target.kill('TERM')
    assert target.wait(30) == 0, target.output()
    disks = {each['name']: each for each in told}
    assert sorted(disks) == sorted(
        f'Nvme{index}n{nsid}' for index, name in enumerate(('many', 'wide'))
        for nsid, _ in enumerate(vm.controller(name).namespaces, 1)), disks
    for name, disk in disks.items():
        space = space_of(vm, name)
        metadata = space.options.get('ms', 0)
        interleaved = space.options.get('mset', 0) == 1
        assert disk['block_size'] == space.sector + metadata * interleaved, disk
        assert disk.get('md_size', 0) == metadata, disk
        assert disk.get('md_interleave', False) == interleaved, disk
        assert disk.get('dif_type', 0) == space.options.get('pi', 0), disk
        assert disk['num_blocks'] == blocks_of(space), disk
    # All at once. Perf has no memory for metadata that are beside the data.
    sizes = {each['name']: space_of(vm, each['name']).sector for each in told}
    with open(vm.share('jobs.ini'), 'w', encoding='utf-8') as file:
        file.write('[global]\nrw=verify\niodepth=4\nlength=96\n' + ''.join(
            f'[{name}]\nfilename={name}\nbs={8 * size}\n' for name, size in sizes.items()))
    results = asked(vm, f'{SPINDLE} perf -c {config} -j /share/jobs.ini --json-output -')['results']
    assert {each['device']: each['verify']['blocks_right'] for each in results} == \
        dict.fromkeys(sizes, 96), results


def space_of(vm, disk):
    """The namespace that is NvmeXnY, as configure(vm, 'many', 'wide') names them."""
    index, nsid = map(int, disk[4:].split('n'))
    return vm.controller(('many', 'wide')[index]).namespaces[nsid - 1]


def blocks_of(space):
    """QEMU keeps room for the metadata behind the data of a disk."""
    return (space.size_mib << 20) // (space.sector + space.options.get('ms', 0))


@on(VFIO, UIO)
def every_kind_of_io(vm):
    take(vm, 'plain', 'many')
    config = configure(vm, 'plain', 'many')
    for name in ('Nvme0n1', 'Nvme1n2'):
        assert f'right: {name}' in vm.run(f'{BDEV_GUEST} -c {config} -b {name}')
    assert vm.sha256('plain', length=60 * 512) == zeros(60 * 512)
    assert vm.sha256('plain', offset=100 * 512, length=60 * 512) != zeros(60 * 512)


@on(VFIO)
def an_ordinary_user(vm):
    address = vm.address('plain')
    take(vm, 'plain', words='TARGET_USER=user')
    hello = f'{HELLO} -c {configure(vm, "plain")} -b Nvme0n1'
    status, output = vm.status_of(f"ulimit -l 1024; su user -c '{hello}'", timeout_s=30)
    assert status == 1, (status, output)
    needed = re.search(r'need their memory locked: (\d+) MiB in all, but this process may lock '
                       r"1024 KiB \(RLIMIT_MEMLOCK\). Grant it: 'ulimit -l (\d+)'", output)
    assert needed and int(needed[1]) > 1, output
    assert re.search(r"USER hard memlock \d+'.*/etc/security/limits.d/; or LimitMEMLOCK=\d+M",
                     output), output
    assert address in output, output
    # What it says is enough.
    output = vm.run(f"ulimit -l {needed[2]}; su user -c '{hello}'")
    assert 'Hello, block device!' in output, output


@on(VFIO, UIO)
def rare_io_costs_next_to_nothing(vm):
    take(vm, 'plain')
    load = vm.start(f'exec {SPINDLE} perf -c {configure(vm, "plain")} -b Nvme0n1 -w randread '
                    f'-q 1 --rate 10 -t 7 --json-output /tmp/rare.json')
    told = vm.run("""
        run_ns() { cat /proc/$pid/task/*/schedstat | awk '{sum += $1} END {print sum}'; }
        until pid=$(pidof spindle); do sleep 0.1; done
        sleep 2
        before=$(run_ns) start=$(cut -d' ' -f1 /proc/uptime)
        sleep 4
        echo $before $(run_ns) $start $(cut -d' ' -f1 /proc/uptime)""")
    load.wait(30)
    before, after, start, end = map(float, told.split())
    share = (after - before) / 1e9 / (end - start)
    assert share < REST, f'{share:.0%} of a CPU'
    total = json.loads(vm.run('cat /tmp/rare.json'))['total']
    assert 40 <= total['ios'] <= 90, total
