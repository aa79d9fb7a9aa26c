"""A user's own choices of what amendments do: a csv file in the home directory, which no refresh changes.

accession_number,amendment_effect,note,decided_on
0001697591-26-000002,patch,"one corrected line",2026-11-20
"""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

from ..edgar_facts import is_accession_number
from ..errors import InputError
from ..files import write_atomic
from ..output import arm, csv_record, plain
from ..tables import AMENDMENT_CHOICES, AmendmentChoicesFrame, AmendmentEffect

CHOICES = "amendments.csv"  # in the home directory
_MAX_BYTES = 10_000_000


def read_choices(home: Path) -> AmendmentChoicesFrame:
    """The choices below `home`; empty if there are none. Raises InputError with file and line."""
    path = home / CHOICES
    if not path.exists():
        return AMENDMENT_CHOICES.frame()
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(f"{path} is larger than {_MAX_BYTES:,} bytes: it is not a list of amendments")
        return _read(path.read_text(encoding="utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read: {error}") from None


def write_choices(home: Path, choices: AmendmentChoicesFrame) -> None:
    """Write the choices below `home`, all or nothing; `read_choices` returns the same."""
    records = (
        csv_record(plain(cell).strip() if isinstance(cell, str) else cell for cell in row)
        for row in AMENDMENT_CHOICES.check(choices).sort("accession_number").rows()
    )
    write_atomic(
        home / CHOICES, "".join(f"{line}\n" for line in (csv_record(AMENDMENT_CHOICES.columns), *records)).encode()
    )


def _read(text: str, where: str) -> AmendmentChoicesFrame:
    reader = csv.DictReader(io.StringIO(text))
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or []]
    if missing := {"accession_number", "amendment_effect"} - set(reader.fieldnames):
        raise InputError(f"{where}: no column {', '.join(sorted(missing))}")
    rows: dict[str, dict[str, object]] = {}
    for row in reader:
        at = f"{where}, line {reader.line_num}"
        cells = {key: arm((value or "").strip()) for key, value in row.items() if isinstance(key, str)}
        if not any(cells.values()):
            continue
        number, effect = cells["accession_number"], cells["amendment_effect"].lower()
        if not is_accession_number(number):
            raise InputError(f"{at}: {number!r} is not an accession number; write it as 0001037389-25-000064")
        if number in rows:
            raise InputError(f"{at}: {number} appears twice")
        if effect not in set(AmendmentEffect):
            raise InputError(f"{at}: amendment_effect is {effect!r}; write {', '.join(AmendmentEffect)}")
        try:
            decided_on = date.fromisoformat(cells["decided_on"]) if cells.get("decided_on") else None
        except ValueError:
            raise InputError(f"{at}: decided_on is {cells['decided_on']!r}; write it as 2025-12-31") from None
        rows[number] = {
            "accession_number": number,
            "amendment_effect": effect,
            "note": cells.get("note") or None,
            "decided_on": decided_on,
        }
    return AMENDMENT_CHOICES.check(AMENDMENT_CHOICES.frame(rows.values()))
