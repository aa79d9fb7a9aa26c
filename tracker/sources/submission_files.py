"""The submissions on disk: where each lies, and whether it is whole.

The layout is sec-edgar-downloader's: `sec-edgar-filings/<cik, 10 digits>/<13F-HR or 13F-NT>/<accession number>/
full-submission.txt`; an amendment lies with the form that it amends.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from .. import tables
from ..errors import IncompleteError, InputError
from ..settings import Settings

ROOT, FILE = "sec-edgar-filings", "full-submission.txt"
FORMS = ("13F-HR", "13F-HR/A", "13F-NT", "13F-NT/A")
ACCESSION_NUMBER = re.compile(r"\d{10}-\d{2}-\d{6}", re.ASCII)
ON_DISK = {"accession_number": tables.TEXT, "cik": tables.INT, "path": tables.TEXT}

_FOLDER = re.compile(r"\d{10}", re.ASCII)
_TAIL, _HEAD = 1 << 16, 1 << 14
# Submissions of the 1990s and early 2000s were wrapped for privacy-enhanced mail; nothing follows but white space.
_END = re.compile(rb"</SEC-DOCUMENT>\s*(-----END PRIVACY-ENHANCED MESSAGE-----\s*)?\Z")
_ACCESSION_LINE = re.compile(rb"^ACCESSION NUMBER:[ \t]*(\S+)[ \t]*\r?$", re.MULTILINE)
_TYPE_LINE = re.compile(rb"^CONFORMED SUBMISSION TYPE:[ \t]*(\S+)[ \t]*\r?$", re.MULTILINE)


def base_form(form: str) -> str:
    """`13F-HR` or `13F-NT`: the form without its amendment mark. InputError for any other form."""
    if form not in FORMS:
        raise InputError(f"{form!r} is not a form of 13F; known are {', '.join(FORMS)}")
    return form.removesuffix("/A")


def path_of(settings: Settings, cik: int, form: str, accession_number: str) -> Path:
    """Where a submission lies. InputError unless all three are exactly what SEC would write: they become a path."""
    if not isinstance(cik, int) or not 0 < cik < 10**10:
        raise InputError(f"{cik!r} is not a CIK: a number of at most 10 digits")
    if not ACCESSION_NUMBER.fullmatch(accession_number):
        raise InputError(f"{accession_number!r} is not an accession number such as 0001037389-25-000064")
    return settings.filings / ROOT / f"{cik:010d}" / base_form(form) / accession_number / FILE


def is_whole(path: Path) -> bool:
    """Whether the file is there and ends as a submission ends; reads its last 64 KiB only."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            return _END.search(file.read()) is not None
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return False


def check_submission(body: bytes, accession_number: str, form: str | None = None) -> None:
    """IncompleteError unless `body` is this submission from its header to its trailer."""
    head = body[:_HEAD]
    number, kind = _ACCESSION_LINE.search(head), _TYPE_LINE.search(head)
    if not number or not kind:
        raise IncompleteError(f"{accession_number}: what arrived has no SEC header")
    if number[1] != accession_number.encode():
        raise IncompleteError(f"{accession_number}: what arrived is {number[1].decode(errors='replace')}")
    if form and kind[1] != form.encode():
        raise IncompleteError(f"{accession_number}: expected {form}, it is {kind[1].decode(errors='replace')}")
    if not _END.search(body[-_TAIL:]):
        raise IncompleteError(f"{accession_number}: cut off after {len(body):,} bytes, </SEC-DOCUMENT> is missing")


def on_disk(settings: Settings) -> pl.DataFrame:
    """The whole submissions below `filings/`: `accession_number`, `cik`, `path` (text), sorted by accession number.

    One row an accession number: of a submission filed for several CIKs the lowest. Files that are cut off and
    folders of other names are left out.
    """
    frame = pl.DataFrame(_walk(settings.filings / ROOT), schema=ON_DISK, orient="row")
    return frame.sort("accession_number", "cik").unique("accession_number", keep="first", maintain_order=True)


def _walk(root: Path) -> Iterator[tuple[str, int, str]]:
    for filer in _folders(root):
        if not _FOLDER.fullmatch(filer.name):
            continue
        for form in FORMS:
            if form.endswith("/A"):
                continue
            for folder in _folders(Path(filer.path, form)):
                path = Path(folder.path, FILE)
                if ACCESSION_NUMBER.fullmatch(folder.name) and is_whole(path):
                    yield folder.name, int(filer.name), str(path)


def _folders(path: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return sorted((entry for entry in entries if entry.is_dir()), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
