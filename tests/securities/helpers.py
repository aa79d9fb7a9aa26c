"""Pairs of CUSIP and symbol, as fails files show them."""

from __future__ import annotations

from datetime import date

import polars as pl

from tracker.securities import symbol_pairs, ticker_map
from tracker.tables import CUSIP_SYMBOLS, SECURITIES, TICKERS

OLD, NEW = date(2024, 12, 31), date(2025, 12, 31)


def match(
    pairs: list[tuple[str, str, date]], tickers: tuple[str, ...] = (), priced: tuple[str, ...] = ()
) -> pl.DataFrame:
    matched = symbol_pairs.match(
        CUSIP_SYMBOLS.frame(
            {"cusip": cusip, "symbol": symbol, "first_seen": day, "last_seen": day} for cusip, symbol, day in pairs
        ),
        TICKERS.frame({"ticker": ticker, "name": f"{ticker} by SEC"} for ticker in tickers),
        pl.DataFrame({"ticker": priced, "name": [None] * len(priced)}, {"ticker": pl.String, "name": pl.String}),
    )
    return SECURITIES.check(matched)


def newest(*pairs: tuple[str, str, date], **known: tuple[str, ...]) -> dict[str, str]:
    return dict(ticker_map.newest(match(list(pairs), **known)).select("cusip", "ticker").rows())
