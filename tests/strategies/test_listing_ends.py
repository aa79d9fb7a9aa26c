"""What becomes of a stock that is no longer quoted."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from tracker.strategies.listing_ends import End, find_ends, with_final
from tracker.tables import DELISTED_STOCKS, DelistedStocksFrame

HORIZON = date(2025, 12, 31)
GONE = date(2025, 11, 28)


def closes(ticker: str, prices: list[float], last: date = GONE, exchange: str | None = "NASDAQ") -> pl.DataFrame:
    days = [last - timedelta(days=len(prices) - 1 - number) for number in range(len(prices))]
    rows = [{"ticker": ticker, "date": day, "adjusted": price} for day, price in zip(days, prices, strict=True)]
    return pl.DataFrame(rows).with_columns(exchange=pl.lit(exchange, pl.String))


def form(ticker: str, filed: date) -> DelistedStocksFrame:
    row = {"ticker": ticker, "cik": 1, "filing_date": filed, "form_type": "25-NSE", "accession_number": "1"}
    return DELISTED_STOCKS.frame([row])


def ends(*frames: pl.DataFrame, forms: pl.DataFrame | None = None) -> dict[str, tuple[object, ...]]:
    found = find_ends(pl.concat(frames), HORIZON, forms)
    return {row["ticker"]: (row["end"], row["final_pct"], row["known_on"], row["has_form"]) for row in found.to_dicts()}


def test_a_stock_at_the_price_of_an_offer_ends_at_its_last_close() -> None:
    told = ends(closes("OFFER", [20.0 + number % 2 / 10 for number in range(12)]))
    assert told == {"OFFER": (End.MERGED, 0.0, date(2025, 12, 6), None)}


def test_another_ends_at_a_loss_by_its_exchange() -> None:
    falling = [float(number) for number in range(20, 5, -1)]
    told = ends(closes("N", falling), closes("Y", falling, exchange="NYSE"), closes("U", falling, exchange=None))
    assert {name: row[:2] for name, row in told.items()} == {
        "N": (End.DELISTED, -55.0),
        "Y": (End.DELISTED, -30.0),
        "U": (End.DELISTED, -55.0),
    }


def test_few_closes_are_no_sign_of_an_offer() -> None:
    assert ends(closes("NEW", [10.0] * 5))["NEW"][0] == End.DELISTED


def test_a_week_without_a_close_is_a_halt() -> None:
    assert ends(closes("HALT", [10.0, 9.0], HORIZON - timedelta(days=7))) == {}
    assert [*ends(closes("GONE", [10.0, 9.0], HORIZON - timedelta(days=8)))] == ["GONE"]


def test_a_form_shows_the_end_sooner_and_an_old_one_does_not() -> None:
    last = HORIZON - timedelta(days=3)
    filed = HORIZON - timedelta(days=1)
    assert ends(closes("F", [10.0, 9.0], last), forms=form("F", filed))["F"][2:] == (filed, True)
    assert ends(closes("F", [10.0, 9.0], last), forms=form("F", date(2025, 6, 2))) == {}


def test_a_form_filed_after_the_horizon_is_not_known() -> None:
    """The closes have been missing for five days: a halt, for all that is known on the last day."""
    last = HORIZON - timedelta(days=5)
    assert ends(closes("F", [10.0, 9.0], last), forms=form("F", HORIZON + timedelta(days=1))) == {}
    assert [*ends(closes("F", [10.0, 9.0], last), forms=form("F", HORIZON))] == ["F"]


def test_a_form_about_another_class_ends_nothing() -> None:
    """Closes go on for eleven days after it, beyond the day on which it takes effect."""
    told = ends(closes("F", [10.0, 9.0]), forms=form("F", GONE - timedelta(days=11)))
    assert told["F"][2:] == (GONE + timedelta(days=8), False)
    told = ends(closes("F", [10.0, 9.0]), forms=form("F", GONE - timedelta(days=10)))
    assert told["F"][2:] == (GONE + timedelta(days=1), True)


def test_bounds_leave_mergers_as_they_are() -> None:
    found = find_ends(pl.concat([closes("OFFER", [20.0] * 12), closes("N", [9.0, 5.0])]), HORIZON)
    assert dict(with_final(found, -100.0).select("ticker", "final_pct").iter_rows()) == {"OFFER": 0.0, "N": -100.0}
