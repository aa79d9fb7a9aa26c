"""`tracker export`: to a team's PostgreSQL database, or as Iceberg tables."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ..export.postgresql_connection import is_postgresql
from .app import app
from .options import own_settings_of


class _Targets(TyperGroup):
    """The commands by target; the address of a database says by itself that it is one."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        return super().resolve_command(ctx, ["postgresql", *args] if is_postgresql(args[0]) else args)


export_app = typer.Typer(
    cls=_Targets,
    help="Copy what is loaded to a PostgreSQL database, or lay it out as Iceberg tables.\n\n"
    "`tracker export postgresql://...` is short for `tracker export postgresql postgresql://...`.",
    no_args_is_help=True,
)
app.add_typer(export_app, name="export")


@export_app.command("postgresql")
def export_postgresql(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="postgresql://USER@HOST:PORT/DATABASE")],
    schema: Annotated[
        str, typer.Option("--schema", metavar="NAME", help="The schema of the tables; made if it is not there.")
    ] = "tracker",
    lines: Annotated[
        bool | None,
        typer.Option(
            "--lines/--no-lines",
            help="Lines of information tables as filed: keep them there, or drop them; some 0.8 GB a quarter of all "
            "filers.  [default: as in the last export; at first without]",
        ),
    ] = None,
) -> None:
    """Copy every table to a PostgreSQL database, and later only what has changed.

    The tables have keys, indexes, and comments that explain each column. Each quarter is one transaction, and so is
    each year of prices: a run that is stopped goes on where it was. Running it again with nothing new copies nothing;
    of two at once the second waits. Tables that no export made are left alone.

    Keep the password out of the address, which other users of the machine can see: in PGPASSWORD or ~/.pgpass.
    Needs the extra: python -m pip install '.[postgresql]'.

    Example: tracker export postgresql postgresql://tracker@localhost/funds
    """
    from ..export.postgresql_export import export
    from ..progress import Terminal

    clock = time.monotonic()
    done = export(own_settings_of(context), url, schema, lines, Terminal())
    place = f"{done.place}, schema {done.schema}"
    if not done.changed and not done.removed:
        typer.echo(f"{place}: nothing has changed since the last export")
    else:
        removed = f", {done.removed:,} removed" if done.removed else ""
        typer.echo(
            f"{place}: {done.changed:,} of {done.parts:,} parts replaced{removed}, {done.row_count:,} rows copied "
            f"in {time.monotonic() - clock:.1f} s"
        )
    if not done.has_lines:
        typer.echo("lines as filed are not there: --lines adds them", err=True)


@export_app.command("iceberg")
def export_iceberg(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="DIR", help="A folder, or s3://BUCKET/PREFIX.")],
) -> None:
    """Lay out every table as an Iceberg table, for Spark, Trino and DuckDB.

    In a folder the Parquet files of the home are used as they are, under a second name (a hard link): nothing is
    copied, unless the folder is on another file system. To a bucket they are uploaded first. What has changed since
    the last export is replaced in one snapshot a table; older snapshots stay readable, and so stay their files.

    A folder has a catalog beside the tables (catalog.db, SQLite). In both, a table's metadata/version-hint.text
    names its newest metadata, for readers without a catalog. Export to a bucket from one machine at a time.
    Needs the extra: python -m pip install '.[iceberg]'.

    Example: tracker export iceberg ~/13f/iceberg
    """
    from ..export.iceberg_export import export
    from ..progress import Terminal

    done = export(own_settings_of(context), target, Terminal())
    if not done.added and not done.removed:
        typer.echo(f"{done.place}: nothing has changed since the last export")
        return
    copied = f"{done.copied:,} copied ({done.copied_bytes / 1e6:,.1f} MB)"
    typer.echo(
        f"{done.place}: {done.tables} tables; {done.added:,} of {done.parts:,} parts added, {done.removed:,} removed; "
        f"of the home's files {done.linked:,} linked, {copied}"
    )
