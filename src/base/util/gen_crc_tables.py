#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""gen_crc_tables.py OUT.c: the tables of crc_tables.h.

Row 0, column b of a table is the register that byte b leaves behind when the register was 0 before;
row r the same with r zero bytes after it. With eight rows, eight bytes are worked on at a time.
Made at build time they are constants: no start-up code, no lock, shared by all processes.
"""
import sys

ROWS = 8
PER_LINE = 4


def after_byte(register, width, polynomial, is_reflected):
    """The register after a zero byte."""
    for _ in range(8):
        if is_reflected:
            register = register >> 1 ^ (polynomial if register & 1 else 0)
        else:
            is_carry = register >> (width - 1) & 1
            register = (register << 1 & (1 << width) - 1) ^ (polynomial if is_carry else 0)
    return register


def reflect(number, width):
    return int(f'{number:0{width}b}'[::-1], 2)


def make_table(width, polynomial, is_reflected):
    if is_reflected:
        polynomial = reflect(polynomial, width)
    first = [byte if is_reflected else byte << (width - 8) for byte in range(256)]
    rows = []
    for _ in range(ROWS):
        first = [after_byte(register, width, polynomial, is_reflected) for register in first]
        rows.append(first)
    return rows


def write_table(out, name, width, polynomial, is_reflected):
    out.write(f'\nconst uint{width}_t {name}[CRC_TABLE_ROWS][256] = {{\n')
    for row in make_table(width, polynomial, is_reflected):
        out.write('\t{\n')
        for at in range(0, 256, PER_LINE):
            numbers = (f'UINT{width}_C(0x{number:0{width // 4}x})'
                       for number in row[at:at + PER_LINE])
            out.write(f'\t\t{", ".join(numbers)},\n')
        out.write('\t},\n')
    out.write('};\n')


def main():
    with open(sys.argv[1], 'w', encoding='utf-8') as out:
        out.write('/* SPDX-License-Identifier: BSD-3-Clause */\n/* Made by gen_crc_tables.py. */\n'
                  '#include "base/util/crc_tables.h"\n')
        write_table(out, 'crc16_t10dif_table', 16, 0x8bb7, False)
        write_table(out, 'crc32_ieee_table', 32, 0x04c11db7, True)
        write_table(out, 'crc32c_table', 32, 0x1edc6f41, True)
        write_table(out, 'crc64_nvme_table', 64, 0xad93d23594c93659, True)


if __name__ == '__main__':
    main()
