# SPDX-License-Identifier: BSD-3-Clause
"""Plots of samples as inline SVG.

Places across are in percent of the width, sizes in pixels: a plot takes the width of its page, and
its letters stay as large as the page's. So there is no viewBox.
"""
import html
import math

LEFT, RIGHT = 1.5, 98.5   # percent: where the scale begins and ends, so that marks are whole
LOG_FROM = 20             # times between the ends from which on the scale is logarithmic
ROW = 44                  # pixels: a line of text, and the strip of samples below it
AXIS = 24
TICKS_MAX = 5


class Row:
    """A strip of samples, or of a single value."""

    def __init__(self, name, samples, text):
        self.name = name
        self.samples = samples
        self.text = text          # what stands for the median in words
        self.median = None
        self.interval = None      # (low, high) of the median
        self.limit = None
        self.is_ours = False
        self.is_missed = False

    def values(self):
        return self.samples + [value for value in (self.median, self.limit) if value is not None]


def nice_steps(top):
    """Ticks of a scale from 0 on, by 1, 2 or 5 times a power of ten."""
    power = 10 ** math.floor(math.log10(top / TICKS_MAX))
    step = next(factor * power for factor in (1, 2, 5, 10) if top / (factor * power) <= TICKS_MAX)
    return [index * step for index in range(int(top / step + 1e-9) + 1)]


def log_steps(low, high):
    """Ticks of a logarithmic scale: powers of ten, and what divides them where those are few."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1, 2, 5), (1, 3), (1,)):
        ticks = [factor * 10.0 ** power for power in powers for factor in factors
                 if low <= factor * 10.0 ** power <= high]
        if len(ticks) <= TICKS_MAX:
            return ticks
    return ticks[::math.ceil(len(ticks) / TICKS_MAX)]


class Scale:
    def __init__(self, values):
        positive = [value for value in values if value > 0]
        low, high = (min(positive), max(positive)) if positive else (0, 1)
        self.is_log = low > 0 and len(positive) == len(values) and high / low > LOG_FROM
        if self.is_log:
            self.low, self.high = low / 1.15, high * 1.15
            self.ticks = log_steps(self.low, self.high)
        else:
            self.low, self.high = 0, high * 1.05
            self.ticks = nice_steps(self.high)

    def place(self, value):
        """In percent of the width."""
        if self.is_log:
            part = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            part = (value - self.low) / (self.high - self.low)
        return round(LEFT + (RIGHT - LEFT) * part, 2)


def tick_text(value):
    return f'{value:,.10g}'


def line(place, top, bottom, kind):
    return f'<line class="{kind}" x1="{place}%" x2="{place}%" y1="{top}" y2="{bottom}"/>'


def axis(scale, height):
    """Lines at the ticks behind everything, and their numbers below."""
    parts = []
    for tick in scale.ticks:
        place = scale.place(tick)
        anchor = 'start' if place < 6 else 'end' if place > 94 else 'middle'
        parts.append(line(place, 0, height - AXIS + 4, 'grid'))
        parts.append(f'<text class="tick" x="{place}%" y="{height - 6}" text-anchor="{anchor}">'
                     f'{tick_text(tick)}</text>')
    return parts


def strip(row, scale, top):
    """The samples above and below the middle by turns, so that equal ones can be told apart."""
    kind = 'ours' if row.is_ours else 'other'
    middle = top + 27
    parts = [f'<text class="name" x="0" y="{top + 14}">{html.escape(row.name)}</text>',
             f'<text class="median" x="100%" y="{top + 14}" text-anchor="end">'
             f'{html.escape(row.text)}</text>']
    for index, value in enumerate(row.samples):
        parts.append(f'<circle class="{kind}" cx="{scale.place(value)}%" '
                     f'cy="{middle + (index % 5 - 2) * 2}" r="2.5"/>')
    if row.interval is not None:
        low, high = (scale.place(value) for value in row.interval)
        parts.append(f'<line class="interval {kind}" x1="{low}%" x2="{high}%" '
                     f'y1="{middle}" y2="{middle}"/>')
    if row.median is not None:
        parts.append(line(scale.place(row.median), middle - 9, middle + 9, f'mark {kind}'))
    if row.limit is not None:
        parts.append(line(scale.place(row.limit), middle - 11, middle + 11, 'limit'))
    return parts


def plot(rows, unit, reference=None):
    """The rows one below the other over one scale."""
    values = [value for row in rows for value in row.values()]
    values += [] if reference is None else [reference]
    scale = Scale(values)
    height = ROW * len(rows) + AXIS
    caption = unit + (', logarithmic' if scale.is_log else '')
    parts = [f'<svg class="plot" width="100%" height="{height}" role="img" '
             f'aria-label="{html.escape(caption, quote=True)}">']
    parts += axis(scale, height)
    if reference is not None:
        parts.append(line(scale.place(reference), 0, height - AXIS + 4, 'reference'))
    for index, row in enumerate(rows):
        parts += strip(row, scale, index * ROW)
    parts.append('</svg>')
    return (f'<figure><figcaption>{html.escape(caption)}</figcaption>' + '\n'.join(parts) +
            '</figure>')
