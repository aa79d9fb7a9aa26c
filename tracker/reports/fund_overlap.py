"""What chosen funds hold together, and which of them have not reported yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from ..output import Answer, Column, plural
from ..quarters import Quarter
from ..rankings import book_measures
from ..settings import Settings
from ..store import Store
from . import methodology
from .as_of import CAVEATS
from .fund_books import FundBooks, read_books

_COLUMNS = (
    Column("name", "Security"),
    Column("ticker", "Ticker"),
    Column("cusip", "CUSIP"),
    Column("holders", "Funds", "integer"),
    Column("value_usd", "Value", "usd"),
    Column("mean_weight_pct", "Mean weight", "share"),
    Column("held_by", "Held by"),
    Column("pending_holders", "Held before, pending"),
)
_PAIRS_SHOWN = 3


def fund_overlap(
    settings: Settings,
    queries: Sequence[str],
    quarter: Quarter | None = None,
    known_on: date | None = None,
    top: int | None = None,
) -> Answer:
    """The securities that at least two of the chosen funds hold, those of most funds first.

    Each of `queries` (CIK, name or part of it) stands for its whole family, which counts once. A family is pending if
    it has neither a report for the quarter (default: the newest loaded) nor a notice, by `known_on` if given: it is not
    counted, and what it held a quarter before is named beside. Raises NotFoundError, or SettingError for fewer than two
    families.
    """
    with Store(settings) as store:
        chosen = read_books(store, queries, quarter, known_on)
    together = _together(chosen)
    shown = together.head(top) if top else together
    pairs = book_measures.overlaps(chosen.books.select("security", "weight", owner="family"))
    facts = {
        "period_of_report": chosen.quarter.end,
        "known_on": known_on,
        "families": chosen.families.to_dicts(),
        "pending": chosen.of_state("pending"),
        "pairs": pairs.sort("overlap_pct", descending=True, maintain_order=True).to_dicts(),
        "caveats": list(CAVEATS),
    }
    count = plural(together.height, "security", "securities")
    title = f"{count} held by at least two of {chosen.families.height} funds, {chosen.quarter}"
    if pending := chosen.of_state("pending"):
        title += f" ({len(pending)} pending)"
    notes = [*chosen.told(), *pairs_told(pairs), *CAVEATS]
    how = methodology.of_quarter(chosen.quarter, known_on, [methodology.EFFECTIVE, *CAVEATS])
    return Answer(title, _COLUMNS, shown.to_dicts(), facts, notes, methodology=how)


def _together(chosen: FundBooks) -> pl.DataFrame:
    """One row a security that two families hold; `held_by` and `pending_holders` are names, separated by `; `."""
    several = chosen.by_security().filter(pl.col("holders") >= 2)
    columns = [column.key for column in _COLUMNS]
    return several.sort(
        ["holders", "mean_weight_pct", "cusip"], descending=[True, True, False], nulls_last=True
    ).select(*columns, "accession_numbers")


def pairs_told(pairs: pl.DataFrame) -> list[str]:
    """The pairs that overlap most, in a sentence."""
    largest = pairs.sort("overlap_pct", descending=True, maintain_order=True).head(_PAIRS_SHOWN)
    said = [
        f"{row['owner']} and {row['other']} {row['overlap_pct']:.1f}% ({row['in_common']:,} in common)"
        for row in largest.to_dicts()
    ]
    return [f"Overlap of weights: {'; '.join(said)}."] if said else []
