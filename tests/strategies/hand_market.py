"""A market worked by hand: 12 stocks, 5 funds, 6 quarters, with all that breaks a naive test of a strategy.

Closes of stocks A to L are flat but for a few days, so that values can be worked out on paper.
A is split 2-for-1, C merges, E is delisted, F is renamed to FN. L is too large for the band, nobody holds K.
Fund 4 reports 2024Q1 late, fund 3 amends 2025Q1 late, and fund 5 is known as a hedge fund only from 2024-12-01.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import polars as pl

from tests.filings.helpers import parse
from tests.submissions import cusip, line, submission
from tracker.filings import holdings
from tracker.managers import fund_lists
from tracker.pipeline import update_splits
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.store import Store
from tracker.strategies.signal_days import sessions
from tracker.tables import (
    FILINGS,
    FUND_LIST,
    JUDGED_FILINGS,
    LINES,
    OTHER_MANAGERS,
    PRICES,
    RUNS,
    SECURITIES,
    FilingsFrame,
    Submissions,
)

FIRST, LAST = date(2024, 3, 1), date(2025, 8, 29)
SPLIT, RENAME = date(2024, 7, 15), date(2025, 7, 1)
QUARTERS = [Quarter(2024, 1), Quarter(2024, 2), Quarter(2024, 3), Quarter(2024, 4), Quarter(2025, 1), Quarter(2025, 2)]
STOCKS = "ABCDEFGHIJKL"
CUSIPS = {stock: cusip(f"99030{number:02d}1") for number, stock in enumerate(STOCKS, 10)}
CIKS = {fund: 9_000_000_300 + fund for fund in range(1, 6)}
FUND_5_KNOWN_ON = date(2024, 12, 1)

# first days of new closes; the days of purchases are 2024-05-24, 08-23, 11-25, 2025-02-26, 05-27 and 08-25
CLOSES: dict[str, list[tuple[date, float]]] = {
    "A": [(FIRST, 10), (date(2024, 5, 24), 12.5), (SPLIT, 6.25), (date(2024, 8, 23), 8), (date(2024, 11, 25), 10)],
    "B": [(FIRST, 20), (date(2024, 5, 24), 25), (date(2024, 8, 23), 30)],
    "C": [(FIRST, 18), (date(2024, 8, 23), 20), (date(2024, 11, 25), 22), (date(2024, 12, 20), 24)],
    "D": [(FIRST, 4), (date(2024, 11, 25), 5), (date(2025, 2, 26), 6), (date(2025, 5, 27), 7.5)],
    "E": [(FIRST, 9), (date(2025, 2, 26), 10), (date(2025, 4, 7), 8), (date(2025, 4, 9), 6), (date(2025, 4, 10), 4)],
    "F": [(FIRST, 14), (date(2025, 5, 27), 16), (date(2025, 8, 25), 20), (LAST, 22)],
    "G": [(FIRST, 30), (date(2025, 5, 27), 32), (date(2025, 8, 25), 24)],
    "H": [(FIRST, 45), (date(2025, 8, 25), 50), (LAST, 55)],
    "I": [(FIRST, 10)],
    "J": [(FIRST, 10), (date(2024, 8, 23), 9)],
    "K": [(FIRST, 10)],
    "L": [(FIRST, 100)],
}  # fmt: skip
LAST_CLOSES = {"C": date(2025, 1, 10), "E": date(2025, 4, 10)}
SHARES = dict(zip(STOCKS, [10e6, 4e6, 6e6, 20e6, 10e6, 8e6, 4e6, 5e6, 10e6, 15e6, 8e6, 1e8], strict=True))
# what each fund reports for a quarter
BOOKS: dict[Quarter, dict[int, str]] = {
    QUARTERS[0]: {1: "ABJ", 2: "ABJ", 3: "AB", 4: "AJ", 5: "J"},
    QUARTERS[1]: {1: "AC", 2: "AC", 3: "AC", 4: "AB", 5: "BJ"},
    QUARTERS[2]: {1: "DC", 2: "DC", 3: "DC", 4: "DA", 5: "A"},
    QUARTERS[3]: {1: "DE", 2: "DE", 3: "DE", 4: "DI", 5: "DE"},
    QUARTERS[4]: {1: "FGH", 2: "FG", 3: "F", 4: "FH", 5: "FG"},
    QUARTERS[5]: {1: "FH", 2: "FH", 3: "FH", 4: "FI", 5: "H"},
}
FILED = {
    (QUARTERS[0], 4): date(2024, 6, 10),  # late: a reader of 2024-05-23 does not have it
    (QUARTERS[1], 3): date(2024, 8, 22),  # on the signal day
    (QUARTERS[5], 5): date(2025, 8, 22),  # on the signal day
}
AMENDED = date(2025, 6, 20)


@cache
def reports() -> Submissions:
    """All submissions; each is accepted on the day on which it is filed."""
    texts = []
    for quarter, books in BOOKS.items():
        for fund, stocks in books.items():
            filed = FILED.get((quarter, fund), quarter.deadline - timedelta(days=fund))
            held = [
                line(CUSIPS[stock], 1_000_000 + 1000 * ord(stock), 100_000, f"{stock} CORP") for stock in f"{stocks}L"
            ]
            texts.append(
                submission(
                    quarter.year * 100 + quarter.number * 10 + fund, cik=CIKS[fund], manager=f"FUND {fund}",
                    period=quarter.end, filed=filed, lines=held,
                )
            )  # fmt: skip
    texts.append(
        submission(
            999, cik=CIKS[3], manager="FUND 3", period=QUARTERS[4].end, filed=AMENDED, amendment=("NEW HOLDINGS", 1),
            lines=[line(CUSIPS["H"], 1_000_000, 100_000, "H CORP")],
        )
    )  # fmt: skip
    return parse(*texts)


@cache
def prices() -> pl.DataFrame:
    """PRICES of all sessions; the change that the exchange reports is that of the close, none on the split's day."""
    rows: list[dict[str, object]] = []
    for stock, steps in CLOSES.items():
        before: float | None = None
        for day in sessions(FIRST, LAST_CLOSES.get(stock, LAST)):
            close = [price for since, price in steps if since <= day][-1]
            is_split = stock == "A" and day == SPLIT
            change = None if before is None else 0.0 if is_split else (close / before - 1) * 100
            shares = SHARES[stock] * (2 if stock == "A" and day >= SPLIT else 1)
            rows.append(
                {
                    "date": day, "ticker": "FN" if stock == "F" and day >= RENAME else stock, "close": close,
                    "market_cap_usd": close * shares, "volume": 1e7, "pct_change": change, "exchange": "NASDAQ",
                    "name": f"{stock} Corp Common Stock", "is_adjusted": False, "source": "file:hand",
                }
            )  # fmt: skip
            before = close
    return PRICES.frame(rows)


def securities() -> pl.DataFrame:
    """SECURITIES: each stock under its letter, and F as FN from its new name's first day."""
    rows = [(stock, stock, FIRST, LAST_CLOSES.get(stock, LAST)) for stock in STOCKS if stock != "F"]
    rows += [("F", "F", FIRST, RENAME - timedelta(days=1)), ("F", "FN", RENAME, LAST)]
    return SECURITIES.frame(
        {"cusip": CUSIPS[stock], "ticker": ticker, "first_seen": first, "last_seen": last, "source": "fails-to-deliver"}
        for stock, ticker, first, last in rows
    ).sort(SECURITIES.key)


def known_on(filings: FilingsFrame) -> list[date]:
    """The day from which each filing is known: that of its acceptance, else the one after its filing date."""
    return [
        accepted.date() if accepted else filed + timedelta(days=1)
        for filed, accepted in filings.select("filing_date", "accepted_at").iter_rows()
    ]


def build(
    home: Path,
    until: date = LAST,
    filed_by: date | None = None,
    delay: Callable[[FilingsFrame], FilingsFrame] | None = None,
) -> Settings:
    """A store into which only what there was on `until` was put; of reports, those known on `filed_by` (`until`)."""
    settings, filed_by = Settings(home), filed_by or until
    home.mkdir(parents=True, exist_ok=True)
    kept = {fund: FUND_5_KNOWN_ON if fund == 5 else date(2024, 1, 2) for fund in CIKS}
    fund_lists.write_list(
        home / fund_lists.CHOICES,
        FUND_LIST.frame(
            {"cik": CIKS[fund], "name": f"FUND {fund}", "is_hedge_fund": True, "checked_on": day}
            for fund, day in kept.items()
            if day <= filed_by
        ),
    )
    everything = reports()
    filings = delay(everything.filings) if delay else everything.filings
    known = FILINGS.fit(filings.filter(pl.Series([day <= filed_by for day in known_on(filings)])))
    seen = securities().filter(pl.col("first_seen") <= until)
    with Store(settings) as store:
        for quarter in [quarter for quarter in QUARTERS if quarter.end < until]:
            part = known.filter(pl.col("period_of_report") == quarter.end)
            lines = LINES.fit(everything.lines.join(part, on="accession_number", how="semi"))
            if part.height:
                store.add_lines(quarter.end, lines)
                judged, _ = holdings.judge(part, lines)
                store.replace(JUDGED_FILINGS, judged, period_of_report=quarter.end)
            run = {"started_at": pl.Series([quarter.end]).cast(pl.Datetime)[0], "period_of_report": quarter.end}
            store.append(RUNS, RUNS.frame([run]))
        store.replace(OTHER_MANAGERS, everything.other_managers.join(known, on="accession_number", how="semi"))
        store.replace(SECURITIES, seen.with_columns(last_seen=pl.min_horizontal("last_seen", pl.lit(until))))
        store.add_prices(prices().filter(pl.col("date") <= until))
        update_splits.renew(store)
    return settings
