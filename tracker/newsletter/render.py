"""An edition's document and charts as the files that are published: Markdown, a page, a mail, CSV and JSON.

The wording is in `templates/*.j2`; a folder of the user's own may replace any template by its name. The values filled
in are foreign (names come from filings): HTML escapes them, Markdown marks in them are escaped, and CSV cells that a
spreadsheet would run as formulas are disarmed. The same document gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .. import output
from .mail_file import write_mail
from .page_templates import render_page

DOCUMENT = "edition.json"
FORMAT = 2
"""which files an edition has and what is in them; one of another format cannot be made again byte for byte"""


class Picture(Protocol):
    """A finished chart."""

    @property
    def svg(self) -> bytes:
        """For light pages."""

    @property
    def dark_svg(self) -> bytes:
        """The same for dark pages."""

    @property
    def png(self) -> bytes:
        """For mails, at twice the size shown."""

    @property
    def width(self) -> int:
        """In pixels, as shown."""

    @property
    def height(self) -> int:
        """In pixels, as shown."""


@dataclass(frozen=True)
class Layout:
    """How a kind of edition becomes files.

    `pages`: templates by the file that each fills; `words`: the template of the sentences that they share; `values`:
    what the templates see beside the document (`edition`), the charts and the address; `tables`: the CSV files.
    """

    pages: Mapping[str, str]
    words: str
    values: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    tables: Callable[[Mapping[str, Any]], Mapping[str, bytes]]


def render(
    document: Mapping[str, Any],
    charts: Mapping[str, Picture],
    layout: Layout,
    templates: Path | None = None,
    pictures: Mapping[str, bytes] | None = None,
) -> dict[str, bytes]:
    """The files of an edition by their path in its folder.

    `charts` are drawn pictures by name, `pictures` the editor's own by path. `edition.json` is the document followed by
    a digest of every other file. Raises InputError if a template in the folder `templates` cannot be used.
    """
    files: dict[str, bytes] = {**(pictures or {})}
    for name, chart in charts.items():
        files |= {f"charts/{name}.svg": chart.svg, f"charts/{name}.dark.svg": chart.dark_svg}
        files[f"charts/{name}.png"] = chart.png
    address = f"{document['base_url']}/{document['slug']}/" if document["base_url"] else ""
    values = {"edition": document, "charts": charts, "address": address, **layout.values(document)}
    for name, template in layout.pages.items():
        files[name] = render_page(template, values, templates, layout.words)
    files |= layout.tables(document)
    files["mail.eml"] = write_mail(document, files)
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    return {**files, DOCUMENT: to_json({**document, "files": digests})}


def to_json(document: Mapping[str, Any]) -> bytes:
    """The document in JSON, indented, with a newline at its end."""
    return (output.write_json(document, indent=2) + "\n").encode()


def to_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    """Rows as a CSV file that a spreadsheet shows and does not run; `columns` are those of a file without rows."""
    answer = output.Answer("", [output.Column(key, key) for key in columns], rows)
    return (output.render(answer, "csv") + "\n").encode()
