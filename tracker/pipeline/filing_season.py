"""How far a quarter's filing season is: who reported for the last complete quarter, and has, or has not yet, filed.

A quarter is complete once it was refreshed after its deadline. A family has filed if any of its managers has: a report,
a notice (then somebody else reports for it), or a filing that could not be fetched or read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from ..output import money, plural
from ..quarters import Quarter
from ..store import Store
from ..tables import COUNTED_ROLES, MANAGERS, REJECTS, RUNS, dollars_per_unit

_SHOWN = 5
_FILING_COLUMNS = ("cik", "role", "value_total", "unit")


@dataclass(frozen=True)
class FilingSeason:
    """Hedge-fund families that reported for `complete_quarter`: how many, how many of them have filed for `quarter`.

    `awaited` has columns family, value_usd (what it reported for `complete_quarter`): those that have not, the largest
    first. `new` families have reported for `quarter` only.
    """

    quarter: Quarter
    complete_quarter: Quarter
    known: int
    new: int
    awaited: pl.DataFrame

    @property
    def filed(self) -> int:
        """How many of the known families have filed."""
        return self.known - self.awaited.height

    def as_dict(self) -> dict[str, Any]:
        """The counts, and every family that is awaited."""
        return {
            "quarter": str(self.quarter),
            "complete_quarter": str(self.complete_quarter),
            "known": self.known,
            "filed": self.filed,
            "not_yet_filed": self.awaited.height,
            "new": self.new,
            "awaited": self.awaited.to_dicts(),
        }

    def sentence(self) -> str:
        """The counts and the largest that are awaited, as a sentence."""
        known = plural(self.known, "hedge-fund family", "hedge-fund families")
        text = (
            f"{known} known from {self.complete_quarter}: {self.filed:,} filed for {self.quarter}, "
            f"{self.awaited.height:,} not yet; {self.new:,} new"
        )
        largest = [
            f"{family} ({'value not known' if value is None else money(value)})"
            for family, value in self.awaited.head(_SHOWN).rows()
        ]
        return f"{text}. Largest not yet filed: {', '.join(largest)}." if largest else f"{text}."


def measure_season(store: Store, quarter: Quarter) -> FilingSeason | None:
    """The season of `quarter`, from what is loaded; None if no complete quarter before it is."""
    earlier = [complete for complete in complete_quarters(store) if complete < quarter]
    if not earlier:
        return None
    complete_quarter = earlier[-1]
    funds = store.read(MANAGERS).filter("is_hedge_fund").select("cik", "family")

    def families(of: Quarter) -> pl.DataFrame:
        filings = store.read_filings(_FILING_COLUMNS, of.end).join(funds, on="cik", validate="m:1")
        return filings.select(
            "family", "role", (pl.col("value_total") * dollars_per_unit(pl.col("unit"))).alias("value_usd")
        )

    is_report = pl.col("role").is_in(COUNTED_ROLES)
    value = pl.when(pl.col("value_usd").is_not_null().any()).then(pl.col("value_usd").sum())
    known = families(complete_quarter).filter(is_report).group_by("family").agg(value)
    filings = families(quarter)
    unread = store.read(REJECTS, period_of_report=quarter.end).join(funds, on="cik", validate="m:1")
    filed = pl.concat([filings["family"], unread["family"]]).unique()
    new = filings.filter(is_report).join(known, on="family", how="anti")["family"].n_unique()
    awaited = known.filter(~pl.col("family").is_in(filed.implode()))
    largest_first = awaited.sort(["value_usd", "family"], descending=[True, False], nulls_last=True)
    return FilingSeason(quarter, complete_quarter, known.height, new, largest_first)


def describe(season: FilingSeason | None, quarter: Quarter) -> str:
    """The season of `quarter` as a sentence; without one, that it is not known, and why."""
    if season is None:
        return f"who has yet to file is not known: no complete quarter before {quarter} is loaded"
    return season.sentence()


def complete_quarters(store: Store) -> list[Quarter]:
    """The loaded quarters that were refreshed after their deadline, oldest first."""
    runs = store.read(RUNS).select("started_at", "period_of_report").rows()
    loaded = {(Quarter.of(period), started_at.date()) for started_at, period in runs}
    return sorted({quarter for quarter, day in loaded if day > quarter.deadline})
