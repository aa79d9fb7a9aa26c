"""Closes out of fails-to-deliver files: under whose ticker, of which day, and how exact."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from tests.homes import Closes
from tracker.errors import NotFoundError
from tracker.pipeline import fails_closes
from tracker.pipeline.add_prices import fetch
from tracker.progress import Silent
from tracker.settings import Settings
from tracker.sources import fails_prices, fails_to_deliver, price_files
from tracker.tables import PRICES, SECURITIES

TUESDAY, MONDAY, FRIDAY = date(2025, 1, 7), date(2025, 1, 6), date(2025, 1, 3)
DELISTED, RENAMED, OTHER = "000000109", "000000117", "000000125"


def fails(*rows: tuple[str, str, date, float]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=fails_prices.COLUMNS, orient="row")


def seen(cusip: str, ticker: str, first: date = FRIDAY, last: date = TUESDAY) -> dict[str, object]:
    return {"cusip": cusip, "ticker": ticker, "first_seen": first, "last_seen": last}


def known_closes(*rows: tuple[str, date, float]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"ticker": pl.String(), "date": pl.Date(), "close": pl.Float64()}, orient="row")


def test_a_price_has_the_ticker_that_its_cusip_had_on_the_day() -> None:
    """The naive version takes the newest ticker, or the symbol, which has no point and may be a placeholder."""
    securities = SECURITIES.frame(
        [
            seen(RENAMED, "OLD", FRIDAY, FRIDAY), seen(RENAMED, "NEW", MONDAY, TUESDAY),
            seen(OTHER, "BRK.B"), seen(DELISTED, "GONE"),
        ]
    )  # fmt: skip
    rows = fails(
        (RENAMED, "OLD", FRIDAY, 1.0), (RENAMED, "NEW", MONDAY, 2.0), (OTHER, "BRKB", MONDAY, 3.0),
        (DELISTED, "****", MONDAY, 4.0), ("999999999", "NEW", MONDAY, 5.0), (OTHER, "BRKB", date(2025, 1, 8), 6.0),
    )  # fmt: skip
    named = fails_closes.name(rows, securities).sort("price_usd")
    assert named.select("ticker", "price_usd").rows() == [("OLD", 1), ("NEW", 2), ("BRK.B", 3), ("GONE", 4)]


def test_of_tickers_side_by_side_the_files_own_symbol_counts_and_a_shared_ticker_is_left_out() -> None:
    securities = SECURITIES.frame(
        [seen(OTHER, "AAA"), seen(OTHER, "BBB.A"), seen(RENAMED, "CCC"), seen(DELISTED, "CCC")]
    )
    rows = fails((OTHER, "BBBA", MONDAY, 1.0), (RENAMED, "CCC", MONDAY, 2.0), (DELISTED, "CCC", MONDAY, 3.0))
    assert fails_closes.name(rows, securities)["ticker"].to_list() == ["BBB.A"]
    agreed = fails((RENAMED, "CCC", MONDAY, 2.0), (DELISTED, "CCC", MONDAY, 2.0))
    assert fails_closes.name(agreed, securities)["ticker"].to_list() == ["CCC"]


def test_a_price_is_of_the_session_before_settlement() -> None:
    """Of Monday's it is Friday's close, not Sunday's; 2025-01-09 was a day of mourning."""
    named = fails((DELISTED, "GONE", MONDAY, 4.0), (DELISTED, "GONE", date(2025, 1, 10), 5.0)).with_columns(
        ticker=pl.lit("GONE")
    )
    prices, on_settlement = fails_closes.date_prices(named, known_closes())
    assert prices.select("ticker", "date", "close", "source", "is_adjusted", "market_cap_usd").rows() == [
        ("GONE", FRIDAY, 4.0, "fails", False, None),
        ("GONE", date(2025, 1, 8), 5.0, "fails", False, None),
    ]
    assert PRICES.check(prices).height == 2 and on_settlement == 0


@pytest.mark.parametrize(("compared", "day"), [(99, FRIDAY), (100, MONDAY)])
def test_closes_may_show_that_the_prices_are_of_settlement_itself(compared: int, day: date) -> None:
    tickers = [f"T{number}" for number in range(compared)]
    named = fails(*((f"{number:09}", ticker, MONDAY, 5.0 + number) for number, ticker in enumerate(tickers)))
    named = named.with_columns(ticker="symbol")
    known = known_closes(*((ticker, MONDAY, 5.004 + number) for number, ticker in enumerate(tickers)))
    known = pl.concat([known, known.with_columns(date=pl.lit(FRIDAY), close=pl.col("close") * 1.05)])
    prices, on_settlement = fails_closes.date_prices(named, known)
    assert prices["date"].unique().to_list() == [day] and on_settlement == (day == MONDAY)


def test_prices_that_did_not_move_show_nothing() -> None:
    """Both days fit equally: SEC's statement holds."""
    tickers = [f"T{number}" for number in range(150)]
    named = fails(*((f"{number:09}", ticker, MONDAY, 5.0) for number, ticker in enumerate(tickers)))
    known = known_closes(*((ticker, day, 5.0) for ticker in tickers for day in (FRIDAY, MONDAY)))
    prices, on_settlement = fails_closes.date_prices(named.with_columns(ticker="symbol"), known)
    assert prices["date"].unique().to_list() == [FRIDAY] and on_settlement == 0


def test_rounding_is_no_difference_but_a_cent_of_a_penny_stock_is() -> None:
    prices = pl.DataFrame({"price": [5.0, 5.0, 0.02, 900.0, 5.0], "close": [5.005, 5.02, 0.015, 900.4, None]})
    assert prices.select(fails_closes.is_same("price", "close"))["price"].to_list() == [True, False, False, True, None]


def test_without_files_the_cure_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="run `tracker refresh` first"):
        fetch(Settings(tmp_path), "fails", datetime(2025, 1, 6, 23, tzinfo=UTC), Silent())


def test_accuracy_against_the_closes_of_the_shared_material(shared: Path, closes: Closes) -> None:
    """The prices of these files were written from the panel's closes of the settlement date: that is what is found.

    They test parsing, tickers and the choice of the day, not how exact SEC's own prices are.
    """
    folder = shared / "edgar" / "www.sec.gov" / "files" / "data" / "fails-deliver-data"
    paths = sorted(folder.glob("cnsfails*.zip"))
    pairs = fails_to_deliver.read(paths)
    securities = SECURITIES.fit(pairs.select("cusip", "first_seen", "last_seen", ticker="symbol"))
    panel = price_files.read(closes.path).select("ticker", "date", "close")
    read = fails_prices.read(paths)
    named = fails_closes.name(read, securities)
    by_day = {}
    for which, known in (("SEC's day", panel.clear()), ("the day shown", panel)):
        prices, on_settlement = fails_closes.date_prices(named, known)
        both = prices.join(panel, on=["ticker", "date"], suffix="_panel", validate="1:1")
        by_day[which] = both.select(fails_closes.is_same("close", "close_panel").mean()).item()
        off = ((both["close"] / both["close_panel"] - 1).abs() * 100).median()
        print(
            f"{which}: {both.height:,} of {read.height:,} prices compared, {by_day[which]:.1%} equal, "
            f"median difference {off:.3f}%, {on_settlement} of 2 days dated by settlement"
        )
    assert by_day["the day shown"] > 0.99 > 0.5 > by_day["SEC's day"]
