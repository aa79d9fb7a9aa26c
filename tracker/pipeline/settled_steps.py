"""Which steps were done, and from what: so that nothing is worked out again from what is still the same.

`db/settled.json` has a digest of each step's inputs, noted after what the step made is stored. A kill in between leaves
the step to be done again, and so does a deleted file: it says what may be left out, never what is known. It belongs to
one database: of a new one, or of one that an older copy has replaced, nothing is noted.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .. import __version__
from ..files import write_atomic
from ..filings import amendment_choices
from ..json_text import parse_json
from ..managers import fund_lists
from ..quarters import Quarter
from ..settings import Settings
from ..sources import edgar, submission_files
from ..store import VERSION, Store
from ..tables import FundListFrame
from .digests import digest, file_states

_FILE = "settled.json"
_REFRESH = "refresh"


@dataclass(frozen=True)
class _Notes:
    """The file: `Store.written` when it was noted, and the digest of the inputs of each step."""

    made: int
    written: int | None
    steps: dict[str, str]


def is_done(store: Store, step: str, inputs: str) -> bool:
    """Whether `step` was last done from these `inputs` (any text), and is in the database."""
    return _read(store).steps.get(step) == _key(inputs)


def note(store: Store, step: str, inputs: str) -> None:
    """State that what `step` makes of `inputs` is stored."""
    note_all(store, {step: inputs})


def note_all(store: Store, inputs: Mapping[str, str]) -> None:
    """As `note`, of several steps, each with its inputs."""
    notes = _Notes(*store.written, {**_read(store).steps, **{step: _key(text) for step, text in inputs.items()}})
    write_atomic(store.settings.db / _FILE, json.dumps(asdict(notes), indent=1).encode())


def is_refreshed(store: Store, inputs: str) -> bool:
    """Whether a refresh with these `inputs` (see `refresh_inputs`) ended, and nothing was written since."""
    notes = _read(store)
    _, written = store.written
    return notes.steps.get(_REFRESH) == _key(inputs) and written is not None and notes.written == written


def note_refresh(store: Store, inputs: str) -> None:
    """State that a refresh with these `inputs` ended."""
    note(store, _REFRESH, inputs)


def refresh_inputs(store: Store, quarters: Sequence[Quarter], source: str, only: FundListFrame | None) -> str:
    """Everything on disk that a refresh reads, and what it was asked for: successive `quarters`.

    Of files it is the name, the size and the time of change. Submissions never change once they are on disk: their
    names suffice.
    """
    settings = store.settings
    asked = f"{quarters[0]}..{quarters[-1]} {source} {'' if only is None else digest(only)}"
    submissions = digest(edgar.on_disk(settings).select("accession_number"))
    return "\n".join([asked, submissions, file_states(_read_by_refresh(settings), settings.home)])


def _read_by_refresh(settings: Settings) -> Iterator[Path]:
    """The user's choices, the lists in the package, what was downloaded but submissions, and the Parquet files."""
    yield from (settings.home / name for name in (fund_lists.CHOICES, amendment_choices.CHOICES))
    yield from Path(fund_lists.__file__).parent.glob("*.csv")
    folders = [folder for folder in settings.filings.glob("*") if folder.name != submission_files.ROOT]
    for folder in (*folders, settings.db / "lines", settings.db / "prices"):
        for place, _, names in os.walk(folder):
            yield from (Path(place, name) for name in names)


def _key(inputs: str) -> str:
    return hashlib.blake2b(f"{__version__} {VERSION} {inputs}".encode(), digest_size=16).hexdigest()


def _read(store: Store) -> _Notes:
    made, written = store.written
    try:
        notes = _Notes(**parse_json((store.settings.db / _FILE).read_bytes()))
        is_later = written is None or notes.written is None or notes.written <= written
        if notes.made == made and is_later and isinstance(notes.steps, dict):
            return notes
    except (OSError, ValueError, TypeError):
        pass
    return _Notes(made, written, {})
