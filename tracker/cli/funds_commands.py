"""`tracker fund` and `tracker funds`: who counts, why, your own choices, and a fund's portfolio."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .app import app
from .options import (
    Format,
    FormatOption,
    KnownOnOption,
    NoNotesOption,
    OutputOption,
    QuarterArgument,
    QuarterOption,
    TopOption,
    chosen_quarter,
    emit,
    own_settings_of,
    questions_of,
    settings_of,
)

if TYPE_CHECKING:
    from ..tables import ManagerClass

funds_app = typer.Typer(help="List who counts as a hedge fund, and decide it yourself.", no_args_is_help=True)
app.add_typer(funds_app, name="funds")


class SortChoice(StrEnum):
    """What a portfolio begins with."""

    value = "value"
    change = "change"
    weight = "weight"


FundArgument = Annotated[str, typer.Argument(metavar="CIK_OR_NAME", help="CIK, name, or part of the name.")]
FamilyOption = Annotated[
    str | None, typer.Option("--family", metavar="NAME", help="The family it belongs to; a family counts once.")
]
ClassOption = Annotated[
    str | None,
    typer.Option("--class", metavar="CLASS", help="The kind of firm: market_maker, family_office, bank, ..."),
]
NoteOption = Annotated[
    str | None, typer.Option("--note", metavar="TEXT", help="Why, for your own records; kept with the choice.")
]


@app.command()
def fund(
    context: typer.Context,
    manager: FundArgument,
    in_quarter: QuarterArgument = None,
    quarter: QuarterOption = None,
    known_on: KnownOnOption = None,
    sort: Annotated[
        SortChoice, typer.Option("--sort", help="What comes first: the largest by value, change in dollars, or weight.")
    ] = SortChoice.value,
    top: TopOption = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """Show a manager's portfolio.

    Works for every manager with a filing on disk, hedge fund or not: positions, weights, changes since the quarter
    before in shares (adjusted for splits) and in dollars at the price of the quarter's end, the share of the ten
    largest, and value over the loaded quarters.

    Example: tracker fund "Renaissance Technologies" 2025Q3 --sort change --top 20
    """
    quarter = chosen_quarter(in_quarter, quarter)
    answer = questions_of(context).fund(manager, quarter, known_on=known_on, top=top, sort=sort.value)
    emit(answer, form, output, no_notes=no_notes)


@funds_app.command("list")
def list_funds(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help="Part of the name, or of the family's.")
    ] = None,
    basis: Annotated[str | None, typer.Option("--basis", metavar="TEXT", help="Part of the reason.")] = None,
    hedge_funds: Annotated[bool, typer.Option("--hedge-funds", help="Those that count.")] = False,
    others: Annotated[bool, typer.Option("--others", help="Those known not to be hedge funds.")] = False,
    manager_class: Annotated[
        str | None, typer.Option("--class", metavar="CLASS", help="Those of this kind: market_maker, bank, ...")
    ] = None,
    unclassified: Annotated[
        bool, typer.Option("--unclassified", help="Those in neither a list nor the adviser roster.")
    ] = False,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """List managers, their weight, and whether they count.

    What a manager reports is the value of its holdings without options, as `tracker fund` has it; options are valued
    apart, by the shares under them.

    The unclassified come first, then hedge funds, then others, each by size: the largest unclassified ones are worth a
    decision with `tracker funds add` or `remove`.

    Example: tracker funds list --unclassified
    """
    chosen = {"hedge funds": hedge_funds, "others": others, "unclassified": unclassified}
    wanted = [word for word, is_wanted in chosen.items() if is_wanted]
    if len(wanted) > 1:
        raise typer.BadParameter("choose one of --hedge-funds, --others and --unclassified")
    which = wanted[0] if wanted else None
    answer = questions_of(context).funds(
        name=name,
        basis=basis,
        which=which,  # type: ignore[arg-type]
        manager_class=_class(manager_class),
    )
    emit(answer, form, output, no_notes=no_notes)


@funds_app.command("why")
def why_fund(
    context: typer.Context,
    manager: FundArgument,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """Show each step of the decision on a manager, and its family's evidence.

    The first step that decides holds: your choice, the hand-kept list, SEC's adviser roster. Later steps show what
    they would have decided.

    Example: tracker funds why 102909
    """
    emit(questions_of(context).why(manager), form, output, no_notes=no_notes)


@funds_app.command("check")
def check_labels(
    context: typer.Context,
    labels: Annotated[
        Path, typer.Argument(metavar="LABELS", help="csv with cik, name and is_hedge_fund (Y or N), as you see it.")
    ],
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """Measure the classification against your own labels.

    Prints precision and recall with their 95% intervals, by number of managers and by the value that they report, and
    every manager on which labels and classification disagree, the largest first. Labels made without looking at the
    classification are worth the most.

    Example: tracker funds check labels.csv
    """
    from ..reports import label_check

    emit(label_check.check_labels(settings_of(context), labels), form, output, no_notes=no_notes)


@funds_app.command("score")
def score_funds(
    context: typer.Context,
    manager: Annotated[
        str | None, typer.Argument(metavar="[CIK_OR_NAME]", help="One fund alone.  [default: all]")
    ] = None,
    top: TopOption = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """Score what hedge funds' disclosed books returned.

    Each book is followed from the first close after its filing to the next book's. A fund's mean against its peers is
    drawn towards the mean of all funds, the more the fewer quarters it has; with fewer than eight it is too short to
    tell. Beside it: the interval, active share, concentration, turnover, and how much of the value has a price.

    Example: tracker funds score --top 20
    """
    emit(questions_of(context).scores(manager, top=top), form, output, no_notes=no_notes)


@funds_app.command("overlap")
def overlap_of_funds(
    context: typer.Context,
    managers: Annotated[
        list[str], typer.Argument(metavar="CIK_OR_NAME...", help="Two funds or more: CIK, name, or part of the name.")
    ],
    quarter: QuarterOption = None,
    known_on: KnownOnOption = None,
    top: TopOption = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """Show what chosen funds hold together.

    Each stands for its family, hedge fund or not. Securities that at least two hold are listed, those of most funds
    first; options are left out. A family without a report for the quarter is pending, with what it held before.

    Example: tracker funds overlap "Two Sigma" Citadel "Renaissance Technologies"
    """
    emit(questions_of(context).overlap(managers, quarter, known_on=known_on, top=top), form, output, no_notes=no_notes)


@funds_app.command("add")
def add_fund(
    context: typer.Context,
    manager: FundArgument,
    family: FamilyOption = None,
    manager_class: ClassOption = None,
    note: NoteOption = None,
) -> None:
    """Count a manager as a hedge fund, whatever lists and rule say.

    The choice is kept in funds.csv in the home directory and survives every refresh. All loaded quarters are counted
    again at once, and what changed is printed.

    Example: tracker funds add 1029160 --note "family office"
    """
    from ..pipeline import choose_funds
    from ..progress import Terminal

    _print(
        choose_funds.choose(
            own_settings_of(context),
            manager,
            choose_funds.Choice(True, family, _class(manager_class), note),
            today=date.today(),
            progress=Terminal(),
        )
    )


@funds_app.command("remove")
def remove_fund(
    context: typer.Context, manager: FundArgument, manager_class: ClassOption = None, note: NoteOption = None
) -> None:
    """Stop counting a manager, whatever lists and rule say.

    The choice is kept in funds.csv in the home directory and survives every refresh. All loaded quarters are counted
    again at once, and what changed is printed.

    Example: tracker funds remove 1510387 --note "mutual funds"
    """
    from ..pipeline import choose_funds
    from ..progress import Terminal

    _print(
        choose_funds.choose(
            own_settings_of(context),
            manager,
            choose_funds.Choice(False, None, _class(manager_class), note),
            today=date.today(),
            progress=Terminal(),
        )
    )


@funds_app.command("family")
def family_of_fund(
    context: typer.Context,
    manager: FundArgument,
    family: Annotated[
        str, typer.Argument(metavar="FAMILY", help="The family's name; filers of one family count once.")
    ],
) -> None:
    """Put a manager into a family; a family counts once.

    Families are found by evidence: one firm in SEC's adviser rosters, cover pages that name each other, a phone number
    or address and the beginning of the name. Your choice overrules it; the manager's own name splits it off. Whether
    the manager counts stays with lists and rule.

    Example: tracker funds family 1489933 "Greenlight Capital"
    """
    from ..pipeline import choose_funds
    from ..progress import Terminal

    _print(choose_funds.set_family(own_settings_of(context), manager, family, today=date.today(), progress=Terminal()))


@funds_app.command("forget")
def forget_fund(context: typer.Context, manager: FundArgument) -> None:
    """Drop your choice on a manager, so that lists and rule decide again.

    Example: tracker funds forget 1029160
    """
    from ..pipeline import choose_funds
    from ..progress import Terminal

    _print(choose_funds.forget(own_settings_of(context), manager, progress=Terminal()))


@funds_app.command("import")
def import_funds(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="csv with cik and name; more columns are optional."),
    ],
) -> None:
    """Import a list of managers as your choices, all or nothing.

    A csv with the columns cik and name; family, is_hedge_fund (Y or N), manager_class, source and checked_on if
    present. A list without is_hedge_fund is one of hedge funds, but for market makers.

    Example: tracker funds import myfunds.csv
    """
    from ..pipeline import choose_funds
    from ..progress import Terminal

    _print(choose_funds.import_file(settings_of(context), file, progress=Terminal()))


@funds_app.command("export")
def export_funds(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The csv to write.")],
    everyone: Annotated[
        bool, typer.Option("--everyone", help="All hedge funds counted now, not only your choices.")
    ] = False,
) -> None:
    """Write your choices as a list that can be imported again.

    With --everyone the list has all hedge funds counted now; it can be passed to `tracker refresh --funds`.

    Example: tracker funds export myfunds.csv
    """
    from ..output import plural
    from ..pipeline import choose_funds

    count = choose_funds.export_file(settings_of(context), file, everyone=everyone)
    typer.echo(f"written: {file}, {plural(count, 'manager')}", err=True)


def _class(text: str | None) -> ManagerClass | None:
    """The class that `--class` names; None if it is left out. Raises InputError."""
    from ..managers import fund_lists

    return fund_lists.read_class(text, "--class") if text else None


def _print(lines: list[str]) -> None:
    from ..output import plain

    for line in lines:
        typer.echo(plain(line))
