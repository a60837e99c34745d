#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes a program that includes every public header and uses each of them.

    every_header.py INCLUDE_DIR header_uses.txt names.txt OUTPUT

The headers are those found below INCLUDE_DIR. What is done with each stands in header_uses.txt: a
header without a use fails here, and so does a use that has no name of its header (names.txt knows
them). The program is C and C++; run, it names the headers whose use does not hold.
"""
import pathlib
import re
import sys

# They have no names that are listed: one includes what the system has, the others have enumerators
# only.
NAMELESS = ("spdk/module/bdev/delay.h", "spdk/module/bdev/error.h", "spdk/module/bdev/raid.h",
            "spdk/nvme_intel.h", "spdk/stdinc.h")

PROGRAM = """/* Made by every_header.py. */
{includes}

static int g_used, g_failed;

static void
check(const char *header, bool is_good)
{{
	g_used++;
	if (!is_good) {{
		printf("%s: what the program does with it fails\\n", header);
		g_failed++;
	}}
}}

static void
end_thread(struct spdk_thread *thread)
{{
	spdk_set_thread(thread);
	spdk_thread_exit(thread);
	while (!spdk_thread_is_exited(thread)) {{
		spdk_thread_poll(thread, 0, 0);
	}}
	spdk_set_thread(NULL);
	spdk_thread_destroy(thread);
}}

int
main(void)
{{
	if (spdk_thread_lib_init(NULL, 0) != 0) {{
		return 1;
	}}
{checks}
	spdk_thread_lib_fini();
	printf("%d headers used, %d failed\\n", g_used, g_failed);
	return g_failed != 0;
}}
"""


def read_lines(path):
    for number, line in enumerate(pathlib.Path(path).read_text(encoding="utf-8").splitlines(), 1):
        if line and not line.startswith("#"):
            yield number, line


def names_by_header(path):
    names = {}
    for _, line in read_lines(path):
        header, _, name = line.split(" ", 3)[:3]
        names.setdefault(header, set()).add(name)
    return names


def read_uses(path, names):
    uses, problems = {}, []
    for number, line in read_lines(path):
        header, _, expression = line.partition(" ")
        words = set(re.findall(r"\w+", expression))
        if header in uses:
            problems.append(f"{path}:{number}: {header} stands twice")
        if header not in NAMELESS and not words & names.get(header, set()):
            problems.append(f"{path}:{number}: no name of {header} in: {expression}")
        uses[header] = expression
    return uses, problems


def main():
    include_dir, uses_path, names_path, output = sys.argv[1:]
    include_dir = pathlib.Path(include_dir)
    # The files in a folder that is named as a header are parts of that.
    headers = sorted(path.relative_to(include_dir).as_posix() for path in include_dir.rglob("*.h")
                     if not path.parent.with_suffix(".h").is_file())
    uses, problems = read_uses(uses_path, names_by_header(names_path))
    problems += [f"{uses_path}: no use of {header}" for header in headers if header not in uses]
    problems += [f"{uses_path}: there is no {header}" for header in uses if header not in headers]
    if problems or not headers:
        sys.exit("\n".join(problems) or f"{include_dir}: no headers")
    includes = "\n".join(f"#include <{header}>" for header in headers)
    checks = "\n".join(f'\tcheck("{header}", {uses[header]});' for header in headers)
    pathlib.Path(output).write_text(PROGRAM.format(includes=includes, checks=checks),
                                    encoding="utf-8")
    print(f"{len(headers)} headers")


if __name__ == "__main__":
    main()
