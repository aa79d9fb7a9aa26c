"""CUSIP clean-up and check digits."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.submissions import check_digit, cusip
from tracker.securities import cusips

CUSIP8 = st.text("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", min_size=8, max_size=8)


def one(expression: pl.Expr, value: str) -> object:
    return pl.DataFrame({"cusip": [value]}).select(expression).item()


@given(CUSIP8)
def test_the_check_digit_is_that_of_the_standard(cusip8: str) -> None:
    assert one(cusips.check_digit(pl.col("cusip")), cusip8) == check_digit(cusip8)


@pytest.mark.parametrize("known", ["037833100", "266042407", "48115J109", "G11448100", "38259P508"])
def test_real_cusips_are_valid(known: str) -> None:
    assert one(cusips.is_valid(pl.col("cusip")), known) is True
    wrong = known[:8] + str((int(known[8]) + 1) % 10)
    assert one(cusips.is_valid(pl.col("cusip")), wrong) is False


@pytest.mark.parametrize(
    ("filed", "clean"),
    [
        ("48115j109", "48115J109"),
        (" 48115J 109", "48115J109"),
        ("48115J10", "48115J10"),
        ("37833100", "37833100"),
        ("48115J108", "48115J108"),
        ("N/A", "N/A"),
        ("", ""),
    ],
)
def test_only_what_has_a_known_reason_is_mended(filed: str, clean: str) -> None:
    assert cusips.read(pl.Series([filed]))["cusip"].to_list() == [clean]


@given(CUSIP8)
def test_a_whole_cusip_is_left_alone(cusip8: str) -> None:
    row = cusips.read(pl.Series([cusip(cusip8)])).row(0, named=True)
    assert (row["cusip"], row["is_valid"]) == (cusip(cusip8), cusip(cusip8) != cusips.PLACEHOLDER)


@given(CUSIP8, st.integers(0, 8))
def test_a_cusip_without_a_character_may_be_the_whole_one(cusip8: str, place: int) -> None:
    whole = cusip(cusip8)
    short = whole[:place] + whole[place + 1 :]
    assert one(cusips.is_shortened(pl.col("cusip")), short) is True
    assert short in one(cusips.shorten(pl.col("cusip")), whole)


@pytest.mark.parametrize(
    ("filed", "is_shortened"),
    [("1055102", True), ("360206", True), ("48115J1", False), ("48115J109", False), ("N/A", False), ("", False)],
)
def test_what_may_have_lost_characters(filed: str, is_shortened: bool) -> None:
    assert one(cusips.is_shortened(pl.col("cusip")), filed) is is_shortened


@pytest.mark.parametrize(("whole", "filed"), [("001055102", "1055102"), ("000360206", "360206")])
def test_several_lost_zeros_are_among_the_forms(whole: str, filed: str) -> None:
    assert filed in one(cusips.shorten(pl.col("cusip")), whole)


def test_nine_zeros_are_no_cusip_although_their_check_digit_is_right() -> None:
    assert check_digit("00000000") == "0"
    assert one(cusips.is_valid(pl.col("cusip")), "000000000") is False


def test_what_is_read_has_one_row_a_distinct_value() -> None:
    table = cusips.read(pl.Series(["48115J109", "48115j109", "48115J109", "990101909"]))
    rows = {row["filed"]: row for row in table.to_dicts()}
    assert len(rows) == table.height == 3
    assert rows["48115j109"]["cusip"] == "48115J109"
    assert rows["990101909"]["option_side"] == "CALL"
    assert rows["48115J109"]["option_side"] == ""
