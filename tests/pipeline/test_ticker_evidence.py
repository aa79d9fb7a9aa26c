"""What filings and prices say of tickers: the newest name of an issuer, and from when to when there are prices."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from tracker.pipeline import ticker_evidence
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import CUSIP_SYMBOLS, LINES, PRICES

Q2, Q3 = Quarter(2025, 2), Quarter(2025, 3)
FIRST, LAST = date(2025, 1, 2), date(2025, 12, 31)


def test_the_name_is_the_most_frequent_of_the_newest_quarter(tmp_path: Path) -> None:
    names = {
        Q2: {"08975P108": ["BIGCOMMERCE"] * 3, "001084102": ["AGCO CORP"]},
        Q3: {"08975P108": ["COMMERCE COM", "BIG"]},
    }
    names[Q3]["08975P108"].append("COMMERCE COM")
    with Store(Settings(tmp_path)) as store, store.writing():
        for quarter, of in names.items():
            rows = [(cusip, name) for cusip, given in of.items() for name in given]
            lines = LINES.frame(
                {"accession_number": f"0000000001-25-{quarter.number:06d}", "line_number": at, "cusip": cusip,
                 "name_of_issuer": name}
                for at, (cusip, name) in enumerate(rows)
            )  # fmt: skip
            store.add_lines(quarter.end, lines)
        pairs = pl.DataFrame({"cusip": ["08975P108", "001084102"], "ticker": ["CMRC", "AGCO"]})
        issuers, quoted = ticker_evidence.gather(store, pairs, [Q2, Q3])
    assert issuers.rows() == [("001084102", "AGCO CORP"), ("08975P108", "COMMERCE COM")]
    assert quoted.is_empty()


def test_prices_that_begin_later_or_end_earlier_than_those_of_most_are_dated(tmp_path: Path) -> None:
    days = pl.date_range(FIRST, LAST, eager=True).to_list()
    spans = {
        "AGCO": (FIRST, LAST), "META": (FIRST, LAST), "MLSS": (FIRST, LAST), "OTHER": (FIRST, LAST),
        "BIGC": (FIRST, date(2025, 7, 31)), "CMRC": (date(2025, 8, 1), LAST),
    }  # fmt: skip
    rows = [(ticker, day, "nasdaq") for ticker, (first, last) in spans.items() for day in days if first <= day <= last]
    rows += [("BIGC", LAST, "fails")]  # under the ticker that is in question
    with Store(Settings(tmp_path)) as store, store.writing():
        store.add_prices(
            PRICES.frame(
                {"ticker": ticker, "date": day, "close": 1.0, "source": source} for ticker, day, source in rows
            )
        )
        pairs = pl.DataFrame({"cusip": ["1", "1", "2"], "ticker": ["BIGC", "CMRC", "AGCO"]})
        quoted = ticker_evidence.gather(store, pairs, []).quoted
    assert quoted.rows() == [
        ("AGCO", None, None),
        ("BIGC", None, date(2025, 7, 31)),
        ("CMRC", date(2025, 8, 1), None),
    ]


def test_the_files_own_descriptions_name_what_no_filing_reports() -> None:
    symbols = CUSIP_SYMBOLS.frame(
        {"cusip": cusip, "symbol": "X", "description": text, "first_seen": FIRST, "last_seen": day}
        for cusip, text, day in (("1", "OLD NAME", FIRST), ("2", "NAMED BY A FILING", LAST), ("3", None, LAST))
    )
    issuers = pl.DataFrame({"cusip": ["2"], "name_of_issuer": ["AS REPORTED"]})
    named = ticker_evidence.with_descriptions(issuers, symbols)
    assert sorted(named.rows()) == [("1", "OLD NAME"), ("2", "AS REPORTED")]
