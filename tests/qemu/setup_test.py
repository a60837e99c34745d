# SPDX-License-Identifier: BSD-3-Clause
"""scripts/setup.sh with a real kernel: there and back, what it refuses, who may use the device."""
import json

from machines import UIO, VFIO
from registry import on
from steps import SETUP, user_driver


def driver_of(vm, name):
    return vm.run(f'basename "$(readlink {vm.pattern(name)}/driver)"').strip()


def status_of(vm, name):
    address = vm.address(name)
    devices = json.loads(vm.run(f'{SETUP} status --json {address}'))['devices']
    assert [each['address'] for each in devices] == [address], devices
    return devices[0]


def node_of(vm, name):
    """What a program opens to get the controller."""
    if vm.machine.has_iommu:
        return f"/dev/vfio/{status_of(vm, name)['iommu_group']}"
    return '/dev/' + vm.run(f'ls {vm.pattern(name)}/uio').strip()


def assert_refused(vm, name, reason):
    status, output = vm.status_of(f'{SETUP} config {vm.address(name)}')
    assert status == 1 and 'not taken' in output and reason in output, output
    assert driver_of(vm, name) == 'nvme'


@on(VFIO, UIO)
def status_tells_what_is_there(vm):
    block = vm.block_device('plain')[5:]
    device = status_of(vm, 'plain')
    assert (device['vendor'], device['device']) == ('1b36', '0010'), device
    assert device['driver'] == 'nvme' and device['block_devices'] == [block], device
    assert device['possible'] and device['target'] == user_driver(vm), device
    assert (device['iommu_group'] is not None) == vm.machine.has_iommu, device
    listing = vm.run(f'{SETUP} status')
    for controller in vm.machine.controllers:
        assert vm.address(controller.name) in listing, listing


@on(VFIO, UIO)
def a_controller_goes_to_user_space_and_back_with_its_data(vm):
    address = vm.address('plain')
    block = vm.block_device('plain')
    vm.run(f'dd if=/dev/urandom of={block} bs=64k count=16 conv=fsync 2>/dev/null')
    before = vm.sha256('plain', length=1 << 20)
    assert f'nvme -> {user_driver(vm)}' in vm.run(f'{SETUP} config {address}')
    assert driver_of(vm, 'plain') == user_driver(vm)
    assert driver_of(vm, 'many') == 'nvme'
    assert 'already' in vm.run(f'{SETUP} config {address}')
    vm.run(f'[ -c {node_of(vm, "plain")} ]')
    assert f'{user_driver(vm)} -> nvme' in vm.run(f'{SETUP} reset')
    seen = vm.run(f'dd if={vm.block_device("plain")} bs=64k count=16 2>/dev/null | sha256sum')
    assert seen.split()[0] == before == vm.sha256('plain', length=1 << 20)
    assert 'is with nvme already' in vm.run(f'{SETUP} reset {address}')


@on(VFIO, UIO)
def all_controllers_go_and_come_back(vm):
    vm.run(f'{SETUP} config')
    names = [each.name for each in vm.machine.controllers]
    assert {driver_of(vm, name) for name in names} == {user_driver(vm)}
    pages = int(vm.run('cat /proc/sys/vm/nr_hugepages'))
    assert (pages > 0) != vm.machine.has_iommu, pages
    vm.run(f'{SETUP} reset')
    assert {driver_of(vm, name) for name in names} == {'nvme'}


@on(VFIO, UIO)
def dry_run_changes_nothing(vm):
    output = vm.run(f'{SETUP} config --dry-run')
    assert f"would write '{vm.address('plain')}' to /sys/bus/pci/drivers_probe" in output, output
    assert driver_of(vm, 'plain') == 'nvme'
    assert vm.status_of('find /run/spindle -type f 2>/dev/null')[1] == ''


@on(VFIO, UIO)
def what_is_mounted_stays(vm):
    block = vm.block_device('many', 2)
    vm.run(f'mke2fs -b 4096 {block} >/dev/null && modprobe ext4 && mount -t ext4 {block} /mnt')
    try:
        assert_refused(vm, 'many', f'{block[5:]} is mounted at /mnt')
        vm.run('echo written >/mnt/file && sync')
    finally:
        vm.run('umount /mnt')
    vm.run(f'{SETUP} config {vm.address("many")}')
    assert driver_of(vm, 'many') == user_driver(vm)


@on(VFIO)
def what_only_the_kernel_knows_stays(vm):
    """A mount that was detached while it was in use is in no list any more."""
    block = vm.block_device('plain')
    vm.run(f'mke2fs {block} >/dev/null && modprobe ext4 && mount -t ext4 {block} /mnt')
    holder = vm.start('cd /mnt && exec sleep 1000')
    vm.run('until ls -l /proc/[0-9]*/cwd | grep -q /mnt; do usleep 10000; done; umount -l /mnt')
    try:
        assert_refused(vm, 'plain', 'is claimed by something that only the kernel knows')
    finally:
        holder.kill()
        holder.wait(check=False)


@on(VFIO)
def what_is_mounted_by_way_of_a_subsystem_stays(vm):
    block = vm.block_device('pluggable')
    vm.run(f'mke2fs {block} >/dev/null && modprobe ext4 && mount -t ext4 {block} /mnt')
    try:
        assert_refused(vm, 'pluggable', f'{block[5:]} is mounted at /mnt')
    finally:
        vm.run(f'umount /mnt; dd if=/dev/zero of={block} bs=64k count=1 2>/dev/null')


@on(VFIO)
def what_is_swapped_to_stays(vm):
    block = vm.block_device('plain')
    vm.run(f'mkswap {block} && swapon {block}')
    try:
        assert_refused(vm, 'plain', f'{block[5:]} is swapped to')
    finally:
        vm.run(f'swapoff {block}')


@on(VFIO)
def what_is_in_a_raid_stays(vm):
    block = vm.block_device('plain')
    other = vm.block_device('many')
    vm.run(f'modprobe raid1; mdadm --create /dev/md7 --run --level=1 --raid-devices=2 '
           f'--metadata=1.0 --assume-clean {block} {other} 2>&1')
    try:
        assert_refused(vm, 'plain', 'is part of md7 (MD raid1)')
    finally:
        vm.run(f'mdadm --stop /dev/md7 2>&1; mdadm --zero-superblock {block} {other}')


@on(VFIO)
def what_is_under_device_mapper_stays(vm):
    block = vm.block_device('plain')
    vm.run(f'modprobe dm-mod; echo 0 8192 linear {block} 0 | dmsetup create --noudevsync volume')
    try:
        assert_refused(vm, 'plain', 'is part of dm-0 (device mapper: volume)')
    finally:
        vm.run('dmsetup remove --noudevsync volume')


@on(VFIO)
def what_is_behind_a_loop_device_stays(vm):
    vm.run(f'modprobe loop; losetup /dev/loop0 {vm.block_device("plain")}')
    try:
        assert_refused(vm, 'plain', 'is behind loop0')
    finally:
        vm.run('losetup -d /dev/loop0')


@on(VFIO, UIO)
def what_a_program_has_open_stays(vm):
    vm.start(f'exec sleep 1000 <{vm.block_device("plain")}')
    assert_refused(vm, 'plain', '(sleep)')


@on(VFIO)
def a_group_goes_whole_or_not_at_all(vm):
    assert_refused(vm, 'twin0', f'{vm.address("twin1")} (driver nvme): name that one too')
    holder = vm.start(f'exec sleep 1000 <{vm.block_device("twin1")}')
    status, output = vm.status_of(f'{SETUP} config {vm.address("twin0")} {vm.address("twin1")}')
    assert status == 1 and 'which is in use' in output, output
    assert {driver_of(vm, 'twin0'), driver_of(vm, 'twin1')} == {'nvme'}
    holder.kill()
    holder.wait(check=False)
    vm.run(f'{SETUP} config {vm.address("twin0")} {vm.address("twin1")}')
    assert {driver_of(vm, 'twin0'), driver_of(vm, 'twin1')} == {'vfio-pci'}


@on(VFIO)
def the_user_gets_the_group_and_is_told_of_the_limit(vm):
    address = vm.address('plain')
    output = vm.run(f'ulimit -l 8192; TARGET_USER=user {SETUP} config {address}')
    node = node_of(vm, 'plain')
    owner = vm.run(f'stat -c %u {node}').strip()
    assert owner == '1000', (owner, output)
    assert 'user may lock 8 MiB' in output and 'LimitMEMLOCK=576M' in output, output
    vm.run(f'su user -c "exec 3<>{node}"')


@on(VFIO)
def what_a_program_drives_is_not_given_back(vm):
    address = vm.address('plain')
    vm.run(f'{SETUP} config {address}')
    holder = vm.start(f'exec sleep 1000 <>{node_of(vm, "plain")}')
    status, output = vm.status_of(f'{SETUP} reset')
    assert status == 1 and 'not given back: in use' in output and '(sleep)' in output, output
    assert driver_of(vm, 'plain') == 'vfio-pci'
    holder.kill()
    holder.wait(check=False)
    vm.run(f'{SETUP} reset')
    assert driver_of(vm, 'plain') == 'nvme'


@on(UIO)
def huge_pages_are_set_aside(vm):
    vm.run(f'PCI_ALLOWED=none HUGEMEM=64 {SETUP} config')
    assert vm.run('cat /proc/sys/vm/nr_hugepages').strip() == '32'
    vm.run(f'PCI_ALLOWED=none NRHUGE=8 HUGENODE=0 SHRINK_HUGE=yes {SETUP} config')
    assert vm.run('cat /proc/sys/vm/nr_hugepages').strip() == '8'
    status, output = vm.status_of(f'PCI_ALLOWED=none HUGEMEM=65536 {SETUP} config')
    assert status == 1 and 'there was memory for' in output, output
    vm.run(f'{SETUP} cleanup')
    assert vm.run('cat /proc/sys/vm/nr_hugepages').strip() == '0'
