#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the interface facts of public headers as lines for names.txt.

    extract_api.py INCLUDE_DIR HEADER... > lines
    extract_api.py --missing names.txt INCLUDE_DIR

The second form fails when a header of INCLUDE_DIR, which is our own, has a name that the list has
not, so that no name goes without a test. Exits 77 without clang.

INCLUDE_DIR is the include folder of the implementation that is to be matched (spdk/config.h and
spdk/version.h must have been made there), HEADER is like spdk/thread.h. Only facts are taken: the
names of functions, inline functions, typedefs and macros, types without parameter names, and the
values of macros that are plain numbers. Include guards and macros that begin with an underscore are
no interface. Needs clang. The order is that of the alphabet, so that a new version gives a readable
diff.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys

from public_headers import public_headers

CLANG = ["clang", "-std=gnu11", "-D_GNU_SOURCE", "-fsyntax-only", "-x", "c"]
LOCATIONS = ("loc", "begin", "end", "spellingLoc", "expansionLoc")


class FileTracker:
    """clang names a file only where it differs from the place it printed before."""

    def __init__(self):
        self.current = ""

    def visit(self, key, node):
        if isinstance(node, list):
            for child in node:
                self.visit("", child)
        elif isinstance(node, dict):
            if key in LOCATIONS and "file" in node:
                self.current = node["file"]
            for child_key, child in node.items():
                if child_key != "includedFrom":
                    self.visit(child_key, child)
            if key == "loc":
                self.at_loc = self.current

    def file_of(self, declaration):
        for key, child in declaration.items():
            if key == "loc":
                self.visit(key, child)
                where = self.current
            elif key != "inner":
                self.visit(key, child)
        self.visit("inner", declaration.get("inner", []))
        return where


def plain_type(text):
    text = re.sub(r"\s*__attribute__\(\(.*?\)\)", "", text)
    text = text.replace("struct __va_list_tag *", "va_list").replace("_Bool", "bool")
    return text


def includes_of(headers):
    return "".join(f'#include "{header}"\n' for header in headers)


def header_of(path, headers):
    """The one of the headers that a path in clang's output leads to, or nothing.

    The files in a folder that is named as a header are parts of that.
    """
    whole = str(pathlib.PurePosixPath(path).parent) + ".h"
    return next((header for header in headers
                 if path.endswith("/" + header) or whole.endswith("/" + header)), "")


def declarations(include_dir, headers):
    ast = subprocess.run(CLANG + ["-I", include_dir, "-Xclang", "-ast-dump=json", "-"],
                         input=includes_of(headers), capture_output=True, text=True,
                         check=True).stdout
    tracker = FileTracker()
    for node in json.loads(ast)["inner"]:
        header = header_of(tracker.file_of(node), headers)
        if not header or node.get("name", "__").startswith("__"):
            continue
        kind = node["kind"]
        if kind == "FunctionDecl":
            inline = "I" if node.get("inline") else "F"
            yield header, inline, node["name"], plain_type(node["type"]["qualType"])
        elif kind == "TypedefDecl":
            text = plain_type(node["type"]["qualType"])
            # A typedef of a nameless struct has no other name to be compared with.
            is_nameless = text.endswith(" " + node["name"])
            yield header, "T", node["name"], "" if is_nameless else text


def plain_number(text):
    """The value of a macro made of numbers and operators only, else nothing."""
    text = re.sub(r"(0[xX][0-9a-fA-F]+|\d+)[uUlL]*", r"\1", text.strip())
    if not re.fullmatch(r"(0[xX][0-9a-fA-F]+|[1-9]\d*|0|[-+*|()<\s])+", text):
        return ""
    return hex(eval(text) & (2**64 - 1))  # nothing but digits and operators is left


def macros(include_dir, headers):
    text = subprocess.run(CLANG[:-3] + ["-E", "-dD", "-x", "c", "-I", include_dir, "-"],
                          input=includes_of(headers), capture_output=True, text=True,
                          check=True).stdout
    where = ""
    for line in text.splitlines():
        marker = re.match(r'# \d+ "(.*?)"', line)
        if marker:
            where = header_of(marker.group(1), headers)
        define = re.match(r"#define ([A-Za-z]\w*)(\(?)(.*)", line)
        if define and where and not re.search(r"_H_?$", define.group(1)):
            name, bracket, body = define.groups()
            # How the library was configured, and its version, are its own.
            own = re.match(r"SPDK_(CONFIG|VERSION)|ENOKEY", name)
            value = "" if bracket or own or not body else plain_number(body)
            yield where, "M", name, value


def place(fact):
    return fact[0], "FITM".index(fact[1]), fact[2]


def facts_of(include_dir, headers):
    facts = set(declarations(include_dir, headers)) | set(macros(include_dir, headers))
    return sorted(facts, key=place)


def report_missing(names, include_dir):
    if not shutil.which(CLANG[0]):
        sys.exit(77)
    lines = pathlib.Path(names).read_text(encoding="utf-8").splitlines()
    listed = {tuple(line.split(" ")[:3]) for line in lines}
    headers = public_headers(include_dir)
    facts = facts_of(include_dir, headers)
    missing = [f"{header}: no line for {name} ({kind}) in {names}"
               for header, kind, name, _ in facts if (header, kind, name) not in listed]
    print("\n".join(missing) or f"{len(facts)} names are listed")
    sys.exit(1 if missing or not facts else 0)


def main():
    if sys.argv[1] == "--missing":
        report_missing(*sys.argv[2:])
    include_dir, headers = sys.argv[1], sys.argv[2:]
    for header in headers:
        # One at a time: a macro that another header has defined before would be left out.
        for fact in facts_of(include_dir, [header]):
            print(" ".join(fact).strip())


if __name__ == "__main__":
    main()
