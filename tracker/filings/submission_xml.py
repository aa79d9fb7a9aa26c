"""The XML in a Form 13F submission: cover page and information table.

SEC's schemas are eis_13F_Filer.xsd and eis_13FDocument.xsd. Filings are untrusted input: no DTD is accepted, no
entity expanded, nothing fetched.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl
from lxml import etree

from ..tables import LinesFrame, RejectKind
from . import other_managers, plain_table, rules
from .rules import LINE_CHECKS, Unreadable
from .xml_parser import parser

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


def read_cover(block: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Cover and summary page as columns of FILINGS, and rows of OTHER_MANAGERS without accession_number.

    What the form leaves optional may be null. Raises Unreadable.
    """
    root = _tree(block, "cover page")

    def text(path: str) -> str | None:
        found = root.findtext(".//" + "/".join("{*}" + step for step in path.split("/")))
        return (found or "").strip() or None

    def number(path: str) -> int | None:
        return rules.read_count(path.rsplit("/", 1)[-1], text(path))

    cover = {
        "manager_name": text("coverPage/filingManager/name"),
        "period_of_report": read_day(text("filerInfo/periodOfReport"), "%m-%d-%Y", "period of report"),
        "amendment_number": number("coverPage/amendmentNo"),
        "amendment_type": text("coverPage/amendmentInfo/amendmentType"),
        "is_confidential_expired": rules.read_flag(text("coverPage/amendmentInfo/confDeniedExpired")),
        "additional_information": rules.read_remark(text("coverPage/additionalInformation")),
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


def read_table(block: bytes) -> LinesFrame:
    """LINES without accession_number and line_number. Raises Unreadable.

    A missing, doubled or unknown element and a malformed amount reject the whole table.
    """
    cells = plain_table.read(block) if len(block) >= plain_table.MIN_BYTES else None
    return _typed(_read_tree(block) if cells is None else cells.rename(_LEAVES))


def _read_tree(block: bytes) -> pl.DataFrame:
    """The cells of any table as text, by our names, from the tree. Raises Unreadable."""
    root = _tree(block, "information table")
    namespace = root.tag[: root.tag.rindex("}") + 1] if "}" in root.tag else ""
    names = {namespace + name: name for name in (*_WRAPPERS, *_LEAVES)}
    if names.get(root.tag) != "informationTable":
        raise _malformed(f"its root is {root.tag!r:.80}")
    tags: list[str | None] = []
    texts: list[str | None] = []
    for element in root.iter("*"):
        tags.append(names.get(element.tag))
        texts.append(element.text)
    if None in tags:
        unknown = next(element.tag for element in root.iter("*") if element.tag not in names)
        raise _malformed(f"unexpected element {unknown!r:.80}")
    cells = (
        pl.DataFrame({"tag": pl.Series(tags, dtype=pl.Categorical), "text": pl.Series(texts, dtype=pl.String)})
        .with_columns((pl.col("tag") == _ROW).cum_sum().cast(pl.UInt32).alias("row"))
    )  # fmt: skip
    height = int(cells["row"][-1])
    if not height:
        raise Unreadable(RejectKind.NO_TABLE, "information table: no lines")
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
                raise _malformed(f"{tag[0]} appears twice in one line, or outside of a line")
            column = rows.join(part, on="row", how="left", validate="1:1", maintain_order="left")["text"]
        columns.append(column.alias(name))
    present = {column.name for column in columns}
    absent = [pl.lit(None, pl.String).alias(name) for name in _LEAVES.values() if name not in present]
    return pl.DataFrame(columns, height=height).with_columns(absent).select(_LEAVES.values())


def read_day(text: str | None, form: str, what: str) -> date:
    """The date in `text`, written as `form` (see strptime); `what` names it in the error. Raises Unreadable."""
    try:
        return datetime.strptime(text or "", form).date()
    except ValueError:
        raise Unreadable(RejectKind.BAD_DATE, f"{what} {text!r:.40} is not a date") from None


def _typed(table: pl.DataFrame) -> LinesFrame:
    """Text columns as typed ones; the first check that any line fails rejects the table."""
    table = rules.strip(table)
    for number in rules.failed_checks(table):
        check = LINE_CHECKS[number]
        failing = table.with_row_index("line", offset=1).filter(check.fails).select("line", check.column)
        line, text = failing.row(0)
        problem = rules.line_problem(number, line, text, failing.height)
        raise Unreadable(problem.kind, problem.reason)
    return rules.convert_lines(table)


def _tree(block: bytes, what: str) -> etree._Element:
    if b"<!DOCTYPE" in block or b"<!ENTITY" in block:
        raise Unreadable(RejectKind.MALFORMED_XML, f"{what}: has a DTD, which Form 13F never does")
    try:
        root = etree.fromstring(block, parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(RejectKind.MALFORMED_XML, f"{what}: {str(error)[:160]}") from None
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise Unreadable(RejectKind.MALFORMED_XML, f"{what}: has a DTD, which Form 13F never does")
    return root


def _malformed(problem: str) -> Unreadable:
    return Unreadable(RejectKind.MALFORMED_XML, f"information table: {problem}")
