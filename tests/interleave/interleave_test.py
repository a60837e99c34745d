#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Explores the true source, and the mutants.

interleave_test.py PROGRAM [SCENARIO]... -- [PROGRAM [SCENARIO]... --]... [MUTANT]...

A MUTANT is NAME|KIND|SCENARIOS|PROGRAM.

Fails when the true source, in one of the programs made of it, has any fault, or when a mutant has
none of its kind.
"""
import subprocess
import sys


def explore(command):
    print(f'The true source, {command[0].rpartition("/")[2]}', flush=True)
    rc = subprocess.run(command, check=False).returncode
    if rc != 0:
        print(f'FAILED: exit status {rc}')
    print(flush=True)
    return rc == 0


def try_mutant(name, kind, scenarios, program):
    result = subprocess.run([program, '--want', kind, *scenarios.split(', ')], check=False,
                            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines = result.stdout.splitlines()
    if result.returncode == 0:
        # The last scenario's line, those of what was found in it, and 'found: KIND'.
        text = next(line for line in lines if line.strip().startswith(kind + ', '))
        table = [line for line in lines if not line.startswith(' ')]
        scenario = table[-2][:26].strip()
        states = table[-2][26:].split()[0]
        what = text.split(': ', 1)[1]
        print(f'{name:32}{kind:16}{scenario:28}{states:>9}  {what}')
    else:
        print(f'{name:32}{kind:16}SURVIVED, or ended with status {result.returncode}:')
        print(result.stdout)
    sys.stdout.flush()
    return result.returncode == 0


def main():
    arguments = sys.argv[1:]
    is_good = True
    while '--' in arguments:
        end = arguments.index('--')
        is_good &= explore(arguments[:end])
        arguments = arguments[end + 1:]
    print(f'{"mutant":32}{"kind":16}{"found in":28}{"states":>9}  as')
    survivors = [mutant for mutant in (entry.split('|') for entry in arguments)
                 if not try_mutant(*mutant)]
    print(f'{len(arguments)} mutants, {len(survivors)} survived')
    sys.exit(0 if is_good and not survivors else 1)


if __name__ == '__main__':
    main()
