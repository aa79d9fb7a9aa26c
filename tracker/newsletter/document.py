"""Everything that an edition says, as one JSON-ready document: asked of the store, in figures and facts only."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from .. import __version__
from ..lookup import Security, find_security
from ..prices import cohort, returns, selection
from ..prices.cohort import BENCHMARKS
from ..quarters import Quarter
from ..rankings import holder_counts
from ..reports import price_window
from ..reports.as_of import View, view
from ..reports.filings import COUNTED, fates
from ..reports.market import survey
from ..reports.ranked_list import top_list
from ..securities import ticker_map, types
from ..settings import Settings
from ..store import Store
from ..tables import JUDGED_FILINGS, MANAGERS, REJECTS, SECURITIES, SPLITS
from . import charts

MEDIAN = "Median micro-cap"
_MARKET = ("cap_weighted_pct", "equal_weighted_pct", "median_pct", "risers_pct", "names", "gone", "held_back")
_QUARTERS = 12  # in the chart of holders
_HELD_BACK = (returns.NEW, returns.BREAK, returns.GONE)


@dataclass(frozen=True)
class Request:
    """What was asked for. The same request and the same data give the same edition, byte for byte."""

    quarter: Quarter | None = None
    title: str | None = None
    slug: str | None = None
    base_url: str | None = None
    known_on: date | None = None
    chosen: dict[str, object] = field(default_factory=dict)
    """fields of rankings.Parameters"""


@dataclass(frozen=True)
class Gathered:
    """The document (see `gather`), and what its charts are drawn from.

    `levels` has ticker, series, date and level (100 at the first day); `band` holds every ranked stock of the band.
    """

    document: dict[str, Any]
    levels: pl.DataFrame
    band: list[dict[str, Any]]

    def draw(self) -> dict[str, charts.Chart]:
        """The charts by name: `band`, and of each stock `price-<ticker>` and `holders-<ticker>`."""
        listed = [row["ticker"] for row in self.document["rows"]]
        drawn = {"band": charts.draw_band(self.band, listed)}
        for stock in self.document["stocks"]:
            ticker, name = stock["ticker"], stock["chart"]
            own = self.levels.filter(pl.col("ticker") == ticker)
            drawn[f"price-{name}"] = charts.draw_price(own, own["series"].unique(maintain_order=True).to_list())
            counts = [(row["quarter"], row["holders"]) for row in stock["holders_by_quarter"]]
            drawn[f"holders-{name}"] = charts.draw_holders(counts)
        return drawn


def gather(settings: Settings, request: Request) -> Gathered:
    """Ask the store for everything that the edition says.

    The document has `title`, `slug`, `methodology` and `rows` as `rank --format json` has them (so that `rank
    --against` reads it), `market`, `coverage`, `stocks` (industry, largest holder, holders by quarter, the filings
    that are counted), `held_back` and `state`. Raises NotFoundError and SettingError as `answers.top_list` does.
    """
    known_on = request.known_on or _newest_filing(settings, request.quarter)
    answer = top_list(settings, request.quarter, request.chosen, known_on)
    # its coverage counts lines of filings that came later too; `_coverage` does not
    method = {name: value for name, value in answer.facts["methodology"].items() if name != "coverage"}
    everything = top_list(settings, request.quarter, {**request.chosen, "top": None}, known_on)
    rows = [dict(row) for row in answer.rows]
    base, end, cap_date = (date.fromisoformat(method[f"{name}_date"]) for name in ("base", "end", "cap"))
    band = (method["cap_min_usd"], method["cap_max_usd"])
    with Store(settings) as store:
        is_by_filer = bool(method["by_filer"])
        seen = view(store, request.quarter, known_on, by_filer=is_by_filer)
        # by the CUSIP: tickers are those of the cap date here, in the store the newest
        found = {row["ticker"]: find_security(store, row["cusip"], seen.counts) for row in rows}
        levels = _levels(store, list(found), base, end, cap_date, band)
        details = _details(store, list(found), cap_date)
        history = _history(store, seen, found, is_by_filer)
        stocks = [_stock(store, seen, found[row["ticker"]], row, details, history, levels) for row in rows]
        document = {
            "title": request.title or f"{answer.title[:1].upper()}{answer.title[1:]}",
            "slug": request.slug,
            "base_url": request.base_url,
            "as_of": max(seen.known_on, end, cap_date),
            "methodology": method,
            "coverage": _coverage(store, seen),
            "market": _market(settings, base, end, band, bool(method["total_return"])),
            "stocks": stocks,
            "held_back": _held_back(method["held_back"], method["min_holders"]),
            "state": _state(store, seen, stocks, levels),
            "rows": rows,
        }
    dots = [{key: row[key] for key in ("ticker", "holders", "return_pct")} for row in everything.rows]
    return Gathered(_steady(document), levels, dots)


def _newest_filing(settings: Settings, quarter: Quarter | None) -> date | None:
    """The newest filing of the quarter and of those before it: what is known now, said as a day."""
    with Store(settings) as store:
        end = store.require_quarter(quarter).end
        filed = store.read(JUDGED_FILINGS).filter(pl.col("period_of_report") <= end)["filing_date"]
    newest = filed.max()
    return newest if isinstance(newest, date) else None


def _market(settings: Settings, base: date, end: date, band: tuple[float, float], total_return: bool) -> dict[str, Any]:
    """Figures of `answers.survey` over the whole window: the cohort of the band on the base date, and benchmarks."""
    answer = survey(settings, base, end, band, total_return=total_return)
    whole = next(dict(row) for row in answer.rows if row["line"] == "Whole")
    figures = {name: whole[name] for name in _MARKET}
    return {**figures, "benchmarks": {name: whole[name] for name in BENCHMARKS if whole.get(name) is not None}}


def _levels(
    store: Store, tickers: Sequence[str], base: date, end: date, named_on: date, band: tuple[float, float]
) -> pl.DataFrame:
    """Columns ticker, series, date, level: each stock, beside it the band's median and the first benchmark loaded.

    Tickers are those of `named_on`; prices under an earlier one are joined.
    """
    known = store.read(SECURITIES)
    prices = price_window.load(store, base - timedelta(days=selection.MAX_AGE_DAYS), end)
    prices = ticker_map.follow(prices, known, named_on).filter(pl.col("close").is_not_null())
    members = cohort.cohort(selection.latest(prices, base), *band)["ticker"]
    benchmark = next((name for name in BENCHMARKS if (prices["ticker"] == name).any()), None)
    wanted = {*tickers, *members, *([benchmark] if benchmark else [])}
    adjusted = returns.adjusted_closes(
        prices.filter(pl.col("ticker").is_in(sorted(wanted))), ticker_map.follow(store.read(SPLITS), known, named_on)
    )
    last_before = pl.col("date").filter(pl.col("date") <= base).max().over("ticker")
    since = adjusted.filter(pl.col("date") >= pl.coalesce(last_before, pl.lit(base))).sort("ticker", "date")
    level = pl.col("adjusted") / pl.col("adjusted").first().over("ticker") * 100
    # a first close from the days before stands for the base date, as in the list
    day = pl.max_horizontal("date", pl.lit(base))
    lines = since.select("ticker", day.alias("date"), level.alias("level"))
    started = lines.filter(pl.col("date") == base)["ticker"]
    of_band = lines.filter(pl.col("ticker").is_in(members.implode()) & pl.col("ticker").is_in(started.implode()))
    median = of_band.group_by("date").agg(pl.col("level").median()).sort("date").with_columns(series=pl.lit(MEDIAN))
    beside = [
        median,
        *([lines.filter(pl.col("ticker") == benchmark).with_columns(series="ticker")] if benchmark else []),
    ]
    columns = ("ticker", "series", "date", "level")
    parts = [
        part
        for ticker in tickers
        for part in (
            lines.filter(pl.col("ticker") == ticker).with_columns(series="ticker").select(columns),
            *(other.with_columns(ticker=pl.lit(ticker)).select(columns) for other in beside),
        )
    ]
    empty = pl.DataFrame(schema={"ticker": pl.String, "series": pl.String, "date": pl.Date, "level": pl.Float64})
    return pl.concat([empty, *parts])


def _details(store: Store, tickers: Sequence[str], day: date) -> dict[str, dict[str, Any]]:
    """The newest sector and industry of each stock that any source gives up to `day`, by ticker."""
    told = store.prices(None, day).select("ticker", "date", "source", "sector", "industry").collect()
    told = ticker_map.follow(told, store.read(SECURITIES), day).filter(pl.col("ticker").is_in(list(tickers)))
    newest = [pl.col(name).sort_by("date", "source").drop_nulls().last() for name in ("sector", "industry")]
    return {row["ticker"]: row for row in told.group_by("ticker").agg(newest).to_dicts()}


def _history(
    store: Store, seen: View, found: Mapping[str, Security], is_by_filer: bool
) -> dict[str, list[dict[str, Any]]]:
    """Holders of each ticker in each quarter loaded up to this one, as known on the same day."""
    quarters = [quarter for quarter in store.quarters() if quarter <= seen.quarter][-_QUARTERS:]
    told: dict[str, list[dict[str, Any]]] = {ticker: [] for ticker in found}
    for quarter in quarters:
        is_here = quarter == seen.quarter
        counts = (seen if is_here else view(store, quarter, seen.known_on, by_filer=is_by_filer)).counts
        for ticker, security in found.items():
            told[ticker].append({"quarter": str(quarter), "holders": int(security.of(counts)["holders"].sum())})
    return told


def _stock(
    store: Store,
    seen: View,
    security: Security,
    row: dict[str, Any],
    details: dict[str, dict[str, Any]],
    history: dict[str, list[dict[str, Any]]],
    levels: pl.DataFrame,
) -> dict[str, Any]:
    """What is told of a stock beside its row."""
    ticker = row["ticker"]
    positions = seen.positions_of(store, security).filter(holder_counts.IS_SHARES)
    stake = positions.filter(pl.col("family") == row["largest_holder"])
    owned, shares = row["ownership_pct"], float(stake["shares"].sum())
    filings = fates(store, seen, security).filter(pl.col("fate") == COUNTED)
    filings = filings.sort("family", "filing_date", "accession_number").unique(
        "accession_number", maintain_order=True, keep="first"
    )
    own = levels.filter(pl.col("ticker") == ticker)
    return {
        "rank": row["rank"],
        "ticker": ticker,
        "chart": f"{row['rank']:02d}-" + "".join(char if char.isalnum() else "-" for char in ticker.lower()),
        "sector": details.get(ticker, {}).get("sector"),
        "industry": details.get(ticker, {}).get("industry"),
        "largest_holder_shares": shares,
        "largest_holder_value_usd": float(stake["value_usd"].sum()),
        "largest_holder_pct": owned * shares / row["shares"] if owned is not None and row["shares"] else None,
        "holders_by_quarter": history[ticker],
        "index": {name: part["level"][-1] for (name,), part in own.partition_by("series", as_dict=True).items()},
        "filings": filings.select(
            "manager_name", "family", "cik", "form_type", "filing_date", "accession_number", "url"
        ).to_dicts(),
    }


def _coverage(store: Store, seen: View) -> dict[str, Any]:
    """How many of the common shares and ADRs that the funds report have a ticker; what could not be read."""
    counts = seen.counts.filter(pl.col("kind").is_in(types.RANKED_KINDS))
    mapped = counts.filter(pl.col("ticker").is_not_null())
    total = float(counts["value_usd"].sum())
    unread = store.read(REJECTS, severity="rejected", period_of_report=seen.quarter.end)
    omitted = seen.filings.filter(pl.col("is_confidential_omitted").fill_null(False))
    return {
        "filings": seen.filings.height,
        "securities": counts.height,
        "securities_with_ticker": mapped.height,
        "value_with_ticker_pct": float(mapped["value_usd"].sum()) / total * 100 if total else None,
        "rejected_filings": unread["accession_number"].n_unique(),
        "confidential_filings": omitted.height,
    }


def _held_back(rows: Iterable[dict[str, Any]], least: int) -> list[dict[str, Any]]:
    """The names held back that enough funds hold, each with its kind: `unclear`, or why it has no close."""
    return [
        {**row, "kind": next((kind for kind in _HELD_BACK if kind in row["reason"]), returns.UNCLEAR)}
        for row in rows
        if row["holders"] >= least
    ]


def _state(store: Store, seen: View, stocks: Sequence[dict[str, Any]], levels: pl.DataFrame) -> dict[str, Any]:
    """Digests of what the edition rests on: they tell apart two states of the data, without holding either."""
    known = store.read(MANAGERS).filter("is_hedge_fund").join(seen.filings, on="cik", how="semi")
    funds = known.select("cik", "family").sort("cik").rows()
    closes = [(*row[:3], f"{row[3]:.6g}") for row in levels.rows()]
    filed = sorted(filing["accession_number"] for stock in stocks for filing in stock["filings"])
    return {
        "version": __version__,
        "known_on": seen.known_on,
        "filings_sha256": _digest(sorted(seen.filings["accession_number"].to_list())),
        "counted_sha256": _digest(filed),
        "hedge_funds_sha256": _digest(funds),
        "prices_sha256": _digest(closes),
    }


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, default=str).encode()).hexdigest()


def _steady(value: Any) -> Any:
    """JSON's own types; floats to 12 digits, as sums may differ in the last ones with the order of the additions."""
    if isinstance(value, dict):
        return {key: _steady(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_steady(member) for member in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        short = float(f"{value:.12g}")
        return int(short) if short.is_integer() and abs(short) < 2**53 else short
    return value.isoformat() if isinstance(value, date | datetime) else value
