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
        ("48115J10", "48115J109"),
        ("37833100", "037833100"),
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
    assert (row["cusip"], row["is_valid"]) == (cusip(cusip8), True)


def test_what_is_read_has_one_row_a_distinct_value() -> None:
    table = cusips.read(pl.Series(["48115J109", "48115j109", "48115J109", "990101909"]))
    rows = {row["filed"]: row for row in table.to_dicts()}
    assert len(rows) == table.height == 3
    assert rows["48115j109"]["cusip"] == "48115J109"
    assert rows["990101909"]["option_side"] == "CALL"
    assert rows["48115J109"]["option_side"] == ""
