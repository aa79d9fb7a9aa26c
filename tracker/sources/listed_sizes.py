"""How large the files are that SEC's listing pages link to, as the pages state it.

The size stands beside the link, in the same row of the table:

    <tr><td><a href="/files/.../01sep2025-30nov2025_form13f.zip">...</a></td><td>85.26 MB</td></tr>
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

_SIZE = re.compile(r"(?<![\w.,])(\d{1,6}(?:\.\d{1,3})?)\s*(KB|MB|GB)(?!\w)", re.IGNORECASE | re.ASCII)
_BYTES = {"KB": 2**10, "MB": 2**20, "GB": 2**30}


def read_sizes(page: bytes) -> dict[str, int]:
    """Bytes by the name of the file that the page (HTML) links to; left out if not one size stands beside it."""
    import lxml.etree
    import lxml.html

    sizes: dict[str, int] = {}
    try:
        rows = list(lxml.html.fromstring(page).iter("tr"))
    except (lxml.etree.LxmlError, ValueError):
        return sizes
    for row in rows:
        found = _SIZE.findall(" ".join(str(text) for text in row.itertext()))
        names = {_name(anchor.get("href") or "") for anchor in row.iter("a")}
        if len(found) == 1 and len(names) == 1:
            (number, unit), (name,) = found[0], names
            sizes.setdefault(name, round(float(number) * _BYTES[unit.upper()]))
    return sizes


def _name(address: str) -> str:
    try:
        return unquote(PurePosixPath(urlsplit(address.strip()).path).name)
    except ValueError:
        return ""
