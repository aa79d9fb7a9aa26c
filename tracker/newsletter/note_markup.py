"""An editor's notes as a page, a mail and Markdown show them: escaped, and nothing but what was understood."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..output import escape_markdown
from .editor_notes import PARTS, Section, inline_of, markdown_parser, sections_of

if TYPE_CHECKING:
    from markdown_it.token import Token

_MAIL_WIDTH = 552  # pixels of a picture
_SANS = "font-family:Helvetica,Arial,sans-serif;"
_TEXT = f"{_SANS}font-size:15px;line-height:1.55;color:#1d1f23;"
_MAIL_STYLES = {
    "p": f"{_TEXT}margin:0 0 14px 0;",
    "ul": f"{_TEXT}margin:0 0 14px 0;padding-left:22px;",
    "ol": f"{_TEXT}margin:0 0 14px 0;padding-left:22px;",
    "blockquote": "margin:0 0 14px 0;padding:0 0 0 14px;border-left:3px solid #e3e5e8;",
    "a": "color:#0072b2;",
    "hr": "border:0;border-top:1px solid #e3e5e8;margin:0 0 14px 0;",
    **dict.fromkeys(("h3", "h4", "h5", "h6"), f"{_SANS}font-size:16px;line-height:1.3;color:#1d1f23;margin:0 0 8px 0;"),
}
_AT_START = re.compile(r"^(\s*)(?:([#+=-])|(\d+)([.)]))")


def show_notes(notes: Mapping[str, Any] | None, address: str) -> dict[str, Any]:
    """The parts of a document's notes as its files show them: by part, then by `page`, `mail` and `markdown`.

    Every one of PARTS is there, None if it was not written; tickers are there if they were. `address` begins the
    addresses of pictures outside of the page.
    """
    shown: dict[str, Any] = dict.fromkeys(PARTS)
    if notes is None:
        return shown
    for name, section in sections_of(notes["text"]).items():
        shown[name] = {
            "page": _html(section, notes["pictures"], "", is_mail=False),
            "mail": _html(section, notes["pictures"], address, is_mail=True),
            "markdown": _markdown(section, notes["pictures"], address),
        }
    return shown


def _html(section: Section, pictures: Mapping[str, Any], address: str, *, is_mail: bool) -> Any:
    from markupsafe import Markup

    parser = markdown_parser()
    written = Section(section.line, copy.deepcopy(section.tokens))
    for image in inline_of(written, "image"):
        picture = pictures[str(image.attrs["src"])]
        width = min(picture["width"], _MAIL_WIDTH) if is_mail else picture["width"]
        image.attrs |= {"src": f"{address}{picture['file']}", "width": width}
        image.attrs |= (
            {"style": "display:block;max-width:100%;height:auto;border:0;"}
            if is_mail
            else {"height": picture["height"], "loading": "lazy"}
        )
    for link in inline_of(written, "link_open"):
        link.attrs |= {"rel": "noopener"}
    if is_mail:
        for token in (inner for outer in written.tokens for inner in (outer, *(outer.children or ()))):
            if token.nesting >= 0 and token.tag in _MAIL_STYLES:
                token.attrs |= {"style": _MAIL_STYLES[token.tag]}
    return Markup(parser.renderer.render(written.tokens, parser.options, {}))  # noqa: S704 (the renderer escapes)


def _markdown(section: Section, pictures: Mapping[str, Any], address: str) -> Any:
    """Written anew, token by token, so that another reader of Markdown sees in it what this one has seen."""
    from markupsafe import Markup

    lines: list[str] = []
    prefixes: list[str] = []  # of the lines of each open list item and quotation
    numbers: list[int | None] = []
    for token in section.tokens:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                is_ordered = token.type.startswith("ordered")
                numbers.append(int(token.attrs.get("start", 1)) if is_ordered else None)
            case "bullet_list_close" | "ordered_list_close":
                numbers.pop()
            case "list_item_open":
                number = numbers[-1]
                mark = "- " if number is None else f"{number}. "
                numbers[-1] = None if number is None else number + 1
                prefixes.append(mark)
            case "blockquote_open":
                prefixes.append("> ")
            case "list_item_close" | "blockquote_close":
                prefixes.pop()
                lines.append("".join(prefixes).rstrip())
            case "heading_open":
                prefixes.append(f"{token.markup} ")
            case "heading_close":
                prefixes.pop()
            case "hr":
                lines += [f"{''.join(prefixes)}***", ""]
            case "inline":
                text = _inline(token.children or (), pictures, address)
                text = _AT_START.sub(r"\1\\\2\3\4" if text[:1] in "#+=-" else r"\1\3\\\4", text)
                line = f"{''.join(prefixes)}{text}"
                prefixes = [prefix if prefix == "> " else " " * len(prefix) for prefix in prefixes]
                lines += [line, "".join(prefixes).rstrip()]
    return Markup("\n".join(lines).strip("\n"))  # noqa: S704 (`_inline` escapes)


def _inline(tokens: Sequence[Token], pictures: Mapping[str, Any], address: str) -> str:
    text, links = "", []
    for token in tokens:
        match token.type:
            case "text":
                text += escape_markdown(token.content)
            case "softbreak" | "hardbreak":
                text += " "
            case "em_open" | "em_close":
                text += "*"
            case "strong_open" | "strong_close":
                text += "**"
            case "link_open":
                links.append(str(token.attrs["href"]))
                text += "["
            case "link_close":
                text += f"](<{links.pop()}>)"
            case "image":
                picture = pictures[str(token.attrs["src"])]
                text += f"![{escape_markdown(token.content)}]({address}{picture['file']})"
    return text
