"""Join holders with performance and rank.

Every stock that could have stood on the list is accounted for: it is on it, or a filter that is counted took it
away, or it is held back with its reason.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal

import polars as pl

from .tables import RANKED

By = Literal["performance", "holders"]
Order = Literal["descending", "ascending"]

_HELD = ("cusip", "kind", "holders", "holders_previous", "shares", "value_usd", "largest_holder")


@dataclass(frozen=True)
class Parameters:
    """What the list is of; every field is printed with it."""

    quarter: str
    base_date: date
    end_date: date
    cap_date: date
    cap_min_usd: float = 50e6
    cap_max_usd: float = 300e6
    min_holders: int = 1
    by: By = "performance"
    order: Order = "descending"
    top: int | None = None

    def as_dict(self) -> dict[str, object]:
        """Field names and values, dates as ISO text."""
        return {key: value.isoformat() if isinstance(value, date) else value for key, value in asdict(self).items()}


@dataclass(frozen=True)
class Ranking:
    """The list (RANKED, in the order asked for), what each filter took away, and who is held back and why."""

    rows: pl.DataFrame
    removed: dict[str, int]
    held_back: pl.DataFrame


def rank(parameters: Parameters, caps: pl.DataFrame, returns: pl.DataFrame, held: pl.DataFrame) -> Ranking:
    """Rank the stocks of the band.

    `caps` is PRICES with one row a ticker, the newest on or before the cap date; `returns` is RETURNS; `held` is
    HOLDER_COUNTS of the securities that have a ticker.
    """
    removed: dict[str, int] = {}

    def keep(frame: pl.DataFrame, condition: pl.Expr, why: str) -> pl.DataFrame:
        kept = frame.filter(condition.fill_null(False))
        removed[why] = frame.height - kept.height
        return kept

    frame = keep(caps, pl.col("market_cap_usd").is_not_null(), "no market capitalization on the cap date")
    low, high = parameters.cap_min_usd, parameters.cap_max_usd
    frame = keep(frame, pl.col("market_cap_usd").is_between(low, high), "market capitalization outside of the band")
    frame = keep(frame, ~pl.col("ticker").str.contains("^", literal=True), "preferred series (by the ticker)")
    frame = frame.join(held.select("ticker", *_HELD), on="ticker", how="left", validate="1:1")
    frame = keep(frame, pl.col("cusip").is_not_null(), "no CUSIP known, or no hedge fund reports it")
    frame = keep(frame, pl.col("kind").is_in(["common", "adr", "unknown"]), "neither common shares nor ADRs")
    frame = keep(frame, pl.col("holders") >= parameters.min_holders, f"fewer than {parameters.min_holders} holders")
    frame = frame.select(pl.exclude("close", "volume", "pct_change", "source", "is_adjusted")).join(
        returns, on="ticker", how="left", suffix="_returns", validate="1:1"
    )
    is_known = pl.col("return_pct").is_not_null()
    reason = pl.coalesce("held_back", pl.lit("no price on the base or end date"))
    held_back = frame.filter(~is_known).select("ticker", "name", "market_cap_usd", "holders", reason.alias("reason"))
    frame = keep(frame, is_known, "held back: no return that can be trusted")

    # Ties: more holders (or the better return) first, then the larger company, then the ticker.
    measures = ["return_pct", "holders"] if parameters.by == "performance" else ["holders", "return_pct"]
    frame = frame.sort([*measures, "market_cap_usd", "ticker"], descending=[True, True, True, False])
    frame = frame.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("rank"), pl.col("date").alias("market_cap_date")
    )
    rows = RANKED.check(RANKED.fit(frame.head(parameters.top) if parameters.top else frame))
    return Ranking(rows.reverse() if parameters.order == "ascending" else rows, removed, held_back.sort("ticker"))
