"""Join holders with performance and rank.

Every stock with a price is accounted for: it is on the list, or a filter that is counted removed it, or it is held
back with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from ..output import plural
from ..tables import RANKED, HeldBack, HolderCountsFrame, PricesFrame, RankedFrame, ReturnsFrame
from .measures import Order
from .parameters import Parameters
from .quarter_changes import CHANGES

_HELD = (
    "cusip",
    "kind",
    "holders",
    *CHANGES[:3],
    "awaited",
    "holders_carried",
    "shares",
    "value_usd",
    "largest_holder",
)
_DETAILS = {"ticker": pl.String, "typical_volume": pl.Float64, "first_date": pl.Date, "split_since": pl.Float64}
_NEEDS = {
    "change": "no fund is known to have reported for this quarter and the one before",
    "holders_carried": "the quarter before is not loaded",
    "ownership_pct": "shares outstanding are not known",
}


@dataclass(frozen=True)
class Removal:
    """A filter: what it removes, as text, and how many stocks it removed."""

    reason: str
    count: int


@dataclass(frozen=True)
class Ranking:
    """A ranking, in the order asked for; `rows` is cut to what was asked for, `band` has every ranked stock.

    `held_back` has columns ticker, name, market_cap_usd, holders, reason, kind (one of HeldBack). `holders` of the
    stocks held back includes the awaited if these are ranked. `missing` says of each ticker of `Criteria.only` that is
    not ranked what removed it.
    """

    rows: RankedFrame
    band: RankedFrame
    removals: tuple[Removal, ...]
    held_back: pl.DataFrame
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def removed(self) -> dict[str, int]:
        """How many stocks each filter removed, in its order."""
        return {removal.reason: removal.count for removal in self.removals}

    def steps(self) -> list[dict[str, object]]:
        """Each filter in its order: what it removes, how many stocks it removed, how many were left."""
        left = sum(removal.count for removal in self.removals) + self.band.height
        rows: list[dict[str, object]] = []
        for removal in self.removals:
            left -= removal.count
            rows.append({"filter": removal.reason, "removed": removal.count, "left": left})
        return rows


def rank(
    parameters: Parameters,
    caps: PricesFrame,
    returns: ReturnsFrame,
    held: HolderCountsFrame,
    details: pl.DataFrame | None = None,
) -> Ranking:
    """Rank the stocks of the band.

    `caps` has one row a ticker, the newest on or before the cap date; `held` has the securities with a ticker.
    `details` has what the filters need of tickers: columns ticker, typical_volume (shares a day), first_date (the first
    day with a close), and split_since (new shares for one share of the quarter's end); what is missing is unknown.
    """
    removals: list[Removal] = []
    chosen = pl.col("ticker").is_in(parameters.only)
    quoted = caps.filter(chosen)["ticker"]
    missing = {ticker: "no price on the cap date" for ticker in parameters.only if ticker not in quoted}

    def keep(stocks: pl.DataFrame, condition: pl.Expr, reason: str) -> pl.DataFrame:
        kept = stocks.filter(condition.fill_null(False))
        removals.append(Removal(reason, stocks.height - kept.height))
        if parameters.only:
            gone = stocks.filter(chosen).join(kept, on="ticker", how="anti")
            missing.update(dict.fromkeys(gone["ticker"], reason))
        return kept

    stocks = keep(caps, pl.col("market_cap_usd").is_not_null(), "no market capitalization on the cap date")
    in_band = pl.col("market_cap_usd").is_between(*parameters.band)
    stocks = keep(stocks, in_band, "market capitalization outside of the band")
    stocks = keep(stocks, ~pl.col("ticker").str.contains("^", literal=True), "preferred series (by the ticker)")
    stocks = stocks.join(held.select("ticker", *_HELD), on="ticker", how="left", validate="1:1")
    stocks = keep(stocks, pl.col("cusip").is_not_null(), "no CUSIP known, or no hedge fund reports it")
    for kind in stocks["kind"].unique().sort():
        if kind not in parameters.kind:
            stocks = keep(stocks, pl.col("kind").ne_missing(kind), f"kind of security: {kind or 'unknown'}")
    stocks = stocks.join(_fit_details(details), on="ticker", how="left", validate="1:1").with_columns(_measures())
    for condition, reason in _filters(parameters):
        stocks = keep(stocks, condition, reason)
    counted = pl.col(parameters.holders)
    enough = (counted >= parameters.min_holders) | counted.is_null()  # not known: has a reason of its own below
    stocks = keep(stocks, enough, f"fewer than {plural(parameters.min_holders, 'holder')}")
    stocks = stocks.select(pl.exclude("close", "pct_change", "is_adjusted")).join(
        returns, on="ticker", how="left", suffix="_returns", validate="1:1"
    )
    has_return = pl.col("return_pct").is_not_null()
    held_back = stocks.filter(~has_return).select(
        "ticker",
        "name",
        "market_cap_usd",
        counted.alias("holders"),
        pl.coalesce("held_back", pl.lit("no price on the base or end date")).alias("reason"),
        pl.coalesce("held_back_kind", pl.lit(HeldBack.NO_PRICE.value)).alias("kind"),
    )
    stocks = keep(stocks, has_return, "held back: no return that can be trusted")
    doubted = held_back.filter(chosen).select("ticker", pl.format("held back: {}", "reason"))
    missing.update(dict(doubted.rows()))
    measure = parameters.measures[0]
    if measure in _NEEDS:
        stocks = keep(stocks, pl.col(measure).is_not_null(), _NEEDS[measure])
    best_first = _order(stocks, parameters.measures)
    rows = _renumbered(best_first.filter(chosen)) if parameters.only else best_first
    rows = rows.head(parameters.top) if parameters.top else rows
    if parameters.order is Order.ascending:
        rows, best_first = rows.reverse(), best_first.reverse()
    return Ranking(rows, best_first, tuple(removals), held_back.sort("ticker"), missing)


def _order(stocks: pl.DataFrame, measures: Sequence[str]) -> RankedFrame:
    """RANKED, rank 1 first; what is still tied goes to the larger company, then by the ticker."""
    order = [*measures, "market_cap_usd", "ticker"]
    ranked = stocks.sort(order, descending=[name != "ticker" for name in order], nulls_last=True).with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("rank"), pl.col("date").alias("market_cap_date")
    )
    return RANKED.check(RANKED.fit(ranked))


def _renumbered(ranked: RankedFrame) -> RankedFrame:
    return ranked.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("rank"))


def _fit_details(details: pl.DataFrame | None) -> pl.DataFrame:
    if details is None:
        return pl.DataFrame(schema=_DETAILS)
    return details.select(pl.col(name).cast(dtype) for name, dtype in _DETAILS.items())


def _measures() -> list[pl.Expr]:
    """Derived columns: the change of holders, and the share of the company that they own."""
    outstanding = pl.col("market_cap_usd") / pl.col("close")
    shares = pl.col("shares") * pl.col("split_since").fill_null(1.0)
    return [
        (pl.col("new") - pl.col("closed")).alias("change"),
        (shares / outstanding * 100).alias("ownership_pct"),
        pl.col("source").alias("market_cap_source"),
    ]


def _filters(parameters: Parameters) -> list[tuple[pl.Expr, str]]:
    """The filters asked for: what is kept, and what is removed, as text. An unknown value does not meet a filter."""
    filters: list[tuple[pl.Expr, str]] = []
    if parameters.min_price is not None:
        reason = f"price below ${parameters.min_price:g} on the cap date"
        filters.append((pl.col("close") >= parameters.min_price, reason))
    if parameters.min_volume is not None:
        reason = f"fewer than {parameters.min_volume:,.0f} shares traded on a typical day, or not known"
        filters.append((pl.col("typical_volume") >= parameters.min_volume, reason))
    if parameters.min_age is not None:
        age = (pl.col("date") - pl.col("first_date")).dt.total_days()
        filters.append((age >= parameters.min_age, f"listed for fewer than {plural(parameters.min_age, 'day')}"))
    if parameters.exclude:
        filters.append((~pl.col("ticker").is_in(parameters.exclude), "left out by choice"))
    for name in ("exchange", "sector", "country"):
        wanted = [value.casefold() for value in getattr(parameters, name)]
        if wanted:
            filters.append((pl.col(name).str.to_lowercase().is_in(wanted), f"another {name}, or not known"))
    return filters
