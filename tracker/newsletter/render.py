"""An edition's document and charts as the files that go out: Markdown, a page, a mail, CSV and JSON.

The words stand in `templates/*.j2`; a folder of the user's may replace any of them by its name. What is filled in is
foreign (names come from filings): HTML escapes it, Markdown marks in it are escaped, and CSV cells that a spreadsheet
would run as formulas are disarmed. The same document gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from .. import output
from ..errors import InputError
from ..pipeline import price_sources

if TYPE_CHECKING:
    from jinja2 import Environment

DOCUMENT = "edition.json"
PAGES = ("index.md", "index.html", "mail.html")
_SCALES = ((1e12, "Trillion"), (1e9, "Billion"), (1e6, "Million"), (1e3, "Thousand"))
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


def render(
    document: Mapping[str, Any], charts: Mapping[str, Picture], templates: Path | None = None
) -> dict[str, bytes]:
    """The files of an edition by their path in its folder.

    `document` is what `editions.gather` says; `charts` are `band`, `price-<chart>` and `holders-<chart>` of its stocks.
    In `edition.json` the document is followed by a digest of every other file. Raises InputError where a template of
    the folder `templates` cannot be used.
    """
    files: dict[str, bytes] = {}
    for name, chart in charts.items():
        files |= {f"charts/{name}.svg": chart.svg, f"charts/{name}.dark.svg": chart.dark_svg}
        files[f"charts/{name}.png"] = chart.png
    address = f"{document['base_url']}/{document['slug']}/" if document["base_url"] else ""
    known = {
        "edition": document,
        "charts": charts,
        "stocks": _stocks(document),
        "held_back": _held_back(document),
        "address": address,
    }
    for name in PAGES:
        files[name] = render_page(name, known, templates)
    files["list.csv"] = _csv(document)
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    return {**files, DOCUMENT: to_json({**document, "files": digests})}


def to_json(document: Mapping[str, Any]) -> bytes:
    """The document in JSON, indented, with a newline at its end."""
    return (json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def render_page(name: str, known: Mapping[str, Any], templates: Path | None = None) -> bytes:
    """The template `name` filled with what is `known`. Raises InputError where it cannot be used."""
    import jinja2
    from markupsafe import Markup

    try:
        environment = _environment(name, templates)

        def say(part: str, **more: object) -> Markup:
            told = environment.get_template("words.j2").render({**known, "part": part, **more})
            return Markup(" ".join(told.split()))  # noqa: S704 (escaped where it was filled in)

        text = environment.get_template(f"{name}.j2").render({**known, "say": say})
    except jinja2.TemplateSyntaxError as error:
        raise InputError(f"the template {error.name}, line {error.lineno}: {error.message}") from None
    except (jinja2.TemplateError, TypeError, ValueError, KeyError, ZeroDivisionError) as error:
        raise InputError(f"the template {name}.j2 cannot be filled: {error}") from None
    # a template is written in lines; what is left out would leave blank ones
    return (re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n").encode()


def _environment(name: str, templates: Path | None) -> Environment:
    import jinja2

    is_html = name.endswith(".html")
    own = [jinja2.FileSystemLoader(templates)] if templates else []
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([*own, jinja2.PackageLoader("tracker.newsletter")]),
        autoescape=is_html,  # noqa: S701 (Markdown is escaped by `finalize`: HTML's way would not do)
        finalize=_shown if is_html else _as_markdown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"usd": dollars, "pct": percent, "change": change, "day": to_words, "count": count}
    environment.filters |= {"verbatim": _verbatim, "source": price_sources.label_of}
    return environment


def dollars(value: float | None) -> str:
    """Dollars in words: `$205.17 Million`; `n/a` where unknown."""
    if value is None:
        return "n/a"
    for size, word in _SCALES:
        if round(abs(value) / size * 1000, 2) >= 1000:
            return f"${value / size:,.2f} {word}"
    return f"${value:,.0f}"


def percent(value: float | None, sign: str = "") -> str:
    """A percentage with two decimals: `49.20%`; with the sign `+`, rises carry it. `n/a` where unknown."""
    if value is None:
        return "n/a"
    return f"{value:+,.2f}%" if sign else f"{value:,.2f}%"


def change(value: int | None) -> str:
    """A difference of counts in words: `2 more than`, `1 fewer than`, `as many as`."""
    if value is None:
        return "n/a"
    return f"{value:,} more than" if value > 0 else f"{-value:,} fewer than" if value < 0 else "as many as"


def count(value: float | None) -> str:
    """A whole number with thousands apart."""
    return "n/a" if value is None else f"{value:,.0f}"


def to_words(value: str) -> str:
    """A day as `January 3, 2025`."""
    day = date.fromisoformat(value)
    return f"{day:%B} {day.day}, {day.year}"


def markdown(text: str) -> str:
    """`text` as Markdown that shows it and does nothing else: no marks, no HTML, no links."""
    for found, entity in _ENTITIES.items():
        text = text.replace(found, entity)
    return _MARKS.sub(r"\\\1", text)


def _shown(value: object) -> object:
    return output.plain(value) if type(value) is str else value


def _as_markdown(value: object) -> object:
    from markupsafe import Markup

    return value if isinstance(value, Markup) else markdown(output.plain(str(value)))


def _verbatim(value: object) -> object:
    """For addresses and file names that this package makes: they are no foreign text."""
    from markupsafe import Markup

    return Markup(str(value))  # noqa: S704


def _stocks(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each row with what is told of its stock, in the order of the list."""
    told = {stock["ticker"]: stock for stock in document["stocks"]}
    return [{**row, **told[row["ticker"]]} for row in document["rows"]]


def _held_back(document: Mapping[str, Any]) -> dict[str, Any]:
    """`unclear`: rows to be told one by one; `groups`: tickers by the kind of reason, as they are many."""
    groups: dict[str, list[str]] = {}
    for row in document["held_back"]:
        if row["kind"] != "unclear":
            groups.setdefault(row["kind"], []).append(row["ticker"])
    return {"unclear": [row for row in document["held_back"] if row["kind"] == "unclear"], "groups": groups}


def _csv(document: Mapping[str, Any]) -> bytes:
    columns = [output.Column(key, key) for key in (document["rows"] or [{"rank": 0}])[0]]
    return (output.render(output.Answer("", columns, document["rows"]), "csv") + "\n").encode()
