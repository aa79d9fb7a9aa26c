"""Files of dividends that the user brings: csv or parquet, one row per symbol and ex-date.

Columns: ticker (or symbol), ex_date (or date: the first day without the dividend), and amount, in dollars per share as
paid, in shares of that day. An amount of 0 states that in the year up to that day nothing was paid but what the file
lists: so a stock that pays nothing, or less often than each quarter, is known as such.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from ..securities import tickers
from ..tables import DIVIDENDS, DividendsFrame
from . import user_files
from .cells import number
from .price_files import NAMES
from .written_days import DayOrder, order_of, parse_day

_NAMES = {
    "ticker": NAMES["ticker"],
    "date": ("exdate", "exdividenddate", "exdiv", "exdivdate", *NAMES["date"]),
    "amount": ("amount", "amountusd", "dividend", "dividends", "cashamount", "cashdividend", "dividendamount"),
}
_LARGEST_USD = 100_000.0  # a share; nobody has paid as much


def read(path: Path, *, is_new: bool = False) -> DividendsFrame:
    """Dividends in the file at `path`, sorted by ticker and date; their source is `file:` and the file's name.

    Rows that are the same count once. A day such as 03/01/2025 is refused if the file `is_new` and does not show how it
    is meant. Raises InputError as `price_files.read` does, for an amount that is below zero or no number, and for two
    amounts of one ticker and day: whether both were paid, the file does not say.
    """
    raw, first = user_files.load(path)
    columns = user_files.find_columns(path, raw.columns, _NAMES, list(_NAMES), options=False)
    given = raw.select(pl.col(theirs).alias(ours) for ours, theirs in columns.items())
    order = order_of(path, given["date"], None if is_new else DayOrder.MONTH_FIRST, options=False)
    is_number = given.schema["amount"].is_numeric()
    amount = pl.col("amount") if is_number else number(pl.col("amount").cast(pl.String))
    dividends = (
        given.with_row_index("row", first)
        .filter(~pl.all_horizontal(pl.col("ticker", "date", "amount").is_null()))
        .select(
            "row",
            ticker=tickers.normalise(pl.col("ticker").cast(pl.String)),
            date=parse_day(pl.col("date"), given.schema["date"], order),
            amount_usd=amount.cast(pl.Float64),
        )
    )
    is_amount = pl.col("amount_usd").is_between(0, _LARGEST_USD).fill_null(False) & pl.col("amount_usd").is_finite()
    wrong = dividends.filter(pl.col("ticker").is_null() | pl.col("date").is_null() | ~is_amount)
    if wrong.height:
        cells = [f"row {row}: {given.row(row - first)!r}" for row in wrong["row"].head(user_files.SHOWN)]
        raise user_files.refusal(path, wrong.height, cells)
    once = dividends.unique(["ticker", "date", "amount_usd"], keep="first", maintain_order=True)
    two = once.filter(pl.struct("ticker", "date").is_duplicated()).sort("ticker", "date", "row")
    if two.height:
        cells = [
            f"row {row}: {amount:g} for {ticker} on {day}"
            for row, ticker, day, amount in two.head(user_files.SHOWN).iter_rows()
        ]
        raise user_files.refusal(path, two.height, [*cells, "add up what was paid on one day, or keep the right one"])
    named = once.with_columns(source=pl.lit(f"file:{user_files.given_name(path)}"))
    return DIVIDENDS.fit(named).sort(DIVIDENDS.key)
