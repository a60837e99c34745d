#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""report.py on made-up figures: the table, the JSON, and the page, also as a browser sees it."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
REPORT = os.path.join(HERE, 'report.py')
BROWSERS = ('chromium', 'chromium-browser', 'google-chrome')
MACHINE = 'processor=A & B <64>\nprocessors=2\nrival=DPDK 22.11\nrival=libuv is missing\n'

sys.path.insert(0, HERE)
import report_plot  # noqa: E402 - it is beside this file, wherever this is started

PAIRS = {'program': 'pairs_bench', 'question': 'Ours & <theirs>'}
WIDE = {'program': 'wide_bench', 'question': 'Far apart'}
FIGURES = [
    {'program': 'pairs_bench', 'kind': 'note', 'name': 'not compared, libuv: libuv1-dev'},
    dict(PAIRS, kind='side', name='a message', unit='ns', samples=[12, 10, 11], median=11, low=10,
         high=12),
    dict(PAIRS, kind='side', name='a line', unit='ns', samples=[8, 8, 8], median=8, low=8, high=8),
    dict(PAIRS, kind='limit', name='ours', unit='ns', samples=[12, 10, 11], median=11, low=10,
         high=12, limit=20, sense='<=', kept=True),
    dict(PAIRS, kind='ratio', name='ours, to a line', samples=[1.5, 1.25, 1.375], limit=1.3,
         sense='<=', kept=False,
         ratio={'median': 1.375, 'low': 1.25, 'high': 1.5, 'of': 'a message', 'to': 'a line'}),
    dict(WIDE, kind='side', name='fast', unit='us', samples=[1, 2], median=1.5, low=1, high=2),
    dict(WIDE, kind='side', name='slow', unit='us', samples=[100, 110], median=105, low=100,
         high=110),
    dict(WIDE, kind='value', name='early', unit='runs', median=0, low=0, high=0, limit=0,
         sense='<=', kept=True),
    dict(WIDE, kind='limit', name='gone', unit='ns', samples=[], median=None, low=None, high=None,
         limit=5, sense='<=', kept=False),
    dict(WIDE, kind='value', name='late', unit='runs', median=1, low=1, high=1, limit=3,
         sense='<=', kept=True),
    {'program': 'pairs_bench', 'kind': 'end', 'status': 1},
    {'program': 'wide_bench', 'kind': 'end', 'status': 139},
]


class Report(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def run_report(self, figures, machine=MACHINE):
        """The table, what the JSON says, and the page."""
        with open(self.path('machine'), 'w', encoding='utf-8') as out:
            out.write(machine)
        with open(self.path('figures'), 'w', encoding='utf-8') as out:
            out.writelines(json.dumps(figure) + '\n' for figure in figures)
        table = subprocess.run([sys.executable, REPORT, self.path('machine'),
                                self.path('figures'), self.directory.name],
                               text=True, capture_output=True, check=True).stdout
        with open(self.path('results.json'), encoding='utf-8') as text:
            results = json.load(text)
        with open(self.path('report.html'), encoding='utf-8') as text:
            return table, results, text.read()

    def page_of(self, figures):
        page = self.run_report(figures)[2]
        return ElementTree.fromstring(page.removeprefix('<!DOCTYPE html>\n'))

    def test_the_table_has_each_median_spread_and_verdict(self):
        table = self.run_report(FIGURES)[0]
        lines = {re.sub(' {2,}', '|', line.strip()) for line in table.splitlines()}
        for line in ('a message|11 ns|10 to 12', 'a line|8 ns', 'ours|11 ns|10 to 12|<= 20|ok',
                     'ours, to a line|1.375|1.25 to 1.5|<= 1.3|MISSED', 'early|0 runs|<= 0|ok',
                     'gone|not measured ns|<= 5|MISSED', 'limits: 3 kept, 2 missed',
                     'not compared, libuv: libuv1-dev'):
            self.assertIn(line, lines)

    def test_the_json_keeps_questions_in_order_and_figures_whole(self):
        results = self.run_report(FIGURES)[1]
        self.assertEqual([question['title'] for question in results['questions']],
                         ['Ours & <theirs>', 'Far apart'])
        self.assertEqual(results['questions'][0]['figures'], FIGURES[1:5])
        self.assertEqual((results['limits'], results['missed']), (5, 2))
        self.assertEqual(results['machine'][0], {'name': 'processor', 'value': 'A & B <64>'})

    def test_a_program_that_did_not_end_is_named_and_one_that_missed_is_not(self):
        table, results, page = self.run_report(FIGURES)
        self.assertEqual([program['failed'] for program in results['programs']], [False, True])
        self.assertIn('wide_bench FAILED: it ended with 139', table)
        self.assertIn('wide_bench ended with 139', page)
        self.assertNotIn('pairs_bench FAILED', table)

    def test_an_error_without_a_missed_limit_is_a_failure(self):
        results = self.run_report([{'program': 'x', 'kind': 'end', 'status': 1}])[1]
        self.assertTrue(results['programs'][0]['failed'])

    def test_few_samples_are_not_to_be_quoted(self):
        table, results, page = self.run_report(FIGURES, MACHINE + 'quick=yes\n')
        self.assertTrue(results['quick'])
        self.assertIn('not to be quoted', table)
        self.assertIn('not to be quoted', page)
        for text in self.run_report(FIGURES)[::2]:
            self.assertNotIn('not to be quoted', text)

    def test_the_page_is_well_formed_and_names_all(self):
        text = ' '.join(self.page_of(FIGURES).itertext())
        for name in ('Ours & <theirs>', 'Far apart', 'A & B <64>', 'libuv is missing',
                     'Of 5 limits 3 were kept, 2 missed', 'not compared, libuv: libuv1-dev'):
            self.assertIn(name, text)

    def test_the_page_needs_nothing_from_elsewhere(self):
        page = self.run_report(FIGURES)[2]
        for word in ('http:', 'https:', 'src=', '@import', 'url(', '<script', '<link'):
            self.assertNotIn(word, page)
        self.assertEqual([link for link in re.findall('href="([^"]*)"', page)
                          if not link.startswith('#')], [])

    def test_links_lead_to_questions(self):
        page = self.page_of(FIGURES)
        ids = {section.get('id') for section in page.iter('section')}
        links = {link.get('href')[1:] for link in page.iter('a')}
        self.assertEqual(len(ids), 2)
        self.assertEqual(links, ids)

    def test_missed_limits_stand_at_the_top(self):
        missed = [''.join(item.itertext()) for item in self.page_of(FIGURES).find('body/ul')]
        self.assertEqual(missed, ['Ours & <theirs>: ours, to a line, 1.375, limit <= 1.3',
                                  'Far apart: gone, not measured ns, limit <= 5'])

    def test_each_question_is_plotted_with_samples_medians_and_limits(self):
        pairs, wide = self.page_of(FIGURES).iter('section')
        sides, ratios = pairs.iter('svg')
        self.assertEqual(len(list(sides.iter('circle'))), 6)
        self.assertEqual(self.classes(sides, 'mark'), ['mark ours', 'mark other'])
        # The limit stands on the side that it is of, which needs no second row.
        self.assertEqual(self.classes(sides, 'limit'), ['limit'])
        self.assertEqual(len(self.classes(ratios, 'interval')), 1)
        self.assertEqual(len(self.classes(ratios, 'reference')), 1)
        captions = [caption.text for caption in wide.iter('figcaption')]
        self.assertEqual(captions, ['us, logarithmic', 'runs'])

    @staticmethod
    def classes(svg, word):
        return [line.get('class') for line in svg.iter('line')
                if word in line.get('class').split()]

    def test_places_follow_the_values(self):
        scale = report_plot.Scale([1, 10, 100])
        self.assertTrue(scale.is_log)
        places = [scale.place(value) for value in (1, 10, 100)]
        self.assertAlmostEqual(places[1] - places[0], places[2] - places[1], places=1)
        scale = report_plot.Scale([5, 10])
        self.assertFalse(scale.is_log)
        self.assertEqual(scale.place(0), report_plot.LEFT)
        self.assertAlmostEqual(scale.place(10) - scale.place(5), scale.place(5) - scale.place(0),
                               places=1)

    def test_there_are_few_ticks_on_any_scale(self):
        for values in ([1, 3], [0, 0], [1, 30], [1, 1e9], [3.1, 63], [0.001, 0.9], [1e-9, 2e-9]):
            scale = report_plot.Scale(values)
            self.assertTrue(2 <= len(scale.ticks) <= 6, values)
            self.assertTrue(all(scale.low <= tick <= scale.high for tick in scale.ticks), values)

    def test_no_figures_are_a_page_too(self):
        table, results, page = self.run_report([])
        self.assertEqual(results['questions'], [])
        self.assertIn('limits: 0 kept, 0 missed', table)
        ElementTree.fromstring(page.removeprefix('<!DOCTYPE html>\n'))

    def test_a_browser_shows_the_plots(self):
        browser = next(filter(None, map(shutil.which, BROWSERS)), None)
        if browser is None:
            self.skipTest('no ' + ', '.join(BROWSERS))
        self.run_report(FIGURES)
        result = subprocess.run(
            [browser, '--headless', '--no-sandbox', '--disable-gpu', '--dump-dom',
             '--user-data-dir=' + self.path('profile'), 'file://' + self.path('report.html')],
            text=True, capture_output=True, timeout=100, check=True)
        self.assertEqual(result.stdout.count('<svg class="plot"'), 4)
        # Of three samples each: two sides and the ratio; of two: two sides; a value has none.
        self.assertEqual(result.stdout.count('<circle'), 13)


if __name__ == '__main__':
    unittest.main()
