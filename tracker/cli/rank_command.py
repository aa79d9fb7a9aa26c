"""`tracker rank`: the ranked list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .app import app
from .options import (
    By,
    ByFilerOption,
    Format,
    FormatOption,
    KnownOnOption,
    Order,
    OutputOption,
    emit,
    parse_band,
    settings_of,
    to_day,
    to_end,
    to_quarter,
    to_start,
)


@app.command("rank")
def rank_stocks(
    context: typer.Context,
    quarter: Annotated[str | None, typer.Argument(help="2025Q3.  [default: the newest loaded]")] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Base: 2025-01-03, a quarter, or `low` (`low:2025-01-03`) for each stock's lowest close since.  "
            "[default: end of the year before --to]",
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="End: a date, or a quarter.  [default: the newest price]")
    ] = None,
    cap_on: Annotated[str | None, typer.Option("--cap-on", help="Date of the market caps.  [default: --to]")] = None,
    cap: Annotated[
        str, typer.Option("--cap", help="Market-cap band in dollars; K, M and B are understood.")
    ] = "50M:300M",
    top: Annotated[int | None, typer.Option("--top", min=1, help="Length of the list.  [default: all]")] = None,
    min_holders: Annotated[int, typer.Option("--min-holders", min=0, help="Fewest hedge funds that must hold it.")] = 1,
    min_price: Annotated[float | None, typer.Option("--min-price", min=0, help="Lowest close on the cap date.")] = None,
    min_volume: Annotated[
        float | None, typer.Option("--min-volume", min=0, help="Fewest shares traded on a typical day (median of 20).")
    ] = None,
    min_age: Annotated[
        int | None, typer.Option("--min-age", min=0, help="Fewest days since the first close that is loaded.")
    ] = None,
    exchange: Annotated[
        list[str] | None, typer.Option("--exchange", help="NASDAQ, NYSE or AMEX; again for more.")
    ] = None,
    sector: Annotated[
        list[str] | None, typer.Option("--sector", help="As the source names it; again for more.")
    ] = None,
    country: Annotated[
        list[str] | None, typer.Option("--country", help="As the source names it; again for more.")
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", help="Kind of security; again for more.  [default: common, adr, unknown]"),
    ] = None,
    total_return: Annotated[
        bool, typer.Option("--total-return", help="Reinvest dividends; names without known ones are held back.")
    ] = False,
    explain_filters: Annotated[
        bool, typer.Option("--explain-filters", help="Show how many names each filter removed instead.")
    ] = False,
    by_filer: ByFilerOption = False,
    by: Annotated[By, typer.Option("--by", help="What rank 1 is best at.")] = By.performance,
    order: Annotated[
        Order, typer.Option("--order", help="Print rank 1 first, or count down to it (ascending).")
    ] = Order.descending,
    known_on: KnownOnOption = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", help="A list published before (--format json): show what would differ now, and why."),
    ] = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
) -> None:
    """Rank micro-caps by performance or by what hedge funds hold of them.

    Example: tracker rank 2025Q3 --from 2025-01-03 --to 2025-12-31 --cap-on 2026-01-05 --top 9
    """
    from ..reports.list_changes import compare
    from ..reports.ranked_list import top_list

    settings, day = settings_of(context), to_day(known_on, "--known-on")
    if against is not None:
        emit(compare(settings, against, day), form, output)
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
        "min_age": min_age,
        "exchange": tuple(exchange or ()),
        "sector": tuple(sector or ()),
        "country": tuple(country or ()),
        "kind": tuple(kind) if kind else None,
        "from_low": from_low,
        "total_return": total_return,
        "by_filer": by_filer,
        "by": by.value,
        "order": order.value,
        "top": top,
    }
    emit(top_list(settings, to_quarter(quarter), chosen, day, explain_filters), form, output)
