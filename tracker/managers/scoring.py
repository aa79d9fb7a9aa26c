"""How well the classification agrees with labels that somebody else made: precision and recall, with their intervals.

Precision is the part of the counted managers that are hedge funds by the labels; recall the part of the labelled hedge
funds that are counted. A label made by the hand that made the rule proves nothing, so none is shipped.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl

from ..tables import FundListFrame, ManagersFrame

_Z95 = 1.959964  # two-sided 95% of the normal distribution


@dataclass(frozen=True)
class Share:
    """`part` of `whole` (managers, or dollars), with the 95% interval if they are counts."""

    part: float
    whole: float

    @property
    def percent(self) -> float | None:
        """In percent; None of nothing."""
        return 100 * self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95% score interval in percent (Wilson 1927), sound for few cases and for shares near 0 or 100."""
        if not self.whole:
            return None
        share, z2 = self.part / self.whole, _Z95**2
        middle = (share + z2 / (2 * self.whole)) / (1 + z2 / self.whole)
        spread = share * (1 - share) / self.whole + z2 / (4 * self.whole**2)
        half = _Z95 / (1 + z2 / self.whole) * math.sqrt(spread)
        return 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)


@dataclass(frozen=True)
class Score:
    """Precision and recall by number of managers and by the value that they report; `wrong` are the disagreements.

    `wrong` has columns cik, manager_name, is_hedge_fund (counted), label, value_usd and basis, the largest first.
    `absent` counts labelled managers without a filing that is loaded: nothing is known of them. `without_value` counts
    those whose report has no known value: they are left out of the shares by value.
    """

    precision: Share
    recall: Share
    precision_by_value: Share
    recall_by_value: Share
    wrong: pl.DataFrame
    absent: int
    without_value: int


def score(managers: ManagersFrame, labels: FundListFrame) -> Score:
    """Hold the classification against labels (a fund list whose `is_hedge_fund` is the label)."""
    label = labels.drop_nulls("is_hedge_fund").select("cik", pl.col("is_hedge_fund").alias("label"))
    labelled = managers.join(label, on="cik", how="inner", validate="1:1")
    counted, funds = labelled.filter("is_hedge_fund"), labelled.filter("label")
    both = counted.filter("label")
    wrong = labelled.filter(pl.col("is_hedge_fund") != pl.col("label")).sort(
        "value_usd", "cik", descending=[True, False], nulls_last=True
    )

    def value(frame: pl.DataFrame) -> float:
        return float(frame["value_usd"].drop_nulls().sum())

    return Score(
        precision=Share(both.height, counted.height),
        recall=Share(both.height, funds.height),
        precision_by_value=Share(value(both), value(counted)),
        recall_by_value=Share(value(both), value(funds)),
        wrong=wrong.select("cik", "manager_name", "is_hedge_fund", "label", "value_usd", "basis"),
        absent=label.height - labelled.height,
        without_value=labelled["value_usd"].null_count(),
    )
