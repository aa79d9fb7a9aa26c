"""The statements of the site, against the rules that they repeat."""

from __future__ import annotations

import itertools
import sqlite3
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from tracker.quarters import Quarter
from tracker.rankings import holder_counts
from tracker.rankings.reporting import who_reported
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import HOLDER_COUNTS, HOLDINGS, JUDGED_FILINGS, MANAGERS, POSITIONS, RUNS, Role
from tracker.web import queries

Q2, Q3 = Quarter(2025, 2), Quarter(2025, 3)
FILED = (None, Role.BASE, Role.NOTICE, Role.NEW_HOLDINGS)


@pytest.fixture(scope="module")
def every_family(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Families of two managers: whatever each files for each quarter, as one firm and as two.

    Each family has a security of its own. The first manager's reports have it in the second quarter, the second's in
    the third.
    """
    managers, filings, holdings = [], [], []
    cases = itertools.product(*[FILED] * 4, (True, False))
    for number, (*roles, is_one_firm) in enumerate(cases):
        for at in (0, 1):
            cik = 10 * number + at + 1
            crd = f"{number}" if is_one_firm else f"{number}-{at}"
            managers.append(
                {
                    "cik": cik,
                    "manager_name": f"M{cik}",
                    "family": f"F{number}",
                    "is_hedge_fund": True,
                    "crd_number": crd,
                }
            )
            for quarter, role in ((Q2, roles[2 * at]), (Q3, roles[2 * at + 1])):
                if role is None:
                    continue
                key = {"cik": cik, "period_of_report": quarter.end, "accession_number": f"{cik}-{quarter}"}
                filings.append({**key, "role": role})
                if role is not Role.NOTICE and quarter == (Q2, Q3)[at]:
                    held = {"cusip": f"F{number:08d}", "share_type": "SH", "put_call": "", "shares": 1.0}
                    holdings.append({**key, **held, "value_usd": 1.0})
    funds, judged = MANAGERS.frame(managers), JUDGED_FILINGS.frame(filings)
    tickers = pl.DataFrame(schema={"cusip": pl.String, "ticker": pl.String})
    positions = holder_counts.positions(HOLDINGS.frame(holdings), funds, tickers)
    now, before = (positions.filter(pl.col("period_of_report") == quarter.end) for quarter in (Q3, Q2))
    judged_now, judged_before = (judged.filter(pl.col("period_of_report") == quarter.end) for quarter in (Q3, Q2))
    counts = holder_counts.count(now, before, who_reported(funds, judged_now, judged_before))
    runs = RUNS.frame(
        [{"started_at": datetime(2026, at, 1), "period_of_report": q.end} for at, q in ((1, Q2), (2, Q3))]
    )
    settings = Settings(tmp_path_factory.mktemp("families"))
    with Store(settings) as store:
        for table, frame in ((MANAGERS, funds), (JUDGED_FILINGS, judged), (POSITIONS, positions), (RUNS, runs)):
            store.append(table, frame)
        store.append(HOLDER_COUNTS, pl.concat([holder_counts.count(before), counts]))
    return settings


@pytest.mark.parametrize("name", ["new", "closed"])
def test_the_families_that_are_compared_are_those_of_the_counts(every_family: Settings, name: str) -> None:
    with Store(every_family) as store:
        counts = store.holder_counts(Q3).filter(pl.col(name) > 0)
    (query,) = [query for query in queries.QUERIES if query.name == f"{name}_positions"]
    # `is_changed` leaves out what the counts say is unchanged: ask about every security
    sql = query.sql.replace(f'counts."{name}" > 0', "1")
    found = [row[0] for row in _ask(every_family.database, sql)]
    assert sorted(found) == sorted(f"F{int(cusip[1:])}" for cusip in counts["cusip"])
    assert 10 < len(found) < 100


def _ask(database: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(database)
    connection.execute("create temp table market_caps (ticker text, market_cap_usd real)")
    rows = connection.execute(sql, {"quarter": "", "fund": "", "min_cap": "0", "max_cap": ""}).fetchall()
    connection.close()
    return rows
