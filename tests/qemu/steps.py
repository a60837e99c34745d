# SPDX-License-Identifier: BSD-3-Clause
"""What several tests do in a guest, and where things are there."""
import json

SETUP = '/source/scripts/setup.sh'
SPINDLE = '/build/tools/spindle/spindle'


def user_driver(vm):
    return 'vfio-pci' if vm.machine.has_iommu else 'uio_pci_generic'


def attach(vm, name, bdev='Nvme0'):
    """A call that makes bdevs of a controller."""
    return ('bdev_nvme_attach_controller',
            {'name': bdev, 'trtype': 'PCIe', 'traddr': vm.address(name)})


def configure(vm, *calls):
    """The path in the guest of a configuration of bdevs."""
    config = {'subsystems': [{'subsystem': 'bdev', 'config': [
        {'method': method, 'params': params} for method, params in calls]}]}
    with open(vm.share('bdevs.json'), 'w', encoding='utf-8') as file:
        json.dump(config, file)
    return '/share/bdevs.json'


def asked(vm, script):
    """What a command tells as JSON; what it says besides is for the case that it fails."""
    return json.loads(vm.run(f'{script} 2>/tmp/said || {{ cat /tmp/said; exit 1; }}'))
