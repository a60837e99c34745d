# SPDX-License-Identifier: BSD-3-Clause
"""spindle nvme and hello_nvme on a controller that user space has: what they say is what nvme-cli
says under the kernel's driver, and nothing is destroyed that was not named twice."""
import hashlib
import re

from machines import UIO, VFIO
from registry import on
from steps import SPINDLE, asked, user_driver

HELLO = '/build/examples/hello_nvme'
MIB = 1 << 20
# What identify tells of controllers of a fabric.
FABRICS = ['ioccsz', 'iorcsz', 'icdoff', 'fcatt', 'msdbd', 'ofcs']


def take(vm, name):
    """Gives a controller to user space; returns its address."""
    vm.run('modprobe vfio_iommu_type1' if vm.machine.has_iommu else
           'echo 64 >/proc/sys/vm/nr_hugepages')
    vm.bind(name, user_driver(vm))
    return vm.address(name)


def kernel_name(vm, name):
    """The character device of a controller, while the kernel's driver has it."""
    vm.block_device(name)
    return vm.run(f'ls {vm.pattern(name)}/nvme').strip()


def refused(vm, script, status, *said):
    """Returns what it printed; it has ended with the status and said all of that."""
    found, output = vm.status_of(script)
    assert found == status, (script, found, output)
    for text in said:
        assert text in output, (script, text, output)
    return output


def plain(value):
    """As text; an identifier of 16 bytes has dashes there, and none here."""
    return str(value).strip().replace('-', '')


def same_members(ours, theirs, missing=()):
    """We have all of their members but these, with the same values."""
    assert set(theirs) - set(ours) == set(missing), set(theirs) - set(ours)
    common = [name for name in theirs if name in ours and not isinstance(theirs[name], list)]
    different = {name: (ours[name], theirs[name]) for name in common
                 if plain(ours[name]) != plain(theirs[name])}
    assert not different, different


@on(VFIO, UIO)
def list_has_the_controllers_of_both_drivers(vm):
    kernel_name(vm, 'many')
    kernel_name(vm, 'pluggable')
    address = take(vm, 'plain')
    listed = {each['address']: each for each in asked(vm, f'{SPINDLE} nvme list --json')}
    assert len(listed) == len(vm.machine.controllers)
    mine = listed[address]
    assert mine['state'] == 'usable', mine
    assert (mine['model'], mine['serial']) == ('QEMU NVMe Ctrl', 'plain'), mine
    assert [(each['nsid'], each['size'], each['block_size'])
            for each in mine['namespaces']] == [(1, 64 * MIB, 512)], mine
    many = listed[vm.address('many')]
    assert (many['state'], many['driver'], many['serial']) == ('kernel', 'nvme', 'many'), many
    assert 'setup.sh config ' + many['address'] in many['advice']
    expected = [(nsid, each.sector) for nsid, each in
                enumerate(vm.machine.controllers[1].namespaces, 1)]
    assert [(each['nsid'], each['block_size']) for each in many['namespaces']] == expected, many
    table = vm.run(f'{SPINDLE} nvme list')
    assert re.search(rf'^{address} .* QEMU NVMe Ctrl +plain .* 64 MiB +512 ', table, re.M), table


@on(VFIO, UIO)
def identify_says_what_nvme_cli_says(vm):
    device = kernel_name(vm, 'many')
    ctrl = asked(vm, f'nvme id-ctrl /dev/{device} -o json')
    spaces = {nsid: asked(vm, f'nvme id-ns /dev/{device} -n {nsid} -o json')
              for nsid, _ in enumerate(vm.controller('many').namespaces, 1)}
    sums = [vm.run(f'nvme id-ctrl /dev/{device} -b | sha256sum'),
            vm.run(f'nvme id-ns /dev/{device} -n 2 -b | sha256sum')]
    address = take(vm, 'many')
    told = asked(vm, f'{SPINDLE} nvme identify --json {address}')
    same_members(told['controller'], ctrl, FABRICS)
    assert told['controller']['ver'] == told['registers']['vs'] == 0x10400
    assert [each['nsid'] for each in told['namespaces']] == list(spaces)
    for each in told['namespaces']:
        theirs = spaces[each['nsid']]
        same_members(each, theirs)
        assert [(form['ms'], form['ds']) for form in each['lbafs']] == \
            [(form['ms'], form['ds']) for form in theirs['lbafs']]
    assert vm.run(f'{SPINDLE} nvme identify --raw {address} | sha256sum') == sums[0]
    assert vm.run(f'{SPINDLE} nvme identify --raw --nsid 2 {address} | sha256sum') == sums[1]
    text = vm.run(f'{SPINDLE} nvme identify {address} --nsid 1')
    assert 'namespace 1: 32 MiB' in text and 'namespace 2' not in text, text
    refused(vm, f'{SPINDLE} nvme identify {address} --nsid 77', 1, 'no active namespace 77')


@on(VFIO, UIO)
def logs_say_what_nvme_cli_says(vm):
    device = kernel_name(vm, 'plain')
    smart = asked(vm, f'nvme smart-log /dev/{device} -o json')
    raw = {lid: vm.run(f'nvme get-log /dev/{device} -i {lid} -l {size} -b | sha256sum')
           for lid, size in ((3, 512), (5, 4096))}
    address = take(vm, 'plain')
    told = asked(vm, f'{SPINDLE} nvme log {address} smart --json')
    # Others have asked it for data meanwhile.
    counts = [name for name in smart if name.startswith(('host_', 'data_units'))]
    same_members({name: told[name] for name in told if name not in counts}, smart, counts)
    for name, lid in (('firmware', 3), ('effects', 5)):
        assert vm.run(f'{SPINDLE} nvme log {address} {name} --raw | sha256sum') == raw[lid]
        assert vm.run(f'{SPINDLE} nvme log {address} {lid} --raw | sha256sum') == raw[lid]
    effects = asked(vm, f'{SPINDLE} nvme log {address} effects --json')
    assert 'supported' in effects['io_cmd_set']['0x02_words'], effects
    assert asked(vm, f'{SPINDLE} nvme log {address} changed-ns --json')['changed_namespaces'] == []
    assert asked(vm, f'{SPINDLE} nvme log {address} error --json')['errors'] == []
    assert 'no errors' in vm.run(f'{SPINDLE} nvme log {address} error')
    refused(vm, f'{SPINDLE} nvme log {address} 0xc7', 1, 'log page 0xc7 is refused')
    refused(vm, f'{SPINDLE} nvme log {address} smarter', 2, "no page 'smarter'", 'smart')


@on(VFIO, UIO)
def features_say_what_nvme_cli_says_and_can_be_set(vm):
    device = kernel_name(vm, 'plain')
    theirs = {}
    for fid in (1, 2, 4, 5, 6, 9, 10):
        line = vm.run(f'nvme get-feature /dev/{device} -n 1 -f {fid} -s 1 2>&1')
        theirs[fid] = int(re.search(r'value:(?:0x)?([0-9a-f]+)', line)[1], 16)
    address = take(vm, 'plain')
    told = {each['fid']: each for each in
            asked(vm, f'{SPINDLE} nvme features {address} --select default --json')}
    for fid, value in theirs.items():
        assert told[fid]['value'] == value, (fid, value, told[fid])
    now = {each['fid']: each for each in asked(vm, f'{SPINDLE} nvme features {address} --json')}
    assert now[6]['value_words'] == ['on'], now[6]
    found = vm.run(f'{SPINDLE} nvme features {address} --fid 4 --set 0x150')
    assert '0x00000150' in found and 'not saved' in re.sub(r'\s+', ' ', found), found
    refused(vm, f'{SPINDLE} nvme features {address} --fid 0xd5', 1, 'get feature is refused')
    refused(vm, f'{SPINDLE} nvme features {address} --fid 4 --set 1 --save', 1,
            'set feature is refused')
    refused(vm, f'{SPINDLE} nvme features {address} --fid 0x84 --set 3', 2,
            'never be written again', f'--yes-destroy {address}')


@on(VFIO, UIO)
def format_destroys_only_what_was_named_twice(vm):
    block = vm.block_device('plain')
    vm.run(f'dd if=/dev/urandom of={block} bs=64k count=16 conv=fsync 2>/dev/null')
    before = vm.sha256('plain', length=MIB)
    formats = asked(vm, f'nvme id-ns {block} -o json')['lbafs']
    other = next(index for index, each in enumerate(formats)
                 if (each['ms'], each['ds']) == (0, 12))
    address = take(vm, 'plain')
    command = f'{SPINDLE} nvme format {address} --nsid 1'
    refused(vm, f'{command} --lbaf {other}', 2, f'--yes-destroy {address}', 'QEMU NVMe Ctrl',
            'serial plain', 'namespace 1 (64 MiB)', 'Nothing was done')
    refused(vm, f'{command} --lbaf {other} --yes-destroy {vm.address("many")}', 2,
            'nothing was done')
    refused(vm, f'{command} --lbaf 60 --yes-destroy {address}', 2, 'no format 60')
    refused(vm, f'{command} --lbaf {other} --pi 1 --yes-destroy {address}', 2, 'metadata')
    refused(vm, f'{SPINDLE} nvme format {address} --nsid 9 --lbaf 0 --yes-destroy {address}', 1,
            'no active namespace 9')
    assert vm.sha256('plain', length=MIB) == before
    told = asked(vm, f'{command} --lbaf {other} --yes-destroy {address} --json')
    assert (told['lbaf'], told['block_size'], told['size']) == (other, 4096, 64 * MIB), told
    vm.bind('plain', 'nvme')
    block = vm.block_device('plain')
    assert vm.run(f'cat /sys/block/{block[5:]}/queue/logical_block_size') == '4096\n'
    seen = vm.run(f'dd if={block} bs=64k count=16 iflag=direct 2>/dev/null | sha256sum').split()[0]
    assert seen == hashlib.sha256(bytes(MIB)).hexdigest()
    address = take(vm, 'plain')
    vm.run(f'{SPINDLE} nvme format {address} --nsid 1 --lbaf 0 --yes-destroy {address}')


@on(VFIO, UIO)
def perf_counts_what_it_does(vm):
    block = vm.block_device('plain')
    vm.run(f'dd if=/dev/urandom of={block} bs=64k count=16 conv=fsync 2>/dev/null')
    before = vm.sha256('plain', length=MIB)
    address = take(vm, 'plain')
    perf = f'{SPINDLE} nvme perf {address} --json'
    for words in ('-w randread -q 8', '-w read -q 4 -P 3', '-w flush -q 1'):
        told = asked(vm, f'{perf} {words} -n 500')
        assert told['status'] == 'finished', told
        assert told['total']['ios'] == 500, (words, told)
    assert len(asked(vm, f'{perf} -w randread -P 3 -n 300')['results']) == 3
    told = asked(vm, f'{perf} -w randread -q 16 -o 512/50,8k/50 --vectors 2 -t 1')
    figures = told['total']['read']
    assert figures['ios'] > 0 and figures['io_failed'] == 0, told
    assert list(figures['percentiles_us'].values()) == sorted(figures['percentiles_us'].values())
    refused(vm, f'{SPINDLE} nvme perf {address} -w randwrite -n 10', 2, 'namespace 1 (64 MiB)',
            f'--yes-destroy {address}')
    assert vm.sha256('plain', length=MIB) == before
    told = asked(vm, f'{perf} -w verify -o 64k -q 8 --length 8M --yes-destroy {address}')
    assert told['results'][0]['verify']['blocks_right'] == 8 * MIB // 512, told
    assert vm.sha256('plain', length=MIB) != before
    for words in ('-w randrw -M 30 -o 4k', '-w unmap -o 64k', '-w write_zeroes', '-w copy'):
        told = asked(vm, f'{perf} {words} -n 200 --yes-destroy {address}')
        assert told['total']['ios'] == 200, (words, told)
    assert 'avg us' in vm.run(f'{SPINDLE} nvme perf {address} -n 10')
    refused(vm, f'{SPINDLE} nvme perf {address} -w reset -n 1', 2, 'reset')


@on(VFIO, UIO)
def hello_nvme_writes_only_to_what_was_named(vm):
    block = vm.block_device('plain')
    vm.run(f'echo untouched | dd of={block} conv=fsync 2>/dev/null')
    output = refused(vm, HELLO, 1, 'spindle nvme list', 'setup.sh config')
    assert 'namespace' not in output
    address = take(vm, 'plain')
    output = vm.run(HELLO)
    assert 'namespace 1: 131072 blocks of 512 bytes' in output, output
    assert 'Nothing was written' in output, output
    with open(vm.image('plain'), 'rb') as disk:
        assert disk.read(10) == b'untouched\n'
    output = vm.run(f"{HELLO} -r 'trtype:PCIe traddr:{address}'")
    assert 'overwriting its first block' in output, output
    assert 'read back: Hello, namespace 1!' in output, output
    with open(vm.image('plain'), 'rb') as disk:
        assert disk.read(20) == b'Hello, namespace 1!\0'
    address = take(vm, 'many')
    output = vm.run(f"{HELLO} -r 'trtype:PCIe traddr:{address}'")
    assert 'read back: Hello, namespace 2!' in output, output


@on(VFIO, UIO)
def what_keeps_a_controller_from_being_used_is_said(vm):
    address = vm.address('plain')
    identify = f'{SPINDLE} nvme identify'
    refused(vm, f'{identify} {address}', 1, "the kernel's driver", f'setup.sh config {address}')
    refused(vm, f'{identify} 0000:00:1e.7', 1, 'no NVMe controller at 0000:00:1e.7')
    vm.bind('plain', '')
    refused(vm, f'{identify} {address}', 1, 'no driver', f'setup.sh config {address}')
    take(vm, 'plain')
    missing = '/dev/vfio/' if vm.machine.has_iommu else '/dev/uio'
    refused(vm, f"su user -c '{identify} {address}'", 1, 'the right to read and write ' + missing)
    listed = vm.run(f"su user -c '{SPINDLE} nvme list'")
    assert 'the right to read and write ' + missing in listed, listed
