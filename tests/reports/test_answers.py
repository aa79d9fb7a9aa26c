"""Answers over the fictional market; what is expected is worked out from the market's own tables and price file."""

from __future__ import annotations

import csv
import functools
import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tracker.demo import fictional_market
from tracker.errors import NotFoundError, SettingError
from tracker.output import Answer, render
from tracker.quarters import Quarter
from tracker.rankings.measures import By, Order
from tracker.rankings.parameters import ListRequest
from tracker.reports.filings import explain
from tracker.reports.holders import who_holds
from tracker.reports.list_answer import top_list
from tracker.reports.status import status
from tracker.settings import Settings

Q2, Q3 = fictional_market.QUARTERS
DATES: dict[str, Any] = {
    "base_date": fictional_market.BASE,
    "end_date": fictional_market.END,
    "cap_date": fictional_market.CAP_ON,
}
FUNDS = {fund.key: fund for fund in fictional_market.read_funds()}
SECURITIES = {security.ticker: security for security in fictional_market.read_securities()}
SPELLED = {"SBF/B": "SBF.B"}
# In the third quarter S has sold everything, U only gives notice (A reports for it), V's report cannot be read.
SILENT = {Q2: "", Q3: "SUV"}


@pytest.fixture(scope="module")
def settings(market: Settings) -> Settings:
    return market


def holders_of(ticker: str, quarter: Quarter = Q3) -> dict[int, int]:
    """CIK to shares of each hedge fund that the market's table lets hold it."""
    security, place = SECURITIES[ticker], fictional_market.QUARTERS.index(quarter)
    funds = [FUNDS[key] for key in security.held[place] if key not in SILENT[quarter]]
    return {fund.cik: security.shares_held(fund, place) for fund in funds if fund.is_hedge_fund}


def houses(ciks: set[int] | dict[int, int]) -> int:
    return len({fund.family or fund.name for fund in FUNDS.values() if fund.cik in ciks})


def compared(ciks: dict[int, int]) -> set[int]:
    """Without those whose report of the third quarter is another's (U) or cannot be read (V)."""
    return set(ciks) - {FUNDS["U"].cik, FUNDS["V"].cik}


def price_rows(settings: Settings) -> list[dict[str, str]]:
    with (settings.home / "prices.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@functools.cache
def listed(settings: Settings, **chosen: Any) -> Answer:
    return top_list(settings, ListRequest(quarter=Q3, **{**DATES, **chosen}))


def tickers(answer: Answer) -> list[str]:
    return [row["ticker"] for row in answer.rows]


def methodology(answer: Answer) -> dict[str, Any]:
    return answer.methodology


def not_found(call: Any, *arguments: object) -> NotFoundError:
    with pytest.raises(NotFoundError) as caught:
        call(*arguments)
    return caught.value


# ---- holders ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quarter", [Q2, Q3], ids=str)
def test_every_holder_of_every_security_is_named_with_its_shares(settings: Settings, quarter: Quarter) -> None:
    asked = 0
    for ticker, security in SECURITIES.items():
        if not (holders_of(ticker, Q2) or holders_of(ticker, Q3)):
            continue
        expected, asked = holders_of(ticker, quarter), asked + 1
        if ticker == "GRVH":  # no reference file knows the ticker of its CUSIP
            ticker = security.cusip
        answer = who_holds(settings, ticker, quarter)
        assert {row["cik"]: row["shares"] for row in answer.rows} == expected, ticker
        assert answer.facts["holders"] == houses(expected), ticker
        for row in answer.rows:
            value = row["shares"] * security.close(quarter.end)
            # K writes thousands in the third quarter, so its dollars are right to 500
            assert row["value_usd"] == pytest.approx(value, abs=501 if row["cik"] == FUNDS["K"].cik else 2), ticker
    assert asked > 60


def test_holders_come_largest_first_with_their_filing(settings: Settings) -> None:
    rows = who_holds(settings, "QNLR", Q3).rows
    shares = [row["shares"] for row in rows]
    assert shares == sorted(shares, reverse=True) and len(shares) == 8
    assert all(row["accession_number"].startswith(f"{row['cik']}-25-") for row in rows)
    assert {row["manager_name"] for row in rows} == {FUNDS[key].name for key in "ABEFGLPQ"}


def test_a_house_that_files_twice_counts_once(settings: Settings) -> None:
    facts = who_holds(settings, "QNLR", Q3).facts
    assert (facts["holders"], facts["filers"]) == (7, 8)  # Fennwick has two filers


def test_totals_are_the_sums_of_the_positions(settings: Settings) -> None:
    answer = who_holds(settings, "MRWD", Q3)
    assert answer.facts["shares"] == sum(row["shares"] for row in answer.rows) == sum(holders_of("MRWD").values())
    assert answer.facts["value_usd"] == sum(row["value_usd"] for row in answer.rows)


def test_a_portfolio_share_is_of_all_that_the_fund_holds(settings: Settings) -> None:
    answer = who_holds(settings, "SBF/B", Q3)
    kestrel = next(row for row in answer.rows if row["cik"] == FUNDS["K"].cik)
    held = [security for security in SECURITIES.values() if "K" in security.held[1]]
    total = sum(security.shares_held(FUNDS["K"], 1) * security.close(Q3.end) for security in held)
    assert kestrel["portfolio_pct"] == pytest.approx(100 * kestrel["value_usd"] / total, rel=1e-4)


@pytest.mark.parametrize(
    "query",
    ["QNLR", "qnlr", " Qnlr ", "9901B7102", "9901b7102"],
)
def test_a_ticker_or_a_cusip_in_any_case_names_a_security(settings: Settings, query: str) -> None:
    facts = who_holds(settings, query, Q3).facts
    assert (facts["ticker"], facts["cusip"], facts["name"]) == ("QNLR", "9901B7102", "Quenchlight Robotics Inc")


@pytest.mark.parametrize("query", ["SBF/B", "SBF-B", "SBF.B", "sbf b"])
def test_a_class_share_may_be_written_in_any_way(settings: Settings, query: str) -> None:
    assert who_holds(settings, query, Q3).facts["ticker"] == "SBF.B"


@pytest.mark.parametrize("query", ["Tolvane", "tolvane power", "VANE POW", "TOLVANE POWER SYSTEMS INC"])
def test_a_part_of_the_name_names_a_security(settings: Settings, query: str) -> None:
    assert who_holds(settings, query, Q3).facts["ticker"] == "TLVN"


@pytest.mark.parametrize("query", [".*", "[A-Z]", "^QNLR$", "_", "' or 1=1 --", "(", "*"])
def test_a_pattern_or_sql_is_only_text(settings: Settings, query: str) -> None:
    assert "is not a known ticker" in str(not_found(who_holds, settings, query, Q3))


def test_both_cusips_of_a_reverse_split_are_one_security(settings: Settings) -> None:
    security = SECURITIES["DRSL"]
    old, new = security.cusip_on(Q2.end), security.cusip_on(Q3.end)
    assert old != new
    for query in ("DRSL", old, new):
        facts = who_holds(settings, query, Q3).facts
        assert (facts["ticker"], facts["cusip"], sorted(facts["cusips"])) == ("DRSL", new, sorted([old, new]))
    assert who_holds(settings, "DRSL", Q2).facts["cusip"] == old


def test_options_stand_apart(settings: Settings) -> None:
    merrowdale = who_holds(settings, "MRWD", Q3)
    assert [(row["cik"], row["put_call"], row["shares"]) for row in merrowdale.facts["options_and_principal"]] == [
        (FUNDS["N"].cik, "CALL", 60_000)
    ]
    only_calls = who_holds(settings, "FRTC", Q3)
    assert (only_calls.facts["holders"], list(only_calls.rows)) == (0, [])
    assert [row["shares"] for row in only_calls.facts["options_and_principal"]] == [150_000]


def test_an_ambiguous_name_lists_what_it_could_be(settings: Settings) -> None:
    error = not_found(who_holds, settings, "sableford", Q3)
    assert "'sableford' is ambiguous" in str(error)
    assert len(error.candidates) == 2 and "SBF.B (Sableford Bancorp Inc)" in error.candidates


def test_a_name_that_fits_many_lists_eight(settings: Settings) -> None:
    error = not_found(who_holds, settings, "inc", Q3)
    assert len(set(error.candidates)) == 8


@pytest.mark.parametrize(
    ("query", "nearest"), [("QNLS", "QNLR"), ("Quenchligt", "QNLR"), ("PNDX", "PNDB"), ("Gravenhold", "G99A4K104")]
)
def test_an_unknown_one_lists_the_nearest(settings: Settings, query: str, nearest: str) -> None:
    error = not_found(who_holds, settings, query, Q3)
    assert f"{query!r} is not a known ticker, CUSIP or part of a name" in str(error)
    assert nearest in {candidate.split()[0] for candidate in error.candidates}
    assert error.candidates == not_found(who_holds, settings, query, Q3).candidates


@pytest.mark.parametrize("ask", [who_holds, explain])
def test_a_former_ticker_finds_the_security_and_says_what_it_is_now(settings: Settings, ask: Any) -> None:
    answer, today = ask(settings, "pndl", Q3), ask(settings, "PNDB", Q3)
    assert (answer.facts["ticker"], answer.rows) == ("PNDB", today.rows)
    assert answer.notes[0].startswith("PNDL is now PNDB: last seen as PNDL on 2025-07-")
    assert not any("PNDL" in note for note in today.notes)


@pytest.mark.parametrize("query", ["", "   ", "zzzzzz", "☃", "x" * 5000])
def test_nonsense_is_not_found(settings: Settings, query: str) -> None:
    not_found(who_holds, settings, query, Q3)


def test_holders_in_json(settings: Settings) -> None:
    document = json.loads(render(who_holds(settings, "QNLR", Q3), "json"))
    assert {name: type(document[name]) for name in ("ticker", "cusip", "period_of_report", "holders", "rows")} == {
        "ticker": str,
        "cusip": str,
        "period_of_report": str,
        "holders": int,
        "rows": list,
    }
    assert (document["period_of_report"], document["holders"], len(document["rows"])) == ("2025-09-30", 7, 8)
    for row in document["rows"]:
        assert {
            name: type(row[name]) for name in ("cik", "manager_name", "shares", "value_usd", "accession_number")
        } == {
            "cik": int,
            "manager_name": str,
            "shares": int,
            "value_usd": int,
            "accession_number": str,
        }
        assert isinstance(row["portfolio_pct"], float)


@pytest.mark.parametrize("call", [top_list, who_holds], ids=lambda call: call.__name__)
def test_a_quarter_that_is_not_loaded_is_told_with_those_that_are(settings: Settings, call: Any) -> None:
    arguments = (ListRequest(quarter=Quarter(2024, 1)),) if call is top_list else ("QNLR", Quarter(2024, 1))
    error = not_found(call, settings, *arguments)
    assert "2024Q1 is not loaded: run `tracker refresh 2024Q1`" in str(error)
    assert error.candidates == ["2025Q2", "2025Q3"]


def test_without_a_quarter_it_is_the_newest_loaded(settings: Settings) -> None:
    assert who_holds(settings, "QNLR", None).facts["period_of_report"] == Q3.end
    assert methodology(top_list(settings, ListRequest()))["quarter"] == "2025Q3"


# ---- rank ---------------------------------------------------------------------------------------------------------


def test_defaults_are_the_year_of_the_newest_price(settings: Settings) -> None:
    found = methodology(top_list(settings, ListRequest()))
    expected = {
        "quarter": "2025Q3",
        "base_date": "2025-12-31",
        "end_date": "2026-01-05",
        "cap_date": "2026-01-05",
        "cap_min_usd": 50e6,
        "cap_max_usd": 300e6,
        "min_holders": 1,
        "by": "performance",
        "order": "descending",
        "top": None,
    }
    assert {name: found[name] for name in expected} == expected


def test_every_figure_of_the_list_is_the_markets(settings: Settings) -> None:
    answer = listed(settings)
    caps = {row["symbol"]: row["market_cap"] for row in price_rows(settings) if row["date"] == "2026-01-05"}
    for row in answer.rows:
        symbol = {ours: theirs for theirs, ours in SPELLED.items()}.get(row["ticker"], row["ticker"])
        security = SECURITIES[symbol]
        base, end = (security.close(day) / security.ratio(day) for day in (fictional_market.BASE, fictional_market.END))
        assert row["return_pct"] == pytest.approx(100 * (end / base - 1), abs=1e-6), symbol
        assert row["market_cap_usd"] == pytest.approx(float(caps[symbol])), symbol
        assert row["holders"] == houses(holders_of(symbol)), symbol
        now, before = (compared(holders_of(symbol, quarter)) for quarter in (Q3, Q2))
        assert row["holders_previous"] == houses(before), symbol
        assert row["change"] == houses(now) - houses(before) == row["new"] - row["closed"], symbol
        assert row["awaited"] == int(FUNDS["V"].cik in holders_of(symbol, Q2)), symbol
        assert row["holders_carried"] == row["holders"] + row["awaited"], symbol
        assert row["shares"] == sum(holders_of(symbol).values()), symbol
        assert (row["name"], row["exchange"]) == (security.name, security.exchange)
        assert row["cusip"] == security.cusip_on(Q3.end)


def test_the_list_holds_exactly_the_held_common_shares_of_the_band(settings: Settings) -> None:
    answer = listed(settings)
    expected = set()
    for row in price_rows(settings):
        symbol = row["symbol"]
        if row["date"] == "2026-01-05" and row["market_cap"] and 50e6 <= float(row["market_cap"]) <= 300e6:
            expected.add(symbol)
    expected = {
        SPELLED.get(symbol, symbol)
        for symbol in expected - fictional_market.NOT_COMMON - set(fictional_market.LISTED)
        if holders_of(symbol)
    }
    assert set(tickers(answer)) == expected and len(expected) > 40


def test_no_reverse_split_leads_the_list(settings: Settings) -> None:
    rows = {row["ticker"]: row for row in listed(settings).rows}
    drossel = rows["DRSL"]  # 0.90 to 3.60 as traded, ten old shares for one new
    assert (drossel["base_close"], drossel["end_close"], drossel["split_ratio"]) == (0.90, 3.60, 0.1)
    assert drossel["return_pct"] == pytest.approx(-60) and drossel["rank"] > 40
    assert rows["NFLO"]["return_pct"] == pytest.approx(150)  # and two new for one old hides nothing
    assert next(iter(rows)) == "QNLR"


def test_ranks_count_from_one_in_the_order_of_performance(settings: Settings) -> None:
    rows = listed(settings).rows
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    returns = [row["return_pct"] for row in rows]
    assert returns == sorted(returns, reverse=True)


def test_ascending_is_the_reverse_with_the_same_ranks(settings: Settings) -> None:
    for top in (None, 9):
        down, up = (listed(settings, order=order, top=top) for order in (Order.descending, Order.ascending))
        assert list(up.rows) == list(reversed(down.rows))
    assert [row["rank"] for row in up.rows] == [9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_top_cuts_the_list_and_changes_nothing_else(settings: Settings) -> None:
    whole, short = listed(settings), listed(settings, top=5)
    assert list(short.rows) == list(whole.rows)[:5]
    assert methodology(short)["removed"] == methodology(whole)["removed"]


def test_by_holders_the_most_held_is_first(settings: Settings) -> None:
    rows = listed(settings, by=By.holders).rows
    keys = [(row["holders"], row["return_pct"]) for row in rows]
    assert keys == sorted(keys, reverse=True)
    assert {row["ticker"] for row in rows} == set(tickers(listed(settings)))


@pytest.mark.parametrize("least", [0, 2, 7, 100])
def test_fewer_holders_than_asked_for_are_left_out(settings: Settings, least: int) -> None:
    everything = listed(settings, min_holders=0).rows
    expected = [row["ticker"] for row in everything if row["holders"] >= least]
    answer = listed(settings, min_holders=least)
    assert tickers(answer) == expected
    assert f"at least {least} must hold" in " ".join(answer.notes)


def test_both_edges_of_the_band_are_in_it(settings: Settings) -> None:
    caps = {row["ticker"]: row["market_cap_usd"] for row in listed(settings).rows}
    low, high = caps["MRWD"], caps["QNLR"]
    inside = {ticker for ticker, cap in caps.items() if low <= cap <= high}
    assert {"MRWD", "QNLR"} < inside < set(caps)
    assert set(tickers(listed(settings, cap_min_usd=low, cap_max_usd=high))) == inside
    narrower = set(tickers(listed(settings, cap_min_usd=low + 0.01, cap_max_usd=high - 0.01)))
    assert inside - narrower == {"MRWD", "QNLR"}


def test_a_band_may_be_open_at_its_upper_end(settings: Settings) -> None:
    answer = listed(settings, cap_max_usd=float("inf"))
    assert "CLSX" in tickers(answer)
    assert "Market cap from $50.00M on 2026-01-05" in " ".join(answer.notes)
    assert json.loads(render(answer, "json"), parse_constant=pytest.fail)["methodology"]["cap_max_usd"] is None


@pytest.mark.parametrize("chosen", [{}, {"min_holders": 5}, {"cap_min_usd": 100e6}, {"base_date": date(2025, 7, 1)}])
def test_every_candidate_is_on_the_list_or_was_removed_for_a_reason(settings: Settings, chosen: dict[str, Any]) -> None:
    oldest = fictional_market.CAP_ON - timedelta(days=7)
    candidates = {row["symbol"] for row in price_rows(settings) if oldest <= date.fromisoformat(row["date"])}
    answer = listed(settings, **chosen)
    removed = methodology(answer)["removed"]
    assert len(candidates) == len(answer.rows) + sum(removed.values()) == 75
    assert len(methodology(answer)["held_back"]) == next(n for why, n in removed.items() if why.startswith("held back"))


def test_what_is_held_back_is_named_with_its_reason(settings: Settings) -> None:
    answer = listed(settings)
    (held_back,) = methodology(answer)["held_back"]
    assert (held_back["ticker"], held_back["holders"]) == ("LKSN", houses(holders_of("LKSN")))
    assert "no close on 2025-01-03" in held_back["reason"]
    assert "LKSN" in " ".join(answer.notes) and "LKSN" not in tickers(answer)
    assert "LKSN" in tickers(listed(settings, base_date=date(2025, 7, 1)))  # listed in June


def test_the_methodology_names_the_data(settings: Settings) -> None:
    found = methodology(listed(settings))
    funds = [fund for fund in FUNDS.values() if fund.is_hedge_fund and fund.key not in "UV"]
    assert found["hedge_funds_counted"] == len(funds)
    assert found["period_of_report"] == Q3.end
    assert found["known_on"] == date(2025, 12, 9)  # I's late holdings
    assert found["price_sources"] == ["file:prices.csv"]
    assert (found["prices_from"], found["prices_to"]) == (date(2024, 12, 31), fictional_market.CAP_ON)


def test_rank_in_json(settings: Settings) -> None:
    document = json.loads(render(listed(settings, top=3), "json"))
    assert set(document) == {"title", "methodology", "columns", "rows", "notes"}
    assert document["methodology"]["base_date"] == "2025-01-03"
    assert (document["methodology"]["cap_min_usd"], document["methodology"]["top"]) == (50_000_000, 3)
    assert isinstance(document["methodology"]["cap_min_usd"], int)
    types = {
        "rank": int,
        "ticker": str,
        "name": str,
        "exchange": str,
        "cusip": str,
        "market_cap_usd": int | float,
        "return_pct": int | float,
        "holders": int,
    }
    for row in document["rows"]:
        assert all(isinstance(row[name], kind) for name, kind in types.items())
        assert date.fromisoformat(row["market_cap_date"]) == fictional_market.CAP_ON


def test_a_base_that_is_not_before_the_end_is_refused(settings: Settings) -> None:
    with pytest.raises(SettingError, match="--from 2025-12-31 is not before --to 2025-12-31"):
        listed(settings, base_date=fictional_market.END)


@pytest.mark.parametrize(
    ("option", "chosen"),
    [
        ("--from", {"base_date": date(2024, 12, 30)}),
        ("--to", {"end_date": date(2026, 1, 13)}),
        ("--cap-on", {"cap_date": date(2027, 1, 1)}),
    ],
)
def test_a_day_without_prices_is_named_with_those_that_are_there(settings: Settings, option: str, chosen: Any) -> None:
    with pytest.raises(NotFoundError, match=f"{option} .*: prices are loaded from 2024-12-31 to 2026-01-05"):
        listed(settings, **chosen)


def test_without_prices_it_says_how_to_get_them(settings: Settings, tmp_path: Path) -> None:
    home = shutil.copytree(settings.home, tmp_path / "home", ignore=shutil.ignore_patterns("prices"))
    with pytest.raises(NotFoundError, match="no prices are loaded: run `tracker prices import FILE`"):
        top_list(Settings(Path(home)), ListRequest(quarter=Q3))


# ---- status -------------------------------------------------------------------------------------------------------


def test_status_counts_what_is_loaded(settings: Settings) -> None:
    rows = {row["what"].strip(): row for row in status(settings, date(2026, 1, 10)).rows}
    lines = len(price_rows(settings))
    assert (rows["quarter 2025Q2"]["value"], rows["quarter 2025Q3"]["value"]) == (30, 31)  # V's is rejected
    assert rows["rejected filings"]["value"] == 1 and "see note" in rows["rejected"]["detail"]
    assert (rows["managers"]["value"], rows["prices, file:prices.csv"]["value"]) == (30, lines)
    assert "4 days ago" in rows["source, tickers"]["detail"]  # the market says that it was fetched on 2026-01-06


def test_status_of_nothing_says_how_to_begin(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = Settings(tmp_path_factory.mktemp("empty"))
    answer = status(empty, date(2026, 1, 10))
    assert answer.facts["quarters"] == []
    assert "tracker refresh" in answer.notes[0] and "tracker demo" in answer.notes[0]
    assert list(empty.home.iterdir()) == []
