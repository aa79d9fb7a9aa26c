"""The benchmarks run, each with small sizes once; how long anything takes is not looked at."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import SUBJECTS, main
from tests.benchmarks.figures import TITLES, Row, to_markdown, to_text
from tests.benchmarks.runner import Spread, peak_mb, run

WITH_A_HOME = {
    "commands",
    "history",
    "lookups",
    "prices-import",
    "refreshes",
    "site-load",
}  # a dozen commands each, and a home to build


def measure(capsys: pytest.CaptureFixture[str], tmp_path: Path, *words: str) -> str:
    assert main(["--quick", "--folder", str(tmp_path), *words]) == 0, capsys.readouterr().out
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"
    return capsys.readouterr().out


@pytest.mark.parametrize("subject", sorted({*SUBJECTS} - WITH_A_HOME - {"season", "strategy"}))
def test_a_subject_is_measured(subject: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "x, " in measure(capsys, tmp_path, "--only", subject)


def test_a_strategy_is_measured(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    told = measure(capsys, tmp_path, "--only", "strategy")
    assert "9 quarters of 10 funds and 40 names: again" in told and "failed" not in told


@pytest.mark.integration
def test_a_seasons_download_is_measured(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    told = measure(capsys, tmp_path, "--only", "season", "--markdown")
    assert "| a season's download of 12 submissions at 100 ms: requests each | 1.08, 13 requests |" in told
    assert TITLES[0] in told


@pytest.mark.slow
def test_what_needs_a_home_is_measured(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = [word for subject in sorted(WITH_A_HOME - {"site-load"}) for word in ("--only", subject)]
    told = measure(capsys, tmp_path, *words)
    for figure in (
        "`holders`",
        "`publish --check`",
        "3 loaded (CPU)",
        "positions of a quarter",
        "`prices import`",
        "`funds add`",
    ):
        assert figure in told
    assert "failed" not in told


@pytest.mark.integration
@pytest.mark.slow
def test_a_load_of_readers_is_measured(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    told = measure(capsys, tmp_path, "--only", "site-load")
    assert "19 of 20" in told and "failed" not in told and ", 0 errors" in told


def test_ratios_are_of_the_fastest_and_of_the_median() -> None:
    row = Row("figure", Spread((1.0, 3.0, 2.0)), "peer", Spread((0.5, 0.5, 4.0)), "<= 2x")
    assert row.cells() == ("figure", "1.00, 2.00 s", "peer 0.50, 0.50 s", "2.00x, 4.00x", "<= 2x")
    assert to_markdown([row]).splitlines()[2] == "| figure | 1.00, 2.00 s | peer 0.50, 0.50 s | 2.00x, 4.00x | <= 2x |"
    assert to_text([row, Row("other", note="not installed")]).splitlines()[2] == "other   not installed"


def test_a_childs_memory_is_its_own() -> None:
    """Not that of this process, which holds much more."""
    much = bytearray(200 * 2**20)
    usage = run([sys.executable, "-S", "-c", "print(1)"])
    assert usage.output == "1\n" and len(much) > 0
    assert peak_mb([usage]) < 100
