#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tidy.py [ROOT]: rules of style that no formatter or compiler knows.

Exceptions stand in scripts/tidy_ratchet.txt, one a line: RULE PATH[:FUNCTION] VALUE. They may only
shrink: an entry that allows more than is there fails as a violation does, and says what to write.
Rules that count (lines, levels, occurrences) are named in LIMITS.
"""
import os
import re
import sys

import c_text

RATCHET = 'scripts/tidy_ratchet.txt'
DIRECTORIES = ['src', 'include', 'apps', 'tools', 'examples', 'tests', 'bench', 'scripts', '.ci']
# What is checked for length, licence and words, besides C.
TEXT_SUFFIXES = ('.py', '.sh', 'meson.build', '.map')
TEXT_FILES = ['Makefile', 'meson.build', 'meson_options.txt', '.ci/run']
LIBRARIES = ('src/',)
TESTS = ('_test.c', '_bench.c', '_fuzz.c')
TAB = 8

# rule -> how much is allowed without an entry.
LIMITS = {
    'file-lines': 1000,
    'function-lines': 70,
    'nesting': 3,
    'parameters': 5,
    'line-length': 0,
    'spdx': 0,
    'banned-call': 0,
    'bare-minus-one': 0,
    'unfinished': 0,
    'banner': 0,
    'platform-ifdef': 0,
    'include-c': 0,
}
LINE_LENGTH = 100

# call -> what to use instead.
BANNED = {
    'strcpy': 'snprintf() or spdk_strcpy_pad()',
    'stpcpy': 'snprintf()',
    'strcat': 'snprintf() or spdk_sprintf_append_realloc()',
    'strncpy': 'snprintf(), which terminates, or spdk_strcpy_pad()',
    'strncat': 'snprintf()',
    'sprintf': 'snprintf()',
    'vsprintf': 'vsnprintf()',
    'gets': 'fgets()',
    'atoi': 'spdk_strtol(), which knows errors',
    'atol': 'spdk_strtol(), which knows errors',
    'atoll': 'spdk_strtoll(), which knows errors',
    'strtok': 'strtok_r() or spdk_strsepq()',
    'tmpnam': 'mkstemp()',
    'mktemp': 'mkstemp()',
    'alloca': 'a bounded array or malloc()',
    'localtime': 'localtime_r()',
    'gmtime': 'gmtime_r()',
    'ctime': 'strftime()',
    'asctime': 'strftime()',
}
BANNED_IN_LIBRARIES = {
    'printf': 'SPDK_NOTICELOG() and its kind, or fprintf() to a file the caller gave',
    'puts': 'SPDK_NOTICELOG() and its kind',
    'perror': 'SPDK_ERRLOG() with spdk_strerror()',
}
PLATFORM_IFDEF = re.compile(
    r'^[ \t]*#[ \t]*(?:if|elif)\w*\b.*\b'
    r'(__linux__|__FreeBSD__|__APPLE__|_WIN32|__x86_64__|__i386__|__aarch64__|__arm__|'
    r'__powerpc\w*|__PPC\w*|__riscv\w*|__s390x?__|__loongarch\w*)\b', re.MULTILINE)
# Spelt so that this file does not find itself.
UNFINISHED = re.compile(r'\b(TO' r'DO|FIX' r'ME|XX' r'X|HA' r'CK)\b')
BANNER = re.compile(r'[*=#~-]{5,}')


class Tidy:
    def __init__(self, root):
        self.root = root
        # (rule, place) -> (how much, line, what to say)
        self.found = {}
        self.problems = []

    def count(self, rule, place, line, text):
        """One more occurrence of what the rule forbids at this place."""
        amount, first_line, first_text = self.found.get((rule, place), (0, line, text))
        self.found[rule, place] = (amount + 1, first_line, first_text)

    def measure(self, rule, place, line, amount, text):
        if amount > LIMITS[rule]:
            self.found[rule, place] = (amount, line, text)

    def check_text(self, path, text):
        lines = text.splitlines()
        self.measure('file-lines', path, 1, len(lines), f'{len(lines)} lines: split it by noun')
        for number, line in enumerate(lines, 1):
            width = len(line.expandtabs(TAB))
            if width > LINE_LENGTH and not path.endswith(('meson.build', 'Makefile', '.map')):
                self.count('line-length', path, number, f'{width} columns')
            if UNFINISHED.search(line):
                self.count('unfinished', path, number,
                           f'{UNFINISHED.search(line)[1]}: finish it, or say what is and why')
        if not any('SPDX-License-Identifier: BSD-3-Clause' in line for line in lines[:2]):
            if not path.endswith('.map'):
                self.count('spdx', path, 1, "no 'SPDX-License-Identifier: BSD-3-Clause' at its top")

    def check_functions(self, path, code):
        for function in c_text.functions_of(code):
            place = f'{path}:{function.name}'
            self.measure('function-lines', place, function.line, function.lines,
                         f'{function.name}() has {function.lines} lines: one job each')
            nesting = c_text.nesting_of(function.body)
            self.measure('nesting', place, function.line, nesting,
                         f'{function.name}() nests {nesting} levels: return early or split')
            # Parameters of the public interface and of its callbacks are not ours to choose.
            if not re.match('_*spdk_', function.name) and not path.endswith(TESTS):
                self.measure('parameters', place, function.line, function.parameters,
                             f'{function.name}() takes {function.parameters} parameters: use a '
                             'struct')

    def check_banned(self, path, code):
        banned = dict(BANNED)
        if path.startswith(LIBRARIES) and not path.endswith(TESTS):
            banned.update(BANNED_IN_LIBRARIES)
        for name, cure in banned.items():
            for line in c_text.calls(code, name):
                self.count('banned-call', path, line, f'{name}(): use {cure}')

    def check_library(self, path, text, code):
        for match in re.finditer(r'\breturn\s*\(?\s*-1\s*\)?\s*;', code):
            self.count('bare-minus-one', path, code.count('\n', 0, match.start()) + 1,
                       'return -1: return a negative errno that tells the cause')
        if not path.startswith('src/env/'):
            for match in PLATFORM_IFDEF.finditer(text):
                self.count('platform-ifdef', path, text.count('\n', 0, match.start()) + 1,
                           f'{match[1]}: what differs among machines belongs to src/env')

    def check_c(self, path, text):
        code = c_text.without_directives(c_text.code_of(text))
        self.check_functions(path, code)
        self.check_banned(path, code)
        if path.startswith(LIBRARIES) and not path.endswith(TESTS):
            self.check_library(path, text, code)
        for line, comment in c_text.comments_of(text):
            if BANNER.search(comment):
                self.count('banner', path, line, 'a banner: comments are sentences')
        for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*"[^"]*\.c"', text, re.MULTILINE):
            self.count('include-c', path, text.count('\n', 0, match.start()) + 1,
                       'includes a .c file: test through headers')

    def read_ratchet(self):
        entries = {}
        path = os.path.join(self.root, RATCHET)
        if not os.path.exists(path):
            return entries
        for number, line in enumerate(c_text.read(path).splitlines(), 1):
            words = line.split()
            if not words or words[0].startswith('#'):
                continue
            if len(words) != 3 or words[0] not in LIMITS or not words[2].isdigit():
                self.problems.append(f'{RATCHET}:{number}: not RULE PATH[:FUNCTION] VALUE: {line}')
            elif (words[0], words[1]) in entries:
                self.problems.append(f'{RATCHET}:{number}: {words[0]} {words[1]} stands twice')
            else:
                entries[words[0], words[1]] = (int(words[2]), number)
        return entries

    def judge(self):
        entries = self.read_ratchet()
        for (rule, place), (amount, line, text) in sorted(self.found.items()):
            allowed = entries.get((rule, place), (LIMITS[rule], 0))[0]
            if amount > allowed:
                path = place.split(':')[0]
                often = f' (and {amount - 1} more)' if LIMITS[rule] == 0 and amount > 1 else ''
                self.problems.append(f'{path}:{line}: {rule}: {text}{often}')
        for (rule, place), (allowed, number) in sorted(entries.items()):
            amount = self.found.get((rule, place), (0,))[0]
            if amount == 0:
                self.problems.append(f'{RATCHET}:{number}: {rule} {place} is not needed: '
                                     'remove the line')
            elif allowed > amount:
                self.problems.append(f'{RATCHET}:{number}: {rule} {place} allows {allowed} '
                                     f'where {amount} is there: write {amount}')

    def run(self):
        paths = list(c_text.files_below(self.root, DIRECTORIES, c_text.C_SUFFIXES + TEXT_SUFFIXES))
        paths += [path for path in TEXT_FILES if os.path.exists(os.path.join(self.root, path))]
        for path in paths:
            text = c_text.read(os.path.join(self.root, path))
            self.check_text(path, text)
            if path.endswith(c_text.C_SUFFIXES):
                self.check_c(path, text)
        self.judge()
        return len(paths)


def main():
    tidy = Tidy(sys.argv[1] if len(sys.argv) > 1 else '.')
    count = tidy.run()
    print('\n'.join(tidy.problems) or f'{count} files are tidy')
    return 1 if tidy.problems or not count else 0


if __name__ == '__main__':
    sys.exit(main())
