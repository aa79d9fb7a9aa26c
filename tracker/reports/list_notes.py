"""The notes below a ranked list: what it covers, and what it leaves out."""

from __future__ import annotations

import polars as pl

from ..output import plural
from ..prices import selection
from ..rankings.parameters import Parameters
from ..securities import types
from ..tables import HeldBack
from . import open_quarter
from .as_of import BY_FILER, CAVEATS, NOW_KNOWN, note_market_makers
from .ranked_list import RankedList

_SHOWN = 30  # tickers in one note


def notes_of(ranked_list: RankedList) -> list[str]:
    """The notes, the methodology first."""
    parameters, seen, coverage = ranked_list.parameters, ranked_list.view, ranked_list.coverage
    since = f"close of {parameters.base_date}"
    if parameters.from_low:
        since = f"each stock's lowest close since {parameters.base_date}"
    counted = f"{seen.funds - seen.market_makers}"
    if parameters.with_market_makers:
        counted += f", and {plural(seen.market_makers, 'market maker')},"
    dividends = "with dividends reinvested" if parameters.total_return else "without dividends"
    return [
        f"Performance: {since} to {parameters.end_date}, adjusted for splits, {dividends}. "
        f"Market cap {parameters.band.label} on {parameters.cap_date}.",
        *_filters(parameters),
        f"Hedge funds: {counted} counted from Form 13F for {seen.quarter} ({seen.quarter.end}), "
        f"filed up to {seen.known_on}; at least {parameters.min_holders} must hold.",
        *(["Ranked by the holders with the awaited."] if parameters.rank_carried else []),
        open_quarter.comparison_sentence(seen.quarter, seen.reporting, parameters.by_filer),
        *([BY_FILER] if parameters.by_filer else []),
        *note_market_makers(seen),
        *([NOW_KNOWN] if ranked_list.request.known_on else []),
        *CAVEATS,
        *ranked_list.doubts,
        coverage.sentence(),
        *([coverage.unmapped_sentence()] if coverage.unmapped else []),
        *_held_back(ranked_list.ranking.held_back, parameters),
        *_no_longer_quoted(ranked_list.no_longer_quoted, parameters),
    ]


def _filters(parameters: Parameters) -> list[str]:
    """The filters asked for beside the band, as one sentence."""
    lists = {
        "exchange": parameters.exchange,
        "sector": parameters.sector,
        "country": parameters.country,
        "kind": () if parameters.kind == types.RANKED_KINDS else parameters.kind,
    }
    filters = [
        *([f"price at least ${parameters.min_price:g}"] if parameters.min_price is not None else []),
        *(
            [f"typically at least {parameters.min_volume:,.0f} shares a day"]
            if parameters.min_volume is not None
            else []
        ),
        *([f"listed for at least {plural(parameters.min_age, 'day')}"] if parameters.min_age is not None else []),
        *(f"{name} {' or '.join(values)}" for name, values in lists.items() if values),
    ]
    return [f"Only: {'; '.join(filters)}."] if filters else []


def _held_back(held_back: pl.DataFrame, parameters: Parameters) -> list[str]:
    """Those without a close on one of the dates together, as they are many; the others one by one."""
    held_back = held_back.filter(pl.col("holders") >= parameters.min_holders)
    groups = {
        HeldBack.NEW: f"newly listed, no close on {parameters.base_date}",
        HeldBack.BREAK: f"not quoted then, no close on {parameters.base_date}",
        HeldBack.GONE: f"no close on {parameters.end_date}",
    }
    single = held_back.filter(~pl.col("kind").is_in([*groups])).select("ticker", "reason").rows()
    notes = [f"Held back: {ticker}: {reason}." for ticker, reason in single]
    for kind, what in groups.items():
        tickers = held_back.filter(pl.col("kind") == kind)["ticker"].to_list()
        if tickers:
            days = selection.MAX_AGE_DAYS
            notes.append(f"Held back, {what}, nor in the {days} days before: {_shorten(tickers)}.")
    return notes


def _no_longer_quoted(stocks: pl.DataFrame, parameters: Parameters) -> list[str]:
    if stocks.is_empty():
        return []
    tickers = [f"{ticker} ({last})" for ticker, last in stocks.select("ticker", "last_date").rows()]
    return [
        f"Held by hedge funds, but without a close on {parameters.end_date} (delisted, merged or renamed), with the "
        f"date of the last one: {_shorten(tickers)}."
    ]


def _shorten(tickers: list[str]) -> str:
    more = f" and {len(tickers) - _SHOWN} more" if len(tickers) > _SHOWN else ""
    return f"{', '.join(tickers[:_SHOWN])}{more}"
