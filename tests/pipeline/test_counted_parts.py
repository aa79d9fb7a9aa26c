"""What a count was made from, row by row, tells of what another one differs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from tracker.pipeline import counted_parts
from tracker.pipeline.counted_parts import Part
from tracker.settings import Settings
from tracker.store import Store

PERIOD = date(2025, 9, 30)
ROW = {"period_of_report": PERIOD, "holdings": "h", "positions": "p", "holder_counts": "c"}


def tickers(**of: str) -> pl.DataFrame:
    frame = pl.DataFrame({"cusip": list(of), "ticker": list(of.values())})
    return counted_parts.part(Part.TICKER, frame["cusip"], frame)


def filings(*rows: tuple[int, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"cik": pl.Int64, "accession_number": pl.String}, orient="row")


def test_rows_that_came_went_or_are_others_differ() -> None:
    was, now = tickers(A="X", B="Y", C="Z"), tickers(B="Y", C="ZZ", D="X")
    assert sorted(counted_parts.keys_of(counted_parts.changed(was, now), Part.TICKER)) == ["A", "C", "D"]
    assert counted_parts.changed(was, tickers(C="Z", B="Y", A="X")).is_empty()


def test_a_key_of_one_part_is_not_one_of_another() -> None:
    changed = pl.concat([tickers(A="X"), counted_parts.part(Part.COMPARED, pl.Series(["A"]))])
    assert counted_parts.keys_of(changed, Part.COMPARED, Part.TICKER).to_list() == ["A"]
    assert counted_parts.keys_of(changed, Part.KIND).is_empty()


def test_a_filing_more_is_a_change_of_its_manager_alone() -> None:
    was = counted_parts.reports(filings((1, "a"), (2, "b")), filings())
    now = counted_parts.reports(filings((1, "a"), (2, "b"), (2, "c")), filings((1, "a")))
    assert sorted(counted_parts.changed(was, now)["cik"].unique()) == [1, 2]
    assert counted_parts.changed(was, counted_parts.reports(filings((2, "b"), (1, "a")), filings())).is_empty()


def test_they_are_kept_for_the_count_that_they_are_of_and_no_other(tmp_path: Path) -> None:
    nobody = counted_parts.reports(filings(), filings())
    with Store(Settings(tmp_path)) as store:
        assert counted_parts.kept_parts(store, PERIOD, "c").is_empty()
        counted_parts.keep(store, ROW, nobody, tickers(A="X"))
        assert counted_parts.kept_parts(store, PERIOD, "c").equals(tickers(A="X"))
        # a quarter in which nobody reports is known, too
        assert counted_parts.kept_reports(store, PERIOD, "h").equals(nobody) and nobody.height
        assert counted_parts.kept_parts(store, PERIOD, "another").is_empty()
        assert counted_parts.kept_reports(store, PERIOD, "another").is_empty()
        counted_parts.keep(store, {**ROW, "holder_counts": "d"}, nobody, tickers(B="Y"))
        assert counted_parts.kept_parts(store, PERIOD, "c").is_empty()
        assert counted_parts.kept_parts(store, PERIOD, "d").equals(tickers(B="Y"))
