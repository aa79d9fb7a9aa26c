"""The commands: read options, call the pipeline or ask for an answer, print.

Data goes to stdout, progress and warnings to stderr. Exit codes: 0; 1 where something is missing or a TrackerError
says the cure; 2 for wrong usage. Heavy imports live inside the commands that use them: `--help` stays quick.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from . import __version__
from .errors import NotFoundError, SettingError, TrackerError
from .quarters import Quarter, parse_range
from .settings import Settings

if TYPE_CHECKING:
    from .output import Answer
    from .pipeline import Summary

app = typer.Typer(
    name="tracker",
    help="Track what hedge funds hold among micro-cap stocks, from SEC Form 13F filings.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"auto_envvar_prefix": "TRACKER", "help_option_names": ["-h", "--help"]},
)
prices_app = typer.Typer(help="Fetch or import daily prices and market caps.", no_args_is_help=True)
app.add_typer(prices_app, name="prices")


class Format(StrEnum):
    """How an answer is written."""

    table = "table"
    csv = "csv"
    json = "json"
    md = "md"


class ManagersChoice(StrEnum):
    """Whose filings are fetched."""

    hedge_funds = "hedge-funds"
    all = "all"


class By(StrEnum):
    """What the list is ranked by."""

    performance = "performance"
    holders = "holders"


class Order(StrEnum):
    """In which order the list is printed; rank 1 is the best either way."""

    descending = "descending"
    ascending = "ascending"


KnownOnOption = Annotated[
    str | None, typer.Option("--known-on", help="Answer with only what had been filed by this day, 2026-01-05.")
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to write the answer.")]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of stdout.")]


def _quarter(text: str | None) -> Quarter | None:
    return Quarter.parse(text) if text else None


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingError(f"{option} {text!r} is not a date; write it as 2025-12-31") from None


_INTERRUPTED = 130  # what typer makes of Ctrl-C
_AMOUNT = re.compile(r"\$?(\d+(?:\.\d+)?)([KMBT]?)", re.IGNORECASE)


def parse_band(text: str) -> tuple[float, float]:
    """`50M:300M` as two amounts in dollars; an end may be left open (`:300M`). Raises SettingError."""
    low, colon, high = text.replace(",", "").partition(":")
    amounts = []
    for part, default in ((low, 0.0), (high, float("inf"))):
        match = _AMOUNT.fullmatch(part.strip())
        if not colon or (part.strip() and not match):
            raise SettingError(f"--cap {text!r} is not a band; write it as 50M:300M")
        scale = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
        amounts.append(float(match[1]) * scale[match[2].upper()] if match else default)
    if amounts[0] > amounts[1]:
        raise SettingError(f"--cap {text!r} runs backwards; write the smaller amount first")
    return amounts[0], amounts[1]


def _settings(context: typer.Context) -> Settings:
    settings = context.obj
    assert isinstance(settings, Settings)
    return settings


def _emit(answer: Answer, form: Format, path: Path | None) -> None:
    from .output import emit

    emit(answer, form.value, path, typer.echo)
    if path:
        typer.echo(f"written: {path}", err=True)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"tracker {__version__}")
        raise typer.Exit


@app.callback()
def common(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option("--home", help="Where filings/ and db/ lie.  [default: the current directory]")
    ] = None,
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version and exit.",
            callback=_show_version,
            is_eager=True,  # before a command is missed
            allow_from_autoenv=False,
        ),
    ] = False,
) -> None:
    """Track what hedge funds hold among micro-cap stocks, from SEC Form 13F filings."""
    context.obj = Settings.from_environment(home)


@app.command()
def refresh(
    context: typer.Context,
    quarter: Annotated[
        str | None,
        typer.Argument(help="2025Q3, or a range 2025Q1..2025Q3.  [default: the newest whose deadline has passed]"),
    ] = None,
    managers: Annotated[
        ManagersChoice, typer.Option(help="Fetch filings of the hedge funds known so far, or of every filer.")
    ] = ManagersChoice.hedge_funds,
    funds: Annotated[
        Path | None, typer.Option(help="Fetch and count exactly the managers in this csv (columns cik,name; family).")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Take what is on disk; download nothing.")] = False,
) -> None:
    """Download and count a quarter's 13F filings.

    Example: tracker refresh 2025Q3
    """
    from . import pipeline
    from .progress import Terminal

    quarters = parse_range(quarter) if quarter else [Quarter.newest_due(date.today())]
    settings, is_incomplete = _settings(context), False
    if not offline:
        settings.require_identity()
    for one in quarters:
        summary = pipeline.refresh(
            settings, one, managers=managers.value, funds=funds, offline=offline, progress=Terminal()
        )
        typer.echo(_told(summary))
        is_incomplete |= bool(summary.missing)
    if is_incomplete:
        typer.echo("error: something is missing, see above; run the same command again to fetch it", err=True)
        raise typer.Exit(1)


def _told(summary: Summary) -> str:
    from .output import plain

    lines = [
        f"{summary.quarter} ({summary.universe}), {summary.seconds:.1f} s",
        f"  filings      {summary.expected:,} expected, {summary.downloaded:,} downloaded, "
        f"{summary.present:,} already there, {len(summary.missing):,} missing, {len(summary.rejected):,} rejected, "
        f"{summary.flagged:,} flagged",
        f"  lines        {summary.lines:,}",
        f"  managers     {summary.managers:,}",
        f"  hedge funds  {summary.hedge_funds:,}",
        f"  securities   {summary.securities:,} held by hedge funds, {summary.mapped:,} mapped to a ticker",
    ]
    lines += [f"  missing      {plain(text)}" for text in summary.missing]
    lines += [f"  rejected     {plain(text)}" for text in summary.rejected]
    if not (summary.changed or summary.downloaded):
        lines.append("  nothing new: the store is as it was")
    return "\n".join(lines)


@app.command()
def rank(
    context: typer.Context,
    quarter: Annotated[str | None, typer.Argument(help="2025Q3.  [default: the newest loaded]")] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="Base date, 2025-01-03.  [default: end of the year before --to]")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="End date.  [default: the newest price]")] = None,
    cap_on: Annotated[str | None, typer.Option("--cap-on", help="Date of the market caps.  [default: --to]")] = None,
    cap: Annotated[
        str, typer.Option("--cap", help="Market-cap band in dollars; K, M and B are understood.")
    ] = "50M:300M",
    top: Annotated[int | None, typer.Option("--top", min=1, help="Length of the list.  [default: all]")] = None,
    min_holders: Annotated[int, typer.Option("--min-holders", min=0, help="Fewest hedge funds that must hold it.")] = 1,
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
    """Rank micro-caps by performance or by hedge-fund holders.

    Example: tracker rank 2025Q3 --from 2025-01-03 --to 2025-12-31 --cap-on 2026-01-05 --top 9
    """
    from . import answers

    settings, day = _settings(context), _day(known_on, "--known-on")
    if against is not None:
        _emit(answers.compare(settings, against, day), form, output)
        return
    low, high = parse_band(cap)
    chosen: dict[str, Any] = {
        "base_date": _day(since, "--from"),
        "end_date": _day(until, "--to"),
        "cap_date": _day(cap_on, "--cap-on"),
        "cap_min_usd": low,
        "cap_max_usd": high,
        "min_holders": min_holders,
        "by": by.value,
        "order": order.value,
        "top": top,
    }
    _emit(answers.top_list(settings, _quarter(quarter), chosen, day), form, output)


QuarterOption = Annotated[str | None, typer.Option("--quarter", "-q", help="2025Q3.  [default: the newest loaded]")]
SecurityArgument = Annotated[str, typer.Argument(help="Ticker, CUSIP or a part of the name.")]


@app.command()
def holders(
    context: typer.Context,
    security: SecurityArgument,
    quarter: QuarterOption = None,
    history: Annotated[bool, typer.Option("--history", help="Holders quarter by quarter instead.")] = False,
    known_on: KnownOnOption = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
) -> None:
    """List the hedge funds that hold a security.

    Example: tracker holders DUOT --quarter 2025Q3
    """
    from . import answers

    settings = _settings(context)
    if history:
        if quarter or known_on:
            raise typer.BadParameter("--history shows every quarter as known now: leave out --quarter and --known-on")
        _emit(answers.history(settings, security), form, output)
    else:
        day = _day(known_on, "--known-on")
        _emit(answers.who_holds(settings, security, _quarter(quarter), day), form, output)


@app.command()
def explain(
    context: typer.Context,
    security: SecurityArgument,
    quarter: QuarterOption = None,
    known_on: KnownOnOption = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
) -> None:
    """Show every filing that mentions a security, and what became of it.

    Example: tracker explain DUOT --quarter 2025Q3
    """
    from . import answers

    day = _day(known_on, "--known-on")
    _emit(answers.explain(_settings(context), security, _quarter(quarter), day), form, output)


@app.command()
def status(context: typer.Context, form: FormatOption = Format.table, output: OutputOption = None) -> None:
    """Show what is loaded, how old it is, and what was rejected.

    Example: tracker status
    """
    from . import answers

    _emit(answers.status(_settings(context), date.today()), form, output)


@prices_app.command("import")
def import_prices(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="csv or parquet with date, symbol (or ticker) and close.")],
) -> None:
    """Import a file of daily prices; refused whole where a row cannot be read.

    Example: tracker prices import closes.csv
    """
    from . import prices
    from .progress import Terminal

    told = prices.import_file(_settings(context), file, Terminal())
    typer.echo(told)


@prices_app.command("fetch")
def fetch_prices(context: typer.Context) -> None:
    """Fetch today's prices and market caps from the Nasdaq screener.

    Example: tracker prices fetch
    """
    from . import prices
    from .progress import Terminal

    typer.echo(prices.fetch_screener(_settings(context), datetime.now().astimezone(), Terminal()))


@app.command()
def demo(
    folder: Annotated[
        Path | None, typer.Option("--keep", help="Write the fictional market here.  [default: a new temporary folder]")
    ] = None,
) -> None:
    """Run the whole path offline on a small fictional market.

    Example: tracker demo
    """
    from .demo import run
    from .progress import Terminal

    run(folder, Terminal(), typer.echo)


def main() -> None:
    """The console script: every TrackerError becomes one line and exit code 1, here and nowhere else."""
    try:
        app()
    except TrackerError as error:
        _fail(str(error), error.candidates if isinstance(error, NotFoundError) else [])
    except OSError as error:  # a full disk, a folder that is not ours; a reader that has gone (`| head`) is typer's
        _fail(f"{error}; what had arrived is kept, run the same command again when that is mended")
    except SystemExit as end:
        if end.code == _INTERRUPTED:
            typer.echo("stopped; what had arrived is kept, run the same command again to go on", err=True)
        raise


def _fail(problem: str, candidates: Sequence[str] = ()) -> NoReturn:
    from .output import plain

    typer.echo(f"error: {plain(problem)}", err=True)
    for candidate in candidates:
        typer.echo(f"  perhaps: {plain(candidate)}", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
