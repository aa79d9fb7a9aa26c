"""How companies' names are shown: the exchange's own form, and what is written in capitals written anew."""

from __future__ import annotations

import time

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.securities import company_names, symbol_pairs, tickers
from tracker.tables import CUSIP_SYMBOLS, SECURITIES, TICKERS


def shown(name: str) -> str | None:
    value = company_names.display(pl.Series([name]))[0]
    assert value is None or isinstance(value, str)
    return value


@pytest.mark.parametrize(
    ("exchange", "company"),
    [
        ("Apple Inc. Common Stock", "Apple Inc."),
        ("Odyssey Marine Exploration Inc. Common Stock", "Odyssey Marine Exploration Inc."),
        ("Meta Platforms, Inc. Class A Common Stock", "Meta Platforms, Inc."),
        ("Cushman & Wakefield plc Ordinary Shares", "Cushman & Wakefield plc"),
        (
            "Alibaba Group Holding Limited American Depositary Shares each representing eight Ordinary share",
            "Alibaba Group Holding Limited",
        ),
        ("Burning Rock Biotech Limited - Sponsored ADR", "Burning Rock Biotech Limited"),
        ("Brookfield Corp Class A Limited Voting Shares", "Brookfield Corp"),
        ("Berkshire Hathaway Inc. New Common Stock", "Berkshire Hathaway Inc."),
        ("Spirit Realty Common Shares of Beneficial Interest", "Spirit Realty"),
        ("Energy Transfer LP Common Units", "Energy Transfer LP"),
        ("Arena Group Holdings, Inc. (The) Common Stock", "Arena Group Holdings, Inc."),
        ("ADS-TEC ENERGY PLC Ordinary Shares", "ADS-TEC Energy PLC"),
        ("Class Acceleration Corp. Class A Common Stock", "Class Acceleration Corp."),
        ("vTv Therapeutics Inc. Class A Common Stock", "vTv Therapeutics Inc."),
        ("Hyliion Holdings Corp/ADR", "Hyliion Holdings Corp"),
    ],
)
def test_an_exchanges_name_loses_the_words_for_the_security(exchange: str, company: str) -> None:
    assert shown(exchange) == company


@pytest.mark.parametrize(
    "name", ["FIGS, Inc.", "CareTrust REIT, Inc.", "SEACOR Marine Holdings Inc.", "eBay Inc.", "Unity Software Inc."]
)
def test_a_name_in_small_letters_stays_as_it_is(name: str) -> None:
    assert shown(name) == name


@pytest.mark.parametrize(
    ("filed", "company"),
    [
        ("ODYSSEY MARINE EXPLORATION INC", "Odyssey Marine Exploration Inc"),
        ("ODYSSEY MARINE EXPLORATION INC COM NEW", "Odyssey Marine Exploration Inc"),
        ("BLACKBERRY Ltd", "Blackberry Ltd"),
        ("TRX GOLD Corp", "TRX Gold Corp"),
        ("ABVC BIOPHARMA, INC.", "ABVC Biopharma, Inc."),
        ("ABM INDUSTRIES INC", "ABM Industries Inc"),
        ("O'REILLY AUTOMOTIVE INC", "O'Reilly Automotive Inc"),
        ("MACY'S, INC.", "Macy's, Inc."),
        ("MCDONALDS CORP", "McDonalds Corp"),
        ("AT&T INC.", "AT&T Inc."),
        ("3M CO", "3M Co"),
        ("1ST SOURCE CORP", "1st Source Corp"),
        ("C3.AI, INC.", "C3.ai, Inc."),
        ("U.S. GOLD CORP.", "U.S. Gold Corp."),
        ("MARTIN MIDSTREAM PARTNERS L.P.", "Martin Midstream Partners L.P."),
        ("ENERGY TRANSFER LP", "Energy Transfer LP"),
        ("/", "/"),
        ("ASML HOLDING NV", "ASML Holding NV"),
        ("SMITH & NEPHEW PLC", "Smith & Nephew PLC"),
        ("DATA I/O CORP", "Data I/O Corp"),
        ("COCA-COLA CONSOLIDATED INC", "Coca-Cola Consolidated Inc"),
        ("BANK OF NEW YORK MELLON CORP", "Bank of New York Mellon Corp"),
        ("FIRST COMMUNITY CORP /SC/", "First Community Corp"),
        ("WELLS FARGO & COMPANY/MN", "Wells Fargo & Company"),
        ("HENNESSY CAPITAL INVESTMENT CORP. VIII", "Hennessy Capital Investment Corp. VIII"),
        ("SPDR S&P 500 ETF TRUST", "SPDR S&P 500 ETF Trust"),
        ("WORLD ACCEPTANCE CORP", "World Acceptance Corp"),
        ("NVR INC", "NVR Inc"),
        ("LIFE360, INC.", "Life360, Inc."),
        ("A10 NETWORKS, INC.", "A10 Networks, Inc."),
        ("OLD DOMINION FREIGHT LINE IN", "Old Dominion Freight Line In"),
        ("USA COMPRESSION PARTNERS LP", "USA Compression Partners LP"),
    ],
)
def test_a_name_in_capitals_is_written_anew(filed: str, company: str) -> None:
    assert shown(filed) == company
    assert company_names.titled(filed) == company


def test_class_letters_stay_where_a_company_has_several() -> None:
    names = pl.Series(
        ["Alphabet Inc. Class A Common Stock", "Alphabet Inc. Class C Capital Stock", "Acme Inc. Class A Common Stock",
         "Acme Inc.", None, " "],
    )  # fmt: skip
    assert company_names.display(names).to_list() == [
        "Alphabet Inc. Class A", "Alphabet Inc. Class C", "Acme Inc.", "Acme Inc.", None, None
    ]  # fmt: skip


def test_a_name_of_nothing_but_the_security_stays() -> None:
    assert shown("COMMON STOCK") == "Common Stock"
    assert shown("Class A") == "Class A"


@given(st.lists(st.text(max_size=60) | st.none(), max_size=8))
def test_any_text_is_a_name(names: list[str | None]) -> None:
    series = pl.Series(names, dtype=pl.String)
    written = company_names.display(series)
    assert written.len() == series.len() and written.dtype == pl.String
    assert [name is None or not name.strip() for name in names] == written.is_null().to_list()


@given(st.text(alphabet="ABCDEIOU .,'&/-", min_size=1, max_size=40))
def test_a_name_written_anew_stays_so(name: str) -> None:
    once = company_names.titled(name)
    assert company_names.titled(once) == once or company_names.is_shouted(once)


def test_a_name_decides_neither_ticker_nor_kind() -> None:
    pairs = CUSIP_SYMBOLS.frame([{"cusip": "676118201", "symbol": "OMEX", "description": "ODYSSEY MARINE EXPLORATION"}])
    listed = TICKERS.frame([{"cik": 798528, "name": "ODYSSEY MARINE EXPLORATION INC", "ticker": "OMEX"}])
    priced = pl.DataFrame({"ticker": ["OMEX"], "name": ["Odyssey Marine Exploration Inc. Common Stock"]})
    securities = [
        SECURITIES.check(symbol_pairs.match(pairs, tickers, prices))
        for tickers, prices in ((listed, priced), (listed, priced.with_columns(name=pl.lit(None, pl.String))))
    ]
    assert [found["name"].to_list() for found in securities] == [
        ["Odyssey Marine Exploration Inc."], ["Odyssey Marine Exploration Inc"]
    ]  # fmt: skip
    assert [found["ticker"].to_list() for found in securities] == [["OMEX"]] * 2
    assert securities[0]["kind"].to_list() == ["common"]


def test_only_the_legal_form_of_a_readable_name_is_written_anew() -> None:
    assert company_names.titled("Energy Services of America CORP") == "Energy Services of America Corp"
    assert company_names.titled("Acme CO of Maine INC.") == "Acme CO of Maine Inc."
    assert company_names.titled("ABM Industries LP") == "ABM Industries LP"


def test_a_name_of_blanks_costs_no_more_than_another() -> None:
    started = time.process_time()
    for blank in (" ", "\t", ",", "-", "/ ", "("):
        name = "ACME" + blank * 200_000 + "X"
        company_names.titled(name)
        company_names.display(pl.Series([name, f"Acme Common Stock{name}", f"Acme{blank * 200_000} Common Stock"]))
    assert company_names.titled("ACME   WIDGETS") == "Acme Widgets"
    assert tickers.normalise_text("A" + " " * 200_000 + "B") == "A.B"
    assert time.process_time() - started < 2
