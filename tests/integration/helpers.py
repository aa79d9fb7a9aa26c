"""An EDGAR with real tables in its submissions, and the program run against it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from typer.testing import CliRunner, Result

from tests.integration.market import Edgar, Filing
from tests.submissions import line, submission
from tracker.cli import app
from tracker.demo.write import write

RENAISSANCE, CITADEL, VANGUARD, STRANGER = 1037389, 1423053, 102909, 9_000_000_777
FILED = date(2025, 11, 14)
PAGES = {
    "fails-deliver-data": "fails-to-deliver",
    "information-about-registered-investment-advisers-exempt-reporting-advisers": "advisers",
}


class World(Edgar):
    """The small EDGAR, with real tables in its submissions."""

    def report(self, cik: int, holdings: Mapping[str, int]) -> Filing:
        """File a report of (CUSIP, shares) at $10."""
        filing = self.file(cik, FILED)
        self.texts[filing.number] = submission(
            accession_number=filing.number,
            cik=cik,
            manager=f"MANAGER {cik}",
            filed=FILED,
            lines=[line(cusip, shares * 10, shares) for cusip, shares in holdings.items()],
        )
        return filing

    @property
    def texts(self) -> dict[str, bytes]:
        """Submission texts by accession number."""
        return self.__dict__.setdefault("_texts", {})

    def publish(self) -> None:
        """Write everything: submissions, and the fictional market's reference files behind SEC's pages."""
        self.write()
        reference = write(self.folder.parent / "sample").home / "filings" / "reference"
        site = self.folder / "www.sec.gov"
        pages = site / "data-research" / "sec-markets-data"
        pages.mkdir(parents=True, exist_ok=True)
        for page, source in PAGES.items():
            zips = sorted((reference / source).glob("*.zip"))
            links = "".join(f'<a href="/files/{path.name}">{path.name}</a>' for path in zips)
            (pages / page).write_text(f"<html><body>{links}</body></html>")
            for path in zips:
                (site / "files" / path.name).write_bytes(path.read_bytes())
        tickers = reference / "tickers" / "company_tickers_exchange.json"
        (site / "files" / tickers.name).write_bytes(tickers.read_bytes())
        for filing in self.filings:
            if filing.number in self.texts:
                (self.folder / f"www.sec.gov{filing.address}").write_bytes(self.texts[filing.number])


def run(home: Path, *words: str) -> Result:
    """The program, in this process."""
    return CliRunner().invoke(app, ["--home", str(home), *words])
