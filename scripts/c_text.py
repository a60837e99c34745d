# SPDX-License-Identifier: BSD-3-Clause
"""What the source checkers share: reading C text without a compiler.

It relies on the layout that clang-format gives: a function's name begins a line, its braces stand
alone in the first column.
"""
import os
import re

C_SUFFIXES = ('.c', '.h')
_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def read(path):
    with open(path, encoding='utf-8') as source:
        return source.read()


def files_below(root, directories, suffixes):
    """Paths relative to root, sorted; without what meson or an editor left there."""
    for directory in directories:
        for parent, names, files in os.walk(os.path.join(root, directory)):
            names[:] = sorted(name for name in names if name != '__pycache__' and name[0] != '.')
            for name in sorted(files):
                if name.endswith(suffixes):
                    yield os.path.relpath(os.path.join(parent, name), root)


def _blank(match):
    text = match.group()
    if text[0] == '/':
        return re.sub(r'[^\n]', ' ', text)
    return text[0] + ' ' * (len(text) - 2) + text[-1]


def code_of(text):
    """The text with comments and the insides of literals blanked; lines and columns stay."""
    return _TOKEN.sub(_blank, text)


def comments_of(text):
    """Pairs of line number and comment."""
    for match in _TOKEN.finditer(text):
        if match.group()[0] == '/':
            yield text.count('\n', 0, match.start()) + 1, match.group()


def without_directives(code):
    """Preprocessor lines blanked, with those they continue on."""
    def blank(match):
        return re.sub(r'[^\n]', ' ', match.group())

    return re.sub(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', blank, code, flags=re.MULTILINE)


def calls(code, name):
    """Line numbers at which name( occurs and is no member's, field's or longer name's."""
    for match in re.finditer(r'(?<![\w.>])' + name + r'\s*\(', code):
        yield code.count('\n', 0, match.start()) + 1


class Function:
    def __init__(self, name, line, parameters, body):
        self.name = name
        self.line = line
        self.parameters = parameters
        self.body = body

    @property
    def lines(self):
        """Of the body, without its braces."""
        return self.body.count('\n') - 1


# Parameters with parentheses of their own, two deep. A macro that stands by itself before a
# function must not be taken for the name of it.
_INNER = r'\((?:[^(){};]|\([^(){};]*\))*\)'
_DEFINITION = re.compile(r'^(\w+)\(((?:[^(){};]|' + _INNER + r')*)\)\s*\n\{', re.MULTILINE)


def functions_of(code):
    """The functions that the code defines; give it what without_directives() leaves."""
    for match in _DEFINITION.finditer(code):
        start = match.end() - 1
        end = code.find('\n}', start)
        if end < 0:
            continue
        yield Function(match[1], code.count('\n', 0, match.start()) + 1,
                       _count_parameters(match[2]), code[start:end + 2])


def _count_parameters(text):
    if text.strip() in ('', 'void'):
        return 0
    depth, count = 0, 1
    for char in text:
        depth += (char == '(') - (char == ')')
        count += char == ',' and depth == 0
    return count


def _opens_block(body, at):
    """Whether the brace at this place opens a block, not an initialiser or compound literal."""
    before = body[:at].rstrip()
    if not before or before[-1] in ';{}:' or re.search(r'\b(else|do)$', before):
        return True
    if before[-1] != ')':
        return False
    depth = 0
    for index in range(len(before) - 1, -1, -1):
        depth += (before[index] == ')') - (before[index] == '(')
        if depth == 0:
            word = re.search(r'(\w+)\s*$', before[:index])
            return word is not None and word[1] not in ('return', 'sizeof')
    return False


def nesting_of(body):
    """The deepest level of blocks within a function's body; a body without any has level 0."""
    stack, deepest = [], 0
    for match in re.finditer(r'[{}]', body):
        if match.group() == '{':
            stack.append(_opens_block(body, match.start()))
            deepest = max(deepest, sum(stack) - 1)
        elif stack:
            stack.pop()
    return deepest
