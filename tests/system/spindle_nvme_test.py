#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""spindle_nvme_test.py PROGRAM HELLO_NVME: what spindle nvme makes of its words where there is no
controller to be used: help, refusals, completion, and the list. Controllers are never touched here;
tests/qemu has the others."""
import glob
import json
import os
import subprocess
import sys
import unittest

HELLO_NVME = sys.argv.pop(2)
PROGRAM = sys.argv.pop(1)
NOWHERE = 'fe:1f.7'
WORDS = ['list', 'identify', 'log', 'features', 'format', 'perf']


def controllers():
    """Addresses of the controllers of this machine."""
    found = []
    for path in glob.glob('/sys/bus/pci/devices/*/class'):
        with open(path, encoding='ascii') as file:
            if file.read().startswith('0x0108'):
                found.append(path.split('/')[-2])
    return sorted(found)


def usable_controllers():
    """Those that user space has: tests leave them alone."""
    return [each for each in controllers() if os.path.basename(
        os.path.realpath(f'/sys/bus/pci/devices/{each}/driver')) in ('vfio-pci', 'uio_pci_generic')]


class NvmeTest(unittest.TestCase):
    def run_tool(self, *words, program=PROGRAM):
        command = [program, 'nvme', *words] if program == PROGRAM else [program, *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    def good(self, *words):
        result = self.run_tool(*words)
        self.assertEqual(result.returncode, 0, f'{words}: {result}')
        self.assertEqual(result.stderr, '')
        return result.stdout

    def refused(self, status, said, *words):
        """It ends with the status, and says so in one line."""
        result = self.run_tool(*words)
        self.assertEqual(result.returncode, status, f'{words}: {result}')
        self.assertIn(said, result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertEqual(result.stdout, '')

    def test_each_word_has_its_help(self):
        whole = self.good('-h')
        for word in WORDS:
            own = self.good(word, '-h')
            self.assertIn(f'usage: spindle nvme {word} ', own)
            self.assertIn(own.strip(), whole)
            for line in own.splitlines():
                self.assertLessEqual(len(line), 80, line)

    def test_words_that_there_are_not(self):
        self.refused(2, "there is no 'lst'", 'lst')
        self.refused(2, 'what? list', )
        self.refused(2, 'one word too many', 'list', NOWHERE)
        self.refused(2, "'b' is one word too many", 'identify', NOWHERE, 'b')
        self.refused(2, 'one word too many', 'perf', NOWHERE, 'b')

    def test_options_that_are_not_its_own(self):
        self.refused(2, 'nvme identify has no --lbaf', 'identify', NOWHERE, '--lbaf', '1')
        self.refused(2, 'nvme list has no --nsid', 'list', '--nsid', '1')
        self.refused(2, 'nvme log has no --yes-destroy', 'log', NOWHERE, 'smart',
                     '--yes-destroy', NOWHERE)

    def test_addresses(self):
        for word in ('identify', 'log', 'features', 'format', 'perf'):
            self.refused(2, 'which controller?', word)
        for text in ('nvme0', '', '0000:00:04.8', '/dev/nvme0'):
            self.refused(2, f"'{text}' is no address of a PCI device", 'identify', text)

    def test_numbers(self):
        self.refused(2, '--nsid: namespaces are counted from 1', 'identify', NOWHERE, '--nsid', '0')
        for text in ('x', '', '-1', '1x'):
            self.refused(2, f"--nsid: '{text}' is no number", 'identify', NOWHERE,
                         f'--nsid={text}')
        self.refused(2, '--fid: 0x100 is too large', 'features', NOWHERE, '--fid', '0x100')
        self.refused(2, '--lbaf: 64 is too large', 'format', NOWHERE, '--nsid', '1', '--lbaf', '64')
        self.refused(2, "--size: '1q' is no size", 'log', NOWHERE, 'smart', '--size', '1q')

    def test_choices(self):
        self.refused(2, "'old' is none of current, default, saved, supported", 'features', NOWHERE,
                     '--select', 'old')
        self.refused(2, "'all' is none of none, user, crypto", 'format', NOWHERE, '--ses', 'all')
        self.refused(2, 'give one of the two', 'identify', NOWHERE, '--raw', '--json')

    def test_what_belongs_together(self):
        self.refused(2, 'which page: one of supported, error, smart', 'log', NOWHERE)
        self.refused(2, "no page 'smrt'", 'log', NOWHERE, 'smrt')
        self.refused(2, 'which namespace?', 'format', NOWHERE, '--lbaf', '0')
        self.refused(2, 'which format?', 'format', NOWHERE, '--nsid', '1')
        self.refused(2, 'which feature?', 'features', NOWHERE, '--set', '1')
        self.refused(2, 'nothing to save', 'features', NOWHERE, '--save')
        self.refused(2, 'only the current value', 'features', NOWHERE, '--fid', '6', '--set', '1',
                     '--select', 'saved')
        self.refused(2, '-P and -C', 'perf', NOWHERE, '-P', '2', '-C')
        self.refused(2, '-t and -n', 'perf', NOWHERE, '-t', '2', '-n', '3')
        self.refused(2, '0 is no load', 'perf', NOWHERE, '-P', '0')

    def test_final_protection_is_refused_before_anything_is_touched(self):
        result = self.run_tool('features', NOWHERE, '--fid', '0x84', '--set', '3')
        self.assertEqual(result.returncode, 2)
        self.assertIn('--yes-destroy 0000:fe:1f.7', result.stderr)
        self.refused(2, 'names 0000:fe:1f.6, but the controller is 0000:fe:1f.7', 'features',
                     NOWHERE, '--fid', '0x84', '--set', '3', '--yes-destroy', 'fe:1f.6')

    def test_controllers_that_are_not_there(self):
        said = 'there is no NVMe controller at 0000:fe:1f.7'
        self.refused(1, said, 'identify', NOWHERE)
        self.refused(1, said, 'log', NOWHERE, 'smart')
        self.refused(1, said, 'features', NOWHERE)
        self.refused(1, said, 'format', NOWHERE, '--nsid', '1', '--lbaf', '0', '--yes-destroy',
                     NOWHERE)
        self.refused(1, said, 'perf', NOWHERE, '--disable-cpumask-locks')

    def test_completion(self):
        self.assertEqual(self.good('--complete', '').split(), WORDS)
        self.assertEqual(self.good('--complete', 'f').split(), ['features', 'format'])
        self.assertEqual(self.good('--complete', 'log', NOWHERE, 's').split(),
                         ['supported', 'smart', 'self-test', 'sanitize'])
        self.assertEqual(self.good('--complete', 'format', '--l').split(), ['--lbaf='])
        self.assertEqual(self.good('--complete', 'identify', '--l'), '')
        self.assertEqual(self.good('--complete', 'perf', '-w', 'rand').split(),
                         ['randread', 'randwrite', 'randrw'])

    @unittest.skipIf(usable_controllers(), 'this machine has controllers for user space')
    def test_list_has_what_the_kernel_knows(self):
        listed = json.loads(self.good('list', '--json'))
        self.assertEqual([each['address'] for each in listed], controllers())
        self.assertIn('address' if listed else 'no NVMe controller in this machine',
                      self.good('list'))

    def test_hello_nvme_names_the_cure(self):
        result = self.run_tool('-h', program=HELLO_NVME)
        self.assertEqual(result.returncode, 0, result)
        self.assertIn('overwritten', result.stdout)
        result = self.run_tool('-r', f'trtype:PCIe traddr:0000:{NOWHERE}', program=HELLO_NVME)
        self.assertEqual(result.returncode, 1, result)
        self.assertIn('setup.sh config', result.stderr)
        for words in (['-r', 'nonsense'], ['-r', 'trtype:PCIe'], ['word']):
            result = self.run_tool(*words, program=HELLO_NVME)
            self.assertEqual(result.returncode, 2, result)
            self.assertIn('usage:', result.stderr)


if __name__ == '__main__':
    unittest.main()
