"""The command that publishes: editions as folders, rebuilt and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .app import app
from .options import (
    By,
    Format,
    FormatOption,
    KnownOnOption,
    emit,
    parse_band,
    settings_of,
    to_day,
    to_end,
    to_quarter,
    to_start,
)


@app.command("publish")
def publish_edition(
    context: typer.Context,
    quarter: Annotated[str | None, typer.Argument(help="2025Q3.  [default: the newest loaded]")] = None,
    title: Annotated[str | None, typer.Option("--title", help="The headline.  [default: what the list is]")] = None,
    slug: Annotated[str | None, typer.Option("--slug", help="The folder's name.  [default: from the title]")] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="Base, as for `rank`.  [default: end of the year before --to]")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="End, as for `rank`.  [default: the newest price]")] = None,
    cap_on: Annotated[str | None, typer.Option("--cap-on", help="Date of the market caps.  [default: --to]")] = None,
    cap: Annotated[
        str, typer.Option("--cap", help="Market-cap band in dollars; K, M and B are understood.")
    ] = "50M:300M",
    top: Annotated[int, typer.Option("--top", min=1, max=100, help="Length of the list.")] = 10,
    min_holders: Annotated[int, typer.Option("--min-holders", min=0, help="Fewest hedge funds that must hold it.")] = 1,
    min_price: Annotated[float | None, typer.Option("--min-price", min=0, help="Lowest close on the cap date.")] = None,
    min_volume: Annotated[
        float | None, typer.Option("--min-volume", min=0, help="Fewest shares traded on a typical day (median of 20).")
    ] = None,
    exchange: Annotated[
        list[str] | None, typer.Option("--exchange", help="NASDAQ, NYSE or AMEX; again for more.")
    ] = None,
    by: Annotated[By, typer.Option("--by", help="What rank 1 is best at.")] = By.performance,
    countdown: Annotated[bool, typer.Option("--countdown", help="Count down to rank 1.")] = False,
    known_on: KnownOnOption = None,
    base_url: Annotated[
        str | None,
        typer.Option(
            "--base-url", help="Where editions/ will be served: pictures in the mail then have full addresses."
        ),
    ] = None,
    template: Annotated[
        Path | None, typer.Option("--template", help="A folder with templates that replace ours, by their names.")
    ] = None,
    edition: Annotated[
        Path | None, typer.Option("--edition", help="Make this edition (its edition.json) again, byte for byte.")
    ] = None,
    checked: Annotated[
        Path | None,
        typer.Option("--check", help="Say what of this edition would differ now, and why; exit code 1 if anything."),
    ] = None,
    form: FormatOption = Format.table,
) -> None:
    """Write an edition: the list as Markdown, page, mail, CSV and JSON.

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
    low, high = parse_band(cap)
    base, from_low = to_start(since, "--from")
    chosen: dict[str, Any] = {
        "base_date": base,
        "end_date": to_end(until, "--to"),
        "cap_date": to_day(cap_on, "--cap-on"),
        "cap_min_usd": low,
        "cap_max_usd": high,
        "min_holders": min_holders,
        "min_price": min_price,
        "min_volume": min_volume,
        "exchange": tuple(exchange or ()),
        "from_low": from_low,
        "by": by.value,
        "order": "ascending" if countdown else "descending",
        "top": top,
    }
    request = Request(to_quarter(quarter), title, slug, base_url, to_day(known_on, "--known-on"), chosen)
    typer.echo(publish(settings, request, template).page)
