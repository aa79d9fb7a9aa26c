"""The other managers that a filing names: those that report for it, and those that it includes.

They show who belongs together, and change no holding: what is malformed here becomes null, and rejects nothing.
"""

from __future__ import annotations

from typing import Any

import polars as pl
from lxml import etree

from ..tables import OTHER_MANAGERS, OtherManagerRole, OtherManagersFrame, RejectKind
from .data_set_covers import Findings
from .data_set_tables import Archive
from .rules import Problem, Unreadable, read_crd_number, read_text

# <coverPage>
#   <otherManagersInfo> <otherManager>..</otherManager> </otherManagersInfo>
# </coverPage>
# <summaryPage>
#   <otherManagers2Info>
#     <otherManager2> <sequenceNumber>..</sequenceNumber> <otherManager>..</otherManager> </otherManager2>
#   </otherManagers2Info>
# </summaryPage>
# with <otherManager>
#   <cik>..</cik>? <form13FFileNumber>..</form13FFileNumber>? <crdNumber>..</crdNumber>?
#   <secFileNumber>..</secFileNumber>? <name>..</name>
# </otherManager>
_PATHS = {
    OtherManagerRole.REPORTS: ".//{*}coverPage/{*}otherManagersInfo/{*}otherManager",
    OtherManagerRole.INCLUDED: ".//{*}summaryPage/{*}otherManagers2Info/{*}otherManager2/{*}otherManager",
}
_ELEMENTS = {
    "name": "name",
    "cik": "cik",
    "form13FFileNumber": "form13f_file_number",
    "crdNumber": "crd_number",
    "secFileNumber": "sec_file_number",
}
_TABLES = {OtherManagerRole.REPORTS: "OTHERMANAGER.tsv", OtherManagerRole.INCLUDED: "OTHERMANAGER2.tsv"}
_COLUMNS = {"ACCESSION_NUMBER": "accession_number", **{name.upper(): ours for name, ours in _ELEMENTS.items()}}
_PHONE = {"ACCESSION_NUMBER": "accession_number", "PHONE": "phone"}
MOST = 999  # in one list (eis_13F_Filer.xsd)
_MAX_NAME = 150  # characters (the same)


def read_xml(root: etree._Element) -> list[dict[str, Any]]:
    """Rows of OTHER_MANAGERS without accession_number, from the XML of a cover page."""
    return [
        {"role": role, "position": position, **_row({name: element.findtext("{*}" + name) for name in _ELEMENTS})}
        for role, path in _PATHS.items()
        for position, element in enumerate(root.findall(path)[:MOST], 1)
    ]


def read_archive(archive: Archive, findings: Findings) -> OtherManagersFrame:
    """OTHER_MANAGERS of the filings in `findings`, whose phone numbers are filled in, too.

    A data set may lack any of these tables. A malformed row is flagged with its filing, and left out.
    """
    rows: list[dict[str, Any]] = []
    for role, name in _TABLES.items():
        positions: dict[str, int] = {}
        for row in _rows(archive, name, _COLUMNS, findings):
            number = row["accession_number"]
            positions[number] = positions.get(number, 0) + 1
            if positions[number] <= MOST:
                named = _row({element: row[ours] for element, ours in _ELEMENTS.items()})
                rows.append({"accession_number": number, "role": role, "position": positions[number], **named})
    for filing in findings.filings.values():
        filing["phone"] = None
    for row in _rows(archive, "SIGNATURE.tsv", _PHONE, findings):
        try:
            findings.filings[row["accession_number"]]["phone"] = read_text(row["phone"])
        except Unreadable as unreadable:
            findings.refuse({row["accession_number"]: unreadable.problem})
    return OTHER_MANAGERS.frame(rows)


def _rows(archive: Archive, name: str, columns: dict[str, str], findings: Findings) -> list[dict[str, Any]]:
    """The rows of filings in `findings`, in their order."""
    if not archive.has(name):
        return []
    rows: list[dict[str, Any]] = []
    wanted = pl.Series(list(findings.filings), dtype=pl.String).implode()
    for table in archive.read(name, columns):
        for number in table.refused.keys() & findings.filings.keys():
            reason = f"{table.refused[number].reason}: left out"
            findings.flags.setdefault(number, []).append(Problem(RejectKind.RAGGED_ROW, reason))
        rows += table.rows.filter(pl.col("accession_number").is_in(wanted)).to_dicts()
    return rows


def _row(texts: dict[str, str | None]) -> dict[str, Any]:
    """Elements of the form as columns; blank text is null, and a CIK that is no number."""
    row: dict[str, Any] = {ours: (texts[name] or "").strip() or None for name, ours in _ELEMENTS.items()}
    row |= {name: None for name, text in row.items() if name != "name" and text and len(text) > _MAX_NAME}
    cik = row["cik"] or ""
    is_cik = cik.isascii() and cik.isdigit() and len(cik) <= 10
    name = row["name"]
    return {
        **row,
        "name": name and name[:_MAX_NAME],
        "cik": int(cik) or None if is_cik else None,
        "crd_number": read_crd_number(row["crd_number"]),
    }
