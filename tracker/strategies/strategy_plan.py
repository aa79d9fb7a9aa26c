"""What is tried: over which quarters, of which stocks, when, and with how much money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ..band import MICRO_CAP, Band
from ..quarters import Quarter
from .known_state import Scope
from .pick_weights import Weights
from .signal_days import LAG, SignalOn
from .simulation import Terms

COST_PCT, SMALL_CAP_COST_PCT = 0.57, 0.31


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is tried: over which quarters, of which stocks, when, and with how much money.

    `until` is the last day of prices (default: the signal day of the quarter after `last`, or the newest day that is
    covered). `hold_until`: a stock that is held stays until it is no longer among so many best (default: `top`).
    `cost_pct` is one way; by default that of micro-caps, or that of small caps if the band goes beyond them (Novy-Marx
    and Velikov).
    """

    first: Quarter | None = None
    last: Quarter | None = None
    until: date | None = None
    top: int = 15
    band: Band = MICRO_CAP
    lag: int = LAG
    signal_on: SignalOn = SignalOn.DEADLINE
    capital_usd: float = 1e6
    cost_pct: float | None = None
    weights: Weights = Weights.EQUAL
    hold_until: int | None = None
    min_quarters: int = 1

    @property
    def terms(self) -> Terms:
        """Capital and cost of the simulation."""
        default = COST_PCT if self.band.high_usd <= MICRO_CAP.high_usd else SMALL_CAP_COST_PCT
        return Terms(self.capital_usd, default if self.cost_pct is None else self.cost_pct)

    @property
    def scope(self) -> Scope:
        """Which stocks and funds count."""
        return Scope(self.band, self.min_quarters)
