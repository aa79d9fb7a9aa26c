"""How text becomes a quarter, a day or a base, for the command line and Python alike.

Each takes the value itself, too. Errors name the option as the command line has it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

from ..band import Band
from ..errors import SettingError
from ..quarters import FIRST_DAY, LAST_DAY, Quarter

Day: TypeAlias = date | str
AQuarter: TypeAlias = Quarter | str
C = TypeVar("C", bound=StrEnum)
_TICKER = re.compile(r"[A-Z0-9][A-Z0-9.^]{0,11}")
_MOST_TICKERS = 100


def to_quarter(value: AQuarter | None) -> Quarter | None:
    """The quarter that a text names; None if it is left out. Raises SettingError."""
    if isinstance(value, Quarter):
        return value
    return Quarter.parse(value) if value else None


def to_day(value: Day | None, option: str) -> date | None:
    """The day that `option` names as 2025-12-31; None if it is left out. Raises SettingError."""
    if value is None:
        return None
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise SettingError(f"{option} {value!r} is not a date; write it as 2025-12-31") from None
    day = day.date() if isinstance(day, datetime) else day
    if not FIRST_DAY <= day <= LAST_DAY:
        raise SettingError(f"{option} {day} is out of range; choose a day from {FIRST_DAY.year} to {LAST_DAY.year}")
    return day


def to_start(value: Day | None, option: str) -> tuple[date | None, bool]:
    """The base date that `option` names, and whether it asks for the low since then.

    A date, a quarter (its base is the last day of the one before), `ytd`, `low`, or `low:` and a date. Raises
    SettingError.
    """
    if isinstance(value, date):
        return to_day(value, option), False
    text = (value or "").strip()
    is_low = text.lower() == "low" or text.lower().startswith("low:")
    rest = text[4:] if is_low else text
    if rest.lower() in ("", "ytd"):
        return None, is_low
    if "Q" in rest.upper():
        return Quarter.parse(rest).previous.end, is_low
    return to_day(rest, option), is_low


def to_end(value: Day | None, option: str) -> date | None:
    """The end date that `option` names: a date, or a quarter's last day. Raises SettingError."""
    if isinstance(value, str) and "Q" in value.upper():
        return Quarter.parse(value).end
    return to_day(value or None, option)


def to_band(value: Band | str) -> Band:
    """The band of market caps that a text names as `50M:300M`. Raises SettingError."""
    return Band.parse(value) if isinstance(value, str) else value


def to_tickers(values: Sequence[str], option: str) -> tuple[str, ...]:
    """The tickers that `option` names, each once: `DUOT,DERM`, `$DUOT`, `NASDAQ:DUOT`. Raises SettingError."""
    from ..securities.tickers import read_listing

    texts = [text for value in values for text in value.split(",")]
    tickers = [read_listing(text) for text in texts if text.strip()]
    for ticker in tickers:
        if not _TICKER.fullmatch(ticker):
            raise SettingError(f"{option}: {ticker!r:.40} is not a ticker; write tickers as DUOT,DERM")
    if values and not tickers:
        raise SettingError(f"{option} names no ticker; write tickers as DUOT,DERM")
    if len(tickers) > _MOST_TICKERS:
        raise SettingError(f"{option} names {len(tickers):,} tickers; at most {_MOST_TICKERS} can be chosen")
    return tuple(dict.fromkeys(tickers))


def to_choice(choices: type[C], value: str, option: str) -> C:
    """The member of `choices` that a text names. Raises SettingError with those there are."""
    try:
        return choices(value)
    except ValueError:
        raise SettingError(f"{option} {value!r} is none of {', '.join(choices)}") from None


def to_choices(**given: Any) -> dict[str, Any]:
    """What was given: an option left out keeps its default, one that may be repeated becomes a tuple."""
    chosen = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    return {name: value for name, value in chosen.items() if value is not None and value != ()}
