# SPDX-License-Identifier: BSD-3-Clause
"""Figures of the benchmarks in words."""


def summary_of(figure):
    """Median and ends, wherever the figure has them."""
    return figure.get('ratio', figure)


def number(value):
    """About four digits."""
    if value is None:
        return 'not measured'
    magnitude = abs(value)
    decimals = 0 if magnitude >= 1000 else 1 if magnitude >= 100 else 2 if magnitude >= 10 else 3
    text = f'{value:.{decimals}f}'
    return text.rstrip('0').rstrip('.') if '.' in text else text


def spread_text(figure):
    summary = summary_of(figure)
    low, high = summary.get('low'), summary.get('high')
    return '' if low is None or low == high else f'{number(low)} to {number(high)}'


def limit_text(figure):
    return f"{figure['sense']} {number(figure['limit'])}" if 'kept' in figure else ''


def verdict_text(figure):
    return '' if 'kept' not in figure else 'ok' if figure['kept'] else 'MISSED'
