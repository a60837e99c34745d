# SPDX-License-Identifier: BSD-3-Clause
"""The guest itself: what all other tests take for granted."""
import hashlib

from machines import UIO, VFIO
from registry import on


@on(VFIO, UIO)
def kernel_driver_sees_every_namespace(vm):
    for controller in vm.machine.controllers:
        for nsid, namespace in enumerate(controller.namespaces, 1):
            block = vm.block_device(controller.name, nsid)
            sector = vm.run(f'cat /sys/block/{block[5:]}/queue/logical_block_size')
            assert int(sector) == namespace.sector, (controller.name, nsid, sector)


@on(VFIO, UIO)
def host_and_guest_see_the_same_disk(vm):
    block = vm.block_device('plain')
    vm.run(f'dd if=/dev/urandom of={block} bs=64k count=16 conv=fsync 2>/dev/null')
    seen = vm.run(f'dd if={block} bs=64k count=16 iflag=direct 2>/dev/null | sha256sum').split()[0]
    assert vm.sha256('plain', length=1 << 20) == seen
    assert seen != hashlib.sha256(bytes(1 << 20)).hexdigest()


@on(VFIO, UIO)
def unplugged_controller_comes_back_with_its_data(vm):
    block = vm.block_device('pluggable')
    vm.run(f'echo still here | dd of={block} conv=fsync 2>/dev/null')
    before = vm.address('pluggable')
    vm.unplug('pluggable')
    assert vm.status_of(f'[ -e /sys/bus/pci/devices/{before} ]')[0] != 0
    vm.plug('pluggable')
    assert vm.address('pluggable') == before
    block = vm.block_device('pluggable')
    assert vm.run(f'head -n 1 {block}') == 'still here\n'


@on(VFIO)
def a_stray_transfer_is_a_fault(vm):
    """Else no test could be trusted that has none. The device is told of unmapped queues."""
    vm.bind('plain', '')
    vm.run(f'''
        cd {vm.pattern('plain')}
        echo 1 >enable
        printf '\\006' | dd of=config bs=1 seek=4 conv=notrunc 2>/dev/null
        bar=$(head -n 1 resource | cut -d ' ' -f 1)
        set_register() {{ devmem $((bar + $1)) 32 $2; }}
        set_register 0x14 0            # CC: off
        set_register 0x24 0x001f001f   # AQA: 32 entries each
        set_register 0x28 0x10000000   # ASQ
        set_register 0x30 0x10010000   # ACQ
        set_register 0x14 0x00460001   # CC: on
        usleep 200000
        set_register 0x1000 1          # one command
        usleep 200000
        echo 0 >enable''')
    vm.sync('after the transfer')
    faults = vm.faults()
    assert any('DMAR' in line for line in faults), vm.log()[-2000:]
    vm.mark('that was meant')
