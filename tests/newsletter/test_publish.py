"""Editions of the fictional market: what stands in them, that they can be made again, and what would differ now."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sqlite3
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Prepare
from tests.homes import charts_written_down
from tests.make_golden import GOLDEN, LISTED, Q3, REQUEST, outputs
from tests.newsletter.helpers import HOSTILE, Page, files_of
from tracker.demo.submission_text import line, submission
from tracker.errors import InputError, SettingError
from tracker.files import REPLACED, atomic_folder, restore_folders
from tracker.newsletter import index
from tracker.newsletter.note_markup import escape_markdown
from tracker.newsletter.publish import Published, check, publish, rebuild, slug_of
from tracker.pipeline import add_prices, choose_funds, refresh
from tracker.progress import Silent
from tracker.reports.list_answer import top_list
from tracker.settings import Settings
from tracker.tables import ManagerClass

TICKERS = ["TLVN", "MRWD", "QNLR"]
SHORT = replace(REQUEST, listed=replace(LISTED, top=1))  # for what does not depend on the stocks


@pytest.fixture
def settings(own_market: Settings, undrawn: None) -> Settings:
    """A home of its own for each test, without editions; charts are not drawn."""
    return own_market


def the_edition(settings: Settings) -> Published:
    """The only edition of a home."""
    (path,) = settings.editions.glob("*/edition.json")
    return Published(path.parent, index.read(path))


@pytest.fixture(scope="session")
def published(market: Settings, prepare: Prepare) -> Published:
    """The edition of the fictional market, with its pictures. To read."""

    def build(folder: Path) -> None:
        shutil.copytree(market.home, folder, dirs_exist_ok=True)
        publish(Settings(folder), REQUEST)

    return the_edition(Settings(prepare("edition", build)))


@pytest.fixture(scope="module")
def again(market: Settings, tmp_path_factory: pytest.TempPathFactory) -> tuple[Published, dict[str, bytes]]:
    """The same edition made a second time, in another home, and the outputs that golden files hold."""
    settings = Settings(Path(shutil.copytree(market.home, tmp_path_factory.mktemp("again") / "home")))
    made = outputs(settings)
    return the_edition(settings), made


@pytest.fixture(scope="session")
def with_edition(market: Settings, prepare: Prepare) -> Settings:
    """The fictional market and its edition, charts not drawn. To read."""

    def build(folder: Path) -> None:
        shutil.copytree(market.home, folder, dirs_exist_ok=True)
        with charts_written_down():
            publish(Settings(folder), REQUEST)

    return Settings(prepare("undrawn-edition", build))


@pytest.fixture
def made(with_edition: Settings, settings: Settings) -> Published:
    """The edition, in the test's own home."""
    shutil.copytree(with_edition.home, settings.home, dirs_exist_ok=True)
    return the_edition(settings)


# ---- golden files -------------------------------------------------------------------------------------------------


def test_every_output_is_as_before(again: tuple[Published, dict[str, bytes]]) -> None:
    _, made = again
    known = files_of(GOLDEN)
    assert made.keys() == known.keys()
    different = [name for name in made if made[name] != known[name]]
    assert different == [], "if that is meant: python -m tests.make_golden"


# ---- content ------------------------------------------------------------------------------------------------------


def test_an_edition_has_all_its_files(published: Published) -> None:
    names = set(files_of(published.folder))
    charts = {"band", *(f"{kind}-{chart}" for kind in ("price", "holders") for chart in
                        ("01-qnlr", "02-mrwd", "03-tlvn"))}  # fmt: skip
    pictures = {f"charts/{name}.{end}" for name in charts for end in ("svg", "dark.svg", "png")}
    words = {"index.md", "index.html", "mail.html", "mail.eml"}
    assert names == words | {"list.csv", "edition.json"} | pictures
    assert published.page == published.folder / "index.html"
    assert published.folder.name == "3-best-performing-micro-cap-stocks-of-2025"


@pytest.mark.parametrize("name", ["index.md", "index.html", "mail.html"])
def test_parts_come_in_the_order_that_a_reader_expects(published: Published, name: str) -> None:
    text = (published.folder / name).read_text()
    text = Page(text).text if name.endswith("html") else text
    expected = [
        "3 Best Performing Micro Cap Stocks of 2025",
        "had a median return of",
        "ranks them by performance, counting down",
        "Counts are lower bounds",
        "Tolvane Power Systems Inc",
        "Merrowdale Biosciences Inc",
        "Quenchlight Robotics Inc",
        "$269.76 Million",
        "260.00%",
        "7 (2 new, 0 sold since 2025Q2)",
        "$12.83 Million, 6.41% of the shares outstanding",
        "BRACKWATER PARTNERS LP, 436,800 shares worth $3.64 Million (1.82% of the shares outstanding)",
        "Sources",
        "9000000002-25-000002",
        "Held back",
        # a mail has no folds: it says how many, and where
        "The evidence is on the page" if name == "mail.html" else "LKSN",
    ]
    found = -1
    for part in expected:
        found = text.find(part, found + 1)
        assert found >= 0, part
    assert "(NASDAQ:QNLR)" in text and "21 hedge funds are counted" in text


def test_csv_and_json_hold_the_list(published: Published) -> None:
    rows = list(csv.DictReader(io.StringIO((published.folder / "list.csv").read_text())))
    assert [row["ticker"] for row in rows] == TICKERS
    document = json.loads((published.folder / "edition.json").read_bytes())
    assert [row["ticker"] for row in document["rows"]] == TICKERS
    assert [row["holders"] for row in document["rows"]] == [int(row["holders"]) for row in rows]
    assert document["as_of"] == "2026-01-05" and document["methodology"]["known_on"] == "2025-12-09"


def test_every_holder_is_behind_a_filing(published: Published) -> None:
    rows = {row["ticker"]: row for row in published.document["rows"]}
    for stock in published.document["stocks"]:
        families = {filing["family"] for filing in stock["filings"]}
        assert len(families) == rows[stock["ticker"]]["holders"]
        holders = rows[stock["ticker"]]["holders"]
        assert stock["holders_by_quarter"][-1] == {"quarter": "2025Q3", "holders": holders, "awaited": None}
        for filing in stock["filings"]:
            assert filing["url"].endswith(f"/{filing['cik']}/{filing['accession_number']}.txt")


def test_the_database_holds_the_list(settings: Settings, made: Published) -> None:
    publish(settings, replace(REQUEST, title="Another", listed=replace(LISTED, top=2)))
    with sqlite3.connect(settings.database) as database:
        slugs = database.execute("select slug, stocks, known_on from editions order by stocks").fetchall()
        ranks = database.execute("select ticker from rankings where edition = 'another' order by rank").fetchall()
    assert slugs == [("another", 2, "2025-12-09"), ("3-best-performing-micro-cap-stocks-of-2025", 3, "2025-12-09")]
    assert ranks == [("QNLR",), ("MRWD",)]


def test_the_price_chart_ends_where_the_performance_does(published: Published) -> None:
    returns = {row["ticker"]: row["return_pct"] for row in published.document["rows"]}
    for stock in published.document["stocks"]:
        assert stock["index"][stock["ticker"]] == pytest.approx(100 + returns[stock["ticker"]])


# ---- pages --------------------------------------------------------------------------------------------------------


def page_text(published: Published) -> str:
    return (published.folder / "mail.html").read_text()


def test_the_mail_runs_anywhere(published: Published) -> None:
    page = Page(page_text(published))
    assert page.open == []
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "svg", "picture", "iframe", "form"}
    # only dark screens need it, and readers that drop it show the light mail
    (style,) = re.findall(r"<style>(.*?)</style>", page_text(published), re.DOTALL)
    assert style.strip().startswith("@media (prefers-color-scheme: dark) {") and style.count("@media") == 1
    assert not any(key.startswith("on") or key == "class" for _, keys in page.tags for key in keys)
    images = [keys for tag, keys in page.tags if tag == "img"]
    assert len(images) == 7
    for image in images:
        assert (image["alt"] or "").endswith(".") and (image["src"] or "").endswith(".png")
        assert (published.folder / str(image["src"])).is_file() and int(image["width"] or 0) <= 552


def test_the_page_loads_nothing_from_elsewhere(published: Published) -> None:
    page = Page((published.folder / "index.html").read_text())
    assert page.open == [] and "script" not in {tag for tag, _ in page.tags}
    loads = [keys[key] for tag, keys in page.tags for key in ("src", "srcset") if keys.get(key)]
    assert len(loads) == 14 and all((published.folder / str(path)).is_file() for path in loads)
    links = {str(keys["href"]) for tag, keys in page.tags if tag == "a"}
    local = {"list.csv", "edition.json", "index.md", "mail.eml", "../index.html", *(f"#{name}" for name in TICKERS)}
    assert all(link in local or link.startswith("https://www.sec.gov/Archives/edgar/data/") for link in links)


def test_with_a_base_url_pictures_have_full_addresses(settings: Settings) -> None:
    made = publish(settings, replace(SHORT, base_url="https://example.org/e/"))
    page = Page((made.folder / "mail.html").read_text())
    start = f"https://example.org/e/{made.folder.name}/charts/"
    assert all(str(keys["src"]).startswith(start) for tag, keys in page.tags if tag == "img")
    feed = json.loads((settings.editions / "feed.json").read_bytes())
    assert feed["feed_url"] == "https://example.org/e/feed.json"
    assert feed["items"][0]["url"] == f"https://example.org/e/{made.folder.name}/index.html"


def test_foreign_text_does_nothing_on_a_page(settings: Settings) -> None:
    made = publish(settings, replace(SHORT, title=HOSTILE, slug="hostile"))
    for path in (made.folder / "index.html", made.folder / "mail.html", settings.editions / "index.html"):
        page = Page(path.read_text())
        assert "script" not in {tag for tag, _ in page.tags} and "<script>alert(1)</script>" in page.text
        assert "\x1b" not in page.text
    first = (made.folder / "index.md").read_text().splitlines()[0]
    assert first.startswith("# &lt;script&gt;alert(1)&lt;/script&gt; \\[x\\](http&#58;//e.org) \\*b\\* \\`c\\` \\| =1")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Harl & Pike", "Harl &amp; Pike"),
        ("a_b*c", "a\\_b\\*c"),
        ("www.e.org", "www&#46;e.org"),
        ("a@e.org", "a&#64;e.org"),
        ("&lt;", "&amp;lt;"),
        ("\\", "\\\\"),
    ],
)
def test_markdown_shows_foreign_text_as_it_is(text: str, shown: str) -> None:
    assert escape_markdown(text) == shown


# ---- templates ----------------------------------------------------------------------------------------------------


def test_a_template_of_ones_own_replaces_ours(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "index.md.j2").write_text("{% for stock in stocks %}{{ stock.ticker }} {% endfor %}")
    made = publish(settings, REQUEST, tmp_path)
    assert (made.folder / "index.md").read_text() == "TLVN MRWD QNLR \n"
    assert "Tolvane" in (made.folder / "index.html").read_text()


@pytest.mark.parametrize("text", ["{% for %}", "{{ nothing.there }}", "{{ edition.title | nothing }}", "{{ 1 / 0 }}"])
def test_a_template_that_cannot_be_used_is_named_and_nothing_written(
    settings: Settings, tmp_path: Path, text: str
) -> None:
    (tmp_path / "mail.html.j2").write_text(text)
    with pytest.raises(InputError, match=r"the template mail\.html\.j2"):
        publish(settings, SHORT, tmp_path)
    assert not settings.editions.exists()


# ---- where it lies ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("9 Best Performing Micro Cap Stocks in 2025", "9-best-performing-micro-cap-stocks-in-2025"),
        ("  Ärger & Größe!  ", "arger-groe"),
        ("../../etc/passwd", "etc-passwd"),
        ("日本", ""),
        ("a" * 200, "a" * 80),
    ],
)
def test_slugs(title: str, slug: str) -> None:
    assert slug_of(title) == slug


@pytest.mark.parametrize("slug", ["..", "a/b", "A", "-a", "a--b", "a" * 81, ".incoming-1", "a.b"])
def test_a_slug_that_names_no_folder_is_refused(settings: Settings, slug: str) -> None:
    with pytest.raises(SettingError, match="--slug"):
        publish(settings, replace(SHORT, slug=slug))
    assert not settings.editions.exists()


def test_publishing_again_replaces_the_folder_whole(settings: Settings, made: Published) -> None:
    (made.folder / "note.txt").write_text("mine")
    second = publish(settings, SHORT)
    assert second.folder == made.folder
    assert sorted(files_of(second.folder)) == sorted([*second.document["files"], "edition.json"])
    assert [path.name for path in settings.editions.iterdir() if path.name.startswith(".")] == []


def test_a_folder_that_is_no_edition_stays(settings: Settings) -> None:
    mine = settings.editions / "mine"
    mine.mkdir(parents=True)
    (mine / "letter.txt").write_text("dear")
    with pytest.raises(SettingError, match="is not an edition"):
        publish(settings, replace(SHORT, slug="mine"))
    assert (mine / "letter.txt").read_text() == "dear"


def test_a_folder_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    with atomic_folder(folder) as temporary:
        (temporary / "one").write_text("1")
    with pytest.raises(RuntimeError), atomic_folder(folder) as temporary:
        (temporary / "two").write_text("2")
        raise RuntimeError
    assert files_of(tmp_path) == {"a/one": b"1"}
    folder.replace(tmp_path / f"{REPLACED}a")  # killed between the two renames
    restore_folders(tmp_path)
    assert files_of(tmp_path) == {"a/one": b"1"}


# ---- again, byte for byte -----------------------------------------------------------------------------------------


def amend(settings: Settings, published: Published, filed: date) -> None:
    """One of the holders restates its report: it holds nothing but a little of another company."""
    filing = published.document["stocks"][-1]["filings"][0]
    number = f"{filing['cik']:010d}-26-000009"
    other = published.document["rows"][1]
    body = submission(
        cik=filing["cik"],
        accession_number=number,
        manager=filing["manager_name"],
        period=Q3.end,
        filed=filed,
        amendment=("RESTATEMENT", 9),
        # with more than a tenth of the report's lines, a restatement is what its cover says
        lines=[line(other["cusip"], 10_000, 2_000, other["name"])] * 10,
    )
    folder = settings.filings / "sec-edgar-filings" / f"{filing['cik']:010d}" / "13F-HR" / number
    folder.mkdir(parents=True)
    (folder / "full-submission.txt").write_bytes(body)
    refresh.refresh(settings, Q3, offline=True, funds=settings.home / "fund_list.csv")


def test_made_twice_it_is_the_same(again: tuple[Published, dict[str, bytes]], published: Published) -> None:
    assert files_of(again[0].folder) == files_of(published.folder)


def test_it_is_made_again_from_its_own_parameters(settings: Settings) -> None:
    made = publish(settings, replace(REQUEST, listed=replace(LISTED, cap_max_usd=float("inf"))))
    before = files_of(made.folder)
    kept = settings.home / "kept.json"
    kept.write_bytes(before["edition.json"])
    shutil.rmtree(made.folder)
    assert files_of(rebuild(settings, kept).folder) == before


def test_an_amendment_filed_since_changes_nothing_of_it_but_is_told(settings: Settings, made: Published) -> None:
    before = files_of(made.folder)
    assert check(settings, made.folder).rows == []
    amend(settings, made, date(2026, 2, 2))
    assert files_of(rebuild(settings, made.folder / "edition.json").folder) == before
    told = {(row["ticker"], row["what"]): row for row in check(settings, made.folder / "edition.json").rows}
    holders = told["QNLR", "holders"]
    assert (holders["then"], holders["now"]) == (7, 6)
    assert "9000000001-25-000002 (ALDERMOOR CAPITAL MANAGEMENT LP) no longer counts" in holders["because"]
    assert "replaced by 9000000001-26-000009" in holders["because"]
    assert ("QNLR", "value_usd") in told and ("QNLR", "filings") in told
    assert not any(ticker == "TLVN" for ticker, _ in told)


def test_a_corrected_price_is_told_and_not_published_under_the_old_name(
    settings: Settings, made: Published, tmp_path: Path
) -> None:
    before = files_of(settings.editions)
    corrected = tmp_path / "corrected.csv"
    corrected.write_text("date,symbol,close,pct_change\n2025-12-31,QNLR,20.00,0\n")
    add_prices.import_file(settings, corrected, Silent())
    answer = check(settings, made.folder)
    told = {(row["ticker"], row["what"]): row["because"] for row in answer.rows}
    assert "end_close was" in told["QNLR", "return_pct"] and answer.facts["differences"] == len(answer.rows)
    with pytest.raises(InputError, match=r"cannot be rebuilt.*--check"):
        rebuild(settings, made.folder)
    assert files_of(settings.editions) == before


def test_an_edit_by_hand_is_told(settings: Settings, made: Published) -> None:
    (made.folder / "index.md").write_text("mine")
    (row,) = check(settings, made.folder).rows
    assert (row["what"], row["because"]) == ("index.md", "edited by hand")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"title": 1}', "null"])
def test_what_is_no_edition_is_refused(settings: Settings, tmp_path: Path, text: str) -> None:
    path = tmp_path / "edition.json"
    path.write_text(text)
    for call in (check, rebuild):
        with pytest.raises(InputError, match="is not an edition"):
            call(settings, path)


# ---- the list of all ----------------------------------------------------------------------------------------------


def test_the_feed_and_the_page_list_what_is_on_disk(settings: Settings) -> None:
    for title in ("First", "Second <b>"):
        publish(settings, replace(SHORT, title=title))
    feed: dict[str, Any] = json.loads((settings.editions / "feed.json").read_bytes())
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["title"] for item in feed["items"]] == ["Second <b>", "First"]
    for item in feed["items"]:
        assert item["id"] and re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", item["date_published"])
        assert "Quenchlight Robotics Inc (NASDAQ:QNLR)" in item["content_text"]
    page = Page((settings.editions / "index.html").read_text())
    links = [keys["href"] for tag, keys in page.tags if tag == "a"]
    assert links == ["second-b/index.html", "first/index.html", "feed.atom", "feed.json"] and "b" not in {
        tag for tag, _ in page.tags
    }
    shutil.rmtree(settings.editions / "first")
    publish(settings, replace(SHORT, title="Third"))
    feed = json.loads((settings.editions / "feed.json").read_bytes())
    assert {item["id"] for item in feed["items"]} == {"second-b", "third"}


def test_the_rows_come_back_after_the_database_is_gone(settings: Settings, made: Published, market: Settings) -> None:
    shutil.copy(market.database, settings.database)
    publish(settings, replace(REQUEST, title="Another"))
    with sqlite3.connect(settings.database) as database:
        assert database.execute("select count(*) from rankings").fetchone() == (6,)
    assert index.read(settings.editions / "another")["title"] == "Another"


# ---- with market makers -------------------------------------------------------------------------------------------


def test_an_edition_with_market_makers_says_so_and_can_be_made_again(settings: Settings) -> None:
    def holders(edition: Published) -> dict[str, int]:
        return {row["ticker"]: row["holders"] for row in edition.document["rows"]}

    without = publish(settings, replace(REQUEST, slug="without"))
    largest = max(without.document["stocks"], key=lambda stock: stock["filings"][0]["cik"])
    cik, ticker = largest["filings"][0]["cik"], largest["ticker"]
    choice = choose_funds.Choice(False, manager_class=ManagerClass.MARKET_MAKER)
    choose_funds.choose(settings, str(cik), choice, today=date(2026, 1, 7))
    listed = replace(LISTED, with_market_makers=True)
    made = publish(settings, replace(REQUEST, listed=listed, title=None, slug="with"))
    assert holders(made) == holders(without)
    assert holders(publish(settings, replace(REQUEST, slug="later")))[ticker] == holders(without)[ticker] - 1
    method = made.document["methodology"]
    assert (method["with_market_makers"], method["market_makers_counted"]) == (True, 1)
    assert "with market makers" in made.document["title"]
    ranked = top_list(settings, listed)
    assert "with market makers" in ranked.title and "1 market maker, counted from" in " ".join(ranked.notes)
    assert "Holders" in [column.heading for column in ranked.columns]
    assert {row["ticker"]: row["holders"] for row in ranked.rows} == holders(made)
    assert "Market makers are counted, too: 1 of them." in made.page.read_text()
    before = {path.name: path.read_bytes() for path in made.folder.iterdir() if path.is_file()}
    rebuild(settings, made.folder / "edition.json")
    assert {path.name: path.read_bytes() for path in made.folder.iterdir() if path.is_file()} == before
    assert check(settings, made.folder / "edition.json").rows == []


def test_an_edition_from_before_there_were_market_makers_does_not_differ_by_them(
    made: Published, settings: Settings
) -> None:
    path = made.folder / "edition.json"
    document = json.loads(path.read_text())
    del document["methodology"]["with_market_makers"], document["methodology"]["market_makers_counted"]
    path.write_text(json.dumps(document))
    assert not [row for row in check(settings, path).rows if "market_makers" in row["what"]]
