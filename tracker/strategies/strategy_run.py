"""A rule over all its signal days: what it picks with what was known then, and what became of a portfolio."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

import polars as pl

from ..errors import NotFoundError, SettingError
from ..prices.calendar import is_session
from ..prices.cohort import BENCHMARKS
from ..quarters import Quarter
from ..store import Store
from .band_growth import band_growth
from .known_reports import known_on
from .known_state import Archive, KnownState, Scope
from .listing_ends import End
from .pick_weights import choose, weigh
from .random_portfolios import RandomPortfolios, draw
from .signal_days import SignalDay, SignalOn, after_deadline, on_filings
from .simulation import Simulation, Target, Terms, simulate
from .strategy_plan import Plan
from .strategy_rules import Pick
from .trading_market import Market, open_market

CAPITALS = (1e6, 2.5e6, 5e6, 1e7, 2.5e7, 5e7, 1e8, 2.5e8, 5e8, 1e9)
MIN_QUARTERS_FOR_A_CLAIM = 8


@dataclass(frozen=True)
class StrategyRun:
    """A rule that was tried.

    `trades` has a row for each pick that was bought: quarter, signal_date, ticker (of the signal day), cusip, name,
    weight, holders, bought_on, buy_price, sold_on, sell_price, return_pct, end (an `End`), accession_numbers. `low` and
    `high` are the same with a loss of 100% and of 0 on what was delisted, None if nothing was. `band` holds all
    candidates alike, without costs; `growth` (quarter, ticker, date, growth) is that of each of them.
    """

    plan: Plan
    rule: str
    states: list[KnownState]
    market: Market
    simulation: Simulation
    trades: pl.DataFrame
    targets: list[Target]
    low: Simulation | None
    high: Simulation | None
    band: Simulation
    growth: pl.DataFrame
    missing: list[Quarter]

    @property
    def quarters(self) -> int:
        """The number of quarters whose reports were acted on."""
        return len({target.quarter for target in self.targets})

    @property
    def names(self) -> int:
        """The number of stocks that were held."""
        return self.trades["cusip"].fill_null(self.trades["ticker"]).n_unique()

    @property
    def is_too_short(self) -> bool:
        """Whether there are too few quarters to claim anything."""
        return self.quarters < MIN_QUARTERS_FOR_A_CLAIM

    @property
    def looks_ahead(self) -> list[str]:
        """What later knowledge a signal day rests on, each once."""
        return list(dict.fromkeys(warning for state in self.states for warning in state.looks_ahead))

    @cached_property
    def luck(self) -> RandomPortfolios:
        """Random portfolios of as many stocks, from the same candidates and days, at the same cost."""
        return draw(self.growth, self.plan.top, cost_pct=self.plan.terms.cost_pct)

    @cached_property
    def capacity_usd(self) -> float | None:
        """The least of CAPITALS at which the portfolio made no more than the band; None if there is none."""
        for capital in CAPITALS:
            terms = replace(self.plan.terms, capital_usd=capital)
            tried = simulate(self.targets, self.market, terms, self.simulation.daily["date"][-1])
            if tried.total_return_pct <= self.band.total_return_pct:
                return capital
        return None


class Trials:
    """Rules over one store; what was known on a day is found out once."""

    def __init__(self, store: Store, delistings: pl.DataFrame | None = None) -> None:
        self.archive = Archive(store)
        self._store, self._delistings = store, delistings
        self._states: dict[tuple[SignalDay, Scope, date | None], KnownState] = {}
        self._bands: dict[tuple[tuple[SignalDay, ...], Scope, date], tuple[Simulation, pl.DataFrame]] = {}
        self._markets: dict[tuple[date, date | None], Market] = {}

    def run(self, rule: str, pick: Pick, plan: Plan) -> StrategyRun:
        """Try a rule. Raises NotFoundError if nothing is loaded that it could act on."""
        signals, missing = self._signals(plan)
        until = plan.until or (after_deadline(plan.last.next, plan.lag).day if plan.last else None)
        market = self._market(signals[0].day, until)
        signals = [signal for signal in signals if signal.day < market.horizon]
        if not signals:
            raise NotFoundError(
                f"no prices after the first signal day are loaded (they end on {market.horizon}): "
                "`tracker prices import` newer ones"
            )
        states = self._known(signals, plan.scope)
        chosen = self._choose(pick, plan, states, market)
        picks = pl.concat([part for part in chosen if part.height] or chosen[:1])
        targets = [_target(state, part) for state, part in zip(states, chosen, strict=True)]
        own = market.of(pl.concat([*(part["traded_as"] for part in chosen), pl.Series(BENCHMARKS, dtype=pl.String)]))
        result = simulate(targets, own, plan.terms)
        trades = _trades(result.lots, picks, market.horizon)
        is_bounded = (trades["end"] == End.DELISTED).any()
        low, high = (simulate(targets, own.ending(pct), plan.terms) if is_bounded else None for pct in (-100.0, 0.0))
        band, growth = self._band(states, market, plan.scope)
        return StrategyRun(plan, rule, states, own, result, trades, targets, low, high, band, growth, missing)

    def state_on(self, day: date, plan: Plan) -> KnownState:
        """What is known at the end of `day` of the newest quarter whose deadline has passed by then.

        Raises NotFoundError if that is nothing, or if no close is loaded for the week up to `day`.
        """
        session = day
        while not is_session(session):
            session -= timedelta(days=1)
        quarters = [quarter for quarter in self._store.quarters() if quarter.deadline < day]
        if not quarters:
            self._store.require_quarter(None)
            raise NotFoundError(
                f"no loaded quarter was due before {day}; choose a later --on, or `tracker refresh` one"
            )
        before = after_deadline(quarters[-2], plan.lag).day if len(quarters) > 1 else None
        state = self.archive.state(SignalDay(session, quarters[-1]), plan.scope, before)
        if state.candidates.is_empty():
            newest = self.archive.window.prices.filter(pl.col("market_cap_usd").is_not_null())["date"].max()
            raise NotFoundError(
                f"no stock of the band has a market cap in the week up to {session}; the newest is of {newest}: "
                "choose another --on, or `tracker prices import` newer ones"
            )
        return state

    def _signals(self, plan: Plan) -> tuple[list[SignalDay], list[Quarter]]:
        """The signal days of the loaded quarters of the plan, and its quarters that are not loaded."""
        loaded = self._store.quarters()
        self._store.require_quarter(None)
        first, last = plan.first or loaded[0], plan.last or loaded[-1]
        if last < first:
            raise SettingError(f"--from {first} is after --to {last}; write the older quarter first")
        chosen = [quarter for quarter in loaded if first <= quarter <= last]
        if not chosen:
            names = [str(quarter) for quarter in loaded]
            raise NotFoundError(f"no quarter from {first} to {last} is loaded: run `tracker refresh {last}`", names)
        missing = [quarter for quarter in _range(chosen[0], chosen[-1]) if quarter not in chosen]
        if plan.signal_on == SignalOn.DEADLINE:
            return [after_deadline(quarter, plan.lag) for quarter in chosen], missing
        filings = self.archive.reports.filings.with_columns(known_on=known_on)
        signals: list[SignalDay] = []
        for quarter in chosen:
            known = filings.filter(pl.col("period_of_report") == quarter.end)["known_on"]
            signals += on_filings(quarter, known.unique(), quarter.next.end)
        return sorted(signals), missing

    def _known(self, signals: list[SignalDay], scope: Scope) -> list[KnownState]:
        states, before = [], None
        for signal in signals:
            key = (signal, scope, before)
            if key not in self._states:
                self._states[key] = self.archive.state(signal, scope, before)
            states.append(self._states[key])
            before = signal.day
        return states

    def _market(self, since: date, until: date | None) -> Market:
        if (since, until) not in self._markets:
            window = self.archive.window
            if window.prices.filter(pl.col("date") >= since).is_empty():
                raise NotFoundError(f"no prices from {since} on are loaded: `tracker prices import`, then run it again")
            self._markets[since, until] = open_market(window, self.archive.securities, since, until, self._delistings)
        return self._markets[since, until]

    def _choose(self, pick: Pick, plan: Plan, states: list[KnownState], market: Market) -> list[pl.DataFrame]:
        """The picks of each signal day: CANDIDATES with weight, traded_as, renamed_on, quarter, signal_date."""
        chosen: list[pl.DataFrame] = []
        held: list[str] = []
        for state in states:
            ranked = pick(state.candidates)
            named = market.final_tickers(ranked)
            still = named.filter(pl.col("traded_as").is_in(held))["ticker"].to_list()
            picks = weigh(choose(ranked, still, plan.top, plan.hold_until or plan.top), plan.weights)
            picks = market.final_tickers(picks).unique("traded_as", maintain_order=True)
            held = picks["traded_as"].to_list()
            chosen.append(
                picks.with_columns(
                    quarter=pl.lit(str(state.signal.quarter)), signal_date=pl.lit(state.signal.day, pl.Date)
                )
            )
        return chosen

    def _band(self, states: list[KnownState], market: Market, scope: Scope) -> tuple[Simulation, pl.DataFrame]:
        """All candidates of each signal day alike, without costs and limits; and their growth, as `band_growth`."""
        key = (tuple(state.signal for state in states), scope, market.horizon)
        if key in self._bands:
            return self._bands[key]
        targets = []
        for state in states:
            named = market.final_tickers(state.candidates)
            tickers = named["traded_as"].unique().sort().to_list()
            targets.append(
                Target(state.signal.day, state.signal.quarter, dict.fromkeys(tickers, 1 / max(1, len(tickers))))
            )
        unlimited = replace(market, closes=market.closes.with_columns(typical_volume=pl.lit(None, pl.Float64)))
        self._bands[key] = simulate(targets, unlimited, Terms(1e6, 0.0)), band_growth(states, market)
        return self._bands[key]


def _target(state: KnownState, picks: pl.DataFrame) -> Target:
    return Target(state.signal.day, state.signal.quarter, dict(picks.select("traded_as", "weight").iter_rows()))


def _trades(lots: pl.DataFrame, picks: pl.DataFrame, horizon: date) -> pl.DataFrame:
    known = picks.select(
        "signal_date", "ticker", "cusip", "name", "weight", "holders", "accession_numbers", "traded_as", "renamed_on"
    )
    joined = lots.rename({"ticker": "traded_as"}).join(
        known, on=["signal_date", "traded_as"], how="left", validate="1:1", maintain_order="left"
    )
    last = pl.col("sold_on").fill_null(horizon)
    is_renamed = pl.col("renamed_on").is_between("signal_date", last, "right") & pl.col("end").is_in(
        [End.HELD, End.SOLD]
    )
    return (
        joined.with_columns(end=pl.when(is_renamed.fill_null(False)).then(pl.lit(End.RENAMED.value)).otherwise("end"))
        .select(
            "quarter", "signal_date", "ticker", "cusip", "name", "weight", "holders", "bought_on", "buy_price",
            "sold_on", "sell_price", "return_pct", "end", "accession_numbers",
        )
        .sort("signal_date", "ticker")
    )  # fmt: skip


def _range(first: Quarter, last: Quarter) -> list[Quarter]:
    quarters = [first]
    while quarters[-1] < last:
        quarters.append(quarters[-1].next)
    return quarters
