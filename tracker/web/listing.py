"""The rows of an answer as a table on a page: headings in words, numbers as people read them, names as links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from ..edgar_facts import SUBMISSION_ADDRESS, is_accession_number
from ..output import Answer, Column
from ..output.amounts import cells
from .addresses import fund_address, search_address, stock_address
from .editions import address_of
from .paging import Paging

_LINK = Markup('<a href="{}">{}</a>')
_OUTSIDE = Markup('<a class="outside" href="{}" title="the submission on EDGAR" rel="noopener noreferrer">{}</a>')
_SIGNED = frozenset({"shares_change"})


@dataclass(frozen=True)
class Heading:
    """The head of a column: its name in the data, its words, and whether it stands above numbers."""

    name: str
    words: str
    is_number: bool


@dataclass(frozen=True)
class Listing:
    """A table: its headings, its rows of cells, and which of all rows these are (None if they are all)."""

    headings: Sequence[Heading]
    rows: Sequence[Sequence[str]]
    paging: Paging | None = None


def list_rows(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], paging: Paging | None = None) -> Listing:
    """The rows of the page, or all; `columns` are those of an answer. All text is foreign, and stays plain text."""
    shown = rows[paging.start : paging.stop] if paging else rows
    texts = cells(Answer("", columns, shown))
    headings = [Heading(column.key, column.heading, not column.is_text) for column in columns]
    linked = [
        [_linked(column, text, row) for column, text in zip(columns, line, strict=True)]
        for line, row in zip(texts, shown, strict=True)
    ]
    return Listing(headings, linked, paging)


def _linked(column: Column, text: str, row: Mapping[str, Any]) -> str:
    value = row.get(column.key)
    if value is None:
        return Markup('<span class="unknown">{}</span>').format(text)
    if column.key in ("manager_name", "family") and isinstance(row.get("cik"), int):
        return _LINK.format(fund_address(row["cik"]), text)
    if column.key in ("ticker", "name") and isinstance(code := row.get("ticker") or row.get("cusip"), str):
        return _LINK.format(stock_address(code), text)
    if column.key == "accession_number" and is_accession_number(str(value)) and isinstance(row.get("cik"), int):
        return _OUTSIDE.format(SUBMISSION_ADDRESS.format(row["cik"], value), text)
    if column.key == "title" and isinstance(row.get("slug"), str):
        return _LINK.format(address_of(row["slug"]), text)
    if column.key == "largest_holder":
        return _LINK.format(search_address(text), text)
    if column.key in _SIGNED and value > 0:
        return f"+{text}"
    return text
