"""What every answer of the site has, what is refused, and that nothing tells where the files lie."""

from __future__ import annotations

import asyncio
import csv
import gc
import io
import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.web.site_client import Get, client
from tracker.web import connections

PAGES = (
    "/",
    "/.json",
    "/tracker",
    "/tracker.json",
    "/tracker/runs",
    "/tracker/runs.json",
    "/tracker/runs.csv",
    "/tracker/filings/9000000002-25-000002",
    "/tracker/filings/9000000002-25-000002.json",
    "/tracker/who_holds?security=QNLR",
    "/tracker/who_holds.csv?security=QNLR",
    "/tracker/who_holds.json?security=QNLR",
    "/tracker.json?sql=select+1",
    "/tracker?sql=select+1",
    "/stocks/QNLR",
    "/stocks/NOSUCH",
    "/funds/9000000002",
    "/search?q=a",
    "/editions/",
    "/editions/first-list/",
    "/editions/first-list/list.csv",
    "/editions/none",
    "/assets/site.css",
    "/-/static/app.css",
    "/favicon.ico",
    "/nosuch",
    "/nosuch/nosuch/nosuch",
    "/stocks",
)
OF_DATASETTE = (
    "metadata", "versions", "plugins", "settings", "config", "threads", "databases", "actor", "auth-token", "logout",
    "permissions", "messages", "allow-debug", "patterns", "static/../versions", "",
)  # fmt: skip
BROKEN = (
    "/tracker?sql=select",
    "/tracker.json?sql=select+*+from+nosuch",
    "/tracker.json?sql=select+%00",
    "/tracker.json?sql=select+zeroblob(1000000000)",
    "/tracker/runs?_sort=nosuch",
    "/tracker/runs?_next=%FF",
    "/tracker/runs?_size=-1",
    "/tracker/runs.json?_shape=nosuch",
    "/tracker/runs?nosuch__gt=1",
    "/tracker/runs?started_at__nosuch=1",
    "/tracker/filings/%ed%a0%80",
    "/tracker/%00",
    "/tracker/runs.blob",
    "/tracker/runs.nosuch",
    "/tracker/who_holds.nosuch",
    "/stocks/%ff%fe",
    "/stocks/" + "x" * 5000,
    "/funds/" + "9" * 500,
    "/search?q=" + "%00" * 50,
)


@pytest.mark.parametrize("path", [*PAGES, *BROKEN])
def test_every_answer_is_guarded(get: Get, path: str) -> None:
    answer = get(path)
    assert answer.status_code < 500, answer.text
    headers = answer.headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy
    assert "script-src 'self'" in policy or "script-src" not in policy
    assert headers["x-frame-options"] == "DENY" and headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] in ("same-origin", "no-referrer") and "set-cookie" not in headers


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_column_that_is_not_there_is_the_askers_mistake(get: Get) -> None:
    assert get("/tracker/runs", _facet="nosuch").status_code == get("/tracker/runs", _sort="nosuch").status_code == 400
    gc.collect()  # Datasette leaves coroutines that nobody awaits, which warn when they are collected


@pytest.mark.parametrize("path", [*PAGES, *BROKEN])
def test_no_page_has_a_script_that_its_policy_blocks(get: Get, path: str) -> None:
    inside = [text for text in re.findall(r"<script[^>]*>(.*?)</script>", get(path).text, re.DOTALL) if text.strip()]
    assert inside == []


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_takes_anything_but_reading(get: Get, path: str, method: str) -> None:
    there = get(path).status_code
    answer = get(path, method)
    assert answer.status_code == (404 if there == 404 else 405), answer.text
    assert there == 404 or answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", PAGES)
def test_head_answers_as_get_without_a_body(get: Get, path: str) -> None:
    whole, head = get(path), get(path, "head")
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]


@pytest.mark.parametrize("name", OF_DATASETTE)
def test_datasette_tells_nothing_of_itself(get: Get, name: str) -> None:
    for path in (f"/-/{name}", f"/-/{name}.json"):
        assert get(path).status_code in (403, 404), path


@pytest.mark.parametrize("path", [*PAGES, *BROKEN])
def test_nothing_tells_where_the_files_lie(get: Get, home: Path, path: str) -> None:
    text = get(path).text
    assert str(home) not in text and str(home.parent) not in text and "site-packages" not in text


@pytest.mark.parametrize(
    "sql", ["select * from pragma_database_list()", "select file from pragma_database_list", "pragma database_list"]
)
def test_sql_does_not_learn_where_the_file_lies(get: Get, home: Path, sql: str) -> None:
    answer = get("/tracker.json", sql=sql)
    assert answer.status_code == 400 and str(home) not in answer.text


def test_an_error_of_ours_names_no_folder(runner: asyncio.Runner, home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "db", tmp_path / "db")
    get = client(runner, tmp_path)
    with sqlite3.connect(tmp_path / "db" / "tracker.db") as database:
        database.execute("pragma user_version = 9999")
    database.close()
    answer = get("/stocks/QNLR")
    assert answer.status_code == 503 and "another version" in answer.text and str(tmp_path) not in answer.text


# ---- what a statement may take ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "select zeroblob(300000000)",
        "select hex(zeroblob(90000))",
        "select randomblob(1000000)",
        "select printf('%.*c', 99000, 'x') from positions a, positions b",
        "select " + "-" * 500 + "1",
        "select " + "(" * 150 + "1" + ")" * 150 + " + " + "+".join(["1"] * 300),
        " union all ".join(["select 1"] * 80),
        "select 1 where 'x' like '" + "%x" * 400 + "'",
        "select '" + "x" * 60_000 + "'",
    ],
)
def test_a_statement_has_limits(get: Get, sql: str) -> None:
    answer = get("/tracker.json", sql=sql)
    assert answer.status_code == 400 and len(answer.content) < 200_000, answer.text[:300]


def test_a_long_value_is_not_made(get: Get) -> None:
    answer = get("/tracker.json", sql="select length(printf('%.*c', 300000000, 'x')) as n", _shape="arrayfirst")
    assert answer.status_code == 400 or answer.json() in ([None], [0])


def test_every_connection_is_limited(home: Path) -> None:
    path = home / "db" / "tracker.db"
    connection = sqlite3.connect(path, factory=connections._BoundedConnection)
    connections.limit(connection)
    for name, most in connections._LIMITS.items():
        assert connection.getlimit(name) == most
    assert connection.execute("pragma hard_heap_limit").fetchone()[0] == connections._MOST_HELD
    connection.close()


# ---- exports ------------------------------------------------------------------------------------------------------

BITES = ["=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "＝1+1", "＋1", "－1+1", "＠x", "\t=1", "\r=1", " =1", "﹦1"]


@pytest.mark.parametrize("path", ["/tracker/managers.csv", "/tracker/managers.csv?_stream=1&_size=max"])
def test_a_csv_of_the_site_runs_nothing(runner: asyncio.Runner, home: Path, tmp_path: Path, path: str) -> None:
    shutil.copytree(home / "db", tmp_path / "db")
    names = [*BITES, 'a "quoted", name\r\n=1+1', "x;=1+1", "\x1b[31mred", "\x9b31m", "\u202eabc", "plain", "a\u200bb"]
    with sqlite3.connect(tmp_path / "db" / "tracker.db") as database:
        ciks = [cik for (cik,) in database.execute("select cik from managers order by cik")]
        database.executemany("update managers set manager_name = ? where cik = ?", zip(names, ciks, strict=False))
    database.close()
    text = client(runner, tmp_path)(path).text
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202e]", text)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    told = {int(row["cik"]): row["manager_name"] for row in rows}
    assert len(rows) >= len(names) and [told[cik] for cik in ciks[: len(BITES)]] == [
        "'" + re.sub(r"[\t\r]", " ", name) for name in BITES
    ]
    assert told[ciks[len(BITES)]] == 'a "quoted", name  =1+1'
    assert '"x;=1+1"' in text and "plain" in told.values()
    assert all(re.fullmatch(r"-?[0-9.e+-]*", row["value_usd"]) for row in rows)


def test_numbers_of_a_csv_stay_numbers(get: Get) -> None:
    text = get("/tracker.csv", sql="select -1 as a, -2.5 as b, '-3' as c, 1e300 as d, null as e").text
    assert text == "a,b,c,d,e\r\n-1,-2.5,-3,1e+300,\r\n"


def test_json_of_the_site_has_nothing_that_a_terminal_obeys(get: Get) -> None:
    text = get("/tracker.json", sql="select char(155, 8238, 27, 8203) as x", _shape="arrayfirst").text
    assert text == '["\\u009b\\u202e\\u001b\\u200b"]'


@pytest.mark.parametrize(
    "path", ["/tracker/managers", "/tracker/fund_portfolio?fund=9000000002&quarter=", "/funds/9000000002"]
)
def test_a_page_has_nothing_that_is_invisible(runner: asyncio.Runner, home: Path, tmp_path: Path, path: str) -> None:
    shutil.copytree(home / "db", tmp_path / "db")
    with sqlite3.connect(tmp_path / "db" / "tracker.db") as database:
        for table in ("managers", "positions"):
            database.execute(f"update {table} set manager_name = 'x' || char(8238, 155, 27, 8203) || 'é日'")
    database.close()
    text = client(runner, tmp_path)(path).text
    assert "x    é日" in text and "\n" in text and not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e]", text)
