"""`tracker filings`: what was filed, what was decided about it, and your own decisions on amendments."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

import typer

from .app import app
from .options import Format, FormatOption, NoNotesOption, OutputOption, TopOption, emit, own_settings_of, questions_of


class EffectChoice(StrEnum):
    """What an amendment does to the report."""

    REPLACE = "replace"
    PATCH = "patch"
    ADD = "add"


filings_app = typer.Typer(no_args_is_help=False, invoke_without_command=True)
app.add_typer(filings_app, name="filings")

AccessionArgument = Annotated[
    str, typer.Argument(metavar="ACCESSION", help="The amendment's accession number, 0001037389-25-000064.")
]


@filings_app.callback()
def list_filings(
    context: typer.Context,
    late: Annotated[
        bool, typer.Option("--late", help="Holdings shown late: NEW HOLDINGS filed 30 days or more after the deadline.")
    ] = False,
    amendments: Annotated[bool, typer.Option("--amendments", help="Only amendments.")] = False,
    quarter: Annotated[
        str | None,
        typer.Option(
            "--quarter", "-q", metavar="QUARTER", help="2025Q3.  [default: the newest loaded; with --late, all]"
        ),
    ] = None,
    manager: Annotated[
        str | None, typer.Option("--manager", metavar="CIK_OR_NAME", help="CIK, name, or part of the name.")
    ] = None,
    top: TopOption = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """List filings, and what was decided about each.

    A filing is the base of a manager's report, replaces it, adds to it, corrects some of its lines (a patch), is
    replaced, or is a notice. Amendments come first: a RESTATEMENT with less than a tenth of the report is decided by
    evidence instead of its label, and `filings decide` overrules that. --late lists confidential holdings that were
    shown later, with their largest names.

    Example: tracker filings --late --quarter 2025Q3
    """
    if context.invoked_subcommand is not None:
        return
    home = questions_of(context)
    if late:
        answer = home.late_filings(quarter, manager=manager, top=top)
    else:
        answer = home.filings(quarter, manager=manager, top=top, only_amendments=amendments)
    emit(answer, form, output, no_notes=no_notes)


@filings_app.command("decide")
def decide_amendment(
    context: typer.Context,
    accession: AccessionArgument,
    effect: Annotated[
        EffectChoice,
        typer.Argument(
            metavar="EFFECT",
            help="replace: it is the whole report. patch: it corrects its own lines, the rest stays. "
            "add: its lines add to the report.",
        ),
    ],
    note: Annotated[
        str | None, typer.Option("--note", metavar="TEXT", help="Why, for your own records; kept with the choice.")
    ] = None,
) -> None:
    """State what an amendment does, whatever its cover says.

    The choice is kept in amendments.csv in the home directory and survives every refresh. All loaded quarters are
    counted again at once, and what changed is printed.

    Example: tracker filings decide 0001697591-26-000002 patch --note "one corrected line"
    """
    from ..pipeline import decide_amendments
    from ..progress import Terminal
    from ..tables import AmendmentEffect

    chosen = AmendmentEffect(effect)
    _print(
        decide_amendments.decide(
            own_settings_of(context), accession, chosen, note=note, today=date.today(), progress=Terminal()
        )
    )


@filings_app.command("forget")
def forget_amendment(context: typer.Context, accession: AccessionArgument) -> None:
    """Drop your choice on an amendment: cover and evidence decide again.

    Example: tracker filings forget 0001697591-26-000002
    """
    from ..pipeline import decide_amendments
    from ..progress import Terminal

    _print(decide_amendments.forget(own_settings_of(context), accession, progress=Terminal()))


def _print(lines: list[str]) -> None:
    from ..output import plain

    for line in lines:
        typer.echo(plain(line))
