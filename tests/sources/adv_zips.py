"""Files of Form ADV in SEC's layout: rosters of firms, and zips of filings."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

# The headings of a month's roster, as far as they bear on who is a hedge fund, among others.
ROSTER = (
    *("SEC Region", "Organization CRD#", "Additional CRD Number", "SEC#", "Firm Type", "CIK#"),
    *("Total number of CIK numbers", "Primary Business Name", "Legal Name", "Main Office Street Address 1"),
    *("Main Office Street Address 2", "Main Office City", "Main Office State", "Main Office Country"),
    *("Main Office Postal Code", "Main Office Telephone Number", "Latest ADV Filing Date"),
    *(f"5D({letter})({number})" for letter in "abcdefghijklmn" for number in (1, 3)),
    *("5E(1)", "5E(6)", "5F(2)(a)", "5F(2)(b)", "5F(2)(c)", "6A(1)", "6A(6)", "6A(7)", "6A(8)", "7B"),
    *("Count of Private Funds - 7B(1)", "Total Gross Assets of Private Funds", "Any Hedge Funds"),
    *("Total number of Hedge funds", "Any PE Funds", "Total number of PE funds", "Any VC Funds"),
    *("Total number of VC funds", "Total number of Real Estate funds", "Total number of Securitized funds"),
    *("Total number of Liquidity funds", "Total number of Other funds"),
)
BASE = (
    *("FilingID", "Execution Type", "DateSubmitted", "1A", "1B1", "1D", "1E1", "1F1-Street 1", "1F1-City", "1F1-State"),
    *("1F1-Country", "1F3", *(f"5D3{letter}" for letter in "abcdefghijklmn"), "5E6", "5F2c", "6A1", "6A6", "6A7", "7B"),
)
FUNDS = (
    *("FilingID", "Fund Name", "Fund ID", "ReferenceID", "State", "Country", "Master Fund", "Feeder Fund"),
    *("Master Fund Name", "Master Fund ID", "Fund of Funds", "Fund Type", "Fund Type Other", "Gross Asset Value"),
    "Minimum Investment",
)

Rows = Iterable[Mapping[str, object]]


def table(columns: Iterable[str], rows: Rows) -> str:
    """A CSV with these columns; what a row does not give is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def pack(path: Path, members: Mapping[str, str]) -> Path:
    """A zip with members in Latin-1, below a folder of their own as SEC's are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(f"{path.stem}/{name}", text.encode("latin-1"))
    return path


def roster(path: Path, rows: Rows, columns: Iterable[str] = ROSTER) -> Path:
    """A month's roster, as `ia120125.zip` or `ia120125-exempt.zip`."""
    return pack(path, {"IA_SEC_-_FIRM_ROSTER_FOIA_DOWNLOAD_-_1.CSV": table(columns, rows)})


def filings(path: Path, **tables: Rows) -> Path:
    """A zip of filings: `base`, `exempt_base`, `funds`, `exempt_funds`, `ciks` are rows; those not given are absent."""
    names = {
        "base": ("IA_ADV_Base_A", BASE),
        "exempt_base": ("ERA_ADV_Base", BASE),
        "funds": ("IA_Schedule_D_7B1", FUNDS),
        "exempt_funds": ("ERA_Schedule_D_7B1", FUNDS),
        "ciks": ("IA_1D3_CIK", ("FilingID", "CIK")),
    }
    days = "20260601_20260630"
    members = {f"{names[key][0]}_{days}.csv": table(names[key][1], rows) for key, rows in tables.items()}
    # others, which hold nothing that is read
    members |= {f"IA_ADV_Base_B_{days}.csv": "FilingID,2A\r\n1,Y\r\n", f"IA_Schedule_D_7B1A23_{days}.csv": "x\r\n"}
    return pack(path, members)
