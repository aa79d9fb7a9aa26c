"""Options of `rank` on the fictional market: bases, filters, and what each removed."""

from __future__ import annotations

import itertools
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tracker.api.values import to_end, to_start
from tracker.cli import app
from tracker.errors import SettingError
from tracker.settings import Settings


@pytest.fixture(scope="module")
def home(market: Settings) -> Path:
    return market.home


def ask(home: Path, *words: str) -> Any:
    result = CliRunner().invoke(
        app, ["--home", str(home), "rank", "2025Q3", *words, "--format", "json"], catch_exceptions=False
    )
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, (None, False)),
        ("ytd", (None, False)),
        ("2025-01-03", (date(2025, 1, 3), False)),
        ("2025Q3", (date(2025, 6, 30), False)),
        ("low", (None, True)),
        ("low:2025-01-03", (date(2025, 1, 3), True)),
        ("LOW:2025q1", (date(2024, 12, 31), True)),
    ],
)
def test_where_a_window_begins(text: str | None, expected: tuple[date | None, bool]) -> None:
    assert to_start(text, "--from") == expected


def test_where_a_window_ends() -> None:
    assert (to_end("2025Q3", "--to"), to_end("2025-09-30", "--to"), to_end(None, "--to")) == (
        date(2025, 9, 30), date(2025, 9, 30), None
    )  # fmt: skip
    with pytest.raises(SettingError, match="--from 'lower'"):
        to_start("lower", "--from")


def test_from_the_low_no_stock_has_fallen_and_the_base_is_printed(home: Path) -> None:
    answer = ask(home, "--from", "low", "--to", "2025-12-31")
    assert answer["methodology"]["from_low"] is True
    assert len(answer["rows"]) > 20 and all(row["return_pct"] >= 0 for row in answer["rows"])
    assert len({row["base_date"] for row in answer["rows"]}) > 5
    ytd = {row["ticker"]: row["return_pct"] for row in ask(home, "--to", "2025-12-31")["rows"]}
    assert all(row["return_pct"] >= ytd.get(row["ticker"], -100) - 1e-9 for row in answer["rows"])


def test_a_quarter_is_a_window(home: Path) -> None:
    method = ask(home, "--from", "2025Q3", "--to", "2025Q3")["methodology"]
    assert (method["base_date"], method["end_date"], method["cap_date"]) == ("2025-06-30", "2025-09-30", "2025-09-30")


def test_filters_are_in_the_methodology_and_the_list_keeps_to_them(home: Path) -> None:
    answer = ask(home, "--exchange", "NYSE", "--min-price", "5", "--min-volume", "1000", "--min-age", "300")
    method = answer["methodology"]
    assert (method["exchange"], method["min_price"], method["min_volume"], method["min_age"]) == (
        ["NYSE"],
        5,
        1000,
        300,
    )
    assert answer["rows"] and {row["exchange"] for row in answer["rows"]} == {"NYSE"}
    assert all(row["end_close"] >= 5 and row["typical_volume"] >= 1000 for row in answer["rows"])


def test_explained_filters_add_up(home: Path) -> None:
    rows = ask(home, "--explain-filters", "--exchange", "NYSE")["rows"]
    for before, after in itertools.pairwise(rows):
        assert before["left"] - after["removed"] == after["left"]
    assert rows[-1]["left"] == len(ask(home, "--exchange", "NYSE")["rows"])
    assert any(row["filter"] == "another exchange, or not known" and row["removed"] for row in rows)


def test_a_list_with_filters_can_be_compared_with_itself(home: Path, tmp_path: Path) -> None:
    edition = tmp_path / "edition.json"
    edition.write_text(json.dumps(ask(home, "--exchange", "NYSE", "--by", "ownership", "--kind", "common")))
    assert ask(home, "--against", str(edition))["differences"] == 0


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (["--min-age", "4000"], "choose fewer days"),
        (["--kind", "share"], "choose of adr, bond, common"),
        (["--total-return"], "--source yahoo"),
    ],
)
def test_what_cannot_be_asked_says_the_cure(home: Path, words: list[str], cure: str) -> None:
    result = CliRunner().invoke(app, ["--home", str(home), "rank", "2025Q3", *words])
    assert result.exit_code == 1 and cure in str(result.exception)
