"""From lines as filed to effective holdings.

Each decision is kept with its reason in JUDGED_FILINGS: the unit of the value column (see `units`), and which filings
make up a manager's report (see `amendment_effects` and `amendments`). What remains in doubt is flagged in REJECTS (see
`flags`). A holding is all lines of one CUSIP, share type and option side together.
"""

from __future__ import annotations

import polars as pl

from ..tables import (
    COUNTED_ROLES,
    HOLDINGS,
    JUDGED_FILINGS,
    CusipMatchesFrame,
    FilingsFrame,
    HoldingsFrame,
    JudgedFilingsFrame,
    LinesFrame,
    RejectsFrame,
    dollars_per_unit,
)
from ..tables.row_keys import row_keys
from . import clean_lines
from .amendment_effects import decide_effects
from .amendments import ORDER, assign_roles, drop_patched
from .flags import flag, is_share_value, measure_lines
from .units import decide_units

# The columns of LINES that `judge` and `effective` need; a whole period's other columns need not be in memory.
JUDGED_COLUMNS = clean_lines.COLUMNS
_NAMES = ("name_of_issuer", "title_of_class")
COLUMNS = (*JUDGED_COLUMNS, *_NAMES)
_NAMED_BY = ("order", "value", *_NAMES)


def judge(
    filings: FilingsFrame,
    lines: LinesFrame,
    effects: pl.DataFrame | None = None,
    others: pl.DataFrame | None = None,
) -> tuple[JudgedFilingsFrame, RejectsFrame]:
    """Decide unit and role of every filing; returns JUDGED_FILINGS and the flags.

    All filings of a period should be given at once: a filing's prices are compared with the others'. `effects`
    (accession_number, amendment_effect) are what a person has chosen for amendments; `others` are the books of other
    quarters (see `decide_effects`).
    """
    clean = clean_lines.clean(lines)
    units = decide_units(filings, clean)
    with_units = filings.join(units.select("accession_number", "unit"), on="accession_number", validate="1:1")
    decided = decide_effects(with_units, clean, effects, others)
    judged = (
        assign_roles(filings, decided)
        .join(decided, on="accession_number", how="left", validate="1:1")
        .join(units, on="accession_number", how="left", validate="1:1")
        .join(measure_lines(clean), on="accession_number", how="left", validate="1:1")
        .with_columns(is_share_value().alias("is_share_value"))
    )
    return JUDGED_FILINGS.check(JUDGED_FILINGS.fit(judged)), flag(judged)


def effective(
    judged: JudgedFilingsFrame,
    lines: LinesFrame,
    cusip_matches: CusipMatchesFrame | None = None,
    wanted: pl.Series | None = None,
) -> HoldingsFrame:
    """HOLDINGS: one row per period, manager, CUSIP, share type and option side, from the filings that count.

    `cusip_matches` are the whole CUSIPs of shortened ones; without it these stay as filed. Of the CUSIPs that are
    `wanted` (default: all).
    """
    counted = judged.filter(pl.col("role").is_in(COUNTED_ROLES))
    counted = counted.sort(ORDER, nulls_last=False).with_row_index("order")
    reports = counted.select(
        "order",
        "accession_number",
        "cik",
        "period_of_report",
        "is_share_value",
        dollars_per_unit(pl.col("unit")).alias("multiplier"),
    )
    clean = clean_lines.clean(lines, cusip_matches)
    if wanted is not None:
        clean = clean.filter(pl.col("cusip").is_in(wanted.implode()))
    counted_lines = clean.join(reports.lazy(), on="accession_number", how="inner", validate="m:1")
    kept = drop_patched(counted_lines, counted, HOLDINGS.key).with_columns(
        (pl.col("value") * pl.col("multiplier")).alias("value_usd")
    )
    return HOLDINGS.fit(_add_up(kept.collect()))


def _add_up(lines: pl.DataFrame) -> pl.DataFrame:
    """HOLDINGS in key order, of counted lines.

    Nearly every holding is one line, which is taken as it is: only the others are grouped.
    """
    keys = row_keys(lines, HOLDINGS.key)
    by_key = keys.arg_sort()
    key = keys.gather(by_key)
    is_first = key.ne_missing(key.shift())
    is_alone = is_first & is_first.shift(-1, fill_value=True)
    holdings = lines.select(
        *HOLDINGS.key,
        pl.when(~pl.col("is_share_value").fill_null(False)).then(pl.col("shares").fill_null(0.0)).alias("shares"),
        pl.col("value_usd").fill_null(0.0),
        pl.lit(1, pl.UInt32).alias("line_count"),
        "accession_number",
        pl.lit(1, pl.UInt32).alias("filing_count"),
        *_NAMES,
    )[by_key.filter(is_first)]
    several = by_key.filter(~is_alone)
    if several.is_empty():
        return holdings
    # in the order of the lines, so that fractions are added up as they were filed
    rows = several.sort()
    added = (
        lines[rows]
        .with_columns(keys.gather(rows).alias("key"))
        .group_by("key")
        .agg(
            # a sum with an unknown part is unknown
            pl.when(pl.col("is_share_value").any()).then(None).otherwise(pl.col("shares").sum()).alias("shares"),
            pl.col("value_usd").sum(),
            pl.len().alias("line_count"),
            pl.col("accession_number").sort_by("order").last(),
            pl.col("accession_number").n_unique().alias("filing_count"),
            # of several names in one filing the one that most is held under, whatever the order of the lines
            pl.col(_NAMES).sort_by(_NAMED_BY).last(),
        )
        .sort("key")
    )
    places = (~is_alone).filter(is_first).arg_true()
    return holdings.with_columns(holdings[name].scatter(places, added[name]) for name in added.columns[1:])
