# SPDX-License-Identifier: BSD-3-Clause
"""What the environment does with a PCI device, below any driver of ours: memory, interrupts,
registers that go away, what is left of a process that was killed, and what is said to a user."""
from machines import UIO, VFIO
from registry import on
from steps import user_driver

GUEST = '/build/tests/pci_guest'
COMMAND_MASTER = 4
# None whose processes are killed under load: QEMU's controller forgets then to lower its line.
NAME = 'many'


def take(vm, huge_mib=64):
    """Gives a controller to user space; returns its address."""
    if vm.machine.has_iommu:
        vm.run('modprobe vfio_iommu_type1')
    vm.bind(NAME, user_driver(vm))
    if not vm.machine.has_iommu:
        vm.run(f'echo {huge_mib // 2} >/proc/sys/vm/nr_hugepages')
    return vm.address(NAME)


def give_group(vm, owner):
    """The node of the controller's IOMMU group becomes a user's; returns its path."""
    return vm.run(f'''node=/dev/vfio/$(basename $(readlink {vm.pattern(NAME)}/iommu_group))
                      chown {owner} $node
                      chmod 0666 /dev/vfio/vfio
                      echo $node''').strip()


def assert_refused(vm, command, reason):
    status, output = vm.status_of(command)
    assert status == 1 and reason in output, (status, output)


@on(VFIO, UIO)
def memory_and_interrupts(vm):
    address = take(vm)
    output = vm.run(f'{GUEST} use {address} {64 if vm.machine.has_iommu else 8}')
    assert output.endswith('right\n'), output
    assert ('addresses: ' + ('IOVA' if vm.machine.has_iommu else 'physical')) in output, output


@on(VFIO, UIO)
def a_killed_process_leaves_a_device_that_does_nothing(vm):
    address = take(vm)
    for _ in range(2):
        holder = vm.start(f'exec {GUEST} hold {address}')
        holder.wait_for_output('^held')
        holder.kill()
        holder.wait(check=False)
        command = vm.run(f'od -An -tx1 -j4 -N1 {vm.pattern(NAME)}/config')
        assert int(command, 16) & COMMAND_MASTER == 0, command
    assert vm.run(f'{GUEST} use {address} 2').endswith('right\n')


@on(VFIO)
def the_kernel_gets_a_device_back_that_is_held(vm):
    holder = vm.start(f'exec {GUEST} hold {take(vm)}')
    holder.wait_for_output('^held')
    vm.bind(NAME, '')
    holder.wait()
    assert 'given back, event 1' in holder.output(), holder.output()


@on(VFIO)
def a_user_is_told_what_is_missing(vm):
    address = take(vm)
    attach = f"su user -c '{GUEST} attach {address}'"
    node = give_group(vm, 'root')
    assert_refused(vm, attach, f'may not open {node}')
    give_group(vm, 'user')
    assert_refused(vm, f'ulimit -l 64; {attach}', 'MiB in all, but this process may lock 64 KiB')
    # What it allocates when it has begun is refused, and the device goes on.
    output = vm.run(f"ulimit -l 8192; su user -c '{GUEST} use {address} 64'")
    assert 'ulimit -l' in output and output.endswith('right\n'), output


@on(VFIO)
def uio_is_refused_behind_an_iommu(vm):
    vm.bind(NAME, 'uio_pci_generic')
    assert_refused(vm, f'{GUEST} attach {vm.address(NAME)}', 'an IOMMU is on')


@on(UIO)
def physical_memory_wants_huge_pages_and_root(vm):
    address = take(vm, huge_mib=0)
    assert_refused(vm, f'{GUEST} attach {address}', 'there are no huge pages')
    take(vm)
    assert_refused(vm, f"su user -c '{GUEST} attach {address}'",
                   'Run as root, or with CAP_SYS_ADMIN')
