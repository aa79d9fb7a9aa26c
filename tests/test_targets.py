"""Names that bite, through every way by which text leaves the program."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import json
import re
import shutil
import sqlite3
import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest
from typer.testing import CliRunner

from tracker.cli import app
from tracker.delivery.mail_message import compose
from tracker.managers import fund_lists
from tracker.newsletter.atom_feed import AtomEntry, AtomHead, write_atom
from tracker.newsletter.digest import render_digest
from tracker.output import FORMATS, Answer, Column, Look, Target, arm, csv_record, render, render_terminal, safe
from tracker.output import write_json as to_json
from tracker.settings import Settings
from tracker.tables import FUND_LIST

FORMULAS = ["=cmd|' /C calc'!A0", "=1+1", "+1+1", "-1+1", "@SUM(A1)", "＝1+1", "＋1+1", "－1+1", "＠x", "﹦1", "\t=1",
            "\r=1", "\n=1", " =1", "\u00a0=1", "\u3000=1", "\u200b=1", "\ufeff=1", "\x00=1"]  # fmt: skip
MARKUP = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "](javascript:alert(1))", "[x](http://e.org)",
          "`code`", "a|b|c", "**b** _i_ ~~s~~", "www.e.org", "a@e.org", "&#x202e;", "</title><svg onload=x>", "<!--",
          "\\", "]]>", "{{ 1 }}", "x;=1+1"]  # fmt: skip
INVISIBLE = ["\x1b[31mred\x1b[0m", "\x9b31m", "\x9d0;title\x07", "a\u202eb", "a\u2066b", "a\u200bb", "a\u200fb",
             "a\ufeffb", "a\x00b", "a\x7fb", "a\u2028b", "a\U000e0041b", "a\ud800b", "a\udfffb",
             "line\nline"]  # fmt: skip
LONG = ["x" * 100_000, "é" * 50_000, "= " * 50_000]
BITES = [*FORMULAS, *MARKUP, *INVISIBLE, *LONG]
WHOLE = [text for text in BITES if not re.search("[\ud800-\udfff]", text)]  # a table has no halves of characters
COLUMNS = (Column("name", "Name"), Column("value_usd", "Value", "usd"), Column("day", "Day", "date"))


def answer(text: str) -> Answer:
    row = {"name": text, "value_usd": -1234.5, "day": date(2025, 9, 30), "several": [text, "b"], "none": None}
    return Answer(text, COLUMNS, [row], {"fact": text, "inner": {"deep": [text]}}, [text], text, {"rule": text})


def invisible(text: str) -> set[str]:
    """Characters that a terminal obeys or does not show; line ends and the blanks between words aside."""
    return {char for char in text if char not in "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")}


def is_formula(cell: str) -> bool:
    return unicodedata.normalize("NFKC", cell.strip())[:1] in tuple("=+-@")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("text", BITES, ids=range(len(BITES)))
def test_every_format_shows_a_name_and_does_nothing_with_it(form: str, text: str) -> None:
    written = render(answer(text), form)
    assert invisible(written) == set()
    written.encode()
    if form == "csv":
        head, row = csv.reader(io.StringIO(written, newline=""))
        cells = dict(zip(head, row, strict=True))
        assert not is_formula(cells["name"]) and not is_formula(cells["several"])
        assert cells["value_usd"] == "-1234.5" and cells["none"] == ""
        assert ";" not in text or f'"{safe(text, Target.LINE)}"' in written
    elif form == "json":
        document = json.loads(written)
        assert document["rows"][0]["name"] == text == document["inner"]["deep"][0], "nothing is lost"
    elif form == "html":
        assert not re.search(r"<(script|img|svg|!--)", written)
    elif form == "md":
        assert written.count("\n") == 6 and not re.search(r"(?<!\\)[`*~\[\]]|<|://|www\.|@|&#x", written)
        assert len(re.findall(r"(?<!\\)\|", written)) == 3 * 4


@pytest.mark.parametrize("text", BITES[: -len(LONG)], ids=range(len(BITES) - len(LONG)))
def test_a_terminal_is_told_nothing(text: str) -> None:
    for width in (20, 80, 200):
        assert invisible(render_terminal(answer(text), Look(width, is_coloured=False))) == set()


@pytest.mark.parametrize("target", Target)
@pytest.mark.parametrize("text", INVISIBLE, ids=range(len(INVISIBLE)))
def test_no_target_takes_what_is_invisible(target: Target, text: str) -> None:
    given = json.dumps(text, ensure_ascii=False) if target is Target.JSON else text
    assert invisible(safe(given, target)) == set()


@pytest.mark.parametrize("text", ["plain", "Ünïcödé 日本 🎈", *BITES], ids=range(len(BITES) + 2))
def test_json_says_the_same_with_escapes(text: str) -> None:
    assert json.loads(to_json({text: [text]}, indent=2)) == {text: [text]}
    assert to_json("Ünïcödé 日本 🎈") == '"Ünïcödé 日本 🎈"'


@pytest.mark.parametrize("text", [*FORMULAS, "'=1", "''=1", "'", "''", "' =1", "-5", "'-5", "a", "", "'a", " '=1"])
def test_a_disarmed_cell_is_read_back(text: str) -> None:
    shown = safe(text, Target.LINE)
    (cell,) = next(csv.reader(io.StringIO(csv_record([shown]))))
    assert arm(cell) == shown and not is_formula(cell)


@pytest.mark.parametrize("text", WHOLE, ids=range(len(WHOLE)))
def test_a_list_of_funds_runs_nothing_and_is_read_back(tmp_path: Path, text: str) -> None:
    row = {"cik": 1, "name": text, "family": f"'{text}", "is_hedge_fund": True, "source": text}
    path = tmp_path / "funds.csv"
    fund_lists.write_list(path, FUND_LIST.frame([row]))
    written = path.read_text(encoding="utf-8")
    assert invisible(written) == set()
    for cells in list(csv.reader(io.StringIO(written, newline="")))[1:]:
        assert not any(is_formula(cell) for cell in cells)
    back = fund_lists.read_list(path, may_abstain=True).row(0, named=True)
    assert back["name"] == safe(text, Target.LINE).strip() == back["source"]
    again = tmp_path / "again.csv"
    fund_lists.write_list(again, fund_lists.read_list(path, may_abstain=True))
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("text", BITES, ids=range(len(BITES)))
def test_feeds_and_mails_carry_text(text: str) -> None:
    feed = write_atom(
        AtomHead("id", text, date(2025, 1, 1), text), [AtomEntry("e", text, date(2025, 1, 2), text, None, (text,))]
    )
    assert invisible(feed) == set()
    titles = [each.text for each in ElementTree.fromstring(feed).iter("{http://www.w3.org/2005/Atom}title")]  # noqa: S314
    assert titles == [safe(text, Target.LINE)] * 2
    page = render_digest(text, [answer(text)], is_mail=True)
    assert not re.search(r"<(script|img|svg|!--)", page) and invisible(page) == set()
    message = email.message_from_bytes(
        compose(text, render(answer(text), "table"), page, datetime(2025, 1, 1, tzinfo=UTC)), policy=email.policy.SMTP
    )
    assert [name for name in message.keys() if name.lower() in ("bcc", "cc", "to")] == []  # noqa: SIM118
    assert len(message.get_all("subject")) == 1 and invisible(str(message["subject"])) == set()


# ---- the commands -------------------------------------------------------------------------------------------------

NAME = "=\x1b[2J\u202e\x9b<script>|`](javascript:x)\u200b＝"
COMMANDS = (
    ("holders", "QNLR"),
    ("holders", "QNLR", "--history"),
    ("explain", "QNLR"),
    ("fund", "9000000002"),
    ("rank", "2025Q3"),
    ("funds", "list"),
    ("funds", "why", "9000000002"),
    ("filings",),
    ("boards",),
    ("compare", "9000000002", "9000000003"),
)


@pytest.fixture(scope="module")
def hostile(market: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The fictional market, every name of a manager and of an issuer with what bites before it."""
    settings = Settings(Path(shutil.copytree(market.home, tmp_path_factory.mktemp("hostile") / "home")))
    with sqlite3.connect(settings.database) as database:
        for (table,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
            for name in ("manager_name", "name_of_issuer", "name"):
                if name in [row[1] for row in database.execute(f"pragma table_info({table})")]:
                    database.execute(f"update {table} set {name} = ? || {name}", [NAME])
    database.close()
    for path in settings.db.rglob("*.parquet"):
        frame = pl.read_parquet(path)
        names = [name for name in ("manager_name", "name_of_issuer", "name") if name in frame.columns]
        if names and "prices" not in path.parts:
            frame.with_columns(pl.concat_str(pl.lit(NAME), name).alias(name) for name in names).write_parquet(path)
    return settings


@pytest.mark.parametrize("form", ["table", "csv", "json", "md", "html"])
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_command_lets_a_name_bite(hostile: Settings, words: tuple[str, ...], form: str) -> None:
    said: Any = CliRunner().invoke(app, ["--home", str(hostile.home), *words, "--format", form])
    assert said.exit_code == 0, said.output
    assert invisible(said.stdout) == set() == invisible(said.stderr)
    if form == "csv":
        cells = [cell for row in csv.reader(io.StringIO(said.stdout, newline="")) for cell in row]
        assert not [cell for cell in cells if is_formula(cell) and not re.fullmatch(r"-?[0-9.e+-]+", cell)]
    if form in ("html", "md"):
        assert "<script" not in said.stdout
    if form == "md":
        assert "](javascript" not in said.stdout.replace("\\](", "")
    if form == "json":
        json.loads(said.stdout)


def test_an_exported_list_of_hostile_names_runs_nothing(hostile: Settings, tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    said = CliRunner().invoke(app, ["--home", str(hostile.home), "funds", "export", str(path), "--everyone"])
    assert said.exit_code == 0, said.output
    rows = list(csv.reader(io.StringIO(path.read_text(), newline="")))
    assert len(rows) > 10 and any("'=" in cell for row in rows for cell in row)
    assert not any(is_formula(cell) for row in rows for cell in row) and invisible(path.read_text()) == set()
