"""From lines as filed to effective holdings.

Each decision is kept with its reason in JUDGED_FILINGS: the unit of the value column (see `units`), and which filings
make up a manager's report (see `amendments`). What remains in doubt is flagged in REJECTS (see `flags`). A holding
is all lines of one CUSIP, share type and option side together.
"""

from __future__ import annotations

import polars as pl

from ..tables import (
    COUNTED_ROLES,
    HOLDINGS,
    JUDGED_FILINGS,
    FilingsFrame,
    HoldingsFrame,
    JudgedFilingsFrame,
    LinesFrame,
    RejectsFrame,
    dollars_per_unit,
)
from . import clean_lines
from .amendments import ORDER, assign_roles
from .flags import flag, is_share_value, measure_lines
from .units import decide_units

# The columns of LINES that `judge` and `effective` need; a whole period's other columns need not be in memory.
JUDGED_COLUMNS = clean_lines.COLUMNS
COLUMNS = (*JUDGED_COLUMNS, "name_of_issuer", "title_of_class")
_NAMED_BY = ("order", "value", "name_of_issuer", "title_of_class")


def judge(filings: FilingsFrame, lines: LinesFrame) -> tuple[JudgedFilingsFrame, RejectsFrame]:
    """Decide unit and role of every filing; returns JUDGED_FILINGS and the flags.

    All filings of a period should be given at once: a filing's prices are compared with the others'.
    """
    clean = clean_lines.clean(lines)
    judged = (
        assign_roles(filings)
        .join(decide_units(filings, clean), on="accession_number", how="left", validate="1:1")
        .join(measure_lines(clean), on="accession_number", how="left", validate="1:1")
        .with_columns(is_share_value().alias("is_share_value"))
    )
    return JUDGED_FILINGS.check(JUDGED_FILINGS.fit(judged)), flag(judged)


def effective(judged: JudgedFilingsFrame, lines: LinesFrame) -> HoldingsFrame:
    """HOLDINGS: one row per period, manager, CUSIP, share type and option side, from the filings that count."""
    counted = judged.filter(pl.col("role").is_in(COUNTED_ROLES))
    counted = counted.sort(ORDER, nulls_last=False).select(
        "accession_number",
        "cik",
        "period_of_report",
        "is_share_value",
        dollars_per_unit(pl.col("unit")).alias("multiplier"),
    )
    holdings = (
        clean_lines.clean(lines)
        .join(counted.lazy().with_row_index("order"), on="accession_number", how="inner", validate="m:1")
        .group_by(HOLDINGS.key)
        .agg(
            # a sum with an unknown part is unknown
            pl.when(pl.col("is_share_value").any()).then(None).otherwise(pl.col("shares").sum()).alias("shares"),
            (pl.col("value") * pl.col("multiplier")).sum().alias("value_usd"),
            pl.len().alias("line_count"),
            pl.col("accession_number").sort_by("order").last(),
            pl.col("accession_number").n_unique().alias("filing_count"),
            # of several names in one filing the one that most is held under, whatever the order of the lines
            pl.col("name_of_issuer", "title_of_class").sort_by(_NAMED_BY).last(),
        )
        .sort(HOLDINGS.key)
        .collect()
    )
    return HOLDINGS.fit(holdings)
