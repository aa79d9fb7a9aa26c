"""Commands about prices: import and fetch."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ..errors import SettingError
from ..pipeline import price_sources
from .app import prices_app
from .options import settings_of, to_day


def _source(name: str) -> str:
    """The price source that `--source` names; wrong usage if there is none."""
    if name not in price_sources.ranked_names():
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(price_sources.ranked_names())}")
    return name


@prices_app.command("import")
def import_prices(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="csv or parquet with date, symbol (or ticker) and close.")
    ],
    adjusted: Annotated[bool, typer.Option("--adjusted", help="Its closes are already adjusted for splits.")] = False,
    symbol: Annotated[
        str | None,
        typer.Option("--symbol", metavar="TICKER", help="The ticker, if the file has one ticker and no such column."),
    ] = None,
    symbol_from_name: Annotated[
        bool, typer.Option("--symbol-from-name", help="Take the ticker from the file's name: IWM.csv is IWM.")
    ] = False,
    on: Annotated[
        str | None,
        typer.Option("--on", metavar="DATE", help="The day, if the file has no such column (an export of Finviz)."),
    ] = None,
    is_day_first: Annotated[
        bool | None,
        typer.Option(
            "--day-first/--month-first",
            help="How to read a day such as 03/01/2025.  [default: as the file's other days show]",
        ),
    ] = None,
    splits: Annotated[bool, typer.Option("--splits", help="The file contains splits: ticker, date, ratio.")] = False,
) -> None:
    """Import a file of daily prices or of splits, all or nothing.

    A csv or parquet file needs the columns date, symbol (or ticker) and close; market_cap, volume, exchange, name,
    sector, industry, country and pct_change are used if present. A file that cannot be read in full is refused with
    row and column, and so is one with days to come, or with days that may be meant as 3 January or 1 March. Importing
    a file twice changes nothing; a newer file of the same name corrects by ticker and day.

    With --splits the file has ticker, date (the first day at the new price) and ratio: 0.1 or 1-for-10; 1 states that
    there was no split and releases a stock that is held back.

    Example: tracker prices import closes.csv
    """
    from ..pipeline import add_prices
    from ..progress import Terminal
    from ..sources.written_days import DayOrder

    settings, progress = settings_of(context), Terminal()
    if splits:
        if adjusted or symbol or symbol_from_name or on or is_day_first is not None:
            raise SettingError(
                "--splits cannot be combined with --adjusted, --symbol, --symbol-from-name, --on or --day-first: leave "
                "these out"
            )
        typer.echo(add_prices.import_splits(settings, file, progress))
        return
    if symbol and symbol_from_name:
        raise SettingError("--symbol and --symbol-from-name both give the ticker; leave out one")
    name = file.stem if symbol_from_name else symbol
    day = to_day(on, "--on")
    order = None if is_day_first is None else DayOrder.DAY_FIRST if is_day_first else DayOrder.MONTH_FIRST
    done = add_prices.import_file(settings, file, progress, is_adjusted=adjusted, symbol=name, day=day, order=order)
    typer.echo(done)


@prices_app.command("fetch")
def fetch_prices(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Option(
            "--source",
            metavar=f"[{'|'.join(price_sources.ranked_names())}]",
            parser=_source,
            autocompletion=price_sources.ranked_names,
            help="Where to fetch from; see the README.",
        ),
    ] = "nasdaq",
    symbol: Annotated[
        list[str] | None,
        typer.Option(
            "--symbol", metavar="TICKER", help="With yahoo: a ticker; repeatable.  [default: IWC, IWM, IWB, OEF, SPY]"
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="DATE", help="With massive: the first day wanted.  [default: the last session]"
        ),
    ] = None,
) -> None:
    """Fetch today's prices from the Nasdaq screener or another source.

    nasdaq: prices and market caps of all three exchanges, without a key. finviz: the same from a Finviz Elite account
    (FINVIZ_TOKEN). yahoo: history, splits and dividends of each --symbol. sec: market caps that the newest closes
    lack, from shares outstanding times price. 13f: closes at the ends of the loaded quarters as the filings imply them.

    massive: closes of the whole market for each day from --since on, delisted names included (MASSIVE_API_KEY; a free
    key allows five days a minute, and a run that is stopped goes on where it was). fails: the closes in the
    fails-to-deliver files that a refresh has downloaded.

    Example: tracker prices fetch --source nasdaq
    """
    from ..pipeline import add_prices
    from ..progress import Terminal

    now = datetime.now().astimezone()
    first = to_day(since, "--since")
    typer.echo(add_prices.fetch(settings_of(context), source, now, Terminal(), symbol or (), first))
