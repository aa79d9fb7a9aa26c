"""Quarters among arguments, and rows that a table leaves out."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from tests.cli.commands import Shell, commands
from tracker.cli.options import chosen_quarter, take_quarter
from tracker.errors import SettingError
from tracker.settings import Settings

YEAR = ("--from", "2025-01-03", "--to", "2025-12-31", "--cap-on", "2026-01-05")


@pytest.fixture
def shell(market: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(market.home, monkeypatch, capsys)


def test_a_quarter_may_stand_among_securities() -> None:
    assert take_quarter(["DUOT", "2025q3", "DERM"], None) == (["DUOT", "DERM"], "2025q3")
    assert take_quarter(["DUOT"], "2025Q3") == (["DUOT"], "2025Q3")
    assert chosen_quarter("2025Q3", "2025-Q3") == "2025Q3"


@pytest.mark.parametrize(("words", "option"), [(["DUOT", "2025Q3"], "2025Q2"), (["X", "2025Q3", "2025Q2"], None)])
def test_two_quarters_are_one_too_many(words: list[str], option: str | None) -> None:
    with pytest.raises(SettingError, match="are different quarters"):
        take_quarter(words, option)


def test_a_table_shows_25_and_tells_so(shell: Shell) -> None:
    rows = json.loads(shell("rank", "2025Q3", *YEAR, "--format", "json").out)["rows"]
    said = shell("rank", "2025Q3", *YEAR).out
    assert len(rows) > 25 and f"25 of {len(rows)} shown" in said
    assert rows[24]["ticker"] in said and f":{rows[25]['ticker']} " not in said
    countdown = shell("rank", "2025Q3", *YEAR, "--order", "ascending", "--no-notes").out
    assert f"(25 of {len(rows)} shown)" in countdown.splitlines()[0]
    assert rows[0]["ticker"] in countdown.splitlines()[-1]
    assert len(shell("rank", "2025Q3", *YEAR, "--top", "30", "--no-notes").out.splitlines()) == 34


@pytest.mark.parametrize(
    "words",
    [
        "holders QNLR",
        "season 2025Q3 --on 2025-11-14",
        "season 2025Q3 --on 2025-11-14 --show news",
        "strategy run consensus",
        "strategy compare consensus conviction",
        "strategy picks consensus --on 2025-12-01",
    ],
)
def test_no_notes_leaves_the_rows(shell: Shell, words: str) -> None:
    said = [shell(*words.split(), *more, "-f", "json") for more in ((), ("--no-notes",))]
    whole, bare = (json.loads(each.out) for each in said)
    assert bare["notes"] == [] and whole["notes"]
    assert {**whole, "notes": []} == bare


def test_whatever_is_written_in_a_format_may_be_without_notes() -> None:
    options = {name: {option for each in made.params for option in each.opts} for name, made in commands()}
    without = [name for name, given in options.items() if "--format" in given and "--no-notes" not in given]
    assert without == ["tracker publish"]  # which writes editions, and has a format for what would differ alone


def test_an_edition_keeps_its_notes(shell: Shell) -> None:
    said = shell("strategy", "run", "consensus", "--publish", "--no-notes")
    assert said.code == 1 and "leave out --format, --output and --no-notes" in said.err


def test_explain_begins_with_the_largest(shell: Shell) -> None:
    rows = json.loads(shell("explain", "MRWD", "-f", "json").out)["rows"]
    for one, other in pairwise(rows):
        is_counted = [row["fate_kind"] == "counted" for row in (one, other)]
        assert is_counted != [False, True]
        assert is_counted[0] != is_counted[1] or one["value_usd"] >= other["value_usd"]
