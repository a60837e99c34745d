#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes the mutants that the interleaving test must find.

mutate.py --list MUTANTS                    prints 'name|file|kind|scenarios' of each
mutate.py MUTANTS NAME SOURCE OUTPUT        writes SOURCE with the faults of NAME planted in it

Fails when a text to be replaced is not in the source exactly once: then the source has changed, and
the mutant has to follow, lest it plant nothing.
"""
import re
import sys


class Mutant:
    def __init__(self, name):
        self.name = name
        self.fields = {}
        self.blocks = []


def parse(path):
    mutants = []
    block = None
    with open(path, encoding='utf-8') as lines:
        for line in lines:
            text = line.rstrip('\n')
            if block is not None:
                if text == '===' and len(block) == 1:
                    block.append([])
                elif text == '>>>':
                    mutants[-1].blocks.append(['\n'.join(part) for part in block])
                    block = None
                else:
                    block[-1].append(text)
            elif text == '<<<':
                block = [[]]
            elif text.startswith('['):
                mutants.append(Mutant(text.strip('[]')))
            elif text and not text.startswith('#'):
                key, value = text.split(':', 1)
                mutants[-1].fields[key] = value.strip()
    return mutants


def plant(mutant, source):
    for old, new in mutant.blocks:
        pattern = r'\s+'.join(re.escape(word) for word in old.split())
        count = len(re.findall(pattern, source))
        if count != 1:
            sys.exit(f"mutate.py: '{mutant.name}': the text to be replaced is {count} times in "
                     f"{mutant.fields['file']}, not once:\n{old}")
        source = re.sub(pattern, lambda _, text=new: text, source)
    return source


def main():
    if len(sys.argv) == 3 and sys.argv[1] == '--list':
        for mutant in parse(sys.argv[2]):
            fields = (mutant.fields[key] for key in ('file', 'kind', 'in'))
            print('|'.join((mutant.name, *fields)))
        return
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    path, name, source, output = sys.argv[1:]
    mutant = next(mutant for mutant in parse(path) if mutant.name == name)
    with open(source, encoding='utf-8') as original:
        planted = plant(mutant, original.read())
    with open(output, 'w', encoding='utf-8') as result:
        result.write(planted)


if __name__ == '__main__':
    main()
