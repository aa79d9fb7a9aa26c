"""What each amendment does to its manager's report, where the type on its cover is in doubt.

A RESTATEMENT is by Form 13F the whole report. Some managers file under that label only the lines that they correct:
taken by the letter it wipes a book of hundreds of positions. One that has less than a tenth of the report's lines and
value is therefore decided by evidence, in the order of `EffectEvidence`. If none of it tells, the lines stay and the
amendment corrects them: the manager filed and signed both, and a wiped book would show as hundreds of sales that nobody
made. Either way it is flagged, and a person may overrule it.

NEW HOLDINGS that repeats holdings of the report would count them twice; if it repeats most of what it has, it
is taken as a patch, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from ..tables import COUNTED_ROLES, AmendmentEffect, EffectEvidence, FilingsFrame, dollars_per_unit
from .amendments import ORDER, REPORT, assign_roles, is_amendment, labelled_effect

EFFECT_COLUMNS = ("accession_number", "amendment_effect", "effect_evidence", "effect_basis", "compared_with")
# A restatement with less than this part of the report's lines and value is in doubt.
SMALL = 0.1
# Of the holdings that it leaves out, this part in another quarter's report means they were held all along ...
KEPT = 0.5
# ... and at most this part that they were not.
GONE = 0.1
# So many holdings repeated to the share and the dollar are no accident.
MIN_REPEATED = 3
_HOLDING = ("cusip", "share_type", "put_call")
_BY_LABEL = "the type on its cover"

# Of one filing: columns of _HOLDING, shares and value_usd.
Book = pl.DataFrame


@dataclass(frozen=True)
class Verdict:
    """What an amendment does, the evidence for it, and the same as text."""

    effect: AmendmentEffect
    evidence: EffectEvidence
    basis: str


def may_be_patch(filings: FilingsFrame) -> pl.DataFrame:
    """The restatements that have so few lines that other quarters' reports must be consulted: rows of FILINGS."""
    # the other reports, nearly all, need not be sorted
    amended = filings.filter(is_amendment()).select(REPORT).unique()
    reports = filings.join(amended, on=REPORT, how="semi").filter(~pl.col("form_type").str.starts_with("13F-NT"))
    ordered = reports.sort(ORDER, nulls_last=False)
    before = pl.col("line_count").cum_sum().over(REPORT) - pl.col("line_count")
    is_small = is_amendment() & (labelled_effect() == AmendmentEffect.REPLACE) & (pl.col("line_count") < before * SMALL)
    return ordered.filter(is_small)


def neighbours(filings: FilingsFrame) -> pl.DataFrame:
    """The reports around those with a restatement that may be a patch, of the same manager.

    Columns cik, period_of_report (of the restatement), is_next, period (of the other report) and accession_numbers, a
    sorted list of the filings that count by their covers. A report that is itself in doubt is no evidence.
    """
    doubted = may_be_patch(filings).select(REPORT).unique()
    own = filings.join(doubted, on="cik", how="semi").join(doubted, on=REPORT, how="anti")
    reports = (
        assign_roles(own)
        .filter(pl.col("role").is_in(COUNTED_ROLES))
        .group_by(pl.col("cik"), pl.col("period_of_report").alias("period"))
        .agg(pl.col("accession_number").sort().alias("accession_numbers"))
    )
    around = [
        doubted.with_columns(
            pl.lit(is_next).alias("is_next"),
            pl.col("period_of_report").dt.offset_by("3mo" if is_next else "-3mo").dt.month_end().alias("period"),
        )
        for is_next in (False, True)
    ]
    return pl.concat(around).join(reports, on=["cik", "period"], validate="m:1").sort(*REPORT, "is_next")


def compared_with(neighbours: pl.DataFrame) -> pl.DataFrame:
    """Columns cik, period_of_report and _compared_with: the accession numbers of `neighbours` as one text."""
    return neighbours.group_by(REPORT).agg(
        pl.col("accession_numbers").sort_by("is_next").explode().str.join(" ").alias("_compared_with")
    )


def decide_effects(
    filings: FilingsFrame, lines: pl.LazyFrame, given: pl.DataFrame | None = None, others: pl.DataFrame | None = None
) -> pl.DataFrame:
    """EFFECT_COLUMNS of each amendment in `filings`; effect and evidence are null if its type is unknown.

    `filings` have units, `lines` are clean. `given` (accession_number, amendment_effect) are a person's choices.
    `others` are `neighbours` with a column cusips: the list of those that each report has, null if not known.
    """
    amendments = filings.filter(is_amendment())
    chosen: dict[str, str] = {} if given is None else dict(given.select("accession_number", "amendment_effect").rows())
    asked = amendments.filter(~pl.col("accession_number").is_in(list(chosen)))
    small = may_be_patch(filings)
    doubted = pl.concat([small, asked.filter(labelled_effect() == AmendmentEffect.ADD)])
    doubted = doubted.join(asked, on="accession_number", how="semi")
    verdicts: dict[str, Verdict] = {
        number: Verdict(AmendmentEffect(effect), EffectEvidence.USER_CHOICE, "your choice")
        for number, effect in chosen.items()
    }
    around = _around(others)
    for report in _reports(filings, doubted, lines):
        verdicts |= _decide_report(report, verdicts, around)
    rows = [
        {
            "accession_number": number,
            "amendment_effect": verdict.effect,
            "effect_evidence": verdict.evidence,
            "effect_basis": verdict.basis,
        }
        for number, verdict in verdicts.items()
    ]
    decided = pl.DataFrame(rows, schema=dict.fromkeys(EFFECT_COLUMNS[:-1], pl.String()))
    consulted = [
        {"accession_number": number, "compared_with": _numbers(around.get((cik, period)))}
        for number, cik, period in small.select("accession_number", *REPORT).rows()
    ]
    compared = pl.DataFrame(consulted, schema={"accession_number": pl.String, "compared_with": pl.String})
    label = labelled_effect()
    by_label = amendments.select(
        "accession_number",
        label.alias("amendment_effect"),
        pl.when(label.is_not_null()).then(pl.lit(EffectEvidence.LABEL)).alias("effect_evidence"),
        pl.when(label.is_not_null()).then(pl.lit(_BY_LABEL)).alias("effect_basis"),
    )
    return (
        by_label.join(decided, on="accession_number", how="left", validate="1:1", suffix="_decided")
        .join(compared, on="accession_number", how="left", validate="1:1")
        .with_columns(pl.coalesce(f"{column}_decided", column).alias(column) for column in EFFECT_COLUMNS[1:-1])
        .select(EFFECT_COLUMNS)
    )


# ---- the reports in question --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Around:
    """What the manager's reports for the quarters before and after have: CUSIPs, None if there is none."""

    accession_numbers: tuple[str, ...] = ()
    next: frozenset[str] | None = None
    previous: frozenset[str] | None = None


_NOBODY = _Around()
Report = list[tuple[dict[str, Any], Book]]


def _numbers(around: _Around | None) -> str | None:
    return " ".join(around.accession_numbers) if around else None


def _around(others: pl.DataFrame | None) -> dict[tuple[int, object], _Around]:
    around: dict[tuple[int, object], dict[str, Any]] = {}
    for row in [] if others is None else others.sort("cik", "period_of_report", "is_next").to_dicts():
        one = around.setdefault((row["cik"], row["period_of_report"]), {"accession_numbers": ()})
        one["accession_numbers"] += tuple(row["accession_numbers"])
        if row["cusips"] is not None:
            one["next" if row["is_next"] else "previous"] = frozenset(row["cusips"])
    return {report: _Around(**one) for report, one in around.items()}


def _reports(filings: FilingsFrame, doubted: pl.DataFrame, lines: pl.LazyFrame) -> Iterator[Report]:
    """The reports with an amendment in doubt: each filing in order, with its book in dollars."""
    if doubted.is_empty():
        return
    of_reports = filings.join(doubted, on=REPORT, how="semi").sort(ORDER, nulls_last=False)
    of_reports = of_reports.with_columns(labelled_effect().alias("label"))
    units = of_reports.select("accession_number", dollars_per_unit(pl.col("unit")).alias("multiplier"))
    holdings = (
        lines.with_columns(pl.col("accession_number").cast(pl.String))
        .join(units.lazy(), on="accession_number", how="inner", validate="m:1")
        .group_by("accession_number", *_HOLDING)
        .agg(pl.col("shares").sum(), (pl.col("value") * pl.col("multiplier")).sum().alias("value_usd"))
        .collect()
    )
    books = holdings.partition_by("accession_number", as_dict=True, include_key=False)
    empty = holdings.clear().drop("accession_number")
    for part in of_reports.partition_by(REPORT, maintain_order=True):
        yield [(row, books.get((row["accession_number"],), empty)) for row in part.to_dicts()]


def _decide_report(
    report: Report, chosen: Mapping[str, Verdict], around: Mapping[tuple[int, object], _Around]
) -> dict[str, Verdict]:
    """What each amendment of one report does, in order: the second amends what the first has left."""
    verdicts: dict[str, Verdict] = {}
    book: Book | None = None
    line_count = 0
    for filing, own in report:
        number = filing["accession_number"]
        if filing["form_type"].startswith("13F-NT"):
            book, line_count = (None, 0) if filing["form_type"].endswith("/A") else (book, line_count)
            continue
        label = filing["label"]
        verdict = chosen.get(number)
        if verdict is None and filing["form_type"] == "13F-HR/A" and book is not None and label:
            decide = _of_restatement if label == AmendmentEffect.REPLACE else _of_new_holdings
            verdict = decide(filing, own, book, line_count, around.get((filing["cik"], filing["period_of_report"])))
            verdicts[number] = verdict
        is_base = filing["form_type"] == "13F-HR"
        effect = AmendmentEffect.REPLACE if is_base else (verdict.effect if verdict else label)
        if effect is None:
            continue
        if effect == AmendmentEffect.REPLACE or book is None:
            book, line_count = own, filing["line_count"]
        elif effect == AmendmentEffect.PATCH:
            book = pl.concat([book.join(own, on=_HOLDING, how="anti"), own])
        else:
            book = pl.concat([book, own]).group_by(_HOLDING).agg(pl.col("shares", "value_usd").sum())
            line_count += filing["line_count"]
    return verdicts


# ---- the evidence -------------------------------------------------------------------------------------------------


def _of_restatement(
    filing: Mapping[str, Any], own: Book, book: Book, line_count: int, around: _Around | None
) -> Verdict:
    replace, patch = AmendmentEffect.REPLACE, AmendmentEffect.PATCH
    value, report_value = float(own["value_usd"].sum()), float(book["value_usd"].sum())
    if filing["line_count"] >= line_count * SMALL or value >= report_value * SMALL:
        return Verdict(replace, EffectEvidence.LABEL, _BY_LABEL)
    size = f"{filing['line_count']:,} of {line_count:,} lines"
    declared = filing["table_entry_total"]
    if declared is not None and declared >= line_count * KEPT:
        basis = f"{size}, although its cover declares {declared:,}"
        return Verdict(patch, EffectEvidence.COVER_TOTALS, basis)
    common = own.join(book, on=_HOLDING, how="inner", suffix="_before", validate="1:1")
    if value == 0 and not own["shares"].sum() and common.is_empty():
        return Verdict(replace, EffectEvidence.NOTHING_HELD, f"{size}: it reports nothing")
    left_out = frozenset(book.join(own, on="cusip", how="anti")["cusip"])
    around = around or _NOBODY
    is_part = common.height == own.height
    changed = common.filter(~_is_same()).height
    if verdict := _by_report(size, left_out, around.next, EffectEvidence.NEXT_REPORT):
        return verdict
    if is_part and not changed:
        return Verdict(replace, EffectEvidence.SAME_LINES, f"{size}, all of them as they were: it corrects nothing")
    if verdict := _by_report(size, left_out, around.previous, EffectEvidence.PREVIOUS_REPORT):
        return verdict
    if is_part and changed >= own.height * KEPT:
        return Verdict(patch, EffectEvidence.CHANGED_LINES, f"{size}, with other amounts")
    return Verdict(patch, EffectEvidence.UNDECIDED, f"{size}; nothing shows whether the rest was held: it is kept")


def _by_report(
    size: str, left_out: frozenset[str], cusips: frozenset[str] | None, evidence: EffectEvidence
) -> Verdict | None:
    """By how much of what a restatement leaves out another quarter's report has; None if that does not tell."""
    if cusips is None or not left_out:
        return None
    part = len(left_out & cusips) / len(left_out)
    if GONE < part < KEPT:
        return None
    where = "next" if evidence == EffectEvidence.NEXT_REPORT else "previous"
    basis = f"{size}; {part:.0%} of the {len(left_out):,} securities that it leaves out are in the {where} report"
    return Verdict(AmendmentEffect.PATCH if part >= KEPT else AmendmentEffect.REPLACE, evidence, basis)


def _of_new_holdings(_filing: Mapping[str, Any], own: Book, book: Book, _lines: int, _around: object) -> Verdict:
    common = own.join(book, on=_HOLDING, how="inner", suffix="_before", validate="1:1")
    repeated = common.filter(_is_same() & (pl.col("shares") > 0)).height
    if not repeated:
        return Verdict(AmendmentEffect.ADD, EffectEvidence.LABEL, _BY_LABEL)
    basis = f"{repeated:,} of its {own.height:,} holdings are in the report already, with the same amounts"
    is_repetition = repeated >= MIN_REPEATED and repeated >= own.height * KEPT
    effect = AmendmentEffect.PATCH if is_repetition else AmendmentEffect.ADD
    return Verdict(effect, EffectEvidence.REPEATED_LINES, basis)


def _is_same() -> pl.Expr:
    """Whether a holding has the same shares and the same value, rounded to dollars, as before."""
    return (pl.col("shares") == pl.col("shares_before")) & (
        (pl.col("value_usd") - pl.col("value_usd_before")).abs() <= 1
    )
