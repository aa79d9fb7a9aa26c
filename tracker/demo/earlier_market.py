"""The fictional market before its two quarters: six more of its older hedge funds, and a year of closes.

The rankings need two quarters; a strategy says nothing of fewer than eight. Funds buy in over these quarters what they
hold in 2025Q2, and sell some that they no longer hold then.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from ..quarters import Quarter
from .fictional_market import FIRST, LISTED, NOT_COMMON, Fund, Security
from .submission_text import line

EARLIER_QUARTERS = tuple(Quarter(2023 + (3 + number) // 4, (3 + number) % 4 + 1) for number in range(6))
_HOLIDAYS = {"0101", "0115", "0219", "0329", "0527", "0619", "0704", "0902", "1128", "1225"}
_SINCE = date(2024, 1, 2)
_CALENDAR = (_SINCE + timedelta(days=number) for number in range((FIRST - _SINCE).days))
EARLIER_DAYS = [day for day in _CALENDAR if day.weekday() < 5 and f"{day:%m%d}" not in _HOLIDAYS]
_AUGUST = date(2024, 8, 5)  # the bottom of a dip of the whole market
_STARTED_LATER = set("CFILORUVW")  # funds that have not reported yet
_NOT_YET = {*LISTED, *NOT_COMMON}


def earlier_close(security: Security, day: date) -> float:
    """The close of a day before FIRST, as traded: a drift of its own, two waves, and a dip in August.

    The last day's close is FIRST's.
    """
    back, year = _days_back(day), len(EARLIER_DAYS)
    x, waves = back / year, 4 + security.number % 7
    drift = (37 * security.number % 29 - 12) / 20
    swing = math.sin(math.pi * waves * x) + 0.5 * math.sin(math.pi * (3 * waves + 1) * x)
    dip = 0.1 * math.exp(-(((back - _days_back(_AUGUST)) / 10) ** 2))
    level = security.close(FIRST) * math.exp(-drift * x)
    close = level * (1 + (0.03 + 0.006 * (security.number % 5)) * swing) * (1 - dip)
    return round(close, 2 if close >= 1 else 4)


def earlier_price_rows(securities: list[Security]) -> Iterator[tuple[object, ...]]:
    """Daily closes before FIRST, in the columns of `fictional_market.PRICE_COLUMNS`."""
    for security in securities:
        if security.ticker in LISTED:
            continue
        before = 0.0
        for place, day in enumerate(EARLIER_DAYS):
            close, shares = earlier_close(security, day), security.shares / security.ratio(day)
            change = round((close / before - 1) * 100, 3) if before else 0.0
            cap = "" if security.ticker in NOT_COMMON else round(close * shares)
            volume = round(shares * (20 + (5 * place + 13 * security.number) % 11) / 10_000)
            yield day, security.ticker, security.exchange, security.name, close, cap, volume, change
            before = close


def earlier_arguments(funds: list[Fund], securities: list[Security]) -> Iterator[dict[str, Any]]:
    """The arguments of `submission` for every filing of the six quarters."""
    for back, quarter in enumerate(reversed(EARLIER_QUARTERS), 1):
        for fund in funds:
            held = [security for security in securities if _is_held(fund, security, back)]
            if fund.key in _STARTED_LATER or not fund.is_hedge_fund or not held:
                continue
            filed = quarter.deadline - timedelta(days=fund.number % 9)
            filed -= timedelta(days=max(0, filed.weekday() - 4))
            yield {
                "accession_number": f"{fund.cik}-{filed:%y}-{100 + quarter.number:06d}",
                "cik": fund.cik,
                "manager": fund.name,
                "form": "13F-HR",
                "period": quarter.end,
                "filed": filed,
                "file_number": fund.other.file_number,
                "crd_number": fund.crd_number.zfill(9) if fund.matched_by == "crd" else "",
                "sec_file_number": fund.sec_file_number if fund.matched_by in ("crd", "sec") else "",
                "prefix": fund.prefix,
                "lines": [_line(fund, security, quarter, back) for security in held],
            }


def _is_held(fund: Fund, security: Security, back: int) -> bool:
    """Whether the fund holds the security so many quarters before the first of QUARTERS."""
    if security.ticker in _NOT_YET:
        return False
    if fund.key in security.held[0]:
        return back <= 1 + (5 * fund.number + 3 * security.number) % 9  # bought then
    is_sold = (7 * fund.number + 5 * security.number) % 6 == 0
    return is_sold and back > (fund.number + security.number) % 5


def _line(fund: Fund, security: Security, quarter: Quarter, back: int) -> str:
    day = quarter.end
    part = (0.8, 0.9, 1.0, 1.0, 1.1, 1.2)[(fund.number + 5 * security.number + back) % 6]
    shares = round(security.shares_held(fund, 0) * part / 100) * 100
    # reports begin a day before the closes do
    value = round(shares * earlier_close(security, day)) if day < FIRST else round(shares * security.close(day))
    return line(security.cusip_on(day), value, shares, security.issuer, title=security.title)


def _days_back(day: date) -> int:
    """Trading days from `day` to the last one before FIRST."""
    return len(EARLIER_DAYS) - bisect.bisect_right(EARLIER_DAYS, day)
