"""Amounts read as whole numbers: those of which every cell would pass as text, too."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tracker.filings import whole_numbers

TEXT, NUMBER = st.text("x +0\u00e9", max_size=20), st.text(" +0019\r", max_size=19)
IS_AMOUNT = r"^[0-9]{1,16}$"


def read(rows: list[tuple[str, ...]], dtype: pl.DataType) -> tuple[bytes, pl.DataFrame]:
    body = "".join("\t".join(row) + "\n" for row in rows).encode()
    schema = {"text": pl.String(), "a": dtype, "other": pl.String(), "b": dtype}
    return body, pl.read_csv(body, separator="\t", has_header=False, quote_char=None, schema=schema).select("a", "b")


@settings(max_examples=400)
@given(st.lists(st.tuples(TEXT, NUMBER, TEXT, NUMBER), min_size=1, max_size=4))
@example([("x", "00000000000000005", "x", "1")])
@example([("x", "9999999999999999", "00000000000000005x", "0000000000000001")])
def test_what_is_taken_is_what_the_rule_takes(rows: list[tuple[str, ...]]) -> None:
    try:
        body, numbers = read(rows, pl.UInt64())
    except pl.exceptions.PolarsError:
        return
    if not whole_numbers.are_amounts(body, numbers):
        return
    _, texts = read(rows, pl.String())
    stripped = texts.select(pl.all().str.strip_chars().replace("", None))
    assert stripped.select(pl.all().str.contains(IS_AMOUNT).all()).row(0) == (True, True)
    assert stripped.cast(pl.UInt64).equals(numbers)


@pytest.mark.parametrize("cell", ["+5", " +5", "00000000000000005", " 00000000000000005", "10000000000000000"])
def test_what_polars_takes_for_a_number_and_is_no_amount_is_told(cell: str) -> None:
    assert not whole_numbers.are_amounts(*read([("x", "1", "x", "2"), ("x", cell, "x", "3")], pl.UInt64()))


@pytest.mark.parametrize("cell", ["5", " 5", "", "0000000000000005", "9999999999999999"])
def test_amounts_are_taken_beside_texts_that_look_like_none(cell: str) -> None:
    assert whole_numbers.are_amounts(*read([("A+B 000000123", cell, "0000000010", "2")], pl.UInt64()))
