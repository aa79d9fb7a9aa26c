"""What an editor writes for an edition: an introduction, a text and pictures per stock, a disclosure, links.

One file of Markdown. What stands before the first heading is the introduction; each `## TICKER` begins the text of a
stock on the list, `## Introduction`, `## Disclosure` and `## Links` those parts. Emphasis, lists, quotations, smaller
headings, links (http and https) and pictures beside the file are understood; everything else, HTML above all, is shown
as the text that it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import InputError
from ..securities.tickers import read_listing
from . import note_pictures

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_CHARACTERS = 200_000
INTRODUCTION, DISCLOSURE, LINKS = PARTS = ("introduction", "disclosure", "links")
"""the names of what is not about one stock"""
_RULES = (
    "heading", "list", "blockquote", "hr", "reference", "emphasis", "link", "image", "autolink", "escape", "entity",
    "newline",
)  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True)
class Notes:
    """The text, the folder of its pictures, and how errors name it."""

    text: str
    folder: Path
    name: str = "the notes"


@dataclass(frozen=True)
class Section:
    """The Markdown tokens of a part, and the line of its heading."""

    line: int
    tokens: list[Token]


def read_notes(path: Path) -> Notes:
    """The notes in a file, checked as far as that needs no list. Raises InputError."""
    try:
        if not path.is_file():
            raise InputError(f"--notes {path} is not a file; name one of Markdown, such as notes.md")
        with path.open("rb") as file:
            data = file.read(4 * MAX_CHARACTERS + 1)
        notes = Notes(data.decode("utf-8-sig").replace("\r\n", "\n"), path.parent, str(path))
    except OSError as error:
        raise InputError(f"--notes {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"--notes {path} is not UTF-8 text; save it as that") from None
    read_pictures(notes)
    return notes


def read_pictures(notes: Notes) -> dict[str, bytes]:
    """The pictures that the notes show, by name. Raises InputError."""
    sections = sections_of(notes.text, notes.name)
    names = [str(token.attrs["src"]) for section in sections.values() for token in inline_of(section, "image")]
    return note_pictures.read_pictures(notes.folder, names)


def describe(notes: Notes, tickers: Collection[str], pictures: Mapping[str, bytes]) -> dict[str, Any]:
    """What a document has of the notes: `text`, and `pictures` (see `note_pictures.describe`).

    Raises InputError if a section is about no stock of the list.
    """
    for name, section in sections_of(notes.text, notes.name).items():
        if name not in PARTS and name not in tickers:
            raise InputError(
                f"{notes.name}, line {section.line}: {name} is not on the list; the sections are the tickers of "
                "the list, Introduction, Disclosure and Links"
            )
    return {"text": notes.text, "pictures": note_pictures.describe(pictures)}


def sections_of(text: str, name: str = "the notes") -> dict[str, Section]:
    """The parts by their names (PARTS, tickers), without those that are empty.

    Raises InputError for a link that is not http(s), a picture without a description, and a part that comes twice.
    """
    if len(text) > MAX_CHARACTERS:
        raise InputError(f"{name} has more than {MAX_CHARACTERS:,} characters; shorten it")
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise InputError(f"{name}, line {line}: a control character; remove it")
    parser = markdown_parser()
    sections = {INTRODUCTION: Section(1, [])}
    here = sections[INTRODUCTION]
    tokens = iter(parser.parse(text))
    for token in tokens:
        line = token.map[0] + 1 if token.map else here.line
        if token.type == "heading_open" and token.level == 0 and token.tag in ("h1", "h2"):
            title = next(tokens).content
            next(tokens)
            if token.tag == "h1":
                raise InputError(f"{name}, line {line}: the headline is --title; begin a section with ##")
            key = _key(title)
            if key in sections and (key != INTRODUCTION or sections[key].tokens):
                raise InputError(f"{name}, line {line}: a second section {title!r:.60}; make them one")
            here = sections[key] = Section(line, [])
            continue
        here.tokens.append(token)
        _check(token, f"{name}, line {line}")
    return {key: section for key, section in sections.items() if section.tokens}


def inline_of(section: Section, kind: str) -> Iterator[Token]:
    """The tokens of a kind within the paragraphs of a section, in their order."""
    return (child for token in section.tokens for child in token.children or () if child.type == kind)


@cache
def markdown_parser() -> MarkdownIt:
    """Understands what this module's docstring names, and no HTML."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("zero", {"html": False}).enable(_RULES)
    parser.validateLink = lambda url: True  # type: ignore[method-assign] # `_check` refuses those that lead elsewhere
    return parser


def _key(title: str) -> str:
    name = title.strip()
    return name.lower() if name.lower() in PARTS else read_listing(name)


def _check(token: Token, where: str) -> None:
    for child in token.children or ():
        if child.type == "link_open" and not _is_address(str(child.attrs["href"])):
            raise InputError(f"{where}: a link leads to an http or https address, not to {child.attrs['href']!r:.80}")
        if child.type == "image" and not child.content.strip():
            raise InputError(f"{where}: a picture without a description; write ![what it shows]({child.attrs['src']})")


def _is_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
