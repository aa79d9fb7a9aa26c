"""A source of prices is one row: a made-up one is added at run time, and everything follows from its row."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.pipeline.made_up_source import MADE_UP
from tracker.errors import SettingError
from tracker.newsletter.page_templates import render_page
from tracker.pipeline import price_sources
from tracker.pipeline.add_prices import fetch, import_file
from tracker.pipeline.price_sources import PRICE_SOURCES, PriceSource
from tracker.progress import Silent
from tracker.reports import price_window
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import PRICES, SOURCES

README = Path(__file__).resolve().parents[2] / "README.md"
NOW = datetime(2025, 1, 3, 23, tzinfo=UTC)  # 18:00 in New York
DAY = date(2025, 1, 3)


@pytest.fixture
def with_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_sources, "PRICE_SOURCES", (*PRICE_SOURCES, MADE_UP))


@pytest.mark.usefixtures("with_made_up")
def test_its_prices_are_stored_and_its_folder_is_listed(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    done = fetch(settings, "madeup", NOW, Silent())
    assert done == "1 price of 1 ticker, 2025-01-03 to 2025-01-03: 1 new or corrected; as an example"
    with Store(settings) as store:
        assert store.prices().select("ticker", "date", "close", "source").collect().rows() == [
            ("ABC", DAY, 5.0, "madeup")
        ]
        assert store.read(SOURCES)["path"].to_list() == ["made-up/2025-01-03.json"]


@pytest.mark.usefixtures("with_made_up")
@pytest.mark.parametrize(("rank", "winner"), [(0, "madeup"), (9, "nasdaq")])
def test_its_rank_decides_between_sources_and_files_go_first(
    tmp_path: Path, rank: int, winner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = PriceSource("madeup", "Made Up", rank, "made-up", MADE_UP.fetch, MADE_UP.described)
    monkeypatch.setattr(price_sources, "PRICE_SOURCES", (row, *PRICE_SOURCES))
    settings = Settings(tmp_path)
    fetch(settings, "madeup", NOW, Silent())
    with Store(settings) as store, store.writing():
        store.add_prices(PRICES.frame([{"ticker": "ABC", "date": DAY, "close": 6.0, "source": "nasdaq"}]))
        assert price_window.load(store).prices["source"].to_list() == [winner]
    file = tmp_path / "mine.csv"
    file.write_text("date,ticker,close\n2025-01-03,ABC,7\n")
    import_file(settings, file, Silent())
    with Store(settings) as store:
        assert price_window.load(store).prices["source"].to_list() == ["file:mine.csv"]


@pytest.mark.usefixtures("with_made_up")
def test_readers_see_its_label(tmp_path: Path) -> None:
    (tmp_path / "index.md.j2").write_text(
        "{{ 'madeup' | source }}, {{ 'file:mine.csv' | source }}, {{ '13f' | source }}"
    )
    assert render_page("index.md", {}, tmp_path).decode().strip() == "Made Up, mine.csv, Form 13F"


@pytest.mark.usefixtures("with_made_up")
def test_only_a_source_that_takes_tickers_is_given_some(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="--source yahoo"):
        fetch(Settings(tmp_path), "madeup", NOW, Silent(), ["ABC"])


def test_it_is_a_choice_of_the_command() -> None:
    code = """
from tests.pipeline.made_up_source import MADE_UP
from tracker.pipeline import price_sources
price_sources.PRICE_SOURCES += (MADE_UP,)
from typer.testing import CliRunner
from tracker.cli import app
shown = CliRunner().invoke(app, ["prices", "fetch", "--help"], env={"COLUMNS": "200"}).stdout
assert "[madeup|nasdaq|finviz|yahoo|massive|sec|fails|13f]" in shown, shown
assert CliRunner().invoke(app, ["prices", "fetch", "--source", "stooq"]).exit_code == 2
"""
    run = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_names_ranks_and_folders_are_distinct() -> None:
    for column in ("name", "label", "rank", "folder"):
        values = [getattr(source, column) for source in PRICE_SOURCES]
        assert len(set(values)) == len(values)


def test_every_row_names_a_function() -> None:
    for source in PRICE_SOURCES:
        with pytest.raises(AttributeError, match="NoneType"):
            source.fetch(None)  # type: ignore[arg-type]


def test_the_readme_lists_every_source() -> None:
    readme = README.read_text()
    for source in PRICE_SOURCES:
        assert f"| {' | '.join(source.described)} |" in readme
    assert ", ".join(source.label.removeprefix("Form ") for source in PRICE_SOURCES) in readme


def test_the_table_loads_nothing_heavy() -> None:
    code = "import sys, tracker.pipeline.price_sources; sys.exit(bool({'polars', 'requests'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
