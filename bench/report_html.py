# SPDX-License-Identifier: BSD-3-Clause
"""The page of a run of the benchmarks: head, limits that were missed, and each question with its
plots and table. It needs nothing from elsewhere, and is XML as well as HTML."""
import html

import report_plot
import report_text

STYLE = '''
:root { color-scheme: light dark; --page: #fcfcfa; --text: #22252a; --soft: #5c636e;
  --line: #dcdfe4; --ours: #1f5fbf; --other: #8a9099; --limit: #b3261e; --good: #23703c;
  --note: #fff4d6; }
@media (prefers-color-scheme: dark) {
  :root { --page: #15171b; --text: #e4e6ea; --soft: #9fa6b2; --line: #343943; --ours: #7fb0ff;
    --other: #868d99; --limit: #ff8a7d; --good: #7fd39a; --note: #3a3115; } }
body { margin: 0 auto; max-width: 54rem; padding: 1rem; background: var(--page);
  color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: .5rem 0; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .2rem; }
p { margin: .5rem 0; }
.soft, figcaption { color: var(--soft); font-size: .85rem; }
.note { background: var(--note); padding: .5rem .8rem; border-radius: 4px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; font-size: .9rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 1rem 0; }
.plot { display: block; overflow: visible; }
.plot text { fill: var(--text); font-size: 12px; }
.plot .tick { fill: var(--soft); font-size: 11px; }
.plot .name, .plot .median { paint-order: stroke; stroke: var(--page); stroke-width: 4px; }
.plot .median { font-variant-numeric: tabular-nums; font-weight: 600; }
.grid { stroke: var(--line); stroke-width: 1; }
.reference { stroke: var(--soft); stroke-width: 1.5; }
circle { fill-opacity: .45; }
circle.ours { fill: var(--ours); }
circle.other { fill: var(--other); }
.mark { stroke-width: 3; }
.interval { stroke-width: 5; stroke-opacity: .6; }
.mark.ours, .interval.ours { stroke: var(--ours); }
.mark.other, .interval.other { stroke: var(--other); }
.limit { stroke: var(--limit); stroke-width: 2; stroke-dasharray: 4 3; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; }
th, td { text-align: right; padding: .25rem .5rem; border-bottom: 1px solid var(--line);
  font-variant-numeric: tabular-nums; }
th { color: var(--soft); font-weight: 500; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
td { white-space: nowrap; }
td:first-child { white-space: normal; min-width: 9rem; }
@media (max-width: 34rem) {
  table { font-size: .75rem; }
  th, td { padding: .25rem .2rem; }
  td { white-space: normal; }
  td:first-child { min-width: 6rem; } }
.ok { color: var(--good); }
.missed { color: var(--limit); font-weight: 600; }
a { color: var(--ours); }
'''

LEGEND = '''Dots are samples, the upright bar is their median, the dashed line a limit. What is
compared was measured in turn, sample by sample. A ratio is that of such pairs: its thick bar is
where the median lies with a confidence of 95 %. A ratio below 1 says that ours takes less.'''


def escape(text):
    return html.escape(text, quote=True)


def anchor(question):
    return f"q-{question['program']}-" + ''.join(
        letter if letter.isalnum() else '-' for letter in question['title'].lower())


def median_text(figure):
    return (report_text.number(report_text.summary_of(figure).get('median')) + ' ' +
            figure.get('unit', '')).strip()


def row_of(figure):
    summary = report_text.summary_of(figure)
    row = report_plot.Row(figure['name'], figure.get('samples', []), median_text(figure))
    row.median = summary['median']
    if 'kept' in figure:
        set_limit(row, figure)
    if 'ratio' in figure:
        row.interval = summary['low'], summary['high']
        row.is_ours = True
    return row


def set_limit(row, figure):
    row.limit = figure['limit']
    row.is_missed = not figure['kept']


def side_plots(figures):
    """One plot for each unit. A limit on a side that has its row is drawn there."""
    ours = {figure['ratio']['of'] for figure in figures if 'ratio' in figure}
    units = {}
    for figure in figures:
        if 'ratio' in figure or figure.get('median') is None:
            continue
        rows = units.setdefault(figure.get('unit', ''), [])
        twins = [row for row in rows if figure.get('samples') and row.samples == figure['samples']]
        if figure['kind'] == 'limit' and twins:
            set_limit(twins[0], figure)
            continue
        row = row_of(figure)
        row.is_ours = figure['name'] in ours or figure['kind'] in ('limit', 'value')
        rows.append(row)
    return ''.join(report_plot.plot(rows, unit or 'number') for unit, rows in units.items())


def ratio_plot(figures):
    rows = [row_of(figure) for figure in figures
            if 'ratio' in figure and figure['ratio']['median'] is not None]
    return report_plot.plot(rows, 'times', reference=1) if rows else ''


def table(figures):
    lines = []
    for figure in figures:
        verdict = report_text.verdict_text(figure)
        cells = [median_text(figure), report_text.spread_text(figure),
                 report_text.limit_text(figure)]
        lines.append(f"<tr><td>{escape(figure['name'])}</td>" +
                     ''.join(f'<td>{escape(cell)}</td>' for cell in cells) +
                     f'<td class="{verdict.lower()}">{verdict}</td></tr>')
    heads = ''.join(f'<th>{head}</th>'
                    for head in ('figure', 'median', 'spread, or interval', 'limit', ''))
    return (f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>' +
            '\n'.join(lines) + '</tbody></table></div>')


def section(question):
    figures = question['figures']
    return (f'<section id="{anchor(question)}"><h2>{escape(question["title"])}</h2>'
            f'<p class="soft">{escape(question["program"])}</p>' + side_plots(figures) +
            ratio_plot(figures) + table(figures) + '</section>')


def machine_list(results):
    names = {'rival': 'compared with'}
    return '<dl>' + ''.join(
        f"<dt>{escape(names.get(item['name'], item['name']))}</dt><dd>{escape(item['value'])}</dd>"
        for item in results['machine']) + '</dl>'


def warnings(results):
    parts = []
    if results['quick']:
        parts.append('Few samples: these figures are not to be quoted.')
    parts += [f"{program['name']} ended with {program['status']}: what it measured is not whole."
              for program in results['programs'] if program['failed']]
    parts += results['notes']
    return ''.join(f'<p class="note">{escape(part)}</p>' for part in parts)


def verdicts(results):
    kept = results['limits'] - results['missed']
    lines = [f'<li><a href="#{anchor(question)}">{escape(question["title"])}</a>: '
             f'{escape(figure["name"])}, {escape(median_text(figure))}, limit '
             f'{escape(report_text.limit_text(figure))}</li>'
             for question in results['questions'] for figure in question['figures']
             if figure.get('kept') is False]
    text = f'<p>Of {results["limits"]} limits {kept} were kept, {results["missed"]} missed'
    return text + (':</p><ul>' + ''.join(lines) + '</ul>' if lines else '.</p>')


def contents(results):
    return '<details><summary>All questions</summary><ul>' + ''.join(
        f'<li><a href="#{anchor(question)}">{escape(question["title"])}</a></li>'
        for question in results['questions']) + '</ul></details>'


def page(results):
    return ('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>'
            '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
            f'<title>What Spindle costs</title><style>{STYLE}</style></head><body>'
            '<h1>What Spindle costs</h1>' + machine_list(results) + warnings(results) +
            verdicts(results) + f'<p class="soft">{LEGEND}</p>' +
            (contents(results) if results['questions'] else '') +
            '\n'.join(section(question) for question in results['questions']) +
            '</body></html>\n')
