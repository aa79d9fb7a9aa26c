"""Every error a user can meet.

    TrackerError            exit code 1: one line, which includes the cure
    ├── SettingError        an option, a variable or the identity is missing or malformed
    ├── InputError          a file of the user's is rejected (nothing of it is stored)
    ├── NotFoundError       a ticker, fund or quarter that is not in the store
    ├── StoreError          the store is locked, damaged or of another version
    ├── ExportError         a database or a place that is exported to cannot be reached, or refuses
    ├── DiskError           the disk is full, fails, or may not be written to
    └── SourceError         a source on the network did not deliver
        ├── NotPublishedError   the address is right, the document does not exist (yet)
        └── IncompleteError     what arrived is not the whole document

An unreadable filing is not an error: it becomes a row in `rejects`, and the others are processed.
"""

from __future__ import annotations


class TrackerError(Exception):
    """Base of all errors that the user can cure; the message is one line."""


class SettingError(TrackerError):
    """An option, an environment variable or the identity is missing or malformed."""


class InputError(TrackerError):
    """A user's file is rejected; names the file, and the row and column if known."""


class NotFoundError(TrackerError):
    """Nothing in the store has this name; `candidates` are the nearest names."""

    def __init__(self, message: str, candidates: list[str] | None = None) -> None:
        super().__init__(message)
        self.candidates = candidates or []


class StoreError(TrackerError):
    """The store is locked by another run, damaged, or written by another version."""


class ExportError(TrackerError):
    """A database or a place that is exported to cannot be reached, or refuses."""


class DiskError(TrackerError):
    """The disk is full, fails, or may not be written to: the store is sound, and deleting it would be no cure."""


class SourceError(TrackerError):
    """A source did not deliver, after every retry."""


class NotPublishedError(SourceError):
    """The source reports that the document does not exist (yet)."""


class IncompleteError(SourceError):
    """What arrived is not the whole document: a truncated body or a missing trailer."""
