"""Closes as a portfolio meets them: followed through changes of name, in shares of the last day, with volume limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

import polars as pl

from ..prices.returns import adjusted_closes
from ..securities import ticker_map
from ..tables import SPLITS, DelistedStocksFrame, PricesFrame, SecuritiesFrame, SplitsFrame, SplitStatus
from . import listing_ends
from .known_prices import PriceArchive
from .quote_tape import QuoteTape

_VOLUME_ROWS, _BEFORE = 20, timedelta(days=42)


@dataclass(frozen=True)
class Market:
    """What can be traded, and how it ends.

    `closes` has columns ticker, date, close (as traded), adjusted (in shares of the last day), typical_volume (median
    over the 20 sessions before the day, in those shares; null if not known). `ends` is as `find_ends` makes
    it. `jumps` (ticker, date) are days on which a jump may be a split: their change is taken to be the one that the
    exchange reports, or none. `moves` has a row for each CUSIP that was renamed by the horizon: cusip, former (a list
    of tickers), moved (its ticker then), renamed_on.
    """

    closes: pl.DataFrame
    ends: pl.DataFrame
    jumps: pl.DataFrame
    moves: pl.DataFrame
    horizon: date

    @cached_property
    def sessions(self) -> list[date]:
        """The days with closes, up to the horizon."""
        return [day for day in self.closes["date"].unique().sort() if day <= self.horizon]

    @cached_property
    def tape(self) -> QuoteTape:
        """The same closes, one by one."""
        return QuoteTape(self.closes)

    def of(self, tickers: pl.Series) -> Market:
        """The market of some stocks."""
        return replace(self, closes=self.closes.filter(pl.col("ticker").is_in(tickers.to_list())))


def open_market(
    prices: PriceArchive,
    securities: SecuritiesFrame,
    tickers: Sequence[str],
    days: tuple[date, date],
    delistings: DelistedStocksFrame | None = None,
) -> Market:
    """The market of `tickers` from the first of two days (and the sessions before, that show volumes) to the last.

    Closes of the tickers that they had before are among theirs.
    """
    since, horizon = days
    moves, known = ticker_map.moves(securities, horizon), (since - _BEFORE, horizon)
    adjusted, jumps = adjusted_prices(prices, moves, tickers, known, ("volume", "exchange"))
    shares = pl.col("volume") * pl.col("close") / pl.col("adjusted")
    usual = shares.rolling_median(_VOLUME_ROWS, min_samples=1).shift(1).over("ticker")
    closes = adjusted.select("ticker", "date", "close", "adjusted", "exchange", typical_volume=usual)
    closes = closes.filter(pl.col("date") >= since)
    # what is still quoted after the last day has not ended
    later = prices.quoted_after(horizon, tickers)
    ends = listing_ends.find_ends(closes, horizon, delistings).filter(~pl.col("ticker").is_in(later))
    return Market(closes.drop("exchange"), ends, jumps, renamed_by(prices, securities, horizon), horizon)


def adjusted_prices(
    prices: PriceArchive,
    moves: pl.DataFrame,
    tickers: Sequence[str],
    days: tuple[date, date],
    columns: Sequence[str] = (),
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Prices of `tickers` between two days, followed through `moves`, and the column `jumps` of Market.

    Columns ticker, date, close, is_adjusted, adjusted (the close in shares of the last day) and `columns` of PRICES, in
    the order of dates for each ticker.
    """
    since, until = days
    wanted, followed = with_moves(tickers, moves)
    near = prices.of(wanted.to_list(), since, until, columns).follow(followed)
    used, jumps = _with_jumps(near.prices, near.splits.filter(pl.col("date") <= until))
    return adjusted_closes(near.prices.drop("source", "pct_change"), used), jumps


def with_moves(tickers: Sequence[str], moves: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame]:
    """The tickers whose prices may be those of `tickers`, or be told from theirs; and the `moves` of them."""
    before = moves.filter(pl.col("_then").is_in(list(tickers)))["ticker"]
    wanted = pl.concat([pl.Series("ticker", tickers, pl.String), before]).unique()
    after = moves.filter(pl.col("ticker").is_in(wanted.implode()))["_then"].rename("ticker")
    wanted = pl.concat([wanted, after]).unique().sort()
    return wanted, moves.filter(pl.col("ticker").is_in(wanted.implode()))


def last_covered(counts: pl.DataFrame, until: date | None = None) -> date:
    """The last day, on or before `until`, with at least half as many closes as the median day.

    `counts` has columns date, len. A file of one fund's prices may go on after the panel of all stocks has ended.
    """
    by_day = counts.filter(pl.col("len") * 2 >= pl.col("len").median())
    last = by_day.filter(pl.col("date") <= (until or date.max))["date"].max()
    return last if isinstance(last, date) else (until or date.max)


def renamed_by(prices: PriceArchive, securities: SecuritiesFrame, horizon: date) -> pl.DataFrame:
    """The CUSIPs that were renamed by the horizon: the column `moves` of Market."""
    moves = ticker_map.renames(securities).filter(pl.col("ticker_seen") <= horizon).sort("ticker_seen")
    last = moves.group_by("cusip", maintain_order=True).agg(
        pl.col("former").unique(), moved=pl.col("ticker").last(), renamed_on=pl.col("ticker_seen").last()
    )
    # a change to a ticker that has no closes is none
    quoted = prices.last_closes(last["moved"].to_list(), horizon)
    return last.join(quoted.select(moved="ticker"), on="moved", how="semi")


def final_tickers(picks: pl.DataFrame, moves: pl.DataFrame, day: date) -> pl.DataFrame:
    """`picks` of a day (ticker, cusip, ...) with `traded_as`, the ticker at the horizon, and `renamed_on`, or null.

    `moves` are those of `renamed_by`. What nobody holds has no CUSIP here, and goes by its ticker: if one CUSIP alone
    lost that later.
    """
    joined = picks.join(moves, on="cusip", how="left", validate="m:1", maintain_order="left")
    later = moves.filter(pl.col("renamed_on") > day).explode("former").unique("former", keep="none")
    later = later.select(pl.col("former").alias("ticker"), _moved="moved", _renamed_on="renamed_on")
    joined = joined.join(later, on="ticker", how="left", validate="m:1", maintain_order="left")
    is_moved = pl.col("former").list.contains(pl.col("ticker")).fill_null(False)
    by_ticker = pl.when(pl.col("cusip").is_null()).then("_moved")
    joined = joined.with_columns(traded_as=pl.when(is_moved).then("moved").otherwise(pl.coalesce(by_ticker, "ticker")))
    renamed_on = pl.when(is_moved).then("renamed_on").otherwise("_renamed_on")
    return joined.with_columns(renamed_on=pl.when(pl.col("traded_as") != pl.col("ticker")).then(renamed_on)).drop(
        "former", "moved", "_moved", "_renamed_on"
    )


def _with_jumps(prices: PricesFrame, splits: SplitsFrame) -> tuple[SplitsFrame, pl.DataFrame]:
    """Splits in which an unclear jump has the ratio that leaves the change of the day as reported; the jumps."""
    unclear = splits.filter(pl.col("ratio").is_null(), pl.col("status") == SplitStatus.UNCLEAR)
    rows = prices.join(unclear.select("ticker").unique(), on="ticker", how="semi").sort("ticker", "date")
    rows = rows.with_columns(_before=pl.col("close").shift().over("ticker"))
    told = unclear.drop("ratio").join(
        rows.select("ticker", "date", "close", "_before", "pct_change"), on=["ticker", "date"], how="inner"
    )
    ratio = pl.col("_before") * (1 + pl.col("pct_change").fill_null(0.0) / 100) / pl.col("close")
    told = told.with_columns(ratio=ratio).filter(pl.col("ratio").is_finite() & (pl.col("ratio") > 0))
    told = told.unique(["ticker", "date"], maintain_order=True)
    known = splits.filter(pl.col("ratio").is_not_null())
    return pl.concat([known, SPLITS.fit(told)]), told.select("ticker", "date")
