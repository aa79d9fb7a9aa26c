"""Known results on real filings and prices (../shared); the figures were worked out apart from this program."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from tests.homes import Real
from tracker.cli import app
from tracker.pipeline import refresh
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.store import Store

Q3 = Quarter(2025, 3)
THREE = "cik,name\n1037389,Renaissance\n1423053,Citadel\n1179392,Two Sigma\n"


@pytest.fixture(scope="module")
def home(real: Real, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = Path(shutil.copytree(real.settings.home, tmp_path_factory.mktemp("known") / "home"))
    (home / "three.csv").write_text(THREE)
    return Settings(home)


@pytest.fixture(scope="module")
def refreshed(home: Settings) -> refresh.Summary:
    return refresh.refresh(home, Q3, offline=True, funds=home.home / "three.csv")


@cache
def ask(settings: Settings, *words: str) -> dict[str, object]:
    result = CliRunner().invoke(app, ["--home", str(settings.home), *words, "--format", "json"], catch_exceptions=False)
    answer = json.loads(result.stdout)
    assert isinstance(answer, dict)
    return answer


def test_no_line_is_lost(refreshed: refresh.Summary, home: Settings, real: Real) -> None:
    managers, lines = (103, 79_469) if real.is_whole else (4, 23_547)
    loaded = refreshed.loaded
    assert (loaded.managers, loaded.lines, refreshed.rejected) == (managers, lines, [])
    with Store(home) as store:
        assert store.lines(Q3.end).height == lines


@pytest.mark.parametrize(
    ("ticker", "cusip", "shares"),
    [
        ("DUOT", "266042407", {1037389: 179_513, 1423053: 95_499, 1179392: 37_664}),
        ("DERM", "48115J109", {1037389: 247_900, 1423053: 14_390}),
    ],
)
def test_holders(refreshed: refresh.Summary, home: Settings, ticker: str, cusip: str, shares: dict[int, int]) -> None:
    answer = ask(home, "holders", ticker, "--quarter", "2025Q3")
    assert (answer["ticker"], answer["cusip"], answer["holders"]) == (ticker, cusip, len(shares))
    positions = answer["rows"]
    assert isinstance(positions, list)
    assert {row["cik"]: row["shares"] for row in positions} == shares


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("2025-01-03", {"DUOT": (49.20, 205.17), "DERM": (80.99, 193.21)}),
        ("2024-12-31", {"DUOT": (88.13, 205.17), "DERM": (97.19, 193.21)}),
    ],
)
def test_performance_and_market_cap(
    refreshed: refresh.Summary, home: Settings, since: str, expected: dict[str, tuple[float, float]]
) -> None:
    answer = ask(home, "rank", "2025Q3", "--from", since, "--to", "2025-12-31", "--cap-on", "2026-01-05")
    rows = answer["rows"]
    assert isinstance(rows, list)
    found = {
        row["ticker"]: (round(row["return_pct"], 2), round(row["market_cap_usd"] / 1e6, 2))
        for row in rows
        if row["ticker"] in expected
    }
    assert found == expected


def test_no_reverse_split_leads_the_list(refreshed: refresh.Summary, home: Settings, real: Real) -> None:
    answer = ask(home, "rank", "2025Q3", "--from", "2025-01-03", "--to", "2025-12-31", "--cap-on", "2026-01-05")
    rows = answer["rows"]
    assert isinstance(rows, list)
    by_ticker = {row["ticker"]: row for row in rows}
    leaders = rows[: 25 if real.is_whole else 10]
    assert {"TNXP", "XTIA", "AMRN", "SENS", "VOR", "ASRT"}.isdisjoint(row["ticker"] for row in leaders)
    for ticker in ("AMRN", "SENS", "VOR", "ASRT"):  # in the band and held by one of the three
        row = by_ticker[ticker]
        naive = (row["end_close"] / row["base_close"] - 1) * 100
        assert row["split_ratio"] < 0.1
        assert row["return_pct"] < naive / 5


def test_a_published_list_leaves_nothing_unaccounted(refreshed: refresh.Summary, home: Settings) -> None:
    answer = ask(home, "rank", "2025Q3", "--from", "2025-01-03", "--to", "2025-12-31", "--cap-on", "2026-01-05")
    method, rows = answer["methodology"], answer["rows"]
    assert isinstance(method, dict)
    assert isinstance(rows, list)
    with Store(home) as store:
        priced = store.prices(Q3.end, None).filter(pl.col("date") == pl.date(2026, 1, 5)).collect().height
    assert priced <= len(rows) + sum(method["removed"].values())
    assert method["hedge_funds_counted"] == 3
    assert {entry["ticker"] for entry in method["held_back"]}.isdisjoint(row["ticker"] for row in rows)
