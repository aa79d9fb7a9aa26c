"""Options and arguments that commands share, and how their text becomes values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import output
from ..band import Band
from ..errors import SettingError
from ..quarters import Quarter
from ..rankings.measures import By
from ..settings import Settings

if TYPE_CHECKING:
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
SecurityArgument = Annotated[str, typer.Argument(metavar="SECURITY", help="Ticker, CUSIP or part of the name.")]
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
ByOption = Annotated[By, typer.Option("--by", help="What rank 1 is best at.")]


def to_quarter(text: str | None) -> Quarter | None:
    """The quarter that a text names; None if it is left out. Raises SettingError."""
    return Quarter.parse(text) if text else None


def to_day(text: str | None, option: str) -> date | None:
    """The day that `option` names as 2025-12-31; None if it is left out. Raises SettingError."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingError(f"{option} {text!r} is not a date; write it as 2025-12-31") from None


def to_start(text: str | None, option: str) -> tuple[date | None, bool]:
    """The base date that `option` names, and whether it asks for the low since then.

    A date, a quarter (its base is the last day of the one before), `ytd`, `low`, or `low:` and a date. Raises
    SettingError.
    """
    text = (text or "").strip()
    is_low = text.lower() == "low" or text.lower().startswith("low:")
    rest = text[4:] if is_low else text
    if rest.lower() in ("", "ytd"):
        return None, is_low
    if "Q" in rest.upper():
        return Quarter.parse(rest).previous.end, is_low
    return to_day(rest, option), is_low


def to_end(text: str | None, option: str) -> date | None:
    """The end date that `option` names: a date, or a quarter's last day. Raises SettingError."""
    return Quarter.parse(text).end if text and "Q" in text.upper() else to_day(text, option)


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
    from ..rankings.parameters import ListRequest

    band, (base, from_low) = Band.parse(cap), to_start(since, "--from")
    # an option that may be repeated and was not given leaves the default
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in more.items() if value != []}
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return ListRequest(
        quarter=to_quarter(quarter),
        base_date=base,
        end_date=to_end(until, "--to"),
        cap_date=to_day(cap_on, "--cap-on"),
        cap_min_usd=band.low_usd,
        cap_max_usd=band.high_usd,
        from_low=from_low,
        known_on=to_day(known_on, "--known-on"),
        **chosen,
    )


def refuse_options(context: typer.Context, reason: str, usable: Sequence[str]) -> None:
    """Raise SettingError if an option was typed that `reason`, another option, makes useless; variables may be set."""
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if parameter.name not in usable and source is not None and source.name == "COMMANDLINE":
            name = max(parameter.opts, key=len)
            raise SettingError(f"{reason} goes by the list that it names; leave out {name}")


def settings_of(context: typer.Context) -> Settings:
    """The settings that the global options made."""
    settings = context.obj
    assert isinstance(settings, Settings)
    return settings


def emit(answer: Answer, form: Format, path: Path | None) -> None:
    """Write the answer to stdout, or to `path`, which is then named on stderr."""
    output.emit(answer, form.value, path, typer.echo)
    if path:
        typer.echo(f"written: {path}", err=True)
