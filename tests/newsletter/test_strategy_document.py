"""Editions of a strategy over the market worked by hand: what they say, and that they can be made again."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sqlite3
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from tests.newsletter.helpers import HOSTILE, Page, files_of
from tests.strategies import hand_market
from tracker.cli import app
from tracker.errors import InputError, NotFoundError, SettingError
from tracker.newsletter import index
from tracker.newsletter.publish import Published, check, publish, rebuild
from tracker.newsletter.strategy_document import StrategyRequest
from tracker.settings import Settings
from tracker.store import Store
from tracker.strategies import strategy_run
from tracker.strategies.signal_days import SignalOn
from tracker.strategies.strategy_plan import Plan
from tracker.tables import PRICES, SECURITIES

PLAN = Plan(top=2, capital_usd=100_000, cost_pct=0.5)
REQUEST = StrategyRequest("consensus", PLAN, slug="worked")
CHARTS = {f"charts/{name}.{end}" for name in ("growth", "drawdowns", "quarters") for end in ("svg", "dark.svg", "png")}
TABLES = {"picks.csv", "path.csv", "quarters.csv"}
WORDS = {"index.md", "index.html", "mail.html"}


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return hand_market.build(tmp_path_factory.mktemp("hand") / "home")


@pytest.fixture(scope="module")
def short(hand: Settings, tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Six quarters: too short. With its pictures; to read."""
    home = Path(shutil.copytree(hand.home, tmp_path_factory.mktemp("short") / "home"))
    return publish(Settings(home), REQUEST)


@pytest.fixture(scope="module")
def long(hand: Settings, tmp_path_factory: pytest.TempPathFactory) -> Published:
    """As if six quarters were enough, with closes of IWM, which gains a tenth of a percent a session. To read."""
    home = Path(shutil.copytree(hand.home, tmp_path_factory.mktemp("long") / "home"))
    settings = Settings(home)
    add_fund(settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strategy_run, "MIN_QUARTERS_FOR_A_CLAIM", 6)
        return publish(settings, REQUEST)


@pytest.fixture
def settings(hand: Settings, tmp_path: Path) -> Settings:
    """A home of the test's own, without editions."""
    return Settings(Path(shutil.copytree(hand.home, tmp_path / "home")))


def add_fund(settings: Settings) -> None:
    with Store(settings) as store:
        days = sorted(set(hand_market.prices()["date"]))
        store.add_prices(
            PRICES.frame(
                {"date": day, "ticker": "IWM", "close": 200 * 1.001**at, "exchange": "NYSE", "source": "file:hand",
                 "is_adjusted": False}
                for at, day in enumerate(days)
            )
        )  # fmt: skip


def rows_of(published: Published, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((published.folder / name).read_text())))


def text_of(published: Published, name: str) -> str:
    text = (published.folder / name).read_text()
    return Page(text).text if name.endswith("html") else text


# ---- content ------------------------------------------------------------------------------------------------------


def test_an_edition_has_all_its_files(short: Published) -> None:
    assert set(files_of(short.folder)) == WORDS | TABLES | CHARTS | {"edition.json", "mail.eml"}
    assert short.document["title"] == "Consensus: 2 stocks a quarter, 2024Q1 to 2025Q2"


@pytest.mark.parametrize("name", sorted(WORDS))
def test_the_first_lines_say_what_it_rests_on(short: Published, name: str) -> None:
    text = text_of(short, name)
    expected = [
        "Consensus: 2 stocks a quarter",
        "This rests on 6 quarters (2024Q1 to 2025Q2) and 8 names: too short to tell.",
        "Nothing is claimed from fewer than 8 quarters.",
        "+27.35% from May 23, 2024 to August 29, 2025",
        "+11.33% if they ended at nothing, +46.94% if at their last close",
    ]
    found = -1
    for part in expected:
        found = text.find(part, found + 1)
        assert found >= 0, part


def test_a_short_run_claims_nothing_anywhere(short: Published) -> None:
    document = short.document
    assert {document["result"][name] for name in ("percentile", "excess_pct", "band_return_pct", "capacity_usd")} == {
        None
    }
    for row in document["daily"]:
        assert {value for name, value in row.items() if name.startswith(("random", "band", "iw", "spy"))} == {None}
    assert {row["band_pct"] for row in [*document["years"], *document["quarters"]]} == {None}
    for name in WORDS:
        text = text_of(short, name)
        assert "Better than" not in text and "Against luck" not in text and "Capacity" not in text
    assert b"band" not in (short.folder / "charts" / "growth.svg").read_bytes().lower()


def test_the_paths_are_those_worked_out_on_paper(short: Published) -> None:
    """See `test_strategy_run`: 122,769.24 on 2024-08-23 after costs, 127,353.63 at the end."""
    daily = {row["date"]: row for row in short.document["daily"]}
    assert daily["2024-05-23"]["growth_usd"] == 10_000
    assert daily["2025-08-29"]["growth_usd"] == pytest.approx(12_735.363, abs=0.001)
    assert daily["2024-08-23"]["growth_usd"] == pytest.approx(12_276.924, abs=0.001)
    highest = max(row["growth_usd"] for row in daily.values())
    assert daily["2025-08-29"]["drawdown_pct"] == pytest.approx((12_735.363 / highest - 1) * 100, abs=1e-3)
    years = {row["year"]: row for row in short.document["years"]}
    end = daily["2024-12-31"]["growth_usd"]
    assert years[2024]["return_pct"] == pytest.approx((end / 10_000 - 1) * 100)
    assert years[2025]["return_pct"] == pytest.approx((12_735.363 / end - 1) * 100, abs=1e-3)
    assert (years[2025]["from"], years[2025]["to"]) == ("2024-12-31", "2025-08-29")
    quarters = {row["quarter"]: row for row in short.document["quarters"]}
    first = daily["2024-08-23"]["growth_usd"] / daily["2024-05-24"]["growth_usd"]
    assert quarters["2024Q1"]["return_pct"] == pytest.approx((first - 1) * 100)
    assert list(quarters) == ["2024Q1", "2024Q2", "2024Q3", "2024Q4", "2025Q1", "2025Q2"]


def test_every_pick_is_there_with_its_days_prices_and_filings(short: Published) -> None:
    picks = rows_of(short, "picks.csv")
    assert len(picks) == len(short.document["rows"]) == 12
    merged = next(row for row in picks if row["end"] == "merged")
    assert (merged["ticker"], merged["signal_date"], merged["bought_on"], merged["sold_on"]) == (
        "C", "2024-11-22", "2024-11-25", "2025-01-10",
    )  # fmt: skip
    assert (merged["buy_price"], merged["sell_price"], merged["holders"]) == ("22", "24", "3")
    for row in short.document["rows"]:
        assert len(row["accession_numbers"]) >= row["holders"] > 0
        for number in row["accession_numbers"]:
            filing = short.document["filings"][number]
            address = f"https://www.sec.gov/Archives/edgar/data/{filing['cik']}/{number}.txt"
            assert filing["url"] == address and filing["manager_name"].startswith("FUND ")
    for name in ("index.html", "index.md"):
        text = (short.folder / name).read_text()
        assert all(number in text for row in short.document["rows"] for number in row["accession_numbers"])
        assert all(str(row["bought_on"]) in text for row in short.document["rows"])


def test_a_long_run_is_held_against_luck_and_index_funds(long: Published) -> None:
    result = long.document["result"]
    assert 0 < result["percentile"] < 100 and result["index_funds"]["IWM"] > 0
    last = long.document["daily"][-1]
    sessions = len(long.document["daily"]) - 1
    assert last["iwm_usd"] == pytest.approx(10_000 * 1.001**sessions, rel=1e-6) and last["spy_usd"] is None
    assert last["iwm_usd"] / 100 - 100 == pytest.approx(result["index_funds"]["IWM"])
    assert last["random_p5_usd"] < last["random_p50_usd"] < last["random_p95_usd"]
    assert last["random_p50_usd"] / 100 - 100 == pytest.approx(result["random_pct"]["p50"])
    assert last["band_usd"] / 100 - 100 == pytest.approx(result["band_return_pct"])
    for name in WORDS:
        text = text_of(long, name)
        assert "too short" not in text and text.index("Better than") < text.index("All of the band alike")
        assert text.index("All of the band alike") < text.index("The band by market cap")
    page = (long.folder / "index.html").read_text()
    assert "<dt>IWM</dt>" in page and "<dt>SPY</dt>" not in page
    picture = (long.folder / "charts" / "growth.svg").read_text()
    assert "IWM" in picture and "All of the band alike" in picture and "SPY" not in picture


def test_what_looks_ahead_stands_before_everything(settings: Settings, undrawn: None) -> None:
    assert publish(settings, REQUEST).document["result"]["looks_ahead"] == []
    later = hand_market.securities().with_columns(
        first_seen=pl.when(pl.col("ticker") == "B").then(pl.lit(date(2024, 12, 1))).otherwise("first_seen")
    )
    with Store(settings) as store:
        store.replace(SECURITIES, later)
    ahead = publish(settings, replace(REQUEST, slug="ahead"))
    for name in WORDS:
        text = text_of(ahead, name)
        warning = text.index("Tickers of CUSIPs that were first seen later: looks ahead.")
        assert warning < text.index("This rests on")


# ---- pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["short", "long"])
def test_the_mail_runs_anywhere(which: str, request: pytest.FixtureRequest) -> None:
    published: Published = request.getfixturevalue(which)
    page = Page((published.folder / "mail.html").read_text())
    assert page.open == []
    assert not {tag for tag, _ in page.tags} & {
        "script",
        "link",
        "svg",
        "picture",
        "iframe",
        "form",
        "details",
    }
    assert not any(key.startswith("on") or key == "class" for _, keys in page.tags for key in keys)
    images = [keys for tag, keys in page.tags if tag == "img"]
    assert len(images) == 3
    for image in images:
        assert (image["alt"] or "").endswith(".") and (published.folder / str(image["src"])).is_file()
        assert int(image["width"] or 0) <= 552


def test_the_page_loads_nothing_from_elsewhere(long: Published) -> None:
    page = Page((long.folder / "index.html").read_text())
    assert page.open == [] and "script" not in {tag for tag, _ in page.tags}
    loads = [keys[key] for tag, keys in page.tags for key in ("src", "srcset") if keys.get(key)]
    assert len(loads) == 6 and all((long.folder / str(path)).is_file() for path in loads)
    links = {str(keys["href"]) for tag, keys in page.tags if tag == "a"}
    local = TABLES | {"edition.json", "index.md", "mail.eml", "../index.html"}
    assert local <= links
    assert all(link in local or link.startswith("https://www.sec.gov/Archives/edgar/data/") for link in links)


def test_foreign_text_does_nothing_on_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undrawn: None) -> None:
    """Names of companies, names of funds, the rule and the title: all come from elsewhere."""
    named = hand_market.prices().with_columns(name=pl.lit(HOSTILE))
    monkeypatch.setattr(hand_market, "prices", lambda: named)
    everything = hand_market.reports()
    renamed = replace(everything, filings=everything.filings.with_columns(manager_name=pl.lit(f"{HOSTILE} LP")))
    monkeypatch.setattr(hand_market, "reports", lambda: renamed)
    settings = hand_market.build(tmp_path / "home")
    rule = "holders >= 2 and '<script>alert(2)</script>' <> '' order by holders desc, ticker"
    made = publish(settings, StrategyRequest(rule, PLAN, HOSTILE, "hostile"))
    for path in (made.folder / "index.html", made.folder / "mail.html", settings.editions / "index.html"):
        page = Page(path.read_text())
        assert "script" not in {tag for tag, _ in page.tags} and "\x1b" not in page.text
        assert "<script>alert(1)</script>" in page.text and "<script>alert(2)</script>" in page.text
    text = (made.folder / "index.md").read_text()
    assert "<script" not in text and "[x](" not in text and "\x1b" not in text
    assert text.startswith("# &lt;script&gt;alert(1)&lt;/script&gt; \\[x\\](http&#58;//e.org)")
    assert all(row["name"] and not row["name"].startswith(("=", "+", "-", "@")) for row in rows_of(made, "picks.csv"))
    assert "\x1b" not in (settings.editions / "feed.json").read_text().replace("\\u001b", "")


def test_a_name_that_is_a_formula_is_disarmed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undrawn: None) -> None:
    named = hand_market.prices().with_columns(name=pl.lit("=HYPERLINK(1)"))
    monkeypatch.setattr(hand_market, "prices", lambda: named)
    made = publish(hand_market.build(tmp_path / "home"), REQUEST)
    names = {row["name"] for row in rows_of(made, "picks.csv")}
    assert names and all(name.startswith("'=") for name in names)


# ---- again, byte for byte -----------------------------------------------------------------------------------------


def test_made_twice_it_is_the_same(hand: Settings, short: Published, tmp_path: Path) -> None:
    home = Path(shutil.copytree(hand.home, tmp_path / "home"))
    assert files_of(publish(Settings(home), REQUEST).folder) == files_of(short.folder)


def test_what_was_filed_and_quoted_since_changes_nothing_of_it(tmp_path: Path) -> None:
    """Published in March 2025, it is made again from a store of August: more quarters, prices, and a late amendment."""
    then = hand_market.build(tmp_path / "then", date(2025, 3, 31))
    published = publish(then, REQUEST)
    assert published.document["methodology"]["quarter"] == "2024Q4"
    before = files_of(published.folder)
    now = hand_market.build(tmp_path / "now")
    folder = Path(shutil.copytree(published.folder, now.editions / "worked"))
    assert check(now, folder / "edition.json").rows == []
    assert files_of(rebuild(now, folder / "edition.json").folder) == before


def test_a_corrected_price_is_told_and_not_published_under_the_old_name(settings: Settings, undrawn: None) -> None:
    made = publish(settings, REQUEST)
    assert check(settings, made.folder).rows == []
    before = files_of(settings.editions)
    day = hand_market.prices().filter(pl.col("date") == hand_market.LAST)
    with Store(settings) as store:
        store.add_prices(day.with_columns(close=pl.when(pl.col("ticker") == "H").then(60.0).otherwise("close")))
    answer = check(settings, made.folder / "edition.json")
    told = {(row["ticker"], row["what"]): row for row in answer.rows}
    assert (None, "end_value_usd") in told and answer.facts["differences"] == len(answer.rows) > 0
    assert {row["because"] for row in answer.rows} == {"prices were corrected or added"}
    assert {(None, "closes"), (None, "daily"), (None, "quarters")} < told.keys()
    assert told["H", "2025Q2 return_pct"]["then"] == pytest.approx(10)
    with pytest.raises(InputError, match=r"cannot be rebuilt.*--check"):
        rebuild(settings, made.folder)
    assert files_of(settings.editions) == before


def test_what_keeps_it_from_being_made_again_is_told(settings: Settings, undrawn: None) -> None:
    """Even if no figure of it is another: sentences, and candidates that were not picked."""
    made = publish(settings, REQUEST)
    path = made.folder / "edition.json"
    document = json.loads(path.read_bytes())
    document["notes"].append("once more was known")
    document["state"]["candidates_sha256"]["2024-08-22"] = "other"
    path.write_text(json.dumps(document))
    told = {row["what"]: row["because"] for row in check(settings, path).rows}
    assert told == dict.fromkeys(("notes", "candidates of 2024-08-22"), "filings or reference data since")
    with pytest.raises(InputError, match="cannot be rebuilt"):
        rebuild(settings, path)


def test_an_edit_by_hand_is_told(settings: Settings, undrawn: None) -> None:
    made = publish(settings, REQUEST)
    (made.folder / "picks.csv").write_text("mine")
    (row,) = check(settings, made.folder).rows
    assert (row["what"], row["because"]) == ("picks.csv", "edited by hand")


def test_a_rule_of_ones_own_must_be_as_it_was(settings: Settings, tmp_path: Path, undrawn: None) -> None:
    rule = tmp_path / "mine.py"
    rule.write_text(
        "def pick(candidates):\n    return candidates.sort('holders', descending=True)['ticker'].to_list()\n"
    )
    made = publish(settings, replace(REQUEST, rule=str(rule)))
    assert made.document["result"]["rule"] == "mine.py"
    assert check(settings, made.folder).rows == []
    rule.write_text(rule.read_text() + "\n")
    for call in (check, rebuild):
        with pytest.raises(InputError, match="has changed since the edition was published"):
            call(settings, made.folder)


@pytest.mark.parametrize(
    "harm",
    [
        lambda document: document.update(kind="poem"),
        lambda document: document.update(kind=[]),
        lambda document: document.pop("daily"),
        lambda document: document["methodology"].pop("until"),
        lambda document: document["methodology"].update(top="many"),
        lambda document: document["methodology"].update(weights="heavy"),
        lambda document: document.update(state={}),
        lambda document: document.update(rows=["A"]),
        lambda document: document.update(result=[]),
    ],
)
def test_what_is_no_edition_is_refused(settings: Settings, short: Published, tmp_path: Path, harm: Any) -> None:
    document = json.loads((short.folder / "edition.json").read_bytes())
    harm(document)
    path = tmp_path / "edition.json"
    path.write_text(json.dumps(document))
    for call in (check, rebuild):
        with pytest.raises(InputError) as raised:
            call(settings, path)
        assert "\n" not in str(raised.value)


# ---- among all editions -------------------------------------------------------------------------------------------


def test_it_stands_among_all_editions(settings: Settings, undrawn: None) -> None:
    made = publish(settings, replace(REQUEST, base_url="https://example.org/e"))
    page = (settings.editions / "index.html").read_text()
    assert 'href="worked/index.html"' in page
    assert "consensus over 6 quarters and 8 names: too short to tell" in Page(page).text
    (item,) = json.loads((settings.editions / "feed.json").read_bytes())["items"]
    assert item["url"] == "https://example.org/e/worked/index.html" and item["title"] == made.document["title"]
    assert "consensus over 6 quarters and 8 names: too short to tell." in item["content_text"]
    with sqlite3.connect(settings.database) as database:
        rows = database.execute("select slug, period_of_report, base_date, end_date, cap_date, stocks from editions")
        assert rows.fetchall() == [("worked", "2025-06-30", "2024-05-23", "2025-08-29", None, 8)]
        assert database.execute("select count(*) from rankings").fetchone() == (0,)
    assert index.read(made.folder)["kind"] == "strategy"


def test_an_edition_that_was_edited_until_it_is_none_is_named(settings: Settings, undrawn: None) -> None:
    made = publish(settings, REQUEST)
    document = json.loads((made.folder / "edition.json").read_bytes())
    document["signals"] = []
    (made.folder / "edition.json").write_text(json.dumps(document))
    (note,) = publish(settings, replace(REQUEST, slug="another")).notes
    assert "worked" in note and "is not an edition of `tracker publish` (it has no signals)" in note


def test_nothing_is_written_for_a_rule_that_buys_nothing(settings: Settings) -> None:
    with pytest.raises(NotFoundError, match="buys nothing"):
        publish(settings, replace(REQUEST, rule="holders > 99"))
    with pytest.raises(SettingError, match="--slug"):
        publish(settings, replace(REQUEST, slug="../up"))
    assert not settings.editions.exists()


# ---- from the command line ----------------------------------------------------------------------------------------


def test_commands_publish_check_and_make_again(settings: Settings, undrawn: None) -> None:
    def run(*words: str) -> Any:
        return CliRunner().invoke(app, ["--home", str(settings.home), *words], catch_exceptions=False)

    words = ("strategy", "run", "consensus", "--top", "2", "--publish", "--title", "A Try", "--slug", "a-try")
    said = run(*words)
    folder = settings.editions / "a-try"
    assert said.exit_code == 0 and said.stdout.strip() == str(folder / "index.html")
    before = files_of(folder)
    checked = run("publish", "--check", str(folder / "edition.json"))
    assert checked.exit_code == 0 and "A Try, against what is known now: no difference" in checked.stdout
    again = run("publish", "--edition", str(folder / "edition.json"))
    assert again.exit_code == 0 and files_of(folder) == before
    (folder / "index.md").write_text("mine")
    assert run("publish", "--check", str(folder / "edition.json")).exit_code == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [("--title Try", "add --publish"), ("--publish --format json", "leave out --format"),
     ("--publish --output a.json", "leave out --format")],
)  # fmt: skip
def test_what_is_for_an_edition_alone_needs_one(settings: Settings, words: str, says: str) -> None:
    command = ["--home", str(settings.home), "strategy", "run", "consensus", *words.split()]
    result = CliRunner().invoke(app, command)
    assert isinstance(result.exception, SettingError) and says in str(result.exception)


def test_each_day_with_reports_is_a_signal_day_of_its_own(settings: Settings, undrawn: None) -> None:
    """With `--on filing` a quarter has several signal days; the edition is made again from them, too."""
    made = publish(
        settings, replace(REQUEST, plan=replace(PLAN, signal_on=SignalOn.FILING, last=hand_market.QUARTERS[1]))
    )
    days = {row["signal_date"] for row in made.document["rows"]}
    assert len(days) > 4 and {row["quarter"] for row in made.document["rows"]} == {"2024Q1", "2024Q2"}
    assert [row["quarter"] for row in made.document["quarters"]] == ["2024Q1", "2024Q2"]
    before = files_of(made.folder)
    assert files_of(rebuild(settings, made.folder).folder) == before
