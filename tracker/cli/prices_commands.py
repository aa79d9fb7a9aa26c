"""Commands about prices: import and fetch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..api.values import to_day
from ..errors import SettingError
from ..pipeline import price_sources
from .app import app
from .options import own_settings_of

prices_app = typer.Typer(help="Fetch or import daily prices and market caps.", no_args_is_help=True)
app.add_typer(prices_app, name="prices")

if TYPE_CHECKING:
    from ..pipeline.add_prices import Imported


def _source(name: str) -> str:
    """The price source that `--source` names; wrong usage if there is none."""
    if name not in price_sources.ranked_names():
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(price_sources.ranked_names())}")
    return name


@prices_app.command("import")
def import_prices(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="csv or parquet with date, symbol (or ticker) and close.")
    ],
    adjusted: Annotated[bool, typer.Option("--adjusted", help="The closes are already adjusted for splits.")] = False,
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
    splits: Annotated[bool, typer.Option("--splits", help="The files have splits: ticker, date, ratio.")] = False,
    dividends: Annotated[
        bool, typer.Option("--dividends", help="The files have cash dividends: ticker, ex_date, amount.")
    ] = False,
    is_day_first: Annotated[
        bool | None,
        typer.Option(
            "--day-first/--month-first",
            help="How to read a day such as 03/01/2025.  [default: as the file's other days show]",
        ),
    ] = None,
) -> None:
    """Import files of daily prices, splits or dividends, each all or nothing.

    A csv or parquet file needs the columns date, symbol (or ticker) and close; market_cap, volume, exchange, name,
    sector, industry, country and pct_change are used if present. A file that cannot be read in full is refused with
    row and column, and so is one with days to come, or with days that may be meant as 3 January or 1 March; the others
    are imported, and the exit code is 1. Importing a file twice changes nothing; a newer file of the same name corrects
    by ticker and day, and of files with the same day the newer one wins.

    With --splits a file has ticker, date (the first day at the new price) and ratio: 0.1 or 1-for-10; 1 states that
    there was no split and releases a stock that is held back.

    With --dividends a file has ticker, ex_date (the first day without the dividend) and amount, in dollars per share as
    paid. A stock's dividends count as known for --total-return if its rows begin within 100 days of the first day and
    reach to within 100 days of the last; an amount of 0 states that in the year before it there were no others.

    Example: tracker prices import closes.csv
    """
    from ..pipeline import add_prices
    from ..progress import Terminal
    from ..sources.written_days import DayOrder

    settings, progress = own_settings_of(context), Terminal()
    if splits and dividends:
        raise SettingError("--splits and --dividends are of different files: import one kind, then the other")
    if splits or dividends:
        if adjusted or symbol or symbol_from_name or on or is_day_first is not None:
            option = "--splits" if splits else "--dividends"
            raise SettingError(
                f"{option} cannot be combined with --adjusted, --symbol, --symbol-from-name, --on or --day-first: "
                "leave these out"
            )
        kind = add_prices.Actions.SPLITS if splits else add_prices.Actions.DIVIDENDS
        _tell(add_prices.import_actions(settings, files, kind, progress))
        return
    if symbol and symbol_from_name:
        raise SettingError("--symbol and --symbol-from-name both give the ticker; leave out one")
    if symbol and len(files) > 1:
        raise SettingError("--symbol gives all files one ticker: import them one by one, or use --symbol-from-name")
    order = None if is_day_first is None else DayOrder.DAY_FIRST if is_day_first else DayOrder.MONTH_FIRST
    reading = add_prices.FileReading(adjusted, symbol, symbol_from_name, to_day(on, "--on"), order)
    _tell(add_prices.import_files(settings, files, progress, reading))


def _tell(imported: Sequence[Imported]) -> None:
    """Print what became of each file. Raises the error of an only one; exits with 1 if one of several has any."""
    from ..output import plain
    from ..pipeline.add_prices import only

    if len(imported) == 1:
        typer.echo(only(imported))
        return
    for each in imported:
        if each.error:
            typer.echo(f"error: {plain(str(each.error))}", err=True)
        else:
            typer.echo(f"{plain(str(each.file))}: {each.done}")
    if any(each.error for each in imported):
        raise typer.Exit(1)


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
    typer.echo(add_prices.fetch(own_settings_of(context), source, now, Terminal(), symbol or (), first))
