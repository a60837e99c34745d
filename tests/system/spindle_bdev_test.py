#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""spindle_bdev_test.py PROGRAM APPLICATION: what `spindle bdev` makes of the answers of a server of
the test's own, and of an application."""
import json
import os
import pty
import re
import subprocess
import sys
import tempfile
import unittest

from fake_rpc_server import FakeServer, RpcError

PROGRAM, APPLICATION = sys.argv[1:3]

DEVICES = [
    {'name': 'Disk0', 'aliases': ['d0', 'u-0'], 'uuid': 'u-0', 'product_name': 'Malloc disk',
     'block_size': 512, 'num_blocks': 2**21, 'claimed': True, 'claim_type': 'exclusive_write'},
    {'name': 'Top0', 'aliases': [], 'uuid': 'u-1', 'product_name': 'pass\x1b[31mthru',
     'block_size': 4096, 'num_blocks': 3, 'claimed': False,
     'supported_io_types': {'read': True, 'write': False, 'flush': True},
     'driver_specific': {'passthru': {'base_bdev_name': 'Disk0'}}},
]


def run(*args, address=None, timeout=30):
    env = {name: value for name, value in os.environ.items() if name != 'SPINDLE_RPC_ADDR'}
    env |= {'SPINDLE_RPC_ADDR': address or '', 'LC_ALL': 'C'}
    return subprocess.run([PROGRAM, 'bdev', *args], capture_output=True, text=True, env=env,
                          timeout=timeout, check=False)


def counts(name, reads, **more):
    return {'name': name, 'num_read_ops': reads, 'bytes_read': reads * 4096,
            'read_latency_ticks': reads * 50, 'num_write_ops': 0} | more


class BdevTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.server = FakeServer(os.path.join(self.folder.name, 'sock'))
        self.server.methods['bdev_get_bdevs'] = self.get_bdevs
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)
        self.samples = []

    @staticmethod
    def get_bdevs(params):
        found = [device for device in DEVICES
                 if not params or params.get('name') in (None, device['name'])]
        if not found:
            raise RpcError(-19, 'No such device')
        return found

    def serve(self, *samples):
        """Each call is given the next of them, a second of the application's time later."""
        self.samples = [{'tick_rate': 1000000, 'ticks': (i + 1) * 1000000, 'bdevs': bdevs}
                        for i, bdevs in enumerate(samples)]
        self.server.methods['bdev_get_iostat'] = lambda params: self.samples.pop(0)

    def bdev(self, *args):
        return run(*args, address=self.server.address)

    def lines(self, *args):
        result = self.bdev(*args)
        self.assertEqual((result.stderr, result.returncode), ('', 0))
        return [re.split(r'  +', line) for line in result.stdout.splitlines()]


class Looking(BdevTest):
    def test_a_table_has_each_device_and_who_uses_it(self):
        wanted = [['name', 'size', 'block', 'product', 'used by', 'aliases'],
                  ['Disk0', '1 GiB', '512', 'Malloc disk', 'Top0', 'd0'],
                  ['Top0', '12 KiB', '4096', 'pass?[31mthru', '-', '-']]
        self.assertEqual(self.lines(), wanted)
        self.assertEqual(self.lines('list'), wanted)

    def test_columns_are_aligned(self):
        lines = self.bdev('list').stdout.splitlines()
        for title in ('block', 'product'):
            self.assertEqual(len({line[lines[0].index(title):].split()[0] != '' and
                                  lines[0].index(title) for line in lines}), 1)
        self.assertTrue(lines[1].startswith('Disk0   1 GiB    512  Malloc disk'), lines[1])
        self.assertTrue(lines[2].startswith('Top0   12 KiB   4096  pass'), lines[2])

    def test_a_tree_shows_what_lies_on_what(self):
        lines = self.bdev('tree').stdout.splitlines()
        self.assertEqual([line.split('  ')[0] for line in lines], ['name', 'Disk0', '`-Top0'])
        self.assertEqual(json.loads(self.bdev('tree', '--json').stdout),
                         [{'name': 'Disk0', 'bases': []}, {'name': 'Top0', 'bases': ['Disk0']}])

    def test_all_of_one_device_is_shown(self):
        lines = self.bdev('show', 'Top0').stdout.splitlines()
        self.assertIn('size: 12 KiB (12288 bytes)', lines)
        self.assertIn('  read, flush', lines)
        self.assertIn('    base_bdev_name: Disk0', lines)
        self.assertEqual(json.loads(self.bdev('show', 'Top0', '--json').stdout), [DEVICES[1]])

    def test_what_is_not_there_is_named(self):
        result = self.bdev('show', 'Nobody')
        self.assertEqual(result.returncode, 1)
        self.assertIn('there is no bdev Nobody', result.stderr)
        self.serve([counts('A', 0)])
        result = self.bdev('iostat', 'A', 'B')
        self.assertEqual(result.returncode, 1)
        self.assertIn('there is no bdev B', result.stderr)

    def test_wrong_usage_is_told_without_a_server(self):
        for words, part in ((['lst'], "'lst'"), (['show'], 'one device'),
                            (['tree', 'A'], "tree takes no 'A'"), (['-i', '0'], '--interval'),
                            (['-n', '0'], '--count'), (['-n', 'x'], '--count')):
            result = run(*words, address='/none/such')
            self.assertEqual(result.returncode, 2, words)
            self.assertIn(part, result.stderr)
        self.assertEqual(run(address='/none/such').returncode, 3)

    def test_words_and_names_are_completed(self):
        for words, offered in ((['i'], ['iostat']), (['show', 'T'], ['Top0']), (['tree', ''], []),
                               (['iostat', 'Top0', ''], ['Disk0', 'Top0'])):
            self.assertEqual(self.bdev('--complete', *words).stdout.split(), offered, words)
        result = run('--complete', 'show', '', address='/none/such')
        self.assertEqual((result.stdout, result.stderr), ('', ''))


class Iostat(BdevTest):
    def rates(self, *args):
        result = self.bdev('iostat', '-i', '0.01', '--json', *args)
        self.assertEqual((result.stderr, result.returncode), ('', 0))
        return [json.loads(line) for line in result.stdout.splitlines()]

    def test_rates_are_of_the_application_s_time(self):
        self.serve([counts('A', 100), counts('B', 0)],
                   [counts('A', 300, queue_depth=4, io_time=250000), counts('B', 0)])
        (interval,) = self.rates('-n', '1')
        self.assertEqual(interval['interval_s'], 1.0)
        first, second = interval['bdevs']
        self.assertEqual(first | {}, {
            'name': 'A', 'reads_per_s': 200, 'writes_per_s': 0, 'others_per_s': 0,
            'read_bytes_per_s': 819200, 'write_bytes_per_s': 0, 'read_latency_us': 50,
            'write_latency_us': 0, 'queue_depth': 4, 'utilization': 0.25, 'errors': 0})
        self.assertEqual(second['reads_per_s'], 0)
        self.assertNotIn('queue_depth', second)

    def test_devices_come_and_go_and_counters_are_reset(self):
        self.serve([counts('A', 100)], [counts('A', 200), counts('B', 7)], [counts('B', 9)],
                   [counts('A', 5), counts('B', 3)])
        found = [{bdev['name']: bdev['reads_per_s'] for bdev in interval['bdevs']}
                 for interval in self.rates('-n', '3', 'A')]
        self.assertEqual(found, [{'A': 100}, {}, {'A': 5}])

    def test_tables_follow_each_other(self):
        self.serve([counts('A', 0)], [counts('A', 10, io_error={'failed': 2})], [counts('A', 10)])
        lines = self.lines('iostat', '-i', '0.01', '-n', '2')
        title = ['bdev', 'r/s', 'w/s', 'other/s', 'rMB/s', 'wMB/s', 'r_us', 'w_us', 'depth',
                 'util%', 'errors']
        self.assertEqual(lines[:3], [title, ['A', '10.0', '0.0', '0.0', '0.04', '0.00', '50.0',
                                             '0.0', '-', '-', '2'], ['']])
        self.assertEqual(lines[3], title)

    def test_another_application_at_the_address_begins_anew(self):
        self.serve([counts('A', 100)], [counts('A', 200)], [counts('A', 210)])
        self.samples[1]['ticks'] = 5
        self.samples[2]['ticks'] = 1000005
        found = [interval['bdevs'][0]['reads_per_s'] for interval in self.rates('-n', '2')]
        self.assertEqual(found, [10])

    def test_a_terminal_is_written_over_and_no_longer_than_it_is(self):
        many = [counts(f'D{i}', 0) for i in range(40)]
        self.serve(many, many, many)
        ours, theirs = pty.openpty()
        with subprocess.Popen([PROGRAM, 'bdev', '-s', self.server.address, 'iostat', '-i', '0.01',
                               '-n', '2'], stdout=theirs, stderr=theirs) as program:
            os.close(theirs)
            text = b''
            while True:
                try:
                    text += os.read(ours, 65536)
                except OSError:
                    break
            self.assertEqual(program.wait(timeout=30), 0)
        os.close(ours)
        first, second = text.decode().replace('\r', '').split('\x1b[23A\x1b[J')
        for table in (first, second):
            self.assertEqual(table.count('\n'), 23)
            self.assertTrue(table.endswith('\n(19 more)\n'), table[-40:])

    def test_what_is_no_answer_is_told(self):
        self.server.methods['bdev_get_iostat'] = lambda params: {'bdevs': []}
        result = self.bdev('iostat')
        self.assertEqual(result.returncode, 1)
        self.assertIn('bdev_get_iostat', result.stderr)


class Application(unittest.TestCase):
    def test_an_application_is_looked_at(self):
        with tempfile.TemporaryDirectory() as folder:
            address = os.path.join(folder, 'sock')
            config = {'subsystems': [{'subsystem': 'bdev', 'config': [
                {'method': 'bdev_malloc_create',
                 'params': {'name': 'M', 'num_blocks': 1024, 'block_size': 512}},
                {'method': 'bdev_split_create', 'params': {'base_bdev': 'M', 'split_count': 2}},
                {'method': 'bdev_passthru_create',
                 'params': {'name': 'P', 'base_bdev_name': 'Mp1'}}]}]}
            with open(os.path.join(folder, 'json'), 'w', encoding='utf-8') as file:
                json.dump(config, file)
            with subprocess.Popen([APPLICATION, '--disable-cpumask-locks', '-r', address, '-c',
                                   file.name], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as application:
                try:
                    result = run('--wait', '20', 'tree', address=address)
                    self.assertEqual([line.split('  ')[0] if line[0] != ' ' else line[:5]
                                      for line in result.stdout.splitlines()],
                                     ['name', 'M', '|-Mp0', '`-Mp1', '  `-P'])
                    result = run('iostat', '-n', '1', '-i', '0.01', address=address)
                    self.assertEqual(result.stdout.count('\n'), 5, result)
                finally:
                    application.terminate()
                self.assertEqual(application.wait(timeout=30), 0)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
