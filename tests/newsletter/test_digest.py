"""Answers as a page and as a mail."""

from __future__ import annotations

import re

from tracker.newsletter.digest import render_digest
from tracker.output import Answer, Column

COLUMNS = (Column("what", "What"), Column("name", "Company"), Column("value_usd", "Value", "usd"))
HOSTILE = '<img src=x onerror="alert(1)">&'


def answer(*rows: dict[str, object]) -> Answer:
    return Answer(f"Part {HOSTILE}", COLUMNS, list(rows), notes=[f"Note {HOSTILE}"])


def test_page_and_mail_have_every_row_and_no_foreign_markup() -> None:
    row = {"what": "gained", "name": HOSTILE, "value_usd": 1_234_567.0, "url": 'https://www.sec.gov/"x'}
    for is_mail in (False, True):
        page = render_digest(f"Title {HOSTILE}", [answer(row)], is_mail=is_mail)
        assert "<img" not in page and "&lt;img" in page and "$1.23M" in page
        assert 'href="https://www.sec.gov/&#34;x"' in page
        assert "<script" not in page and not re.search(r"\son\w+=\"", page.replace("&#34;", ""))


def test_a_mail_leaves_out_what_is_not_known() -> None:
    mail = render_digest("Title", [answer({"what": "left", "name": None, "value_usd": None})], is_mail=True)
    assert "left" in mail and "n/a" not in mail and "Value" not in mail


def test_a_part_without_rows_has_its_title_and_notes() -> None:
    page = render_digest("Title", [answer()])
    assert "Part &lt;img" in page and "<table>" not in page
