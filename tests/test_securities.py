"""CUSIPs, tickers and kinds of security."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tracker import securities
from tracker.tables import CUSIP_SYMBOLS, SECURITIES, TICKERS

OLD, NEW = date(2024, 12, 31), date(2025, 12, 31)


def match(
    pairs: list[tuple[str, str, date]], tickers: tuple[str, ...] = (), priced: tuple[str, ...] = ()
) -> pl.DataFrame:
    matched = securities.match(
        CUSIP_SYMBOLS.frame(
            {"cusip": cusip, "symbol": symbol, "first_seen": day, "last_seen": day} for cusip, symbol, day in pairs
        ),
        TICKERS.frame({"ticker": ticker, "name": f"{ticker} by SEC"} for ticker in tickers),
        pl.DataFrame({"ticker": priced, "name": [None] * len(priced)}, {"ticker": pl.String, "name": pl.String}),
    )
    return SECURITIES.check(matched)


def newest(*pairs: tuple[str, str, date], **known: tuple[str, ...]) -> dict[str, str]:
    return dict(securities.newest(match(list(pairs), **known)).select("cusip", "ticker").rows())


def test_a_symbol_without_marks_is_the_one_listed_ticker_that_reads_so() -> None:
    assert newest(("1", "BRKB", NEW), tickers=("BRK-B", "BRK-A")) == {"1": "BRK.B"}
    assert newest(("1", "BRKB", NEW), priced=("BRK.B",)) == {"1": "BRK.B"}


def test_an_exact_ticker_beats_one_that_only_reads_alike() -> None:
    assert newest(("1", "BRKB", NEW), tickers=("BRK-B", "BRKB")) == {"1": "BRKB"}


def test_placeholders_stand_for_no_ticker() -> None:
    assert newest(("09073M104", "09073M", NEW), ("247361702", "1702REG", NEW)) == {}


def test_the_letter_of_a_pending_change_is_dropped_where_the_plain_symbol_is_there() -> None:
    assert newest(("1", "DUOTD", NEW), ("1", "DUOT", OLD)) == {"1": "DUOT"}
    assert newest(("1", "FORD", NEW)) == {"1": "FORD"}


def test_the_pair_seen_last_counts_and_a_ticker_may_have_had_several_cusips() -> None:
    assert newest(("1", "OLDT", OLD), ("1", "NEWT", NEW), ("2", "NEWT", OLD)) == {"1": "NEWT", "2": "NEWT"}


def test_of_one_day_the_listed_ticker_counts() -> None:
    assert newest(("1", "AAA", NEW), ("1", "ZZZZ", NEW), tickers=("ZZZZ",)) == {"1": "ZZZZ"}


def test_another_companys_old_cusip_does_not_get_the_ticker_it_once_had() -> None:
    known = match([("48115J109", "DERM", NEW), ("24983L104", "DERM", OLD)], tickers=("DERM",))
    found = securities.tickers(
        pl.DataFrame({"cusip": ["48115J109", "24983L104"], "name_of_issuer": ["JOURNEY MED CORP", "DERMIRA INC"]}),
        known,
    )
    assert found.rows() == [("48115J109", "DERM")]


def test_the_same_company_keeps_its_ticker_through_new_numbers() -> None:
    known = match(
        [("266042407", "DUOT", NEW), ("266042209", "DUOT", OLD), ("81727U105", "SENS", NEW), ("817268105", "SENS", OLD)]
    )
    names = {
        "266042209": "DUOS TECHNOLOGIES GROUP INC",
        "817268105": "SENSEONICS HLDGS INC",
        "81727U105": "Senseonics Holdings",
    }
    found = securities.tickers(pl.DataFrame({"cusip": list(names), "name_of_issuer": list(names.values())}), known)
    assert found.rows() == [("266042209", "DUOT"), ("817268105", "SENS"), ("81727U105", "SENS")]


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("COM", "common"),
        ("COM NEW", "common"),
        ("CL A ORD SHS", "common"),
        ("CMN", "common"),
        ("SHS BEN INT", "common"),
        ("COM UNIT RP LTD", "common"),
        ("SPONSORED ADS", "adr"),
        ("SPON ADR", "adr"),
        ("AMERICAN DEPOSITARY SHARES", "adr"),
        ("*W EXP 08/09/2029", "warrant"),
        ("WT EXP 123127", "warrant"),
        ("UNIT 99/99/9999", "unit"),
        ("RIGHT 99/99/9999", "right"),
        ("PFD SER A", "preferred"),
        ("6.5% PFD CV", "preferred"),
        ("NOTE 1.250% 2/1", "bond"),
        ("DBCV 3.000% 5/1", "bond"),
        ("S&P 500 ETF", "fund"),
        ("", "unknown"),
        (None, "unknown"),
        ("SDR", "unknown"),
    ],
)
def test_the_title_of_class_tells_the_kind(title: str | None, kind: str) -> None:
    frame = pl.DataFrame({"title": [title]}, {"title": pl.String})
    assert frame.select(securities.kind(pl.col("title"))).item() == kind
