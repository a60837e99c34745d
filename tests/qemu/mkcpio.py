#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""mkcpio.py OUT < LIST: writes an initramfs (cpio, newc). Needs neither root nor cpio.

Lines of LIST, separated by tabs:
    dir PATH MODE | file PATH HOSTFILE MODE | slink PATH TARGET | nod PATH MODE c|b MAJOR MINOR
Directories that are missing are made; of several entries with one path the first one counts.
"""
import posixpath
import sys

TRAILER = 'TRAILER!!!'
NODES = {'c': 0o020000, 'b': 0o060000}


class Archive:
    def __init__(self):
        self.data = bytearray()
        self.paths = set()

    def add(self, path, mode, data=b'', device=(0, 0)):
        path = path.lstrip('/')
        if path in self.paths:
            return
        parent = posixpath.dirname(path)
        if parent and parent not in self.paths:
            self.add(parent, 0o040755)
        self.paths.add(path)
        name = path.encode() + b'\0'
        fields = (len(self.paths), mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name), 0)
        self.data += b'070701' + b''.join(b'%08X' % field for field in fields)
        self.data += name + b'\0' * (-(110 + len(name)) % 4)
        self.data += data + b'\0' * (-len(data) % 4)

    def add_line(self, line):
        kind, path, *rest = line.split('\t')
        if kind == 'dir':
            self.add(path, 0o040000 | int(rest[0], 8))
        elif kind == 'file':
            with open(rest[0], 'rb') as file:
                self.add(path, 0o100000 | int(rest[1], 8), file.read())
        elif kind == 'slink':
            self.add(path, 0o120777, rest[0].encode())
        elif kind == 'nod':
            self.add(path, NODES[rest[1]] | int(rest[0], 8),
                     device=(int(rest[2]), int(rest[3])))
        else:
            sys.exit(f'mkcpio: not a line of a list: {line}')


def main():
    archive = Archive()
    for line in sys.stdin:
        if line.strip():
            archive.add_line(line.rstrip('\n'))
    archive.add(TRAILER, 0)
    with open(sys.argv[1], 'wb') as file:
        file.write(archive.data + b'\0' * (-len(archive.data) % 512))


main()
