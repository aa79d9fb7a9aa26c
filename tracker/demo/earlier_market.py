"""The fictional market before its two quarters: six more of its older hedge funds, and a year of closes.

The rankings need two quarters; a strategy says nothing of fewer than eight. Funds buy in over these quarters what they
hold in 2025Q2, and sell some that they no longer hold then. Two companies are of this time alone: one is taken over,
the other one fails.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from ..quarters import Quarter
from .fictional_market import FIRST, LISTED, NOT_COMMON, RENAMED, Fund, Security, read_securities
from .reference import fails_file, fails_text
from .submission_text import check_digit, line

EARLIER_QUARTERS = tuple(Quarter(2023 + (3 + number) // 4, (3 + number) % 4 + 1) for number in range(6))
_HOLIDAYS = {"0101", "0115", "0219", "0329", "0527", "0619", "0704", "0902", "1128", "1225"}
_SINCE = date(2024, 1, 2)
_CALENDAR = (_SINCE + timedelta(days=number) for number in range((FIRST - _SINCE).days))
EARLIER_DAYS = [day for day in _CALENDAR if day.weekday() < 5 and f"{day:%m%d}" not in _HOLIDAYS]
_AUGUST = date(2024, 8, 5)  # the bottom of a dip of the whole market
_STARTED_LATER = set("CFILORUVW")  # funds that have not reported yet
_NOT_YET = {*LISTED, *NOT_COMMON}
# half-months of fails, and the settlement dates in each: before the first signal day
_FAILS = {"cnsfails202401b": date(2024, 1, 25), "cnsfails202402a": date(2024, 2, 8)}
_NEVER_FAILED = "GRVH"
_PINNED_DAYS, _FALLING_DAYS = 15, 60

TAKEN_OVER, FAILED = "PLVR", "OSKM"
BYGONE = {TAKEN_OVER: date(2024, 7, 19), FAILED: date(2024, 10, 4)}
"""last days of the companies that are gone by FIRST, by ticker"""


def read_earlier_securities() -> list[Security]:
    """The market's companies, and those that are gone since."""
    securities = read_securities()
    gone = [
        ("PLVR", "Plover Hill Media Inc", "PLOVER HILL MEDIA INC", "NASDAQ", "99W1A310", 12.40, 14.0, "ABDEGHJKMNPQ"),
        ("OSKM", "Oskmere Batteries Corp", "OSKMERE BATTERIES CORP", "NASDAQ", "99W2B410", 9.60, 16.5, "ABDEHJKMNPQT"),
    ]
    for ticker, name, issuer, exchange, cusip, close, shares_m, held in gone:
        securities.append(
            Security(
                number=len(securities) + 1, ticker=ticker, name=name, issuer=issuer, exchange=exchange, title="COM",
                cusip=cusip + check_digit(cusip), base_close=close, end_close=close, shares=round(shares_m * 1e6),
                held=(held, ""),
            )
        )  # fmt: skip
    return securities


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
    if security.ticker in BYGONE:
        left = _days_back(day) - _days_back(BYGONE[security.ticker])
        if security.ticker == TAKEN_OVER and left < _PINNED_DAYS:
            close = security.base_close * 1.2  # the price that was agreed
        if security.ticker == FAILED and left < _FALLING_DAYS:
            close *= 0.25 ** (1 - left / _FALLING_DAYS)
    return round(close, 2 if close >= 1 else 4)


def earlier_price_rows(securities: list[Security]) -> Iterator[tuple[object, ...]]:
    """Daily closes before FIRST, in the columns of `fictional_market.PRICE_COLUMNS`."""
    for security in securities:
        if security.ticker in LISTED:
            continue
        before = 0.0
        for place, day in enumerate(EARLIER_DAYS):
            if day > BYGONE.get(security.ticker, day):
                break
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
            held = [security for security in securities if _is_held(fund, security, quarter, back)]
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


def earlier_files(securities: list[Security]) -> Iterator[tuple[str, str, bytes]]:
    """Fails to deliver, in which each security's ticker is seen: as `reference.files` has them."""
    for name, day in _FAILS.items():
        rows = [
            f"{day:%Y%m%d}|{security.cusip_on(day)}|{_symbol(security)}|1000|{security.issuer} {security.title}|."
            for security in securities
            if security.ticker not in {*LISTED, _NEVER_FAILED}
        ]
        yield fails_file(name, fails_text(sorted(rows), 1000 * len(rows)))


def _symbol(security: Security) -> str:
    """As the files write it: without the slash of a class, and PR for a preferred series."""
    old, _ = RENAMED.get(security.ticker, (security.ticker, None))
    return old.replace("/", "").replace("^", "PR")


def _is_held(fund: Fund, security: Security, quarter: Quarter, back: int) -> bool:
    """Whether the fund holds the security at the quarter's end, `back` quarters before the first of QUARTERS."""
    if security.ticker in _NOT_YET:
        return False
    if security.ticker in BYGONE:
        return fund.key in security.held[0] and quarter.end < BYGONE[security.ticker]
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
