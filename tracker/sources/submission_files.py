"""The submissions on disk: where each is kept, and whether it is whole.

The layout is sec-edgar-downloader's: `sec-edgar-filings/<cik, 10 digits>/<13F-HR or 13F-NT>/<accession number>/
full-submission.txt`; an amendment is kept with the form that it amends. Nobody else needs to know it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from .. import tables
from ..edgar_facts import FORM_TYPES, SUBMISSION_END, is_accession_number
from ..errors import IncompleteError, InputError
from ..settings import Settings

ROOT = "sec-edgar-filings"
_FILE = "full-submission.txt"
ON_DISK = {"accession_number": tables.TEXT, "cik": tables.INT, "path": tables.TEXT}

_FOLDER = re.compile(r"\d{10}", re.ASCII)
_TAIL, _HEAD = 1 << 16, 1 << 14
_ACCESSION_LINE = re.compile(rb"^ACCESSION NUMBER:[ \t]*(\S+)[ \t]*\r?$", re.MULTILINE)
_TYPE_LINE = re.compile(rb"^CONFORMED SUBMISSION TYPE:[ \t]*(\S+)[ \t]*\r?$", re.MULTILINE)


def base_form(form: str) -> str:
    """`13F-HR` or `13F-NT`: the form without its amendment mark. InputError for any other form."""
    if form not in FORM_TYPES:
        raise InputError(f"{form!r} is not a Form 13F type; they are {', '.join(FORM_TYPES)}")
    return form.removesuffix("/A")


def path_of(settings: Settings, cik: int, form: str, accession_number: str) -> Path:
    """Where a submission is kept. Raises InputError as `path_below` does."""
    return settings.filings / path_below(cik, form, accession_number)


def path_below(cik: int, form: str, accession_number: str) -> Path:
    """A submission's place in the library's layout, relative to the folder in which the library saves.

    InputError unless all three are exactly what the SEC would write: they become a path.
    """
    if not isinstance(cik, int) or not 0 < cik < 10**10:
        raise InputError(f"{cik!r} is not a CIK: a number of at most 10 digits")
    if not is_accession_number(accession_number):
        raise InputError(f"{accession_number!r} is not an accession number such as 0001037389-25-000064")
    return Path(ROOT, f"{cik:010d}", base_form(form), accession_number, _FILE)


def is_whole(path: Path) -> bool:
    """Whether the file exists and ends as a submission ends; only its last 64 KiB are read."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            return SUBMISSION_END.search(file.read()) is not None
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
        raise IncompleteError(
            f"{accession_number}: expected {form}, what arrived is {kind[1].decode(errors='replace')}"
        )
    if not SUBMISSION_END.search(body[-_TAIL:]):
        raise IncompleteError(f"{accession_number}: cut off after {len(body):,} bytes, </SEC-DOCUMENT> is missing")


def on_disk(settings: Settings) -> pl.DataFrame:
    """The whole submissions below `filings/`: columns accession_number, cik, path (text), sorted by accession number.

    One row per accession number; a submission filed for several CIKs has the lowest. Files that are cut off and
    folders with other names are left out.
    """
    whole = ((number, cik, str(path)) for number, cik, path in each_path(settings) if is_whole(path))
    submissions = pl.DataFrame(whole, schema=ON_DISK, orient="row")
    return submissions.sort("accession_number", "cik").unique("accession_number", keep="first", maintain_order=True)


def each_path(settings: Settings) -> Iterator[tuple[str, int, Path]]:
    """Accession number, CIK and path of each submission below `filings/`, whole or not; other folders are left out."""
    for filer in _folders(settings.filings / ROOT):
        if not _FOLDER.fullmatch(filer.name):
            continue
        for form in sorted({base_form(form) for form in FORM_TYPES}):
            for folder in _folders(Path(filer.path, form)):
                if is_accession_number(folder.name):
                    yield folder.name, int(filer.name), Path(folder.path, _FILE)


def _folders(path: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return sorted((entry for entry in entries if entry.is_dir()), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
