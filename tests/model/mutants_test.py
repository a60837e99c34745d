#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the model test on sources with a fault in them, each of which it must find.

mutants_test.py MUTANT...

A MUTANT is NAME|KINDS|SEEDS|PROGRAM: what must be found, 'this or that', and in how many seeds.
Fails when a mutant survives, or is found as something else.
"""
import os
import re
import subprocess
import sys
import time

OPERATIONS = '500'
# Far more than the seeds take: one that hangs says so by itself, after a minute.
PATIENCE_SEC = 300
# What a fault does with memory that is not its own any more is the same each time.
ENVIRONMENT = dict(os.environ, MALLOC_PERTURB_='85')


def run(program, seeds):
    try:
        result = subprocess.run([program, '-n', seeds, '-o', OPERATIONS], check=False, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                timeout=PATIENCE_SEC, errors='replace', env=ENVIRONMENT)
    except subprocess.TimeoutExpired:
        return 0, 'nothing found in time'
    lines = result.stdout.splitlines() or ['']
    return result.returncode, lines[-1]


def try_mutant(name, kinds, seeds, program):
    start = time.monotonic()
    status, found = run(program, seeds)
    seconds = time.monotonic() - start
    kinds_or = '|'.join(kinds.split(' or '))
    is_found = status == 1 and re.match(rf'seed \d+: ({kinds_or})', found) is not None
    print(f'{name:36}{"found" if is_found else "SURVIVED":10}{seconds:6.1f} s  {found[:150]}',
          flush=True)
    return is_found


def main():
    mutants = [entry.split('|') for entry in sys.argv[1:]]
    survivors = [mutant for mutant in mutants if not try_mutant(*mutant)]
    print(f'{len(mutants)} mutants, {len(survivors)} survived')
    sys.exit(1 if survivors else 0)


if __name__ == '__main__':
    main()
