"""Flags: filings that are counted, but in which something is wrong or could not be confirmed."""

from __future__ import annotations

import polars as pl

from ..tables import (
    COUNTED_ROLES,
    DOUBTED,
    OPENING_ROLES,
    REJECTS,
    EffectEvidence,
    JudgedFilingsFrame,
    RejectKind,
    RejectsFrame,
    Role,
    Severity,
    Step,
    UnitEvidence,
)
from .clean_lines import is_share_line
from .units import MIN_LINES


def measure_lines(lines: pl.LazyFrame) -> pl.DataFrame:
    """One row per filing with clean `lines` (see `clean_lines`): accession_number, and numbers of lines.

    `cleaned` and `invalid` CUSIPs, `pseudo` options, `share_lines`, and those with shares `equal` to the value; also
    `options_value_total`, the value of options in the filing's own units.
    """
    is_share = is_share_line() & (pl.col("shares") > 0)
    return (
        lines.group_by("accession_number")
        .agg(
            (pl.col("is_valid") & (pl.col("filed") != pl.col("cusip"))).sum().alias("cleaned"),
            (~pl.col("is_valid") & ~pl.col("is_shortened")).sum().alias("invalid"),
            pl.col("is_pseudo").sum().alias("pseudo"),
            is_share.sum().alias("share_lines"),
            (is_share & (pl.col("value") == pl.col("shares"))).sum().alias("equal"),
            pl.col("value").filter(pl.col("put_call") != "").sum().alias("options_value_total"),
        )
        .with_columns(pl.col("accession_number").cast(pl.String))
        .collect()
    )


def is_share_value() -> pl.Expr:
    """Whether a filing's share column repeats the value on every line; by the columns of `measure_lines`."""
    is_equal = (pl.col("share_lines") >= MIN_LINES) & (pl.col("equal") == pl.col("share_lines"))
    return is_equal.fill_null(False)


def flag(judged: JudgedFilingsFrame) -> RejectsFrame:
    """Flags of JUDGED_FILINGS that also have the columns of `measure_lines`."""
    return pl.concat([*_about_amendments(judged), *_about_units(judged), *_about_lines(judged)])


def _about_amendments(judged: pl.DataFrame) -> list[RejectsFrame]:
    report = ["cik", "period_of_report"]
    role, evidence = pl.col("role"), pl.col("effect_evidence")
    reports = judged.with_columns(
        role.is_in(OPENING_ROLES).any().over(report).alias("_is_opened"),
        (pl.col("form_type") == "13F-HR").sum().over(report).alias("_originals"),
        ((role == Role.NOTICE) & (pl.col("form_type") == "13F-NT")).any().over(report).alias("_has_notice"),
    )
    amendment_type = pl.col("amendment_type").fill_null("(none)")
    doubted = reports.filter(role.is_in(COUNTED_ROLES) & evidence.is_in(DOUBTED))
    is_repeated, is_patch = evidence == EffectEvidence.REPEATED_LINES, role == Role.PATCH
    reads = pl.when(is_patch).then(pl.lit("corrects lines of the report")).otherwise(pl.lit("replaces the report"))
    overrule = "; `tracker filings decide` overrules it"
    return [
        _flagged(
            doubted.filter(~is_repeated & (evidence != EffectEvidence.UNDECIDED)),
            RejectKind.RESTATEMENT_DOUBTED,
            pl.format("a small RESTATEMENT {} ({}){}", reads, "effect_basis", pl.lit(overrule)),
        ),
        _flagged(
            doubted.filter(evidence == EffectEvidence.UNDECIDED),
            RejectKind.RESTATEMENT_UNDECIDED,
            pl.format("a small RESTATEMENT is taken as a correction ({}){}", "effect_basis", pl.lit(overrule)),
        ),
        _flagged(
            doubted.filter(is_repeated),
            RejectKind.NEW_HOLDINGS_REPEATED,
            pl.format(
                "NEW HOLDINGS: {}; {}{}",
                "effect_basis",
                pl.when(is_patch).then(pl.lit("counted once")).otherwise(pl.lit("counted twice")),
                pl.lit(overrule),
            ),
        ),
        _flagged(
            reports.filter(role.is_in(OPENING_ROLES) & pl.col("_has_notice")),
            RejectKind.NOTICE_BESIDE_REPORT,
            pl.lit("a notice for the same period says that others report: the holdings are counted"),
        ),
        _flagged(
            reports.filter(role == Role.UNKNOWN_AMENDMENT),
            RejectKind.UNKNOWN_AMENDMENT,
            pl.format("unknown amendment type {}: not counted", amendment_type),
        ),
        _flagged(
            reports.filter(role.is_in([Role.NEW_HOLDINGS, Role.PATCH]) & ~pl.col("_is_opened")),
            RejectKind.NEW_HOLDINGS_ALONE,
            pl.lit("an amendment without the report that it amends: counted alone"),
        ),
        _flagged(
            reports.filter((pl.col("_originals") > 1) & (pl.col("form_type") == "13F-HR")),
            RejectKind.SEVERAL_ORIGINALS,
            pl.lit("several original reports for one period: the newest is counted"),
        ),
    ]


def _about_units(judged: pl.DataFrame) -> list[RejectsFrame]:
    counted, evidence = judged.filter(pl.col("role").is_in(COUNTED_ROLES)), pl.col("unit_evidence")
    return [
        _flagged(
            counted.filter(evidence == UnitEvidence.CONTRADICTED),
            RejectKind.UNIT_CONTRADICTED,
            pl.format("value column in {}, against the rule: {}", "unit", "unit_basis"),
        ),
        _flagged(
            counted.filter((evidence == UnitEvidence.NOT_CONFIRMED) & (pl.col("value_total") > 0)),
            RejectKind.UNIT_NOT_CONFIRMED,
            pl.format("unit not confirmed: {}", "unit_basis"),
        ),
        _flagged(
            counted.filter(evidence == UnitEvidence.UNEXPLAINED),
            RejectKind.PRICES_DISAGREE,
            pl.format("prices disagree with the period's: median ratio {}", pl.col("unit_ratio").round(4)),
        ),
    ]


def _about_lines(judged: pl.DataFrame) -> list[RejectsFrame]:
    return [
        _flagged(
            judged.filter(pl.col("cleaned") > 0),
            RejectKind.CUSIP_CLEANED,
            pl.format("{}: CUSIP corrected (case, blanks)", _lines("cleaned")),
        ),
        _flagged(
            judged.filter(pl.col("invalid") > 0),
            RejectKind.CUSIP_INVALID,
            pl.format("{}: CUSIP fails its check digit, kept as filed", _lines("invalid")),
        ),
        _flagged(
            judged.filter(pl.col("pseudo") > 0),
            RejectKind.OPTION_CUSIP,
            pl.format("{}: option CUSIP without putCall, counted as an option", _lines("pseudo")),
        ),
        _flagged(
            judged.filter("is_share_value"),
            RejectKind.SHARES_ARE_VALUES,
            pl.format("the share column repeats the value on all {} lines: shares are not known", "equal"),
        ),
    ]


def _flagged(filings: pl.DataFrame, kind: RejectKind, reason: pl.Expr) -> RejectsFrame:
    return REJECTS.fit(
        filings.select(
            "accession_number",
            "cik",
            "period_of_report",
            pl.lit(Step.NORMALISE).alias("step"),
            pl.lit(Severity.FLAGGED).alias("severity"),
            pl.lit(kind).alias("kind"),
            reason.alias("reason"),
        )
    )


def _lines(count: str) -> pl.Expr:
    """`1 line`, `2 lines`: a column of counts with its noun."""
    return pl.format("{} {}", count, pl.when(pl.col(count) == 1).then(pl.lit("line")).otherwise(pl.lit("lines")))
