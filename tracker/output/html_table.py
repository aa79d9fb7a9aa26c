"""An answer as a piece of HTML: for a page of your own, and for notebooks."""

from __future__ import annotations

from .amounts import cells
from .answer import Answer
from .targets import Target, safe

_STYLE = "border-collapse:collapse;font-variant-numeric:tabular-nums"


def render_html(answer: Answer) -> str:
    """A table with the columns that people see, the title as its caption and the notes folded below it.

    All text is escaped; there is no script, and nothing is loaded from elsewhere.
    """
    parts = [f'<div class="tracker"><table style="{_STYLE}">', f"<caption>{safe(answer.title, Target.HTML)}</caption>"]
    head = "".join(_cell("th", column.heading, column.is_text) for column in answer.columns)
    parts += [f"<thead><tr>{head}</tr></thead>", "<tbody>"]
    are_texts = [column.is_text for column in answer.columns]
    for row in cells(answer):
        parts.append("<tr>" + "".join(_cell("td", *cell) for cell in zip(row, are_texts, strict=True)) + "</tr>")
    parts.append("</tbody></table>")
    if answer.notes:
        notes = "".join(f"<li>{safe(note, Target.HTML)}</li>" for note in answer.notes)
        parts.append(f"<details><summary>Notes ({len(answer.notes)})</summary><ul>{notes}</ul></details>")
    return "\n".join([*parts, "</div>"])


def _cell(tag: str, text: str, is_text: bool) -> str:
    return f'<{tag} style="text-align:{"left" if is_text else "right"}">{safe(text, Target.HTML)}</{tag}>'
