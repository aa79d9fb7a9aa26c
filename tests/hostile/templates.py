"""Homes to be copied: made once, by the commands themselves, from the fictional market."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import polars as pl

from tests.filings.helpers import A, B
from tests.hostile.children import Children
from tests.integration.helpers import CITADEL, RENAISSANCE, STRANGER, VANGUARD, World
from tracker.demo.write import write

LIST = ("--from", "2025-01-03", "--to", "2025-12-31", "--cap-on", "2026-01-05")
FUND = 9_000_000_001


class Templates:
    """`filed`: filings on disk; `counted`: refreshed; `loaded`: with prices; `published`: with an edition."""

    def __init__(self, folder: Path, children: Children) -> None:
        self.folder = folder
        self.children = children
        self._lock = threading.RLock()

    def copy(self, name: str, target: Path) -> Path:
        """A copy of a template at `target`, times of files included."""
        return Path(shutil.copytree(self.find(name), target))

    def find(self, name: str) -> Path:
        """The template itself, to be read; made by the first who asks."""
        with self._lock:
            path = self.folder / f"template-{name}"
            if not path.exists():
                steps: dict[str, Callable[[Path], object]] = {
                    "empty": Path.mkdir,
                    "filed": self._file,
                    "counted": self._count,
                    "loaded": self._load,
                    "published": self._publish,
                }
                steps[name](path)
            return path

    def edgar(self) -> Path:
        """What a stand-in for SEC's servers serves: four filers, and the reference files of the fictional market."""
        with self._lock:
            folder = self.folder / "edgar"
            if not folder.exists():
                world = World(folder)
                folder.mkdir()
                for cik, holdings in (
                    (RENAISSANCE, {A: 100, B: 50}),
                    (CITADEL, {A: 200}),
                    (VANGUARD, {A: 900}),
                    (STRANGER, {B: 70}),
                ):
                    world.report(cik, holdings)
                world.publish()
            return folder

    def _do(self, home: Path, *words: str) -> None:
        ended = self.children.run(home, *words)
        assert ended.code == 0, f"{words}: {ended.err}"

    def _file(self, home: Path) -> None:
        write(home)
        # the same name, other closes: what is imported last holds
        (home / "corrected").mkdir()
        closes = pl.read_csv(home / "prices.csv").head(400).with_columns((pl.col("close") * 1.1).round(4))
        closes.write_csv(home / "corrected" / "prices.csv")
        (home / "splits.csv").write_text("date,ticker,ratio\n2025-06-16,QNLR,2\n")
        (home / "list.csv").write_text(f"cik,name,is_hedge_fund\n{FUND},ALDERMOOR,false\n{FUND + 1},OTHER,true\n")
        (home / "watch.toml").write_text('tickers = ["QNLR"]\nfunds = [9000000002]\n')

    def _count(self, home: Path) -> None:
        self.copy("filed", home)
        for quarter in ("2025Q2", "2025Q3"):
            self._do(home, "refresh", quarter, "--offline", "--funds", str(home / "fund_list.csv"))

    def _load(self, home: Path) -> None:
        self.copy("counted", home)
        self._do(home, "prices", "import", str(home / "prices.csv"))

    def _publish(self, home: Path) -> None:
        self.copy("loaded", home)
        self._do(home, "publish", "2025Q3", *LIST, "--top", "2", "--slug", "tried", "--title", "First")
