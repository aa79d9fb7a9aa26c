"""Commands about prices: fetch, import, and the market that the list stands in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..errors import SettingError
from .app import prices_app
from .options import settings_of, to_day


class Source(StrEnum):
    """Where prices are fetched from."""

    nasdaq = "nasdaq"
    finviz = "finviz"
    yahoo = "yahoo"
    sec = "sec"
    filings = "13f"


@prices_app.command("import")
def import_prices(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="csv or parquet with date, symbol (or ticker) and close.")],
    adjusted: Annotated[bool, typer.Option("--adjusted", help="Its closes are adjusted for splits already.")] = False,
    symbol: Annotated[
        str | None, typer.Option("--symbol", help="The ticker, where the file is of one and has no such column.")
    ] = None,
    symbol_from_name: Annotated[
        bool, typer.Option("--symbol-from-name", help="The ticker is the file's name: IWM.csv is IWM.")
    ] = False,
    on: Annotated[
        str | None, typer.Option("--on", help="The day, where the file has no such column (an export of Finviz).")
    ] = None,
    splits: Annotated[bool, typer.Option("--splits", help="The file is of splits: ticker, date, ratio.")] = False,
) -> None:
    """Import a file of daily prices or of splits, whole or not at all.

    Example: tracker prices import closes.csv
    """
    from ..pipeline import add_prices
    from ..progress import Terminal

    settings, progress = settings_of(context), Terminal()
    if splits:
        if adjusted or symbol or symbol_from_name or on:
            raise SettingError("--splits goes without --adjusted, --symbol, --symbol-from-name and --on")
        typer.echo(add_prices.import_splits(settings, file, progress))
        return
    if symbol and symbol_from_name:
        raise SettingError("--symbol and --symbol-from-name say the same twice; leave out one")
    name = file.stem if symbol_from_name else symbol
    told = add_prices.import_file(settings, file, progress, is_adjusted=adjusted, symbol=name, day=to_day(on, "--on"))
    typer.echo(told)


@prices_app.command("fetch")
def fetch_prices(
    context: typer.Context,
    source: Annotated[Source, typer.Option("--source", help="Whom to ask; see the README.")] = Source.nasdaq,
    symbol: Annotated[
        list[str] | None,
        typer.Option("--symbol", help="With yahoo: a ticker; again for more.  [default: IWC, IWM, IWB, OEF, SPY]"),
    ] = None,
) -> None:
    """Fetch today's prices from the Nasdaq screener or another source.

    Example: tracker prices fetch --source nasdaq
    """
    from ..pipeline import add_prices
    from ..progress import Terminal

    now = datetime.now().astimezone()
    typer.echo(add_prices.fetch(settings_of(context), source.value, now, Terminal(), symbol or ()))
