#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""pick_modules.py SOURCE DESTINATION MODULE...: copies kernel modules and those that they need.

SOURCE and DESTINATION are lib/modules/VERSION; files are unpacked, because busybox loads only
those. A module that is not there is taken for built in.
"""
import lzma
import os
import re
import sys

INDEXES = ('modules.builtin', 'modules.order', 'modules.builtin.modinfo')


def index_of(source):
    found = {}
    for directory, _, names in os.walk(source):
        for name in names:
            match = re.fullmatch(r'(.*)\.ko(\.xz)?', name)
            if match:
                found[match[1].replace('-', '_')] = os.path.join(directory, name)
    return found


def read(path):
    with open(path, 'rb') as file:
        data = file.read()
    return lzma.decompress(data) if path.endswith('.xz') else data


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as file:
        file.write(data)


def needs_of(module):
    for key in (b'depends', b'softdep'):
        for match in re.finditer(rb'\0' + key + rb'=([^\0]*)\0', module):
            for word in re.split(r'[,\s]+', match[1].decode()):
                if word and not word.endswith(':'):
                    yield word


def main():
    source, destination, *waiting = sys.argv[1:]
    index = index_of(source)
    if not index:
        sys.exit(f'pick_modules: no modules in {source}')
    done = set()
    while waiting:
        name = waiting.pop().replace('-', '_')
        if name in done or name not in index:
            continue
        done.add(name)
        data = read(index[name])
        relative = os.path.relpath(index[name], source)
        write(os.path.join(destination, relative.removesuffix('.xz')), data)
        waiting += needs_of(data)
    for name in INDEXES:
        if os.path.exists(os.path.join(source, name)):
            write(os.path.join(destination, name), read(os.path.join(source, name)))


main()
