"""What a list is asked for, and the completed parameters that are printed with it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date

from ..band import MICRO_CAP, Band
from ..quarters import Quarter
from ..securities import types
from .measures import By, Order


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """Which stocks a list has, over which dates, and in which order.

    `base_date` and `end_date` are the dates of the performance, `cap_date` that of the market caps. With `rank_carried`
    the number of holders includes the awaited. None means: the default, or no such filter. `only` are the tickers that
    a person chose from the list, `exclude` those that a person left out.
    """

    quarter: Quarter | None = None
    base_date: date | None = None
    end_date: date | None = None
    cap_date: date | None = None
    cap_min_usd: float = MICRO_CAP.low_usd
    cap_max_usd: float = MICRO_CAP.high_usd
    min_holders: int = 1
    min_price: float | None = None
    min_volume: float | None = None
    min_age: int | None = None
    exchange: tuple[str, ...] = ()
    sector: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    kind: tuple[str, ...] = types.RANKED_KINDS
    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    from_low: bool = False
    total_return: bool = False
    by_filer: bool = False
    with_market_makers: bool = False
    by: By = By.performance
    rank_carried: bool = False
    order: Order = Order.descending
    top: int | None = None

    @property
    def band(self) -> Band:
        """The market-cap band."""
        return Band(self.cap_min_usd, self.cap_max_usd)

    @property
    def holders(self) -> str:
        """The column of RANKED that has the number of holders: those who have reported, or with the awaited."""
        return "holders_carried" if self.rank_carried else "holders"

    @property
    def measures(self) -> tuple[str, ...]:
        """Columns of RANKED that decide, the measure itself first, then what breaks its ties; more is better."""
        return (self.holders, *self.by.columns) if self.rank_carried else self.by.columns


@dataclass(frozen=True, kw_only=True)
class ListRequest(Criteria):
    """What a user asks for; with `known_on`, answered from filings up to that day only."""

    known_on: date | None = None

    def complete(self, quarter: Quarter, base_date: date, end_date: date, cap_date: date) -> Parameters:
        """The request with its quarter and its dates."""
        chosen = {column.name: getattr(self, column.name) for column in fields(Criteria)}
        dates = {"base_date": base_date, "end_date": end_date, "cap_date": cap_date}
        return Parameters(**{**chosen, **dates, "quarter": quarter})


@dataclass(frozen=True, kw_only=True)
class Parameters(Criteria):
    """A request whose quarter and dates are known; every field is printed with the list."""

    quarter: Quarter = field()
    base_date: date = field()
    end_date: date = field()
    cap_date: date = field()

    def as_dict(self) -> dict[str, object]:
        """Field names and values as JSON has them: the quarter, dates and choices as text."""
        return {column.name: _as_json(getattr(self, column.name)) for column in fields(self)}


def _as_json(value: object) -> object:
    if isinstance(value, Quarter | By | Order):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
