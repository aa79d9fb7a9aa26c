"""Closes out of the fails-to-deliver files that a refresh has downloaded: they reach back, and have delisted names.

A file names a security only on days on which it had fails, so these closes have gaps. They have no volume and no market
cap.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from ..errors import NotFoundError
from ..output import plural
from ..prices import calendar, selection
from ..securities import tickers as ticker_names
from ..sources import fails_prices, fails_to_deliver
from ..sources.price_request import FetchedPrices, PriceRequest
from ..store import Store
from ..tables import PRICES, SECURITIES, PricesFrame, SecuritiesFrame

SOURCE = "fails"

_FEWEST_COMPARED = 100  # closes that show of which day a file's prices are
_MOST_OFF = 0.0005  # of two closes that are the same but for rounding; half a cent is, too
_ROUNDING_USD = 0.0051


def fetch_prices(request: PriceRequest) -> FetchedPrices:
    """The closes in all fails-to-deliver files on disk, under the tickers that their CUSIPs had on the day.

    A price is of the session before its settlement date, as SEC states, unless closes from other sources show that
    those of a day are of the settlement date itself. Raises NotFoundError if no file is there.
    """
    paths = fails_to_deliver.on_disk(request.settings)
    if not paths:
        raise NotFoundError("no fails-to-deliver file is loaded: run `tracker refresh` first")
    fails = fails_prices.read(paths, request.progress)
    days: tuple[date | None, date | None] = fails.select(
        pl.col("settled_on").min(), last=pl.col("settled_on").max()
    ).row(0)
    if days[0] is None:
        return FetchedPrices(PRICES.frame(), "no price in the files")
    with Store(request.settings) as store:
        securities = store.read(SECURITIES)
        loaded = store.prices(days[0] - timedelta(days=selection.MAX_AGE_DAYS), days[1]).filter(
            pl.col("source") != SOURCE, pl.col("close") > 0
        )
        closes = loaded.select("ticker", "date", "close", "source").collect()
    closes = closes.sort("source").unique(["ticker", "date"], keep="first", maintain_order=True).drop("source")
    named = name(fails, securities)
    dated, on_settlement = date_prices(named, closes)
    remark = f"{plural(fails.height - dated.height, 'price')} of no ticker, or of one that has a close already"
    if on_settlement:
        remark += f"; {plural(on_settlement, 'day')} dated by settlement, as other closes show"
    return FetchedPrices(dated, remark)


def name(fails: pl.DataFrame, securities: SecuritiesFrame) -> pl.DataFrame:
    """`fails` (columns of `fails_prices.COLUMNS`) with `ticker`; prices without one are left out.

    It is the ticker that the CUSIP was seen with around that day; of several the one that the file's symbol spells. A
    ticker that two CUSIPs have on one day, at different prices, is left out on that day.
    """
    spans = securities.select("cusip", "ticker", "first_seen", "last_seen")
    spelled = ticker_names.plain(pl.col("ticker")) == ticker_names.plain(pl.col("symbol"))
    named = (
        fails.join(spans, on="cusip", maintain_order="left")
        .filter(pl.col("settled_on").is_between(pl.col("first_seen"), pl.col("last_seen")))
        .with_columns(other_spelling=~spelled.fill_null(False))
        .sort("other_spelling", "ticker", maintain_order=True)
        .unique(["cusip", "settled_on"], keep="first", maintain_order=True)
    )
    once = named.unique(["ticker", "settled_on", "price_usd"], keep="first", maintain_order=True)
    return once.unique(["ticker", "settled_on"], keep="none", maintain_order=True).select(*fails.columns, "ticker")


def date_prices(named: pl.DataFrame, closes: pl.DataFrame) -> tuple[PricesFrame, int]:
    """PRICES of `named` (see `name`), and the number of settlement dates whose prices are of that date itself.

    `closes` (ticker, date, close; one row each) decide: if at least a hundred can be compared on a day, and most are
    the closes of the settlement date rather than of the session before, so are all of that day.
    """
    settled = named["settled_on"].unique().sort()
    days = pl.DataFrame({"settled_on": settled, "before": [_session_before(day) for day in settled]}).with_columns(
        pl.col("before").cast(pl.Date)
    )
    rows = named.join(days, on="settled_on", validate="m:1")
    for which in ("settled_on", "before"):
        on = closes.select("ticker", "date", pl.col("close").alias(f"close_{which}"))
        rows = rows.join(on, left_on=["ticker", which], right_on=["ticker", "date"], how="left", validate="m:1")
    by_day = rows.group_by("settled_on").agg(
        compared=pl.col("close_settled_on").count(),
        share=is_same("price_usd", "close_settled_on").mean(),
        share_before=is_same("price_usd", "close_before").mean(),
    )
    is_settlement = (
        (pl.col("compared") >= _FEWEST_COMPARED)
        & (pl.col("share") > 0.5)
        & (pl.col("share") > pl.col("share_before").fill_null(0))
    )
    shown = by_day.select("settled_on", is_settlement=is_settlement.fill_null(False))
    dated = rows.join(shown, on="settled_on", validate="m:1").with_columns(
        date=pl.when("is_settlement").then("settled_on").otherwise("before"),
        close="price_usd",
        is_adjusted=pl.lit(False),
        source=pl.lit(SOURCE),
    )
    # a day of each kind may meet: the one that closes have confirmed wins
    unique = dated.sort("is_settlement", descending=True).unique(["ticker", "date"], keep="first", maintain_order=True)
    return PRICES.fit(unique).sort("ticker", "date"), shown.filter("is_settlement").height


def is_same(price: str, close: str) -> pl.Expr:
    """Whether two prices are one but for rounding; null if one is missing."""
    difference = (pl.col(price) - pl.col(close)).abs()
    return (difference <= _ROUNDING_USD) & (difference <= pl.col(close) * 0.01) | (
        difference <= pl.col(close) * _MOST_OFF
    )


def _session_before(day: date) -> date:
    before = day - timedelta(days=1)
    while not calendar.is_session(before):
        before -= timedelta(days=1)
    return before
