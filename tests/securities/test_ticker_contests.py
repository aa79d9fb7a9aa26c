"""Of several tickers that a CUSIP has on one day, which counts: AGCO is not First Majestic Silver."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tracker.securities import ticker_contests, ticker_map
from tracker.tables import CONTESTED_TICKERS, SECURITIES, Standing

YEAR_BEFORE, DAY = date(2024, 12, 31), date(2025, 12, 31)
LISTED = {
    "AG": "FIRST MAJESTIC SILVER CORP",
    "AGCO": "AGCO CORP /DE",
    "CMRC": "Commerce.com, Inc.",
    "META": "Meta Platforms, Inc.",
    "MLSS": "MILESTONE SCIENTIFIC INC.",
    "MS": "MORGAN STANLEY",
    "UA": "Under Armour, Inc.",
    "UAA": "Under Armour, Inc.",
}
ISSUERS = {
    "001084102": "AGCO CORP",
    "32076V103": "FIRST MAJESTIC SILVER CORP",
    "30303M102": "META PLATFORMS INC",
    "53656F417": "LISTED FDS TR",
    "59935P209": "MILESTONE SCIENTIFIC INC",
    "617446448": "MORGAN STANLEY",
    "08975P108": "COMMERCE COM INC",
    "904311107": "UNDER ARMOUR INC",
    "904311206": "UNDER ARMOUR INC",
}

Pairs = list[tuple[str, str, date, date]]


def judge(pairs: Pairs, issuers: dict[str, str] = ISSUERS, **quoted: tuple[date | None, date | None]) -> pl.DataFrame:
    contested = ticker_contests.judge(
        ticker_contests.find(known(pairs)),
        pl.DataFrame({"ticker": list(LISTED), "name": list(LISTED.values())}),
        pl.DataFrame({"cusip": list(issuers), "name_of_issuer": list(issuers.values())}, orient="row"),
        pl.DataFrame(
            [(ticker, *span) for ticker, span in quoted.items()],
            {"ticker": pl.String, "first_quoted": pl.Date, "last_quoted": pl.Date},
            orient="row",
        ),
    )
    return CONTESTED_TICKERS.check(contested)


def known(pairs: Pairs) -> pl.DataFrame:
    return SECURITIES.frame(
        {"cusip": cusip, "ticker": ticker, "first_seen": first, "last_seen": last, "is_listed": ticker in LISTED}
        for cusip, ticker, first, last in pairs
    )


def standings(contested: pl.DataFrame) -> dict[tuple[str, str], str]:
    return {
        (cusip, ticker): standing for cusip, ticker, standing in contested.select("cusip", "ticker", "standing").rows()
    }


def that_day(*pairs: tuple[str, str]) -> Pairs:
    return [(*pair, DAY, DAY) for pair in pairs]


def test_the_issuers_name_decides_and_not_the_shorter_symbol() -> None:
    pairs = that_day(("001084102", "AG"), ("001084102", "AGCO"), ("32076V103", "AG"))
    contested = judge(pairs, AG=(None, None), AGCO=(None, None))
    assert standings(contested) == {("001084102", "AG"): "set_aside", ("001084102", "AGCO"): "chosen"}
    securities = ticker_contests.decide(known(pairs), contested)
    chosen = dict(ticker_map.newest(securities).select("cusip", "ticker").rows())
    assert chosen == {"001084102": "AGCO", "32076V103": "AG"}


def test_a_ticker_stays_with_the_company_that_is_named_like_it() -> None:
    """METV was META until Facebook took it; neither METV nor FB has a name or a price here."""
    pairs = that_day(("30303M102", "FB"), ("30303M102", "META"), ("53656F417", "META"), ("53656F417", "METV"))
    contested = judge(pairs, META=(None, None))
    assert standings(contested) == {
        ("30303M102", "FB"): "set_aside",
        ("30303M102", "META"): "chosen",
        ("53656F417", "META"): "set_aside",
        ("53656F417", "METV"): "chosen",
    }
    assert contested.filter(cusip="53656F417", ticker="META")["is_of_other"].item()


def test_prices_show_a_change_of_name_and_its_day() -> None:
    pairs = that_day(("08975P108", "BIGC"), ("08975P108", "CMRC"))
    contested = judge(pairs, BIGC=(None, date(2025, 7, 31)), CMRC=(date(2025, 8, 1), None))
    assert standings(contested) == {("08975P108", "BIGC"): "former", ("08975P108", "CMRC"): "chosen"}
    securities = ticker_contests.decide(known(pairs), contested)
    assert securities.select("ticker", "first_seen", "last_seen").rows() == [
        ("BIGC", date(2025, 7, 31), date(2025, 7, 31)),
        ("CMRC", date(2025, 8, 1), DAY),
    ]
    assert ticker_map.newest(securities, date(2025, 5, 1))["ticker"].to_list() == ["BIGC"]
    assert ticker_map.newest(securities, date(2025, 9, 1))["ticker"].to_list() == ["CMRC"]
    assert ticker_map.moves(securities, DAY)["ticker"].to_list() == ["BIGC"]


def test_an_issuers_former_name_in_the_filings_does_not_outweigh_prices() -> None:
    pairs = that_day(("08975P108", "BIGC"), ("08975P108", "CMRC"))
    quoted = {"BIGC": (None, date(2025, 7, 31)), "CMRC": (date(2025, 8, 1), None)}
    contested = judge(pairs, {"08975P108": "BIGCOMMERCE HLDGS INC"}, **quoted)
    assert standings(contested)["08975P108", "CMRC"] == "chosen"


@pytest.mark.parametrize("ticker", ["UA", "UAA"])
def test_classes_of_one_company_are_told_apart_by_the_other_class_and_flagged(ticker: str) -> None:
    pairs = that_day(("904311107", "UA"), ("904311107", "UAA"), ("904311206", "UA"))
    contested = judge(pairs, UA=(None, None), UAA=(None, None))
    expected = Standing.DOUBTFUL if ticker == "UAA" else Standing.SET_ASIDE
    assert standings(contested)["904311107", ticker] == expected


def test_without_evidence_the_pair_is_in_doubt_and_keeps_one_ticker() -> None:
    pairs = that_day(("00888H208", "APRW"), ("00888H208", "AZBA"))
    contested = judge(pairs)
    assert sorted(contested["standing"]) == ["doubtful", "set_aside"]
    assert ticker_contests.decide(known(pairs), contested).height == 1


def test_what_was_seen_before_is_a_former_name_unless_it_is_of_another_company() -> None:
    seen_before = [("001084102", "AG", YEAR_BEFORE, DAY), ("001084102", "AGCO", DAY, DAY)]
    assert standings(judge(seen_before, AGCO=(None, None)))["001084102", "AG"] == "set_aside"
    unknown = [("001084102", "XYZ", YEAR_BEFORE, DAY), ("001084102", "AGCO", DAY, DAY)]
    contested = judge(unknown, AGCO=(None, None))
    assert standings(contested)["001084102", "XYZ"] == "former"
    former = ticker_contests.decide(known(unknown), contested).filter(ticker="XYZ")
    assert former["last_seen"].to_list() == [date(2025, 12, 30)]


def test_a_symbol_of_one_day_does_not_replace_the_one_seen_before_and_after() -> None:
    pairs = [
        ("001084102", "AGCO", YEAR_BEFORE, DAY),
        ("001084102", "AG", date(2025, 6, 2), date(2025, 6, 2)),
    ]
    contested = judge(pairs, AG=(None, None), AGCO=(None, None))
    securities = ticker_contests.decide(known(pairs), contested)
    assert ticker_map.newest(securities, date(2025, 6, 2))["ticker"].to_list() == ["AGCO"]


def test_names_that_follow_each_other_are_no_contest() -> None:
    pairs = [("08975P108", "BIGC", YEAR_BEFORE, date(2025, 7, 31)), ("08975P108", "CMRC", date(2025, 8, 1), DAY)]
    contested = judge(pairs)
    assert contested.is_empty()
    assert ticker_contests.decide(known(pairs), contested).equals(known(pairs))
