#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""extract_vmlinux.py BZIMAGE OUT: writes the ELF kernel that is packed in an x86 bzImage.

QEMU starts that one directly, which saves the time that the guest would take to unpack it. Where
the payload lies is told by the setup header (boot protocol 2.08 and later).
"""
import lzma
import struct
import subprocess
import sys
import zlib

PROGRAMS = {b'\x28\xb5\x2f\xfd': 'zstd', b'\x02\x21\x4c\x18': 'lz4'}


def unpack(payload):
    if payload[:6] == b'\xfd7zXZ\0':
        return lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(payload)
    if payload[:2] == b'\x1f\x8b':
        return zlib.decompressobj(31).decompress(payload)
    program = PROGRAMS.get(payload[:4])
    if program is None:
        sys.exit(f'extract_vmlinux: packed in a way not known here: {payload[:6].hex()}')
    # The last four bytes are the unpacked size, which is not part of the stream.
    return subprocess.run([program, '-dcq'], input=payload[:-4], stdout=subprocess.PIPE,
                          check=True).stdout


def main():
    with open(sys.argv[1], 'rb') as file:
        image = file.read()
    if image[0x202:0x206] != b'HdrS':
        sys.exit(f'extract_vmlinux: {sys.argv[1]} is no bzImage')
    setup_size = ((image[0x1f1] or 4) + 1) * 512
    offset, length = struct.unpack_from('<II', image, 0x248)
    kernel = unpack(image[setup_size + offset:setup_size + offset + length])
    if kernel[:4] != b'\x7fELF':
        sys.exit('extract_vmlinux: what was unpacked is no ELF file')
    with open(sys.argv[2], 'wb') as file:
        file.write(kernel)


main()
