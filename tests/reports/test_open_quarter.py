"""A quarter that is still being filed: what lists, holders and editions say of those that have not reported."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.filings.helpers import A, B
from tests.pipeline.helpers import Q2, Q3, put
from tests.pipeline.helpers import report as filed_report
from tests.submissions import OtherManager, submission
from tracker.cli import app
from tracker.errors import SettingError
from tracker.newsletter import charts
from tracker.newsletter.document import Request
from tracker.newsletter.publish import check, publish, rebuild
from tracker.output import render
from tracker.pipeline import refresh
from tracker.pipeline.add_prices import import_file
from tracker.progress import Silent
from tracker.rankings.measures import By
from tracker.rankings.parameters import ListRequest
from tracker.reports import open_quarter
from tracker.reports.as_of import view
from tracker.reports.holders import history, who_holds
from tracker.reports.list_answer import top_list
from tracker.reports.list_changes import compare
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import RANKINGS

# 9_000_000_001 to 6; of these 4 and 5 are one house, and 6 gives notice for the third quarter
ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN = (9_000_000_000 + number for number in range(1, 8))
NOV, LATE, DEC = date(2025, 11, 3), date(2025, 11, 14), date(2025, 12, 10)
LIST = ListRequest(quarter=Q3, base_date=date(2025, 1, 3), end_date=date(2025, 12, 31), cap_date=date(2025, 12, 31))
NAMES = ("holders", "holders_previous", "new", "closed", "change", "awaited", "holders_carried")


def report(number: int, cik: int, *holdings: Any, **given: Any) -> bytes:
    """A report under a name of its own: equal names would make one manager the other's successor."""
    return filed_report(number, cik, *holdings, manager=f"{'ABCDEFGHIJ'[cik % 10]}ORNE PARTNERS LLC", **given)


def load(settings: Settings, *texts: bytes, quarters: tuple[Any, ...] = (Q2, Q3)) -> None:
    put(settings.home, *texts)
    for quarter in quarters:
        refresh.refresh(settings, quarter, offline=True, funds=settings.home / "list.csv")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Six managers hold A at the end of June; of the third quarter there are four reports and a notice.

    One still holds A; TWO left it out; THREE has not filed; FOUR of the house still holds it, FIVE has not filed; SIX
    is reported by another; SEVEN is new.
    """
    settings = Settings(tmp_path_factory.mktemp("open"))
    house = {FOUR: "House", FIVE: "House"}
    rows = [f"{cik},Fund {cik},{house.get(cik, '')}" for cik in (ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN)]
    (settings.home / "list.csv").write_text("\n".join(["cik,name,family", *rows]))
    reference = settings.filings / "reference" / "fails-to-deliver"
    reference.mkdir(parents=True)
    with zipfile.ZipFile(reference / "cnsfails202510a.zip", "w") as archive:
        lines = f"20251010|{A}|AAAA|1|A|.\n20251010|{B}|BBBB|1|B|.\nTrailer record count 2\n"
        archive.writestr(
            "cnsfails202510a.txt", "SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE\n" + lines
        )
    six = submission(26, cik=SIX, manager=f"M{SIX}", form="13F-NT", filed=NOV, reported_by=[OtherManager("OTHER LLC")])
    load(
        settings,
        *(report(at, cik, {A: 100 * at}, Q2) for at, cik in enumerate((ONE, TWO, THREE, FOUR, FIVE, SIX), 1)),
        report(21, ONE, {A: 100, B: 1}, filed=NOV),
        report(22, TWO, {B: 5}, filed=LATE),
        report(24, FOUR, {A: 400, B: 1}, filed=LATE),
        six,
        report(27, SEVEN, {A: 7}, filed=NOV),
    )
    closes = settings.home / "closes.csv"
    days = [f"2025-{day},{ticker},10,100000000,nasdaq" for ticker in ("AAAA", "BBBB") for day in ("01-03", "12-31")]
    closes.write_text("\n".join(["date,symbol,close,market_cap,exchange", *days]))
    import_file(settings, closes, Silent())
    return settings


@pytest.fixture
def market(loaded: Settings, tmp_path: Path) -> Settings:
    """A copy that the test may change."""
    return Settings(Path(shutil.copytree(loaded.home, tmp_path / "home")))


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Charts are their data as text."""

    def write_down(*data: object) -> charts.Chart:
        return charts.Chart(svg=repr(data).encode(), dark_svg=b"", png=b"", width=1, height=1)

    for name in ("draw_price", "draw_holders", "draw_band"):
        monkeypatch.setattr(charts, name, write_down)
    yield


def row_of(settings: Settings, ticker: str = "AAAA", **chosen: Any) -> list[Any]:
    rows = {row["ticker"]: row for row in top_list(settings, replace(LIST, **chosen)).rows}
    return [rows[ticker][name] for name in NAMES]


def test_the_state_of_the_quarter(loaded: Settings) -> None:
    with Store(loaded) as store:
        seen = view(store, Q3)
        state = open_quarter.facts(Q3, seen.reporting)
        assert state == open_quarter.facts(Q3, open_quarter.of_quarter(store, Q3))
        first = open_quarter.facts(Q2, open_quarter.of_quarter(store, Q2))
    assert state == {
        "previous_quarter": "2025Q2",
        "families_previous": 5,
        "families_reported": 3,
        "families_reported_pct": 60,
        "families_compared": 2,
        "is_open": True,
    }
    assert [value for key, value in first.items() if key != "previous_quarter"] == [None] * 5


def test_a_row_counts_like_with_like(loaded: Settings) -> None:
    """ONE and TWO are compared: TWO sold. THREE is awaited; the house still holds it; of SIX nothing is known."""
    assert row_of(loaded) == [3, 2, 0, 1, -1, 1, 4]
    assert row_of(loaded, "BBBB") == [3, 0, 2, 0, 2, 0, 3]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (NOV, [2, 1, 0, 0, 0, 3, 5]),  # TWO and the house had not reported yet
        (LATE, [3, 2, 0, 1, -1, 1, 4]),
    ],
)
def test_the_same_rule_holds_for_what_was_known_on_a_day(loaded: Settings, day: date, expected: list[int]) -> None:
    assert row_of(loaded, known_on=day) == expected
    facts = who_holds(loaded, A, Q3, day).facts
    assert [facts[name] for name in NAMES] == expected


def test_by_filer_each_filer_is_compared_by_itself(loaded: Settings) -> None:
    assert row_of(loaded, by_filer=True) == [3, 3, 0, 1, -1, 2, 5]
    answer = who_holds(loaded, A, Q3, by_filer=True)
    assert [answer.facts[name] for name in NAMES] == [3, 3, 0, 1, -1, 2, 5]
    assert [row["cik"] for row in answer.facts["awaited_positions"]] == [FIVE, THREE]


def test_the_heading_says_that_the_quarter_is_open(loaded: Settings) -> None:
    said = "2025Q3 is still open: 3 of the 5 hedge-fund families that reported for 2025Q2 have reported (60%)"
    ranked, held = top_list(loaded, LIST), who_holds(loaded, A, Q3)
    for answer in (ranked, held):
        for form in ("table", "md"):
            assert said in render(answer, form).splitlines()[0]
    assert "3 hedge funds, 2025Q3; 4 with the awaited." in held.title
    assert any(note.startswith(said) for note in history(loaded, A).notes)
    assert [column.heading for column in ranked.columns][-4:] == ["Hedge funds", "With awaited", "Change", "Awaited"]
    assert "still open" not in top_list(loaded, replace(LIST, quarter=Q2)).title


def test_awaited_families_are_listed_with_their_last_position_and_not_counted(loaded: Settings) -> None:
    answer = who_holds(loaded, A, Q3)
    assert {row["cik"] for row in answer.rows} == {ONE, FOUR, SEVEN}
    document = json.loads(render(answer, "json"))
    (awaited,) = document["awaited_positions"]
    assert (awaited["cik"], awaited["shares"], awaited["value_usd"]) == (THREE, 300, 3000)
    assert awaited["period_of_report"] == "2025-06-30"
    assert document["reporting"]["is_open"] is True
    assert document["holders"] == 3 and document["shares"] == 507
    (note,) = [note for note in answer.notes if note.startswith("Awaited, not counted")]
    assert ", 300 shares ($3.00K) at 2025-06-30, 9000000000-25-000003" in note


def test_history_has_the_awaited(loaded: Settings) -> None:
    rows = {row["quarter"]: row for row in history(loaded, A).rows}
    assert [rows["2025Q3"][name] for name in NAMES] == [3, 2, 0, 1, -1, 1, 4]
    assert [rows["2025Q2"][name] for name in NAMES] == [5, *[None] * 6]
    assert [rows[quarter]["is_open"] for quarter in ("2025Q2", "2025Q3")] == [None, True]
    assert "Awaited" in render(history(loaded, A), "table")
    nobody = history(loaded, B).rows[0]
    assert [nobody[name] for name in NAMES] == [0, *[None] * 6]


def test_a_list_may_be_ordered_with_the_awaited(market: Settings) -> None:
    load(market, report(31, THREE, {B: 1}, Q2, amendment=("RESTATEMENT", 1), filed=LATE))
    plain, carried = (
        [(row["ticker"], row["holders"], row["holders_carried"]) for row in top_list(market, request).rows]
        for request in (replace(LIST, by=By.holders), replace(LIST, by=By.holders, rank_carried=True))
    )
    assert plain == [("AAAA", 3, 3), ("BBBB", 3, 4)] and carried == plain[::-1]
    with pytest.raises(SettingError, match="--rank-carried is an order by holders, not by change; use --by holders"):
        top_list(market, replace(LIST, by=By.change, rank_carried=True))


def test_rank_carried_means_by_holders_unless_another_order_is_asked_for(loaded: Settings) -> None:
    def run(*words: str) -> Any:
        asked = ["rank", "2025Q3", "--from", "2025-01-03", "--to", "2025-12-31", "--rank-carried", *words]
        return CliRunner().invoke(app, ["--home", str(loaded.home), *asked, "--format", "json"])

    for words in ((), ("--by", "holders")):
        method = json.loads(run(*words).stdout)["methodology"]
        assert (method["by"], method["rank_carried"], method["ties"][0]) == ("holders", True, "holders_carried")
    refused = run("--by", "performance")
    assert refused.exit_code == 1 and "use --by holders with it" in str(refused.exception)


def test_what_arrives_later_makes_no_other_a_seller_and_closes_the_quarter(market: Settings) -> None:
    load(market, report(33, THREE, {A: 300}, filed=DEC), report(35, FIVE, {B: 1}, filed=DEC))
    assert row_of(market) == [4, 4, 0, 1, -1, 0, 4]
    assert "still open" not in top_list(market, LIST).title
    assert "With awaited" not in [column.heading for column in top_list(market, LIST).columns]
    assert row_of(market, known_on=LATE) == [3, 2, 0, 1, -1, 1, 4]


def test_a_list_against_now_says_who_has_reported_since(market: Settings) -> None:
    path = market.home / "list.json"
    path.write_text(render(top_list(market, LIST), "json"))
    load(market, report(33, THREE, {B: 300}, filed=DEC))  # it sold A: no filing that counts mentions A
    found = {(row["ticker"], row["what"]): row for row in compare(market, path).rows}
    assert [found["AAAA", "awaited"][side] for side in ("then", "now")] == [1, 0]
    assert [found["AAAA", "change"][side] for side in ("then", "now")] == [-1, -2]
    said = "3 of 5 families of the quarter before had reported, now 4 of 5 have"
    assert found["AAAA", "change"]["because"] == said
    assert ("AAAA", "holders") not in found


def test_a_list_of_an_older_version_is_compared_in_what_it_has(market: Settings) -> None:
    document = json.loads(render(top_list(market, LIST), "json"))
    for row in document["rows"]:
        for name in ("change", "awaited", "new", "closed", "holders_carried"):
            del row[name]
    del document["methodology"]["reporting"], document["methodology"]["rank_carried"]
    path = market.home / "list.json"
    path.write_text(json.dumps(document))
    assert compare(market, path).rows == []


@pytest.mark.usefixtures("undrawn")
def test_an_edition_of_an_open_quarter_says_so_in_its_first_lines(market: Settings) -> None:
    published = publish(market, Request(LIST, "Micro caps"))
    said = "2025Q3 is still open: 3 of the 5 hedge fund families that reported for 2025Q2 have reported (60%)."
    for name, start in (("index.md", "# Micro caps"), ("index.html", "<h1>"), ("mail.html", "<h1")):
        text = (published.folder / name).read_text()
        assert said in text[text.index(start) :][:600], name
        assert "3 (0 new, 1 sold since 2025Q2); 1 awaited, 4 with them" in text, name
    chart = (published.folder / "charts" / "holders-01-aaaa.svg").read_text()
    assert "('2025Q2', 5, 0), ('2025Q3', 3, 1)" in chart
    assert "Preliminary: 2025Q3 is still open" in (market.editions / "feed.json").read_text()
    assert "(preliminary)" in (market.editions / "index.html").read_text()
    document = published.document
    assert document["methodology"]["reporting"]["is_open"] is True
    rows = {row["ticker"]: row for row in document["rows"]}
    assert [rows["AAAA"][name] for name in NAMES] == [3, 2, 0, 1, -1, 1, 4]


@pytest.mark.usefixtures("undrawn")
def test_an_edition_of_an_older_version_stays_on_the_shelf(market: Settings) -> None:
    """It has neither the columns nor the parameters that came later."""
    old = publish(market, Request(LIST, "Old"))
    document = json.loads((old.folder / "edition.json").read_text())
    for row in document["rows"]:
        for name in ("new", "closed", "awaited", "holders_carried"):
            del row[name]
    for stock in document["stocks"]:
        for row in stock["holders_by_quarter"]:
            del row["awaited"]
    del document["methodology"]["reporting"], document["methodology"]["rank_carried"]
    (old.folder / "edition.json").write_text(json.dumps(document))
    publish(market, Request(LIST, "New"))
    with Store(market) as store:
        ranked = store.read(RANKINGS).sort("edition", "rank")
    assert ranked.select("edition", "ticker", "awaited").rows() == [
        ("new", "AAAA", 1), ("new", "BBBB", 0), ("old", "AAAA", None), ("old", "BBBB", None)
    ]  # fmt: skip
    assert {row["what"] for row in check(market, old.folder).rows} == set()


@pytest.mark.usefixtures("undrawn")
def test_an_edition_of_an_open_quarter_can_be_made_again_when_it_is_closed(market: Settings) -> None:
    published = publish(market, Request(LIST, "Micro caps"))
    before = {path.name: path.read_bytes() for path in published.folder.iterdir() if path.is_file()}
    load(market, report(33, THREE, {B: 300}, filed=DEC), report(35, FIVE, {A: 1}, filed=DEC))
    found = {(row["ticker"], row["what"]) for row in check(market, published.folder).rows}
    assert {("AAAA", "awaited"), ("AAAA", "change"), (None, "methodology reporting")} <= found
    rebuild(market, published.folder)
    assert {path.name: path.read_bytes() for path in published.folder.iterdir() if path.is_file()} == before
    assert "still open" not in (publish(market, Request(LIST, "Closed")).folder / "index.md").read_text()
