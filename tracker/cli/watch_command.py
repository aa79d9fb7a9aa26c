"""`tracker watch`: what is new for a watch-list, each event once."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..api.values import to_quarter
from ..errors import TrackerError
from .app import app
from .options import Format, FormatOption, NoNotesOption, OutputOption, QuarterOption, emit, own_settings_of

if TYPE_CHECKING:
    from ..delivery.channels import Channel, Events
    from ..delivery.told import Told

_NEWS = 1  # errors exit with 3 (`app`), so that a script can tell them apart


@app.command("watch")
def watch_names(
    context: typer.Context,
    quarter: QuarterOption = None,
    webhook: Annotated[
        str | None, typer.Option("--webhook", metavar="URL", help="Also post what is new there, as JSON.")
    ] = None,
    mail: Annotated[bool, typer.Option("--mail", help="Also send what is new by mail; see TRACKER_MAIL_HOST.")] = False,
    peek: Annotated[bool, typer.Option("--peek", help="Only print it, and mark nothing as told.")] = False,
    seen: Annotated[bool, typer.Option("--seen", help="Tell nothing, and mark everything as told.")] = False,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """Print what is new on your watch-list, each event once.

    Of the tickers in watch.toml, moves of hedge funds are told; of its funds, filings and what they bought and sold on
    the list; of the list, stocks that reach its thresholds. Nothing is printed if nothing is new. What was delivered is
    kept in watch_told.json, for the terminal, each webhook and mail apart; a run that is killed between a delivery and
    its mark repeats that one, so a receiver should go by the events' ids. Exit codes: 0 if nothing is new; 1 if
    anything is; 2 for wrong usage; 3 for an error, also if the mail server or the webhook failed.

    Example: tracker watch --mail
    """
    from ..delivery.channels import mark, unseen
    from ..delivery.told import Told, channel_name
    from ..reports.watch import to_answer, watch
    from ..store import Store
    from ..store.write_lock import hold

    settings, wanted = own_settings_of(context), to_quarter(quarter)
    others = [*([_webhook(webhook)] if webhook is not None else []), *([_mail(settings.home)] if mail else [])]
    with Store(settings) as store:
        store.require_quarter(wanted)
    with nullcontext() if peek else hold(settings.db / "watch.lock"):
        told = Told.read(settings.home)
        watched = watch(settings, wanted, told.is_watched)
        by_quarter = {str(each.quarter): each.events for each in watched}
        screen = channel_name("print")
        if seen:
            for name in [screen, *(channel.name for channel in others)]:
                mark(told, name, [event for events in by_quarter.values() for event in events], by_quarter)
            return
        events = unseen(told, screen, by_quarter)
        if events or peek or form is not Format.table:
            notes = dict.fromkeys(note for each in watched for note in each.notes)
            emit(to_answer(events, list(notes)), form, output, no_notes=no_notes)
            sys.stdout.flush()
        is_new = bool(events)
        if not peek:
            mark(told, screen, events, by_quarter)
            is_new = _deliver(told, others, by_quarter) or is_new
    raise typer.Exit(_NEWS if is_new else 0)


def _deliver(told: Told, channels: list[Channel], by_quarter: dict[str, Events]) -> bool:
    """Whether anything was new for a channel. One that fails holds up no other; its error is raised at the end."""
    from ..delivery.channels import deliver

    count, problems = 0, list[TrackerError]()
    for channel in channels:
        try:
            count += deliver(told, channel, by_quarter)
        except TrackerError as problem:
            problems.append(problem)
    if problems:
        raise type(problems[0])("; ".join(map(str, problems)))
    return count > 0


def _webhook(url: str) -> Channel:
    """Posts the events to an address, which is checked at once."""
    from ..delivery.channels import Channel
    from ..delivery.told import channel_name
    from ..delivery.webhook import parse_webhook, post_json

    webhook = parse_webhook(url)

    def send(events: Events) -> None:
        post_json(webhook, _document(events), _key(events))

    return Channel(channel_name("webhook", url), send)


def _mail(home: Path) -> Channel:
    """Sends the events by mail; the settings are checked at once."""
    from ..delivery.channels import Channel
    from ..delivery.mail_message import compose
    from ..delivery.mail_settings import read_mail_settings
    from ..delivery.smtp import send_mail
    from ..delivery.told import channel_name
    from ..newsletter.digest import render_digest
    from ..output import plain, render
    from ..reports.watch import to_answer

    settings = read_mail_settings(home, os.environ)

    def send(events: Events) -> None:
        answer = to_answer(events, [])
        html = render_digest(answer.title, [answer], is_mail=True)
        message = compose(
            f"{answer.title}: {_names(events)}", render(answer, "table"), html, datetime.now(UTC),
            settings.sender, settings.recipients,
        )  # fmt: skip
        for refused in send_mail(settings, message):
            typer.echo(f"warning: the mail server refused {plain(refused)}; others were sent it", err=True)

    return Channel(channel_name("mail"), send)


def _document(events: Events) -> dict[str, Any]:
    """What a webhook is sent: the JSON of the answer."""
    from ..output import render
    from ..reports.watch import to_answer

    document = json.loads(render(to_answer(events, []), "json"))
    assert isinstance(document, dict)
    return document


def _key(events: Events) -> str:
    """The same events have the same key, so that a receiver knows a message that comes twice."""
    return hashlib.sha256("\n".join(event["id"] for event in events).encode()).hexdigest()


def _names(events: Events) -> str:
    """The first tickers and funds, for a subject."""
    names = list(dict.fromkeys(event["ticker"] or event["family"] or "" for event in events))
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
