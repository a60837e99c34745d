#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Layout of types, those of specifications (spdk/*_spec.h) above all: facts, and the program that
checks them.

    spec_layout.py --measure INCLUDE_DIR HEADER... > spec_layout.txt
    spec_layout.py --missing spec_layout.txt INCLUDE_DIR [HEADER...]
    spec_layout.py spec_layout.txt out.c

The first form measures the implementation that is to be matched; names of types and members come
from clang, numbers from a program that is compiled and run. The second fails when one of these
headers of INCLUDE_DIR, which is our own, has a type, member or enumerator that the list has not,
and exits 77 without clang; without HEADER, it looks at those of specifications. The third writes a
program in C that compares all facts on the machine it is built for.

A type is a line 'HEADER: struct NAME SIZE ALIGNMENT' or 'HEADER: enum NAME', and its facts follow,
indented, with semicolons between: 'MEMBER OFFSET TYPE', with the size in bytes in the place of a
type that has no name; 'MEMBER BIT:WIDTH' for bit fields; 'ENUMERATOR VALUE'. Bits are counted from
the beginning of the type.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap

from extract_api import CLANG, FileTracker, header_of, includes_of
from public_headers import public_headers

SUFFIX = "_spec.h"
NAMELESS = re.compile(r"\((anonymous|unnamed)\b")

HEAD = """/* SPDX-License-Identifier: BSD-3-Clause */
/* Made by spec_layout.py. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
"""

MEASURE = """
#define TYPE(header, type) \\
	printf("%s: %s %zu %zu\\n", header, #type, sizeof(type), _Alignof(type));
#define ENUM(header, type) printf("%s: %s\\n", header, #type);
#define ENUMERATOR(name) printf("\\t" #name " %lld\\n", (long long)(name));
#define FIELD(type, member, ...) \\
	printf("\\t" #member " %zu %s\\n", offsetof(type, member), #__VA_ARGS__);
#define PLACE(type, member) \\
	printf("\\t" #member " %zu %zu\\n", offsetof(type, member), sizeof(((type *)NULL)->member));
#define BITS(type, member) \\
	do { type all; memset(&all, 0, sizeof(all)); all.member--; \\
	     print_bits(#member, &all, sizeof(all)); } while (0);

static void
print_bits(const char *member, const void *bytes, size_t size)
{
	size_t first = 0, width = 0;

	for (size_t i = 0; i < size * 8; i++) {
		if (((const uint8_t *)bytes)[i / 8] >> (i % 8) & 1) {
			first = width++ == 0 ? i : first;
		}
	}
	printf("\\t%s %zu:%zu\\n", member, first, width);
}

int
main(void)
{
"""

CHECK = """
static int g_facts, g_wrong;

static void
check(const char *what, bool is_right)
{
	g_facts++;
	if (!is_right) {
		g_wrong++;
		fprintf(stderr, "%s: not as it should be\\n", what);
	}
}

static void
check_number(const char *what, long long actual, long long expected)
{
	g_facts++;
	if (actual != expected) {
		g_wrong++;
		fprintf(stderr, "%s: is %lld, not %lld\\n", what, actual, expected);
	}
}

static bool
are_bits(const void *bytes, size_t size, size_t first, size_t width)
{
	for (size_t i = 0; i < size * 8; i++) {
		bool is_set = ((const uint8_t *)bytes)[i / 8] >> (i % 8) & 1;

		if (is_set != (i >= first && i < first + width)) {
			return false;
		}
	}
	return true;
}

#define MEMBER(type, member) (((type *)NULL)->member)
#define TYPE(type, size, alignment) \\
	check_number("sizeof(" #type ")", sizeof(type), size); \\
	check_number("alignment of " #type, _Alignof(type), alignment);
#define ENUMERATOR(name, value) check_number(#name, (long long)(name), value);
#define FIELD(type, member, offset, ...) \\
	check_number(#type "." #member, offsetof(type, member), offset); \\
	check("type of " #type "." #member, \\
	      __builtin_types_compatible_p(__typeof__(MEMBER(type, member)), __VA_ARGS__));
#define PLACE(type, member, offset, size) \\
	check_number(#type "." #member, offsetof(type, member), offset); \\
	check_number("sizeof(" #type "." #member ")", sizeof(MEMBER(type, member)), size);
#define BITS(type, member, first, width) \\
	do { type all; memset(&all, 0, sizeof(all)); all.member--; \\
	     check("bits " #first ":" #width " of " #type "." #member, \\
		   are_bits(&all, sizeof(all), first, width)); } while (0);
"""

TAIL = """	printf("layout: %d of %d\\n", g_facts - g_wrong, g_facts);
	return g_wrong != 0 || g_facts == 0;
}
"""


def members(record, path):
    """(member, type, is bit field) of a record of clang's tree; type is '' where it has no name."""
    nameless = None
    for node in record.get("inner", []):
        if node["kind"] == "RecordDecl" and "name" not in node:
            nameless = node
        if node["kind"] != "FieldDecl":
            continue
        name, text = node.get("name", ""), node["type"]["qualType"]
        member = path + name
        if not NAMELESS.search(text):
            yield member, text, node.get("isBitfield", False)
            continue
        if name:
            yield member, "", False
        element = "[0]" if "[" in text.rsplit(")", 1)[1] else ""
        yield from members(nameless, member + element + "." if name else path)


def types_of(include_dir, headers):
    """(header, 'struct name', members) and (header, 'enum name', enumerators), in order."""
    ast = subprocess.run(CLANG + ["-I", str(include_dir), "-Xclang", "-ast-dump=json", "-"],
                         input=includes_of(headers), capture_output=True, text=True,
                         check=True).stdout
    tracker = FileTracker()
    for node in json.loads(ast)["inner"]:
        header = header_of(tracker.file_of(node), headers)
        if not header:
            continue
        if node["kind"] == "RecordDecl" and node.get("completeDefinition"):
            yield header, f"{node['tagUsed']} {node['name']}", list(members(node, ""))
        elif node["kind"] == "EnumDecl":
            yield header, f"enum {node.get('name', '-')}", [
                inner["name"] for inner in node["inner"] if inner["kind"] == "EnumConstantDecl"]


def measuring_program(types, headers):
    out = [HEAD, includes_of(headers), MEASURE]
    for header, name, facts in types:
        is_enum = name.startswith("enum ")
        out.append(f'\t{"ENUM" if is_enum else "TYPE"}("{header}", {name})\n')
        for fact in facts:
            if is_enum:
                out.append(f"\tENUMERATOR({fact})\n")
                continue
            member, text, is_bits = fact
            macro = "BITS" if is_bits else "FIELD" if text else "PLACE"
            last = f", {text}" if macro == "FIELD" else ""
            out.append(f"\t{macro}({name}, {member}{last})\n")
    return "".join(out) + "\treturn 0;\n}\n"


def measure(include_dir, headers):
    program = measuring_program(list(types_of(include_dir, headers)), headers)
    with tempfile.TemporaryDirectory() as folder:
        binary = pathlib.Path(folder) / "measure"
        command = [word for word in CLANG if word != "-fsyntax-only"]
        subprocess.run(command + ["-w", "-I", include_dir, "-o", str(binary), "-"],
                       input=program, text=True, check=True)
        lines = subprocess.run([binary], capture_output=True, text=True,
                               check=True).stdout.splitlines()
    facts = []
    for line in lines + [""]:
        if line.startswith("\t"):
            facts.append(line.strip())
            continue
        if facts:
            # A fact stays on one line: its blanks are not where lines may end.
            text = "; ".join(fact.replace(" ", "\0") for fact in facts)
            print(textwrap.fill(text, 92, initial_indent="\t", subsequent_indent="\t",
                                break_long_words=False,
                                break_on_hyphens=False).replace("\0", " "))
        if line:
            print(line)
        facts = []


def read_types(path):
    """(header, 'struct name', numbers, facts), each fact being its words."""
    found = []
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith("\t"):
            found[-1][3].extend(fact.strip().split(" ", 2) for fact in line.split(";")
                                if fact.strip())
        elif line and not line.startswith("#"):
            header, kind, name, *numbers = line.split(" ")
            found.append((header.rstrip(":"), f"{kind} {name}", numbers, []))
    return found


def report_missing(path, include_dir, *headers):
    if not shutil.which(CLANG[0]):
        sys.exit(77)
    listed = set()
    for _, name, _, facts in read_types(path):
        listed |= {name} | {f"{name}: {fact[0]}" for fact in facts}
    headers = headers or [header for header in public_headers(include_dir)
                          if header.endswith(SUFFIX)]
    count, missing = 0, []
    for header, name, facts in types_of(include_dir, headers):
        own = [name] + [f"{name}: {fact if isinstance(fact, str) else fact[0]}" for fact in facts]
        count += len(own)
        missing += [f"{header}: {what}: no fact about it in {path}" for what in own
                    if what not in listed]
    print("\n".join(missing) or f"{count} types and members are listed")
    sys.exit(1 if missing or not count else 0)


def checks_of(name, numbers, facts):
    if numbers:
        yield f"\tTYPE({name}, {', '.join(numbers)})\n"
    for fact in facts:
        if name.startswith("enum "):
            yield f"\tENUMERATOR({fact[0]}, {fact[1]})\n"
        elif len(fact) == 2:
            yield f"\tBITS({name}, {fact[0]}, {fact[1].replace(':', ', ')})\n"
        else:
            macro = "PLACE" if fact[2].isdigit() else "FIELD"
            yield f"\t{macro}({name}, {', '.join(fact)})\n"


def main():
    if sys.argv[1] == "--measure":
        measure(sys.argv[2], sys.argv[3:])
    elif sys.argv[1] == "--missing":
        report_missing(*sys.argv[2:])
    else:
        types = read_types(sys.argv[1])
        out = [HEAD, includes_of(sorted({header for header, *_ in types})), CHECK]
        for number, (_, *rest) in enumerate(types):
            body = "".join(checks_of(*rest))
            out.append(f"\nstatic void\ncheck_{number}(void)\n{{\n{body}}}\n")
        calls = "".join(f"\tcheck_{number}();\n" for number in range(len(types)))
        out.append(f"\nint\nmain(void)\n{{\n{calls}{TAIL}")
        pathlib.Path(sys.argv[2]).write_text("".join(out), encoding="utf-8")


if __name__ == "__main__":
    main()
