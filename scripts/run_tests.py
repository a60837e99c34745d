#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the tests of a build tree and ends with one line: 'N passed, N failed', '[, N skipped]'.

Fails when a test failed, and also when none ran: a run that tested nothing must not look like a
good one. What stands after -- is handed to meson test. With --total FILE, what failed is named,
with the end of what it printed, in FILE.failures: in a long run's output it is far from the end.
"""
import argparse
import glob
import json
import os
import subprocess
import sys

PASSED = ('OK', 'EXPECTEDFAIL')
SKIPPED = ('SKIP',)
LINES_OF_A_FAILURE = 60


def read_results(log_paths):
    results = []
    for path in log_paths:
        with open(path, encoding='utf-8') as log:
            results += [json.loads(line) for line in log if line.strip()]
    return results


def is_failure(test):
    return test['result'] not in PASSED + SKIPPED


def count(tests):
    passed = sum(test['result'] in PASSED for test in tests)
    skipped = sum(test['result'] in SKIPPED for test in tests)
    return passed, len(tests) - passed - skipped, skipped


def describe(build, test):
    output = test.get('stdout', '') + test.get('stderr', '')
    tail = output.splitlines()[-LINES_OF_A_FAILURE:]
    return '\n'.join([f"--- {test['name']} in {build}: {test['result']}"] + tail) + '\n'


def summary(passed, failed, skipped):
    line = f'{passed} passed, {failed} failed'
    return line + (f', {skipped} skipped' if skipped else '')


def split(arguments):
    at = arguments.index('--') if '--' in arguments else len(arguments)
    return arguments[:at], arguments[at + 1:]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('build')
    parser.add_argument('--total', help='file to append "passed failed skipped" to')
    own, meson_args = split(sys.argv[1:])
    args = parser.parse_args(own)

    base = 'spindle-tests'
    pattern = os.path.join(args.build, 'meson-logs', base + '*.json')
    for stale in glob.glob(pattern):
        os.unlink(stale)
    status = subprocess.run(['meson', 'test', '-C', args.build, '--no-rebuild', '--print-errorlogs',
                             '--logbase', base] + meson_args,
                            stdin=subprocess.DEVNULL).returncode
    tests = read_results(glob.glob(pattern))
    passed, failed, skipped = count(tests)
    if status != 0 and failed == 0:
        print(f'meson test itself failed with status {status}', file=sys.stderr)
        failed = 1
    if passed + failed == 0:
        print('no test ran', file=sys.stderr)
        failed = 1
    if args.total:
        with open(args.total, 'a', encoding='utf-8') as total:
            total.write(f'{passed} {failed} {skipped}\n')
        with open(args.total + '.failures', 'a', encoding='utf-8') as failures:
            failures.writelines(describe(args.build, test) for test in tests if is_failure(test))
    print(summary(passed, failed, skipped), flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
