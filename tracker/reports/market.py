"""The market around the list: how micro-caps did, beside index funds, quarter by quarter and by sector."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from ..errors import NotFoundError, SettingError
from ..output import Answer, Column, money
from ..prices import cohort, selection
from ..prices.cohort import BENCHMARKS
from ..prices.returns import GONE, UNCLEAR, adjusted_closes, measure_returns
from ..quarters import Quarter
from ..settings import Settings
from ..store import Store
from ..tables import SPLITS
from . import price_window

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


@dataclass(frozen=True)
class Window:
    """A window and what was measured over it."""

    name: str
    base: date
    end: date
    members: pl.DataFrame
    returns: pl.DataFrame
    carried: pl.DataFrame


def survey(
    settings: Settings,
    base: date | None = None,
    end: date | None = None,
    band: tuple[float, float] = (50e6, 300e6),
    *,
    total_return: bool = False,
) -> Answer:
    """The micro-cap cohort from `base` to `end` (default: the newest year of prices) beside the benchmarks.

    Rows are the quarters in between, the whole window, the window from its low, and the sectors over the whole window.
    Raises NotFoundError where no prices cover the dates, SettingError where they run backwards.
    """
    with Store(settings) as store:
        base, end = _dates(store, base, end)
        prices = price_window.load(store, base - timedelta(days=selection.MAX_AGE_DAYS + 1), end)
        splits = store.read(SPLITS)
        dividends, covered = price_window.dividends(store, prices) if total_return else (None, [])
        sectors = _sectors(store)

    def look(name: str, since: date, until: date) -> Window:
        caps = selection.latest(prices, since).drop("sector").join(sectors, on="ticker", how="left", validate="1:1")
        members = cohort.cohort(caps, *band)
        measured = measure_returns(prices, since, until, splits, dividends=dividends, covered=covered)
        return Window(name, since, until, members, measured, _carry(prices, splits, since, members, measured))

    windows = [look(name, since, until) for name, since, until in _quarters(base, end)]
    whole = look("window", base, end)
    levels = adjusted_closes(prices.filter(pl.col("date") >= base).join(whole.members, on="ticker", how="semi"), splits)
    low = cohort.low_of(_clear(whole), levels)
    windows.append(whole)
    if low and base < low < end:
        windows.append(look("from_low", low, end))
    known = pl.concat(one.returns.filter(pl.col("return_pct").is_not_null()).select("ticker") for one in windows)
    priced = [name for name in BENCHMARKS if name in set(known["ticker"])]
    rows = _rows(windows, priced)
    columns = [*_COLUMNS, *(Column(name, name, "change") for name in priced)]
    return Answer(
        f"Micro-caps from {base} to {end}",
        columns,
        rows,
        {
            "base_date": base,
            "end_date": end,
            "low_date": low,
            "cap_min_usd": band[0],
            "cap_max_usd": band[1],
            "total_return": total_return,
            "windows": [{"window": one.name, "base_date": one.base, "end_date": one.end} for one in windows],
            "benchmarks_without_prices": [name for name in BENCHMARKS if name not in priced],
        },
        "rows",
        _notes(whole, band, low, priced, total_return),
    )


def _dates(store: Store, base: date | None, end: date | None) -> tuple[date, date]:
    known = store.prices().filter(pl.col("market_cap_usd").is_not_null())
    first, last = known.select(first=pl.col("date").min(), last=pl.col("date").max()).collect().row(0)
    if last is None:
        raise NotFoundError("no market caps are loaded: run `tracker prices import FILE` or `tracker prices fetch`")
    end = end or last
    base = base or date(end.year - 1, 12, 31)
    if base >= end:
        raise SettingError(f"--from {base} is not before --to {end}")
    for option, day in (("--from", base), ("--to", end)):
        if not first <= day <= last + timedelta(days=selection.MAX_AGE_DAYS):
            raise NotFoundError(
                f"{option} {day}: market caps are loaded from {first} to {last}; import more or choose a day in between"
            )
    return base, end


def _sectors(store: Store) -> pl.DataFrame:
    """The newest sector that any source gives of each ticker."""
    known = store.prices().filter(pl.col("sector").is_not_null()).sort("date")
    return known.group_by("ticker").agg(pl.col("sector").last()).collect()


def _quarters(base: date, end: date) -> list[tuple[str, date, date]]:
    """The calendar quarters between two days; the first and the last may be parts."""
    found = []
    quarter, since = Quarter.of(base + timedelta(days=1)), base
    while since < end:
        until = min(quarter.end, end)
        found.append((str(quarter), since, until))
        quarter, since = quarter.next, until
    return found


def _carry(
    prices: pl.DataFrame, splits: pl.DataFrame, base: date, members: pl.DataFrame, measured: pl.DataFrame
) -> pl.DataFrame:
    """Returns where members that left are measured to their last close: as if it had stayed there."""
    gone = measured.filter(pl.col("held_back_kind") == GONE).join(members, on="ticker", how="semi")
    own = prices.join(gone, on="ticker", how="semi")
    if own.is_empty():
        return measured
    end = own["date"].max()
    assert isinstance(end, date)
    last = own.sort("date").group_by("ticker", maintain_order=True).last().with_columns(date=pl.lit(end))
    stayed = pl.concat([own.filter(pl.col("date") < end), last.select(own.columns)])
    return cohort.carried(members, measured, measure_returns(stayed, base, end, splits))


def _clear(window: Window) -> pl.DataFrame:
    """Members without an unclear jump: their levels can be followed from day to day."""
    doubtful = window.returns.filter(pl.col("held_back_kind") == UNCLEAR)
    return window.members.join(doubtful, on="ticker", how="anti")


def _rows(windows: list[Window], priced: list[str]) -> list[dict[str, Any]]:
    """One row a window, then one a sector over the whole window."""
    rows: list[dict[str, Any]] = []
    for one in windows:
        told = cohort.returns_of(priced, one.returns)
        dates = {"base_date": one.base, "end_date": one.end}
        with_gone = cohort.measure(one.members, one.carried)["equal_weighted_pct"]
        figures = {**cohort.measure(one.members, one.returns), "with_gone_pct": with_gone}
        rows.append(
            {"line": _heading(one), "sector": None, **dates, **figures, **{name: told.get(name) for name in priced}}
        )
    whole = next(one for one in windows if one.name == "window")
    gone = cohort.by_sector(whole.members, whole.carried)
    for sector, found in cohort.by_sector(whole.members, whole.returns).items():
        figures = {**found, "with_gone_pct": gone[sector]["equal_weighted_pct"]}
        dates = {"base_date": whole.base, "end_date": whole.end}
        rows.append({"line": sector, "sector": sector, **dates, **figures})
    return rows


def _heading(window: Window) -> str:
    return {"window": "Whole", "from_low": "From the low"}.get(window.name, window.name)


def _notes(
    whole: Window, band: tuple[float, float], low: date | None, priced: list[str], total_return: bool
) -> list[str]:
    spread = f"{money(band[0])} to {money(band[1])}" if math.isfinite(band[1]) else f"from {money(band[0])}"
    absent = [name for name in BENCHMARKS if name not in priced]
    return [
        f"Micro-caps: names with a market cap of {spread} on the first day of each window, {whole.members.height:,} on "
        f"{whole.base}; without preferred series, units, warrants and rights as far as tickers and names tell.",
        "Returns are adjusted for splits, " + ("with dividends reinvested." if total_return else "without dividends."),
        "Gone: no longer quoted at the end; they have no return. `With gone` is the equal-weighted return with them at "
        "their last close. Held back: an unclear jump of the price.",
        *([f"The cohort, weighted by market cap, stood lowest on {low}."] if low else []),
        *(["No sectors are loaded."] if whole.members["sector"].null_count() == whole.members.height else []),
        *(
            [
                f"No prices of {', '.join(absent)}: `tracker prices import {absent[0]}.csv --symbol {absent[0]}` or "
                "`tracker prices fetch --source yahoo`."
            ]
            if absent
            else []
        ),
    ]
