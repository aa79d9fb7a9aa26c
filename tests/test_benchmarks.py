"""The benchmarks run: each measures something small once. What they print is not looked at."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.benchmarks import bench_form13f
from tests.submissions import accession

ROOT = Path(__file__).resolve().parent.parent


def test_the_parser_is_measured(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def once(work: Callable[[], object], seconds: float = 0.0) -> float:
        work()
        return 1.0

    monkeypatch.setattr(bench_form13f, "best", once)
    bench_form13f.measure("small", bench_form13f.make(10, "ns1:"), accession(1))
    assert "10 lines" in capsys.readouterr().out


@pytest.mark.slow
def test_data_sets_are_measured(tmp_path: Path) -> None:
    words = ["tests.benchmarks.bench_datasets", "--lines", "2000", "--filers", "20", "--folder", str(tmp_path)]
    run = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "load against DuckDB" in run.stdout


@pytest.mark.slow
def test_returns_are_measured(shared: Path) -> None:
    closes = shared / "market" / "nasdaq_screener_daily.parquet"
    if not closes.is_file():
        pytest.skip("no real closes")
    words = ["tests.benchmarks.bench_performance", str(closes)]
    run = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0 and "x the scan" in run.stdout, run.stderr
