"""The app itself, its global options, and the one place where errors become exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from .. import __version__
from ..errors import NotFoundError, TrackerError
from ..settings import Settings

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

_INTERRUPTED = 130  # what typer makes of Ctrl-C


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
    from ..output import plain

    typer.echo(f"error: {plain(problem)}", err=True)
    for candidate in candidates:
        typer.echo(f"  perhaps: {plain(candidate)}", err=True)
    sys.exit(1)
