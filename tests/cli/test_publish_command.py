"""An edition as an editor types it, on a home that is loaded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.helpers import ask
from tests.newsletter.pictures import png
from tracker.settings import Settings

LIST = "2025Q3 --from 2025-01-03 --to 2025-12-31 --cap-on 2026-01-05"


@pytest.fixture
def settings(own_market: Settings, undrawn: None) -> Settings:
    return own_market


def publish(settings: Settings, words: str) -> dict[str, object]:
    code, out, error = ask(settings.home, f"publish {LIST} --title T --replace {words}")
    assert code == 0, error
    document: dict[str, object] = json.loads(Path(out.strip()).with_name("edition.json").read_text())
    return document


def tickers(document: dict[str, object]) -> list[tuple[int, str]]:
    rows = document["rows"]
    assert isinstance(rows, list)
    return [(row["rank"], row["ticker"]) for row in rows]


def test_chosen_stocks_follow_the_rules_of_the_ranking(settings: Settings) -> None:
    assert tickers(publish(settings, "--only tlvn,NASDAQ:QNLR --only $MRWD")) == [(1, "QNLR"), (2, "MRWD"), (3, "TLVN")]
    assert tickers(publish(settings, "--only TLVN,QNLR,MRWD --countdown --top 2")) == [(2, "MRWD"), (1, "QNLR")]
    assert tickers(publish(settings, "--exclude QNLR,AAAA --top 2")) == [(1, "MRWD"), (2, "TLVN")]
    assert len(tickers(publish(settings, ""))) == 10


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--only QNLR,NONE", "NONE is not on the list (no price on the cap date)"),
        ("--only QNLR --exchange NYSE", "QNLR is not on the list (another exchange, or not known)"),
        ("--only QNLR --exclude QNLR", "both --only and --exclude"),
        ("--only ,", "--only names no ticker"),
        ("--only '<b>'", "is not a ticker"),
        ("--notes none.md", "is not a file"),
    ],
)
def test_what_cannot_be_published_is_one_line(settings: Settings, words: str, said: str) -> None:
    code, out, error = ask(settings.home, f"publish {LIST} --title T {words}")
    assert (code, out) == (1, "") and said in error and "\n" not in error
    assert not settings.editions.exists()


def test_notes_and_market_go_in_and_come_back(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("Hello.\n\n## QNLR\n\n![A chart](a.png)\n")
    (tmp_path / "a.png").write_bytes(png())
    document = publish(settings, f"--only QNLR --market --notes {tmp_path / 'notes.md'}")
    assert document["market_windows"] and document["notes"]
    path = settings.editions / "t" / "edition.json"
    before = path.read_bytes()
    assert ask(settings.home, f"publish --edition {path}")[0] == 0 and path.read_bytes() == before
    assert ask(settings.home, f"publish --check {path}")[0] == 0


def test_it_has_all_the_filters_of_a_ranking() -> None:
    import typer.main

    from tracker.cli import app

    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    options = [{name for parameter in commands[one].params for name in parameter.opts} for one in ("rank", "publish")]
    assert options[0] - options[1] == {"--explain-filters", "--order", "--against", "--output", "-o", "--no-notes"}
