"""The market around the list: how micro-caps did, beside index funds, quarter by quarter and by sector."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from ..band import MICRO_CAP, Band
from ..output import Answer, Column, plural
from ..prices import cohort
from ..prices.cohort import BENCHMARKS
from ..prices.returns import adjusted_closes
from ..settings import Settings
from ..store import Store
from ..tables import HeldBack
from .market_windows import Market, Window, WindowKind, load, quarters_between

_COLUMNS = (
    Column("line", "Window"),
    Column("base_date", "From", "date"),
    Column("end_date", "To", "date"),
    Column("cap_weighted_pct", "Cap-weighted", "change"),
    Column("equal_weighted_pct", "Equal-weighted", "change"),
    Column("with_gone_pct", "With gone", "change"),
    Column("median_pct", "Median", "change"),
    Column("risers_pct", "Risers", "share"),
    Column("names", "Names", "integer"),
    Column("gone", "Gone", "integer"),
    Column("held_back", "Held back", "integer"),
)
_LINES = {WindowKind.WHOLE: "Whole", WindowKind.FROM_LOW: "From the low"}
"""headings of windows; a quarter has its own name"""
_RULES = (
    "Micro-caps are the stocks in the band on the first day of each window.",
    "Returns are adjusted for splits.",
    "A price on a date is the last close on or before it, at most 7 days old.",
)


def survey(
    settings: Settings,
    base: date | None = None,
    end: date | None = None,
    band: Band = MICRO_CAP,
    *,
    total_return: bool = False,
) -> Answer:
    """The micro-cap cohort from `base` to `end` (default: the newest year of prices) beside the benchmarks.

    Rows are the quarters in between, the whole window, the window from its low, and the sectors over the whole window;
    their `window` is the WindowKind. Raises NotFoundError if no prices cover the dates, SettingError if `base` is not
    before `end`.
    """
    with Store(settings) as store:
        return describe(load(store, base, end, band, total_return=total_return))


def describe(market: Market) -> Answer:
    """The answer of `survey`, from data at hand."""
    base, end, band, total_return = market.base, market.end, market.band, market.dividends is not None
    windows = [market.window(WindowKind.QUARTER, *span) for span in quarters_between(base, end)]
    whole = market.whole()
    low = _low(market, whole)
    windows.append(whole)
    if low and base < low < end:
        windows.append(market.window(WindowKind.FROM_LOW, "from_low", low, end))
    priced = _priced(windows)
    short = _short(windows)
    facts = {
        "base_date": base,
        "end_date": end,
        "low_date": low,
        "cap_min_usd": band.low_usd,
        "cap_max_usd": band.high_usd,
        "total_return": total_return,
        "windows": [{"window": window.name, "base_date": window.base, "end_date": window.end} for window in windows],
        "doubts": list(market.doubts),
        "benchmarks_short": short,
        "benchmarks_without_prices": [name for name in BENCHMARKS if name not in priced],
    }
    columns = [*_COLUMNS, *(Column(name, name, "change") for name in priced)]
    rows = [*(_window_row(window, priced) for window in windows), *_sector_rows(whole)]
    title = f"Micro-caps from {base} to {end}"
    chosen = ("base_date", "end_date", "cap_min_usd", "cap_max_usd", "total_return")
    how = {**{name: facts[name] for name in chosen}, "rules": list(_RULES)}
    return Answer(title, columns, rows, facts, _notes(market, whole, low, priced, short), methodology=how)


def measure_whole(market: Market) -> dict[str, Any]:
    """The row of `survey` for the whole window alone, with the benchmarks that cover it from its base to its end."""
    window = market.whole()
    short = {row["benchmark"] for row in _short([window])}
    return _window_row(window, [name for name in _priced([window]) if name not in short])


def _priced(windows: Sequence[Window]) -> list[str]:
    """The benchmarks with a return over at least one window."""
    tickers = pl.concat(window.returns.filter(pl.col("return_pct").is_not_null())["ticker"] for window in windows)
    return [name for name in BENCHMARKS if name in set(tickers)]


def _short(windows: Sequence[Window]) -> list[dict[str, Any]]:
    """Benchmarks measured over less than a window, as they lack closes that stocks have: which, and their own days."""
    rows = []
    for window in windows:
        measured = window.returns.filter(pl.col("return_pct").is_not_null())
        base, end = measured.select(pl.col("base_date").max(), pl.col("end_date").max()).row(0)
        of_funds = measured.filter(pl.col("ticker").is_in(BENCHMARKS)).sort("ticker")
        less = of_funds.filter((pl.col("base_date") < base) | (pl.col("end_date") < end))
        rows += [
            {
                "line": _LINES.get(window.kind, window.name),
                "window": window.name,
                "benchmark": ticker,
                "base_date": own_base,
                "end_date": own_end,
            }
            for ticker, own_base, own_end in less.select("ticker", "base_date", "end_date").rows()
        ]
    return rows


def _short_sentences(short: Sequence[dict[str, Any]]) -> list[str]:
    """One sentence on each benchmark and pair of dates that differ from those of its windows."""
    sentences = []
    for name in sorted({row["benchmark"] for row in short}):
        spans = [
            f"{row['base_date']} to {row['end_date']} ({row['line']})" for row in short if row["benchmark"] == name
        ]
        sentences.append(f"{name} lacks closes that the stocks have, and is measured from {', '.join(spans)}.")
    return sentences


def _low(market: Market, whole: Window) -> date | None:
    """The day on which the cohort was lowest; members with an unclear jump cannot be followed, and are left out."""
    prices = market.prices.filter(pl.col("date") >= market.base).join(whole.members, on="ticker", how="semi")
    unclear = whole.returns.filter(pl.col("held_back_kind") == HeldBack.UNCLEAR)
    members = whole.members.join(unclear, on="ticker", how="anti")
    return cohort.low_of(members, adjusted_closes(prices, market.splits))


def _window_row(window: Window, priced: Sequence[str]) -> dict[str, Any]:
    benchmarks = cohort.returns_of(priced, window.returns)
    return {
        "line": _LINES.get(window.kind, window.name),
        "window": window.kind.value,
        "sector": None,
        "base_date": window.base,
        "end_date": window.end,
        **cohort.measure(window.members, window.returns),
        "with_gone_pct": cohort.measure(window.members, window.carried)["equal_weighted_pct"],
        **{name: benchmarks.get(name) for name in priced},
    }


def _sector_rows(whole: Window) -> list[dict[str, Any]]:
    carried = cohort.by_sector(whole.members, whole.carried)
    return [
        {
            "line": sector,
            "window": WindowKind.SECTOR.value,
            "sector": sector,
            "base_date": whole.base,
            "end_date": whole.end,
            **figures,
            "with_gone_pct": carried[sector]["equal_weighted_pct"],
        }
        for sector, figures in cohort.by_sector(whole.members, whole.returns).items()
    ]


def _notes(
    market: Market, whole: Window, low: date | None, priced: Sequence[str], short: Sequence[dict[str, Any]]
) -> list[str]:
    absent = [name for name in BENCHMARKS if name not in priced]
    dividends = "with dividends reinvested" if market.dividends is not None else "without dividends"
    empty = f"No stock had a market cap of {market.band.label} on {whole.base}; --cap names another band."
    return [
        *([empty] if whole.members.is_empty() else []),
        f"Micro-caps: stocks with a market cap of {market.band.label} on the first day of each window, "
        f"{plural(whole.members.height, 'stock')} on {whole.base}; without preferred series, units, warrants and "
        "rights as far as tickers and names show them.",
        f"Returns are adjusted for splits, {dividends}.",
        "Gone: no longer quoted at the end, so without a return. `With gone` is the equal-weighted return with them at "
        "their last close. Held back: an unclear jump of the price.",
        *([f"The cohort, weighted by market cap, was lowest on {low}."] if low else []),
        *market.doubts,
        *(["No sectors are loaded."] if whole.members["sector"].null_count() == whole.members.height else []),
        *_short_sentences(short),
        *(
            [
                f"No prices of {', '.join(absent)}: `tracker prices import {absent[0]}.csv --symbol {absent[0]}` or "
                "`tracker prices fetch --source yahoo`."
            ]
            if absent
            else []
        ),
    ]
