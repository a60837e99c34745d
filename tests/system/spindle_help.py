#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""spindle_help.py PROGRAM MAN_DIRECTORY: what the command tells of itself is the same everywhere.

Each option of -h is in the manual page and the reverse, and completion offers them; the pages are
well-formed where there is something that can tell.
"""
import os
import re
import shutil
import subprocess
import sys

OPTION = re.compile(r'(?<![\w-])(--?[a-zA-Z][\w-]*)')


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout


def options_of_help(text):
    """Those at the beginning of a line, not those that a sentence names."""
    found = set()
    for line in text.splitlines():
        match = re.match(r'\s+(-.*?)(?:\s{2,}|$)', line)
        if match:
            found |= set(OPTION.findall(match[1]))
    return found


def options_of_page(path):
    with open(path, encoding='utf-8') as file:
        lines = file.read().replace('\\-', '-').splitlines()
    section, found = '', set()
    for before, line in zip([''] + lines, lines):
        if line.startswith('.SH'):
            section = line[4:]
        elif section == 'OPTIONS' and before == '.TP':
            found |= set(OPTION.findall(line))
    return found


def lint(path):
    """What is wrong with a page, in lines."""
    if shutil.which('mandoc'):
        result = subprocess.run(['mandoc', '-T', 'lint', '-W', 'warning', path],
                                capture_output=True, text=True, check=False, timeout=30)
        return result.stdout
    if shutil.which('groff'):
        result = subprocess.run(['groff', '-man', '-ww', '-Tutf8', '-z', path],
                                capture_output=True, text=True, check=False, timeout=30)
        return result.stderr
    return ''


def main():
    program, directory = sys.argv[1:]
    wrong = []
    for page, words in (('spindle.1', []), ('spindle-bdev.1', ['bdev']), ('spindle-dd.1', ['dd']),
                        ('spindle-nvme.1', ['nvme']), ('spindle-perf.1', ['perf']),
                        ('spindle-rpc.1', ['rpc'])):
        path = os.path.join(directory, page)
        told = options_of_help(output_of(program, *words, '-h'))
        written = options_of_page(path)
        wrong += [f'{page}: -h has {option}, the page has not' for option in told - written]
        wrong += [f'{page}: has {option}, -h has not' for option in written - told]
        wrong += [f'{page}: {line}' for line in lint(path).splitlines()]
        if not told:
            wrong.append(f'{page}: -h tells of no options')
        if not words:
            continue
        offered = output_of(program, *words, '--complete', '-').split()
        if {option.rstrip('=') for option in offered} != told:
            wrong.append(f'{page}: completion offers {sorted(offered)}, -h has {sorted(told)}')
    print('\n'.join(wrong) or f'{len(told)} options')
    sys.exit(1 if wrong else 0)


if __name__ == '__main__':
    main()
