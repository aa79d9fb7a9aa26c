"""The cohort and the benchmarks: in figures worked out by hand, through the command, and on real closes."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from tests.homes import Closes
from tests.prices.helpers import prices, sessions
from tracker.band import MICRO_CAP
from tracker.cli import app
from tracker.errors import SettingError
from tracker.newsletter.charts import save_windows
from tracker.output import Answer, Column
from tracker.pipeline.add_prices import import_file, import_splits
from tracker.prices import cohort
from tracker.progress import Silent
from tracker.settings import Settings
from tracker.tables import PRICES, RETURNS

BASE, END = date(2024, 12, 31), date(2025, 12, 31)


def caps(**of: float | None) -> pl.DataFrame:
    return PRICES.frame({"ticker": ticker, "date": BASE, "market_cap_usd": cap} for ticker, cap in of.items())


def changes(**of: float | str | None) -> pl.DataFrame:
    """A return in percent, or the kind of reason for none."""
    return RETURNS.frame(
        {"ticker": ticker, "return_pct": value}
        if isinstance(value, float)
        else {"ticker": ticker, "held_back": "said", "held_back_kind": value}
        for ticker, value in of.items()
    )


def test_a_cohort_is_the_band_without_what_is_no_common_stock() -> None:
    known = caps(A=50e6, B=300e6, C=49e6, D=301e6, E=None, **{"F^A": 60e6, "G.WS": 60e6, "H.U": 60e6, "BRK.B": 60e6})
    named = PRICES.fit(known.with_columns(name=pl.when(pl.col("ticker") == "B").then(pl.lit("B Inc. Warrants"))))
    assert cohort.cohort(named, MICRO_CAP)["ticker"].to_list() == ["A", "BRK.B"]


def test_figures_of_a_cohort() -> None:
    members = cohort.cohort(caps(A=100e6, B=200e6, C=100e6, D=100e6, E=100e6), MICRO_CAP)
    found = cohort.measure(members, changes(A=10.0, B=-20.0, C=40.0, D="no longer quoted", E="unclear"))
    assert found == {
        "cap_weighted_pct": pytest.approx((10 * 1 - 20 * 2 + 40 * 1) / 4),
        "equal_weighted_pct": pytest.approx(10),
        "median_pct": 10,
        "risers_pct": pytest.approx(200 / 3),
        "names": 3,
        "gone": 1,
        "held_back": 1,
    }


def test_an_empty_cohort_has_no_figures_and_no_zeros() -> None:
    found = cohort.measure(cohort.cohort(caps(A=1e9), MICRO_CAP), changes(A=1.0))
    assert found["names"] == 0
    assert found["cap_weighted_pct"] is None and found["median_pct"] is None


def test_sectors_with_few_names_are_left_out() -> None:
    members = caps(**{f"T{number}": 100e6 for number in range(6)}).with_columns(
        sector=pl.Series(["Energy"] * 5 + ["Utilities"])
    )
    found = cohort.by_sector(members, changes(**{f"T{number}": float(number) for number in range(6)}))
    assert {name: row["names"] for name, row in found.items()} == {"Energy": 5}


def test_the_low_is_the_cohorts_not_a_members() -> None:
    days = sessions(4)
    large = prices([(10.0, None), (8.0, None), (9.0, None), (11.0, None)], ticker="L", days=days)
    small = prices([(10.0, None), (12.0, None), (1.0, None), (11.0, None)], ticker="S", days=days)
    levels = pl.concat([large, small]).with_columns(adjusted=pl.col("close"))
    members = pl.DataFrame({"ticker": ["L", "S"], "market_cap_usd": [290e6, 10e6], "sector": ["x", "x"]})
    assert cohort.low_of(members, levels) == days[1]
    assert cohort.low_of(members.clear(), levels) is None


# ---- the command --------------------------------------------------------------------------------------------------


def ask(settings: Settings, *words: str) -> Any:
    result = CliRunner().invoke(app, ["--home", str(settings.home), "market", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout) if "json" in words else result.stdout


def test_delisted_names_stay_in_the_count_and_benchmarks_stay_out_of_the_cohort(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    days = ["2024-12-31", "2025-02-14", "2025-03-31"]
    lines = ["date,symbol,close,market_cap,sector"]
    for ticker, closes in {
        "UP": (10, 11, 12),
        "DOWN": (10, 9, 8),
        "GONE": (10, 6, None),
        "NEW": (None, 10, 20),
    }.items():
        told = zip(days, closes, strict=True)
        lines += [f"{day},{ticker},{close},{close * 1e7:.0f},Energy" for day, close in told if close]
    path = tmp_path / "closes.csv"
    path.write_text("\n".join(lines))
    import_file(settings, path, Silent())
    fund = tmp_path / "IWM.csv"
    fund.write_text("Date,Close,Adj Close\n2024-12-31,200,150\n2025-03-31,210,170\n")
    import_file(settings, fund, Silent(), symbol="IWM")
    answer = ask(settings, "--from", "2024-12-31", "--to", "2025-03-31", "--format", "json")
    (quarter, whole, low) = answer["rows"]
    assert (quarter["line"], whole["line"], low["line"]) == ("2025Q1", "Whole", "From the low")
    assert (whole["names"], whole["gone"], whole["equal_weighted_pct"], whole["with_gone_pct"]) == (
        2, 1, pytest.approx(0), pytest.approx(-40 / 3)
    )  # fmt: skip
    assert whole["IWM"] == pytest.approx(5)
    assert answer["low_date"] == low["base_date"] == "2025-02-14"
    assert answer["benchmarks_without_prices"] == ["IWC", "IWB", "OEF", "SPY"]
    text = ask(settings, "--from", "2024-12-31", "--to", "2025-03-31")
    assert "`tracker prices import IWC.csv --symbol IWC`" in text


def test_a_name_whose_last_close_is_from_before_the_base_day_has_not_moved_since(tmp_path: Path) -> None:
    path = tmp_path / "closes.csv"
    rows = [("2024-12-30", "GONE", 5), ("2024-12-31", "A", 10), ("2025-03-31", "A", 12)]
    path.write_text(
        "date,symbol,close,market_cap\n" + "\n".join(f"{day},{name},{close},1e8" for day, name, close in rows)
    )
    import_file(Settings(tmp_path), path, Silent())
    answer = ask(Settings(tmp_path), "--from", "2024-12-31", "--to", "2025-03-31", "--format", "json")
    (whole,) = (row for row in answer["rows"] if row["window"] == "whole")
    assert (whole["names"], whole["gone"], whole["with_gone_pct"]) == (1, 1, pytest.approx(10))


def test_a_name_that_comes_back_after_a_window_has_not_moved_since_it_left(tmp_path: Path) -> None:
    """BACK is missing at the end of the first quarter, at 7; a split comes later, and then it trades at 50."""
    path = tmp_path / "closes.csv"
    rows = [("2024-12-31", "BACK", 10), ("2025-02-14", "BACK", 7), ("2025-06-30", "BACK", 50)]
    rows += [(day, "A", 10) for day in ("2024-12-31", "2025-03-31", "2025-06-30")]
    path.write_text(
        "date,symbol,close,market_cap\n" + "\n".join(f"{day},{name},{close},{close}e7" for day, name, close in rows)
    )
    import_file(Settings(tmp_path), path, Silent())
    splits = tmp_path / "splits.csv"
    splits.write_text("ticker,date,ratio\nBACK,2025-03-03,0.1\n")
    import_splits(Settings(tmp_path), splits, Silent())
    answer = ask(Settings(tmp_path), "--from", "2024-12-31", "--to", "2025-06-30", "--format", "json")
    quarter = next(row for row in answer["rows"] if row["line"] == "2025Q1")
    assert (quarter["names"], quarter["gone"], quarter["with_gone_pct"]) == (1, 1, pytest.approx(-15))


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (["--from", "2025-03-31", "--to", "2025-01-31"], "is not before"),
        (["--from", "2020-01-31", "--to", "2025-03-31"], "market caps are loaded from"),
        (["--total-return"], "no dividends are loaded"),
    ],
)
def test_what_cannot_be_answered_says_the_cure(tmp_path: Path, words: list[str], cure: str) -> None:
    path = tmp_path / "closes.csv"
    path.write_text("date,symbol,close,market_cap\n2024-12-31,A,1,1e8\n2025-03-31,A,2,2e8\n")
    import_file(Settings(tmp_path), path, Silent())
    result = CliRunner().invoke(app, ["--home", str(tmp_path), "market", *words])
    assert result.exit_code == 1 and cure in str(result.exception)


def test_the_year_2025_of_index_funds_and_micro_caps(shared: Path, closes: Closes, tmp_path: Path) -> None:
    folder = shared / "market"
    settings = Settings(tmp_path)
    for name in ("IWM", "SPY"):
        import_file(settings, folder / f"{name}.csv", Silent(), symbol=name)
    import_file(settings, closes.path, Silent())
    answer = ask(settings, "--from", "2024-12-31", "--to", "2025-12-31", "--format", "json")
    rows = {row["line"]: row for row in answer["rows"]}
    assert list(rows) == ["2025Q1", "2025Q2", "2025Q3", "2025Q4", "Whole", "From the low"]
    whole = rows["Whole"]
    assert (round(whole["IWM"], 2), round(whole["SPY"], 2)) == (11.40, 16.35)
    assert answer["low_date"] == rows["From the low"]["base_date"] == "2025-04-08"  # as that of the funds
    assert (round(rows["From the low"]["IWM"], 2), round(rows["From the low"]["SPY"], 2)) == (40.81, 37.35)
    assert answer["doubts"] == []
    assert whole["names"] + whole["gone"] + whole["held_back"] == (1118 if closes.is_whole else 155)
    assert 0 < whole["risers_pct"] < 100 and whole["gone"] > (100 if closes.is_whole else 10)
    assert abs(whole["equal_weighted_pct"]) < 50  # unadjusted reverse splits would make it hundreds


@pytest.mark.parametrize(("name", "start"), [("market.svg", b"<svg"), ("market.png", b"\x89PNG")])
def test_the_windows_can_be_drawn(tmp_path: Path, name: str, start: bytes) -> None:
    rows = [
        {"line": "2025Q1", "sector": None, "cap_weighted_pct": 5.0, "median_pct": -3.0, "SPY": 2.0},
        {"line": "Whole", "sector": None, "cap_weighted_pct": 9.0, "median_pct": None, "SPY": 4.0},
        {"line": "Energy", "sector": "Energy", "cap_weighted_pct": 99.0, "median_pct": 1.0},
    ]
    answer = Answer("Micro-caps", [Column("line", "Window"), Column("SPY", "SPY", "change")], rows)
    save_windows(answer, tmp_path / name)
    drawn = (tmp_path / name).read_bytes()
    assert drawn.startswith(start)
    if name.endswith("svg"):
        assert all(word in drawn.decode() for word in ("2025Q1", "Whole", "Cap-weighted", "Median", "SPY"))
        assert b"Energy" not in drawn
    with pytest.raises(SettingError, match=r"neither \.svg nor \.png"):
        save_windows(answer, tmp_path / "market.gif")
