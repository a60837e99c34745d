#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Holds that a library runs on every machine of its architecture.

    baseline_isa.py FILE... [-- COMPILER...]

A library built with -march=native dies elsewhere on its first such instruction. So nothing in
FILE may use a register or an instruction beyond the baseline (x86-64: SSE2), outside of functions
whose name says that they are picked at run time (..._avx2, ..._sse42 and the like). With a
compiler, first shows on an object of its own that it would see one.
"""
import os
import re
import subprocess
import sys
import tempfile

# Not tzcnt: compilers use it as 'rep bsf', which old processors run as bsf, with the same result
# for the arguments that it is used for.
BEYOND = re.compile(
    r"\t(?:[^\t]*%[yz]mm\d|v(?:p|mov|add|xor|zero)\w*\s|crc32\w*\s|popcnt\s|pclmul\w*\s|pshufb\s|"
    r"(?:andn|bextr|bls[ir]|blsmsk|bzhi|mulx|pdep|pext|rorx|sarx|shlx|shrx|movbe|lzcnt)\w?\s)")
FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
PICKED = re.compile(r"_(?:sse\w*|avx\w*|pclmul\w*|crc32hw)(?:\.\w+)*$")


def findings(path):
    """(function, instruction) of each use, the first of each function only."""
    out = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    function, found, seen = "?", [], 0
    for line in out.splitlines():
        match = FUNCTION.match(line)
        if match:
            function = match.group(1)
        elif "\t" in line:
            seen += 1
            if BEYOND.search(line) and not PICKED.search(function):
                if not found or found[-1][0] != function:
                    found.append((function, line.strip()))
    if seen == 0:
        sys.exit(f"{path}: no instructions found")
    return found


def must_be_seen(compiler):
    source = ("unsigned long sum(const unsigned *v, unsigned long n) { unsigned long s = 0, i;\n"
              "for (i = 0; i < n; i++) s += v[i]; return s; }\n")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "native")
        with open(path + ".c", "w", encoding="ascii") as file:
            file.write(source)
        subprocess.run([*compiler, "-O3", "-mavx2", "-c", path + ".c", "-o", path + ".o"],
                       check=True)
        if not findings(path + ".o"):
            sys.exit("AVX2 in a planted object was not seen: this check cannot fail")


def main():
    args = sys.argv[1:]
    compiler = []
    if "--" in args:
        at = args.index("--")
        args, compiler = args[:at], args[at + 1:]
    if os.uname().machine != "x86_64":
        print("only x86-64 is looked at")
        return 77
    if compiler:
        must_be_seen(compiler)
    bad = 0
    for path in args:
        for function, instruction in findings(path):
            print(f"{path}: {function} is beyond the baseline: {instruction}")
            bad += 1
    return 1 if bad or not args else 0


if __name__ == "__main__":
    sys.exit(main())
