"""Closes one by one, as a simulation asks for them: of the few stocks that it holds, day after day."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from typing import NamedTuple

import polars as pl


class Quote(NamedTuple):
    """A close: in shares of the last day, as traded, and the shares that are usually traded (None: not known)."""

    adjusted: float
    close: float
    volume: float | None


class QuoteTape:
    """The quotes of some stocks; `closes` has columns ticker, date, adjusted, close, typical_volume."""

    def __init__(self, closes: pl.DataFrame) -> None:
        self._closes = closes.sort("ticker", "date")
        runs = self._closes.select(pl.col("ticker").rle()).unnest("ticker")
        firsts = (runs["len"].cum_sum() - runs["len"]).to_list()
        self._rows = dict(zip(runs["value"], zip(firsts, runs["len"], strict=True), strict=True))
        self._read: dict[str, tuple[list[date], list[float], list[float], list[float | None]]] = {}

    def quote(self, ticker: str, day: date) -> Quote | None:
        """The quote of a day; None if there is none."""
        if ticker not in self._read:
            rows = self._rows.get(ticker)
            if rows is None:
                return None
            part = self._closes.slice(*rows)
            columns = (part[name].to_list() for name in ("date", "adjusted", "close", "typical_volume"))
            days, adjusted, closes, volumes = columns
            self._read[ticker] = days, adjusted, closes, volumes
        days, adjusted, closes, volumes = self._read[ticker]
        at = bisect_left(days, day)
        return Quote(adjusted[at], closes[at], volumes[at]) if at < len(days) and days[at] == day else None
