"""Managers, filings and holdings of two quarters, as short as a test needs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from tracker.rankings import holder_counts
from tracker.tables import HOLDINGS, JUDGED_FILINGS, MANAGERS, Role

NOW, BEFORE = date(2025, 9, 30), date(2025, 6, 30)
A, B = "990101107", "990102105"
C, D = "990103103", "990104101"  # two CUSIPs of one ticker


def holding(cik: int, cusip: str = A, shares: float = 100, **given: object) -> dict[str, object]:
    defaults = {
        "period_of_report": NOW,
        "cik": cik,
        "cusip": cusip,
        "share_type": "SH",
        "put_call": "",
        "shares": shares,
        "value_usd": shares * 10,
        "name_of_issuer": "BRINDLE FOUNDRY CORP",
    }
    return {**defaults, **given}


def manager(cik: int, family: str | None = None, is_hedge_fund: bool = True, **given: object) -> dict[str, object]:
    name = {"cik": cik, "manager_name": f"M{cik}", "family": family or f"M{cik}"}
    return {**name, "is_hedge_fund": is_hedge_fund, **given}


def positions(
    rows: Iterable[Mapping[str, object]], managers: Iterable[Mapping[str, object]], period: date = NOW
) -> pl.DataFrame:
    tickers = pl.DataFrame({"cusip": [C, D], "ticker": ["BRND", "BRND"]})
    held = HOLDINGS.frame([{**row, "period_of_report": period} for row in rows])
    return holder_counts.positions(held, MANAGERS.frame(managers), tickers)


def filings(roles: Mapping[int, Role | tuple[Role, ...]], period: date = NOW) -> pl.DataFrame:
    """Filings of managers: by the CIK, the role of each."""
    rows = [(cik, role) for cik, given in roles.items() for role in ((given,) if isinstance(given, Role) else given)]
    return JUDGED_FILINGS.frame(
        {"accession_number": f"{number}-{period}", "cik": cik, "period_of_report": period, "role": role}
        for number, (cik, role) in enumerate(rows)
    )
