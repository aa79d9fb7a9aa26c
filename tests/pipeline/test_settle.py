"""Books are measured once, and again whenever what they are measured from has changed."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.managers.helpers import filing
from tests.pipeline.helpers import Q2, Q3
from tests.store.helpers import files
from tracker.pipeline import settle
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import JUDGED_FILINGS, LINES

NOW, BEFORE, LATER = "0000000009-25-000002", "0000000009-25-000001", "0000000009-25-000003"
FILINGS = [
    filing(9, number=1, period_of_report=Q2.end),
    filing(9, number=2, period_of_report=Q3.end),
]


def lines(number: str, **values: float) -> pl.DataFrame:
    rows = [
        {"accession_number": number, "line_number": at, "cusip": f"{name:0>9}", "value": value, "put_call": ""}
        for at, (name, value) in enumerate(values.items(), start=1)
    ]
    return LINES.frame(rows)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(Settings(tmp_path))
    store.add_lines(Q2.end, lines(BEFORE, A=10.0, B=10.0))
    store.add_lines(Q3.end, lines(NOW, A=60.0, B=30.0, C=10.0))
    return store


def shape(store: Store, filings: list[dict[str, object]]) -> dict[str, object]:
    return settle.shapes(store, JUDGED_FILINGS.frame(filings)).row(0, named=True)


def test_books_that_are_the_same_are_not_measured_again(store: Store) -> None:
    first = shape(store, FILINGS)
    assert (first["position_count"], first["turnover"]) == (3, pytest.approx(0.1))
    kept = files(store.settings.db / "prepared")
    assert kept
    assert shape(store, FILINGS) == first
    assert files(store.settings.db / "prepared") == kept


def test_lines_of_the_quarter_before_that_change_change_the_turnover(store: Store) -> None:
    shape(store, FILINGS)
    store.add_lines(Q2.end, lines(BEFORE, A=10.0))
    assert shape(store, FILINGS)["turnover"] == pytest.approx(0.4)


def test_lines_of_the_quarter_that_change_change_the_book(store: Store) -> None:
    shape(store, FILINGS)
    store.add_lines(Q3.end, lines(NOW, A=60.0))
    assert shape(store, FILINGS)["position_count"] == 1


def test_reports_that_count_no_longer_are_not_measured_though_no_line_has_changed(store: Store) -> None:
    store.add_lines(Q3.end, lines(LATER, D=1.0))
    assert shape(store, [*FILINGS, filing(9, number=3, role="new holdings")])["position_count"] == 4
    replaced = [FILINGS[0], {**FILINGS[1], "role": "replaced"}, filing(9, number=3, role="restatement")]
    assert shape(store, replaced)["position_count"] == 1


def test_a_quarter_before_that_counts_only_now_gives_a_turnover(store: Store) -> None:
    notice = {**FILINGS[0], "role": "notice"}
    assert shape(store, [notice, FILINGS[1]])["turnover"] is None
    assert shape(store, FILINGS)["turnover"] == pytest.approx(0.1)
