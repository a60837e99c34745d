#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/setup.sh on machines that are made up: nothing that is in use is taken."""
import json
import os
import unittest

from setup_case import A, B, BRIDGE, NETWORK, SetupTest


class UseTest(SetupTest):
    """One test for each way to use a disk: it fails when that one is not looked at."""

    def setUp(self):
        super().setUp()
        self.disk = self.machine.add_controller(A, 0, group=5)
        self.part = self.machine.add_block(self.disk + 'p1', self.disk)

    def test_mounted(self):
        self.machine.mount(self.disk, '/data')
        self.assert_refused(f'{self.disk} is mounted at /data')

    def test_mounted_partition(self):
        self.machine.mount(self.part, '/')
        self.assert_refused(f'{self.part} is mounted at /')

    def test_mounted_in_a_container(self):
        self.machine.mount(self.part, '/volume', process='4711')
        self.assert_refused(f'{self.part} is mounted at /volume')

    def test_mounted_under_a_number_that_is_not_the_disk_s(self):
        self.machine.mount(self.part, '/data', number='0:55', source='/dev/' + self.part)
        self.assert_refused(f'{self.part} is mounted at /data')

    def test_swap(self):
        self.machine.append('proc/swaps', f'/dev/{self.part} partition 1024 0 -2\n')
        self.assert_refused(f'{self.part} is swapped to')

    def test_lvm(self):
        self.machine.add_holder(self.part, 'dm-0')
        self.machine.write('sys/class/block/dm-0/dm/name', 'vg-home\n')
        self.machine.write('sys/class/block/dm-0/dm/uuid', 'LVM-abc\n')
        self.assert_refused(f'{self.part} is part of dm-0 (LVM: vg-home)')

    def test_device_mapper(self):
        self.machine.add_holder(self.part, 'dm-0')
        self.machine.write('sys/class/block/dm-0/dm/name', 'volume\n')
        self.assert_refused(f'{self.part} is part of dm-0 (device mapper: volume)')

    def test_encryption_and_what_is_mounted_through_it(self):
        self.machine.add_holder(self.disk, 'dm-1')
        self.machine.write('sys/class/block/dm-1/dm/name', 'secret\n')
        self.machine.write('sys/class/block/dm-1/dm/uuid', 'CRYPT-LUKS2-abc\n')
        self.machine.mount('dm-1', '/home')
        self.assert_refused(f'{self.disk} is part of dm-1 (encrypted: secret); dm-1 is mounted at')

    def test_md_raid(self):
        self.machine.add_holder(self.disk, 'md127')
        self.machine.write('sys/class/block/md127/md/level', 'raid1\n')
        self.assert_refused(f'{self.disk} is part of md127 (MD raid1)')

    def test_bcache(self):
        self.machine.write(f'sys/class/block/{self.disk}/bcache/state', 'clean\n')
        self.assert_refused(f'{self.disk} is part of a bcache')

    def test_btrfs_of_several_devices(self):
        self.machine.link(f'sys/fs/btrfs/1234-5678/devices/{self.disk}',
                          f'sys/class/block/{self.disk}')
        self.assert_refused(f'{self.disk} is part of the btrfs 1234-5678')

    def test_loop(self):
        self.machine.add_block('loop3')
        self.machine.write('sys/block/loop3/loop/backing_file', f'/dev/{self.part}\n')
        self.machine.mount('loop3', '/image')
        self.assert_refused(f'{self.part} is behind loop3; loop3 is mounted at /image')

    def test_target_of_the_kernel(self):
        self.machine.write('sys/kernel/config/nvmet/subsystems/s/namespaces/1/device_path',
                           f'/dev/{self.disk}\n')
        self.assert_refused(f'{self.disk} is exported by a target of the kernel')

    def test_target_of_the_kernel_that_has_it_by_another_name(self):
        path = 'sys/kernel/config/nvmet/subsystems/s/namespaces/1/device_path'
        self.machine.link('dev/disk/by-id/nvme-serial-part1', f'dev/{self.part}')
        self.machine.write(path, '/dev/disk/by-id/nvme-serial-part1\n')
        self.assert_refused(f'{self.part} is exported by a target of the kernel')
        self.machine.write(path, '(null)\n')
        self.machine.write('sys/kernel/config/target/core/iblock_0/d/udev_path',
                           '/dev/disk/by-id/nvme-serial-part1\n')
        self.assert_refused(f'{self.part} is exported by a target of the kernel')

    def test_target_of_the_kernel_that_has_the_controller(self):
        self.machine.write('sys/kernel/config/nvmet/subsystems/s/passthru/device_path',
                           '/dev/nvme0\n')
        self.assert_refused('nvme0 is exported by a target of the kernel')

    def test_open_by_another_name(self):
        for kind, number, what in (('block', self.machine.disk_numbers[self.disk], self.disk),
                                   ('block', self.machine.disk_numbers[self.part], self.part),
                                   ('character', '241:0', self.disk),
                                   ('character', '240:0', 'nvme0')):
            with self.subTest(number=number):
                self.machine.write('specials')
                self.machine.open('/somewhere/else', name='qemu', kind=kind, number=number)
                self.assert_refused(f'in use: {what} is open in process 77 (qemu)\n')
        # The number is another device's, of the other kind.
        self.machine.write('specials')
        self.machine.open('/somewhere/else', kind='character',
                          number=self.machine.disk_numbers[self.disk])
        self.run_setup('config', A)
        self.assert_driver(A, 'vfio-pci')

    def test_open_by_another_name_as_this_machine_s_stat_tells_it(self):
        if not os.path.exists('/dev/full'):
            self.skipTest('no /dev/full')
        os.unlink(self.machine.path('bin/stat'))
        self.machine.write(f'sys/bus/pci/devices/{A}/nvme/nvme0/dev', '1:7\n')
        self.machine.open('/dev/full', name='qemu')
        self.assert_refused('in use: nvme0 is open in process 77 (qemu)\n')

    def test_open_by_its_name_and_number_is_told_once(self):
        self.machine.open('/dev/' + self.disk, name='qemu', kind='block',
                          number=self.machine.disk_numbers[self.disk])
        self.assert_refused(f'in use: {self.disk} is open in process 77 (qemu)\n')

    def test_open_where_there_is_no_stat(self):
        self.machine.open('/dev/' + self.disk, name='qemu')
        self.assert_refused(f'{self.disk} is open in process 77 (qemu)',
                            PATH=self.machine.path_without('stat', 'xargs'))

    def test_open(self):
        self.machine.open('/dev/' + self.part, name='qemu')
        self.assert_refused(f'{self.part} is open in process 77 (qemu)')

    def test_open_for_passthrough(self):
        self.machine.open('/dev/ng0n1', name='fio')
        self.assert_refused(f'{self.disk} is open in process 77 (fio)')

    def test_open_controller(self):
        self.machine.open('/dev/nvme0', name='smartd')
        self.assert_refused('nvme0 is open in process 77 (smartd)')

    def test_claimed_in_a_way_that_only_the_kernel_knows(self):
        self.machine.write('claimed-' + self.disk)
        output = self.run_setup('config', A, expect=1)
        self.assertIn(f'{self.disk} is claimed by something that only the kernel knows', output)
        self.assert_driver(A, 'nvme')

    def test_the_kernel_cannot_be_asked(self):
        os.unlink(self.machine.path('dev/' + self.disk))
        self.assert_kernel_silent(f'there is no /dev/{self.disk} here: run this outside of')
        self.machine.write('dev/' + self.disk)
        self.machine.add_program('blockdev', 'echo "ioctl: Input/output error" >&2; exit 1')
        self.assert_kernel_silent('ioctl: Input/output error')
        self.assert_kernel_silent('there is no blockdev to ask with: install util-linux',
                                  PATH=self.machine.path_without('blockdev'))
        # It is about disks.
        self.machine.unbind(A)
        self.run_setup('config', A, PATH=self.machine.path_without('blockdev'))
        self.assert_driver(A, 'vfio-pci')

    def assert_kernel_silent(self, reason, **variables):
        output = self.run_setup('config', A, expect=1, **variables)
        self.assertIn(f'not taken: the kernel does not say whether {self.disk} is in use: '
                      f'{reason}', output)
        self.assertIn(f'run this again after: echo {A} >/sys/bus/pci/drivers/nvme/unbind', output)
        self.assert_driver(A, 'nvme')
        self.assertEqual(self.machine.events, [])

    def test_mounted_by_another_path(self):
        self.machine.add_controller(B, 2, group=6, path='c7')
        self.machine.mount('nvme2n1', '/shared')
        self.assert_refused('nvme2n1 is mounted at /shared', address=B, arguments=(B,))

    def test_status_names_it(self):
        self.machine.mount(self.part, '/data "1"')
        self.assertIn(f'{self.part} is mounted at /data', self.run_setup('status'))
        device = json.loads(self.run_setup('status', '--json'))['devices'][0]
        self.assertEqual(device['uses'], [f'{self.part} is mounted at /data'])
        self.assertFalse(device['possible'])

    def test_what_was_not_named_is_passed_over(self):
        self.machine.mount(self.part, '/data')
        self.machine.add_controller(B, 1, group=6)
        self.assertIn(f'{A} (1b36 0010): not taken: in use', self.run_setup('config'))
        self.assert_driver(A, 'nvme')
        self.assert_driver(B, 'vfio-pci')


class GroupTest(SetupTest):
    def setUp(self):
        super().setUp()
        self.machine.add_controller(A, 0, group=5)

    def test_shared_with_another_driver(self):
        self.machine.add_device(B, driver='e1000e', group=5, kind=NETWORK)
        self.assert_refused(f'shares IOMMU group 5 with {B} (driver e1000e)')

    def test_shared_with_a_controller_in_use(self):
        disk = self.machine.add_controller(B, 1, group=5)
        self.machine.mount(disk, '/data')
        self.assert_refused(f'{B} (driver nvme), which is in use: {disk} is mounted at /data',
                            arguments=(A, B))

    def test_shared_with_a_controller_that_is_not_meant(self):
        self.machine.add_controller(B, 1, group=5)
        self.assert_refused(f'{B} (driver nvme): name that one too')

    def test_shared_with_a_controller_that_holds_data(self):
        disk = self.machine.add_controller(B, 1, group=5)
        self.machine.write(f'signature-{disk}', 'ext4\n')
        self.assertIn(f'shares IOMMU group 5 with {B} (driver nvme), which holds data',
                      self.run_setup('config'))
        self.assert_driver(A, 'nvme')

    def test_goes_together_with_its_controllers(self):
        self.machine.add_controller(B, 1, group=5)
        self.run_setup('config')
        self.assert_driver(A, 'vfio-pci')
        self.assert_driver(B, 'vfio-pci')

    def test_does_not_mind_bridges_and_what_has_no_driver(self):
        self.machine.add_device('0000:00:01.0', driver='pcieport', group=5, kind=BRIDGE)
        self.machine.add_device(B, driver=None, group=5, kind=NETWORK)
        self.run_setup('config', A)
        self.assert_driver(A, 'vfio-pci')

    def test_shared_with_a_controller_whose_driver_is_not_known(self):
        self.machine.add_device(B, driver='pciback', group=5)
        self.assert_refused(f'{B} (driver pciback), which may be using it', arguments=(A, B))

    def test_open_in_a_program_by_iommufd(self):
        self.machine.add_device(B, driver='vfio-pci', group=5)
        self.machine.write(f'sys/bus/pci/devices/{B}/vfio-dev/vfio3/dev', '242:3\n')
        for opened in ({'path': '/dev/vfio/devices/vfio3'},
                       {'path': '/dev/else', 'kind': 'character', 'number': '242:3'}):
            with self.subTest(opened):
                self.machine.open(name='qemu', **opened)
                self.assert_refused(f'in use: vfio3 of {B} is open in process 77 (qemu)\n')
                output = self.run_setup('reset', B, expect=1)
                self.assertIn(f'not given back: in use: vfio3 of {B} is open', output)
                self.assert_driver(B, 'vfio-pci')

    def test_open_in_a_program(self):
        self.machine.open('/dev/vfio/5', name='spdk_tgt')
        self.assert_refused('IOMMU group 5 is open in process 77 (spdk_tgt)')


if __name__ == '__main__':
    unittest.main()
