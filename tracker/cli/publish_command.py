"""`tracker publish`: editions as folders, rebuilt and checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..api.values import to_tickers
from ..band import MICRO_CAP
from ..errors import SettingError
from ..rankings.measures import By, Order
from .app import app
from .options import (
    ByFilerOption,
    ByOption,
    CapOnOption,
    CapOption,
    CountryOption,
    ExchangeOption,
    Format,
    FormatOption,
    FromOption,
    KindOption,
    KnownOnOption,
    MinAgeOption,
    MinHoldersOption,
    MinPriceOption,
    MinVolumeOption,
    QuarterArgument,
    RankCarriedOption,
    SectorOption,
    ToOption,
    TotalReturnOption,
    WithOption,
    emit,
    is_default,
    own_settings_of,
    to_list_request,
)

if TYPE_CHECKING:
    from ..newsletter.publish import Published

_MOST = 100  # stocks of an edition


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
    top: Annotated[
        int | None,
        typer.Option(
            "--top", min=1, max=_MOST, metavar="N", help="Length of the list.  [default: 10, or all of --only]"
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="TICKERS", help="Only these of the list, DUOT,DERM; repeatable."),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", metavar="TICKERS", help="Leave these out, DUOT,DERM; repeatable."),
    ] = None,
    min_holders: MinHoldersOption = 1,
    min_price: MinPriceOption = None,
    min_volume: MinVolumeOption = None,
    min_age: MinAgeOption = None,
    exchange: ExchangeOption = None,
    sector: SectorOption = None,
    country: CountryOption = None,
    kind: KindOption = None,
    total_return: TotalReturnOption = False,
    by_filer: ByFilerOption = False,
    also: WithOption = None,
    by: ByOption = By.performance,
    rank_carried: RankCarriedOption = False,
    countdown: Annotated[bool, typer.Option("--countdown", help="Count down to rank 1.")] = False,
    known_on: KnownOnOption = None,
    notes: Annotated[
        Path | None,
        typer.Option(
            "--notes",
            metavar="FILE",
            help="Markdown with an introduction, a text for each ticker, a disclosure and links; pictures beside it.",
        ),
    ] = None,
    with_market: Annotated[
        bool, typer.Option("--market", help="Show the windows of `tracker market` in the introduction.")
    ] = False,
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
    options that choose the list are those of `tracker rank`; --only and --exclude choose among its stocks, and the
    number and the order follow its rules among those. --notes adds what an editor writes: the text before the first
    heading, or below `## Introduction`; below `## DUOT` of a stock on the list; below `## Disclosure` and `## Links`.
    --edition makes a published edition again, byte for byte, from the data as known then; --check reports what of it
    would differ now, and exits with 1 if anything would.

    Example: tracker publish 2025Q3 --title "9 Best Performing Micro Cap Stocks in 2025" --from 2025-01-03
    --to 2025-12-31 --cap-on 2026-01-05 --top 9 --countdown
    """
    from ..newsletter.document import Request
    from ..newsletter.editor_notes import read_notes
    from ..newsletter.publish import check, publish, rebuild

    settings = own_settings_of(context)
    if checked is not None:
        answer = check(settings, checked)
        emit(answer, form, None)
        if answer.rows:
            raise typer.Exit(1)
        return
    if edition is not None:
        _tell(rebuild(settings, edition, template))
        return
    chosen, left_out = to_tickers(only or (), "--only"), to_tickers(exclude or (), "--exclude")
    if both := sorted({*chosen} & {*left_out}):
        raise SettingError(f"{', '.join(both)}: both --only and --exclude name it; choose one")
    listed = to_list_request(
        quarter, since, until, cap_on, cap, known_on,
        min_holders=min_holders, min_price=min_price, min_volume=min_volume, min_age=min_age, exchange=exchange,
        sector=sector, country=country, kind=kind, total_return=total_return, by_filer=by_filer,
        with_market_makers=also is not None, rank_carried=rank_carried,
        by=By.holders if rank_carried and is_default(context, "by") else by,
        order=Order.ascending if countdown else Order.descending,
        only=chosen, exclude=left_out, top=top or (None if chosen else 10),
    )  # fmt: skip
    request = Request(listed, title, slug, base_url, read_notes(notes) if notes else None, with_market)
    _tell(publish(settings, request, template, may_replace=may_replace))


def _tell(published: Published) -> None:
    """The page; on stderr what was left out of the list of editions."""
    from ..output import plain

    for note in published.notes:
        typer.echo(f"warning: {plain(note)}", err=True)
    typer.echo(published.page)
