"""Charts as a piece of SVG inside a page: as wide as the page lets them be, with text that stays readable.

Widths are percentages and heights pixels, so nothing has to be drawn again for a phone. Colours come from the style
sheet (classes `line`, `area`, `bar`, `pale`, `grid`), which knows dark pages; there is no style and no script inside.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

from ..output import money

_HEIGHT, _TOP, _BOTTOM = 220, 18, 24  # pixels: of the whole, above and below what is drawn
_PLOT = _HEIGHT - _TOP - _BOTTOM
_MOST_LABELS = 5  # below a chart: what a narrow phone has room for
_MOST_POINTS = 500
_SPAN = 1000  # width of the lines' own coordinates
_SVG = Markup(
    '<svg class="chart" width="100%" height="{height}" role="img" aria-label="{label}">'
    "<title>{label}</title>{inside}</svg>"
)
_GRID = Markup('<line class="grid" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>')
_GRID_LABEL = Markup('<text class="axis" x="0" y="{y:.1f}">{text}</text>')
_BELOW = Markup('<text class="axis" x="{x:.2f}%" y="{y}" text-anchor="{anchor}">{text}</text>')
_LINE = Markup(
    '<svg x="0" y="{top}" width="100%" height="{plot}" viewBox="0 0 {span} {plot}" preserveAspectRatio="none">'
    '<path class="area" d="{area}"/><path class="line" d="{path}"/></svg>'
)
_BAR = Markup('<rect class="{kind}" x="{x:.2f}%" width="{width:.2f}%" y="{y:.1f}" height="{height:.1f}"/>')
_ON_BAR = Markup('<text class="figure" x="{x:.2f}%" y="{y:.1f}" text-anchor="middle">{text}</text>')


def draw_line(points: Sequence[tuple[date, float]], label: str) -> Markup:
    """A line through (day, level), oldest first, with dollars on the left and days below; empty without two points.

    `label` says what it shows to those who do not see it.
    """
    known = [(day, level) for day, level in points if math.isfinite(level)]
    if len(known) < 2 or known[0][0] == known[-1][0]:
        return Markup("")
    step = -(-len(known) // _MOST_POINTS)
    shown = [*known[:-1:step], known[-1]]
    ticks = _ticks(min(level for _, level in known), max(level for _, level in known))
    low, high = ticks[0], ticks[-1]
    first, days = shown[0][0], (shown[-1][0] - shown[0][0]).days
    at = [((day - first).days / days * _SPAN, (high - level) / (high - low) * _PLOT) for day, level in shown]
    path = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in at)
    area = f"{path} L{_SPAN} {_PLOT} L0 {_PLOT} Z"
    line = _LINE.format(top=_TOP, plot=_PLOT, span=_SPAN, area=area, path=path)
    written = [_price(tick, ticks[1] - ticks[0]) for tick in ticks]
    rules, texts = _grid(ticks, low, high, written)
    return _finish([rules, line, texts, _days(first, days)], label)


def draw_bars(bars: Sequence[tuple[str, float | None, float]], label: str, *, in_dollars: bool = False) -> Markup:
    """A bar for each (name, value, awaited), oldest first, with its figure; what is awaited stands on it, pale.

    A value of None has no bar: it is not known, which is not 0. Empty without any value.
    """
    if not any(value is not None for _, value, _ in bars):
        return Markup("")
    most = max((value or 0) + awaited for _, value, awaited in bars) or 1.0
    slot = 100 / len(bars)
    width = min(slot * 0.7, 12.0)
    parts: list[Markup] = [Markup('<line class="grid" x1="0" x2="100%" y1="{0}" y2="{0}"/>').format(_TOP + _PLOT)]
    every, with_figures = -(-len(bars) // _MOST_LABELS), len(bars) <= 2 * _MOST_LABELS
    for number, (name, value, awaited) in enumerate(bars):
        middle = (number + 0.5) * slot
        below = float(_TOP + _PLOT)
        for kind, size in (("bar", value or 0), ("pale", awaited if value is not None else 0)):
            height = size / most * (_PLOT - 6)
            below -= height
            if height > 0:
                parts.append(_BAR.format(kind=kind, x=middle - width / 2, width=width, y=below, height=height))
        is_named = (len(bars) - 1 - number) % every == 0
        if is_named:
            parts.append(_BELOW.format(x=middle, y=_HEIGHT - 7, anchor="middle", text=name))
        if value is not None and (with_figures or is_named):
            text = _short_money(value) if in_dollars else f"{value:,.0f}"
            parts.append(_ON_BAR.format(x=middle, y=below - 5, text=text))
    return _finish(parts, label)


def _finish(parts: Sequence[Markup], label: str) -> Markup:
    return _SVG.format(height=_HEIGHT, label=label, inside=Markup("").join(parts))


def _grid(ticks: Sequence[float], low: float, high: float, written: Sequence[str]) -> tuple[Markup, Markup]:
    """The rules, and what is written on them."""
    heights = [_TOP + (high - tick) / (high - low) * _PLOT for tick in ticks]
    texts = [_GRID_LABEL.format(y=y - 3, text=text) for y, text in zip(heights, written, strict=True)]
    return Markup("").join(_GRID.format(y=y) for y in heights), Markup("").join(texts)


def _days(first: date, days: int) -> Markup:
    """Up to five days below a chart, the first and the last at its ends."""
    count = min(_MOST_LABELS, days + 1)
    parts = []
    for number in range(count):
        share = number / (count - 1)
        day = date.fromordinal(first.toordinal() + round(share * days))
        anchor = "start" if number == 0 else "end" if number == count - 1 else "middle"
        text = f"{day:%b} {day.year}" if days > 150 else f"{day:%b} {day.day}"
        parts.append(_BELOW.format(x=share * 100, y=_HEIGHT - 7, anchor=anchor, text=text))
    return Markup("").join(parts)


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers that span the two."""
    span = high - low or abs(high) or 1.0
    rough = span / 3
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * size for factor in (1, 2, 2.5, 5, 10) if factor * size >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def _price(value: float, step: float) -> str:
    decimals = 0 if step >= 1 and float(step).is_integer() else min(max(2, -math.floor(math.log10(step))), 6)
    return f"${value:,.{decimals}f}"


def _short_money(value: float) -> str:
    """Dollars for a bar: `$64.5B`, at most four figures."""
    text = money(value)
    if not text[-1:].isalpha():
        return text
    figures = float(text[1:-1].replace(",", ""))
    return f"${figures:,.0f}{text[-1]}" if figures >= 100 else f"${figures:,.1f}{text[-1]}"
