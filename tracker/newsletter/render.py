"""An edition's document and charts as the files that are published: Markdown, a page, a mail, CSV and JSON.

The wording is in `templates/*.j2`; a folder of the user's own may replace any template by its name. The values filled
in are foreign (names come from filings): HTML escapes them, Markdown marks in them are escaped, and CSV cells that a
spreadsheet would run as formulas are disarmed. The same document gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from .. import output
from ..errors import InputError
from ..output.amounts import UNKNOWN
from ..pipeline import price_sources

if TYPE_CHECKING:
    from jinja2 import Environment

DOCUMENT = "edition.json"
_MARKS = re.compile(r"([\\`*_\[\]|~])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", "://": "&#58;//", "www.": "www&#46;"}


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
    document: Mapping[str, Any], charts: Mapping[str, Picture], layout: Layout, templates: Path | None = None
) -> dict[str, bytes]:
    """The files of an edition by their path in its folder.

    `charts` are the pictures by name. `edition.json` is the document followed by a digest of every other file. Raises
    InputError if a template in the folder `templates` cannot be used.
    """
    files: dict[str, bytes] = {}
    for name, chart in charts.items():
        files |= {f"charts/{name}.svg": chart.svg, f"charts/{name}.dark.svg": chart.dark_svg}
        files[f"charts/{name}.png"] = chart.png
    address = f"{document['base_url']}/{document['slug']}/" if document["base_url"] else ""
    values = {"edition": document, "charts": charts, "address": address, **layout.values(document)}
    for name, template in layout.pages.items():
        files[name] = render_page(template, values, templates, layout.words)
    files |= layout.tables(document)
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    return {**files, DOCUMENT: to_json({**document, "files": digests})}


def to_json(document: Mapping[str, Any]) -> bytes:
    """The document in JSON, indented, with a newline at its end."""
    return (json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def to_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    """Rows as a CSV file that a spreadsheet shows and does not run; `columns` are those of a file without rows."""
    answer = output.Answer("", [output.Column(key, key) for key in columns], rows)
    return (output.render(answer, "csv") + "\n").encode()


def render_page(name: str, values: Mapping[str, Any], templates: Path | None = None, words: str = "words.j2") -> bytes:
    """The template `name` filled with `values`; `words` has its sentences. Raises InputError if it cannot be used."""
    import jinja2
    from markupsafe import Markup

    try:
        environment = _environment(name.endswith(".html"), templates)

        def say(part: str, **more: object) -> Markup:
            sentences = environment.get_template(words).render({**values, "part": part, **more})
            return Markup(" ".join(sentences.split()))  # noqa: S704 (escaped where it was filled in)

        text = environment.get_template(f"{name}.j2").render({**values, "say": say})
    except jinja2.TemplateSyntaxError as error:
        raise InputError(f"the template {error.name}, line {error.lineno}: {error.message}") from None
    except (jinja2.TemplateError, TypeError, ValueError, KeyError, ZeroDivisionError) as error:
        raise InputError(f"the template {name}.j2 cannot be filled: {error}") from None
    # a part that is left out leaves blank lines behind
    return (re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n").encode()


@cache
def _environment(is_html: bool, templates: Path | None) -> Environment:
    """Compiles each template once; a template of the user's own again when its file changes."""
    import jinja2

    own = [jinja2.FileSystemLoader(templates)] if templates else []
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([*own, jinja2.PackageLoader("tracker.newsletter")]),
        autoescape=is_html,  # noqa: S701 (`finalize` escapes Markdown, which needs other escapes than HTML)
        finalize=_shown if is_html else _as_markdown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"usd": output.dollars, "pct": output.percent, "plural": _plural, "count": count}
    environment.filters |= {"price": price, "figure": figure}
    environment.filters |= {"day": to_words, "verbatim": _verbatim, "source": price_sources.label_of}
    return environment


def count(value: float | None) -> str:
    """A whole number with thousands separators."""
    return "n/a" if value is None else f"{value:,.0f}"


def price(value: float | None) -> str:
    """Dollars and cents of a share; four decimals below a dollar."""
    return UNKNOWN if value is None else f"${value:,.2f}" if value >= 1 else f"${value:,.4f}"


def figure(value: float | None) -> str:
    """A ratio with two decimals."""
    return UNKNOWN if value is None else f"{value:.2f}"


def to_words(value: str) -> str:
    """A day as `January 3, 2025`."""
    day = date.fromisoformat(value)
    return f"{day:%B} {day.day}, {day.year}"


def markdown(text: str) -> str:
    """`text` as Markdown that shows it and does nothing else: no marks, no HTML, no links."""
    for mark, entity in _ENTITIES.items():
        text = text.replace(mark, entity)
    return _MARKS.sub(r"\\\1", text)


def _plural(value: float, noun: str, nouns: str | None = None) -> str:
    """Shares are counted in floats."""
    return output.plural(round(value), noun, nouns)


def _shown(value: object) -> object:
    return output.plain(value) if type(value) is str else value


def _as_markdown(value: object) -> object:
    from markupsafe import Markup

    return value if isinstance(value, Markup) else markdown(output.plain(str(value)))


def _verbatim(value: object) -> object:
    """For addresses and file names that this package makes, which are not foreign text."""
    from markupsafe import Markup

    return Markup(str(value))  # noqa: S704
