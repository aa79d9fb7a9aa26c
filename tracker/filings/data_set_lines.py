"""Information tables of one of SEC's Form 13F data sets.

The lines of all filers are 400 MB of text: they are read from the zip piece by piece, and only the period's are kept.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ..progress import Progress
from ..tables import LINES, RejectKind
from ..tables.coded_lines import CodedLines
from ..tables.text_codes import TextCodes
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
# Thousands of different texts in millions of cells: as codes they are read, sorted and kept in a fraction of the room.
_NUMBERS = ["key", *rules.NUMBERS]
_TEXTS = [name for name in _LINE.values() if name not in _NUMBERS]
_UNNAMED = Problem(RejectKind.UNNAMED_SUBMISSION, "lines in INFOTABLE of a submission that is missing from SUBMISSION")
_NO_KEY = Problem(RejectKind.BAD_LINE, "information table: a line's INFOTABLE_SK is not a number")
_DOUBLED = Problem(RejectKind.DUPLICATE_ROW, "information table: a line appears twice")
_NOTICE_WITH_TABLE = Problem(RejectKind.NOTICE_WITH_TABLE, "a notice with an information table")
_NO_TABLE = Problem(RejectKind.NO_TABLE, "no information table")


def read_lines(archive: Archive, named: set[str], findings: Findings, progress: Progress) -> CodedLines:
    """LINES of the filings in `findings`; fills in their counts and totals, and refuses malformed tables.

    `named` are the accession numbers that SUBMISSION accounts for: lines of any other are a reject.
    """
    parts: list[pl.DataFrame] = []
    failures: list[pl.DataFrame] = []
    progress.start(f"reading {archive.path.name}")
    try:
        for table in archive.read("INFOTABLE.tsv", _LINE, repeated=_TEXTS, numbers=_NUMBERS):
            findings.refuse(table.refused)
            findings.flag_lossy(table.lossy)
            rows = _of_period(table.rows, named, findings)
            for part, failed in _convert(rows, findings, is_short=not table.has_long_rows):
                parts.append(part)
                failures += failed
            progress.advance(table.rows.height)
    finally:
        progress.end()
    if not parts:
        _refuse_tables(LINES.frame().with_columns(pl.lit(None, pl.Int64).alias("key")), findings)
        return CodedLines.of(LINES.frame())
    lines = pl.concat(parts)
    parts.clear()
    _refuse_tables(lines, findings)
    _refuse_lines(lines, failures, findings)
    if findings.refused:
        refused = pl.Series(list(findings.refused), dtype=pl.String)
        lines = lines.filter(~pl.col("accession_number").cast(pl.String).is_in(refused.implode()))
    return _coded(lines.with_columns(_line_number(lines)).drop("key"))


def _convert(
    rows: pl.DataFrame, findings: Findings, *, is_short: bool
) -> Iterator[tuple[pl.DataFrame, list[pl.DataFrame]]]:
    """Rows with amounts as numbers, and the lines that fail a check: those of each filing by themselves if together
    they cannot be converted, and then the filing that cannot be is refused."""
    try:
        is_plain = is_short and rules.is_plain(rows)
        failures: list[pl.DataFrame] = []
        if not is_plain:
            rows = rows.with_columns(pl.col(_NUMBERS).cast(pl.String))
            failures = _failures(rows.with_columns(pl.col(_TEXTS).cast(pl.String)))
        part = rules.convert_amounts(rows, is_grouped=not is_plain)
        yield part.with_columns(pl.col("key").cast(pl.Int64, strict=False)), failures
    except (Exception, pl.exceptions.PanicException) as error:
        numbers = rows["accession_number"].cast(pl.String)
        each = [*numbers.unique(maintain_order=True)]
        if len(each) == 1:
            findings.refuse({each[0]: rules.unforeseen(error)})
            return
        for number in each:
            yield from _convert(rows.filter(numbers == number), findings, is_short=is_short)


def _of_period(rows: pl.DataFrame, named: set[str], findings: Findings) -> pl.DataFrame:
    """The rows of the filings in `findings`; those of submissions that are not `named` are refused."""
    numbers = {*rows["accession_number"].unique().cast(pl.String)}
    for number in numbers - named:
        findings.refuse({number or "": _UNNAMED}, also_unknown=True)
    wanted = [number for number in numbers if number in findings.filings]
    if len(wanted) == len(numbers):
        return rows
    chosen = pl.Series(wanted, dtype=pl.String)
    return rows.filter(pl.col("accession_number").cast(pl.String).is_in(chosen.implode()))


def _coded(lines: pl.DataFrame) -> CodedLines:
    """`lines`, which are emptied: column by column and in one piece, so that they are never in memory twice."""
    rows: dict[str, pl.Series] = {}
    texts: dict[str, pl.Series] = {}
    for name, dtype in LINES.schema.items():
        column = lines.drop_in_place(name)
        if dtype == pl.String():
            coded = _choices(TextCodes.of_categorical(column.rechunk()), name)
            rows[name], texts[name] = coded.codes, coded.texts
        else:
            rows[name] = column.rechunk().cast(dtype)
    return CodedLines(pl.DataFrame(rows), texts)


def _choices(column: TextCodes, name: str) -> TextCodes:
    """The texts that rules make of those of a column, and of null: of two they may make one."""
    texts = column.texts.extend_constant(None, 1).alias(name)
    converted = rules.convert_choice(texts)
    if converted.equals(texts, null_equal=True):
        return column
    choices = TextCodes.of(converted)
    return TextCodes(choices.codes.gather(column.codes.fill_null(len(texts) - 1)), choices.texts)


def _line_number(lines: pl.DataFrame) -> pl.Series:
    """The line numbers: places in the order of the keys of each filing."""
    numbered = lines.select(pl.col("accession_number").to_physical().alias("filing"), "key").with_row_index("row")
    is_first = (pl.col("filing") != pl.col("filing").shift()).fill_null(True)
    is_in_order = numbered.select(((pl.col("key").diff() > 0) | is_first).all() & pl.col("key").is_not_null().all())
    if is_in_order.item() and numbered.select(is_first.sum()).item() == numbered["filing"].n_unique():
        first = pl.when(is_first).then("row").forward_fill()
        return numbered.select((pl.col("row") - first + 1).cast(pl.Int64).alias("line_number")).to_series()
    rank = pl.col("key").rank("ordinal").over("filing").cast(pl.Int64)
    return numbered.select(rank.alias("line_number")).to_series()


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


def _refuse_tables(lines: pl.DataFrame, findings: Findings) -> None:
    """Count the lines of each filing and refuse tables that are malformed as a whole."""
    counts = (
        lines.group_by("accession_number")
        .agg(
            pl.len().alias("line_count"),
            pl.col("value").sum().alias("value_total"),
            pl.col("key").null_count().alias("keyless"),
        )
        .with_columns(pl.col("accession_number").cast(pl.String))
    )
    for filing in findings.filings.values():
        filing |= {"line_count": 0, "value_total": 0.0}
    for row in counts.iter_rows(named=True):
        number, keyless = row["accession_number"], row.pop("keyless")
        findings.filings[number] |= row
        if keyless:
            findings.refuse({number: _NO_KEY})
    if lines["key"].n_unique() < lines.height:
        keys = lines.select("accession_number", "key")
        doubled = keys.filter(keys.is_duplicated())["accession_number"].unique().cast(pl.String)
        findings.refuse(dict.fromkeys(doubled, _DOUBLED))
    for number, filing in findings.filings.items():
        is_notice = rules.is_notice(filing.get("form_type"))
        if is_notice and filing["line_count"]:
            findings.refuse({number: _NOTICE_WITH_TABLE})
        elif not is_notice and not filing["line_count"]:
            findings.refuse({number: _NO_TABLE})


def _refuse_lines(lines: pl.DataFrame, failures: list[pl.DataFrame], findings: Findings) -> None:
    """Refuse filings with failing lines, with the first line that fails the first check as the reason."""
    if not failures:
        return
    failing = pl.concat(failures)
    keys = lines.select(pl.col("accession_number").cast(pl.String), "key").with_columns(_line_number(lines))
    numbered = keys.join(failing, on="accession_number", how="semi").unique(["accession_number", "key"])
    first = (
        failing.join(numbered, on=["accession_number", "key"], how="left", validate="m:1", nulls_equal=True)
        .filter(pl.col("check") == pl.col("check").min().over("accession_number"))
        .sort("line_number")
        .group_by("accession_number", "check")
        .agg(pl.col("line_number", "text").first(), pl.len())
    )
    for number, check, line, text, count in first.iter_rows():
        findings.refuse({number: rules.line_problem(check, line, text, count)})
