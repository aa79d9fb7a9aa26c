"""Frames as filed: nothing in them is corrected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

import polars as pl

from .rejected import REJECTS, RejectsFrame
from .table import DATE, FLAG, INT, REAL, TEXT, TIME, Table


class OtherManagerRole(StrEnum):
    """Which of the form's two lists names another manager; they point in opposite directions."""

    REPORTS = "reports"  # cover page: it reports holdings of the manager that files
    INCLUDED = "included"  # summary page: its holdings are included in this report


FILING_COLUMNS: dict[str, tuple[pl.DataType, str]] = {
    "accession_number": (TEXT, "EDGAR's number of the submission, as 0001037389-25-000064"),
    "cik": (INT, "the filing manager's Central Index Key"),
    "manager_name": (TEXT, "cover page: name of the filing manager"),
    "form_type": (TEXT, "13F-HR, 13F-HR/A, 13F-NT or 13F-NT/A"),
    "period_of_report": (DATE, "last day of the quarter reported"),
    "filing_date": (DATE, "the day EDGAR counts it as filed"),
    "accepted_at": (TIME, "when EDGAR accepted it (Eastern time); null if read from one of SEC's data sets"),
    "amendment_number": (INT, "cover page: number of the amendment"),
    "amendment_type": (TEXT, "cover page: RESTATEMENT or NEW HOLDINGS, as filed"),
    "is_confidential_expired": (
        FLAG,
        "cover page of an amendment: whether its holdings were confidential until that was denied or expired",
    ),
    "additional_information": (TEXT, "cover page: additional information, on one line"),
    "report_type": (TEXT, "cover page: 13F HOLDINGS REPORT, 13F NOTICE or 13F COMBINATION REPORT"),
    "form13f_file_number": (TEXT, "cover page: the manager's 028- number"),
    "crd_number": (TEXT, "cover page: the adviser's CRD number, without leading zeros"),
    "sec_file_number": (TEXT, "cover page: the adviser's 801- or 802- number"),
    "street": (TEXT, "cover page: first line of the manager's address"),
    "city": (TEXT, "cover page: city of that address"),
    "state": (TEXT, "cover page: state of that address: two letters, EDGAR's code if it is abroad"),
    "phone": (TEXT, "signature block: phone number, as written"),
    "other_included_managers_count": (INT, "summary page: number of other managers included in the report"),
    "table_entry_total": (INT, "summary page: number of table lines, as declared"),
    "table_value_total": (INT, "summary page: sum of the value column, as declared, in the filing's own units"),
    "is_confidential_omitted": (FLAG, "summary page: whether holdings are omitted under confidential treatment"),
    "line_count": (INT, "table lines read"),
    "value_total": (REAL, "sum of the value column as read, in the filing's own units"),
    "source": (TEXT, "`filing` (the submission itself) or the data set's file name"),
}

FILINGS = Table(
    "parsed_filings",
    "One row per submission, as filed and uncorrected.",
    ("accession_number",),
    FILING_COLUMNS,
)

LINES = Table(
    "lines",
    "One row per line of an information table, as filed (Form 13F, columns 1 to 8).",
    ("accession_number", "line_number"),
    {
        "accession_number": (TEXT, "the submission"),
        "line_number": (INT, "position in the table, from 1"),
        "name_of_issuer": (TEXT, "column 1"),
        "title_of_class": (TEXT, "column 2"),
        "cusip": (TEXT, "column 3, as filed"),
        "figi": (TEXT, "column 3, the optional FIGI"),
        "value": (REAL, "column 4, in the filing's own units: dollars since 2023-01-03, thousands before"),
        "shares": (REAL, "column 5, sshPrnamt: shares, or principal amount in dollars if share_type is PRN"),
        "share_type": (TEXT, "column 5, sshPrnamtType: SH or PRN"),
        "put_call": (TEXT, "PUT, CALL or empty text"),
        "investment_discretion": (TEXT, "column 6: SOLE, DFND or OTR"),
        "other_manager": (TEXT, "column 7: numbers from the list of other included managers"),
        "voting_sole": (REAL, "column 8: shares with sole voting authority"),
        "voting_shared": (REAL, "column 8: shares with shared voting authority"),
        "voting_none": (REAL, "column 8: shares without voting authority"),
    },
)

OTHER_MANAGERS = Table(
    "other_managers",
    "The other managers that a cover or summary page names, as filed.",
    ("accession_number", "role", "position"),
    {
        "accession_number": (TEXT, "the submission"),
        "role": (TEXT, f"which list names it: {', '.join(OtherManagerRole)}"),
        "position": (INT, "place in that list, from 1"),
        "name": (TEXT, "its name"),
        "cik": (INT, "its CIK; null if the form has none"),
        "form13f_file_number": (TEXT, "its 028- number"),
        "crd_number": (TEXT, "its CRD number, without leading zeros"),
        "sec_file_number": (TEXT, "its 801- or 802- number"),
    },
)

FilingsFrame = Annotated[pl.DataFrame, FILINGS]
LinesFrame = Annotated[pl.DataFrame, LINES]
OtherManagersFrame = Annotated[pl.DataFrame, OTHER_MANAGERS]


@dataclass(frozen=True)
class Submissions:
    """Parsed submissions: FILINGS and LINES as filed, REJECTS, and OTHER_MANAGERS of the accepted ones."""

    filings: FilingsFrame
    lines: LinesFrame
    rejects: RejectsFrame
    other_managers: OtherManagersFrame = field(default_factory=OTHER_MANAGERS.frame)

    @classmethod
    def concat(cls, parts: Iterable[Submissions]) -> Submissions:
        """All parts concatenated; an empty input gives empty frames."""
        parts = list(parts)
        return cls(
            pl.concat([FILINGS.frame(), *(part.filings for part in parts)]),
            pl.concat([LINES.frame(), *(part.lines for part in parts)]),
            pl.concat([REJECTS.frame(), *(part.rejects for part in parts)]),
            pl.concat([OTHER_MANAGERS.frame(), *(part.other_managers for part in parts)]),
        )
