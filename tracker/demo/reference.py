"""Form index, tickers, fails-to-deliver and adviser roster of the fictional market, in the form of the real ones."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from ..quarters import Quarter
from .fictional_market import DELISTED, RENAMED, Fund, Security

# Settlement dates of each half-month file.
_FAILS = {
    "cnsfails202506b": (date(2025, 6, 18), date(2025, 6, 30)),
    "cnsfails202507b": (date(2025, 7, 17), date(2025, 7, 31)),
    "cnsfails202508b": (date(2025, 8, 19), date(2025, 8, 29)),
    "cnsfails202509b": (date(2025, 9, 18), date(2025, 9, 30)),
    "cnsfails202512b": (date(2025, 12, 18), date(2025, 12, 31)),
}
_NEVER_FAILED = {"GRVH"}
_ROSTER_COLUMNS = (
    "Organization CRD#",
    "SEC#",
    "CIK#",
    "Primary Business Name",
    "Legal Name",
    "Main Office City",
    "Main Office State",
    "5F(2)(c)",
    "7B",
    "Any Hedge Funds",
    "Any PE Funds",
    "Any VC Funds",
    "Total Gross Assets of Private Funds",
)


def form_index(quarter: Quarter, filed: Iterable[dict[str, Any]]) -> bytes:
    """EDGAR's index of what was filed in `quarter`: fixed width, sorted by form and name."""
    rows = []
    for given in filed:
        if Quarter.of(given["filed"]) == quarter:
            form = given["form"] + ("/A" if given.get("amendment") else "")
            rows.append(_index_row(form, given["manager"], given["cik"], given["filed"], given["accession_number"]))
    # Not everything in the index is on Form 13F.
    rows.append(_index_row("10-Q", "QUENCHLIGHT ROBOTICS INC", 9_100_000_001, quarter.end, "9100000001-25-000004"))
    head = [
        "Description:           Master Index of EDGAR Dissemination Feed by Form Type",
        f"Last Data Received:    {quarter.end}",
        "Comments:              fictional",
        "Anonymous FTP:         none",
        *[" "] * 4,
        f"{'Form Type':<12}{'Company Name':<62}{'CIK':<12}{'Date Filed':<12}File Name",
        "-" * 141,
    ]
    return "\n".join([*head, *sorted(rows), ""]).encode()


def files(funds: list[Fund], securities: list[Security]) -> Iterator[tuple[str, str, bytes]]:
    """Path below `reference/`, name of the source, content."""
    yield "tickers/company_tickers_exchange.json", "tickers", _tickers(securities).encode()
    for number, (name, days) in enumerate(_FAILS.items()):
        yield fails_file(name, _fails(securities, number, days))
    yield "advisers/ia010226.zip", "advisers", _zip("ia010226.csv", _roster(funds).encode("latin-1"))


def fails_file(name: str, text: str) -> tuple[str, str, bytes]:
    """A half-month's file as `files` has them."""
    return f"fails-to-deliver/{name}.zip", "fails-to-deliver", _zip(f"{name}.txt", text.encode("latin-1"))


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A csv text with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _index_row(form: str, name: str, cik: int, filed: date, accession_number: str) -> str:
    return f"{form:<12}{name:<62}{cik:<12}{filed}  edgar/data/{cik}/{accession_number}.txt"


def _tickers(securities: list[Security]) -> str:
    """SEC's list: today's names only, classes as SBF-B, preferred series as SBF-PA, NYSE American as NYSE."""
    data = [
        (
            9_100_000_000 + security.number,
            security.name,
            re.sub(r"[/^]", "-", security.ticker.replace("^", "^P")),
            "Nasdaq" if security.exchange == "NASDAQ" else "NYSE",
        )
        for security in securities
        if security.ticker not in DELISTED
    ]
    return json.dumps({"fields": ["cik", "name", "ticker", "exchange"], "data": data})


def _fails(securities: list[Security], number: int, days: tuple[date, date]) -> str:
    """One half-month: two thirds of the securities, each on one of two days, and the oddities of the real files."""
    rows, total = [], 100
    for security in securities:
        day = days[security.number % 2]
        absent = security.ticker in _NEVER_FAILED or (security.number + number) % 3 == 0
        if absent or not security.is_listed(day):
            continue
        old, renamed_on = RENAMED.get(security.ticker, (security.ticker, day))
        symbol = old if day < renamed_on else security.ticker.replace("/", "").replace("^", "PR")
        if (security.ticker, number) == ("CLSX", 0):
            symbol = security.cusip[:6]  # the placeholder for an unknown symbol
        description = f"{security.issuer} {security.title}".replace("HARL & ", "HARL | ")
        price = "." if security.number % 10 == 9 else f"{security.close(day):g}"
        quantity = 1000 + 37 * security.number + 11 * number
        rows.append(f"{day:%Y%m%d}|{security.cusip_on(day)}|{symbol}|{quantity}|{description}|{price}")
        total += quantity
    rows = [*sorted(rows), f"{days[1]:%Y%m%d}|990999104|TESTA|100|TEST ISSUE COM|."]
    return fails_text(rows, total)


def fails_text(rows: Sequence[str], quantity: int) -> str:
    """A half-month from its rows, with head and trailer; `quantity` is the sum of fails that the trailer states."""
    head = "SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE"
    tail = [f"Trailer record count {len(rows)}", f"Trailer total quantity of shares {quantity}"]
    return "\r\n".join([head, *rows, *tail, ""])


def _roster(funds: list[Fund]) -> str:
    rows = [
        (
            fund.crd_number,
            fund.sec_file_number,
            fund.roster["roster_cik"],
            fund.roster["roster_name"],
            fund.name,
            "NOWHERE",
            "NY",
            fund.roster["regulatory"],
            "N" if fund.roster["private"] == "0" else "Y",
            fund.roster["any_hedge_funds"],
            "N",
            "N",
            fund.roster["private"],
        )
        for fund in funds
        if fund.roster
    ]
    # Advisers that do not file Form 13F.
    name = ("Mossgate Advice", "MOSSGATE ADVICE LLC", "NOWHERE", "NY")
    rows.append(("900201", "801-990201", "", *name, "88000000", "N", "N", "N", "N", ""))
    name = ("Peatwater Ventures", "PEATWATER VENTURES LP", "NOWHERE", "NY")
    rows.append(("900202", "801-990202", "", *name, "410000000", "Y", "N", "Y", "Y", "405000000"))
    return to_csv(_ROSTER_COLUMNS, rows)


def _zip(name: str, body: bytes) -> bytes:
    """A zip of one member whose bytes depend only on the arguments: no clock, no platform."""
    member = zipfile.ZipInfo(name, (2026, 1, 5, 0, 0, 0))
    member.compress_type, member.create_system = zipfile.ZIP_DEFLATED, 3
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(member, body)
    return packed.getvalue()
