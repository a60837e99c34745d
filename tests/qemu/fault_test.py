# SPDX-License-Identifier: BSD-3-Clause
"""A controller that is pulled out, reset, slow or at fault, and processes that are killed, all
of it under load: each I/O ends once and with the right status, and what was written is there."""
import json
import time
from collections import Counter

from machines import UIO, VFIO
from registry import on
from steps import SETUP, SPINDLE, attach, configure, user_driver

LOAD = '/build/tests/load_guest'
TGT = '/build/apps/spdk_tgt'
GOOD = '0/00'
ABORTED = '0/08'
NO_PATH = '3/00'
OPC_WRITE = 1
OPC_READ = 2
OPC_GET_LOG_PAGE = 2
# Of load_guest: each thread has a queue pair.
THREADS = 3
# Of the 1536 that it has.
MANY_BLOCKS = 100


def take(vm, name):
    """Gives a controller to user space, so that setup.sh knows how to give it back."""
    vm.run(f'SKIP_HUGE=yes {SETUP} config {vm.address(name)}')
    if not vm.machine.has_iommu:
        vm.run('echo 128 >/proc/sys/vm/nr_hugepages')


def start_load(vm, name, arguments='', calls=()):
    """Takes the controller and starts a load on it; the calls come before it is attached."""
    take(vm, name)
    return start_again(vm, configure(vm, *calls, attach(vm, name)), arguments)


def start_again(vm, config, arguments=''):
    """It goes on until ended() or another end that the arguments say."""
    load = vm.start(f'exec {LOAD} -c {config} -T 60 {arguments}')
    load.wait_for_output('^running')
    return load


def rpc(vm, method, **params):
    return vm.run(f"{SPINDLE} rpc --wait 20 --json {method} '{json.dumps(params)}'")


def summaries(load, rounds=1):
    """Of each round, once the load has ended well; each I/O has ended once."""
    load.wait()
    found = [json.loads(line) for line in load.output().splitlines() if line.startswith('{')]
    assert len(found) == rounds, load.output()
    for each in found:
        statuses = Counter()
        for status, count in each['statuses']:
            statuses[status] += count
        each['statuses'] = dict(statuses)
        assert sum(statuses.values()) == each['submitted'] > 0, load.output()
        for what in ('lost', 'twice', 'wrong'):
            assert each[what] == 0, (what, load.output())
    return found


def ended(load):
    """The summary of a load that is ended now."""
    assert load.status is None, load.output()
    load.kill('USR1')
    return summaries(load)[0]


def assert_all_good(summary):
    """Every I/O has succeeded, and at the end the whole area was as it should be."""
    assert set(summary['statuses']) == {GOOD}, summary
    assert summary['refused'] == 0 and summary['unchecked'] == 0, summary


def assert_kernel_sees_what_was_written(vm):
    """By a load with -S /tmp/state, before the kernel's driver got the controller."""
    config = configure(vm, ('bdev_aio_create', {
        'name': 'Nvme0n1', 'filename': vm.block_device('plain'), 'block_size': 512}))
    seen, = summaries(start_again(vm, config, '-V -S /tmp/state'))
    assert_all_good(seen)
    assert seen['known'] > MANY_BLOCKS, seen
    vm.run('rm /tmp/state')


@on(VFIO, UIO)
def unplugged_and_plugged_in_again(vm):
    load = start_load(vm, 'pluggable', '-N HotInNvme0n1', [
        ('bdev_nvme_set_hotplug', {'enable': True})])
    time.sleep(0.5)
    vm.unplug('pluggable')
    load.wait_for_output('^removed Nvme0n1')
    load.wait_for_output('^{"bdev": "Nvme0n1"')
    assert json.loads(rpc(vm, 'bdev_nvme_get_controllers')) == []
    vm.plug('pluggable')
    vm.bind('pluggable', user_driver(vm))
    load.wait_for_output('^running HotInNvme0n1')
    time.sleep(0.5)
    load.kill('USR1')
    first, second = summaries(load, 2)
    assert first['removed'] and not second['removed'], load.output()
    assert first['statuses'][GOOD] > 0, first
    # What was under way is aborted, what comes after it has no way.
    assert set(first['statuses']) <= {GOOD, ABORTED, NO_PATH}, first
    assert load.output().count('ERROR') < 10, load.output()
    assert second['bdev'] == 'HotInNvme0n1'
    assert_all_good(second)


def assert_unbound(vm, load):
    """The load has ended of it, and the kernel's driver, which has it now, sees what it wrote."""
    summary, = summaries(load)
    assert summary['removed'] and summary['statuses'][GOOD] > 0, summary
    assert set(summary['statuses']) <= {GOOD, ABORTED, NO_PATH}, summary
    vm.bind('plain', 'nvme')
    assert_kernel_sees_what_was_written(vm)


@on(VFIO, UIO)
def unbound_under_load(vm):
    """The kernel asks for it and waits; with uio it takes the registers away."""
    load = start_load(vm, 'plain', '-S /tmp/state')
    time.sleep(0.5)
    vm.bind('plain', 'nvme')
    assert_unbound(vm, load)


@on(UIO)
def unbound_under_load_and_left_alone(vm):
    """Its registers still answer, but it reaches no memory any more; the kernel says so."""
    load = start_load(vm, 'plain', '-S /tmp/state')
    time.sleep(0.5)
    vm.bind('plain', '')
    assert_unbound(vm, load)


@on(VFIO, UIO)
def reset_under_load(vm):
    load = start_load(vm, 'plain')
    vm.run(f'''
        for reset in $(seq 8); do
            {SPINDLE} rpc --wait 20 bdev_nvme_reset_controller name=Nvme0 || exit
        done''')
    assert_all_good(ended(load))


@on(VFIO, UIO)
def killed_and_started_again(vm):
    load = start_load(vm, 'plain', '-S /tmp/state')
    time.sleep(1)
    load.kill()
    load.wait(check=False)
    seen, = summaries(start_again(vm, '/share/bdevs.json', '-V -S /tmp/state'))
    assert_all_good(seen)
    assert seen['known'] > MANY_BLOCKS, seen
    load = start_again(vm, '/share/bdevs.json', '-S /tmp/state')
    time.sleep(0.5)
    assert_all_good(ended(load))
    vm.run('rm /tmp/state')


@on(VFIO, UIO)
def killed_and_given_back_to_the_kernel(vm):
    load = start_load(vm, 'plain', '-S /tmp/state')
    time.sleep(1)
    load.kill()
    assert f'{user_driver(vm)} -> nvme' in vm.run(f'{SETUP} reset')
    load.wait(check=False)
    assert_kernel_sees_what_was_written(vm)


def throttle(vm, name, operations_per_s):
    """How fast the disk is; 0: as fast as it can."""
    limits = dict.fromkeys(('bps', 'bps_rd', 'bps_wr', 'iops_rd', 'iops_wr'), 0)
    vm.monitor.execute('block_set_io_throttle', device=name + '-1', iops=operations_per_s, **limits)


def load_that_stalls(vm, action):
    """Commands that take longer than their timeout, until they are told of or have been reset."""
    load = start_load(vm, 'plain', '', [('bdev_nvme_set_options', {
        'timeout_us': 300000, 'action_on_timeout': action})])
    time.sleep(0.3)
    # QEMU stands still in a reset until all that was under way has been done.
    throttle(vm, 'plain', 15)
    try:
        load.wait_for_output('takes longer than its timeout')
        if action != 'none':
            load.wait_for_output('is reset, because')
    finally:
        throttle(vm, 'plain', 0)
    time.sleep(0.5)
    assert_all_good(ended(load))
    return load.output()


@on(VFIO, UIO)
def a_command_that_takes_too_long_goes_on(vm):
    said = load_that_stalls(vm, 'none')
    assert 'it goes on (action_on_timeout is none)' in said, said
    assert 'is reset' not in said, said


@on(VFIO, UIO)
def a_command_that_takes_too_long_is_aborted(vm):
    # QEMU aborts no command; then the controller is reset.
    said = load_that_stalls(vm, 'abort')
    assert 'of an I/O queue takes longer than its timeout: it is aborted' in said, said


@on(VFIO, UIO)
def a_command_that_takes_too_long_resets_the_controller(vm):
    said = load_that_stalls(vm, 'reset')
    assert 'of an I/O queue takes longer than its timeout: the controller is reset' in said, said


def inject(vm, cmd_type, opc, count, **status):
    rpc(vm, 'bdev_nvme_add_error_injection', name='Nvme0', cmd_type=cmd_type, opc=opc,
        err_count=count, **status)


@on(VFIO, UIO)
def injected_errors_arrive(vm):
    load = start_load(vm, 'plain', '', [('bdev_nvme_set_options', {'bdev_retry_count': 0})])
    inject(vm, 'io', OPC_READ, 5, do_not_submit=True, sct=2, sc=0x81)
    inject(vm, 'io', OPC_WRITE, 4, do_not_submit=False, sct=2, sc=0x80)
    inject(vm, 'admin', OPC_GET_LOG_PAGE, 2, do_not_submit=True, sct=0, sc=6)
    for _ in range(2):
        status, said = vm.status_of(
            f'{SPINDLE} rpc bdev_nvme_get_controller_health_info name=Nvme0')
        assert status == 1 and 'INTERNAL DEVICE ERROR' in said, said
    rpc(vm, 'bdev_nvme_get_controller_health_info', name='Nvme0')
    summary = ended(load)
    good = summary['statuses'].pop(GOOD)
    assert good > 0
    assert summary['statuses'] == {'2/81': 5 * THREADS, '2/80': 4 * THREADS}, summary
    assert summary['unchecked'] == 0, summary


@on(VFIO, UIO)
def injected_errors_are_retried(vm):
    load = start_load(vm, 'plain', '', [('bdev_nvme_set_options', {'nvme_error_stat': True})])
    inject(vm, 'io', OPC_READ, 5, do_not_submit=True, sct=0, sc=6)
    time.sleep(0.5)
    counts = json.loads(rpc(vm, 'bdev_get_iostat', names=['Nvme0n1']))['bdevs'][0]
    codes = counts['driver_specific']['nvme_error']['status_code']
    assert codes == {'internal_device_error': 5 * THREADS}, counts
    assert_all_good(ended(load))


@on(VFIO, UIO)
def a_program_under_load_ends_by_sigterm(vm):
    load = start_load(vm, 'plain')
    time.sleep(0.3)
    load.kill('TERM')
    summary, = summaries(load)
    assert summary['removed'] and summary['statuses'][GOOD] > 0, summary
    assert_all_good(ended(start_again(vm, '/share/bdevs.json')))


@on(VFIO, UIO)
def spdk_tgt_ends_by_sigterm_while_it_attaches(vm):
    take(vm, 'plain')
    parameters = json.dumps(attach(vm, 'plain')[1])
    # Its registers are mapped while the client waits for the answer.
    said = vm.run(f'''
        has_registers()
        {{
            while read map; do
                case $map in */resource0*|*/dev/vfio/*|*vfio-device*) return 0 ;; esac
            done <$1
            return 1
        }}
        for try in 1 2 3; do
            {TGT} & tgt=$!
            {SPINDLE} rpc --wait 20 rpc_get_methods >/dev/null || exit
            {SPINDLE} rpc bdev_nvme_attach_controller '{parameters}' & client=$!
            until has_registers /proc/$tgt/maps; do :; done
            kill -TERM $tgt
            wait $tgt
            echo "tgt ended: $?"
            wait $client
            echo "client ended: $?"
        done''')
    assert said.count('tgt ended: 0') == said.count('client ended: ') == 3, said
    assert_all_good(ended(start_load(vm, 'plain')))
