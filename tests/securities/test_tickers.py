"""Tickers have one way of writing, whatever the source's."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.securities.tickers import normalise, normalise_text, plain, read_listing

WRITINGS = [
    ("DUOT", "DUOT"),
    (" duot \t", "DUOT"),
    ("BRK/B", "BRK.B"),
    ("BRK-B", "BRK.B"),
    ("brk.b", "BRK.B"),
    ("BRK B", "BRK.B"),
    ("RAC/WS", "RAC.WS"),
    ("XYZ-UN", "XYZ.UN"),
    ("ABC^A", "ABC^A"),
    ("ABC-PA", "ABC^A"),
    ("ABC.PRA", "ABC^A"),
    ("ABC.PR.A", "ABC^A"),
    ("ABC PRA", "ABC^A"),
    ("ABC-P", "ABC^"),
    ("AXIA^", "AXIA^"),
    ("SPR", "SPR"),
    ("GPRE", "GPRE"),
]


@pytest.mark.parametrize(("written", "meant"), WRITINGS)
def test_one_way_of_writing(written: str, meant: str) -> None:
    assert normalise_text(written) == meant
    assert pl.select(normalise(pl.lit(written))).item() == meant


def test_an_empty_symbol_is_missing() -> None:
    frame = pl.DataFrame({"symbol": ["", "  ", None]}, schema={"symbol": pl.String})
    assert frame.select(normalise(pl.col("symbol")))["symbol"].to_list() == [None, None, None]
    assert normalise_text("  ") == ""


def test_plain_symbols_match_fails_to_deliver() -> None:
    frame = pl.DataFrame({"symbol": ["BRK.B", "ABC^A", "brk/b", "DUOT"]})
    assert frame.select(plain(pl.col("symbol")))["symbol"].to_list() == ["BRKB", "ABCA", "BRKB", "DUOT"]


@given(st.text(alphabet="ABPRWS./-^ ab", max_size=10))
def test_normalising_twice_changes_nothing_and_both_forms_agree(symbol: str) -> None:
    once = normalise_text(symbol)
    assert normalise_text(once) == once
    assert pl.select(normalise(pl.lit(symbol))).item() == (once or None)


@pytest.mark.parametrize("written", ["DUOT", "$DUOT", "$duot", "NASDAQ:DUOT", " nasdaq:duot "])
def test_a_listing_names_its_ticker(written: str) -> None:
    assert read_listing(written) == "DUOT"
