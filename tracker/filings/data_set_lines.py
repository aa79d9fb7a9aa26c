"""Information tables of one of SEC's Form 13F data sets.

The lines of all filers are 400 MB of text: they are read from the zip piece by piece, and only the period's are kept.
"""

from __future__ import annotations

import polars as pl

from ..progress import Progress
from ..tables import LINES, LinesFrame, RejectKind
from . import rules
from .data_set_covers import Findings
from .data_set_tables import Archive
from .rules import LINE_CHECKS, Problem

_LINE = {
    "ACCESSION_NUMBER": "accession_number",
    "INFOTABLE_SK": "key",
    "NAMEOFISSUER": "name_of_issuer",
    "TITLEOFCLASS": "title_of_class",
    "CUSIP": "cusip",
    "FIGI": "figi",
    "VALUE": "value",
    "SSHPRNAMT": "shares",
    "SSHPRNAMTTYPE": "share_type",
    "PUTCALL": "put_call",
    "INVESTMENTDISCRETION": "investment_discretion",
    "OTHERMANAGER": "other_manager",
    "VOTING_AUTH_SOLE": "voting_sole",
    "VOTING_AUTH_SHARED": "voting_shared",
    "VOTING_AUTH_NONE": "voting_none",
}
_UNNAMED = Problem(RejectKind.UNNAMED_SUBMISSION, "lines in INFOTABLE of a submission that is missing from SUBMISSION")
_NO_KEY = Problem(RejectKind.BAD_LINE, "information table: a line's INFOTABLE_SK is not a number")
_DOUBLED = Problem(RejectKind.DUPLICATE_ROW, "information table: a line appears twice")
_NOTICE_WITH_TABLE = Problem(RejectKind.NOTICE_WITH_TABLE, "a notice with an information table")
_NO_TABLE = Problem(RejectKind.NO_TABLE, "no information table")


def read_lines(archive: Archive, named: set[str], findings: Findings, progress: Progress) -> LinesFrame:
    """LINES of the filings in `findings`; fills in their counts and totals, and refuses malformed tables.

    `named` are the accession numbers that SUBMISSION accounts for: lines of any other are a reject.
    """
    wanted = pl.Series(list(findings.filings), dtype=pl.String)
    parts = [_convert(pl.DataFrame(schema=dict.fromkeys(_LINE.values(), pl.String())))]
    failures: list[pl.DataFrame] = []
    progress.start(f"reading {archive.path.name}")
    try:
        for table in archive.read("INFOTABLE.tsv", _LINE):
            findings.refuse(table.refused)
            for number in set(table.rows["accession_number"].unique()) - named:
                findings.refuse({number or "": _UNNAMED}, also_unknown=True)
            part = table.rows.filter(pl.col("accession_number").is_in(wanted.implode()))
            findings.flag_lossy(table.lossy)
            failures += _failures(part)
            parts.append(_convert(part))
            progress.advance(table.rows.height)
    finally:
        progress.end()
    _refuse_tables(parts, findings)
    _refuse_lines(parts, failures, findings)
    refused = pl.Series(list(findings.refused), dtype=pl.String)
    for at, part in enumerate(parts):
        if refused.len():
            parts[at] = part.filter(~pl.col("accession_number").is_in(refused.implode()))
    # column by column, so that the lines are never in memory twice: a select copies frames of many chunks
    columns = [pl.concat([part.drop_in_place(name) for part in parts], rechunk=True) for name in _LINE.values()]
    return LINES.fit(pl.DataFrame(columns).with_columns(_line_number()))


def _convert(part: pl.DataFrame) -> pl.DataFrame:
    return rules.convert_lines(part).with_columns(pl.col("key").cast(pl.Int64, strict=False))


def _line_number() -> pl.Expr:
    return pl.col("key").rank("ordinal").over("accession_number").cast(pl.Int64).alias("line_number")


def _failures(part: pl.DataFrame) -> list[pl.DataFrame]:
    """Lines that fail a check: accession_number, key, number of the check, and the offending value as `text`."""
    return [
        part.filter(LINE_CHECKS[number].fails).select(
            "accession_number",
            pl.col("key").cast(pl.Int64, strict=False),
            pl.lit(number).alias("check"),
            pl.col(LINE_CHECKS[number].column).alias("text"),
        )
        for number in rules.failed_checks(part)
    ]


def _refuse_tables(parts: list[pl.DataFrame], findings: Findings) -> None:
    """Count the lines of each filing and refuse tables that are malformed as a whole."""
    counts = (
        pl.concat(part.lazy().group_by("accession_number").agg(
            pl.len().alias("line_count"),
            pl.col("value").sum().alias("value_total"),
            pl.col("key").null_count().alias("keyless"),
        ) for part in parts)
        .group_by("accession_number").sum().collect()
    )  # fmt: skip
    for filing in findings.filings.values():
        filing |= {"line_count": 0, "value_total": 0.0}
    for row in counts.iter_rows(named=True):
        number, keyless = row["accession_number"], row.pop("keyless")
        findings.filings[number] |= row
        if keyless:
            findings.refuse({number: _NO_KEY})
    keys = _keys(parts)
    if keys["key"].n_unique() < keys.height:
        doubled = keys.filter(keys.is_duplicated())["accession_number"].unique()
        findings.refuse(dict.fromkeys(doubled, _DOUBLED))
    for number, filing in findings.filings.items():
        is_notice = rules.is_notice(filing.get("form_type"))
        if is_notice and filing["line_count"]:
            findings.refuse({number: _NOTICE_WITH_TABLE})
        elif not is_notice and not filing["line_count"]:
            findings.refuse({number: _NO_TABLE})


def _refuse_lines(parts: list[pl.DataFrame], failures: list[pl.DataFrame], findings: Findings) -> None:
    """Refuse filings with failing lines, with the first line that fails the first check as the reason."""
    if not failures:
        return
    failing = pl.concat(failures)
    numbered = _keys(parts).filter(pl.col("accession_number").is_in(failing["accession_number"].implode()))
    numbered = numbered.with_columns(_line_number()).unique(["accession_number", "key"])
    first = (
        failing.join(numbered, on=["accession_number", "key"], how="left", validate="m:1", nulls_equal=True)
        .filter(pl.col("check") == pl.col("check").min().over("accession_number"))
        .sort("line_number")
        .group_by("accession_number", "check")
        .agg(pl.col("line_number", "text").first(), pl.len())
    )
    for number, check, line, text, count in first.iter_rows():
        findings.refuse({number: rules.line_problem(check, line, text, count)})


def _keys(parts: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(part.select("accession_number", "key") for part in parts)
