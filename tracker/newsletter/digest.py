"""Answers as one page, or as the HTML of one mail: a season's parts, what is new on a watch-list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..output import Answer
from ..output.amounts import cells
from .page_templates import render_page

_LOOKS = {"text": "", "date": "date"}  # of columns by their kind; others are numbers
_HEADED = 2  # columns that are the headline of a row in a mail


def render_digest(title: str, parts: Sequence[Answer], *, is_mail: bool = False) -> str:
    """The parts below each other, each with its notes; a mail has its styles inline and no table that is wide.

    All texts are escaped; the page loads nothing and runs no script.
    """
    values = {"title": title, "parts": [_part(part) for part in parts]}
    return render_page("digest_mail.html" if is_mail else "digest.html", values).decode()


def _part(part: Answer) -> dict[str, Any]:
    """Headings, rows of texts beside the address of their filing, and notes.

    What is not known, or does not apply, is left empty. In a mail a row is a headline and what is known beside it,
    each with its heading.
    """
    rows = []
    for texts, row in zip(cells(part), part.rows, strict=True):
        known = [
            (column.heading, text)
            for column, text in zip(part.columns, texts, strict=True)
            if row.get(column.key) is not None
        ]
        first = {column.heading for column in part.columns[:_HEADED]}
        headline = " · ".join(text for heading, text in known if heading in first)
        details = [(heading, text) for heading, text in known if heading not in first]
        shown = ["" if row.get(column.key) is None else text for column, text in zip(part.columns, texts, strict=True)]
        rows.append({"cells": shown, "url": row.get("url"), "headline": headline, "details": details})
    columns = [{"heading": column.heading, "look": _LOOKS.get(column.kind, "number")} for column in part.columns]
    return {"title": part.title, "columns": columns, "rows": rows, "notes": list(part.notes)}
