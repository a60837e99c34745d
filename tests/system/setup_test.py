#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/setup.sh on machines that are made up: what it does with devices and huge pages."""
import json
import shutil
import unittest

from setup_case import A, B, BRIDGE, NETWORK, SetupTest

POOL = 'sys/kernel/mm/hugepages/hugepages-2048kB'


class ConfigTest(SetupTest):
    def test_gives_a_controller_to_vfio_where_it_has_a_group(self):
        self.machine.add_controller(A, 0, group=5)
        output = self.run_setup('config')
        self.assertIn(f'{A} (1b36 0010): nvme -> vfio-pci', output)
        self.assert_driver(A, 'vfio-pci')
        self.assertEqual(self.machine.calls('modprobe'), ['modprobe vfio-pci'])
        self.assertEqual(self.machine.read(f'run/spindle/setup/{A}'), 'nvme')
        # Else it would come back to vfio-pci after every probe.
        self.assertEqual(self.machine.read(f'sys/bus/pci/devices/{A}/driver_override'), '')

    def test_loads_what_enters_memory_into_the_iommu(self):
        self.machine.add_controller(A, 0, group=5)
        self.machine.write('lib/modules/6.1.0-test/modules.dep',
                           'kernel/drivers/vfio/pci/vfio-pci.ko.xz:\n'
                           'kernel/drivers/vfio/vfio_iommu_type1.ko.xz:\n')
        self.run_setup('config')
        self.assertEqual(self.machine.calls('modprobe'),
                         ['modprobe vfio-pci', 'modprobe vfio_iommu_type1'])
        self.machine.write('calls', '')
        self.machine.write('sys/module/vfio_iommu_type1/refcnt', '0')
        self.assertIn('is with vfio-pci already', self.run_setup('config', A))
        self.assertEqual(self.machine.calls('modprobe'), [])

    def test_gives_a_controller_to_uio_where_there_is_no_iommu(self):
        self.machine.add_controller(A, 0)
        self.run_setup('config', A)
        self.assert_driver(A, 'uio_pci_generic')

    def test_is_what_happens_without_a_word(self):
        self.machine.add_controller(A, 0, group=5)
        self.run_setup()
        self.assert_driver(A, 'vfio-pci')

    def test_removes_the_lock_that_another_user_has_left(self):
        self.machine.add_controller(A, 0, group=5)
        self.machine.add_controller(B, 1, group=6)
        for address in (A, B):
            self.machine.write(f'var/tmp/spdk_pci_lock_{address}', '77')
        self.machine.open(f'/var/tmp/spdk_pci_lock_{B}')
        self.run_setup('config', A, B, TARGET_USER='nobody')
        self.assertIsNone(self.machine.read(f'var/tmp/spdk_pci_lock_{A}'))
        self.assertIsNotNone(self.machine.read(f'var/tmp/spdk_pci_lock_{B}'))

    def test_changes_nothing_the_second_time(self):
        self.machine.add_controller(A, 0, group=5)
        self.run_setup('config')
        before, events = self.machine.snapshot(), list(self.machine.events)
        self.assertIn('is with vfio-pci already', self.run_setup('config'))
        self.assertEqual(self.machine.snapshot(), before)
        self.assertEqual(self.machine.events, events)

    def test_takes_only_what_is_named(self):
        self.machine.add_controller(A, 0, group=5)
        self.machine.add_controller(B, 1, group=6)
        self.run_setup('config', '2:00.0')
        self.assert_driver(A, 'nvme')
        self.assert_driver(B, 'vfio-pci')

    def test_refuses_an_address_that_is_not_there(self):
        self.machine.add_controller(A, 0, group=5)
        output = self.run_setup('config', A, '0000:09:00.0', expect=1)
        self.assertIn('there is no PCI device 0000:09:00.0', output)
        self.assert_driver(A, 'nvme')

    def test_heeds_the_lists(self):
        self.machine.add_controller(A, 0, group=5)
        self.machine.add_controller(B, 1, group=6)
        self.run_setup('config', PCI_ALLOWED='none')
        self.assertEqual(self.machine.events, [])
        self.assertIn(f'{A}: left alone, it is in PCI_BLOCKED',
                      self.run_setup('config', PCI_ALLOWED=f'{A} {B}', PCI_BLOCKED=A))
        self.assert_driver(A, 'nvme')
        self.assert_driver(B, 'vfio-pci')
        self.run_setup('reset')
        self.assertIn(f'{B}: left alone, it is not in PCI_ALLOWED',
                      self.run_setup('config', PCI_ALLOWED=A))
        self.assert_driver(A, 'vfio-pci')
        self.assert_driver(B, 'nvme')
        self.run_setup('config', B, PCI_BLOCKED=B)
        self.assert_driver(B, 'nvme')

    def test_understands_each_way_to_write_a_list(self):
        self.machine.add_controller(A, 0, group=5)
        self.machine.add_controller('0000:0a:00.1', 1, group=6)
        for text in (f'{A},0000:0A:00.1', '1:00.0 a:0.1', '01:00.0, 0:a:00.1', f'1:0.0\n0a:00.1,'):
            for name in ('PCI_BLOCKED', 'PCI_ALLOWED'):
                with self.subTest(text=text, name=name):
                    output = self.run_setup('config', '--dry-run', **{name: text})
                    self.assertNotIn('there is no PCI device', output)
                    self.assertEqual(output.count('it is in PCI_BLOCKED'),
                                     2 if name == 'PCI_BLOCKED' else 0, output)
                    self.assertNotIn('it is not in PCI_ALLOWED', output)
        self.assertIn('there is no PCI device 0000:09:00.0, which is in PCI_BLOCKED',
                      self.run_setup('status', PCI_BLOCKED='09:00.0'))

    def test_takes_nothing_when_a_list_is_not_understood(self):
        self.machine.add_controller(A, 0, group=5)
        before = self.machine.snapshot()
        for word in ('all', '*', '01:00', '0000:01:00.8', '0000:01:20.0', 'g:00.0', '0:0:1:00.0',
                     ':01:00.0', '0000.01.00.0', f'{A};{B}', '/dev/nvme0'):
            with self.subTest(word=word):
                self.assertIn(f"PCI_BLOCKED: '{word}' is no address of a PCI device",
                              self.run_setup('config', expect=2, PCI_BLOCKED=f'{A} {word}'))
        self.assertIn("PCI_ALLOWED: 'all' is no address of a PCI device",
                      self.run_setup('config', expect=2, PCI_ALLOWED=f'{A} all'))
        self.assertIn("config: 'all' is no address of a PCI device",
                      self.run_setup('config', 'all', expect=2))
        self.assertEqual(self.machine.snapshot(), before)

    def test_takes_nothing_when_a_number_is_none(self):
        self.machine.add_controller(A, 0, group=5)
        before = self.machine.snapshot()
        for name, text in (('UEVENT_TIMEOUT', '10s'), ('UEVENT_TIMEOUT', '0.5'),
                           ('HUGEMEM', '2G'), ('NRHUGE', '-1'), ('NRHUGE', '0x10'),
                           ('HUGEPGSZ', '12345678901234567890')):
            with self.subTest(name=name, text=text):
                self.assertIn(f"{name}: '{text}' is not a number",
                              self.run_setup('config', expect=2, **{name: text}))
        self.assertEqual(self.machine.snapshot(), before)

    def test_reads_numbers_as_decimal(self):
        self.machine.add_controller(A, 0, group=5)
        self.machine.refusing.add('vfio-pci')
        self.run_setup('config', expect=1, UEVENT_TIMEOUT='00', NRHUGE='0512', HUGEPGSZ='02048')
        self.assertEqual(self.machine.read(POOL + '/nr_hugepages'), '512')
        self.run_setup('config', expect=1, UEVENT_TIMEOUT='00', HUGEMEM='08', SHRINK_HUGE='yes')
        self.assertEqual(self.machine.read(POOL + '/nr_hugepages'), '4')

    def test_gives_a_controller_back_that_the_new_driver_does_not_take(self):
        self.machine.add_controller(A, 0, group=5)
        self.machine.refusing.add('vfio-pci')
        output = self.run_setup('config', expect=1)
        self.assertIn(f'{A}: vfio-pci does not take it', output)
        self.assert_driver(A, 'nvme')
        self.assertIsNone(self.machine.read(f'run/spindle/setup/{A}'))

    def test_dry_run_prints_each_change_and_makes_none(self):
        self.machine.add_controller(A, 0, group=5)
        before = self.machine.snapshot()
        output = self.run_setup('config', '--dry-run', TARGET_USER='nobody', HUGEMEM='64')
        for change in ('would run: modprobe vfio-pci',
                       f"would write 'nvme' to /run/spindle/setup/{A}",
                       f"would write '{A}' to /sys/bus/pci/devices/{A}/driver/unbind",
                       f"would write 'vfio-pci' to /sys/bus/pci/devices/{A}/driver_override",
                       f"would write '{A}' to /sys/bus/pci/drivers_probe",
                       f"would write '' to /sys/bus/pci/devices/{A}/driver_override",
                       f"chown nobody {self.machine.root}/dev/vfio/5",
                       f"would write '32' to /{POOL}/nr_hugepages"):
            self.assertIn(change, output)
        self.assertEqual(self.machine.snapshot(), before)
        self.assertEqual(self.machine.events, [])
        for program in ('modprobe', 'chown', 'blockdev'):
            self.assertEqual(self.machine.calls(program), [])

    def test_leaves_data_alone_unless_it_is_named(self):
        disk = self.machine.add_controller(A, 0, group=5)
        self.machine.write(f'signature-{disk}', 'ext4\n')
        self.assertIn(f'holds data ({disk}: ext4)', self.run_setup('config'))
        number = self.machine.disk_numbers[disk]
        self.machine.write(f'run/udev/data/b{number}', 'E:ID_FS_TYPE=LVM2_member\n')
        self.assertIn(f'holds data ({disk}: LVM2_member)', self.run_setup('config'))
        self.machine.write(f'run/udev/data/b{number}', '')
        self.machine.add_block(disk + 'p1', disk)
        self.assertIn(f'holds data ({disk}: partitions)', self.run_setup('config'))
        self.assert_driver(A, 'nvme')
        self.run_setup('config', PCI_ALLOWED=A)
        self.assert_driver(A, 'vfio-pci')

    def test_takes_no_controller_from_a_driver_that_it_does_not_know(self):
        self.machine.add_device(A, driver='pciback', group=5)
        self.assert_refused('its driver is not nvme but pciback, which may be using it')
        self.assertIn('not nvme but pciback', self.run_setup('config'))
        self.assert_driver(A, 'pciback')
        self.assertIn('not nvme but pciback', self.run_setup('status'))
        self.machine.unbind(A)
        self.run_setup('config')
        self.assert_driver(A, 'vfio-pci')

    def test_takes_other_devices_only_when_nothing_has_them(self):
        self.machine.add_device(A, driver='e1000e', group=5, kind=NETWORK)
        self.run_setup('config')
        self.assert_refused('not an NVMe controller, and its driver e1000e may be using it')
        self.machine.unbind(A)
        self.run_setup('config', A)
        self.assert_driver(A, 'vfio-pci')


class DriverTest(SetupTest):
    def test_missing_module(self):
        self.machine.add_controller(A, 0, group=5)
        self.machine.write('lib/modules/6.1.0-test/modules.dep', '')
        self.assert_refused('the kernel 6.1.0-test has no module vfio-pci: install', arguments=())

    def test_missing_module_of_a_cloud_kernel(self):
        self.machine.add_controller(A, 0)
        self.machine.write('proc/sys/kernel/osrelease', '6.1.0-cloud-amd64')
        self.assert_refused('no module uio_pci_generic: install linux-image-amd64')

    def test_override_none(self):
        self.machine.add_controller(A, 0, group=5)
        self.run_setup('config', DRIVER_OVERRIDE='none')
        self.assert_driver(A, None)
        self.run_setup('reset')
        self.assert_driver(A, 'nvme')

    def test_override_uio_behind_an_iommu_that_translates(self):
        self.machine.add_controller(A, 0, group=5)
        self.assert_refused('which the IOMMU stops', DRIVER_OVERRIDE='uio_pci_generic')
        self.machine.write('sys/kernel/iommu_groups/5/type', 'identity\n')
        self.run_setup('config', DRIVER_OVERRIDE='uio_pci_generic')
        self.assert_driver(A, 'uio_pci_generic')

    def test_override_vfio_without_an_iommu(self):
        self.machine.add_controller(A, 0)
        self.assert_refused('vfio-pci needs an IOMMU', DRIVER_OVERRIDE='vfio-pci')
        self.machine.write('sys/module/vfio/parameters/enable_unsafe_noiommu_mode', 'Y\n')
        self.machine.write('vfio-pci.ko')
        for driver in ('vfio-pci', self.machine.path('vfio-pci.ko')):
            self.assert_refused('Spindle cannot use vfio in its mode without an IOMMU',
                                DRIVER_OVERRIDE=driver, TARGET_USER='nobody')
        self.assertEqual(self.machine.calls('chown'), [])

    def test_group_that_vfio_has_made_without_an_iommu(self):
        self.machine.add_device(A, driver='vfio-pci', group=0)
        self.machine.write('sys/kernel/iommu_groups/0/name', 'vfio-noiommu\n')
        self.machine.open('/dev/vfio/noiommu-0', name='spdk_tgt')
        self.assertIn('IOMMU group 0 is open in process 77 (spdk_tgt)', self.run_setup('status'))
        device = json.loads(self.run_setup('status', '--json'))
        self.assertFalse(device['iommu'])
        self.assertIsNone(device['devices'][0]['iommu_group'])
        self.assertEqual(device['devices'][0]['target'], 'uio_pci_generic')

    def test_override_by_the_path_of_a_module(self):
        self.machine.add_controller(A, 0)
        path = self.machine.path('igb_uio.ko')
        self.assert_refused(f'there is no file {path}', DRIVER_OVERRIDE=path)
        self.machine.write('igb_uio.ko')
        self.run_setup('config', DRIVER_OVERRIDE=path)
        self.assertEqual(self.machine.calls('insmod'), [f'insmod {path}'])
        self.assert_driver(A, 'igb_uio')

    def test_locked_down(self):
        self.machine.add_controller(A, 0)
        self.machine.write('sys/kernel/security/lockdown', 'none [integrity] confidentiality\n')
        self.assert_refused('the kernel is locked down')


class ResetTest(SetupTest):
    def setUp(self):
        super().setUp()
        self.machine.add_controller(A, 0, group=5)

    def test_gives_back_and_forgets(self):
        self.run_setup('config')
        self.assertIn(f'{A} (1b36 0010): vfio-pci -> nvme', self.run_setup('reset'))
        self.assert_driver(A, 'nvme')
        self.assertIsNone(self.machine.read(f'run/spindle/setup/{A}'))
        events = list(self.machine.events)
        self.assertIn('is with nvme already', self.run_setup('reset'))
        self.assertEqual(self.machine.events, events)

    def test_gives_back_to_the_driver_that_had_it(self):
        self.run_setup('config')
        self.machine.add_driver('own_nvme')
        self.machine.write(f'run/spindle/setup/{A}', 'own_nvme\n')
        self.run_setup('reset')
        self.assert_driver(A, 'own_nvme')

    def test_knows_the_driver_still_when_another_one_of_user_space_has_failed(self):
        self.run_setup('config')
        self.machine.write('sys/kernel/iommu_groups/5/type', 'identity\n')
        self.machine.refusing.add('uio_pci_generic')
        output = self.run_setup('config', expect=1, DRIVER_OVERRIDE='uio_pci_generic')
        self.assertIn(f'{A}: it has its driver vfio-pci back', output)
        self.run_setup('reset')
        self.assert_driver(A, 'nvme')

    def test_gives_back_what_was_taken_by_name(self):
        self.machine.add_device(B, driver=None, group=6, kind=NETWORK)
        self.run_setup('config', B)
        self.assert_driver(B, 'vfio-pci')
        self.run_setup('config')
        self.run_setup('reset', PCI_BLOCKED=B)
        self.assert_driver(B, 'vfio-pci')
        self.run_setup('reset')
        self.assert_driver(B, None)
        self.assertIsNone(self.machine.read(f'run/spindle/setup/{B}'))

    def test_goes_on_from_where_a_config_was_killed(self):
        self.machine.unbind(A)
        self.machine.write(f'run/spindle/setup/{A}', 'nvme\n')
        self.run_setup('reset')
        self.assert_driver(A, 'nvme')

    def test_leaves_alone_what_others_have_bound(self):
        self.machine.unbind(A)
        self.machine.bind(A, 'vfio-pci')
        self.assertIn('not by setup.sh: left alone', self.run_setup('reset'))
        self.assert_driver(A, 'vfio-pci')
        self.run_setup('reset', A)
        self.assert_driver(A, 'nvme')

    def test_leaves_alone_what_a_program_has_open(self):
        self.run_setup('config')
        self.machine.open('/dev/vfio/5', name='spdk_tgt')
        output = self.run_setup('reset', expect=1)
        self.assertIn('not given back: in use: IOMMU group 5 is open in process 77', output)
        self.assert_driver(A, 'vfio-pci')

    def test_leaves_alone_what_a_program_has_open_by_uio(self):
        self.machine.add_controller(B, 1)
        self.run_setup('config', B)
        self.machine.open('/dev/uio0', name='spdk_tgt')
        output = self.run_setup('reset', B, expect=1)
        self.assertIn('not given back: in use: uio0 is open in process 77', output)
        self.assert_driver(B, 'uio_pci_generic')

    def test_says_when_the_kernel_cannot_start_the_controller(self):
        self.run_setup('config')
        self.machine.write(f'sys/bus/pci/devices/{A}/nvme.away/nvme0/state', 'connecting\n')
        self.assertIn('has not started the controller in 1 s', self.run_setup('reset'))

    def test_dry_run(self):
        self.run_setup('config')
        before = self.machine.snapshot()
        self.assertIn("would write 'nvme' to", self.run_setup('reset', '--dry-run'))
        self.assertEqual(self.machine.snapshot(), before)


class UserTest(SetupTest):
    def setUp(self):
        super().setUp()
        self.machine.add_controller(A, 0, group=5)

    def chowns(self):
        return self.machine.calls('chown')

    def test_gets_the_group(self):
        self.run_setup('config', TARGET_USER='nobody')
        self.assertEqual(self.chowns(), [f'chown nobody {self.machine.root}/dev/vfio/5'])

    def test_is_the_one_who_called_sudo(self):
        self.run_setup('config', SUDO_USER='nobody')
        self.assertEqual(self.chowns(), [f'chown nobody {self.machine.root}/dev/vfio/5'])

    def test_gets_it_also_when_it_was_with_vfio_before(self):
        self.run_setup('config')
        self.assertEqual(self.chowns(), [])
        self.run_setup('config', TARGET_USER='nobody')
        self.assertEqual(len(self.chowns()), 1)

    def test_is_not_there(self):
        output = self.run_setup('config', TARGET_USER='no-such-user', expect=1)
        self.assertIn('TARGET_USER: there is no user no-such-user', output)

    def test_is_told_what_uio_cannot_do(self):
        self.machine.add_controller(B, 1)
        self.assertIn('with uio_pci_generic only root can tell the device where memory is',
                      self.run_setup('config', B, TARGET_USER='nobody'))

    def test_is_told_how_much_memory_must_be_lockable(self):
        self.machine.write('memlock', '8192\n')
        output = self.run_setup('config', TARGET_USER='nobody')
        self.assertIn('nobody may lock 8 MiB', output)
        self.assertIn(f'nobody - memlock {576 << 10}', output)
        output = self.run_setup('config', TARGET_USER='nobody', HUGEMEM='1024')
        self.assertIn('LimitMEMLOCK=1088M', output)
        self.machine.write('memlock', 'unlimited\n')
        self.assertNotIn('MEMLOCK', self.run_setup('config', TARGET_USER='nobody'))


class HugePagesTest(SetupTest):
    def pages(self, pool=POOL):
        return int(self.machine.read(pool + '/nr_hugepages'))

    def test_number(self):
        self.run_setup('config', HUGEMEM='63')
        self.assertEqual(self.pages(), 32)
        self.run_setup('config', HUGEMEM='63', NRHUGE='40')
        self.assertEqual(self.pages(), 40)

    def test_do_not_get_fewer_unless_asked(self):
        self.run_setup('config', NRHUGE='40')
        self.assertIn('40 are there', self.run_setup('config', NRHUGE='10'))
        self.assertEqual(self.pages(), 40)
        self.run_setup('config', NRHUGE='10', SHRINK_HUGE='yes')
        self.assertEqual(self.pages(), 10)
        self.run_setup('config', CLEAR_HUGE='yes', SKIP_HUGE='yes')
        self.assertEqual(self.pages(), 10)
        self.run_setup('config', CLEAR_HUGE='yes', HUGEMEM='2')
        self.assertEqual(self.pages(), 1)

    def test_are_only_there_by_themselves_for_uio(self):
        self.machine.add_controller(A, 0, group=5)
        self.run_setup('config')
        self.assertEqual(self.pages(), 0)
        self.machine.add_controller(B, 1)
        self.run_setup('config')
        # Half of the 1 GiB that is free.
        self.assertEqual(self.pages(), 256)
        self.machine.write(POOL + '/nr_hugepages', '0\n')
        self.machine.write('proc/meminfo', 'MemAvailable: 99999999 kB\nHugepagesize: 2048 kB\n')
        self.run_setup('config')
        self.assertEqual(self.pages(), 1024)

    def test_on_nodes(self):
        pools = [f'sys/devices/system/node/node{node}/hugepages/hugepages-2048kB'
                 for node in range(3)]
        for pool in pools:
            self.machine.add_huge_pool(pool)
        self.run_setup('config', NRHUGE='8', HUGENODE='0,2')
        self.assertEqual([self.pages(pool) for pool in pools], [8, 0, 8])
        self.run_setup('config', NRHUGE='9', HUGENODE='nodes_hp[0]=16,nodes_hp[1]=3,2')
        self.assertEqual([self.pages(pool) for pool in pools], [16, 3, 9])
        self.assertIn('there is no node 7', self.run_setup('config', HUGENODE='7', expect=1))
        for word in ('x', '-1', 'nodes_hp[0]=', 'nodes_hp[]=3', 'nodes_hp[0]=3M'):
            self.assertIn(f"HUGENODE: '{word}' is neither",
                          self.run_setup('config', HUGENODE=f'0,{word}', expect=2))

    def test_on_a_node_that_has_some(self):
        pool = 'sys/devices/system/node/node0/hugepages/hugepages-2048kB'
        self.machine.add_huge_pool(pool, 1)
        self.run_setup('config', HUGENODE='nodes_hp[00]=0512')
        self.assertEqual(self.pages(pool), 512)

    def test_on_nodes_that_share_what_uio_needs(self):
        self.machine.add_controller(A, 0)
        pools = [f'sys/devices/system/node/node{node}/hugepages/hugepages-2048kB'
                 for node in range(3)]
        for pool in pools:
            self.machine.add_huge_pool(pool)
        self.run_setup('config', HUGENODE='0,nodes_hp[1]=7,2')
        # Of the half of 1 GiB.
        self.assertEqual([self.pages(pool) for pool in pools], [128, 7, 128])

    def test_of_another_size(self):
        self.machine.add_huge_pool('sys/kernel/mm/hugepages/hugepages-1048576kB')
        self.run_setup('config', HUGEMEM='2000', HUGEPGSZ='1048576')
        self.assertEqual(self.pages('sys/kernel/mm/hugepages/hugepages-1048576kB'), 2)
        self.assertIn('no huge pages of 77 kB', self.run_setup('config', HUGEPGSZ='77', expect=1))

    def test_of_the_size_that_applications_take(self):
        large = 'sys/kernel/mm/hugepages/hugepages-1048576kB'
        self.machine.add_huge_pool(large)
        self.machine.write('proc/meminfo',
                           'MemAvailable: 99999999 kB\nHugepagesize: 1048576 kB\n')
        self.run_setup('config', HUGEMEM='2048')
        self.assertEqual((self.pages(), self.pages(large)), (1024, 0))
        shutil.rmtree(self.machine.path(POOL))
        self.run_setup('config', HUGEMEM='2048')
        self.assertEqual(self.pages(large), 2)

    def test_not_enough_memory(self):
        # What is written there is not what is read.
        self.machine.add_program('tee', 'cat >/dev/null')
        output = self.run_setup('config', NRHUGE='8', expect=1)
        self.assertIn('there was memory for 0 of 8 huge pages', output)


class StatusTest(SetupTest):
    def test_of_a_free_controller(self):
        self.machine.add_controller(A, 0, group=5)
        self.machine.add_device(B, driver='pcieport', group=5, kind=BRIDGE)
        output = self.run_setup('status')
        self.assertRegex(output, rf'NVMe +{A} +1b36 +0010 +- +nvme +nvme0 +nvme0n1')
        self.assertIn(f'IOMMU group 5: {B} (pcieport)', output)
        self.assertIn('can be given to vfio-pci', output)
        device = json.loads(self.run_setup('status', '--json'))['devices'][0]
        self.assertEqual(device, {
            'address': A, 'type': 'NVMe', 'vendor': '1b36', 'device': '0010', 'numa_node': None,
            'driver': 'nvme', 'iommu_group': 5, 'group_members': [B], 'controller': 'nvme0',
            'block_devices': ['nvme0n1'], 'uses': [], 'possible': True, 'target': 'vfio-pci',
            'why': 'can be given to vfio-pci'})

    def test_of_the_machine(self):
        self.machine.add_huge_pool('sys/devices/system/node/node1/hugepages/hugepages-2048kB', 6)
        self.assertRegex(self.run_setup('status'), r'1 +2048kB +6 / +6')
        state = json.loads(self.run_setup('status', '--json'))
        self.assertEqual(state['huge_pages'],
                         [{'node': 1, 'size_kb': 2048, 'free': 6, 'total': 6}])
        self.assertEqual(state['modules'],
                         {'vfio-pci': 'available', 'uio_pci_generic': 'available'})
        self.assertFalse(state['iommu'])

    def test_shows_what_user_space_has_and_who(self):
        self.machine.add_device(A, driver='vfio-pci', group=5, kind=NETWORK)
        self.machine.open('/dev/vfio/5', name='spdk_tgt')
        output = self.run_setup('status')
        self.assertIn('with user space, by vfio-pci', output)
        self.assertIn('IOMMU group 5 is open in process 77 (spdk_tgt)', output)

    def test_changes_nothing(self):
        self.machine.add_controller(A, 0, group=5)
        before = self.machine.snapshot()
        self.run_setup('status')
        self.assertEqual(self.machine.snapshot(), before)


class OtherTest(SetupTest):
    def test_cleanup_removes_what_nobody_has(self):
        for name in ('var/tmp/spdk_cpu_lock_000', 'var/tmp/spdk_cpu_lock_001',
                     'dev/shm/app_trace.pid77', 'dev/shm/app_trace.pid78'):
            self.machine.write(name)
        self.machine.open('/var/tmp/spdk_cpu_lock_001')
        self.machine.write('proc/77/stat', '77\n')
        self.machine.add_huge_pool(POOL, 5)
        self.run_setup('cleanup')
        self.assertIsNone(self.machine.read('var/tmp/spdk_cpu_lock_000'))
        self.assertIsNotNone(self.machine.read('var/tmp/spdk_cpu_lock_001'))
        self.assertIsNotNone(self.machine.read('dev/shm/app_trace.pid77'))
        self.assertIsNone(self.machine.read('dev/shm/app_trace.pid78'))
        self.assertEqual(self.machine.read(POOL + '/nr_hugepages'), '0')

    def test_help_and_wrong_usage(self):
        self.assertIn('usage: setup.sh', self.run_setup('help'))
        self.assertIn('unknown option --frobnicate', self.run_setup('--frobnicate', expect=2))
        self.assertIn('one of them at a time', self.run_setup('config', 'reset', expect=2))
        self.assertIn('only status has it', self.run_setup('reset', '--json', expect=2))


if __name__ == '__main__':
    unittest.main()
