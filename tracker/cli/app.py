"""The app, its global options, the variables of all options, and the one place where errors become exit codes."""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from .. import __version__
from ..errors import NotFoundError, TrackerError
from ..settings import Settings
from .plain_values import spare_pydantic


def name_variables(command: TyperCommand | TyperGroup, prefix: str) -> None:
    """Let an environment variable stand for each option of a command, and of those below it.

    `TRACKER_RANK_MIN_PRICE` is `tracker rank --min-price`: the prefix, the command, and the option's longest name.
    """
    spare_pydantic(command)
    for option in command.params:
        if isinstance(option, TyperOption) and option.allow_from_autoenv:
            option.envvar = f"{prefix}_{_to_variable(max(option.opts, key=len))}"
    for name, child in command.commands.items() if isinstance(command, TyperGroup) else []:
        assert isinstance(child, TyperCommand | TyperGroup)
        name_variables(child, f"{prefix}_{_to_variable(name)}")


def _to_variable(name: str) -> str:
    return name.strip("-").replace("-", "_").upper()


class _Root(TyperGroup):
    """The root command: it is made last, when all commands below it are there."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        name_variables(self, "TRACKER")


app = typer.Typer(
    cls=_Root,
    name="tracker",
    help="Track what hedge funds hold among micro-cap stocks, from SEC Form 13F filings.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
prices_app = typer.Typer(help="Fetch or import daily prices and market caps.", no_args_is_help=True)
app.add_typer(prices_app, name="prices")

# A folder that is read-only, or of somebody else, or no folder: to try again is no cure.
_NOT_USABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST}
_INTERRUPTED = 130  # typer's exit code for Ctrl-C


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"tracker {__version__}")
        raise typer.Exit


@app.callback()
def common(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(
            "--home", metavar="DIR", help="The folder of filings/, db/ and editions/.  [default: the current directory]"
        ),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version and exit.",
            callback=_show_version,
            is_eager=True,  # before a missing command is reported
            allow_from_autoenv=False,
        ),
    ] = False,
) -> None:
    """Track what hedge funds hold among micro-cap stocks, from SEC Form 13F filings."""
    context.obj = Settings.from_environment(home)


def main() -> None:
    """The console script: here, and only here, a TrackerError becomes one line and exit code 1."""
    try:
        app()
    except TrackerError as error:
        _fail(str(error), error.candidates if isinstance(error, NotFoundError) else [])
    except OSError as error:  # a full disk, a folder without permission; typer handles a closed pipe (`| head`)
        if error.filename and error.errno in _NOT_USABLE:
            _fail(
                f"{error.filename} cannot be used ({error.strerror}); make it so, or choose another folder with --home"
            )
        problem = f"{error.strerror}: {error.filename!r}" if error.strerror and error.filename else str(error)
        _fail(f"{problem}; what has been downloaded is kept; run the same command again when this is fixed")
    except SystemExit as end:
        if end.code == _INTERRUPTED:
            typer.echo("stopped; what has been downloaded is kept, run the same command again to continue", err=True)
        raise


def _fail(problem: str, candidates: Sequence[str] = ()) -> NoReturn:
    from ..output import plain

    typer.echo(f"error: {plain(problem)}", err=True)
    for candidate in candidates:
        typer.echo(f"  did you mean: {plain(candidate)}", err=True)
    sys.exit(1)
