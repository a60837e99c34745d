#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Holds docs/compat.md against the headers that are there.

    check_compat.py docs/compat.md INCLUDE_DIR

Each header of the tree stands in the table of those that are here, and no other; and none of them
in the list of those that are not.
"""
import pathlib
import re
import sys

from public_headers import public_headers

HERE = "## Headers that are here"
ABSENT = "## Headers that are not there yet"
OURS = "spindle/"


def section(text, title):
    match = re.search(re.escape(title) + r"\n(.*?)(?=\n## |\Z)", text, re.S)
    if not match:
        sys.exit(f"no section '{title}'")
    return match.group(1)


def main():
    document, include_dir = pathlib.Path(sys.argv[1]), sys.argv[2]
    text = document.read_text(encoding="utf-8")
    here = set(re.findall(r"^\| `(spdk\S*\.h)`", section(text, HERE), re.M))
    absent = set(re.findall(r"`(spdk\S*\.h)`", section(text, ABSENT)))
    tree = {header for header in public_headers(include_dir) if not header.startswith(OURS)}
    wrong = [f"{header}: is in the tree, and has no row" for header in sorted(tree - here)]
    wrong += [f"{header}: has a row, and is not in the tree" for header in sorted(here - tree)]
    wrong += [f"{header}: is said to be absent, and is there" for header in sorted(tree & absent)]
    for line in wrong:
        print(f"{document}: {line}", file=sys.stderr)
    print(f"{len(here)} headers here, {len(absent)} not yet")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
