"""Charts of a strategy: growth beside benchmarks and luck, drawdowns, and a heat map by quarter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from ..quarters import Quarter
from .chart_style import BLUE, DOT, GREEN, INK, MUTED, ORANGE, PINK, VERMILION, Chart, finish
from .strategy_paths import START_USD

PORTFOLIO, BAND = "Portfolio", "All of the band alike"
_SERIES = {"growth_usd": PORTFOLIO, "band_usd": BAND, "iwc_usd": "IWC", "iwm_usd": "IWM", "spy_usd": "SPY"}
_COLOURS = [BLUE, VERMILION, GREEN, PINK, ORANGE]
_DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 2]]
_DAYS_DRAWN = 1200  # more than a chart has pixels
_WIDTH = 520
_FONT_SIZE = 13  # a narrow screen shows it at two thirds
_LOGARITHMIC_FROM = 4.0  # the most by the least
_DEEP_PCT = 30.0  # a quarter's change from which a cell is no darker
_DOLLARS = "datum.value >= 1e6 ? format(datum.value / 1e6, '$,.3~f') + 'M' : format(datum.value, '$,.0f')"


def draw_growth(paths: pl.DataFrame) -> Chart:
    """What START_USD became, day by day, beside the benchmarks; random portfolios as two bands, their middle a line.

    `paths` as `strategy_paths.daily_paths` makes them: what is null throughout is left out.
    """
    import altair as alt

    known = _thinned(paths)
    shown = [name for name in _SERIES if known[name].is_not_null().any()]
    lines = [
        {"series": _SERIES[name], "date": day.isoformat(), "usd": round(usd, 2)}
        for name in shown
        for day, usd in known.select("date", name).drop_nulls().iter_rows()
    ]
    random = known.select("date", pl.selectors.starts_with("random_")).drop_nulls()
    bands = [{name: _plain(value) for name, value in row.items()} for row in random.iter_rows(named=True)]
    every = [row["usd"] for row in lines] + [row[name] for row in bands for name in ("random_p5_usd", "random_p95_usd")]
    is_wide = min(every) > 0 and max(every) / min(every) >= _LOGARITHMIC_FROM
    scale = alt.Scale(type="log" if is_wide else "linear", zero=False, nice=True)
    title = f"Growth of ${START_USD:,.0f}"
    x, y = _days(paths), alt.Y("usd:Q", title=title, scale=scale)
    y = y.axis(labelExpr=_DOLLARS, labelFontSize=_FONT_SIZE, titleFontSize=_FONT_SIZE)
    names = [_SERIES[name] for name in shown]
    legend = _legend()
    colours, dashes = (alt.Scale(domain=names, range=each[: len(names)]) for each in (_COLOURS, _DASHES))
    strokes = (
        alt.Chart(alt.NamedData("lines"))
        .mark_line(strokeWidth=2, interpolate="linear")
        .encode(
            x=x,
            y=y,
            color=alt.Color("series:N", scale=colours, legend=legend),
            strokeDash=alt.StrokeDash("series:N", scale=dashes, legend=legend),
        )
    )
    even = alt.Chart(alt.NamedData("even")).mark_rule(color=MUTED, strokeWidth=1).encode(y=y)
    layers = [even, strokes]
    if bands:
        base = alt.Chart(alt.NamedData("bands"))
        layers = [
            base.mark_area(color=DOT, opacity=opacity).encode(
                x=x, y=alt.Y(f"random_{low}_usd:Q", title=title, scale=scale), y2=f"random_{high}_usd:Q"
            )
            for low, high, opacity in (("p5", "p95", 0.28), ("p25", "p75", 0.4))
        ] + [even, strokes]
    return finish(
        alt.layer(*layers).properties(width=_WIDTH, height=300), lines=lines, even=[{"usd": START_USD}], bands=bands
    )


def draw_drawdowns(paths: pl.DataFrame) -> Chart:
    """How far below its last high the portfolio was on each day, in percent; the band beside it, if it is known."""
    import altair as alt

    known = _thinned(paths)
    own, band = (
        [
            {"series": series, "date": day.isoformat(), "pct": _plain(pct)}
            for day, pct in known.select("date", name).drop_nulls().iter_rows()
        ]
        for name, series in (("drawdown_pct", PORTFOLIO), ("band_drawdown_pct", BAND))
    )
    names = [PORTFOLIO, BAND] if band else [PORTFOLIO]
    x, y = (
        _days(paths),
        alt.Y("pct:Q", title="Percent", scale=alt.Scale(domainMax=0, nice=True)).axis(
            labelFontSize=_FONT_SIZE, titleFontSize=_FONT_SIZE
        ),
    )
    colour = alt.Color("series:N", scale=alt.Scale(domain=names, range=_COLOURS[: len(names)]), legend=_legend())
    dash = alt.StrokeDash("series:N", scale=alt.Scale(domain=names, range=_DASHES[: len(names)]), legend=_legend())
    area = alt.Chart(alt.NamedData("own")).mark_area(color=BLUE, opacity=0.25).encode(x=x, y=y)
    strokes = (
        alt.Chart(alt.NamedData("lines")).mark_line(strokeWidth=1.5).encode(x=x, y=y, color=colour, strokeDash=dash)
    )
    return finish(alt.layer(area, strokes).properties(width=_WIDTH, height=170), own=own, lines=own + band)


def draw_quarters(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """A heat map: years down, quarters across, what the picks of each quarter's reports made in percent.

    `rows` have quarter, return_pct and band_pct (null if not compared). Gains are blue and losses red, the deeper the
    larger; each cell has its figure, so nothing rests on colour alone.
    """
    import altair as alt

    cells = [_cell(row) for row in rows if row["return_pct"] is not None]
    years = sorted({str(Quarter.parse(row["quarter"]).year) for row in rows})
    columns = [f"Q{number}" for number in (1, 2, 3, 4)]
    x = alt.X("column:O", title=None, sort=columns, scale=alt.Scale(domain=columns, paddingInner=0.04)).axis(
        labelAngle=0, ticks=False, domain=False, orient="top", labelFontSize=14
    )
    y = alt.Y("year:O", title=None, sort=years, scale=alt.Scale(domain=years, paddingInner=0.08)).axis(
        ticks=False, domain=False, labelFontSize=14
    )
    base = alt.Chart(alt.NamedData("cells")).encode(x=x, y=y)
    squares = base.mark_rect(cornerRadius=2).encode(
        fill=alt.Fill("sign:N", scale=alt.Scale(domain=["up", "down"], range=[BLUE, VERMILION]), legend=None),
        fillOpacity=alt.FillOpacity("depth:Q", scale=None, legend=None),
    )
    is_compared = any(cell["beside"] for cell in cells)
    figures = base.mark_text(color=INK, fontSize=16, fontWeight="bold", dy=-9 if is_compared else 0).encode(
        text="made:N"
    )
    layers = [squares, figures]
    if is_compared:
        layers.append(base.mark_text(color=INK, fontSize=13, dy=11).encode(text="beside:N"))
    height = max(len(years), 1) * 52
    return finish(alt.layer(*layers).properties(width=_WIDTH, height=height), cells=cells)


def _cell(row: Mapping[str, Any]) -> dict[str, Any]:
    quarter, made, band = Quarter.parse(row["quarter"]), row["return_pct"], row["band_pct"]
    return {
        "year": str(quarter.year),
        "column": f"Q{quarter.number}",
        "made": _signed(made),
        "beside": "" if band is None else f"band {_signed(band)}",
        "sign": "down" if made < 0 else "up",
        "depth": round(0.1 + 0.4 * min(abs(made) / _DEEP_PCT, 1.0), 3),
    }


def _signed(pct: float) -> str:
    return f"{pct:+.1f}%".replace("-", "\u2212")


def _plain(value: object) -> object:
    return round(value, 3) if isinstance(value, float) else str(value)


def _thinned(paths: pl.DataFrame) -> pl.DataFrame:
    """At most some days: evenly many, the last, and the day of the deepest fall."""
    step = -(-paths.height // _DAYS_DRAWN)
    if step <= 1:
        return paths
    place = pl.int_range(pl.len())
    deepest = pl.col("drawdown_pct") == pl.col("drawdown_pct").min()
    return paths.filter((place % step == 0) | (place == pl.len() - 1) | deepest)


def _days(paths: pl.DataFrame) -> Any:
    """The axis of days, with ticks as far apart as the span asks for."""
    import altair as alt

    days = (paths["date"][-1] - paths["date"][0]).days
    ticks: Any = {"interval": "month", "step": max(1, round(days / 240))} if days > 120 else 6
    ticks = {"interval": "year", "step": max(1, round(days / 3650))} if days > 1460 else ticks
    form = "%Y" if days > 1460 else "%b %Y" if days > 120 else "%b %-d"
    return alt.X("date:T", title=None, scale=alt.Scale(type="utc", nice=False)).axis(
        format=form, tickCount=ticks, labelOverlap="greedy", grid=False, labelFontSize=_FONT_SIZE
    )


def _legend() -> Any:
    import altair as alt

    return alt.Legend(
        title=None,
        orient="top",
        symbolType="stroke",
        symbolSize=260,
        labelLimit=260,
        labelFontSize=_FONT_SIZE,
        offset=4,
    )
