"""The app, its global options, the variables of all options, and the one place where errors become exit codes."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.completion import install_callback, show_callback
from typer.core import TyperCommand, TyperGroup, TyperOption

from .. import __version__
from ..errors import NotFoundError, SourceError, TrackerError
from ..settings import Settings
from .lazy_commands import LazyCommands
from .plain_values import spare_pydantic


def name_variables(command: TyperCommand | TyperGroup, prefix: str) -> None:
    """Let an environment variable stand for each option of a command, and of those below it.

    `TRACKER_RANK_MIN_PRICE` is `tracker rank --min-price`: the prefix, the command, and the option's longest name.
    """
    spare_pydantic(command)
    if _is_completing():
        from .completions import complete_names

        complete_names(command)
    for option in command.params:
        if isinstance(option, TyperOption) and option.allow_from_autoenv:
            option.envvar = f"{prefix}_{_to_variable(max(option.opts, key=len))}"
    for name, child in command.commands.items() if isinstance(command, TyperGroup) else []:
        assert isinstance(child, TyperCommand | TyperGroup)
        name_variables(child, f"{prefix}_{_to_variable(name)}")


def _to_variable(name: str) -> str:
    return name.strip("-").replace("-", "_").upper()


def _is_completing() -> bool:
    """Whether a shell asks what could come next, as the script of --install-completion does."""
    return "_TRACKER_COMPLETE" in os.environ


class _Root(TyperGroup):
    """The root command, which loads those below it as they are asked for."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        made, self.commands = self.commands, {}
        name_variables(self, "TRACKER")
        self.commands = LazyCommands(
            app, made, lambda command: name_variables(command, f"TRACKER_{_to_variable(command.name or '')}")
        )
        if _is_completing():
            from typer._completion_classes import completion_init

            completion_init()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta[_HELP] = not {"-h", "--help"}.isdisjoint(args)
        return super().parse_args(ctx, args)


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

_ERROR_CODES = {"watch": 3}  # there 1 means that something is new
_error_code: ContextVar[int] = ContextVar("error_code", default=1)
_db: ContextVar[Path | None] = ContextVar("db", default=None)
remote_url: ContextVar[str | None] = ContextVar("remote_url", default=None)
"""where the home is published that a command answers from, once it is opened"""

_HELP = "tracker.help"  # whether help is wanted, which shows what is built in, and is there for a home in disorder
_INTERRUPTED = 130  # typer's exit code for Ctrl-C
_STOPPED = "stopped; what has been downloaded is kept, run the same command again to continue"
_COLLECTED_FROM = 100_000  # new objects: importing polars makes as many, and all of them stay


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
            "--home",
            metavar="DIR",
            help="The folder of filings/, db/ and editions/, or the address of a published home, s3://bucket/13f.  "
            "[default: the current directory]",
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
    _install: Annotated[
        bool,
        typer.Option(
            "--install-completion",
            help="Let the shell that you are in complete commands, tickers and funds, and exit.",
            callback=install_callback,
            is_eager=True,
            allow_from_autoenv=False,
        ),
    ] = False,
    _show: Annotated[
        bool,
        typer.Option(
            "--show-completion",
            help="Print what --install-completion would install, and exit.",
            callback=show_callback,
            is_eager=True,
            allow_from_autoenv=False,
        ),
    ] = False,
) -> None:
    """Track what hedge funds hold among micro-cap stocks, from SEC Form 13F filings."""
    _error_code.set(_ERROR_CODES.get(context.invoked_subcommand or "", 1))
    context.obj = settings = Settings.from_environment(home)
    _db.set(settings.db)
    if settings.db.is_dir() and not context.meta[_HELP]:
        _move_flat_files(settings)
    if settings.option_file.exists() and not context.meta[_HELP] and isinstance(context.command, TyperGroup):
        from .option_file import read_defaults

        context.default_map = read_defaults(settings.option_file, context.command)


def _move_flat_files(settings: Settings) -> None:
    from ..store.layout import move_flat_files

    if moved := move_flat_files(settings.db):
        files = "file was" if moved == 1 else "files were"
        typer.echo(f"note: {moved} Parquet {files} moved to a folder a period; nothing has to be refreshed", err=True)


def main() -> None:
    """The console script: here, and only here, a TrackerError becomes one line and exit code 1 (of `watch`: 3)."""
    # an answer is given before there is garbage to speak of, and looking for it would take a tenth of the time
    gc.set_threshold(_COLLECTED_FROM)
    atexit.register(gc.freeze)
    try:
        with _naming_storage():
            app()
    except TrackerError as error:
        _fail(str(error), error.candidates if isinstance(error, NotFoundError) else [], _error_code.get())
    except SystemExit as end:
        if end.code == _INTERRUPTED:
            typer.echo(_STOPPED, err=True)
        raise
    except KeyboardInterrupt:  # while typer does not listen: it is being set up, or done
        typer.echo(_STOPPED, err=True)
        sys.exit(_INTERRUPTED)
    except Exception as error:  # typer handles a closed pipe (`| head`)
        from ..store.disk_faults import as_error, find_damage, is_of_polars

        found, db = as_error(error), _db.get()
        if not found and db and is_of_polars(error):
            found = find_damage(db)
        if found:
            _fail(str(found), code=_error_code.get())
        if isinstance(error, OSError):
            problem = f"{error.strerror}: {error.filename!r}" if error.strerror and error.filename else str(error)
            problem = f"{problem}; what has been downloaded is kept; run the same command again when this is fixed"
            _fail(problem, code=_error_code.get())
        if _error_code.get() == 1:  # which is also Python's own
            raise
        traceback.print_exc()
        sys.exit(_error_code.get())


@contextmanager
def _naming_storage() -> Iterator[None]:
    """What fails while a table is read in place is an error of its storage: polars has no class of its own for it."""
    try:
        yield
    except Exception as error:
        url, is_theirs = remote_url.get(), type(error).__module__.startswith("polars")
        if url is None or not (is_theirs or (isinstance(error, OSError) and error.errno is None)):
            raise
        line = str(error).strip().partition("\n")[0][:300]
        cure = f"run the same command again, or `tracker pull {url} DIR` and ask that"
        raise SourceError(f"{url} could not be read to the end ({line}): {cure}") from None


def _fail(problem: str, candidates: Sequence[str] = (), code: int = 1) -> NoReturn:
    from ..output import plain

    typer.echo(f"error: {plain(problem)}", err=True)
    for candidate in candidates:
        typer.echo(f"  did you mean: {plain(candidate)}", err=True)
    sys.exit(code)
