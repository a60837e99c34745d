# SPDX-License-Identifier: BSD-3-Clause
"""A machine for setup.sh: a tree of sysfs, procfs and device nodes, and a kernel that acts in it.

The kernel's files to write to are FIFOs, which a thread reads: it does what was written, and keeps
it in `events`. The programs that setup.sh starts are scripts that log to `calls`.
"""
import os
import select
import shutil
import subprocess
import tempfile
import threading

SETUP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../scripts/setup.sh')
RELEASE = '6.1.0-test'
NVME = '0x010802'
PROGRAMS = {
    'modprobe': 'mkdir -p "$ROOT/sys/bus/pci/drivers/$1"',
    'insmod': 'name=${1##*/}; mkdir -p "$ROOT/sys/bus/pci/drivers/${name%.ko}"',
    'chown': ':',
    'udevadm': ':',
    'su': 'cat "$ROOT/memlock"',
    'stat': 'for file; do grep -s " $file\\$" "$ROOT/specials"; done; :',
    'blkid': 'for disk; do :; done; cat "$ROOT/signature-${disk##*/}" 2>/dev/null',
    'blockdev': '[ ! -e "$ROOT/claimed-${2##*/}" ] ||'
                ' { echo "blockdev: ioctl error on BLKRRPART: Device or resource busy"; exit 1; }',
}


class Machine:
    def __init__(self):
        self.root = os.path.realpath(tempfile.mkdtemp(prefix='setup-test-'))
        self.events = []
        self.refusing = set()
        self.disk_numbers = {}
        self.fifos = {}
        for name in ('unbind', 'drivers_probe'):
            os.makedirs(self.path('fifos'), exist_ok=True)
            os.mkfifo(self.path('fifos/' + name))
            self.fifos[os.open(self.path('fifos/' + name), os.O_RDWR | os.O_NONBLOCK)] = name
        self.wake_read, self.wake_write = os.pipe()
        self.make_files()
        self.thread = threading.Thread(target=self.act)
        self.thread.start()

    def make_files(self):
        os.makedirs(self.path('sys/bus/pci/devices'))
        os.symlink(self.path('fifos/drivers_probe'), self.path('sys/bus/pci/drivers_probe'))
        self.add_driver('nvme')
        self.write('proc/sys/kernel/osrelease', RELEASE)
        self.write('proc/self/mountinfo', '22 1 0:20 / /proc rw - proc proc rw\n')
        self.write('proc/swaps', 'Filename Type Size Used Priority\n')
        self.write('proc/meminfo', 'MemAvailable: 1048576 kB\nHugepagesize: 2048 kB\n')
        self.write(f'lib/modules/{RELEASE}/modules.dep',
                   'kernel/drivers/vfio/pci/vfio-pci.ko.xz:\n'
                   'kernel/drivers/uio/uio_pci_generic.ko: kernel/drivers/uio/uio.ko\n')
        self.add_huge_pool('sys/kernel/mm/hugepages/hugepages-2048kB')
        self.write('memlock', 'unlimited\n')
        self.write('calls', '')
        for name, script in PROGRAMS.items():
            self.add_program(name, script)

    def close(self):
        os.write(self.wake_write, b'x')
        self.thread.join()
        for fd in [*self.fifos, self.wake_read, self.wake_write]:
            os.close(fd)
        shutil.rmtree(self.root)

    # The tree.

    def path(self, name):
        return os.path.join(self.root, name)

    def write(self, name, text=''):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)

    def append(self, name, text):
        with open(self.path(name), 'a', encoding='utf-8') as file:
            file.write(text)

    def read(self, name):
        if not os.path.exists(self.path(name)):
            return None
        with open(self.path(name), encoding='utf-8') as file:
            return file.read().strip()

    def link(self, name, target):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        os.symlink(self.path(target), self.path(name))

    def add_huge_pool(self, name, pages=0):
        self.write(name + '/nr_hugepages', f'{pages}\n')
        self.write(name + '/free_hugepages', f'{pages}\n')

    def add_program(self, name, script):
        self.write('bin/' + name, f'#!/bin/sh\nROOT={self.root}\n'
                                  f'echo "{name} $*" >>$ROOT/calls\n{script}\n')
        os.chmod(self.path('bin/' + name), 0o755)

    def add_driver(self, name):
        os.makedirs(self.path('sys/bus/pci/drivers/' + name), exist_ok=True)

    def add_device(self, address, driver='nvme', group=None, kind=NVME):
        directory = f'sys/bus/pci/devices/{address}'
        for name, text in (('vendor', '0x1b36'), ('device', '0x0010'), ('class', kind),
                           ('numa_node', '-1'), ('driver_override', '(null)')):
            self.write(f'{directory}/{name}', text + '\n')
        if group is not None:
            self.link(f'{directory}/iommu_group', f'sys/kernel/iommu_groups/{group}')
            self.link(f'sys/kernel/iommu_groups/{group}/devices/{address}', directory)
            self.write(f'sys/kernel/iommu_groups/{group}/type', 'DMA\n')
        if driver:
            self.bind(address, driver)

    def add_controller(self, address, index, group=None, path=''):
        """An NVMe controller that the kernel has, with a disk; path: 'c0' of nvme0c0n1."""
        self.add_device(address, driver=None, group=group)
        directory = f'sys/bus/pci/devices/{address}/nvme/nvme{index}'
        os.makedirs(self.path(f'{directory}/nvme{index}{path}n1'))
        self.write(f'{directory}/state', 'live\n')
        self.write(f'{directory}/dev', f'240:{index}\n')
        self.write(f'sys/class/nvme-generic/ng{index}n1/dev', f'241:{index}\n')
        self.bind(address, 'nvme')
        self.add_block(f'nvme{index}n1')
        self.write(f'dev/nvme{index}')
        self.write(f'dev/ng{index}n1')
        return f'nvme{index}n1'

    def add_block(self, name, disk=None):
        number = f'259:{len(self.disk_numbers)}'
        self.disk_numbers[name] = number
        directory = f'sys/devices/block/{name}'
        if disk:
            directory = f'sys/devices/block/{disk}/{name}'
            self.write(f'{directory}/partition', '1\n')
        self.write(f'{directory}/dev', number + '\n')
        self.link(f'sys/class/block/{name}', directory)
        self.write(f'dev/{name}')
        return name

    def add_holder(self, block, holder):
        self.add_block(holder)
        self.link(f'sys/class/block/{block}/holders/{holder}', f'sys/class/block/{holder}')

    def mount(self, block, point, process='self', number=None, source=None):
        self.write(f'proc/{process}/mountinfo', (self.read(f'proc/{process}/mountinfo') or '') + (
            f'\n40 22 {number or self.disk_numbers[block]} / {point} rw shared:1 - ext4 '
            f'{source or "/dev/disk"} rw\n'))

    def open(self, path, process='77', name='holder', kind=None, number=None):
        """kind, 'block' or 'character', and number: what stat tells of it."""
        self.write(f'proc/{process}/comm', name + '\n')
        os.makedirs(self.path(f'proc/{process}/fd'), exist_ok=True)
        if os.path.lexists(self.path(f'proc/{process}/fd/3')):
            os.unlink(self.path(f'proc/{process}/fd/3'))
        os.symlink(path, self.path(f'proc/{process}/fd/3'))
        if kind:
            major, minor = (int(each) for each in number.split(':'))
            self.append('specials', f'{kind} special file {major:x}:{minor:x} '
                                    f'{self.path(f"proc/{process}/fd/3")}\n')

    def driver_of(self, address):
        link = self.path(f'sys/bus/pci/devices/{address}/driver')
        return os.path.basename(os.readlink(link)) if os.path.islink(link) else None

    def snapshot(self):
        """Every file of the tree that a run could change, with what is in it."""
        found = {}
        for directory, _, names in os.walk(self.root):
            for name in names:
                path = os.path.join(directory, name)
                if os.path.islink(path):
                    found[path] = os.readlink(path)
                elif os.path.isfile(path):
                    with open(path, encoding='utf-8') as file:
                        found[path] = file.read()
        del found[self.path('calls')]
        return found

    # The kernel.

    def act(self):
        while True:
            ready = select.select([*self.fifos, self.wake_read], [], [])[0]
            if self.wake_read in ready:
                return
            for fd in ready:
                address = os.read(fd, 256).decode().strip()
                self.events.append((self.fifos[fd], address))
                if self.fifos[fd] == 'unbind':
                    self.unbind(address)
                else:
                    self.probe(address)

    def unbind(self, address):
        directory = self.path(f'sys/bus/pci/devices/{address}')
        if os.path.isdir(directory + '/nvme'):
            os.rename(directory + '/nvme', directory + '/nvme.away')
        os.unlink(directory + '/driver')

    def probe(self, address):
        driver = self.read(f'sys/bus/pci/devices/{address}/driver_override')
        driver = 'nvme' if driver in ('', '(null)') else driver
        is_loaded = os.path.isdir(self.path('sys/bus/pci/drivers/' + driver))
        if is_loaded and driver not in self.refusing:
            self.bind(address, driver)

    def bind(self, address, driver):
        directory = f'sys/bus/pci/devices/{address}'
        self.add_driver(driver)
        if not os.path.lexists(self.path(f'sys/bus/pci/drivers/{driver}/unbind')):
            self.link(f'sys/bus/pci/drivers/{driver}/unbind', 'fifos/unbind')
        if driver == 'nvme' and os.path.isdir(self.path(directory + '/nvme.away')):
            os.rename(self.path(directory + '/nvme.away'), self.path(directory + '/nvme'))
        if driver == 'vfio-pci' and os.path.islink(self.path(directory + '/iommu_group')):
            group = os.path.basename(os.readlink(self.path(directory + '/iommu_group')))
            self.write(f'dev/vfio/{group}')
        if driver == 'uio_pci_generic':
            os.makedirs(self.path(directory + '/uio/uio0'), exist_ok=True)
            self.write('dev/uio0')
        self.link(f'{directory}/driver', f'sys/bus/pci/drivers/{driver}')

    # Running setup.sh.

    def path_without(self, *missing):
        """A PATH with all programs of this machine but those."""
        for directory in os.environ['PATH'].split(':'):
            for name in os.listdir(directory) if os.path.isdir(directory) else []:
                if not os.path.lexists(self.path('some/' + name)):
                    os.makedirs(self.path('some'), exist_ok=True)
                    os.symlink(os.path.join(directory, name), self.path('some/' + name))
        for name in missing:
            for directory in ('some', 'bin'):
                if os.path.lexists(self.path(f'{directory}/{name}')):
                    os.unlink(self.path(f'{directory}/{name}'))
        return self.path('bin') + ':' + self.path('some')

    def run(self, *arguments, **variables):
        """Returns its exit status and all that it said."""
        environment = {'PATH': self.path('bin') + ':' + os.environ['PATH'],
                       'SPINDLE_SYSROOT': self.root, 'UEVENT_TIMEOUT': '1', **variables}
        done = subprocess.run(['sh', SETUP, *arguments], env=environment, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        return done.returncode, done.stdout

    def calls(self, program):
        return [line for line in self.read('calls').splitlines() if line.split()[0] == program]
