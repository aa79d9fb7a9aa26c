"""Options and arguments that commands share, and how their text becomes values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import output
from ..errors import SettingError
from ..quarters import Quarter
from ..rankings.measures import By
from ..settings import Settings

if TYPE_CHECKING:
    from ..api import Questions
    from ..output import Answer
    from ..rankings.parameters import ListRequest


if TYPE_CHECKING:

    class Format(StrEnum):
        """How an answer is written: a name in `output.FORMATS`. Commands name the default only."""

        table = "table"
else:
    Format = StrEnum("Format", {name: name for name in output.FORMATS})


class SourceChoice(StrEnum):
    """Where a quarter's filings come from."""

    auto = "auto"
    datasets = "datasets"
    filings = "filings"


class ManagersChoice(StrEnum):
    """Whose filings are fetched."""

    hedge_funds = "hedge-funds"
    all = "all"


class AlsoCounted(StrEnum):
    """Who is counted beside hedge funds."""

    market_makers = "market-makers"


def _choose_format(context: typer.Context, path: Path | None) -> Path | None:
    """Let the suffix of `--output` be the default of `--format`: given options are taken before those left out."""
    if path is not None and (form := output.format_of(path)):
        context.default_map = {**(context.default_map or {}), "form": form}
    return path


_MOST = 1_000_000  # what no list reaches; far larger numbers do not fit into a column

# ---- options: each is declared once, its default where it is used --------------------------------------------------

FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to write the answer.")]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write to this file instead of stdout; .csv, .json and .md choose the format.",
        callback=_choose_format,
    ),
]
NoNotesOption = Annotated[bool, typer.Option("--no-notes", help="Leave out the notes below the answer.")]
SecurityArgument = Annotated[str, typer.Argument(metavar="SECURITY", help="Ticker, CUSIP or part of the name.")]
SecuritiesArgument = Annotated[
    list[str], typer.Argument(metavar="SECURITY...", help="Ticker, CUSIP or part of the name; a quarter may follow.")
]
QuarterArgument = Annotated[str | None, typer.Argument(metavar="QUARTER", help="2025Q3.  [default: the newest loaded]")]
QuarterOption = Annotated[
    str | None, typer.Option("--quarter", "-q", metavar="QUARTER", help="2025Q3.  [default: the newest loaded]")
]
KnownOnOption = Annotated[
    str | None,
    typer.Option("--known-on", metavar="DATE", help="Use only what had been filed by this day, 2026-01-05."),
]
ByFilerOption = Annotated[
    bool, typer.Option("--by-filer", help="Count filing managers, not families: each filer of a family counts.")
]

WithOption = Annotated[
    AlsoCounted | None, typer.Option("--with", help="Count these, too; by default hedge funds alone are counted.")
]

# what a list is asked for
FromOption = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="DATE",
        help="Base: 2025-01-03, a quarter, or `low` (`low:2025-01-03`) for each stock's lowest close since.  "
        "[default: end of the year before --to]",
    ),
]
ToOption = Annotated[
    str | None, typer.Option("--to", metavar="DATE", help="End: a date or a quarter.  [default: the newest price]")
]
CapOnOption = Annotated[
    str | None, typer.Option("--cap-on", metavar="DATE", help="Date of the market caps.  [default: --to]")
]
CapOption = Annotated[
    str, typer.Option("--cap", metavar="BAND", help="Market-cap band in dollars, with K, M or B; 300M: is open.")
]
MinHoldersOption = Annotated[
    int, typer.Option("--min-holders", min=0, max=_MOST, metavar="N", help="Fewest hedge funds that must hold it.")
]
MinPriceOption = Annotated[
    float | None, typer.Option("--min-price", min=0, metavar="USD", help="Lowest close on the cap date.")
]
MinVolumeOption = Annotated[
    float | None,
    typer.Option("--min-volume", min=0, metavar="N", help="Fewest shares traded on a typical day (median of 20)."),
]
MinAgeOption = Annotated[
    int | None,
    typer.Option("--min-age", min=0, max=_MOST, metavar="DAYS", help="Fewest days since the first loaded close."),
]
ExchangeOption = Annotated[
    list[str] | None, typer.Option("--exchange", metavar="NAME", help="NASDAQ, NYSE or AMEX; repeatable.")
]
SectorOption = Annotated[
    list[str] | None, typer.Option("--sector", metavar="NAME", help="As the price source names it; repeatable.")
]
CountryOption = Annotated[
    list[str] | None, typer.Option("--country", metavar="NAME", help="As the price source names it; repeatable.")
]
KindOption = Annotated[
    list[str] | None,
    typer.Option("--kind", metavar="KIND", help="Kind of security; repeatable.  [default: common, adr, unknown]"),
]
TotalReturnOption = Annotated[
    bool, typer.Option("--total-return", help="Reinvest dividends; stocks with unknown dividends are held back.")
]
TopOption = Annotated[
    int | None, typer.Option("--top", min=1, max=_MOST, metavar="N", help="Show only this many.  [default: all]")
]
RankCarriedOption = Annotated[
    bool,
    typer.Option(
        "--rank-carried",
        help="Order by holders with the awaited: those that held it a quarter before and have not reported yet.",
    ),
]
ByOption = Annotated[By, typer.Option("--by", help="What rank 1 is best at.")]


def to_list_request(
    quarter: str | None,
    since: str | None,
    until: str | None,
    cap_on: str | None,
    cap: str,
    known_on: str | None,
    **more: Any,
) -> ListRequest:
    """What the options of `rank` and `publish` ask for; `more` are fields of ListRequest. Raises SettingError."""
    from ..api.questions import list_request

    return list_request(quarter, since, until, cap_on, cap, known_on, **more)


def is_default(context: typer.Context, name: str) -> bool:
    """Whether a parameter was left out."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "DEFAULT"


def questions_of(context: typer.Context) -> Questions:
    """The home that the global options named, to be asked: what commands print, as Python has it."""
    from ..api import Questions

    return Questions(settings_of(context))


def refuse_options(context: typer.Context, reason: str, usable: Sequence[str]) -> None:
    """Raise SettingError if an option was typed that `reason`, another option, makes useless; variables may be set."""
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if parameter.name not in usable and source is not None and source.name == "COMMANDLINE":
            name = max(parameter.opts, key=len)
            raise SettingError(f"{reason} goes by the list that it names; leave out {name}")


def settings_of(context: typer.Context) -> Settings:
    """The settings that the global options made, of a home to be read: a published one is opened."""
    settings = context.obj
    assert isinstance(settings, Settings)
    if settings.remote_url:
        from ..cloud.published_home import open_published
        from .app import remote_url

        context.find_root().obj = context.obj = settings = open_published(settings)
        remote_url.set(settings.remote_url)
    return settings


def own_settings_of(context: typer.Context) -> Settings:
    """The settings that the global options made, of a home to be written: SettingError if it is a published one."""
    settings = context.obj
    assert isinstance(settings, Settings)
    settings.require_own()
    return settings


def chosen_quarter(word: str | None, option: str | None) -> str | None:
    """The quarter that an argument or `--quarter` names; raises SettingError if they name different ones."""
    if word and option and Quarter.parse(word) != Quarter.parse(option):
        raise SettingError(f"{word} and --quarter {option} are different quarters: leave one of them out")
    return word or option


def take_quarter(words: Sequence[str], option: str | None) -> tuple[list[str], str | None]:
    """The securities among arguments, and the quarter that one of them or `--quarter` names. Raises SettingError."""
    securities, quarter = [], option
    for word in words:
        try:
            Quarter.parse(word)
        except SettingError:
            securities.append(word)
        else:
            quarter = chosen_quarter(word, quarter)
    if not securities:
        raise SettingError(f"{words[0]} is a quarter: name a security, too, as in `DUOT {words[0]}`")
    return securities, quarter


def emit(
    answer: Answer,
    form: Format,
    path: Path | None,
    *,
    no_notes: bool = False,
    rows_shown: int | None = None,
    is_countdown: bool = False,
) -> None:
    """Write the answer to stdout, or to `path`, which is then named on stderr.

    Of a table people see `rows_shown` rows (all others have the other formats), of a countdown the last ones.
    """
    count = len(answer.rows)
    if rows_shown and count > rows_shown and form == Format.table:
        rows = answer.rows[-rows_shown:] if is_countdown else answer.rows[:rows_shown]
        told = f"{rows_shown} of {count:,} shown; `--top {count}` shows all, `--format csv` and `json` have them."
        title = f"{answer.title} ({rows_shown} of {count:,} shown)" if no_notes else answer.title
        answer = replace(answer, title=title, rows=rows, notes=[told, *answer.notes])
    if no_notes:
        answer = replace(answer, notes=())
    output.emit(answer, form.value, path, typer.echo)
    if path:
        typer.echo(f"written: {path}", err=True)
