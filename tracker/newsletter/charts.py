"""Charts of an edition: drawn with Altair, rendered by vl-convert, without a browser.

Colours are Okabe and Ito's (distinct for colour-blind readers), and no line is told by its colour alone. A chart is
drawn once, on white; for dark pages its colours are exchanged in the finished SVG. The same data gives the same bytes:
times are UTC, and text is set in a font that the renderer brings along.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from ..errors import SettingError
from ..files import write_atomic
from ..output import Answer
from ..prices.cohort import BENCHMARKS

_VEGA_LITE = "6.4"  # vl-convert holds several; the one that Altair 6 writes for
_FONT = "Liberation Sans"
_PNG_SCALE = 2
_PAPER, _INK, _MUTED, _GRID = "#ffffff", "#303236", "#6b6f76", "#e3e5e8"
_BLUE, _VERMILION, _GREEN, _DOT = "#0072b2", "#d55e00", "#009e73", "#9a9da3"
_DARK = {
    _PAPER: "#16181c",
    _INK: "#e8e9eb",
    _MUTED: "#a4a8af",
    _GRID: "#34373d",
    _BLUE: "#56b4e9",
    _VERMILION: "#e69f00",
    _GREEN: "#2dbd93",
    _DOT: "#777b83",
}
# a price ratio as a change, in Vega's language: 0.5 is a loss of 50%, 2 is +100%
_CHANGE = "(datum.value < 1 ? '\u2212' : datum.value > 1 ? '+' : '') + format(abs(datum.value - 1) * 100, ',d') + '%'"
_LABEL_HEIGHT, _LETTER_WIDTH = 13.0, 7.2


@dataclass(frozen=True)
class Chart:
    """A finished chart: SVG for light and for dark pages, PNG for mails (twice as many pixels as `width`)."""

    svg: bytes
    dark_svg: bytes
    png: bytes
    width: int
    height: int


def draw_price(levels: pl.DataFrame, names: Sequence[str]) -> Chart:
    """Prices over a window, each 100 at its first day.

    `levels` has series, date and level (one row a series and day); `names` are the series in the order in which they
    matter: the first is drawn solid, the others dashed.
    """
    import altair as alt

    colours, dashes = [_BLUE, _VERMILION, _GREEN], [[1, 0], [6, 3], [2, 2]]
    shown = list(names)[: len(colours)]
    rows = [
        {"series": row["series"], "date": row["date"].isoformat(), "level": round(row["level"], 3)}
        for row in levels.filter(pl.col("series").is_in(shown)).sort("series", "date").iter_rows(named=True)
    ]
    legend = alt.Legend(title=None, orient="top", symbolType="stroke", symbolSize=260, labelLimit=260, offset=4)
    days = [row["date"] for row in rows]
    span = (date.fromisoformat(max(days)) - date.fromisoformat(min(days))).days if days else 0
    ticks: Any = {"interval": "month", "step": max(1, round(span / 180))} if span > 120 else 6
    base = alt.Chart(alt.NamedData("rows"))
    lines = base.mark_line(strokeWidth=2, interpolate="linear").encode(
        x=alt.X("date:T", title=None, scale=alt.Scale(type="utc", nice=False)).axis(
            format="%b %Y" if span > 120 else "%b %-d", tickCount=ticks, labelOverlap="greedy", grid=False
        ),
        y=alt.Y("level:Q", title="Index, first day = 100", scale=alt.Scale(zero=False, nice=True)),
        color=alt.Color("series:N", scale=alt.Scale(domain=shown, range=colours[: len(shown)]), legend=legend),
        strokeDash=alt.StrokeDash("series:N", scale=alt.Scale(domain=shown, range=dashes[: len(shown)]), legend=legend),
    )
    even = alt.Chart(alt.NamedData("even")).mark_rule(color=_MUTED, strokeWidth=1).encode(y="level:Q")
    return _finish(alt.layer(even, lines).properties(width=400, height=170), rows=rows, even=[{"level": 100}])


def draw_holders(counts: Sequence[tuple[str, int]]) -> Chart:
    """Number of hedge funds that hold a stock, in each of some quarters, oldest first."""
    import altair as alt

    rows = [{"quarter": quarter, "holders": holders} for quarter, holders in counts]
    most = max((holders for _, holders in counts), default=0)
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X("quarter:O", title=None, sort=None).axis(labelAngle=0 if len(rows) < 5 else -60, ticks=False),
        y=alt.Y("holders:Q", title="Hedge funds", scale=alt.Scale(domain=[0, max(most, 1) * 1.15])).axis(
            tickMinStep=1, tickCount=4, format="d"
        ),
    )
    bars = base.mark_bar(color=_BLUE, size=min(38, 130 / max(len(rows), 1)))
    labels = base.mark_text(dy=-7, color=_INK, fontSize=12, fontWeight="bold").encode(text="holders:Q")
    return _finish(alt.layer(bars, labels).properties(width=150, height=170), rows=rows)


def draw_windows(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Chart:
    """Changes in percent over some windows of time, side by side: a bar a window and series.

    `rows` have window, series and change_pct; `names` are the series in the order in which they matter.
    """
    import altair as alt

    colours = [_BLUE, "#56b4e9", _VERMILION, _GREEN, "#cc79a7", "#e69f00", _DOT]
    shown = list(names)[: len(colours)]
    told = [{**row, "change_pct": round(row["change_pct"], 4)} for row in rows if row["series"] in shown]
    legend = alt.Legend(title=None, orient="top", symbolType="square", labelLimit=260, offset=4)
    bars = (
        alt.Chart(alt.NamedData("rows"))
        .mark_bar()
        .encode(
            x=alt.X("window:O", title=None, sort=None).axis(labelAngle=0, ticks=False),
            xOffset=alt.XOffset("series:N", sort=shown),
            y=alt.Y("change_pct:Q", title="Change in percent"),
            color=alt.Color("series:N", scale=alt.Scale(domain=shown, range=colours[: len(shown)]), legend=legend),
        )
    )
    even = alt.Chart(alt.NamedData("even")).mark_rule(color=_MUTED, strokeWidth=1).encode(y="level:Q")
    return _finish(alt.layer(bars, even).properties(width=620, height=260), rows=told, even=[{"level": 0}])


def save_windows(answer: Answer, path: Path) -> None:
    """Draw the windows of what `market.survey` answers to `path`, whole or not at all: .svg or .png, by its name.

    Raises SettingError for another ending.
    """
    names = {"cap_weighted_pct": "Cap-weighted", "median_pct": "Median"}
    names |= {column.key: column.heading for column in answer.columns if column.key in BENCHMARKS}
    rows = [
        {"window": row["line"], "series": name, "change_pct": row[key]}
        for row in answer.rows
        if row["sector"] is None
        for key, name in names.items()
        if row.get(key) is not None
    ]
    kind = path.suffix.lower()
    if kind not in (".svg", ".png"):
        raise SettingError(f"--chart {path} ends in neither .svg nor .png")
    chart = draw_windows(rows, list(names.values()))
    write_atomic(path, chart.svg if kind == ".svg" else chart.png)


def draw_band(rows: Sequence[Mapping[str, Any]], listed: Sequence[str]) -> Chart:
    """Performance against number of holders: a dot a stock of the band, those `listed` (tickers) with their names.

    `rows` have ticker, holders and return_pct (percent). The axis is that of the price ratio, so that a doubling and a
    halving are as far from the middle.
    """
    import altair as alt

    width, height = 620, 340
    ratios = [max(1 + row["return_pct"] / 100, 0.01) for row in rows]
    low, high = min([*ratios, 0.8]) / 1.12, max([*ratios, 1.25]) * 1.12
    ticks = [tick for tick in (0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64) if low <= tick <= high]
    most = max([row["holders"] for row in rows], default=1)
    right = most + max(1.0, most * 0.12)
    dots = [
        {"ticker": row["ticker"], "holders": row["holders"], "ratio": round(ratio, 4), "on": row["ticker"] in listed}
        for row, ratio in zip(rows, ratios, strict=True)
    ]
    span = math.log(high / low)
    spots = {
        dot["ticker"]: (dot["holders"] / right * width, math.log(high / dot["ratio"]) / span * height) for dot in dots
    }
    labels = [
        {"ticker": name, "holders": x / width * right, "ratio": round(high / math.exp(y / height * span), 4)}
        for name, (x, y) in _labels(spots, listed).items()
    ]
    x = alt.X("holders:Q", title="Hedge funds that hold it", scale=alt.Scale(domain=[0, right], nice=False)).axis(
        tickMinStep=1, format="d", grid=False, labelFlush=False
    )
    y = alt.Y("ratio:Q", title="Performance", scale=alt.Scale(type="log", domain=[low, high], nice=False)).axis(
        values=ticks,
        labelExpr=_CHANGE,
    )
    others, chosen, named = (alt.Chart(alt.NamedData(name)) for name in ("others", "chosen", "labels"))
    even = alt.Chart(alt.NamedData("even")).mark_rule(color=_MUTED, strokeWidth=1)
    layers = alt.layer(
        even.encode(y="ratio:Q"),
        others.mark_circle(size=34, color=_DOT, opacity=0.75).encode(x=x, y=y),
        chosen.mark_point(size=60, shape="diamond", filled=True, color=_BLUE, opacity=1).encode(x=x, y=y),
        named.mark_text(align="left", baseline="middle", fontSize=11, color=_INK).encode(x=x, y=y, text="ticker:N"),
    )
    return _finish(
        layers.properties(width=width, height=height),
        others=[dot for dot in dots if not dot["on"]],
        chosen=[dot for dot in dots if dot["on"]],
        labels=labels,
        even=[{"ratio": 1}],
    )


def _labels(spots: Mapping[str, tuple[float, float]], wanted: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Where each label begins, in pixels: beside its dot, as near as leaves room for the labels and dots before it."""
    taken = [(x - 5, y - 5, x + 5, y + 5) for name, (x, y) in spots.items() if name in wanted]
    placed: dict[str, tuple[float, float]] = {}
    for name in sorted(set(wanted) & set(spots), key=lambda one: (spots[one][1], spots[one][0], one)):
        x, y = spots[name]
        wide = len(name) * _LETTER_WIDTH
        tries = [(side, shift) for shift in (0, -10, 10, -18, 18, -28, 28) for side in (x + 8, x - 8 - wide)]
        options = [(left, y + shift) for left, shift in tries if left >= 2]
        best = min(options, key=lambda at: sum(_overlap(_box(at, wide), box) for box in taken))
        placed[name] = best
        taken.append(_box(best, wide))
    return placed


def _box(at: tuple[float, float], wide: float) -> tuple[float, float, float, float]:
    """The room of a label that begins at a point, centred on it in height."""
    return at[0], at[1] - _LABEL_HEIGHT / 2, at[0] + wide, at[1] + _LABEL_HEIGHT / 2


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> float:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return max(across, 0) * max(down, 0)


def _finish(chart: Any, **data: Sequence[Mapping[str, Any]]) -> Chart:
    """Style and render a chart over the named `data`: given here, as Altair copies and checks what it is given."""
    import vl_convert

    axis: dict[str, Any] = {
        "labelColor": _MUTED,
        "titleColor": _MUTED,
        "gridColor": _GRID,
        "domainColor": _MUTED,
        "tickColor": _MUTED,
    }
    axis |= {"labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal"}
    styled = (
        chart.configure(background=_PAPER, font=_FONT, padding=6)
        .configure_axis(**axis)
        .configure_view(stroke=None)
        .configure_legend(labelColor=_INK, labelFontSize=12, labelFont=_FONT)
    )
    drawing = {**styled.to_dict(), "datasets": data}
    svg = vl_convert.vegalite_to_svg(drawing, vl_version=_VEGA_LITE)
    dark = svg
    for light, other in _DARK.items():
        dark = dark.replace(light, other)
    png = vl_convert.svg_to_png(svg, scale=_PNG_SCALE)
    width, height = (int(png[at : at + 4].hex(), 16) // _PNG_SCALE for at in (16, 20))
    return Chart(svg.encode(), dark.encode(), png, width, height)
