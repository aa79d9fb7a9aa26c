"""What funds' disclosed books returned from the day on which they were filed.

A book can be followed from the close of the first session after the day on which it was whole: that of its last filing
that counts, so that a late amendment is not known early. It is held until the next quarter's book can be followed
likewise. A book that was whole only after the next one had been filed is left out, and so is the last book, which is
not over. Weights are those reported at the quarter's end.

A stock that is no longer quoted is sold at its last close. One whose price has an unexplained jump in between, or no
close to buy at, is not priced; the rest of the book stands for it as long as it is half of the value or more.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from ..prices import returns, selection
from ..securities import ticker_map
from ..store import Store, read_securities
from ..tables import COUNTED_ROLES, JUDGED_FILINGS, JudgedFilingsFrame, SplitStatus
from . import price_window

LEAST_PRICED_PCT = 50.0

_KEY = ["cik", "period_of_report"]
_AFTER = timedelta(days=selection.MAX_AGE_DAYS)


def book_returns(store: Store, books: pl.DataFrame) -> pl.DataFrame:
    """Columns cik, period_of_report, followed_from, followed_to, priced_pct and return_pct of each book that is over.

    `books` are `book_measures.weights` of the funds in question. The return is null if less than half of the value is
    priced.
    """
    spans = follow(store.read(JUDGED_FILINGS)).join(books.select(_KEY).unique(), on=_KEY, how="semi")
    if spans.is_empty():
        return measure(spans, books, pl.DataFrame(schema=_CLOSES), pl.DataFrame(schema=_JUMPS))
    first, last = spans.select(pl.col("followed_from").min(), pl.col("followed_to").max()).row(0)
    securities = read_securities(store)
    newest = securities.select(pl.col("last_seen").max()).item() or last
    # books have the newest ticker of each CUSIP, and so must the closes
    window = price_window.load(store, first, last + _AFTER).follow(ticker_map.moves(securities, max(last, newest)))
    closes = returns.adjusted_closes(
        window.prices.filter(pl.col("close") > 0).select("ticker", "date", "close", "is_adjusted"), window.splits
    )
    jumps = window.splits.filter(pl.col("ratio").is_null(), pl.col("status") != SplitStatus.REPLACED)
    return measure(spans, books, closes.select(*_CLOSES), jumps.select(*_JUMPS))


_CLOSES = {"ticker": pl.String(), "date": pl.Date(), "adjusted": pl.Float64()}
_JUMPS = {"ticker": pl.String(), "date": pl.Date()}


def follow(filings: JudgedFilingsFrame) -> pl.DataFrame:
    """When each report could be followed: cik, period_of_report, followed_from, followed_to (days, not sessions).

    From the day after its last filing that counts to that of the next quarter's report.
    """
    whole = filings.filter(pl.col("role").is_in(COUNTED_ROLES)).group_by(_KEY).agg(pl.col("filing_date").max())
    days = whole.sort(_KEY).with_columns(
        following=pl.col("period_of_report").shift(-1).over("cik"),
        next_filed=pl.col("filing_date").shift(-1).over("cik"),
    )
    next_period = pl.col("period_of_report").dt.offset_by("1d").dt.offset_by("3mo").dt.offset_by("-1d")
    over = days.filter(pl.col("following") == next_period, pl.col("next_filed") > pl.col("filing_date"))
    return over.select(
        *_KEY,
        followed_from=pl.col("filing_date").dt.offset_by("1d"),
        followed_to=pl.col("next_filed").dt.offset_by("1d"),
    )


def measure(spans: pl.DataFrame, books: pl.DataFrame, closes: pl.DataFrame, jumps: pl.DataFrame) -> pl.DataFrame:
    """`book_returns` of `spans` (see `follow`), from `closes` (ticker, date, adjusted) and `jumps` (ticker, date).

    Books whose followed_to has no close of any ticker yet, or within the week after it, are not over: null.
    """
    held = books.join(spans, on=_KEY, validate="m:1").sort("followed_from")
    ordered = closes.sort("date")
    bought = held.join_asof(
        ordered.rename({"date": "bought_on", "adjusted": "buy_price"}),
        left_on="followed_from", right_on="bought_on", by="ticker", strategy="forward", tolerance=_AFTER,
        check_sortedness=False,
    ).sort("followed_to")  # fmt: skip
    sold = bought.join_asof(
        ordered.rename({"date": "sold_on", "adjusted": "sell_price"}),
        left_on="followed_to", right_on="sold_on", by="ticker", strategy="forward", tolerance=_AFTER,
        check_sortedness=False,
    ).join_asof(
        ordered.rename({"date": "last_on", "adjusted": "last_price"}),
        left_on="followed_to", right_on="last_on", by="ticker", strategy="backward", check_sortedness=False,
    )  # fmt: skip
    jumped = sold.join(jumps.rename({"date": "jumped_on"}), on="ticker").filter(
        pl.col("jumped_on") > pl.col("bought_on"), pl.col("jumped_on") <= pl.coalesce("sold_on", "followed_to")
    )
    unclear = jumped.select(*_KEY, "security", has_jump=pl.lit(True)).unique()
    sold = sold.join(unclear, on=[*_KEY, "security"], how="left", validate="1:1")
    # in a span of a few days the last close may be older than the first one to buy at
    last_price = pl.when(pl.col("last_on") >= pl.col("bought_on")).then("last_price")
    growth = pl.when(pl.col("has_jump").is_null()).then(pl.coalesce("sell_price", last_price) / pl.col("buy_price"))
    newest = closes.select(pl.col("date").max()).item()
    priced = sold.with_columns(growth=growth).group_by(_KEY).agg(
        pl.col("followed_from", "followed_to").first(),
        priced_pct=pl.col("weight").filter(pl.col("growth").is_not_null()).sum() / pl.col("weight").sum() * 100,
        return_pct=((pl.col("growth") * pl.col("weight")).sum()
                    / pl.col("weight").filter(pl.col("growth").is_not_null()).sum() - 1) * 100,
    )  # fmt: skip
    is_over = pl.col("followed_to") <= pl.lit(newest, pl.Date())
    is_known = (is_over & (pl.col("priced_pct") >= LEAST_PRICED_PCT)).fill_null(False)
    return priced.with_columns(return_pct=pl.when(is_known).then("return_pct")).sort(_KEY)


def excess_of_peers(results: pl.DataFrame) -> pl.DataFrame:
    """`results` (of `book_returns`) with `excess_pct`: the return less the mean of all funds' books of that quarter.

    Null if the return is, or if no other fund's is known.
    """
    others = pl.col("return_pct").count().over("period_of_report") > 1
    mean = pl.col("return_pct").mean().over("period_of_report")
    return results.with_columns(excess_pct=pl.when(others).then(pl.col("return_pct") - mean))
