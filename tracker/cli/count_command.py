"""`tracker count`: holders and filers of every security, by an engine of the user's choice."""

from __future__ import annotations

from typing import Annotated

import typer

from ..engines.engine_names import Engine
from .app import app
from .options import Format, FormatOption, NoNotesOption, OutputOption, TopOption, emit, questions_of

_ROWS_SHOWN = 25
_QUARTERS = "2025Q3, or a range: 2025Q1..2025Q3.  [default: the newest loaded]"


@app.command("count")
def count_securities(
    context: typer.Context,
    in_quarters: Annotated[str | None, typer.Argument(metavar="QUARTERS", help=_QUARTERS)] = None,
    quarter: Annotated[str | None, typer.Option("--quarter", "-q", metavar="QUARTERS", help=_QUARTERS)] = None,
    all_loaded: Annotated[bool, typer.Option("--all", help="Count every loaded quarter.")] = False,
    engine: Annotated[Engine, typer.Option("--engine", help="Who counts; the rows are the same.")] = Engine.polars,
    master: Annotated[
        str | None,
        typer.Option(
            "--master",
            metavar="URL",
            help="Where Spark runs: spark://HOST:7077, local[2], yarn, k8s://..., or sc://HOST for Spark Connect.  "
            "[default: this machine]",
        ),
    ] = None,
    top: TopOption = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """Count the holders of every security anew, by an engine of your choice.

    Reads the table lines as filed and what was decided about filings, managers and tickers, all of it Parquet in db/,
    and prints a row for each period and security, sorted: the same bytes whichever engine ran. DuckDB, DataFusion and
    Spark are extras: `python -m pip install '.[duckdb]'`, and so on; Spark needs Java. A master elsewhere has to reach
    the files of the home by the same paths. The contract is in tracker/engines/README.md.

    Example: tracker count 2025Q3 --engine duckdb --format csv
    """
    if in_quarters and quarter:
        raise typer.BadParameter("name the quarters once: as an argument, or with --quarter")
    wanted = in_quarters or quarter
    if wanted and all_loaded:
        raise typer.BadParameter("--all is every loaded quarter: leave the quarters out")
    answer = questions_of(context).count(wanted, all_loaded=all_loaded, engine=engine.value, master=master, top=top)
    emit(answer, form, output, no_notes=no_notes, rows_shown=None if top else _ROWS_SHOWN)
