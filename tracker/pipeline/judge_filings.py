"""Decide, period by period, what filings mean: units, roles, amendments, wrong CUSIPs."""

from __future__ import annotations

from datetime import date

import polars as pl

from ..errors import StoreError
from ..filings import amendment_choices, amendment_effects, amendments, cusip_matches, holdings, mistaken_cusips
from ..output import plural
from ..progress import Progress
from ..quarters import Quarter
from ..securities import cusips
from ..store import Store
from ..tables import (
    CUSIP_MATCHES,
    FILINGS,
    JUDGED_FILINGS,
    REJECTS,
    AmendmentChoicesFrame,
    CusipMatchesFrame,
    EffectEvidence,
    FilingsFrame,
    JudgedFilingsFrame,
    LinesFrame,
    Step,
)
from ..tables.text_codes import TextCodes, as_codes

# All that shows which periods have to be judged: of each of fifty quarters no other column is read.
_LOOKED_AT = (
    *(*amendments.ORDER, *amendments.REPORT, "form_type", "amendment_type", "line_count"),
    *("role", "amendment_effect", "effect_evidence", "compared_with"),
)


def judge(store: Store, progress: Progress) -> set[date]:
    """Decide on the filings of every period that has undecided ones, or whose amendments were decided from less.

    What a doubtful amendment does depends on the user's choices and on the reports around it: once the next quarter is
    read, the one before is decided again. Returns the periods. Raises StoreError if lines that were stored are gone.
    """
    filings = store.read_filings(_LOOKED_AT)
    choices = amendment_choices.read_choices(store.settings.home)
    neighbours = amendment_effects.neighbours(filings)
    undecided = set(filings.filter(pl.col("role").is_null())["period_of_report"].unique())
    periods = undecided | _overtaken(filings, neighbours, choices)
    for period in sorted(periods):
        _judge_period(store, period, neighbours, choices, progress)
    return periods


def _overtaken(filings: JudgedFilingsFrame, neighbours: pl.DataFrame, choices: AmendmentChoicesFrame) -> set[date]:
    """Periods with an amendment that was decided from other reports, or by another choice, than there are now."""
    in_doubt = amendment_effects.may_be_patch(filings).select("accession_number")
    now = in_doubt.join(filings, on="accession_number", validate="1:1").select(
        "accession_number", "cik", "period_of_report", "compared_with", "effect_evidence"
    )
    now = now.join(
        amendment_effects.compared_with(neighbours), on=["cik", "period_of_report"], how="left", validate="m:1"
    )
    is_choice = pl.col("effect_evidence") == EffectEvidence.USER_CHOICE
    is_compared = pl.col("compared_with").eq_missing(pl.col("_compared_with"))
    chosen = filings.join(
        choices.select("accession_number", pl.col("amendment_effect").alias("_chosen")),
        on="accession_number",
        how="left",
    ).filter(pl.col("form_type") == "13F-HR/A")
    is_followed = (
        pl.when(pl.col("_chosen").is_null())
        .then(~is_choice.fill_null(False))
        .otherwise((is_choice & (pl.col("_chosen") == pl.col("amendment_effect"))).fill_null(False))
    )
    return {
        *now.filter(~is_choice.fill_null(False) & ~is_compared)["period_of_report"],
        *chosen.filter(~is_followed)["period_of_report"],
    }


def _judge_period(
    store: Store, period: date, neighbours: pl.DataFrame, choices: AmendmentChoicesFrame, progress: Progress
) -> None:
    filings = FILINGS.fit(store.read(JUDGED_FILINGS, period_of_report=period))
    lines = store.lines(period, holdings.JUDGED_COLUMNS)
    lines = lines.with_columns(as_codes(lines["accession_number"]))
    _check_lines(filings, lines)
    others = with_books(store, neighbours.filter(pl.col("period_of_report") == period))
    judged_filings, flagged = holdings.judge(filings, lines, choices, others)
    shortened = cusip_matches.related(lines["cusip"])
    matches = CUSIP_MATCHES.frame()
    if shortened:
        matches = cusip_matches.match(judged_filings, store.lines_of(period, shortened, cusip_matches.COLUMNS))
    matches = pl.concat([matches, _mistaken(store, period, judged_filings, lines)]).sort(CUSIP_MATCHES.key)
    flagged = pl.concat([flagged, cusip_matches.flag_matches(matches)])
    store.replace_together(
        [
            (REJECTS, flagged, {"step": Step.NORMALISE, "period_of_report": period}),
            (CUSIP_MATCHES, matches, {"period_of_report": period}),
            (JUDGED_FILINGS, judged_filings, {"period_of_report": period}),
        ]
    )
    counts = f"{plural(judged_filings.height, 'filing')}, {plural(lines.height, 'line')}"
    progress.note(f"{Quarter.of(period)}: {counts}")


def _mistaken(store: Store, period: date, judged: JudgedFilingsFrame, lines: LinesFrame) -> CusipMatchesFrame:
    """CUSIP_MATCHES of the lines under another security's CUSIP; names are read of few of all lines."""
    doubted = mistaken_cusips.doubtful(judged, lines)
    if doubted.is_empty():
        return CUSIP_MATCHES.frame()
    near = store.lines_of(period, doubted["cusip"].unique().to_list(), mistaken_cusips.COLUMNS)
    own = mistaken_cusips.alone(judged, doubted, near)
    named = store.lines_naming(period, mistaken_cusips.words(own), mistaken_cusips.COLUMNS)
    return mistaken_cusips.match(judged, own, named)


def with_books(store: Store, neighbours: pl.DataFrame) -> pl.DataFrame:
    """`neighbours` with the column cusips: the list of those that each report has; null if its lines are not here."""
    books = [pl.DataFrame(schema={"cik": pl.Int64, "period": pl.Date, "cusips": pl.List(pl.String)})]
    for (period,), reports in neighbours.partition_by("period", as_dict=True).items():
        numbers = reports.select("cik", "period", accession_number="accession_numbers").explode("accession_number")
        lines = store.lines(period, ("accession_number", "cusip"), numbers["accession_number"])
        clean = cusips.read(lines["cusip"]).select("filed", pl.col("cusip").alias("cusips"))
        held = lines.join(clean, left_on="cusip", right_on="filed", validate="m:1")
        books.append(
            held.join(numbers, on="accession_number", validate="m:1")
            .group_by("cik", "period")
            .agg(pl.col("cusips").unique())
        )
    return neighbours.join(pl.concat(books), on=["cik", "period"], how="left", validate="m:1")


def _check_lines(filings: FilingsFrame, lines: LinesFrame) -> None:
    """Every line that was read is on disk: a damaged or deleted Parquet file must not become a lower count."""
    coded = TextCodes.of(lines["accession_number"])
    counts = coded.codes.value_counts(name="on_disk")
    on_disk = counts.select(
        coded.texts.gather(counts["accession_number"]).alias("accession_number"), pl.col("on_disk").cast(pl.Int64)
    )
    lost = filings.join(on_disk, on="accession_number", how="left", validate="1:1").filter(
        pl.col("line_count") != pl.col("on_disk").fill_null(0)
    )
    if lost.height:
        raise StoreError(
            f"db/lines lacks lines of {plural(lost.height, 'filing')}, {lost['accession_number'][0]} among them: "
            "delete db/ and refresh again; filings on disk are not downloaded twice"
        )
