#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the program that proves that the interface in names.txt is there.

    gen_api_test.py names.txt out.c

The program is valid C11 and C++11. It takes the address of each function, inline or not, through a
pointer of exactly the type in the list, so that a prototype that differs does not compile and a
function that is not exported does not link. Typedefs are compared the same way. Macros are looked
for by the preprocessor, and their values compared where the list has one. Run, the program names
what is missing or differs, and prints counts.

    gen_api_test.py --covers names.txt INCLUDE_DIR

Fails when a header of INCLUDE_DIR has no line in the list, so that the list grows with the tree.
"""
import sys

from public_headers import public_headers

# They have no names for the list: one includes what the system has, the others have enumerators
# only.
NAMELESS = ("spdk/module/bdev/delay.h", "spdk/module/bdev/error.h", "spdk/module/bdev/raid.h",
            "spdk/nvme_intel.h", "spdk/stdinc.h")

HEAD = """/* SPDX-License-Identifier: BSD-3-Clause */
/* Made by gen_api_test.py. */
{includes}

typedef void (*function)(void);

struct row {{
	const char *header;
	const char *name;
	function address; /* NULL: the macro is missing */
	unsigned long long value;
	unsigned long long expected;
}};

static void
present(void)
{{
}}
"""

TAIL = """
static int
count(const char *what, const struct row *rows, size_t rows_count)
{
	size_t missing = 0;

	for (size_t i = 0; i < rows_count; i++) {
		if (rows[i].address == NULL) {
			fprintf(stderr, "%s: %s is missing\\n", rows[i].header, rows[i].name);
			missing++;
		} else if (rows[i].value != rows[i].expected) {
			fprintf(stderr, "%s: %s is 0x%llx, not 0x%llx\\n", rows[i].header,
				rows[i].name, rows[i].value, rows[i].expected);
			missing++;
		}
	}
	printf("%s: %zu of %zu\\n", what, rows_count - missing, rows_count);
	return missing != 0 || rows_count == 0;
}

int
main(void)
{
	int failed = 0;

	failed |= count("functions", functions, sizeof(functions) / sizeof(functions[0]));
	failed |= count("inline functions", inlines, sizeof(inlines) / sizeof(inlines[0]));
	failed |= count("typedefs", typedefs, sizeof(typedefs) / sizeof(typedefs[0]));
	failed |= count("macros", macros, sizeof(macros) / sizeof(macros[0]));
	return failed;
}
"""


def read_facts(path):
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            fields = line.split(" ", 3) + [""]
            if len(fields) < 4 or fields[1] not in "FITM" or (fields[1] in "FI" and not fields[3]):
                sys.exit(f"{path}:{number}: want 'header F|I|T|M name [type]', have '{line}'")
            yield fields[:4]


def table(name, rows):
    return f"\nstatic const struct row {name}[] = {{\n" + "".join(rows) + "};\n"


def check_covers(names, include_dir):
    listed = {fact[0] for fact in read_facts(names)} | set(NAMELESS)
    missing = sorted(set(public_headers(include_dir)) - listed)
    for header in missing:
        print(f"{header}: no line in {names}; extract_api.py makes them", file=sys.stderr)
    sys.exit(1 if missing else 0)


def main():
    if sys.argv[1] == "--covers":
        check_covers(*sys.argv[2:])
    facts = list(read_facts(sys.argv[1]))
    headers = sorted({fact[0] for fact in facts})
    if len({(fact[0], fact[2]) for fact in facts}) != len(facts):
        sys.exit("names.txt: a name is there twice")
    out = [HEAD.format(includes="\n".join(f'#include "{header}"' for header in headers))]
    rows = {kind: [] for kind in "FITM"}
    declared = set()
    for header, kind, name, type_text in facts:
        if kind in "FI":
            # A pointer variable of the exact type: the initialiser converts nothing. A function may
            # stand in two headers.
            if name not in declared:
                out.append(f"static __typeof__({type_text}) *const check_{name} = &{name};\n")
            declared.add(name)
            rows[kind].append(f'\t{{"{header}", "{name}", (function)check_{name}, 0, 0}},\n')
        elif kind == "T":
            if type_text:
                out.append(f"static __typeof__({type_text}) *const check_{name} = "
                           f"({name} *)NULL;\n")
                used = f"check_{name} == NULL"
            else:
                used = f"sizeof({name}) > 0"
            rows[kind].append(f'\t{{"{header}", "{name}", {used} ? present : NULL, 0, 0}},\n')
        else:
            values = f"(unsigned long long)({name}), {type_text}ULL" if type_text else "0, 0"
            row = f'\t{{"{header}", "{name}"'
            rows[kind].append(f"#ifdef {name}\n{row}, present, {values}}},\n"
                              f"#else\n{row}, NULL, 0, 0}},\n#endif\n")
    for kind, title in zip("FITM", ("functions", "inlines", "typedefs", "macros")):
        out.append(table(title, rows[kind]))
    out.append(TAIL)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write("".join(out))


if __name__ == "__main__":
    main()
