"""A user's own rule: a file, a condition or a query."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.strategies.helpers import candidates
from tracker.errors import InputError, SettingError
from tracker.strategies.user_rules import read_rule

HELD = candidates(holders=[1, 3, 2])


def rule_file(tmp_path: Path, text: str) -> str:
    path = tmp_path / "my_rule.py"
    path.write_text(text)
    return str(path)


def picked(rule: str) -> list[str]:
    return read_rule(rule)(HELD)["ticker"].to_list()


def test_a_condition_and_a_query_keep_their_order() -> None:
    assert picked("holders >= 2 order by holders desc") == ["B", "C"]
    assert picked("select ticker from candidates where holders < 3 order by ticker desc") == ["C", "A"]


def test_names_are_read_in_any_case() -> None:
    assert picked(" Consensus ") == ["B", "C", "A"]


def test_a_file_returns_rows_or_tickers(tmp_path: Path) -> None:
    assert picked(rule_file(tmp_path, "def pick(candidates): return ['C', 'A', 'C']")) == ["C", "A"]
    text = "def pick(candidates): return candidates.filter(candidates['holders'] > 1)"
    assert picked(rule_file(tmp_path, text)) == ["B", "C"]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("consenus", "name one of consensus"),
        ("holderz >= 2", "its columns are ticker"),
        ("select 1 as one", "returns no tickers"),
        ("drop table candidates", "returns no tickers|fails"),
    ],
)
def test_what_is_no_rule_says_how_to_write_one(rule: str, says: str) -> None:
    with pytest.raises((SettingError, InputError), match=says):
        read_rule(rule)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1", "has no function pick"),
        ("def pick(", "fails when it is read: SyntaxError"),
        ("def pick(candidates): return 7", "returns no tickers"),
        ("def pick(candidates): return ['ZZZ']", "which is no candidate"),
        ("def pick(candidates): raise KeyError('x')", "fails: KeyError"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_rule(rule_file(tmp_path, text))(HELD)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match=r"no_rule\.py cannot be read"):
        read_rule("no_rule.py")
