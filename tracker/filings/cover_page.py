"""The XML of a submission's cover and summary page (eis_13F_Filer.xsd)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from .. import bounds
from ..tables import RejectKind
from . import other_managers, rules
from .rules import Unreadable
from .xml_parser import read_tree


def read_cover(block: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Cover and summary page as columns of FILINGS, and rows of OTHER_MANAGERS without accession_number.

    What the form leaves optional may be null. Raises Unreadable.
    """
    if beyond := bounds.problem(block, bounds.COVER_PAGE):
        raise Unreadable(RejectKind.TOO_LARGE, f"the cover page {beyond}")
    root = read_tree(block, "cover page")

    def text(path: str) -> str | None:
        found = root.findall(".//" + "/".join("{*}" + step for step in path.split("/")))
        name = path.rsplit("/", 1)[-1]
        if len(found) > 1 or any(len(element) for element in found):
            problem = "appears twice" if len(found) > 1 else "has an element within it"
            raise Unreadable(RejectKind.MALFORMED_XML, f"cover page: {name} {problem}")
        return rules.read_text(found[0].text) if found else None

    def number(path: str) -> int | None:
        return rules.read_count(path.rsplit("/", 1)[-1], text(path))

    cover = {
        "manager_name": text("coverPage/filingManager/name"),
        "period_of_report": read_day(text("filerInfo/periodOfReport"), "%m-%d-%Y", "period of report"),
        "amendment_number": number("coverPage/amendmentNo"),
        "amendment_type": text("coverPage/amendmentInfo/amendmentType"),
        "is_confidential_expired": rules.read_flag(text("coverPage/amendmentInfo/confDeniedExpired")),
        "additional_information": rules.read_remark(root.findtext(".//{*}coverPage/{*}additionalInformation")),
        "report_type": text("coverPage/reportType"),
        "form13f_file_number": text("coverPage/form13FFileNumber"),
        "crd_number": rules.read_crd_number(text("coverPage/crdNumber")),
        "sec_file_number": text("coverPage/secFileNumber"),
        "street": text("coverPage/filingManager/address/street1"),
        "city": text("coverPage/filingManager/address/city"),
        "state": text("coverPage/filingManager/address/stateOrCountry"),
        "phone": text("signatureBlock/phone"),
        "other_included_managers_count": number("summaryPage/otherIncludedManagersCount"),
        "table_entry_total": number("summaryPage/tableEntryTotal"),
        "table_value_total": number("summaryPage/tableValueTotal"),
        "is_confidential_omitted": rules.read_flag(text("summaryPage/isConfidentialOmitted")),
    }
    return cover, other_managers.read_xml(root)


def read_day(text: str | None, form: str, what: str) -> date:
    """The date in `text`, written as `form` (see strptime); `what` names it in the error. Raises Unreadable."""
    try:
        day = datetime.strptime(text or "", form).date()
    except ValueError:
        raise Unreadable(RejectKind.BAD_DATE, f"{what} {text!r:.40} is not a date") from None
    return rules.require_sane(day, what)
