"""What kind of security a CUSIP is."""

from __future__ import annotations

import polars as pl
import pytest

from tracker.securities import types


def decide(title: str | None, issuer: str | None = None, cusip: str | None = None, by_ticker: str | None = None) -> str:
    columns = {"title": title, "issuer": issuer, "cusip": cusip, "by_ticker": by_ticker}
    frame = pl.DataFrame({name: [value] for name, value in columns.items()}, dict.fromkeys(columns, pl.String))
    return str(frame.select(types.decide(*map(pl.col, columns))).item())


def by_name(name: str | None, ticker: str, figi: str | None = None) -> str | None:
    columns = {"name": name, "ticker": ticker, "figi": figi}
    frame = pl.DataFrame({key: [value] for key, value in columns.items()}, dict.fromkeys(columns, pl.String))
    found = frame.select(types.by_name(*map(pl.col, columns))).item()
    return None if found is None else str(found)


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
        ("OPTION", "option"),
        ("SP ADR PFD NEW", "adr"),
        ("UNIT LTD PARTN", "common"),
        ("UNIT BEN INT", "common"),
        ("DEP CONV PFD A", "preferred"),
        ("FUND", "fund"),
        ("UNIT", "unit"),
    ],
)
def test_the_title_of_class_tells_the_kind(title: str | None, kind: str) -> None:
    assert decide(title) == kind


@pytest.mark.parametrize(
    ("issuer", "title", "kind"),
    [
        ("ISHARES TR", "PFD AND INCM SEC", "fund"),
        ("ISHARES TR", "CORE US AGGBD ET", "fund"),
        ("SPDR S&P 500 ETF TR", "TR UNIT", "fund"),
        ("INVESCO QQQ TR", "UNIT SER 1", "fund"),
        ("FIRST TR EXCHNG TRADED FD VI", "FT VEST US EQT", "fund"),
        ("EA SERIES TRUST", "CMN", "fund"),
        ("NUVEEN AMT FREE QLTY MUN INCM FD", "COM", "fund"),
        ("GABELLI DIVID & INCOME TR", "COM", "fund"),
        ("SPECIAL OPPORTUNITIES FD INC", "2.75% CNV PFD C", "preferred"),
        ("RIVERNORTH OPPORTUNITIES FD", "RIGHT", "right"),
        ("CONSUMER PORTFOLIO SVCS INC", "COM", "common"),
        ("OFFICE PPTYS INCOME TR", "COM SHS BEN INT", "common"),
        ("INVESCO MORTGAGE CAPITAL TRUST", "COM", "common"),
        ("KIMBELL RTY PARTNERS LP", "UNIT", "common"),
        ("LAKESHORE ACQUISITION III C", "UNIT", "unit"),
    ],
)
def test_the_issuer_tells_funds_from_companies(issuer: str, title: str, kind: str) -> None:
    assert decide(title, issuer) == kind


def test_an_issue_number_with_a_letter_is_debt_whatever_the_filer_calls_it() -> None:
    assert decide("COM", "LUMENTUM HLDGS INC", "55024UAD1") == "bond"
    assert decide("COM", "LUMENTUM HLDGS INC", "55024U109") == "common"


def test_what_the_ticker_is_known_for_beats_weak_words_and_no_plain_ones() -> None:
    assert decide("COM", by_ticker="warrant") == "warrant"
    assert decide("SHS", by_ticker="adr") == "adr"
    assert decide("*W EXP 08/09/2029", by_ticker="common") == "warrant"
    assert decide("UNIT 99/99/9999", "CARNIVAL CORP", by_ticker="common") == "common"
    assert decide("7.25% DEP SHS A", by_ticker="preferred") == "preferred"
    assert decide("UNIT RP LTD LB A") == "common"
    assert decide("NAMEN AKT 1", by_ticker=None) == "common"


@pytest.mark.parametrize(
    ("name", "ticker", "kind"),
    [
        ("Acme Corp. Common Stock", "ACME", "common"),
        ("Acme Corp. American Depositary Shares", "ACME", "adr"),
        ("Acme Corp. - Warrant", "ACMEW", "warrant"),
        ("Acme Acquisition Corp. Units, each consisting of one share, one warrant and one right", "ACMEU", "unit"),
        ("Acme Corp. - Rights (expiring 2026)", "ACMER", "right"),
        ("Acme Corp. Depositary Shares each representing 1/40th of 6% Preferred Stock", "ACMEP", "preferred"),
        ("Acme Corp. 6.5% Senior Notes due 2030", "ACMEL", "bond"),
        ("Acme Partners LP Common Units representing Limited Partner Interests", "ACME", "common"),
        ("Acme Strategic Income Fund", "ACM", "fund"),
        ("ACME CORP WT", "ACMEW", "warrant"),
        ("ACME CORP WT", "ACME", None),
        ("Acme Corp", "ACMEW", None),  # the letter alone says nothing
        (None, "SBF^A", "preferred"),
        (None, "SBF.WS", "warrant"),
        (None, "SBF.U", "unit"),
        (None, "SBF.B", None),
        (None, "SBF", None),
    ],
)
def test_names_and_tickers(name: str | None, ticker: str, kind: str | None) -> None:
    assert by_name(name, ticker) == kind


def test_openfigis_type_is_believed() -> None:
    found = {figi: by_name(None, "ABC", figi) for figi in ("Common Stock", "ADR", "ETP", "Pfd", "Corp", "Alien")}
    assert list(found.values()) == ["common", "adr", "fund", "preferred", "bond", None]


def test_every_answer_is_one_of_the_kinds() -> None:
    assert set(types.RANKED_KINDS) < set(types.KINDS)
    assert {name for name, _ in types._TITLES} | {name for name, _ in types._NAMES} | set(types._FIGI) <= set(
        types.KINDS
    )
