# SPDX-License-Identifier: BSD-3-Clause
"""Memory that a controller has itself, as buffers of its own I/O and of another controller's."""
from machines import UIO, VFIO
from registry import on
from steps import SETUP

GUEST = '/build/tests/nvme_memory_guest'


@on(VFIO, UIO)
def memory_of_a_controller_holds_data(vm):
    owner, peer = vm.address('memory'), vm.address('plain')
    vm.run(f'HUGEMEM={"" if vm.machine.has_iommu else 64} {SETUP} config {owner} {peer}')
    output = vm.run(f'{GUEST} {owner} {peer}')
    assert 'buffer of 16777216 bytes' in output, output
    assert 'region of 8388608 bytes' in output, output
    assert 'queues in the buffer' in output and output.endswith('right\n'), output
