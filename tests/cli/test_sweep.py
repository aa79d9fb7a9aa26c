"""Every answer in every format, with defaults, odd dates and unknown names: an answer or a line, never a traceback."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from pathlib import Path

import pytest

from tests import make_cli_reference
from tests.cli.helpers import ask
from tracker.output import FORMATS
from tracker.settings import Settings

# Each answering command, with its defaults and with what changes the shape of its answer.
ANSWERS = [
    "rank",
    "rank 2025Q3 --from 2025-01-03 --to 2025-12-31 --cap-on 2026-01-05 --top 9",
    "rank --by holders --order ascending",
    "rank --by change --by-filer",
    "rank --by value --known-on 2025-11-14",
    "rank --by ownership --from low --min-price 1 --min-volume 1 --min-age 1",
    "rank --explain-filters",
    "rank --cap 1T:",
    "holders QNLR",
    "holders QNLR --history",
    "holders QNLR --by-filer --quarter 2025Q2",
    "holders QNLR MRWD 2025Q3",
    "holders $QNLR --no-notes",
    "explain QNLR",
    "explain NASDAQ:QNLR 2025Q2",
    "explain 9901B7102 --quarter 2025Q2",
    "filings",
    "filings --amendments",
    "filings --late",
    "filings --manager 9000000002 --quarter 2025Q2 --top 1",
    "fund 9000000002",
    "fund 9000000002 --quarter 2025Q2 --top 3",
    "fund 9000000002 --known-on 2025-11-14",
    "fund 9000000002 2025Q3 --sort change",
    "fund 9000000002 --sort weight --no-notes",
    "compare 9000000002 9000000003",
    "compare 9000000002 9000000003 2025Q3 --show bought",
    "compare 9000000002 9000000003 --show different --top 2",
    "consensus --fund 9000000002 --fund 9000000003 --fund 9000000005",
    "consensus 2025Q3 --fund 9000000002 --fund 9000000003 --by new",
    "boards",
    "boards 2025Q2 --cap all",
    "boards --board crowded --top 3",
    "boards --board first-buys --cap 1T:",
    "rank --exchange LSE --no-notes",
    "funds list --name nobody",
    "funds list",
    "funds list --hedge-funds --name capital",
    "funds list --unclassified",
    "funds list --others --basis list",
    "funds why 9000000002",
    "funds why 5",
    "funds score",
    "funds score 9000000002 --top 1",
    "funds overlap 9000000002 9000000003",
    "funds overlap 9000000002 9000000003 --quarter 2025Q2 --known-on 2025-07-01",
    "market",
    "market --from 2025-01-03 --to 2025-02-28 --cap :1B",
    "status",
    "season 2025Q3 --on 2025-11-14 --since 2025-10-01",
    "season 2025Q2 --show days",
    "season --show awaited --on 2025-10-20",
    "season --show filed --list-top 5 --rows 2",
]
# What people get wrong, or what nobody has loaded: exit code 1 or 2, and one line that says why.
REFUSED = [
    "rank 1999Q1",
    "rank 2025Q5",
    "rank --to 2099-01-01",
    "rank --from 2099-01-01",
    "rank --from 2026-01-05 --to 2025-01-03",
    "rank --from 2025-02-30",
    "rank --cap-on yesterday",
    "rank --from 99999-01-01",
    "rank --to 9999-12-31",
    "rank --known-on 0001-01-01",
    "market --from 0001-01-01",
    "season 2025Q3 --on 0001-01-01",
    "season 2025Q3 --on 9999-12-31",
    "rank --to 9998Q4",
    "rank --cap 300M:50M",
    "rank --kind nonsense",
    "rank --known-on 1990-01-01",
    "rank --top 99999999999999999999999",
    "rank --top 0",
    "rank --min-holders -1",
    "rank --min-age 99999999999999999999",
    "rank --against no_such_file.json",
    "holders NOSUCH",
    "holders ''",
    "holders QNLR --quarter 2031Q4",
    "holders QNLR --known-on 1990-01-01",
    "explain NOSUCH",
    "holders 2025Q3",
    "holders QNLR 2025Q3 --quarter 2025Q2",
    "holders QNLR 2025Q2 2025Q3",
    "holders QNLR NOSUCH",
    "holders QNLR MRWD --history",
    "explain QNLR MRWD",
    "fund 9000000002 --sort size",
    "compare 9000000002",
    "compare 9000000002 2025Q3",
    "compare 9000000002 NOBODY",
    "consensus",
    "consensus --fund 9000000002",
    "consensus --funds no_such_file.csv",
    "boards 1999Q1",
    "boards --board nonsense",
    "boards --cap 300M:50M",
    "filings --quarter 1999Q4",
    "filings --late --manager nobody",
    "filings --top 0",
    "funds score NOBODY",
    "funds score --top 0",
    "funds overlap 9000000002",
    "funds overlap 9000000002 9000000002",
    "funds overlap 9000000002 NOBODY",
    "funds overlap 9000000002 9000000003 --quarter 1999Q4",
    "prices fetch --source nasdaq --since 2025-01-03",
    "prices fetch --source massive --since 2025-02-30",
    "prices fetch --source massive --since 2025-01-03",
    "filings decide 0000000000-25-000000 patch",
    "filings decide 1-2-3 patch",
    "filings decide 0000000000-25-000000 nonsense",
    "filings forget 0000000000-25-000000",
    "filings nonsense",
    "fund nobody",
    "fund 1",
    "fund 9000000002 --quarter 1999Q4",
    "funds why nobody",
    "market --from 1999-12-31",
    "market --to 2099-01-01",
    "market --from 2025-06-30 --to 2025-06-30",
    "market --chart picture.gif",
    "publish --slug ../../x",
    "publish --check no_such_file.json",
    "demo --keep file:///tmp/published",
    "demo --keep s3://bucket/13f",
    "prices import no_such_file.csv",
    "prices fetch --source nosuch",
    "refresh 2025Q3..2025Q1",
    "season 1999Q1",
    "season 2025Q3 --on 2025-09-30",
    "season --on 2025-02-30",
    "season --since 2099-01-01",
    "season --stake 0",
    "refresh 1999Q1",
    "refresh 1999Q1 --offline",
    "rank --with nonsense",
    "market --from 2099-01-01",
    "prices import no_such_file.csv --day-first",
]
# What would take long, wait for a browser, or ask the network; tests of their own run these.
NOT_TRIED = {"demo", "serve", "mcp", "prices fetch", "push", "pull", "export postgresql"}
EXAMPLES = [name for name in map(" ".join, make_cli_reference.command_paths()) if name not in NOT_TRIED]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("TRACKER_"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize("words", ANSWERS)
def test_every_answer_is_given_in_every_format(market: Settings, words: str) -> None:
    said = {form: ask(market.home, f"{words} --format {form}") for form in FORMATS}
    assert {code for code, _, _ in said.values()} == {0}
    assert all(out.strip() for _, out, _ in said.values())
    document = json.loads(said["json"][1])
    assert {"title", "methodology", "columns", "rows", "notes"} <= {*document}
    rows = document["rows"]
    described = [column["name"] for column in document["columns"]]
    assert described == list(dict.fromkeys(key for row in rows for key in row)) or not rows
    assert len(list(csv.DictReader(io.StringIO(said["csv"][1])))) == len(rows)
    assert "Traceback" not in "".join(err for _, _, err in said.values())
    for form in ("table", "md", "html"):  # a word of Python's own never reaches a reader
        assert not re.search(r"\b(None|nan|inf|True|False|datetime)\b", said[form][1]), said[form][1]


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_be_answered_is_refused_in_words(market: Settings, words: str) -> None:
    code, out, error = ask(market.home, words)
    assert code in (1, 2) and not out
    assert error.strip() and "Traceback" not in error
    assert code == 2 or "\n" not in error.strip()


@pytest.mark.parametrize("words", ANSWERS)
def test_an_empty_home_says_what_to_run(tmp_path: Path, words: str) -> None:
    code, _, error = ask(tmp_path / "empty", words)
    if words.startswith(("status", "funds why")):  # these say of an empty home that it is empty
        assert (code, error) == (0, "")
    else:
        assert code == 1 and ("run `tracker" in error or "CIK" in error)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_of_every_command_is_answered_or_refused_in_words(
    own_market: Settings, undrawn: None, name: str
) -> None:
    """Their securities and files are of the real market: what the fictional one lacks is said in one line."""
    example = re.search(r"Example: tracker (.+?)\n\n", make_cli_reference.help_of(tuple(name.split())), re.DOTALL)
    if example is None:
        pytest.skip("a group of commands")
    code, out, error = ask(own_market.home, " ".join(example[1].split()))
    assert "Traceback" not in out + error
    assert (code == 0 or not out) and (out + error).strip()


def test_wrong_values_are_told_in_our_words(market: Settings) -> None:
    for words in ("rank --with nonsense", "refresh --source nonsense", "rank --top x", "rank --min-price x"):
        code, _, error = ask(market.home, words)
        assert code == 2 and "Invalid value for" in error and "Value error" not in error
