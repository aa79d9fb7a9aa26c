"""Submissions, cover pages and summary pages of one of SEC's Form 13F data sets."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ..edgar_facts import FORM_TYPES, is_accession_number
from ..quarters import MONTHS, Quarter
from ..tables import RejectKind
from . import rules
from .data_set_tables import Archive
from .rules import Problem, Unreadable

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
    "CONFDENIEDEXPIRED": "is_confidential_expired",
    "ADDITIONALINFORMATION": "additional_information",
    "REPORTTYPE": "report_type",
    "FORM13FFILENUMBER": "form13f_file_number",
    "CRDNUMBER": "crd_number",
    "SECFILENUMBER": "sec_file_number",
    "FILINGMANAGER_STREET1": "street",
    "FILINGMANAGER_CITY": "city",
    "FILINGMANAGER_STATEORCOUNTRY": "state",
}
_SUMMARY = {
    "ACCESSION_NUMBER": "accession_number",
    "OTHERINCLUDEDMANAGERSCOUNT": "other_included_managers_count",
    "TABLEENTRYTOTAL": "table_entry_total",
    "TABLEVALUETOTAL": "table_value_total",
    "ISCONFIDENTIALOMITTED": "is_confidential_omitted",
}
_COUNTS = {
    "amendment_number": "amendmentNo",
    "other_included_managers_count": "otherIncludedManagersCount",
    "table_entry_total": "tableEntryTotal",
    "table_value_total": "tableValueTotal",
}
_LOSSY = Problem(RejectKind.LOSSY_TEXT, "text that is not UTF-8 is shown as \ufffd")
_DATE = re.compile(r"(\d{2})-([A-Z]{3})-(\d{4})", re.IGNORECASE | re.ASCII)


@dataclass
class Findings:
    """What has been read so far, by accession number: rows of FILINGS, why some are refused, what is flagged."""

    filings: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: dict[str, Problem] = field(default_factory=dict)
    flags: dict[str, list[Problem]] = field(default_factory=dict)

    def refuse(self, problems: Mapping[str, Problem], *, also_unknown: bool = False) -> None:
        """Keep the first problem of each submission; of submissions outside the period only with `also_unknown`."""
        for number, problem in problems.items():
            if number in self.filings or also_unknown:
                self.refused.setdefault(number, problem)

    def flag_lossy(self, numbers: Collection[str]) -> None:
        """Flag the period's submissions among `numbers`: some of their text was not UTF-8."""
        for number in self.filings.keys() & numbers:
            self.flags.setdefault(number, []).append(_LOSSY)


def read_submissions(archive: Archive, periods: Collection[date], skip: set[str], findings: Findings) -> set[str]:
    """Add the submissions for `periods` to `findings`; returns all accession numbers that are accounted for."""
    named: set[str] = set()
    quarters = {Quarter.of(period) for period in periods}
    for table in archive.read("SUBMISSION.tsv", _SUBMISSION):
        findings.refuse(table.refused, also_unknown=True)
        named |= table.refused.keys()
        for row in table.rows.iter_rows(named=True):
            number = row["accession_number"] or ""
            is_duplicate = number in named
            named.add(number)
            if number in skip:
                continue
            try:
                _add_submission(row, number, quarters, findings)
                if is_duplicate:
                    raise Unreadable(RejectKind.DUPLICATE_ROW, "it appears twice in SUBMISSION")
            except Unreadable as unreadable:
                findings.refused.setdefault(number, unreadable.problem)
            except Exception as error:
                findings.refused.setdefault(number, rules.unforeseen(error))
    for number in skip & findings.refused.keys():
        del findings.refused[number]
    return named | skip


def _add_submission(row: dict[str, str | None], number: str, quarters: Collection[Quarter], findings: Findings) -> None:
    if not is_accession_number(number):
        raise Unreadable(RejectKind.MISLABELLED, "not an accession number")
    day = _read_date(row["period_of_report"], "period of report")
    if Quarter.of(day) not in quarters:
        return
    if not re.fullmatch(r"[0-9]{1,10}", row["cik"] or ""):
        raise Unreadable(RejectKind.MISLABELLED, f"its CIK is {row['cik']!r:.40}")
    findings.filings[number] = {"accession_number": number, "cik": int(row["cik"] or ""), "period_of_report": day}
    rules.require_quarter_end(day)
    if row["form_type"] not in FORM_TYPES:
        raise Unreadable(RejectKind.FORM_TYPE, f"form type {row['form_type']!r:.40} is not supported")
    filed = _read_date(row["filing_date"], "filing date")
    findings.filings[number] |= {"form_type": row["form_type"], "filing_date": filed}


def _read_date(text: str | None, what: str) -> date:
    """A day written as `14-NOV-2025`."""
    match = _DATE.fullmatch(text or "")
    try:
        if match:
            day = date(int(match[3]), MONTHS.index(match[2].upper()) + 1, int(match[1]))
            return rules.require_sane(day, what)
    except ValueError:
        pass
    raise Unreadable(RejectKind.BAD_DATE, f"{what} {text!r:.40} is not a date")


def read_covers(archive: Archive, findings: Findings) -> None:
    """Add cover and summary pages to the filings; a notice has no summary page."""
    for name, columns in (("COVERPAGE.tsv", _COVER), ("SUMMARYPAGE.tsv", _SUMMARY)):
        seen: set[str] = set()
        for table in archive.read(name, columns):
            findings.refuse(table.refused)
            findings.flag_lossy(table.lossy)
            for row in table.rows.iter_rows(named=True):
                number = row["accession_number"] or ""
                if number not in findings.filings:
                    continue
                if number in seen:
                    reason = f"it appears twice in {name.removesuffix('.tsv')}"
                    findings.refuse({number: Problem(RejectKind.DUPLICATE_ROW, reason)})
                seen.add(number)
                try:
                    findings.filings[number] |= _convert_cover(row)
                except Unreadable as unreadable:
                    findings.refuse({number: unreadable.problem})
                except Exception as error:
                    findings.refuse({number: rules.unforeseen(error)})
        if columns is _COVER:
            no_cover = Problem(RejectKind.NO_COVER_PAGE, "no cover page")
            findings.refuse(dict.fromkeys(findings.filings.keys() - seen, no_cover))
    for filing in findings.filings.values():
        for column in _SUMMARY.values():
            filing.setdefault(column, None)


def _convert_cover(row: dict[str, Any]) -> dict[str, Any]:
    for column in row.keys() & _COUNTS.keys():
        row[column] = rules.read_count(_COUNTS[column], row[column])
    if "crd_number" in row:
        row["crd_number"] = rules.read_crd_number(row["crd_number"])
    for column in row.keys() & {"is_confidential_omitted", "is_confidential_expired"}:
        row[column] = rules.read_flag(row[column])
    if "additional_information" in row:
        row["additional_information"] = rules.read_remark(row["additional_information"])
    for value in row.values():
        if isinstance(value, str):
            rules.read_text(value)
    return row
