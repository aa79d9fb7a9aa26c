"""Parse one Form 13F submission: bytes in, frames out, nothing corrected.

A submission is EDGAR's full text file: an SGML header, then documents, of which the cover page and the
information table are XML between `<XML>` and `</XML>` (EDGAR Form 13F XML Technical Specification). Only those
blocks are parsed, each one strictly (see `submission_xml`); the SGML around them never goes through an XML parser.

A submission is accepted all or nothing, and its size is bounded: one that cannot be read becomes a row of REJECTS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from ..edgar_facts import FORM_TYPES, SUBMISSION_END, is_accession_number
from ..quarters import Quarter
from ..tables import (
    FILINGS,
    LINES,
    OTHER_MANAGERS,
    REJECTS,
    LinesFrame,
    RejectKind,
    RejectsFrame,
    Severity,
    Submissions,
)
from . import rules
from .rules import Problem, Unreadable
from .submission_xml import read_cover, read_day, read_table

__all__ = ["Submissions", "parse", "parse_file"]

Cover = tuple[dict[str, Any], list[dict[str, Any]]]  # what `read_cover` returns

MAX_BYTES = 256 * 2**20
FIRST_XML_PERIOD = Quarter(2013, 2)

_TYPE = re.compile(rb"<DOCUMENT>\s*<TYPE>([^\r\n]*)")


def parse(data: bytes, accession_number: str, cik: int | None = None) -> Submissions:
    """Parse one submission text.

    `accession_number` and `cik` are what was requested: a text with others in its header is rejected. Returns
    FILINGS (one row or none), LINES and REJECTS; never raises because of what the text contains.
    """
    known: dict[str, Any] = {"accession_number": accession_number, "cik": cik}
    try:
        header = _header(data, accession_number, cik)
        known |= {"cik": header["cik"], "period_of_report": header["period_of_report"]}
        (cover, others), lines = _documents(data, header)
        filing = {**header, **cover}
        known["period_of_report"] = filing["period_of_report"]
        rules.require_quarter_end(filing["period_of_report"])
    except Unreadable as unreadable:
        return _rejected(known, unreadable.problem)
    lines = LINES.fit(lines.with_columns(pl.lit(accession_number).alias("accession_number")))
    filing |= {"line_count": lines.height, "value_total": float(lines["value"].sum()), "source": "filing"}
    problems = rules.total_problems(filing)
    stated, period = header["period_of_report"], filing["period_of_report"]
    if stated != period:
        reason = f"its header states period {stated}, its cover page {period}"
        problems.insert(0, Problem(RejectKind.PERIOD_DIFFERS, reason))
    filings = FILINGS.fit(pl.DataFrame([filing], infer_schema_length=1))
    other_managers = OTHER_MANAGERS.frame({"accession_number": accession_number, **row} for row in others)
    return Submissions(filings, lines, _rejects(filing, Severity.FLAGGED, problems), other_managers)


def parse_file(path: Path, accession_number: str, cik: int | None = None) -> Submissions:
    """Parse one file on disk; see `parse`. A file over MAX_BYTES is rejected without reading it."""
    if path.stat().st_size > MAX_BYTES:
        problem = Problem(RejectKind.TOO_LARGE, f"larger than {MAX_BYTES // 2**20} MiB")
        return _rejected({"accession_number": accession_number, "cik": cik}, problem)
    return parse(path.read_bytes(), accession_number, cik)


def _rejected(known: dict[str, Any], problem: Problem) -> Submissions:
    return Submissions(FILINGS.frame(), LINES.frame(), _rejects(known, Severity.REJECTED, [problem]))


def _rejects(filing: dict[str, Any], severity: Severity, problems: Iterable[Problem]) -> RejectsFrame:
    return REJECTS.frame(rules.reject_rows(filing, severity, problems))


def _header(data: bytes, accession_number: str, cik: int | None) -> dict[str, Any]:
    """What the SGML header states: type, period, dates and filer."""
    if not data.strip():
        raise Unreadable(RejectKind.NOT_A_SUBMISSION, "empty")
    if not is_accession_number(accession_number):
        raise Unreadable(RejectKind.MISLABELLED, "not an accession number")
    head, end, _ = data[:200_000].partition(b"</SEC-HEADER>")
    if b"<SEC-DOCUMENT>" not in head:
        raise Unreadable(RejectKind.NOT_A_SUBMISSION, "not an EDGAR submission")
    if not end or not SUBMISSION_END.search(data[-200:]):
        raise Unreadable(RejectKind.TRUNCATED, "truncated: does not end in </SEC-DOCUMENT>")
    text = head.decode("latin-1")
    number = _labelled(text, "ACCESSION NUMBER")
    if number != accession_number:
        raise Unreadable(RejectKind.MISLABELLED, f"its header has accession number {number!r:.40}")
    form = _labelled(text, "CONFORMED SUBMISSION TYPE")
    if form not in FORM_TYPES:
        raise Unreadable(RejectKind.FORM_TYPE, f"form type {form!r:.40} is not supported")
    filer = _labelled(text, "CENTRAL INDEX KEY")
    if not filer or not re.fullmatch(r"[0-9]{1,10}", filer):
        raise Unreadable(RejectKind.MISLABELLED, "its header has no CIK")
    if cik is not None and int(filer) != cik:
        raise Unreadable(RejectKind.MISLABELLED, f"its header has CIK {int(filer)}, not {cik}")
    accepted = re.search(r"<ACCEPTANCE-DATETIME>(\d{14})", text)
    return {
        "accession_number": accession_number,
        "cik": int(filer),
        "manager_name": _labelled(text, "COMPANY CONFORMED NAME"),
        "form_type": form,
        "period_of_report": read_day(_labelled(text, "CONFORMED PERIOD OF REPORT"), "%Y%m%d", "period of report"),
        "filing_date": read_day(_labelled(text, "FILED AS OF DATE"), "%Y%m%d", "filing date"),
        "accepted_at": _moment(accepted[1]) if accepted else None,
    }


def _labelled(header: str, label: str) -> str | None:
    match = re.search(rf"^\s*{label}:[ \t]*(\S.*?)[ \t]*$", header, re.MULTILINE)
    return match[1] if match else None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S")
    except ValueError:
        return None


def _documents(data: bytes, header: dict[str, Any]) -> tuple[Cover, LinesFrame]:
    """Cover page and table lines from the submission's XML blocks."""
    cover: Cover | None = None
    tables: list[pl.DataFrame] = []
    for document_type, block in _xml_blocks(data):
        if document_type.startswith(b"13F-"):
            cover = read_cover(block)
        elif document_type == b"INFORMATION TABLE":
            tables.append(read_table(block))
    if cover is None and not tables and header["period_of_report"] < FIRST_XML_PERIOD.end:
        reason = f"text-era filing: tables before {FIRST_XML_PERIOD} are free text, which is not supported"
        raise Unreadable(RejectKind.TEXT_ERA, reason)
    if cover is None:
        raise Unreadable(RejectKind.NO_COVER_PAGE, "no cover page in XML")
    is_notice = rules.is_notice(header["form_type"])
    if not tables and not is_notice:
        raise Unreadable(RejectKind.NO_TABLE, "no information table in XML")
    if tables and is_notice:
        raise Unreadable(RejectKind.NOTICE_WITH_TABLE, "a notice with an information table")
    lines = pl.concat(tables) if tables else LINES.frame().drop("accession_number", "line_number")
    return cover, lines.with_row_index("line_number", offset=1)


def _xml_blocks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each `<XML>` block with the type of its document; plain searches, as patterns here cost more than lxml does."""
    at = 0
    while document := _TYPE.search(data, at):
        end = data.find(b"</DOCUMENT>", document.end())
        if end < 0:
            raise Unreadable(RejectKind.TRUNCATED, "truncated: a document does not end")
        start = data.find(b"<XML>", document.end(), end)
        while start >= 0:
            stop = data.find(b"</XML>", start, end)
            if stop < 0:
                raise Unreadable(RejectKind.TRUNCATED, "truncated: an XML block does not end")
            yield document[1].strip(), data[start + len(b"<XML>") : stop].strip()
            start = data.find(b"<XML>", stop, end)
        at = end
