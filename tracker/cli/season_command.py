"""`tracker season`: a filing season on a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from .. import output as formats
from ..api.values import to_day
from ..band import MICRO_CAP
from .app import app
from .options import (
    CapOption,
    MinHoldersOption,
    NoNotesOption,
    OutputOption,
    QuarterArgument,
    settings_of,
    to_list_request,
)

PAGES = ("html", "atom", "eml")  # what is written beside the formats of every answer

if TYPE_CHECKING:

    class SeasonFormat(StrEnum):
        """How a season is written."""

        table = "table"
else:
    SeasonFormat = StrEnum("SeasonFormat", {name: name for name in dict.fromkeys((*formats.FORMATS, *PAGES))})


class Part(StrEnum):
    """What is shown of a season."""

    everything = "everything"
    news = "news"
    days = "days"
    filed = "filed"
    awaited = "awaited"


@app.command("season")
def show_season(
    context: typer.Context,
    quarter: QuarterArgument = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="DATE", help="Filed on this day or later is new.  [default: the weekday before]"
        ),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option("--on", metavar="DATE", help="The season as it was known on this day.  [default: today]"),
    ] = None,
    show: Annotated[Part, typer.Option("--show", help="Which part; CSV of everything has the news.")] = Part.everything,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Write nothing at all if no hedge fund has filed since: for cron.")
    ] = False,
    stake: Annotated[
        float | None,
        typer.Option(
            "--stake", min=0.01, max=100, metavar="PCT", help="A stake of so much of a company is large.  [default: 5]"
        ),
    ] = None,
    mail: Annotated[bool, typer.Option("--mail", help="Also send it by mail; see TRACKER_MAIL_HOST.")] = False,
    cap: CapOption = str(MICRO_CAP),
    min_holders: MinHoldersOption = 1,
    list_top: Annotated[
        int | None,
        typer.Option("--list-top", min=1, max=1_000_000, metavar="N", help="Length of the list.  [default: all]"),
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option(
            "--rows",
            min=1,
            max=1_000_000,
            metavar="N",
            help="Rows of each part, and of each kind of news.  [default: 10; of one part all]",
        ),
    ] = None,
    form: Annotated[
        SeasonFormat, typer.Option("--format", "-f", help="How to write it; atom is a feed, eml a mail.")
    ] = SeasonFormat.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """Show who has filed, who is awaited, and what is new on the list.

    News are stocks that entered or left the list, hedge funds gained and lost as holders, and large stakes. Compared
    are the list as known on the day and as known before --since, at the same prices. The list ranks the stocks of the
    band by the hedge funds that reported them or are awaited with them; --list-top cuts it. --on answers for a day of
    the past. Exit codes: 0, also if nothing is new; 1 for an error; 2 for wrong usage.

    Example: tracker season 2025Q3 --on 2025-11-14 --since 2025-11-13
    """
    from ..reports.season import SeasonRequest, season
    from ..reports.season_news import STAKE_PCT

    settings = settings_of(context)
    listed = to_list_request(quarter, None, None, None, cap, None, min_holders=min_holders, top=list_top)
    request = SeasonRequest(
        date.today(), listed.quarter, to_day(on, "--on"), to_day(since, "--since"), listed, stake or STAKE_PCT
    )  # fmt: skip
    found = season(settings, request)
    if quiet and not found.is_news:
        return
    if no_notes:
        found = replace(found, shows_notes=False)
    from .season_output import mail_season, write_season

    write_season(found, form.value, show.value, rows, output)
    if mail:
        mail_season(found, show.value, rows, settings.home)
