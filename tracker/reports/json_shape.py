"""JSON from a file of the user's, read against a declared shape: what does not fit is named, and nothing is guessed.

A shape is a function that tells whether a value fits, a mapping of members that must be there (others may be), a list
with the shape of every item, or `Maybe`. Files are bounded in size and depth; what JSON itself does not have (NaN, half
characters, numbers without an end) is refused.
"""

from __future__ import annotations

import json
import math
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import InputError, SettingError
from ..quarters import Quarter

MOST_BYTES = 64 * 2**20
_SHOWN = 60  # characters of a value in an error
_LARGEST = 2**63
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Maybe:
    """What may be missing, or null."""

    shape: Any


@dataclass(frozen=True)
class Each:
    """A mapping whose names and values all fit."""

    name: Callable[[str], bool]
    value: Any


Shape = Callable[[Any], bool] | Mapping[str, Any] | list[Any] | Maybe | Each


def read_json(path: Path, what: str) -> Any:
    """What is in the file, which should be `what`. Raises InputError if it is not JSON, or too large."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError(f"{path} cannot be read: it is not a file")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise InputError(f"{path} is not {what}: it is larger than {MOST_BYTES // 2**20} MB")
        document = json.loads(data, parse_constant=_refuse)
        json.dumps(document, ensure_ascii=False).encode()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    except RecursionError:
        raise InputError(f"{path} is not {what}: it is nested too deep") from None
    except ValueError as error:
        raise InputError(f"{path} is not {what}: it is not JSON ({str(error).splitlines()[0]:.80})") from None
    return document


def find_flaw(value: Any, shape: Shape, at: str = "") -> str | None:
    """The first place of `value` that does not fit, in words; None if all of it does."""
    if isinstance(shape, Maybe):
        return None if value is None else find_flaw(value, shape.shape, at)
    if isinstance(shape, Each):
        if not isinstance(value, dict):
            return _flaw(at, value)
        wrong = (_flaw(f"{at} {name!r:.{_SHOWN}}", member) for name, member in value.items() if not shape.name(name))
        return next(wrong, None) or _first(
            find_flaw(each, shape.value, f"{at}.{name:.{_SHOWN}}") for name, each in value.items()
        )
    if isinstance(shape, Mapping):
        if not isinstance(value, dict):
            return _flaw(at, value)
        missing = (name for name, inner in shape.items() if name not in value and not isinstance(inner, Maybe))
        if (name := next(missing, None)) is not None:
            return f"it has no {_below(at, name)}"
        return _first(find_flaw(value[name], inner, _below(at, name)) for name, inner in shape.items() if name in value)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return _flaw(at, value)
        return _first(find_flaw(each, shape[0], f"{at}[{number}]") for number, each in enumerate(value))
    return None if shape(value) else _flaw(at, value)


def text(value: Any) -> bool:
    """A string."""
    return isinstance(value, str)


def flag(value: Any) -> bool:
    """True or false."""
    return isinstance(value, bool)


def number(value: Any) -> bool:
    """A number that a column of floats can hold."""
    if isinstance(value, int) and not isinstance(value, bool):
        return -_LARGEST <= value < _LARGEST
    return isinstance(value, float) and math.isfinite(value)


def whole(value: Any) -> bool:
    """A number without decimals that a column of integers can hold."""
    return number(value) and isinstance(value, int)


def day(value: Any) -> bool:
    """A date as 2025-12-31."""
    try:
        return isinstance(value, str) and _DAY.fullmatch(value) is not None and bool(date.fromisoformat(value))
    except ValueError:
        return False


def quarter(value: Any) -> bool:
    """A quarter as 2025Q3."""
    try:
        return isinstance(value, str) and bool(Quarter.parse(value))
    except SettingError:
        return False


def anything(_: Any) -> bool:
    """Whatever it is."""
    return True


def mapping(value: Any) -> bool:
    """Members of whatever names."""
    return isinstance(value, dict)


def _first(flaws: Any) -> str | None:
    return next((flaw for flaw in flaws if flaw is not None), None)


def _below(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _flaw(at: str, value: Any) -> str:
    shown = repr(value) if isinstance(value, str | int | float | bool) or value is None else type(value).__name__
    return f"{at or 'it'} is {shown[:_SHOWN]}"


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
