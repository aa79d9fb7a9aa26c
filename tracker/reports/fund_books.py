"""The books of chosen funds, family by family: what each holds, its weights, and what it bought and sold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from ..errors import SettingError
from ..lookup import find_manager
from ..quarters import Quarter
from ..rankings.quarter_changes import IS_SHARES, SECURITY
from ..rankings.reporting import who_reported
from ..store import Store, read_securities
from ..tables import (
    FAMILY_LINKS,
    MANAGERS,
    OPENING_ROLES,
    ManagersFrame,
    PositionsFrame,
    Role,
    SecuritiesFrame,
)
from . import quarter_splits
from .known_books import known_books
from .position_changes import Change, change_of
from .security_names import with_names

_BOUGHT, _SOLD = (Change.NEW, Change.INCREASED), (Change.REDUCED, Change.CLOSED)


@dataclass(frozen=True)
class FundBooks:
    """Books of chosen families at a quarter's end.

    `families` has columns family, ciks, cik (the first that was asked for), state (`reported`, `notice` or `pending`),
    filed_on and is_compared (whether its managers reported for both quarters). `books` has one row a family and
    security: family, security, cusip, ticker, name_of_issuer, shares, value_usd, weight (a fraction) and
    accession_numbers; `awaited` the same of what pending families held a quarter before. `moves` has of each compared
    family and security family, security, names and change (one of Change).
    """

    quarter: Quarter
    families: pl.DataFrame
    books: pl.DataFrame
    awaited: pl.DataFrame
    moves: pl.DataFrame
    securities: SecuritiesFrame

    def of_state(self, state: str) -> list[str]:
        """The families in that state, in order."""
        return self.families.filter(pl.col("state") == state)["family"].to_list()

    def by_security(self) -> pl.DataFrame:
        """One row a security that a family holds or has closed, with names.

        Columns security, cusip, ticker, name, holders, new, increased, reduced, closed (numbers of families; the last
        four of those compared, null if there are none), value_usd, mean_weight_pct (of those that hold it), held_by,
        bought_by, sold_by (families, separated by `; `; `new` or `closed` in brackets), pending_holders and
        accession_numbers.
        """
        held = (
            self.books.sort("value_usd", "family", descending=[True, False])
            .group_by("security", maintain_order=True)
            .agg(
                pl.col("cusip", "ticker", "name_of_issuer").first(),
                holders=pl.len().cast(pl.Int64),
                value_usd=pl.col("value_usd").sum(),
                mean_weight_pct=pl.col("weight").mean() * 100,
                held_by=pl.col("family").str.join("; "),
                accession_numbers=pl.col("accession_numbers").str.join(" "),
            )
        )
        is_known = pl.lit(bool(self.families["is_compared"].any()))
        names = ["cusip", "ticker", "name_of_issuer"]
        moved = self.moves.sort("family").group_by("security").agg(
            pl.col(names).first(),
            *(
                (pl.col("change") == change).sum().cast(pl.Int64).alias(name)
                for name, change in zip(("new", "increased", "reduced", "closed"), (*_BOUGHT, *_SOLD), strict=True)
            ),
            bought_by=_names_of(_BOUGHT, Change.NEW),
            sold_by=_names_of(_SOLD, Change.CLOSED),
        )  # fmt: skip
        pending = self.awaited.sort("family").group_by("security").agg(pending_holders=pl.col("family").str.join("; "))
        both = held.join(moved, on="security", how="full", coalesce=True, suffix="_moved", validate="1:1").with_columns(
            *(pl.coalesce(name, f"{name}_moved").alias(name) for name in names),
            pl.col("holders").fill_null(0),
            pl.col("value_usd").fill_null(0.0),
            *(pl.when(is_known).then(pl.col(name).fill_null(0)) for name in ("new", "increased", "reduced", "closed")),
        )
        both = both.join(pending, on="security", how="left", validate="1:1")
        return with_names(both, self.securities).select(
            *("security", "name", "ticker", "cusip", "holders", "new", "increased", "reduced", "closed", "value_usd"),
            *("mean_weight_pct", "held_by", "bought_by", "sold_by", "pending_holders", "accession_numbers"),
        )

    def told(self) -> list[str]:
        """Who is pending, whose holdings others report, and of whom changes are not known, in sentences."""
        told = []
        if pending := self.of_state("pending"):
            told.append(
                f"Pending, not counted: {'; '.join(pending)} {'has' if len(pending) == 1 else 'have'} not reported "
                f"for {self.quarter} yet."
            )
        if notices := self.of_state("notice"):
            told.append(f"Only a notice, so that others report what is held: {'; '.join(notices)}.")
        return told

    def changes_told(self) -> list[str]:
        """Of whom changes are not known, in a sentence."""
        unknown = self.families.filter(~pl.col("is_compared"), pl.col("state") == "reported")["family"].to_list()
        if not unknown:
            return []
        previous = self.quarter.previous
        return [f"Not compared with {previous}, for want of whole reports for both quarters: {'; '.join(unknown)}."]


def read_books(
    store: Store, queries: Sequence[str], quarter: Quarter | None, known_on: date | None = None
) -> FundBooks:
    """The books of the families that `queries` (CIK, name or part of it) mean, as known on a day if one is given.

    A family is pending if it has neither a report for the quarter (default: the newest loaded) nor a notice. Raises
    NotFoundError, or SettingError for fewer than two families.
    """
    quarter = store.require_quarter(quarter)
    everyone = store.read(MANAGERS)
    asked = pl.DataFrame({"asked": [find_manager(store, query)[0] for query in queries]}, schema={"asked": pl.Int64()})
    chosen = asked.join(everyone, left_on="asked", right_on="cik", validate="m:1").unique("family", maintain_order=True)
    if chosen.height < 2:
        raise SettingError("this is about two families or more: name another fund")
    managers = everyone.filter(pl.col("family").is_in(chosen["family"].implode()))
    filings, positions = known_books(store, quarter, managers, known_on)
    is_loaded = quarter.previous in store.quarters()
    known_before = known_books(store, quarter.previous, managers, known_on) if is_loaded else None
    counted = managers.with_columns(pl.lit(True).alias("is_hedge_fund"))
    reporting = who_reported(counted, filings, known_before[0] if known_before else None, store.read(FAMILY_LINKS))
    before = known_before[1] if known_before else positions.clear()
    families = (
        chosen.select("family", cik="asked")
        .join(_states(managers, filings), on="family", validate="1:1", maintain_order="left")
        .with_columns(is_compared=pl.col("family").is_in(reporting.compared.implode()))
    )
    reported, pending = (families.filter(state=state)["family"] for state in ("reported", "pending"))
    compared = families.filter("is_compared")["family"]
    books = _books(positions.filter(pl.col("family").is_in(reported.implode())))
    books_before = _books(before)
    return FundBooks(
        quarter,
        families.sort("family"),
        books,
        books_before.filter(pl.col("family").is_in(pending.implode())),
        _moves(*(each.filter(pl.col("family").is_in(compared.implode())) for each in (books, books_before)),
               ratios=quarter_splits.ratios(store, quarter)),
        read_securities(store),
    )  # fmt: skip


def _states(managers: ManagersFrame, filings: pl.DataFrame) -> pl.DataFrame:
    """Columns family, ciks, state (`reported`, `notice` or `pending`) and filed_on (the last filing), by family."""
    filed = filings.group_by("cik").agg(
        has_report=pl.col("role").is_in(OPENING_ROLES).any(),
        has_notice=(pl.col("role") == Role.NOTICE).any(),
        filed_on=pl.col("filing_date").max(),
    )
    state = (
        pl.when(pl.col("has_report").any())
        .then(pl.lit("reported"))
        .when(pl.col("has_notice").any())
        .then(pl.lit("notice"))
        .otherwise(pl.lit("pending"))
    )
    members = managers.join(filed, on="cik", how="left", validate="1:1").sort("cik")
    by_family = members.group_by("family").agg("cik", state=state, filed_on=pl.col("filed_on").max())
    return by_family.rename({"cik": "ciks"})


def _books(positions: PositionsFrame) -> pl.DataFrame:
    """One row a family and security, as `FundBooks.books`."""
    held = positions.filter(IS_SHARES).with_columns(SECURITY).sort("value_usd", "cusip", descending=[True, False])
    books = held.group_by("family", "security", maintain_order=True).agg(
        pl.col("cusip", "ticker", "name_of_issuer").first(),
        pl.col("value_usd").sum(),
        shares=pl.when(pl.col("shares").is_null().any()).then(None).otherwise(pl.col("shares").sum()),
        accession_numbers=pl.col("accession_number").unique().sort().str.join(" "),
    )
    total = pl.col("value_usd").sum().over("family")
    return books.with_columns(weight=pl.when(total > 0).then(pl.col("value_usd") / total))


def _moves(books: pl.DataFrame, before: pl.DataFrame, *, ratios: pl.DataFrame) -> pl.DataFrame:
    """Columns family, security, cusip, ticker, name_of_issuer and change, of all that is in one of the books."""
    names = ("cusip", "ticker", "name_of_issuer")
    kept = ["family", "security", *names, "shares"]
    now, then = (each.select(kept).with_columns(is_held=pl.lit(True)) for each in (books, before))
    both = now.join(then, on=["family", "security"], how="full", coalesce=True, suffix="_before", validate="1:1")
    both = both.join(ratios, left_on="security", right_on="ticker", how="left", validate="m:1")
    return both.select(
        "family",
        "security",
        *(pl.coalesce(name, f"{name}_before").alias(name) for name in names),
        change_of(pl.col("split_ratio").fill_null(1.0)).alias("change"),
    )


def _names_of(changes: Sequence[Change], whole: Change) -> pl.Expr:
    """The families with one of `changes`, those with the `whole` one marked; null if there are none."""
    name = pl.when(pl.col("change") == whole).then(pl.format("{} ({})", "family", "change")).otherwise("family")
    names = name.filter(pl.col("change").is_in(list(changes))).str.join("; ")
    return pl.when(names != "").then(names)
