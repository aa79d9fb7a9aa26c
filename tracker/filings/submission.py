"""Parse one Form 13F submission: bytes in, frames out. Corrects nothing.

A submission is EDGAR's full text file: an SGML header, then documents, of which the cover page and the
information table are XML between `<XML>` and `</XML>` (EDGAR Form 13F XML Technical Specification; SEC's
schemas eis_13F_Filer.xsd and eis_13FDocument.xsd). Only those blocks are parsed, each one strictly; the SGML
around them never goes through an XML parser.

Filings are foreign input: no DTD is accepted, no entity expanded, nothing fetched, sizes are bounded. A
submission is taken whole or not at all: whatever cannot be read makes it a row of `rejects` with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from lxml import etree

from ..edgar_facts import FORM_TYPES, SUBMISSION_END, is_accession_number
from ..quarters import Quarter
from ..tables import FILINGS, LINES, REJECTS, Submissions
from . import rules
from .rules import LINE_CHECKS, Unreadable

__all__ = ["Submissions", "parse", "parse_file"]

MAX_BYTES = 256 * 2**20
FIRST_XML_PERIOD = Quarter(2013, 2)

_TYPE = re.compile(rb"<DOCUMENT>\s*<TYPE>([^\r\n]*)")

# One line of an information table, as most filers write it:
#   <infoTable>
#     <nameOfIssuer>..</nameOfIssuer> <titleOfClass>..</titleOfClass> <cusip>..</cusip> <figi>..</figi>?
#     <value>..</value>
#     <shrsOrPrnAmt> <sshPrnamt>..</sshPrnamt> <sshPrnamtType>SH|PRN</sshPrnamtType> </shrsOrPrnAmt>
#     <putCall>Put|Call</putCall>? <investmentDiscretion>..</investmentDiscretion> <otherManager>..</otherManager>?
#     <votingAuthority> <Sole>..</Sole> <Shared>..</Shared> <None>..</None> </votingAuthority>
#   </infoTable>
_ROW = "infoTable"
_WRAPPERS = {"informationTable", _ROW, "shrsOrPrnAmt", "votingAuthority"}
_LEAVES = {
    "nameOfIssuer": "name_of_issuer",
    "titleOfClass": "title_of_class",
    "cusip": "cusip",
    "figi": "figi",
    "value": "value",
    "sshPrnamt": "shares",
    "sshPrnamtType": "share_type",
    "putCall": "put_call",
    "investmentDiscretion": "investment_discretion",
    "otherManager": "other_manager",
    "Sole": "voting_sole",
    "Shared": "voting_shared",
    "None": "voting_none",
}


def parse(data: bytes, accession_number: str, cik: int | None = None) -> Submissions:
    """Parse one submission text.

    `accession_number` and `cik` are what was asked for: a text that says otherwise of itself is rejected.
    Returns frames FILINGS (one row or none), LINES and REJECTS; never raises for what the text holds.
    """
    period: date | None = None
    try:
        header = _header(data, accession_number, cik)
        cik, period = header["cik"], header["period_of_report"]
        cover, lines = _documents(data, header)
        filing = {**header, **cover}
        period = filing["period_of_report"]
        rules.require_quarter_end(filing["period_of_report"])
    except Unreadable as problem:
        return Submissions(
            FILINGS.frame(), LINES.frame(), _rejects(accession_number, cik, period, "rejected", [str(problem)])
        )
    lines = LINES.fit(lines.with_columns(pl.lit(accession_number).alias("accession_number")))
    filing |= {"line_count": lines.height, "value_total": float(lines["value"].sum()), "source": "filing"}
    flags = rules.tell_totals(filing)
    if header["period_of_report"] != period:
        flags.insert(0, f"its header says period {header['period_of_report']}, its cover page {period}")
    return Submissions(
        FILINGS.fit(pl.DataFrame([filing], infer_schema_length=1)),
        lines,
        _rejects(accession_number, cik, period, "flagged", flags),
    )


def parse_file(path: Path, accession_number: str, cik: int | None = None) -> Submissions:
    """Parse one file on disk; see `parse`. A file over MAX_BYTES is rejected unread."""
    if path.stat().st_size > MAX_BYTES:
        reason = f"larger than {MAX_BYTES // 2**20} MiB"
        return Submissions(FILINGS.frame(), LINES.frame(), _rejects(accession_number, cik, None, "rejected", [reason]))
    return parse(path.read_bytes(), accession_number, cik)


def _rejects(
    accession_number: str, cik: int | None, period: date | None, severity: str, reasons: list[str]
) -> pl.DataFrame:
    return REJECTS.frame(
        {
            "accession_number": accession_number,
            "cik": cik,
            "period_of_report": period,
            "step": "parse",
            "severity": severity,
            "reason": reason,
        }
        for reason in dict.fromkeys(reasons)
    )


def _header(data: bytes, accession_number: str, cik: int | None) -> dict[str, Any]:
    """What the SGML header says: type, period, dates and filer."""
    if not data.strip():
        raise Unreadable("empty")
    if not is_accession_number(accession_number):
        raise Unreadable("not an accession number")
    head, found, _ = data[:200_000].partition(b"</SEC-HEADER>")
    if b"<SEC-DOCUMENT>" not in head:
        raise Unreadable("not an EDGAR submission")
    if not found or not SUBMISSION_END.search(data[-200:]):
        raise Unreadable("truncated: does not end in </SEC-DOCUMENT>")
    text = head.decode("latin-1")
    said = _said(text, "ACCESSION NUMBER")
    if said != accession_number:
        raise Unreadable(f"its header says accession number {said!r:.40}")
    form = _said(text, "CONFORMED SUBMISSION TYPE")
    if form not in FORM_TYPES:
        raise Unreadable(f"form type {form!r:.40} is not read")
    filer = _said(text, "CENTRAL INDEX KEY")
    if not filer or not re.fullmatch(r"[0-9]{1,10}", filer):
        raise Unreadable("its header names no CIK")
    if cik is not None and int(filer) != cik:
        raise Unreadable(f"its header names CIK {int(filer)}, not {cik}")
    accepted = re.search(r"<ACCEPTANCE-DATETIME>(\d{14})", text)
    return {
        "accession_number": accession_number,
        "cik": int(filer),
        "manager_name": _said(text, "COMPANY CONFORMED NAME"),
        "form_type": form,
        "period_of_report": _day(_said(text, "CONFORMED PERIOD OF REPORT"), "%Y%m%d", "period of report"),
        "filing_date": _day(_said(text, "FILED AS OF DATE"), "%Y%m%d", "filing date"),
        "accepted_at": _moment(accepted[1]) if accepted else None,
    }


def _said(header: str, label: str) -> str | None:
    found = re.search(rf"^\s*{label}:[ \t]*(\S.*?)[ \t]*$", header, re.MULTILINE)
    return found[1] if found else None


def _day(text: str | None, form: str, what: str) -> date:
    try:
        return datetime.strptime(text or "", form).date()
    except ValueError:
        raise Unreadable(f"{what} {text!r:.40} is not a date") from None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S")
    except ValueError:
        return None


def _documents(data: bytes, header: dict[str, Any]) -> tuple[dict[str, Any], pl.DataFrame]:
    """Cover page fields and table lines from the submission's XML blocks."""
    cover: dict[str, Any] | None = None
    tables: list[pl.DataFrame] = []
    for kind, block in _xml_blocks(data):
        if kind.startswith(b"13F-"):
            cover = _cover(_tree(block, "cover page"))
        elif kind == b"INFORMATION TABLE":
            tables.append(_table(_tree(block, "information table")))
    period = header["period_of_report"]
    if cover is None and not tables and period < FIRST_XML_PERIOD.end:
        raise Unreadable(f"text-era filing: before {FIRST_XML_PERIOD} tables are free text, which is out of scope")
    if cover is None:
        raise Unreadable("no cover page in XML")
    is_notice = str(header["form_type"]).startswith("13F-NT")
    if not tables and not is_notice:
        raise Unreadable("no information table in XML")
    if tables and is_notice:
        raise Unreadable("a notice with an information table")
    lines = pl.concat(tables) if tables else LINES.frame().drop("accession_number", "line_number")
    return cover, lines.with_row_index("line_number", offset=1)


def _xml_blocks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each `<XML>` block with the type of its document; plain searches, as patterns here cost more than lxml does."""
    at = 0
    while document := _TYPE.search(data, at):
        end = data.find(b"</DOCUMENT>", document.end())
        if end < 0:
            raise Unreadable("truncated: a document does not end")
        start = data.find(b"<XML>", document.end(), end)
        while start >= 0:
            stop = data.find(b"</XML>", start, end)
            if stop < 0:
                raise Unreadable("truncated: an XML block does not end")
            yield document[1].strip(), data[start + len(b"<XML>") : stop].strip()
            start = data.find(b"<XML>", stop, end)
        at = end


def _tree(block: bytes, what: str) -> etree._Element:
    if b"<!DOCTYPE" in block or b"<!ENTITY" in block:
        raise Unreadable(f"{what}: has a DTD, which no Form 13F has")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(block, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"{what}: {str(error)[:160]}") from None
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise Unreadable(f"{what}: has a DTD, which no Form 13F has")
    return root


def _cover(root: etree._Element) -> dict[str, Any]:
    """Cover and summary page; what the form leaves optional may be null."""

    def text(path: str) -> str | None:
        found = root.findtext(".//" + "/".join("{*}" + step for step in path.split("/")))
        return (found or "").strip() or None

    def number(path: str) -> int | None:
        return rules.read_count(path.rsplit("/", 1)[-1], text(path))

    return {
        "manager_name": text("coverPage/filingManager/name"),
        "period_of_report": _day(text("filerInfo/periodOfReport"), "%m-%d-%Y", "period of report"),
        "amendment_number": number("coverPage/amendmentNo"),
        "amendment_type": text("coverPage/amendmentInfo/amendmentType"),
        "report_type": text("coverPage/reportType"),
        "form13f_file_number": text("coverPage/form13FFileNumber"),
        "crd_number": rules.read_crd_number(text("coverPage/crdNumber")),
        "sec_file_number": text("coverPage/secFileNumber"),
        "other_included_managers_count": number("summaryPage/otherIncludedManagersCount"),
        "table_entry_total": number("summaryPage/tableEntryTotal"),
        "table_value_total": number("summaryPage/tableValueTotal"),
        "is_confidential_omitted": rules.read_flag(text("summaryPage/isConfidentialOmitted")),
    }


def _table(root: etree._Element) -> pl.DataFrame:
    """Table lines as columns; rejects on any missing, doubled or unknown element and on any odd amount."""
    namespace = root.tag[: root.tag.rindex("}") + 1] if "}" in root.tag else ""
    names = {namespace + name: name for name in (*_WRAPPERS, *_LEAVES)}
    if names.get(root.tag) != "informationTable":
        raise Unreadable(f"information table: its root is {root.tag!r:.80}")
    tags: list[str | None] = []
    texts: list[str | None] = []
    for element in root.iter("*"):
        tags.append(names.get(element.tag))
        texts.append(element.text)
    if None in tags:
        odd = next(element.tag for element in root.iter("*") if element.tag not in names)
        raise Unreadable(f"information table: unexpected element {odd!r:.80}")
    cells = (
        pl.DataFrame({"tag": pl.Series(tags, dtype=pl.Categorical), "text": pl.Series(texts, dtype=pl.String)})
        .with_columns((pl.col("tag") == _ROW).cum_sum().cast(pl.UInt32).alias("row"))
    )  # fmt: skip
    height = int(cells["row"][-1])
    if not height:
        raise Unreadable("information table: no lines")
    rows = pl.DataFrame({"row": pl.int_range(1, height + 1, dtype=pl.UInt32, eager=True)})
    columns = []
    for tag, part in cells.partition_by("tag", as_dict=True).items():
        name = _LEAVES.get(str(tag[0]))
        if name is None:
            continue
        if part.height == height and (part["row"] == rows["row"]).all():
            column = part["text"]
        else:
            if part["row"].is_duplicated().any() or part["row"][0] == 0:
                raise Unreadable(f"information table: {tag[0]} stands twice in one line, or outside of a line")
            column = rows.join(part, on="row", how="left", validate="1:1", maintain_order="left")["text"]
        columns.append(column.alias(name))
    found = {column.name for column in columns}
    absent = [pl.lit(None, pl.String).alias(name) for name in _LEAVES.values() if name not in found]
    return _checked(pl.DataFrame(columns, height=height).with_columns(absent).select(_LEAVES.values()))


def _checked(table: pl.DataFrame) -> pl.DataFrame:
    """Text columns to typed ones; the first check that catches any line rejects the table."""
    table = rules.strip(table)
    caught = table.select(check.any().alias(str(number)) for number, (check, _, _) in enumerate(LINE_CHECKS)).row(0)
    if any(caught):
        number = caught.index(True)
        check, _, column = LINE_CHECKS[number]
        bad = table.with_row_index("line", offset=1).filter(check).select("line", column)
        line, text = bad.row(0)
        raise Unreadable(rules.tell_line(number, line, text, bad.height))
    return rules.convert_lines(table)
