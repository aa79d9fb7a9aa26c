"""Options and arguments that commands share, and how their texts become values."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .. import output
from ..errors import SettingError
from ..quarters import Quarter
from ..settings import Settings

if TYPE_CHECKING:
    from ..output import Answer


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


class By(StrEnum):
    """What the list is ranked by."""

    performance = "performance"
    holders = "holders"
    change = "change"
    value = "value"
    ownership = "ownership"


class Order(StrEnum):
    """In which order the list is printed; rank 1 is the best either way."""

    descending = "descending"
    ascending = "ascending"


KnownOnOption = Annotated[
    str | None, typer.Option("--known-on", help="Answer with only what had been filed by this day, 2026-01-05.")
]
ByFilerOption = Annotated[
    bool, typer.Option("--by-filer", help="Count filing managers, not families: several of one house count each.")
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to write the answer.")]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of stdout.")]


QuarterOption = Annotated[str | None, typer.Option("--quarter", "-q", help="2025Q3.  [default: the newest loaded]")]
SecurityArgument = Annotated[str, typer.Argument(help="Ticker, CUSIP or a part of the name.")]


def to_quarter(text: str | None) -> Quarter | None:
    """The quarter that a text names; None where it is left out. Raises SettingError."""
    return Quarter.parse(text) if text else None


def to_day(text: str | None, option: str) -> date | None:
    """The day that `option` names as 2025-12-31; None where it is left out. Raises SettingError."""
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
    said = (text or "").strip()
    is_low = said.lower() == "low" or said.lower().startswith("low:")
    rest = said[4:] if is_low else said
    if rest.lower() in ("", "ytd"):
        return None, is_low
    if "Q" in rest.upper():
        return Quarter.parse(rest).previous.end, is_low
    return to_day(rest, option), is_low


def to_end(text: str | None, option: str) -> date | None:
    """The end date that `option` names: a date, or a quarter's last day. Raises SettingError."""
    return Quarter.parse(text).end if text and "Q" in text.upper() else to_day(text, option)


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


def settings_of(context: typer.Context) -> Settings:
    """What the global options made."""
    settings = context.obj
    assert isinstance(settings, Settings)
    return settings


def emit(answer: Answer, form: Format, path: Path | None) -> None:
    """Write the answer to `path` (and report that on stderr) or to stdout."""
    output.emit(answer, form.value, path, typer.echo)
    if path:
        typer.echo(f"written: {path}", err=True)
