# SPDX-License-Identifier: BSD-3-Clause
"""A machine that runs: commands in it, its controllers, their disks, and the log of its kernel."""
import hashlib
import os
import re
import shutil
import socket
import subprocess
import time

import qmp

# A guest on a machine with other work to do is slow, and no less right for it.
BOOT_S = 240
COMMAND_S = 120
UNPLUG_S = 60
FAULT = re.compile(
    r'DMAR:.*fault|DRHD: handling fault|\bBUG:|\bOops\b|Call Trace:|WARNING: CPU|Kernel panic|'
    r'blocked for more than|general protection|segfault at|traps: ')
# Without no_timer_check the kernel panics when QEMU gets too little time just when it looks.
KERNEL_ARGUMENTS = (
    'console=ttyS0 quiet loglevel=4 panic=-1 mitigations=off nokaslr random.trust_cpu=on '
    'no_timer_check cryptomgr.notests initcall_blacklist=init_kprobe_trace 8250.nr_uarts=2 '
    'rdinit=/init')

# bind DEVICE [DRIVER]
BIND = """bind()
{
    local now="$(basename "$(readlink "$1/driver")")" address="${1##*/}"
    [ "$now" != "$2" ] || return 0
    [ -z "$now" ] || echo "$address" >"$1/driver/unbind"
    [ -n "$2" ] || return 0
    modprobe "$2"
    echo "$2" >"$1/driver_override"
    echo "$address" >/sys/bus/pci/drivers_probe
    echo >"$1/driver_override"
    [ "$(basename "$(readlink "$1/driver")")" = "$2" ]
}"""


class GuestError(Exception):
    """What is wrong with the guest or with a command in it."""


class Process:
    """A command that runs in the guest."""

    def __init__(self, guest, number, script):
        self.guest = guest
        self.number = number
        self.script = script
        self.status = None

    def output(self):
        """What it has printed so far, to both of its streams."""
        path = self.guest.share(f'{self.number}.out')
        if not os.path.exists(path):
            return ''
        with open(path, encoding='utf-8', errors='replace') as file:
            return file.read()

    def wait(self, timeout_s=COMMAND_S, check=True):
        """Returns its exit status; raises GuestError unless that is 0 or check is off."""
        self.guest.wait_until(lambda: self.status is not None, timeout_s,
                              lambda: f'does not end: {self.script}\n{self.output()}')
        if check and self.status != 0:
            raise GuestError(f'exit status {self.status} of: {self.script}\n{self.output()}')
        return self.status

    def wait_for_output(self, pattern, timeout_s=COMMAND_S):
        """Waits until it has printed what the pattern matches, and returns the match."""
        found = []

        def look():
            match = re.search(pattern, self.output(), re.MULTILINE)
            found.extend([match] if match else [])
            return match or self.status is not None

        self.guest.wait_until(look, timeout_s, lambda: (
            f'does not print {pattern!r}: {self.script}\n{self.output()}'))
        if not found:
            raise GuestError(f'ended without printing {pattern!r}: {self.script}\n{self.output()}')
        return found[0]

    def kill(self, signal='KILL'):
        """Sends a signal to it and its children."""
        self.guest.run(f'kill -{signal} -$(cat /share/{self.number}.pid)')


class Guest:
    def __init__(self, machine, files, directory):
        """files: what run.py has made: kernel, initrd, and the directories build and source."""
        self.machine = machine
        self.directory = directory
        self.files = files
        self.processes = {}
        self.count = 0
        self.buffer = b''
        self.qemu = None
        self.line = None
        self.monitor = None
        self.missing = set()
        self.start_of_log = '\0'
        for name in ('share', 'disks'):
            os.makedirs(self.path(name), exist_ok=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def share(self, name):
        """The host's path of /share/NAME."""
        return os.path.join(self.directory, 'share', name)

    # The machine itself.

    def boot(self):
        for controller in self.machine.controllers:
            for nsid, namespace in enumerate(controller.namespaces, 1):
                with open(self.image(controller.name, nsid), 'wb') as file:
                    file.truncate(namespace.size_mib << 20)
        with open(self.path('qemu.log'), 'wb') as log:
            self.qemu = subprocess.Popen(self.qemu_command(), stdin=subprocess.DEVNULL,
                                         stdout=log, stderr=log)
        self.monitor = self.connect_monitor()
        self.line = socket.socket(socket.AF_UNIX)
        self.line.connect(self.path('line'))
        ready = Process(self, 'ready', 'boot')
        self.processes['ready'] = ready
        ready.wait(BOOT_S)

    def connect_monitor(self):
        try:
            return qmp.Qmp(self.path('monitor'))
        except qmp.QmpError as error:
            raise GuestError(f'{error}; QEMU said: {self.qemu_log()}') from error

    def qemu_log(self):
        with open(self.path('qemu.log'), encoding='utf-8', errors='replace') as log:
            return log.read()

    def qemu_command(self):
        machine = self.machine
        command = [
            # Killing the runner ends its guests, too.
            'setpriv', '--pdeathsig', 'KILL', 'qemu-system-x86_64',
            '-nodefaults', '-no-user-config', '-display', 'none',
            '-no-reboot', '-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', processor(),
            '-m', str(machine.memory_mib), '-smp', str(machine.cpus), '-bios', 'qboot.rom',
            '-kernel', self.files.kernel, '-initrd', self.files.initrd, '-append',
            KERNEL_ARGUMENTS + (' intel_iommu=on ' if machine.has_iommu else ' ') +
            machine.kernel_arguments,
            '-qmp', f"unix:{self.path('monitor')},server=on,wait=off",
            '-serial', f"file:{self.path('kernel.log')}",
            '-serial', f"unix:{self.path('line')},server=on,wait=off"]
        if machine.has_iommu:
            command += ['-device', 'intel-iommu']
        for tag, path, options in (('share', self.path('share'), ''),
                                   ('build', self.files.build, ',readonly=on'),
                                   ('source', self.files.source, ',readonly=on')):
            command += [
                '-fsdev', f'local,id={tag},path={path},security_model=none,'
                          f'multidevs=remap{options}',
                '-device', f'virtio-9p-pci,fsdev={tag},mount_tag={tag}']
        for index, controller in enumerate(machine.controllers):
            command += self.controller_arguments(index, controller)
        return command + list(machine.qemu_arguments)

    def controller_arguments(self, index, controller):
        name = controller.name
        arguments = []
        if not controller.beside:
            arguments += ['-device', f'pcie-root-port,id=port-{name},bus=pcie.0,'
                                     f'addr={16 + index:#x},chassis={index + 1},slot={index + 1}']
        if controller.is_pluggable:
            arguments += ['-device', f'nvme-subsys,id=subsys-{name},nqn={name}']
        arguments += ['-device', join(self.nvme_properties(controller))]
        for nsid, namespace in enumerate(controller.namespaces, 1):
            disk = f'{name}-{nsid}'
            arguments += [
                '-drive', f'if=none,id={disk},format=raw,cache=unsafe,discard=unmap,'
                          f'file={self.image(name, nsid)}',
                '-device', join({'driver': 'nvme-ns', 'bus': name, 'drive': disk, 'nsid': nsid,
                                 'logical_block_size': namespace.sector,
                                 'physical_block_size': namespace.sector,
                                 **namespace.options})]
        return arguments

    def nvme_properties(self, controller):
        name = controller.name
        shares_slot = any(other.beside == name for other in self.machine.controllers)
        properties = {'driver': 'nvme', 'id': name, 'serial': name,
                      'bus': 'port-' + (controller.beside or name)}
        if controller.beside:
            properties['addr'] = '0.1'
        elif shares_slot:
            properties.update(addr='0.0', multifunction='on')
        if controller.is_pluggable:
            properties['subsys'] = 'subsys-' + name
        return {**properties, **controller.options}

    def stop(self):
        if self.qemu:
            self.qemu.kill()
            self.qemu.wait()
        if self.monitor:
            self.monitor.close()
        if self.line:
            self.line.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    # Commands.

    def start(self, script):
        """Starts a script of the guest's sh (busybox) as root, and returns its Process."""
        self.count += 1
        number = str(self.count)
        with open(self.share(number + '.sh'), 'w', encoding='utf-8') as file:
            file.write(script + '\n')
        process = Process(self, number, script)
        self.processes[number] = process
        self.line.sendall(number.encode() + b'\n')
        return process

    def run(self, script, timeout_s=COMMAND_S):
        """Runs a script and returns what it printed; GuestError unless its status is 0."""
        process = self.start(script)
        process.wait(timeout_s)
        return process.output()

    def status_of(self, script, timeout_s=COMMAND_S):
        """Runs a script that may fail; returns its exit status and what it printed."""
        process = self.start(script)
        return process.wait(timeout_s, check=False), process.output()

    def wait_until(self, is_done, timeout_s, describe):
        deadline = time.monotonic() + timeout_s
        while not is_done():
            if time.monotonic() > deadline:
                raise GuestError(f'after {timeout_s} s: {describe()}')
            self.read_line()

    def read_line(self):
        """Takes up what the guest has said, waiting for it a little."""
        self.line.settimeout(0.05)
        try:
            data = self.line.recv(4096)
        except TimeoutError:
            return
        except OSError:
            data = b''
        if not data:
            raise GuestError(f'the guest is dead; QEMU said: {self.qemu_log()}')
        *lines, self.buffer = (self.buffer + data).split(b'\n')
        for line in lines:
            number, status = line.decode(errors='replace').split()
            self.processes[number].status = int(status)

    # Controllers and their disks.

    def controller(self, name):
        return next(each for each in self.machine.controllers if each.name == name)

    def pattern(self, name):
        """Matches the directory in the guest's sysfs of a controller, with any driver or none."""
        controller = self.controller(name)
        slot = self.slot(controller.beside or name)
        function = 1 if controller.beside else 0
        return f'/sys/bus/pci/devices/0000:00:{slot:02x}.0/0000:*:00.{function}'

    def slot(self, name):
        return 16 + [each.name for each in self.machine.controllers].index(name)

    def address(self, name):
        """The PCI address in the guest."""
        return self.run(f'basename {self.pattern(name)}').strip()

    def bind(self, name, driver):
        """Gives a controller to a driver, or to none ('')."""
        self.run(f'{BIND}\nbind {self.pattern(name)} {driver}')

    def block_device(self, name, nsid=1):
        """The path of a namespace in the guest, when the kernel's driver has the controller."""
        address = self.address(name)
        process = self.start(f'''
            for wait in $(seq 100); do
                for block in /sys/block/nvme*; do
                    [ "$(cat $block/nsid 2>/dev/null)" = {nsid} ] || continue
                    for controller in $block/device $block/device/nvme*; do
                        [ "$(cat $controller/address 2>/dev/null)" = {address} ] || continue
                        [ "$(cat $block/hidden)" = 0 ] || continue
                        [ -b /dev/${{block##*/}} ] || continue
                        echo /dev/${{block##*/}}
                        exit
                    done
                done
                usleep 50000
            done
            exit 1''')
        process.wait()
        return process.output().strip()

    def image(self, name, nsid=1):
        """The host's path of the disk of a namespace."""
        return self.path(f'disks/{name}-{nsid}')

    def sha256(self, name, nsid=1, offset=0, length=None):
        """Of what lies on the disk, as the host sees it."""
        with open(self.image(name, nsid), 'rb') as file:
            file.seek(offset)
            return hashlib.sha256(file.read(length)).hexdigest()

    def unplug(self, name, wait=True):
        """Asks for a controller to be removed; the guest's driver has to let it go."""
        self.monitor.execute('device_del', id=name)
        self.missing.add(name)
        if wait:
            self.wait_unplugged(name)

    def wait_unplugged(self, name, timeout_s=UNPLUG_S):
        self.monitor.wait_event('DEVICE_DELETED', timeout_s, device=name)

    def plug(self, name):
        """Puts a controller that was unplugged back, with its namespaces."""
        self.monitor.execute('device_add', **self.nvme_properties(self.controller(name)))
        self.missing.discard(name)
        self.wait_until(lambda: self.status_of(f'[ -e {self.pattern(name)} ]')[0] == 0,
                        COMMAND_S, lambda: f'{name} does not appear')

    # Between tests.

    def restore(self):
        """Everything that a test may have left: processes, drivers, huge pages."""
        for process in list(self.processes.values()):
            if process.status is None:
                process.kill()
                process.wait(check=False)
        for name in list(self.missing):
            self.plug(name)
        self.run('\n'.join(
            [BIND] + [f'bind {self.pattern(each.name)} nvme || exit' for each in
                      self.machine.controllers] + ['echo 0 >/proc/sys/vm/nr_hugepages']))

    def log(self):
        with open(self.path('kernel.log'), encoding='utf-8', errors='replace') as file:
            return file.read()

    def sync(self, text):
        """Writes a line into the kernel's log and returns it when the host has it."""
        line = f'check-qemu {self.count} {text}'
        self.run(f'echo "{line}" >/dev/kmsg')
        self.wait_until(lambda: line in self.log(), COMMAND_S, lambda: 'the log stands still')
        return line

    def mark(self, text):
        """Forgets what the kernel has complained about so far."""
        self.start_of_log = self.sync(text)

    def faults(self):
        """What the kernel has complained about since the mark: a test with any fails."""
        lines = self.log().split(self.start_of_log)[-1].splitlines()
        return [line for line in lines if FAULT.search(line)]


def join(properties):
    driver = properties.pop('driver')
    return ','.join([driver] + [f'{key}={value}' for key, value in properties.items()])


def processor():
    # Before its version 8, QEMU breaks kernels that use cmpxchg16b: it is hidden there.
    version = subprocess.run(['qemu-system-x86_64', '--version'], stdout=subprocess.PIPE,
                             check=True, text=True).stdout
    return 'max,-cx16' if re.search(r'version [1-7]\.', version) else 'max'
