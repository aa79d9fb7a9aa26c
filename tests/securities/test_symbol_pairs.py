"""Pairs of CUSIP and ticker: symbols without marks, placeholders, marks of pending changes, OpenFIGI."""

from __future__ import annotations

import polars as pl

from tests.securities.helpers import NEW, OLD, newest
from tracker.securities import symbol_pairs
from tracker.tables import CUSIP_FIGIS, CUSIP_SYMBOLS, TICKERS


def test_a_symbol_without_marks_is_the_one_listed_ticker_that_reads_so() -> None:
    assert newest(("1", "BRKB", NEW), tickers=("BRK-B", "BRK-A")) == {"1": "BRK.B"}
    assert newest(("1", "BRKB", NEW), priced=("BRK.B",)) == {"1": "BRK.B"}


def test_an_exact_ticker_beats_one_that_only_reads_alike() -> None:
    assert newest(("1", "BRKB", NEW), tickers=("BRK-B", "BRKB")) == {"1": "BRKB"}


def test_placeholders_stand_for_no_ticker() -> None:
    assert newest(("09073M104", "09073M", NEW), ("247361702", "1702REG", NEW)) == {}
    assert newest(("G3922B107", "G", NEW)) == {"G3922B107": "G"}  # Genpact: no beginning of a CUSIP


def test_the_letter_of_a_pending_change_is_dropped_where_the_plain_symbol_is_there() -> None:
    assert newest(("1", "DUOTD", NEW), ("1", "DUOT", OLD)) == {"1": "DUOT"}
    assert newest(("1", "FORD", NEW)) == {"1": "FORD"}


def test_a_preferred_series_is_matched_with_the_mark_that_the_files_leave_out() -> None:
    assert newest(("1", "SBFPRA", NEW), priced=("SBF^A", "SBF")) == {"1": "SBF^A"}
    assert newest(("1", "SBFPRA", NEW), tickers=("SBF-PA",)) == {"1": "SBF^A"}
    assert newest(("1", "EPDPR", NEW), priced=("EPD^",)) == {"1": "EPD^"}
    assert newest(("1", "SPRB", NEW), tickers=("SPRB", "S", "S-PB")) == {"1": "SPRB"}  # listed as it stands


def test_the_new_number_of_a_split_is_known_before_its_mark_is_gone() -> None:
    pairs = [("266042209", "DUOT", OLD), ("266042407", "DUOTD", NEW)]
    assert newest(*pairs) == {"266042209": "DUOT", "266042407": "DUOT"}
    assert newest(*pairs, tickers=("DUOTD",))["266042407"] == "DUOTD"
    assert newest(("266042407", "DUOTD", NEW), ("037833100", "DUOT", OLD))["266042407"] == "DUOTD"  # another issuer's


def test_openfigi_fills_gaps_and_never_overrules() -> None:
    figis = CUSIP_FIGIS.frame(
        {"cusip": cusip, "ticker": ticker, "name": "X", "security_type": kind, "asked_on": NEW}
        for cusip, ticker, kind in (("1", "WRONG", "Common Stock"), ("2", "FOUND", "ADR"), ("3", None, "Corp"))
    )
    pairs = CUSIP_SYMBOLS.frame([{"cusip": "1", "symbol": "RIGHT", "first_seen": OLD, "last_seen": OLD}])
    listed = pl.DataFrame(schema={"ticker": pl.String, "name": pl.String})
    known = symbol_pairs.match(pairs, TICKERS.frame(), listed, figis)
    assert known.select("cusip", "ticker", "kind", "source").rows() == [
        ("1", "RIGHT", None, "fails-to-deliver"),
        ("2", "FOUND", "adr", "openfigi"),
    ]
