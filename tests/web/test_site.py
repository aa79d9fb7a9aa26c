"""The browsable site, through Datasette's own client: what is described, answered, linked, escaped and refused."""

from __future__ import annotations

import asyncio
import html
import re
import shutil
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import polars as pl
import pytest

from tests.web.site_client import EDITION, Get, client, links
from tracker import web
from tracker.errors import NotFoundError, SettingError, StoreError
from tracker.quarters import Quarter
from tracker.rankings.measures import By
from tracker.rankings.parameters import ListRequest
from tracker.reports.holders import history, who_holds
from tracker.reports.list_answer import top_list
from tracker.reports.portfolio import portfolio
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import DATABASE
from tracker.web import cell_html, editions, metadata, queries, site

Q2, Q3 = Quarter(2025, 2), Quarter(2025, 3)
SCRIPT = "<script>alert('x')</script> & \"Sons\" LP"
NUMBER = "9000000002-25-000002"
EVERY_CAP = {"min_cap": 0, "max_cap": 10**9}


def ask(get: Get, query: str, **parameters: object) -> list[dict[str, Any]]:
    """Rows of one of the questions."""
    answer = get(f"/tracker/{query}.json", _shape="objects", **parameters)
    assert answer.status_code == 200, answer.text
    rows = answer.json()["rows"]
    assert isinstance(rows, list)
    return rows


# ---- what is described --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", DATABASE, ids=lambda table: table.name)
def test_every_table_and_column_is_described(get: Get, table: Any) -> None:
    page = get(f"/tracker/{table.name}")
    text = html.unescape(page.text)
    assert page.status_code == 200
    title = metadata.describe()["databases"]["tracker"]["tables"][table.name]["title"]
    assert f"<h1>{title}</h1>" in text
    for about in (table.about, *(about for _, about in table.columns.values())):
        assert about.replace("`", "") in text


def test_the_description_fits_the_database(home: Path) -> None:
    described = metadata.describe()["databases"]["tracker"]["tables"]
    with sqlite3.connect(home / "db" / "tracker.db") as database:
        there = {name for (name,) in database.execute("select name from sqlite_master where type = 'table'")}
        assert there == set(described)
        for name, said in described.items():
            columns = [column for (column,) in database.execute("select name from pragma_table_info(?)", [name])]
            assert list(said["columns"]) == columns
            assert {*said["facets"], said.get("sort", columns[0]), said.get("sort_desc", columns[0])} <= set(columns)
    database.close()


def test_views_name_columns_that_exist() -> None:
    for table in (table for table in DATABASE if table.name in metadata.VIEWS):
        view = metadata.VIEWS[table.name]
        assert {*view.facets, view.sort.removeprefix("-")} - {""} <= set(table.columns), table.name


def test_the_home_page_leads_everywhere(get: Get) -> None:
    page = get("/")
    assert page.status_code == 200 and "2 quarters loaded, the newest is 2025Q3" in page.text
    there = dict(links(page.text))
    always = [query for query in queries.QUERIES if not query.needs]
    for query in always:
        assert there[f"/tracker/{query.name}"] == query.title
    for table in DATABASE:
        assert f"/tracker/{table.name}" in there
    assert html.unescape(there["/editions/first-list/"]) == "9 Best & <b>Fictional"
    for address in there:
        if address.startswith("/") and "/-/" not in address:
            assert get(address).status_code == 200, address


def test_tables_start_sorted_and_fifty_rows_long(get: Get) -> None:
    rows = get("/tracker/holder_counts.json", _shape="objects").json()["rows"]
    counts = [row["holders"] for row in rows]
    assert len(rows) == 50 and counts == sorted(counts, reverse=True)


# ---- what is answered ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("security", ["QNLR", "MRWD", "PNDB", "sbf/b", "SBF-B"])
@pytest.mark.parametrize("quarter", ["", "2025Q3", "2025q2", "2025-06-30"])
def test_who_holds_it(get: Get, home: Path, security: str, quarter: str) -> None:
    asked = Q2 if quarter in ("2025q2", "2025-06-30") else Q3
    expected = who_holds(Settings(home), security, asked)
    rows = ask(get, "who_holds", security=security, quarter=quarter)
    assert rows and len({row["family"] for row in rows}) == expected.facts["holders"]
    assert [(row["cik"], row["shares"], row["accession_number"]) for row in rows] == [
        (row["cik"], row["shares"], row["accession_number"]) for row in expected.rows
    ]
    by_cusip = ask(get, "who_holds", security=f" {rows[0]['cusip'].lower()} ", quarter=quarter)
    assert by_cusip == rows


@pytest.mark.parametrize("asked", [{}, {"security": ""}, {"security": "NOSUCH"}, {"security": "' or 1=1 --"}])
def test_a_security_that_is_not_known_has_no_holders(get: Get, asked: dict[str, str]) -> None:
    assert ask(get, "who_holds", **asked) == [] and ask(get, "holders_by_quarter", **asked) == []


def test_a_quarter_that_is_not_loaded_has_no_answer(get: Get) -> None:
    for name in ("who_holds", "fund_portfolio", "most_held", "new_positions", "closed_positions"):
        assert ask(get, name, security="QNLR", fund="9000000002", quarter="2024Q4", **EVERY_CAP) == []


def test_holders_by_quarter(get: Get, home: Path) -> None:
    expected = history(Settings(home), "QNLR").rows
    rows = ask(get, "holders_by_quarter", security="qnlr")
    names = ("holders", "new", "increased", "reduced", "closed", "awaited", "shares", "value_usd", "largest_holder")
    assert len(rows) == 2
    assert [[row[name] for name in names] for row in rows] == [[row[name] for name in names] for row in expected]


def test_a_funds_portfolio(get: Get, home: Path) -> None:
    settings = Settings(home)
    with Store(settings) as store:
        expected = store.positions(Q3, cik=9000000014).sort("value_usd", descending=True)
    rows = ask(get, "fund_portfolio", fund="9000000014", quarter="2025Q3")
    names = ["cusip", "put_call", "shares", "value_usd", "portfolio_pct"]
    assert sorted(tuple(row[name] for name in names) for row in rows) == sorted(expected.select(names).rows())
    assert {row["put_call"] for row in rows} >= {"", "PUT"}
    assert ask(get, "fund_portfolio", fund="nettlevane", quarter="") == rows
    assert ask(get, "fund_portfolio", fund="", quarter="") == [] == ask(get, "fund_portfolio", fund="%", quarter="")
    told = portfolio(settings, "9000000014", Q3).rows
    held = {(row["cusip"], row["put_call"], row["shares"]) for row in told if row["shares"]}
    assert held == {(row["cusip"], row["put_call"], row["shares"]) for row in rows}


def test_most_held_micro_caps(get: Get, home: Path) -> None:
    listed = top_list(Settings(home), ListRequest(quarter=Q3, by=By.holders)).rows
    rows = {row["ticker"]: row for row in ask(get, "most_held")}
    assert listed and {row["ticker"] for row in listed} <= set(rows)
    for row in listed:
        assert rows[row["ticker"]]["holders"] == row["holders"], row["ticker"]
        assert rows[row["ticker"]]["market_cap_usd"] == row["market_cap_usd"], row["ticker"]
    assert all(50e6 <= row["market_cap_usd"] <= 300e6 for row in rows.values())
    counts = [row["holders"] for row in rows.values()]
    assert counts == sorted(counts, reverse=True)
    narrow = ask(get, "most_held", min_cap="100", max_cap="200")
    assert {row["ticker"] for row in narrow} == {
        name for name, row in rows.items() if 100e6 <= row["market_cap_usd"] <= 200e6
    }


@pytest.mark.parametrize("name", ["new", "closed"])
def test_new_and_closed_positions_add_up_to_the_counts(get: Get, home: Path, name: str) -> None:
    families: dict[str, set[str]] = {}
    rows = ask(get, f"{name}_positions", quarter="2025Q3", **EVERY_CAP)
    for row in rows:
        families.setdefault(row["ticker"] or row["cusip"], set()).add(row["family"])
    with Store(Settings(home)) as store:
        counts = store.holder_counts(Q3).filter(pl.col(name) > 0)
    expected = {row["ticker"] or row["cusip"]: row[name] for row in counts.to_dicts()}
    assert expected and {security: len(those) for security, those in families.items()} == expected
    assert {row["period_of_report"] for row in rows} == {(Q3 if name == "new" else Q2).end.isoformat()}
    family = rows[0]["family"]
    assert ask(get, f"{name}_positions", fund=family.lower(), **EVERY_CAP) == [r for r in rows if r["family"] == family]
    cik = rows[0]["cik"]
    assert ask(get, f"{name}_positions", fund=cik, **EVERY_CAP) == [r for r in rows if r["family"] == family]
    band = ask(get, f"{name}_positions")
    assert 0 < len(band) < len(rows) and all(50e6 <= row["market_cap_usd"] <= 300e6 for row in band)


def test_nothing_is_new_in_the_first_quarter(get: Get) -> None:
    assert ask(get, "new_positions", quarter="2025Q2", **EVERY_CAP) == []


def test_without_prices_all_securities_are_listed(runner: asyncio.Runner, home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "db", tmp_path / "db", ignore=shutil.ignore_patterns("prices"))
    bare = client(runner, tmp_path)
    assert len(ask(bare, "most_held")) > len(ask(client(runner, home), "most_held"))
    assert bare("/").status_code == 200 and "None yet" in bare("/").text
    assert bare("/editions/").status_code == 200 and "None yet" in bare("/editions/").text


def test_published_lists_come_with_their_tables(runner: asyncio.Runner, home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "db", tmp_path / "db")
    shown = {query.name for query in queries.QUERIES if query.needs}
    with sqlite3.connect(tmp_path / "db" / "tracker.db") as database:
        for name in ("editions", "rankings"):
            database.execute(f"drop table if exists {name}")
    later = client(runner, tmp_path)
    assert all(later(f"/tracker/{name}").status_code == 404 for name in shown)
    with sqlite3.connect(tmp_path / "db" / "tracker.db") as database:
        database.executescript(
            """
            create table editions (slug text primary key, title text, period_of_report text, as_of text,
              base_date text, end_date text, cap_date text, stocks integer, hedge_funds integer);
            create table rankings (edition text, "rank" integer, ticker text, name text, exchange text,
              market_cap_usd real, return_pct real, holders integer, "change" integer, awaited integer, value_usd real,
              ownership_pct real, largest_holder text, cusip text);
            insert into editions (slug, title, as_of) values ('old', 'Old', '2025-01-01'), ('new', 'New', '2026-01-01');
            insert into rankings (edition, "rank", ticker) values ('old', 1, 'A'), ('new', 2, 'C'), ('new', 1, 'B');
            """
        )
    database.close()
    assert [row["slug"] for row in ask(later, "published")] == ["new", "old"]
    assert [row["ticker"] for row in ask(later, "published_list")] == ["B", "C"]
    assert [row["ticker"] for row in ask(later, "published_list", edition="old")] == ["A"]
    assert ("/editions/new/", "new") in links(later("/tracker/published").text)


@pytest.mark.parametrize("query", queries.QUERIES, ids=lambda query: query.name)
def test_every_question_says_what_it_asks(query: queries.Query) -> None:
    named = set(re.findall(r":([a-z_]+)", re.sub("--.*", "", query.sql)))
    assert named == set(query.fields) <= set(queries.FIELDS)
    assert query.sql.startswith("-- ") and query.about.endswith(".")
    explained = " ".join(re.findall("--(.*)", query.sql))
    assert all(f":{name}" in explained for name in named)


def test_every_file_of_sql_is_a_question() -> None:
    assert {path.stem for path in (Path(web.__file__).parent / "sql").iterdir()} == {
        q.file or q.name for q in queries.QUERIES
    }


# ---- where links lead ---------------------------------------------------------------------------------------------


def test_links_of_a_position(get: Get) -> None:
    there = links(get("/tracker/positions", ticker="QNLR", cik=9000000002, period_of_report="2025-09-30").text)
    assert ("/tracker/who_holds?security=9901B7102&quarter=2025Q3", "9901B7102") in there
    assert ("/stocks/QNLR", "QNLR") in there
    assert ("/funds/9000000002?quarter=2025Q3", "9000000002") in there
    assert ("/funds/9000000002?quarter=2025Q3", "BRACKWATER PARTNERS LP") in there
    assert (f"/tracker/filings/{NUMBER}", NUMBER) in there
    assert ("/tracker/managers?family__exact=BRACKWATER+PARTNERS+LP", "BRACKWATER PARTNERS LP") in there
    assert (f"https://www.sec.gov/Archives/edgar/data/9000000002/{NUMBER}.txt", "EDGAR") in there
    edgar = "https://www.sec.gov/cgi-bin/browse-edgar?action=getcompany&CIK=9000000002&type=13F"
    assert (edgar, "EDGAR") in there
    inside = {address for address, _ in there if re.match("/(tracker|stocks|funds)/", address) and "?_" not in address}
    for address in inside:
        assert get(address).status_code == 200, address


@pytest.mark.parametrize("query", [query for query in queries.QUERIES if not query.needs], ids=lambda query: query.name)
def test_links_of_an_answer_lead_somewhere(get: Get, query: queries.Query) -> None:
    fund = "9000000002" if query.name == "fund_portfolio" else ""
    page = get(f"/tracker/{query.name}", security="QNLR", fund=fund, quarter="", **EVERY_CAP)
    own = re.compile(r"/(stocks|funds)/|/tracker/(filings/|(?!who|hold|fund|most|new|closed)[a-z_]+\?)")
    there = {address for address, _ in links(page.text) if own.match(address)}
    assert page.status_code == 200 and len(there) >= 2
    for address in sorted(there)[:15]:
        answer = get(address)
        assert answer.status_code == 200 and "No results" not in answer.text, address


def test_a_rejected_filing_leads_to_edgar_only(get: Get) -> None:
    text = get("/tracker/rejects", severity="rejected").text
    number = "9000000022-25-000002"
    assert (f"https://www.sec.gov/Archives/edgar/data/9000000022/{number}.txt", "EDGAR") in links(text)
    assert f"/tracker/filings/{number}" not in text
    assert get(f"/tracker/filings/{number}").status_code == 404


def test_a_row_has_a_page(get: Get) -> None:
    page = get(f"/tracker/filings/{NUMBER}")
    assert page.status_code == 200
    assert (f"https://www.sec.gov/Archives/edgar/data/9000000002/{NUMBER}.txt", "13F-HR") in links(page.text)
    assert "183,650,516" in page.text and "the day EDGAR counts it as filed" in page.text


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("value_usd", 1234567.0, "$1,234,567"),
        ("unit_ratio", 0.98765, "0.9877"),
        ("amount_usd", 0.25, "$0.25"),
        ("shares", 1000.0, "1,000"),
        ("portfolio_pct", 1.987, "1.99%"),
        ("is_hedge_fund", 1, "yes"),
        ("is_hedge_fund", 0, "no"),
        ("holders", 0, "0"),
    ],
)
def test_a_number_is_shown_with_its_unit(column: str, value: float, shown: str) -> None:
    found = cell_html.show(column, value, {}, "positions", "/tracker")
    assert found is not None and re.sub("<[^>]+>", "", found) == shown


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [("value_usd", 1234567.0, "$1.23M"), ("amount_usd", 0.25, "$0.25"), ("return_pct", 3.4, "+3.40%")],
)
def test_answers_have_numbers_as_people_read_them(column: str, value: float, shown: str) -> None:
    found = cell_html.show(column, value, {}, None, "/tracker")
    assert found is not None and re.sub("<[^>]+>", "", found) == shown


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("cusip", None),
        ("cusip", ""),
        ("shares", "many"),
        ("value_usd", float("inf")),
        ("value_usd", b"\x00"),
        ("something_else", 12),
        ("manager_name", "no cik beside it"),
        ("accession_number", "javascript:alert(1)"),
        ("slug", "../../db"),
    ],
)
def test_what_is_not_known_is_left_to_datasette(column: str, value: object) -> None:
    assert cell_html.show(column, value, {}, None, "/tracker") is None


# ---- what is foreign ----------------------------------------------------------------------------------------------


def test_hostile_names_are_escaped_everywhere(runner: asyncio.Runner, home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "db", tmp_path / "db")
    (tmp_path / "editions" / "x").mkdir(parents=True)
    (tmp_path / "editions" / "x" / "index.html").write_text(f"<title>{html.escape(SCRIPT)}</title>")
    with sqlite3.connect(tmp_path / "db" / "tracker.db") as database:
        for table in DATABASE:
            texts = [name for name, dtype in table.schema.items() if str(dtype) == "String" and name not in table.key]
            changes = ", ".join(
                f"{name} = :script"
                for name in texts
                if name not in ("role", "kind", "put_call", "share_type", "cusips")
            )
            if changes:
                database.execute(f"update {table.name} set {changes}", {"script": SCRIPT})
    database.close()
    hostile = client(runner, tmp_path)
    asked = urlencode({"security": "9901B7102", "fund": "script", "quarter": "", **EVERY_CAP})
    pages = [f"/tracker/{table.name}" for table in DATABASE]
    pages += [f"/tracker/{query.name}?{asked}" for query in queries.QUERIES if not query.needs]
    pages += ["/", "/editions/", f"/tracker/filings/{NUMBER}", "/tracker"]
    shown = set()
    for page in pages:
        text = hostile(page).text
        assert "<script>alert" not in text, page
        if "&lt;script&gt;alert" in text:
            shown.add(page.partition("?")[0].rpartition("/")[2])
    assert shown >= {"positions", "filings", "managers", "who_holds", "fund_portfolio", "most_held", "", NUMBER}
    echoed = hostile("/tracker/who_holds", security=SCRIPT, quarter='"><script>alert(1)</script>').text
    assert "<script>alert" not in echoed and "&lt;script&gt;alert(1)" in echoed


# ---- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "delete from positions",
        "insert into runs (started_at) values ('x')",
        "update managers set is_hedge_fund = 0",
        "drop table positions",
        "attach database '/etc/passwd' as other",
        "pragma writable_schema = 1",
        "vacuum into '/tmp/copy.db'",
        "select 1; delete from positions",
        "with x as (select 1) delete from positions",
        "select load_extension('x')",
        "select readfile('/etc/passwd')",
        "select writefile('/tmp/x', 'y')",
    ],
)
def test_nothing_is_written_and_no_other_file_read(get: Get, home: Path, sql: str) -> None:
    before = (home / "db" / "tracker.db").read_bytes()
    answer = get("/tracker.json", sql=sql)
    assert answer.status_code == 400 and answer.json()["ok"] is False
    assert (home / "db" / "tracker.db").read_bytes() == before


def test_a_select_is_answered_within_the_time_limit(
    runner: asyncio.Runner, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert site._LIMITS["sql_time_limit_ms"] == 5000
    monkeypatch.setitem(site._LIMITS, "sql_time_limit_ms", 500)
    get = client(runner, home)
    assert get("/tracker.json", sql="select count(*) as n from runs", _shape="array").json() == [{"n": 2}]
    forever = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    assert get("/tracker.json", sql=forever).status_code == 400


@pytest.mark.parametrize("path", ["/tracker.db", "/_internal", "/_internal.db", "/_memory"])
def test_no_database_can_be_downloaded(get: Get, path: str) -> None:
    assert get(path).status_code in (403, 404)


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org", "example.org:8001", "localhost.example.org"])
def test_another_hosts_name_is_refused(get: Get, host: str) -> None:
    assert get("/", headers={"host": host}).status_code == 403
    assert get("/", headers={"host": "127.0.0.1:8001"}).status_code == 200


@pytest.mark.parametrize("sql", ["select nothing_there", "not sql", "select abs(-9223372036854775807 - 1)"])
def test_wrong_sql_is_told_to_its_asker_and_not_to_the_terminal(
    get: Get, capfd: pytest.CaptureFixture[str], sql: str
) -> None:
    for ending in ("", ".json"):
        assert get(f"/tracker{ending}", sql=sql).status_code == 400
    assert capfd.readouterr() == ("", "")


# ---- the editions -------------------------------------------------------------------------------------------------


def test_editions_are_served_beside_it(get: Get, home: Path) -> None:
    page = get("/editions/first-list/")
    assert page.status_code == 200 and page.text == EDITION
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert get("/editions/first-list/index.html").text == EDITION
    assert get("/editions/first-list").headers["location"] == "/editions/first-list/"
    assert get("/editions/first-list/list.csv").headers["content-type"].startswith("text/csv")
    assert "first-list" in get("/editions/").text and get("/editions/nothing").status_code == 404
    (home / "editions" / "index.html").write_text("<title>All</title>")
    try:
        assert get("/editions/").text == "<title>All</title>"
    finally:
        (home / "editions" / "index.html").unlink()


@pytest.mark.parametrize(
    "path",
    [
        "/editions/../db/tracker.db",
        "/editions/..%2fdb%2ftracker.db",
        "/editions/%2e%2e/db/tracker.db",
        "/editions/..%5cdb%5ctracker.db",
        "/editions//etc/passwd",
        "/editions/%2fetc%2fpasswd",
        "/editions/first-list/%00",
        "/editions/first-list/%ff",
        "/editions/link/passwd",
        "/editions/link.html",
        "/editions/.hidden.html",
        "/editions/first-list/tracker.db",
        "/assets/../site.py",
        "/assets/..%2fsite.py",
    ],
)
def test_nothing_else_is_served(get: Get, home: Path, path: str) -> None:
    folder = home / "editions"
    for name, target in (("link", "/etc"), ("link.html", "/etc/passwd")):
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(target)
    (folder / ".hidden.html").write_text("hidden")
    (folder / "first-list" / "tracker.db").write_bytes(b"SQLite")
    answer = get(path)
    assert answer.status_code in (403, 404) and "root:" not in answer.text and "SQLite" not in answer.text


def test_a_path_out_of_the_folder_is_never_found(tmp_path: Path) -> None:
    folder = tmp_path / "editions"
    folder.mkdir()
    (tmp_path / "secret.html").write_text("secret")
    (folder / "page.html").write_text("page")
    assert editions.find(folder, "page.html") == folder / "page.html"
    for asked in ("../secret.html", "%2e%2e/secret.html", "x/../../secret.html", str(tmp_path / "secret.html")):
        assert editions.find(folder, asked) is None, asked
    assert editions.find(tmp_path / "absent", "page.html") is None and editions.published(tmp_path / "absent") == []


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<TITLE lang=en>Nine\n &amp; ten</Title>", "Nine & ten"),
        ("<title>A < B</title>", "A < B"),
        ("<title></title>", "x"),
        ("<title>never ends", "x"),
        ("none", "x"),
        ("<title>" + "a" * 9000 + "</title>", "x"),
    ],
)
def test_an_edition_is_listed_by_its_title(tmp_path: Path, page: str, title: str) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "index.html").write_text(page)
    assert [edition.title for edition in editions.published(tmp_path)] == [title]


@pytest.mark.parametrize("unit", ["<title", "<title>", "<title >", "<title a='", "</title"])
def test_a_page_of_titles_takes_no_longer_than_another(tmp_path: Path, unit: str) -> None:
    for number in range(50):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "index.html").write_text(unit * 5000)
    began = time.process_time()
    assert len(editions.published(tmp_path)) == 50
    assert time.process_time() - began < 1.0


# ---- what is missing ----------------------------------------------------------------------------------------------


def test_without_a_database_the_error_says_the_cure(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="run `tracker refresh"):
        web.build(Settings(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_another_version_is_refused(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "db", tmp_path / "db")
    with sqlite3.connect(tmp_path / "db" / "tracker.db") as database:
        database.execute("pragma user_version = 9999")
    database.close()
    with pytest.raises(StoreError, match="another version"):
        web.build(Settings(tmp_path))


def test_without_datasette_the_error_says_what_to_install(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tracker.web.plugin", raising=False)
    monkeypatch.delattr(web, "plugin", raising=False)
    monkeypatch.setitem(sys.modules, "datasette.app", None)
    with pytest.raises(SettingError, match=re.escape("pip install '.[web]'")):
        web.build(Settings(home))
