"""Parse one Form 13F submission: bytes in, frames out, nothing corrected.

A submission is EDGAR's full text file: an SGML header, then documents, of which the cover page and the
information table are XML between `<XML>` and `</XML>` (EDGAR Form 13F XML Technical Specification). Only those
blocks are parsed, each one strictly (see `cover_page`, `information_tables`); the SGML around them never goes through
an XML parser.

A submission is accepted all or nothing, and its size is bounded: one that cannot be read becomes a row of REJECTS,
whatever it was that went wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import polars as pl

from .. import bounds
from ..edgar_facts import FIRST_XML_PERIOD, FORM_TYPES, SUBMISSION_END, is_accession_number
from ..tables import (
    FILINGS,
    LINES,
    OTHER_MANAGERS,
    REJECTS,
    LinesFrame,
    RejectKind,
    Severity,
    Submissions,
)
from . import rules
from .cover_page import read_cover, read_day
from .information_tables import read_tables
from .rules import Problem, Unreadable

__all__ = ["File", "Submissions", "parse", "parse_file", "parse_files"]

File = tuple[Path, str, int | None]  # on disk, with the accession number and CIK that were requested

MAX_BYTES = bounds.SUBMISSION.most_bytes

_HEADER_BYTES = 200_000
_TYPE = re.compile(rb"<DOCUMENT>\s*+<TYPE>([^\r\n]*+)")
_BLANKS = re.compile(rb"[ \t\r\n]*+")
# Of what the header states, what is read of it.
_LABELS = frozenset(
    {
        "ACCESSION NUMBER",
        "CONFORMED SUBMISSION TYPE",
        "CONFORMED PERIOD OF REPORT",
        "FILED AS OF DATE",
        "CENTRAL INDEX KEY",
    }
)


@dataclass
class _Opened:
    """A submission whose tables are not yet read: what of FILINGS is known, and why it is refused or flagged."""

    filing: dict[str, Any]
    others: list[dict[str, Any]] = field(default_factory=list)
    table: bytes | None = None
    problem: Problem | None = None
    flags: list[Problem] = field(default_factory=list)


def parse(data: bytes, accession_number: str, cik: int | None = None) -> Submissions:
    """Parse one submission text.

    `accession_number` and `cik` are what was requested: a text with others in its header is rejected. Returns
    FILINGS (one row or none), LINES and REJECTS; never raises because of what the text contains.
    """
    return _finish([_open(data, accession_number, cik)])


def parse_file(path: Path, accession_number: str, cik: int | None = None) -> Submissions:
    """Parse one file on disk; see `parse`. A file over MAX_BYTES is rejected without reading it."""
    return parse_files([(path, accession_number, cik)])


def parse_files(files: Iterable[File]) -> Submissions:
    """Parse files on disk, as `parse_file` parses each: their tables become columns together, which is quicker.

    All their tables are in memory at once. One that cannot be read rejects its own submission only.
    """
    return _finish([_open_file(*file) for file in files])


def _open_file(path: Path, accession_number: str, cik: int | None) -> _Opened:
    if path.stat().st_size > MAX_BYTES:
        problem = Problem(RejectKind.TOO_LARGE, f"larger than {MAX_BYTES // 2**20} MiB")
        return _Opened({"accession_number": accession_number, "cik": cik}, problem=problem)
    return _open(path.read_bytes(), accession_number, cik)


def _open(data: bytes, accession_number: str, cik: int | None) -> _Opened:
    """Header and cover page of a submission; its table is found, and not yet read."""
    opened = _Opened({"accession_number": accession_number, "cik": cik})
    try:
        header = _header(data, accession_number, cik)
        opened.filing |= {"cik": header["cik"], "period_of_report": header["period_of_report"]}
        cover = _read_documents(data, header, opened)
        opened.filing = {**header, **cover}
        rules.require_quarter_end(opened.filing["period_of_report"])
    except Unreadable as unreadable:
        opened.problem = unreadable.problem
    except Exception as error:
        opened.problem = rules.unforeseen(error)
    else:
        stated, period = header["period_of_report"], opened.filing["period_of_report"]
        if stated != period:
            reason = f"its header states period {stated}, its cover page {period}"
            opened.flags.append(Problem(RejectKind.PERIOD_DIFFERS, reason))
    return opened


def _finish(submissions: Sequence[_Opened]) -> Submissions:
    """The frames of submissions, once their tables are read: each by itself if together they cannot be."""
    try:
        return _frames(submissions)
    except (Exception, pl.exceptions.PanicException) as error:
        if len(submissions) > 1:
            return Submissions.concat(_finish([opened]) for opened in submissions)
        [opened] = submissions
        known = {name: opened.filing.get(name) for name in ("accession_number", "cik", "period_of_report")}
        return _frames([_Opened(known, problem=rules.unforeseen(error))])


def _frames(submissions: Sequence[_Opened]) -> Submissions:
    with_table = [place for place, opened in enumerate(submissions) if opened.table is not None]
    tables = read_tables(opened.table for opened in submissions if opened.table is not None)
    table_of = {place: table for table, place in enumerate(with_table)}
    lines = tables.lines
    filings: list[dict[str, Any]] = []
    other_managers: list[dict[str, Any]] = []
    rejects: list[dict[str, object]] = []
    kept: list[LinesFrame] = []
    first = 0
    for place, opened in enumerate(submissions):
        table = table_of.get(place)
        count = 0 if table is None else tables.heights[table]
        part, first = lines.slice(first, count), first + count
        # a table that is refused stood before whatever else is wrong
        problem = opened.problem if table is None else tables.refused.get(table, opened.problem)
        if problem:
            rejects += rules.reject_rows(opened.filing, Severity.REJECTED, [problem])
            continue
        filing = {**opened.filing, "line_count": count, "value_total": float(part["value"].sum()), "source": "filing"}
        rejects += rules.reject_rows(filing, Severity.FLAGGED, [*opened.flags, *rules.total_problems(filing)])
        filings.append(filing)
        other_managers += ({"accession_number": filing["accession_number"], **row} for row in opened.others)
        kept.append(part)
    if first > sum(part.height for part in kept):
        lines = pl.concat([lines[:0], *kept])
    return Submissions(
        FILINGS.frame(filings), _numbered(lines, filings), REJECTS.frame(rejects), OTHER_MANAGERS.frame(other_managers)
    )


def _numbered(lines: pl.DataFrame, filings: Sequence[dict[str, Any]]) -> LinesFrame:
    """LINES from those of all `filings` in turn."""
    numbers = [repeat(filing["accession_number"], filing["line_count"]) for filing in filings]
    places = [range(1, filing["line_count"] + 1) for filing in filings]
    keys = [
        pl.Series("accession_number", [*chain.from_iterable(numbers)], pl.String),
        pl.Series("line_number", [*chain.from_iterable(places)], pl.Int64),
    ]
    return pl.DataFrame([*keys, *lines.select(name for name in LINES.columns if name not in LINES.key)])


def _header(data: bytes, accession_number: str, cik: int | None) -> dict[str, Any]:
    """What the SGML header states: type, period, dates and filer. The manager's name is the cover page's."""
    if not data.strip():
        raise Unreadable(RejectKind.NOT_A_SUBMISSION, "empty")
    if not is_accession_number(accession_number):
        raise Unreadable(RejectKind.MISLABELLED, "not an accession number")
    head, end, _ = data[:_HEADER_BYTES].partition(b"</SEC-HEADER>")
    if b"<SEC-DOCUMENT>" not in head:
        raise Unreadable(RejectKind.NOT_A_SUBMISSION, "not an EDGAR submission")
    if not end or not SUBMISSION_END.search(data[-200:]):
        raise Unreadable(RejectKind.TRUNCATED, "truncated: does not end in </SEC-DOCUMENT>")
    stated = _stated(head.decode("latin-1"))
    number = stated.get("ACCESSION NUMBER")
    if number != accession_number:
        raise Unreadable(RejectKind.MISLABELLED, f"its header has accession number {number!r:.40}")
    form = stated.get("CONFORMED SUBMISSION TYPE")
    if form not in FORM_TYPES:
        raise Unreadable(RejectKind.FORM_TYPE, f"form type {form!r:.40} is not supported")
    filer = stated.get("CENTRAL INDEX KEY")
    if not filer or not re.fullmatch(r"[0-9]{1,10}", filer):
        raise Unreadable(RejectKind.MISLABELLED, "its header has no CIK")
    if cik is not None and int(filer) != cik:
        raise Unreadable(RejectKind.MISLABELLED, f"its header has CIK {int(filer)}, not {cik}")
    accepted = re.search(rb"<ACCEPTANCE-DATETIME>([0-9]{14})", head)
    return {
        "accession_number": accession_number,
        "cik": int(filer),
        "form_type": form,
        "period_of_report": read_day(stated.get("CONFORMED PERIOD OF REPORT"), "%Y%m%d", "period of report"),
        "filing_date": read_day(stated.get("FILED AS OF DATE"), "%Y%m%d", "filing date"),
        "accepted_at": _moment(accepted[1].decode()) if accepted else None,
    }


def _stated(header: str) -> dict[str, str]:
    """The values of _LABELS in a header, each where it is first given: one pass over its lines, whatever they hold."""
    stated: dict[str, str] = {}
    for line in header.split("\n"):
        label, colon, value = line.partition(":")
        if colon and (label := label.strip()) in _LABELS and (value := value.strip()):
            stated.setdefault(label, value)
    return stated


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S")
    except ValueError:
        return None


def _read_documents(data: bytes, header: dict[str, Any], opened: _Opened) -> dict[str, Any]:
    """The cover page's columns of FILINGS; adds what else is in the submission's XML blocks to `opened`."""
    cover: dict[str, Any] | None = None
    for document_type, start, stop in _xml_blocks(data):
        if document_type.startswith(b"13F-"):
            if cover is not None:
                raise Unreadable(RejectKind.SEVERAL_DOCUMENTS, "two cover pages")
            cover, opened.others = read_cover(data[start : min(stop, start + bounds.COVER_PAGE.most_bytes + 1)])
        elif document_type == b"INFORMATION TABLE":
            if opened.table is not None:
                opened.table = None
                raise Unreadable(RejectKind.SEVERAL_DOCUMENTS, "two information tables")
            opened.table = data[start:stop]
    if cover is None and opened.table is None and header["period_of_report"] < FIRST_XML_PERIOD.end:
        reason = f"text-era filing: tables before {FIRST_XML_PERIOD} are free text, which is not supported"
        raise Unreadable(RejectKind.TEXT_ERA, reason)
    if cover is None:
        raise Unreadable(RejectKind.NO_COVER_PAGE, "no cover page in XML")
    is_notice = rules.is_notice(header["form_type"])
    if opened.table is None and not is_notice:
        raise Unreadable(RejectKind.NO_TABLE, "no information table in XML")
    if opened.table is not None and is_notice:
        raise Unreadable(RejectKind.NOTICE_WITH_TABLE, "a notice with an information table")
    return cover


def _xml_blocks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The type of its document, the beginning and the end of each `<XML>` block.

    Plain searches, as patterns here cost more than lxml does.
    """
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
            first = _BLANKS.match(data, start + len(b"<XML>"), stop)
            yield document[1].strip(), first.end() if first else start, stop
            start = data.find(b"<XML>", stop, end)
        at = end
