"""What a home that was pulled from object storage cannot do: two marks below `db/`, and the errors that follow."""

from __future__ import annotations

from pathlib import Path

from ..errors import StoreError

PULLING = "pulling"
"""the address that files are being put in place from: between the first and the last, they are of two versions"""

WITHOUT_FILINGS = "without_filings"
"""the address that the home was pulled from, without what its numbers are settled from"""


def refuse_half_pulled(db: Path) -> None:
    """Raise StoreError if files of another version are being put in place, or a pull was stopped while it did so."""
    if url := _read(db / PULLING):
        raise StoreError(
            f"{db} is half of one version and half of another, as a pull has not ended: wait for it, or if it was "
            f"stopped run `tracker pull {url} {db.parent}` again"
        )


def refuse_without_filings(db: Path) -> None:
    """Raise StoreError if the home was pulled without filings: a number settled now would be wrong."""
    if url := _read(db / WITHOUT_FILINGS):
        raise StoreError(
            f"{db.parent} was pulled without filings/, which numbers are settled from: run `tracker push {url} "
            f"--with-filings` where they are, and `tracker pull {url} {db.parent} --with-filings`"
        )


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None
