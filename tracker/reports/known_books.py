"""The books of chosen managers for a quarter, hedge funds or not, as they are known now or were on a day."""

from __future__ import annotations

from datetime import date

import polars as pl

from ..filings import holdings
from ..quarters import Quarter
from ..rankings import holder_counts
from ..securities import ticker_map
from ..store import Store, read_securities
from ..tables import (
    CUSIP_MATCHES,
    FILINGS,
    JUDGED_FILINGS,
    JudgedFilingsFrame,
    ManagersFrame,
    PositionsFrame,
)


def known_books(
    store: Store, quarter: Quarter, managers: ManagersFrame, known_on: date | None = None
) -> tuple[JudgedFilingsFrame, PositionsFrame]:
    """The filings of `managers` for `quarter`, and what they hold by them; no lines of others are read.

    With `known_on`, which filing replaces which is decided again from those filed by that day; the unit of each, what
    an amendment does and what a shortened CUSIP stands for stay as they are decided now.
    """
    stored = store.read(JUDGED_FILINGS, period_of_report=quarter.end, cik=managers["cik"])
    filings = stored.filter(pl.col("filing_date") <= known_on) if known_on else stored
    lines = store.lines(quarter.end, holdings.COLUMNS, filings["accession_number"])
    if filings.height < stored.height:
        judged, _ = holdings.judge(FILINGS.fit(filings), lines, filings.drop_nulls("amendment_effect"))
        decided = filings.select("accession_number", "unit", "is_share_value")
        filings = judged.drop("unit", "is_share_value").join(decided, on="accession_number", validate="1:1")
    matches = store.read(CUSIP_MATCHES, accession_number=filings["accession_number"])
    held = holdings.effective(JUDGED_FILINGS.fit(filings), lines, matches)
    tickers = ticker_map.tickers(held, read_securities(store))
    counted = managers.with_columns(pl.lit(True).alias("is_hedge_fund"))
    return JUDGED_FILINGS.fit(filings), holder_counts.positions(held, counted, tickers)
