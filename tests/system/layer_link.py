#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""layer_link.py LAYER.a... [-lNAME...] -- CC...: each layer links as a shared library on top of
those before.

The archives are given bottom first. The linker refuses what stays undefined, so a call up the stack
that no #include shows (a declaration by hand, a weak hook) is found here.
"""
import os
import re
import subprocess
import sys
import tempfile

import symbols

LIBRARIES = ['-pthread', '-lm', '-ldl']


def link(compiler, archive, below, libraries, output):
    return subprocess.run(
        compiler + ['-shared', '-o', output, '-Wl,-z,defs', '-Wl,--whole-archive', archive,
                    '-Wl,--no-whole-archive'] + below + LIBRARIES + libraries,
        text=True, capture_output=True)


def explain(archive, error, above):
    """Each undefined name once, with the layer above that has it, or the linker's own words."""
    names = sorted(set(re.findall(r"undefined reference to [`']([^']+)'", error)))
    if not names:
        return error
    lines = []
    for name in names:
        owner = next((os.path.basename(path) for path in above
                      if name in symbols.defined_globals(path)), None)
        place = f'is defined above it, in {owner}' if owner else 'is defined nowhere'
        lines.append(f'{os.path.basename(archive)} needs {name}, which {place}')
    return '\n'.join(lines)


def main():
    arguments, compiler = symbols.split_arguments(sys.argv[1:])
    archives, libraries = symbols.split_libraries(arguments)
    failed = 0
    with tempfile.TemporaryDirectory() as directory:
        below = []
        for index, archive in enumerate(archives):
            output = os.path.join(directory, f'lib{index}.so')
            result = link(compiler, archive, below, libraries, output)
            if result.returncode != 0:
                print(explain(archive, result.stderr, archives[index + 1:]))
                # Later layers are still worth a look: link this one as it is.
                subprocess.run(compiler + ['-shared', '-o', output, '-Wl,--whole-archive', archive,
                                           '-Wl,--no-whole-archive'], check=True)
                failed += 1
            below.append(output)
    print(f'{len(archives)} layers, {failed} failed')
    return 1 if failed or not archives else 0


if __name__ == '__main__':
    sys.exit(main())
