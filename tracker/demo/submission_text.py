"""One submission in EDGAR's form, from arguments: for the fictional market and for tests.

`line` makes one line of an information table, `submission` the whole text that EDGAR would serve.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

TABLE_NAMESPACE = "http://www.sec.gov/edgar/document/thirteenf/informationtable"
FILER_NAMESPACE = "http://www.sec.gov/edgar/thirteenffiler"
TRAILER = "</SEC-DOCUMENT>\n"


@dataclass(frozen=True)
class OtherManager:
    """Another manager named on the cover page (reports for this one) or the summary page (included here)."""

    name: str
    cik: int | None = None
    file_number: str = ""
    crd_number: str = ""
    sec_file_number: str = ""


def check_digit(cusip8: str) -> str:
    """The ninth character of a CUSIP: modulus 10 double-add-double over its first eight."""
    total = 0
    for place, character in enumerate(cusip8.upper()):
        value = int(character, 36) * (1 + place % 2)
        total += value // 10 + value % 10
    return str(-total % 10)


@dataclass(frozen=True)
class Line:
    """A line of an information table; `voting` is (sole, shared, none), all sole if left out.

    Texts are escaped; amounts are written as given, so a text may be any quirk.
    """

    cusip: str
    value: int | str
    shares: int | str
    name: str = "EXAMPLE CORP"
    title: str = "COM"
    share_type: str = "SH"
    put_call: str = ""
    discretion: str = "SOLE"
    other_manager: str = ""
    voting: tuple[int | str, int | str, int | str] | None = None
    figi: str = ""

    def xml(self) -> str:
        """One `infoTable` element without namespace prefix."""
        sole, shared, none = self.voting or (self.shares, 0, 0)
        fields = [
            f"<nameOfIssuer>{escape(self.name)}</nameOfIssuer>",
            f"<titleOfClass>{escape(self.title)}</titleOfClass>",
            f"<cusip>{escape(self.cusip)}</cusip>",
            f"<figi>{self.figi}</figi>" if self.figi else "",
            f"<value>{self.value}</value>",
            "<shrsOrPrnAmt>",
            f"  <sshPrnamt>{self.shares}</sshPrnamt>",
            f"  <sshPrnamtType>{self.share_type}</sshPrnamtType>",
            "</shrsOrPrnAmt>",
            f"<putCall>{self.put_call}</putCall>" if self.put_call else "",
            f"<investmentDiscretion>{self.discretion}</investmentDiscretion>",
            f"<otherManager>{self.other_manager}</otherManager>" if self.other_manager else "",
            "<votingAuthority>",
            f"  <Sole>{sole}</Sole>",
            f"  <Shared>{shared}</Shared>",
            f"  <None>{none}</None>",
            "</votingAuthority>",
        ]
        return "\n".join(["  <infoTable>", *(f"    {field}" for field in fields if field), "  </infoTable>"])


def line(cusip: str, value: int | str, shares: int | str, name: str = "EXAMPLE CORP", **given: Any) -> str:
    """One `infoTable` element from the fields of `Line`."""
    return Line(cusip, value, shares, name, **given).xml()


def table(lines: Sequence[str], prefix: str = "") -> str:
    """An information table of `lines`, every element under the namespace `prefix` (`""`, `"ns1:"`, ...)."""
    declared = f'xmlns:{prefix.rstrip(":")}="{TABLE_NAMESPACE}"' if prefix else f'xmlns="{TABLE_NAMESPACE}"'
    body = re.sub(r"<(/?)(?=[A-Za-z])", rf"<\1{prefix}", "\n".join([*lines, "</informationTable>"]))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{prefix}informationTable {declared}>\n{body}'


def _other_manager(manager: OtherManager) -> str:
    fields = {
        "cik": f"{manager.cik:010d}" if manager.cik else "",
        "form13FFileNumber": manager.file_number,
        "crdNumber": manager.crd_number,
        "secFileNumber": manager.sec_file_number,
        "name": escape(manager.name),
    }
    body = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items() if text)
    return f"<otherManager>{body}</otherManager>"


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What a submission states.

    `lines` are `infoTable` elements. `amendment` is (amendment type, amendment number) and turns `form` into its `/A`.
    `reported_by` are the managers that report for this one (cover page), `included` those that this report includes
    (summary page). Every manager has a street of its own unless given. Totals are those of `lines` unless given.
    `cover_xml` and `table_xml` replace a whole `<XML>` block.
    """

    accession_number: str
    cik: int
    manager: str
    period: date
    filed: date
    lines: Sequence[str] = ()
    form: str = "13F-HR"
    amendment: tuple[str, int] | None = None
    accepted: str = "160000"
    report_type: str = ""
    file_number: str = "028-90000"
    crd_number: str = ""
    sec_file_number: str = ""
    street: str = ""
    phone: str = "000-000-0000"
    reported_by: Sequence[OtherManager] = ()
    included: Sequence[OtherManager] = ()
    confidential_omitted: bool = False
    confidential_expired: bool = False
    additional_information: str = ""
    entry_total: int | str | None = None
    value_total: int | str | None = None
    prefix: str = ""
    table_name: str = "infotable.xml"
    cover_xml: str | None = None
    table_xml: str | None = None
    trailer: str = TRAILER
    encoding: str = "utf-8"

    @property
    def form_type(self) -> str:
        """The form, as an amendment if it is one."""
        return f"{self.form}/A" if self.amendment and not self.form.endswith("/A") else self.form

    @property
    def is_notice(self) -> bool:
        """Whether it is a 13F-NT, which has no table."""
        return self.form.startswith("13F-NT")

    def text(self) -> bytes:
        """The whole submission, as EDGAR serves it: header, cover and summary page, information table."""
        documents = [(self.form_type, "primary_doc.xml", self._cover() if self.cover_xml is None else self.cover_xml)]
        if self.table_xml is not None or not self.is_notice:
            table_xml = table(self.lines, self.prefix) if self.table_xml is None else self.table_xml
            documents.append(("INFORMATION TABLE", self.table_name, table_xml))
        blocks = (
            f"<DOCUMENT>\n<TYPE>{kind}\n<SEQUENCE>{number}\n<FILENAME>{name}\n<TEXT>\n<XML>\n{xml}\n</XML>\n</TEXT>\n"
            "</DOCUMENT>\n"
            for number, (kind, name, xml) in enumerate(documents, 1)
        )
        return (self._header(len(documents)) + "".join(blocks) + self.trailer).encode(self.encoding)

    def _header(self, documents: int) -> str:
        return f"""<SEC-DOCUMENT>{self.accession_number}.txt : {self.filed:%Y%m%d}
<SEC-HEADER>{self.accession_number}.hdr.sgml : {self.filed:%Y%m%d}
<ACCEPTANCE-DATETIME>{self.filed:%Y%m%d}{self.accepted}
ACCESSION NUMBER:\t\t{self.accession_number}
CONFORMED SUBMISSION TYPE:\t{self.form_type}
PUBLIC DOCUMENT COUNT:\t\t{documents}
CONFORMED PERIOD OF REPORT:\t{self.period:%Y%m%d}
FILED AS OF DATE:\t\t{self.filed:%Y%m%d}
DATE AS OF CHANGE:\t\t{self.filed:%Y%m%d}
EFFECTIVENESS DATE:\t\t{self.filed:%Y%m%d}

FILER:

\tCOMPANY DATA:\t
\t\tCOMPANY CONFORMED NAME:\t\t\t{self.manager}
\t\tCENTRAL INDEX KEY:\t\t\t{self.cik:010d}

\tFILING VALUES:
\t\tFORM TYPE:\t\t{self.form_type}
\t\tSEC ACT:\t\t1934 Act
\t\tSEC FILE NUMBER:\t{self.file_number}
</SEC-HEADER>
"""

    def _cover(self) -> str:
        return f"""<?xml version="1.0" encoding="UTF-8"?>
<edgarSubmission xmlns="{FILER_NAMESPACE}" xmlns:com="http://www.sec.gov/edgar/common">
  <schemaVersion>X0202</schemaVersion>
  <headerData>
    <submissionType>{self.form_type}</submissionType>
    <filerInfo>
      <liveTestFlag>LIVE</liveTestFlag>
      <filer><credentials><cik>{self.cik:010d}</cik><ccc>XXXXXXXX</ccc></credentials></filer>
      <periodOfReport>{self.period:%m-%d-%Y}</periodOfReport>
    </filerInfo>
  </headerData>
  <formData>
    <coverPage>
      {(chr(10) + "      ").join(field for field in self._cover_fields() if field)}
    </coverPage>
    <signatureBlock>
      <name>Authorized Signatory</name><title>Authorized Signatory</title><phone>{self.phone}</phone>
      <signature>Authorized Signatory</signature><city>NOWHERE</city><stateOrCountry>NY</stateOrCountry>
      <signatureDate>{self.filed:%m-%d-%Y}</signatureDate>
    </signatureBlock>{"" if self.is_notice else self._summary()}
  </formData>
</edgarSubmission>"""

    def _cover_fields(self) -> list[str]:
        combined = "13F COMBINATION REPORT" if self.reported_by else "13F HOLDINGS REPORT"
        report_type = self.report_type or ("13F NOTICE" if self.is_notice else combined)
        kind, number = self.amendment or ("", 0)
        reported_by = "".join(map(_other_manager, self.reported_by))
        expired = "<confDeniedExpired>true</confDeniedExpired>" if self.confidential_expired else ""
        remark = escape(self.additional_information)
        return [
            f"<reportCalendarOrQuarter>{self.period:%m-%d-%Y}</reportCalendarOrQuarter>",
            f"<isAmendment>true</isAmendment><amendmentNo>{number}</amendmentNo>" if self.amendment else "",
            f"<amendmentInfo><amendmentType>{kind}</amendmentType>{expired}</amendmentInfo>" if self.amendment else "",
            f"<filingManager><name>{escape(self.manager)}</name>",
            f"<address><com:street1>{escape(self.street or f'{self.cik} EXAMPLE STREET')}</com:street1>",
            "<com:city>NOWHERE</com:city>",
            "<com:stateOrCountry>NY</com:stateOrCountry><com:zipCode>00000</com:zipCode></address></filingManager>",
            f"<reportType>{report_type}</reportType>",
            f"<form13FFileNumber>{self.file_number}</form13FFileNumber>" if self.file_number else "",
            f"<crdNumber>{self.crd_number}</crdNumber>" if self.crd_number else "",
            f"<secFileNumber>{self.sec_file_number}</secFileNumber>" if self.sec_file_number else "",
            f"<otherManagersInfo>{reported_by}</otherManagersInfo>" if reported_by else "",
            "<provideInfoForInstruction5>N</provideInfoForInstruction5>",
            f"<additionalInformation>{remark}</additionalInformation>" if remark else "",
        ]

    def _summary(self) -> str:
        value_total = self.value_total
        if value_total is None:
            value_total = sum(int(value) for value in re.findall(r"<value>(\d+)</value>", "".join(self.lines)))
        numbered = "".join(
            f"<otherManager2><sequenceNumber>{number}</sequenceNumber>{_other_manager(other)}</otherManager2>"
            for number, other in enumerate(self.included, 1)
        )
        return f"""
    <summaryPage>
      <otherIncludedManagersCount>{len(self.included)}</otherIncludedManagersCount>
      <tableEntryTotal>{len(self.lines) if self.entry_total is None else self.entry_total}</tableEntryTotal>
      <tableValueTotal>{value_total}</tableValueTotal>
      <isConfidentialOmitted>{str(self.confidential_omitted).lower()}</isConfidentialOmitted>
      {f"<otherManagers2Info>{numbered}</otherManagers2Info>" if self.included else ""}
    </summaryPage>"""


def submission(**given: Any) -> bytes:
    """One full submission from the fields of `Submission`."""
    return Submission(**given).text()
