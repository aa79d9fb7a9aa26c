"""`tracker rank`: the ranked list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..band import MICRO_CAP
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
    NoNotesOption,
    OutputOption,
    QuarterArgument,
    RankCarriedOption,
    SectorOption,
    ToOption,
    TopOption,
    TotalReturnOption,
    WithOption,
    emit,
    is_default,
    questions_of,
    refuse_options,
)

_ROWS_SHOWN = 25


@app.command("rank")
def rank_stocks(
    context: typer.Context,
    quarter: QuarterArgument = None,
    since: FromOption = None,
    until: ToOption = None,
    cap_on: CapOnOption = None,
    cap: CapOption = str(MICRO_CAP),
    top: TopOption = None,
    min_holders: MinHoldersOption = 1,
    min_price: MinPriceOption = None,
    min_volume: MinVolumeOption = None,
    min_age: MinAgeOption = None,
    exchange: ExchangeOption = None,
    sector: SectorOption = None,
    country: CountryOption = None,
    kind: KindOption = None,
    total_return: TotalReturnOption = False,
    explain_filters: Annotated[
        bool, typer.Option("--explain-filters", help="Show how many stocks each filter removed instead.")
    ] = False,
    by_filer: ByFilerOption = False,
    also: WithOption = None,
    by: ByOption = By.performance,
    rank_carried: RankCarriedOption = False,
    order: Annotated[
        Order, typer.Option("--order", help="Print rank 1 first, or count down to it (ascending).")
    ] = Order.descending,
    known_on: KnownOnOption = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", metavar="FILE", help="A published list (--format json): show what would differ now, and why."
        ),
    ] = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """Rank micro-caps by performance or by what hedge funds hold of them.

    The list has every stock in the market-cap band with at least one hedge-fund holder, of which a table shows 25
    unless --top says otherwise; the notes below it state every parameter and name what was held back. A price on a date
    is the last close on or before it, at most 7 days old. Change compares only families that reported for this quarter
    and the one before. Until 95% of those of the quarter before have reported, the list also shows how many hold it
    with the awaited, and --rank-carried orders by that. --explain-filters shows how many names each filter removed.
    --known-on ranks with only what had been filed by a day; --against shows what of a list published before would
    differ now, and which filing caused it.

    Example: tracker rank 2025Q3 --from 2025-01-03 --to 2025-12-31 --cap-on 2026-01-05 --top 9
    """
    home = questions_of(context)
    if against is not None:
        refuse_options(context, "--against", ("quarter", "against", "known_on", "form", "output", "no_notes"))
        emit(home.list_changes(against, quarter, known_on=known_on), form, output, no_notes=no_notes)
        return
    answer = home.rank(
        quarter, since, until, cap_on=cap_on, cap=cap, known_on=known_on,
        min_holders=min_holders, min_price=min_price, min_volume=min_volume, min_age=min_age,
        exchange=exchange or (), sector=sector or (), country=country or (), kind=kind or (),
        total_return=total_return, by_filer=by_filer, with_market_makers=also is not None,
        by=None if is_default(context, "by") else by, rank_carried=rank_carried, order=order, top=top,
        show_filters=explain_filters,
    )  # fmt: skip
    emit(
        answer,
        form,
        output,
        no_notes=no_notes,
        rows_shown=None if top or explain_filters else _ROWS_SHOWN,
        is_countdown=order == Order.ascending,
    )
