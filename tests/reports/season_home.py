"""A season of few reports, in which each thing happens that a naive comparison takes for another."""

from __future__ import annotations

import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.filings.helpers import A, B, C
from tests.pipeline.helpers import Q2, Q3, put
from tests.pipeline.helpers import report as filed_report
from tests.submissions import OtherManager, submission
from tracker.pipeline import refresh
from tracker.pipeline.add_prices import import_file
from tracker.progress import Silent
from tracker.settings import Settings

KEEPS, SELLS, NOTICE, AWAITED, NEWCOMER, AMENDS = (9_000_000_000 + number for number in range(1, 7))
CIKS = (KEEPS, SELLS, NOTICE, AWAITED, NEWCOMER, AMENDS)
FIRST, SECOND, THIRD, LAST = date(2025, 11, 3), date(2025, 11, 7), date(2025, 11, 10), date(2025, 11, 24)
TICKERS = {A: "AAAA", B: "BBBB", C: "CCCC"}
NAMES = {cik: f"{letter}ORNE PARTNERS LLC" for cik, letter in zip(CIKS, "BCDFGH", strict=True)}


def report(number: int, cik: int, *holdings: Any, **given: Any) -> bytes:
    """A report under a name of its own: equal names would make one manager the other's successor."""
    return filed_report(number, cik, *holdings, manager=NAMES[cik], **given)


def load_season(home: Path) -> Settings:
    """Two quarters. In the third quarter's season:

    11-03 KEEPS shows its A again, and B, which is new. 11-07 SELLS reports without its A, and with more B; NOTICE
    states that another reports its A. 11-10 NEWCOMER, with no report for June, shows A; AMENDS shows A and C. 11-24
    AMENDS restates without C. AWAITED, which held A and B, never files.
    """
    settings = Settings(home)
    home.mkdir(parents=True, exist_ok=True)
    (home / "list.csv").write_text("\n".join(["cik,name,family", *(f"{cik},{NAMES[cik]}," for cik in CIKS)]))
    reference = settings.filings / "reference" / "fails-to-deliver"
    reference.mkdir(parents=True)
    with zipfile.ZipFile(reference / "cnsfails202510a.zip", "w") as archive:
        head = "SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE\n"
        lines = "".join(f"20251010|{code}|{code_ticker}|1|X|.\n" for code, code_ticker in TICKERS.items())
        archive.writestr("cnsfails202510a.txt", f"{head}{lines}Trailer record count {len(TICKERS)}\n")
    notice = submission(
        23, cik=NOTICE, manager=NAMES[NOTICE], form="13F-NT", filed=SECOND, reported_by=[OtherManager("OTHER LLC")]
    )  # fmt: skip
    put(
        home,
        report(1, KEEPS, {A: 100_000}, Q2),
        report(2, SELLS, {A: 200_000, B: 50_000}, Q2),
        report(3, NOTICE, {A: 300_000}, Q2),
        report(4, AWAITED, {A: 400_000, B: 400_000}, Q2),
        report(6, AMENDS, {A: 600_000}, Q2),
        report(21, KEEPS, {A: 100_000, B: 700_000}, filed=FIRST),
        report(22, SELLS, {B: 60_000}, filed=SECOND),
        notice,
        report(25, NEWCOMER, {A: 500_000}, filed=THIRD),
        report(26, AMENDS, {A: 600_000, C: 30_000}, filed=THIRD),
        report(27, AMENDS, {A: 600_000}, filed=LAST, amendment=("RESTATEMENT", 1)),
    )
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True, funds=home / "list.csv")
    closes = home / "closes.csv"
    weekdays = [day for day in (date(2025, 10, 1) + timedelta(days=n) for n in range(59)) if day.weekday() < 5]
    days = [f"{day},{ticker},10,100000000,nasdaq" for ticker in TICKERS.values() for day in weekdays]
    closes.write_text("\n".join(["date,symbol,close,market_cap,exchange", *days]))
    import_file(settings, closes, Silent())
    return settings
