"""A home, asked from Python: the same answers as the command line's, as frames that say what they mean."""

from __future__ import annotations

import inspect
import json
import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

import tracker
from tracker.api import AnswerFrame, Home, values
from tracker.band import Band
from tracker.cli import app
from tracker.errors import NotFoundError, SettingError
from tracker.quarters import Quarter
from tracker.settings import Settings

GUIDE = Path(tracker.__file__).parent / "api" / "README.md"
# each question as it is asked from Python, and on the command line
QUESTIONS = {
    "holders": (("QNLR",), {}, "holders QNLR"),
    "history": (("QNLR",), {}, "holders QNLR --history"),
    "explain": (("QNLR", "2025Q2"), {}, "explain QNLR --quarter 2025Q2"),
    "fund": ((9000000002,), {"top": 3}, "fund 9000000002 --top 3"),
    "funds": ((), {"name": "capital"}, "funds list --name capital"),
    "why": ((9000000002,), {}, "funds why 9000000002"),
    "scores": ((), {}, "funds score"),
    "overlap": (([9000000002, 9000000003], "2025Q2"), {}, "funds overlap 9000000002 9000000003 --quarter 2025Q2"),
    "compare": (([9000000002, 9000000003],), {"show": "shared"}, "compare 9000000002 9000000003 --show shared"),
    "consensus": (([9000000002, 9000000003],), {}, "consensus --fund 9000000002 --fund 9000000003"),
    "boards": ((), {"board": "crowded"}, "boards --board crowded"),
    "filings": ((), {"manager": 9000000002}, "filings --manager 9000000002"),
    "late_filings": ((), {}, "filings --late"),
    "market": (("2025-01-03", "2025-02-28"), {"cap": ":1B"}, "market --from 2025-01-03 --to 2025-02-28 --cap :1B"),
    "rank": (
        ("2025Q3",),
        {"since": "2025-01-03", "until": "2025-12-31", "cap_on": "2026-01-05", "top": 9, "exchange": ["NASDAQ"]},
        "rank 2025Q3 --from 2025-01-03 --to 2025-12-31 --cap-on 2026-01-05 --top 9 --exchange NASDAQ",
    ),
    "count": (("2025Q3",), {"top": 5}, "count 2025Q3 --top 5"),
    "status": ((), {}, "status"),
}


@pytest.fixture(scope="module")
def home(market: Settings) -> Home:
    return tracker.open(market.home)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_frame_has_the_rows_of_the_command(home: Home, name: str) -> None:
    args, kwargs, command = QUESTIONS[name]
    frame = getattr(home, name)(*args, **kwargs)
    printed = CliRunner().invoke(app, ["--home", str(home.path), *command.split(), "--format", "json"])
    document = json.loads(printed.stdout)
    assert isinstance(frame, pl.DataFrame)
    assert frame.height == len(document["rows"])
    assert frame.columns == [column["name"] for column in document["columns"]] == list(document["rows"][0] if
        document["rows"] else frame.columns)  # fmt: skip
    assert (frame.title, list(frame.notes)) == (document["title"], document["notes"])
    assert {*frame.methodology} == {*document["methodology"]}
    if frame.height and "accession_number" in frame.columns:
        assert frame["accession_number"].to_list() == [row["accession_number"] for row in document["rows"]]


def test_every_question_of_a_home_is_tried_here(home: Home) -> None:
    asked = {name for name, value in vars(Home).items() if hasattr(value, "__wrapped__")}
    assert asked - {*QUESTIONS} == {"search", "prices", "list_changes"}


def test_quarters_days_and_bands_may_be_values(home: Home) -> None:
    by_text = home.rank("2025Q3", "2025-01-03", "2025-12-31", cap_on="2026-01-05", cap="50M:300M")
    by_value = home.rank(
        Quarter(2025, 3), date(2025, 1, 3), date(2025, 12, 31), cap_on=date(2026, 1, 5), cap=Band(50e6, 300e6)
    )
    assert by_text.equals(by_value)
    assert by_text.height > 0


def test_what_is_made_from_an_answer_is_a_plain_frame(home: Home) -> None:
    """Otherwise a part of the rows would carry the title of all of them."""
    part = home.holders("QNLR").filter(pl.col("shares") > 0)
    assert type(part) is pl.DataFrame


def test_a_notebook_shows_the_table_as_people_read_it(home: Home) -> None:
    html = home.holders("QNLR")._repr_html_()
    assert "<caption>Quenchlight Robotics" in html
    assert "<summary>Notes" in html
    assert "manager_name" not in html


def test_columns_say_what_they_mean(home: Home) -> None:
    meanings = {meaning.name: meaning for meaning in home.holders("QNLR").meanings}
    assert meanings["value_usd"].unit == "USD"
    assert meanings["portfolio_pct"].unit == "%"
    assert meanings["accession_number"].description
    assert meanings["family"].heading is None  # in the rows, not in the table


def test_an_empty_answer_has_typed_columns(home: Home) -> None:
    late = home.late_filings("2025Q2")
    assert late.is_empty()
    assert late.schema["filing_date"] == pl.Date
    assert late.schema["line_count"] == pl.Int64


def test_the_prices_of_a_ticker_are_adjusted_for_splits(home: Home) -> None:
    prices = home.prices("QNLR", "2025-01-03", "2025-12-31")
    assert prices["date"].is_sorted()
    assert prices["date"].n_unique() == prices.height > 0
    assert {"close", "adjusted_close", "source", "ticker_then"} <= {*prices.columns}
    ranked = home.rank("2025Q3", "2025-01-03", "2025-12-31", cap_on="2026-01-05")
    row = ranked.filter(ticker="QNLR").row(0, named=True)
    ends = prices["adjusted_close"]
    assert (ends[-1] / ends[0] - 1) * 100 == pytest.approx(row["return_pct"])


def test_a_security_without_prices_is_refused(home: Home) -> None:
    with pytest.raises(NotFoundError, match="no prices of QNLR are loaded for these days"):
        home.prices("QNLR", "2031-01-01")
    with pytest.raises(SettingError, match="is after --to"):
        home.prices("QNLR", "2025-02-01", "2025-01-01")
    with pytest.raises(NotFoundError, match="is not a known ticker"):
        home.prices("NOSUCH")


def test_a_home_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="there is no folder"):
        tracker.open(tmp_path / "absent")
    assert not (tmp_path / "absent").exists()


def test_an_empty_home_has_no_quarters_and_stays_empty(tmp_path: Path) -> None:
    home = tracker.open(tmp_path)
    assert home.quarters == []
    with pytest.raises(NotFoundError):
        home.holders("DUOT")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", ["2025-02-30", "yesterday", "12/31/2025", ""])
def test_a_day_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(SettingError, match="is not a date; write it as 2025-12-31"):
        values.to_day(value, "--on")


def test_the_help_of_a_question_has_its_parameters_and_what_it_returns() -> None:
    signature = inspect.signature(Home.holders)
    assert {"security", "quarter", "known_on", "by_filer", "with_market_makers"} <= {*signature.parameters}
    assert signature.return_annotation == AnswerFrame.__name__
    assert "hedge funds that hold" in (Home.holders.__doc__ or "")


def test_the_examples_of_the_guide_run(market: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block of Python in the guide, one after the other, on the demo's home."""
    monkeypatch.chdir(market.home)
    blocks = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, GUIDE.name, "exec"), names)  # noqa: S102 our own guide
    assert len(blocks) >= 3
