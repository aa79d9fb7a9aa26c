"""What was bought and sold, in dollars at the quarter's end."""

from __future__ import annotations

import polars as pl
import pytest

from tracker.reports.portfolio import PortfolioSort, portfolio
from tracker.reports.position_changes import reported_prices, with_values
from tracker.settings import Settings
from tracker.tables import POSITIONS


@pytest.mark.parametrize(
    ("change", "shares", "before", "value", "expected"),
    [
        ("new", 10.0, None, 50.0, 50.0),
        ("new", None, None, 50.0, 50.0),  # the value is filed, the shares are not
        ("increased", 10.0, 4.0, 50.0, 30.0),
        ("reduced", 4.0, 10.0, 20.0, -30.0),
        ("unchanged", 10.0, 10.0, 50.0, 0.0),
        ("not known", None, 10.0, 50.0, None),
        ("closed", 0.0, 10.0, 0.0, -70.0),  # at the price that others report now
        (None, 10.0, None, 50.0, None),
    ],
)
def test_a_change_is_valued_at_the_end_of_the_quarter(
    change: str | None, shares: float | None, before: float | None, value: float, expected: float | None
) -> None:
    row = {"ticker": "X", "cusip": "111111111", "share_type": "SH", "change": change, "shares": shares}
    rows = pl.DataFrame([{**row, "shares_before": before, "value_usd": value}], schema_overrides={
        "change": pl.String, "shares": pl.Float64, "shares_before": pl.Float64})  # fmt: skip
    prices = pl.DataFrame({"security": ["X"], "price_usd": [7.0]})
    assert with_values(rows, prices)["value_change_usd"].to_list() == [expected]
    if change == "closed":
        assert with_values(rows, prices.clear())["value_change_usd"].to_list() == [None]
        debt = rows.with_columns(share_type=pl.lit("PRN"))
        assert with_values(debt, prices)["value_change_usd"].to_list() == [None]


def test_one_wrong_report_does_not_move_the_price() -> None:
    position = {"cusip": "111111111", "ticker": "X", "share_type": "SH", "put_call": "", "shares": 10.0}
    values = (70.0, 71.0, 70_000.0)
    held = POSITIONS.frame({**position, "cik": cik, "value_usd": value} for cik, value in enumerate(values))
    assert reported_prices(held).rows() == [("X", 7.1)]


def test_a_portfolio_is_sorted_by_what_is_asked_for(market: Settings) -> None:
    def values(sort: PortfolioSort, key: str) -> list[float]:
        rows = portfolio(market, "9000000014", sort=sort).rows
        return [abs(row[key]) for row in rows if row[key] is not None]

    for sort, key in ((PortfolioSort.CHANGE, "value_change_usd"), (PortfolioSort.WEIGHT, "portfolio_pct")):
        found = values(sort, key)
        assert found == sorted(found, reverse=True) and len(found) > 3
    facts = portfolio(market, "9000000014").facts
    rows = [row for row in portfolio(market, "9000000014").rows if row["what"] == "shares"]
    assert facts["bought_usd"] == pytest.approx(sum(max(row["value_change_usd"] or 0, 0) for row in rows))
