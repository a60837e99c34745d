# SPDX-License-Identifier: BSD-3-Clause
"""What the symbol tests share: names of object files, patterns of the version script, arguments."""
import fnmatch
import re
import subprocess


def public_patterns(version_script):
    with open(version_script, encoding='utf-8') as script:
        text = script.read()
    return re.findall(r'([\w*]+);', text[text.index('global:'):text.index('local:')])


def is_public(name, patterns):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def nm(path, *options):
    """Pairs of name and type letter."""
    lines = subprocess.run(['nm', '-P', *options, path], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.splitlines()
    return [tuple(line.split()[:2]) for line in lines if len(line.split()) >= 2]


def defined_globals(path, *options):
    """Without absolute symbols: those are the version script's own."""
    return {name.split('@')[0]: kind for name, kind in nm(path, '-g', '--defined-only', *options)
            if kind != 'A'}


def split_arguments(arguments):
    """The arguments before '--', and those behind it."""
    at = arguments.index('--')
    return arguments[:at], arguments[at + 1:]


def split_libraries(arguments):
    """What is no option, and the -L and -l that say what the layers need of others."""
    return ([argument for argument in arguments if not argument.startswith('-')],
            [argument for argument in arguments if argument.startswith('-')])
