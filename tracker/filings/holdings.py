"""Normalise: from lines as filed to effective holdings.

Three decisions, each kept with its reason in JUDGED_FILINGS and, where in doubt, as a flag in REJECTS:
- the unit of a filing's value column (design of Form 13F changed it: thousands of dollars before 2023-01-03,
  whole dollars since; SEC release 34-95148), because about one filer in thirty does otherwise;
- which filings of a manager make up its report for a period (Form 13F, general instruction on amendments:
  a RESTATEMENT replaces, NEW HOLDINGS adds);
- what one holding is: all lines of the same CUSIP, share type and option side together.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from ..securities import cusips
from ..tables import COUNTED_ROLES, HOLDINGS, JUDGED_FILINGS, REJECTS, dollars_per_unit

DOLLARS_SINCE = date(2023, 1, 3)
# The unit is decided against the rule only where enough lines agree that they are off by a thousand. A factor
# of 2 either way covers intraday prices and fiscal dates; nothing else moves a whole book by 500 to 2,000.
MIN_LINES = 3
MIN_AGREEING = 0.5
_FACTOR = 2.0
# What `judge` and `effective` read of LINES; a whole period's other columns need not be in memory.
JUDGED_COLUMNS = ("accession_number", "cusip", "value", "shares", "share_type", "put_call")
COLUMNS = (*JUDGED_COLUMNS, "name_of_issuer", "title_of_class")
# By filing date, then EDGAR's acceptance time (null in data sets), then number: never by text of dates.
_ORDER = ("filing_date", "accepted_at", "amendment_number", "accession_number")


def judge(filings: pl.DataFrame, lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Decide unit and role of every filing.

    Takes FILINGS and LINES of one or more periods; returns JUDGED_FILINGS and the doubts as REJECTS.
    All filings of a period should be given at once: a filing's prices are compared with the others'.
    """
    clean = _clean(lines)
    judged = _roles(filings).join(_units(filings, clean), on="accession_number", how="left", validate="1:1")
    about = _about_lines(clean)
    judged = judged.join(about, on="accession_number", how="left", validate="1:1")
    share_value = (pl.col("share_lines") >= MIN_LINES) & (pl.col("equal") == pl.col("share_lines"))
    judged = judged.with_columns(share_value.fill_null(False).alias("is_share_value"))
    doubts = pl.concat([_doubts(judged), _line_doubts(judged)])
    return JUDGED_FILINGS.check(JUDGED_FILINGS.fit(judged)), doubts


def effective(judged: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """HOLDINGS from JUDGED_FILINGS and their LINES: one row a period, manager, CUSIP, share type and option side."""
    counted = judged.filter(pl.col("role").is_in(COUNTED_ROLES))
    counted = counted.sort(_ORDER, nulls_last=False).select(
        "accession_number",
        "cik",
        "period_of_report",
        "is_share_value",
        dollars_per_unit(pl.col("unit")).alias("multiplier"),
    )
    holdings = (
        _clean(lines)
        .join(counted.lazy().with_row_index("order"), on="accession_number", how="inner", validate="m:1")
        .group_by(HOLDINGS.key)
        .agg(
            # a sum of which a part is not known is not known
            pl.when(pl.col("is_share_value").any()).then(None).otherwise(pl.col("shares").sum()).alias("shares"),
            (pl.col("value") * pl.col("multiplier")).sum().alias("value_usd"),
            pl.len().alias("line_count"),
            pl.col("accession_number").sort_by("order").last(),
            pl.col("accession_number").n_unique().alias("filing_count"),
            pl.col("name_of_issuer", "title_of_class").sort_by("order").last(),
        )
        .sort(HOLDINGS.key)
        .collect()
    )
    return HOLDINGS.fit(holdings)


def _unit_by_rule() -> pl.Expr:
    """The unit that the form asks for on the day of filing."""
    return pl.when(pl.col("filing_date") >= DOLLARS_SINCE).then(pl.lit("dollars")).otherwise(pl.lit("thousands"))


def _clean(lines: pl.DataFrame) -> pl.LazyFrame:
    """Lines with the clean `cusip`, `filed`, `is_valid`, and `put_call` also where the CUSIP alone tells the side."""
    is_pseudo = (pl.col("put_call") == "") & (pl.col("share_type") == "SH") & (pl.col("option_side") != "")
    return (
        lines.lazy()
        .rename({"cusip": "filed"})
        .join(cusips.read(lines["cusip"]).lazy(), on="filed", how="left", validate="m:1")
        .with_columns(
            is_pseudo.alias("is_pseudo"), pl.when(is_pseudo).then("option_side").otherwise("put_call").alias("put_call")
        )
    )


def _roles(filings: pl.DataFrame) -> pl.DataFrame:
    """Role of each filing within its manager's report for the period, and what replaces it."""
    is_amendment = pl.col("form_type").str.ends_with("/A")
    kind = pl.col("amendment_type").str.to_uppercase().str.strip_chars()
    report = ["cik", "period_of_report"]
    ordered = filings.sort(_ORDER, nulls_last=False).with_columns(
        pl.when(pl.col("form_type").str.starts_with("13F-NT"))
        .then(pl.lit("notice"))
        .when(~is_amendment)
        .then(pl.lit("base"))
        .when(kind == "RESTATEMENT")
        .then(pl.lit("restatement"))
        .when(kind == "NEW HOLDINGS")
        .then(pl.lit("new holdings"))
        .otherwise(pl.lit("unknown amendment"))
        .alias("role")
    )
    starts_anew = pl.col("role").is_in(["base", "restatement"])
    is_part = starts_anew | (pl.col("role") == "new holdings")
    return (
        ordered.with_columns(
            starts_anew.cast(pl.Int32).cum_sum().over(report).alias("_generation"),
            starts_anew.sum().over(report).alias("_generations"),
            pl.col("accession_number").filter(starts_anew).last().over(report).alias("_newest"),
        )
        .with_columns((is_part & (pl.col("_generation") < pl.col("_generations"))).alias("_is_replaced"))
        .with_columns(
            pl.when("_is_replaced").then(pl.lit("replaced")).otherwise("role").alias("role"),
            pl.when("_is_replaced").then("_newest").alias("replaced_by"),
        )
        .drop("_generation", "_generations", "_newest", "_is_replaced")
    )


def _units(filings: pl.DataFrame, lines: pl.LazyFrame) -> pl.DataFrame:
    """Unit of each filing: the rule of its filing date, unless its own prices say otherwise.

    A filing's price of a CUSIP is value / shares over its lines. It is compared with the median over the
    period's other filings that hold the CUSIP. In the era of dollars the only mistake that a unit can make
    is a price a thousand times too low, and before 2023 one a thousand times too high.
    """
    rule = filings.select("accession_number", "period_of_report", _unit_by_rule().alias("unit"))
    prices = (
        lines.filter((pl.col("share_type") == "SH") & (pl.col("put_call") == ""))
        .filter((pl.col("shares") > 0) & (pl.col("value") > 0) & (pl.col("value") != pl.col("shares")))
        .group_by("accession_number", "cusip")
        .agg((pl.col("value").sum() / pl.col("shares").sum()).alias("price"))
        .collect()
    )
    decided = rule
    for _ in range(2):  # the second look compares with prices whose units the first one mended
        ratios = _ratios(rule, decided, prices)
        decided = _decide(rule, ratios)
    return decided.drop("period_of_report")


def _ratios(rule: pl.DataFrame, decided: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """Per filing and CUSIP: its price as the rule reads it, over the others' median as decided so far."""
    group = ["period_of_report", "cusip"]
    frame = (
        prices.lazy()
        .join(rule.lazy().rename({"unit": "rule"}), on="accession_number", how="inner", validate="m:1")
        .join(decided.lazy().select("accession_number", "unit"), on="accession_number", validate="m:1")
        .with_columns(
            (pl.col("price") * dollars_per_unit(pl.col("rule"))).alias("as_ruled"),
            (pl.col("price") * dollars_per_unit(pl.col("unit"))).alias("as_decided"),
        )
        .with_columns(
            pl.len().over(group).alias("filers"),
            pl.col("as_decided").median().over(group).alias("median"),
            pl.col("as_decided").sum().over(group).alias("total"),
        )
        .filter(pl.col("filers") >= 2)
        # of two, the other one: its own price would pull a median of two halfway
        .with_columns(
            pl.when(pl.col("filers") == 2)
            .then(pl.col("total") - pl.col("as_decided"))
            .otherwise("median")
            .alias("others")
        )
    )
    return frame.select("accession_number", "rule", (pl.col("as_ruled") / pl.col("others")).alias("ratio")).collect()


def _decide(rule: pl.DataFrame, ratios: pl.DataFrame) -> pl.DataFrame:
    # what the ratio would be, if the filing used the other unit
    other = pl.when(pl.col("rule") == "dollars").then(0.001).otherwise(1000.0)
    is_off = (pl.col("ratio") / other).is_between(1 / _FACTOR, _FACTOR)
    evidence = ratios.group_by("accession_number").agg(
        pl.col("ratio").median().alias("unit_ratio"),
        pl.len().cast(pl.Int64).alias("unit_lines"),
        is_off.sum().alias("_off"),
    )
    frame = rule.join(evidence, on="accession_number", how="left", validate="1:1").with_columns(
        pl.col("unit_lines", "_off").fill_null(0)
    )
    is_other = (pl.col("_off") >= MIN_LINES) & (pl.col("_off") > MIN_AGREEING * pl.col("unit_lines"))
    is_thin = pl.col("unit_lines") < MIN_LINES
    flipped = pl.when(pl.col("unit") == "dollars").then(pl.lit("thousands")).otherwise(pl.lit("dollars"))
    return frame.with_columns(
        pl.when(is_other).then(flipped).otherwise("unit").alias("unit"),
        pl.when(is_other)
        .then(
            pl.format("its prices: {} of {} lines are off by a thousand as the rule reads them", "_off", "unit_lines")
        )
        .when(is_thin)
        .then(pl.format("rule of the filing date; only {} lines to compare", "unit_lines"))
        .otherwise(pl.format("rule of the filing date, confirmed by {} lines", "unit_lines"))
        .alias("unit_basis"),
    ).drop("_off")


def _flags(frame: pl.DataFrame, condition: pl.Expr, reason: pl.Expr) -> pl.DataFrame:
    """REJECTS rows of severity `flagged` for the filings that meet `condition`."""
    return REJECTS.fit(
        frame.filter(condition).select(
            "accession_number",
            "cik",
            "period_of_report",
            pl.lit("normalise").alias("step"),
            pl.lit("flagged").alias("severity"),
            reason.alias("reason"),
        )
    )


def _doubts(judged: pl.DataFrame) -> pl.DataFrame:
    """Doubts about whole filings."""
    report = ["cik", "period_of_report"]
    is_live = pl.col("role").is_in(COUNTED_ROLES)
    has_base = pl.col("role").is_in(["base", "restatement"]).any().over(report)
    seen = judged.with_columns(
        has_base.alias("_has_base"),
        (pl.col("form_type") == "13F-HR").sum().over(report).alias("_originals"),
    )
    is_confirmed = pl.col("unit_basis").str.contains("confirmed", literal=True)
    return pl.concat(
        [
            _flags(
                seen,
                pl.col("role") == "unknown amendment",
                pl.format("amendment type {} is not known: not counted", pl.col("amendment_type").fill_null("(none)")),
            ),
            _flags(
                seen,
                (pl.col("role") == "new holdings") & ~pl.col("_has_base"),
                pl.lit("NEW HOLDINGS without a report that it adds to: counted alone"),
            ),
            _flags(
                seen,
                (pl.col("_originals") > 1) & (pl.col("form_type") == "13F-HR"),
                pl.lit("several original reports for one period: the newest is counted"),
            ),
            _flags(
                seen,
                is_live & (pl.col("unit") != _unit_by_rule()),
                pl.format("value column in {} against the rule; {}", "unit", "unit_basis"),
            ),
            _flags(
                seen,
                is_live & (pl.col("value_total") > 0) & (pl.col("unit_lines") < MIN_LINES),
                pl.format("unit not confirmed: {}", "unit_basis"),
            ),
            _flags(
                seen,
                is_live & is_confirmed & ~pl.col("unit_ratio").is_between(1 / _FACTOR, _FACTOR),
                pl.format("prices disagree with the period's: median ratio {}", pl.col("unit_ratio").round(4)),
            ),
        ]
    )


def _about_lines(lines: pl.LazyFrame) -> pl.DataFrame:
    """What is odd about each filing's lines, counted."""
    is_share = (pl.col("share_type") == "SH") & (pl.col("put_call") == "") & (pl.col("shares") > 0)
    return (
        lines.group_by("accession_number")
        .agg(
            (pl.col("is_valid") & (pl.col("filed") != pl.col("cusip"))).sum().alias("cleaned"),
            (~pl.col("is_valid")).sum().alias("invalid"),
            pl.col("is_pseudo").sum().alias("pseudo"),
            is_share.sum().alias("share_lines"),
            (is_share & (pl.col("value") == pl.col("shares"))).sum().alias("equal"),
        )
        .collect()
    )


def _line_doubts(frame: pl.DataFrame) -> pl.DataFrame:
    """Doubts about lines, counted per filing."""
    return pl.concat(
        [
            _flags(
                frame,
                pl.col("cleaned") > 0,
                pl.format("{} lines: CUSIP cleaned up (case, zeros, check digit)", "cleaned"),
            ),
            _flags(
                frame,
                pl.col("invalid") > 0,
                pl.format("{} lines: CUSIP fails its check digit, kept as filed", "invalid"),
            ),
            _flags(
                frame,
                pl.col("pseudo") > 0,
                pl.format("{} lines: option CUSIP without putCall, taken as options", "pseudo"),
            ),
            _flags(
                frame,
                pl.col("is_share_value"),
                pl.format("the share column holds the value on all {} lines: shares are not known", "equal"),
            ),
        ]
    )
