"""What an edition says of each listed stock beside its row of the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from ..lookup import Security, find_security, known_securities
from ..rankings.quarter_changes import IS_SHARES
from ..reports.as_of import view
from ..reports.filings import Fate, fates
from ..reports.ranked_list import RankedList
from ..securities import ticker_map
from ..store import Store, read_securities
from .sparklines import sample_levels

_QUARTERS = 12  # in the chart of holders


def describe_stocks(store: Store, ranked_list: RankedList, levels: pl.DataFrame) -> list[dict[str, Any]]:
    """One document a listed stock, in the order of the list; `levels` are those of `price_levels`."""
    rows = ranked_list.rows()
    # by the CUSIP: tickers are those of the cap date here, those in the store are the newest
    counts = ranked_list.view.counts
    known = known_securities(store, counts)
    securities = {row["ticker"]: find_security(store, row["cusip"], counts, known) for row in rows}
    industries = _industries(store, list(securities), ranked_list.parameters.cap_date)
    history = _history(store, ranked_list, securities)
    return [
        {
            "rank": row["rank"],
            "ticker": row["ticker"],
            "chart": f"{row['rank']:02d}-" + "".join(char if char.isalnum() else "-" for char in row["ticker"].lower()),
            "sector": industries.get(row["ticker"], {}).get("sector"),
            "industry": industries.get(row["ticker"], {}).get("industry"),
            **_largest_holder(store, ranked_list, securities[row["ticker"]], row),
            "holders_by_quarter": history[row["ticker"]],
            "index": _index(levels.filter(pl.col("ticker") == row["ticker"])),
            "sparkline": sample_levels(
                levels.filter(pl.col("ticker") == row["ticker"], pl.col("series") == row["ticker"])
            ),
            "filings": _filings(store, ranked_list, securities[row["ticker"]]),
        }
        for row in rows
    ]


def _industries(store: Store, tickers: Sequence[str], day: date) -> dict[str, dict[str, Any]]:
    """The newest sector and industry of each stock from any source up to `day`, by ticker."""
    securities = read_securities(store)
    moves = ticker_map.moves(securities, day)
    asked = sorted({*tickers, *moves.filter(pl.col("_then").is_in(list(tickers)))["ticker"]})
    told = store.prices(None, day).filter(pl.col("ticker").is_in(asked))
    prices = told.select("ticker", "date", "source", "sector", "industry").collect()
    prices = ticker_map.move(prices, moves).filter(pl.col("ticker").is_in(list(tickers)))
    newest = [pl.col(name).sort_by("date", "source").drop_nulls().last() for name in ("sector", "industry")]
    return {row["ticker"]: row for row in prices.group_by("ticker").agg(newest).to_dicts()}


def _history(
    store: Store, ranked_list: RankedList, securities: Mapping[str, Security]
) -> dict[str, list[dict[str, Any]]]:
    """Holders of each ticker in each loaded quarter up to this one, as known on the same day.

    Each row has quarter, holders and awaited: those still awaited while the quarter is open, else null.
    """
    seen, parameters = ranked_list.view, ranked_list.parameters
    given = {"by_filer": parameters.by_filer, "with_market_makers": parameters.with_market_makers}
    quarters = [quarter for quarter in store.quarters() if quarter <= seen.quarter][-_QUARTERS:]
    history: dict[str, list[dict[str, Any]]] = {ticker: [] for ticker in securities}
    for quarter in quarters:
        is_this = quarter == seen.quarter
        known = seen if is_this else view(store, quarter, seen.known_on, **given)
        for ticker, security in securities.items():
            counts = security.of(known.counts)
            awaited = int(counts["awaited"].sum()) if known.reporting.is_open else None
            history[ticker].append(
                {"quarter": str(quarter), "holders": int(counts["holders"].sum()), "awaited": awaited}
            )
    return history


def _largest_holder(
    store: Store, ranked_list: RankedList, security: Security, row: Mapping[str, Any]
) -> dict[str, float | None]:
    positions = ranked_list.view.positions_of(store, security).filter(IS_SHARES)
    stake = positions.filter(pl.col("family") == row["largest_holder"])
    owned, shares = row["ownership_pct"], float(stake["shares"].sum())
    return {
        "largest_holder_shares": shares,
        "largest_holder_value_usd": float(stake["value_usd"].sum()),
        "largest_holder_pct": owned * shares / row["shares"] if owned is not None and row["shares"] else None,
    }


def _index(levels: pl.DataFrame) -> dict[Any, float]:
    """The last level of each series."""
    return {name: part["level"][-1] for (name,), part in levels.partition_by("series", as_dict=True).items()}


def _filings(store: Store, ranked_list: RankedList, security: Security) -> list[dict[str, Any]]:
    """The filings that count as holders, one row each."""
    filings = fates(store, ranked_list.view, security).filter(pl.col("fate_kind") == Fate.COUNTED)
    filings = filings.sort("family", "filing_date", "accession_number")
    filings = filings.unique("accession_number", maintain_order=True, keep="first")
    columns = ("manager_name", "family", "cik", "form_type", "filing_date", "accession_number", "url")
    return filings.select(columns).to_dicts()
