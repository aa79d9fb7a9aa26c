"""Everything that the edition of a list says, as one JSON-ready document: figures and facts from the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from .. import __version__
from ..errors import InputError, NotFoundError
from ..prices.cohort import BENCHMARKS
from ..quarters import Quarter
from ..rankings.parameters import ListRequest
from ..reports import market, market_windows
from ..reports.as_of import View
from ..reports.list_changes import request_of
from ..reports.ranked_list import RankedList, rank_list
from ..securities import types
from ..settings import Settings
from ..store import Store
from ..tables import JUDGED_FILINGS, REJECTS, HeldBack, Severity
from . import charts, editor_notes
from .editor_notes import Notes
from .listed_stocks import describe_stocks
from .market_table import survey_windows
from .note_pictures import FOLDER
from .price_levels import measure_levels
from .source_names import name_sources
from .steady_values import digest, steady

_MARKET = ("cap_weighted_pct", "equal_weighted_pct", "median_pct", "risers_pct", "names", "gone", "held_back")
_GROUPED = (HeldBack.NEW, HeldBack.BREAK, HeldBack.GONE)


@dataclass(frozen=True)
class Request:
    """What was asked for. The same request and the same data give the same edition, byte for byte.

    `notes` are what an editor wrote for it; `with_market` puts the windows of the market into its introduction.
    """

    listed: ListRequest = field(default_factory=ListRequest)
    title: str | None = None
    slug: str | None = None
    base_url: str | None = None
    notes: Notes | None = None
    with_market: bool = False


@dataclass(frozen=True)
class Gathered:
    """The document (see `gather`), the files of the editor's pictures, and the data of its charts.

    `levels` has ticker, series, date and level (100 at the first day); `band` has every ranked stock of the band.
    """

    document: dict[str, Any]
    levels: pl.DataFrame
    band: list[dict[str, Any]]
    pictures: Mapping[str, bytes] = field(default_factory=dict)

    def draw(self) -> dict[str, charts.Chart]:
        """The charts by name: `band`, and for each stock `price-<chart>` and `holders-<chart>`."""
        listed = [row["ticker"] for row in self.document["rows"]]
        drawn = {"band": charts.draw_band(self.band, listed)}
        for stock in self.document["stocks"]:
            ticker, name = stock["ticker"], stock["chart"]
            own = self.levels.filter(pl.col("ticker") == ticker)
            drawn[f"price-{name}"] = charts.draw_price(own, own["series"].unique(maintain_order=True).to_list())
            counts = [(row["quarter"], row["holders"], row["awaited"] or 0) for row in stock["holders_by_quarter"]]
            drawn[f"holders-{name}"] = charts.draw_holders(counts)
        return drawn


def gather(settings: Settings, request: Request, *, may_lack: bool = False) -> Gathered:
    """Read everything that the edition says from the store.

    The document has `title`, `slug`, `methodology` and `rows` as `rank --format json` has them (so that `rank
    --against` reads it), `market`, `coverage`, `stocks` (industry, largest holder, holders by quarter, the filings
    that count), `sources` (of prices), `chosen_from` (the number of stocks that were ranked), `market_windows` and
    `notes` (None if not asked for), `held_back` and `state`. Raises NotFoundError and SettingError as
    `ranked_list.rank_list` does, InputError for notes that cannot be used, and NotFoundError for a chosen stock that is
    not ranked, unless the list `may_lack` some.
    """
    pictures = editor_notes.read_pictures(request.notes) if request.notes else {}
    with Store(settings) as store:
        known_on = request.listed.known_on or _newest_filing(store, request.listed.quarter)
        ranked_list = rank_list(store, replace(request.listed, known_on=known_on))
        if not may_lack:
            _require_chosen(ranked_list)
        parameters, seen, rows = ranked_list.parameters, ranked_list.view, ranked_list.rows()
        tickers = [row["ticker"] for row in rows]
        notes = editor_notes.describe(request.notes, tickers, pictures) if request.notes else None
        as_of = max(seen.known_on, parameters.end_date, parameters.cap_date)
        method = ranked_list.methodology()
        del method["coverage"]  # it counts lines of later filings, too; `_coverage` does not
        loaded_market = _market(store, ranked_list)
        levels = measure_levels(ranked_list, tickers)
        stocks = describe_stocks(store, ranked_list, levels)
        document = {
            "title": request.title or f"{ranked_list.title[:1].upper()}{ranked_list.title[1:]}",
            "slug": request.slug,
            "base_url": request.base_url,
            "as_of": as_of,
            "methodology": method,
            "coverage": _coverage(store, seen),
            "market": _figures(loaded_market),
            "market_windows": survey_windows(loaded_market) if request.with_market else None,
            "sources": name_sources(ranked_list.window.prices, as_of),
            "chosen_from": ranked_list.ranking.band.height,
            "notes": notes,
            "stocks": stocks,
            "held_back": _held_back(method["held_back"], parameters.min_holders),
            "state": _state(seen, stocks, levels),
            "rows": rows,
        }
    dots = [{key: row[key] for key in ("ticker", "holders", "return_pct")} for row in ranked_list.band()]
    files = {f"{FOLDER}/{name}": data for name, data in pictures.items()}
    return Gathered(steady(document), levels, dots, files)


def requested(document: Mapping[str, Any], folder: Path) -> Request:
    """The request that the document answers; `folder` is that of the edition, which has the editor's pictures.

    Raises InputError for notes that are not as they were written.
    """
    notes = document.get("notes")
    if notes is not None and not (isinstance(notes, dict) and isinstance(notes.get("text"), str)):
        raise InputError("the notes of the edition are not as they were written; publish it anew")
    return Request(
        listed=request_of(document["methodology"]),
        title=document["title"],
        slug=document["slug"],
        base_url=document["base_url"],
        notes=Notes(notes["text"], folder / FOLDER, "the notes of the edition") if notes else None,
        with_market=document.get("market_windows") is not None,
    )


def _require_chosen(ranked_list: RankedList) -> None:
    """Raise NotFoundError if a stock that was chosen is not ranked: which, and what removed it."""
    missing = ranked_list.ranking.missing
    if missing:
        reasons = "; ".join(f"{ticker} is not on the list ({reason})" for ticker, reason in sorted(missing.items()))
        raise NotFoundError(f"{reasons}: leave it out of --only, or change the option that removes it")


def _newest_filing(store: Store, quarter: Quarter | None) -> date | None:
    """The newest filing of the quarter and of those before it: what is known now, as a day."""
    end = store.require_quarter(quarter).end
    newest = store.read(JUDGED_FILINGS).filter(pl.col("period_of_report") <= end)["filing_date"].max()
    return newest if isinstance(newest, date) else None


def _market(store: Store, ranked_list: RankedList) -> market_windows.Market:
    parameters = ranked_list.parameters
    return market_windows.load(
        store,
        parameters.base_date,
        parameters.end_date,
        parameters.band,
        total_return=parameters.total_return,
        loaded=ranked_list.loaded,
    )


def _figures(loaded: market_windows.Market) -> dict[str, Any]:
    """How the band did from the base to the end date, and benchmarks: figures of `market.survey`."""
    row = market.measure_whole(loaded)
    benchmarks = {name: row[name] for name in BENCHMARKS if row.get(name) is not None}
    return {**{name: row[name] for name in _MARKET}, "benchmarks": benchmarks}


def _coverage(store: Store, seen: View) -> dict[str, Any]:
    """How many of the reported common shares and ADRs have a ticker, and which filings are missing or incomplete."""
    counts = seen.counts.filter(pl.col("kind").is_in(types.RANKED_KINDS))
    mapped = counts.filter(pl.col("ticker").is_not_null())
    total = float(counts["value_usd"].sum())
    unread = store.read(REJECTS, severity=Severity.REJECTED, period_of_report=seen.quarter.end)
    omitted = seen.filings.filter(pl.col("is_confidential_omitted").fill_null(False))
    return {
        "filings": seen.filings.height,
        "securities": counts.height,
        "securities_with_ticker": mapped.height,
        "value_with_ticker_pct": float(mapped["value_usd"].sum()) / total * 100 if total else None,
        "rejected_filings": unread["accession_number"].n_unique(),
        "confidential_filings": omitted.height,
    }


def _held_back(rows: Iterable[Mapping[str, Any]], min_holders: int) -> list[dict[str, Any]]:
    """The stocks held back that enough funds hold; `kind` is why they have no close, or `unclear`."""
    return [
        {**row, "kind": row["kind"] if row["kind"] in _GROUPED else HeldBack.UNCLEAR.value}
        for row in rows
        if row["holders"] >= min_holders
    ]


def _state(seen: View, stocks: Sequence[dict[str, Any]], levels: pl.DataFrame) -> dict[str, Any]:
    """Digests of the data behind the edition: they show whether it has changed since, without storing it."""
    managers = seen.managers.filter("is_hedge_fund").join(seen.filings, on="cik", how="semi")
    funds = managers.select("cik", "family").sort("cik").rows()
    closes = [(*row[:3], f"{row[3]:.6g}") for row in levels.rows()]
    filed = sorted(filing["accession_number"] for stock in stocks for filing in stock["filings"])
    return {
        "version": __version__,
        "known_on": seen.known_on,
        "filings_sha256": digest(sorted(seen.filings["accession_number"].to_list())),
        "counted_sha256": digest(filed),
        "hedge_funds_sha256": digest(funds),
        "prices_sha256": digest(closes),
    }
