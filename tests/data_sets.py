"""SEC's data sets for tests: a `Report` says once what `text` writes as a submission and `write` as rows of a zip.

write(path, [Report(1, lines=[Line("990101107", 1500, 100)])])       one filer, 2025-09-30
write(path, reports, nested=True, eol="\r\n", edit={"INFOTABLE.tsv": lambda body: body[:-3]})
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.submissions import CIK, OtherManager, accession, line, submission
from tracker.filings import data_set
from tracker.tables import Submissions

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
COLUMNS = {
    "SUBMISSION.tsv": "ACCESSION_NUMBER FILING_DATE SUBMISSIONTYPE CIK PERIODOFREPORT",
    "COVERPAGE.tsv": "ACCESSION_NUMBER REPORTCALENDARORQUARTER ISAMENDMENT AMENDMENTNO AMENDMENTTYPE CONFDENIEDEXPIRED "
    "DATEDENIEDEXPIRED DATEREPORTED REASONFORNONCONFIDENTIALITY FILINGMANAGER_NAME FILINGMANAGER_STREET1 "
    "FILINGMANAGER_STREET2 FILINGMANAGER_CITY FILINGMANAGER_STATEORCOUNTRY FILINGMANAGER_ZIPCODE REPORTTYPE "
    "FORM13FFILENUMBER CRDNUMBER SECFILENUMBER PROVIDEINFOFORINSTRUCTION5 ADDITIONALINFORMATION",
    "SIGNATURE.tsv": "ACCESSION_NUMBER NAME TITLE PHONE SIGNATURE CITY STATEORCOUNTRY SIGNATUREDATE",
    "OTHERMANAGER.tsv": "ACCESSION_NUMBER OTHERMANAGER_SK CIK FORM13FFILENUMBER CRDNUMBER SECFILENUMBER NAME",
    "OTHERMANAGER2.tsv": "ACCESSION_NUMBER SEQUENCENUMBER CIK FORM13FFILENUMBER CRDNUMBER SECFILENUMBER NAME",
    "SUMMARYPAGE.tsv": "ACCESSION_NUMBER OTHERINCLUDEDMANAGERSCOUNT TABLEENTRYTOTAL TABLEVALUETOTAL "
    "ISCONFIDENTIALOMITTED",
    "INFOTABLE.tsv": "ACCESSION_NUMBER INFOTABLE_SK NAMEOFISSUER TITLEOFCLASS CUSIP FIGI VALUE SSHPRNAMT SSHPRNAMTTYPE "
    "PUTCALL INVESTMENTDISCRETION OTHERMANAGER VOTING_AUTH_SOLE VOTING_AUTH_SHARED VOTING_AUTH_NONE",
}
Row = dict[str, object]


@dataclass(frozen=True)
class Line:
    """One line; amounts are written as given."""

    cusip: str
    value: int | str
    shares: int | str
    name: str = "EXAMPLE CORP"
    title: str = "COM"
    share_type: str = "SH"
    put_call: str = ""
    discretion: str = "SOLE"
    other_manager: str = ""
    figi: str = ""
    voting: tuple[int | str, int | str, int | str] = (1, 2, 3)

    @property
    def row(self) -> Row:
        sole, shared, none = self.voting
        return {
            "NAMEOFISSUER": self.name,
            "TITLEOFCLASS": self.title,
            "CUSIP": self.cusip,
            "FIGI": self.figi,
            "VALUE": self.value,
            "SSHPRNAMT": self.shares,
            "SSHPRNAMTTYPE": self.share_type,
            "PUTCALL": self.put_call,
            "INVESTMENTDISCRETION": self.discretion,
            "OTHERMANAGER": self.other_manager,
            "VOTING_AUTH_SOLE": sole,
            "VOTING_AUTH_SHARED": shared,
            "VOTING_AUTH_NONE": none,
        }


@dataclass(frozen=True)
class Report:
    """One submission of the fictional filer: its n-th."""

    number: int = 1
    lines: Sequence[Line] = ()
    cik: int = CIK
    manager: str = "FIXTURE CAPITAL LLC"
    form: str = "13F-HR"
    period: date = date(2025, 9, 30)
    filed: date = date(2025, 11, 14)
    amendment: tuple[str, int] | None = None
    crd_number: str = ""
    sec_file_number: str = ""
    phone: str = "(212) 555-0100"
    reported_by: Sequence[OtherManager] = ()
    included: Sequence[OtherManager] = ()
    confidential: bool = False
    expired: bool = False
    remark: str = ""
    entry_total: int | None = None
    value_total: int | None = None

    @property
    def accession(self) -> str:
        return accession(self.number)

    @property
    def is_notice(self) -> bool:
        return self.form.startswith("13F-NT")

    @property
    def report_type(self) -> str:
        return "13F NOTICE" if self.is_notice else "13F HOLDINGS REPORT"

    @property
    def totals(self) -> tuple[int, int]:
        values = [int(one.value) for one in self.lines if str(one.value).isdigit()]
        counted = len(self.lines) if self.entry_total is None else self.entry_total
        return counted, sum(values) if self.value_total is None else self.value_total

    @property
    def text(self) -> bytes:
        """As EDGAR serves it."""
        return submission(
            self.number,
            lines=[
                line(
                    one.cusip, one.value, one.shares, one.name, title=one.title, share_type=one.share_type,
                    put_call=one.put_call, discretion=one.discretion, other_manager=one.other_manager, figi=one.figi,
                    voting=one.voting,
                )
                for one in self.lines
            ],
            cik=self.cik, manager=self.manager, form=self.form, period=self.period, filed=self.filed,
            phone=self.phone, reported_by=self.reported_by, included=self.included, amendment=self.amendment,
            crd_number=self.crd_number, sec_file_number=self.sec_file_number,
            report_type=self.report_type, confidential_omitted=self.confidential,
            confidential_expired=self.expired, additional_information=self.remark, entry_total=self.totals[0],
            value_total=self.totals[1],
        )  # fmt: skip

    @property
    def rows(self) -> dict[str, list[Row]]:
        """As SEC's data set has it."""
        kind, amendment_number = self.amendment or ("", "")
        tables: dict[str, list[Row]] = {
            "SUBMISSION.tsv": [
                {
                    "FILING_DATE": day(self.filed),
                    "SUBMISSIONTYPE": self.form + "/A" * bool(self.amendment),
                    "CIK": f"{self.cik:010d}",
                    "PERIODOFREPORT": day(self.period),
                }
            ],
            "COVERPAGE.tsv": [
                {
                    "REPORTCALENDARORQUARTER": day(self.period),
                    "ISAMENDMENT": "Y" if self.amendment else "",
                    "AMENDMENTNO": amendment_number,
                    "AMENDMENTTYPE": kind,
                    "CONFDENIEDEXPIRED": "Y" if self.expired else "",
                    "ADDITIONALINFORMATION": self.remark,
                    "FILINGMANAGER_NAME": self.manager,
                    "FILINGMANAGER_STREET1": f"{self.cik} EXAMPLE STREET",
                    "FILINGMANAGER_CITY": "NOWHERE",
                    "FILINGMANAGER_STATEORCOUNTRY": "NY",
                    "REPORTTYPE": self.report_type,
                    "FORM13FFILENUMBER": "028-90000",
                    "CRDNUMBER": self.crd_number,
                    "SECFILENUMBER": self.sec_file_number,
                    "PROVIDEINFOFORINSTRUCTION5": "N",
                }
            ],
            "SUMMARYPAGE.tsv": [
                {
                    "OTHERINCLUDEDMANAGERSCOUNT": len(self.included),
                    "TABLEENTRYTOTAL": self.totals[0],
                    "TABLEVALUETOTAL": self.totals[1],
                    "ISCONFIDENTIALOMITTED": "NY"[self.confidential],
                }
            ]
            * (not self.is_notice),
            "SIGNATURE.tsv": [{"PHONE": self.phone}],
            "OTHERMANAGER.tsv": [_named(other) for other in self.reported_by],
            "OTHERMANAGER2.tsv": [
                {"SEQUENCENUMBER": place, **_named(other)} for place, other in enumerate(self.included, 1)
            ],
            "INFOTABLE.tsv": [
                one.row | {"INFOTABLE_SK": self.number * 1000 + place} for place, one in enumerate(self.lines, 1)
            ],
        }
        return {name: [{"ACCESSION_NUMBER": self.accession, **row} for row in rows] for name, rows in tables.items()}


def _named(other: OtherManager) -> Row:
    return {
        "CIK": f"{other.cik:010d}" if other.cik else "",
        "FORM13FFILENUMBER": other.file_number,
        "CRDNUMBER": other.crd_number,
        "SECFILENUMBER": other.sec_file_number,
        "NAME": other.name,
    }


def day(day: date) -> str:
    """As the data sets write days."""
    return f"{day.day:02d}-{MONTHS[day.month - 1]}-{day.year}"


def write(
    path: Path,
    reports: Sequence[Report],
    *,
    nested: bool = False,
    eol: str = "\n",
    absent: Sequence[str] = (),
    edit: Mapping[str, Callable[[bytes], bytes]] | None = None,
) -> Path:
    """A data set at `path`: `absent` columns are left out, `edit` changes a table's bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("FORM13F_metadata.json", "{}")
        for name, titles in COLUMNS.items():
            columns = [title for title in titles.split() if title not in absent]
            rows = [row for report in reports for row in report.rows[name]]
            texts = ["\t".join(columns), *("\t".join(str(row.get(title, "")) for title in columns) for row in rows)]
            body = "".join(text + eol for text in texts).encode()
            body = (edit or {}).get(name, lambda body: body)(body)
            archive.writestr(f"{path.stem}/{name}" if nested else name, body)
    return path


def read_data_set(path: Path, period: date, skip: Collection[str] = ()) -> Submissions:
    """What is read of a data set, as frames."""
    return data_set.read(path, period, skip=skip).decoded()
