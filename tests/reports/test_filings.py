"""Why a number is what it is, what was known when, and what a published list would say now."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.filings.helpers import A, B
from tests.homes import Real
from tests.pipeline.helpers import CITADEL, Q2, Q3, RENAISSANCE, put, report
from tests.submissions import line, submission
from tracker.errors import InputError, NotFoundError
from tracker.output import Answer, render
from tracker.pipeline import refresh
from tracker.pipeline.add_prices import import_file
from tracker.progress import Silent
from tracker.rankings.parameters import ListRequest
from tracker.reports.filings import explain
from tracker.reports.holders import history, who_holds
from tracker.reports.list_answer import top_list
from tracker.reports.list_changes import compare
from tracker.settings import Settings
from tracker.store import Store

BAKER, VANGUARD, TWO_SIGMA, SOROS = 1263508, 102909, 1179392, 1029160
NOV, DEC, JAN = date(2025, 11, 14), date(2025, 12, 10), date(2026, 1, 20)


def options(number: int, cik: int, *lines: str) -> bytes:
    return submission(number, cik=cik, filed=NOV, lines=list(lines))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Seven managers and A: one of each fate, and what is known of it changes on two later days."""
    home = tmp_path_factory.mktemp("home")
    settings = put(
        home,
        report(1, RENAISSANCE, {A: 100}, filed=NOV),
        report(2, CITADEL, {A: 200, B: 10}, filed=NOV),
        report(3, CITADEL, {B: 10}, filed=DEC, amendment=("RESTATEMENT", 1)),  # takes A out
        report(4, VANGUARD, {A: 900}, filed=NOV),
        options(5, BAKER, line(A, 5000, 500, put_call="Call"), line(A, 7000, 700, put_call="Put")),
        options(6, TWO_SIGMA, line(A, 0, 0), line(A, 10_000, 10_000, share_type="PRN")),
        report(7, SOROS, {B: 5}, filed=NOV),
        report(8, SOROS, {A: 40}, filed=JAN, amendment=("NEW HOLDINGS", 1)),
        report(9, RENAISSANCE, {A: 60}, Q2),
        submission(10, cik=1061768, filed=NOV, lines=[line(A, 1, "many")]),
    )
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True)
    return settings


def fates(answer: Answer) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in answer.rows:
        found.setdefault(row["accession_number"], []).append(row["fate"])
    return found


def number(last: int) -> str:
    return f"9000000000-25-{last:06d}"


def test_every_filing_that_mentions_it_has_a_fate(settings: Settings) -> None:
    found = fates(explain(settings, A, Q3))
    assert found[number(1)] == ["counted"]
    assert found[number(2)] == [f"replaced by {number(3)}"]
    assert found[number(4)][0].startswith("not a hedge fund (hand-kept list: not a hedge fund (long only; index house")
    assert sorted(found[number(5)]) == ["option: call", "option: put"]
    assert sorted(found[number(6)]) == ["principal amount of debt", "zero shares"]
    assert found[number(8)] == ["counted"]
    assert number(3) not in found
    assert number(7) not in found


def test_the_counted_ones_add_up_to_the_holders(settings: Settings) -> None:
    for security in (A, B):
        for day in (None, NOV, DEC, JAN):
            explained = explain(settings, security, Q3, day)
            held = who_holds(settings, security, Q3, day)
            assert (
                sum(row["counts_as"] for row in explained.rows) == explained.facts["holders"] == held.facts["holders"]
            )
            shares = sum(row["shares"] for row in explained.rows if row["fate"] == "counted")
            assert shares == held.facts["shares"]


def test_what_could_not_be_read_is_named_as_it_may_mention_it(settings: Settings) -> None:
    answer = explain(settings, A, Q3)
    assert [row["accession_number"] for row in answer.facts["rejected"]] == [number(10)]
    assert number(10) in render(answer, "table")


def test_each_filing_has_its_address_on_edgar(settings: Settings) -> None:
    row = next(row for row in explain(settings, A, Q3).rows if row["cik"] == RENAISSANCE)
    assert row["url"] == f"https://www.sec.gov/Archives/edgar/data/{RENAISSANCE}/{number(1)}.txt"


@pytest.mark.parametrize(
    ("day", "holders"), [(NOV, {RENAISSANCE, CITADEL}), (DEC, {RENAISSANCE}), (JAN, {RENAISSANCE, SOROS})]
)
def test_on_a_day_only_what_had_been_filed_is_known(settings: Settings, day: date, holders: set[int]) -> None:
    answer = who_holds(settings, A, Q3, day)
    assert {row["cik"] for row in answer.rows} == holders
    assert answer.facts["known_on"] == day


def test_before_the_first_filing_nothing_is_known_and_that_is_said(settings: Settings) -> None:
    with pytest.raises(NotFoundError, match="nothing for 2025Q3 had been filed by 2025-10-01"):
        who_holds(settings, A, Q3, date(2025, 10, 1))


def test_asking_what_was_known_changes_nothing_that_is_stored(settings: Settings) -> None:
    def stored() -> list[tuple[object, ...]]:
        with Store(settings) as store:
            return store.positions(Q3).rows()

    before = stored()
    who_holds(settings, A, Q3, NOV)
    assert stored() == before


def test_history_has_a_row_a_quarter(settings: Settings) -> None:
    rows = {row["quarter"]: row for row in history(settings, A).rows}
    assert [rows["2025Q2"][key] for key in ("holders", "shares", "new")] == [1, 60, None]
    keys = ("holders", "holders_previous", "increased", "new", "closed", "shares")
    assert [rows["2025Q3"][key] for key in keys] == [2, 1, 1, 0, 0, 140]


def test_history_says_none_where_nobody_held(settings: Settings) -> None:
    rows = {row["quarter"]: row for row in history(settings, B).rows}
    assert rows["2025Q2"]["holders"] == 0


# ---- a published list against now ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A and B under tickers with prices; Citadel's amendment comes later."""
    settings = put(
        tmp_path_factory.mktemp("loaded"),
        report(1, RENAISSANCE, {A: 100}, filed=NOV),
        report(2, CITADEL, {A: 200, B: 10}, filed=NOV),
    )
    reference = settings.filings / "reference" / "fails-to-deliver"
    reference.mkdir(parents=True)
    with zipfile.ZipFile(reference / "cnsfails202510a.zip", "w") as archive:
        rows = f"20251010|{A}|AAAA|1|A|.\n20251010|{B}|BBBB|1|B|.\nTrailer record count 2\n"
        archive.writestr(
            "cnsfails202510a.txt", "SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE\n" + rows
        )
    refresh.refresh(settings, Q3, offline=True)
    prices(settings, {"AAAA": (10.0, 12.0), "BBBB": (10.0, 15.0)})
    return settings


@pytest.fixture
def market(loaded: Settings, tmp_path: Path) -> Settings:
    """A copy that the test may change."""
    return Settings(Path(shutil.copytree(loaded.home, tmp_path / "home")))


def prices(settings: Settings, closes: Mapping[str, tuple[float, float]]) -> None:
    path = settings.home / "closes.csv"
    rows = [
        f"{day},{ticker},{close},{close * 1e7:.0f},nasdaq"
        for ticker, pair in closes.items()
        for day, close in zip(("2025-01-03", "2025-12-31"), pair, strict=True)
    ]
    path.write_text("\n".join(["date,symbol,close,market_cap,exchange", *rows]))
    import_file(settings, path, Silent())


YEAR = ListRequest(quarter=Q3, base_date=date(2025, 1, 3), end_date=date(2025, 12, 31), cap_date=date(2025, 12, 31))


def publish(settings: Settings, **chosen: Any) -> Path:
    path = settings.home / "edition.json"
    path.write_text(render(top_list(settings, replace(YEAR, **chosen)), "json"))
    return path


def test_a_list_compared_with_itself_does_not_differ(market: Settings) -> None:
    assert compare(market, publish(market)).rows == []


def test_the_filing_that_caused_a_difference_is_named(market: Settings) -> None:
    edition = publish(market)
    put(market.home, report(3, CITADEL, {B: 10}, filed=DEC, amendment=("RESTATEMENT", 1)))
    refresh.refresh(market, Q3, offline=True)
    rows = {(row["ticker"], row["what"]): row for row in compare(market, edition).rows}
    assert set(rows) == {("AAAA", "holders")}
    row = rows["AAAA", "holders"]
    assert (row["then"], row["now"]) == (2, 1)
    assert number(2) in row["because"]
    assert "no longer counts" in row["because"]


def test_the_published_list_can_still_be_made(market: Settings) -> None:
    edition = json.loads(publish(market).read_text())
    put(market.home, report(3, CITADEL, {}, filed=DEC, amendment=("RESTATEMENT", 1), form="13F-HR"))
    put(market.home, report(4, SOROS, {A: 1}, filed=DEC))
    refresh.refresh(market, Q3, offline=True)
    known_on = date.fromisoformat(edition["methodology"]["known_on"])
    again = json.loads(render(top_list(market, replace(YEAR, known_on=known_on)), "json"))
    assert again["rows"] == edition["rows"]


def test_a_corrected_price_is_told_as_such(market: Settings) -> None:
    edition = publish(market)
    prices(market, {"AAAA": (10.0, 18.0), "BBBB": (10.0, 15.0)})
    rows = {(row["ticker"], row["what"]): row for row in compare(market, edition).rows}
    assert {what for _, what in rows} == {"rank", "return_pct", "market_cap_usd"}
    assert "end_close was 12" in rows["AAAA", "return_pct"]["because"]
    assert rows["BBBB", "rank"]["because"] == "other names moved"


def test_a_name_that_leaves_the_list_is_a_difference(market: Settings) -> None:
    edition = publish(market, min_holders=2)
    put(market.home, report(3, CITADEL, {B: 10}, filed=DEC, amendment=("RESTATEMENT", 1)))
    refresh.refresh(market, Q3, offline=True)
    rows = compare(market, edition).rows
    assert [(row["ticker"], row["what"], row["then"], row["now"]) for row in rows] == [("AAAA", "rank", 1, None)]
    assert number(2) in rows[0]["because"]


@given(st.binary(max_size=40) | st.sampled_from([b"{}", b'{"methodology": {}, "rows": []}', b"[]", b'{"rows": 1}']))
def test_what_is_no_list_is_refused_in_one_line(tmp_path_factory: pytest.TempPathFactory, text: bytes) -> None:
    path = tmp_path_factory.mktemp("x") / "edition.json"
    path.write_bytes(text)
    with pytest.raises(InputError, match="is not a list") as caught:
        compare(Settings(path.parent), path)
    assert "\n" not in str(caught.value)


def test_real_filings_are_explained(real: Real) -> None:
    """Seven managers hold DUOT on 2025-09-30: three hedge funds, and four others, of whom Vanguard is always read."""
    others = {"MORGAN STANLEY", "NORTHERN TRUST CORP", "STATE STREET CORP"} if real.is_whole else set()
    answer = explain(real.settings, "266042407", Q3)
    not_counted = {row["manager_name"] for row in answer.rows if row["fate_kind"] != "counted"}
    assert not_counted == {"VANGUARD GROUP INC", *others}
    assert (len(answer.rows), answer.facts["holders"]) == (4 + len(others), 3)
