"""Read one of SEC's Form 13F data sets: see `datasets`.

The rules are those of `checks`, which hold for single submissions too, so that both ways give the same frames and
reject the same submissions. What is off in a row rejects its submission, never the whole data set.

The lines of all filers are 400 MB of text: they are read from the zip piece by piece, and only the period's are kept.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from ..edgar_facts import FORM_TYPES, is_accession_number
from ..progress import Progress, Silent
from ..quarters import MONTHS, Quarter
from ..tables import FILINGS, LINES, REJECTS, Submissions
from . import rules
from .data_set_tables import Archive, open_archive
from .rules import LINE_CHECKS, Unreadable

# Columns by SEC's names (see data_set_tables.OPTIONAL).
_SUBMISSION = {
    "ACCESSION_NUMBER": "accession_number",
    "FILING_DATE": "filing_date",
    "SUBMISSIONTYPE": "form_type",
    "CIK": "cik",
    "PERIODOFREPORT": "period_of_report",
}
_COVER = {
    "ACCESSION_NUMBER": "accession_number",
    "FILINGMANAGER_NAME": "manager_name",
    "AMENDMENTTYPE": "amendment_type",
    "AMENDMENTNO": "amendment_number",
    "REPORTTYPE": "report_type",
    "FORM13FFILENUMBER": "form13f_file_number",
    "CRDNUMBER": "crd_number",
    "SECFILENUMBER": "sec_file_number",
}
_SUMMARY = {
    "ACCESSION_NUMBER": "accession_number",
    "OTHERINCLUDEDMANAGERSCOUNT": "other_included_managers_count",
    "TABLEENTRYTOTAL": "table_entry_total",
    "TABLEVALUETOTAL": "table_value_total",
    "ISCONFIDENTIALOMITTED": "is_confidential_omitted",
}
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
_COUNTS = {
    "amendment_number": "amendmentNo",
    "other_included_managers_count": "otherIncludedManagersCount",
    "table_entry_total": "tableEntryTotal",
    "table_value_total": "tableValueTotal",
}
_LOSSY = "text that is not UTF-8 is shown as \ufffd"
_DATE = re.compile(r"(\d{2})-([A-Z]{3})-(\d{4})", re.IGNORECASE | re.ASCII)


@dataclass
class _Found:
    """What has been read so far: rows of FILINGS by accession number, why some are refused, what is doubtful."""

    filings: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    flags: dict[str, list[str]] = field(default_factory=dict)

    def refuse(self, problems: Mapping[str, str], *, also_unknown: bool = False) -> None:
        """Keep the first reason of each submission; of those that are not of the period only if told to."""
        for number, problem in problems.items():
            if number in self.filings or also_unknown:
                self.refused.setdefault(number, problem)


def read(path: Path, period: date, *, skip: Collection[str] = (), progress: Progress | None = None) -> Submissions:
    """The reports for `period` (a quarter's last day) in the data set at `path`; no network.

    `skip`: accession numbers that are known already; nothing of them is returned, and where nothing else is of the
    period the lines are not even opened. `accepted_at` is null and `source` the zip's name; LINES are in no
    order but that of `line_number`. REJECTS holds the period's submissions that cannot be taken, those whose period
    cannot be read, and lines of submissions that the data set does not name. Raises SourceError for a zip that is
    damaged, or that lacks a table or a column that is needed; both are named.
    """
    progress = progress or Silent()
    found = _Found()
    with open_archive(path) as archive:
        named = _read_submissions(archive, period, set(skip), found)
        if found.filings:
            _read_covers(archive, found)
            lines = _read_lines(archive, named, found, progress)
        else:
            lines = LINES.frame()
    for number, filing in found.filings.items():
        if number not in found.refused:
            filing["source"] = path.name
            found.flags[number] = rules.tell_totals(filing) + found.flags.get(number, [])
    kept = [filing for number, filing in found.filings.items() if number not in found.refused]
    return Submissions(FILINGS.frame(kept), lines, _rejects(found))


def _rejects(found: _Found) -> pl.DataFrame:
    refused = [(number, "rejected", reason) for number, reason in found.refused.items()]
    flagged = [
        (number, "flagged", reason)
        for number, reasons in found.flags.items()
        if number not in found.refused
        for reason in dict.fromkeys(reasons)
    ]
    return REJECTS.frame(
        {
            "accession_number": number,
            "cik": found.filings.get(number, {}).get("cik"),
            "period_of_report": found.filings.get(number, {}).get("period_of_report"),
            "step": "parse",
            "severity": severity,
            "reason": reason,
        }
        for number, severity, reason in refused + flagged
    )


# ---- submissions and cover pages ----------------------------------------------------------------------------------


def _read_submissions(archive: Archive, period: date, skip: set[str], found: _Found) -> set[str]:
    """Put the period's submissions into `found`; returns all accession numbers that are accounted for."""
    named: set[str] = set()
    for table in archive.read("SUBMISSION.tsv", _SUBMISSION):
        found.refuse(table.refused, also_unknown=True)
        named |= table.refused.keys()
        for row in table.rows.iter_rows(named=True):
            number = row["accession_number"] or ""
            is_again = number in named
            named.add(number)
            if number in skip:
                continue
            try:
                _add_submission(row, number, period, found)
                if is_again:
                    raise Unreadable("it stands twice in SUBMISSION")
            except Unreadable as problem:
                found.refused.setdefault(number, str(problem))
    for number in skip:
        found.refused.pop(number, None)
    return named | skip


def _add_submission(row: dict[str, str | None], number: str, period: date, found: _Found) -> None:
    if not is_accession_number(number):
        raise Unreadable("not an accession number")
    day = _read_date(row["period_of_report"], "period of report")
    if Quarter.of(day) != Quarter.of(period):
        return
    if not re.fullmatch(r"[0-9]{1,10}", row["cik"] or ""):
        raise Unreadable(f"its CIK is {row['cik']!r:.40}")
    found.filings[number] = {"accession_number": number, "cik": int(row["cik"] or ""), "period_of_report": day}
    rules.require_quarter_end(day)
    if row["form_type"] not in FORM_TYPES:
        raise Unreadable(f"form type {row['form_type']!r:.40} is not read")
    filed = _read_date(row["filing_date"], "filing date")
    found.filings[number] |= {"form_type": row["form_type"], "filing_date": filed}


def _read_date(text: str | None, what: str) -> date:
    """A day as `14-NOV-2025`."""
    match = _DATE.fullmatch(text or "")
    try:
        if match:
            return date(int(match[3]), MONTHS.index(match[2].upper()) + 1, int(match[1]))
    except ValueError:
        pass
    raise Unreadable(f"{what} {text!r:.40} is not a date")


def _read_covers(archive: Archive, found: _Found) -> None:
    """Add cover and summary pages to the filings; a notice has no summary page."""
    for name, columns in (("COVERPAGE.tsv", _COVER), ("SUMMARYPAGE.tsv", _SUMMARY)):
        seen: set[str] = set()
        for table in archive.read(name, columns):
            found.refuse(table.refused)
            for number in table.lossy & found.filings.keys():
                found.flags.setdefault(number, []).append(_LOSSY)
            for row in table.rows.iter_rows(named=True):
                number = row["accession_number"] or ""
                if number not in found.filings:
                    continue
                if number in seen:
                    found.refuse({number: f"it stands twice in {name.removesuffix('.tsv')}"})
                seen.add(number)
                try:
                    found.filings[number] |= _convert_cover(row)
                except Unreadable as problem:
                    found.refuse({number: str(problem)})
        if columns is _COVER:
            found.refuse(dict.fromkeys(found.filings.keys() - seen, "no cover page"))
    for filing in found.filings.values():
        for column in _SUMMARY.values():
            filing.setdefault(column, None)


def _convert_cover(row: dict[str, Any]) -> dict[str, Any]:
    for column in row.keys() & _COUNTS.keys():
        row[column] = rules.read_count(_COUNTS[column], row[column])
    if "crd_number" in row:
        row["crd_number"] = rules.read_crd_number(row["crd_number"])
    if "is_confidential_omitted" in row:
        row["is_confidential_omitted"] = rules.read_flag(row["is_confidential_omitted"])
    return row


# ---- lines --------------------------------------------------------------------------------------------------------


def _read_lines(archive: Archive, named: set[str], found: _Found, progress: Progress) -> pl.DataFrame:
    """LINES of the submissions in `found`, whose counts and totals are filled in; refuses what is not sound."""
    wanted = pl.Series(list(found.filings), dtype=pl.String)
    parts = [_convert(pl.DataFrame(schema=dict.fromkeys(_LINE.values(), pl.String())))]
    caught: list[pl.DataFrame] = []
    progress.start(f"reading {archive.path.name}")
    try:
        for table in archive.read("INFOTABLE.tsv", _LINE):
            found.refuse(table.refused)
            for number in set(table.rows["accession_number"].unique()) - named:
                problem = "lines in INFOTABLE of a submission that SUBMISSION does not name"
                found.refuse({number or "": problem}, also_unknown=True)
            part = table.rows.filter(pl.col("accession_number").is_in(wanted.implode()))
            for number in table.lossy & found.filings.keys():
                found.flags.setdefault(number, []).append(_LOSSY)
            caught += _check(part)
            parts.append(_convert(part))
            progress.advance(table.rows.height)
    finally:
        progress.end()
    _refuse_tables(parts, caught, found)
    refused = pl.Series(list(found.refused), dtype=pl.String)
    for at, part in enumerate(parts):
        if refused.len():
            parts[at] = part.filter(~pl.col("accession_number").is_in(refused.implode()))
    # column by column, so that the lines never stand there twice: frames of many chunks are copied by any select
    columns = [pl.concat([part.drop_in_place(name) for part in parts], rechunk=True) for name in _LINE.values()]
    return LINES.fit(pl.DataFrame(columns).with_columns(_line_number()))


def _convert(part: pl.DataFrame) -> pl.DataFrame:
    return rules.convert_lines(part).with_columns(pl.col("key").cast(pl.Int64, strict=False))


def _line_number() -> pl.Expr:
    return pl.col("key").rank("ordinal").over("accession_number").cast(pl.Int64).alias("line_number")


def _check(part: pl.DataFrame) -> list[pl.DataFrame]:
    """Lines that a check catches: accession_number, key, number of the check, and the value that shows it."""
    expressions = [check.any().alias(str(number)) for number, (check, _, _) in enumerate(LINE_CHECKS)]
    caught = part.select(expressions).row(0)
    return [
        part.filter(LINE_CHECKS[number][0]).select(
            "accession_number",
            pl.col("key").cast(pl.Int64, strict=False),
            pl.lit(number).alias("check"),
            pl.col(LINE_CHECKS[number][2]).alias("text"),
        )
        for number, is_caught in enumerate(caught)
        if is_caught
    ]


def _refuse_tables(parts: list[pl.DataFrame], caught: list[pl.DataFrame], found: _Found) -> None:
    """Count the lines of each filing and refuse the tables that are not sound."""
    counts = (
        pl.concat(part.lazy().group_by("accession_number").agg(
            pl.len().alias("line_count"),
            pl.col("value").sum().alias("value_total"),
            pl.col("key").null_count().alias("keyless"),
        ) for part in parts)
        .group_by("accession_number").sum().collect()
    )  # fmt: skip
    for filing in found.filings.values():
        filing |= {"line_count": 0, "value_total": 0.0}
    for row in counts.iter_rows(named=True):
        number, keyless = row["accession_number"], row.pop("keyless")
        found.filings[number] |= row
        if keyless:
            found.refuse({number: "information table: a line's INFOTABLE_SK is no number"})
    keys = pl.concat(part.select("accession_number", "key") for part in parts)
    if keys["key"].n_unique() < keys.height:
        doubled = keys.filter(keys.is_duplicated())["accession_number"].unique()
        found.refuse(dict.fromkeys(doubled, "information table: a line stands twice"))
    for number, filing in found.filings.items():
        is_notice = filing.get("form_type", "").startswith("13F-NT")
        if is_notice and filing["line_count"]:
            found.refuse({number: "a notice with an information table"})
        elif not is_notice and not filing["line_count"]:
            found.refuse({number: "no information table"})
    if caught:
        bad = pl.concat(caught)
        numbered = keys.filter(pl.col("accession_number").is_in(bad["accession_number"].implode()))
        numbered = numbered.with_columns(_line_number()).unique(["accession_number", "key"])
        first = (
            bad.join(numbered, on=["accession_number", "key"], how="left", validate="m:1", nulls_equal=True)
            .filter(pl.col("check") == pl.col("check").min().over("accession_number"))
            .sort("line_number")
            .group_by("accession_number", "check")
            .agg(pl.col("line_number", "text").first(), pl.len())
        )
        for number, check, line, text, count in first.iter_rows():
            found.refuse({number: rules.tell_line(check, line, text, count)})
