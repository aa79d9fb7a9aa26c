"""How a season is written: its parts below each other, or as one document."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import typer

from ..files import chosen_file, write_atomic
from ..output import FORMATS, Answer, look_of, plain, plural, render
from ..reports.season import Season, Section

_FEW = 10  # rows of a part, and of each kind of news, for people, unless they ask for more


def write_season(season: Season, form: str, show: str, rows: int | None, path: Path | None) -> None:
    """Write the season to `path`, all or nothing, else to stdout; `show` is a part, or everything.

    Raises SettingError if the path cannot be written.
    """
    text = _text(season, form, show, rows, is_terminal=path is None)
    if path is None:
        typer.echo(text)
        return
    with chosen_file(path, f"--output {path}") as chosen:
        write_atomic(chosen, (text.rstrip("\n") + "\n").encode())
    typer.echo(f"written: {path}", err=True)


def mail_season(season: Season, show: str, rows: int | None, home: Path) -> None:
    """Send the season by mail. Raises SettingError without a mail server, SourceError if that fails."""
    from ..delivery.mail_settings import read_mail_settings
    from ..delivery.smtp import send_mail

    settings = read_mail_settings(home, os.environ)
    parts = _few(_parts(season, show), rows)
    message = _mail(season, parts, datetime.now(UTC), settings.sender, settings.recipients)
    for refused in send_mail(settings, message):
        typer.echo(f"warning: the mail server refused {plain(refused)}; others were sent it", err=True)


def _text(season: Season, form: str, show: str, rows: int | None, is_terminal: bool) -> str:
    answers = _parts(season, show)
    cut = _few(answers, rows)
    pages: dict[str, Callable[[], str]] = {
        "json": lambda: render(answers[0] if show in list(Section) else season.whole(), "json"),
        "csv": lambda: render(answers[0], "csv"),
        "atom": lambda: _feed(season),
        "html": lambda: _page(season, cut),
        "eml": lambda: _mail(season, cut, datetime.combine(season.on, time())).decode("ascii"),
    }
    if form in pages:
        return pages[form]()
    show_on = FORMATS[form].show
    look = look_of(sys.stdout, os.environ) if show_on and is_terminal else None
    title = f"# {plain(season.title)}" if form == "md" else plain(season.title)
    texts = [show_on(answer, look) if show_on and look else render(answer, form) for answer in cut]
    return "\n\n".join([title, *texts])


def _parts(season: Season, show: str) -> list[Answer]:
    """The part that is asked for, else all."""
    return [season.answer(part) for part in Section if show in (part, "everything")]


def _few(answers: list[Answer], rows: int | None) -> list[Answer]:
    """The parts as people see them: all of a single one, some rows of each of several."""
    return [_cut(answer, rows or (_FEW if len(answers) > 1 else None)) for answer in answers]


def _cut(answer: Answer, rows: int | None) -> Answer:
    """The first rows, of news those of each kind, and a note on how many more there are."""
    if not rows:
        return answer
    places: Counter[object] = Counter()
    few = []
    for row in answer.rows:
        places[row.get("kind")] += 1
        if places[row.get("kind")] <= rows:
            few.append(row)
    more = len(answer.rows) - len(few)
    if not more:
        return answer
    note = f"And {plural(more, 'more row')}: `tracker season --show {answer.facts['part']}` has all."
    return replace(answer, rows=few, notes=[note, *answer.notes])


def _feed(season: Season) -> str:
    from ..newsletter.season_feed import render_feed

    return render_feed(season)


def _page(season: Season, answers: list[Answer]) -> str:
    from ..newsletter.digest import render_digest

    return render_digest(season.title, answers)


def _mail(
    season: Season, answers: list[Answer], at: datetime, sender: str | None = None, recipients: tuple[str, ...] = ()
) -> bytes:
    from ..delivery.mail_message import compose
    from ..newsletter.digest import render_digest

    text = "\n\n".join([plain(season.title), *(render(answer, "table") for answer in answers)])
    html = render_digest(season.title, answers, is_mail=True)
    return compose(season.title, text, html, at, sender, recipients)
