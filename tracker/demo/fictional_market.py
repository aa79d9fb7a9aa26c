"""The fictional market: its funds, its companies, and their prices on each day."""

from __future__ import annotations

import bisect
import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources

from ..quarters import Quarter
from .submission_text import OtherManager, check_digit

QUARTERS = (Quarter(2025, 2), Quarter(2025, 3))
FIRST, BASE, END, CAP_ON = date(2024, 12, 31), date(2025, 1, 3), date(2025, 12, 31), date(2026, 1, 5)
_HOLIDAYS = {"0101", "0109", "0120", "0217", "0418", "0526", "0619", "0704", "0901", "1127", "1225"}
_CALENDAR = (FIRST + timedelta(days=n) for n in range((CAP_ON - FIRST).days + 1))
DAYS = [day for day in _CALENDAR if day.weekday() < 5 and f"{day:%m%d}" not in _HOLIDAYS]

LISTED = {"LKSN": date(2025, 6, 16)}
DELISTED = {"CRVN": date(2025, 9, 19)}
SPLITS = {"DRSL": (date(2025, 8, 18), 0.1), "NFLO": (date(2025, 10, 20), 2.0)}
RENAMED = {"PNDB": ("PNDL", date(2025, 8, 4))}
NOT_COMMON = {"QNLRW", "SBF^A", "OBSC", "ZPHNU"}
PRICE_COLUMNS = ("date", "symbol", "exchange", "name", "close", "market_cap", "volume", "pct_change")


@dataclass(frozen=True)
class Fund:
    """One row of `funds.csv`; `key` is its letter in `securities.csv`.

    `matched_by` is the number (crd, sec, cik, none) that links its filings with its row of the adviser roster.
    """

    number: int
    key: str
    cik: int
    name: str
    is_hedge_fund: bool
    family: str
    matched_by: str
    crd_number: str
    sec_file_number: str
    roster: dict[str, str]
    prefix: str

    @property
    def other(self) -> OtherManager:
        """The fund as another fund's filing names it."""
        return OtherManager(self.name, self.cik, f"028-9{self.number:04d}")


@dataclass(frozen=True)
class Security:
    """One row of `securities.csv`: closes are per share as of the end, `held` has the funds of each quarter."""

    number: int
    ticker: str
    name: str
    issuer: str
    exchange: str
    title: str
    cusip: str
    base_close: float
    end_close: float
    shares: int
    held: tuple[str, str]

    def ratio(self, day: date) -> float:
        """How many shares at the end one share of `day` has become."""
        split_on, ratio = SPLITS.get(self.ticker, (date.min, 1.0))
        return ratio if day < split_on else 1.0

    def is_listed(self, day: date) -> bool:
        """Whether it has a price on `day`."""
        return LISTED.get(self.ticker, FIRST) <= day <= DELISTED.get(self.ticker, CAP_ON)

    def close(self, day: date) -> float:
        """The close as traded: a steady drift, two waves, and a dip of the whole market in April.

        The waves are zero on the base and the end date, so these closes are the table's.
        """
        first, last = _place(LISTED.get(self.ticker, BASE)), _place(DELISTED.get(self.ticker, END))
        x, waves = (_place(day) - first) / (last - first), 5 + self.number % 9
        swing = math.sin(math.pi * waves * x) + 0.5 * math.sin(math.pi * (3 * waves + 1) * x)
        dip = 0.12 * math.exp(-(((_place(day) - _place(date(2025, 4, 8))) / 14) ** 2))
        level = self.base_close * math.pow(self.end_close / self.base_close, x) * self.ratio(day)
        close = level * (1 + (0.03 + 0.005 * (self.number % 6)) * swing) * (1 - dip)
        return round(close, 2 if close >= 1 else 4)

    def cusip_on(self, day: date) -> str:
        """The CUSIP on that day: a reverse split brings a new one."""
        old = self.cusip[:6] + "10" if self.ratio(day) < 1 else self.cusip[:8]
        return old + check_digit(old)

    def shares_held(self, fund: Fund, quarter: int) -> int:
        """Between 0.2% and 1.4% of a small company, less of a large one, more for an index fund."""
        part = 0.002 + 0.001 * ((7 * fund.number + 11 * self.number) % 13)
        part *= (3 if fund.key == "a" else 1) * (0.01 if self.end_close * self.shares > 1e9 else 1)
        part *= (0.8, 0.9, 1, 1, 1.1, 1.3)[(fund.number + 3 * self.number) % 6] if quarter else 1
        return round(part * self.shares / self.ratio(QUARTERS[quarter].end) / 100) * 100


def read_funds() -> list[Fund]:
    """The 30 funds."""
    funds = []
    for number, row in enumerate(_rows("funds.csv"), 1):
        roster = {name: row[name] for name in ("roster_name", "roster_cik", "regulatory", "private", "any_hedge_funds")}
        funds.append(
            Fund(
                number=number,
                cik=int(row["cik"]),
                is_hedge_fund=row["is_hedge_fund"] == "1",
                roster=roster if row["roster_name"] else {},
                **{name: row[name] for name in _FUND_TEXTS},
            )
        )
    return funds


def read_securities() -> list[Security]:
    """The 60 micro-caps, 12 larger companies and 4 securities that are not common shares."""
    return [
        Security(
            number=number,
            base_close=float(row["base_close"]),
            end_close=float(row["end_close"]),
            shares=round(float(row["shares_m"]) * 1e6),
            held=(row["held_q2"], row["held_q3"]),
            **{name: row[name] for name in ("ticker", "name", "issuer", "exchange", "title", "cusip")},
        )
        for number, row in enumerate(_rows("securities.csv"), 1)
    ]


def price_rows(securities: list[Security]) -> Iterator[tuple[object, ...]]:
    """Daily closes as an exchange reports them, columns `PRICE_COLUMNS`: unadjusted, with the day's correct change."""
    for security in securities:
        before, ratio = 0.0, 1.0
        for place, day in enumerate(DAYS):
            if not security.is_listed(day):
                continue
            close, today = security.close(day), security.ratio(day)
            change = round((close * ratio / today / before - 1) * 100, 3) if before else 0.0
            shares = security.shares / today
            cap = "" if security.ticker in NOT_COMMON else round(close * shares)
            volume = round(shares * (20 + (7 * place + 13 * security.number) % 11) / 10_000)
            yield day, security.ticker, security.exchange, security.name, close, cap, volume, change
            before, ratio = close, today


_FUND_TEXTS = ("key", "name", "family", "matched_by", "crd_number", "sec_file_number", "prefix")


def _place(day: date) -> int:
    """The number of the last trading day on or before `day`."""
    return bisect.bisect_right(DAYS, day) - 1


def _rows(name: str) -> list[dict[str, str]]:
    text = (resources.files("tracker.demo") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
