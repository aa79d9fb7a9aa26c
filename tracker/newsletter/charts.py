"""Charts of an edition and of the market: drawn with Altair, rendered by vl-convert, without a browser.

The same data gives the same bytes: times are UTC, and the renderer brings the font along.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from ..errors import SettingError
from ..files import chosen_file, write_atomic
from ..output import Answer
from ..prices.cohort import BENCHMARKS
from .chart_style import BLUE, DOT, GREEN, INK, MUTED, ORANGE, PINK, SKY, VERMILION, Chart, finish, place_labels
from .sparklines import is_logarithmic

__all__ = ["Chart", "draw_band", "draw_holders", "draw_price", "draw_windows", "save_windows"]

# a price ratio as a return, in Vega's expression language: 0.5 is a loss of 50%, 2 a gain of 100%
_CHANGE = "(datum.value < 1 ? '\u2212' : datum.value > 1 ? '+' : '') + format(abs(datum.value - 1) * 100, ',d') + '%'"


def draw_price(levels: pl.DataFrame, names: Sequence[str]) -> Chart:
    """Prices over a window, each indexed to 100 on its first day.

    `levels` has series, date and level, one row per series and day; `names` are the series, the most important first:
    it is drawn solid, the others dashed. The axis is logarithmic if its highest price is five times its lowest.
    """
    import altair as alt

    colours, dashes = [BLUE, VERMILION, GREEN], [[1, 0], [6, 3], [2, 2]]
    shown = list(names)[: len(colours)]
    rows = [
        {"series": row["series"], "date": row["date"].isoformat(), "level": round(row["level"], 3)}
        for row in levels.filter(pl.col("series").is_in(shown)).sort("series", "date").iter_rows(named=True)
    ]
    legend = alt.Legend(title=None, orient="top", symbolType="stroke", symbolSize=260, labelLimit=260, offset=4)
    days = [row["date"] for row in rows]
    span = (date.fromisoformat(max(days)) - date.fromisoformat(min(days))).days if days else 0
    ticks: Any = {"interval": "month", "step": max(1, round(span / 180))} if span > 120 else 6
    y = alt.Y("level:Q", title="Index, first day = 100", scale=alt.Scale(zero=False, nice=True))
    heights = [row["level"] for row in rows]
    if is_logarithmic([row["level"] for row in rows if row["series"] in shown[:1]]) and min(heights) > 0:
        domain = [min(heights) / 1.08, max(heights) * 1.08]
        ticks_at = [step * 10**power for power in range(-3, 7) for step in (1, 2, 5)]
        y = alt.Y("level:Q", title="Index, first day = 100, log scale").scale(type="log", domain=domain, nice=False)
        y = y.axis(values=[tick for tick in ticks_at if domain[0] <= tick <= domain[1]], format=",~g")
    base = alt.Chart(alt.NamedData("rows"))
    lines = base.mark_line(strokeWidth=2, interpolate="linear").encode(
        x=alt.X("date:T", title=None, scale=alt.Scale(type="utc", nice=False)).axis(
            format="%b %Y" if span > 120 else "%b %-d", tickCount=ticks, labelOverlap="greedy", grid=False
        ),
        y=y,
        color=alt.Color("series:N", scale=alt.Scale(domain=shown, range=colours[: len(shown)]), legend=legend),
        strokeDash=alt.StrokeDash("series:N", scale=alt.Scale(domain=shown, range=dashes[: len(shown)]), legend=legend),
    )
    even = alt.Chart(alt.NamedData("even")).mark_rule(color=MUTED, strokeWidth=1).encode(y="level:Q")
    return finish(alt.layer(even, lines).properties(width=400, height=170), rows=rows, even=[{"level": 100}])


def draw_holders(counts: Sequence[tuple[str, int, int]]) -> Chart:
    """Number of hedge funds that hold a stock, by quarter; `counts` are (quarter, holders, awaited), oldest first.

    The awaited of an open quarter stand on its bar, pale and without a number: the bar is not a fall.
    """
    import altair as alt

    rows = [{"quarter": quarter, "holders": holders} for quarter, holders, _ in counts]
    pale = [
        {"quarter": quarter, "holders": holders, "carried": holders + awaited}
        for quarter, holders, awaited in counts
        if awaited
    ]
    most = max((holders + awaited for _, holders, awaited in counts), default=0)
    ticks = list(range(0, most + 1, max(1, math.ceil(most / 5)))) if most else [0, 1]  # Vega's own may be halves
    size = min(38, 130 / max(len(rows), 1))
    x = alt.X("quarter:O", title=None, sort=[quarter for quarter, _, _ in counts])
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=x.axis(labelAngle=0 if len(rows) < 5 else -60, ticks=False),
        y=alt.Y("holders:Q", title="Hedge funds", scale=alt.Scale(domain=[0, max(most, 1) * 1.15])).axis(
            values=ticks, format="d"
        ),
    )
    bars = base.mark_bar(color=BLUE, size=size)
    carried = alt.Chart(alt.NamedData("pale")).mark_bar(color=DOT, opacity=0.5, size=size)
    carried = carried.encode(x=x, y=alt.Y("holders:Q", title="Hedge funds"), y2="carried:Q")
    labels = base.mark_text(dy=-7, color=INK, fontSize=12, fontWeight="bold").encode(text="holders:Q")
    if not pale:
        return finish(alt.layer(bars, labels).properties(width=150, height=170), rows=rows)
    return finish(alt.layer(bars, carried, labels).properties(width=150, height=170), rows=rows, pale=pale)


def draw_windows(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Chart:
    """Returns in percent over several windows of time, side by side: one bar per window and series.

    `rows` have window, series and change_pct; `names` are the series, the most important first.
    """
    import altair as alt

    colours = [BLUE, SKY, VERMILION, GREEN, PINK, ORANGE, DOT]
    shown = list(names)[: len(colours)]
    bar_rows = [{**row, "change_pct": round(row["change_pct"], 4)} for row in rows if row["series"] in shown]
    legend = alt.Legend(title=None, orient="top", symbolType="square", labelLimit=260, offset=4)
    bars = (
        alt.Chart(alt.NamedData("rows"))
        .mark_bar()
        .encode(
            x=alt.X("window:O", title=None, sort=None).axis(labelAngle=0, ticks=False),
            xOffset=alt.XOffset("series:N", sort=shown),
            y=alt.Y("change_pct:Q", title="Return in percent"),
            color=alt.Color("series:N", scale=alt.Scale(domain=shown, range=colours[: len(shown)]), legend=legend),
        )
    )
    even = alt.Chart(alt.NamedData("even")).mark_rule(color=MUTED, strokeWidth=1).encode(y="level:Q")
    return finish(alt.layer(bars, even).properties(width=620, height=260), rows=bar_rows, even=[{"level": 0}])


def save_windows(answer: Answer, path: Path) -> None:
    """Draw the windows of an answer of `reports.market.survey` to `path` (.svg or .png), all or nothing.

    Raises SettingError for another suffix, and for a path that cannot be written.
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
        raise SettingError(f"--chart {path} ends in neither .svg nor .png; name a file that does")
    chart = draw_windows(rows, list(names.values()))
    with chosen_file(path, f"--chart {path}") as chosen:
        write_atomic(chosen, chart.svg if kind == ".svg" else chart.png)


def draw_band(rows: Sequence[Mapping[str, Any]], listed: Sequence[str]) -> Chart:
    """Performance against number of holders: one dot per stock of the band, those `listed` (tickers) are labelled.

    `rows` have ticker, holders and return_pct (percent). The axis is logarithmic in the price ratio, so a doubling and
    a halving are equally far from the middle.
    """
    import altair as alt

    width, height = 620, 340
    ratios = [max(1 + row["return_pct"] / 100, 0.01) for row in rows]
    low, high = min([*ratios, 0.8]) / 1.12, max([*ratios, 1.25]) * 1.12
    ticks = [tick for tick in (0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64) if low <= tick <= high]
    most = max([row["holders"] for row in rows], default=1)
    right = most + max(1.0, most * 0.12)
    dots = [
        {
            "ticker": row["ticker"],
            "holders": row["holders"],
            "ratio": round(ratio, 4),
            "listed": row["ticker"] in listed,
        }
        for row, ratio in zip(rows, ratios, strict=True)
    ]
    span = math.log(high / low)
    spots = {
        dot["ticker"]: (dot["holders"] / right * width, math.log(high / dot["ratio"]) / span * height) for dot in dots
    }
    labels = [
        {"ticker": name, "holders": x / width * right, "ratio": round(high / math.exp(y / height * span), 4)}
        for name, (x, y) in place_labels(spots, listed).items()
    ]
    x = alt.X("holders:Q", title="Hedge fund holders", scale=alt.Scale(domain=[0, right], nice=False)).axis(
        tickMinStep=1, format="d", grid=False, labelFlush=False
    )
    y = alt.Y("ratio:Q", title="Performance", scale=alt.Scale(type="log", domain=[low, high], nice=False)).axis(
        values=ticks,
        labelExpr=_CHANGE,
    )
    others, chosen, named = (alt.Chart(alt.NamedData(name)) for name in ("others", "chosen", "labels"))
    even = alt.Chart(alt.NamedData("even")).mark_rule(color=MUTED, strokeWidth=1)
    layers = alt.layer(
        even.encode(y="ratio:Q"),
        others.mark_circle(size=34, color=DOT, opacity=0.75).encode(x=x, y=y),
        chosen.mark_point(size=60, shape="diamond", filled=True, color=BLUE, opacity=1).encode(x=x, y=y),
        named.mark_text(align="left", baseline="middle", fontSize=11, color=INK).encode(x=x, y=y, text="ticker:N"),
    )
    return finish(
        layers.properties(width=width, height=height),
        others=[dot for dot in dots if not dot["listed"]],
        chosen=[dot for dot in dots if dot["listed"]],
        labels=labels,
        even=[{"ratio": 1}],
    )
