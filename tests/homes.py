"""Homes that many tests read: built once a session, whatever the number of workers, and copied to each of them.

The fictional market is loaded by the pipeline as a user's data would be. The real one is the filings of one quarter
and the closes of the shared material, as downloads would have left them.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from tests.pipeline.helpers import put
from tracker.cli import app
from tracker.demo.write import write
from tracker.newsletter import charts, strategy_charts
from tracker.newsletter.chart_style import Chart
from tracker.pipeline import add_prices, refresh
from tracker.progress import Silent
from tracker.quarters import Quarter
from tracker.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PERIOD = Quarter(2025, 3)
# Who reported DUOT (CUSIP 266042407) or DERM (48115J109) for 2025-09-30.
HEDGE_FUNDS = {1037389: "Renaissance", 1423053: "Citadel", 1179392: "Two Sigma"}
BANKS_AND_INDEX_MANAGERS = {19617, 73124, 93751, 102909, 315066, 886982, 895421}
VANGUARD = 102909
FEW = {*HEDGE_FUNDS, VANGUARD}
# Tickers that tests name; with every tenth of the others they show which sessions the panel lacks.
NAMED = "ACET AMRN APG ASRT DERM DUOT FAT IBKR LSBK MKTW NFLX NOW ORLY RAPT RGC SCLX SENS SEZL SQNS TNXP VOR".split()  # noqa: SIM905
NAMED += ["WKHS", "WOLF", "WW", "XTIA"]
CHECKED_SPLITS = ROOT / "tests" / "prices" / "splits_2025.csv"


@dataclass(frozen=True)
class Closes:
    """A file of real closes: those of every ticker, or of a sample."""

    path: Path
    is_whole: bool


@dataclass(frozen=True)
class Real:
    """A home of real filings and closes, refreshed: those of every manager and ticker, or of few."""

    settings: Settings
    is_whole: bool


def build_once(folder: Path, build: Callable[[Path], object]) -> Path:
    """`folder`, made by `build` unless another worker has made it; the others wait. A failed build leaves nothing."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = folder.with_name(f"{folder.name}.unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            build(unfinished)
            unfinished.rename(folder)
    return folder


def load_market(home: Path) -> Settings:
    """Write the fictional market to `home`, refresh its quarters and import its prices."""
    market = write(home)
    settings = Settings(home)
    for quarter in market.quarters:
        refresh.refresh(settings, quarter, offline=True, funds=market.funds)
    add_prices.import_file(settings, market.prices, Silent())
    return settings


def real_filings(shared: Path, ciks: Iterable[int] | None = None) -> list[bytes]:
    """The submissions of all managers, or of some, for `PERIOD`."""
    archive = shared / "edgar" / "www.sec.gov" / "Archives" / "edgar" / "data"
    filings = pl.read_csv(shared / "edgar" / "filings.csv").filter(pl.col("period") == str(PERIOD.end))
    if ciks is not None:
        filings = filings.filter(pl.col("cik").is_in(sorted(ciks)))
    return [
        (archive / str(cik) / number.replace("-", "") / f"{number}.txt").read_bytes()
        for cik, number in filings.select("cik", "accession").rows()
    ]


def put_real(shared: Path, home: Path, ciks: Iterable[int] | None = None) -> Settings:
    """Lay real submissions for `PERIOD`, and the reference files, where downloads would have left them."""
    settings = put(home, *real_filings(shared, ciks))
    files = shared / "edgar" / "www.sec.gov" / "files"
    for source, paths in (
        ("tickers", [files / "company_tickers_exchange.json"]),
        ("fails-to-deliver", (files / "data" / "fails-deliver-data").glob("*.zip")),
        ("advisers", (files / "investment" / "data" / "other").rglob("ia*.zip")),
    ):
        folder = settings.filings / "reference" / source
        folder.mkdir(parents=True)
        for path in paths:
            shutil.copy(path, folder)
    return settings


def load_real(shared: Path, closes: Path, home: Path, ciks: Iterable[int] | None = None) -> None:
    """Refresh `PERIOD` from real filings, with the closes of a file."""
    settings = put_real(shared, home, ciks)
    add_prices.import_file(settings, closes, Silent())
    refresh.refresh(settings, PERIOD, offline=True)


def write_sample(closes: Path, path: Path) -> None:
    """Write the rows of every tenth ticker, and of those that tests name, in the form of the whole file."""
    rows = pl.scan_parquet(closes)
    tickers = {*NAMED, *pl.read_csv(CHECKED_SPLITS)["ticker"]}
    tickers |= set(rows.select("symbol").unique().sort("symbol").gather_every(10).collect()["symbol"])
    rows.filter(pl.col("symbol").is_in(sorted(tickers))).collect().write_parquet(path)


@contextmanager
def charts_written_down() -> Iterator[None]:
    """Charts of an edition are their data as text: for tests that look at everything but the pictures."""

    def write_down(*data: object) -> Chart:
        text = repr([part.rows() if isinstance(part, pl.DataFrame) else part for part in data]).encode()
        return Chart(svg=text, dark_svg=b"dark " + text, png=b"pixels " + text, width=100, height=50)

    with pytest.MonkeyPatch.context() as patch:
        for module, names in (
            (charts, ("draw_price", "draw_holders", "draw_band")),
            (strategy_charts, ("draw_growth", "draw_drawdowns", "draw_quarters")),
        ):
            for name in names:
                patch.setattr(module, name, write_down)
        yield


def keep_demo(folder: Path) -> None:
    """Run `tracker demo --keep`, charts written down, and keep what it printed; in that, `HOME` is where it ran."""
    home = folder / "home"
    with charts_written_down():
        result = CliRunner().invoke(app, ["demo", "--keep", str(home)], env={"COLUMNS": "100"}, catch_exceptions=False)
    assert result.exit_code == 0
    for name, text in (("stdout", result.stdout), ("stderr", result.stderr)):
        (folder / name).write_text(text.replace(str(home), "HOME"))
