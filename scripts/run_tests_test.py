#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""run_tests.py on a planted project: what it counts, and when it fails."""
import os
import subprocess
import sys
import tempfile
import unittest

RUN_TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'run_tests.py')


class RunTests(unittest.TestCase):
    def run_project(self, exit_codes):
        """The exit status, last line, total and failures of a run over one test for each code."""
        with tempfile.TemporaryDirectory() as directory:
            source = os.path.join(directory, 'source')
            build = os.path.join(directory, 'build')
            os.mkdir(source)
            with open(os.path.join(source, 'meson.build'), 'w', encoding='utf-8') as out:
                out.write("project('planted')\nsh = find_program('sh')\n")
                for index, code in enumerate(exit_codes):
                    script = f'echo said {index}; exit {code}'
                    out.write(f"test('t{index}', sh, args: ['-c', '{script}'])\n")
            subprocess.run(['meson', 'setup', build, source], check=True, capture_output=True)
            total = os.path.join(directory, 'total')
            result = subprocess.run([sys.executable, RUN_TESTS, build, '--total', total, '--',
                                     '--num-processes', '1'],
                                    text=True, capture_output=True)
            with open(total, encoding='utf-8') as lines, \
                    open(total + '.failures', encoding='utf-8') as failures:
                return (result.returncode, result.stdout.splitlines()[-1], lines.read(),
                        failures.read().replace(directory, ''))

    def test_all_passed(self):
        self.assertEqual(self.run_project([0, 0]), (0, '2 passed, 0 failed', '2 0 0\n', ''))

    def test_a_failure_fails(self):
        self.assertEqual(self.run_project([0, 1]), (1, '1 passed, 1 failed', '1 1 0\n',
                                                    '--- t1 in /build: FAIL\nsaid 1\n'))

    def test_a_crash_fails(self):
        self.assertEqual(self.run_project([0, '0 | kill -SEGV $$'])[:3],
                         (1, '1 passed, 1 failed', '1 1 0\n'))

    def test_skipped_is_neither(self):
        self.assertEqual(self.run_project([0, 77]),
                         (0, '1 passed, 0 failed, 1 skipped', '1 0 1\n', ''))

    def test_nothing_but_skipped_fails(self):
        self.assertEqual(self.run_project([77])[0], 1)

    def test_no_test_fails(self):
        self.assertEqual(self.run_project([])[0], 1)


if __name__ == '__main__':
    unittest.main()
