#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compiles each public header alone, and all of them as gnu11 and as C++11 with every compiler.

    check_headers.py [INCLUDE_DIR]

A program may include any header first, or only, or twice, and one after the other. $CC and $CXX are
used when they are set, and gcc, clang, g++ and clang++ where they are installed; alone is each
header compiled by the first compiler of C. Exits 1 and names the header, the compiler and the first
error; exits 77 when there is no compiler of a language at all.
"""
import concurrent.futures
import os
import pathlib
import shlex
import shutil
import subprocess
import sys

WARNINGS = ["-Wall", "-Wextra", "-Wundef", "-Wvla", "-Werror"]
LANGUAGES = {
    "c": ["-std=gnu11", "-Wstrict-prototypes", "-Wmissing-prototypes"],
    "c++": ["-std=c++11"],
}
JOBS_MAX = 4


def compilers(variable, usual):
    """Commands, each once, the one from the environment first."""
    commands = [shlex.split(os.environ[variable])] if os.environ.get(variable) else []
    commands += [[name] for name in usual]
    seen = {}
    for command in commands:
        if not shutil.which(command[-1]) and not shutil.which(command[0]):
            if command[0] not in usual:
                sys.exit(f"${variable}: {command[0]}: not found")
            continue
        seen.setdefault(" ".join(command), command)
    return list(seen.values())


def compile_unit(job):
    command, language, include_dir, name, headers = job
    # Twice: the second one must be empty. The trailing declaration makes it a non-empty unit.
    source = ''.join(f'#include "{header}"\n#include "{header}"\n' for header in headers)
    source += 'extern int after_header;\n'
    result = subprocess.run(
        command + LANGUAGES[language] + WARNINGS
        + ["-I", str(include_dir), "-fsyntax-only", "-x", language, "-"],
        input=source, capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return None
    lines = result.stderr.splitlines()
    error = next((line for line in lines if "error:" in line), lines[0] if lines else "no output")
    return f"{name}: {' '.join(command)} {LANGUAGES[language][0]}: {error}"


def main():
    top = pathlib.Path(__file__).resolve().parent.parent
    include_dir = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else top / "include")
    headers = sorted(path.relative_to(include_dir).as_posix() for path in include_dir.rglob("*.h"))
    if not headers:
        sys.exit(f"{include_dir}: no headers there")
    tools = {"c": compilers("CC", ["gcc", "clang"]), "c++": compilers("CXX", ["g++", "clang++"])}
    for language, commands in tools.items():
        if not commands:
            print(f"no {language} compiler: set $CC and $CXX")
            sys.exit(77)
    jobs = [(tools["c"][0], "c", include_dir, header, [header]) for header in headers]
    jobs += [(command, language, include_dir, name, order)
             for language, commands in tools.items() for command in commands
             for name, order in (("all headers", headers), ("all, backwards", headers[::-1]))]
    with concurrent.futures.ThreadPoolExecutor(min(JOBS_MAX, os.cpu_count() or 1)) as pool:
        errors = [error for error in pool.map(compile_unit, jobs) if error]
    for error in errors:
        print(error, file=sys.stderr)
    names = ", ".join(" ".join(command) for commands in tools.values() for command in commands)
    print(f"{len(headers)} headers with {names}: {len(errors)} errors")
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
