"""`tracker publish`: editions as folders, rebuilt and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..band import MICRO_CAP
from ..rankings.measures import By, Order
from .app import app
from .options import (
    ByOption,
    CapOnOption,
    CapOption,
    ExchangeOption,
    Format,
    FormatOption,
    FromOption,
    KnownOnOption,
    MinHoldersOption,
    MinPriceOption,
    MinVolumeOption,
    QuarterArgument,
    ToOption,
    WithOption,
    emit,
    settings_of,
    to_list_request,
)


@app.command("publish")
def publish_edition(
    context: typer.Context,
    quarter: QuarterArgument = None,
    title: Annotated[
        str | None, typer.Option("--title", metavar="TEXT", help="The headline.  [default: what the list is]")
    ] = None,
    slug: Annotated[
        str | None, typer.Option("--slug", metavar="NAME", help="The folder's name.  [default: from the title]")
    ] = None,
    since: FromOption = None,
    until: ToOption = None,
    cap_on: CapOnOption = None,
    cap: CapOption = str(MICRO_CAP),
    top: Annotated[int, typer.Option("--top", min=1, max=100, metavar="N", help="Length of the list.")] = 10,
    min_holders: MinHoldersOption = 1,
    min_price: MinPriceOption = None,
    min_volume: MinVolumeOption = None,
    exchange: ExchangeOption = None,
    also: WithOption = None,
    by: ByOption = By.performance,
    countdown: Annotated[bool, typer.Option("--countdown", help="Count down to rank 1.")] = False,
    known_on: KnownOnOption = None,
    base_url: Annotated[
        str | None,
        typer.Option(
            "--base-url",
            metavar="URL",
            help="Where editions/ will be served: pictures in the mail then have full addresses.",
        ),
    ] = None,
    template: Annotated[
        Path | None,
        typer.Option("--template", metavar="DIR", help="A folder of templates that replace the built-in ones by name."),
    ] = None,
    edition: Annotated[
        Path | None,
        typer.Option("--edition", metavar="FILE", help="Rebuild this edition (its edition.json), byte for byte."),
    ] = None,
    checked: Annotated[
        Path | None,
        typer.Option(
            "--check", metavar="FILE", help="Show how this edition would differ now, and why; exit code 1 if it does."
        ),
    ] = None,
    may_replace: Annotated[
        bool, typer.Option("--replace", help="Replace an edition that is published under the same name.")
    ] = False,
    form: FormatOption = Format.table,
) -> None:
    """Write an edition: the list as Markdown, page, mail, CSV and JSON.

    An edition is a folder below editions/, written all or nothing, with charts and every filing behind each stock. The
    options that choose the list are those of `tracker rank`. --edition makes a published edition again, byte for byte,
    from the data as known then; --check reports what of it would differ now, and exits with 1 if anything would.

    Example: tracker publish 2025Q3 --title "9 Best Performing Micro Cap Stocks in 2025" --from 2025-01-03
    --to 2025-12-31 --cap-on 2026-01-05 --top 9 --countdown
    """
    from ..newsletter.document import Request
    from ..newsletter.publish import check, publish, rebuild

    settings = settings_of(context)
    if checked is not None:
        answer = check(settings, checked)
        emit(answer, form, None)
        if answer.rows:
            raise typer.Exit(1)
        return
    if edition is not None:
        typer.echo(rebuild(settings, edition, template).page)
        return
    order = Order.ascending if countdown else Order.descending
    listed = to_list_request(
        quarter, since, until, cap_on, cap, known_on,
        min_holders=min_holders, min_price=min_price, min_volume=min_volume, exchange=exchange,
        with_market_makers=also is not None, by=by, order=order, top=top,
    )  # fmt: skip
    typer.echo(publish(settings, Request(listed, title, slug, base_url), template, may_replace=may_replace).page)
