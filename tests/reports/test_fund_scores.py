"""Who picks well, as a user asks it: ten quarters of three funds, and a fund with fewer."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.filings.helpers import A, B
from tracker.errors import NotFoundError
from tracker.output import FORMATS, render
from tracker.quarters import Quarter
from tracker.reports.fund_scores import score_funds
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import JUDGED_FILINGS, MANAGERS, POSITIONS, PRICES, RUNS, SECURITIES, Role

RISING, FALLING, MIXED, NEW = (9_000_000_000 + number for number in range(1, 5))
WEIGHTS = {RISING: {A: 1.0}, FALLING: {B: 1.0}, MIXED: {A: 0.5, B: 0.5}, NEW: {A: 1.0}}
QUARTERS = [Quarter(2023 + number // 4, number % 4 + 1) for number in range(10)]


def load(home: Path, quarters: list[Quarter]) -> Settings:
    """A rises by 10% from deadline to deadline and by 2% more every other time, B stands; one fund began late."""
    settings = Settings(home)
    reports = [(quarter, cik) for quarter in quarters for cik in WEIGHTS if cik != NEW or quarter >= QUARTERS[6]]
    filings = [
        {"accession_number": f"{cik}-{quarter}", "cik": cik, "manager_name": f"FUND {cik % 10} LP", "role": Role.BASE,
         "period_of_report": quarter.end, "filing_date": quarter.deadline}
        for quarter, cik in reports
    ]  # fmt: skip
    held = [
        {"period_of_report": quarter.end, "cik": cik, "cusip": cusip, "share_type": "SH", "put_call": "",
         "shares": 10.0, "value_usd": 1000 * weight, "ticker": {A: "AAA", B: "BBB"}[cusip]}
        for quarter, cik in reports
        for cusip, weight in WEIGHTS[cik].items()
    ]  # fmt: skip
    names = [
        {"cik": cik, "manager_name": f"FUND {cik % 10} LP", "family": f"F{cik % 10}", "is_hedge_fund": True}
        for cik in WEIGHTS
    ]
    price, prices = 100.0, []
    for number, quarter in enumerate(quarters):
        day = quarter.deadline + timedelta(1)
        prices += [{"ticker": "AAA", "date": day, "close": price, "source": "file:x"}]
        prices += [{"ticker": "OLD", "date": day, "close": 50.0, "source": "file:x"}]
        price *= 1.1 if number % 2 else 1.12
    seen = {"first_seen": date(2023, 1, 1), "last_seen": date(2026, 1, 1), "is_listed": True, "source": "openfigi"}
    former = {**seen, "ticker": "OLD", "last_seen": date(2025, 12, 1)}  # B's ticker until after the last book is over
    with Store(settings) as store, store.writing():
        for table, rows in (
            (JUDGED_FILINGS, filings), (POSITIONS, held), (MANAGERS, names),
            (SECURITIES, [{"cusip": A, "ticker": "AAA", **seen}, {"cusip": B, **former},
                          {"cusip": B, "ticker": "BBB", **seen, "first_seen": date(2025, 12, 2)}]),
            (RUNS, [{"period_of_report": quarter.end, "started_at": datetime(2026, 1, 1, number)}
                    for number, quarter in enumerate(quarters)]),
        ):  # fmt: skip
            store.replace(table, table.frame([{**dict.fromkeys(table.key), **row} for row in rows]))
        store.add_prices(PRICES.frame(prices))
    return settings


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load(tmp_path_factory.mktemp("home"), QUARTERS)


def rows(settings: Settings, **given: Any) -> dict[int, dict[str, Any]]:
    return {row["cik"]: dict(row) for row in score_funds(settings, **given).rows}


def test_each_fund_has_the_quarters_that_are_over_and_their_mean(settings: Settings) -> None:
    found = rows(settings)
    assert {cik: row["quarters"] for cik, row in found.items()} == {RISING: 9, FALLING: 9, MIXED: 9, NEW: 3}
    assert found[RISING]["mean_return_pct"] == pytest.approx((5 * 12 + 4 * 10) / 9)
    assert found[FALLING]["mean_return_pct"] == pytest.approx(0)
    assert found[MIXED]["mean_return_pct"] == pytest.approx(found[RISING]["mean_return_pct"] / 2)
    assert found[RISING]["years"] == 2.25 and found[RISING]["priced_pct"] == 100


def test_scores_are_in_order_between_the_mean_of_all_and_the_funds_own(settings: Settings) -> None:
    found = rows(settings)
    assert list(found) == [RISING, MIXED, FALLING, NEW]
    best = found[RISING]
    assert found[MIXED]["score_pct"] < best["score_pct"] < best["mean_excess_pct"]
    assert best["score_low_pct"] < best["score_pct"] < best["score_high_pct"]
    assert best["score"] == f"{best['score_pct']:+.2f}%"
    assert best["interval"] == f"{best['excess_low_pct']:+.2f}% to {best['excess_high_pct']:+.2f}%"


def test_a_fund_with_fewer_than_eight_quarters_is_refused_a_score(settings: Settings) -> None:
    new = rows(settings)[NEW]
    assert new["is_too_short"] and new["score"] == "too short to tell"
    assert [new[name] for name in ("score_pct", "score_low_pct", "excess_low_pct", "interval")] == [None] * 4
    answer = score_funds(settings)
    assert answer.title == "Who picks well: 3 of 4 hedge funds with a score"
    assert "1 fund with fewer than 8 quarters: too short to tell" in answer.notes[0]


def test_one_fund_alone_is_still_scored_among_all(settings: Settings) -> None:
    assert rows(settings, query="FUND 1")[RISING] == rows(settings)[RISING]
    assert list(rows(settings, top=1)) == [RISING]
    with pytest.raises(NotFoundError, match="NOBODY"):
        score_funds(settings, "NOBODY")


def test_three_quarters_are_too_short_to_tell_and_the_first_line_says_so(tmp_path: Path) -> None:
    answer = score_funds(load(tmp_path, QUARTERS[:3]))
    assert answer.title == "Who picks well: too short to tell"
    assert answer.notes[0].endswith("the longest record here is 2 quarters.")
    assert answer.facts["funds_scored"] == 0 and all(row["score_pct"] is None for row in answer.rows)
    for form in FORMATS:
        assert render(answer, form)
    assert json.loads(render(answer, "json"))["is_too_short"] is True


def test_a_home_without_prices_tells_nothing_and_fills_nothing(settings: Settings, tmp_path: Path) -> None:
    bare = load(tmp_path, QUARTERS)
    for path in (bare.db / "prices").rglob("*.parquet"):
        path.unlink()
    found = rows(bare)
    assert {row["quarters"] for row in found.values()} == {0}
    assert {row["mean_return_pct"] for row in found.values()} == {None} and len(found) == 4
