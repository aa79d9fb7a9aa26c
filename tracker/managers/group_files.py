"""Files that name a group of managers: a csv with a column cik or name, or a line for each."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from ..errors import InputError

MOST = 500  # managers
_LARGEST = 1_000_000  # bytes


def read_group(path: Path) -> list[str]:
    """The CIKs or names in a file, in its order.

    A csv whose first line names a column `cik` or `name` (as `tracker funds export` writes it) gives those, the CIK
    where a row has one; of any other file each line is a CIK, a name or a part of it. Blank lines and those that begin
    with `#` are left out. Raises InputError.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise InputError(f"{path} is larger than a list of managers can be; name a csv or text file")
        text = data.decode("utf-8-sig")
        cells = _cells(text)
        group = [line.strip() for line in text.splitlines()] if cells is None else cells
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); name a csv or text file") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    group = list(dict.fromkeys(one for one in group if one and not one.startswith("#")))
    if not group:
        raise InputError(f"{path}: names no manager; write a CIK or a name in each line")
    if len(group) > MOST:
        raise InputError(f"{path}: names {len(group):,} managers; a group has {MOST} at most")
    return group


def _cells(text: str) -> list[str] | None:
    """What the columns cik and name have; None if the first line does not name one of them."""
    reader = csv.DictReader(io.StringIO(text))
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or []]
    if not {"cik", "name"} & {*reader.fieldnames}:
        return None
    return [(row.get("cik") or "").strip() or (row.get("name") or "").strip() for row in reader]
