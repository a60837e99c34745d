#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""spindle_perf_test.py PROGRAM: spindle perf does what it was asked for, as often as it was asked
for, and tells the truth about it: in JSON, in words and in its exit status."""
import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)
TIMEOUT_S = 100
SHARED = ['--disable-cpumask-locks']
WORKLOADS = ['read', 'write', 'randread', 'randwrite', 'rw', 'randrw', 'flush', 'unmap',
             'write_zeroes', 'copy', 'reset']


def method(method_name, **params):
    return {'method': method_name, 'params': params}


def malloc(name='Malloc0', **params):
    return method('bdev_malloc_create', name=name,
                  **{'num_blocks': 8192, 'block_size': 512, **params})


def read_to_end(terminal):
    """What was shown on a terminal whose other end is closed."""
    shown = b''
    try:
        while select.select([terminal], [], [], 0)[0]:
            shown += os.read(terminal, 4096)
    except OSError:  # Its way to say that there is no more.
        pass
    return shown.decode()


class PerfTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='spindle_perf_')
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def config(self, *methods):
        with open(self.path('config.json'), 'w', encoding='utf-8') as file:
            json.dump({'subsystems': [{'subsystem': 'bdev', 'config': methods}]}, file)
        return ['-c', self.path('config.json')]

    def run_perf(self, *words, status=0, said=()):
        """Runs it to its end; what it prints on standard output. All of `said` is on stderr."""
        result = subprocess.run([PROGRAM, 'perf', *SHARED, *words], capture_output=True, text=True,
                                check=False, timeout=TIMEOUT_S)
        where = f'{words}:\n{result.stdout}{result.stderr}'
        self.assertEqual(result.returncode, status, where)
        for text in said:
            self.assertIn(text, result.stderr, where)
        if status == 0:
            self.assertEqual(result.stderr, '', where)
        return result.stdout

    def results(self, *words, **expected):
        return json.loads(self.run_perf(*words, '--json-output', '-', **expected))

    def refused(self, said, *words):
        """It is wrong usage, in one line."""
        result = subprocess.run([PROGRAM, 'perf', *SHARED, *words], capture_output=True, text=True,
                                check=False, timeout=TIMEOUT_S)
        self.assertEqual(result.returncode, 2, f'{words}: {result}')
        self.assertIn(said, result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertEqual(result.stdout, '')

    def check_figures(self, figures):
        percentiles = list(figures['percentiles_us'].values())
        self.assertEqual(percentiles, sorted(percentiles))
        self.assertEqual(len(percentiles), 9)
        self.assertLessEqual(figures['min_latency_us'], figures['avg_latency_us'])
        self.assertLessEqual(figures['avg_latency_us'], figures['max_latency_us'])
        self.assertLessEqual(percentiles[-1], figures['max_latency_us'])

    # ---- How much is done ----

    def test_each_workload_does_the_number_of_ios_asked_for(self):
        for workload in WORKLOADS:
            found = self.results('--malloc', '4M', '-w', workload, '-n', '300', '-q', '7')
            result = found['results'][0]
            with self.subTest(workload=workload):
                self.assertEqual(result['workload'], workload)
                self.assertEqual(result['status'], 'finished')
                self.assertEqual(result['ios'], 300)
                self.assertEqual(result['io_failed'], 0)
                moves = workload not in ('flush', 'reset')
                self.assertEqual(result['bytes'], 300 * 4096 if moves else 0)
                kinds = {kind: result[kind]['ios'] for kind in ('read', 'write', 'other')}
                self.assertEqual(sum(kinds.values()), 300)
                if workload in ('rw', 'randrw'):
                    self.assertGreater(kinds['read'], 60)
                    self.assertGreater(kinds['write'], 60)
                else:
                    kind = workload.replace('rand', '')
                    self.assertEqual(kinds[kind if kind in kinds else 'other'], 300)
                self.check_figures(result)
                self.assertEqual(found['total']['ios'], 300)

    def test_cores_and_devices_share_what_is_to_be_done(self):
        found = self.results('--malloc', '4M', '--null', '1G', '-m', '0x7', '-C', '-n', '1000')
        results = found['results']
        self.assertEqual(found['core_count'], 3)
        self.assertEqual([(one['device'], one['core'], one['ios']) for one in results],
                         [('Malloc0', 0, 334), ('Malloc0', 1, 333), ('Malloc0', 2, 333),
                          ('Null0', 0, 334), ('Null0', 1, 333), ('Null0', 2, 333)])
        self.assertEqual(found['total']['ios'], 2000)
        self.check_figures(found['total'])
        # In order, each has its part of the blocks.
        results = self.results('--malloc', '1000k', '-m', '0x7', '-C', '-n', '3M', '-w',
                               'write')['results']
        self.assertEqual([(one['first_block'], one['num_blocks']) for one in results],
                         [(0, 672), (672, 664), (1336, 664)])
        self.assertEqual(sum(one['bytes'] for one in results), 3 << 20)
        # Without -C, devices go to one core after the other.
        results = self.results('--null', '1G', '--null', '1G', '--null', '1G', '-m', '[0-1]', '-n',
                               '10')['results']
        self.assertEqual([(one['device'], one['core']) for one in results],
                         [('Null0', 0), ('Null1', 1), ('Null2', 0)])

    def test_bytes_are_done_exactly_with_any_sizes(self):
        result = self.results('--malloc', '4M', '-w', 'write', '-o', '4k/50,12k/50', '-n', '1001k',
                              '-q', '3')['results'][0]
        self.assertEqual(result['bytes'], 1001 << 10)
        self.assertEqual(result['io_size'], 12288)
        self.assertEqual(result['io_sizes'], [{'size': 4096, 'percent': 50},
                                              {'size': 12288, 'percent': 50}])

    def test_flushes_come_after_so_many_writes(self):
        result = self.results('--malloc', '4M', '-w', 'randwrite', '-n', '100', '-q', '1',
                              '--flush', '10')['results'][0]
        self.assertEqual((result['write']['ios'], result['other']['ios']), (100, 9))

    def test_a_rate_is_a_limit(self):
        result = self.results('--null', '1G', '--rate', '1000', '-n', '200')['results'][0]
        self.assertEqual(result['ios'], 200)
        # The first wait for their time as well.
        self.assertGreaterEqual(result['runtime'], 0.19)

    def test_time_and_ramp_end_the_run(self):
        result = self.results('--null', '1G', '-t', '0.2', '-R', '0.1', '-q', '1')['results'][0]
        self.assertEqual(result['status'], 'finished')
        # The core may begin somewhat later than the clock.
        self.assertGreaterEqual(result['runtime'], 0.15)
        self.assertGreater(result['ios'], 0)

    def test_more_ios_than_the_thread_has_wait_for_one(self):
        config = self.config(method('bdev_set_options', bdev_io_pool_size=64,
                                    bdev_io_cache_size=16), malloc())
        result = self.results(*config, '-q', '500', '-n', '5000', '-w', 'randread')['results'][0]
        self.assertEqual((result['ios'], result['io_failed']), (5000, 0))

    def test_a_job_file_runs_all_its_jobs(self):
        with open(self.path('jobs'), 'w', encoding='utf-8') as file:
            file.write('[global]\nfilename=Malloc0:Null0\nnumber=50\nrw=randread\n'
                       '[a]\ncpumask=0x2\n[b]\nfilename=Null0\nrw=write\nbs=8k\niodepth=4\n')
        results = self.results('--malloc', '4M', '--null', '1G', '-j', self.path('jobs'), '-m',
                               '0x3')['results']
        self.assertEqual([(one['job'], one['device'], one['core'], one['workload'], one['ios'],
                           one['io_size'], one['queue_depth']) for one in results],
                         [('a', 'Malloc0', 1, 'randread', 50, 4096, 32),
                          ('a', 'Null0', 1, 'randread', 50, 4096, 32),
                          ('b', 'Null0', 0, 'write', 50, 8192, 4)])

    # ---- Verifying ----

    def test_verify_writes_and_reads_all_of_a_device(self):
        for words in ((), ('--each-once',), ('--vectors', '7'), ('-C', '-m', '0x3')):
            results = self.results('--malloc', '1M', '-w', 'verify', '-o', '8k', *words)['results']
            self.assertEqual(sum(one['read']['ios'] for one in results), 128, words)
            self.assertEqual(sum(one['write']['ios'] for one in results), 128, words)
            self.assertEqual(sum(one['verify']['blocks_right'] for one in results), 2048, words)

    def test_verify_reads_what_was_written_when_time_is_up(self):
        result = self.results('--malloc', '4M', '-w', 'verify', '-t', '0.1')['results'][0]
        self.assertEqual(result['status'], 'finished')
        self.assertGreater(result['write']['ios'], 0)
        self.assertEqual(result['read']['ios'], result['write']['ios'])
        self.assertEqual(result['verify']['ios_not_read_back'], 0)

    def test_verify_works_on_blocks_with_metadata(self):
        config = self.config(malloc(md_size=8, md_interleave=True, dif_type=1,
                                    dif_is_head_of_md=False))
        result = self.results(*config, '-b', 'Malloc0', '-w', 'verify', '-n', '5000')['results'][0]
        self.assertEqual(result['block_size'], 512)
        self.assertEqual(result['verify'], {'blocks_right': 40000, 'ios_not_read_back': 0,
                                            'generation_min': 1, 'generation_max': 5})

    def test_verify_names_a_block_that_was_spoilt(self):
        config = self.config(
            malloc(), method('bdev_error_create', base_name='Malloc0'),
            method('bdev_error_inject_error', name='EE_Malloc0', io_type='write',
                   error_type='corrupt_data', num=1, corrupt_offset=513, corrupt_value=165))
        said = ['EE_Malloc0: block 1 (offset 512): at byte 1 expected']
        found = self.results(*config, '-b', 'EE_Malloc0', '-w', 'verify', '-q', '1', '--seed', '3',
                             status=1, said=said)
        result = found['results'][0]
        self.assertEqual(result['status'], 'failed')
        self.assertEqual(result['failure']['operation'], 'read')
        self.assertEqual((result['failure']['block'], result['failure']['blocks']), (0, 8))
        self.assertEqual(found['status'], 'failed')

    def test_a_later_run_reads_what_an_earlier_one_has_written(self):
        disk = ['--file', self.path('disk'), '-w', 'verify', '-o', '16k']
        self.run_perf(*disk, '--size', '1M', '--seed', '5', '-n', '100', '--each-once')
        result = self.results(*disk, '--seed', '5', '--verify-only')['results'][0]
        self.assertEqual(result['verify']['blocks_right'] * result['block_size'], 1 << 20)
        self.assertEqual((result['verify']['generation_min'], result['verify']['generation_max']),
                         (1, 2))
        self.assertEqual(result['write']['ios'], 0)
        self.run_perf(*disk, '--seed', '6', '--verify-only', status=1,
                      said=['File0: block 0 (offset 0): expected generation 1 of seed 6, found '
                            'block 0, generation 2 of seed 5'])
        with open(self.path('disk'), 'r+b') as file:
            file.seek(500000)
            byte = file.read(1)
            file.seek(500000)
            file.write(bytes([byte[0] ^ 1]))
        self.run_perf(*disk, '--seed', '5', '--verify-only', status=1,
                      said=[f'(offset {500000 // 4096 * 4096}): at byte {500000 % 4096} expected'])

    # ---- Failures ----

    def failing(self, count):
        return self.config(
            malloc(), method('bdev_error_create', base_name='Malloc0'),
            method('bdev_error_inject_error', name='EE_Malloc0', io_type='read',
                   error_type='failure', num=count)) + ['-b', 'EE_Malloc0', '-w', 'read', '-q', '1']

    def test_the_first_io_that_fails_ends_the_job_and_is_named(self):
        result = self.results(*self.failing(3), '-n', '50', status=1, said=[
            'EE_Malloc0: read of 8 blocks from block 0 (offset 0) failed'])['results'][0]
        self.assertEqual((result['status'], result['ios'], result['io_failed']), ('failed', 0, 1))
        self.assertEqual(result['failure']['block'], 0)

    def test_failed_ios_are_counted_when_it_keeps_going(self):
        result = self.results(*self.failing(3), '-n', '50', '-f', status=1)['results'][0]
        self.assertEqual((result['ios'], result['io_failed']), (47, 3))
        self.assertEqual(result['status'], 'failed')

    def test_a_failure_in_the_ramp_is_not_counted_and_not_forgotten(self):
        found = self.results(*self.failing(1), '-f', '-R', '0.1', '-t', '0.1', status=1)
        self.assertEqual(found['total']['io_failed'], 0)
        self.assertEqual(found['results'][0]['failure']['block'], 0)
        self.assertEqual(found['results'][0]['status'], 'failed')

    def start(self, *words):
        """Starts one that goes on for long, and waits until it runs."""
        words = [*words, '-t', '1000', '--progress', '--json-output', self.path('results.json')]
        process = subprocess.Popen([PROGRAM, 'perf', *SHARED, *words], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        line = process.stderr.readline()
        self.assertIn('running 0:01', line)
        return process

    def finish(self, process, status):
        out, said = process.communicate(timeout=TIMEOUT_S)
        self.assertEqual(process.returncode, status, out + said)
        with open(self.path('results.json'), encoding='utf-8') as file:
            return json.load(file), out, said

    def test_an_interrupted_run_reports_what_it_did(self):
        process = self.start('--null', '1G', '-m', '0x3', '-C', '--rate', '2000')
        process.send_signal(signal.SIGINT)
        found, out, _ = self.finish(process, 0)
        self.assertEqual(found['status'], 'terminated')
        self.assertEqual([one['status'] for one in found['results']], ['terminated'] * 2)
        self.assertGreater(found['total']['ios'], 0)
        self.assertIn('randread on Null0, core 1: was interrupted', out)

    def test_a_verify_that_was_interrupted_is_no_success(self):
        process = self.start('--null', '1G', '-w', 'verify', '-q', '1', '--rate', '100')
        process.send_signal(signal.SIGTERM)
        found, out, _ = self.finish(process, 1)
        unread = found['results'][0]['verify']['ios_not_read_back']
        self.assertEqual(unread, found['results'][0]['write']['ios'])
        self.assertIn(f'{unread} I/Os were written and not read back', out)

    def test_a_device_that_changes_ends_its_jobs(self):
        socket = self.path('socket')
        process = self.start('--null', '1G', '--null', '1G', '--rate', '1000', '-r', socket)

        def rpc(*words):
            subprocess.run([PROGRAM, 'rpc', '-s', socket, *words], check=True, timeout=TIMEOUT_S,
                           stdout=subprocess.DEVNULL)

        rpc('bdev_null_resize', 'name=Null1', 'new_size=2048')
        rpc('bdev_null_delete', 'name=Null0')
        found, _, said = self.finish(process, 1)
        self.assertEqual([one['status'] for one in found['results']], ['removed', 'resized'])
        self.assertIn('Null0 was removed; its jobs end', said)
        self.assertIn('Null1 had 2097152 blocks and has 4194304 now', said)
        self.assertEqual(found['total']['io_failed'], 0)

    # ---- What is refused ----

    def test_wrong_usage_is_one_line_with_the_cure(self):
        null = ['--null', '1M']
        for said, words in (
                ('no devices; -c CONFIG', ()),
                ('Null0: I/Os of 1000 bytes are no multiple of its blocks of 512; -o 1024',
                 (*null, '-o', '1000')),
                ("there is no device 'Nul'; there is Null0", (*null, '-b', 'Nul')),
                ("there is no workload 'raed'", (*null, '-w', 'raed')),
                ('-t and -n', (*null, '-t', '1', '-n', '1')),
                ('use -t', (*null, '-R', '1', '-n', '1')),
                ("-t: 'x' is no number of seconds", (*null, '-t', 'x')),
                ("'Null0' is one word too many; -b", (*null, 'Null0')),
                ('2048 blocks have no room for I/Os of 4096', (*null, '-o', '2M')),
                ('block 2048 is behind its end', (*null, '--offset', '1M')),
                ('2048 blocks from block 1 on are too many',
                 (*null, '--offset', '1', '--length', '1M')),
                ('--verify-only needs the --seed', (*null, '--verify-only')),
                ('for the workload verify, not for read',
                 (*null, '--verify-only', '--seed', '1', '-w', 'read')),
                ('name them: -b', (*self.config(malloc()), '-w', 'write')),
                ("'/nonexistent' is not there, or empty; --size", ('--file', '/nonexistent')),
                ("cannot be made with 1 MiB", ('--file', '/nonexistent/x', '--size', '1M')),
                ("--engine: 'sync' is neither", (*null, '--engine', 'sync')),
                ('cannot read /nonexistent', ('-c', '/nonexistent', *null)),
                ("'/nonexistent/x': No such file", (*null, '--json-output', '/nonexistent/x'))):
            with self.subTest(words=words):
                self.refused(said, *words)

    def test_jobs_that_would_disturb_a_verify_are_refused(self):
        with open(self.path('jobs'), 'w', encoding='utf-8') as file:
            file.write('[a]\nrw=verify\nlength=1000\n[b]\nrw=write\noffset=999\n')
        self.refused('a and b write to the same blocks of Malloc0', '--malloc', '1M', '-j',
                     self.path('jobs'))

    def test_data_of_a_file_is_not_lost_by_mistake(self):
        disk = self.path('disk')
        with open(disk, 'wb') as file:
            file.write(b'precious' * 65536)
        self.refused('has data (512 KiB), which would be lost; --overwrite', '--file', disk, '-w',
                     'randwrite')
        self.run_perf('--file', disk, '-w', 'randread', '-n', '10')
        with open(disk, 'rb') as file:
            self.assertEqual(file.read(), b'precious' * 65536)
        self.run_perf('--file', disk, '-w', 'randwrite', '-n', '10', '--overwrite')
        # One of holes has none.
        os.truncate(disk, 0)
        os.truncate(disk, 1 << 20)
        self.run_perf('--file', disk, '-w', 'randwrite', '-n', '10', '--engine', 'aio')

    # ---- What is shown ----

    def test_a_report_has_rows_percentiles_and_bars(self):
        out = self.run_perf('--malloc', '4M', '-w', 'randrw', '-n', '1000', '--seed', '8',
                            '--histogram')
        self.assertIn('randrw: randrw, 50% reads, 4 KiB, depth 32, seed 8\n', out)
        for kind in ('read', 'write', 'all'):
            self.assertRegex(out, rf'randrw +Malloc0 +0 +{kind} +[\d.]+k? ')
        self.assertIn('Latencies in us that so many percent do not exceed', out)
        self.assertIn('Latencies, read:\n', out)
        self.assertIn('Latencies, write:\n', out)

    def test_the_histogram_of_json_has_all_ios(self):
        result = self.results('--malloc', '4M', '-n', '1000', '--histogram')['results'][0]
        self.assertEqual(sum(one['ios'] for one in result['read']['histogram']), 1000)
        self.assertEqual(result['write']['histogram'], [])

    def test_only_a_terminal_sees_progress(self):
        outer, inner = pty.openpty()
        words = ['--null', '1G', '-t', '1.3', '--rate', '1000']
        process = subprocess.Popen([PROGRAM, 'perf', *SHARED, *words], stdout=subprocess.PIPE,
                                   stderr=inner)
        os.close(inner)
        process.communicate(timeout=TIMEOUT_S)
        self.assertEqual(process.returncode, 0)
        shown = read_to_end(outer)
        os.close(outer)
        self.assertRegex(shown, r'^\rrunning 0:01, 0:00 left: [\d.]+k? IOPS, ')
        self.assertTrue(shown.endswith('\r\x1b[K'))


if __name__ == '__main__':
    unittest.main()
