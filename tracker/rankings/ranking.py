"""Join holders with performance and rank.

Every stock that could have stood on the list is accounted for: it is on it, or a filter that is counted took it
away, or it is held back with its reason.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal

import polars as pl

from ..tables import RANKED

By = Literal["performance", "holders", "change", "value", "ownership"]
Order = Literal["descending", "ascending"]

# What rank 1 is best at, then what breaks ties: more of each is better; what is left goes to the larger company, then
# by the ticker.
TIES: dict[str, tuple[str, ...]] = {
    "performance": ("return_pct", "holders"),
    "holders": ("holders", "return_pct"),
    "change": ("change", "holders", "return_pct"),
    "value": ("value_usd", "holders", "return_pct"),
    "ownership": ("ownership_pct", "holders", "return_pct"),
}
KINDS = ("common", "adr", "unknown")
ALL_KINDS = frozenset({*KINDS, "preferred", "warrant", "unit", "right", "fund", "bond"})

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
    min_price: float | None = None
    min_volume: float | None = None
    min_age: int | None = None
    exchange: tuple[str, ...] = ()
    sector: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    kind: tuple[str, ...] = KINDS
    from_low: bool = False
    total_return: bool = False
    by_filer: bool = False
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

    def steps(self) -> list[dict[str, object]]:
        """Each filter in its order: what it is, how many names it removed, how many were left."""
        left = sum(self.removed.values()) + self.on_list
        rows: list[dict[str, object]] = []
        for why, count in self.removed.items():
            left -= count
            rows.append({"filter": why, "removed": count, "left": left})
        return rows

    on_list: int = 0  # before the list is cut to its length


def rank(
    parameters: Parameters,
    caps: pl.DataFrame,
    returns: pl.DataFrame,
    held: pl.DataFrame,
    details: pl.DataFrame | None = None,
) -> Ranking:
    """Rank the stocks of the band.

    `caps` is PRICES with one row a ticker, the newest on or before the cap date; `returns` is RETURNS; `held` is
    HOLDER_COUNTS of the securities that have a ticker. `details` tells of tickers what the filters need: columns
    ticker, typical_volume (shares a day), first_date (the first day with a close), and split_since (new shares for one
    share of the quarter's end); what is not told there is not known.
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
    for kind in frame["kind"].unique().sort():
        if kind not in parameters.kind:
            frame = keep(frame, pl.col("kind").ne_missing(kind), f"kind of security: {kind or 'unknown'}")
    frame = frame.join(_details(details), on="ticker", how="left", validate="1:1").with_columns(_measures())
    for condition, why in _filters(parameters):
        frame = keep(frame, condition, why)
    frame = keep(frame, pl.col("holders") >= parameters.min_holders, f"fewer than {parameters.min_holders} holders")
    frame = frame.select(pl.exclude("close", "pct_change", "is_adjusted")).join(
        returns, on="ticker", how="left", suffix="_returns", validate="1:1"
    )
    is_known = pl.col("return_pct").is_not_null()
    reason = pl.coalesce("held_back", pl.lit("no price on the base or end date"))
    held_back = frame.filter(~is_known).select("ticker", "name", "market_cap_usd", "holders", reason.alias("reason"))
    frame = keep(frame, is_known, "held back: no return that can be trusted")
    measures = TIES[parameters.by]
    if parameters.by in ("change", "ownership"):
        said = {"change": "the quarter before is not loaded", "ownership": "shares outstanding are not known"}
        frame = keep(frame, pl.col(measures[0]).is_not_null(), said[parameters.by])
    frame = frame.sort(
        [*measures, "market_cap_usd", "ticker"], descending=[True] * (len(measures) + 1) + [False], nulls_last=True
    )
    frame = frame.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("rank"), pl.col("date").alias("market_cap_date")
    )
    rows = RANKED.check(RANKED.fit(frame.head(parameters.top) if parameters.top else frame))
    ordered = rows.reverse() if parameters.order == "ascending" else rows
    return Ranking(ordered, removed, held_back.sort("ticker"), frame.height)


def _details(details: pl.DataFrame | None) -> pl.DataFrame:
    schema = {"ticker": pl.String, "typical_volume": pl.Float64, "first_date": pl.Date, "split_since": pl.Float64}
    given = pl.DataFrame(schema=schema) if details is None else details
    return given.select(pl.col(name).cast(kind) for name, kind in schema.items())


def _measures() -> list[pl.Expr]:
    """Columns that are worked out: change of holders, and the part of the shares outstanding that they hold."""
    outstanding = pl.col("market_cap_usd") / pl.col("close")
    shares = pl.col("shares") * pl.col("split_since").fill_null(1.0)
    return [
        (pl.col("holders") - pl.col("holders_previous")).alias("change"),
        (shares / outstanding * 100).alias("ownership_pct"),
        pl.col("source").alias("market_cap_source"),
    ]


def _filters(parameters: Parameters) -> list[tuple[pl.Expr, str]]:
    """The filters that were asked for: what is kept, and what the others are called. Unknown counts as not met."""
    found: list[tuple[pl.Expr, str]] = []
    if parameters.min_price is not None:
        found.append(
            (pl.col("close") >= parameters.min_price, f"price below ${parameters.min_price:g} on the cap date")
        )
    if parameters.min_volume is not None:
        said = f"fewer than {parameters.min_volume:,.0f} shares traded on a typical day, or not known"
        found.append((pl.col("typical_volume") >= parameters.min_volume, said))
    if parameters.min_age is not None:
        age = (pl.col("date") - pl.col("first_date")).dt.total_days()
        found.append((age >= parameters.min_age, f"listed for fewer than {parameters.min_age} days"))
    for name in ("exchange", "sector", "country"):
        wanted = getattr(parameters, name)
        if wanted:
            told = [value.casefold() for value in wanted]
            found.append((pl.col(name).str.to_lowercase().is_in(told), f"another {name}, or not known"))
    return found
