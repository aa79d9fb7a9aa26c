"""The notes below a ranked list: what it covers, and what it leaves out."""

from __future__ import annotations

import polars as pl

from ..output import in_a_line, money, plural
from ..prices import selection
from ..rankings.parameters import Parameters
from ..securities import company_names, types
from ..tables import HeldBack
from . import empty_lists, open_quarter
from .as_of import BY_FILER, CAVEATS, NOW_KNOWN, note_market_makers
from .coverage import Coverage
from .ranked_list import RankedList

_HELD_BACK = {
    HeldBack.MIXED: "one close is adjusted for splits, the other is not",
    HeldBack.UNCLEAR: "a jump of the price that may be a split",
    HeldBack.NO_DIVIDENDS: "dividends are not known",
    HeldBack.NO_PRICE: "no close at all",
}


def notes_of(ranked_list: RankedList) -> list[str]:
    """The notes: first why nothing is there, if so, then the methodology."""
    parameters, seen, coverage = ranked_list.parameters, ranked_list.view, ranked_list.coverage
    since = f"close of {parameters.base_date}"
    if parameters.from_low:
        since = f"each stock's lowest close since {parameters.base_date}"
    counted = f"{seen.funds - seen.market_makers}"
    if parameters.with_market_makers:
        counted += f", and {plural(seen.market_makers, 'market maker')},"
    dividends = "with dividends reinvested" if parameters.total_return else "without dividends"
    return [
        *empty_lists.sentences(ranked_list.ranking, parameters, ranked_list.values_there_are),
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
        *_unmapped(coverage),
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
    """A line for each reason, with as many tickers as it takes; the methodology has the evidence on each."""
    held_back = held_back.filter(pl.col("holders") >= parameters.min_holders)
    reasons = {
        HeldBack.NEW: f"newly listed since {parameters.base_date}",
        HeldBack.BREAK: f"no close on {parameters.base_date} or in the {selection.MAX_AGE_DAYS} days before",
        HeldBack.GONE: f"no close on {parameters.end_date} or in the {selection.MAX_AGE_DAYS} days before",
        **_HELD_BACK,
    }
    groups = {what: held_back.filter(pl.col("kind") == kind) for kind, what in reasons.items()}
    others = held_back.filter(~pl.col("kind").is_in([*reasons]).fill_null(False))
    groups |= {str(reason): part for (reason,), part in others.group_by("reason", maintain_order=True)}
    return [in_a_line(f"Held back, {what}", part["ticker"].to_list()) for what, part in groups.items() if part.height]


def _unmapped(coverage: Coverage) -> list[str]:
    named = [
        f"{company_names.titled(row['name_of_issuer'] or '?')} ({row['cusip']}, {money(row['value_usd'])})"
        for row in coverage.unmapped
    ]
    return [in_a_line("Largest without a ticker", named)] if named else []


def _no_longer_quoted(stocks: pl.DataFrame, parameters: Parameters) -> list[str]:
    tickers = [f"{ticker} ({last})" for ticker, last in stocks.select("ticker", "last_date").rows()]
    return [in_a_line(f"Held, but no longer quoted on {parameters.end_date}", tickers)] if tickers else []
