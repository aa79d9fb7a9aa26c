"""Who has filed of those known: by hand-written managers of two quarters."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from tests.managers.helpers import filing
from tests.pipeline.helpers import Q2, Q3
from tracker.pipeline.filing_season import complete_quarters, measure_season
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import JUDGED_FILINGS, MANAGERS, REJECTS, RUNS

THEN = {"number": 1, "period_of_report": Q2.end, "filing_date": Q2.deadline}
NOW = {"number": 2}
AFTER_DEADLINE = datetime(2025, 8, 20)


def store_of(
    home: Path, *filings: dict[str, object], rejects: tuple[int, ...] = (), refreshed: datetime = AFTER_DEADLINE
) -> Store:
    """Managers 1 to 8 are hedge funds, 7 and 8 one family; 9 is not."""
    store = Store(Settings(home))
    families = {cik: "House" if cik in (7, 8) else f"Fund {cik}" for cik in range(1, 10)}
    managers = ({"cik": cik, "family": name, "is_hedge_fund": cik != 9} for cik, name in families.items())
    store.replace(MANAGERS, MANAGERS.frame(managers))
    store.replace(JUDGED_FILINGS, JUDGED_FILINGS.frame(filings))
    unread = ({"accession_number": f"x{cik}", "cik": cik, "period_of_report": Q3.end, "step": "download",
               "severity": "rejected", "kind": "not_downloaded", "reason": "gone"} for cik in rejects)  # fmt: skip
    store.replace(REJECTS, REJECTS.frame(unread))
    store.append(RUNS, RUNS.frame([{"started_at": refreshed, "period_of_report": Q2.end}]))
    return store


def test_known_filed_not_yet_filed_and_new_are_told_apart(tmp_path: Path) -> None:
    store = store_of(
        tmp_path,
        filing(1, **THEN),
        filing(1, **NOW),
        filing(2, **THEN, value_total=5e9),
        filing(3, **THEN, value_total=7e6, unit="thousands"),
        filing(4, **THEN),
        filing(4, **NOW, role="notice"),  # somebody else reports for it
        filing(5, **NOW),  # new
        filing(6, **THEN, role="notice"),  # was no report
        filing(7, **THEN),
        filing(8, **NOW),  # the family has filed, by another manager
        filing(9, **THEN, value_total=9e12),  # no hedge fund
    )
    season = measure_season(store, Q3)
    assert season is not None
    assert (season.known, season.filed, season.new) == (5, 3, 1)
    assert season.awaited.rows() == [("Fund 3", 7e9), ("Fund 2", 5e9)]
    assert season.sentence() == (
        "5 hedge-fund families known from 2025Q2: 3 filed for 2025Q3, 2 not yet; 1 new. "
        "Largest not yet filed: Fund 3 ($7.00B), Fund 2 ($5.00B)."
    )
    assert season.as_dict()["not_yet_filed"] == len(season.as_dict()["awaited"]) == 2


def test_a_filing_that_could_not_be_fetched_was_filed(tmp_path: Path) -> None:
    season = measure_season(store_of(tmp_path, filing(1, **THEN), filing(2, **THEN), rejects=(1,)), Q3)
    assert season is not None
    assert season.awaited["family"].to_list() == ["Fund 2"]


def test_a_value_that_is_not_known_is_no_zero(tmp_path: Path) -> None:
    season = measure_season(store_of(tmp_path, filing(1, **THEN, value_total=None), filing(2, **THEN)), Q3)
    assert season is not None
    assert season.awaited.rows() == [("Fund 2", 1000.0), ("Fund 1", None)]
    assert "Fund 1 (value not known)" in season.sentence()


@pytest.mark.parametrize(
    ("refreshed", "is_complete"), [(datetime(2025, 8, 14, 23), False), (datetime(2025, 8, 15), True)]
)
def test_a_quarter_is_complete_once_it_was_refreshed_after_its_deadline(
    tmp_path: Path, refreshed: datetime, is_complete: bool
) -> None:
    store = store_of(tmp_path, filing(1, **THEN), refreshed=refreshed)
    assert Q2.deadline == date(2025, 8, 14)
    assert complete_quarters(store) == [Q2] * is_complete
    assert (measure_season(store, Q3) is not None) == is_complete
    assert measure_season(store, Q2) is None, "a quarter is not compared with itself"
    assert measure_season(store, Quarter(2025, 1)) is None
