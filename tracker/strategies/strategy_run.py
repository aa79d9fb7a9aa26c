"""A rule over all its signal days: what it picks with what was known then, and what became of a portfolio."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

import polars as pl

from ..errors import NotFoundError, SettingError
from ..prices.calendar import is_session
from ..prices.cohort import BENCHMARKS
from ..quarters import Quarter
from ..store import Store
from ..store.kept_delistings import kept_delistings
from ..tables import DelistedStocksFrame
from .band_growth import BandGrowth, BandPath, band_growth
from .kept_growth import KeptGrowth
from .kept_states import KeptStates
from .known_reports import known_on
from .known_state import Archive, KnownState, Scope
from .listing_ends import End
from .pick_weights import choose, weigh
from .random_portfolios import RandomPortfolios, draw
from .signal_days import SignalDay, SignalOn, after_deadline, on_filings
from .simulation import Simulation, Target, simulate
from .strategy_plan import Plan
from .strategy_rules import Pick
from .trading_market import Market, final_tickers, last_covered, open_market, renamed_by

CAPITALS = (1e6, 2.5e6, 5e6, 1e7, 2.5e7, 5e7, 1e8, 2.5e8, 5e8, 1e9)
MIN_QUARTERS_FOR_A_CLAIM = 8


@dataclass(frozen=True)
class StrategyRun:
    """A rule that was tried.

    `trades` has a row for each pick that was bought: quarter, signal_date, ticker (of the signal day), cusip, name,
    weight, holders, bought_on, buy_price, sold_on, sell_price, return_pct, end (an `End`), accession_numbers. `low` and
    `high` are the same with a loss of 100% and of 0 on what was delisted, None if nothing was. `band` holds all
    candidates alike, `cap_weighted_band` by their market caps, both without costs; `growth` is that of each of them
    (see `band_growth`). `missing` are quarters that are not loaded; `indexed` those whose form index was read for
    delistings.
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
    band: BandPath
    cap_weighted_band: BandPath
    growth: pl.DataFrame
    missing: list[Quarter]
    indexed: list[Quarter]

    @property
    def quarters(self) -> int:
        """The number of quarters whose reports were acted on."""
        return len({target.quarter for target in self.targets})

    @property
    def traded_quarters(self) -> list[Quarter]:
        """The calendar quarters from the first signal day to the last day of prices."""
        first, last = Quarter.of(self.states[0].signal.day), Quarter.of(self.simulation.daily["date"][-1])
        return quarters_between(first, last)

    @property
    def without_delistings(self) -> list[Quarter]:
        """Those of them whose form index has not been read."""
        return [quarter for quarter in self.traded_quarters if quarter not in self.indexed]

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
            tried = simulate(self.targets, self.market, terms, until=self.simulation.daily["date"][-1])
            if tried.total_return_pct <= self.band.total_return_pct:
                return capital
        return None


class Trials:
    """Rules over one store; what was known on a day is found out once."""

    def __init__(self, store: Store, delistings: DelistedStocksFrame | None = None) -> None:
        self.archive = Archive(store)
        self._store, self._kept = store, KeptStates(store, self.archive)
        self._growth = KeptGrowth(store, self.archive.prices)
        kept, self._indexed = kept_delistings(store.settings)
        self._delistings = delistings if delistings is not None else kept if self._indexed else None
        self._states: dict[tuple[tuple[SignalDay, ...], Scope], list[KnownState]] = {}
        self._counts: tuple[date, pl.DataFrame] | None = None
        self._bands: dict[tuple[tuple[SignalDay, ...], Scope, date], BandGrowth] = {}

    def run(self, rule: str, pick: Pick, plan: Plan) -> StrategyRun:
        """Try a rule. Raises NotFoundError if nothing is loaded that it could act on."""
        signals, missing = self._signals(plan)
        until = plan.until or (after_deadline(plan.last.next, plan.lag).day if plan.last else None)
        horizon = self._horizon(signals[0].day, until)
        signals = [signal for signal in signals if signal.day < horizon]
        if not signals:
            raise NotFoundError(
                f"no prices after the first signal day are loaded (they end on {horizon}): "
                "`tracker prices import` newer ones"
            )
        states = self._known(signals, plan.scope)
        moves = renamed_by(self.archive.prices, self.archive.securities, horizon)
        chosen = _choose(pick, plan, states, moves)
        picks = pl.concat([part for part in chosen if part.height] or chosen[:1])
        targets = [_target(state, part) for state, part in zip(states, chosen, strict=True)]
        own = self._market([*picks["traded_as"], *BENCHMARKS], signals[0].day, horizon)
        result = simulate(targets, own, plan.terms)
        trades = _trades(result.lots, picks, horizon)
        is_bounded = (trades["end"] == End.DELISTED).any()
        low, high = (simulate(targets, own, plan.terms, final_pct=pct) if is_bounded else None for pct in (-100.0, 0.0))
        band = self._band(states, plan.scope, horizon)
        return StrategyRun(
            plan=plan,
            rule=rule,
            states=states,
            market=own,
            simulation=result,
            trades=trades,
            targets=targets,
            low=low,
            high=high,
            band=band.equal,
            cap_weighted_band=band.by_cap,
            growth=band.growth,
            missing=missing,
            indexed=self._indexed,
        )

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
            newest = self.archive.prices.newest_cap()
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
        missing = [quarter for quarter in quarters_between(chosen[0], chosen[-1]) if quarter not in chosen]
        if plan.signal_on == SignalOn.DEADLINE:
            return [after_deadline(quarter, plan.lag) for quarter in chosen], missing
        filings = self.archive.reports.filings.with_columns(known_on=known_on)
        signals: list[SignalDay] = []
        for quarter in chosen:
            known = filings.filter(pl.col("period_of_report") == quarter.end)["known_on"]
            signals += on_filings(quarter, known.unique(), quarter.next.end)
        return sorted(signals), missing

    def _known(self, signals: list[SignalDay], scope: Scope) -> list[KnownState]:
        key = (tuple(signals), scope)
        if key not in self._states:
            self._states[key] = self._kept.states(signals, scope)
        return self._states[key]

    def _horizon(self, since: date, until: date | None) -> date:
        """The last day that prices cover, on or before `until`."""
        counts = self._counts_from(since)
        if counts.is_empty():
            raise NotFoundError(f"no prices from {since} on are loaded: `tracker prices import`, then run it again")
        return last_covered(counts, until)

    def _counts_from(self, since: date) -> pl.DataFrame:
        if self._counts is None or self._counts[0] != since:
            self._counts = since, self._growth.day_counts(since)
        return self._counts[1]

    def _band(self, states: list[KnownState], scope: Scope, horizon: date) -> BandGrowth:
        """What all candidates made until the horizon."""
        key = (tuple(state.signal for state in states), scope, horizon)
        if key not in self._bands:
            counts = self._counts_from(states[0].signal.day)
            sessions = [day for day in counts["date"] if day <= horizon]
            archive = self.archive
            band = band_growth(states, archive.prices, archive.securities, self._delistings, sessions, self._growth)
            self._bands[key] = band
        return self._bands[key]

    def _market(self, tickers: Iterable[str], since: date, horizon: date) -> Market:
        wanted = sorted({*tickers})
        return open_market(self.archive.prices, self.archive.securities, wanted, (since, horizon), self._delistings)


def _choose(pick: Pick, plan: Plan, states: list[KnownState], moves: pl.DataFrame) -> list[pl.DataFrame]:
    """The picks of each signal day: CANDIDATES with weight, traded_as, renamed_on, quarter, signal_date."""
    chosen: list[pl.DataFrame] = []
    held: list[str] = []
    for state in states:
        ranked = pick(state.candidates)
        named = final_tickers(ranked, moves, state.signal.day)
        still = named.filter(pl.col("traded_as").is_in(held))["ticker"].to_list()
        picks = weigh(choose(ranked, still, plan.top, plan.hold_until or plan.top), plan.weights)
        picks = final_tickers(picks, moves, state.signal.day).unique("traded_as", maintain_order=True)
        held = picks["traded_as"].to_list()
        quarter, day = pl.lit(str(state.signal.quarter)), pl.lit(state.signal.day, pl.Date())
        chosen.append(picks.with_columns(quarter=quarter, signal_date=day))
    return chosen


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


def quarters_between(first: Quarter, last: Quarter) -> list[Quarter]:
    """The quarters from the first to the last, both included."""
    quarters = [first]
    while quarters[-1] < last:
        quarters.append(quarters[-1].next)
    return quarters
