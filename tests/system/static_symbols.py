#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""static_symbols.py VERSION_SCRIPT libspindle.a LAYER.a... [-lNAME...] -- CC...

In the static library only public names are global, a program that defines each internal name for
itself links with it and runs, and no constructor of the layers got lost.
"""
import os
import re
import subprocess
import sys
import tempfile

import symbols

LIBRARIES = ['-pthread', '-lm', '-ldl']


def internal_names(layers, patterns):
    names = set()
    for layer in layers:
        names |= {name for name in symbols.defined_globals(layer)
                  if re.fullmatch(r'[A-Za-z_]\w*', name) and not symbols.is_public(name, patterns)}
    return sorted(names)


def constructor_bytes(archive):
    text = subprocess.run(['readelf', '-SW', archive], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    return sum(int(size, 16) for size in
               re.findall(r'\.init_array\S*\s+INIT_ARRAY\s+\S+\s+\S+\s+(\S+)', text))


def collide(library, names, public_function, libraries, compiler):
    """A program whose own variables have the names of our internals, and that uses one function."""
    lines = [f'int {name};' for name in names]
    lines += [f'extern int {public_function}();', f'int (*volatile used)() = {public_function};',
              'int main(void) { return used == 0; }']
    with tempfile.TemporaryDirectory() as directory:
        source = os.path.join(directory, 'collide.c')
        program = os.path.join(directory, 'collide')
        with open(source, 'w', encoding='utf-8') as out:
            out.write('\n'.join(lines) + '\n')
        command = compiler + ['-w', '-o', program, source, library] + LIBRARIES + libraries
        result = subprocess.run(command, text=True, capture_output=True)
        if result.returncode != 0:
            return result.stderr
        status = subprocess.run([program]).returncode
        return f'the program ended with {status}' if status else ''


def main():
    arguments, compiler = symbols.split_arguments(sys.argv[1:])
    (version_script, library, *layers), libraries = symbols.split_libraries(arguments)
    patterns = symbols.public_patterns(version_script)
    public = symbols.defined_globals(library)
    problems = [f'{name} is global, which is not a public name' for name in sorted(public)
                if not symbols.is_public(name, patterns)]
    functions = sorted(name for name, kind in public.items()
                       if kind == 'T' and symbols.is_public(name, patterns))
    if not functions:
        print('the static library defines no public function')
        return 1
    names = internal_names(layers, patterns)
    error = collide(library, names, functions[0], libraries, compiler)
    if error:
        problems.append('a program with own symbols of internal names fails:\n' + error)
    have, want = constructor_bytes(library), sum(map(constructor_bytes, layers))
    if have != want:
        problems.append(f'.init_array holds {have} bytes, those of the layers {want}')
    print('\n'.join(problems) or f'{len(public)} public names, {len(names)} internal names hidden')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
