"""The closes of one ticker: what counts on each day, and where it is from."""

from __future__ import annotations

from datetime import date

import polars as pl

from ..errors import NotFoundError, SettingError
from ..lookup import find_security
from ..output import Answer, Column
from ..prices import returns
from ..securities import ticker_map, tickers
from ..settings import Settings
from ..store import Store, price_spans, read_securities, shared
from . import price_window

_COLUMNS = (
    Column("date", "Date", "date"),
    Column("ticker_then", "Ticker"),
    Column("close", "Close", "number"),
    Column("adjusted_close", "Adjusted", "number"),
    Column("market_cap_usd", "Market cap", "usd"),
    Column("volume", "Volume", "number"),
    Column("source", "Source"),
)


def price_history(settings: Settings, query: str, since: date | None = None, until: date | None = None) -> Answer:
    """The daily closes of a ticker (or of the security that `query` means) between two days, both included.

    `close` is as quoted, `adjusted_close` in shares of the last day, for all splits that count; `ticker_then` is the
    name that it had. Prices from before a change of name are included. Raises NotFoundError if there are none.
    """
    if since and until and since > until:
        raise SettingError(f"--from {since} is after --to {until}; write the earlier day first")
    with Store(settings) as store:
        ticker = _ticker_of(store, query)
        on = until or date.max
        moves = shared(store.settings.db, ("moves", on), lambda: ticker_map.moves(read_securities(store), on))
        former = moves.filter(pl.col("_then") == ticker)["ticker"].to_list()
        window = price_window.load(store, since, until, tickers=[ticker, *former])
        days = window.prices["date"]
        doubts = price_window.doubts(store, days.min(), days.max()) if days.len() else []  # type: ignore[arg-type]
    named = window.prices.with_columns(ticker_then="ticker")
    prices = ticker_map.move(named, moves).filter(pl.col("ticker") == ticker, pl.col("close").is_not_null())
    if prices.is_empty():
        raise NotFoundError(f"no prices of {ticker} are loaded for these days: `tracker prices import` them")
    splits = ticker_map.move(window.splits, moves)
    adjusted = returns.adjusted_closes(prices, splits).sort("date").rename({"adjusted": "adjusted_close"})
    first, last = adjusted["date"][0], adjusted["date"][-1]
    return Answer(
        f"{ticker}: {adjusted.height:,} closes, {first} to {last}",
        _COLUMNS,
        adjusted.to_dicts(),
        {"ticker": ticker, "former_tickers": sorted({*adjusted["ticker_then"].to_list()} - {ticker})},
        doubts,
        methodology={
            "from": first,
            "to": last,
            "rules": ["Of several sources the first by precedence counts.", "Adjusted for splits, not for dividends."],
        },
    )


def _ticker_of(store: Store, query: str) -> str:
    """The ticker that is meant: one with prices, else that of the security. Raises NotFoundError."""
    wanted = tickers.normalise_text(query.strip())
    if (price_spans(store)["ticker"] == wanted).any():
        return wanted
    quarters = store.quarters()
    if not quarters:
        raise NotFoundError(f"no prices of {query!r} are loaded: run `tracker prices import FILE`")
    security = find_security(store, query, store.holder_counts(quarters[-1]))
    if security.ticker is None:
        raise NotFoundError(f"{security.label} has no ticker, so no prices: see `tracker status`")
    return security.ticker
