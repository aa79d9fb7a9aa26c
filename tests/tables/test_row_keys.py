"""A row's key as one number equals and sorts as its columns do, whatever they hold."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.tables.row_keys import merge_rows, row_keys

TEXTS = st.none() | st.text(max_size=3)
# two columns of these do not fit into one number
NUMBERS = st.none() | st.integers(-(2**63), 2**63 - 1)
DAYS = st.none() | st.dates(date(1970, 1, 1), date(2100, 1, 1))
SCHEMA = {"text": pl.String, "number": pl.Int64, "other": pl.Int64, "day": pl.Date}


@given(rows=st.lists(st.tuples(TEXTS, NUMBERS, NUMBERS, DAYS), max_size=20))
def test_it_sorts_and_equals_as_the_columns_do(rows: list[tuple[object, ...]]) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    for columns in (["text"], ["number", "text"], ["day", "text", "number"], [*SCHEMA]):
        keys = row_keys(frame, columns)
        assert keys.null_count() == 0
        by_key = frame.select(columns)[keys.arg_sort()]
        assert by_key.equals(frame.select(columns).sort(columns))
        assert keys.n_unique() == frame.select(columns).n_unique()


@pytest.mark.parametrize("values", [[None, None], [2**63 - 1, -(2**63)], [5, 5]])
def test_nulls_and_extreme_numbers(values: list[int | None]) -> None:
    frame = pl.DataFrame({"a": values, "b": ["x", "x"]}, schema={"a": pl.Int64, "b": pl.String})
    keys = row_keys(frame, ["a", "b"])
    assert keys.n_unique() == len({*values})


ROWS = st.dictionaries(st.tuples(st.sampled_from("abcd"), st.integers(0, 4)), st.integers(0, 9), max_size=12)


@given(kept=ROWS, made=ROWS)
def test_merged_rows_stand_in_the_order_of_the_key(
    kept: dict[tuple[str, int], int], made: dict[tuple[str, int], int]
) -> None:
    schema = {"text": pl.String, "number": pl.Int64, "value": pl.Int64}
    before, new = (
        pl.DataFrame([(*key, value) for key, value in rows.items()], schema=schema, orient="row")
        for rows in (kept, made)
    )
    before = before.sort("text", "number")
    goes = pl.Series([key in made for key in before.select("text", "number").rows()], dtype=pl.Boolean)
    merged = merge_rows(before, goes, new, "text", ("text", "number"))
    assert merged.rows() == [(*key, value) for key, value in sorted({**kept, **made}.items())]
