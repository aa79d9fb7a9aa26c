"""Delistings, from the same quarterly form index that names the 13F submissions (see `form_index`).

    25-NSE      OLD MILL BRANDS INC        1000045  2025-11-13  edgar/data/1000045/0001354457-25-001234.txt

A national exchange files Form 25-NSE to strike a class of securities from listing, an issuer files Form 25 to withdraw
one (17 CFR 240.12d2-2); either takes effect ten days later. Forms 15-12B and 15-12G end a registration (17 CFR
240.12g-4).

What may be concluded: on that day a class of securities of that company was on its way off an exchange, or was no
longer registered. What may not: why. A merger, a failure, a move to another exchange and the redemption of a warrant,
a note or a preferred share all look alike, and the index does not name the class. So a form alone ends no listing:
`last_listing_days` wants closes that have stopped, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from ..progress import Progress
from ..quarters import Quarter
from ..securities import tickers as ticker_names
from ..settings import Settings
from ..tables import (
    DELISTED_STOCKS,
    DELISTINGS,
    LISTING_ENDS,
    DelistedStocksFrame,
    DelistingsFrame,
    ListingEndsFrame,
    TickersFrame,
)
from . import form_index
from .http import Client

EFFECTIVE_AFTER = timedelta(days=10)
"""from filing a Form 25 to the end of the listing: 17 CFR 240.12d2-2(d)(1)"""
FILED_WITHIN = timedelta(days=365)
"""from the last close to the form: an exchange suspends trading first, and files after the appeals"""

_FORMS = r"(?:25(?:-NSE)?|15-12[BG])(?:/A)?"
_LINE = re.compile(rb"^(?:25(?:-NSE)?|15-12[BG])(?:/A)? [^\r\n]*", re.MULTILINE)


def fetch(client: Client, settings: Settings, since: Quarter, until: Quarter, *, today: date) -> list[Path]:
    """Save the indexes of what was filed from `since` to `until`, unedited; returns their paths, oldest first.

    They are the files that a refresh saves for its own quarters. Raises NotPublishedError or SourceError.
    """
    paths, quarter = [], since
    while quarter <= until:
        paths.append(form_index.fetch_index(client, settings, quarter, today=today))
        quarter = quarter.next
    return paths


def on_disk(settings: Settings) -> list[Path]:
    """The downloaded indexes, oldest first."""
    return sorted(form_index.index_path(settings, Quarter(2000, 1)).parent.glob("[!.]*.idx"))


def read(paths: Iterable[Path], progress: Progress | None = None) -> DelistingsFrame:
    """The forms in these indexes, by filing date; no network.

    Lines that are unreadable are noted on `progress`: their number and the first few of them.
    """
    delistings = [DELISTINGS.frame()]
    for path in paths:
        parsed, unread = parse(form_index.read_body(path))
        delistings.append(parsed)
        if unread and progress:
            progress.note(form_index.describe_unread(path.name, unread, "Forms 25 and 15"))
    return DELISTINGS.check(
        pl.concat(delistings)
        .unique(DELISTINGS.key, keep="first", maintain_order=True)
        .sort("filing_date", "accession_number", "cik")
    )


def parse(body: bytes) -> tuple[DelistingsFrame, list[str]]:
    """One index: its forms, and the lines of these forms that are unreadable.

    A Form 25-NSE is listed under the company and under the exchange that filed it, whose CIK begins the accession
    number: the exchange's row is left out.
    """
    rows, unread = form_index.parse_lines(_LINE.findall(body), _FORMS)
    is_filer = pl.col("cik") == pl.col("accession_number").str.head(10).cast(pl.Int64)
    is_exchange = pl.col("form_type").str.starts_with("25-NSE") & is_filer
    has_company = (~is_filer).any().over("accession_number")
    return DELISTINGS.fit(rows.filter(~(is_exchange & has_company))), unread


def with_tickers(delistings: DelistingsFrame, tickers: TickersFrame) -> DelistedStocksFrame:
    """A row for each ticker (in this package's notation) of the company in `tickers`, one without if it has none.

    Amendments are left out: they end nothing by themselves.
    """
    listed = tickers.select("cik", ticker_names.normalise(pl.col("ticker")).alias("ticker")).drop_nulls().unique()
    forms = delistings.filter(~pl.col("form_type").str.ends_with("/A"))
    return DELISTED_STOCKS.check(
        DELISTED_STOCKS.fit(forms.join(listed, on="cik", how="left")).sort("ticker", "filing_date", "accession_number")
    )


def last_listing_days(delisted_stocks: DelistedStocksFrame, last_closes: pl.DataFrame, until: date) -> ListingEndsFrame:
    """The last listing day of each ticker whose listing has ended, and the form that supports it.

    `last_closes` has ticker and date (of its last close), `until` is the last day of these prices. A company that was
    in none of SEC's lists is not found: the result names ends that are supported, and says nothing about other tickers.

    A form supports the end if the closes stop before `until`, no later than the form takes effect (ten days after it
    was filed: else it was about another class, or another exchange), and no more than a year before it was filed.
    """
    stopped = last_closes.select("ticker", last_listed_on="date").filter(pl.col("last_listed_on") < until)
    ends = stopped.join(delisted_stocks, on="ticker").filter(
        pl.col("filing_date").is_between(
            pl.col("last_listed_on") - EFFECTIVE_AFTER, pl.col("last_listed_on") + FILED_WITHIN
        )
    )
    first = ends.sort("filing_date", "accession_number").unique("ticker", keep="first", maintain_order=True)
    return LISTING_ENDS.check(LISTING_ENDS.fit(first).sort("ticker"))
