"""Files to count from, written by hand: a period a quirk, each with its lines, its filings and what was decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from tracker.engines.engine_inputs import EngineInputs
from tracker.files import atomic_path
from tracker.filings.holdings import effective
from tracker.quarters import Quarter
from tracker.rankings import holder_counts
from tracker.store import layout
from tracker.store.engine_files import COUNTED_FILINGS, table_path
from tracker.tables import (
    CUSIP_MATCHES,
    CUSIP_SPELLINGS,
    CUSIP_TICKERS,
    JUDGED_FILINGS,
    LINE_CUSIPS,
    LINES,
    MANAGERS,
    SECURITY_COUNTS,
    MatchEvidence,
    Role,
)

A, B, C, D = "990101107", "990102105", "990103103", "990104101"
# two of one family, one alone, and a bank
FUNDS = {1: ("ONE", True), 2: ("ONE", True), 3: ("THREE", True), 9: ("BANK", False)}


@dataclass
class HandMade:
    """The frames of some periods, as rows; `write` lays them where a home has them."""

    lines: list[dict[str, object]] = field(default_factory=list)
    filings: list[dict[str, object]] = field(default_factory=list)
    matches: list[dict[str, object]] = field(default_factory=list)
    tickers: list[dict[str, object]] = field(default_factory=list)
    others: list[dict[str, object]] = field(default_factory=list)
    spellings: dict[str, str] = field(default_factory=dict)
    funds: Mapping[int, tuple[str, bool]] = field(default_factory=lambda: FUNDS)

    def report(
        self,
        period: date,
        cik: int,
        *lines: tuple[object, ...],
        role: Role = Role.BASE,
        unit: str = "dollars",
        is_share_value: bool | None = False,
        number: int = 1,
    ) -> str:
        """A filing of `lines` (cusip, shares, value, and if need be put_call, share_type, name); its number."""
        accession_number = f"{cik:010d}-{period:%y%m}-{number:06d}"
        self.filings.append(
            {
                "accession_number": accession_number,
                "cik": cik,
                "period_of_report": period,
                "form_type": "13F-HR",
                "filing_date": date(period.year + 1, 1, number),
                "role": role,
                "unit": unit,
                "is_share_value": is_share_value,
            }
        )
        for place, line in enumerate(lines, 1):
            cusip, shares, value, put_call, share_type, name = (*line, *("", "SH", "EXAMPLE")[len(line) - 3 :])
            self.lines.append(
                {
                    "accession_number": accession_number,
                    "line_number": place,
                    "name_of_issuer": name,
                    "title_of_class": "COM",
                    "cusip": cusip,
                    "shares": shares,
                    "value": value,
                    "put_call": put_call,
                    "share_type": share_type,
                }
            )
        return accession_number

    def match(self, period: date, accession_number: str, filed: str, whole: str | None) -> None:
        """What a shortened CUSIP of a filing stands for."""
        evidence = MatchEvidence.NOT_FILED if whole is None else MatchEvidence.MATCHED
        row = {"accession_number": accession_number, "cusip_as_filed": filed, "cusip": whole, "evidence": evidence}
        self.matches.append({**row, "period_of_report": period})

    def misplace(self, period: date, accession_number: str, filed: str, name: str, whole: str) -> None:
        """The lines of a filing with an issuer's name stand under another security's CUSIP."""
        named = {"accession_number": accession_number, "cusip_as_filed": filed, "name_of_issuer": name, "cusip": whole}
        self.matches.append({**named, "evidence": MatchEvidence.OTHER_SECURITY, "period_of_report": period})
        for line in self.lines:
            if (line["accession_number"], line["cusip"], line["name_of_issuer"]) == (accession_number, filed, name):
                key = {"accession_number": accession_number, "line_number": line["line_number"]}
                self.others.append({**key, "cusip": whole})

    def ticker(self, period: date, *cusips: str, ticker: str) -> None:
        """CUSIPs that are one security in a period."""
        for cusip in cusips:
            self.tickers.append({"period_of_report": period, "cusip": cusip, "ticker": ticker})

    @property
    def periods(self) -> list[date]:
        """The periods with filings."""
        return sorted({row["period_of_report"] for row in self.filings})  # type: ignore[type-var, misc]

    @property
    def managers(self) -> pl.DataFrame:
        """MANAGERS."""
        rows = [
            {"cik": cik, "manager_name": f"MANAGER {cik}", "family": family, "is_hedge_fund": is_fund}
            for cik, (family, is_fund) in self.funds.items()
        ]
        return MANAGERS.frame(rows)

    def lines_of(self, period: date) -> pl.DataFrame:
        """LINES of a period, sorted as they are stored."""
        numbers = {row["accession_number"] for row in self.filings if row["period_of_report"] == period}
        rows = [row for row in self.lines if row["accession_number"] in numbers]
        return LINES.frame(rows).sort("cusip", "accession_number", "line_number")

    def write(self, db: Path) -> EngineInputs:
        """Write it all below `db`."""
        spellings = {"cusip_as_filed": list(self.spellings), "cusip": list(self.spellings.values())}
        for table, frame in (
            (COUNTED_FILINGS, COUNTED_FILINGS.frame(self.filings)),
            (MANAGERS, self.managers),
            (CUSIP_MATCHES, CUSIP_MATCHES.frame(self.matches)),
            (CUSIP_SPELLINGS, CUSIP_SPELLINGS.frame(spellings if self.spellings else ())),
            (LINE_CUSIPS, LINE_CUSIPS.frame(self.others)),
            (CUSIP_TICKERS, CUSIP_TICKERS.frame(self.tickers)),
        ):
            write_parquet(table_path(db, table), frame)
        for period in self.periods:
            write_parquet(layout.lines_path(db, period), self.lines_of(period))
        return EngineInputs.below(db, self.periods)

    def published(self) -> pl.DataFrame:
        """SECURITY_COUNTS as HOLDER_COUNTS has them: made by the steps of a refresh."""
        filings = JUDGED_FILINGS.fit(COUNTED_FILINGS.frame(self.filings))
        funds = self.managers.filter("is_hedge_fund")
        parts = []
        for period in self.periods:
            of_funds = filings.filter(period_of_report=period).join(funds, on="cik", how="semi")
            lines = self.lines_of(period).join(of_funds, on="accession_number", how="semi", maintain_order="left")
            matches = CUSIP_MATCHES.frame(self.matches)
            held = effective(of_funds, lines, matches)
            tickers = CUSIP_TICKERS.frame(self.tickers).filter(period_of_report=period).select("cusip", "ticker")
            parts.append(as_counts(holder_counts.count(holder_counts.positions(held, self.managers, tickers))))
        return pl.concat(parts)


def as_counts(published: pl.DataFrame) -> pl.DataFrame:
    """The rows of HOLDER_COUNTS that somebody holds, and the columns that the contract has."""
    is_held = pl.max_horizontal("holders", "call_holders", "put_holders") > 0
    return SECURITY_COUNTS.fit(published.filter(is_held)).sort(SECURITY_COUNTS.key)


def write_parquet(path: Path, frame: pl.DataFrame) -> None:
    """A Parquet file of several row groups."""
    with atomic_path(path) as temporary:
        frame.write_parquet(temporary, row_group_size=max(1, frame.height // 2 + 1))


def quarter_ends(count: int, first: Quarter = Quarter(2016, 1)) -> Iterable[date]:
    """The last days of so many quarters in a row."""
    for _ in range(count):
        yield first.end
        first = first.next
