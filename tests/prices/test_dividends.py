"""Which dividends count, and of which stocks all are known."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tracker.prices.dividends import covered, settle
from tracker.tables import DIVIDENDS


def paid(source: str, *rows: tuple[str, str, float]) -> pl.DataFrame:
    return DIVIDENDS.frame(
        [{"ticker": t, "date": date.fromisoformat(d), "amount_usd": a, "source": source} for t, d, a in rows]
    )


def test_a_payment_that_two_sources_date_a_few_days_apart_counts_once() -> None:
    yahoo = paid("yahoo", ("A", "2024-12-13", 0.1), ("A", "2025-03-14", 0.2), ("B", "2025-03-14", 0.5))
    file = paid("file:x.csv", ("A", "2025-03-17", 0.21), ("A", "2025-06-13", 0.3))
    assert settle([yahoo, file]).select("ticker", "date", "amount_usd", "source").rows() == [
        ("A", date(2024, 12, 13), 0.1, "yahoo"),
        ("A", date(2025, 3, 17), 0.21, "file:x.csv"),
        ("A", date(2025, 6, 13), 0.3, "file:x.csv"),
        ("B", date(2025, 3, 14), 0.5, "yahoo"),
    ]


def test_a_newer_file_takes_back_what_an_older_one_said_between_its_rows() -> None:
    older = paid("file:x.csv", ("A", "2025-03-14", 0.2), ("A", "2025-06-13", 9.0), ("A", "2025-09-12", 0.2))
    newer = paid("file:x.csv", ("A", "2025-03-14", 0.2), ("A", "2025-09-12", 0.25))
    assert settle([older, newer])["amount_usd"].to_list() == [0.2, 0.25]
    assert settle([]).is_empty() and settle([DIVIDENDS.frame()]).is_empty()


@pytest.mark.parametrize(
    ("rows", "is_covered"),
    [
        ([("A", "2025-02-14", 0.1), ("A", "2025-11-14", 0.1)], True),  # a quarterly payer
        ([("A", "2024-02-14", 0.1), ("A", "2024-11-14", 0.1)], False),  # the year before
        ([("A", "2025-02-14", 0.1)], False),  # of a file that ends in spring
        ([("A", "2025-11-14", 0.1)], False),  # of one that begins in autumn
        ([("A", "2025-12-31", 0)], True),  # pays none, and the file says so
        ([("A", "2025-06-30", 0.4), ("A", "2025-12-31", 0)], True),  # once a year
        ([("A", "2024-01-31", 0), ("A", "2026-02-14", 0.1)], True),
        ([("A", "2025-03-31", 0)], False),
    ],
)
def test_a_file_covers_a_stock_that_it_reaches_over_the_window(
    rows: list[tuple[str, str, float]], is_covered: bool
) -> None:
    assert covered(paid("file:x.csv", *rows), date(2025, 1, 3), date(2025, 12, 31)) == ["A"] * is_covered
