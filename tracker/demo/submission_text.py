"""One submission in EDGAR's form, from arguments: for the fictional market and for tests.

`line` makes one line of an information table, `submission` the whole text that EDGAR would serve.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
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


def line(
    cusip: str,
    value: int | str,
    shares: int | str,
    name: str = "EXAMPLE CORP",
    *,
    title: str = "COM",
    share_type: str = "SH",
    put_call: str = "",
    discretion: str = "SOLE",
    other_manager: str = "",
    voting: tuple[int | str, int | str, int | str] | None = None,
    figi: str = "",
) -> str:
    """One `infoTable` element without namespace prefix; `voting` is (sole, shared, none), all sole if left out.

    Texts are escaped; amounts are written as given, so a text may be any quirk.
    """
    sole, shared, none = voting or (shares, 0, 0)
    fields = [
        f"<nameOfIssuer>{escape(name)}</nameOfIssuer>",
        f"<titleOfClass>{escape(title)}</titleOfClass>",
        f"<cusip>{escape(cusip)}</cusip>",
        f"<figi>{figi}</figi>" if figi else "",
        f"<value>{value}</value>",
        "<shrsOrPrnAmt>",
        f"  <sshPrnamt>{shares}</sshPrnamt>",
        f"  <sshPrnamtType>{share_type}</sshPrnamtType>",
        "</shrsOrPrnAmt>",
        f"<putCall>{put_call}</putCall>" if put_call else "",
        f"<investmentDiscretion>{discretion}</investmentDiscretion>",
        f"<otherManager>{other_manager}</otherManager>" if other_manager else "",
        "<votingAuthority>",
        f"  <Sole>{sole}</Sole>",
        f"  <Shared>{shared}</Shared>",
        f"  <None>{none}</None>",
        "</votingAuthority>",
    ]
    return "\n".join(["  <infoTable>", *(f"    {field}" for field in fields if field), "  </infoTable>"])


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


def submission(
    *,
    accession_number: str,
    cik: int,
    manager: str,
    period: date,
    filed: date,
    lines: Sequence[str] = (),
    form: str = "13F-HR",
    amendment: tuple[str, int] | None = None,
    accepted: str = "160000",
    report_type: str = "",
    file_number: str = "028-90000",
    crd_number: str = "",
    sec_file_number: str = "",
    reported_by: Sequence[OtherManager] = (),
    included: Sequence[OtherManager] = (),
    confidential_omitted: bool = False,
    entry_total: int | str | None = None,
    value_total: int | str | None = None,
    prefix: str = "",
    table_name: str = "infotable.xml",
    cover_xml: str | None = None,
    table_xml: str | None = None,
    trailer: str = TRAILER,
    encoding: str = "utf-8",
) -> bytes:
    """One full submission, as EDGAR serves it: header, cover and summary page, information table.

    `amendment` is (amendment type, amendment number) and turns `form` into its `/A`. `reported_by` are the
    managers that report for this one (cover page), `included` those that this report includes (summary page).
    Totals are those of `lines` unless given. `cover_xml` and `table_xml` replace a whole `<XML>` block.
    """
    if amendment and not form.endswith("/A"):
        form += "/A"
    notice = form.startswith("13F-NT")
    combined = "13F COMBINATION REPORT" if reported_by else "13F HOLDINGS REPORT"
    if value_total is None:
        value_total = sum(int(value) for value in re.findall(r"<value>(\d+)</value>", "".join(lines)))
    fields = [
        f"<reportCalendarOrQuarter>{period:%m-%d-%Y}</reportCalendarOrQuarter>",
        f"<isAmendment>true</isAmendment><amendmentNo>{amendment[1]}</amendmentNo>" if amendment else "",
        f"<amendmentInfo><amendmentType>{amendment[0]}</amendmentType></amendmentInfo>" if amendment else "",
        f"<filingManager><name>{escape(manager)}</name>",
        "<address><com:street1>1 EXAMPLE STREET</com:street1><com:city>NOWHERE</com:city>",
        "<com:stateOrCountry>NY</com:stateOrCountry><com:zipCode>00000</com:zipCode></address></filingManager>",
        f"<reportType>{report_type or ('13F NOTICE' if notice else combined)}</reportType>",
        f"<form13FFileNumber>{file_number}</form13FFileNumber>" if file_number else "",
        f"<crdNumber>{crd_number}</crdNumber>" if crd_number else "",
        f"<secFileNumber>{sec_file_number}</secFileNumber>" if sec_file_number else "",
        f"<otherManagersInfo>{''.join(map(_other_manager, reported_by))}</otherManagersInfo>" if reported_by else "",
        "<provideInfoForInstruction5>N</provideInfoForInstruction5>",
    ]
    numbered = "".join(
        f"<otherManager2><sequenceNumber>{number}</sequenceNumber>{_other_manager(other)}</otherManager2>"
        for number, other in enumerate(included, 1)
    )
    summary = f"""
    <summaryPage>
      <otherIncludedManagersCount>{len(included)}</otherIncludedManagersCount>
      <tableEntryTotal>{len(lines) if entry_total is None else entry_total}</tableEntryTotal>
      <tableValueTotal>{value_total}</tableValueTotal>
      <isConfidentialOmitted>{str(confidential_omitted).lower()}</isConfidentialOmitted>
      {f"<otherManagers2Info>{numbered}</otherManagers2Info>" if included else ""}
    </summaryPage>"""
    cover = f"""<?xml version="1.0" encoding="UTF-8"?>
<edgarSubmission xmlns="{FILER_NAMESPACE}" xmlns:com="http://www.sec.gov/edgar/common">
  <schemaVersion>X0202</schemaVersion>
  <headerData>
    <submissionType>{form}</submissionType>
    <filerInfo>
      <liveTestFlag>LIVE</liveTestFlag>
      <filer><credentials><cik>{cik:010d}</cik><ccc>XXXXXXXX</ccc></credentials></filer>
      <periodOfReport>{period:%m-%d-%Y}</periodOfReport>
    </filerInfo>
  </headerData>
  <formData>
    <coverPage>
      {(chr(10) + "      ").join(field for field in fields if field)}
    </coverPage>
    <signatureBlock>
      <name>Authorized Signatory</name><title>Authorized Signatory</title><phone>000-000-0000</phone>
      <signature>Authorized Signatory</signature><city>NOWHERE</city><stateOrCountry>NY</stateOrCountry>
      <signatureDate>{filed:%m-%d-%Y}</signatureDate>
    </signatureBlock>{"" if notice else summary}
  </formData>
</edgarSubmission>"""
    documents = [(form, "primary_doc.xml", cover if cover_xml is None else cover_xml)]
    if table_xml is not None or not notice:
        documents.append(("INFORMATION TABLE", table_name, table(lines, prefix) if table_xml is None else table_xml))
    header = f"""<SEC-DOCUMENT>{accession_number}.txt : {filed:%Y%m%d}
<SEC-HEADER>{accession_number}.hdr.sgml : {filed:%Y%m%d}
<ACCEPTANCE-DATETIME>{filed:%Y%m%d}{accepted}
ACCESSION NUMBER:\t\t{accession_number}
CONFORMED SUBMISSION TYPE:\t{form}
PUBLIC DOCUMENT COUNT:\t\t{len(documents)}
CONFORMED PERIOD OF REPORT:\t{period:%Y%m%d}
FILED AS OF DATE:\t\t{filed:%Y%m%d}
DATE AS OF CHANGE:\t\t{filed:%Y%m%d}
EFFECTIVENESS DATE:\t\t{filed:%Y%m%d}

FILER:

\tCOMPANY DATA:\t
\t\tCOMPANY CONFORMED NAME:\t\t\t{manager}
\t\tCENTRAL INDEX KEY:\t\t\t{cik:010d}

\tFILING VALUES:
\t\tFORM TYPE:\t\t{form}
\t\tSEC ACT:\t\t1934 Act
\t\tSEC FILE NUMBER:\t{file_number}
</SEC-HEADER>
"""
    blocks = (
        f"<DOCUMENT>\n<TYPE>{kind}\n<SEQUENCE>{number}\n<FILENAME>{name}\n<TEXT>\n<XML>\n{xml}\n</XML>\n</TEXT>\n</DOCUMENT>\n"
        for number, (kind, name, xml) in enumerate(documents, 1)
    )
    return (header + "".join(blocks) + trailer).encode(encoding)
