"""A small fictional market for the demo, written as real submissions and reference files.

Nothing in it is real: funds, companies, CIKs (from 9,000,000,001), CUSIPs (99xxxx, the range reserved
for private use) and prices are invented. The tables are `*.csv` beside this file, the rest is arithmetic.

    fictional_market.py    funds, companies, prices
    earlier_market.py      six quarters and a year of prices before them, for strategies
    fictional_filings.py   what the funds file, special cases included
    submission_text.py     one submission in EDGAR's form; tests use it too
    reference.py           form index, tickers, fails-to-deliver, adviser roster
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ..quarters import Quarter
from . import earlier_market, fictional_filings, fictional_market, reference
from .submission_text import submission


@dataclass(frozen=True)
class Sample:
    """Where the fictional market is, and the parameters its list is meant to be printed with."""

    home: Path
    quarters: tuple[Quarter, Quarter]
    """those the filings are for, older first"""
    base: date
    end: date
    cap_on: date
    prices: Path
    """csv to import: date, symbol, exchange, name, close, market_cap, volume, pct_change"""
    funds: Path
    """csv (cik, name, family) of exactly the hedge funds"""
    overrides: Path
    """csv (a fund list) of what the adviser roster does not show: a family office, and two filers of one family"""


@dataclass(frozen=True)
class Earlier:
    """What came before a `Sample`: quarters, the oldest first, and a csv of prices to import."""

    quarters: tuple[Quarter, ...]
    prices: Path


def write(home: Path) -> Sample:
    """Write the whole market below `home` as downloads would have left it; the same bytes every time."""
    funds, securities = fictional_market.read_funds(), fictional_market.read_securities()
    filed = list(fictional_filings.arguments(funds, securities))
    _save_filings(home, filed)
    for path, source, body in reference.files(funds, securities):
        _save(home / "filings" / "reference" / path, body, source)

    sample = Sample(
        home,
        fictional_market.QUARTERS,
        fictional_market.BASE,
        fictional_market.END,
        fictional_market.CAP_ON,
        prices=home / "prices.csv",
        funds=home / "fund_list.csv",
        overrides=home / "overrides.csv",
    )
    hedge = [fund for fund in funds if fund.is_hedge_fund]
    by_hand = [
        (f.cik, f.name, f.family, "true", "fictional", fictional_market.END) for f in hedge if f.family or not f.roster
    ]
    columns = ("cik", "name", "family", "is_hedge_fund", "source", "checked_on")
    _save(
        sample.prices,
        reference.to_csv(fictional_market.PRICE_COLUMNS, fictional_market.price_rows(securities)).encode(),
    )
    _save(sample.funds, reference.to_csv(columns[:3], ((f.cik, f.name, f.family) for f in hedge)).encode())
    _save(sample.overrides, reference.to_csv(columns, by_hand).encode())
    return sample


def write_earlier(home: Path) -> Earlier:
    """Write what came before the market of `write` beside it; the same bytes every time."""
    funds, securities = fictional_market.read_funds(), earlier_market.read_earlier_securities()
    _save_filings(home, list(earlier_market.earlier_arguments(funds, securities)))
    for path, source, body in earlier_market.earlier_files(securities):
        _save(home / "filings" / "reference" / path, body, source)
    earlier = Earlier(earlier_market.EARLIER_QUARTERS, home / "earlier_prices.csv")
    rows = earlier_market.earlier_price_rows(securities)
    _save(earlier.prices, reference.to_csv(fictional_market.PRICE_COLUMNS, rows).encode())
    return earlier


def _save_filings(home: Path, filed: Sequence[dict[str, Any]]) -> None:
    """Submissions from their arguments, and the form indexes of the quarters in which they were filed."""
    downloads = home / "filings"
    for given in filed:
        folder = downloads / "sec-edgar-filings" / f"{given['cik']:010d}" / given["form"] / given["accession_number"]
        _save(folder / "full-submission.txt", submission(**given))
    for quarter in sorted({Quarter.of(given["filed"]) for given in filed}):
        body = reference.form_index(quarter, filed)
        _save(downloads / "form-index" / f"{quarter.year}-QTR{quarter.number}.idx", body, "form index")


def _save(path: Path, body: bytes, source: str = "") -> None:
    """Write a file; reference data get the note that a download leaves beside them (see `sources.fetch_log`)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    if source:
        note = {"source": source, "url": f"fictional:{path.name}", "fetched_at": "2026-01-06T06:00:00"}
        path.with_name(path.name + ".meta.json").write_bytes(json.dumps(note, indent=1).encode())
