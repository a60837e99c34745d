#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""report.py MACHINE FIGURES DIRECTORY: what the benchmarks of one run have found.

MACHINE has lines NAME=VALUE that describe where they ran. FIGURES has the JSON objects, one a line,
that bench/figure.c wrote. A table of all figures goes to stdout; DIRECTORY/results.json and
DIRECTORY/report.html get the same, the latter with plots and without anything from elsewhere.
"""
import json
import os
import sys

import report_html
from report_text import limit_text, number, spread_text, summary_of, verdict_text


def read_machine(path):
    """A list of (name, value), as they came: names may repeat."""
    with open(path, encoding='utf-8') as lines:
        return [tuple(line.rstrip('\n').split('=', 1)) for line in lines if '=' in line]


def read_figures(path):
    with open(path, encoding='utf-8') as lines:
        return [json.loads(line) for line in lines if line.strip()]


def collect(machine, figures):
    """All of a run: its questions in order, what was left out, and what became of the programs."""
    questions, notes, programs = {}, [], []
    for figure in figures:
        if figure['kind'] == 'end':
            programs.append({'name': figure['program'], 'status': figure['status']})
        elif figure['kind'] == 'note':
            if figure['name'] not in notes:
                notes.append(figure['name'])
        else:
            key = figure['program'], figure['question']
            questions.setdefault(key, []).append(figure)
    limits = [figure for figure in figures if 'kept' in figure]
    missed = {figure['program'] for figure in limits if not figure['kept']}
    for program in programs:
        # A status that no missed limit explains is a program that did not come to its end.
        program['failed'] = program['status'] != 0 and (
            program['status'] != 1 or program['name'] not in missed)
    return {
        'machine': [{'name': name, 'value': value} for name, value in machine],
        'quick': ('quick', 'yes') in machine,
        'notes': notes,
        'questions': [{'program': program, 'title': title, 'figures': members}
                      for (program, title), members in questions.items()],
        'programs': programs,
        'limits': len(limits),
        'missed': sum(not figure['kept'] for figure in limits),
    }


def print_table(results):
    for question in results['questions']:
        print(question['title'])
        for figure in question['figures']:
            median = number(summary_of(figure).get('median')) + ' ' + figure.get('unit', '')
            print(f"  {figure['name']:<50} {median:>18}  {spread_text(figure):<20} "
                  f'{limit_text(figure):<10} {verdict_text(figure)}'.rstrip())
    print()
    for note in results['notes']:
        print(note)
    for program in results['programs']:
        if program['failed']:
            print(f"{program['name']} FAILED: it ended with {program['status']}")
    if results['quick']:
        print('few samples: these figures are not to be quoted')
    kept = results['limits'] - results['missed']
    print(f"limits: {kept} kept, {results['missed']} missed")


def main():
    if len(sys.argv) != 4:
        sys.exit('usage: report.py MACHINE FIGURES DIRECTORY')
    machine, figures, directory = sys.argv[1:]
    results = collect(read_machine(machine), read_figures(figures))
    with open(os.path.join(directory, 'results.json'), 'w', encoding='utf-8') as out:
        json.dump(results, out, indent=1)
        out.write('\n')
    with open(os.path.join(directory, 'report.html'), 'w', encoding='utf-8') as out:
        out.write(report_html.page(results))
    print_table(results)
    print('results:', os.path.join(directory, 'results.json'))
    print('report: ', os.path.join(directory, 'report.html'))


if __name__ == '__main__':
    main()
