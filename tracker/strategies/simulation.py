"""A portfolio that follows targets: fills at the next close, costs, volume limits, and the ends of listings.

- Orders of a signal day fill at the next close of each stock, never at the signal day's own.
- The portfolio is brought to the target weights of its value at that close. Sales come first; purchases are cut alike
  so that cash also pays their cost. Shares are fractional, cash earns nothing.
- A day trades no more of a stock than a part of its median volume over the 20 sessions before; what is left waits for
  the next session, until the next signal. Where volumes are not known there is no limit.
- A stock that is no longer quoted becomes cash on the first session on which that shows (see `listing_ends`), without
  cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from ..quarters import Quarter
from .listing_ends import End, with_final
from .quote_tape import Quote
from .trading_market import Market

_DUST = 1e-9  # of a share or a dollar


@dataclass(frozen=True)
class Target:
    """What a rule wants after the close of a signal day: `weights` by ticker (as at the market's horizon)."""

    day: date
    quarter: Quarter
    weights: dict[str, float]


@dataclass(frozen=True)
class Terms:
    """What trading costs (one way, in percent of what is traded), and how much of a day's volume may be traded."""

    capital_usd: float = 1_000_000.0
    cost_pct: float = 0.57
    volume_share: float = 0.10


@dataclass(frozen=True)
class Simulation:
    """`daily` (date, value_usd), one row a session, the first is the capital on the first signal day.

    `lots` has a row for each quarter's pick that was bought: quarter, signal_date, ticker, bought_on, buy_price (close
    of the first purchase, or of the day from which it counts for the quarter), sold_on, sell_price (as traded),
    return_pct (before costs), end. A stock that the next signal picks again is carried over: its row ends, as `held`,
    on the day on which the next one begins. `fills` has date, ticker, usd (negative: sold),
    cost_usd. `unlimited` tickers were traded though their volume is not known; `unfilled` targets had no close to fill
    at before the next signal.
    """

    daily: pl.DataFrame
    lots: pl.DataFrame
    fills: pl.DataFrame
    unlimited: list[str]
    unfilled: int

    @property
    def total_return_pct(self) -> float:
        """From the first row to the last, in percent."""
        values = self.daily["value_usd"]
        return float(values[-1] / values[0] - 1) * 100


@dataclass
class _Lot:
    quarter: Quarter
    signal_date: date
    units: float = 0.0
    paid: float = 0.0
    bought_on: date | None = None
    buy_price: float | None = None
    sold: float = 0.0
    received: float = 0.0


@dataclass
class _Book:
    """Cash, shares, and what is on order, in shares of the last day."""

    cash: float
    units: dict[str, float] = field(default_factory=dict)
    prices: dict[str, float] = field(default_factory=dict)
    shown: dict[str, float] = field(default_factory=dict)  # the last closes as traded
    orders: dict[str, float] = field(default_factory=dict)
    pending: dict[str, float] = field(default_factory=dict)  # dollars of what has had no close yet
    leaving: set[str] = field(default_factory=set)

    def value(self) -> float:
        return self.cash + sum(units * self.prices[ticker] for ticker, units in self.units.items())


def is_fillable(session: date, signal_day: date) -> bool:
    """Whether orders of a signal day can fill at a session's close: it must be a later one."""
    return session > signal_day


def simulate(
    targets: Sequence[Target],
    market: Market,
    terms: Terms,
    *,
    until: date | None = None,
    final_pct: float | None = None,
) -> Simulation:
    """Follow `targets`, oldest first, to the market's horizon or to `until`. Raises ValueError without targets.

    With `final_pct` what is delisted for anything but a merger ends at that: the bounds of a result.
    """
    if not targets:
        raise ValueError("no targets")
    ends = market.ends if final_pct is None else with_final(market.ends, final_pct)
    return _Run(market, terms, ends).follow(targets, min(until or market.horizon, market.horizon))


class _Run:
    """One simulation; the state is the book, the open lots, and what has been recorded."""

    def __init__(self, market: Market, terms: Terms, ends: pl.DataFrame) -> None:
        self.market, self.terms = market, terms
        self.cost = terms.cost_pct / 100
        self.book = _Book(terms.capital_usd)
        self.ends = {row["ticker"]: row for row in ends.to_dicts()}
        self.open: dict[str, _Lot] = {}
        self.lots: list[dict[str, object]] = []
        self.fills: list[tuple[date, str, float, float]] = []
        self.unlimited: set[str] = set()
        self.unfilled = 0
        self.signal: Target | None = None

    def follow(self, targets: Sequence[Target], until: date) -> Simulation:
        waiting, start = sorted(targets, key=lambda target: target.day), min(target.day for target in targets)
        daily = [(start, self.book.cash)]
        for session in self.market.sessions:
            if not start <= session <= until:
                continue
            self._end_listings(session)
            due = [target for target in waiting if is_fillable(session, target.day)]
            quotes = self._quotes(session, due[-1].weights if due else ())
            for ticker in self.book.units.keys() & quotes.keys():
                self.book.prices[ticker], self.book.shown[ticker] = quotes[ticker].adjusted, quotes[ticker].close
            if due:
                waiting = waiting[len(due) :]
                self._order(session, due[-1], quotes)
            if self.signal:
                self._trade(session, quotes)
            if session > start:
                daily.append((session, self.book.value()))
            else:
                daily[0] = (start, self.book.value())
        self.unfilled += len(self.book.pending)
        for ticker, lot in self.open.items():
            self._close(ticker, lot, End.HELD, None, None, self.book.prices[ticker])
        return Simulation(
            daily=pl.DataFrame(daily, schema={"date": pl.Date, "value_usd": pl.Float64}, orient="row"),
            lots=pl.DataFrame(self.lots, schema=_LOTS),
            fills=pl.DataFrame(self.fills, schema=_FILLS, orient="row"),
            unlimited=sorted(self.unlimited),
            unfilled=self.unfilled,
        )

    def _quotes(self, session: date, wanted: Iterable[str]) -> dict[str, Quote]:
        """The quotes of a session, of what is held, on order or wanted."""
        book, found = self.book, {}
        for ticker in {*book.units, *book.orders, *book.pending, *wanted}:
            quote = self.market.tape.quote(ticker, session)
            if quote:
                found[ticker] = quote
        return found

    def _end_listings(self, session: date) -> None:
        for ticker in [name for name in self.book.units if name in self.ends]:
            end = self.ends[ticker]
            if end["known_on"] <= session:
                price = self.book.prices[ticker] * (1 + end["final_pct"] / 100)
                self.book.cash += self.book.units.pop(ticker) * price
                self.book.orders.pop(ticker, None)
                # the ratio of shares then and on the last day is 1: nothing is quoted after
                self._close(ticker, self.open.pop(ticker), End(end["end"]), end["last_date"], price, price)

    def _order(self, session: date, target: Target, quotes: dict[str, Quote]) -> None:
        """Turn target weights into orders, at the closes of the first session after the signal."""
        book, worth = self.book, self.book.value()
        self.unfilled += len(book.pending)
        self.signal, book.orders, book.pending = target, {}, {}
        book.leaving = {ticker for ticker in book.units if ticker not in target.weights}
        for ticker, units in book.units.items():
            if ticker not in book.leaving:
                mark, shown = book.prices[ticker], book.shown[ticker]
                self._close(ticker, self.open.pop(ticker), End.HELD, session, shown, mark)
                self.open[ticker] = _Lot(target.quarter, target.day, units, units * mark, session, shown)
        wanted = {ticker: weight * worth for ticker, weight in target.weights.items()}
        held = {ticker: units * book.prices[ticker] for ticker, units in book.units.items()}
        changes = {ticker: wanted.get(ticker, 0.0) - held.get(ticker, 0.0) for ticker in sorted({*wanted, *held})}
        bought = sum(change for change in changes.values() if change > 0)
        raised = -sum(change for change in changes.values() if change < 0)
        payable = book.cash + raised * (1 - self.cost)
        part = min(1.0, payable / (bought * (1 + self.cost))) if bought else 1.0
        for ticker, change in changes.items():
            usd = change * part if change > 0 else change
            quote = quotes.get(ticker)
            price = quote.adjusted if quote else book.prices.get(ticker)
            if ticker in book.leaving:
                book.orders[ticker] = -book.units[ticker]
            elif price is None:
                book.pending[ticker] = usd
            else:
                book.orders[ticker] = usd / price

    def _trade(self, session: date, quotes: dict[str, Quote]) -> None:
        book = self.book
        for ticker in [name for name in book.pending if name in quotes]:
            book.orders[ticker] = book.pending.pop(ticker) / quotes[ticker].adjusted
        possible = {
            ticker: self._limited(ticker, units, quotes[ticker])
            for ticker, units in book.orders.items()
            if ticker in quotes and abs(units) > _DUST
        }
        for ticker, units in possible.items():
            if units < 0:
                self._fill(session, ticker, units, quotes[ticker])
        needed = sum(units * quotes[ticker].adjusted for ticker, units in possible.items() if units > 0)
        needed *= 1 + self.cost
        part = min(1.0, max(book.cash, 0.0) / needed) if needed else 1.0
        for ticker, units in possible.items():
            if units > 0 and part > 0:
                self._fill(session, ticker, units * part, quotes[ticker])

    def _limited(self, ticker: str, units: float, quote: Quote) -> float:
        if quote.volume is None:
            self.unlimited.add(ticker)
            return units
        most = quote.volume * self.terms.volume_share
        return max(-most, min(most, units))

    def _fill(self, session: date, ticker: str, units: float, quote: Quote) -> None:
        book, signal = self.book, self.signal
        assert signal
        usd = units * quote.adjusted
        cost = abs(usd) * self.cost
        book.cash -= usd + cost
        book.units[ticker] = book.units.get(ticker, 0.0) + units
        book.prices[ticker], book.shown[ticker] = quote.adjusted, quote.close
        book.orders[ticker] -= units
        self.fills.append((session, ticker, usd, cost))
        lot = self.open.setdefault(ticker, _Lot(signal.quarter, signal.day))
        if units > 0 and lot.signal_date == signal.day:
            lot.units, lot.paid = lot.units + units, lot.paid + usd
            if lot.bought_on is None:
                lot.bought_on, lot.buy_price = session, quote.close
        if ticker in book.leaving:
            lot.sold, lot.received = lot.sold - units, lot.received - usd
            if book.units[ticker] <= _DUST:
                del book.units[ticker], book.orders[ticker]
                average = lot.received / lot.sold
                shown = average * quote.close / quote.adjusted
                self._close(ticker, self.open.pop(ticker), End.SOLD, session, shown, average)

    def _close(
        self, ticker: str, lot: _Lot, end: End, sold_on: date | None, shown: float | None, adjusted: float
    ) -> None:
        """Record a lot: its price per share as traded is `shown`, in shares of the last day `adjusted`."""
        self.lots.append(
            {
                "quarter": str(lot.quarter), "signal_date": lot.signal_date, "ticker": ticker,
                "bought_on": lot.bought_on, "buy_price": lot.buy_price, "sold_on": sold_on, "sell_price": shown,
                "return_pct": (adjusted / (lot.paid / lot.units) - 1) * 100, "end": end.value,
            }
        )  # fmt: skip


_LOTS = {
    "quarter": pl.String, "signal_date": pl.Date, "ticker": pl.String, "bought_on": pl.Date, "buy_price": pl.Float64,
    "sold_on": pl.Date, "sell_price": pl.Float64, "return_pct": pl.Float64, "end": pl.String,
}  # fmt: skip
_FILLS = {"date": pl.Date, "ticker": pl.String, "usd": pl.Float64, "cost_usd": pl.Float64}
