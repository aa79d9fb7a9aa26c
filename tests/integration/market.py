"""A small EDGAR for tests: writes filers, their submissions, indexes and lists into a stand-in's folder."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

HEAD = """Description:           Master Index of EDGAR Dissemination Feed by Form Type
Last Data Received:    today

Form Type   Company Name                                                  CIK         Date Filed  File Name
---------------------------------------------------------------------------------------------------------
"""
BODY = "holding of a fictional fund\n" * 200


@dataclass(frozen=True)
class Filing:
    """One submission of the small EDGAR."""

    cik: int
    number: str
    form: str
    filed: date
    period: date

    @property
    def text(self) -> str:
        """The submission, in EDGAR's form; the table is left to the tests of the parser."""
        return (
            f"<SEC-DOCUMENT>{self.number}.txt : {self.filed:%Y%m%d}\n<SEC-HEADER>\n"
            f"ACCESSION NUMBER:\t\t{self.number}\nCONFORMED SUBMISSION TYPE:\t{self.form}\n"
            f"CONFORMED PERIOD OF REPORT:\t{self.period:%Y%m%d}\n</SEC-HEADER>\n"
            f"<DOCUMENT>\n<TYPE>{self.form}\n<TEXT>\n{BODY}</TEXT>\n</DOCUMENT>\n"
            "</SEC-DOCUMENT>\n"
        )

    @property
    def address(self) -> str:
        """Its path on www.sec.gov."""
        return f"/Archives/edgar/data/{self.cik}/{self.number.replace('-', '')}/{self.number}.txt"


@dataclass
class Edgar:
    """What the stand-in serves; call `write` after changes."""

    folder: Path
    filings: list[Filing] = field(default_factory=list)
    unlisted: set[str] = field(default_factory=set)
    extra_lines: dict[str, str] = field(default_factory=dict)

    def file(
        self,
        cik: int,
        filed: date,
        *,
        form: str = "13F-HR",
        period: date = date(2025, 9, 30),
        number: str | None = None,
    ) -> Filing:
        """Add a submission."""
        made = number or f"{cik:010d}-{filed.year % 100:02d}-{len(self.filings) + 1:06d}"
        self.filings.append(Filing(cik, made, form, filed, period))
        return self.filings[-1]

    def write(self) -> None:
        """Write submissions, one index a quarter in which something was filed, one list a filer, the ticker list."""
        indexes: dict[str, list[str]] = {place: [line] for place, line in self.extra_lines.items()}
        lists: dict[int, list[Filing]] = {}
        for one in self.filings:
            self._put(f"www.sec.gov{one.address}", one.text)
            place = f"{one.filed.year}/QTR{(one.filed.month - 1) // 3 + 1}"
            name = f"FICTIONAL 13F-HR FUND {one.cik} 2025-01-01, L.P."
            line = f"{one.form:<12}{name:<62}{one.cik:<12}{one.filed}  edgar/data/{one.cik}/{one.number}.txt  "
            indexes.setdefault(place, []).append(line)
            lists.setdefault(one.cik, []).append(one)
        for place, lines in indexes.items():
            self._put(f"www.sec.gov/Archives/edgar/full-index/{place}/form.idx", HEAD + "\n".join(sorted(lines)) + "\n")
        for cik, filings in lists.items():
            listed = [one for one in filings if one.number not in self.unlisted]
            recent = {
                "accessionNumber": [one.number for one in listed],
                "form": [one.form for one in listed],
                "filingDate": [one.filed.isoformat() for one in listed],
                "reportDate": [one.period.isoformat() for one in listed],
                "primaryDocument": ["xslForm13F_X02/primary_doc.xml" for _ in listed],
            }
            content = {"cik": str(cik), "filings": {"recent": recent, "files": []}}
            self._put(f"data.sec.gov/submissions/CIK{cik:010d}.json", json.dumps(content))
        tickers = {"fields": ["cik", "name", "ticker", "exchange"], "data": [[1, "Fictional Inc", "FCTN", "NYSE"]]}
        self._put("www.sec.gov/files/company_tickers_exchange.json", json.dumps(tickers))

    def _put(self, place: str, text: str) -> None:
        path = self.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below `folder`: its content and time of change."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
