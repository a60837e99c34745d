#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the tests of this directory in guests, and ends with 'N passed, N failed'.

A test is a function of a file *_test.py that says @on(MACHINE). All tests of a machine share one
boot; after a test that failed the machine is started anew. README.md says how to write one.
"""
import argparse
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import guest  # noqa: E402 (found by the line above)
import registry  # noqa: E402

LOG_LINES = 30
print_lock = threading.Lock()


def say(text):
    with print_lock:
        print(text, flush=True)


def load_tests(patterns):
    for name in sorted(os.listdir(HERE)):
        if name.endswith('_test.py'):
            spec = importlib.util.spec_from_file_location(name[:-3], os.path.join(HERE, name))
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
    return [test for test in registry.tests
            if not patterns or any(re.search(pattern, full_name(test)) for pattern in patterns)]


def full_name(test):
    return f'{test.name} on {test.machine.name}'


def libraries_of(build):
    """What our programs need of this system, as lines for mkcpio.py."""
    found = {}
    for directory in ('src', 'examples', 'apps', 'tools', 'tests/qemu'):
        for path, _, names in os.walk(os.path.join(build, directory)):
            for name in names:
                file = os.path.join(path, name)
                if is_program(file):
                    found.update(linked(file, build))
    return [f'file\t{name}\t{path}\t755\n' for name, path in sorted(found.items())]


def is_program(path):
    if os.path.islink(path) or not os.access(path, os.X_OK):
        return False
    with open(path, 'rb') as file:
        return file.read(4) == b'\x7fELF'


def linked(program, build):
    listing = subprocess.run(['ldd', program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             text=True, check=False).stdout
    for match in re.finditer(r'^\s*(?:(\S+) => )?(/\S+) \(0x', listing, re.MULTILINE):
        if not match[2].startswith(build):
            name = match[1] if match[1] and not match[1].startswith('/') else None
            yield ('/lib/x86_64-linux-gnu/' + name if name else match[2]), match[2]


def make_files(arguments, directory):
    """What all guests have in common."""
    build = os.path.abspath(arguments.build)
    source = os.path.dirname(os.path.dirname(HERE))
    initrd = os.path.join(directory, 'initrd')
    overlay = os.path.join(directory, 'overlay.cpio')
    lines = [f"file\t/init\t{os.path.join(HERE, 'init.sh')}\t755\n"] + libraries_of(build)
    subprocess.run([sys.executable, os.path.join(HERE, 'mkcpio.py'), overlay],
                   input=''.join(lines), text=True, check=True)
    with open(initrd, 'wb') as out:
        for part in (os.path.join(arguments.guest, 'base.cpio'), overlay):
            with open(part, 'rb') as file:
                out.write(file.read())
    return SimpleNamespace(kernel=os.path.join(arguments.guest, 'vmlinux'), initrd=initrd,
                           build=build, source=source)


class Runner:
    """Runs the tests of one machine, one after the other."""

    def __init__(self, machine, tests, files, directory):
        self.machine = machine
        self.tests = tests
        self.files = files
        self.directory = directory
        self.vm = None
        self.failures = []

    def run(self):
        for test in self.tests:
            started = time.monotonic()
            error = self.run_one(test)
            took = f'{time.monotonic() - started:.1f} s'
            if error:
                self.failures.append(f'{test.name}({self.machine.name})')
                say(f'FAILED {full_name(test)}, {took}\n{error}')
                self.stop()
            else:
                say(f'ok     {full_name(test)}, {took}')
        self.stop()
        return self.failures

    def run_one(self, test):
        """Returns what is wrong, or ''."""
        error = ''
        try:
            self.boot()
            self.vm.mark(test.name)
            test.function(self.vm)
            self.vm.restore()
            self.vm.sync('end of ' + test.name)
        except Exception:  # Whatever it is, it is what the test died of.
            error = traceback.format_exc(limit=-3)
        faults = self.vm.faults() if self.vm else []
        if faults:
            error += '\n  '.join(["The guest's kernel complains:"] + faults[:LOG_LINES]) + '\n'
        if error and self.vm:
            tail = self.vm.log().splitlines()[-LOG_LINES:]
            error += '\n  '.join(["The end of the guest's kernel log:"] + tail)
        return error

    def boot(self):
        if self.vm:
            return
        started = time.monotonic()
        directory = tempfile.mkdtemp(prefix=self.machine.name + '-', dir=self.directory)
        self.vm = guest.Guest(self.machine, self.files, directory)
        self.vm.boot()
        say(f'booted {self.machine.name} in {time.monotonic() - started:.1f} s')

    def stop(self):
        if self.vm:
            self.vm.stop()
        self.vm = None


def run_all(arguments, tests):
    by_machine = {}
    for test in tests:
        by_machine.setdefault(test.machine, []).append(test)
    # Paths of sockets are short, wherever the build is.
    with tempfile.TemporaryDirectory(prefix='check-qemu-') as directory:
        files = make_files(arguments, directory)
        runners = [Runner(machine, its, files, directory) for machine, its in by_machine.items()]
        with ThreadPoolExecutor(arguments.jobs) as pool:
            return sum(pool.map(Runner.run, runners), [])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--guest', required=True, help='the directory build_guest.sh has filled')
    parser.add_argument('--build', required=True, help='the build tree whose programs are tested')
    parser.add_argument('--jobs', type=int, default=2, help='machines that run at a time')
    parser.add_argument('--list', action='store_true', help='only print the names of the tests')
    parser.add_argument('patterns', nargs='*', help='run only tests whose name matches one')
    arguments = parser.parse_args()

    tests = load_tests(arguments.patterns)
    if arguments.list:
        print('\n'.join(full_name(test) for test in tests))
        return 0
    failures = run_all(arguments, tests)
    if not tests:
        print('no test of that name', file=sys.stderr)
        failures = ['none']
    passed = max(len(tests) - len(failures), 0)
    if failures:
        print('FAILED: ' + ' '.join(failures))
    print(f'{passed} passed, {len(failures)} failed')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
