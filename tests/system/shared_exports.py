#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""shared_exports.py VERSION_SCRIPT LIBRARY INCLUDE-DIR -- CC...: the shared library exports public
names only, and every function that a public header declares.

The second part needs gcc (-aux-info) and is left out with another compiler.
"""
import os
import re
import subprocess
import sys
import tempfile

import symbols


def headers_below(include_dir):
    for root, _, names in os.walk(include_dir):
        for name in sorted(names):
            if name.endswith('.h'):
                yield os.path.relpath(os.path.join(root, name), include_dir)


def declared_functions(include_dir, compiler):
    """Name -> header, of what the public headers declare and do not define inline."""
    text = ''.join(f'#include "{header}"\n' for header in headers_below(include_dir))
    with tempfile.TemporaryDirectory() as directory:
        info = os.path.join(directory, 'info')
        subprocess.run(compiler + ['-x', 'c', '-std=gnu11', '-fsyntax-only', '-I' + include_dir,
                                   '-aux-info', info, '-'], input=text, text=True, check=True)
        with open(info, encoding='utf-8') as lines:
            return parse_declarations(lines, include_dir)


def parse_declarations(lines, include_dir):
    """gcc marks a declaration with C and a definition with F behind the line number."""
    declared, defined = {}, set()
    pattern = re.compile(r'/\* (.+?):\d+:.([CF]) \*/ .*?\b(\w+) \(')
    for line in lines:
        match = pattern.match(line)
        if match and os.path.realpath(match[1]).startswith(os.path.realpath(include_dir) + os.sep):
            if match[2] == 'C':
                declared[match[3]] = os.path.relpath(match[1], include_dir)
            else:
                defined.add(match[3])
    return {name: header for name, header in declared.items() if name not in defined}


def main():
    (version_script, library, include_dir), compiler = symbols.split_arguments(sys.argv[1:])
    patterns = symbols.public_patterns(version_script)
    exported = symbols.defined_globals(library, '-D')
    problems = [f'{name} is exported, which is not a public name' for name in sorted(exported)
                if not symbols.is_public(name, patterns)]
    if 'gcc' in os.path.basename(compiler[-1]) or os.path.basename(compiler[-1]) == 'cc':
        problems += [f'{name}() is declared in {header} and not in the library' for name, header
                     in sorted(declared_functions(include_dir, compiler).items())
                     if symbols.is_public(name, patterns) and name not in exported]
    if not exported:
        problems.append('nothing is exported')
    print('\n'.join(problems) or f'{len(exported)} public names')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
