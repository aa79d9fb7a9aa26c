"""One security in one quarter: who holds it, what each did since the quarter before, and what is not counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from ..lookup import Security
from ..output import money, plural
from ..rankings.quarter_changes import CHANGES, IS_SHARES
from ..store import Store
from ..tables import HolderCountsFrame, PositionsFrame
from .as_of import View
from .position_changes import Change, change_of

COMPARED = (*CHANGES, "awaited")
_SHOWN = 10  # of those that closed, in a note


@dataclass(frozen=True)
class HeldSecurity:
    """What counted managers hold of a security.

    `shares` are the positions that count, the largest first, `others` options and principal amounts. `awaited` has what
    those held in the quarter before that have not reported, `closed` what those held then that have reported and hold
    none now. `changes` has columns cik, change (one of Change; null if the manager has no report for both quarters)
    and shares_before (of all its CUSIPs, adjusted for splits). `counted` is the view that families, or filers, are
    counted in.
    """

    security: Security
    seen: View
    counted: View
    shares: PositionsFrame
    others: PositionsFrame
    awaited: PositionsFrame
    closed: PositionsFrame
    changes: pl.DataFrame
    by_filer: bool

    @property
    def count(self) -> int:
        """The number of holders."""
        return self.shares["cik" if self.by_filer else "family"].n_unique()

    @property
    def filers(self) -> int:
        """The number of managers that file."""
        return self.shares["cik"].n_unique()

    @property
    def code(self) -> str:
        """The ticker, or the CUSIP without one."""
        return self.security.ticker or self.cusip

    @property
    def cusip(self) -> str:
        """The CUSIP that is held most."""
        by_value = self.shares.sort("value_usd", descending=True)["cusip"].to_list()
        return (by_value or self.security.cusips)[0]

    def rows(self) -> list[dict[str, object]]:
        """The positions that count, with what each manager did."""
        changes = self.changes.select("cik", "change", "shares_before")
        rows = self.shares.join(changes, on="cik", how="left", validate="m:1", maintain_order="left")
        return self._rows(rows, "change", "shares_before")

    def facts(self) -> dict[str, Any]:
        """What was found, beside the rows."""
        previous = {"period_of_report": self.seen.quarter.previous.end}
        return {
            "ticker": self.security.ticker,
            "cusip": self.cusip,
            "cusips": self.security.cusips,
            "name": self.security.name,
            "period_of_report": self.seen.quarter.end,
            "known_on": self.seen.known_on,
            "holders": self.count,
            "by_filer": self.by_filer,
            "with_market_makers": self.seen.with_market_makers,
            "filers": self.filers,
            "shares": int(self.shares["shares"].sum()),
            "value_usd": int(self.shares["value_usd"].sum()),
            **self._compared(),
            "options_and_principal": self._rows(self.others),
            "awaited_positions": [{**previous, **row} for row in self._rows(self.awaited)],
            "closed_positions": [{**previous, **row} for row in self._rows(self.closed)],
        }

    def holders_text(self) -> str:
        """`7 hedge funds`, and market makers if they are counted."""
        if self.seen.with_market_makers:
            return plural(self.count, "hedge fund or market maker", "hedge funds and market makers")
        return plural(self.count, "hedge fund")

    def notes(self) -> list[str]:
        """What is held, who sold, and what is not counted."""
        verb = "holds" if self.count == 1 else "hold"
        return [
            *self.security.notes,
            f"{self.holders_text()} {verb} {self.shares['shares'].sum():,.0f} shares worth "
            f"{money(float(self.shares['value_usd'].sum()))} at {self.seen.quarter.end}.",
            *self._changes_told(),
            *(
                f"Not counted: {row['manager_name']} reports {_what(row)} ({money(row['value_usd'])}), "
                f"{row['accession_number']}"
                for row in self.others.to_dicts()
            ),
            *(
                f"Awaited, not counted: {row['manager_name']}, {_amount(row)} shares ({money(row['value_usd'])}) "
                f"at {row['period_of_report']}, {row['accession_number']}"
                for row in self.awaited.to_dicts()
            ),
        ]

    def _changes_told(self) -> list[str]:
        previous = self.seen.quarter.previous
        if self.seen.reporting.reported_twice.is_empty():
            return [f"Changes are not known: no counted report for {previous} is loaded."]
        told = []
        if self.closed.height:
            sold = self.closed.group_by("cik", maintain_order=True).agg(
                pl.col("manager_name").first(), pl.col("shares").sum(), pl.col("value_usd").sum()
            )
            named = [
                f"{row['manager_name']} ({_amount(row)} shares, {money(row['value_usd'])})"
                for row in sold.head(_SHOWN).to_dicts()
            ]
            more = f" and {sold.height - _SHOWN} more (`--format json` has all)" if sold.height > _SHOWN else ""
            told.append(f"Closed, with what was held at {previous.end}: {', '.join(named)}{more}.")
        known = self.changes.drop_nulls("change")
        if unknown := self.shares.select("cik").unique().join(known, on="cik", how="anti").height:
            told.append(f"Of {plural(unknown, 'filer')} the change is not known: no report for {previous} that counts.")
        return told

    def _compared(self) -> dict[str, int | None]:
        """The columns of HOLDER_COUNTS that compare with the quarter before, and change; 0 if none held it lately."""
        found = next(iter(self.security.of(self.counted.counts).to_dicts()), {})
        row = {**nobody(self.counted.counts), **found}
        return {name: row[name] for name in (*COMPARED, "holders_carried")} | {"change": net_change(row)}

    def _rows(self, positions: pl.DataFrame, *more: str) -> list[dict[str, object]]:
        """Rows of an answer: columns of POSITIONS, the class of the manager, and `more`."""
        classes = self.seen.managers.select("cik", "manager_class")
        return (
            positions.join(classes, on="cik", how="left", validate="m:1", maintain_order="left")
            .select(
                "cik",
                "manager_name",
                "family",
                "cusip",
                "share_type",
                "put_call",
                "shares",
                "value_usd",
                "portfolio_pct",
                "accession_number",
                "filing_count",
                "manager_class",
                *more,
            )
            .to_dicts()
        )


def look(store: Store, security: Security, seen: View, counted: View | None = None) -> HeldSecurity:
    """What the managers counted in the view `seen` hold of a security; only its positions are read.

    `counted` is the same view with each filer as a family of its own, if filers are to be counted.
    """
    positions, before = seen.positions_of(store, security), seen.before_of(store, security)
    shares, shares_before = positions.filter(IS_SHARES), before.filter(IS_SHARES)
    changes = _changes(shares, shares_before, seen, security)
    closed = shares_before.join(changes.filter(pl.col("change") == Change.CLOSED), on="cik", how="semi")
    awaited = (counted or seen).awaited_of(store, security)
    return HeldSecurity(
        security,
        seen,
        counted or seen,
        shares.sort(["shares", "cik"], descending=[True, False], nulls_last=True),
        positions.filter(~IS_SHARES).sort(
            ["put_call", "shares", "cik"], descending=[False, True, False], nulls_last=True
        ),
        awaited.sort(["shares", "cik"], descending=[True, False], nulls_last=True),
        closed.sort(["value_usd", "cik"], descending=[True, False], nulls_last=True),
        changes,
        by_filer=counted is not None,
    )


def _changes(shares: PositionsFrame, before: PositionsFrame, seen: View, security: Security) -> pl.DataFrame:
    """Columns cik, change, shares_before of each manager with shares in one of the quarters."""
    both = _by_manager(shares).join(
        _by_manager(before), on="cik", how="full", coalesce=True, suffix="_before", validate="1:1"
    )
    ratios = security.of(seen.counts)["split_ratio"].drop_nulls()
    ratio = pl.lit(ratios[0] if ratios.len() else 1.0)
    is_known = pl.col("cik").is_in(seen.reporting.reported_twice.implode())
    return both.select(
        "cik",
        pl.when(is_known).then(change_of(ratio)).alias("change"),
        pl.when(is_known).then(pl.when("is_held_before").then(pl.col("shares_before") * ratio).otherwise(0.0)).alias(
            "shares_before"
        ),
    )  # fmt: skip


def _by_manager(positions: PositionsFrame) -> pl.DataFrame:
    """Columns cik, shares (null if a part is not known) and is_held, which is true."""
    shares = pl.when(pl.col("shares").is_null().any()).then(None).otherwise(pl.col("shares").sum())
    return positions.group_by("cik").agg(shares.alias("shares"), pl.lit(True).alias("is_held"))


def nobody(counts: HolderCountsFrame) -> dict[str, int | None]:
    """What a row of HOLDER_COUNTS would have for a security that it does not have."""
    known = {name: 0 if counts[name].count() else None for name in COMPARED}
    zeros = dict.fromkeys(("holders", "filers", "shares", "value_usd"), 0)
    return {**known, **zeros, "holders_carried": known["awaited"]}


def net_change(row: dict[str, Any]) -> int | None:
    """New holders less those that closed; None if neither is known."""
    return None if row["new"] is None else row["new"] - row["closed"]


def _amount(position: dict[str, Any]) -> str:
    return "an unknown number of" if position["shares"] is None else f"{position['shares']:,.0f}"


def _what(position: dict[str, Any]) -> str:
    amount = _amount(position)
    if position["put_call"]:
        return f"{position['put_call'].lower()}s on {amount} shares"
    return f"${amount} of principal"
