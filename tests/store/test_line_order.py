"""Lines in Parquet: sorted by codes, and found by CUSIP without reading the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.settings import Settings
from tracker.store import Store, written_cusips
from tracker.store.layout import lines_path
from tracker.store.line_order import in_order
from tracker.tables import LINES
from tracker.tables.coded_lines import CodedLines
from tracker.tables.text_codes import TextCodes

PERIOD = date(2025, 9, 30)
CUSIP = st.one_of(st.none(), st.sampled_from(["", "a", "A", "990101107", "990101108", "Z", "\u00e9"]))
KEYS = st.lists(
    st.tuples(st.sampled_from(["1", "2", "10"]), st.integers(-2, 2**33)), unique=True, max_size=20
)  # fmt: skip


def lines(rows: list[tuple[str, int, str | None]]) -> pl.DataFrame:
    return LINES.frame(
        {"accession_number": number, "line_number": line, "cusip": cusip} for number, line, cusip in rows
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(Settings(tmp_path)) as store, store.writing():
        yield store


@given(KEYS, st.data())
def test_codes_sort_as_the_texts_do(keys: list[tuple[str, int]], data: st.DataObject) -> None:
    frame = lines([(*key, data.draw(CUSIP)) for key in keys])
    ordered = in_order(CodedLines.of(frame)).collect()
    assert ordered.equals(frame.sort("cusip", "accession_number", "line_number"))
    if frame.height:
        with pytest.raises(ValueError, match="not unique"):
            in_order(CodedLines.of(pl.concat([frame, frame[-1:]])))


@given(st.lists(CUSIP, max_size=30), st.integers(0, 10))
def test_codes_stand_for_their_texts(texts: list[str | None], dropped: int) -> None:
    column = pl.Series(texts, dtype=pl.String)
    coded = TextCodes.of(column)
    assert coded.texts.gather(coded.codes).to_list() == texts
    assert len({*coded.texts}) == len(coded.texts) and None not in coded.texts
    assert column.gather(coded.ranks().arg_sort()).equals(column.sort())
    # what is left of a column has fewer texts than its categories
    part = TextCodes.of_categorical(column.cast(pl.Categorical(pl.Categories.random()))[dropped:])
    assert part.texts.gather(part.codes).to_list() == texts[dropped:]


@pytest.mark.parametrize("most", [5_000, 1])
def test_a_cusip_is_found_however_it_is_written(store: Store, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(written_cusips, "_MOST", most)
    store.add_lines(PERIOD, lines([("1", 1, "99010a107"), ("1", 2, "99010A107"), ("1", 3, "990102105")]))
    store.add_lines(PERIOD, lines([("2", 1, "99010 A-107"), ("2", 2, "990102105"), ("2", 3, None)]))
    found = store.lines_of(PERIOD, ["99010A107"], ["accession_number", "line_number"])
    assert sorted(found.rows()) == [("1", 1), ("1", 2), ("2", 1)]
    assert store.lines_of(PERIOD, ["99010a107"]).is_empty()  # it is not clean
    assert store.lines_of(PERIOD, ["990101107"]).is_empty() and store.lines_of(PERIOD, []).is_empty()
    many = ["99010A107", "990102105", *map(str, range(60))]
    assert store.lines_of(PERIOD, many, ["line_number"]).height == 5


@pytest.mark.parametrize("note", ["", "[]", "[" * 100_000, '{"99010a107": 1}', '{"99010a107": null}', "9" * 5_000])
def test_a_note_that_is_none_is_not_believed(store: Store, note: str) -> None:
    store.add_lines(PERIOD, lines([("1", 1, "99010a107"), ("1", 2, "990102105")]))
    path = lines_path(store.settings.db, PERIOD)
    pl.read_parquet(path, hive_partitioning=False).write_parquet(path, metadata={"cusips_cleaned": note})
    assert store.lines_of(PERIOD, ["99010A107"], ["line_number"]).rows() == [(1,)]
    assert written_cusips.spellings(store.files, path).rows() == [("99010a107", "99010A107")]


def test_many_lines_are_stored_by_cusip(store: Store) -> None:
    count = 120_000
    frame = pl.DataFrame({"line_number": pl.int_range(count, eager=True)}).with_columns(
        pl.lit("1").alias("accession_number"), (pl.col("line_number") % 1000).cast(pl.String).alias("cusip")
    )
    store.add_lines(PERIOD, LINES.fit(frame))
    assert store.lines_of(PERIOD, ["17"]).height == 120
    groups = pl.scan_parquet(lines_path(store.settings.db, PERIOD))
    assert groups.select("cusip").collect()["cusip"].is_sorted()
